"""Log-rank tests: plain, stratified, weighted, for trend, and pairwise with Holm's correction.

Equals R's `survdiff(Surv(days, event) ~ group + strata(s), rho = ...)`; with late entry, which `survdiff`
refuses, the same sums over the patients at risk. Without ties it is the score test of the Cox model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.distributions import chi_square_p
from mirocals_desktop.analysis.times import Counts, Floats, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

Weight = Callable[[Floats, Floats], Floats]
"""Weights of the event days, from the number at risk and the survival just before each."""


def gehan_wilcoxon(at_risk: Floats, _survival: Floats) -> Floats:
    """The number at risk: early differences count most, and censoring changes the weights."""
    return at_risk


def tarone_ware(at_risk: Floats, _survival: Floats) -> Floats:
    """The square root of the number at risk."""
    return np.sqrt(at_risk)


def peto_peto(_at_risk: Floats, survival: Floats) -> Floats:
    """The survival just before the day, as R's `survdiff(rho = 1)`.

    lifelines and SAS take the product of 1 - d/(n+1) through the day instead.
    """
    return survival


def fleming_harrington(rho: float, gamma: float) -> Weight:
    """S^rho (1 - S)^gamma with S just before the day; (0, 1) looks for late differences."""
    return lambda _at_risk, survival: survival**rho * (1 - survival) ** gamma


@dataclass(frozen=True)
class LogRankTest:
    """Observed and expected events per group, and the test that they agree.

    `chisq` and `p` are None, with the reason, when it cannot be made.
    """

    groups: tuple[str, ...]
    observed: Floats
    expected: Floats
    variance: Floats
    chisq: float | None
    df: int
    p: float | None
    reason: str = ""


@dataclass(frozen=True)
class PairwiseTest:
    """A log-rank test of two groups; `p_holm` is corrected for the number of pairs (Holm 1979)."""

    first: str
    second: str
    test: LogRankTest
    p_holm: float | None


@dataclass(frozen=True)
class TrendTest:
    """A test with one degree of freedom that the hazard changes with the groups' scores."""

    scores: tuple[float, ...]
    chisq: float | None
    p: float | None
    reason: str = ""


@dataclass(frozen=True)
class _Stratum:
    """Counts at the distinct event days of one stratum: a row per day, a column per group."""

    at_risk: Floats
    events: Floats

    def survival_before(self) -> Floats:
        total = self.at_risk.sum(axis=1)
        survival = np.cumprod((total - self.events.sum(axis=1)) / total)
        return np.concatenate(([1.0], survival))[: len(survival)]


def compare_groups(
    times: SurvivalTimes, *, weight: Weight | None = None, stratified: bool | None = None
) -> LogRankTest:
    """The log-rank test of the groups; patients without a group or stratum are left out.

    `weight` makes it a weighted test. Stratified by `times.strata` when they are given, unless
    `stratified` is False.
    """
    by_strata = times.strata is not None if stratified is None else stratified
    return compare_weighted(times, {"": weight}, stratified=by_strata)[""]


def compare_weighted(
    times: SurvivalTimes, weights: Mapping[str, Weight | None], *, stratified: bool = False
) -> dict[str, LogRankTest]:
    """The tests with each of the weights (None: the plain log-rank test), counted once."""
    if times.group is None:
        raise AppError(_("There are no groups to compare."), hint=_("Choose a variable to group by."))
    strata = _count_strata(times, stratified=stratified)
    levels = times.group.levels
    return {name: _test(levels, *_sum(strata, len(levels), weight)) for name, weight in weights.items()}


def compare_trend(times: SurvivalTimes, *, scores: Sequence[float] | None = None) -> TrendTest:
    """The log-rank test for trend over the groups in their order, or by the given scores."""
    test = compare_groups(times, stratified=False)
    chosen = tuple(float(s) for s in (scores or range(len(test.groups))))
    w = np.array(chosen)
    variance = float(w @ test.variance @ w)
    if variance <= 1e-12:
        return TrendTest(chosen, None, None, test.reason or _("no variance between the groups"))
    chisq = float(w @ (test.observed - test.expected)) ** 2 / variance
    return TrendTest(chosen, chisq, chi_square_p(chisq, 1))


