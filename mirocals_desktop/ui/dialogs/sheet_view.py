"""A sheet as the user knows it: letters, row numbers and cells, with what each column means above it.

The found table, its header rows, rows left aside and cells with problems are marked, and the table's edges
can be dragged. In a blinded study the view shows only cells that are known to be harmless: everything else
is covered, whatever the file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.bounds import EDGES, Bounds, Edge
from mirocals_desktop.importing.covering import COVER
from mirocals_desktop.importing.grid import Booleans, Sheet, cell_name, column_letters
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.sheet_bounds import role_colours
from mirocals_desktop.ui.dialogs.sheet_mapping import Head, MappingHeader
from mirocals_desktop.ui.dialogs.sheet_marks import Mark
from mirocals_desktop.ui.icons import icon

Index = QModelIndex | QPersistentModelIndex

_NOWHERE: Final = QModelIndex()
_SAMPLE_ROWS: Final = 60
_SIZED_COLUMNS: Final = 1000
_SIZED_OF_MANY: Final = 60
_BESIDE: Final = 42  # pixels of a cell beside its text: margins and the sign of a problem
_GRAB: Final = 4  # pixels within which an edge of the table is taken


@dataclass(frozen=True, eq=False)
class Shown:
    """A sheet with what lies over it: what each row is to the table, marks at cells, cells that are hidden.

    `aside` says why a row is no data. `covered` is True where a cell must not be seen; None covers nothing.
    `bounds` is where the table stands, None for a sheet without one; `movable` are its edges that can be
    dragged.
    """

    sheet: Sheet
    heads: Mapping[int, Head] = field(default_factory=dict)
    header_rows: frozenset[int] = frozenset()
    units_row: int = -1
    aside: Mapping[int, str] = field(default_factory=dict)
    marks: Mapping[tuple[int, int], Mark] = field(default_factory=dict)
    covered: Booleans | None = None
    bounds: Bounds | None = None
    movable: frozenset[Edge] = EDGES

    def is_covered(self, row: int, column: int) -> bool:
        """Whether the cell must not be seen."""
        return self.covered is not None and bool(self.covered[row, column])

    def role(self, row: int, column: int) -> str:
        """What a cell is to the table: "header", "units", "aside", "outside" or "" for data."""
        bounds = self.bounds
        if bounds is None:
            return ""
        if not bounds.left <= column <= bounds.right:
            return "outside"
        if row == self.units_row:
            return "units"
        if row in self.header_rows:
            return "header"
        if row in self.aside:
            return "aside"
        return "" if bounds.first <= row <= bounds.last else "outside"


class SheetModel(QAbstractTableModel):
    """The cells of one sheet; marks and roles of rows lie over them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self._grounds: Mapping[str, QColor] = {}

    @property
    def shown(self) -> Shown | None:
        """What is shown."""
        return self._shown

    def show(self, shown: Shown) -> None:
        """Show a sheet; when it is the one that is shown already, places in it stay."""
        self._grounds = role_colours()
        if self._shown is not None and self._shown.sheet is shown.sheet:
            self._shown = shown
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self._shown is None else self._shown.sheet.n_rows

    @override
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self._shown is None else self._shown.sheet.n_columns

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = self._shown
        if shown is None or role not in _USED_ROLES:
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            text = shown.sheet.text(row, column)
            return COVER if text and shown.is_covered(row, column) else text.replace("\n", " ")
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(shown, row, column)
        mark = shown.marks.get((row, column))
        if role == Qt.ItemDataRole.DecorationRole:
            return icon("error" if mark.severity == "error" else "warning") if mark is not None else None
        kind = shown.role(row, column)
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._grounds.get("problem" if mark is not None else kind)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(theme.faint_colour()) if kind in ("aside", "outside") else None
        if kind == "header":
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return column_letters(section) if orientation == Qt.Orientation.Horizontal else str(section + 1)
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Vertical and self._shown:
            return self._shown.aside.get(section)
        return None

    def _tip(self, shown: Shown, row: int, column: int) -> str | None:
        lines = [cell_name(row, column)]
        mark = shown.marks.get((row, column))
        if mark is not None:
            lines.append(mark.text)
        if row in shown.aside:
            lines.append(_("This row is left aside: {reason}").format(reason=shown.aside[row]))
        if (row, column) in shown.sheet.comments and not shown.is_covered(row, column):
            lines.append(shown.sheet.comments[row, column])
        return "\n".join(lines) if len(lines) > 1 else None


