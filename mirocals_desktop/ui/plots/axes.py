"""One set of axes of a canvas: its layers, its guides and labels, and the range it shows.

Layers have keys: drawing a key again gives its item new data. Between `begin` and `end` every layer that is
wanted is drawn; those that were not are emptied, never deleted, because dropped plot items crash.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from mirocals_desktop.ui.plots import pyqtgraph_parts as pg
from mirocals_desktop.ui.plots.layers import (
    Bools,
    Floats,
    Ink,
    Layer,
    LineLayer,
    Look,
    PathLayer,
    PointLayer,
    TargetLayer,
    band_path,
    bars_path,
    segments_path,
    staircase,
    whiskers_path,
)
from mirocals_desktop.ui.plots.symbols import Symbol
from mirocals_desktop.ui.plots.ticks import Tick
from mirocals_desktop.ui.theme import DataStyle

if TYPE_CHECKING:
    from PySide6.QtGui import QPainterPath

L = TypeVar("L", bound=Layer)

Range = tuple[float, float]
TitlePlace = Literal["side", "corner"]

_EDGE = 0.015  # of the range, so that what lies on its ends is drawn whole
_ROOM = 0.06  # above and below data whose limits nobody set


@dataclass(frozen=True)
class Guide:
    """A line across the axes at `at`, with a short text at its end. A movable one can be dragged."""

    key: str
    at: float
    text: str = ""
    style: DataStyle | None = None
    movable: bool = False


@dataclass(frozen=True)
class EndLabel:
    """The name of a curve, beside the height at which it ends."""

    y: float
    text: str
    style: DataStyle


class Axes:
    """Draws layers in data coordinates. Made by `Canvas.add_axes`; all axes of a canvas share their x."""

    def __init__(
        self, name: str, *, stretch: float, title_place: TitlePlace, changed: Callable[[], None]
    ) -> None:
        self.name = name
        self.stretch = stretch
        self.title_place: TitlePlace = title_place
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.box.disableAutoRange()
        self.rect = QRectF()
        self.own_ticks = False
        self.ticks: Sequence[Tick] = ()
        self.title = ""
        self.log = False
        self.x_log = False
        self.whole = False
        self.level_names: tuple[tuple[float, str], ...] | None = None
        self.vertical: list[Guide] = []
        self.horizontal: list[Guide] = []
        self.labels: list[EndLabel] = []
        self.home: Range = (0.0, 1.0)
        self.range: Range = (0.0, 1.0)
        self.last_home: Range = (0.0, 1.0)
        self.visible = True
        self.ink: Ink | None = None
        self._limits: tuple[float | None, float | None] = (None, None)
        self._layers: dict[str, Layer] = {}
        self._changed = changed

    # The y axis

    def set_y(
        self,
        title: str,
        *,
        unit: str = "",
        limits: tuple[float | None, float | None] = (None, None),
        log: Literal["linear", "log"] = "linear",
        whole: Literal["any", "whole"] = "any",
        names: Sequence[tuple[float, str]] | None = None,
    ) -> None:
        """Title, unit, and limits (None: from the data). `names` gives ticks at named heights only."""
        self.title = f"{title} ({unit})" if unit else title
        self.log, self.whole = log == "log", whole == "whole"
        self._limits = limits
        self.level_names = None if names is None else tuple(names)

    def set_visible(self, *, shown: bool) -> None:
        """Show these axes, or give their place to the others."""
        self.visible = shown
        self.box.setVisible(shown)
        self._changed()

    # Layers: the arguments are data, a log axis takes the logarithms itself

    def lines(
        self, key: str, x: Floats, y: Floats, look: Look, *, connect: Bools | None = None, z: float = 0
    ) -> None:
        """One line, broken where y is NaN; or many in one, where `connect[i]` joins point i to the next."""
        self._layer(key, LineLayer, z).set(self._x(x), self._y(y), connect, look, self._ink())

    def stairs(self, key: str, x: Floats, y: Floats, look: Look, *, z: float = 1) -> None:
        """A step curve that has the value y[i] from x[i] on."""
        corners_x, corners_y = staircase(np.asarray(x, np.float64), np.asarray(y, np.float64))
        layer = self._layer(key, LineLayer, z)
        layer.set(self._x(corners_x), self._y(corners_y), None, look, self._ink(), level=True)

    def band(
        self,
        key: str,
        x: Floats,
        lower: Floats,
        upper: Floats,
        look: Look,
        *,
        stepped: bool = False,
        z: float = -2,
    ) -> None:
        """The area between two lines, or between two step curves."""
        xs, low, high = self._x(x), self._y(lower), self._y(upper)
        path = band_path(xs, low, high, stepped=stepped)
        self._path(key, path, np.tile(xs, 2), np.concatenate((low, high)), look, opacity=0.16, z=z)

    def points(
        self,
        key: str,
        x: Floats,
        y: Floats,
        look: Look,
        *,
        symbol: Symbol = "dot",
        size: float = 7,
        pickable: bool = True,
        z: float = 3,
    ) -> None:
        """Symbols of a fixed size. Pickable ones are found by the mouse: `Pointer.index` counts in x."""
        layer = self._layer(key, PointLayer, z)
        layer.pickable = pickable
        layer.set(self._x(x), self._y(y), symbol, size, look, self._ink())

    def targets(self, key: str, x: Floats, y: Floats) -> None:
        """Places that the mouse finds although nothing is drawn there: the corners of many lines."""
        layer = self._layer(key, TargetLayer, 0)
        layer.pickable = True
        layer.set(self._x(x), self._y(y))

    def areas(
        self,
        key: str,
        x: Floats,
        y: Floats,
        *,
        left: Floats,
        right: Floats,
        bottom: Floats,
        top: Floats,
    ) -> None:
        """Bars and cells that the mouse finds wherever it is in them; each is ringed at its x and y."""
        layer = self._layer(key, TargetLayer, 0)
        layer.pickable = True
        sides = self._x(left), self._x(right), self._y(bottom), self._y(top)
        layer.set(self._x(x), self._y(y), np.stack(sides))

    def boxes(
        self,
        key: str,
        x: Floats,
        whisker_low: Floats,
        q1: Floats,
        median: Floats,
        q3: Floats,
        whisker_high: Floats,
        look: Look,
        *,
        half: float,
    ) -> None:
        """Boxes with whiskers, `half` as wide to each side, and their medians."""
        low, a, b, c, high = (self._y(column) for column in (whisker_low, q1, median, q3, whisker_high))
        thin = Look(look.style, 1.0)  # dashed as its group is
        outline = whiskers_path(x, low, a, c, high, half)
        self._path(
            key, outline, np.tile(x, 2), np.concatenate((low, high)), thin, opacity=0.22, outlined=True, z=1
        )
        middle = segments_path(x - half, x + half, b)
        self._path(f"{key}.median", middle, x, b, Look(look.style, 2.4, solid=True), outlined=True, z=2)

    def bars(
        self,
        key: str,
        left: Floats,
        right: Floats,
        bottom: Floats,
        top: Floats,
        look: Look,
        *,
        opacity: float = 0.45,
        z: float = -1,
    ) -> None:
        """Rectangles: columns of a histogram, or periods on a level."""
        x0, x1, y0, y1 = self._x(left), self._x(right), self._y(bottom), self._y(top)
        path = bars_path(x0, x1, y0, y1)
        thin = Look(look.style, 1.0, solid=True)
        x, y = np.concatenate((x0, x1)), np.concatenate((y0, y1))
        self._path(key, path, x, y, thin, opacity=opacity, outlined=True, z=z)

    def vertical_guide(
        self, key: str, x: float, text: str = "", *, style: DataStyle | None = None, movable: bool = False
    ) -> None:
        """An upright line at x, named at its top. A movable one reports by `Canvas.guide_moved`."""
        self.vertical.append(Guide(key, x, text, style, movable))

    def horizontal_guide(self, key: str, y: float, text: str = "", *, style: DataStyle | None = None) -> None:
        """A level line at y, named at its left end."""
        self.horizontal.append(Guide(key, y, text, style))

    def end_labels(self, labels: Sequence[EndLabel]) -> None:
        """Names of curves beside their right ends, kept from covering each other."""
        self.labels = list(labels)

    # What the canvas does with them

    def begin(self) -> None:
        """Nothing is drawn yet."""
        for layer in self._layers.values():
            layer.drawn = False
        self.vertical, self.horizontal, self.labels = [], [], []

    def end(self) -> None:
        """Empty what was not drawn, and take the range from what was."""
        for layer in self._layers.values():
            if not layer.drawn:
                layer.clear()
        low, high = self._limits
        if low is None or high is None:
            data_low, data_high = self._span(lambda layer: layer.y)
            room = (data_high - data_low) * _ROOM
            low = data_low - room if low is None else self._height(low)
            high = data_high + room if high is None else self._height(high)
        else:
            low, high = self._height(low), self._height(high)
        if not high > low:
            low, high = low - 0.5, high + 0.5
        edge = (high - low) * _EDGE
        self.home = (low - edge, high + edge)

    def drawn(self, key: str) -> Floats:
        """The data that a layer was last drawn with: its y; empty when it was not drawn."""
        layer = self._layers.get(key)
        if layer is None or not layer.drawn:
            return np.empty(0)
        return 10**layer.y if self.log else layer.y

    def x_span(self) -> Range:
        """The range of x that the layers take; (nan, nan) when nothing is drawn."""
        known = [layer.x[np.isfinite(layer.x)] for layer in self._layers.values() if len(layer.x)]
        known = [x for x in known if len(x)]
        if not known:
            return math.nan, math.nan
        return float(min(x.min() for x in known)), float(max(x.max() for x in known))

    def restyle(self, ink: Ink) -> None:
        """Paint with the colours of another palette."""
        self.ink = ink
        for layer in self._layers.values():
            layer.restyle(ink)

    def show_range(self, x: Range, y: Range) -> None:
        """Show this part, in view coordinates."""
        self.range = y
        self.box.setRange(xRange=x, yRange=y, padding=0)

    def picked(self, x: Range, place: QPointF, reach: float) -> tuple[str, int, float, QPointF] | None:
        """The pickable point nearest to a place in the scene: layer, index, distance, where it is."""
        best: tuple[str, int, float, QPointF] | None = None
        for key, layer in self._layers.items():
            if not layer.pickable or not len(layer.x):
                continue
            across = self.rect.left() + (layer.x - x[0]) / (x[1] - x[0]) * self.rect.width()
            down = (
                self.rect.bottom()
                - (layer.y - self.range[0]) / (self.range[1] - self.range[0]) * self.rect.height()
            )
            if isinstance(layer, TargetLayer) and layer.sides is not None:
                distance = self._outside(layer.sides, x, place) + reach / 2  # a dot on a bar comes first
            else:
                distance = np.hypot(across - place.x(), down - place.y())
            distance[~np.isfinite(distance)] = np.inf
            index = int(np.argmin(distance))
            if distance[index] <= (reach if best is None else min(reach, best[2] - 1e-9)):
                best = (key, index, float(distance[index]), QPointF(across[index], down[index]))
        return best

    def _outside(self, sides: Floats, x: Range, place: QPointF) -> Floats:
        """How far a place in the scene is from rectangles: left, right, bottom, top; 0 inside."""
        at = x[0] + (place.x() - self.rect.left()) / self.rect.width() * (x[1] - x[0])
        low, high = self.range
        height = low + (self.rect.bottom() - place.y()) / self.rect.height() * (high - low)
        off = [
            np.maximum(np.maximum(np.minimum(one, other) - spot, spot - np.maximum(one, other)), 0.0) * scale
            for one, other, spot, scale in (
                (sides[0], sides[1], at, self.rect.width() / (x[1] - x[0])),
                (sides[2], sides[3], height, self.rect.height() / (high - low)),
            )
        ]
        distance: Floats = np.hypot(*off)
        return distance

    def stops(self) -> list[tuple[float, float, str, int]]:
        """All pickable points from left to right, bottom up: view coordinates, layer, index."""
        found = [
            (float(a), float(b), key, index)
            for key, layer in self._layers.items()
            if layer.pickable
            for index, (a, b) in enumerate(zip(layer.x, layer.y, strict=True))
            if math.isfinite(a) and math.isfinite(b)
        ]
        return sorted(found)

    def down(self, y: float) -> float:
        """Where a height in view coordinates lies in the scene."""
        low, high = self.range
        return self.rect.bottom() - (y - low) / (high - low) * self.rect.height()

    def height(self, y: float) -> float:
        """A datum's height in view coordinates."""
        return self._height(y)

    def across(self, x: float) -> float:
        """Where an x lies in view coordinates; NaN where a log axis has no place for it."""
        if not self.x_log:
            return x
        return math.log10(x) if x > 0 else math.nan

    def datum(self, height: float) -> float:
        """The datum at a height in view coordinates."""
        return 10**height if self.log else height

    def _layer(self, key: str, kind: type[L], z: float) -> L:
        layer = self._layers.get(key)
        if layer is None:
            layer = kind(z)
            self._layers[key] = layer
            self.box.addItem(layer.item, ignoreBounds=True)
        assert isinstance(layer, kind), f"layer {key!r} was drawn as another kind"
        layer.drawn = True
        return layer

    def _path(
        self,
        key: str,
        path: QPainterPath,
        x: Floats,
        y: Floats,
        look: Look,
        *,
        opacity: float = 0.0,
        outlined: bool = False,
        z: float,
    ) -> None:
        layer = self._layer(key, PathLayer, z)
        layer.set(path, x, y, look, self._ink(), opacity=opacity, outlined=outlined)

    def _ink(self) -> Ink:
        assert self.ink is not None
        return self.ink

    def _x(self, x: Any) -> Floats:
        values = np.asarray(x, dtype=np.float64)
        return _logarithms(values) if self.x_log else values

    def _y(self, y: Any) -> Floats:
        values = np.asarray(y, dtype=np.float64)
        return _logarithms(values) if self.log else values

    def _height(self, y: float) -> float:
        if not self.log:
            return y
        return math.log10(y) if y > 0 else math.nan

    def _span(self, coordinate: Callable[[Layer], Floats]) -> Range:
        known = [values[np.isfinite(values)] for values in map(coordinate, self._layers.values())]
        known = [values for values in known if len(values)]
        if not known:
            return 0.0, 1.0
        low, high = float(min(v.min() for v in known)), float(max(v.max() for v in known))
        if high > low:
            return low, high
        room = 0.3 if self.log else abs(low) * 0.1 or 1.0
        return low - room, low + room


def _logarithms(values: Floats) -> Floats:
    result = np.full(values.shape, np.nan)
    return np.log10(values, out=result, where=values > 0)
