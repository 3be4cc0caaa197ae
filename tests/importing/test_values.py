"""Cells to values: numbers, qualifiers, missing words, dates and codes as people type them."""

from __future__ import annotations

from datetime import date, time

import pytest
from books import day, sheet
from reviews import codes, frame, of_patient, review, values

from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.missing import beyond_limit, missing_reason
from mirocals_desktop.importing.numbers import Number, guess_decimal, read_number
from mirocals_desktop.importing.timepoints import read_timepoint, split_timepoint


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("12,5", "", 12.5), ("1 250,0", "", 1250), ("1\u202f250", "", 1250), ("1.250,5", "", 1250.5),
        ("1,250.5", "", 1250.5), ("1'250.5", "", 1250.5), ("1,250,000", "", 1_250_000), ("0,125", "", 0.125),
        ("1,250", ",", 1.25), ("1,250", ".", 1250), ("1,5E-3", "", 0.0015), ("\u22125,2", "", -5.2),
        ("1,250", "", None), ("1_000", ".", None), ("5-10", ".", None), ("1/2", ".", None),
        ("1 25", ".", None),
        ("٣", ".", None), ("12abc", ".", None), ("", ".", None), ("1,2,3", ".", None), ("P01", ".", None),
    ],
)  # fmt: skip
def test_that_a_number_is_read_only_when_it_is_one_number(text, decimal, value):
    number = read_number(text, decimal)
    assert (number.value if number else None) == value


def test_that_signs_remarks_percent_and_units_stay_beside_the_number():
    assert read_number("<62.5", ".") == Number(62.5, "<")
    assert read_number("≥ 50", ".") == Number(50, ">")
    assert read_number("12 (haemolysed)", ".") == Number(12, remark="haemolysed")
    assert read_number("8,5 %", ",") == Number(8.5, percent=True)
    assert read_number("12 ng/mL", ".") == Number(12, unit="ng/mL")
    assert read_number("1.2 x10^9/L", ".") == Number(1.2, unit="10^9/L")


def test_that_a_column_proves_its_decimal_sign_or_leaves_it_open():
    assert guess_decimal(["1,250", "12,5"])[0] == ","
    assert guess_decimal(["1,250", "1,250.5"])[0] == "."
    assert guess_decimal(["1,250", "3,500"])[0] == ""


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("21/09/2004", {"dmy": "2004-09-21"}),
        ("09/21/2004", {"mdy": "2004-09-21"}),
        ("03/04/2018", {"dmy": "2018-04-03", "mdy": "2018-03-04"}),
        ("3.4.18", {"dmy": "2018-04-03", "mdy": "2018-03-04"}),
        ("31/02/2016", {}),
        ("2018-13-01", {}),
        ("2018-03-04T10:20:00", {"ymd": "2018-03-04"}),
        ("16-Jul-2024", {"ymd": "2024-07-16"}),
        ("16 juil. 2024", {"ymd": "2024-07-16"}),
        ("1er mars 2019", {"ymd": "2019-03-01"}),
        ("July 4, 2019", {"ymd": "2019-07-04"}),
        ("2013-09", {"ymd": "2013-09"}),
        ("sept 2013", {"ymd": "2013-09"}),
        ("2012", {"ymd": "2012"}),
        ("UN-SEP-2013", {"ymd": "2013-09"}),
        ("??/09/2013", {"ymd": "2013-09"}),
        ("00/09/2013", {"ymd": "2013-09"}),
    ],
)
def test_that_a_date_is_read_as_precisely_as_it_is_written(text, orders):
    assert {order: found.text for order, found in read_date(text, 2026).by_order} == orders


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("J0", 0), ("Day 28", 28), ("W4", 28), ("S4", 28), ("Semaine 12", 84), ("M6", 183), ("6 mois", 183),
        ("Month 12", 365), ("C3D1", 57), ("Baseline", 0), ("J-7", -7), ("Visite 3", None), ("EOT", None),
    ],
)  # fmt: skip
def test_that_the_name_of_a_visit_gives_its_day(text, meant):
    point = read_timepoint(text)
    assert point is not None
    assert point.day == meant


