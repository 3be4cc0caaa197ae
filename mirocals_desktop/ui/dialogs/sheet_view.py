"""A sheet as the user knows it: letters, row numbers and cells, with what each column means above it.

Header rows, rows left aside and cells with problems are marked. In a blinded study the view shows only cells
of columns that are known to be harmless: everything else is covered, whatever the file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Sheet, cell_name, column_letters
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.icons import icon

Index = QModelIndex | QPersistentModelIndex
State = Literal["sure", "guess", "question", "ignored"]

_NOWHERE: Final = QModelIndex()
_COVER: Final = "•••"
_SAMPLE_ROWS: Final = 60
_HEAD_LINES: Final = 3


@dataclass(frozen=True)
class Head:
    """What stands above a column: what it means, a second line (unit, visit, evidence), how sure it is."""

    text: str
    detail: str = ""
    state: State = "sure"


@dataclass(frozen=True)
class Mark:
    """A problem at a cell: how bad it is and the sentences about it."""

    severity: str
    text: str


class SheetModel(QAbstractTableModel):
    """The cells of one sheet; marks and roles of rows lie over them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sheet: Sheet | None = None
        self._header_rows: frozenset[int] = frozenset()
        self._aside: Mapping[int, str] = {}
        self._marks: Mapping[tuple[int, int], Mark] = {}
        self._covered: frozenset[int] = frozenset()
        self._blinded = False

    @property
    def sheet(self) -> Sheet | None:
        """The sheet that is shown."""
        return self._sheet

    def show(
        self,
        sheet: Sheet,
        *,
        header_rows: frozenset[int],
        aside: Mapping[int, str],
        marks: Mapping[tuple[int, int], Mark],
        covered: frozenset[int],
        blinded: bool,
    ) -> None:
        """Show a sheet. `aside` says why a row is no data, `covered` names columns whose cells are hidden.

        In a blinded study the cells of rows that are no data are hidden as well: a note may tell an arm.
        """
        self.beginResetModel()
        self._sheet = sheet
        self._header_rows = header_rows
        self._aside = aside
        self._marks = marks
        self._covered = covered
        self._blinded = blinded
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self._sheet is None else self._sheet.n_rows

    @override
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self._sheet is None else self._sheet.n_columns

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._sheet is None:
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            text = self._sheet.text(row, column)
            return _COVER if text and self.is_covered(row, column) else text
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.DecorationRole:
            mark = self._marks.get((row, column))
            return icon("error" if mark.severity == "error" else "warning") if mark is not None else None
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._ground(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(theme.faint_colour()) if row in self._aside else None
        if role == Qt.ItemDataRole.FontRole and row in self._header_rows:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return column_letters(section) if orientation == Qt.Orientation.Horizontal else str(section + 1)

    def is_covered(self, row: int, column: int) -> bool:
        """Whether the cell is hidden: not in a header row, and it may hold what is sealed."""
        if row in self._header_rows:
            return False
        return column in self._covered or (self._blinded and row in self._aside)

    def _tip(self, row: int, column: int) -> str | None:
        lines = [cell_name(row, column)]
        mark = self._marks.get((row, column))
        if mark is not None:
            lines.append(mark.text)
        if row in self._aside:
            lines.append(_("This row is left aside: {reason}").format(reason=self._aside[row]))
        comments = self._sheet.comments if self._sheet is not None else {}
        if (row, column) in comments and not self.is_covered(row, column):
            lines.append(comments[row, column])
        return "\n".join(lines) if len(lines) > 1 else None

    def _ground(self, row: int, column: int) -> QColor | None:
        mark = self._marks.get((row, column))
        if mark is not None:
            colour = QColor(theme.error_colour() if mark.severity == "error" else theme.warning_colour())
            colour.setAlpha(46)
            return colour
        if row in self._header_rows:
            ground = QColor(theme.faint_colour())
            ground.setAlpha(36)
            return ground
        return None


class MappingHeader(QHeaderView):
    """Column letters with what each column means below them; `asked(column)` on a click or Enter."""

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("sheet.mapping")
        self.setAccessibleName(_("What each column means"))
        self.setSectionsClickable(True)
        self.setHighlightSections(True)
        self.setMouseTracking(True)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self._heads: Mapping[int, Head] = {}
        self._pressed = QPoint()

    def show_heads(self, heads: Mapping[int, Head]) -> None:
        """Show what the columns mean; a column without a head is no part of a table."""
        self._heads = heads
        self.viewport().update()
        self.updateGeometry()

    def head(self, column: int) -> Head | None:
        """What stands above a column."""
        return self._heads.get(column)

    @override
    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height() * _HEAD_LINES + 14)

    @override
    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        palette = self.palette()
        painter.save()
        painter.fillRect(rect, palette.color(QPalette.ColorRole.Window))
        head = self._heads.get(logicalIndex)
        line = self.fontMetrics().height()
        text = rect.adjusted(8, 4, -6, 0)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft, column_letters(logicalIndex))
        if head is not None:
            colours = {"question": theme.error_colour(), "guess": theme.warning_colour()}
            colour = QColor(colours.get(head.state, "")) if head.state in colours else QColor()
            if head.state == "sure":
                colour = palette.color(QPalette.ColorRole.WindowText)
            elif head.state == "ignored":
                colour = palette.color(QPalette.ColorRole.PlaceholderText)
            font = QFont(self.font())
            font.setWeight(QFont.Weight.DemiBold if head.state != "ignored" else QFont.Weight.Normal)
            painter.setFont(font)
            painter.setPen(colour)
            first = text.translated(0, line)
            shown = painter.fontMetrics().elidedText(
                f"{head.text} ▾", Qt.TextElideMode.ElideMiddle, first.width()
            )
            painter.drawText(first, Qt.AlignmentFlag.AlignLeft, shown)
            painter.setFont(self.font())
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            second = text.translated(0, 2 * line)
            detail = painter.fontMetrics().elidedText(
                head.detail, Qt.TextElideMode.ElideRight, second.width()
            )
            painter.drawText(second, Qt.AlignmentFlag.AlignLeft, detail)
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(rect.topRight(), rect.bottomRight())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        column = self.logicalIndexAt(event.position().toPoint())
        if moved < 4 and column in self._heads and event.button() == Qt.MouseButton.LeftButton:
            self.asked.emit(column)


