"""Spreadsheets as coordinators make them: each test is one layout, made here, and what must come of it."""

from __future__ import annotations

from datetime import date

import pytest
from books import day, sheet
from reviews import codes, frame, of_patient, review, values, visit_days

N = None


def _patients(count: int = 6) -> list[list[object]]:
    arms = ("IL-2", "Placebo")
    return [
        [
            f"P-{n:03d}",
            arms[n % 2],
            "FM"[n % 2],
            date(2019, 1, n),
            "Alive" if n % 3 else "Dead",
            date(2020, 5, n),
        ]
        for n in range(1, count + 1)
    ]


PATIENT_HEADER = ["Patient", "Arm", "Sex", "Randomised", "Vital status", "Last contact"]


def patients_sheet(count: int = 6, name: str = "Patients"):
    return sheet([PATIENT_HEADER, *_patients(count)], name=name)


def assert_balanced(made) -> None:
    assert all(account.balanced for account in made.accounts), made.accounts


def test_that_a_plain_patient_list_and_a_long_visit_sheet_come_in_together():
    visits = sheet(
        [["Patient", "Visit", "Date", "Treg (%)", "pNFH (pg/mL)"]]
        + [
            [f"P-{n:03d}", v, date(2019, 1 + k, n), 5.0 + n / 10, 900 + n]
            for n in range(1, 7)
            for k, v in ((0, "V2"), (1, "V4"))
        ],
        name="Visits",
    )
    made = review(patients_sheet(), visits)
    assert len(made.new_patients) == 6
    assert len(values(made, "treg_percent")) == 12
    assert values(made, "csf_pnfh")["P-003", "V4"] == 903
    assert not made.additions
    assert_balanced(made)


def test_that_a_wide_sheet_with_merged_groups_over_visits_gives_one_value_for_each_visit():
    rows = [
        ["Biomarkers", N, N, N, N],
        [],
        ["Patient", "Treg (% of CD4+)", N, "Treg (cells/µL)", N],
        [N, "V2", "V4", "V2", "V4"],
        ["P-001", 5.1, 6.2, 40, 55],
        ["P-002", 4.9, N, 38, 44],
    ]
    made = review(sheet(rows, merged=[(2, 0, 3, 0), (2, 1, 2, 2), (2, 3, 2, 4), (0, 0, 0, 4)]))
    assert values(made, "treg_percent") == {
        ("P-001", "V2"): 5.1, ("P-001", "V4"): 6.2, ("P-002", "V2"): 4.9,
    }  # fmt: skip
    assert values(made, "treg_count")["P-002", "V4"] == 44
    assert_balanced(made)


def test_that_visits_over_measures_are_read_like_measures_over_visits():
    rows = [
        ["Patient", "V2", N, "V4", N],
        [N, "Treg (%)", "pNFH", "Treg (%)", "pNFH"],
        ["P-001", 5.1, 900, 6.2, 800],
        ["P-002", 4.9, 700, 5.5, 650],
    ]
    made = review(sheet(rows, merged=[(0, 1, 0, 2), (0, 3, 0, 4), (0, 0, 1, 0)]))
    assert values(made, "csf_pnfh") == {
        ("P-001", "V2"): 900, ("P-001", "V4"): 800, ("P-002", "V2"): 700, ("P-002", "V4"): 650,
    }  # fmt: skip


def test_that_groups_without_merged_cells_as_a_csv_has_them_are_carried_over_the_blanks():
    rows = [
        ["Patient", "Treg (%)", "", "pNFH", ""],
        ["", "V2", "V4", "V2", "V4"],
        ["P-001", "5,1", "6,2", "900", "800"],
        ["P-002", "4,9", "5,5", "700", "650"],
    ]
    made = review(sheet(rows))
    assert values(made, "treg_percent")["P-002", "V4"] == 5.5
    assert values(made, "csf_pnfh")["P-001", "V2"] == 900


def test_that_a_visit_inside_each_header_is_understood():
    rows = [
        ["ID patient", "Treg % V2", "Treg % V4", "pNFH_V2", "pNFH_V4", "Date V2", "Date V4"],
        ["P-001", 5.1, 6.2, 900, 800, day("2019-01-01"), day("2019-02-01")],
        ["P-002", 4.9, 5.5, 700, 650, day("2019-01-02"), day("2019-02-02")],
    ]
    made = review(sheet(rows))
    assert values(made, "treg_percent")["P-001", "V4"] == 6.2
    assert values(made, "visit_date")["P-002", "V4"] == "2019-02-02"
    dates = frame(made).query("variable == 'csf_pnfh' and patient == 'P-001' and visit == 'V4'")["date"]
    assert list(dates) == ["2019-02-01"]


