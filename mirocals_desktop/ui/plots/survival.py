"""Kaplan-Meier curves drawn: steps with bands, censor ticks, medians and horizon, and rows under the ticks.

What is drawn are the arrays of the result, unchanged, and the rows come from the same function that the
result's own rows come from. What the pointer is on is a day, and of which curve: see `Reading`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from typing_extensions import override

from mirocals_desktop.analysis.kaplan_meier import estimate_at
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Canvas, EndLabel, Look, Pointer, Row
from mirocals_desktop.ui.plots.frame import GAP, fonts
from mirocals_desktop.ui.plots.styles import group_styles
from mirocals_desktop.ui.plots.ticks import Tick, tick_text
from mirocals_desktop.ui.theme import POOLED, DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import AtDay, SurvivalCurve
    from mirocals_desktop.analysis.study_survival import StudySurvival

Floats = npt.NDArray[np.float64]

SELECTED: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)  # the colour of text
_MEDIAN_DASHES: Final = (2.0, 3.0)
_CURVES_HEIGHT: Final = 200.0  # pixels that the curves keep for themselves before further rows are shown
_BEFORE: Final = 0.02  # of the axis lies before day 0, so that its numbers below stand clear of their titles
_KINDS: Final = ("at_risk", "events", "censored")


@dataclass(frozen=True, eq=False)
class ShownCurves:
    """What is drawn: one curve, name, style and median (None: not reached) per group.

    `ticks` are the days of the axis when all of it is shown; `horizon` is drawn as a line. `rows` are what is
    known on those days, per curve, when that has been computed already.
    """

    curves: tuple[SurvivalCurve, ...]
    labels: tuple[str, ...]
    styles: tuple[DataStyle, ...]
    medians: tuple[float | None, ...]
    ticks: tuple[float, ...]
    horizon: int | None
    x_title: str
    y_title: str
    rows: tuple[tuple[AtDay, ...], ...] = ()

    @property
    def last(self) -> float:
        """The day at which the axis ends: whatever days have rows, no curve is cut off."""
        return max(self.ticks[-1], self.horizon or 0.0, 1.0, *(curve.last_day for curve in self.curves))


@dataclass(frozen=True)
class Reading:
    """What the pointer is on: a day, and the curve nearest to it (-1: none).

    `kind` is "step" on a day of an event of that curve, "censor" on a censor tick, "" between them.
    """

    day: float
    group: int
    kind: Literal["step", "censor", ""] = ""


class SurvivalPlot(Canvas):
    """The curves of one survival result."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Survival curves"))
        self.axes = self.add_axes("survival")
        self._shown: ShownCurves | None = None
        self._picks: dict[str, Floats] = {}
        self._mark: tuple[float, float] | None = None
        self.names_at_ends = True

    def show_curves(self, shown: ShownCurves) -> None:
        """Draw these curves."""
        self._shown = shown
        self.empty_text = ""
        self._mark = None
        self.set_x(shown.x_title, limits=(-_BEFORE * shown.last, shown.last), whole="whole")
        self.axes.set_y(shown.y_title, limits=(0.0, 1.0))
        self.set_rows(self.rows_at)
        self._draw()

    def update_curves(self, shown: ShownCurves) -> None:
        """Draw other curves of the same groups over the same days, fast enough to follow the mouse."""
        before = self._shown
        if before is None or (before.labels, before.ticks, before.styles, before.horizon) != (
            shown.labels,
            shown.ticks,
            shown.styles,
            shown.horizon,
        ):
            self.show_curves(shown)
            return
        self._shown = shown
        self._mark = None
        with self.redrawing():
            self._draw_layers(shown)

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._shown = None
        self.empty_text = why
        self.set_rows(None)
        self.caption = self.footnote = ""
        self.say("")
        with self.drawing():
            pass

    def mark(self, place: tuple[float, float] | None) -> None:
        """Ring a place on a curve (day, survival): where the selected patient left it."""
        if place != self._mark:
            self._mark = place
            if self._shown is not None:
                self._draw()

    def reading(self, pointer: Pointer | None) -> Reading | None:
        """What the pointer is on."""
        shown = self._shown
        if shown is None or pointer is None or not shown.curves:
            return None
        kind, _dot, group = pointer.layer.partition(".")
        if pointer.index >= 0 and kind in ("step", "censor"):
            day = float(self._picks[pointer.layer][pointer.index])
            return Reading(day, int(group), "step" if kind == "step" else "censor")
        day = float(math.floor(pointer.x + 1e-9))
        if not 0 <= day <= shown.last:
            return None
        heights = [height_at(curve, day) for curve in shown.curves]
        known = [(abs(height - pointer.y), group) for group, height in enumerate(heights) if height == height]
        return Reading(day, min(known)[1] if known else -1)

    def rows_at(self, days: Sequence[float]) -> list[Row]:
        """At risk, events and censored of every group on each day: as many of the three as have room."""
        shown = self._shown
        if shown is None:
            return []
        tables = self._tables(shown, days)
        alone = len(shown.curves) == 1
        rows: list[Row] = []
        for kind in _KINDS[: self._kinds_shown()]:
            if not alone:
                rows.append(Row(row_title(kind)))
            for label, style, table in zip(shown.labels, shown.styles, tables, strict=True):
                texts = tuple(tick_text(getattr(row, kind), 0) for row in table)
                rows.append(Row(row_title(kind) if alone else label, texts, None if alone else style))
        return rows

    def _tables(self, shown: ShownCurves, days: Sequence[float]) -> list[list[AtDay]]:
        place = {day: number for number, day in enumerate(shown.ticks)}
        if shown.rows and all(day in place for day in days):
            return [[rows[place[day]] for day in days] for rows in shown.rows]
        return [estimate_at(curve, list(days)) for curve in shown.curves]

    def _kinds_shown(self) -> int:
        groups = len(self._shown.curves) if self._shown else 1
        line = fonts(self.font())[1].height()
        block = groups + (1 if groups > 1 else 0)
        fit = int((self.view.height() - _CURVES_HEIGHT) / (block * line))
        return min(max(fit, 1), len(_KINDS))

    @override
    def _x_ticks(self, width: float, metrics: QFontMetricsF) -> Sequence[Tick]:
        """The days of the result while everything is shown, so that the horizon is one of them."""
        if self._shown is None or self.x_axis.range != self.x_axis.home:
            return super()._x_ticks(width, metrics)
        widest = metrics.horizontalAdvance(tick_text(self._shown.ticks[-1], 0)) + 1.6 * GAP
        days: Sequence[float] = self._shown.ticks
        apart = min((after - before for before, after in pairwise(days)), default=math.inf)
        low, high = self.x_axis.range
        if apart / (high - low) * width < widest * 0.7:  # each has its room, or some give way
            days = thin_days(days, max(2, int(width / widest) + 1))
        return [Tick(day, tick_text(day, 0)) for day in days]

    def _draw(self) -> None:
        shown = self._shown
        assert shown is not None
        with self.drawing():
            self._draw_layers(shown)
        days = [curve.days[curve.events > 0] for curve in shown.curves]
        self.set_stops(np.unique(np.concatenate(days)).tolist() if days else [])

    def _draw_layers(self, shown: ShownCurves) -> None:
        self._picks = {}
        for group, (curve, style) in enumerate(zip(shown.curves, shown.styles, strict=True)):
            self._draw_curve(group, curve, style)
        self._draw_medians(shown)
        if shown.horizon is not None:
            text = _("day {day}").format(day=tick_text(shown.horizon, 0))
            self.axes.vertical_guide("horizon", shown.horizon, text)
        self.axes.end_labels(
            [
                EndLabel(float(curve.survival[-1]) if len(curve.days) else 1.0, label, style)
                for curve, label, style in zip(shown.curves, shown.labels, shown.styles, strict=True)
                if self.names_at_ends
            ]
        )
        if self._mark is not None:
            day, height = self._mark
            self.axes.points(
                "selected",
                np.array([day]),
                np.array([height]),
                Look(SELECTED, 2.0),
                symbol="ring",
                size=11,
                pickable=False,
                z=4,
            )

    def _draw_curve(self, group: int, curve: SurvivalCurve, style: DataStyle) -> None:
        look = Look(style, 2.0)
        axes = self.axes
        axes.band(f"band.{group}", curve.days, curve.lower, curve.upper, look, stepped=True)
        days, survival = np.concatenate(([0.0], curve.days)), np.concatenate(([1.0], curve.survival))
        axes.stairs(f"curve.{group}", days, survival, look)
        censored, events = curve.censored > 0, curve.events > 0
        if censored.any():
            key = f"censor.{group}"
            self._picks[key] = curve.days[censored]
            axes.points(
                key, curve.days[censored], curve.survival[censored], Look(style, 1.4), symbol="tick", size=9
            )
        if events.any():
            key = f"step.{group}"
            self._picks[key] = curve.days[events]
            axes.targets(key, curve.days[events], curve.survival[events])

    def _draw_medians(self, shown: ShownCurves) -> None:
        """A level line at one half to the last median, and a line from each median down to its day."""
        reached = [median for median in shown.medians if median is not None]
        if not reached:
            return
        level = DataStyle(SELECTED.colour, Qt.PenStyle.CustomDashLine, _MEDIAN_DASHES)
        half = np.array([0.5, 0.5])
        self.axes.lines("half", np.array([0.0, max(reached)]), half, Look(level, 1.0, 0.5), z=0)
        for group, (median, style) in enumerate(zip(shown.medians, shown.styles, strict=True)):
            if median is not None:
                dashed = DataStyle(style.colour, Qt.PenStyle.CustomDashLine, _MEDIAN_DASHES)
                down = np.array([0.5, 0.0])
                self.axes.lines(f"median.{group}", np.array([median, median]), down, Look(dashed, 1.0), z=0)


