"""One patient drawn: strips on one axis of study days, from visits and doses down to adverse events.

A strip belongs to the study, not to the patient, so that nothing moves when one goes to the next patient.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from mirocals_desktop.analysis.alsfrs import DEATH_STAGE
from mirocals_desktop.analysis.calendar_days import DAYS_PER_MONTH
from mirocals_desktop.analysis.follow_up import VisitState, state_name
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.canvas import Axes, Canvas, EndLabel, LegendEntry, Look, Pointer, Symbol
from mirocals_desktop.ui.plots.layers import staircase
from mirocals_desktop.ui.plots.patient_scales import (
    class_cuts,
    domain_name,
    sealed_level,
    short_name,
    strip_title,
    value_limits,
)
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.theme import DataStyle
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.patient import PatientRecord

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COURSE: Final = "course"
SCORES: Final = "alsfrs_r"
DOMAINS: Final = "alsfrs_r_domains"
STAGES: Final = "stages"
ADVERSE: Final = "adverse_events"
MEDICATION: Final = "medication"

_INK: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)  # the colour of text
_FAINT: Final = DataStyle(theme.GREY, Qt.PenStyle.SolidLine)
_SLOPE: Final = DataStyle(theme.BLUE, Qt.PenStyle.DashLine, (4.0, 3.0))
_KINGS: Final = DataStyle(theme.BLUE, Qt.PenStyle.SolidLine)
_MITOS: Final = DataStyle(theme.VERMILION, Qt.PenStyle.DashLine, (4.0, 3.0))
_MEDICATION: Final = DataStyle(theme.GREEN, Qt.PenStyle.SolidLine)
_VISITS, _DOSES = 1.0, 0.0
_VISIT_SIGNS: Final[dict[VisitState, tuple[Symbol, DataStyle]]] = {
    VisitState.DONE: ("dot", DataStyle(theme.GREEN, Qt.PenStyle.SolidLine)),
    VisitState.OUTSIDE: ("diamond", DataStyle(theme.ORANGE, Qt.PenStyle.SolidLine)),
    VisitState.MISSED: ("cross", DataStyle(theme.VERMILION, Qt.PenStyle.SolidLine)),
    VisitState.OVERDUE: ("square", DataStyle(theme.VERMILION, Qt.PenStyle.SolidLine)),
    VisitState.DUE: ("ring", DataStyle(theme.BLUE, Qt.PenStyle.SolidLine)),
    VisitState.NOT_EXPECTED: ("ring", _FAINT),
}
_SEVERITIES: Final = (theme.GREY, theme.SKY, theme.ORANGE, theme.VERMILION, theme.PURPLE, "#000000")
"""By the place of a severity among the protocol's choices, mildest first; the first is for none told."""


@dataclass(frozen=True)
class Mark:
    """What the pointer is on: a strip, the item in it, and the observation behind it (0: none)."""

    strip: str
    kind: str
    index: int
    observation: int