@pytest.mark.parametrize("text", ["Treg", "12", "Age", "IL-2", "ALSFRS-R", "", "Comments"])
def test_that_other_words_are_no_visit(text):
    assert read_timepoint(text) is None


def test_that_a_visit_is_found_inside_a_header():
    assert split_timepoint("Treg M12") == ("Treg", "M12")
    assert split_timepoint("V2 Treg") == ("Treg", "V2")
    assert split_timepoint("Treg_M6_pct") == ("Treg_pct", "M6")
    assert split_timepoint("ALSFRS-R 1") == ("ALSFRS-R 1", "")


def test_that_missing_words_and_limits_are_told_apart():
    assert [missing_reason(text) for text in ("NF", "ND", "n/a", "-", "?", "en attente", "x", "12")] == [
        "not_done", "not_determined", "not_available", "not_available", "unknown", "pending", "", "",
    ]  # fmt: skip
    assert [beyond_limit(text) for text in ("<LLOQ", "BLQ", "indétectable", "> ULOQ", "NF", "<5")] == [
        "<", "<", "<", ">", "", "",
    ]  # fmt: skip


def column(header: str, cells: list[object], **options):
    """The review of a lab sheet with one column of values, one patient a row, all at V2."""
    rows = [
        ["Patient", "Visit", header],
        *([f"P-{n:02d}", "V2", cell] for n, cell in enumerate(cells, start=1)),
    ]
    return review(sheet(rows, name="Lab"), **options)


def test_that_values_beyond_the_limit_stay_so_with_the_limit_that_is_known():
    made = column("pNFH (pg/mL)", [900, "< 50", "<LLOQ", "> 10000", "BLQ", 1200])
    rows = frame(made).set_index("patient")
    assert list(rows["qualifier"]) == ["", "<", "<", ">", "<", ""]
    assert list(rows["number"]) == [900, 50, 62.5, 10000, 62.5, 1200]


def test_that_a_limit_that_nobody_tells_is_not_made_up():
    made = column("Treg (cells/µL)", [40, "<LLOQ", 60, 55])
    row = frame(made).set_index("patient").loc["P-02"]
    assert (row["qualifier"], row["missing"]) == ("<", "")
    assert row["number"] != row["number"]
    assert ("below-unknown-limit", "C3") in codes(made)


def test_that_limits_and_signs_in_columns_of_their_own_are_used():
    rows = [
        ["Patient", "Visit", "Treg (cells/µL)", "Treg LLOQ", "pNFH (pg/mL)", "pNFH qualifier"],
        ["P-01", "V2", "<LLOQ", 5, 62.5, "<"],
        ["P-02", "V2", 41, 5, 900, ""],
        ["P-03", "V2", 44, 5, 20000, ">"],
    ]
    made = review(sheet(rows))
    treg = frame(made).query("variable == 'treg_count'").set_index("patient")
    assert (treg.loc["P-01", "number"], treg.loc["P-01", "qualifier"]) == (5, "<")
    pnfh = frame(made).query("variable == 'csf_pnfh'").set_index("patient")
    assert list(pnfh["qualifier"]) == ["<", "", ">"]


def test_that_missing_words_keep_their_reason():
    made = column("Treg (%)", [5.1, "NF", "ND", "n/a", "hémolysé", "", 4.8])
    rows = frame(made).set_index("patient")["missing"].to_dict()
    assert rows == {
        "P-01": "", "P-02": "not_done", "P-03": "not_determined", "P-04": "not_available", "P-05": "unusable",
        "P-07": "",
    }  # fmt: skip