_USED_ROLES: Final = frozenset(
    {
        int(Qt.ItemDataRole.DisplayRole),
        int(Qt.ItemDataRole.ToolTipRole),
        int(Qt.ItemDataRole.DecorationRole),
        int(Qt.ItemDataRole.BackgroundRole),
        int(Qt.ItemDataRole.ForegroundRole),
        int(Qt.ItemDataRole.FontRole),
    }
)


class SheetView(QTableView):
    """The sheet with the mapping above it.

    `column_asked(column)` when the user wants another meaning, `bounds_asked(Bounds)` when an edge of the
    table was dragged somewhere else.
    """

    column_asked = Signal(int)
    bounds_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self.setAccessibleName(_("The sheet"))
        self._model = SheetModel(self)
        self.setModel(self._model)
        self.mapping = MappingHeader(self)
        self.setHorizontalHeader(self.mapping)
        self.mapping.asked.connect(self.column_asked)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 7)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.viewport().setMouseTracking(True)
        self._dragged: tuple[Edge, int] | None = None

    def show_sheet(self, shown: Shown) -> None:
        """Show a sheet; the place in it is kept when it is the same as before."""
        before = self._model.shown
        same = before is not None and before.sheet is shown.sheet
        self._model.show(shown)
        self.mapping.show_heads(shown.heads)
        if before is not None and same:
            self._size_columns(shown, before)
            return
        self._size_columns(shown)
        first = min(shown.header_rows, default=0)
        self.scrollTo(self._model.index(first, 0), QAbstractItemView.ScrollHint.PositionAtTop)
        self.setCurrentIndex(self._model.index(first, 0))

    def go_to(self, row: int, column: int, *, focus: bool = True) -> None:
        """Show and mark a cell."""
        index = self._model.index(max(row, 0), max(column, 0))
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
            if focus:
                self.setFocus()

    def edges(self) -> dict[Edge, int]:
        """Where the table's edges are in the viewport, in pixels: y of the level ones, x of the others."""
        bounds = self._model.shown.bounds if self._model.shown is not None else None
        if bounds is None:
            return {}
        rows: tuple[tuple[Edge, int], ...] = (
            ("first", bounds.first), ("data", bounds.data), ("last", bounds.last + 1)
        )  # fmt: skip
        columns: tuple[tuple[Edge, int], ...] = (("left", bounds.left), ("right", bounds.right + 1))
        places: dict[Edge, int] = {edge: self._row_top(row) for edge, row in rows}
        places.update({edge: self._column_left(column) for edge, column in columns})
        return places

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        column = self.currentIndex().column()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.mapping.head(column) is not None:
            self.column_asked.emit(column)
            return
        if event.key() == Qt.Key.Key_Escape and self._dragged is not None:
            self._drop(None)
            return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        places = self.edges()
        if not places:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
        left, right = max(places["left"], 0), min(places["right"], self.viewport().width())
        top, bottom = max(places["first"], 0), min(places["last"], self.viewport().height())
        for edge, place in places.items():
            if edge in ("left", "right"):
                painter.drawLine(place, top, place, bottom)
            else:
                painter.drawLine(left, place, right, place)
        if self._dragged is not None:
            edge, place = self._dragged
            painter.setPen(QPen(QColor(theme.warning_colour()), 2, Qt.PenStyle.DashLine))
            if edge in ("left", "right"):
                x = self._column_left(place)
                painter.drawLine(x, 0, x, self.viewport().height())
            else:
                y = self._row_top(place)
                painter.drawLine(0, y, self.viewport().width(), y)
        painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        edge = self._edge_at(event.position().toPoint())
        if edge is not None and event.button() == Qt.MouseButton.LeftButton:
            self._dragged = (edge, self._place_at(edge, event.position().toPoint()))
            return
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._dragged is not None:
            self._follow(point)
            self._dragged = (self._dragged[0], self._place_at(self._dragged[0], point))
            self.viewport().update()
            return
        edge = self._edge_at(point)
        if edge is None:
            self.viewport().unsetCursor()
        else:
            level = edge not in ("left", "right")
            self.viewport().setCursor(Qt.CursorShape.SplitVCursor if level else Qt.CursorShape.SplitHCursor)
        super().mouseMoveEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragged is not None:
            self._drop(self._dragged)
            return
        super().mouseReleaseEvent(event)

    def _drop(self, dragged: tuple[Edge, int] | None) -> None:
        self._dragged = None
        self.viewport().update()
        shown = self._model.shown
        if dragged is None or shown is None or shown.bounds is None:
            return
        bounds = shown.bounds.moved(*dragged, shown.sheet)
        if bounds != shown.bounds:
            self.bounds_asked.emit(bounds)

    def _edge_at(self, point: QPoint) -> Edge | None:
        """The edge of the table under the pointer."""
        places = self.edges()
        if not places or not self.isEnabled():
            return None
        inside = (
            places["left"] - _GRAB <= point.x() <= places["right"] + _GRAB
            and places["first"] - _GRAB <= point.y() <= places["last"] + _GRAB
        )
        assert self._model.shown is not None  # it has edges
        for edge, place in places.items():
            if edge not in self._model.shown.movable:
                continue
            at = point.x() if edge in ("left", "right") else point.y()
            if inside and abs(at - place) <= _GRAB:
                return edge
        return None

    def _place_at(self, edge: Edge, point: QPoint) -> int:
        """The row or column before which an edge would stand if it were let go here."""
        if edge in ("left", "right"):
            column = self.columnAt(point.x())
            if column < 0:
                return 0 if point.x() < 0 else self._model.columnCount()
            return column + (point.x() > self._column_left(column) + self.columnWidth(column) / 2)
        row = self.rowAt(point.y())
        if row < 0:
            return 0 if point.y() < 0 else self._model.rowCount()
        return row + (point.y() > self._row_top(row) + self.rowHeight(row) / 2)

    def _follow(self, point: QPoint) -> None:
        """Scroll on when something is dragged to the border of the view."""
        for bar, at, size in (
            (self.verticalScrollBar(), point.y(), self.viewport().height()),
            (self.horizontalScrollBar(), point.x(), self.viewport().width()),
        ):
            if at < _GRAB:
                bar.setValue(bar.value() - bar.singleStep() * 2)
            elif at > size - _GRAB:
                bar.setValue(bar.value() + bar.singleStep() * 2)

    def _row_top(self, row: int) -> int:
        if row < self._model.rowCount():
            return self.rowViewportPosition(row)
        last = self._model.rowCount() - 1
        return self.rowViewportPosition(last) + self.rowHeight(last)

    def _column_left(self, column: int) -> int:
        if column < self._model.columnCount():
            return self.columnViewportPosition(column)
        last = self._model.columnCount() - 1
        return self.columnViewportPosition(last) + self.columnWidth(last)

    def _size_columns(self, shown: Shown, before: Shown | None = None) -> None:
        """Widths from the mapping, the header and a sample of rows below it.

        Where the sheet was shown `before`, only columns with another head change, and none gets narrower.
        Of a very wide sheet the columns far to the right stay as wide as any.
        """
        font = self.font()
        metrics = QFontMetrics(font)
        font.setWeight(QFont.Weight.DemiBold)
        bold = QFontMetrics(font)
        first = max(shown.header_rows, default=0)
        rows = range(first, min(self._model.rowCount(), first + _SAMPLE_ROWS))
        count = self._model.columnCount()
        for column in range(count if count <= _SIZED_COLUMNS else _SIZED_OF_MANY):
            head = shown.heads.get(column)
            if before is not None and head == before.heads.get(column):
                continue
            width = self.columnWidth(column) if before is not None else 64
            if head is not None:
                widest = max(bold.horizontalAdvance(f"{head.text} ▾"), metrics.horizontalAdvance(head.detail))
                width = max(width, min(widest + 18, 230))
            for row in rows:
                text = self._model.data(self._model.index(row, column)) or ""
                measure = bold if row in shown.header_rows else metrics
                width = max(width, min(measure.horizontalAdvance(text) + _BESIDE, 260))
            self.setColumnWidth(column, width)
