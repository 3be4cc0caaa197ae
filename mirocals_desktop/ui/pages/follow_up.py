"""Who is due: the matrix of patients and visits, the list of visits to hold, and the findings to look at."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.follow_up import (
    STATE_NAMES,
    VisitState,
    order_by_action,
    state_name,
)
from mirocals_desktop.analysis.missing_visits import reason_name
from mirocals_desktop.analysis.origins import find_visit_origin
from mirocals_desktop.analysis.visit_months import derive_visit_months
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.ui.digest import Digest
from mirocals_desktop.ui.due_list import DueList
from mirocals_desktop.ui.findings_list import FindingsList
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.missing_map import MissingMap
from mirocals_desktop.ui.plots.visit_matrix import VisitMatrix
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.state_button import StateButton
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text
from mirocals_desktop.ui.visit_sentence import visit_question, visit_sentence
from mirocals_desktop.ui.when_seen import WhenSeen

if TYPE_CHECKING:
    from mirocals_desktop.analysis.follow_up import VisitGrid
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.analysis.visit_months import VisitMonths
    from mirocals_desktop.study.snapshot import Snapshot

_ACTION, _PATIENT, _SITE, _START = "action", "patient", "site", "start"
_BY_VISIT, _BY_MONTH, _MISSING = "visit", "month", "missing"
_DUE_TAB: Final = 0
_CHECKS_TAB: Final = 1
_MISSING_TAB: Final = 2
_CHECKS: Final = {"checks": "", "limits": "limits", "new_limits": "limits", "findings": "findings"}
_OF_THE_VISIT: Final = ("", codes.VISIT_DATE, codes.VISIT_STATUS, codes.MISSED_REASON)
_NAMED: Final = 6  # visits that a sentence names; the others are in its tooltip


class FollowUpPage(Page):
    """Every planned visit of every patient, and what to do about those that are not there."""

    code: ClassVar[str] = "follow_up"
    icon: ClassVar[str] = "follow_up"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._snapshot: Snapshot | None = None
        self._overview: Overview | None = None
        self._followed = False
        self._months: tuple[VisitGrid, VisitMonths] | None = None

        self.order = QComboBox(self)
        self.order.setObjectName("follow_up.order")
        self.order.setAccessibleName(_("Order of the patients"))
        for code, text in (
            (_ACTION, _("What needs action first")),
            (_PATIENT, _("By patient")),
            (_SITE, _("By site")),
            (_START, _("By day 0, latest first")),
        ):
            self.order.addItem(text, code)
        self.order.currentIndexChanged.connect(lambda _index: self._show_rows())
        self.columns = QComboBox(self)
        self.columns.setObjectName("follow_up.columns")
        self.columns.setAccessibleName(_("What the columns are"))
        for code, text in (
            (_BY_VISIT, _("Visit by visit")),
            (_BY_MONTH, _("By calendar month")),
            (_MISSING, _("Map of missing visits")),
        ):
            self.columns.addItem(text, code)
        self.columns.currentIndexChanged.connect(lambda _index: self._show_rows())
        self.legend: dict[VisitState, StateButton] = {}
        legend = QWidget(self)
        flow = FlowLayout(legend, gap=2, line_gap=2)
        flow.addWidget(self.columns)
        flow.addWidget(self.order)
        for state in STATE_NAMES:
            if state != VisitState.NOT_EXPECTED:
                button = self.legend[state] = StateButton(state, legend)
                button.toggled.connect(lambda _on: self._show_rows())
                flow.addWidget(button)
        self.note = QLabel(self)
        self.note.setObjectName("follow_up.note")
        self.note.setWordWrap(True)
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        self.sentence = QLabel(self)
        self.sentence.setObjectName("follow_up.sentence")
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # a long one moves nothing
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.matrix = VisitMatrix("follow_up.matrix", self._sentence, self)
        self.matrix.pointed.connect(lambda row, column: self.sentence.setText(self._sentence(row, column)))
        self.matrix.chosen.connect(self._on_cell_chosen)
        self.matrix.opened.connect(self._open_row)
        self.nothing = QLabel(self)
        self.nothing.setObjectName("follow_up.nothing")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self._front = QStackedWidget(self)
        self._front.addWidget(self.matrix)
        self._map = WhenSeen(self._make_map, session, self)
        self._front.addWidget(self.nothing)
        self._front.addWidget(self._map)

        self.due = DueList("follow_up.due", session, self)
        self.due.selected.connect(self._on_due_selected)
        self.due.activated.connect(lambda _key: self.page_asked.emit("patient"))
        self._checks = WhenSeen(self._make_checks, session, self)
        self._missing = WhenSeen(self._make_missing, session, self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("follow_up.lists")
        self.tabs.setAccessibleName(_("Follow-up"))
        self.tabs.setDocumentMode(True)
        for room in (self.due, self._checks, self._missing):
            self.tabs.addTab(room, "")

        upper = QWidget(self)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(legend)
        column.addWidget(self.note)
        column.addWidget(self._front, 1)
        column.addWidget(self.sentence)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("follow_up.split")
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([460, 220])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(split)

    # What is not in front is made when it is first looked at: all at once the window would not answer.

    @property
    def map(self) -> MissingMap:
        """The map of missing visits."""
        return self._map.content

    def _make_map(self, parent: QWidget) -> MissingMap:
        view = MissingMap("follow_up.map", parent)
        view.pointed.connect(self._on_map_pointed)
        view.chosen.connect(self._on_map_chosen)
        return view

    @property
    def checks(self) -> FindingsList:
        """What looks wrong."""
        return self._checks.content

    def _make_checks(self, parent: QWidget) -> FindingsList:
        view = FindingsList("follow_up.checks", self.session, parent)
        view.found.connect(self._on_found)
        view.activated.connect(lambda _key: self.page_asked.emit("patient"))
        if self._snapshot is not None and self._overview is not None:
            view.show_findings(self._snapshot, self._overview)
        return view

    def _make_missing(self, parent: QWidget) -> TableView:
        view = TableView("follow_up.missing", _("Missing visits by reason"), parent)
        view.selected.connect(lambda visit: self._on_missing(str(visit)))
        view.activated.connect(lambda visit: self._on_missing(str(visit), everybody=True))
        add_export(view, self.session, lambda: _("Missing visits by reason"))
        if self._overview is not None:
            self._show_missing(view, self._overview)
        return view

    @classmethod
    @override
    def title(cls) -> str:
        return _("Follow-up")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        Digest.of(self.session).ask(self, lambda overview: self._show(snapshot, overview))

    @override
    def show_selection(self, selection: Selection) -> None:
        overview = self._overview
        if overview is None or selection.patient not in overview.grid.patients:
            return
        current = self.matrix.current()
        column = current[1] if current is not None else 0
        row = overview.grid.patients.index(selection.patient)
        for number, visit in enumerate(overview.grid.visits):
            if visit.code == selection.visit:
                column = number
                if self.columns.currentData() == _BY_MONTH:
                    months = np.flatnonzero(self._month_grid(overview.grid).place[row] == number)
                    column = int(months[0]) if len(months) else 0
        self.matrix.select(overview.grid.patients.index(selection.patient), column)

    @override
    def question(self) -> tuple[str, str]:
        """What to ask about the visit that is pointed at: why it is not there, or lacks something."""
        chosen, overview = self.session.selection, self._overview
        if overview is None or chosen.variable not in _OF_THE_VISIT:
            return "", ""
        grid = overview.grid
        column = next((n for n, visit in enumerate(grid.visits) if visit.code == chosen.visit), -1)
        if column < 0 or chosen.patient not in grid.patients:
            return "", ""
        return visit_question(overview, grid.patients.index(chosen.patient), column), ""

    def _show(self, snapshot: Snapshot, overview: Overview) -> None:
        self._snapshot, self._overview = snapshot, overview
        for state, button in self.legend.items():
            count = int(overview.grid.count(state).sum())
            usual = state in (VisitState.DONE, VisitState.OVERDUE) and overview.grid.planned
            button.setVisible(count > 0 or usual)
            took_place = state == VisitState.DONE and not overview.grid.planned
            button.setText(_("Took place") if took_place else state_name(state))
            button.show_count(count)
            with QSignalBlocker(button):
                button.setChecked(button.isChecked() and count > 0)
        self._show_rows()
        self.session.jobs.postpone(lambda: self._show_below(snapshot, overview), owner=self)

    def _show_below(self, snapshot: Snapshot, overview: Overview) -> None:
        """The lists, in a turn of the event loop of their own, and what the page was asked for."""
        if self._overview is not overview:
            return
        self._show_lists(snapshot, overview)
        self._open_wanted()
        self.show_selection(self.session.selection)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._overview is not None:  # the number may be followed a second time: nothing else is new
            self._open_wanted()

    def _open_wanted(self) -> None:
        """Bring the list to the front that a followed number asks for, with the rows that it counts."""
        wanted = Digest.of(self.session).take_wanted(self.code)
        if self._followed and not wanted and not self.session.filters.list_name:
            self._followed = False  # the number's patients are no longer picked out, nor are its rows
            self.due.show_state("")
            if self._checks.is_made:
                self.checks.show_kind("")
        self._followed = self._followed or bool(wanted)
        if wanted in _CHECKS:
            self.checks.show_kind(_CHECKS[wanted], only_new=wanted == "new_limits")
            self.tabs.setCurrentIndex(_CHECKS_TAB)
        elif wanted:
            self.due.show_state(wanted)
            self.tabs.setCurrentIndex(_DUE_TAB)

    def _show_lists(self, snapshot: Snapshot, overview: Overview) -> None:
        """The lists below; what looks wrong is listed only when its tab is looked at."""
        self.due.show_due(snapshot, overview)
        late = int((overview.due["state"] == "overdue").sum())
        text = _("Due and overdue ({count}, {overdue} overdue)").format(
            count=number_text(len(overview.due), 0), overdue=number_text(late, 0)
        )
        self.tabs.setTabText(_DUE_TAB, text)
        if self._checks.is_made:
            self.checks.show_findings(snapshot, overview)
        found = number_text(FindingsList.count_of(overview), 0)
        self.tabs.setTabText(_CHECKS_TAB, _("To look at ({count})").format(count=found))
        gone = int(sum(int(counts.sum()) for counts in overview.missing.missing.values()))
        self.tabs.setTabText(
            _MISSING_TAB, _("Missing by reason ({count})").format(count=number_text(gone, 0))
        )
        if self._missing.is_made:
            self._show_missing(self._missing.content, overview)

    # The matrix

    def _rows(self, overview: Overview) -> npt.NDArray[np.int64]:
        """The rows of the grid to show, in the order that was chosen."""
        grid, statuses = overview.grid, overview.statuses
        order = self.order.currentData()
        rows = np.arange(len(grid.patients), dtype=np.int64)
        if order == _ACTION:
            rows = order_by_action(grid, statuses)
        elif order == _SITE and self._snapshot is not None and codes.SITE in self._snapshot.patients:
            sites = self._snapshot.patients[codes.SITE].reindex(statuses.index).fillna("").to_numpy(dtype=str)
            rows = np.argsort(sites, kind="stable")
        elif order == _START:
            origin = statuses["origin"].to_numpy(dtype="datetime64[D]")
            rows = np.argsort(origin, kind="stable")[::-1]
            rows = np.concatenate([rows[~np.isnat(origin[rows])], rows[np.isnat(origin[rows])]])
        wanted = [state for state, button in self.legend.items() if button.isChecked()]
        if wanted:
            rows = rows[np.isin(grid.state[rows], wanted).any(axis=1)]
        return rows

    def _show_rows(self) -> None:
        overview = self._overview
        if overview is None:
            return
        grid = overview.grid
        rows = self._rows(overview)
        why = ""
        if not grid.patients:
            why = _("No patient to show. Import patients, or show all.")
        elif not grid.visits:
            why = _("No visit has been recorded yet. Import a visit tracker, or a file with visit dates.")
        elif not len(rows):
            why = _("No patient has a visit in this state.")
        self.nothing.setText(why)
        shown = self.columns.currentData()
        self.order.setEnabled(shown != _MISSING)
        if shown != _MISSING:
            self.matrix.show_grid(self._month_grid(grid).grid if shown == _BY_MONTH else grid, rows)
            if shown == _BY_MONTH:
                self.matrix.show_last_column()
            elif self.order.currentData() == _ACTION:
                self.matrix.show_open_column()
        elif not why:
            self.map.show_missing(grid, overview.missing)
        if why:
            self._front.setCurrentWidget(self.nothing)
        else:
            self._front.setCurrentWidget(self._map if shown == _MISSING else self.matrix)
        self.sentence.setText("" if why else _("Point at a sign to read it. Enter opens the patient."))
        note = ""
        if not grid.planned:
            note = _("No plan of visits fits this study, so visits stand in their order and nothing is due.")
        elif grid.left_out:
            note = _("No patient has had {visits}: this study seems not to keep them, so nobody is expected.")
            codes_left = [visit.code for visit in grid.left_out]
            note = note.format(visits=", ".join([*codes_left[:_NAMED], *["…"][: len(codes_left) > _NAMED]]))
            self.note.setToolTip(", ".join(codes_left))
        self.note.setText(note)
        self.note.setVisible(bool(note) and not why)

    def _month_grid(self, grid: VisitGrid) -> VisitMonths:
        """The grid by month, derived when it is first looked at."""
        if self._months is None or self._months[0] is not grid:
            self._months = (grid, derive_visit_months(grid))
        return self._months[1]

    def _place(self, row: int, column: int) -> int:
        """The visit that a cell of the matrix stands for, as a column of the grid; -1 for none."""
        if self.columns.currentData() != _BY_MONTH or self._overview is None:
            return column
        place = self._month_grid(self._overview.grid).place
        return int(place[row, column]) if column < place.shape[1] else -1

    def _sentence(self, row: int, column: int) -> str:
        """What a cell says: state, day, window, what was due and is lacking."""
        overview, column = self._overview, self._place(row, column)
        if overview is None or column < 0 or column >= len(overview.grid.visits):
            return ""
        return visit_sentence(overview, row, column)

    def _on_map_pointed(self, row: int, column: int) -> None:
        self.sentence.setText(self._sentence(row, column) if row >= 0 else "")

    def _on_map_chosen(self, row: int, column: int) -> None:
        if self._overview is not None:
            grid = self._overview.grid
            self._select_visit(grid.patients[row], grid.visit_code(column))

    def _on_cell_chosen(self, row: int, column: int) -> None:
        if self._overview is not None:
            grid, place = self._overview.grid, self._place(row, column)
            self._select_visit(grid.patients[row], grid.visit_code(place) if place >= 0 else "")

    def _open_row(self, row: int) -> None:
        current = self.matrix.current()
        self._on_cell_chosen(row, current[1] if current is not None else 0)
        self.page_asked.emit("patient")

    def _select_visit(self, patient: str, visit: str) -> None:
        """Point at a visit, by the value that tells of it where one is stored: it leads to its cell."""
        snapshot = self._snapshot
        number = find_visit_origin(snapshot, patient, visit) if snapshot is not None else 0
        if number:
            self.session.select_observation(number)
        else:
            self.session.select(patient=patient, visit=visit)

    # The lists

    def _show_missing(self, view: TableView, overview: Overview) -> None:
        """How many visits are missing by each reason, visit by visit."""
        grid, missing = overview.grid, overview.missing
        columns = [
            Column("visit", _("Visit"), [str(visit.label) for visit in grid.visits]),
            Column("held", _("Held"), missing.held, decimals=0),
            *(
                Column(reason, reason_name(reason), counts, decimals=0)
                for reason, counts in missing.missing.items()
            ),
            Column("missing", _("Missing"), np.sum(list(missing.missing.values()), axis=0), decimals=0),
        ]
        view.show_columns(
            columns, [visit.code for visit in grid.visits], empty=_("No visit has been recorded yet.")
        )
        told = ", ".join(
            _("{reason} {count}").format(reason=word, count=number_text(count, 0))
            for word, count in missing.told[:_NAMED]
        )
        view.setToolTip(_("Recorded reasons: {reasons}").format(reasons=told) if told else "")

    def _on_missing(self, visit: str, *, everybody: bool = False) -> None:
        """Point at the first patient of the matrix without a visit; or show all of them alone."""
        overview = self._overview
        if overview is None:
            return
        grid = overview.grid
        column = [one.code for one in grid.visits].index(visit)
        lacking = overview.missing.cells[:, column] >= 0
        rows = [row for row in self._rows(overview).tolist() if lacking[row]]
        if not rows:
            return
        if everybody:
            name = _("Missing at {visit}").format(visit=grid.visits[column].label)
            listed = frozenset(grid.patients[row] for row in rows)
            filters = dataclasses.replace(self.session.filters, listed=listed, list_name=name)
            self.session.set_filters(filters)
        self._select_visit(grid.patients[rows[0]], visit)

    def _on_due_selected(self, key: Any) -> None:
        self._select_visit(*key)

    def _on_found(self, patient: str, number: int, what: str) -> None:
        if number:
            self.session.select_observation(number)
        else:
            self.session.select(patient=patient)
        self.sentence.setText(what)  # whole, where the list cuts it
