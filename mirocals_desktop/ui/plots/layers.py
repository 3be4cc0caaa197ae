"""What a plot draws inside its axes, one item per layer: lines, bands, points, boxes, bars.

An item is made once and given new data afterwards; thousands of lines are one item with a connect array.
Coordinates are those of the view: on a log axis, logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPaintEngine, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from mirocals_desktop.ui.plots import pyqtgraph_parts as pg
from mirocals_desktop.ui.plots.symbols import EVERYWHERE, FILLED, Symbol, Symbols
from mirocals_desktop.ui.theme import DataStyle, mark_colour

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_SMOOTH_BELOW: Final = 6000  # points up to which lines are smoothed: smoothing more costs a frame


@dataclass(frozen=True)
class Look:
    """How a layer is drawn: the style of its group, a width in pixels, and how far it recedes (0 to 1)."""

    style: DataStyle
    width: float = 1.6
    fade: float = 0.0
    solid: bool = False


@dataclass(frozen=True)
class Ink:
    """The colours of one palette that plots paint with; data colours are fixed, but for black and fading.

    `weight` is how many pixels of the device a pixel of the window has: pens of fixed width need to know.
    """

    ground: QColor
    text: QColor
    faint: QColor
    grid: QColor
    axis: QColor
    accent: QColor
    weight: float = 1.0

    @classmethod
    def of(cls, palette: QPalette, weight: float = 1.0) -> Ink:
        """The ink for a palette."""
        ground, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        return cls(
            ground,
            text,
            _mixed(text, ground, 0.35),
            _mixed(text, ground, 0.88),
            _mixed(text, ground, 0.55),
            palette.color(QPalette.ColorRole.Accent),
            weight,
        )

    def colour(self, name: str, fade: float = 0.0) -> QColor:
        """A data colour, mixed with the ground as far as it recedes; black is the colour of text."""
        shade = name if name == "#000000" else mark_colour(name, self.ground.name())
        colour = QColor(self.text if name == "#000000" else shade)  # a copy: whoever paints may thin it
        return _mixed(colour, self.ground, fade) if fade else colour

    def pen(self, look: Look) -> QPen:
        """The pen of a line."""
        pen = QPen(self.colour(look.style.colour, look.fade), look.width * self.weight)
        pen.setCosmetic(True)
        if look.style.dashes and not look.solid:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([length / max(look.width, 1.0) * 1.5 for length in look.style.dashes])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
        return pen


def _mixed(colour: QColor, other: QColor, part: float) -> QColor:
    keep = 1 - part
    return QColor(
        round(colour.red() * keep + other.red() * part),
        round(colour.green() * keep + other.green() * part),
        round(colour.blue() * keep + other.blue() * part),
    )


class Layer:
    """One item in the axes. `x` and `y` are its points in view coordinates, for picking and for the range."""

    def __init__(self, z: float) -> None:
        self.item = self.make_item()
        self.item.setZValue(z)
        self.x: Floats = np.empty(0)
        self.y: Floats = np.empty(0)
        self.pickable = False
        self.drawn = False

    def make_item(self) -> QGraphicsItem:
        """The one item that draws everything of the layer; a layer that draws nothing keeps this one."""
        return QGraphicsPathItem()

    def restyle(self, ink: Ink) -> None:
        """Paint with the colours of another palette."""
        raise NotImplementedError

    def clear(self) -> None:
        """Draw nothing until there is new data."""
        self.item.hide()
        self.x = self.y = np.empty(0)


def _paint_in_svg(painter: QPainter, path: QPainterPath, pen: QPen, brush: QBrush) -> bool:
    """Paint a path into an SVG in pixels of its page; False where it is not one.

    What Qt writes there of a pen that keeps its width under the axes' scale, not every reader understands.
    """
    if painter.paintEngine().type() != QPaintEngine.Type.SVG:
        return False
    stroke = QPen(pen)
    stroke.setCosmetic(False)
    on_page = painter.transform().map(path)
    painter.save()
    painter.resetTransform()
    painter.setPen(stroke)
    painter.setBrush(brush)
    painter.drawPath(on_page)
    painter.restore()
    return True


class _Curve(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A line that does not measure itself each time it is given data: the box around it clips."""

    @override
    def boundingRect(self) -> QRectF:
        return EVERYWHERE

    @override
    def paint(self, painter: QPainter, *rest: object) -> None:
        if not _paint_in_svg(painter, self.getPath(), self.opts["pen"], QBrush()):
            super().paint(painter, *rest)