def test_that_one_measure_per_sheet_is_known_by_the_name_of_its_sheet():
    rows = [["Patient", "V2", "V4"], ["P-001", 5.1, 6.2], ["P-002", 4.9, 5.5]]
    pnfh = [["Patient", "V2", "V4"], ["P-001", 900, 800], ["P-002", 700, 650]]
    made = review(sheet(rows, name="Treg (%)"), sheet(pnfh, name="CSF pNFH"))
    assert values(made, "treg_percent")["P-002", "V4"] == 5.5
    assert values(made, "csf_pnfh")["P-001", "V2"] == 900


def test_that_one_visit_per_sheet_is_known_by_the_name_of_its_sheet():
    made = review(
        sheet([["Patient", "Treg (%)"], ["P-001", 5.1], ["P-002", 4.9]], name="V2"),
        sheet([["Patient", "Treg (%)"], ["P-001", 6.1], ["P-002", 5.9]], name="V4"),
    )
    assert values(made, "treg_percent") == {
        ("P-001", "V2"): 5.1, ("P-002", "V2"): 4.9, ("P-001", "V4"): 6.1, ("P-002", "V4"): 5.9,
    }  # fmt: skip


def test_that_one_sheet_per_arm_gives_the_arm_only_when_it_is_confirmed():
    rows = [
        ["Patient", "Sex", "Randomised"],
        ["P-001", "F", day("2019-01-01")],
        ["P-002", "M", day("2019-01-02")],
    ]
    other = [
        ["Patient", "Sex", "Randomised"],
        ["P-003", "F", day("2019-01-03")],
        ["P-004", "M", day("2019-01-04")],
    ]
    sheets = sheet(rows, name="IL-2"), sheet(other, name="Placebo")
    asked = review(*sheets, accept=False)
    assert {q.kind for q in asked.open_questions} == {"arm"}
    made = review(*sheets)
    assert of_patient(made, "arm") == {"P-001": "il2", "P-002": "il2", "P-003": "placebo", "P-004": "placebo"}
    refused = review(*sheets, answers={q.id: "no" for q in asked.open_questions})
    assert of_patient(refused, "arm") == {}


def test_that_a_table_of_parameter_value_and_unit_is_read_by_its_names():
    rows = [
        ["USUBJID", "VISIT", "LBTEST", "LBORRES", "LBORRESU", "LBDTC"],
        ["P-001", "V2", "CSF pNFH", 900, "pg/mL", "2019-01-01"],
        ["P-001", "V2", "Tregs", 5.1, "%", "2019-01-01"],
        ["P-001", "V2", "Tregs", 41, "cells/µL", "2019-01-01"],
        ["P-001", "V4", "CSF pNFH", "0.8", "ng/mL", "2019-02-01"],
        ["P-002", "V2", "CSF pNFH", "<62.5", "pg/mL", "2019-01-03"],
        ["P-002", "V2", "Vitamin D", 31, "ng/mL", "2019-01-03"],
    ]
    made = review(sheet(rows))
    assert values(made, "csf_pnfh") == {("P-001", "V2"): 900, ("P-001", "V4"): 800, ("P-002", "V2"): 62.5}
    assert values(made, "treg_percent") == {("P-001", "V2"): 5.1}
    assert values(made, "treg_count") == {("P-001", "V2"): 41}
    assert values(made, "vitamin_d") == {("P-002", "V2"): 31}
    below = frame(made).query("variable == 'csf_pnfh' and patient == 'P-002'")
    assert list(below["qualifier"]) == ["<"]
    assert_balanced(made)


def test_that_a_row_of_units_under_the_header_is_not_a_patient():
    rows = [
        ["Patient", "Visit", "Treg", "CD4", "pNFH"],
        [N, N, "%", "10^9/L", "ng/mL"],
        ["P-001", "V2", 5.1, 0.8, 0.9],
        ["P-002", "V2", 4.9, 0.7, 0.7],
    ]
    made = review(sheet(rows))
    assert values(made, "cd4_count") == {("P-001", "V2"): 800, ("P-002", "V2"): 700}
    assert values(made, "csf_pnfh") == {("P-001", "V2"): 900, ("P-002", "V2"): 700}
    assert len(made.new_patients) == 2


