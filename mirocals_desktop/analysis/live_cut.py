"""Survival by classes of a marker while its cuts move: everything a redraw needs, within one frame.

Patients are sorted by day once; a cut then is counting. A value above the last cut belongs to the highest
class, one equal to an earlier cut to the class above it, as in `protocol.model.Classes`. The numbers are
those that the full analysis gives of the same classes; nothing here is an approximation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from mirocals_desktop.analysis.distributions import chi_square_p, normal_p, normal_quantile
from mirocals_desktop.analysis.kaplan_meier import (
    AtDay,
    Interval,
    SurvivalCurve,
    estimate_each_at,
    estimate_sorted_parts,
)
from mirocals_desktop.analysis.times import Counts, Flags, Floats, SurvivalTimes
from mirocals_desktop.analysis.two_groups import Steps, TwoGroupFits, fit_strata
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

Show = Literal["classes", "arms"]
"""Whether a frame has one curve per class, or one per arm in each class."""


@dataclass(frozen=True)
class CutCurve:
    """A curve of a frame: its class (from 0, lowest marker first), its arm ("" for all), and its rows."""

    marker_class: int
    arm: str
    curve: SurvivalCurve
    rows: tuple[AtDay, ...]


@dataclass(frozen=True)
class ClassEffect:
    """The hazard ratio of the second arm against the first within one class; None with a reason."""

    marker_class: int
    n: int
    events: int
    hr: float | None
    lower: float | None
    upper: float | None
    p: float | None
    reason: str = ""


@dataclass(frozen=True)
class CutFrame:
    """What one position of the cuts shows. Tests are None where they cannot be made.

    `class_p` is the log-rank test of the classes against each other, all arms together; `interaction_p` the
    likelihood-ratio test that the arm's hazard ratio is the same in every class.
    """

    cuts: tuple[float, ...]
    sizes: tuple[int, ...]
    curves: tuple[CutCurve, ...]
    class_chisq: float | None
    class_df: int
    class_p: float | None
    effects: tuple[ClassEffect, ...]
    interaction_chisq: float | None
    interaction_df: int
    interaction_p: float | None


@dataclass(frozen=True)
class LiveCut:
    """Patients with a marker, sorted by day once; `frame` is called for every position of the mouse."""

    days: Floats = field(repr=False)
    event: Flags = field(repr=False)
    entry: Floats | None = field(repr=False)
    marker: Floats = field(repr=False)
    arm: Counts = field(repr=False)  # 0 and 1; empty without two arms
    arms: tuple[str, ...]
    event_days: Floats = field(repr=False)
    last_at_risk: Counts = field(repr=False)
    """Of each patient: how many of the event days are not after the exit."""
    not_entered: Counts | None = field(repr=False)
    """And how many are not after the entry."""
    steps: Steps = field(repr=False)
    ticks: tuple[float, ...]
    interval: Interval
    level: float
    without_marker: int

    def classes(self, cuts: Sequence[float]) -> Counts:
        """The class of each of the sorted patients."""
        return classify(self.marker, cuts)

    def frame(self, cuts: Sequence[float], *, show: Show = "arms") -> CutFrame:
        """Everything for these cuts, which are in rising order."""
        marker_class = self.classes(cuts)
        parts = len(cuts) + 1
        by_arm = show == "arms" and len(self.arms) == 2
        names = self.arms if by_arm else ("",)
        group = marker_class * 2 + self.arm if len(self.arms) == 2 else marker_class
        shown = self._curves(group if by_arm else marker_class, names * parts)
        rows = estimate_each_at(shown, self.ticks)
        curves = [
            CutCurve(i // len(names), curve.group, curve, tuple(rows[i])) for i, curve in enumerate(shown)
        ]
        sizes = np.bincount(marker_class, minlength=parts)
        at_risk, events = self._count(group, parts)
        chisq, df = _log_rank(at_risk.sum(axis=0), events.sum(axis=0))
        effects: tuple[ClassEffect, ...] = ()
        interaction, interaction_df = None, 0
        if len(self.arms) == 2:
            n, d = (at_risk[0], at_risk[1]), (events[0], events[1])
            fits = fit_strata(self.steps, n, d)
            effects = self._effects(fits.separate, sizes, events)
            if int(fits.df) > 0:
                interaction, interaction_df = float(fits.chisq), int(fits.df)
        return CutFrame(
            cuts=tuple(float(cut) for cut in cuts),
            sizes=tuple(int(size) for size in sizes),
            curves=tuple(curves),
            class_chisq=chisq,
            class_df=df,
            class_p=None if chisq is None else chi_square_p(chisq, df),
            effects=effects,
            interaction_chisq=interaction,
            interaction_df=interaction_df,
            interaction_p=None if interaction is None else chi_square_p(interaction, interaction_df),
        )

    def _curves(self, group: Counts, labels: Sequence[str]) -> list[SurvivalCurve]:
        order = np.argsort(group.astype(np.int8), kind="stable")  # few values: sorted by counting
        edges = np.searchsorted(group[order], np.arange(len(labels) + 1))
        entries: list[Floats | None] = [None] * len(labels)
        if self.entry is not None:
            entered = self.entry[order]
            entries = [np.sort(entered[i:j]) for i, j in pairwise(edges.tolist())]
        return estimate_sorted_parts(
            self.days[order],
            self.event[order],
            edges,
            entries,
            labels=labels,
            interval=self.interval,
            level=self.level,
        )

    def _count(self, group: Counts, parts: int) -> tuple[Floats, Floats]:
        """At risk and events by arm (all in the first, without arms), class and event day."""
        arms, days = max(len(self.arms), 1), len(self.event_days)
        start = group * (days + 1)

        def still(place: Counts) -> Floats:
            count = np.bincount(start + place, minlength=arms * parts * (days + 1))
            return np.asarray(
                count.reshape(parts, arms, -1)[..., :0:-1].cumsum(axis=-1)[..., ::-1].astype(np.float64)
            )

        at_risk = still(self.last_at_risk)
        if self.not_entered is not None:
            at_risk -= still(self.not_entered)
        dead = (start + self.last_at_risk)[self.event] - 1
        events = np.bincount(dead, minlength=arms * parts * (days + 1)).reshape(parts, arms, -1)
        return at_risk.swapaxes(0, 1), events[..., :days].swapaxes(0, 1).astype(np.float64)

    def _effects(self, fits: TwoGroupFits, sizes: Counts, events: Floats) -> tuple[ClassEffect, ...]:
        z = normal_quantile(self.level)
        effects = []
        for c in range(len(fits.beta)):
            size, dead = int(sizes[c]), int(events[:, c].sum())
            if not fits.finite[c]:
                why = _("no event") if not dead else _("all events, or none, are in one arm")
                effects.append(ClassEffect(c, size, dead, None, None, None, None, why))
                continue
            beta, se = float(fits.beta[c]), float(fits.se[c])
            low, high = math.exp(beta - z * se), math.exp(min(beta + z * se, 700.0))
            effects.append(ClassEffect(c, size, dead, math.exp(beta), low, high, normal_p(beta / se)))
        return tuple(effects)


def classify(marker: Floats, cuts: Sequence[float]) -> Counts:
    """The class of each value by rising cuts: above the last cut, from an earlier one on, or below."""
    result = (marker > cuts[-1]).astype(np.int64)
    for cut in cuts[:-1]:
        result += marker >= cut
    return result


def build_live_cut(
    times: SurvivalTimes,
    marker: Floats,
    *,
    ticks: Sequence[float],
    interval: Interval = "log-log",
    level: float = 0.95,
) -> LiveCut:
    """Prepare the cutting of a marker (one value per patient, NaN where there is none).

    Arms are the groups of `times` when there are two; with none, or in a blinded study, only classes are
    compared. Raises `AppError` when nobody has the marker, or for more than two groups.
    """
    if len(times.levels) > 2:
        raise AppError(
            _("The live cut compares two arms; {name} has {count} groups.").format(
                name=times.group.name if times.group else "", count=len(times.levels)
            )
        )
    known = ~np.isnan(marker)
    if times.group is not None:
        known &= times.group.codes >= 0
    if not known.any():
        raise AppError(_("No patient has a value of the marker."))
    used, values = times.rows(known), marker[known]
    order = np.argsort(used.days, kind="stable")
    used, values = used.rows(order), values[order]
    event_days, events = np.unique(used.days[used.event], return_counts=True)
    return LiveCut(
        days=used.days,
        event=used.event,
        entry=used.entry,
        marker=values,
        arm=used.group.codes if used.group is not None else np.zeros(0, np.int64),
        arms=used.levels,
        event_days=event_days,
        last_at_risk=np.searchsorted(event_days, used.days, side="right"),
        not_entered=None if used.entry is None else np.searchsorted(event_days, used.entry, side="right"),
        steps=Steps.of(events),
        ticks=tuple(float(day) for day in ticks),
        interval=interval,
        level=level,
        without_marker=times.n - used.n,
    )


def _log_rank(at_risk: Floats, events: Floats) -> tuple[float | None, int]:
    """The log-rank chi-square of the rows against each other, a column per event day."""
    n, d = np.add.reduce(at_risk), np.add.reduce(events)
    share = at_risk / np.maximum(n, 1)
    expected = share @ d
    used = np.flatnonzero(expected > 0)
    df = max(len(used) - 1, 0)
    if df < 1:
        return None, df
    weighted = share * (d * (n - d) / np.maximum(n - 1, 1))
    variance = np.diag(np.add.reduce(weighted, axis=1)) - weighted @ share.T
    rest = used[1:]
    block = variance[np.ix_(rest, rest)]
    difference = (np.add.reduce(events, axis=1) - expected)[rest]
    if df == 1:
        return (float(difference[0] ** 2 / block[0, 0]), 1) if block[0, 0] > 1e-12 else (None, 1)
    if np.linalg.matrix_rank(block, hermitian=True) < df:
        return None, df
    return float(difference @ np.linalg.solve(block, difference)), df