class PatientPlot(Canvas):
    """The strips of one patient after another."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("One patient over time"))
        self.wheel_zooms = False  # it lies in an area that the wheel scrolls
        self._strips: dict[str, Axes] = {}
        self._shown: tuple[str, ...] = ()
        self._record: PatientRecord | None = None
        self._observation = 0
        self._ids: dict[tuple[str, str], Ints] = {}
        self.from_onset = True

    def show_strips(self, strips: Sequence[str]) -> None:
        """Show these strips, in this order: the names above, and codes of variables."""
        for name in strips:
            if name not in self._strips:
                axes = self.add_axes(name, stretch=0.7 if name == COURSE else 1.0, title_place="corner")
                axes.own_ticks = name == COURSE  # days are read at the top, too, when the rest is scrolled
                self._strips[name] = axes
        self._shown = tuple(strips)
        self.arrange_axes([self._strips[name] for name in strips])
        self._draw()

    def show_patient(self, record: PatientRecord, *, x_title: str) -> None:
        """Draw a patient."""
        self._record = record
        self.empty_text = ""
        low, high = record.span()
        horizon = record.study.options.horizon_days
        low = min(low, 0.0)
        if self.from_onset and not math.isnan(record.onset_day):
            low = min(low, record.onset_day)
        high = max(high, float(horizon or 0))
        room = max((high - low) * 0.02, 1.0)
        self.set_x(x_title, limits=(low - room, high + room), whole="whole")
        self._draw()

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._record = None
        self.empty_text = why
        self.set_legend([])
        with self.drawing():
            pass

    def mark_observation(self, observation: int) -> None:
        """Put a ring around a value; 0 takes it away."""
        if observation != self._observation:
            self._observation = observation
            self._draw()

    def strip_place(self, observation: int) -> tuple[int, int]:
        """Top and bottom of the strip that shows an observation, in pixels; (0, 0) when none does."""
        for (name, _layer), ids in self._ids.items():
            if name in self._shown and observation > 0 and (ids == observation).any():
                rect = self._strips[name].rect
                return round(rect.top()), round(rect.bottom())
        return 0, 0

    def strip_tops(self) -> list[float]:
        """Where the strips begin that are shown, with their titles, down the view."""
        line = QFontMetricsF(self.font()).height()
        return [axes.rect.top() - line - 4 for axes in self.shown_axes]

    def mark(self, pointer: Pointer | None) -> Mark | None:
        """What the pointer is on; None when it is on nothing."""
        if pointer is None or pointer.index < 0:
            return None
        ids = self._ids.get((pointer.axes, pointer.layer))
        observation = int(ids[pointer.index]) if ids is not None else 0
        return Mark(pointer.axes, pointer.layer, pointer.index, observation)

    def _draw(self) -> None:
        record = self._record
        if record is None:
            return
        self._ids = {}
        self.set_legend(self._legend_of(record))
        with self.drawing():
            for name in self._shown:
                axes = self._strips[name]
                if name == COURSE:
                    self._draw_course(axes, record)
                elif name == SCORES:
                    self._draw_total(axes, record)
                elif name == DOMAINS:
                    self._draw_domains(axes, record)
                elif name == STAGES:
                    self._draw_stages(axes, record)
                elif name == ADVERSE:
                    self._draw_adverse(axes, record)
                elif name == MEDICATION:
                    self._draw_medication(axes, record)
                else:
                    self._draw_series(axes, record, name)
                self._draw_guides(axes, record, first=name == self._shown[0])

    def _draw_guides(self, axes: Axes, record: PatientRecord, *, first: bool) -> None:
        """The horizon and the events, through all strips, named in the first."""
        horizon = record.study.options.horizon_days
        axes.vertical_guide("origin", 0.0)
        if self.from_onset and not math.isnan(record.onset_day):
            axes.vertical_guide("onset", record.onset_day, _("onset") if first else "")
        if horizon is not None:
            text = _("horizon {day}").format(day=number_text(horizon, 0)) if first else ""
            axes.vertical_guide("horizon", float(horizon), text)
        names = {event.code: str(event.label) for event in record.study.protocol.events}
        for event, day in zip(record.study.events["event"], record.study.events["day"], strict=True):
            if not math.isnan(day):
                text = f"{names.get(event, event)} {number_text(day, 0)}" if first else ""
                axes.vertical_guide(f"event.{event}", float(day), text, style=_INK)

    def _draw_course(self, axes: Axes, record: PatientRecord) -> None:
        levels = [(_VISITS, _("Visits"))]
        if len(record.dose_day):
            levels.append((_DOSES, _("Doses")))
        axes.set_y(_("Visits and doses"), limits=(-0.6, 1.9), names=levels)
        visits = record.visits
        ended = np.isin(visits.state, (VisitState.DIED, VisitState.WITHDRAWN))
        planned = np.flatnonzero(~np.isnan(visits.first) & ~np.isnan(visits.last) & ~ended)
        height = np.full(len(planned), _VISITS)
        axes.bars(
            "windows",
            visits.first[planned],
            visits.last[planned],
            height - 0.38,
            height + 0.38,
            Look(_FAINT),
            opacity=0.14,
        )
        states = np.array([int(state) for state in visits.state], dtype=np.int64)
        visit_ids = self._visit_ids(record)
        for state, (symbol, style) in _VISIT_SIGNS.items():
            rows = np.flatnonzero((states == state) & ~np.isnan(visits.day))
            key = f"visit.{int(state)}"
            self._points(
                axes,
                key,
                visits.day[rows],
                np.full(len(rows), _VISITS),
                rows,
                Look(style, 1.4),
                symbol,
                7,
            )
            self._ids[axes.name, key] = visit_ids[rows]
        self._points(
            axes,
            "dose",
            record.dose_day,
            np.full(len(record.dose_day), _DOSES),
            record.dose_id,
            Look(DataStyle(theme.BLUE, Qt.PenStyle.SolidLine), 1.6),
            "tick",
            10,
        )

    def _draw_total(self, axes: Axes, record: PatientRecord) -> None:
        axes.set_y(_("ALSFRS-R total"), limits=(0, 48), names=[(0, "0"), (24, "24"), (48, "48")])
        scores = record.scores
        axes.lines("line", scores.day, scores.total, Look(_INK, 1.0))
        self._points(axes, "value", scores.day, scores.total, scores.id, Look(_INK), "dot", 6)
        self._ring(axes, scores.day, scores.total, scores.id)
        lines = record.course.lines
        known = scores.day[~np.isnan(scores.total)]
        if lines.whole.count < 2 or math.isnan(lines.whole.slope):
            return
        for key, line, low, high in (
            ("slope.before", lines.before, float(known.min()), 0.0),
            ("slope.after", lines.after, 0.0, float(known.max())),
        ):
            if line.count > 1 and not math.isnan(line.slope) and low < high:
                ends = np.array([low, high])
                level = line.intercept + line.slope * ends / DAYS_PER_MONTH
                axes.lines(key, ends, level, Look(_SLOPE, 1.2))
        last = scores.total[~np.isnan(scores.total)][-1]
        text = _("{slope} a month").format(slope=number_text(lines.whole.slope, 2).replace("-", MINUS))
        axes.end_labels([EndLabel(float(last), text, _INK)])

    def _draw_domains(self, axes: Axes, record: PatientRecord) -> None:
        axes.set_y(_("ALSFRS-R domains"), limits=(0, 12), names=[(0, "0"), (6, "6"), (12, "12")])
        labels = []
        for number, (domain, values) in enumerate(record.scores.domains.items()):
            style = theme.group_style(number)
            axes.lines(f"line.{domain}", record.scores.day, values, Look(style, 1.6))
            self._points(
                axes, f"value.{domain}", record.scores.day, values, record.scores.id, Look(style), "dot", 4.5
            )
            known = values[~np.isnan(values)]
            if len(known):
                labels.append(EndLabel(float(known[-1]), domain_name(domain), style))
        axes.end_labels(labels)

    def _draw_series(self, axes: Axes, record: PatientRecord, code: str) -> None:
        protocol = record.study.protocol
        variable = protocol.variable(code)
        if variable is None:
            return
        series = record.series.get(code)
        open_values = series is not None and bool((~series.sealed).any())
        cuts = class_cuts(protocol, code)
        axes.set_y(
            strip_title(variable),
            log="log" if variable.log_axis and open_values else "linear",
            limits=value_limits(series, cuts) if series is not None and open_values else (0.0, 1.0),
            names=None if open_values else (),
        )
        if series is None:
            return
        if open_values:
            for cut in cuts:
                axes.horizontal_guide(f"cut.{cut}", cut, number_text(cut))
        value = series.value
        axes.lines("line", series.day[~series.sealed], value[~series.sealed], Look(_INK, 1.0))
        for key, which, symbol, size in (
            ("value", ~(series.below | series.above | series.sealed), "dot", 6.0),
            ("below", series.below & ~series.sealed, "below", 8.0),
            ("above", series.above & ~series.sealed, "above", 8.0),
        ):
            rows = np.flatnonzero(which)
            sign: Symbol = "below" if symbol == "below" else "above" if symbol == "above" else "dot"
            self._points(
                axes, key, series.day[rows], value[rows], series.id[rows], Look(_INK, 1.3), sign, size
            )
        rows = np.flatnonzero(series.sealed)
        days, ids = series.day[rows], series.id[rows]
        # That a value was received, and when: all at one height, below whatever is known.
        level = np.full(len(rows), sealed_level(series, cuts) if open_values else 0.5)
        self._points(axes, "sealed", days, level, ids, Look(_FAINT, 1.4), "square", 6)
        self._ring(axes, series.day, value, series.id)

    def _draw_stages(self, axes: Axes, record: PatientRecord) -> None:
        """King's and MiToS as staircases: a stage lasts until the next assessment."""
        axes.set_y(
            _("Stages"), limits=(-0.4, 5.4), names=[(0, "0"), (1, ""), (2, "2"), (3, ""), (4, "4"), (5, "†")]
        )
        stages = record.course.stages
        death = [time.day for time in record.course.reached if time.stage == DEATH_STAGE]
        labels = []
        for name, values, style, shift in (
            (_("King’s"), stages.kings, _KINGS, 0.06),
            ("MiToS", stages.mitos, _MITOS, -0.06),
        ):
            seen = ~np.isnan(values)
            days, level = stages.day[seen], values[seen]
            if not len(days):
                continue
            key = "kings" if style is _KINGS else "mitos"
            rises = np.append(True, level[1:] != level[:-1])  # a step of no height is a blot on paper
            stairs = (
                np.append(days[rises], death),
                np.append(level[rises], [float(DEATH_STAGE)] * len(death)),
            )
            end = record.last_day if not death and not math.isnan(record.last_day) else days[-1]
            x, y = staircase(
                np.append(stairs[0], max(end, days[-1], stairs[0][-1])),
                np.append(stairs[1], stairs[1][-1]) + shift,
            )
            axes.lines(f"line.{key}", x[:-1], y[:-1], Look(style, 1.6))
            self._points(axes, key, days, level + shift, stages.id[seen], Look(style), "dot", 4.5)
            labels.append(EndLabel(float(stairs[1][-1]) + shift, name, style))
        axes.end_labels(labels)

    def _draw_medication(self, axes: Axes, record: PatientRecord) -> None:
        """Bars named at their beginning; what has not ended goes on to the last known day."""
        taken = record.medications
        lanes = max(int(taken.lane.max(initial=0)) + 1, 3)
        height = lanes - 1 - taken.lane.astype(np.float64)
        names = [
            (float(height[row]), short_name(taken.text[row]))
            for row in range(len(taken))
            if (taken.lane == taken.lane[row]).sum() == 1
        ]
        axes.set_y(_("Medication"), limits=(-0.5, lanes - 0.5), names=names)
        end = np.where(np.isnan(taken.end), max(record.span()[1], 1.0), taken.end)
        stop = np.maximum(end, taken.start + 1)
        axes.bars("bars", taken.start, stop, height - 0.3, height + 0.3, Look(_MEDICATION), opacity=0.5)
        low = self.x_axis.limits[0] if self.x_axis.limits is not None else -math.inf
        self._ids[axes.name, "medication"] = taken.id
        start = np.maximum(taken.start, low)
        axes.areas("medication", start, height, left=start, right=stop, bottom=height - 0.3, top=height + 0.3)

    def _draw_adverse(self, axes: Axes, record: PatientRecord) -> None:
        events = record.adverse_events
        lanes = max(int(events.lane.max(initial=0)) + 1, 3)
        axes.set_y(_("Adverse events (taller: more severe)"), limits=(-0.5, lanes - 0.5), names=())
        end = np.where(
            np.isnan(events.end), max(record.span()[1], float(events.start.max(initial=0))), events.end
        )
        height = lanes - 1 - events.lane.astype(np.float64)
        for severity, colour in enumerate(_SEVERITIES, start=-1):
            rows = np.flatnonzero(events.severity == severity)
            look = Look(DataStyle(colour, Qt.PenStyle.SolidLine))
            stop = np.maximum(end[rows], events.start[rows] + 1)
            half = 0.12 + 0.065 * (severity + 1)  # a second sign, for who sees no colour
            axes.bars(
                f"bars.{severity}",
                events.start[rows],
                stop,
                height[rows] - half,
                height[rows] + half,
                look,
                opacity=0.7,
            )
        serious = np.flatnonzero(events.serious)
        self._points(
            axes,
            "serious",
            events.start[serious],
            height[serious],
            events.id[serious],
            Look(_INK, 1.2),
            "diamond",
            7,
        )
        self._ids[axes.name, "event"] = events.id
        stop = np.maximum(end, events.start + 1)
        axes.areas(
            "event",
            events.start,
            height,
            left=events.start,
            right=stop,
            bottom=height - 0.32,
            top=height + 0.32,
        )

    def _points(
        self,
        axes: Axes,
        key: str,
        x: Floats,
        y: Floats,
        ids: Ints,
        look: Look,
        symbol: Symbol,
        size: float,
    ) -> None:
        self._ids[axes.name, key] = ids
        axes.points(key, x, y, look, symbol=symbol, size=size)

    def _ring(self, axes: Axes, day: Floats, value: Floats, ids: Ints) -> None:
        """The value that is selected."""
        rows = np.flatnonzero((ids == self._observation) & (self._observation > 0))
        accent = DataStyle(theme.ORANGE, Qt.PenStyle.SolidLine)
        axes.points(
            "selected", day[rows], value[rows], Look(accent, 2.2), symbol="ring", size=12, pickable=False, z=2
        )

    def _visit_ids(self, record: PatientRecord) -> Ints:
        """The first observation of each visit; 0 for one without any."""
        own = record.study.observations
        names = own["visit"].to_numpy(dtype=object)
        ids = own["id"].to_numpy(dtype=np.int64)
        first: Mapping[str, int] = dict(zip(names[::-1].tolist(), ids[::-1].tolist(), strict=True))
        return np.array([first.get(code, 0) for code in record.visits.code], dtype=np.int64)

    def _legend_of(self, record: PatientRecord) -> list[LegendEntry]:
        entries = []
        states = set(record.visits.state)
        for state, (symbol, style) in _VISIT_SIGNS.items():
            if state in states and state != VisitState.NOT_EXPECTED:
                entries.append(LegendEntry(state_name(state), style, symbol))
        if ADVERSE in self._shown and len(record.adverse_events):
            variable = record.study.protocol.variable("ae_severity")
            present = set(record.adverse_events.severity.tolist())
            for index, choice in enumerate(variable.choices if variable else ()):
                if index in present:
                    colour = _SEVERITIES[min(index + 1, len(_SEVERITIES) - 1)]
                    style = DataStyle(colour, Qt.PenStyle.SolidLine)
                    entries.append(LegendEntry(str(choice.label), style, "square"))
            if record.adverse_events.serious.any():
                entries.append(LegendEntry(_("serious"), _INK, "diamond"))
        if any(series.below.any() for series in record.series.values()):
            entries.append(LegendEntry(_("below the limit"), _INK, "below"))
        if any(series.sealed.any() for series in record.series.values()):
            entries.append(LegendEntry(_("received, sealed"), _FAINT, "square"))
        return entries
