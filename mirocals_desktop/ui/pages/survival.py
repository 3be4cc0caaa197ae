"""Survival: Kaplan-Meier curves with everything that is estimated from them, in sentences and in tables.

Endpoint, time origin, horizon and excluded patients are options of the study and change through its ledger;
groups, strata and the scale of the limits are how this page looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, get_args

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.endpoint import outcome_name
from mirocals_desktop.analysis.groups import OUTCOME, POOLED, grouping_choices
from mirocals_desktop.analysis.kaplan_meier import Interval
from mirocals_desktop.analysis.study_survival import StudySurvival, analyse_study
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.figures import write_figure
from mirocals_desktop.export.table import marks
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.dialogs.option import OptionDialog
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.pages.survival_tables import (
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
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.styles import group_styles
from mirocals_desktop.ui.plots.survival import (
    Reading,
    ShownCurves,
    SurvivalPlot,
    patients_on,
    place_of,
)
from mirocals_desktop.ui.plots.survival_words import (
    Section,
    footnote_text,
    group_name,
    interval_name,
    reading_sentence,
    results_html,
    shown_groups,
)
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import TableView

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint import Outcome
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.theme import DataStyle

_VIEWS: Final = ("curves", "numbers", "steps", "patients")
_LONGEST: Final = 36_525  # days that a horizon may have: a hundred years


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
        self._filling = True
        self._build_choices()
        self._build_views()
        self._filling = False

    @classmethod
    @override
    def title(cls) -> str:
        return _("Survival")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self._answer is not None and not snapshot.arms_visible:
            self._clear_arms(self._answer)
        self._offer_choices(snapshot)
        self._compute()

    @override
    def show_selection(self, selection: Selection) -> None:
        self._mark_patient(selection.patient)
        if selection.patient:
            self.patients.select(selection.patient)

    # Widgets

    def _build_choices(self) -> None:
        self.endpoint = self._chooser("endpoint", _("Endpoint"))
        self.origin = self._chooser("origin", _("Day 0"))
        self.grouping = self._chooser("grouping", _("Groups"))
        self.strata = self._chooser("strata", _("Strata"))
        self.interval = self._chooser("interval", _("Limits"))
        for interval in get_args(Interval):
            self.interval.addItem(interval_name(interval), interval)
        self.horizon = QSpinBox(self)
        self.horizon.setObjectName("survival.horizon")
        self.horizon.setAccessibleName(_("Horizon in days"))
        self.horizon.setToolTip(_("The day at which time is cut; empty it (0) for none"))
        self.horizon.setRange(0, _LONGEST)
        self.horizon.setSpecialValueText(_("none"))
        self.horizon.setSuffix(_(" d"))
        self.horizon.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.horizon.setKeyboardTracking(False)
        self.horizon.editingFinished.connect(self._on_horizon)

    def _build_views(self) -> None:
        self._views = QButtonGroup(self)
        switch = QWidget(self)
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
        controls = QWidget(self)
        flow = FlowLayout(controls, gap=16)
        for chooser, text in (
            (self.endpoint, _("Endpoint")),
            (self.origin, _("Day 0")),
            (self.horizon, _("Horizon")),
            (self.grouping, _("Groups")),
            (self.strata, _("Strata")),
            (self.interval, _("Limits")),
        ):
            flow.addWidget(_labelled(chooser, text))
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
        column.addWidget(controls)
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
        left_column.setSpacing(4)
        left_column.addWidget(self.plot, 1)
        left_column.addWidget(self.footnote)

        self.results = QTextBrowser(self)
        self.results.setObjectName("survival.results")
        self.results.setAccessibleName(_("Results in sentences"))
        self.results.setOpenLinks(False)
        self.results.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.results.viewport().setAutoFillBackground(False)
        self.results.setStyleSheet("QTextBrowser { background: transparent; }")
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
        return split

    def _numbers_view(self) -> QWidget:
        self.groups = TableView("survival.groups", _("Survival by group"), self)
        self.tests = TableView("survival.tests", _("Comparisons"), self)
        self.method = QLabel(self)
        self.method.setObjectName("survival.method")
        self.method.setWordWrap(True)
        self.method.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.method.setForegroundRole(self.method.palette().ColorRole.PlaceholderText)
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        copy = self._button("copy_groups", _("Copy table"), self.groups.copy)
        self.groups.bar.insertWidget(3, copy)
        column.addWidget(self.groups, 2)
        column.addWidget(self.tests, 3)
        column.addWidget(self.method)
        return whole

    def _steps_view(self) -> QWidget:
        self.steps = TableView("survival.steps", _("Every step of the curves"), self)
        return self.steps

    def _patients_view(self) -> QWidget:
        self.patients = TableView("survival.patients", _("Whose time stops when, and why"), self)
        self.patients.selected.connect(lambda patient: self.session.select(patient=patient))
        self.patients.activated.connect(self._open_patient)
        self.leave_out = self._button("leave_out", _("Leave out of analysis…"), self._ask_leave_out)
        self.patients.bar.insertWidget(3, self.leave_out)
        return self.patients

    def _button(self, code: str, text: str, act: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"survival.{code}")
        button.clicked.connect(lambda _checked=False: act())
        return button

    def _chooser(self, code: str, text: str) -> QComboBox:
        combo = QComboBox(self)
        combo.setObjectName(f"survival.{code}")
        combo.setAccessibleName(text)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.setMaximumWidth(240)
        combo.currentIndexChanged.connect(self._on_choice)
        return combo

    # Choices

    def _offer_choices(self, snapshot: Snapshot) -> None:
        """Offer what the snapshot has; a view that was chosen stays chosen where it still can."""
        self._filling = True
        protocol, options = snapshot.protocol, snapshot.options
        _fill(self.endpoint, [(e.code, str(e.label)) for e in protocol.endpoints], options.endpoint)
        origins = [
            (v.code, str(v.label))
            for v in protocol.of_scope("patient")
            if v.kind == "date" and (v.code in snapshot.patients.columns or v.code == options.origin)
        ]
        _fill(self.origin, origins, options.origin)
        self.horizon.setValue(options.horizon_days or 0)
        now = self.session.as_of is None
        for widget in (self.endpoint, self.origin, self.horizon, self.leave_out):
            widget.setEnabled(now)
        first = self.grouping.count() == 0
        groupings = survival_groupings(snapshot)
        chosen = codes.ARM if first and snapshot.arms_visible else self.grouping.currentData()
        _fill(self.grouping, groupings, chosen)
        _fill(self.strata, _strata_choices(snapshot, groupings), self.strata.currentData())
        self._filling = False

    def _on_choice(self) -> None:
        if self._filling or self.session.snapshot is None:
            return
        sender = self.sender()
        if sender is self.endpoint:
            self._ask_option("endpoint", self.endpoint.currentData(), self.endpoint.currentText())
        elif sender is self.origin:
            self._ask_option("origin", self.origin.currentData(), self.origin.currentText())
        else:
            self._compute()

    def _on_horizon(self) -> None:
        snapshot = self.session.snapshot
        days = self.horizon.value() or None
        if snapshot is not None and not self._filling and days != snapshot.options.horizon_days:
            self._ask_option("horizon_days", days, self.horizon.text())

    def _ask_option(self, option: str, value: Any, text: str) -> None:
        """Ask why an option of the study changes; turned away, the choice goes back to what it was."""
        snapshot = self.session.snapshot
        if snapshot is None or value == getattr(snapshot.options, option):
            return
        sentences = {
            "endpoint": _("The endpoint becomes “{value}”.").format(value=text),
            "origin": _("Day 0 becomes “{value}”.").format(value=text),
            "horizon_days": (
                _("Time is cut on day {value}.").format(value=value) if value else _("Time is no longer cut.")
            ),
        }
        reasons = [
            _("As the statistical analysis plan says"),
            _("Sensitivity analysis"),
            _("The protocol was amended"),
        ]
        self._open_option(option, value, sentences[option], reasons)

    def _open_option(self, option: str, value: Any, text: str, reasons: Sequence[str]) -> None:
        dialog = OptionDialog(self.session, option, value, text=text, reasons=reasons, parent=self)
        dialog.rejected.connect(self._take_back)
        dialog.open()

    def _take_back(self) -> None:
        if self.session.snapshot is not None:
            self._offer_choices(self.session.snapshot)

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
        self._open_option("excluded", sorted(excluded ^ {patient}), text, reasons)

    @property
    def view(self) -> str:
        """Which view is in front: curves, numbers, steps or patients."""
        return _VIEWS[self._views.checkedId()]

    def show_view(self, view: str) -> None:
        """Bring a view to the front."""
        self._views.button(_VIEWS.index(view)).setChecked(True)

    def _on_view(self, number: int, on: bool) -> None:  # noqa: FBT001 (Qt's signal)
        if on:
            self._stack.setCurrentIndex(number)

    # Computing and showing

    def _compute(self) -> None:
        snapshot = self.session.snapshot
        if snapshot is None:
            return
        by: str = self.grouping.currentData() or POOLED
        strata: tuple[str, ...] = tuple(filter(None, (self.strata.currentData() or "").split(",")))
        strata = tuple(code for code in strata if code != by)
        strata_text = self.strata.currentText() if strata else ""
        interval: Interval = self.interval.currentData()
        patients = self.session.patients_shown() if self.session.filters else None
        subset = _subset_text(snapshot, patients)

        def work(report: Report) -> _Answer:
            try:
                analysis = analyse_study(
                    snapshot, by=by, strata=strata, interval=interval, patients=patients, report=report
                )
            except AppError as error:
                return _Answer(snapshot, strata_text, subset, None, f"{error.message} {error.hint}".strip())
            return _Answer(snapshot, strata_text, subset, analysis, styles=curve_styles(analysis))

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
        self._show_curves(answer, analysis)
        self._show_results()
        self._show_numbers(analysis)
        self.steps.show_columns(step_columns(analysis))
        columns = patient_columns(answer.snapshot, analysis)
        self.patients.show_columns(columns, columns[0].values)
        self._mark_patient(self.session.selection.patient)

    def _show_nothing(self, why: str) -> None:
        self.plot.show_nothing(why)
        self.results.setPlainText("")
        self.footnote.setText("")
        self.method.setText("")
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
                x_title=_("Days from {origin}").format(origin=table.origin_label),
                y_title=_("Survival") if death else _("Survival without the event"),
            )
        )
        self.footnote.setText(footnote)

    def _show_results(self) -> None:
        answer = self._answer
        if answer is None or answer.analysis is None:
            return
        told = [self._day_section(answer.analysis, self._reading)] if self._reading is not None else []
        self.results.setHtml(
            results_html(
                answer.analysis, answer.styles, subset=answer.subset, told=told, faint=theme.faint_colour()
            )
        )

    def _show_numbers(self, analysis: StudySurvival) -> None:
        result = analysis.result
        self.groups.show_columns(group_columns(analysis))
        self.tests.show_columns(test_columns(analysis), empty=_("There are not two groups to compare."))
        notes = [*result.conventions.values(), *result.notes]
        self.method.setText(" ".join(text for text in notes if text.endswith(".")))

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

    def _day_section(self, analysis: StudySurvival, reading: Reading) -> Section:
        """The patients whose time stops on a day, each a link."""
        table = analysis.endpoint
        place = {patient: number for number, patient in enumerate(table.patients)}
        groups = shown_groups(analysis)
        heading = _("Day {day}").format(day=f"{reading.day:g}")
        if reading.group >= 0:
            heading = f"{heading}, {group_name(groups[reading.group].label)}"
        links = tuple(
            (f"patient:{patient}", f"{patient}: {table.why[place[patient]]}")
            for patient in patients_on(analysis, reading)
        )
        return Section(heading, (), links=links)

    def _on_link(self, url: QUrl) -> None:
        kind, _colon, name = url.toString(QUrl.ComponentFormattingOption.FullyDecoded).partition(":")
        if kind == "patient":
            self.session.select(patient=name)
        elif kind == "list":
            self.list_outcome("unknown" if name == "unknown" else "event")

    def list_outcome(self, outcome: Outcome) -> None:
        """Show the patients whose time stops this way."""
        self.patients.filter.setText(outcome_name(outcome))
        self.patients.apply_filter()
        self.show_view("patients")

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


# Choices and words


def survival_groupings(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The groupings that survival may be compared by: known at the start, and none by arm where blinded.

    A blinded study offers all together, or classes of a marker pooled over arms, and nothing else.
    """
    offered = []
    for code, text in grouping_choices(snapshot):
        variable = snapshot.protocol.variable(code)
        late = code in (OUTCOME, codes.WITHDRAWAL_REASON) or (variable and variable.group == "outcome")
        if not late:
            offered.append((code, text))
    if snapshot.blinded and not snapshot.unblinded:
        return [(code, text) for code, text in offered if code == POOLED or code.startswith("class:")]
    return offered


