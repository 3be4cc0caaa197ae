"""The list of review marks: what was seen, confirmed, or put aside to be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _
from mirocals_desktop.study.queries import MARKS, Mark
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.query_words import mark_name
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import time_text, value_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

MARK_ICONS: Final = {"seen": "search", "confirmed": "check", "to_check": "warning", "": ""}


class MarkList(QWidget):
    """The marks on the patients shown, by mark."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("queries.marks")
        self._session = session
        self._snapshot: Snapshot | None = None
        self._marks: dict[int, Mark] = {}
        self.mark = QComboBox(self)
        self.mark.setObjectName("queries.mark")
        self.mark.setAccessibleName(_("Mark"))
        self.mark.addItem(_("All marks"), "")
        for mark in ("to_check", "seen", "confirmed"):
            self.mark.addItem(mark_name(mark).capitalize(), mark)
        self.mark.currentIndexChanged.connect(self._show_rows)
        self.table = TableView("queries.marks.table", _("Review marks"), self)
        self.table.selected.connect(self._on_selected)
        add_export(self.table, session, lambda: _("Review marks"))
        bar = QHBoxLayout()
        bar.addWidget(self.mark)
        bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(self.table, 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the marks of the patients that the session's filter lets through."""
        self._snapshot = snapshot
        self._show_rows()

    def _show_rows(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        shown = frozenset(self._session.patients_shown())
        wanted = self.mark.currentData()
        marks = [
            mark
            for mark in reversed(snapshot.reviews.marks)
            if mark.patient in shown and (not wanted or mark.mark == wanted)
        ]
        self._marks = dict(enumerate(marks))
        protocol = snapshot.protocol
        columns = [
            Column(
                "mark",
                _("Mark"),
                [mark_name(mark.mark) for mark in marks],
                icons=[MARK_ICONS[mark.mark] for mark in marks],
            ),
            Column("patient", _("Patient"), [mark.patient for mark in marks]),
            Column("visit", _("Visit"), [visit_text(protocol, mark.visit) for mark in marks]),
            Column(
                "variable",
                _("Variable"),
                [variable_text(protocol, mark.variable) if mark.variable else "" for mark in marks],
            ),
            Column("value", _("Value"), _values(snapshot, marks)),
            Column("text", _("Note"), [mark.text for mark in marks]),
            Column("person", _("By"), [mark.person for mark in marks]),
            Column("time", _("Time"), [mark.at_utc for mark in marks], show=time_text),
        ]
        empty = _("Nothing is marked. Select a value, a visit or a patient: S seen, C confirmed, T to check.")
        self.table.show_columns(columns if self._marks else [], list(self._marks), empty=empty)

    def _on_selected(self, key: Any) -> None:
        mark = self._marks[int(key)]
        self._session.select(
            patient=mark.patient, variable=mark.variable, visit=mark.visit, observation=mark.observation
        )


def _values(snapshot: Snapshot, marks: list[Mark]) -> list[str]:
    rows = snapshot.observations
    wanted = [mark.observation for mark in marks if mark.observation]
    found = rows[rows["id"].isin(wanted)]
    texts = {
        int(row["id"]): value_text(snapshot.protocol.variable(str(row["variable"])), row)
        for row in ({str(name): value for name, value in item.items()} for _, item in found.iterrows())
    }
    gone = _("no longer stands")
    return [texts.get(mark.observation, gone) if mark.observation else "" for mark in marks]


assert set(MARK_ICONS) == {*MARKS, ""}