class _Area(QGraphicsPathItem):
    """An area or an outline."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if not _paint_in_svg(painter, self.path(), self.pen(), self.brush()):
            super().paint(painter, option, widget)


class LineLayer(Layer):
    """One line, or many in one item: `connect[i]` joins point i to point i + 1."""

    def __init__(self, z: float) -> None:
        super().__init__(z)
        self._look: Look | None = None
        self._styled: tuple[Look | None, Ink] | None = None

    @override
    def make_item(self) -> QGraphicsItem:
        self.curve: Any = _Curve()
        return self.curve

    def set(
        self, x: Floats, y: Floats, connect: Bools | None, look: Look, ink: Ink, *, level: bool = False
    ) -> None:
        """Draw these points from now on. `level` lines run along the axes only and need no smoothing."""
        self.x, self.y = x, y
        if not len(x):
            self._look = look
            self.item.hide()
            return
        joined: Any = "finite" if connect is None else connect.astype(np.uint8)
        if connect is not None and not np.isfinite(y).all():
            known = np.isfinite(y)
            joined[:-1] &= known[:-1] & known[1:]
            y = np.where(known, y, 0.0)
        self.curve.setData(x, y, connect=joined, antialias=not level and len(x) <= _SMOOTH_BELOW)
        if (look, ink) != self._styled:  # a pen costs more than the data
            self._look = look
            self.restyle(ink)
        self.item.show()

    @override
    def restyle(self, ink: Ink) -> None:
        self._styled = self._look, ink
        if self._look is not None:
            self.curve.setPen(ink.pen(self._look))


class PathLayer(Layer):
    """Areas and outlines as one painter path: bands, boxes, bars."""

    def __init__(self, z: float) -> None:
        super().__init__(z)
        self._look: Look | None = None
        self._opacity = 0.0
        self._outlined = False
        self._styled: tuple[Look, Ink, float, bool] | None = None

    @override
    def make_item(self) -> QGraphicsItem:
        self.path_item = _Area()
        return self.path_item

    def set(
        self,
        path: QPainterPath,
        x: Floats,
        y: Floats,
        look: Look,
        ink: Ink,
        *,
        opacity: float,
        outlined: bool,
    ) -> None:
        """Draw this path from now on; x and y are what it spans."""
        self.x, self.y = x, y
        self.path_item.setPath(path)
        if (look, ink, opacity, outlined) != self._styled:
            self._look, self._opacity, self._outlined = look, opacity, outlined
            self.restyle(ink)
        self.item.setVisible(not path.isEmpty())

    @override
    def restyle(self, ink: Ink) -> None:
        if self._look is None:
            return
        self._styled = self._look, ink, self._opacity, self._outlined
        colour = ink.colour(self._look.style.colour, self._look.fade)
        colour.setAlphaF(self._opacity)
        self.path_item.setBrush(QBrush(colour) if self._opacity else QBrush(Qt.BrushStyle.NoBrush))
        self.path_item.setPen(ink.pen(self._look) if self._outlined else QPen(Qt.PenStyle.NoPen))


class PointLayer(Layer):
    """Symbols of a fixed size in pixels."""

    def __init__(self, z: float) -> None:
        super().__init__(z)
        self._look: Look | None = None
        self._styled: tuple[Look, Ink, Symbol] | None = None

    @override
    def make_item(self) -> QGraphicsItem:
        self.spots = Symbols()
        return self.spots

    def set(self, x: Floats, y: Floats, symbol: Symbol, size: float, look: Look, ink: Ink) -> None:
        """Draw these points from now on; a point without a finite place is not drawn."""
        self.x, self.y = x, y
        known = np.isfinite(x) & np.isfinite(y)
        if not known.any():
            self.item.hide()
            return
        self.spots.set(x[known], y[known], symbol, size)
        if (look, ink, symbol) != self._styled:
            self._look, self._styled = look, (look, ink, symbol)
            self.restyle(ink)
        self.item.show()

    @override
    def restyle(self, ink: Ink) -> None:
        if self._look is None:
            return
        self._styled = self._look, ink, self.spots.symbol
        colour = ink.colour(self._look.style.colour, self._look.fade)
        filled = self.spots.symbol in FILLED
        pen = QPen(ink.ground if filled else colour, 0.6 if filled else self._look.width)
        self.spots.colour(pen, QBrush(colour) if filled else QBrush(ink.ground))


class TargetLayer(Layer):
    """What is not drawn but can be pointed at: the corners of lines, or rectangles with these `sides`."""

    sides: Floats | None = None

    def set(self, x: Floats, y: Floats, sides: Floats | None = None) -> None:
        """Point at these places from now on; `sides` are the left, right, bottom and top of each."""
        self.x, self.y, self.sides = x, y, sides

    @override
    def restyle(self, ink: Ink) -> None:
        """Nothing is painted."""


# Paths


def band_path(x: Floats, lower: Floats, upper: Floats, *, stepped: bool) -> QPainterPath:
    """The area between two lines, whole where both are known; a gap where one is not."""
    path = QPainterPath()
    known = np.zeros(len(x) + 2, np.bool_)
    np.isfinite(lower + upper + x, out=known[1:-1])
    edges = np.flatnonzero(known[1:] != known[:-1])
    for start, stop in edges.reshape(-1, 2).tolist():
        xs, low, high = x[start:stop], lower[start:stop], upper[start:stop]
        if stepped:
            if stop < len(x):  # the last step reaches to where the next begins
                xs, low, high = x[start : stop + 1], np.append(low, low[-1]), np.append(high, high[-1])
            (xs, low), high = staircase(xs, low), staircase(xs, high)[1]
        around_x, around_y = np.concatenate((xs, xs[::-1])), np.concatenate((high, low[::-1]))
        path.addPath(pg.arrayToQPath(around_x, around_y, connect="all"))
        path.closeSubpath()
    return path


def staircase(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The corners of a step curve that has the value y[i] from x[i] on."""
    if len(x) == 0:
        return x, y
    return x.repeat(2)[1:], y.repeat(2)[:-1]


