"""Dates that a program of statistics wrote as numbers: what they count is asked once for a table."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import of_patient, review


def _rows(start: int, died: int, known: int) -> list[list[object]]:
    rows: list[list[object]] = [["id", "randdt", "dthdt", "lstdt"]]
    return [*rows, *([n, start, died if n % 2 else ".", known] for n in range(1, 9))]


@pytest.mark.parametrize(
    ("numbers", "options", "read"),
    [
        ((15_646, 15_700, 15_710), ["days-1960", "days-1970"], "2002-11-02"),
        (
            (1_351_814_400 + 33_000, 1_356_480_000, 1_357_344_000),
            ["seconds-1960", "seconds-1970"],
            "2002-11-02",
        ),
        ((13_255_574_400, 13_260_240_000, 13_261_104_000), ["seconds-1582"], "2002-11-02"),
    ],
    ids=["days", "seconds", "SPSS"],
)
def test_that_it_is_asked_what_dates_as_numbers_count(
    numbers: tuple[int, int, int], options: list[str], read: str
):
    made = review(sheet(_rows(*numbers)), accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("day-count"))
    assert [option.code for option in question.options] == options
    assert question.options[0].detail == read
    made = review(sheet(_rows(*numbers)))
    assert of_patient(made, "randomisation_date")["1"] == read
    assert len(of_patient(made, "death_date")) == 4


def test_that_the_days_of_a_spreadsheet_are_read_without_a_question():
    made = review(sheet(_rows(40_000, 40_100, 40_200)))
    assert of_patient(made, "randomisation_date")["1"] == "2009-07-06"
    assert not [one for one in made.plan.questions if one.id.startswith("day-count")]


def test_that_real_dates_beside_small_numbers_are_not_asked_about():
    rows = [["id", "Randomised", "Last contact", "Days to relapse"]]
    rows += [[n, day("2010-01-01"), day("2011-01-01"), 7000 + n] for n in range(1, 9)]
    assert not [one for one in review(sheet(rows)).plan.questions if one.id.startswith("day-count")]
