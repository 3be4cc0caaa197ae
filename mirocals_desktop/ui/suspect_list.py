"""The list of suspected values with their numbers; a query on one is a key away, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from mirocals_desktop.analysis.suspects import CODES
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.query_words import mark_name, state_name
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.suspect_words import evidence_text, kind_name, measure_text, question_text
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.triage import selected_keys, settle_on
from mirocals_desktop.ui.values import MISSING, number_text, variable_text, visit_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirocals_desktop.analysis.suspects import Suspect
    from mirocals_desktop.study.snapshot import Snapshot


class SuspectList(QWidget):
    """The suspects of the patients shown. `query_asked` when one is to be asked about, `many_asked(steps)`
    when several are.
    """

    query_asked = Signal()
    many_asked = Signal(object)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("queries.suspects")
        self._session = session
        self._snapshot: Snapshot | None = None
        self._suspects: Sequence[Suspect] = ()
        self._row = 0
        self.kind = QComboBox(self)
        self.kind.setObjectName("queries.suspect_kind")
        self.kind.setAccessibleName(_("Kind"))
        self.kind.addItem(_("Everything suspected"), "")
        for code in CODES:
            self.kind.addItem(kind_name(code), code)
        self.kind.currentIndexChanged.connect(self._show_rows)
        self.reviewed = QCheckBox(_("Also what was asked or confirmed"), self)
        self.reviewed.setObjectName("queries.suspects.reviewed")
        self.reviewed.toggled.connect(self._show_rows)
        self.table = TableView("queries.suspects.table", _("Suspected values"), self)
        self.table.selected.connect(self._on_selected)
        self.table.activated.connect(self._on_activated)
        add_export(self.table, session, lambda: _("Suspected values"))
        self.evidence = QLabel(self)
        self.evidence.setObjectName("queries.suspects.evidence")
        self.evidence.setWordWrap(True)
        self.evidence.setMinimumHeight(3 * self.evidence.fontMetrics().lineSpacing())
        bar = FlowLayout()
        bar.addWidget(self.kind)
        bar.addWidget(self.reviewed)
        self.ask_many = QPushButton(icon("question"), "", self)
        self.ask_many.setObjectName("queries.suspects.ask")
        self.ask_many.setAccessibleName(_("Raise a query…"))
        self.ask_many.setToolTip(_("Raise a query on each selected row; Ctrl or Shift selects several"))
        self.ask_many.clicked.connect(self._ask_selected)
        self.table.view.selectionModel().selectionChanged.connect(lambda _new, _old: self._count())
        bar.addWidget(self.ask_many)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.evidence)

    def show_suspects(self, snapshot: Snapshot, suspects: Sequence[Suspect]) -> None:
        """Show the suspects of the patients that the session's filter lets through."""
        self._snapshot, self._suspects = snapshot, suspects
        self._show_rows()

    def current(self) -> Suspect | None:
        """The suspect in the current row."""
        key = self.table.current_key()
        return self._suspects[int(key)] if key is not None and int(key) < len(self._suspects) else None

    def question(self) -> tuple[str, str]:
        """The question that the current suspect leads to, and its code."""
        suspect = self.current()
        about = self._session.selection.observation
        if suspect is None or self._snapshot is None or about != suspect.observations[0]:
            return "", ""
        return question_text(self._snapshot, suspect), suspect.code

    def _state(self, snapshot: Snapshot, suspect: Suspect) -> tuple[str, bool]:
        """What has been done about it, and whether that settles it."""
        reviews = snapshot.reviews
        queries = [
            query
            for number in suspect.observations[:2]
            for query in reviews.queries
            if number in (query.observation, query.current)
        ]
        if queries:
            return f"{queries[-1].name} {state_name(queries[-1].state)}", True
        mark = reviews.mark_on(patient=suspect.patient, observation=suspect.observations[0])
        return (mark_name(mark.mark), mark.mark == "confirmed") if mark is not None else ("", False)

    def _show_rows(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        chosen = self.table.current_key()
        shown = frozenset(self._session.patients_shown())
        kind = self.kind.currentData()
        protocol = snapshot.protocol
        kept = []
        for number, suspect in enumerate(self._suspects):
            state, settled = self._state(snapshot, suspect)
            if suspect.patient not in shown or (kind and suspect.code != kind):
                continue
            if settled and not self.reviewed.isChecked():
                continue
            kept.append((number, suspect, state))
        one = [suspect for _number, suspect, _state in kept]
        columns = [
            Column("kind", _("Kind"), [kind_name(suspect.code) for suspect in one]),
            Column("patient", _("Patient"), [suspect.patient for suspect in one]),
            Column("variable", _("Variable"), [variable_text(protocol, suspect.variable) for suspect in one]),
            Column("visit", _("Visit"), [visit_text(protocol, suspect.visit) for suspect in one]),
            Column(
                "value", _("Value"), [measure_text(snapshot, s.variable, s.value, stored=True) for s in one]
            ),
            Column(
                "expected", _("Expected"), [_said(snapshot, suspect, suspect.expected) for suspect in one]
            ),
            Column("fold", _("Times expected"), [suspect.fold for suspect in one], 3),
            Column("fixed", _("It would be"), [_said(snapshot, suspect, suspect.fixed) for suspect in one]),
            Column("state", _("Done"), [state for _number, _suspect, state in kept]),
            Column("why", _("Why"), [evidence_text(snapshot, suspect) for suspect in one], hidden=True),
        ]
        empty = _("Nothing looks like a slip.") if not self._suspects else _("Nothing is left to look at.")
        self.table.show_columns(columns if kept else [], [number for number, _s, _t in kept], empty=empty)
        self._count()
        stays = settle_on(self.table, None if chosen is None else int(chosen), self._row)
        if stays is not None and stays != chosen:
            self._on_selected(stays)
        else:
            self._explain()

    def _on_selected(self, _key: Any) -> None:
        self._row = max(self.table.view.currentIndex().row(), 0)
        suspect = self.current()
        self._explain()
        if suspect is not None:
            self._session.select(
                patient=suspect.patient,
                variable=suspect.variable,
                visit=suspect.visit,
                record=suspect.record,
                observation=suspect.observations[0],
            )

    def _on_activated(self, key: Any) -> None:
        self._on_selected(key)  # something else may have been selected meanwhile
        self._ask_selected()

    def _ask_selected(self) -> None:
        """Ask about the selected suspects: about one with a question to change, about several as they are."""
        chosen = selected_keys(self.table)
        snapshot = self._snapshot
        if snapshot is None or not chosen:
            return
        if len(chosen) == 1:
            self._on_selected(chosen[0])
            self.query_asked.emit()
            return
        self.many_asked.emit(
            [
                {
                    "patient": suspect.patient,
                    "variable": suspect.variable,
                    "visit": suspect.visit,
                    "record": suspect.record,
                    "observation": suspect.observations[0],
                    "text": question_text(snapshot, suspect),
                    "finding": suspect.code,
                }
                for suspect in (self._suspects[number] for number in chosen)
            ]
        )

    def _count(self) -> None:
        """Say on the button how many rows it would ask about."""
        count = len(self.table.view.selectionModel().selectedRows())
        self.ask_many.setText(
            ngettext("Raise {count} query…", "Raise {count} queries…", count).format(
                count=number_text(count, 0)
            )
        )
        self.ask_many.setEnabled(count > 0 and self._session.as_of is None)

    def _explain(self) -> None:
        suspect = self.current()
        said = evidence_text(self._snapshot, suspect) if suspect is not None and self._snapshot else ""
        self.evidence.setText(said)


def _said(snapshot: Snapshot, suspect: Suspect, value: float) -> str:
    return measure_text(snapshot, suspect.variable, value) if value == value else MISSING
