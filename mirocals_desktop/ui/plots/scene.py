"""What a canvas is put together from: view of the scene, items that paint, cursor, sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsItem, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from mirocals_desktop.ui.plots import pyqtgraph_parts as pg

if TYPE_CHECKING:
    from mirocals_desktop.ui.plots.canvas import Canvas


class Painted(QGraphicsItem):
    """An item over the whole scene that lets the canvas paint."""

    def __init__(self, canvas: Canvas, paint: Callable[[QPainter], None], z: float) -> None:
        super().__init__()
        self._canvas = canvas
        self._paint = paint
        self.setZValue(z)

    @override
    def boundingRect(self) -> QRectF:
        return QRectF(self._canvas.view.rect())

    @override
    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        self._paint(painter)


class Cursor:
    """The line under the pointer and the ring around its point, painted over the picture of the scene."""

    def __init__(self) -> None:
        self.pen = QPen()
        self.ring_pen = QPen()
        self.x_line: float | None = None
        self.spot: QPointF | None = None
        self.bands: list[tuple[float, float]] = []

    def paint(self, painter: QPainter) -> None:
        """Paint the line through all axes, and the ring."""
        if self.x_line is not None:
            painter.setPen(self.pen)
            x = math.floor(self.x_line) + 0.5
            for top, bottom in self.bands:
                painter.drawLine(QLineF(x, top, x, bottom))
        if self.spot is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.ring_pen)
            painter.drawEllipse(self.spot, 6.5, 6.5)


class View(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """The scene's view. Mouse and keys go to the canvas: pyqtgraph's own menus are for programmers.

    The scene is painted into a picture that is kept until `forget`, so that a cursor or a guide over twenty
    thousand lines costs one copy of the picture and not the lines again. In an area that scrolls, only what
    is in view is painted, and the rest when it comes into view.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.cursor_mark = Cursor()
        self._picture: QPixmap | None = None
        self._painted = QRegion()
        self.part = QRect()  # what is being painted into that picture
        self.keeps_picture = False  # whether the scene is being painted into that picture
        super().__init__(background=None)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def forget(self) -> None:
        """Paint the scene anew: something in it has changed."""
        self._picture = None
        self.viewport().update()

    def move_cursor(self, x: float | None, spot: QPointF | None) -> None:
        """Put the cursor here, or nowhere."""
        self.cursor_mark.x_line, self.cursor_mark.spot = x, spot
        self.viewport().update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        scale = self.devicePixelRatioF()
        size = self.viewport().size() * scale
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(scale)
            self._painted = QRegion()
        missing = self.viewport().visibleRegion().united(event.rect()).subtracted(self._painted)
        if not missing.isEmpty():
            self._paint_part(self._picture, missing.boundingRect())
        painter = QPainter(self.viewport())
        painter.setClipRect(event.rect())
        painter.drawPixmap(0, 0, self._picture)
        self._canvas.paint_above(painter)
        self.cursor_mark.paint(painter)
        painter.end()

    def _paint_part(self, picture: QPixmap, part: QRect) -> None:
        painter = QPainter(picture)
        painter.setClipRect(part)
        painter.fillRect(part, self.backgroundBrush().color())
        self.keeps_picture, self.part = True, part
        self.render(painter, QRectF(part), part)
        self.keeps_picture = False
        painter.end()
        self._painted = self._painted.united(part)

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._canvas.lay_out()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._canvas.hand.on_press(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._canvas.hand.on_move(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._canvas.hand.on_release(event)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._canvas.hand.on_double_click(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        self._canvas.hand.on_wheel(event)

    @override
    def leaveEvent(self, _event: QEvent) -> None:
        self._canvas.hand.on_leave()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()


class Sentence(QWidget):
    """One line for what the pointer is on, cut to the width; the whole of it is the tooltip.

    The label is in no layout: a new text in one lays the whole window out, at each move of the pointer.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sentence = ""
        self._label = QLabel(self)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """What is shown of the sentence."""
        return self._label.text()

    @override
    def sizeHint(self) -> QSize:
        return QSize(0, self._label.sizeHint().height())

    def say(self, text: str) -> None:
        """Show this."""
        self.sentence = text
        self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self.sentence, Qt.TextElideMode.ElideRight, self.width() - 4)
        self._label.setText(shown)
        self.setToolTip(self.sentence if shown != self.sentence else "")

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._label.setGeometry(self.rect())
        self._cut()
