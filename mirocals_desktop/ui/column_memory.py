"""What the user did to the columns of a table (order, width, which are shown), kept for the next time.

A table's own widths and hidden columns are where one begins; only what differs from them is kept, by the
column's code, so that it still holds when a study has other columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import TableView

Widths = dict[str, int]


def watch_columns(root: QWidget, session: Session) -> None:
    """Put the columns of every table below `root` as the user left them, now and when it gets others."""
    for table in root.findChildren(TableView):
        if table.objectName() and table.findChild(ColumnMemory) is None:
            ColumnMemory(table, session)


def keep_columns(root: QWidget, session: Session) -> None:
    """Remember the columns of every table below `root` as they are now."""
    tables = dict(session.settings.tables)
    for memory in root.findChildren(ColumnMemory):
        state, name = memory.state(), memory.table.objectName()
        if state:
            tables[name] = state
        elif state is not None:
            tables.pop(name, None)
    session.update_settings(tables=tables)


class ColumnMemory(QObject):
    """Watches one table: puts its columns as they were, and keeps them when asked to."""

    def __init__(self, table: TableView, session: Session) -> None:
        super().__init__(table)
        self.setObjectName("column_memory")
        self.table = table
        self._session = session
        self._codes: tuple[str, ...] = ()
        self._own: Widths = {}
        table.model.modelReset.connect(self._on_reset)
        self._on_reset()

    def state(self) -> dict[str, Any] | None:
        """What differs from the table's own columns, {} for nothing; None before there are any columns."""
        if not self._codes:
            return None
        view, header = self.table.view, self.table.view.horizontalHeader()
        columns = self.table.model.columns
        order = [self._codes[header.logicalIndex(place)] for place in range(header.count())]
        hidden = [c.code for number, c in enumerate(columns) if view.isColumnHidden(number) and not c.hidden]
        shown = [c.code for number, c in enumerate(columns) if not view.isColumnHidden(number) and c.hidden]
        widths = {
            code: width for code, width in self._widths().items() if width and width != self._own.get(code)
        }
        moved = order if order != list(self._codes) else []
        kept = {"order": moved, "hidden": hidden, "shown": shown, "widths": widths}
        return {name: value for name, value in kept.items() if value}

    def _on_reset(self) -> None:
        codes = tuple(column.code for column in self.table.model.columns)
        if codes and codes != self._codes:
            QTimer.singleShot(0, self, self._restore)  # the table sizes its columns after it is filled

    def _restore(self) -> None:
        columns = self.table.model.columns
        self._codes = tuple(column.code for column in columns)
        self._own = self._widths()
        state = self._session.settings.tables.get(self.table.objectName())
        if state:
            self._put(state)

    def _put(self, state: Mapping[str, Any]) -> None:
        view, header = self.table.view, self.table.view.horizontalHeader()
        number_of = {code: number for number, code in enumerate(self._codes)}
        for name, hide in (("hidden", True), ("shown", False)):
            for code in _texts(state.get(name)):
                if code in number_of:
                    view.setColumnHidden(number_of[code], hide)
        widths = state.get("widths")
        for code, width in widths.items() if isinstance(widths, dict) else ():
            if code in number_of and isinstance(width, int) and 8 < width < 4000:
                view.setColumnWidth(number_of[code], width)
        place = 0
        for code in _texts(state.get("order")):
            if code in number_of:
                header.moveSection(header.visualIndex(number_of[code]), place)
                place += 1

    def _widths(self) -> Widths:
        """The widths that the user can set: neither that of a hidden column nor one that fills the room."""
        header = self.table.view.horizontalHeader()
        last = header.logicalIndex(header.count() - 1) if header.stretchLastSection() else -1
        return {
            code: header.sectionSize(number)
            for number, code in enumerate(self._codes)
            if number != last and header.sectionResizeMode(number) != header.ResizeMode.Stretch
        }


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
