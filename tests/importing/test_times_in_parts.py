"""Times of follow-up in several columns: years and months, study days of death and of the last contact."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from books import day, sheet
from reviews import codes, of_patient, review

from mirocals_desktop.importing.time_to_event import is_study_day

NOMINAL = "nominal"


def _ids(rows: Sequence[Sequence[object]], start: str) -> list[str]:
    return [one.id for one in review(sheet(rows), accept=False).open_questions if one.id.startswith(start)]


@pytest.mark.parametrize("headers", [("FU years", "FU months"), ("Survie (années)", "Survie (mois)")])
def test_that_years_and_months_in_two_columns_are_one_time_once_somebody_confirms_it(
    headers: tuple[str, str],
):
    rows: list[list[object]] = [["ID", "Randomised", *headers, "Dead"]]
    rows += [[n, day("2010-01-01"), n % 4, n, n % 2] for n in range(1, 12)]
    (asked,) = _ids(rows, "duration")
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date")["5"] == "2011-06-02"  # 365.25 + 5 x 30.4375 days
    made = review(sheet(rows), answers={asked: "no"}, accept=False)
    assert [one.text for one in made.open_questions if one.id.startswith("duration")]


def test_that_years_beside_the_same_time_in_months_are_no_sum():
    rows: list[list[object]] = [["ID", "Randomised", "FU years", "FU months", "Dead"]]
    rows += [[n, day("2010-01-01"), n, 12 * n, n % 2] for n in range(1, 12)]
    assert _ids(rows, "duration") == ["duration|sheet1|fu years"]


def test_that_study_days_of_death_and_last_contact_count_from_day_one_of_cdisc():
    rows: list[list[object]] = [["USUBJID", "RANDDT", "DTHDY", "LSTALVDY"]]
    rows += [[f"X-{n}", day("2019-01-01"), 31 if n < 4 else "", 31 if n > 3 else 20] for n in range(1, 8)]
    (question,) = (
        one for one in review(sheet(rows), accept=False).open_questions if one.id.startswith("duration-from")
    )
    assert question.suggested == "randomisation_date+1"
    made = review(sheet(rows))
    assert of_patient(made, "death_date") == {f"X-{n}": "2019-01-31" for n in range(1, 4)}
    assert of_patient(made, "last_contact_date")["X-7"] == "2019-01-31"


def test_that_study_days_without_any_date_count_from_one_day_if_somebody_says_so():
    rows: list[list[object]] = [["USUBJID", "DTHFL", "DTHDY", "LSTALVDY"]]
    rows += [[f"X-{n}", *(("Y", 31, 20) if n < 4 else ("", "", 31))] for n in range(1, 8)]
    made = review(sheet(rows), answers={"duration-from|sheet1|dthdy": NOMINAL})
    assert of_patient(made, "randomisation_date")["X-1"] == "2000-01-01"
    assert of_patient(made, "death_date")["X-1"] == "2000-01-31"
    assert of_patient(made, "last_contact_date")["X-7"] == "2000-01-31"


def test_that_study_days_beside_their_dates_are_left_out():
    rows: list[list[object]] = [["USUBJID", "RANDDT", "DTHDT", "DTHDY"]]
    rows += [[f"X-{n}", day("2019-01-01"), day("2019-02-01"), 32] for n in range(1, 5)]
    made = review(sheet(rows))
    assert [(one.header, one.cells) for one in made.left_out] == [("DTHDY", 4)]


def test_that_times_before_the_study_are_no_follow_up():
    rows: list[list[object]] = [
        [
            "ID",
            "Randomised",
            "Time since diagnosis (months)",
            "Disease duration (months)",
            "OS (months)",
            "Dead",
        ]
    ]
    rows += [[n, day("2010-01-01"), n, 2 * n, 12, n % 2] for n in range(1, 9)]
    assert _ids(rows, "duration|") == ["duration|sheet1|os months"]
    rows = [row[:4] + row[5:] for row in rows]
    question = next(
        one for one in review(sheet(rows), accept=False).questions if one.id.startswith("duration")
    )
    assert (question.suggested, question.asked) == ("no", True)
    assert "death-without-date" in {code for code, _cell in codes(review(sheet(rows)))}


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("DTHDY", True),
        ("LSTALVDY", True),
        ("Study day of death", True),
        ("Jour du décès", True),
        ("Dernier jour connu vivant", True),
        ("Day 28", False),
        ("Weekday", False),
    ],
)
def test_that_headers_of_study_days_of_an_outcome_are_known(header: str, told: bool):
    assert is_study_day(header) is told


WIDE = [["ID", "Randomised", "Status M3", "Status M6", "Status M9"]]
LONG = [["ID", "Visit", "Status"]]


def test_that_statuses_at_visits_without_dates_end_on_planned_days_once_somebody_confirms_it():
    rows = [[n, day("2019-01-01"), "alive", "alive" if n > 2 else "dead", "alive" if n > 4 else "dead"]
            for n in range(1, 7)]  # fmt: skip
    (asked,) = _ids([*WIDE, *rows], "planned-ends")
    made = review(sheet([*WIDE, *rows]))
    ends = of_patient(made, "end_of_follow_up_date")
    assert (ends["1"], ends["3"], ends["6"]) == ("2019-07-03", "2019-10-02", "2019-10-02")
    assert of_patient(made, "vital_status")["3"] == "dead"
    assert "planned-day" in {code for code, _cell in codes(made)}
    made = review(sheet([*WIDE, *rows]), answers={asked: "no"})
    assert not of_patient(made, "end_of_follow_up_date")
    assert "death-without-date" in {code for code, _cell in codes(made)}


def test_that_planned_days_without_any_date_count_from_one_day_only_if_somebody_says_so():
    rows = [
        [n, f"M{month}", "dead" if n < 4 and month == 6 else "alive"]
        for n in range(1, 7)
        for month in (6, 0, 3)
    ]
    assert not of_patient(review(sheet([*LONG, *rows])), "end_of_follow_up_date")
    made = review(sheet([*LONG, *rows]), answers={"planned-ends|sheet1": NOMINAL})
    assert of_patient(made, "randomisation_date")["1"] == "2000-01-01"
    assert set(of_patient(made, "end_of_follow_up_date").values()) == {"2000-07-02"}
    assert sorted(of_patient(made, "vital_status").values()) == ["alive"] * 3 + ["dead"] * 3


def test_that_planned_days_are_not_asked_for_where_visits_have_dates():
    rows = [
        [n, day(f"2019-0{month}-01"), "dead" if n < 4 and month == 6 else "alive"]
        for n in range(1, 7)
        for month in (3, 6)
    ]
    assert not _ids([["ID", "Visit date", "Status"], *rows], "planned-ends")