def compare_pairs(times: SurvivalTimes) -> list[PairwiseTest]:
    """The log-rank test of every pair of groups (not stratified), with Holm's corrected p."""
    assert times.group is not None
    levels, codes = times.group.levels, times.group.codes
    pairs = [(i, j) for i in range(len(levels)) for j in range(i + 1, len(levels))]
    tests = [compare_groups(times.rows((codes == i) | (codes == j)), stratified=False) for i, j in pairs]
    corrected = correct_holm([test.p for test in tests])
    return [
        PairwiseTest(levels[i], levels[j], test, p)
        for (i, j), test, p in zip(pairs, tests, corrected, strict=True)
    ]


def correct_holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction, as R's `p.adjust(p, "holm")`; None stays None and is not counted."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[i] = highest
    return corrected


def _count_strata(times: SurvivalTimes, *, stratified: bool) -> list[_Stratum]:
    assert times.group is not None
    codes, size = times.group.codes, len(times.group.levels)
    if stratified and times.strata is not None:
        parts = [times.strata.codes == i for i in range(len(times.strata.levels))]
    else:
        parts = [np.ones(times.n, np.bool_)]
    counted = []
    for part in parts:
        used = part & (codes >= 0)
        event_days = np.unique(times.days[used & times.event])
        at_risk = np.empty((len(event_days), size))
        events = np.empty_like(at_risk)
        for g in range(size):
            mine = used & (codes == g)
            exits = np.sort(times.days[mine])
            at_risk[:, g] = len(exits) - np.searchsorted(exits, event_days, side="left")
            if times.entry is not None:
                entries = np.sort(times.entry[mine])
                at_risk[:, g] -= len(entries) - np.searchsorted(entries, event_days, side="left")
            deaths = np.sort(times.days[mine & times.event])
            events[:, g] = np.searchsorted(deaths, event_days, side="right") - np.searchsorted(
                deaths, event_days, side="left"
            )
        counted.append(_Stratum(at_risk, events))
    return counted


def _sum(strata: list[_Stratum], size: int, weight: Weight | None) -> tuple[Floats, Floats, Floats]:
    """Observed, expected and their variance matrix, summed over days and strata."""
    observed, expected = np.zeros(size), np.zeros(size)
    variance = np.zeros((size, size))
    for stratum in strata:
        n, d = stratum.at_risk.sum(axis=1), stratum.events.sum(axis=1)
        w = np.ones(len(n)) if weight is None else weight(n, stratum.survival_before())
        share = stratum.at_risk / n[:, None]
        observed += w @ stratum.events
        expected += (w * d) @ share
        spread = w**2 * d * (n - d) / np.maximum(n - 1, 1)
        variance += np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return observed, expected, variance


def _test(groups: tuple[str, ...], observed: Floats, expected: Floats, variance: Floats) -> LogRankTest:
    """Solve over the groups with expected events, the first of them left out (as R)."""
    used = np.flatnonzero(expected > 0)
    df = max(len(used) - 1, 0)

    def impossible(reason: str) -> LogRankTest:
        return LogRankTest(groups, observed, expected, variance, None, df, None, reason)

    if not len(used):
        return impossible(_("there is no event"))
    if len(used) < 2:
        return impossible(_("only one group has patients at risk when events happen"))
    rest = used[1:]
    difference = (observed - expected)[rest]
    block = variance[np.ix_(rest, rest)]
    if np.linalg.matrix_rank(block, hermitian=True) < len(rest):
        return impossible(_("the events leave no variance between the groups"))
    chisq = float(difference @ np.linalg.solve(block, difference))
    return LogRankTest(groups, observed, expected, variance, chisq, df, chi_square_p(chisq, df))


def count_at_event_days(times: SurvivalTimes) -> tuple[Counts, Counts]:
    """Patients at risk and events at each distinct event day, a column per group; for two-engine checks."""
    (stratum,) = _count_strata(times, stratified=False)
    return stratum.at_risk.astype(np.int64), stratum.events.astype(np.int64)
