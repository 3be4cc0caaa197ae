"""Kaplan-Meier curves with their limits, quantiles, rows at chosen days, and the reverse curve of follow-up.

Equals R's `survfit(Surv(entry, days, event) ~ group, conf.type = ...)` of the survival package. Patients
at risk are counted just before each day; a patient censored on the day of an event is still at risk.
Limits are NaN where the survival is 0 or 1: there is no interval there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from mirocals_desktop.analysis.distributions import chi_square_p, normal_quantile
from mirocals_desktop.analysis.times import TIME_TOLERANCE, Counts, Flags, Floats, SurvivalTimes
from mirocals_desktop.i18n import _

Interval = Literal["log-log", "log", "plain"]

_ALL, _NONE, _NOBODY = np.ones(1), np.full(1, np.nan), np.zeros(1, np.int64)  # before the first day


@dataclass(frozen=True)
class Estimate:
    """A number with its limits; None where it cannot be estimated."""

    estimate: float | None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class AtDay:
    """What is known at one day. `events` and `censored` are those before the day, so that with `at_risk`
    they add to the patients who have entered. `survival` counts the events of the day itself; it is None
    after the last follow-up."""

    day: float
    survival: float | None
    lower: float | None
    upper: float | None
    at_risk: int
    events: int
    censored: int


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan-Meier estimate for one group: one value per distinct time of exit, event or censoring.

    `hazard_variance` is Greenwood's sum, the variance of log S. The curve is 1 before the first time.
    """

    group: str
    days: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    at_risk: Counts
    events: Counts
    censored: Counts
    hazard_variance: Floats
    interval: Interval
    level: float
    exits: Floats = field(repr=False)  # of every patient, sorted, and which of them are events
    exit_events: Flags = field(repr=False)
    entries: Floats | None = field(default=None, repr=False)  # of every patient, sorted

    @property
    def n(self) -> int:
        """How many patients."""
        return len(self.exits)

    @property
    def total_events(self) -> int:
        """How many events."""
        return int(self.events.sum())

    @property
    def last_day(self) -> float:
        """The last day on which anyone was followed."""
        return float(self.days[-1]) if len(self.days) else 0.0

    def survival_at(self, day: float) -> tuple[float | None, float]:
        """S on that day and the variance of log S; None after the last follow-up."""
        if not len(self.days) or day > self.last_day:
            return None, math.nan
        i = int(np.searchsorted(self.days, day, side="right")) - 1
        return (1.0, 0.0) if i < 0 else (float(self.survival[i]), float(self.hazard_variance[i]))


def estimate_curve(
    times: SurvivalTimes, *, label: str = "", interval: Interval = "log-log", level: float = 0.95
) -> SurvivalCurve:
    """The Kaplan-Meier curve of all patients of `times` together.

    Limits by Greenwood's variance on the chosen scale: "log-log" (log(-log S)), "log" or "plain".
    """
    order = np.argsort(times.days, kind="stable")
    entries = None if times.entry is None else np.sort(times.entry)
    return estimate_sorted_curve(
        times.days[order], times.event[order], entries, label=label, interval=interval, level=level
    )


def estimate_curves(
    times: SurvivalTimes, *, interval: Interval = "log-log", level: float = 0.95
) -> list[SurvivalCurve]:
    """One curve per group, in the order of the groups; patients without a group are in none."""
    if times.group is None:
        return []
    order = np.argsort(times.days, kind="stable")
    codes, days, event = times.group.codes[order], times.days[order], times.event[order]
    curves = []
    for i, label in enumerate(times.levels):
        chosen = codes == i
        entries = None if times.entry is None else np.sort(times.entry[times.group.codes == i])
        curves.append(
            estimate_sorted_curve(
                days[chosen], event[chosen], entries, label=label, interval=interval, level=level
            )
        )
    return curves


def estimate_sorted_curve(
    days: Floats,
    event: Flags,
    entries: Floats | None = None,
    *,
    label: str = "",
    interval: Interval = "log-log",
    level: float = 0.95,
) -> SurvivalCurve:
    """The curve of patients whose exit days (and entries) are already sorted: what live views call."""
    return estimate_sorted_parts(
        days, event, np.array([0, len(days)]), [entries], labels=(label,), interval=interval, level=level
    )[0]


