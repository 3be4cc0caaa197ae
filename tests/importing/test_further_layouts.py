"""Measurements in layouts that nobody had in mind: names, marks and places that change what a value is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from books import day, sheet
from reviews import codes, new_study, review, values
from test_sheet_patients import known

from mirocals_desktop.importing.commit import commit, gather_facts
from mirocals_desktop.importing.numbers import read_number
from mirocals_desktop.importing.timepoints import cut_timepoint, timepoint_key

IDS = ("FR01-001", "FR01-002", "FR01-003")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ND (<62,5)", (62.5, "<")),
        ("<LLOQ (62,5)", (62.5, "<")),
        ("< à 62,5", (62.5, "<")),
        ("＜62,5", (62.5, "<")),
        ("0,56 H", (0.56, "")),
        ("3,1 ↑", (3.1, "")),
        ("*1,95", (1.95, "")),
        ("NF (2)", None),
        ("Q1 (3)", None),
    ],
)
def test_that_a_limit_or_a_mark_beside_a_number_is_understood(text: str, said: tuple[float, str] | None):
    number = read_number(text, ",")
    assert (number and (number.value, number.qualifier)) == said


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("V6 bis", "V6"),
        ("M3 (repeat)", "Month 3"),
        ("C1 pre-dose", "C1D1"),
        ("C7 post-dose", "Cycle 7, after the doses"),
        ("Pic cycle 7", "C7 après les injections"),
    ],
)
def test_that_a_repeat_is_its_visit_and_words_of_doses_say_which_one(name: str, same: str):
    assert timepoint_key(name) == timepoint_key(same)
    assert cut_timepoint(f"Treg % {name}") == ("Treg %", name, "")


def test_that_readings_before_and_after_the_doses_are_at_their_visits():
    rows: list[list[object]] = [["Patient", "C1 pre-dose", "C1 post-dose", "Cycle 7, after the doses"]]
    rows += [[who, 5.5, 9.5, 8.5] for who in IDS]
    made = review(sheet(rows, name="Treg (% CD4)"), facts=known())
    found = values(made, "treg_percent")
    assert [found["FR01-002", visit] for visit in ("V2", "V3", "V10")] == [5.5, 9.5, 8.5]


def test_that_averages_and_usual_ranges_among_the_rows_are_nobodys_values():
    rows: list[list[object]] = [
        ["Patient", "Visit", "Weight (kg)", "Treg %"],
        ["Normal range", None, None, "5 - 10"],
    ]
    for who in IDS:
        rows += [[who, "V2", 70, 7.5], [None, "V6", 71, 8.5], [f"{who} Average", None, 70.5, 8.0]]
    rows += [["Grand Average", None, 70.5, 8.0], ["Moy ± ET", None, "70 ± 2", "8 ± 1"]]
    made = review(sheet(rows), facts=known(), accept=False)
    assert set(values(made, "treg_percent").values()) == {7.5, 8.5}
    assert {code for code, _cell in codes(made)} == {"id-typed-once", "total-row"}


def test_that_what_a_bead_array_calls_out_of_range_is_beyond_its_limit():
    rows: list[list[object]] = [["Patient", "V2", "V6"], *([who, 120.5, "OOR <"] for who in IDS)]
    made = review(sheet(rows, name="CCL2 plasma (pg_mL)"), facts=known())
    found = made.batch.frame()
    assert set(found[found["visit"] == "V6"]["qualifier"]) == {"<"}


def test_that_the_cycle_and_the_day_in_it_name_the_visit_together():
    rows: list[list[object]] = [["Patient", "Cycle", "Day", "Treg (%)"]]
    rows += [
        [who, cycle, day, cycle + day / 10] for who in IDS for cycle, day in ((1, 1), (1, 8), (2, 1), (7, 8))
    ]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    found = values(made, "treg_percent")
    assert [found["FR01-001", visit] for visit in ("V2", "V3", "V4", "V10")] == [1.1, 1.8, 2.1, 7.8]


def test_that_the_specimen_in_a_samples_name_tells_which_measure_it_is():
    rows: list[list[object]] = [["Sample ID", "Assay", "Result (pg/mL)"]]
    for who in IDS:
        rows += [[f"{who}-V02-SER-01", "NfL", 20.5], [f"{who}-V02-CSF-01", "CCL2", 180.5]]
        rows += [[f"{who}-V06-PLA-01", "CCL2", 90.5]]
    made = review(sheet(rows), facts=known())
    assert values(made, "ccl2_csf") == {(who, "V2"): 180.5 for who in IDS}
    assert values(made, "ccl2_plasma") == {(who, "V6"): 90.5 for who in IDS}


@pytest.mark.parametrize("said", ["LLOQ = 50 pg/mL; ULOQ = 8 000 ng/L", "LLOQ: 50, ULOQ: 8000"])
def test_that_limits_told_in_a_title_are_those_of_the_values_beyond_them(said: str):
    said = said.replace("8 000", "8000")
    rows: list[list[object]] = [["CSF pNFH (pg/mL)"], [said], [], ["Subject", "Visit", "Result"]]
    rows += [[who, "V2", 900.5] for who in IDS] + [[IDS[0], "V6", "<LLOQ"], [IDS[1], "V6", ">ULOQ"]]
    found = values(review(sheet(rows), facts=known()), "csf_pnfh")
    assert (found[IDS[0], "V6"], found[IDS[1], "V6"]) == (50, 8000)


def test_that_standards_blanks_and_controls_of_a_plate_are_nobodys_and_told_once():
    rows: list[list[object]] = [
        ["CSF pNFH ELISA", None, "Plate: 04", "Operator: KD"],
        ["Sample name", "Type", "OD 450", "Conc. (pg/mL)", "Final conc. (pg/mL)", "%CV"],
        ["Blank", "Blank", 0.05, None, None, 3.1],
    ]
    rows += [[f"STD {n}", "Standard", 0.1 * n, 100 * n, 100 * n, 2.0] for n in range(1, 8)]
    rows += [[f"{who} V2", "Unknown", 0.5, 225.0, 900.0, 2.0] for who in IDS]
    rows += [["QC High", "Control", 1.9, 2190.1, 2190.1, 2.2]]
    made = review(sheet(rows), facts=known())
    assert values(made, "csf_pnfh") == {(who, "V2"): 900.0 for who in IDS}
    assert codes(made) == [("control-row", "A3")]
    assert all(account.balanced for account in made.accounts)


def test_that_a_unit_with_its_specimen_below_a_header_is_both():
    rows: list[list[object]] = [["Subject", "Visit", "NfL", "CCL2"], [None, None, "pg/mL serum", "pg/mL CSF"]]
    made = review(sheet([*rows, *([who, "V2", 20.5, 180.5] for who in IDS)]), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "serum_nfl")["FR01-001", "V2"] == 20.5
    assert values(made, "ccl2_csf")["FR01-001", "V2"] == 180.5


def test_that_headings_between_the_rows_name_the_patients_of_the_rows_below():
    rows: list[list[object]] = [["Visite", "Poids (kg)"]]
    for n, who in enumerate(IDS):
        rows += [[f"Patient {who}"], ["V2", 70 + n], ["V6", 60 + n]]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert not made.issues
    assert values(made, "weight")["FR01-002", "V6"] == 61


@pytest.mark.parametrize("average", ["Average of Treg %", "Moyenne de Treg %"])
def test_that_pivot_tables_are_read_across_and_nested(average: str):
    across: list[list[object]] = [[average, "Column Labels"], ["Row Labels", "V2", "V6", "Grand Total"]]
    across += [[who, 5.5, 6.5, 6.0] for who in IDS] + [["Grand Total", 5.5, 6.5, 6.0]]
    nested: list[list[object]] = [["Row Labels", average]]
    for who in IDS:
        nested += [[who, 6.0], ["V2", 5.5], ["V6", 6.5]]
    for rows in (across, nested):
        found = values(review(sheet(rows), facts=known()), "treg_percent")
        assert found == {(who, visit): 5.5 + (visit == "V6") for who in IDS for visit in ("V2", "V6")}


@pytest.mark.parametrize(
    ("header", "variable"),
    [
        ("Treg CD25hi CD127lo (% of CD4)", "treg_percent"),
        ("Treg CD25+FoxP3+ (cells/µL)", "treg_count"),
        ("Meilleure CVL (L)", "svc_litres"),
        ("SVCPP", "svc_percent"),
        ("ALSTOT", "alsfrs_r_total"),
    ],
)
def test_that_names_learnt_since_a_study_was_made_help_it(header: str, variable: str):
    rows: list[list[object]] = [["IDPAT", "NUMVIS", "DATVIS", header, "DATSAI", "Modified by"]]
    number = {"svc_litres": 3.2, "svc_percent": 80, "alsfrs_r_total": 38, "treg_percent": 7.5}.get(
        variable, 60
    )
    days = {"2": day("2023-01-10"), "6": day("2023-04-05")}
    rows += [[who, visit, on, number, day("2023-05-01"), "KD"] for who in IDS for visit, on in days.items()]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, variable)["FR01-001", "V6"] == number
    assert {left.header for left in made.left_out} == {"DATSAI", "Modified by"}


def test_that_a_score_out_of_48_is_that_score_and_l_behind_a_count_means_low():
    rows: list[list[object]] = [["Patient", "Visit", "ALSFRS-R", "Eosinophils (10^9/L)"]]
    rows += [[who, "V6", "38/48", "0.10 L"] for who in IDS]
    made = review(sheet(rows), facts=known(), accept=False)
    assert values(made, "alsfrs_r_total")["FR01-001", "V6"] == 38
    assert values(made, "eosinophils")["FR01-001", "V6"] == 100
    assert {issue.code for issue in made.issues} == {"remark"}


@pytest.mark.parametrize("name", ["IL-2 injections", "Low-dose IL-2 trial", "Cytokines IL-2"])
def test_that_the_drug_in_a_sheets_name_is_no_arm(name: str):
    rows: list[list[object]] = [["Patient", "Visit", "Weight (kg)"], *([who, "V2", 70] for who in IDS)]
    assert not review(sheet(rows, name=name), facts=known(), accept=False).open_questions


def test_that_a_list_of_a_freezer_is_a_log_of_samples():
    rows: list[list[object]] = [["Boîte", "Position", "Code échantillon", "Patient", "Visite", "Nature"]]
    rows += [["B1", f"A{n}", f"MIR{n:04d}", who, "V2", "Sérum"] for n, who in enumerate(IDS)]
    made = review(sheet(rows, name="Biothèque"), facts=known())
    found = made.batch.frame()
    assert list(found[found["variable"] == "sample_id"]["text"]) == ["MIR0000", "MIR0001", "MIR0002"]


def test_that_a_list_by_a_number_that_the_study_holds_is_joined_once_it_is_confirmed():
    patients: list[list[object]] = [["Patient", "Sex", "Rand. no."], ["P09", "M", None]]
    patients += [[f"P{n:02d}", "M", 5000 + n] for n in range(1, 9)]
    rows: list[list[object]] = [["Rand. no.", "Visit", "Weight (kg)"]]
    rows += [[5000 + n, "V2", 60 + n] for n in range(1, 9)]
    with tempfile.TemporaryDirectory() as folder, new_study(Path(folder)) as study:
        commit(study, review(sheet(patients, name="Patients"), facts=gather_facts(study)))
        facts = gather_facts(study)
    made = review(sheet(rows), facts=facts, accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("other-ids"))
    assert question.evidence == ("8 of 8 are there",)
    found = values(review(sheet(rows), facts=facts), "weight")
    assert found == {(f"P{n:02d}", "V2"): 60 + n for n in range(1, 9)}


def test_that_small_broken_numbers_without_a_unit_are_no_cells():
    rows: list[list[object]] = [["Patient", "Visit", "Eosinophils"]]
    rows += [[who, visit, number] for who in IDS for visit, number in (("V2", 0.6), ("V6", 4.6))]
    (question,) = review(sheet(rows), facts=known(), accept=False).open_questions
    assert question.suggested == "new:number"


def test_that_the_specimen_of_a_sheet_goes_with_the_names_of_its_columns():
    rows: list[list[object]] = [["Patient", "Visit", "CCL2 (pg/mL)"], *([who, 2, 390.5] for who in IDS)]
    made = review(sheet(rows, name="LCR"), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "ccl2_csf") == {(who, "V2"): 390.5 for who in IDS}


def test_that_the_day_behind_a_visit_and_the_centre_before_it_are_no_part_of_its_name():
    rows: list[list[object]] = [["Patient", "Visite", "Poids (kg)"]]
    rows += [[who, f"M3 (0{n}/04/2023)", "70,5¹"] for n, who in enumerate(IDS, start=1)]
    assert values(review(sheet(rows), facts=known(), accept=False), "weight") == {
        (who, "V6"): 70.5 for who in IDS
    }
    rows = [["Patient", "Poids (kg)"], *([who, 71] for who in IDS)]
    assert values(review(sheet(rows, name="Lyon M3"), facts=known()), "weight")["FR01-001", "V6"] == 71


def test_that_three_readings_of_one_cartridge_stand_behind_their_mean():
    heads = [*(f"NF-L GNR{n} (pg/mL)" for n in (1, 2, 3)), "NF-L Mean (pg/mL)", "NF-L %CV"]
    rows: list[list[object]] = [["Sample", "Visit", *heads]]
    rows += [[who, "V2", 10.1, 10.4, 10.7, 10.4, 2.9] for who in IDS]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert set(values(made, "serum_nfl").values()) == {10.4}


def samples(form: str = "BX{n}") -> list[list[object]]:
    """A list of samples: two visits of each patient."""
    rows: list[list[object]] = [["Barcode", "Patient", "Visit", "Sample type"]]
    for n, who in enumerate(IDS):
        rows += [[form.format(n=10 * n + v), who, f"V{v}", "Serum"] for v in (2, 6)]
    return rows


def test_that_results_by_barcode_take_patient_and_visit_from_a_list_of_samples():
    results: list[list[object]] = [["Barcode", "NfL (pg/mL)", "CV %"]]
    results += [[row[0], 10.5 + n, 2.5] for n, row in enumerate(samples()[1:])]
    sheets = sheet(samples(), name="Samples"), sheet(results, name="Serum results")
    made = review(*sheets, facts=known(), accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("sample-list"))
    assert question.suggested == "both"
    expected = {(who, f"V{v}"): 10.5 + 2 * n + (v == 6) for n, who in enumerate(IDS) for v in (2, 6)}
    assert values(review(*sheets, facts=known()), "serum_nfl") == expected
    assert not values(review(*sheets, facts=known(), answers={question.id: "no"}), "serum_nfl")
    with tempfile.TemporaryDirectory() as folder, new_study(Path(folder)) as study:
        patients = [["Patient", "Sex"], *([who, "F"] for who in IDS)]
        for one in (sheet(patients, name="Patients"), sheet(samples(), name="Samples")):
            commit(study, review(one, facts=gather_facts(study)))
        facts = gather_facts(study)
    assert values(review(sheets[1], facts=facts), "serum_nfl") == expected


def test_that_the_layout_of_a_plate_on_one_sheet_tells_whose_the_readings_on_another_are():
    placed = [(who, visit) for who in IDS for visit in ("V2", "V6")]
    layout: list[list[object]] = [["Well", "Sample"]]
    layout += [[f"{'ABCDEF'[n]}1", f"{who} {visit}"] for n, (who, visit) in enumerate(placed)]
    readings: list[list[object]] = [
        ["Well", "Conc. (pg/mL)"],
        *([f"{letter}1", 900.5 + n] for n, letter in enumerate("ABCDEF")),
    ]
    made = review(sheet(layout, name="Layout"), sheet(readings, name="pNFH CSF"), facts=known())
    assert values(made, "csf_pnfh") == {place: 900.5 + n for n, place in enumerate(placed)}


def test_that_a_column_before_and_after_the_doses_goes_with_the_cycle():
    rows: list[list[object]] = [["Patient", "Visit", "Timepoint", "Treg (% of CD4)"]]
    rows += [[who, c, when, None] for who in IDS for c in ("C1", "C7") for when in ("Pre", "Post")]
    for n, row in enumerate(rows[1:]):
        row[3] = 5.5 + n
    found = values(review(sheet(rows), facts=known(), accept=False), "treg_percent")
    assert [found["FR01-001", v] for v in ("V2", "V3", "V9", "V10")] == [5.5, 6.5, 7.5, 8.5]


def test_that_a_mark_below_the_limit_makes_its_value_a_censored_one():
    rows: list[list[object]] = [["Patient", "Visit", "CSF pNFH (pg/mL)", "Below LLOQ"]]
    rows += [[who, "V2", 62.5 + n, "N" if n else "Y"] for n, who in enumerate(IDS)]
    found = review(sheet(rows), facts=known(), accept=False).batch.frame()
    assert list(found[found["variable"] == "csf_pnfh"]["qualifier"]) == ["<", "", ""]


def test_that_days_added_to_a_day_and_treatment_cut_short_name_visits():
    assert timepoint_key("J1+7") == timepoint_key("J8")
    assert timepoint_key("D0 + 28 days") == timepoint_key("Day 28")
    assert timepoint_key("Fin de ttt") == timepoint_key("Fin de traitement")


@pytest.mark.parametrize("header", ["Patient", "Sample", "Type"])
def test_that_people_who_are_controls_are_people(header: str):
    rows: list[list[object]] = [[header, "Visit", "Weight (kg)"]]
    rows += [[f"{who}{n}", "V2", 70 + n] for who in ("Patient ", "CTRL ") for n in range(1, 4)]
    if header == "Type":
        rows = [["Patient", *rows[0]], *([f"P{n}", row[0][:-2], *row[1:]] for n, row in enumerate(rows[1:]))]
    made = review(sheet(rows))
    assert len(values(made, "weight")) == 6
    assert "control-row" not in {code for code, _cell in codes(made)}
