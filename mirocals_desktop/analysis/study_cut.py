"""A study's marker made ready to be cut: who has which value, where a cut may stand, and what it settles at.

While a cut moves, `LiveCut.frame` counts. When it rests, `settle` fits the same quantities by the full
analysis (R: `coxph`, `survdiff`, `survfit` of each class), which then is what is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mirocals_desktop.analysis.cut_point import CutScan, scan_cuts
from mirocals_desktop.analysis.distributions import normal_p, normal_quantile
from mirocals_desktop.analysis.endpoint import EndpointTable
from mirocals_desktop.analysis.groups import POOLED, derive_classes
from mirocals_desktop.analysis.kaplan_meier import Interval, estimate_at, estimate_curve
from mirocals_desktop.analysis.live_cut import (
    ClassEffect,
    CutCurve,
    CutFrame,
    LiveCut,
    build_live_cut,
    classify,
)
from mirocals_desktop.analysis.log_rank import compare_groups
from mirocals_desktop.analysis.primary import Primary, compare_primary
from mirocals_desktop.analysis.study_survival import build_study_times
from mirocals_desktop.analysis.subgroups import estimate_subgroups
from mirocals_desktop.analysis.times import Factor, Floats, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True)
class StudyCut:
    """A marker with its patients. A cut may stand above `lowest` and below `highest`.

    `pinned` are the protocol's cuts, `class_labels` its names for the classes that they all make together.
    `primary` is None without two arms.
    """

    marker: str
    label: str
    unit: str
    decimals: int
    pinned: tuple[float, ...]
    class_labels: tuple[str, ...]
    lowest: float
    highest: float
    assay_low: float | None
    live: LiveCut = field(repr=False)
    times: SurvivalTimes = field(repr=False)
    values: Floats = field(repr=False)
    primary: Primary | None
    notes: tuple[str, ...]

    def is_pinned(self, cuts: Sequence[float]) -> bool:
        """Whether these cuts are the protocol's: all of them, or one alone."""
        return tuple(cuts) == self.pinned or (len(cuts) == 1 and cuts[0] in self.pinned)

    def holds(self, cut: float) -> bool:
        """Whether a cut may stand just there."""
        return self.lowest < cut < self.highest

    def start(self) -> tuple[float, ...]:
        """Where cuts stand at first: the protocol's, two at most, or the median where none of them may."""
        planned = tuple(cut for cut in self.pinned if self.holds(cut))[:2]
        return planned or (self.place(float(np.median(self.live.marker))),)

    def place(self, cut: float) -> float:
        """The nearest place where a cut may stand, rounded as the marker is written."""
        low, high = _written_above(self.lowest, self.decimals), _written_below(self.highest, self.decimals)
        return min(max(round(cut, self.decimals), low), high)

    def step(self, cut: float, patients: int) -> float:
        """The cut moved up (or down) until about so many further patients lie on its other side."""
        known = np.unique(self.live.marker)
        known = known[(known >= self.lowest) & (known < self.highest)]
        if not len(known):
            return self.place(cut)
        if patients > 0:
            above = np.sort(self.live.marker[self.live.marker > cut])
            target = float(above[min(patients, len(above)) - 1]) if len(above) else float(known[-1])
        else:
            below = np.sort(self.live.marker[self.live.marker < cut])
            target = float(below[-min(-patients, len(below))]) if len(below) else float(known[0])
        return self.place(target)


