"""More habits: exports of data systems, times without dates, headings, merged cells, names of samples."""

from __future__ import annotations

from datetime import date

from books import day, sheet
from reviews import codes, empty_facts, frame, of_patient, review, values

from mirocals_desktop.importing.pipeline import Facts
from mirocals_desktop.importing.reader.encode import ERROR, Marked
from mirocals_desktop.importing.recipe import Recipe

N = None


def assert_balanced(made) -> None:
    assert all(account.balanced for account in made.accounts), made.accounts


def test_that_the_events_of_a_redcap_export_are_visits():
    rows = [["record_id", "redcap_event_name", "visit_date", "weight"]]
    rows += [
        [n, event, f"2019-0{k + 1}-0{n}", 70 + n]
        for n in range(1, 6)
        for k, event in enumerate(("baseline_arm_1", "month_3_arm_1"))
    ]
    made = review(sheet(rows))
    assert {key[1] for key in values(made, "weight")} == {"V2", "V6"}
    assert values(made, "visit_date")["3", "V6"] == "2019-02-03"


def test_that_an_adtte_table_gives_the_survival_of_its_overall_survival_rows():
    rows = [["USUBJID", "TRT01P", "PARAMCD", "PARAM", "STARTDT", "ADT", "AVAL", "CNSR"]]
    for n in range(1, 7):
        start = date(2019, 1, n)
        rows.append([f"S-{n}", "IL-2", "PFS", "Progression", start, date(2019, 5, n), 120, 0])
        rows.append([f"S-{n}", "IL-2", "OS", "Overall survival", start, date(2020, 5, n), 485, int(n > 2)])
    made = review(sheet(rows, name="ADTTE"))
    assert sorted(of_patient(made, "vital_status").values()) == ["alive"] * 4 + ["dead"] * 2
    assert of_patient(made, "end_of_follow_up_date")["S-3"] == "2020-05-03"
    assert of_patient(made, "randomisation_date")["S-3"] == "2019-01-03"
    assert_balanced(made)


def test_that_a_time_with_a_status_and_an_origin_becomes_the_end_of_follow_up_when_confirmed():
    rows = [["Patient", "Randomised", "Survival time (months)", "Dead"]]
    rows += [[f"P-{n}", date(2019, 1, 1), 2 * n, n % 2] for n in range(1, 8)]
    asked = review(sheet(rows), accept=False)
    question = next(q for q in asked.open_questions if q.id.startswith("duration"))
    assert question.suggested == "months"
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date")["P-6"] == "2020-01-01"
    no = review(sheet(rows), answers={question.id: "no"})
    assert not of_patient(no, "end_of_follow_up_date")
    assert_balanced(made)


def test_that_a_time_of_a_patient_without_origin_is_told():
    rows = [["Patient", "Randomised", "Survival time (days)", "Dead"]]
    rows += [[f"P-{n}", date(2019, 1, 1) if n != 3 else N, 200 + n, n % 2] for n in range(1, 8)]
    made = review(sheet(rows))
    assert len(of_patient(made, "end_of_follow_up_date")) == 6
    assert ("no-time-origin", "C4") in codes(made)


def test_that_headings_between_rows_that_name_visits_are_the_visits_of_the_rows_below():
    rows = [["Patient", "Treg (%)"], ["V2"], ["P-1", 5.1], ["P-2", 5.2], ["V4"], ["P-1", 6.1], ["P-2", 6.2]]
    made = review(sheet(rows))
    assert values(made, "treg_percent") == {
        ("P-1", "V2"): 5.1, ("P-2", "V2"): 5.2, ("P-1", "V4"): 6.1, ("P-2", "V4"): 6.2,
    }  # fmt: skip
    assert "section-row" not in [code for code, _ in codes(made)]
    assert_balanced(made)


