"""Completeness by variable and visit at a glance: a strip of cells, as full as their values are there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.taking_out import Glance
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Completeness
    from mirocals_desktop.protocol.model import Visit

_GAP: Final = 8.0


class HeatStrip(Glance):
    """Completeness by variable and visit: how full a cell stands is the share of values that are there.

    `cell_chosen(variable, visit)`, both as places in the completeness, on click or Enter.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._completeness: Completeness | None = None
        self._current = (0, 0)
        self._widest = 0

    def show_completeness(self, completeness: Completeness) -> None:
        """Show what is there and what is lacking."""
        self._completeness = completeness
        rows, columns = completeness.due.shape
        self._current = (min(self._current[0], max(rows - 1, 0)), min(self._current[1], max(columns - 1, 0)))
        self._measure()
        self._say()
        self.updateGeometry()
        self.update()

    def sentence(self, row: int, column: int) -> str:
        """What a cell says."""
        shown = self._completeness
        if shown is None or not (0 <= row < len(shown.variables) and 0 <= column < len(shown.visits)):
            return ""
        variable, visit = str(shown.variables[row].label), str(shown.visits[column].label)
        if not shown.due[row, column]:
            return _("{variable} is not due at {visit}").format(variable=variable, visit=visit)
        held, present = int(shown.held[row, column]), int(shown.present[row, column])
        expected = int(shown.expected[row, column])
        if not held:
            text = _("{variable} at {visit}: no visit held, {expected} expected by now")
            return text.format(variable=variable, visit=visit, expected=expected)
        text = _(
            "{variable} at {visit}: {present} of {held} visits held have a value ({percent} %); "
            "{expected} expected by now"
        )
        return text.format(
            variable=variable,
            visit=visit,
            present=present,
            held=held,
            percent=number_text(math.floor(100 * present / held), 0),
            expected=expected,
        )

    @override
    def sizeHint(self) -> QSize:
        rows = 0 if self._completeness is None else len(self._completeness.variables)
        return QSize(300, int(rows * self._row_height() + self.fontMetrics().height() + 8))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def _row_height(self) -> float:
        return self.fontMetrics().height() + 3.0

    def _left(self) -> float:
        return min(self._widest + _GAP, self.width() * 0.4)

    def _measure(self) -> None:
        """How wide the longest name is; measuring for every cell would take longer than painting."""
        if self._completeness is not None:
            names = [str(variable.label) for variable in self._completeness.variables]
            # one more: widths are rounded, and no name is to be cut for half a pixel
            self._widest = max(map(self.fontMetrics().horizontalAdvance, names), default=0) + 1

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    def _cell(self, row: int, column: int) -> QRectF:
        assert self._completeness is not None
        width = min((self.width() - self._left()) / max(len(self._completeness.visits), 1), 64.0)
        height = self._row_height()
        return QRectF(self._left() + column * width, row * height, width, height)

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        shown = self._completeness
        if shown is None or not shown.variables or not shown.visits:
            return None
        first = self._cell(0, 0)
        row = int(place.y() // first.height())
        column = int((place.x() - first.left()) // first.width())
        inside = 0 <= row < len(shown.variables) and 0 <= column < len(shown.visits)
        return (row, column) if inside else None

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self._completeness
        if shown is None:
            painter.end()
            return
        palette, metrics = self.palette(), self.fontMetrics()
        faint = QColor(theme.faint_colour())
        there = QColor(theme.BLUE)
        there.setAlphaF(0.55 if not theme.is_dark(palette) else 0.75)
        lacking = QColor(theme.VERMILION)  # darker than what is there, for who sees no colour
        empty = palette.color(QPalette.ColorRole.Midlight)
        left = self._left()
        for row, variable in enumerate(shown.variables):
            line = self._cell(row, 0)
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            name = metrics.elidedText(str(variable.label), Qt.TextElideMode.ElideRight, int(left - _GAP))
            painter.drawText(QPointF(0, line.top() + 1.5 + metrics.ascent()), name)
            for column in range(len(shown.visits)):
                if not shown.due[row, column]:
                    continue
                cell = self._cell(row, column).adjusted(0.5, 1.5, -1.0, -1.5)
                held = int(shown.held[row, column])
                if not held:
                    painter.setPen(QPen(empty, 1))
                    painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
                    continue
                share = int(shown.present[row, column]) / held
                # One value lacking among many is still seen: at least two pixels.
                gap = 0.0 if share == 1 else max(2.0, cell.height() * (1 - share))
                painter.fillRect(cell, there)
                if gap:
                    top = QRectF(cell.left(), cell.top(), cell.width(), min(gap, cell.height()))
                    painter.fillRect(top.adjusted(0, 0, 0, 1), palette.color(QPalette.ColorRole.Window))
                    painter.fillRect(top, lacking)
        painter.setPen(faint)
        right = -math.inf
        for column, visit in enumerate(shown.visits):
            cell = self._cell(len(shown.variables), column)
            name = visit_name(visit)
            width = metrics.horizontalAdvance(name)
            x = min(cell.center().x() - width / 2, self.width() - width)
            if x > right + 5:
                painter.drawText(QPointF(x, cell.top() + 3 + metrics.ascent()), name)
                right = x + width
        if self.hasFocus() and shown.variables and shown.visits:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._cell(*self._current).adjusted(0, 0.5, -0.5, -0.5))
        painter.end()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.sentence(*cell) if cell else "", self)
            return True
        return super().event(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        shown, cell = self._completeness, self._cell_at(event.position())
        can = shown is not None and cell is not None and bool(shown.held[cell])
        self.setCursor(Qt.CursorShape.PointingHandCursor if can else Qt.CursorShape.ArrowCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._current = cell
            self._say()
            self.update()
            self.cell_chosen.emit(*cell)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self._completeness
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if shown is None or not shown.variables or not shown.visits:
            super().keyPressEvent(event)
        elif step is not None:
            row = min(max(self._current[0] + step[0], 0), len(shown.variables) - 1)
            column = min(max(self._current[1] + step[1], 0), len(shown.visits) - 1)
            self._current = (row, column)
            self._say()
            self.update()
            place = self.mapToGlobal(self._cell(row, column).bottomLeft().toPoint())
            QToolTip.showText(place, self.sentence(row, column), self)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.cell_chosen.emit(*self._current)
        else:
            super().keyPressEvent(event)

    def _say(self) -> None:
        self.setAccessibleDescription(self.sentence(*self._current))


def visit_name(visit: Visit) -> str:
    """What a visit is called where there is little room: its code, or its label where that is no longer."""
    label = str(visit.label)
    return label if len(label) <= len(visit.code) else visit.code