def test_that_what_is_no_number_is_a_problem_at_its_cell_and_no_value():
    made = column("Treg (%)", [5.1, "cinq", day("2019-05-01"), time(10, 0), True, "1_000", 4.8])
    assert set(of_patient(made, "treg_percent")) == {"P-01", "P-07"}
    assert codes(made) == [
        ("not-a-number", "C3"), ("date-in-number", "C4"), ("time-in-number", "C5"), ("not-a-number", "C6"),
        ("not-a-number", "C7"),
    ]  # fmt: skip


def test_that_a_number_that_could_be_two_is_asked_or_left_open():
    asked = column("pNFH (pg/mL)", ["1,250", "3,500", "2,125"], accept=False)
    question = next(q for q in asked.open_questions if q.kind == "decimal")
    point = column("pNFH (pg/mL)", ["1,250", "3,500", "2,125"], answers={question.id: "."})
    assert set(of_patient(point, "csf_pnfh").values()) == {1250, 3500, 2125}
    comma = column("pNFH (pg/mL)", ["1,250", "3,500", "2,125"], answers={question.id: ","})
    assert set(of_patient(comma, "csf_pnfh").values()) == {1.25, 3.5, 2.125}
    mixed = column("pNFH (pg/mL)", ["1,250", "12,5", "1,250.5"])
    assert ("ambiguous-number", "C2") in codes(mixed)


def test_that_units_are_converted_by_the_protocols_factors_only():
    made = column("pNFH (ng/mL)", [0.9, 1.2])
    assert set(of_patient(made, "csf_pnfh").values()) == {900, 1200}
    assert set(frame(made)["unit"]) == {"ng/mL"}
    foreign = column("Weight (stone)", [11.5, 12.0], accept=False)
    assert not of_patient(foreign, "weight") or foreign.open_questions


def test_that_a_column_without_unit_in_the_range_of_another_is_asked():
    asked = column("CD4", [0.8, 0.75, 0.92, 0.66], accept=False)
    question = next(q for q in asked.open_questions if q.kind == "unit")
    assert question.suggested == "10⁹/L"
    assert set(of_patient(column("CD4", [0.8, 0.75, 0.92, 0.66]), "cd4_count").values()) == {
        800,
        750,
        920,
        660,
    }


def test_that_percentages_written_as_fractions_are_asked():
    cells = [0.051, 0.062, 0.048, 0.071]
    asked = column("Treg %", cells, accept=False)
    question = next(q for q in asked.open_questions if q.id.startswith("fraction"))
    as_they_are = column("Treg %", cells, answers={question.id: "percent"})
    assert of_patient(as_they_are, "treg_percent")["P-01"] == 0.051
    assert of_patient(column("Treg %", cells), "treg_percent")["P-01"] == pytest.approx(5.1)


def test_that_percent_and_count_of_tregs_never_mix():
    percent = column("Treg", [5.1, 6.2, 4.8, 7.9])
    assert len(of_patient(percent, "treg_percent")) == 4
    count = column("Treg", [51, 62, 148, 79])
    assert len(of_patient(count, "treg_count")) == 4


def test_that_minus_99_is_a_value_only_if_somebody_says_so():
    cells = [70, 68, -99, 72, -99, 80]
    asked = column("Weight (kg)", cells, accept=False)
    assert [q.kind for q in asked.open_questions] == ["missing-number"]
    assert set(of_patient(column("Weight (kg)", cells), "weight").values()) == {70, 68, 72, 80}


def test_that_impossible_values_are_kept_and_flagged():
    made = column("Weight (kg)", [70, 7000, 68])
    assert of_patient(made, "weight")["P-02"] == 7000
    assert ("impossible-value", "C3") in codes(made)


def test_that_half_a_point_is_no_score_of_the_alsfrs_r():
    made = column("ALSFRS-R 1", [4, 3.5, 2])
    assert set(of_patient(made, "alsfrs_r_1")) == {"P-01", "P-03"}
    assert ("not-whole", "C3") in codes(made)