def _strata_choices(snapshot: Snapshot, groupings: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """None, the strata that randomisation used together, and every other grouping one at a time."""
    names = dict(groupings)
    single = [(code, text) for code, text in groupings if code not in (POOLED, codes.ARM)]
    used = [code for code in snapshot.protocol.strata if code in names]
    both = [(",".join(used), " × ".join(names[code] for code in used))] if len(used) > 1 else []
    return [("", _("none")), *both, *single]


def curve_styles(analysis: StudySurvival) -> tuple[DataStyle, ...]:
    """The style of each curve that is shown, by its group."""
    grouping = analysis.grouping
    if grouping is None or not analysis.result.groups:
        return (theme.POOLED,)
    of = dict(zip(grouping.labels, group_styles(grouping), strict=True))
    return tuple(of[group.label] for group in analysis.result.groups)


def _subset_text(snapshot: Snapshot, patients: Sequence[str] | None) -> str:
    """That the filter leaves patients out, which makes every comparison exploratory."""
    if patients is None or len(patients) == len(snapshot.patients):
        return ""
    return _(
        "Subset: the filter lets {count} of {total} patients through. Comparisons are exploratory."
    ).format(count=len(patients), total=len(snapshot.patients))


def _view_names() -> tuple[str, str, str, str]:
    return _("Curves"), _("Numbers"), _("Steps"), _("Patients")


def _fill(combo: QComboBox, choices: Sequence[tuple[str, str]], chosen: object) -> None:
    """Offer choices; the chosen one stays, else the first is."""
    offered = [(combo.itemData(row), combo.itemText(row)) for row in range(combo.count())]
    if offered != list(choices):
        combo.clear()
        for code, text in choices:
            combo.addItem(text, code)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))


def _labelled(widget: QWidget, text: str) -> QWidget:
    """A chooser with its name before it."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    label = QLabel(text, pair)
    label.setBuddy(widget)
    row.addWidget(label)
    row.addWidget(widget)
    return pair
