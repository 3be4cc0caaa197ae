"""Patients by visits, each cell the sign of what became of the visit; the headers stay while one scrolls.

It is a Qt table with its own painting, so that keys, selection and screen readers work as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.follow_up import TOOK_PLACE, VisitState
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.paper import TableSheet
from mirocals_desktop.ui.plots.heat_strip import visit_name
from mirocals_desktop.ui.plots.visit_counts import VisitCounts, grid_counts
from mirocals_desktop.ui.plots.visit_signs import SIGNS, paint_sign, sign_colour
from mirocals_desktop.ui.taking_out import offer_menu

if TYPE_CHECKING:
    from mirocals_desktop.analysis.follow_up import VisitGrid

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
_NARROWEST: Final = 24
_WIDEST: Final = 44


class GridModel(QAbstractTableModel):
    """The grid in an order of its rows. `sentence(row, column)` says what a cell stands for."""

    def __init__(self, sentence: Callable[[int, int], str]) -> None:
        super().__init__()
        self._grid: VisitGrid | None = None
        self._rows: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._sentence = sentence

    def show_grid(self, grid: VisitGrid, rows: npt.NDArray[np.int64]) -> None:
        """Show these rows of the grid, in this order."""
        self.beginResetModel()
        self._grid, self._rows = grid, rows
        self.endResetModel()

    def grid_row(self, row: int) -> int:
        """The row of the grid that a shown row stands for."""
        return int(self._rows[row])

    def states(self, row: int) -> tuple[list[int], list[str]]:
        """The state of each visit of a shown row, and why those that were missed were."""
        assert self._grid is not None  # a row is shown
        place = self._rows[row]
        return self._grid.state[place].tolist(), self._grid.reason[place].tolist()

    def shown_row(self, grid_row: int) -> int:
        """The shown row of a row of the grid, or -1."""
        found = np.flatnonzero(self._rows == grid_row)
        return int(found[0]) if found.size else -1

    @override
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() or self._grid is None else len(self._grid.visits)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        grid = self._grid
        if grid is None or not index.isValid():
            return None
        row, column = self.grid_row(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return SIGNS[VisitState(grid.state[row, column])]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._sentence(row, column)  # no tooltip: the page says it at once, and covers no sign
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        grid = self._grid
        if grid is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            if role == Qt.ItemDataRole.DisplayRole and section < len(self._rows):
                return grid.patients[self._rows[section]]
            return None
        visit = grid.visits[section]
        if role == Qt.ItemDataRole.DisplayRole:
            name = visit_name(visit)
            return name if visit.day is None else f"{name}\n{visit.day}"
        if role == Qt.ItemDataRole.ToolTipRole:
            if visit.day is None:
                return str(visit.label)
            return _("{visit}, day {day}, window {before} days before to {after} days after").format(
                visit=visit.label, day=visit.day, before=visit.before, after=visit.after
            )
        return None


@lru_cache(maxsize=256)
def _picture(state: int, reason: str, width: int, height: int, scale: float, dark: bool) -> QPixmap:  # noqa: FBT001 (part of the key)
    picture = QPixmap(round(width * scale), round(height * scale))
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    palette = theme.dark_palette() if dark else theme.light_palette()
    paint_sign(painter, QRectF(0, 0, width, height), VisitState(state), palette, reason=reason)
    painter.end()
    return picture


class _Table(QTableView):
    """The table itself: it knows which row and column the pointer is on."""

    opened = Signal()
    left = Signal()
    resized = Signal()

    def __init__(self, model: GridModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.grid_model = model
        self.setModel(model)
        self.pointed_row = self.pointed_column = -1
        self.setMouseTracking(True)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells of the exposed part in one go: a delegate call for each would take a frame."""
        painter = QPainter(self.viewport())
        palette, exposed = self.palette(), event.rect()
        painter.fillRect(exposed, palette.color(QPalette.ColorRole.Base))
        rows = _range(self.rowAt(exposed.top()), self.rowAt(exposed.bottom()), self.grid_model.rowCount())
        columns = _range(
            self.columnAt(exposed.left()), self.columnAt(exposed.right()), self.grid_model.columnCount()
        )
        lefts = [self.columnViewportPosition(column) for column in columns]
        width = self.horizontalHeader().defaultSectionSize()
        height = self.verticalHeader().defaultSectionSize()
        scale, dark = painter.device().devicePixelRatioF(), theme.is_dark(palette)
        tint = palette.color(QPalette.ColorRole.AlternateBase)
        if self.pointed_column in columns:
            left = lefts[self.pointed_column - columns.start]
            painter.fillRect(QRect(left, exposed.top(), width, exposed.height()), tint)
        for row in rows:
            top = self.rowViewportPosition(row)
            if row == self.pointed_row:
                painter.fillRect(QRect(exposed.left(), top, exposed.width(), height), tint)
            states, reasons = self.grid_model.states(row)
            for left, column in zip(lefts, columns, strict=True):
                state = states[column]
                if state != VisitState.NOT_EXPECTED:
                    letter = reasons[column][:1] if state == VisitState.MISSED else ""
                    painter.drawPixmap(left, top, _picture(state, letter, width, height, scale, dark))
        current = self.currentIndex()
        if current.isValid():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2 if self.hasFocus() else 1))
            painter.drawRect(self.visualRect(current).adjusted(1, 1, -1, -1))
        painter.end()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self._point(index.row(), index.column())

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(-1, -1)
        self.left.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _point(self, row: int, column: int) -> None:
        """Tint the row and column of the pointer, and draw only what changes."""
        if (row, column) == (self.pointed_row, self.pointed_column):
            return
        old = self.pointed_row, self.pointed_column
        self.pointed_row, self.pointed_column = row, column
        viewport = self.viewport()
        for one in {old[0], row} - {-1}:
            viewport.update(QRect(0, self.rowViewportPosition(one), viewport.width(), self.rowHeight(one)))
        for one in {old[1], column} - {-1}:
            left = self.columnViewportPosition(one)
            viewport.update(QRect(left, 0, self.columnWidth(one), viewport.height()))


