"""Every table of the program: column arrays with sort and text filter in numpy, and the view around them.

There is no proxy model: the model keeps an index array from shown rows to rows of the columns. Pages speak
in keys (a patient's id, an observation's id), never in row numbers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.ui import taking_out
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.jobs import Jobs
from mirocals_desktop.ui.paper import TableSheet
from mirocals_desktop.ui.selected import add_selected_actions
from mirocals_desktop.ui.values import number_text, user_locale

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_SAMPLE: Final = 80  # rows that column widths are measured on
_FILTER_DELAY_MS: Final = 120
_AT_ONCE: Final = 20_000  # more rows are sorted and filtered on a worker, so that the window goes on
_MOST_DRAGGED: Final = (
    5_000  # rows that are dragged as a workbook too: writing more would hold the other program
)
_SORTED_LETTERS: Final = 120  # texts that agree in so many letters keep their order


@dataclass(frozen=True, eq=False)
class Column:
    """One column: a code, a header and one value per row.

    `values` is an array of numbers (shown at the right with `decimals`, NaN as nothing) or of text. `show`
    turns one value into text where that is not enough; sorting stays by the value. `filed` gives what an
    export writes of it where that is a number (NaN: nothing) and not only the text. `colours` holds a colour
    name ("" for the usual) and `tips` a tooltip for each row. `unit` goes into the header. The column with
    `stretch` takes the room that is left; without one the last does.
    """

    code: str
    title: str
    values: Sequence[Any] | np.ndarray[Any, Any]
    decimals: int | None = None
    unit: str = ""
    tip: str = ""
    hidden: bool = False
    stretch: bool = False
    show: Callable[[Any], str] | None = None
    filed: Callable[[Any], float | str] | None = None
    colours: Sequence[str] | None = None
    icons: Sequence[str] | None = None
    tips: Sequence[str] | None = None

    @property
    def header(self) -> str:
        """The title with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


class WrittenTexts(Sequence[str]):
    """A text for each row that is written when it is asked for: a table shows few of many rows.

    `write(place)` gives the text of a row of the columns.
    """

    def __init__(self, count: int, write: Callable[[int], str]) -> None:
        self._texts: list[str | None] = [None] * count
        self._write = write

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    @override
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        text = self._texts[place]
        if text is None:
            text = self._texts[place] = self._write(place)
        return text


def _begins_with(values: np.ndarray[Any, Any], word: str) -> np.ndarray[Any, Any]:
    """Which numbers begin with the digits that were typed: 12 finds 12.5 and 1240. Nothing is formatted."""
    digits, comma, decimals = word.replace(",", ".").partition(".")
    if not digits.isdecimal() or (decimals and not decimals.isdecimal()):
        return np.zeros(len(values), dtype=bool)
    numbers = np.abs(values.astype(float))
    step = 10.0 ** -len(decimals)
    low = float(f"{digits}.{decimals or 0}")
    hit: np.ndarray[Any, Any] = (numbers >= low - step * 1e-6) & (numbers < low + step * (1 - 1e-6))
    if not comma and low > 0:
        for power in range(1, 10):
            scale = 10.0**power
            hit |= (numbers >= low * scale) & (numbers < (low + 1) * scale)
    return hit