# --- dates in columns -------------------------------------------------------------------------------------


def dated(cells: list[object], header: str = "Date", **options):
    rows = [["Patient", "Visit", header, "Treg (%)"]]
    rows += [[f"P-{n:02d}", "V2", cell, 5.1] for n, cell in enumerate(cells, start=1)]
    return review(sheet(rows, name="Lab"), **options)


def test_that_one_cell_that_proves_the_order_decides_for_the_column():
    made = dated(["03/04/2018", "21/04/2018", "05/04/2018"])
    assert of_patient(made, "visit_date") == {
        "P-01": "2018-04-03",
        "P-02": "2018-04-21",
        "P-03": "2018-04-05",
    }
    american = dated(["03/04/2018", "04/21/2018", "04/05/2018"])
    assert of_patient(american, "visit_date")["P-01"] == "2018-03-04"


def test_that_an_unproved_order_is_asked_with_its_cells():
    asked = dated(["03/04/2018", "05/04/2018"], accept=False)
    question = next(q for q in asked.open_questions if q.kind == "date-order")
    assert question.cells == ("C2", "C3")
    neither = dated(["03/04/2018", "05/04/2018"], answers={question.id: "neither"})
    assert not of_patient(neither, "visit_date")
    assert ("ambiguous-date", "C2") in codes(neither)


def test_that_the_order_of_dates_in_the_protocol_decides_where_no_cell_proves_it():
    patients = [
        ["Patient", "Sex", "Randomised"],
        *([f"P-{n:02d}", "F", date(2018, 11, n)] for n in range(1, 10)),
    ]
    visits = [["Patient", "Visit", "Date", "Treg (%)"]]
    # Read as month-day these visits would be before the randomisation.
    visits += [[f"P-{n:02d}", "V4", f"{n:02d}/12/2018", 5.1] for n in range(1, 10)]
    made = review(sheet(patients, name="Patients"), sheet(visits, name="Lab"), accept=False)
    assert not [q for q in made.open_questions if q.kind == "date-order"]
    assert values(made, "visit_date")["P-05", "V4"] == "2018-12-05"


def test_that_dates_a_spreadsheet_has_exchanged_are_asked_about():
    # Texts dd/mm opened under mm/dd: those up to the 12th became real dates, exchanged; the rest stayed.
    cells: list[object] = [date(2018, n, 4) for n in range(1, 9)] + [f"{n}/04/2018" for n in range(13, 22)]
    asked = dated(cells, accept=False)
    question = next(q for q in asked.open_questions if q.kind == "date-swap")
    swapped = dated(cells, answers={question.id: "swapped"})
    assert of_patient(swapped, "visit_date")["P-03"] == "2018-04-03"
    as_is = dated(cells, answers={question.id: "as-is"})
    assert of_patient(as_is, "visit_date")["P-03"] == "2018-03-04"


def test_that_a_day_that_does_not_exist_leaves_the_rest_of_the_row():
    made = dated(["31/02/2018", "21/04/2018"])
    assert of_patient(made, "visit_date") == {"P-02": "2018-04-21"}
    assert of_patient(made, "treg_percent") == {"P-01": 5.1, "P-02": 5.1}
    assert ("impossible-date", "C2") in codes(made)
    assert frame(made).query("patient == 'P-01'")["date"].tolist() == [""]


def test_that_serial_numbers_partial_dates_and_years_are_read_and_told():
    rows = [["Patient", "Sexe", "Date des premiers symptômes"]]
    rows += [
        ["P-1", "F", 43101],
        ["P-2", "F", "03/2017"],
        ["P-3", "F", 2016],
        ["P-4", "F", "15/10/17"],
        ["P-5", "F", "2015"],
    ]
    made = review(sheet(rows))
    assert of_patient(made, "onset_date") == {
        "P-1": "2018-01-01", "P-2": "2017-03", "P-3": "2016", "P-4": "2017-10-15", "P-5": "2015",
    }  # fmt: skip
    assert {("serial-date", "C2"), ("two-digit-year", "C5")} <= set(codes(made))