def test_that_ids_typed_once_for_several_rows_go_to_the_rows_below():
    rows = [
        ["Patient", "Visit", "Treg (%)"],
        ["P-001", "V2", 5.1], [N, "V4", 5.2], [N, "V5", 5.3],
        ["P-002", "V2", 4.1], [N, "V4", 4.2], [N, "V5", 4.3],
    ]  # fmt: skip
    made = review(sheet(rows))
    assert values(made, "treg_percent")["P-002", "V5"] == 4.3
    assert ("id-typed-once", "A3") in codes(made)


def test_that_ids_merged_over_rows_belong_to_each_of_them():
    rows = [
        ["Patient", "Visit", "Treg (%)"],
        ["P-001", "V2", 5.1], [N, "V4", 5.2],
        ["P-002", "V2", 4.1], [N, "V4", 4.2],
    ]  # fmt: skip
    made = review(sheet(rows, merged=[(1, 0, 2, 0), (3, 0, 4, 0)]))
    assert values(made, "treg_percent")["P-001", "V4"] == 5.2
    assert values(made, "treg_percent")["P-002", "V4"] == 4.2


def test_that_titles_totals_headings_and_legends_are_no_patients():
    rows = [
        ["Tregs – laboratoire central"],
        ["Mise à jour : 04/09/2019"],
        [],
        ["Patient", "Visite", "Treg (%)"],
        ["Centre 01 – Paris"],
        ["P-001", "V2", 5.1],
        ["P-002", "V2", 4.1],
        ["Centre 02 – Lyon"],
        ["P-003", "V2", 4.4],
        [],
        ["Moyenne", N, 4.5],
        ["Écart-type", N, 0.5],
        ["N = 3"],
        [],
        ["Légende : NF = non fait"],
    ]
    made = review(sheet(rows))
    assert set(made.new_patients) == {"P-001", "P-002", "P-003"}
    assert {("total-row", "A11"), ("total-row", "A12"), ("section-row", "A5"), ("note-row", "A15")} <= set(
        codes(made)
    )
    assert_balanced(made)


def test_that_a_header_printed_on_every_page_is_read_once():
    header = ["Patient", "Visit", "Treg (%)"]
    rows = [
        header,
        ["P-001", "V2", 5.1],
        ["P-002", "V2", 4.1],
        header,
        ["P-003", "V2", 4.4],
        ["P-004", "V2", 4.8],
    ]
    made = review(sheet(rows))
    assert len(values(made, "treg_percent")) == 4
    assert ("repeated-header-row", "A4") in codes(made)


def test_that_two_tables_below_one_another_are_both_read():
    rows = [
        ["Table 1. Patients"],
        ["Patient", "Sex", "Arm"], ["P-001", "F", "IL-2"], ["P-002", "M", "Placebo"],
        [],
        ["Table 2. Laboratory"],
        ["Patient", "Visit", "Treg (%)"], ["P-001", "V2", 5.5], ["P-002", "V2", 6.5],
    ]  # fmt: skip
    made = review(sheet(rows))
    assert of_patient(made, "sex") == {"P-001": "female", "P-002": "male"}
    assert values(made, "treg_percent") == {("P-001", "V2"): 5.5, ("P-002", "V2"): 6.5}
    assert_balanced(made)


def test_that_two_tables_side_by_side_are_both_read():
    rows = [
        ["Patient", "Treg (%)", N, "Patient", "pNFH"],
        ["P-001", 5.1, N, "P-002", 700],
        ["P-002", 4.9, N, "P-001", 900],
    ]
    made = review(sheet(rows, name="V2"))
    assert values(made, "csf_pnfh") == {("P-001", "V2"): 900, ("P-002", "V2"): 700}
    assert_balanced(made)


def test_that_a_flat_sheet_repeating_patient_data_says_them_once():
    rows = [["Patient", "Sex", "Arm", "Randomised", "Visit", "Treg (%)"]]
    for n in range(1, 5):
        rows += [
            [f"P-{n:03d}", "FM"[n % 2], ("IL-2", "Placebo")[n % 2], date(2019, 1, n), visit, 5 + n / 10]
            for visit in ("V2", "V4", "V5")
        ]
    made = review(sheet(rows))
    assert len(of_patient(made, "sex")) == 4
    assert len(frame(made).query("variable == 'sex'")) == 4
    assert len(values(made, "treg_percent")) == 12
    assert sum(account.duplicates for account in made.accounts) == 3 * 4 * 2
    assert_balanced(made)


