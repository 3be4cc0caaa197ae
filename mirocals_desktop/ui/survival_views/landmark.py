"""Landmark analysis: those still followed on a day, compared from that day on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mirocals_desktop.analysis.study_landmark import analyse_landmark, landmark_days
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival_steps import ShownSteps, StepCurve, day_text
from mirocals_desktop.ui.plots.survival_words import (
    days_text,
    group_name,
    hazard_ratio_text,
    log_rank_text,
    reading_sentence,
    survival_text,
)
from mirocals_desktop.ui.survival_views.day_field import DayField
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.survival_views.plot_over_table import PlotOverTable
from mirocals_desktop.ui.table import Column
from mirocals_desktop.ui.theme import POOLED
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
    from mirocals_desktop.analysis.survival import GroupResult, SurvivalResult
    from mirocals_desktop.progress import Report
    from mirocals_desktop.ui.theme import DataStyle


@dataclass(frozen=True, eq=False)
class LandmarkFound:
    """The analysis of those followed beyond the day, from which its days count; None with the reason."""

    day: int
    result: SurvivalResult | None
    why: str = ""


class LandmarkView(PlotOverTable[LandmarkFound]):
    """Curves from the landmark on."""

    code: ClassVar[str] = "landmark"

    @override
    def build(self, body: QWidget) -> None:
        self.day = DayField("survival.landmark.day", _("Landmark day"), body)
        self.day.changed.connect(self.start)
        self.arrange(
            body,
            plot=_("Survival from the landmark on"),
            table=_("Groups from the landmark on"),
            control=self.day,
            heights=(360, 130),
        )

    @override
    def refusal(self, answer: Answer) -> str:
        assert answer.analysis is not None
        try:
            usual, last = landmark_days(answer.analysis)
        except AppError as error:
            return error.message
        self.day.offer(last, usual)
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], LandmarkFound]:
        analysis, day = answer.analysis, self.day.day
        assert analysis is not None

        def find(report: Report) -> LandmarkFound:
            try:
                return LandmarkFound(day, analyse_landmark(analysis, day, report))
            except AppError as error:
                return LandmarkFound(day, None, f"{error.message} {error.hint}".strip())

        return find

    @override
    def show_found(self, answer: Answer, found: LandmarkFound) -> None:
        result, analysis = found.result, answer.analysis
        assert analysis is not None
        if result is None:
            self.empty(found.why)
            return
        self.summary.setText("\n".join(summary_lines(result)))
        note = _(
            "Only patients still followed after day {day}; who had the event or was censored by then is left "
            "out ({count}). Groups are compared from there on, as they were formed at day 0."
        ).format(day=found.day, count=number_text(analysis.times.n - result.times.n, 0))
        styles = {g.label: s for g, s in zip(analysis.result.groups, answer.styles, strict=False)}
        groups = _groups(result)
        steps = tuple(
            _moved(group.curve, found.day, group_name(group.label), styles.get(group.label, POOLED))
            for group in groups
        )
        last = found.day + max(row.day for row in result.overall.at)
        self.plot.show_steps(
            ShownSteps(
                steps,
                _("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
                _("Survival from day {day} on").format(day=found.day),
                last,
                float(found.day),
                day_text(found.day),
            )
        )
        self.tell_conventions(answer, note)
        self.table.show_columns(group_columns(result, found.day))

    @override
    def chosen(self) -> dict[str, Any]:
        return {} if self.found is None else {"landmark": self.found.day}

    @override
    def sentence(self, pointer: Pointer | None) -> str:
        """Every group on the day that the pointer is on, counted from day 0."""
        day, found = self.plot.day_at(pointer), self.found
        if day is None or found is None or found.result is None or day < found.day:
            return ""
        told = reading_sentence([g.curve for g in _groups(found.result)], day - found.day, 0)
        return _("study day {day}, counted from the landmark {reading}").format(
            day=days_text(day), reading=told
        )


def _groups(result: SurvivalResult) -> tuple[GroupResult, ...]:
    return result.groups or (result.overall,)


def _moved(curve: SurvivalCurve, day: int, label: str, style: DataStyle) -> StepCurve:
    """The curve back on study days, with its limits."""
    days = np.insert(curve.days, 0, 0.0) + day
    return StepCurve(
        label,
        style,
        days,
        np.insert(curve.survival, 0, 1.0),
        lower=np.insert(curve.lower, 0, np.nan),
        upper=np.insert(curve.upper, 0, np.nan),
    )


def summary_lines(result: SurvivalResult) -> list[str]:
    """The comparison of the groups from the landmark on."""
    lines = []
    if result.logrank is not None:
        lines.append(_("Log-rank {test}").format(test=log_rank_text(result.logrank)))
    if result.cox is not None:
        lines += [
            _("HR, {level}: {ratio}").format(level=term.level or term.name, ratio=hazard_ratio_text(term))
            for term in result.cox.terms
        ]
    events = ngettext("{count} event", "{count} events", result.overall.events).format(
        count=number_text(result.overall.events, 0)
    )
    patients = ngettext("{count} patient", "{count} patients", result.overall.n).format(
        count=number_text(result.overall.n, 0)
    )
    return [*lines, f"{patients}, {events}"]


def group_columns(result: SurvivalResult, day: int) -> list[Column]:
    """Patients, events and survival at the end, by group."""
    groups = _groups(result)
    last = result.overall.at[-1].day
    return [
        Column("group", _("Group"), np.array([group_name(g.label) for g in groups], dtype=object)),
        Column("n", _("n"), np.array([g.n for g in groups]), 0),
        Column("events", _("Events"), np.array([g.events for g in groups]), 0),
        Column(
            "survival",
            _("Survival on day {day}").format(day=days_text(day + last)),
            np.array([survival_text(g.at[-1], 4) for g in groups], dtype=object),
        ),
    ]
