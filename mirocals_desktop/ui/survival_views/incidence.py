"""Cumulative incidence of each kind of event, when others than the endpoint's can come first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mirocals_desktop.analysis.competing import IncidenceCurve, estimate_incidence
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival_steps import ShownSteps, StepCurve, day_text
from mirocals_desktop.ui.plots.survival_words import days_text, decimal_text, estimate_text, group_name
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.survival_views.plot_over_table import PlotOverTable
from mirocals_desktop.ui.table import Column
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.theme import POOLED, DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint import EndpointTable
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot

_DASHES: Final = ((), (7.0, 3.0), (2.0, 2.0), (7.0, 3.0, 2.0, 3.0))


@dataclass(frozen=True, eq=False)
class IncidenceFound:
    """A curve per group and cause; causes with their names, those of the endpoint marked."""

    curves: tuple[IncidenceCurve, ...]
    names: dict[str, str]
    counted: frozenset[str]


class IncidenceView(PlotOverTable[IncidenceFound]):
    """Aalen-Johansen curves by group and kind of event."""

    code: ClassVar[str] = "incidence"

    @override
    def build(self, body: QWidget) -> None:
        self.arrange(body, plot=_("Cumulative incidence"), table=_("Cumulative incidence"))

    @override
    def refusal(self, answer: Answer) -> str:
        assert answer.analysis is not None
        table = answer.analysis.endpoint
        causes = {cause for cause in table.cause if cause}
        if not causes:
            return _("There is no event: the incidence is 0.")
        if len(causes) == 1:
            return _(
                "No competing events: every event of “{endpoint}” is of one kind, and its cumulative "
                "incidence is 1 − survival."
            ).format(endpoint=table.endpoint_label)
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], IncidenceFound]:
        analysis, snapshot = answer.analysis, answer.design.snapshot
        assert analysis is not None
        return lambda _report: derive_incidence(snapshot, analysis)

    @override
    def show_found(self, answer: Answer, found: IncidenceFound) -> None:
        analysis = answer.analysis
        assert analysis is not None
        others = [name for code, name in found.names.items() if code not in found.counted]
        if others:
            text = _("Competing with {endpoint}: {causes}.")
        else:
            text = _("The kinds of event that make up {endpoint}: {causes}.")
        self.summary.setText(
            text.format(
                endpoint=analysis.endpoint.endpoint_label,
                causes=", ".join(others or found.names.values()),
            )
        )
        note = _(
            "Aalen–Johansen: the probability of having had this kind of event first; limits by the "
            "infinitesimal jackknife (R: survfit with a factor as status)."
        )
        last = float(analysis.endpoint.horizon or max(curve.days[-1] for curve in found.curves))
        self.plot.show_steps(
            ShownSteps(
                _steps(found, analysis, answer.styles, last),
                _("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
                _("Cumulative incidence"),
                last,
                None if analysis.endpoint.horizon is None else last,
                day_text(last),
            )
        )
        self.tell_conventions(answer, note)
        self.table.show_columns(incidence_columns(found, last))

    @override
    def sentence(self, pointer: Pointer | None) -> str:
        """Every incidence on the day that the pointer is on."""
        day = self.plot.day_at(pointer)
        if day is None or self.found is None:
            return ""
        parts = []
        for curve in self.found.curves:
            value, lower, upper = curve.at(day)
            told = _("not estimable") if value is None else estimate_text(value, lower, upper, 3)
            parts.append(f"{_name(curve, self.found)} {told}")
        return _("day {day}: {groups}").format(day=days_text(day), groups="; ".join(parts))


def derive_incidence(snapshot: Snapshot, analysis: StudySurvival) -> IncidenceFound:
    """The curves from the causes that stopped the patients' time."""
    table: EndpointTable = analysis.endpoint
    of = dict(zip(table.patients, table.cause, strict=True))
    causes = [of[patient] for patient in analysis.times.patients]
    protocol = snapshot.protocol
    names = {}
    for code in dict.fromkeys(filter(None, causes)):
        event = protocol.event(code)
        names[code] = str(event.label) if event is not None else code
    rule = protocol.endpoint(table.endpoint)
    curves = estimate_incidence(analysis.times, causes, interval=analysis.result.options.interval)
    return IncidenceFound(tuple(curves), names, frozenset(rule.events if rule is not None else ()))


def _name(curve: IncidenceCurve, found: IncidenceFound) -> str:
    cause = found.names[curve.cause]
    return f"{curve.group}, {cause}" if curve.group else cause


def _steps(
    found: IncidenceFound, analysis: StudySurvival, styles: Sequence[DataStyle], last: float
) -> tuple[StepCurve, ...]:
    """The colour is the group's, the dashes are the cause's."""
    groups = {group.label: style for group, style in zip(analysis.result.groups, styles, strict=False)}
    places = {code: place for place, code in enumerate(found.names)}
    steps = []
    for curve in found.curves:
        dashes = _DASHES[places[curve.cause] % len(_DASHES)]
        line = Qt.PenStyle.CustomDashLine if dashes else Qt.PenStyle.SolidLine
        style = DataStyle(groups.get(curve.group, POOLED).colour, line, dashes)
        days = np.concatenate(([0.0], curve.days))
        heights = np.concatenate(([0.0], curve.incidence))
        keep = days <= last
        steps.append(StepCurve(_name(curve, found), style, days[keep], heights[keep]))
    return tuple(steps)


def incidence_columns(found: IncidenceFound, day: float) -> list[Column]:
    """Every group and cause at the end of the axis."""
    curves = found.curves
    values = [curve.at(min(day, float(curve.days[-1]))) for curve in curves]

    return [
        Column("group", _("Group"), np.array([group_name(curve.group) for curve in curves], dtype=object)),
        Column("cause", _("Event"), np.array([found.names[curve.cause] for curve in curves], dtype=object)),
        Column(
            "part",
            _("Part of the endpoint"),
            np.array(
                [_("yes") if curve.cause in found.counted else _("competing") for curve in curves],
                dtype=object,
            ),
        ),
        Column("events", _("Events"), numbers([float(curve.events.sum()) for curve in curves]), 0),
        Column(
            "incidence",
            _("Incidence on day {day}").format(day=decimal_text(day, 0)),
            numbers([value[0] for value in values]),
            4,
        ),
        Column("lower", _("Lower limit"), numbers([value[1] for value in values]), 4),
        Column("upper", _("Upper limit"), numbers([value[2] for value in values]), 4),
    ]
