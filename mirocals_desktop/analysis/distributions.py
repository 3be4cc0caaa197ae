"""Tail probabilities of the normal and chi-square distributions, without loading scipy.

scipy takes longer to import than a whole analysis to run; for whole degrees of freedom the chi-square
tail is a finite sum, exact to the last digits, also far out where 1 - cdf is 0.
"""

from __future__ import annotations

import math
from statistics import NormalDist


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval of the given level: 1.959964 for 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def normal_p(z: float) -> float:
    """The two-sided p of a standard normal value."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_p(chisq: float, df: int) -> float:
    """P(chi-square with `df` degrees of freedom > `chisq`)."""
    if chisq <= 0:
        return 1.0
    half = chisq / 2
    if df % 2:
        tail = math.erfc(math.sqrt(half))
        term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
        shape = 1.5
    else:
        tail = term = math.exp(-half)
        term *= half
        shape = 2.0
    while shape <= df / 2 + 0.25:
        tail += term
        term *= half / shape
        shape += 1
    return min(tail, 1.0)