def test_that_a_merged_arm_belongs_to_every_row_and_a_merged_number_to_its_own():
    rows = [
        ["Arm", "Patient", "Visit", "Treg (%)"],
        ["IL-2", "P-1", "V2", 5.1], [N, "P-2", "V2", N], [N, "P-3", "V2", 5.3],
        ["Placebo", "P-4", "V2", 5.4], [N, "P-5", "V2", 5.5],
    ]  # fmt: skip
    made = review(sheet(rows, merged=[(1, 0, 3, 0), (4, 0, 5, 0), (1, 3, 2, 3)]))
    assert of_patient(made, "arm") == {
        "P-1": "il2", "P-2": "il2", "P-3": "il2", "P-4": "placebo", "P-5": "placebo",
    }  # fmt: skip
    assert set(of_patient(made, "treg_percent")) == {"P-1", "P-3", "P-4", "P-5"}
    cells = frame(made).query("variable == 'arm'").set_index("patient")["cell"].to_dict()
    assert cells == {"P-1": "A2", "P-2": "A2", "P-3": "A2", "P-4": "A5", "P-5": "A5"}
    assert_balanced(made)


def test_that_a_tick_for_died_says_nothing_of_the_others():
    rows = [
        ["Patient", "Randomised", "Décédé"],
        *([f"P-{n}", date(2019, 1, n), "x" if n < 3 else N] for n in range(1, 8)),
    ]
    made = review(sheet(rows))
    assert of_patient(made, "vital_status") == {"P-1": "dead", "P-2": "dead"}


def test_that_patients_are_found_at_the_beginning_of_sample_names_when_confirmed():
    patients = sheet(
        [["Patient", "Sex", "Randomised"], *([f"PBC-{n:03d}", "F", day("2019-01-01")] for n in range(1, 6))]
    )
    lab = [
        ["Sample ID", "Date", "pNFH (pg/mL)"],
        *([f"PBC-{n:03d}_V2_CSF", date(2019, 1, n), 900 + n] for n in range(1, 6)),
    ]
    asked = review(patients, sheet(lab, name="Lab"), accept=False)
    kinds = {q.kind for q in asked.open_questions}
    assert kinds <= {"patient", "id-prefix", "visit", "column"}
    made = review(patients, sheet(lab, name="Lab"))
    assert of_patient(made, "csf_pnfh")["PBC-003"] == 903


def test_that_errors_outside_what_is_read_are_noted_with_their_cells():
    broken = Marked("#REF!", ERROR)
    rows = [["Patient", "Visit", "Treg (%)", "Nom"], ["P-1", "V2", 5.1, "A"], ["P-2", "V2", broken, broken]]
    rows += [[N], ["Mean", N, broken]]
    made = review(sheet(rows))
    assert {("error-cell", "C3"), ("error-not-read", "D3"), ("error-not-read", "C5")} <= set(codes(made))
    assert_balanced(made)


def test_that_an_odd_header_that_was_explained_once_is_known_in_another_table():
    rows = [["Patient", "Visit", "Marqueur 7"], *([f"P-{n}", "V2", 900 + n] for n in range(1, 6))]
    asked = review(sheet(rows, name="Other lab"), accept=False)
    question = next(q for q in asked.open_questions if q.kind == "column")
    assert question.suggested == "new:number"
    taught = Recipe("x", (), {"column|lab|marqueur 7": "var:csf_pnfh"})
    facts = empty_facts()
    again = review(
        sheet(rows, name="Other lab"), accept=False, facts=Facts(facts.snapshot, {}, {}, (taught,))
    )
    assert values(again, "csf_pnfh")["P-2", "V2"] == 902


def test_that_short_french_names_of_the_items_are_known():
    names = ["Parole", "Salivation", "Déglutition", "Écriture", "Couper 5a", "Couper 5b", "Habillage", "Lit"]
    names += ["Marche", "Escaliers", "Dyspnée", "Orthopnée", "Insuff. resp.", "Total /48"]
    items = [4, 4, 3, 3, 3, None, 3, 3, 2, 2, 4, 4, 4, 39]
    made = review(sheet([["Patient", "Visite", *names], *([f"P{n}", "V2", *items] for n in range(1, 5))]))
    codes_of = ["1", "2", "3", "4", "5a", "6", "7", "8", "9", "10", "11", "12", "total"]
    assert set(frame(made)["variable"]) == {f"alsfrs_r_{code}" for code in codes_of}
