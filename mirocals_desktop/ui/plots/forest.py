"""A forest: one ratio with its limits a line, on a log axis, around the line at 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from typing_extensions import override

from mirocals_desktop.ui.plots.canvas import Axes, Canvas, Look, Pointer, Row, Stop
from mirocals_desktop.ui.plots.frame import GAP, fonts
from mirocals_desktop.ui.theme import DataStyle

_LINE: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)  # the colour of text
_ALL: Final = DataStyle("#000000", Qt.PenStyle.CustomDashLine, (2, 3))
_WIDEST: Final = 20.0  # limits beyond this factor from 1 run to the edge
_ROOM: Final = 1.28  # lines of text that one line of the forest is high


@dataclass(frozen=True)
class ForestLine:
    """One line: its text, and the ratio; None for a heading or where it is not estimable.

    `weight` (0 to 1) is the size of the square. `key` names the line, "" for a heading.
    """

    text: str
    key: str = ""
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    weight: float = 0.5
    whole: bool = False


class ForestPlot(Canvas):
    """The lines from top to bottom."""

    def __init__(self, name: str, label: str) -> None:
        super().__init__(name, label)
        self.axes = self.add_axes("forest")
        self.wheel_zooms = False
        self.crosshair = False
        self._lines: tuple[ForestLine, ...] = ()
        self._points: list[int] = []
        self._selected = ""

    def show_lines(self, lines: tuple[ForestLine, ...], *, x_title: str) -> None:
        """Draw these lines; the plot becomes as high as they need."""
        self._lines, self.empty_text = lines, ""
        known = [v for line in lines for v in (line.lower, line.upper, line.ratio) if v is not None and v > 0]
        low = max(min([*known, 0.5]) / 1.15, 1 / _WIDEST)
        high = min(max([*known, 2.0]) * 1.15, _WIDEST)
        self.set_x(x_title, limits=(low, high), log="log")
        count = len(lines)
        names = [(float(count - place), line.text) for place, line in enumerate(lines)]
        self.axes.set_y("", limits=(0.4, count + 0.6), names=names)
        line_height = fonts(self.font())[1].height()
        self.setMinimumHeight(round(count * line_height * _ROOM + 4.5 * line_height))
        self._draw(low, high)

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._lines, self.empty_text = (), why
        self.caption = self.footnote = ""
        self.say("")
        with self.drawing():
            pass

    def mark(self, key: str) -> None:
        """Ring the line with this key."""
        if key != self._selected:
            self._selected = key
            if self._lines:
                low, high = self.x_axis.home
                self._draw(10**low, 10**high)

    def key_at(self, pointer: Pointer | None) -> str:
        """The key of the line that the pointer is on; "" for none."""
        if pointer is None or not self._lines:
            return ""
        if pointer.index >= 0:
            return self._lines[self._points[pointer.index]].key
        place = len(self._lines) - math.floor(pointer.y + 0.5)
        return self._lines[place].key if 0 <= place < len(self._lines) else ""

    @override
    def _left_width(
        self, axes: Sequence[Axes], rows: Sequence[Row], metrics: QFontMetricsF, line: float
    ) -> float:
        """Wider than of other plots: the names of the lines are half of what a forest says."""
        super()._left_width(axes, rows, metrics, line)
        widest = max((metrics.horizontalAdvance(text.text) for text in self._lines), default=0.0)
        return float(min(widest, self.view.width() * 0.48)) + 2 * GAP

    @override
    def stops(self) -> list[Stop]:
        """The keys go from line to line, from the top."""
        return sorted(super().stops(), key=lambda stop: -stop[2])

    def _draw(self, low: float, high: float) -> None:
        count = len(self._lines)
        shown = [(p, line) for p, line in enumerate(self._lines) if line.ratio is not None]
        self._points = [place for place, _line in shown]
        y = np.array([count - place for place, _line in shown], np.float64)
        ratio = np.array([line.ratio for _place, line in shown], np.float64)
        with self.drawing():
            self.axes.vertical_guide("one", 1.0)
            whole = next((line.ratio for line in self._lines if line.whole and line.ratio), None)
            if whole is not None:
                ends = np.array([0.4, count + 0.6])
                self.axes.lines("whole", np.array([whole, whole]), ends, Look(_ALL, 1.0, 0.4), z=-1)
            x: list[float] = []
            heights: list[float] = []
            for place, line in shown:
                if line.lower is not None and line.upper is not None:
                    x += [min(max(line.lower, low), high), min(max(line.upper, low), high)]
                    heights += [count - place] * 2
            joined = np.arange(len(x)) % 2 == 0
            self.axes.lines("limits", np.array(x), np.array(heights), Look(_LINE, 1.4), connect=joined, z=1)
            self._draw_ratios(shown, ratio, y)

    def _draw_ratios(self, shown: list[tuple[int, ForestLine]], ratio: object, y: object) -> None:
        x, heights = np.asarray(ratio), np.asarray(y)
        for size in range(3):  # a layer has one size of symbol
            mine = np.array([min(int(line.weight * 3), 2) == size for _place, line in shown], np.bool_)
            self.axes.points(
                f"square.{size}",
                x[mine],
                heights[mine],
                Look(_LINE),
                symbol="square",
                size=6 + 3 * size,
                pickable=False,
            )
        self.axes.targets("ratio", x, heights)
        chosen = np.array([line.key == self._selected and bool(line.key) for _place, line in shown], np.bool_)
        self.axes.points(
            "selected",
            x[chosen],
            heights[chosen],
            Look(_LINE, 1.8),
            symbol="ring",
            size=19,
            pickable=False,
            z=2,  # below the square
        )
