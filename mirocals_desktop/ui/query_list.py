"""The list of queries with its filters; below it what was said about the chosen one and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.analysis.queries import AGES, age_in_days, count_open_queries
from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.study import ledger
from mirocals_desktop.study.queries import Query
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.query_words import (
    STATE_ICONS,
    age_text,
    cell_text,
    place_text,
    state_name,
    step_line,
    value_line,
)
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.triage import selected_keys, settle_on
from mirocals_desktop.ui.values import variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

_NOT_CLOSED: Final = "not_closed"
_ANYBODY: Final = ""
_NEXT: Final = {
    "open": ledger.QUERY_ANSWERED,
    "answered": ledger.QUERY_CLOSED,
    "closed": ledger.QUERY_REOPENED,
}
"""What Enter does with a query in each state."""


class QueryList(QWidget):
    """All queries of the patients shown. `act_asked(kind, queries)` when something is to be done."""

    act_asked = Signal(str, object)
    export_asked = Signal(object)
    answers_asked = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("queries.list")
        self._session = session
        self._snapshot: Snapshot | None = None
        self._queries: dict[int, Query] = {}
        self._row = 0
        self.state = self._chooser("state", _("State"))
        self.assigned = self._chooser("assigned", _("For"))
        for code, text in (
            (_NOT_CLOSED, _("Not closed")),
            ("open", _("Open")),
            ("answered", _("Answered")),
            ("closed", _("Closed")),
            ("", _("All")),
        ):
            self.state.addItem(text, code)
        self.ages = QLabel(self)
        self.ages.setObjectName("queries.ages")
        self.export = QPushButton(icon("export"), _("Export for a site…"), self)
        self.export.setObjectName("queries.export")
        self.export.setToolTip(_("Write the queries shown to a workbook with room for the answers"))
        self.export.clicked.connect(self._ask_export)
        self.take = QPushButton(icon("import"), _("Take in answers…"), self)
        self.take.setObjectName("queries.take_answers")
        self.take.setToolTip(_("Read the answers from a workbook that came back"))
        self.take.clicked.connect(self.answers_asked)
        bar = QWidget(self)
        flow = FlowLayout(bar, gap=8)
        for widget in (self.state, self.assigned, self.export, self.take, self.ages):
            flow.addWidget(widget)

        self.table = TableView("queries.table", _("Queries"), self)
        self.table.selected.connect(lambda _key: self._on_selected())
        self.table.activated.connect(lambda _key: self._ask_next())
        add_export(self.table, session, lambda: _("Queries"))
        self.talk = _Thread(self)
        for kind, button in self.talk.buttons.items():
            button.clicked.connect(lambda _checked=False, kind=kind: self.ask(kind))
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("queries.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.talk)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(bar)
        column.addWidget(split, 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the queries of the patients that the session's filter lets through."""
        self._snapshot = snapshot
        people = dict.fromkeys(query.assigned for query in snapshot.reviews.queries if query.assigned)
        chosen = self.assigned.currentData()
        with QSignalBlocker(self.assigned):
            self.assigned.clear()
            self.assigned.addItem(_("For anybody"), _ANYBODY)
            for person in people:
                self.assigned.addItem(_("For {person}").format(person=person), person)
            self.assigned.setCurrentIndex(max(self.assigned.findData(chosen), 0))
        self.take.setEnabled(self._session.as_of is None)
        self._show_rows()

    def choose(self, number: int) -> None:
        """Make a query the current one, whatever its state."""
        query = self._snapshot.reviews.query(number) if self._snapshot is not None else None
        if query is None:
            return
        if number not in self._queries:
            self.state.setCurrentIndex(self.state.findData(""))
            self.assigned.setCurrentIndex(0)
        self.table.select(number)
        self._on_selected()

    def point_at(self, patient: str, observation: int) -> None:
        """Make the last query on a value the current one, where one is shown and none on it is current."""
        if self._snapshot is None or not observation:
            return
        found = self._snapshot.reviews.queries_on(patient=patient, observation=observation)
        ids = [query.id for query in found if query.id in self._queries]
        if ids and self.table.current_key() not in ids:
            self.table.select(ids[-1])
            self._row = max(self.table.view.currentIndex().row(), 0)
            self._show_thread()

    def chosen(self) -> list[Query]:
        """The selected queries."""
        return [self._queries[key] for key in selected_keys(self.table) if key in self._queries]

    def ask(self, kind: str) -> None:
        """Ask for an act on the selected queries that it can be done to."""
        fitting = [query for query in self.chosen() if _fits(kind, query)]
        if fitting and self._session.as_of is None:
            self.act_asked.emit(kind, fitting)

    def _ask_export(self) -> None:
        shown = self.table.keys()
        self.export_asked.emit([self._queries[number] for number in shown])

    def _ask_next(self) -> None:
        chosen = self.chosen()
        if chosen:
            self.ask(_NEXT[chosen[0].state])

    def _chooser(self, code: str, name: str) -> QComboBox:
        field = QComboBox(self)
        field.setObjectName(f"queries.{code}")
        field.setAccessibleName(name)
        field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        field.currentIndexChanged.connect(self._show_rows)
        return field

    def _wanted(self, snapshot: Snapshot) -> list[Query]:
        shown = frozenset(self._session.patients_shown())
        state, person = self.state.currentData(), self.assigned.currentData()
        return [
            query
            for query in snapshot.reviews.queries
            if query.patient in shown
            and (not state or query.state == state or (state == _NOT_CLOSED and query.state != "closed"))
            and (not person or query.assigned == person)
        ]

    def _show_rows(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        chosen = self.table.current_key()
        queries = self._wanted(snapshot)
        self._queries = {query.id: query for query in queries}
        protocol = snapshot.protocol
        columns = [
            Column("id", _("No."), [query.id for query in queries], 0, show=lambda number: f"Q{int(number)}"),
            Column(
                "state",
                _("State"),
                [state_name(query.state) for query in queries],
                icons=[STATE_ICONS[query.state] for query in queries],
                room_for=[state_name(state) for state in STATE_ICONS],
            ),
            Column("age", _("Age"), [age_in_days(query) for query in queries], 0, _("days")),
            Column("patient", _("Patient"), [query.patient for query in queries]),
            Column("variable", _("Variable"), [variable_text(protocol, q.variable) for q in queries]),
            Column("visit", _("Visit"), [visit_text(protocol, query.visit) for query in queries]),
            Column("value", _("Value"), [value_line(snapshot, query) for query in queries]),
            Column("text", _("Question"), [query.text.replace("\n", " ") for query in queries]),
            Column("assigned", _("For"), [query.assigned for query in queries]),
            Column(
                "answer",
                _("Answer"),
                [query.answer.text.replace("\n", " ") if query.answer else "" for query in queries],
            ),
            Column("cell", _("Cell"), [cell_text(query) for query in queries], hidden=True),
        ]
        asked = bool(snapshot.reviews.queries)
        empty = (
            _("No query like this.")
            if asked
            else _("Nobody has asked anything yet. Select a value anywhere and press Q.")
        )
        self.table.show_columns(columns if self._queries else [], list(self._queries), empty=empty)
        self.ages.setText(ages_text(snapshot, self._session.patients_shown()))
        self.export.setEnabled(bool(queries))
        settled = settle_on(self.table, chosen, self._row)
        if settled is not None and settled != chosen:
            self._on_selected()
        else:
            self._show_thread()

    def _on_selected(self) -> None:
        self._row = max(self.table.view.currentIndex().row(), 0)
        self._show_thread()
        query = self._current()
        if query is not None:
            self._session.select(
                patient=query.patient,
                variable=query.variable,
                visit=query.visit,
                record=query.record,
                observation=query.current or self._arrived(query),
            )

    def _arrived(self, query: Query) -> int:
        """The value that stands by now where a query was raised on a lacking one; 0 while it lacks."""
        snapshot = self._session.snapshot
        if snapshot is None or not query.variable:
            return 0
        told = snapshot.observations
        here = told.take((told["patient"].to_numpy() == query.patient).nonzero()[0])
        here = here[
            (here["variable"] == query.variable)
            & (here["visit"] == query.visit)
            & (here["record"] == query.record)
        ]
        return int(here["id"].iloc[0]) if len(here) == 1 else 0

    def _current(self) -> Query | None:
        key = self.table.current_key()
        return self._queries.get(int(key)) if key is not None else None

    def _show_thread(self) -> None:
        if self._snapshot is not None:
            self.talk.show_query(self._snapshot, self._current(), acts=self._session.as_of is None)


class _Thread(QWidget):
    """What was said about one query, and the buttons that go on with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("queries.thread")
        self.heading = theme.heading_label("", "queries.thread.heading", self)
        self.heading.setWordWrap(True)
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.heading, 1)
        for kind, code, text, picture in (
            (ledger.QUERY_ANSWERED, "answer", _("Answer…"), "queries"),
            (ledger.QUERY_CLOSED, "close", _("Close…"), "check"),
            (ledger.QUERY_REOPENED, "reopen", _("Reopen…"), "undo"),
            (ledger.QUERY_ASSIGNED, "assign", _("Assign…"), "patient"),
        ):
            button = QPushButton(icon(picture), text, self)
            button.setObjectName(f"queries.{code}")
            self.buttons[kind] = button
            row.addWidget(button)
        self.text = QLabel(self)
        self.text.setObjectName("queries.thread.text")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        area = QScrollArea(self)
        area.setObjectName("queries.thread.area")
        area.setAccessibleName(_("What was said"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addLayout(row)
        column.addWidget(area, 1)

    def show_query(self, snapshot: Snapshot, query: Query | None, *, acts: bool) -> None:
        """Show what was said about a query."""
        for kind, button in self.buttons.items():
            button.setEnabled(acts and query is not None and _fits(kind, query))
            button.setVisible(
                (kind == ledger.QUERY_REOPENED) == (query is not None and query.state == "closed")
            )
        if query is None:
            self.heading.setText(_("Choose a query to see what was said about it."))
            self.text.setText("")
            return
        self.heading.setText(f"{query.name} · {query.patient} · {place_text(snapshot, query)}")
        lines = [value_line(snapshot, query), cell_text(query)]
        head = " · ".join(line for line in lines if line)
        self.text.setText("\n\n".join([head, *(step_line(step) for step in query.steps)]))


def _fits(kind: str, query: Query) -> bool:
    """Whether an act can be done to a query in its state."""
    return (query.state == "closed") == (kind == ledger.QUERY_REOPENED)


def ages_text(snapshot: Snapshot, patients: list[str]) -> str:
    """How many queries are not closed, and how old they are, in a line."""
    counted = count_open_queries(snapshot, patients=patients)
    if not counted.count:
        return _("No query is open.")
    parts = [
        ngettext("{count} not closed", "{count} not closed", counted.count).format(count=counted.count),
        *(
            titled(_age_class(low, high), len(ids))
            for (low, high), ids in zip(AGES, counted.by_age, strict=True)
            if ids
        ),
        _("oldest {age}").format(age=age_text(counted.oldest_days)),
    ]
    return " · ".join(parts)


def _age_class(low: int, high: int | None) -> str:
    if high is None:
        return _("over {days} days").format(days=low - 1)
    if low == 0:
        return _("up to {days} days").format(days=high)
    return _("{low} to {high} days").format(low=low, high=high)
