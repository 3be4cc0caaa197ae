"""A patient's course by hand: slopes either side of day 0, the rate at baseline, the day of each stage."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_study import Values, VisitRow, made_up

from mirocals_desktop.analysis.course import Course, StageTime
from mirocals_desktop.analysis.patient import build_records
from mirocals_desktop.protocol import codes

MONTH = 30.4375
DAY_0 = {"randomisation_date": "2024-01-01", "onset_date": "2023-01-01"}


def items(**lower: int) -> dict[str, float]:
    """All twelve items at 4 but those named (i8=3)."""
    codes_of = [code for code in codes.ALSFRS_R_ITEMS if code != "alsfrs_r_5b"]
    return {code: float(lower.get(f"i{code.removeprefix('alsfrs_r_')}", 4)) for code in codes_of}


def course_of(visits: list[VisitRow], **facts: str) -> Course:
    patients: dict[str, Values] = {"001": {**DAY_0, **facts}}
    return build_records(made_up(patients, visits=visits)).of("001").course


def test_that_slopes_before_and_after_day_0_are_those_of_their_own_totals() -> None:
    course = course_of(
        [
            ("001", "UNS", "2023-10-23", {"alsfrs_r_total": 44}),  # day -70
            ("001", "BL", "2024-01-01", {"alsfrs_r_total": 42}),
            ("001", "M3", "2024-04-01", {"alsfrs_r_total": 39}),  # day 91
            ("001", "M6", "2024-07-01", {"alsfrs_r_total": 36}),  # day 182
        ]
    )
    lines = course.lines
    assert lines.before.slope == pytest.approx(-2 / 70 * MONTH)
    assert np.isnan(lines.before.lower)  # two totals leave no interval
    assert lines.before.count == 2
    assert lines.after.slope == pytest.approx(-3 / 91 * MONTH)
    assert (lines.after.lower, lines.after.upper) == pytest.approx((-3 / 91 * MONTH, -3 / 91 * MONTH))
    assert lines.after.intercept == pytest.approx(42)
    slope, intercept = np.polyfit(np.array([-70, 0, 91, 182]) / MONTH, [44, 42, 39, 36], 1)
    assert (lines.whole.slope, lines.whole.intercept) == pytest.approx((slope, intercept))
    assert lines.whole.lower < lines.whole.slope < lines.whole.upper
    assert course.rate == pytest.approx((48 - 42) / (365 / MONTH))  # a year from onset to day 0
    assert course.rate_day == 0


def test_that_each_stage_is_reached_on_the_first_day_it_or_a_later_one_was_seen() -> None:
    course = course_of(
        [
            ("001", "BL", "2024-01-01", items()),
            ("001", "M3", "2024-04-01", items(i8=3)),  # lower limb: 1
            ("001", "M6", "2024-07-01", items(i8=3, i10=0)),  # breathing: 4
        ],
        death_date="2024-09-01",  # day 244
    )
    assert course.stages.kings.tolist() == [0, 1, 4]
    assert course.stages.mitos.tolist() == [0, 0, 1]
    assert course.reached[0] == StageTime(1, 91, 0)
    assert [(time.stage, time.day, time.not_before) for time in course.reached[1:]] == [
        (2, 182, 91),
        (3, 182, 91),
        (4, 182, 91),
        (5, 244, 182),
    ]


def test_that_a_patient_without_scores_has_a_course_that_says_nothing() -> None:
    course = course_of([("001", "BL", "2024-01-01", {"svc_percent": 90})])
    assert course.lines.whole.count == 0
    assert np.isnan(course.rate)
    assert course.reached == ()
    assert len(course.stages.day) == 0


def test_that_a_rough_onset_leaves_limits_of_the_rate() -> None:
    course = course_of([("001", "BL", "2024-01-01", {"alsfrs_r_total": 42})], onset_date="2023")
    assert course.rate_low == pytest.approx(6 / (365 / MONTH))
    assert course.rate_high > course.rate > course.rate_low
