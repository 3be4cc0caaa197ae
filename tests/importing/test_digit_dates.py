"""Dates written in digits alone (12032014, 1032014, 120314): read where they prove their order, or asked."""

from __future__ import annotations

import pytest
from books import sheet
from reviews import codes, of_patient, review

DAYS = ("2014-03-12", "2013-12-03", "2014-01-25", "2015-07-04", "2014-10-09")


def _written(day: str, order: str) -> str:
    year, month, of_month = day.split("-")
    parts = {"d": of_month, "m": month, "Y": year, "y": year[2:]}
    return "".join(parts[part] for part in order)


def _sheet(order: str, *, number: bool, days: tuple[str, ...] = DAYS):
    written = [_written(day, order) for day in days]
    rows: list[list[object]] = [["ID", "Date of randomisation"]]
    return sheet(rows + [[f"P{n}", int(text) if number else text] for n, text in enumerate(written)])


@pytest.mark.parametrize("number", [True, False], ids=["numbers", "texts"])
@pytest.mark.parametrize("order", ["dmY", "mdY", "Ymd"])
def test_that_eight_digits_are_read_where_one_cell_proves_the_order(order: str, number: bool):
    made = review(_sheet(order, number=number), accept=False)
    assert [of_patient(made, "randomisation_date")[f"P{n}"] for n in range(5)] == list(DAYS)
    assert "date-order" not in {question.id.split("|")[0] for question in made.open_questions}


def test_that_eight_digits_that_prove_nothing_are_asked():
    days = tuple(day for day in DAYS if not day.endswith("25"))
    made = review(_sheet("dmY", number=True, days=days), accept=False)
    assert [question.kind for question in made.open_questions][:1] == ["date-order"]


@pytest.mark.parametrize("order", ["dmy", "ymd"])
def test_that_six_digits_are_asked_with_the_order_that_gives_few_years(order: str):
    made = review(_sheet(order, number=False), accept=False)
    (question,) = (one for one in made.open_questions if one.kind == "date-order")
    assert (question.suggested, [one.code for one in question.options]) == (
        order,
        ["dmy", "mdy", "ymd", "neither"],
    )
    assert list(of_patient(review(_sheet(order, number=False)), "randomisation_date").values()) == list(DAYS)


def test_that_digits_that_are_no_day_are_said_at_their_cell():
    made = review(_sheet("dmY", number=True, days=(*DAYS, *DAYS, "2014-02-31")))
    assert ("impossible-date", "B12") in codes(made)
    assert len(of_patient(made, "randomisation_date")) == 10


def test_that_days_since_1899_and_plain_numbers_are_no_digits_of_dates():
    rows = [["ID", "Date of randomisation", "Platelets"]]
    made = review(sheet([*rows, *([f"P{n}", 41_000 + n, 150_000 + 7_919 * n] for n in range(9))]))
    assert of_patient(made, "randomisation_date")["P0"] == "2012-04-01"
    assert "not-a-date" not in {code for code, _cell in codes(made)}
