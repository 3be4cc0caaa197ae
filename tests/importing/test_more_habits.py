"""Habits that bent values: tables without a gap, samples with results, serials as text, bare outcomes."""

from __future__ import annotations

from datetime import date

import pytest
from books import sheet
from reviews import codes, frame, of_patient, review, values

from mirocals_desktop.importing.missing import missing_reason
from mirocals_desktop.importing.numbers import read_number

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


# --- dates in several columns, study days ------------------------------------------------------------------


def in_parts(*dates):
    head = ["Patient", "Sexe", "Jour de début des symptômes", "Mois de début des symptômes"]
    rows = [[f"P-{n}", "F", *parts] for n, parts in enumerate(dates, start=1)]
    return sheet([[*head, "Année de début des symptômes"], *rows])


def test_that_day_month_and_year_in_columns_of_their_own_make_one_date_when_confirmed():
    table = in_parts(
        (1, 3, 2018), (N, 3, 2017), (N, N, 2016), (31, 2, 2018), (5, "mars", 2018), (5, 6, 18), (5, 6, N)
    )
    asked = review(table, accept=False)
    assert [q.id for q in asked.open_questions] == ["date-parts|sheet1|annee de debut des symptomes"]
    made = review(table)
    assert of_patient(made, "onset_date") == {
        "P-1": "2018-03-01", "P-2": "2017-03", "P-3": "2016", "P-5": "2018-03-05", "P-6": "2018-06-05",
    }  # fmt: skip
    told = [code for code in codes(made) if code[0] in ("impossible-date", "two-digit-year")]
    assert told == [("impossible-date", "E5"), ("two-digit-year", "E7"), ("impossible-date", "E8")]
    assert balanced(made)
    apart = review(table, answers={asked.open_questions[0].id: "no"})
    assert "P-1" not in of_patient(apart, "onset_date") or of_patient(apart, "onset_date")["P-1"] == "2018"


def study_days(*days):
    patients = [["Patient", "Sex", "Randomised"], *[[f"P-{n}", "F", date(2018, 1, n)] for n in range(1, 7)]]
    lab = [
        ["Patient", "Study day", "Treg (%)"],
        *[[f"P-{n}", day, 7 + n] for n in range(1, 7) for day in days],
    ]
    return sheet(patients, name="Patients"), sheet(lab, name="Lab")


def test_that_a_column_of_study_days_without_day_0_asks_whether_day_1_is_the_origin():
    made = review(*study_days(1, 29), accept=False)
    assert [q.id for q in made.open_questions] == ["first-day|lab|study day"]
    days = {key[2] for key in values(review(*study_days(1, 29)), "treg_percent") if key[0] == "P-1"}
    assert days == {"2018-01-01", "2018-01-29"}
    plain = review(*study_days(1, 29), answers={"first-day|lab|study day": "0"})
    days = {key[2] for key in values(plain, "treg_percent") if key[0] == "P-1"}
    assert days == {"2018-01-02", "2018-01-30"}


def test_that_a_column_of_study_days_with_day_0_raises_no_question():
    made = review(*study_days(0, 28), accept=False)
    assert not made.open_questions
    days = {key[2] for key in values(made, "treg_percent") if key[0] == "P-1"}
    assert days == {"2018-01-01", "2018-01-29"}


# --- a data dictionary -------------------------------------------------------------------------------------


