"""Study days: dates where the time origin is known, names of visits where nobody knows it."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import frame, review

from mirocals_desktop.importing.grid import Sheet


def days(*, header: str = "Jour", texts: bool = True) -> Sheet:
    """Three patients on study days 0 and 28, the days as texts or numbers."""
    rows: list[list[object]] = [["Patient", header, "Weight (kg)"]]
    rows += [
        [f"P-{n:03d}", str(at) if texts else at, 60 + n + at / 100] for n in range(1, 4) for at in (0, 28)
    ]
    return sheet(rows, name="Weights")


def people(randomised: int = 3) -> Sheet:
    """Three patients, of whom the first have a day of randomisation."""
    rows = [[f"P-{n:03d}", "F", day("2019-01-10") if n <= randomised else ""] for n in range(1, 4)]
    return sheet([["Patient", "Sex", "Randomised"], *rows], name="Patients")


@pytest.mark.parametrize("texts", [True, False])
def test_that_study_days_become_dates_whether_numbers_or_texts(texts: bool):
    weights = frame(review(people(), days(texts=texts)))
    dates = weights.loc[weights["variable"] == "weight", "date"]
    assert sorted(set(dates)) == ["2019-01-10", "2019-02-07"]


@pytest.mark.parametrize(("header", "names"), [("Jour", {"V2", "j28"}), ("Study day", {"V2", "d28"})])
def test_that_study_days_without_a_time_origin_are_names_of_visits(header: str, names: set[str]):
    asked = review(days(header=header), accept=False)
    assert "visits" in {question.id for question in asked.open_questions}
    made = review(days(header=header), answers={"visits": "own"})
    weights = frame(made)[lambda rows: rows["variable"] == "weight"]
    assert len(weights) == 6
    assert len(set(weights["visit"])) == 2
    assert not {issue.code for issue in made.issues} & {"conflict"}


def test_that_days_of_patients_without_a_time_origin_are_told():
    made = review(people(randomised=2), days())
    (issue,) = [one for one in made.issues if one.code == "day-without-origin"]
    assert (issue.sheet, issue.cells) == ("Weights", ("B6", "B7"))


def test_that_day_month_and_year_alone_are_the_date_of_the_row():
    rows: list[list[object]] = [["Patient", "Day", "Month", "Year", "Weight (kg)"]]
    rows += [[f"P-{n:03d}", 10 + n, 2, 2019, 60 + n] for n in range(1, 7)]
    made = review(sheet(rows), accept=False)
    assert [question.id for question in made.open_questions] == ["date-parts|sheet1|year"]
    weights = frame(review(sheet(rows)))[lambda one: one["variable"] == "weight"]
    assert weights["date"].tolist() == [f"2019-02-{10 + n}" for n in range(1, 7)]


def test_that_a_visit_repeated_on_another_day_is_told():
    rows = [["Patient", "Visit", "Date", "Weight (kg)"]]
    rows += [[f"P-{n:03d}", "V4", day(f"2019-02-{n:02d}"), 60] for n in (1, 2, 3)]
    made = review(sheet([*rows, ["P-002", "V4", day("2019-03-09"), 61]]))
    (issue,) = [one for one in made.issues if one.code == "repeat-visit"]
    assert issue.cells == ("A5",)
    assert (frame(made)["variable"] == "weight").sum() == 4
