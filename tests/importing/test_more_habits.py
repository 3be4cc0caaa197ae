"""Habits that bent values: tables without a gap, samples with results, serials as text, bare outcomes."""

from __future__ import annotations

from datetime import date

from books import sheet
from reviews import codes, of_patient, review, values

N = None


def balanced(made) -> bool:
    return all(account.balanced for account in made.accounts)


def test_that_a_second_table_begins_without_a_blank_row_at_a_header_of_its_own():
    rows = [["Demographics"], ["Patient", "Sex"], *[[f"P-{n}", "FM"[n % 2]] for n in range(1, 7)]]
    rows += [["Lab"], ["Patient", "Visit", "Treg (%)"], *[[f"P-{n}", "V2", 7 + n] for n in range(1, 7)]]
    made = review(sheet(rows), accept=False)
    assert not made.open_questions
    assert of_patient(made, "sex") == {f"P-{n}": ("female", "male")[n % 2] for n in range(1, 7)}
    assert values(made, "treg_percent") == {(f"P-{n}", "V2"): 7.0 + n for n in range(1, 7)}
    assert balanced(made)


def test_that_a_header_printed_again_begins_no_table():
    page = [["Patient", "Visit", "Treg (%)"], *[[f"P-{n}", "V2", 7 + n] for n in range(1, 7)]]
    made = review(sheet([*page, page[0], *[[f"P-{n}", "V4", 8 + n] for n in range(1, 7)]]), accept=False)
    assert len(made.plan.tables) == 1
    assert len(values(made, "treg_percent")) == 12


def test_that_a_sheet_of_samples_with_results_is_a_table_of_measurements():
    patients = [
        ["Patient", "Sex", "Randomised"],
        *[[f"PBC-{n:03d}", "F", date(2018, 1, n)] for n in range(1, 7)],
    ]
    rows = [["Sample ID", "Visit", "CSF pNFH (pg/mL)"]]
    for name in ("PBC-{:03d}-V2-CSF", "PBC{:03d}V2CSF"):
        samples = [[name.format(n), "V2", 1000 + n] for n in range(1, 7)]
        made = review(sheet(patients, name="Patients"), sheet(rows + samples, name="Samples"))
        assert values(made, "csf_pnfh") == {(f"PBC-{n:03d}", "V2"): 1000 + n for n in range(1, 7)}


def test_that_the_number_of_a_day_is_a_date_in_a_file_of_texts_as_well():
    rows = [["Patient", "Sex", "Date of randomisation"], ["1", "F", "43163"], ["2", "M", "05/03/2018"]]
    rows += [["3", "F", "20/03/2018"], ["4", "F", "143163"]]
    made = review(sheet(rows))
    dates = of_patient(made, "randomisation_date")
    assert dates == {"1": "2018-03-04", "2": "2018-03-05", "3": "2018-03-20"}
    assert {("serial-date", "C2"), ("not-a-date", "C5")} <= set(codes(made))


def test_that_two_codes_under_event_are_proposed_as_the_outcome_and_confirmed_with_counts():
    rows = [["Patient", "Randomised", "Last contact", "Event"]]
    rows += [[f"P-{n}", date(2018, 1, n), date(2019, 1, n), int(n < 3)] for n in range(1, 9)]
    made = review(sheet(rows), accept=False)
    question = next(q for q in made.open_questions if q.id == "column|sheet1|event")
    assert question.suggested == "var:vital_status"
    made = review(sheet(rows))
    outcome = next(q for q in made.questions if q.kind == "coding")
    assert "2 died, 6 alive" in {option.detail for option in outcome.options}
    assert [p for p, status in of_patient(made, "vital_status").items() if status == "dead"] == ["P-1", "P-2"]
