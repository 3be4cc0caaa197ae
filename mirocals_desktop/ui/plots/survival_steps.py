"""Step curves over study days with what belongs to each: a band, a faint companion, an area between two.

One drawing for the unknown, for adjusted curves, cumulative incidence and restricted means: the views differ
in what the curves are and in what they say of a day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Canvas, EndLabel, Look, Pointer
from mirocals_desktop.ui.plots.ticks import tick_text
from mirocals_desktop.ui.theme import GREY, DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve

Floats = npt.NDArray[np.float64]

_BEFORE: Final = 0.02  # of the axis lies before day 0


@dataclass(frozen=True, eq=False)
class StepCurve:
    """One curve: `height[i]` from `days[i]` on, the first of them day 0; limits where there are any."""

    label: str
    style: DataStyle
    days: Floats
    height: Floats
    lower: Floats | None = None
    upper: Floats | None = None
    companion: StepCurve | None = None
    """Drawn thin and faint beside it: the same curve by another way."""

    @classmethod
    def of(cls, curve: SurvivalCurve, label: str, style: DataStyle) -> StepCurve:
        """A Kaplan-Meier curve without its limits."""
        return cls(label, style, np.insert(curve.days, 0, 0.0), np.insert(curve.survival, 0, 1.0))

    def at(self, day: float) -> float:
        """The height on a day; NaN before the first and after the last."""
        if not len(self.days) or not self.days[0] <= day <= self.days[-1]:
            return math.nan
        return float(self.height[int(np.searchsorted(self.days, day, side="right")) - 1])

    def until(self, day: float) -> StepCurve:
        """The curve up to a day, held level to it; nothing of it when it ends before."""
        kept = self.days <= day
        days, height = np.append(self.days[kept], day), np.append(self.height[kept], self.height[kept][-1])
        return StepCurve(self.label, self.style, days, height)


@dataclass(frozen=True, eq=False)
class Spots:
    """Places that can be chosen, such as patients: each with its key."""

    days: Floats
    height: Floats
    keys: tuple[str, ...]
    style: DataStyle


@dataclass(frozen=True)
class ShownSteps:
    """What is drawn. `last` is the end of the axis, `mark_day` an upright line with its text."""

    curves: tuple[StepCurve, ...]
    x_title: str
    y_title: str
    last: float
    mark_day: float | None = None
    mark_text: str = ""
    between: tuple[StepCurve, StepCurve] | None = None
    spots: tuple[Spots, ...] = ()


class StepsPlot(Canvas):
    """Curves of one kind, with a hand on the patients among them."""

    def __init__(self, name: str, label: str) -> None:
        super().__init__(name, label)
        self.axes = self.add_axes("steps")
        self._shown: ShownSteps | None = None
        self._selected = ""

    def show_steps(self, shown: ShownSteps) -> None:
        """Draw these."""
        self._shown, self.empty_text = shown, ""
        self.set_x(shown.x_title, limits=(-_BEFORE * shown.last, max(shown.last, 1.0)), whole="whole")
        self.axes.set_y(shown.y_title, limits=(0.0, 1.0))
        self._draw()

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._shown, self.empty_text = None, why
        self.caption = self.footnote = ""
        self.say("")
        with self.drawing():
            pass

    def mark(self, key: str) -> None:
        """Ring the spot with this key."""
        if key != self._selected:
            self._selected = key
            if self._shown is not None:
                self._draw()

    def day_at(self, pointer: Pointer | None) -> float | None:
        """The day that the pointer is on."""
        shown = self._shown
        if pointer is None or shown is None:
            return None
        day = float(math.floor(pointer.x + 1e-9))
        return day if 0 <= day <= shown.last else None

    def key_at(self, pointer: Pointer | None) -> str:
        """The key of the spot that the pointer is on; "" for none."""
        if pointer is None or self._shown is None or pointer.index < 0:
            return ""
        kind, _dot, number = pointer.layer.partition(".")
        return self._shown.spots[int(number)].keys[pointer.index] if kind == "spots" else ""

    def _draw(self) -> None:
        shown = self._shown
        assert shown is not None
        with self.drawing():
            if shown.between is not None:
                self._draw_between(*shown.between)
            for place, curve in enumerate(shown.curves):
                if curve.lower is not None and curve.upper is not None:
                    self.axes.band(
                        f"band.{place}", curve.days, curve.lower, curve.upper, Look(curve.style), stepped=True
                    )
                if curve.companion is not None:
                    other = curve.companion
                    self.axes.stairs(
                        f"companion.{place}", other.days, other.height, Look(other.style, 1.2, 0.45), z=0
                    )
                self.axes.stairs(f"curve.{place}", curve.days, curve.height, Look(curve.style, 2.0))
            for place, spots in enumerate(shown.spots):
                look = Look(spots.style, 1.4)
                self.axes.points(f"spots.{place}", spots.days, spots.height, look, symbol="diamond", size=9)
                self._draw_selected(place, spots)
            if shown.mark_day is not None:
                self.axes.vertical_guide("day", shown.mark_day, shown.mark_text)
            self.axes.end_labels(
                [
                    EndLabel(float(curve.height[np.isfinite(curve.height)][-1]), curve.label, curve.style)
                    for curve in shown.curves
                    if np.isfinite(curve.height).any()
                ]
            )
        changes = [curve.days for curve in shown.curves]
        self.set_stops(np.unique(np.concatenate(changes)).tolist() if changes else [])

    def _draw_selected(self, place: int, spots: Spots) -> None:
        if self._selected not in spots.keys:
            return
        row = spots.keys.index(self._selected)
        ring = DataStyle("#000000", Qt.PenStyle.SolidLine)
        here = slice(row, row + 1)
        self.axes.points(
            f"ring.{place}",
            spots.days[here],
            spots.height[here],
            Look(ring, 2.0),
            symbol="ring",
            size=14,
            pickable=False,
            z=2,  # below the spot, which would else be covered
        )

    def _draw_between(self, first: StepCurve, second: StepCurve) -> None:
        """The area between two curves, each known on every day of either."""
        days = np.union1d(first.days, second.days)
        heights = [
            curve.height[np.searchsorted(curve.days, days, side="right") - 1] for curve in (first, second)
        ]
        look = Look(DataStyle(GREY, Qt.PenStyle.SolidLine))
        self.axes.band("between", days, np.minimum(*heights), np.maximum(*heights), look, stepped=True)


def day_text(day: float) -> str:
    """A day as the upright lines name it."""
    return _("day {day}").format(day=tick_text(day, 0))