def test_that_a_redcap_dictionary_names_the_columns_and_decodes_the_choices():
    head = ["Variable / Field Name", "Form Name", "Field Type", "Field Label"]
    dictionary = [
        [*head, "Choices, Calculations, OR Slider Labels"],
        ["record_id", "base", "text", "Record ID", N],
        ["sx", "base", "radio", "<b>Sex</b>", "0, Female | 1, Male"],
        ["grp", "base", "dropdown", "Treatment arm", "1, IL-2 | 2, Placebo"],
        ["rdt", "base", "text", "Date of randomisation", N],
        ["alive", "base", "radio", "Vital status", "1, Dead | 2, Alive"],
        ["ril", "base", "yesno", "Riluzole at entry", N],
        ["symp", "base", "checkbox", "First symptoms", "1, Limb | 2, Bulbar"],
        ["tregs", "lab", "text", "Tregs (% of CD4+)", N],
    ]
    data = [
        ["record_id", "sx", "grp", "rdt", "alive", "ril", "symp___1", "symp___2", "tregs", "base_complete"]
    ]
    data += [
        [n, n % 2, 1 + n % 2, f"2018-01-{n:02d}", 1 + n % 2, 1, n % 2, 0, 7 + n / 10, 2] for n in range(1, 9)
    ]
    made = review(sheet(data, name="data"), sheet(dictionary, name="dictionary"))
    assert of_patient(made, "sex") == {str(n): ("female", "male")[n % 2] for n in range(1, 9)}
    assert of_patient(made, "arm") == {str(n): ("il2", "placebo")[n % 2] for n in range(1, 9)}
    assert of_patient(made, "vital_status") == {str(n): ("dead", "alive")[n % 2] for n in range(1, 9)}
    assert len(values(made, "treg_percent")) == 8
    assert set(of_patient(made, "first_symptoms_limb").values()) == {"yes", "no"}
    assert [c.header for c in made.left_out] == ["base_complete"]
    assert "dictionary" in dict(codes(made))
    assert balanced(made)
    raw = made.batch.frame().query("variable == 'sex'")["raw"]
    assert set(raw) == {"0", "1"}


def test_that_dates_of_two_hands_in_one_table_are_asked_about_in_every_column():
    rows = [["Patient", "Date of randomisation", "Date of last contact"]]
    for n in range(1, 13):
        first, last = date(2019, n, 5 + n), date(2020, n, 12 + n)
        form = "%d/%m/%Y" if n <= 6 else "%m/%d/%Y"
        rows.append([f"P{n}", first.strftime(form), last.strftime(form)])
    made = review(sheet(rows))
    assert {q.suggested for q in made.questions if q.kind == "date-order"} == {"neither"}
    for n in range(1, 13):
        read = of_patient(made, "randomisation_date").get(f"P{n}")
        assert read in (None, str(date(2019, n, 5 + n)))


def test_that_numbers_that_are_usual_only_with_a_thousands_sign_are_asked_about():
    rows = [["Patient", "Visit", "pNFH (pg/mL)", "Treg (%)"]]
    rows += [[f"P{n}", "V2", f"{n},250", f"7,{n}"] for n in range(1, 9)]
    made = review(sheet(rows), accept=False)
    (question,) = [q for q in made.open_questions if q.kind == "decimal"]
    assert question.suggested == "."
    assert values(review(sheet(rows)), "csf_pnfh")["P3", "V2"] == 3250


def test_that_a_header_that_says_absolute_is_no_percentage():
    rows = [["Patient", "Visit", "Treg", "Tregs (abs)"]]
    rows += [[f"P{n}", "V2", (5 + n / 10) / 100, 0.03 + n / 1000] for n in range(1, 9)]
    made = review(sheet(rows))
    assert values(made, "treg_percent")["P3", "V2"] == pytest.approx(5.3)
    assert values(made, "treg_count")["P3", "V2"] == pytest.approx(33)


@pytest.mark.parametrize(
    "text", ["inf. à 62,5", "inférieur à 62,5", "less than 62.5", "< 62.5", "moins de 62,5"]
)
def test_that_a_limit_in_words_is_a_limit(text: str):
    number = read_number(text, "")
    assert number is not None
    assert (number.qualifier, number.value) == ("<", 62.5)


def test_that_a_column_of_yes_and_no_says_what_is_below_the_limit():
    rows = [["Patient", "Visit", "pNFH (pg/mL)", "pNFH BLQ (Y/N)"]]
    rows += [[f"P{n}", "V2", 62.5 if n == 3 else 900 + n, "Y" if n == 3 else "N"] for n in range(1, 9)]
    found = frame(review(sheet(rows)))
    below = found[(found["variable"] == "csf_pnfh") & (found["qualifier"] == "<")]
    assert below["patient"].tolist() == ["P3"]


def test_that_a_word_for_no_value_may_be_explained_in_brackets():
    assert missing_reason("NF (non fait)") == "not_done"
    assert not missing_reason("NF (62.5)")
