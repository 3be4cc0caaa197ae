"""The Cox model of two groups from counts alone, many at once: what a cut that follows the mouse needs.

With one yes-or-no covariate the partial likelihood depends only on how many of each group are at risk and
have the event on each event day. So every cut of a marker is a row of counts, and all rows are fitted
together. Equals `fit_cox` (R: `coxph(Surv(days, event) ~ group)`, Efron's ties).
"""

from __future__ import annotations

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


def fit_two_groups(
    steps: Steps, at_risk: tuple[Floats, Floats], events: tuple[Floats, Floats]
) -> TwoGroupFits:
    """Fit each row. `at_risk` and `events` have, for either group, a row per fit and a column per event day.

    A row may have fewer events on a day than `steps` names (its stratum has its own ties): the others are
    passed over.
    """
    a0, a1, counted, sum1 = _shares(steps, at_risk, events)
    reach = np.count_nonzero(counted & (a1 > 0), axis=-1)
    forced = np.count_nonzero(counted & (a0 <= 0), axis=-1)
    finite = (sum1 > forced) & (sum1 < reach)
    beta = np.where(finite, 0.0, np.where(sum1 >= reach, _FAR, -_FAR))
    beta = np.where(reach <= forced, 0.0, beta)  # one group only is at risk whenever an event happens
    for _step in range(_MOST_STEPS):
        part = _part(a0, a1, counted, beta)
        slope = sum1 - part.sum(axis=-1)
        bend = (part * (1 - part)).sum(axis=-1)
        step = np.where(finite, np.clip(slope / np.maximum(bend, 1e-12), -2.0, 2.0), 0.0)
        beta = beta + step
        if np.max(np.abs(step), initial=0.0) < _STEP_DONE:
            break
    part = _part(a0, a1, counted, beta)
    bend = (part * (1 - part)).sum(axis=-1)
    with np.errstate(divide="ignore"):
        se = 1 / np.sqrt(bend)
    return TwoGroupFits(
        beta=np.where(finite, beta, np.nan),
        se=np.where(finite, se, np.nan),
        finite=finite,
        log_likelihood=sum1 * beta - _log_sum(a0, a1, counted, beta),
    )


def compare_strata(
    steps: Steps,
    at_risk: tuple[Floats, Floats],
    events: tuple[Floats, Floats],
    separate: TwoGroupFits,
) -> tuple[Floats, Counts]:
    """Whether the hazard ratio differs between strata: likelihood-ratio chi-square and degrees of freedom.

    Arrays as in `fit_two_groups` with an axis of strata before the event days, `separate` fitted on them.
    Every stratum has its own baseline hazard, so that the ratios compared are those that are shown. R:
    `anova(coxph(S ~ group + strata(s)), coxph(S ~ group + group:s + strata(s)))`.
    """
    parts = separate.beta.shape[-1]
    joint_steps = Steps(
        np.concatenate([steps.day + i * at_risk[0].shape[-1] for i in range(parts)]),
        np.tile(steps.number, parts),
    )

    def flat(values: Floats) -> Floats:
        return values.reshape(*values.shape[:-2], -1)

    joint = fit_two_groups(
        joint_steps, (flat(at_risk[0]), flat(at_risk[1])), (flat(events[0]), flat(events[1]))
    )
    chisq = 2 * (separate.log_likelihood.sum(axis=-1) - joint.log_likelihood)
    informative = np.count_nonzero(
        np.any((at_risk[0] > 0) & (at_risk[1] > 0) & (events[0] + events[1] > 0), axis=-1), axis=-1
    )
    return np.maximum(chisq, 0.0), np.maximum(informative - 1, 0)


def _shares(
    steps: Steps, at_risk: tuple[Floats, Floats], events: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Flags, Floats]:
    """Those at risk of either group at each single event, Efron's share of the tied taken off."""
    tied = np.take(events[0] + events[1], steps.day, axis=-1)
    counted = steps.number < tied
    share = np.where(counted, steps.number / np.maximum(tied, 1), 0.0)
    a0, a1 = (
        np.take(n, steps.day, axis=-1) - share * np.take(d, steps.day, axis=-1)
        for n, d in zip(at_risk, events, strict=True)
    )
    return a0, a1, counted, events[1].sum(axis=-1)


def _part(a0: Floats, a1: Floats, counted: Flags, beta: Floats) -> Floats:
    """The chance at each event that it happens in the second group."""
    weighted = a1 * np.exp(beta)[..., None]
    return np.where(counted, weighted / np.maximum(a0 + weighted, 1e-300), 0.0)


def _log_sum(a0: Floats, a1: Floats, counted: Flags, beta: Floats) -> Floats:
    total = np.where(counted, a0 + a1 * np.exp(beta)[..., None], 1.0)
    return np.asarray(np.log(total).sum(axis=-1))