def estimate_sorted_parts(
    days: Floats,
    event: Flags,
    edges: Counts,
    entries: Sequence[Floats | None],
    *,
    labels: Sequence[str],
    interval: Interval = "log-log",
    level: float = 0.95,
) -> list[SurvivalCurve]:
    """The curves of several groups at once, laid end to end: group i is from `edges[i]` to `edges[i + 1]`.

    Within each group the days, and its `entries`, are sorted.
    """
    n = len(days)
    new = np.ones(n, np.bool_)
    np.not_equal(days[1:], days[:-1], out=new[1:])
    starts = edges[:-1]
    new[starts[starts < n]] = True
    first = np.flatnonzero(new)
    distinct = days[first]
    size = np.diff(first, append=n)
    events = np.add.reduceat(event.astype(np.int64), first) if n else np.zeros(0, np.int64)
    ends = np.searchsorted(first, edges)
    slices = [slice(i, j) for i, j in pairwise(ends.tolist())]
    at_risk = np.repeat(edges[1:], np.diff(ends)) - first
    for part, entered in zip(slices, entries, strict=True):
        if entered is not None:
            at_risk[part] -= len(entered) - np.searchsorted(entered, distinct[part], side="left")
    # R's order of operations, so that the last digit is R's too
    left = at_risk - events
    survival = left / at_risk
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(events > 0, events / (at_risk * left), 0.0)
    for part in slices:
        np.cumprod(survival[part], out=survival[part])
        np.cumsum(variance[part], out=variance[part])
    lower, upper = limits_of(survival, variance, interval, level)
    people = [slice(i, j) for i, j in pairwise(edges.tolist())]
    return [
        SurvivalCurve(
            group=label,
            days=distinct[part],
            survival=survival[part],
            lower=lower[part],
            upper=upper[part],
            at_risk=at_risk[part],
            events=events[part],
            censored=size[part] - events[part],
            hazard_variance=variance[part],
            interval=interval,
            level=level,
            exits=days[mine],
            exit_events=event[mine],
            entries=entered,
        )
        for label, part, mine, entered in zip(labels, slices, people, entries, strict=True)
    ]


def limits_of(survival: Floats, variance: Floats, interval: Interval, level: float) -> tuple[Floats, Floats]:
    """Limits of probabilities from the variance of their logarithm; NaN at 0 and 1, where there are none."""
    z = normal_quantile(level)
    inside = (survival > 0) & (survival < 1)
    s = np.where(inside, survival, 0.5)
    se = np.sqrt(np.where(inside, variance, 0.0))
    if interval == "log-log":
        log_s = np.log(s)
        spread = np.exp(z * se / log_s)  # below 1
        lower, upper = np.exp(log_s / spread), np.exp(log_s * spread)
    elif interval == "log":
        spread = np.exp(z * se)
        lower, upper = s / spread, np.minimum(s * spread, 1)
    else:
        lower, upper = np.maximum(s - z * se * s, 0), np.minimum(s + z * se * s, 1)
    return np.where(inside, lower, np.nan), np.where(inside, upper, np.nan)


def estimate_quantile(curve: SurvivalCurve, probability: float = 0.5) -> Estimate:
    """The day by which the given part of patients had the event; the median by default.

    Where S equals 1 - probability exactly over an interval, its middle (as R); None when S never falls so
    far. Limits by inverting the limits of the curve (Brookmeyer and Crowley 1982).
    """
    if not len(curve.days):
        return Estimate(None)
    return Estimate(
        _crossing(curve.days, curve.survival, probability),
        _crossing(curve.days, curve.lower, probability),
        _crossing(curve.days, curve.upper, probability),
    )


def _crossing(days: Floats, curve: Floats, probability: float) -> float | None:
    """The day on which 1 - curve reaches the probability, as R's `quantile.survfit` finds it.

    A habit of R is kept: the upper limit can rise again late in a curve, and then the value next to the
    probability counts, not the first in time.
    """
    known = np.flatnonzero(~np.isnan(curve))
    fallen = np.concatenate(([0.0], 1 - curve[known]))
    at = np.concatenate(([min(0.0, float(days[0]))], days[known]))
    if np.all(fallen[1:] >= fallen[:-1]):
        distinct, place = fallen, np.arange(len(fallen))
    else:
        distinct, place = np.unique(fallen, return_index=True)
    reach = int(np.searchsorted(distinct, probability - TIME_TOLERANCE, side="left"))
    if reach == len(distinct):
        return None
    pass_by = int(np.searchsorted(distinct, probability + TIME_TOLERANCE, side="left"))
    start = float(at[place[reach]])
    if pass_by < len(distinct):
        return (start + float(at[place[pass_by]])) / 2
    # the curve ends at the probability: R takes the middle between reaching it and the last day,
    # unless a limit goes missing after the last value that is new
    last_value = float(fallen[-1])
    last_new = int(np.flatnonzero(fallen == last_value)[0])
    missing = np.flatnonzero(np.isnan(curve))
    if len(missing) and last_new > 0 and missing[0] > known[last_new - 1]:
        return None
    return (start + float(days[-1])) / 2 if abs(probability - last_value) < TIME_TOLERANCE else None


