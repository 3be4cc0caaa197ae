"""Symbols of a fixed size: their shapes, and thousands of them painted by one call."""

from __future__ import annotations

from typing import Final, Literal, cast

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QWidget
from typing_extensions import override

Floats = npt.NDArray[np.float64]

Symbol = Literal["dot", "ring", "below", "above", "tick", "diamond", "square", "cross"]
"""A filled or open circle, a triangle down or up for a value beyond a limit, a short upright line."""

FILLED: Final = ("dot", "diamond", "square")
"""Symbols that are filled with their colour; the others are outlines."""

_CORNERS: Final = {
    "below": ((-1, -0.8), (1, -0.8), (0, 0.9)),
    "above": ((-1, 0.8), (1, 0.8), (0, -0.9)),
    "diamond": ((0, -1), (1, 0), (0, 1), (-1, 0)),
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
}
_IN_STROKES: Final = (QPaintEngine.Type.Picture, QPaintEngine.Type.Pdf, QPaintEngine.Type.SVG)
_FRAGMENT: Final = (
    "x", "y", "sourceLeft", "sourceTop", "width", "height", "scaleX", "scaleY", "rotation", "opacity",
)  # fmt: skip
"""The numbers of a QPainter.PixmapFragment in their order; x and y are the middle of the picture."""
EVERYWHERE: Final = QRectF(-1e12, -1e12, 2e12, 2e12)
"""The place of an item that the box around it clips."""


class Symbols(QGraphicsItem):
    """Symbols of a fixed size, painted from one small picture of the symbol."""

    def __init__(self) -> None:
        super().__init__()
        self.xs: Floats = np.empty(0)
        self.ys: Floats = np.empty(0)
        self.symbol: Symbol = "dot"
        self.size = 7.0
        self.pen = QPen()
        self.brush = QBrush()
        self._pictures: dict[float, QPixmap] = {}

    def set(self, x: Floats, y: Floats, symbol: Symbol, size: float) -> None:
        """Stand at these places from now on."""
        if (symbol, size) != (self.symbol, self.size):
            self._pictures.clear()
        self.xs, self.ys, self.symbol, self.size = x, y, symbol, size
        self.update()

    def colour(self, pen: QPen, brush: QBrush) -> None:
        """Paint in these colours from now on."""
        if pen != self.pen or brush != self.brush:
            self.pen, self.brush = pen, brush
            self._pictures.clear()
            self.update()

    @override
    def boundingRect(self) -> QRectF:
        return EVERYWHERE  # the box around it clips; symbols reach beyond the places they stand at

    @override
    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        if painter.paintEngine().type() in _IN_STROKES:
            self._paint_strokes(painter)
            return
        scale = painter.device().devicePixelRatioF()
        picture = self._pictures.get(scale)
        if picture is None:
            picture = self._pictures[scale] = self._picture(scale)
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        fragments = np.zeros((len(self.xs), len(_FRAGMENT)))
        for name, value in (
            ("x", self.xs * transform.m11() + transform.dx()),
            ("y", self.ys * transform.m22() + transform.dy()),
            ("width", picture.width()),
            ("height", picture.height()),
            ("scaleX", 1 / scale),
            ("scaleY", 1 / scale),
            ("opacity", 1.0),
        ):
            fragments[:, _FRAGMENT.index(name)] = value
        # All by one call: a call for each symbol takes six times as long.
        first = cast(
            QPainter.PixmapFragment,
            shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment),
        )
        painter.drawPixmapFragments(first, len(fragments), picture)
        painter.restore()

    def _paint_strokes(self, painter: QPainter) -> None:
        """Symbol by symbol, for a device that keeps strokes and not pixels."""
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        painter.setPen(self.pen)
        painter.setBrush(self.brush)
        for x, y in zip(self.xs.tolist(), self.ys.tolist(), strict=True):
            painter.drawPath(symbol_path(self.symbol, transform.map(QPointF(x, y)), self.size / 2))
        painter.restore()

    def _picture(self, scale: float) -> QPixmap:
        side = self.size + 2 * self.pen.widthF() + 2
        picture = QPixmap(round(side * scale), round(side * scale))
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.pen)
        painter.setBrush(self.brush)
        middle = picture.width() / scale / 2
        painter.drawPath(symbol_path(self.symbol, QPointF(middle, middle), self.size / 2))
        painter.end()
        return picture


def symbol_path(symbol: Symbol, centre: QPointF, half: float) -> QPainterPath:
    """The outline of a symbol that is `half` as wide to each side of its centre."""
    path = QPainterPath()
    x, y = centre.x(), centre.y()
    if symbol in ("dot", "ring"):
        path.addEllipse(centre, half, half)
    elif symbol in _CORNERS:
        first, *others = (QPointF(x + a * half, y + b * half) for a, b in _CORNERS[symbol])
        path.moveTo(first)
        for point in others:
            path.lineTo(point)
        path.closeSubpath()
    elif symbol == "tick":
        path.moveTo(x, y - half)
        path.lineTo(x, y + half)
    else:
        path.moveTo(x - half * 0.8, y - half * 0.8)
        path.lineTo(x + half * 0.8, y + half * 0.8)
        path.moveTo(x - half * 0.8, y + half * 0.8)
        path.lineTo(x + half * 0.8, y - half * 0.8)
    return path