class _Data:
    """The arrays of one set of columns, and which rows in which order a filter and a sort ask for.

    Nothing of Qt, and no change but of its own caches, so that one worker at a time may do it.
    """

    def __init__(self, columns: Sequence[Column], text: Callable[[Column, int], str]) -> None:
        self._columns = columns
        self._text = text
        self._arrays = [_array(column.values) for column in columns]
        self.numeric = [values is not None and values.dtype.kind in "fiu" for values in self._arrays]
        self.total = len(columns[0].values) if columns else 0
        self._searched: dict[int, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = {}
        self._ranks: dict[str, np.ndarray[Any, Any]] = {}

    def arranged(
        self, words: str, sort: tuple[str, Qt.SortOrder] | None, report: Report = ignore
    ) -> np.ndarray[Any, Any]:
        """The places of the rows that have every word, sorted; equal values keep their order either way."""
        kept = np.ones(self.total, dtype=bool)
        for word in words.casefold().split():
            hit = np.zeros(self.total, dtype=bool)
            for number, column in enumerate(self._columns):
                report(0.0, "")
                if self.numeric[number] and column.show is None:
                    hit |= _begins_with(self._values(number), word)
                else:
                    codes, texts = self._search_index(number)
                    hit |= (np.char.find(texts, word) >= 0)[codes]
            kept &= hit
        rows = np.flatnonzero(kept)
        if sort is not None:
            code, order = sort
            number = next((i for i, column in enumerate(self._columns) if column.code == code), -1)
            if number >= 0:
                report(0.5, "")
                ranks = self._rank(number)[rows]
                if order == Qt.SortOrder.DescendingOrder:
                    ranks = np.where(ranks < 0, np.iinfo(np.int64).max, -ranks)
                else:
                    ranks = np.where(ranks < 0, np.iinfo(np.int64).max, ranks)
                rows = rows[np.argsort(ranks, kind="stable")]
        return rows

    def _values(self, number: int) -> np.ndarray[Any, Any]:
        """The values of a column; texts that are written on demand are all written now."""
        values = self._arrays[number]
        if values is None:
            values = self._arrays[number] = np.array(list(self._columns[number].values), dtype=object)
        return values

    def _rank(self, number: int) -> np.ndarray[Any, Any]:
        """The rank of each row's value; -1 where there is none, which sorts last in both directions."""
        code = self._columns[number].code
        if code not in self._ranks:
            values = self._values(number)
            if self.numeric[number]:
                _found, ranks = np.unique(values, return_inverse=True)
                absent = np.isnan(values.astype(float))
            else:
                texts, codes = self._factors(number)
                _found, places = np.unique(_natural(texts), return_inverse=True)
                ranks = places[codes]
                absent = np.array([text == "" for text in texts], dtype=bool)[codes]
            self._ranks[code] = np.where(absent, -1, ranks.astype(np.int64))
        return self._ranks[code]

    def _factors(self, number: int) -> tuple[list[str], np.ndarray[Any, Any]]:
        """The distinct texts of a text column, and which of them each row has."""
        import pandas as pd

        codes, texts = pd.factorize(self._values(number), use_na_sentinel=False)
        return ["" if text is None else str(text) for text in texts], codes

    def _search_index(self, number: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """For each row the place of its text, and the distinct texts in lower case."""
        if number not in self._searched:
            import pandas as pd

            codes, values = pd.factorize(self._values(number), use_na_sentinel=False)
            first = np.full(len(values), -1, dtype=np.int64)
            first[codes[::-1]] = np.arange(self.total - 1, -1, -1)
            column = self._columns[number]
            texts = [self._text(column, place).casefold() for place in first.tolist()]
            self._searched[number] = (codes, np.array(texts, dtype=str))
        return self._searched[number]


class _Workers:
    """The worker that arranges large tables, apart from the one that reads the study; it ends when idle."""

    def __init__(self) -> None:
        self._jobs: Jobs | None = None

    def jobs(self) -> Jobs:
        """Where to start work."""
        if self._jobs is None:
            self._jobs = Jobs()
            self._jobs.changed.connect(self._rest)
            application = QCoreApplication.instance()
            if application is not None:
                application.aboutToQuit.connect(self._jobs.close)
        return self._jobs

    def _rest(self) -> None:
        if self._jobs is not None and not self._jobs.busy:
            self._jobs.close()
            self._jobs = None


_WORKERS: Final = _Workers()


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
        self._data = _Data(self._columns, self._text)
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
        _WORKERS.jobs().start(
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


def _array(values: Sequence[Any] | np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """The values as an array of numbers or of objects; None for texts that are not written yet."""
    if isinstance(values, WrittenTexts):
        return None
    array = np.asarray(values)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    return array if array.dtype.kind in "fiu" else np.asarray(values, dtype=object)


_DIGITS: Final = re.compile(r"[0-9]+")


def _natural(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """Sort keys in which P2 comes before P10: each number is told by how long it is, then by its digits."""

    def weigh(digits: re.Match[str]) -> str:
        number = digits[0].lstrip("0") or "0"
        return chr(min(len(number), 31)) + number

    keys = [_DIGITS.sub(weigh, text.casefold()) for text in texts]
    letters = min(max(map(len, keys), default=1), _SORTED_LETTERS)
    return np.array(keys, dtype=f"U{max(letters, 1)}")


class TableView(QWidget):
    """A table with a filter field, a column chooser, copy with headers, and a sentence when it is empty.

    `selected(key)` when the current row changes by the user, `activated(key)` on Enter or double click.
    """

    selected = Signal(object)
    activated = Signal(object)

    def __init__(self, name: str, label: str, parent: QWidget | None = None) -> None:
        """`name` becomes the object name; `label` (translated) is what a screen reader says."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.model = FrameModel(parent=self)
        self._quiet = False
        self._kept: Any = None
        self._sized: tuple[str, ...] = ()

        self.filter = QLineEdit(self)
        self.filter.setObjectName(f"{name}.filter")
        self.filter.setAccessibleName(_("Filter {table}").format(table=label))
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(240)
        self.count = QLabel(self)
        self.count.setObjectName(f"{name}.count")
        self.chooser = QToolButton(self)
        self.chooser.setObjectName(f"{name}.columns")
        self.chooser.setAccessibleName(_("Choose columns"))
        self.chooser.setToolTip(_("Choose columns"))
        self.chooser.setIcon(icon("columns"))
        self.chooser.setAutoRaise(True)
        self.chooser.clicked.connect(self._choose_columns)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(8)
        self.bar.addWidget(self.filter)
        self.bar.addWidget(self.count)
        self.bar.addStretch(1)
        self.bar.addWidget(self.chooser)

        self.view = QTableView(self)
        self.view.setObjectName(f"{name}.rows")
        self.view.setAccessibleName(label)
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setWordWrap(False)
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        self.view.setCornerButtonEnabled(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setStretchLastSection(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.sortIndicatorChanged.connect(self._on_sort_asked)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.model.modelAboutToBeReset.connect(self._on_reset_begun)
        self.model.modelReset.connect(self._on_reset)
        self.model.busy_changed.connect(self._show_state)
        self.view.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self.view.activated.connect(self._on_activated)
        self.view.installEventFilter(self)
        self.view.viewport().installEventFilter(self)
        self._pressed: QPoint | None = None

        self.empty = QLabel(self)
        self.empty.setObjectName(f"{name}.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setMargin(24)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self.bar)
        layout.addWidget(body, 1)

        self._empty = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FILTER_DELAY_MS)
        self._timer.timeout.connect(self.apply_filter)
        self.filter.textChanged.connect(lambda _text: self._timer.start())
        self.filter.returnPressed.connect(self.apply_filter)
        self._show_state()

    def show_columns(
        self,
        columns: Sequence[Column],
        keys: Sequence[Any] | np.ndarray[Any, Any] | None = None,
        *,
        empty: str = "",
    ) -> None:
        """Show data. `empty` says what to do when there is no row; sort, filter and selection stay."""
        self._empty = empty
        self._quiet = True
        self.model.set_columns(columns, keys)
        codes = tuple(column.code for column in columns)
        if codes != self._sized:
            self._sized = codes
            for number, column in enumerate(columns):
                self.view.setColumnHidden(number, column.hidden)
            self._size_columns()
        self._quiet = False
        self._show_state()

    def current_key(self) -> Any:
        """The key of the current row, or None."""
        index = self.view.currentIndex()
        return self.model.key(index.row()) if index.isValid() else None

    def keys(self) -> list[Any]:
        """The keys of all shown rows, in their order on the screen."""
        return [self.model.key(row) for row in range(self.model.rowCount())]

    def select(self, key: Any) -> None:
        """Make the row with this key the current one, without saying so; nothing when it is not shown."""
        self._quiet = True
        self._select(key)
        self._quiet = False

    def sort_by(self, code: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by the column with this code."""
        for number, column in enumerate(self.model.columns):
            if column.code == code:
                self.view.horizontalHeader().setSortIndicator(number, order)

    def apply_filter(self) -> None:
        """Filter by the field's text now."""
        self._timer.stop()
        self.model.set_filter(self.filter.text())

    def copy(self) -> None:
        """Copy the selected rows (all when none is selected), with headers, the way Excel takes them."""
        QGuiApplication.clipboard().setMimeData(self.mime_data())

    def shown_columns(self) -> list[int]:
        """The columns that are not hidden, in their order on the screen."""
        header = self.view.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [number for number in order if not self.view.isColumnHidden(number)]

    def on_paper(self) -> TableSheet:
        """The rows and columns that are shown, to print or to make a picture of."""
        shown, note = self.shown_columns(), self.model.filter_text
        return TableSheet(
            title=self.accessibleName(),
            headers=tuple(self.model.columns[number].header for number in shown),
            numeric=tuple(self.model.is_numeric(number) for number in shown),
            rows=self.model.rowCount(),
            text=self.model.reader(shown),
            about=_("Filtered by “{text}”.").format(text=note) if note else "",
        )

    def mime_data(self) -> QMimeData:
        """The selected rows as tab-separated text and as HTML in which text stays text ("001", "=1+1")."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        if not rows:
            rows = list(range(self.model.rowCount()))
        shown = self.shown_columns()
        titles = [self.model.columns[number].header for number in shown]
        numeric = [self.model.is_numeric(number) for number in shown]
        lines = ["\t".join(_plain(title) for title in titles)]
        markup = ["<table><tr>", *(f"<th>{html.escape(title)}</th>" for title in titles), "</tr>"]
        for row in rows:
            texts = [self.model.copied_text(row, number) for number in shown]
            lines.append(
                "\t".join(
                    text if number else _plain(text) for text, number in zip(texts, numeric, strict=True)
                )
            )
            markup.append("<tr>")
            for text, number in zip(texts, numeric, strict=True):
                style = "" if number else " style='mso-number-format:\"\\@\"'"
                markup.append(f"<td{style}>{html.escape(text)}</td>")
            markup.append("</tr>")
        markup.append("</table>")
        data = QMimeData()
        data.setText("\n".join(lines) + "\n")
        data.setHtml("".join(markup))
        return data

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.matches(QKeySequence.StandardKey.Copy):
                self.copy()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.view.currentIndex().isValid():
                self.activated.emit(self.current_key())
                return True
        if watched is self.view.viewport() and isinstance(event, QMouseEvent):
            return self._on_mouse(event)
        return super().eventFilter(watched, event)

    def _on_mouse(self, event: QMouseEvent) -> bool:
        """Drag rows out that were selected before the press; a press elsewhere selects as ever."""
        left = Qt.MouseButton.LeftButton
        place = event.position().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress:
            selected = self.view.selectionModel().isSelected(self.view.indexAt(place))
            plain = event.button() == left and event.modifiers() == Qt.KeyboardModifier.NoModifier
            self._pressed = place if plain and selected else None
        elif event.type() == QEvent.Type.MouseMove and self._pressed is not None and event.buttons() & left:
            if (place - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                taking_out.drag_table(self, self.mime_data(), self._writer())
            return True  # moving with the button down would select
        else:
            self._pressed = None
        return False

    def _writer(self) -> Callable[[Path], None] | None:
        """What writes the selected rows to a workbook; nothing outside a study, or for very many rows."""
        session = taking_out.session_of(self)
        snapshot = session.snapshot if session is not None else None
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        if session is None or snapshot is None or not 0 < len(rows) <= _MOST_DRAGGED:
            return None
        from mirocals_desktop.export.listing import write_list
        from mirocals_desktop.ui.list_export import filter_notes, shown_table

        table, notes = shown_table(self, self.accessibleName(), rows), filter_notes(session)
        return lambda path: write_list(snapshot, table, path, notes=notes)

    def _select(self, key: Any) -> None:
        row = self.model.row_of(key)
        if row >= 0:
            index = self.model.index(row, max(self.view.currentIndex().column(), 0))
            if self.view.currentIndex().row() != row:
                self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
        else:
            self.view.clearSelection()

    def _size_columns(self) -> None:
        """Widths from the headers and a sample of the rows: measuring all would take seconds."""
        metrics = self.view.fontMetrics()
        step = max(self.model.rowCount() // _SAMPLE, 1)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(not any(column.stretch for column in self.model.columns))
        for number, column in enumerate(self.model.columns):
            width = header.fontMetrics().horizontalAdvance(column.header) + 44
            beside = 52 if column.icons is not None else 28
            for row in range(0, self.model.rowCount(), step):
                width = max(width, metrics.horizontalAdvance(self.model.cell_text(row, number)) + beside)
            self.view.setColumnWidth(number, min(width, 360))
            if column.stretch:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)

    def _show_state(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        if total == 0:
            self.empty.setText(self._empty or _("There is nothing here yet."))
        elif shown == 0:
            self.empty.setText(_("No row has “{text}” in it.").format(text=self.model.filter_text))
        self._stack.setCurrentWidget(self.view if shown else self.empty)
        if self.model.busy:
            text = _("Arranging rows…")
        elif shown == total:
            text = ngettext("{count} row", "{count} rows", total).format(count=number_text(total, 0))
        else:
            text = _("{shown} of {count} rows").format(
                shown=number_text(shown, 0), count=number_text(total, 0)
            )
        self.count.setText(text if total else "")

    def _on_sort_asked(self, column: int, order: Qt.SortOrder) -> None:
        self.model.sort(column, order)

    def _on_reset_begun(self) -> None:
        self._kept = self.current_key()

    def _on_reset(self) -> None:
        """The current row stays the current one wherever it has gone."""
        if self._kept is not None:
            quiet, self._quiet = self._quiet, True
            self._select(self._kept)
            self._quiet = quiet
        self._show_state()

    def _on_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self.selected.emit(self.model.key(current.row()))

    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated.emit(self.model.key(index.row()))

    def _choose_columns(self) -> None:
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.columns_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self.model.columns):
            action = QAction(column.header, menu)
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(number))
            action.toggled.connect(lambda shown, number=number: self.view.setColumnHidden(number, not shown))
            menu.addAction(action)
        menu.popup(self.chooser.mapToGlobal(QPoint(0, self.chooser.height())))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = QAction(icon("copy"), _("Copy with headers"), menu)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.triggered.connect(self.copy)
        menu.addAction(copy)
        taking_out.add_to_menu(menu, self)
        if self.view.indexAt(place).isValid():  # the right button has selected the row
            add_selected_actions(menu, self)
        menu.popup(self.view.viewport().mapToGlobal(place))


def _plain(text: str) -> str:
    """Text for one cell of tab-separated lines; what would run as a formula gets an apostrophe."""
    text = text.replace("\t", " ").replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return user_locale().toDouble(text)[1]
