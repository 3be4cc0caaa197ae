"""Biomarkers: one variable at a time, by group, over visits or days, with its summaries and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.biomarkers import count_held, derive_trajectories, plausible_range, summarise
from mirocals_desktop.analysis.dose_cycles import derive_phases, relate_to_cycles
from mirocals_desktop.analysis.groups import POOLED, derive_groups
from mirocals_desktop.analysis.marker_values import Scale, derive_values
from mirocals_desktop.analysis.occasions import By, derive_occasions
from mirocals_desktop.analysis.rank_tests import shift_notes
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.biomarker_choices import BiomarkerChoices
from mirocals_desktop.ui.biomarker_tables import rows_of, summary_columns, value_columns
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.marker_classes_view import MarkerClassesView
from mirocals_desktop.ui.marker_pairs_view import VIEWS as PAIR_VIEWS
from mirocals_desktop.ui.marker_pairs_view import MarkerPairsView, Wanted
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.biomarker_words import (
    Answer,
    median_sentence,
    outside_note,
    outside_text,
    value_sentence,
    why_empty,
)
from mirocals_desktop.ui.plots.biomarkers import (
    AxisScale,
    BiomarkerPlot,
    Shown,
    marker_guides,
    median_note,
    scale_names,
)
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.passport import day_title, footnote, record_export
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.triage import add_triage_keys
from mirocals_desktop.ui.view_switch import ViewSwitch
from mirocals_desktop.ui.when_seen import WhenSeen

if TYPE_CHECKING:
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot


class BiomarkersPage(Page):
    """Treg, pNFH, CCL2 and any other measured variable, as lines, boxes and tables."""

    code: ClassVar[str] = "biomarkers"
    icon: ClassVar[str] = "biomarkers"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._answer: Answer | None = None
        self._outside = 0
        self.choices = BiomarkerChoices(self.code, self)
        self.choices.changed.connect(self._on_choice)
        self.choices.axis_changed.connect(self._show_answer)  # nothing to compute: only the axis is another
        self.variable = self.choices.variable
        self.grouping = self.choices.grouping
        self.scale = self.choices.scale
        self.axis = self.choices.axis
        self.along = self.choices.along
        self._of_the_axis = ""  # the variable that the axis was chosen for

        self.switch = ViewSwitch("biomarkers.view", _view_names(), self)
        self.switch.chosen.connect(lambda _view: self._show_answer())
        self.outside = QPushButton(self)
        self.outside.setObjectName("biomarkers.outside")
        self.outside.setCheckable(True)
        self.outside.toggled.connect(lambda _on: self._show_answer())
        self.outside.hide()
        head = QWidget(self)
        head_row = QHBoxLayout(head)
        head_row.setContentsMargins(0, 0, 0, 0)
        head_row.addWidget(theme.title_label(self.title(), "biomarkers.title"))
        head_row.addStretch(1)
        self.choices.row.addWidget(self.outside)

        self.plot = BiomarkerPlot("biomarkers.plot")
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.table_asked.connect(lambda: self.switch.choose("values"))
        self.plot.saved.connect(lambda path: record_export(self.session, path))
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.plot)
        self._pairs = WhenSeen(self._make_pairs, session, self)
        self._classes = WhenSeen(self._make_classes, session, self)
        self._summaries = WhenSeen(self._make_summaries, session, self)
        self._values = WhenSeen(self._make_values, session, self)
        for room in (self._pairs, self._classes, self._summaries, self._values):
            self._stack.addWidget(room)
        self.notes = QLabel(self)
        self.notes.setObjectName("biomarkers.notes")
        self.notes.setWordWrap(True)
        self.notes.setMaximumHeight(3 * self.notes.fontMetrics().lineSpacing())  # all are in the tooltip
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setStyleSheet("color: palette(placeholder-text);")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addWidget(head)
        column.addWidget(self.switch)
        column.addWidget(self.choices)
        column.addWidget(self._stack, 1)
        column.addWidget(self.notes)

    # The other views are made when they are first looked at: all at once the window would not answer.

    @property
    def pairs(self) -> MarkerPairsView:
        """Changes, waterfall, pairs and heat map."""
        return self._pairs.content

    @property
    def classes(self) -> MarkerClassesView:
        """The classes of the variable, and how near to a cut each patient is."""
        return self._classes.content

    @property
    def summaries(self) -> TableView:
        """The summaries by visit and group."""
        return self._summaries.content

    @property
    def values(self) -> TableView:
        """Every value that is shown."""
        return self._values.content

    def _make_pairs(self, parent: QWidget) -> MarkerPairsView:
        view = MarkerPairsView(parent)
        view.choice_changed.connect(self._show_answer)
        view.selected.connect(self.session.select_observation)
        view.plot.table_asked.connect(lambda: self.switch.choose("values"))
        view.plot.saved.connect(lambda path: record_export(self.session, path))
        return view

    def _make_classes(self, parent: QWidget) -> MarkerClassesView:
        view = MarkerClassesView(self.session, parent)
        view.error_changed.connect(self._show_answer)
        view.selected.connect(self.session.select_observation)
        add_triage_keys(view, view.table)
        return view

    def _make_summaries(self, parent: QWidget) -> TableView:
        view = TableView("biomarkers.summaries", _("Summaries by visit and group"), parent)
        self._export(view, _("Summaries"))
        view.setToolTip(_("Enter or a double click shows the values of a row."))
        view.activated.connect(lambda _key: self._show_values_of(view))
        return view

    def _show_values_of(self, summaries: TableView) -> None:
        """The values of the summaries' current row: those with the words of its visit and its group."""
        row = summaries.view.currentIndex().row()
        words = [summaries.model.cell_text(row, column) for column in (0, 1)]
        self.switch.choose("values")
        self.values.filter.setText(" ".join(words))

    def _make_values(self, parent: QWidget) -> TableView:
        view = TableView("biomarkers.values", _("Values"), parent)
        view.selected.connect(lambda key: self.session.select_observation(int(key)))
        add_triage_keys(view, view)
        self._export(view, _("Values"))
        return view

    def _export(self, view: TableView, what: str) -> None:
        add_export(
            view, self.session, lambda: f"{self.variable.currentData()} {what}", notes=self._export_notes
        )

    def _export_notes(self) -> list[str]:
        """What the numbers are and the rules by which they were made."""
        answer = self._answer
        notes = answer.shown.summaries.notes if answer is not None else ()
        shifts = shift_notes(answer.shown.summaries.shifts) if answer is not None else ()
        return [self.choices.sentence(), *notes, *shifts]

    @classmethod
    @override
    def title(cls) -> str:
        return _("Biomarkers")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.choices.offer(snapshot)
        self._of_the_axis = self.variable.currentData()
        self._compute()

    @override
    def show_selection(self, selection: Selection) -> None:
        self.plot.mark_patient(selection.patient)
        if self.view in PAIR_VIEWS:
            self.pairs.plot.mark_patient(selection.patient)
        if self.view == "values" and selection.observation:
            self.values.select(selection.observation)

    def _on_choice(self) -> None:
        snapshot = self.session.snapshot
        if snapshot is None:
            return
        if self.variable.currentData() != self._of_the_axis:
            self._of_the_axis = self.variable.currentData()
            self.choices.choose_axis(snapshot)
        self._compute()

    @property
    def view(self) -> str:
        """Which view is in front: trajectories, distribution, summaries or values."""
        return self.switch.view

    # Computing and showing

    def _compute(self) -> None:
        snapshot = self.session.snapshot
        variable = self.variable.currentData()
        if snapshot is None:
            return
        if not variable:
            self._answer = None
            self._show_nothing(
                _("No measurement has been imported yet. Drop a laboratory’s file on the window.")
            )
            return
        scale: Scale = self.scale.currentData()
        by: By = self.along.currentData()
        grouping: str = self.grouping.currentData() or POOLED
        patients = self.session.patients_shown()

        def work(_report: Report) -> Answer:
            values = derive_values(snapshot, variable, scale=scale, patients=patients)
            groups = derive_groups(snapshot, grouping, patients=patients)
            if by == "cycle":
                values = relate_to_cycles(snapshot, values)
            occasions = derive_phases(values) if by == "cycle" else derive_occasions(values, by)
            shown = Shown(
                values,
                groups,
                occasions,
                derive_trajectories(values, groups, occasions),
                summarise(values, groups, occasions),
                count_held(snapshot, groups, occasions),
            )
            return Answer(snapshot, shown, rows_of(snapshot.observations, values.id))

        self.compute(_("Computing summaries"), work, self._take)

    def _take(self, answer: Answer) -> None:
        if answer.snapshot is self.session.snapshot:
            self._answer = answer
            protocol = answer.snapshot.protocol
            has_classes = protocol.classes_of(answer.shown.values.variable) is not None
            self.switch.offer("classes", offered=has_classes)
            self._show_answer()

    def _show_answer(self) -> None:
        answer = self._answer
        if answer is None:
            return
        shown = answer.shown
        self.axis.setEnabled(shown.values.scale in ("absolute", "ratio"))
        self.along.setEnabled(self.view not in (*PAIR_VIEWS, "classes"))
        self.scale.setEnabled(self.view not in ("change", "pairs", "classes"))
        if len(shown.values) == 0:
            self._show_nothing(why_empty(shown))
        elif self.view == "summaries":
            self.summaries.show_columns(summary_columns(shown))
            self._stack.setCurrentWidget(self._summaries)
        elif self.view == "values":
            self._show_values(answer)
        elif self.view in PAIR_VIEWS:
            self._show_pairs(answer)
        elif self.view == "classes":
            self._stack.setCurrentWidget(self._classes)
            work = self.classes.compute(answer.snapshot, shown.values.variable, self.session.patients_shown())
            self.compute(_("Computing summaries"), work, self.classes.take, key="classes")
        else:
            self._show_plot(answer)
        self.outside.setVisible(self._outside > 0 and self.view in ("trajectories", "distribution"))
        notes = shown.summaries.notes
        if self._outside and not self.outside.isHidden():
            notes = (outside_note(self._outside, shown=self.outside.isChecked()), *notes)
        if self.view == "trajectories" and len(shown.values):
            notes = (median_note(), *notes)
        elif self.view == "summaries":
            notes = (*shift_notes(shown.summaries.shifts), *notes)
        elif self.view in (*PAIR_VIEWS, "classes"):
            notes = ()  # the view has its own
        self.notes.setVisible(bool(notes))
        self.notes.setText("  ".join(notes))
        self.notes.setToolTip("\n".join(notes))

    def _show_nothing(self, why: str) -> None:
        front: QWidget = self.plot
        if self.view in ("summaries", "values"):
            room = self._summaries if self.view == "summaries" else self._values
            room.content.show_columns([], empty=why)
            front = room
        self.plot.show_nothing(why)
        self._stack.setCurrentWidget(front)
        self.outside.hide()
        self.notes.setText("")

    def _show_plot(self, answer: Answer) -> None:
        snapshot, shown = answer.snapshot, answer.shown
        protocol = snapshot.protocol
        scale: AxisScale = self.axis.currentData() if self.axis.isEnabled() else "linear"
        guides = marker_guides(protocol, shown.values.variable) if shown.values.scale == "absolute" else []
        days = day_title(snapshot)
        title = _("Visit") if shown.occasions.by == "visit" else days
        range_ = plausible_range(shown.values, shown.groups, log=scale == "log")
        self._outside = len(range_.outside) if range_ is not None else 0
        self.outside.setText(outside_text(self._outside, shown=self.outside.isChecked()))
        limits = (range_.low, range_.high) if range_ and not self.outside.isChecked() else None
        if shown.occasions.by == "cycle":
            title = _("Days since the first dose of the last cycle")
        elif self.view == "distribution" and shown.occasions.of == "period":
            title = _("Middle of the period, {days}").format(days=days)
        elif self.view == "distribution":
            title = _("Visit")
        self._stack.setCurrentWidget(self.plot)
        self.plot.caption = titled(shown.values.label, scale_names()[shown.values.scale])
        self.plot.footnote = footnote(snapshot, shown.summaries.notes)
        self.plot.folder = str(self.session.folder_for("figure"))
        self.plot.file_name = f"{shown.values.variable}_{self.view}"
        self.plot.mark_patient(self.session.selection.patient)
        draw = self.plot.show_trajectories if self.view == "trajectories" else self.plot.show_distribution
        draw(shown, scale=scale, guides=guides, x_title=title, limits=limits)

    def _show_pairs(self, answer: Answer) -> None:
        """Ask the worker for what the view sets side by side."""
        snapshot = answer.snapshot
        self._stack.setCurrentWidget(self._pairs)
        self.pairs.offer(snapshot, answer.shown.values.variable)
        self.pairs.plot.folder = self.plot.folder
        self.pairs.plot.mark_patient(self.session.selection.patient)
        wanted = Wanted(
            self.view,
            answer.shown.values.variable,
            self.grouping.currentData() or POOLED,
            self.scale.currentData(),
            self.axis.currentData(),
            tuple(self.session.patients_shown()),
        )
        self.compute(
            _("Computing summaries"), self.pairs.compute(snapshot, wanted), self.pairs.take, key="pairs"
        )

    def _show_values(self, answer: Answer) -> None:
        self.values.show_columns(*value_columns(answer))
        self._stack.setCurrentWidget(self._values)
        if self.session.selection.observation:
            self.values.select(self.session.selection.observation)

    # Pointing

    def _on_pointed(self, pointer: Pointer | None) -> None:
        self.plot.say(self.sentence(pointer))

    def sentence(self, pointer: Pointer | None) -> str:
        """What the pointer is on, in words; "" when it is on nothing."""
        answer = self._answer
        target = self.plot.target(pointer)
        if answer is None:
            return ""
        if target.row >= 0:
            return value_sentence(answer, target.row)
        if target.group >= 0:
            return median_sentence(answer.shown, target.group, target.occasion)
        return ""

    def _on_clicked(self, pointer: Pointer) -> None:
        target = self.plot.target(pointer)
        if self._answer is not None and target.row >= 0:
            self.session.select_observation(int(self._answer.shown.values.id[target.row]))


def _view_names() -> list[tuple[str, str]]:
    return [
        ("trajectories", _("Trajectories")),
        ("distribution", _("Distribution")),
        ("change", _("Changes")),
        ("waterfall", _("Waterfall")),
        ("pairs", _("Pairs")),
        ("heat_map", _("Heat map")),
        ("classes", _("Classes")),
        ("summaries", _("Summaries")),
        ("values", _("Values")),
    ]
