"""Exports of laboratories and data systems: plates, cytometers, lists of results, OpenClinica."""

from __future__ import annotations

from datetime import time

import pytest
from books import day, sheet
from reviews import review, values
from test_sheet_patients import known

PLATE = ["Sample ID", "Visit", "Well", "Replicate", "AEB", "Fitted conc.", "Mean conc.", "CV %", "Dilution"]


def plate() -> list[list[object]]:
    """Two replicates of each sample: the mean stands in both rows."""
    rows: list[list[object]] = [["Assay: NF-light Advantage (serum)"], [], list(PLATE)]
    for n in range(1, 4):
        mean = 20.0 + n
        rows += [[f"FR01-{n:03d}", "V2", f"A{2 * n}", 1, 0.1, mean - 1, mean, 3.1, 4]]
        rows += [[f"FR01-{n:03d}", "V2", f"A{2 * n + 1}", 2, 0.2, mean + 1, mean, 3.1, 4]]
    return rows


def test_that_a_plate_gives_the_mean_of_its_replicates_and_leaves_out_and_lists_the_rest():
    made = review(sheet(plate(), name="Results"), facts=known(), accept=False)
    assert [(q.kind, q.suggested) for q in made.open_questions] == [("column", "var:serum_nfl")]
    made = review(sheet(plate(), name="Results"), facts=known())
    assert values(made, "serum_nfl") == {(f"FR01-{n:03d}", "V2"): 20.0 + n for n in range(1, 4)}
    assert {left.header for left in made.left_out} == set(PLATE) - {"Sample ID", "Visit", "Mean conc."}


def test_that_events_counted_by_a_cytometer_are_no_cells_per_volume():
    rows = [["Sample", "CD4+ | Count", "CD4+/CD25+FoxP3+ | Freq. of Parent"]]
    rows += [[f"FR01-{n:03d}_V{v}_Treg.fcs", 900 + n, f"{n + v}.5 %"] for n in (1, 2, 3) for v in (2, 3)]
    made = review(sheet(rows), facts=known())
    assert not values(made, "cd4_count")
    assert values(made, "treg_percent")["FR01-001", "V2"] == 3.5


def lab(*, mark: str = "L") -> list[list[object]]:
    """Two analytes of each sample, with usual ranges, marks and times."""
    rows: list[list[object]] = [
        ["Patient", "Visite", "Heure", "Analyse", "Résultat", "Unité", "Norme inf", "Norme sup", "Flag"]
    ]
    for n in range(1, 4):
        who = f"FR01-{n:03d}"
        rows += [[who, "V2", time(8, 30), "LT CD4+", 400 + n, "/mm3", 400, 1500, mark if n == 1 else ""]]
        rows += [[who, "V2", time(9, n), "Éosinophiles", 0.1 * n, "G/L", 0.02, 0.5, ""]]
    return rows


def test_that_usual_ranges_marks_and_times_of_day_in_a_list_of_results_are_left_out_and_listed():
    made = review(sheet(lab()), facts=known(), accept=False)
    assert not made.open_questions
    assert {one.header for one in made.left_out} == {"Heure", "Norme inf", "Norme sup", "Flag"}
    assert values(made, "eosinophils")["FR01-002", "V2"] == pytest.approx(200)


def test_that_a_sign_under_flag_stays_the_sign_of_its_value():
    made = review(sheet(lab(mark="<")), facts=known())
    frame = made.batch.frame()
    signs = frame[frame["variable"] == "cd4_count"].set_index("patient")["qualifier"]
    assert signs.to_dict() == {"FR01-001": "<", "FR01-002": "", "FR01-003": ""}


def openclinica(*, legend: bool, dates: bool = True) -> list[list[object]]:
    """Two events of one form each; their dates tell which visits they were."""
    head = [["Study Event Definition 1", "Baseline", "E1"], ["Study Event Definition 2", "Month 3", "E2"]]
    names = ["Study Subject ID", "Protocol ID", "WEIGHT_E1_C1", "WEIGHT_E2_C1"]
    rows: list[list[object]] = [*(head if legend else [])]
    rows.append([*names, *(["StartDate_E1", "StartDate_E2"] if dates else [])])
    for n in range(1, 4):
        when = [day(f"2023-01-{n:02d}"), day(f"2023-03-{26 + n:02d}")] if dates else []
        rows.append([f"FR01-{n:03d}", "MIRO", 70 + n, 60 + n, *when])
    return rows


