"""The header above a sheet: the letters of the columns, and below them what each column means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QHeaderView, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import column_letters
from mirocals_desktop.ui import theme

State = Literal["sure", "guess", "question", "ignored"]

_HEAD_LINES: Final = 3


@dataclass(frozen=True)
class Head:
    """What stands above a column: what it means, a second line (unit, visit, evidence), how sure it is."""

    text: str
    detail: str = ""
    state: State = "sure"


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
        # The table decides how wide it is; asking every column for it would hold the window.
        return QSize(0, self.fontMetrics().height() * _HEAD_LINES + 14)

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
