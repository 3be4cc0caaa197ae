"""A bar cut into parts at a glance, each told by colour and pattern, such as the ledger of the endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import titled
from mirocals_desktop.ui.taking_out import Glance
from mirocals_desktop.ui.values import number_text


@dataclass(frozen=True)
class Part:
    """One part of a bar: its code, name, size, colour and pattern."""

    code: str
    name: str
    count: int
    colour: str
    pattern: Qt.BrushStyle = Qt.BrushStyle.SolidPattern


class PartsBar(Glance):
    """A bar cut into parts; each is told by colour and pattern. `part_chosen(code)` when one is clicked."""

    part_chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFixedHeight(26)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._parts: tuple[Part, ...] = ()

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show the parts in their order."""
        self._parts = tuple(parts)
        self.setAccessibleDescription(", ".join(f"{part.name} {part.count}" for part in parts))
        self.update()

    def _places(self) -> list[tuple[Part, QRectF]]:
        total = sum(part.count for part in self._parts)
        x, places = 0.0, []
        for part in self._parts:
            width = self.width() * part.count / total if total else 0.0
            places.append((part, QRectF(x, 2, width, self.height() - 4)))
            x += width
        return places

    def _part_at(self, x: float) -> Part | None:
        return next((part for part, place in self._places() if place.left() <= x < place.right()), None)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.palette().color(QPalette.ColorRole.Window)
        for part, place in self._places():
            if not part.count:
                continue
            paint_sample(painter, place, part, ground)
            text = number_text(part.count, 0)
            width = painter.fontMetrics().horizontalAdvance(text)
            if width + 8 <= place.width():
                box = QRectF(0, 0, width + 8, painter.fontMetrics().height())
                box.moveCenter(place.center())
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ground)
                painter.drawRoundedRect(box, 2, 2)
                painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            part = self._part_at(event.pos().x())
            QToolTip.showText(event.globalPos(), titled(part.name, part.count) if part else "", self)
            return True
        return super().event(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        part = self._part_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and part is not None:
            self.part_chosen.emit(part.code)


def paint_sample(painter: QPainter, place: QRectF, part: Part, ground: QColor) -> None:
    """Fill a place the way a part is told: a tint, its pattern over it, and a gap of ground at the right."""
    inner = place.adjusted(0, 0, -1.5, 0) if place.width() > 4 else place
    colour = QColor(part.colour)
    painter.setPen(Qt.PenStyle.NoPen)
    if part.pattern == Qt.BrushStyle.SolidPattern:
        painter.fillRect(inner, colour)
        return
    tint = QColor(colour)
    tint.setAlphaF(0.28)
    painter.fillRect(inner, ground)
    painter.fillRect(inner, tint)
    painter.fillRect(inner, QBrush(colour, part.pattern))