def test_that_visits_named_by_month_in_a_foreign_trial_keep_their_names_and_get_their_days():
    rows = [["Subject", "Treatment", "Marker A (U/L)", N, N], [N, N, "Baseline", "Month 3", "Month 12"]]
    rows += [[f"S{n:02d}", "XY"[n % 2], 10 + n, 12 + n, 14 + n] for n in range(1, 9)]
    made = review(sheet(rows, merged=[(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 4)]), protocol="follow_up")
    assert visit_days(made) == {"Baseline": 0, "Month 3": 91, "Month 12": 365}
    assert len(values(made, "marker_a")) == 24
    assert [arm["code"] for arm in made.additions["arms"]] == ["y", "x"]


def test_that_a_numbered_visit_never_becomes_the_protocols_when_the_days_disagree():
    patients = [[f"P-{n:03d}", "FM"[n % 2], date(2019, 1, n)] for n in range(1, 9)]
    visits = [
        [f"P-{n:03d}", f"Visite {k}", date.fromordinal(date(2019, 1, n).toordinal() + 180 * k), 5.0 + k]
        for n in range(1, 9)
        for k in (1, 2, 3)
    ]
    made = review(
        sheet([["Patient", "Sexe", "Date de randomisation"], *patients], name="Patients"),
        sheet([["Patient", "Visite", "Date de visite", "Treg (%)"], *visits], name="Suivi"),
    )
    assert {key[1] for key in values(made, "treg_percent")} == {"visite_1", "visite_2", "visite_3"}
    question = next(q for q in made.questions if q.kind == "visits")
    assert question.suggested == "own"
    assert any("-98" in evidence for evidence in question.evidence)


def test_that_visits_of_the_protocol_by_name_and_day_are_taken_as_such_without_a_question():
    patients = [[f"P-{n:03d}", "FM"[n % 2], date(2019, 1, n)] for n in range(1, 9)]
    visits = [
        [f"P-{n:03d}", label, date.fromordinal(date(2019, 1, n).toordinal() + shift), 5.0]
        for n in range(1, 9)
        for label, shift in (("J0", 0), ("M3", 86), ("M6", 170))
    ]
    made = review(
        sheet([["Patient", "Sexe", "Date de randomisation"], *patients], name="Patients"),
        sheet([["Patient", "Visite", "Date de visite", "Treg (%)"], *visits], name="Suivi"),
        accept=False,
    )
    assert not made.open_questions
    assert {key[1] for key in values(made, "treg_percent")} == {"V2", "V6", "V9"}


def test_that_a_lab_file_without_visit_names_is_kept_by_date():
    rows = [["Patient", "Date de prélèvement", "pNFH (pg/mL)"]]
    rows += [[f"P-{n:03d}", date(2019, k, n), 900 + k] for n in range(1, 5) for k in (1, 4)]
    made = review(sheet(rows))
    assert values(made, "csf_pnfh")["P-002", "", "2019-04-02"] == 904
    assert len(values(made, "visit_date")) == 8


def test_that_study_days_become_dates_where_the_randomisation_is_known():
    patients = [
        ["Patient", "Sex", "Randomised"],
        ["P-001", "F", day("2019-01-10")],
        ["P-002", "M", day("2019-02-10")],
    ]
    labs = [["Patient", "Day", "Treg (%)"], ["P-001", 0, 5.1], ["P-001", 28, 5.2], ["P-002", 28, 5.3]]
    made = review(sheet(patients, name="Patients"), sheet(labs, name="Lab"))
    assert values(made, "treg_percent") == {
        ("P-001", "", "2019-01-10"): 5.1, ("P-001", "", "2019-02-07"): 5.2, ("P-002", "", "2019-03-10"): 5.3,
    }  # fmt: skip


def test_that_last_seen_or_died_with_a_coded_status_is_one_end_of_follow_up():
    rows = [["Patient", "Randomised", "Last seen / died", "Dead (1/0)"]]
    rows += [[f"P-{n}", day("2019-01-01"), date(2020, 1, n), int(n > 3)] for n in range(1, 9)]
    asked = review(sheet(rows), accept=False)
    question = next(q for q in asked.open_questions if q.kind == "coding")
    assert {option.detail for option in question.options} == {"5 died, 3 alive", "3 died, 5 alive"}
    made = review(sheet(rows))
    assert sorted(of_patient(made, "vital_status").values()) == ["alive"] * 3 + ["dead"] * 5
    assert len(of_patient(made, "end_of_follow_up_date")) == 8