def height_at(curve: SurvivalCurve, day: float) -> float:
    """The height of a curve on a day; NaN after its last follow-up."""
    survival = curve.survival_at(day)[0]
    return math.nan if survival is None else survival


def curve_styles(analysis: StudySurvival) -> tuple[DataStyle, ...]:
    """The style of each curve that is shown, by its group."""
    grouping = analysis.grouping
    if grouping is None or not analysis.result.groups:
        return (POOLED,)
    of = dict(zip(grouping.labels, group_styles(grouping), strict=True))
    return tuple(of[group.label] for group in analysis.result.groups)


def patients_on(analysis: StudySurvival, reading: Reading) -> list[str]:
    """The patients whose time stops on a day: by the event on a step, without it on a censor tick."""
    times = analysis.times
    chosen = times.days == reading.day
    if reading.kind == "step":
        chosen &= times.event
    elif reading.kind == "censor":
        chosen &= ~times.event
    if reading.group >= 0 and times.group is not None:
        chosen &= times.group.codes == reading.group
    return [times.patients[row] for row in np.flatnonzero(chosen)]


def place_of(analysis: StudySurvival, patient: str) -> tuple[float, float] | None:
    """Day and height at which a patient leaves the curve that is shown."""
    times = analysis.times
    if patient not in times.patients:
        return None
    row = times.patients.index(patient)
    group = int(times.group.codes[row]) if times.group is not None else 0
    if group < 0:
        return None
    day = float(times.days[row])
    return day, height_at((analysis.result.groups or (analysis.result.overall,))[group].curve, day)


def row_title(kind: str) -> str:
    """What a row below the axis counts."""
    return {"at_risk": _("At risk"), "events": _("Events"), "censored": _("Censored")}[kind]


def thin_days(days: Sequence[float], most: int) -> list[float]:
    """At most `most` of the days, evenly, the first and the last among them."""
    for every in range(1, len(days) + 1):
        kept = list(days[:-1:every])
        if len(kept) > 1 and days[-1] - kept[-1] < 0.6 * (kept[1] - kept[0]):
            kept.pop()
        if len(kept) + 1 <= most:
            return [*kept, days[-1]]
    return [days[0], days[-1]]