@pytest.mark.parametrize(("legend", "dates"), [(True, False), (False, True), (True, True)])
def test_that_events_of_openclinica_are_visits_by_their_names_or_dates_and_forms_are_no_cycles(legend, dates):
    made = review(sheet(openclinica(legend=legend, dates=dates)), facts=known())
    assert values(made, "weight") == {
        (f"FR01-{n:03d}", visit): base + n for n in range(1, 4) for visit, base in (("V2", 70), ("V6", 60))
    }


def test_that_events_of_openclinica_that_nothing_explains_are_asked_about_and_kept_as_they_are():
    made = review(sheet(openclinica(legend=False, dates=False)), facts=known(), accept=False)
    assert [(q.kind, q.suggested) for q in made.open_questions] == [("visits", "own")]


def test_that_a_new_variable_is_never_the_protocols_own():
    rows = [["Patient", "Visit", "cd4_count"], *([f"FR01-{n:03d}", "V2", 500 + n] for n in (1, 2, 3))]
    made = review(sheet(rows), facts=known(), answers={"column|sheet1|cd4 count": "new:number"})
    assert not values(made, "cd4_count")
    assert len(values(made, "cd4_count_2")) == 3


def long(header: str, *, unit: str = "") -> list[list[object]]:
    """One result a row, in ng/mL; the unit stands in the header of the results, in the name, or nowhere."""
    name = f"pNFH CSF ({unit})" if unit else "pNFH CSF"
    rows: list[list[object]] = [["Patient", "Visit", "Analyte", header]]
    return rows + [[f"FR01-{n:03d}", "V2", name, 0.5 + n] for n in (1, 2, 3)]


@pytest.mark.parametrize(("header", "unit"), [("Result (ng/mL)", ""), ("Result", "ng/mL")])
def test_that_the_unit_of_a_list_of_results_may_stand_in_its_header_or_in_the_names(header, unit):
    made = review(sheet(long(header, unit=unit)), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "csf_pnfh") == {(f"FR01-{n:03d}", "V2"): 1000 * (0.5 + n) for n in (1, 2, 3)}


def test_that_a_list_of_results_without_unit_is_asked_about_where_its_numbers_fit_another():
    made = review(sheet(long("Result")), facts=known(), accept=False)
    assert [(q.kind, q.suggested) for q in made.open_questions] == [("unit", "ng/mL")]


@pytest.mark.parametrize("title", ["pNFH CSF (ng/mL)", "Unit: ng/mL"])
def test_that_the_unit_of_columns_that_name_visits_may_stand_in_a_title(title):
    rows = [["CSF pNFH"], [title], [], ["Patient", "M0", "M3"]]
    rows += [[f"FR01-{n:03d}", 0.5 + n, 1.5 + n] for n in (1, 2, 3)]
    assert values(review(sheet(rows), facts=known()), "csf_pnfh")["FR01-002", "V6"] == 3500


@pytest.mark.parametrize(
    "header", ["Treg (% of lymphocytes)", "Treg % lymphocytes totaux", "Treg (% of CD3+)", "% Treg / PBMC"]
)
def test_that_a_percentage_of_other_cells_is_never_that_of_cd4_cells(header):
    rows = [["Patient", "Visit", header], *([f"FR01-{n:03d}", "V2", 2.0 + n] for n in (1, 2, 3))]
    made = review(sheet(rows), facts=known(), accept=False)
    assert [q.suggested for q in made.open_questions] == ["new:number"]


@pytest.mark.parametrize("header", ["Treg (% of CD4+)", "Treg % lymphocytes T CD4+", "Treg (% of total CD4)"])
def test_that_a_percentage_of_cd4_cells_is_known_however_they_are_called(header):
    rows = [["Patient", "Visit", header], *([f"FR01-{n:03d}", "V2", 2.0 + n] for n in (1, 2, 3))]
    assert len(values(review(sheet(rows), facts=known(), accept=False), "treg_percent")) == 3


def test_that_labels_with_values_above_a_plate_are_titles_and_no_table():
    rows = [
        ["Assay", "MCP-1 (plasma)"],
        ["Units", "pg/mL"],
        [],
        ["Sample", "Visit", "Well", "Conc. Mean", "CV"],
    ]
    rows += [[f"FR01-{n:03d}", "V2", f"A{n}", 100 + n, 3.3] for n in (1, 2, 3)]
    assert len(values(review(sheet(rows), facts=known()), "ccl2_plasma")) == 3