class SheetView(QTableView):
    """The sheet with the mapping above it. `column_asked(column)` when the user wants another meaning."""

    column_asked = Signal(int)

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
        self._sheet: Sheet | None = None

    def show_sheet(
        self,
        sheet: Sheet,
        heads: Mapping[int, Head],
        *,
        header_rows: frozenset[int] = frozenset(),
        aside: Mapping[int, str] | None = None,
        marks: Mapping[tuple[int, int], Mark] | None = None,
        covered: frozenset[int] = frozenset(),
        blinded: bool = False,
    ) -> None:
        """Show a sheet; the place in it is kept when it is the same as before."""
        place = self.currentIndex().row(), self.currentIndex().column()
        scroll = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        same = sheet is self._sheet
        self._sheet = sheet
        self._model.show(
            sheet,
            header_rows=header_rows,
            aside=aside or {},
            marks=marks or {},
            covered=covered,
            blinded=blinded,
        )
        self.mapping.show_heads(heads)
        if same:
            self.setCurrentIndex(self._model.index(*place))
            self.verticalScrollBar().setValue(scroll[0])
            self.horizontalScrollBar().setValue(scroll[1])
        else:
            self._size_columns(heads, first=max(header_rows, default=0))
            self.scrollTo(
                self._model.index(min(header_rows, default=0), 0), QAbstractItemView.ScrollHint.PositionAtTop
            )

    def go_to(self, row: int, column: int) -> None:
        """Show and mark a cell."""
        index = self._model.index(max(row, 0), max(column, 0))
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
            self.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        column = self.currentIndex().column()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.mapping.head(column) is not None:
            self.column_asked.emit(column)
            return
        super().keyPressEvent(event)

    def _size_columns(self, heads: Mapping[int, Head], *, first: int) -> None:
        """Widths from the mapping and a sample of rows below the header."""
        metrics = self.fontMetrics()
        rows = range(first, min(self._model.rowCount(), first + _SAMPLE_ROWS))
        for column in range(self._model.columnCount()):
            head = heads.get(column)
            width = 64
            if head is not None:
                width = max(width, min(metrics.horizontalAdvance(f"{head.text} ▾") + 30, 230))
            for row in rows:
                text = self._model.data(self._model.index(row, column))
                width = max(width, min(metrics.horizontalAdvance(text or "") + 28, 260))
            self.setColumnWidth(column, width)