@pytest.mark.parametrize(
    ("header", "cells", "dead"),
    [
        ("Décès (O/N)", ["O", "N", "N", "O"], 2),
        ("Dead", ["yes", "no", "no", "no"], 1),
        ("Statut (1/2)", [1, 2, 2, 1], 2),
        ("Alive", [True, True, False, True], 1),
        ("CNSR", [0, 1, 1, 1], 1),
        ("Statut vital", ["vivant", "DCD", "décédée", "VIVANT"], 2),
    ],
)
def test_that_an_outcome_in_codes_is_understood_by_its_header(header, cells, dead):
    rows = [["Patient", "Sexe", header], *([f"P{n}", "F", cell] for n, cell in enumerate(cells, start=1))]
    made = review(sheet(rows))
    assert list(of_patient(made, "vital_status").values()).count("dead") == dead


def test_that_the_same_header_twice_is_not_read_as_one():
    rows = [
        ["Patient", "Treg (%)", "Treg (%)"],
        ["P-001", 5.1, 6.1],
        ["P-002", 4.9, 5.9],
        ["P-003", 4.2, 5.2],
    ]
    asked = review(sheet(rows, name="V2"), accept=False)
    assert [q.kind for q in asked.open_questions] == ["column"]
    assert len(values(asked, "treg_percent")) == 3


def test_that_headers_with_line_breaks_and_odd_blanks_are_read():
    rows = [
        ["N°\npatient", "Date de\nrandomisation", "Treg\u00a0(%\u00a0des CD4+)*", "Visite "],
        ["001", day("2019-01-01"), "5,1", "V2"],
        ["002", day("2019-01-02"), "4,9", "V2"],
    ]
    made = review(sheet(rows))
    assert values(made, "treg_percent") == {("001", "V2"): 5.1, ("002", "V2"): 4.9}


def test_that_a_spacer_column_does_not_split_a_table():
    rows = [["Patient", "Sex", N, "Treg (%)"], ["P-001", "F", N, 5.1], ["P-002", "M", N, 4.9]]
    made = review(sheet(rows, name="V2"))
    assert len(values(made, "treg_percent")) == 2


def test_that_a_legend_beside_the_table_is_not_read():
    rows = [
        ["Patient", "Visit", "Treg (%)", N, "NF = not done"],
        ["P-001", "V2", 5.1, N, "ND = not available"],
        ["P-002", "V2", 4.9],
    ]
    made = review(sheet(rows))
    assert len(frame(made)) == 2
    assert_balanced(made)


def test_that_an_adverse_event_log_becomes_records():
    rows = [
        ["Patient", "Event", "Start date", "Stop date", "Severity", "Serious", "Outcome"],
        ["P-001", "Headache", day("2019-02-01"), day("2019-02-03"), "mild", "no", "resolved"],
        ["P-001", "Fever", day("2019-03-01"), N, "moderate", "yes", "ongoing"],
        ["P-002", "Rash", day("2019-02-11"), day("2019-02-13"), "1", "N", "resolved"],
    ]
    made = review(sheet(rows, name="Adverse events"))
    terms = frame(made).query("variable == 'ae_term'")
    assert sorted(zip(terms["patient"], terms["record"], terms["text"], strict=True)) == [
        ("P-001", 1, "Headache"), ("P-001", 2, "Fever"), ("P-002", 1, "Rash"),
    ]  # fmt: skip
    assert set(of_patient(made, "ae_severity").values()) == {"mild", "moderate"}


def test_that_unknown_columns_become_variables_of_their_kind():
    rows = [["Patient", "Visit", "Bilirubine (mg/dL)", "Fumeur", "Prochain RDV", "Commentaires"]]
    rows += [
        [f"P-{n:03d}", "V2", f"{n},5", ("oui", "non")[n % 2], date(2020, 1, n), ("", "à revoir")[n % 2]]
        for n in range(1, 13)
    ]
    made = review(sheet(rows))
    kinds = {item["code"]: (item["kind"], item.get("unit", "")) for item in made.additions["variables"]}
    assert kinds == {
        "bilirubine": ("number", "mg/dL"), "fumeur": ("choice", ""),
        "prochain_rdv": ("date", ""),
    }  # fmt: skip
    assert "Commentaires" in {left.header for left in made.left_out}


