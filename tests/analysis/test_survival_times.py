"""What is refused, left out and made equal before anything is estimated."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mirocals_desktop.analysis.times import Factor, build_factor, build_times, join_near_times
from mirocals_desktop.errors import AppError


def test_that_rows_without_time_event_or_entry_are_left_out_and_counted():
    times = build_times([5, math.nan, 7, 8], [1, 0, math.nan, 1], entry=[0, 0, 0, math.nan])
    assert times.n == 1
    assert times.left_out.rows == 3
    assert times.left_out.why == "1 without a time; 1 without an event status; 1 without an entry time"


@pytest.mark.parametrize(
    ("days", "event", "entry", "message"),
    [
        ([5, -1], [1, 0], None, "time in row 2 is negative \\(-1\\)"),
        ([5, math.inf], [1, 0], None, "time in row 2 is not a number of days"),
        ([5, 3], [1, 2], None, "event in row 2 is 2"),
        ([5, 3], [1, -1], None, "event in row 2 is -1"),
        ([5, 3], [1, 0], [0, 3], "row 2 the entry \\(3\\) is not before the exit \\(3\\)"),
        ([5, 3], [1, 0], [0, 4], "row 2 the entry \\(4\\) is not before the exit \\(3\\)"),
    ],
)
def test_that_a_bad_row_is_refused_by_its_number(days, event, entry, message):
    with pytest.raises(AppError, match=message):
        build_times(days, event, entry=entry)


def test_that_a_bad_row_is_refused_by_its_patient_where_patients_are_known():
    with pytest.raises(AppError, match="patient PBC-007"):
        build_times([5, -1], [1, 0], patients=["PBC-001", "PBC-007"])


def test_that_an_entry_equal_to_the_exit_but_for_rounding_is_refused():
    with pytest.raises(AppError, match="not before"):
        build_times([0.3, 0.6], [1, 1], entry=[0.1 + 0.2 - 1e-12, 0.1])


def test_that_levels_come_in_order_of_appearance_with_the_reference_first():
    factor = build_factor("arm", ["b", "a", None, "c", "a", ""], reference="c")
    assert factor.levels == ("c", "b", "a")
    assert factor.codes.tolist() == [1, 2, -1, 0, 2, -1]
    with pytest.raises(AppError, match="Its values are: b, a"):
        build_factor("arm", ["b", "a"], reference="z")


def test_that_a_level_without_patients_disappears_when_rows_are_chosen():
    factor = Factor("arm", np.array([0, 1, 2, 1]), ("a", "b", "c"))
    fewer = factor.rows(np.array([False, True, True, True]))
    assert fewer.levels == ("b", "c")
    assert fewer.codes.tolist() == [0, 1, 0]


def test_that_times_differing_by_noise_become_one_and_whole_days_are_untouched():
    noisy = np.array([0.1 + 0.2, 0.3, 0.5])
    joined, _entry = join_near_times(noisy)
    assert joined[0] == joined[1]
    whole = np.array([1.0, 2.0, 2.0])
    assert join_near_times(whole)[0] is whole


def test_that_the_horizon_keeps_an_event_on_its_day_and_censors_later_ones():
    times = build_times([640, 641, 700, 10], [1, 1, 0, 1])
    cut = times.censored_at(640)
    assert cut.days.tolist() == [640, 640, 640, 10]
    assert cut.event.tolist() == [True, False, False, True]


def test_that_a_patient_who_enters_after_the_horizon_is_left_out_of_it():
    times = build_times([640, 900], [1, 1], entry=[0, 700]).censored_at(640)
    assert times.n == 1
    assert times.left_out.rows == 1
    assert "after the horizon" in times.left_out.why
