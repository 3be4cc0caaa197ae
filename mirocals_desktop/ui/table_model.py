"""The model of every table: shown rows over column arrays, with sort and text filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from typing_extensions import override

from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.table_columns import Column
from mirocals_desktop.ui.table_rows import WORKERS, TableRows
from mirocals_desktop.ui.values import number_text, user_locale

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_AT_ONCE: Final = 20_000  # more rows are sorted and filtered on a worker, so that the window goes on


class FrameModel(QAbstractTableModel):
    """A table over column arrays; `key(row)` gives the record that a shown row stands for.

    Few rows are sorted and filtered at once; many on a worker, while `busy` is true and the old order stays.
    """

    busy_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column] = (),
        keys: Sequence[Any] | np.ndarray[Any, Any] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._sort: tuple[str, Qt.SortOrder] | None = None
        self._filter = ""
        self._places: dict[Any, int] | None = None
        self._busy = False
        self._take(columns, keys)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns as they were given."""
        return self._columns

    @property
    def total(self) -> int:
        """How many rows there are without the filter."""
        return self._total

    @property
    def busy(self) -> bool:
        """Whether an order that was asked for is still being made."""
        return self._busy

    def set_columns(
        self, columns: Sequence[Column], keys: Sequence[Any] | np.ndarray[Any, Any] | None = None
    ) -> None:
        """Show other data; sort order and filter stay, by column code."""
        self.beginResetModel()
        self._take(columns, keys)
        self.endResetModel()
        if self._filter or self._sort is not None:
            self._arrange()

    def key(self, row: int) -> Any:
        """The key of a shown row."""
        return self._keys[self._rows[row]] if self._keys is not None else int(self._rows[row])

    def row_of(self, key: Any) -> int:
        """The shown row with this key, or -1."""
        if self._places is None:
            keys = self._keys if self._keys is not None else range(self._total)
            self._places = {value: place for place, value in enumerate(keys)}
        place = self._places.get(key)
        if place is None:
            return -1
        found = np.flatnonzero(self._rows == place)
        return int(found[0]) if found.size else -1

    @property
    def filter_text(self) -> str:
        """The text that rows are filtered by."""
        return self._filter

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return self._data.numeric[column]

    def set_filter(self, text: str) -> None:
        """Show only rows with every word of `text` somewhere in them, whatever its case."""
        if text != self._filter:
            self._filter = text
            self._arrange()

    def cell_text(self, row: int, column: int) -> str:
        """The text of one shown cell."""
        return self._text(self._columns[column], int(self._rows[row]))

    def reader(self, columns: Sequence[int]) -> Callable[[int, int], str]:
        """The texts of these columns as they are shown now, also when the model has gone on: for a worker."""
        rows, shown, text = self._rows, [self._columns[number] for number in columns], self._text
        return lambda row, column: text(shown[column], int(rows[row]))

    def value(self, row: int, column: int) -> Any:
        """The value of one shown cell, as the column holds it."""
        return self._columns[column].values[int(self._rows[row])]

    def copied_text(self, row: int, column: int) -> str:
        """The text of one shown cell for another program: numbers without group separators."""
        shown = self._columns[column]
        value = shown.values[int(self._rows[row])]
        if self._data.numeric[column] and shown.show is None:
            return number_text(value, shown.decimals, grouped=False)
        return self.cell_text(row, column)

    @override
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _USED_ROLES:
            return None
        column = self._columns[index.column()]
        place = int(self._rows[index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(column, place)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self._data.numeric[index.column()] else _LEFT
        if role == Qt.ItemDataRole.ForegroundRole:
            colour = column.colours[place] if column.colours is not None else ""
            return QColor(colour) if colour else None
        if role == Qt.ItemDataRole.DecorationRole:
            name = column.icons[place] if column.icons is not None else ""
            return icon(name) if name else None
        if column.tips is not None:
            return column.tips[place] or None
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical or section >= len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].header
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._columns[section].tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self._data.numeric[section] else _LEFT
        return None

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (self._columns[column].code, order) if 0 <= column < len(self._columns) else None
        self._arrange()

    def _take(self, columns: Sequence[Column], keys: Sequence[Any] | np.ndarray[Any, Any] | None) -> None:
        self._columns = tuple(columns)
        self._data = TableRows(self._columns, self._text)
        self._total = self._data.total
        self._keys = keys
        self._places = None
        self._rows = np.arange(self._total)

    def _text(self, column: Column, place: int) -> str:
        value = column.values[place]
        if column.show is not None:
            return column.show(value)
        if isinstance(value, str):
            return value
        return number_text(value, column.decimals) if value is not None else ""

    def _arrange(self) -> None:
        """Show the rows that the filter leaves in the order that was asked for, now or when it is made."""
        data, words, sort = self._data, self._filter, self._sort
        if self._total <= _AT_ONCE:
            self._show_rows(data.arranged(words, sort))
            return

        def show(rows: np.ndarray[Any, Any]) -> None:
            if data is self._data and (words, sort) == (self._filter, self._sort):
                self._show_rows(rows)

        def fail(error: BaseException) -> None:
            self._set_busy(busy=False)
            raise error

        self._set_busy(busy=True)
        WORKERS.jobs().start(
            "",
            lambda _report: data.arranged(words, sort, _report),
            done=show,
            failed=fail,
            owner=self,
            key=str(id(self)),
            quiet=True,
        )

    def _show_rows(self, rows: np.ndarray[Any, Any]) -> None:
        self._set_busy(busy=False)
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _set_busy(self, *, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit()


_USED_ROLES: Final = frozenset(
    {
        int(Qt.ItemDataRole.DisplayRole),
        int(Qt.ItemDataRole.TextAlignmentRole),
        int(Qt.ItemDataRole.ForegroundRole),
        int(Qt.ItemDataRole.DecorationRole),
        int(Qt.ItemDataRole.ToolTipRole),
    }
)


def plain_cell(text: str) -> str:
    """Text for one cell of tab-separated lines; what would run as a formula gets an apostrophe."""
    text = text.replace("\t", " ").replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return user_locale().toDouble(text)[1]