def test_that_dates_out_of_order_and_visits_after_death_are_told():
    patients = [
        ["Patient", "Randomised", "Vital status", "Date of death"],
        ["P-1", day("2019-01-10"), "Dead", day("2019-01-01")],
        ["P-2", day("2019-01-10"), "Dead", day("2019-06-01")],
        ["P-3", day("2019-01-10"), "Dead", None],
        ["P-4", day("2019-01-10"), "Alive", day("2019-06-01")],
    ]
    visits = [
        ["Patient", "Visit", "Date"],
        ["P-2", "V9", day("2019-07-01")],
        ["P-4", "V4", day("2019-02-08")],
    ]
    made = review(sheet(patients, name="Patients"), sheet(visits, name="Visits"))
    found = {(issue.code, issue.sheet, issue.patient) for issue in made.issues}
    assert {
        ("dates-out-of-order", "Patients", "P-1"), ("visit-after-death", "Visits", "P-2"),
        ("death-without-date", "Patients", "P-3"), ("alive-with-death", "Patients", "P-4"),
    } <= found  # fmt: skip


# --- ALSFRS-R, neighbours ---------------------------------------------------------------------------------

ITEMS = ["1", "2", "3", "4", "5a", "5b", "6", "7", "8", "9", "10", "11", "12"]


def test_that_the_total_of_the_alsfrs_r_is_held_against_its_items():
    header = ["Patient", "Visit", *(f"ALSFRS-R {item}" for item in ITEMS), "ALSFRS-R total"]
    good = [4, 4, 4, 3, 3, None, 4, 4, 4, 4, 4, 4, 4]
    both = [4, 4, 4, 3, 3, 2, 4, 4, 4, 4, 4, 4, 4]
    short = [4, 4, 4, 3, 3, None, 4, 4, 4, 4, None, 4, 4]
    rows = [
        header,
        ["P-1", "V2", *good, 46],
        ["P-2", "V2", *good, 45],
        ["P-3", "V2", *both, 46],
        ["P-4", "V2", *short, 42],
    ]
    made = review(sheet(rows))
    found = {(code, cell) for code, cell in codes(made) if code.startswith("alsfrs")}
    assert found == {("alsfrs-total", "P3"), ("alsfrs-5a-5b", "H4"), ("alsfrs-missing-item", "M5")}


def test_that_a_value_far_from_its_neighbours_in_time_is_told_with_the_slip_that_explains_it():
    rows = [["Patient", "Visit", "Date", "Treg (cells/µL)"]]
    for n in range(1, 7):
        rows += [
            [f"P-{n}", visit, date(2019, k + 1, n), 0.045 if (n, k) == (3, 2) else 40 + n + k % 3]
            for k, visit in enumerate(("V2", "V4", "V5", "V6", "V7", "V8"))
        ]
    made = review(sheet(rows))
    (issue,) = [issue for issue in made.issues if issue.code == "far-from-history"]
    assert issue.cell == "D16"
    assert "10⁹/L" in issue.message


def test_that_a_number_beyond_all_bounds_is_none_and_no_crash():
    for text in ("1e400", "1E999", "3 x 10^400", "1e-999", "9e300"):
        number = read_number(text, ".")
        assert number is None or abs(number.value) < float("inf")
    assert read_number("1e400", ".") is None
    assert read_number("1.5e3", ".").value == 1500


def test_that_a_number_cell_without_a_number_is_a_problem_and_no_value():
    made = review(sheet([["Patient", "Visit", "Treg (%)"], ["P1", "V2", float("nan")], ["P2", "V2", 5.2]]))
    assert values(made, "treg_percent") == {("P2", "V2"): 5.2}
    assert all(account.balanced for account in made.accounts)
