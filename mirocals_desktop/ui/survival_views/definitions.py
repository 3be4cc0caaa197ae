"""The same question asked otherwise: other endpoints, time origins, horizons and patients, side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.study_definitions import (
    DefinitionResult,
    compare_definitions,
    other_definitions,
    own_definition,
)
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival import curve_styles
from mirocals_desktop.ui.plots.survival_steps import ShownSteps, StepCurve, StepsPlot, day_text
from mirocals_desktop.ui.plots.survival_words import (
    at_day,
    days_text,
    decimal_text,
    group_name,
    p_number,
    shown_groups,
    survival_text,
)
from mirocals_desktop.ui.session import Selection
from mirocals_desktop.ui.survival_views.captions import caption, dress
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.progress import Report

Found = tuple[DefinitionResult, ...]


class DefinitionsView(ComputedView[Found]):
    """A row for each definition; below, its curves and the patients whose time stops otherwise by it."""

    code: ClassVar[str] = "definitions"

    @override
    def build(self, body: QWidget) -> None:
        self._row = 0
        self.table = TableView("survival.definitions.table", _("Definitions"), body)
        self.table.selected.connect(self._on_definition)
        self.differ = QLabel(body)
        self.differ.setObjectName("survival.definitions.differ")
        self.differ.setWordWrap(True)
        self.patients = TableView("survival.definitions.patients", _("Patients that differ"), body)
        self.patients.selected.connect(self._on_patient)
        self.patients.activated.connect(self.open_patient)
        self.plot = StepsPlot("survival.definitions.plot", _("Survival by another definition"))
        self.plot.pointed.connect(lambda pointer: self.plot.say(self.sentence(pointer)))
        self.plot.table_asked.connect(self._focus_patients)
        beside = QWidget(body)
        beside_column = QVBoxLayout(beside)
        beside_column.setContentsMargins(0, 4, 0, 0)
        beside_column.addWidget(self.differ)
        beside_column.addWidget(self.patients, 1)
        below = QSplitter(Qt.Orientation.Horizontal, body)
        below.setObjectName("survival.definitions.below")
        below.setChildrenCollapsible(False)
        below.addWidget(self.plot)
        below.addWidget(beside)
        below.setSizes([330, 330])
        split = QSplitter(Qt.Orientation.Vertical, body)
        split.setObjectName("survival.definitions.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setSizes([210, 320])
        self.footnote = caption("survival.definitions.footnote", body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(split, 1)
        column.addWidget(self.footnote)

    @override
    def title(self) -> str:
        return _("Asking by other definitions")

    @override
    def refusal(self, answer: Answer) -> str:
        if not other_definitions(answer.design.snapshot, answer.design.patients):
            return _("The protocol has one endpoint and one time origin: there is nothing to compare with.")
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], Found]:
        design = answer.design
        asked = [
            own_definition(design.snapshot, design.patients),
            *other_definitions(design.snapshot, design.patients),
        ]
        return lambda report: tuple(
            compare_definitions(design.snapshot, asked, by=design.by, patients=design.patients, report=report)
        )

    @override
    def clear(self) -> None:
        self.differ.setText("")
        self.footnote.setText("")
        self.table.show_columns([])
        self.patients.show_columns([])
        self.plot.show_nothing("")

    @override
    def show_found(self, answer: Answer, found: Found) -> None:
        self.table.show_columns(definition_columns(found))
        self.footnote.setText(
            " ".join(
                filter(
                    None,
                    (
                        answer.design.subset,
                        _(
                            "The first row is the study’s own definition; the others are sensitivity "
                            "analyses, which change nothing in the study. Thin lines: the study’s own curves."
                        ),
                    ),
                )
            )
        )
        first = next((row for row, result in enumerate(found) if result.differences), 1)
        self.table.select(first)
        self._on_definition(first)

    @override
    def show_selection(self, selection: Selection) -> None:
        self.patients.select(selection.patient)

    def _on_definition(self, row: int) -> None:
        if self.found is None or self.answer is None:
            return
        self._row = row
        result = self.found[row]
        self._draw(self.answer, result, self.found[0])
        count = len(result.differences)
        text = ngettext(
            "{definition}: the time of {count} patient stops otherwise.",
            "{definition}: the time of {count} patients stops otherwise.",
            count,
        )
        self.differ.setText(text.format(definition=result.definition.label, count=number_text(count, 0)))
        columns = difference_columns(result)
        self.patients.show_columns(
            columns, columns[0].values, empty=_("Every patient’s time stops as in the study’s own analysis.")
        )

    def sentence(self, pointer: Pointer | None) -> str:
        """The survival by either definition on the day that the pointer is on."""
        day, found = self.plot.day_at(pointer), self.found
        if day is None or found is None:
            return ""
        own = {group.label: group.curve for group in shown_groups(found[0].analysis)}
        parts = []
        for group in shown_groups(found[self._row].analysis):
            here = group.curve.survival_at(day)[0]
            before = own[group.label].survival_at(day)[0] if group.label in own else None
            text = _("{group} {survival}, {own} by the study’s own")
            parts.append(
                text.format(
                    group=group_name(group.label),
                    survival="–" if here is None else decimal_text(here, 3),
                    own="–" if before is None else decimal_text(before, 3),
                )
            )
        return _("day {day}: {groups}").format(day=days_text(day), groups="; ".join(parts))

    def _draw(self, answer: Answer, result: DefinitionResult, own: DefinitionResult) -> None:
        """The curves by the chosen definition, the study's own thin beside them."""
        analysis = result.analysis
        styles = curve_styles(analysis)
        companions = {group.label: group.curve for group in shown_groups(own.analysis)}
        curves = [group.curve for group in shown_groups(analysis)]
        steps = []
        for curve, style in zip(curves, styles, strict=True):
            of = companions.get(curve.group)
            beside = None if of is None or result is own else StepCurve.of(of, curve.group, style)
            whole = StepCurve.of(curve, group_name(curve.group), style)
            steps.append(dataclasses.replace(whole, companion=beside))
        horizon = analysis.endpoint.horizon
        last = float(horizon or max(curve.last_day for curve in curves))
        self.plot.show_steps(
            ShownSteps(
                tuple(steps),
                _("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
                _("Survival without the event"),
                last,
                None if horizon is None else last,
                day_text(last),
            )
        )
        dress(self.plot, answer, self.code, result.definition.label)

    def _focus_patients(self) -> None:
        self.patients.view.setFocus()

    def _on_patient(self, patient: str) -> None:
        self.session.select(patient=patient)


# Tables


def definition_columns(found: Sequence[DefinitionResult]) -> list[Column]:
    """One row for each definition: patients, events, comparison, survival at the horizon of each group."""
    analyses = [result.analysis for result in found]

    def texts(values: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        return np.array(values, dtype=object)

    columns = [
        Column("definition", _("Definition"), texts([result.definition.label for result in found])),
        Column("n", _("n"), numbers([a.result.overall.n for a in analyses]), 0),
        Column("events", _("Events"), numbers([a.result.overall.events for a in analyses]), 0),
        Column(
            "differ",
            _("Differ"),
            numbers([len(result.differences) for result in found]),
            0,
            tip=_("Patients whose time stops otherwise than in the study’s own analysis"),
        ),
    ]
    if any(a.result.logrank is not None for a in analyses):
        p = [None if a.result.logrank is None else a.result.logrank.p for a in analyses]
        columns.append(
            Column("p", _("Log-rank p"), numbers(p), show=lambda x: p_number(x) if x == x else "–")
        )
    if any(len(a.result.groups) == 2 for a in analyses):
        ratios = [_ratio(a) for a in analyses]
        for place, (code, title) in enumerate(
            (("hr", _("HR")), ("lower", _("Lower limit")), ("upper", _("Upper limit")))
        ):
            columns.append(Column(code, title, numbers([ratio[place] for ratio in ratios]), 2))
    names = dict.fromkeys(group_name(g.label) for a in analyses for g in shown_groups(a))
    for place, name in enumerate(names):
        columns.append(
            Column(
                f"survival{place}",
                _("Survival at the horizon, {group}").format(group=name),
                texts([_survival(analysis, name) for analysis in analyses]),
            )
        )
    return columns


def difference_columns(result: DefinitionResult) -> list[Column]:
    """The patients whose time stops otherwise; the first column is the key."""
    rows = result.differences
    return [
        Column("patient", _("Patient"), np.array([row.patient for row in rows], dtype=object)),
        Column("own", _("In the study’s own analysis"), np.array([row.own for row in rows], dtype=object)),
        Column("other", result.definition.label, np.array([row.other for row in rows], dtype=object)),
    ]


def _ratio(analysis: StudySurvival) -> tuple[float | None, float | None, float | None]:
    model = analysis.result.cox
    if model is None or len(model.terms) != 1:
        return None, None, None
    term = model.terms[0]
    return term.hr, term.lower, term.upper


def _survival(analysis: StudySurvival, name: str) -> str:
    """A group's survival at the horizon of an analysis; a dash where it has none."""
    horizon = analysis.endpoint.horizon
    group = next((g for g in shown_groups(analysis) if group_name(g.label) == name), None)
    return "–" if horizon is None or group is None else survival_text(at_day(group, horizon), 3)