class _Names(QHeaderView):
    """The patients at the left. It is as wide as the longest says, without asking the model for each one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionsClickable(True)
        self._width = 0

    def show_names(self, names: Sequence[str]) -> None:
        """Make room for the longest of these texts."""
        self._width = max((self.fontMetrics().horizontalAdvance(name) for name in names), default=0) + 20

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._width, self.defaultSectionSize())


class VisitMatrix(QWidget):
    """The matrix with its counts below. Rows and columns are told as places in the grid.

    `pointed(row, column)` with the pointer or the current cell, `chosen(row, column)` when a cell becomes the
    current one by the user, `opened(row)` on Enter or a double click.
    """

    pointed = Signal(int, int)
    chosen = Signal(int, int)
    opened = Signal(int)

    def __init__(self, name: str, sentence: Callable[[int, int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._quiet = False
        self._grid: VisitGrid | None = None
        self.model = GridModel(sentence)
        self.view = _Table(self.model, self)
        self.view.setObjectName(f"{name}.cells")
        self.view.setAccessibleName(_("Patients by visits"))
        self.view.setShowGrid(False)
        self.view.setCornerButtonEnabled(False)
        self.view.setTabKeyNavigation(False)
        # The current cell is what is chosen: a painted selection would cover its sign.
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        height = self.fontMetrics().height() + 6
        self._names = rows = _Names(self.view)
        self.view.setVerticalHeader(rows)
        columns = self.view.horizontalHeader()
        rows.setDefaultSectionSize(height)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setHighlightSections(False)
        rows.sectionClicked.connect(self._on_row_clicked)
        rows.sectionDoubleClicked.connect(lambda row: self.opened.emit(self.model.grid_row(row)))
        columns.setMinimumSectionSize(_NARROWEST)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        columns.setStyleSheet("QHeaderView::section { padding: 2px 0; font-weight: 400; }")
        rows.setStyleSheet("QHeaderView::section { padding: 0 8px; font-weight: 400; border: none; }")
        self.view.setStyleSheet("QTableCornerButton::section { background: palette(window); border: none; }")
        self.counts = VisitCounts(self.view, f"{name}.counts", self)
        self.view.horizontalScrollBar().valueChanged.connect(lambda _value: self.counts.update())
        self.view.resized.connect(self._fit)
        self.view.left.connect(self._say_current)
        self.view.entered.connect(self._say)
        self.view.opened.connect(lambda: self._open(self.view.currentIndex()))
        self.view.doubleClicked.connect(self._open)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        offer_menu(self.view.viewport(), self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.counts)

    def show_grid(self, grid: VisitGrid, rows: npt.NDArray[np.int64]) -> None:
        """Show these rows of the grid, in this order; what was current stays it where it is still shown."""
        current = self.current()
        patient = self._grid.patients[current[0]] if self._grid is not None and current is not None else ""
        self._grid = grid
        self._quiet = True
        urgent = sign_colour(VisitState.OVERDUE, self.palette()).name()
        lines = [
            (_("held"), grid_counts(grid, rows, TOOK_PLACE), ""),
            (_("due"), grid_counts(grid, rows, (VisitState.DUE,)), ""),
            (_("overdue"), grid_counts(grid, rows, (VisitState.OVERDUE,)), urgent),
            (_("missed"), grid_counts(grid, rows, (VisitState.MISSED,)), ""),
        ]
        if not grid.planned:
            del lines[1:]
        self.counts.show_counts(lines)
        self._names.show_names([*grid.patients, *(name for name, _counts, _colour in lines)])
        self.model.show_grid(grid, rows)
        self._fit()
        self._quiet = False
        if patient in grid.patients and current is not None:
            self.select(grid.patients.index(patient), current[1])

    def show_last_column(self) -> None:
        """Scroll to the columns at the right end."""
        bar = self.view.horizontalScrollBar()
        bar.setValue(bar.maximum())

    def show_open_column(self) -> None:
        """Scroll to the last visit that somebody is due for, so that the signs to act on are in sight."""
        if self._grid is None or self.view.currentIndex().isValid():
            return
        waiting = np.isin(self._grid.state, (VisitState.DUE, VisitState.OVERDUE)).any(axis=0)
        if waiting.any():
            self.view.scrollTo(self.model.index(0, int(np.flatnonzero(waiting)[-1])))

    def on_paper(self) -> TableSheet:
        """The patients and visits that are shown, with their signs as letters."""
        model, grid = self.model, self._grid
        visits = range(model.columnCount())
        heads = [str(model.headerData(one, Qt.Orientation.Horizontal)) for one in visits]
        rows = np.array([model.grid_row(row) for row in range(model.rowCount())], dtype=np.int64)

        def text(row: int, column: int) -> str:
            assert grid is not None  # there is a row
            place = int(rows[row])
            if column == 0:
                return str(grid.patients[place])
            state = VisitState(grid.state[place, column - 1])
            reason = str(grid.reason[place, column - 1])[:1] if state == VisitState.MISSED else ""
            return SIGNS[state] + reason

        return TableSheet(
            title=self.view.accessibleName(),
            headers=(_("Patient"), *(head.replace("\n", " ") for head in heads)),
            numeric=(False,) * (len(heads) + 1),
            rows=len(rows),
            text=text,
        )

    def current(self) -> tuple[int, int] | None:
        """The current cell as places in the grid."""
        index = self.view.currentIndex()
        return (self.model.grid_row(index.row()), index.column()) if index.isValid() else None

    def select(self, row: int, column: int) -> None:
        """Make a cell of the grid current, without saying so; nothing when it is not shown."""
        shown = self.model.shown_row(row)
        if shown < 0 or not 0 <= column < self.model.columnCount():
            return
        self._quiet = True
        index = self.model.index(shown, column)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        self._quiet = False

    def _fit(self) -> None:
        """Columns as wide as the room allows, within what reads well."""
        count = self.model.columnCount()
        if not count:
            return
        metrics = self.fontMetrics()
        needed = max(
            metrics.horizontalAdvance(line)
            for column in range(count)
            for line in str(self.model.headerData(column, Qt.Orientation.Horizontal)).split("\n")
        )
        room = self.view.viewport().width() // count
        width = min(max(room, _NARROWEST, needed + 6), max(_WIDEST, needed + 6))
        header = self.view.horizontalHeader()
        if width != header.defaultSectionSize():
            header.setDefaultSectionSize(width)
            header.geometriesChanged.emit()  # Qt does not ask how far to scroll now
        self.counts.update()

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._say(current)
        if not self._quiet and current.isValid():
            self.chosen.emit(self.model.grid_row(current.row()), current.column())

    def _on_row_clicked(self, row: int) -> None:
        column = max(self.view.currentIndex().column(), 0)
        self.view.setCurrentIndex(self.model.index(row, column))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.model.grid_row(index.row()))

    def _say(self, index: QModelIndex) -> None:
        if index.isValid():
            self.pointed.emit(self.model.grid_row(index.row()), index.column())

    def _say_current(self) -> None:
        self._say(self.view.currentIndex())


def _range(first: int, last: int, count: int) -> range:
    """Rows or columns from the one at the start of the exposed part to the one at its end."""
    if first < 0:
        return range(0)
    return range(first, (last if last >= 0 else count - 1) + 1)