def test_that_columns_that_name_people_are_left_out_and_listed():
    rows = [
        ["Patient", "Nom", "Prénom", "Sexe", "Bras"],
        ["P-001", "DUPONT", "Jean", "M", "IL-2"],
        ["P-002", "MARTIN", "Ève", "F", "Placebo"],
    ]
    made = review(sheet(rows))
    assert [(item.header, item.cells) for item in made.left_out] == [("Nom", 2), ("Prénom", 2)]
    assert "DUPONT" not in frame(made).to_csv()


def test_that_a_sheet_that_says_nothing_of_patients_is_not_read_and_said():
    about = sheet(
        [["About this file"], ["Exported on", day("2020-01-01")], ["by", "JD"], ["Version", 2]], name="About"
    )
    made = review(patients_sheet(), about)
    assert len(made.new_patients) == 6
    assert {issue.sheet for issue in made.issues if issue.code == "table-not-read"} <= {"About"}
    assert_balanced(made)


def test_that_hidden_sheets_are_listed_and_left_out_unless_asked_for():
    hidden = sheet(
        [["Patient", "Visit", "Treg (%)"], ["P-001", "V2", 5.0], ["P-002", "V2", 5.0]],
        name="Old",
        visible="very hidden",
    )
    made = review(patients_sheet(), hidden)
    assert not values(made, "treg_percent")
    assert "hidden-sheet" in [code for code, _ in codes(made)]
    shown = review(patients_sheet(), hidden, answers={"hidden-sheet|old": "yes"})
    assert len(values(shown, "treg_percent")) == 2


def test_that_a_sheet_of_numbers_under_month_numbers_asks_what_the_numbers_are():
    rows = [["Patient", "Treg (%)", N, N], [N, 0, 3, 6], ["P-001", 5.1, 5.2, 5.3], ["P-002", 4.1, 4.2, 4.3]]
    asked = review(sheet(rows, merged=[(0, 0, 1, 0), (0, 1, 0, 3)]), accept=False)
    question = next(q for q in asked.open_questions if q.id.startswith("visit-numbers"))
    assert question.suggested == "M"
    made = review(sheet(rows, merged=[(0, 0, 1, 0), (0, 1, 0, 3)]))
    assert values(made, "treg_percent")["P-001", "V6"] == 5.2
    weeks = review(sheet(rows, merged=[(0, 0, 1, 0), (0, 1, 0, 3)]), answers={question.id: "W"})
    assert "V6" not in {key[1] for key in values(weeks, "treg_percent")}


def test_that_numbers_behind_the_name_of_a_measure_are_visits():
    rows = [
        ["id", "weight_0", "weight_6", "weight_12", "svc.0", "svc.6"],
        ["P1", 70, 69, 68, 90, 88],
        ["P2", 80, 79, 78, 95, 90],
    ]
    made = review(sheet(rows))
    assert values(made, "weight")["P2", "V16"] == 78
    assert values(made, "svc_percent")["P1", "V9"] == 88


def test_that_an_empty_workbook_and_a_title_alone_give_an_empty_review():
    for rows in ([], [["x"]], [["Nothing here"], [], ["really"]]):
        made = review(sheet(rows))
        assert not made.changes_study
        assert_balanced(made)


def test_that_long_runs_of_rows_that_are_not_read_are_one_issue_each_and_still_counted():
    rows = [["Patient", "Visit", "Treg (%)"], *([f"P{n}", "V2", 5.1] for n in range(3))]
    rows += [[f"Note {n} about the trial"] for n in range(200)]
    rows += [[], *([f"Note {n} about the trial"] for n in range(200))]
    made = review(sheet(rows))
    (one,) = [issue for issue in made.issues if issue.code == "note-row"]
    assert (one.cell, len(one.cells)) == ("A5", 400)
    assert "Rows 5 to 405" in one.message
    assert made.accounts[0].ignored == 400
    assert_balanced(made)
    rows = [["Patient", "Visit", "Treg (%)"]]
    for number in range(100):
        rows += [[f"P{number}", "V2", 5.1], [f"Note {number} about the trial"]]
    made = review(sheet(rows))
    (one,) = [issue for issue in made.issues if issue.code == "note-row"]
    assert len(one.cells) == 100
    assert "Row 3 " in one.message
    assert_balanced(made)
