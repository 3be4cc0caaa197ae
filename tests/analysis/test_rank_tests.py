"""Two groups by ranks equal R: wilcox.test(x, y, exact = FALSE, correct = TRUE, conf.int = TRUE), R 4.2."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mirocals_desktop.analysis.rank_tests import NO_TEST, compare_two_groups, rank_test

X = [5.1, 6.3, 7.2, 8.8, 9.1, 6.3, 7.7, 10.2, 11.5, 8.4, 7.2]
Y = [4.2, 5.1, 6.1, 6.3, 5.9, 7.2, 4.8, 5.5, 6.6]
U = [1, 2, 2, 3, 3, 3, 4, 5]
V = [3, 3, 4, 4, 5, 5, 6, 7, 2]
A = [8.23, 5.63, 11.54, 9.95, 16.74, 10.43, 3.89, 6.64, 19.07, 17.97, 9.81, 7.45, 8.95, 7.22, 7.52, 8.04,
     13.23, 7.23, 7.03, 6.41, 15.97, 8.03, 14.21, 14.07, 9.94, 6.41, 13.85, 11.65, 4.65, 13.74]  # fmt: skip
B = [6.53, 10.24, 4.15, 2.88, 9.31, 4.94, 5.4, 9.65, 4.79, 4.4, 11.84, 6.62, 11.55, 2.6, 4.01, 3.93, 6.36,
     5.01, 8.69, 2.46, 4.34, 4.43, 5.81, 7.52, 16.21]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "p", "shift", "lower", "upper"),
    [
        (X, Y, 0.00539466779199, 2.1, 0.79992642, 3.6000093),
        (U, V, 0.0693504543818, -1, -3.0000003, 2.9413971e-05),
        (A, B, 0.000564014796542, 3.35, 1.7000493, 5.3800774),
    ],
)
def test_that_shift_interval_and_p_are_those_of_r(first, second, p, shift, lower, upper):
    x, y = np.array(first, float), np.array(second, float)
    found = rank_test(x, y)
    assert found.p == pytest.approx(p, rel=1e-11)
    assert found.shift == pytest.approx(shift, abs=1e-9)
    # R searches the ends to 1e-4
    assert found.lower == pytest.approx(lower, abs=1e-4)
    assert found.upper == pytest.approx(upper, abs=1e-4)
    turned = rank_test(y, x)
    assert turned.p == pytest.approx(found.p, rel=1e-12)
    assert (turned.shift, turned.lower, turned.upper) == pytest.approx(
        (-found.shift, -found.upper, -found.lower)
    )


def test_that_few_or_equal_values_are_not_compared():
    assert rank_test(np.arange(4.0), np.arange(9.0)) is NO_TEST
    assert rank_test(np.ones(9), np.ones(9)) is NO_TEST


def test_that_only_two_groups_are_compared_at_each_occasion():
    group = np.repeat([0, 2], [len(X) * 2, len(Y)])
    occasion = np.repeat([0, 1, 0], [len(X), len(X), len(Y)])
    value = np.array([*X, *X, *Y])
    shifts = compare_two_groups(group, occasion, value, occasions=2)
    assert shifts is not None
    assert (shifts.first, shifts.second) == (0, 2)
    assert shifts.shift[0] == pytest.approx(2.1)
    assert math.isnan(shifts.p[1])
    assert compare_two_groups(np.array([0, 1, 2]), np.zeros(3, int), np.ones(3), occasions=1) is None
