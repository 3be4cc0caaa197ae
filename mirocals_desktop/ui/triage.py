"""Going through a list by the keyboard: J and K move to the next and the previous row, Enter acts on it."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mirocals_desktop.ui.table import TableView


def add_triage_keys(owner: QWidget, table: TableView) -> None:
    """Let J and K move in a table while `owner` is in sight; a field that is written in keeps its letters."""
    for key, step in (("J", 1), ("K", -1)):
        shortcut = QShortcut(QKeySequence(key), owner)
        shortcut.activated.connect(lambda step=step: move(table, step))


def move(table: TableView, step: int) -> None:
    """Make another row the current one; the first where none is."""
    count = table.model.rowCount()
    if not count:
        return
    now = table.view.currentIndex()
    row = min(max(now.row() + step, 0), count - 1) if now.isValid() else 0
    table.view.setCurrentIndex(table.model.index(row, max(now.column(), 0)))
    table.view.setFocus()


def selected_keys(table: TableView) -> list[int]:
    """The keys of the selected rows, in their order on the screen."""
    rows = sorted(index.row() for index in table.view.selectionModel().selectedRows())
    return [int(table.model.key(row)) for row in rows]


def settle_on(table: TableView, key: int | None, row: int) -> int | None:
    """Keep the row with the key the current one, else take the one that came to its place; gives its key.

    Where no row was current none becomes so: what is shown as chosen is always what is selected everywhere.
    """
    keys = table.keys()
    if not keys or key is None:
        return None
    wanted = key if key in keys else keys[min(max(row, 0), len(keys) - 1)]
    table.select(wanted)
    return int(wanted)
