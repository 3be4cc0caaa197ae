"""Survival: Kaplan-Meier curves with everything that is estimated from them, in sentences and in tables.

Endpoint, time origin, horizon and excluded patients are options of the study and change through its ledger;
groups, strata and the scale of the limits are how this page looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.endpoint import outcome_name
from mirocals_desktop.analysis.study_survival import StudySurvival, analyse_study
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.figures import write_figure
from mirocals_desktop.export.table import marks
from mirocals_desktop.i18n import _
from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival import (
    Reading,
    ShownCurves,
    SurvivalPlot,
    curve_styles,
    patients_on,
    place_of,
)
from mirocals_desktop.ui.plots.survival_words import (
    day_section,
    footnote_text,
    group_name,
    method_html,
    reading_sentence,
    results_html,
    shown_groups,
)
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.survival_choices import SurvivalChoices
from mirocals_desktop.ui.survival_tables import (
    build_figure,
    figure_title,
    file_name,
    group_columns,
    passport,
    patient_columns,
    step_columns,
    test_columns,
    write_numbers,
)
from mirocals_desktop.ui.table import TableView

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint import Outcome
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.theme import DataStyle

_VIEWS: Final = ("curves", "numbers", "steps", "patients")
_SWITCH: Final = """
QToolButton { border: 1px solid palette(mid); padding: 4px 10px; background: palette(button); }
QToolButton:hover { background: palette(midlight); }
QToolButton:focus { border-color: palette(highlight); }
QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }
"""


@dataclass(frozen=True, eq=False)
class _Answer:
    """What the worker found for a snapshot: the analysis, or why there is none."""

    snapshot: Snapshot
    strata: str
    subset: str
    analysis: StudySurvival | None
    why: str = ""
    styles: tuple[DataStyle, ...] = field(default=())


class SurvivalPage(Page):
    """The survival of the study's patients by group."""

    code: ClassVar[str] = "survival"
    icon: ClassVar[str] = "survival"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._answer: _Answer | None = None
        self._reading: Reading | None = None
        self._stale: set[str] = set()
        self._build()

    @classmethod
    @override
    def title(cls) -> str:
        return _("Survival")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self._answer is not None and not snapshot.arms_visible:
            self._clear_arms(self._answer)
        self.choices.offer(snapshot)
        self.leave_out.setEnabled(self.session.as_of is None)
        self._compute()

    @override
    def show_selection(self, selection: Selection) -> None:
        self._mark_patient(selection.patient)
        if selection.patient:
            self.patients.select(selection.patient)
            self._name_leave_out()

    # Widgets

    def _build(self) -> None:
        self._views = QButtonGroup(self)
        switch = QWidget(self)
        switch.setStyleSheet(_SWITCH)
        switch_row = QHBoxLayout(switch)
        switch_row.setContentsMargins(0, 0, 0, 0)
        switch_row.setSpacing(0)
        for number, (view, text) in enumerate(zip(_VIEWS, _view_names(), strict=True)):
            button = QToolButton(switch)
            button.setObjectName(f"survival.view.{view}")
            button.setText(text)
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._views.addButton(button, number)
            switch_row.addWidget(button)
        self._views.idToggled.connect(self._on_view)
        head = QWidget(self)
        head_row = QHBoxLayout(head)
        head_row.setContentsMargins(0, 0, 0, 0)
        head_row.addWidget(theme.title_label(self.title(), "survival.title"))
        head_row.addStretch(1)
        head_row.addWidget(switch)
        self.choices = SurvivalChoices(self.session, self)
        self.choices.view_changed.connect(self._compute)
        self._stack = QStackedWidget(self)
        for widget in (
            self._curves_view(),
            self._numbers_view(),
            self._steps_view(),
            self._patients_view(),
        ):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addWidget(head)
        column.addWidget(self.choices)
        column.addWidget(self._stack, 1)

    def _curves_view(self) -> QWidget:
        self.plot = SurvivalPlot("survival.plot")
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.table_asked.connect(lambda: self.show_view("steps"))
        self.footnote = QLabel(self)
        self.footnote.setObjectName("survival.footnote")
        self.footnote.setWordWrap(True)
        self.footnote.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.footnote.setForegroundRole(self.footnote.palette().ColorRole.PlaceholderText)
        left = QWidget(self)
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 8, 0)
        left_column.addWidget(self.plot, 1)
        self.results = _browser("survival.results", _("Results in sentences"), self)
        self.results.anchorClicked.connect(self._on_link)
        self.export_figure = self._button("export_figure", _("Export figure…"), self._ask_figure)
        self.save_numbers = self._button("save_numbers", _("Save numbers…"), self._ask_numbers)
        acts = QWidget(self)
        acts_flow = FlowLayout(acts)
        acts_flow.addWidget(self.export_figure)
        acts_flow.addWidget(self.save_numbers)
        right = QWidget(self)
        right_column = QVBoxLayout(right)
        right_column.setContentsMargins(8, 0, 0, 0)
        right_column.setSpacing(8)
        right_column.addWidget(self.results, 1)
        right_column.addWidget(acts)
        right.setMinimumWidth(230)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName("survival.split")
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([700, 300])
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(split, 1)
        column.addWidget(self.footnote)
        return whole

    def _numbers_view(self) -> QWidget:
        self.groups = TableView("survival.groups", _("Survival by group"), self)
        self.tests = TableView("survival.tests", _("Comparisons"), self)
        self.method = _browser("survival.method", _("How the numbers are computed"), self)
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        copy = self._button("copy_groups", _("Copy table"), self.groups.copy)
        self.groups.bar.insertWidget(3, copy)
        column.addWidget(self.groups, 3)
        column.addWidget(self.tests, 4)
        column.addWidget(self.method, 2)
        return whole

    def _steps_view(self) -> QWidget:
        self.steps = TableView("survival.steps", _("Every step of the curves"), self)
        return self.steps

    def _patients_view(self) -> QWidget:
        self.patients = TableView("survival.patients", _("Whose time stops when, and why"), self)
        self.patients.selected.connect(self._on_patient)
        self.patients.activated.connect(self._open_patient)
        self.leave_out = self._button("leave_out", _("Leave out of analysis…"), self._ask_leave_out)
        self.patients.bar.insertWidget(3, self.leave_out)
        return self.patients

    def _button(self, code: str, text: str, act: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"survival.{code}")
        button.clicked.connect(lambda _checked=False: act())
        return button

    # Views and options

    def _on_patient(self, patient: str) -> None:
        self.session.select(patient=patient)
        self._name_leave_out()

    def _name_leave_out(self) -> None:
        """Say what the button would do with the selected patient."""
        snapshot, patient = self.session.snapshot, self.patients.current_key()
        excluded = snapshot is not None and patient in snapshot.options.excluded
        self.leave_out.setText(_("Count again…") if excluded else _("Leave out of analysis…"))

    def _ask_leave_out(self) -> None:
        """Leave the selected patient out of every analysis, or count it again."""
        snapshot, patient = self.session.snapshot, self.patients.current_key()
        if snapshot is None or patient is None:
            return
        excluded = set(snapshot.options.excluded)
        if patient in excluded:
            text = _("Patient {patient} counts again in every analysis.").format(patient=patient)
            reasons = [_("Left out by mistake"), _("The doubt was resolved")]
        else:
            text = _("Patient {patient} is left out of every analysis.").format(patient=patient)
            reasons = [_("Not eligible"), _("Never treated"), _("Consent withdrawn for the data")]
        self.choices.ask_option("excluded", sorted(excluded ^ {patient}), text, reasons)

    @property
    def view(self) -> str:
        """Which view is in front: curves, numbers, steps or patients."""
        return _VIEWS[self._views.checkedId()]

    def show_view(self, view: str) -> None:
        """Bring a view to the front."""
        self._views.button(_VIEWS.index(view)).setChecked(True)

    def _on_view(self, number: int, on: bool) -> None:  # noqa: FBT001 (Qt's signal)
        if on:
            self._fill(_VIEWS[number])
            self._stack.setCurrentIndex(number)

    # Computing and showing

    def _compute(self) -> None:
        snapshot = self.session.snapshot
        if snapshot is None:
            return
        view = self.choices.view()
        patients = self.session.patients_shown() if self.session.filters else None
        subset = _subset_text(snapshot, patients)

        def work(report: Report) -> _Answer:
            try:
                analysis = analyse_study(
                    snapshot,
                    by=view.by,
                    strata=view.strata,
                    interval=view.interval,
                    patients=patients,
                    report=report,
                )
            except AppError as error:
                return _Answer(
                    snapshot, view.strata_name, subset, None, f"{error.message} {error.hint}".strip()
                )
            return _Answer(snapshot, view.strata_name, subset, analysis, styles=curve_styles(analysis))

        self.compute(_("Computing survival"), work, self._take)

    def _take(self, answer: _Answer) -> None:
        if answer.snapshot is self.session.snapshot:
            self._answer = answer
            self._reading = None
            self._show_answer(answer)

    def _clear_arms(self, answer: _Answer) -> None:
        """What was computed from arms goes at once when the study no longer shows them."""
        if answer.snapshot.arms_visible:
            self._answer = None
            self._show_nothing("")

    def _show_answer(self, answer: _Answer) -> None:
        analysis = answer.analysis
        for button in (self.export_figure, self.save_numbers):
            button.setEnabled(analysis is not None)
        if analysis is None:
            self._show_nothing(answer.why)
            return
        self._stale = set(_VIEWS)
        self._fill(self.view)

    def _fill(self, view: str) -> None:
        """Show the answer in a view that comes to the front; filling all of them would halt the window."""
        answer = self._answer
        if view not in self._stale or answer is None or answer.analysis is None:
            return
        self._stale.discard(view)
        if view == "curves":
            self._show_curves(answer, answer.analysis)
            self._show_results()
            self._mark_patient(self.session.selection.patient)
        elif view == "numbers":
            self._show_numbers(answer.analysis)
        elif view == "steps":
            self.steps.show_columns(step_columns(answer.analysis))
        else:
            columns = patient_columns(answer.snapshot, answer.analysis)
            self.patients.show_columns(columns, columns[0].values)
            self.patients.select(self.session.selection.patient)
            self._name_leave_out()

    def _show_nothing(self, why: str) -> None:
        self._stale = set()
        self.plot.show_nothing(why)
        self.results.setPlainText("")
        self.footnote.setText("")
        self.method.setPlainText("")
        for table in (self.groups, self.tests, self.steps, self.patients):
            table.show_columns([], empty=why)

    def _show_curves(self, answer: _Answer, analysis: StudySurvival) -> None:
        groups, table = shown_groups(analysis), analysis.endpoint
        death = table.endpoint == "death"
        footnote = footnote_text(analysis, answer.strata)
        snapshot = answer.snapshot
        self.plot.caption = figure_title(analysis)
        self.plot.footnote = "\n".join(
            filter(None, (" · ".join((*marks(snapshot), passport(snapshot))), answer.subset, footnote))
        )
        self.plot.file_name = file_name(analysis)
        self.plot.show_curves(
            ShownCurves(
                curves=tuple(group.curve for group in groups),
                labels=tuple(group_name(group.label) for group in groups),
                styles=answer.styles,
                medians=tuple(group.median.estimate for group in groups),
                ticks=tuple(row.day for row in analysis.result.overall.at),
                horizon=table.horizon,
                x_title=_("Study day (0 = {origin})").format(origin=table.origin_label),
                y_title=_("Survival") if death else _("Survival without the event"),
            )
        )
        self.footnote.setText(footnote)

    def _show_results(self) -> None:
        answer = self._answer
        if answer is None or answer.analysis is None:
            return
        told = [] if self._reading is None else [day_section(answer.analysis, self._reading)]
        self.results.setHtml(
            results_html(
                answer.analysis, answer.styles, subset=answer.subset, told=told, faint=theme.faint_colour()
            )
        )

    def _show_numbers(self, analysis: StudySurvival) -> None:
        self.groups.show_columns(group_columns(analysis))
        self.tests.show_columns(test_columns(analysis), empty=_("There are not two groups to compare."))
        for table in (self.groups, self.tests):
            table.view.resizeColumnsToContents()  # a few rows, whose names are others with each grouping
        self.method.setHtml(method_html(analysis))

    # Pointing

    def _on_pointed(self, pointer: Pointer | None) -> None:
        self.plot.say(self.sentence(pointer))

    def sentence(self, pointer: Pointer | None) -> str:
        """What is known on the day that the pointer is on, in words; "" when it is on nothing."""
        reading = self.plot.reading(pointer)
        if reading is None or self._answer is None or self._answer.analysis is None:
            return ""
        curves = [group.curve for group in shown_groups(self._answer.analysis)]
        return reading_sentence(curves, reading.day, reading.group)

    def _on_clicked(self, pointer: Pointer) -> None:
        """On a step or a censor tick: list the patients whose time stops there, and select the first."""
        reading = self.plot.reading(pointer)
        answer = self._answer
        if answer is None or answer.analysis is None or reading is None:
            return
        if not reading.kind:  # by key, or between the corners: whatever happened on that day
            reading = Reading(reading.day, -1)
        patients = patients_on(answer.analysis, reading)
        self._reading = reading if patients else None
        self._show_results()
        if patients:
            self.session.select(patient=patients[0])

    def _on_link(self, url: QUrl) -> None:
        if url.scheme() == "patient":
            self.session.select(patient=url.path(QUrl.ComponentFormattingOption.FullyDecoded))
        elif url.scheme() == "list":
            self.list_outcome("unknown")

    def list_outcome(self, outcome: Outcome) -> None:
        """Show the patients whose time stops this way."""
        self.show_view("patients")
        self.patients.filter.setText(outcome_name(outcome))
        self.patients.apply_filter()

    def _open_patient(self, patient: str) -> None:
        self.session.select(patient=patient)
        self.page_asked.emit("patient")

    def _mark_patient(self, patient: str) -> None:
        """Ring the place where the selected patient leaves the curve."""
        answer = self._answer
        if answer is None or answer.analysis is None:
            return
        self.plot.mark(place_of(answer.analysis, patient))

    # Files

    def _ask_figure(self) -> None:
        answer = self._answer
        if answer is None or answer.analysis is None:
            return
        figure = build_figure(answer.snapshot, answer.analysis, subset=answer.subset, strata=answer.strata)
        self._ask_file(
            _("Export the figure"),
            [_("SVG picture (*.svg)"), _("PDF (*.pdf)"), _("PNG picture (*.png)")],
            file_name(answer.analysis) + ".svg",
            lambda path: write_figure(figure, path, width_mm=180, height_mm=150),
        )

    def _ask_numbers(self) -> None:
        answer = self._answer
        if answer is None or answer.analysis is None:
            return
        snapshot, analysis = answer.snapshot, answer.analysis
        self._ask_file(
            _("Save the numbers"),
            [_("Every number, JSON (*.json)"), _("Steps of the curves, CSV (*.csv)")],
            file_name(analysis) + ".json",
            lambda path: write_numbers(snapshot, analysis, path),
        )

    def _ask_file(self, title: str, kinds: Sequence[str], name: str, write: Any) -> None:
        folder = Path(self.session.settings.folder or Path.home())
        ask.file_to_save(
            self, lambda path: self._write(path, write), title=title, kinds=kinds, proposal=folder / name
        )

    def _write(self, path: Path, write: Any) -> None:
        def work(study: Study, _report: Report) -> None:
            write(path)
            study.record(EXPORTED, details={"file": path.name})

        self.session.change(_("Exporting to {name}").format(name=path.name), work)


# Words


def _subset_text(snapshot: Snapshot, patients: Sequence[str] | None) -> str:
    """That the filter leaves patients out, which makes every comparison exploratory."""
    if patients is None or len(patients) == len(snapshot.patients):
        return ""
    return _(
        "Subset: the filter lets {count} of {total} patients through. Comparisons are exploratory."
    ).format(count=len(patients), total=len(snapshot.patients))


def _view_names() -> tuple[str, str, str, str]:
    return _("Curves"), _("Numbers"), _("Steps"), _("Patients")


def _browser(name: str, label: str, parent: QWidget) -> QTextBrowser:
    """Text that can be copied, with links, on the page's own ground."""
    browser = QTextBrowser(parent)
    browser.setObjectName(name)
    browser.setAccessibleName(label)
    browser.setOpenLinks(False)
    browser.setFrameShape(QTextBrowser.Shape.NoFrame)
    browser.viewport().setAutoFillBackground(False)
    browser.setStyleSheet("QTextBrowser { background: transparent; }")
    return browser