def estimate_at(curve: SurvivalCurve, days: Sequence[float]) -> list[AtDay]:
    """Survival with limits, patients at risk, and events and censored so far, at each of the days."""
    return estimate_each_at([curve], days)[0]


def estimate_each_at(curves: Sequence[SurvivalCurve], days: Sequence[float]) -> list[list[AtDay]]:
    """`estimate_at` of several curves."""
    at = np.asarray(days, np.float64)
    written = at.tolist()
    return [_rows(curve, at, written) for curve in curves]


def _rows(curve: SurvivalCurve, at: Floats, written: list[float]) -> list[AtDay]:
    gone = curve.exits.searchsorted(at)
    entered = curve.n if curve.entries is None else curve.entries.searchsorted(at)
    dead = np.concatenate((_NOBODY, curve.events.cumsum()))[curve.days.searchsorted(at)]
    place = curve.days.searchsorted(at, side="right")
    columns = (
        np.concatenate((start, values))[place].tolist()
        for start, values in ((_ALL, curve.survival), (_NONE, curve.lower), (_NONE, curve.upper))
    )
    counts = (entered - gone).tolist(), dead.tolist(), (gone - dead).tolist()
    last = curve.last_day if len(curve.days) else -math.inf
    rows = []
    for day, s, low, high, still, fallen, lost in zip(written, *columns, *counts, strict=True):
        if day > last:
            s = low = high = math.nan
        rows.append(AtDay(day, _known(s), _known(low), _known(high), still, fallen, lost))
    return rows


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def estimate_follow_up(
    times: SurvivalTimes, *, interval: Interval = "log-log", level: float = 0.95
) -> Estimate:
    """The median follow-up by the reverse Kaplan-Meier curve, in which censoring is the event.

    R: `quantile(survfit(Surv(days, 1 - event) ~ 1), 0.5)`.
    """
    order = np.argsort(times.days, kind="stable")
    entries = None if times.entry is None else np.sort(times.entry)
    reverse = estimate_sorted_curve(
        times.days[order], ~times.event[order], entries, interval=interval, level=level
    )
    return estimate_quantile(reverse)


@dataclass(frozen=True)
class HorizonDifference:
    """The survival of one group less that of the reference at a horizon.

    Wald limits from Greenwood's variance; p of the complementary log-log test (Klein 2007), None with a
    reason where a group has S = 0 or 1, and everything None when a group is not followed that far.
    """

    group: str
    reference: str
    day: float
    estimate: float | None
    se: float | None
    lower: float | None
    upper: float | None
    chisq: float | None
    p: float | None
    reason: str = ""


def compare_at(reference: SurvivalCurve, curve: SurvivalCurve, day: float) -> HorizonDifference:
    """Compare the survival of two groups at one day."""
    s0, v0 = reference.survival_at(day)
    s1, v1 = curve.survival_at(day)
    if s0 is None or s1 is None:
        short = reference if s0 is None else curve
        why = _("{group} is followed to day {last} only").format(
            group=short.group, last=f"{short.last_day:g}"
        )
        return HorizonDifference(curve.group, reference.group, day, None, None, None, None, None, None, why)
    difference = s1 - s0
    if s0 in (0, 1) or s1 in (0, 1):
        why = _("the survival of a group is 0 or 1, where it has no variance")
        return HorizonDifference(
            curve.group, reference.group, day, difference, None, None, None, None, None, why
        )
    se = math.sqrt(v0 * s0**2 + v1 * s1**2)
    z = normal_quantile(curve.level)
    log0, log1 = math.log(s0), math.log(s1)
    chisq = (math.log(-log1) - math.log(-log0)) ** 2 / (v0 / log0**2 + v1 / log1**2)
    return HorizonDifference(
        curve.group,
        reference.group,
        day,
        difference,
        se,
        difference - z * se,
        difference + z * se,
        chisq,
        chi_square_p(chisq, 1),
    )