def bars_path(left: Floats, right: Floats, bottom: Floats, top: Floats) -> QPainterPath:
    """Rectangles."""
    path = QPainterPath()
    for x0, x1, y0, y1 in np.column_stack((left, right, bottom, top)).tolist():
        if np.isfinite((x0, x1, y0, y1)).all():
            path.addRect(QRectF(QPointF(x0, y0), QPointF(x1, y1)).normalized())
    return path


def whiskers_path(x: Floats, low: Floats, q1: Floats, q3: Floats, high: Floats, half: float) -> QPainterPath:
    """Boxes from q1 to q3 with lines out to low and high."""
    path = bars_path(x - half, x + half, q1, q3)
    for a, b, c, d, e in np.column_stack((x, low, q1, q3, high)).tolist():
        if np.isfinite((a, b, c, d, e)).all():
            path.moveTo(a, c)
            path.lineTo(a, b)
            path.moveTo(a, d)
            path.lineTo(a, e)
    return path


def segments_path(left: Floats, right: Floats, y: Floats) -> QPainterPath:
    """Level lines, such as medians across boxes."""
    path = QPainterPath()
    for x0, x1, height in np.column_stack((left, right, y)).tolist():
        if np.isfinite((x0, x1, height)).all():
            path.moveTo(x0, height)
            path.lineTo(x1, height)
    return path
