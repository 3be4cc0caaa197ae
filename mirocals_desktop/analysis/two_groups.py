"""The Cox model of two groups from counts alone, many at once: what a cut that follows the mouse needs.

With one yes-or-no covariate the partial likelihood depends only on how many of each group are at risk and
have the event on each event day. So every cut of a marker is a row of counts, and all rows are fitted
together. Equals `fit_cox` (R: `coxph(Surv(days, event) ~ group)`, Efron's ties).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.times import Counts, Flags, Floats

_MOST_STEPS = 40
_STEP_DONE = 1e-6  # Newton's error is about the square of its last step
_FAR = 25.0  # a log hazard ratio that stands for an infinite one: the likelihood no longer changes


@dataclass(frozen=True)
class Steps:
    """The single events, day by day: which event day each belongs to, and its number within the day."""

    day: Counts
    number: Counts

    @staticmethod
    def of(events: Counts) -> Steps:
        """From the number of events on each event day."""
        day = np.repeat(np.arange(len(events)), events)
        start = np.cumsum(events) - events
        return Steps(day, np.arange(len(day)) - start[day])


@dataclass(frozen=True)
class TwoGroupFits:
    """Log hazard ratios of the second group against the first, one per row of counts.

    `beta` and `se` are NaN where `finite` is False: all events, or none, in one group, or nobody to compare.
    """

    beta: Floats
    se: Floats
    finite: Flags
    log_likelihood: Floats


@dataclass(frozen=True)
class StrataFits:
    """Each stratum's own log hazard ratio, and whether they differ: likelihood-ratio chi-square and df."""

    separate: TwoGroupFits
    chisq: Floats
    df: Counts


def fit_two_groups(
    steps: Steps, at_risk: tuple[Floats, Floats], events: tuple[Floats, Floats]
) -> TwoGroupFits:
    """Fit each row. `at_risk` and `events` have, for either group, a row per fit and a column per event day.

    A row may have fewer events on a day than `steps` names (its stratum has its own ties): the others are
    passed over.
    """
    a0, a1, sum1 = _shares(steps, at_risk, events)
    finite, start = _start(sum1, np.count_nonzero(a0 <= 0, axis=-1), np.count_nonzero(a1 > 0, axis=-1))
    return TwoGroupFits(*_climb(a0, a1, sum1, finite, start, lambda sums: sums))


def fit_strata(steps: Steps, at_risk: tuple[Floats, Floats], events: tuple[Floats, Floats]) -> StrataFits:
    """Fit each stratum by itself and all with one ratio. Arrays have an axis of strata before the event days.

    Every stratum has its own baseline hazard, so that the ratios compared are those that are shown. R:
    `anova(coxph(S ~ group + strata(s)), coxph(S ~ group + group:s + strata(s)))`.
    """
    a0, a1, sum1 = _shares(steps, at_risk, events)

    def pool(sums: Floats) -> Floats:
        """Of the two models: the first has a ratio for each stratum, the second one for all."""
        sums[1] = np.add.reduce(sums[1], axis=-1, keepdims=True)
        return sums

    forced, reach, both = (
        pool(np.stack((sums, sums)))
        for sums in (np.count_nonzero(a0 <= 0, axis=-1), np.count_nonzero(a1 > 0, axis=-1), sum1)
    )
    finite, start = _start(both, forced, reach)
    beta, se, finite, log_likelihood = _climb(a0, a1, both, finite, start, pool)
    chisq = 2 * (log_likelihood[0].sum(axis=-1) - log_likelihood[1, ..., 0])
    mixed = np.any((at_risk[0] > 0) & (at_risk[1] > 0) & (events[0] + events[1] > 0), axis=-1)
    return StrataFits(
        TwoGroupFits(beta[0], se[0], finite[0], log_likelihood[0]),
        np.maximum(chisq, 0.0),
        np.maximum(np.count_nonzero(mixed, axis=-1) - 1, 0),
    )


def _start(sum1: Floats, forced: Counts | Floats, reach: Counts | Floats) -> tuple[Flags, Floats]:
    """Which ratios are finite, and where to start: those that are not stay there."""
    finite = (sum1 > forced) & (sum1 < reach)
    beta = np.where(finite, 0.0, np.where(sum1 >= reach, _FAR, -_FAR))
    return finite, np.where(reach <= forced, 0.0, beta)  # one group only is at risk at every event


def _climb(
    a0: Floats, a1: Floats, sum1: Floats, finite: Flags, beta: Floats, pool: Callable[[Floats], Floats]
) -> tuple[Floats, Floats, Flags, Floats]:
    """Newton's method for all ratios at once; `pool` adds up the sums of those that share one."""
    chance = np.empty((*beta.shape, a0.shape[-1]))
    total, squares = np.empty_like(chance), np.empty_like(chance)
    done = False
    for _step in range(_MOST_STEPS + 1):
        # the chance at each event that it happens in the second group
        np.multiply(a1, np.exp(beta)[..., None], out=chance)
        np.add(a0, chance, out=total)
        chance /= total
        np.multiply(chance, chance, out=squares)
        expected = pool(np.add.reduce(chance, axis=-1))
        bend = np.maximum(expected - pool(np.add.reduce(squares, axis=-1)), 0.0)
        if done:
            break
        step = (sum1 - expected) / np.maximum(bend, 1e-12)
        step = np.where(finite, np.minimum(np.maximum(step, -2.0), 2.0), 0.0)
        beta = beta + step
        done = not step.size or float(np.abs(step).max()) < _STEP_DONE
    with np.errstate(divide="ignore"):
        se = 1 / np.sqrt(bend)
    log_sum = pool(np.add.reduce(np.log(total, out=total), axis=-1))
    return np.where(finite, beta, np.nan), np.where(finite, se, np.nan), finite, sum1 * beta - log_sum


def _shares(
    steps: Steps, at_risk: tuple[Floats, Floats], events: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Those at risk of either group at each single event, Efron's share of the tied taken off, and the events
    of the second group. Where a row has not that many events there is one of the first group, and nothing
    to learn from it."""
    dead0, dead1 = (np.take(d, steps.day, axis=-1) for d in events)
    tied = dead0 + dead1
    share = steps.number / np.maximum(tied, 1)
    a0 = np.take(at_risk[0], steps.day, axis=-1) - share * dead0
    a1 = np.take(at_risk[1], steps.day, axis=-1) - share * dead1
    beyond = steps.number >= tied
    if beyond.any():
        a0[beyond], a1[beyond] = 1.0, 0.0
    return a0, a1, events[1].sum(axis=-1)
