"""Measurements as laboratories and wards lay them out: gates, replicates, printouts, units, remarks."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import of_patient, review, values
from test_sheet_patients import known

IDS = ("FR01-001", "FR01-002", "FR01-003")


def test_that_a_path_of_gates_is_known_by_its_last_gate_and_its_parent():
    path = "Lymphocytes/CD3+/CD4+/CD25hi CD127lo | Freq. of Parent"
    rows: list[list[object]] = [["Sample", path, "Lymphocytes/CD25+FoxP3+ | Freq. of Parent"]]
    rows += [[f"{who}_V{v}.fcs", 5.5 + v, 2.5] for who in IDS for v in (2, 3)]
    made = review(sheet(rows), facts=known())
    assert values(made, "treg_percent")["FR01-002", "V3"] == 8.5
    assert 2.5 not in values(made, "treg_percent").values()  # of lymphocytes, not of CD4+


def test_that_names_of_visits_tell_the_column_of_visits_whatever_its_header_says():
    rows: list[list[object]] = [["Specimen", "Tube", "Weight (kg)"]]
    rows += [[who, visit, 70.0] for who in IDS for visit in ("V2", "V6")]
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert (question.id.split("|")[-1], question.suggested) == ("tube", "visit")


def test_that_the_mean_of_replicates_is_the_result_and_the_others_are_listed():
    rows: list[list[object]] = [["Patient", "Visit", "NfL rep1", "NfL rep2", "NfL mean", "NfL CV%"]]
    rows += [[who, "V2", 10.1, 10.5, 10.3, 2.7] for who in IDS]
    made = review(sheet(rows), facts=known())
    assert values(made, "serum_nfl") == {(who, "V2"): 10.3 for who in IDS}
    assert {left.header for left in made.left_out} == {"NfL rep1", "NfL rep2", "NfL CV%"}


@pytest.mark.parametrize("dates", [("2023-01-10", "2023-03-14"), ("10/01/2023", "14/03/2023")])
def test_that_days_above_columns_of_results_are_the_days_of_the_measurements(dates: tuple[str, str]):
    heads = [day(text) if "-" in text else text for text in dates]
    rows: list[list[object]] = [["CHU de Lyon"], ["Patient : FR01-001"], [], ["Analyse", "Unité", *heads]]
    rows += [["Lymphocytes T CD4", "/mm3", 640, 701], ["Treg (% des CD4)", "%", 7.5, 8.5]]
    made = review(sheet(rows, name="FR01-001"), facts=known())
    assert values(made, "cd4_count")["FR01-001", "", "2023-03-14"] == 701
    assert values(made, "treg_percent")["FR01-001", "", "2023-01-10"] == 7.5


def test_that_a_unit_in_a_cell_is_converted_and_never_a_remark():
    texts = ("154.3 lb", "70 kg", "176.4 lbs")
    rows = [
        ["Patient", "Visit", "Weight"],
        *([who, "V2", text] for who, text in zip(IDS, texts, strict=True)),
    ]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    found = values(made, "weight")
    assert [round(float(found[who, "V2"]), 1) for who in IDS] == [70.0, 70.0, 80.0]


def test_that_heights_in_inches_are_converted():
    rows: list[list[object]] = [["Patient", "Height (in)"], *([who, 65] for who in IDS)]
    made = review(sheet(rows), facts=known())
    assert of_patient(made, "height")["FR01-001"] == pytest.approx(165.1)


def test_that_a_lone_column_of_dates_beside_measurements_is_offered_as_the_date_of_the_visit():
    rows: list[list[object]] = [["Patient", "Visit", "lab_date", "Weight (kg)"]]
    days = {"V2": day("2023-01-02"), "V6": day("2023-03-28")}
    rows += [[who, visit, days[visit], 70] for who in IDS for visit in days]
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert question.suggested == "var:visit_date"
    rows[0][2] = "date of next visit"
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert question.suggested == "new:date"


@pytest.mark.parametrize("header", ["Comments", "Remarques", "Bemerkung", "Weight comment"])
def test_that_remarks_are_left_out_and_listed_without_a_question(header: str):
    rows: list[list[object]] = [["Patient", "Visit", "Weight (kg)", header]]
    rows += [[who, "V2", 70, "below LLOQ" if who == IDS[0] else None] for who in IDS]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert [left.header for left in made.left_out] == [header]


def test_that_changes_from_baseline_are_no_values():
    rows: list[list[object]] = [["Patient", "Visit", "Weight (kg)", "Change from baseline (kg)"]]
    rows += [[who, visit, 70, -1] for who in IDS for visit in ("V2", "V6")]
    made = review(sheet(rows), facts=known(), accept=False)
    assert [left.header for left in made.left_out] == ["Change from baseline (kg)"]


def test_that_a_list_of_results_in_german_is_read():
    rows: list[list[object]] = [
        ["Patient", "Abnahmedatum", "Parameter", "Ergebnis", "Einheit", "Referenzbereich"]
    ]
    for who in IDS:
        rows += [[who, "17.01.2023", "CD4+ T-Zellen absolut", "801", "/µl", "400-1600"]]
        rows += [[who, "17.01.2023", "Regulatorische T-Zellen", "7,5", "% der CD4", "5-10"]]
    made = review(sheet(rows), facts=known())
    assert values(made, "cd4_count")["FR01-001", "", "2023-01-17"] == 801
    assert values(made, "treg_percent")["FR01-003", "", "2023-01-17"] == 7.5


def test_that_the_unit_in_a_sheets_name_counts_though_it_cannot_hold_a_slash():
    rows: list[list[object]] = [["Patient", "V2", "V6"], *([who, 640, 701] for who in IDS)]
    made = review(sheet(rows, name="CD4 (_mm3)"), facts=known())
    assert values(made, "cd4_count")["FR01-001", "V6"] == 701


def test_that_the_map_of_a_plate_is_told_as_not_read():
    rows: list[list[object]] = [["", *range(1, 7)]]
    rows += [[letter, *(10.5 + n for n in range(6))] for letter in "ABC"]
    made = review(sheet(rows, name="Plate 1"), facts=known())
    assert [issue.code for issue in made.issues] == ["table-not-read"]


def test_that_many_columns_that_nobody_knows_are_asked_about_together():
    genes = [f"ENSG{n:05d}" for n in range(70)]
    rows: list[list[object]] = [["Patient", "Visit", *genes]]
    rows += [[who, "V2", *(n + len(who) / 7 for n in range(70))] for who in IDS]
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert question.suggested == "new:number"
    assert "69 columns" in " ".join(question.evidence)
    made = review(sheet(rows), facts=known(), answers={question.id: "left_out"}, accept=False)
    assert not made.open_questions
    assert {left.header for left in made.left_out} == set(genes)


def test_that_counts_by_the_thousandth_of_a_cell_are_asked_about():
    rows: list[list[object]] = [["Patient", "Visit", "Eosinophils"]]
    rows += [[who, visit, 0.05 + 0.1 * n] for n, who in enumerate(IDS) for visit in ("V2", "V6")]
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert (question.kind, question.suggested) == ("unit", "10⁹/L")


def test_that_a_share_of_the_predicted_above_1_is_a_fraction_too():
    rows: list[list[object]] = [["Patient", "Visit", "SVC (% predicted)"]]
    rows += [[who, "V2", value] for who, value in zip(IDS, (0.71, 0.95, 1.09), strict=True)]
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert question.suggested == "fraction"


def test_that_how_bright_cells_are_is_no_number_of_cells():
    rows: list[list[object]] = [["Patient", "Visit", "MFI FoxP3", "Treg abs/µL"]]
    rows += [[who, "V2", 640, 41.5] for who in IDS]
    made = review(sheet(rows), facts=known())
    assert set(values(made, "treg_count").values()) == {41.5}


def test_that_the_decimal_sign_of_a_cell_with_a_unit_of_its_own_is_weighed_in_that_unit():
    rows: list[list[object]] = [["Patient", "Visit", "CSF pNFH (pg/mL)"]]
    rows += [[who, "V1", "3.742 ng/mL" if who == IDS[0] else 2100] for who in IDS]
    made = review(sheet(rows), facts=known())
    assert values(made, "csf_pnfh")["FR01-001", "V1"] == 3742