def build_study_cut(
    snapshot: Snapshot,
    table: EndpointTable,
    *,
    variable: str = "",
    ticks: Sequence[float],
    interval: Interval = "log-log",
) -> StudyCut:
    """The marker `variable` (the first that the protocol makes classes of) of the patients of `table`.

    Arms are compared where they are visible and two; else only the classes, all patients together. Raises
    `AppError` when the protocol has no classes, or nobody has a value.
    """
    classes = (
        snapshot.protocol.classes_of(variable) if variable else next(iter(snapshot.protocol.classes), None)
    )
    if classes is None:
        raise AppError(_("The protocol makes no classes of a marker."))
    marker = snapshot.protocol.variable(classes.variable)
    assert marker is not None
    found = derive_classes(snapshot, classes.variable, patients=table.patients)
    by = codes.ARM if snapshot.arms_visible else POOLED
    times, _grouping = build_study_times(snapshot, table, by=by)
    if len(times.levels) != 2:
        times = replace(times, group=None)
    below = [x for x, sign in zip(found.value, found.qualifier, strict=True) if sign == "<"]
    above = [x for x, sign in zip(found.value, found.qualifier, strict=True) if sign == ">"]
    lowest = max([*below, marker.assay.low or 0.0, math.ulp(0.0)])
    highest = min([*above, marker.assay.high or math.inf, float(np.nanmax(found.value, initial=-math.inf))])
    live = build_live_cut(times, found.value, ticks=ticks, interval=interval)
    if not lowest < highest:
        raise AppError(
            _("{marker} cannot be cut: its values do not reach beyond the assay’s limits.").format(
                marker=marker.label
            )
        )
    notes = []
    if live.without_marker:
        notes.append(
            ngettext(
                "{count} patient has no value of {marker} and is in no class.",
                "{count} patients have no value of {marker} and are in no class.",
                live.without_marker,
            ).format(count=live.without_marker, marker=marker.label)
        )
    return StudyCut(
        marker=classes.variable,
        label=str(marker.label),
        unit=marker.unit,
        decimals=marker.decimals,
        pinned=classes.cuts,
        class_labels=tuple(str(label) for label in classes.labels),
        lowest=lowest,
        highest=highest,
        assay_low=marker.assay.low,
        live=live,
        times=times,
        values=found.value,
        primary=compare_primary(times),
        notes=tuple(notes),
    )


def settle(cut: StudyCut, cuts: Sequence[float]) -> CutFrame:
    """What `cut.live.frame(cuts)` shows, by the full analysis instead of by counting."""
    live = cut.live
    known = ~np.isnan(cut.values)
    if cut.times.group is not None:
        known &= cut.times.group.codes >= 0
    times, values = replace(cut.times.rows(known), strata=None), cut.values[known]
    index = classify(values, cuts)
    parts = len(cuts) + 1
    labels = tuple(str(part) for part in range(parts))
    curves = []
    arms = times.levels if len(times.levels) == 2 else ("",)
    for part in range(parts):
        for number, arm in enumerate(arms):
            chosen = index == part
            if arm and times.group is not None:
                chosen &= times.group.codes == number
            curve = estimate_curve(times.rows(chosen), label=arm, interval=live.interval, level=live.level)
            curves.append(CutCurve(part, arm, curve, tuple(estimate_at(curve, live.ticks))))
    classes = Factor("class", index, labels)
    test = compare_groups(replace(times, group=classes.rows(np.ones(times.n, np.bool_))))
    effects: tuple[ClassEffect, ...] = ()
    chisq, df, p = None, 0, None
    if len(times.levels) == 2:
        table = estimate_subgroups(times, [classes])
        effects = tuple(
            ClassEffect(
                part,
                sum(row.n),
                sum(row.events),
                row.hr,
                row.lower,
                row.upper,
                _wald_p(row.hr, row.lower, live.level),
                row.reason,
            )
            for part, row in enumerate(table.rows[1:])
        )
        interaction = table.interactions[0]
        chisq, df, p = interaction.chisq, interaction.df, interaction.p
    return CutFrame(
        cuts=tuple(float(value) for value in cuts),
        sizes=tuple(int(size) for size in np.bincount(index, minlength=parts)),
        curves=tuple(curves),
        class_chisq=test.chisq,
        class_df=test.df,
        class_p=test.p,
        effects=effects,
        interaction_chisq=chisq,
        interaction_df=df,
        interaction_p=p,
    )


def scan_study(cut: StudyCut, *, permutations: int, report: Report = ignore) -> CutScan:
    """Every cut that may stand, by what it parts: the arms' hazard ratios, or survival without arms.

    Raises `AppError` where no cut can be tested.
    """
    return scan_cuts(
        cut.live,
        target="interaction" if len(cut.live.arms) == 2 else "marker",
        lowest=cut.lowest,
        highest=cut.highest,
        permutations=permutations,
        report=report,
    )


def _wald_p(hr: float | None, lower: float | None, level: float) -> float | None:
    """The p that goes with Wald limits of a ratio."""
    if not hr or not lower:
        return None
    se = (math.log(hr) - math.log(lower)) / normal_quantile(level)
    return normal_p(math.log(hr) / se) if se > 0 else None


def _written_above(value: float, decimals: int) -> float:
    """The smallest written value that lies above."""
    return float((math.floor(value * 10**decimals + 1e-9) + 1) / 10**decimals)


def _written_below(value: float, decimals: int) -> float:
    """The largest written value that lies below."""
    return float((math.ceil(value * 10**decimals - 1e-9) - 1) / 10**decimals)