def qs(*, subject: str) -> list[list[object]]:
    """Items of the ALSFRS-R as CDISC lists them."""
    rows: list[list[object]] = [["STUDYID", "USUBJID", "QSTESTCD", "QSTEST", "QSORRES", "QSSTRESN", "VISIT"]]
    for n in (1, 2, 3):
        who = subject.format(f"FR01-{n:03d}")
        rows += [["M", who, "ALSFR101", "ALSFRS-R1-Speech", n, n, "Baseline"]]
        rows += [["M", who, "ALSFR113", "ALSFRS-R1-Total Score", 30 + n, 30 + n, "Baseline"]]
    return rows


@pytest.mark.parametrize(("subject", "asked"), [("{}", []), ("MIRO-{}", ["id-prefix"])])
def test_that_every_domain_of_cdisc_is_read_and_the_studys_name_before_ids_is_confirmed(subject, asked):
    made = review(sheet(qs(subject=subject)), facts=known(), accept=False)
    assert [q.kind for q in made.open_questions] == asked
    made = review(sheet(qs(subject=subject)), facts=known())
    assert values(made, "alsfrs_r_1")["FR01-002", "V2"] == 2
    assert values(made, "alsfrs_r_total")["FR01-002", "V2"] == 32


def test_that_a_list_of_gates_gives_the_percentage_of_the_parent_of_the_samples_in_its_names():
    rows: list[list[object]] = [["Data Set", "Gate", "%Parent", "%Total", "Number"]]
    for n in (1, 2, 3):
        for visit in ("V2", "V4"):
            name = f"FR01-{n:03d}-{visit}.lmd"
            rows += [[name, "CD4+", 50.5, 20.2, 5000 + n], [name, "CD4+CD25+FoxP3+", 4.5 + n, 1.1, 700 + n]]
    made = review(sheet(rows), facts=known())
    assert values(made, "treg_percent")["FR01-002", "V4"] == 6.5
    assert not values(made, "cd4_count")
    assert not made.new_patients
    assert {left.header for left in made.left_out} == {"%Total", "Number"}


@pytest.mark.parametrize(("name", "suggested"), [("d3", "no"), ("M3", "yes")])
def test_that_a_text_file_called_like_a_visit_is_asked_about(name, suggested):
    rows = [["Patient", "Weight (kg)"], *([f"FR01-{n:03d}", 60 + n] for n in (1, 2, 3))]
    made = review(sheet(rows, name=name), facts=known(), accept=False, name=f"{name}.csv")
    assert [(q.id.split("|")[0], q.suggested) for q in made.open_questions] == [("file-visit", suggested)]
    made = review(sheet(rows, name=name), facts=known(), name=f"{name}.csv")
    assert set(values(made, "weight")) == {(f"FR01-{n:03d}", "V6" if name == "M3" else "") for n in (1, 2, 3)}


def test_that_repeating_instruments_of_redcap_are_tables_of_their_own():
    head = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"]
    rows: list[list[object]] = [[*head, "weight_kg", "cm_name", "cm_start"]]
    for n in (1, 2, 3):
        who = f"FR01-{n:03d}"
        rows += [[who, "baseline_arm_1", "", "", 60 + n, "", ""]]
        rows += [[who, "baseline_arm_1", "medications", 1, "", "riluzole", day("2023-01-01")]]
        rows += [[who, "baseline_arm_1", "medications", 2, "", "baclofen", day("2023-02-01")]]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert len(values(made, "weight")) == 3
    frame = made.batch.frame()
    assert sorted(frame[frame["variable"] == "medication_name"]["record"]) == [1, 1, 1, 2, 2, 2]


def test_that_a_row_for_each_measure_and_a_column_for_each_visit_are_read_with_the_id_typed_once():
    rows: list[list[object]] = [["Patient", "Analyse", "M0", "M3"]]
    for n in (1, 2, 3):
        rows += [[f"FR01-{n:03d}", "Poids (kg)", 70 + n, 60 + n], ["", "Treg (%)", 5.5, 6.5 + n]]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "weight")["FR01-002", "V6"] == 62
    assert values(made, "treg_percent")["FR01-002", "V6"] == 8.5


def test_that_a_number_that_one_measure_cannot_have_is_not_asked_about_where_another_has_it():
    rows: list[list[object]] = [["Patient", "Visit", "Test", "Result"]]
    for n in (1, 2, 3):
        rows += [
            [f"FR01-{n:03d}", "V2", "ALSFRS-R 1: Speech", n],
            [f"FR01-{n:03d}", "V2", "Weight (kg)", 99.0],
        ]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "alsfrs_r_1")["FR01-002", "V2"] == 2
