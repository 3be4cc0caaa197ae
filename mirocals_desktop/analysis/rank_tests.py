"""Two groups compared by ranks: Wilcoxon-Mann-Whitney with the Hodges-Lehmann shift and its interval.

Normal approximation with correction for continuity and for ties, as R's `wilcox.test(x, y, exact = FALSE,
correct = TRUE, conf.int = TRUE)`. The ends of the interval are the exact differences at which R's search
ends, to its tolerance of 1e-4; the shift is `median(outer(x, y, "-"))`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mirocals_desktop.i18n import _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST: Final = 5
"""Values of each group below which the normal approximation is not used."""

_POINT: Final = 1.959963984540054  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class RankTest:
    """How much higher the first group's values lie than the second's; all NaN where it is not estimable."""

    shift: float
    lower: float
    upper: float
    p: float


NO_TEST: Final = RankTest(math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True, eq=False)
class GroupShifts:
    """The first group against the second at each occasion: arrays by occasion, NaN where not estimable."""

    first: int
    second: int
    shift: Floats
    lower: Floats
    upper: Floats
    p: Floats


def rank_test(first: Floats, second: Floats) -> RankTest:
    """Compare two samples by ranks; `NO_TEST` below `FEWEST` values or where all values are the same."""
    m, n = len(first), len(second)
    if min(m, n) < FEWEST:
        return NO_TEST
    both = np.concatenate((first, second))
    counts = np.unique(both, return_counts=True)[1]
    spread = _spread(m, n, counts)
    if spread == 0:
        return NO_TEST
    differences = np.subtract.outer(first, second).ravel()
    pairs = len(differences)
    above = float((differences > 0).sum() + 0.5 * (differences == 0).sum()) - pairs / 2
    z = (above - 0.5 * np.sign(above)) / spread
    p = math.erfc(abs(z) / math.sqrt(2)) if above else 1.0
    # Away from the differences themselves only values of the same group are tied.
    within = np.concatenate([np.unique(group, return_counts=True)[1] for group in (first, second)])
    reach = _POINT * _spread(m, n, within)
    # The search ends where the number of differences above falls below what the normal point asks for.
    places = [
        min(max(math.ceil(pairs - bound) - 1, 0), pairs - 1)
        for bound in (pairs / 2 + 0.5 + reach, pairs / 2 - 0.5 - reach)
    ]
    middle = [(pairs - 1) // 2, pairs // 2]
    ordered = np.partition(differences, sorted({*places, *middle}))
    shift = float(ordered[middle].mean())
    return RankTest(shift, float(ordered[places[0]]), float(ordered[places[1]]), p)


def compare_two_groups(group: Ints, occasion: Ints, value: Floats, *, occasions: int) -> GroupShifts | None:
    """Compare at each occasion the two groups that have values; None where there are not just two.

    `group`, `occasion` and `value` have one item per patient and occasion.
    """
    present = np.unique(group)
    if len(present) != 2:
        return None
    tests = []
    for place in range(occasions):
        own = occasion == place
        tests.append(rank_test(*(value[own & (group == one)] for one in present)))
    columns = (
        np.array([getattr(test, name) for test in tests], dtype=np.float64)
        for name in ("shift", "lower", "upper", "p")
    )
    return GroupShifts(int(present[0]), int(present[1]), *columns)


def shift_notes(shifts: GroupShifts | None) -> tuple[str, ...]:
    """How the groups were compared, for below a table of it."""
    if shifts is None or np.isnan(shifts.p).all():
        return ()
    return (
        _(
            "Shift between the groups: Hodges-Lehmann with its 95 % interval; p by Wilcoxon-Mann-Whitney "
            "(normal approximation, corrected for continuity and ties), values beyond a limit ranked at it. "
            "Descriptive: one test for each row, not corrected for their number."
        ),
    )


def _spread(m: int, n: int, ties: Ints) -> float:
    """The standard deviation of the number of pairs in which the first is higher."""
    total = m + n
    tied = float((ties.astype(np.float64) ** 3 - ties).sum()) / (total * (total - 1))
    return math.sqrt(m * n / 12 * (total + 1 - tied))
