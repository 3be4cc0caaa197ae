"""Measurements in layouts that nobody had in mind: names, marks and places that change what a value is."""

from __future__ import annotations

import pytest
from books import sheet
from reviews import codes, review, values
from test_sheet_patients import known

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
