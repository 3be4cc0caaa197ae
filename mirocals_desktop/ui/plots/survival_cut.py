"""A marker's distribution with cuts that move, and below it what every cut would give.

One x axis, logarithmic where the marker is: patients per column, the hazard ratios on both sides of each
cut, and once the search has been made its corrected p.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.canvas import Canvas, EndLabel, Look
from mirocals_desktop.ui.plots.ticks import tick_text
from mirocals_desktop.ui.theme import POOLED, DataStyle, class_style

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cut_point import CutScan
    from mirocals_desktop.analysis.study_cut import StudyCut

ACTIVE: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)
RESTING: Final = DataStyle("#7F7F7F", Qt.PenStyle.SolidLine)
_COLUMNS: Final = 28
_FOOT, _EACH = 40.0, 52.0  # pixels below the lowest axes, and that each of them needs with its title
_TICKS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
_RATIOS: Final = (3.0, 10.0)  # the axis reaches at least to the first, at most to the second, both ways
_NEAR: Final = 0.012  # of the axis: a cut this near to a pinned one stands on it


@dataclass(frozen=True)
class Step:
    """A cut was moved by key: the number of the cut, and by how many patients."""

    cut: int
    patients: int


class MarkerPlot(Canvas):
    """Histogram and scan. `cut_moved(number, value)` by mouse, `cut_stepped(Step)` by key."""

    cut_moved = Signal(int, float)
    cut_stepped = Signal(object)
    _cut: StudyCut | None = None

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Distribution of the marker, with movable cuts"))
        self.patients = self.add_axes("patients", stretch=1.0, title_place="corner")
        self.effect = self.add_axes("effect", stretch=1.2, title_place="corner")
        self.search = self.add_axes("search", stretch=0.9, title_place="corner")
        self.crosshair = False
        self.wheel_zooms = False
        self.active = 0
        self._scan: CutScan | None = None
        self._cuts: tuple[float, ...] = ()
        self.guide_moved.connect(self._on_guide)

    def show_cut(self, cut: StudyCut, scan: CutScan | None, cuts: Sequence[float]) -> None:
        """Draw this marker, its scan (with the search's p when it has permutations), and the cuts."""
        self._cut, self._scan, self._cuts = cut, scan, tuple(cuts)
        self.active = min(self.active, len(self._cuts) - 1)
        self.empty_text = ""
        values = cut.live.marker
        log = bool(values.min() > 0)
        title = f"{cut.label} ({unit_text(cut.unit)})" if cut.unit else cut.label
        self.set_x(title, log="log" if log else "linear")
        by_arm = scan is not None and bool(scan.hr_low.size)
        searched = scan is not None and scan.permutations > 0
        self._arrange()
        self.patients.set_y(_("Patients"), limits=(0.0, None), whole="whole")
        arms = cut.live.arms
        if scan is not None and by_arm:
            text = _("Hazard ratio of {arm} below and above each cut").format(arm=arms[1])
            widest = _widest_ratio(scan)
            names = [(math.log10(ratio), number(ratio, 0 if ratio >= 1 else 2)) for ratio in _TICKS]
            self.effect.set_y(text, limits=(1 / widest, widest), log="log", names=names)
        self.search.set_y(_("p of each cut, corrected for the search"), limits=(0.0, 1.0))
        with self.drawing():
            self._draw(cut, scan, log=log, by_arm=by_arm, searched=searched)

    def move_cuts(self, cuts: Sequence[float]) -> None:
        """Put the lines elsewhere; nothing else changes."""
        self._cuts = tuple(cuts)
        self.active = min(self.active, len(self._cuts) - 1)
        self._draw_guides()
        self.view.viewport().update()

    def describe(self, text: str) -> None:
        """Tell a screen reader what the cuts give."""
        self.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._cut = self._scan = None
        self._cuts = ()
        self.empty_text = why
        self.caption = self.footnote = self.effect.title = ""
        self.say("")
        with self.drawing():
            pass

    @override
    def lay_out(self) -> None:
        if self._cut is not None:
            self._arrange()
        super().lay_out()

    def _arrange(self) -> None:
        """As many axes as there is room for: the patients always, then the search, then the ratios."""
        scan = self._scan
        wanted = [self.patients]
        if scan is not None and scan.hr_low.size:
            wanted.append(self.effect)
        if scan is not None and scan.permutations > 0:
            wanted.append(self.search)
        while len(wanted) > 1 and self.view.height() < _FOOT + _EACH * len(wanted):
            wanted.remove(self.effect if self.effect in wanted else self.search)
        if [axes for axes in self._axes if axes.visible] != wanted:
            self.arrange_axes(wanted)

    def _draw(self, cut: StudyCut, scan: CutScan | None, *, log: bool, by_arm: bool, searched: bool) -> None:
        values = cut.live.marker
        low, high = float(values.min()), float(values.max())
        if not high > low:
            low, high = low * 0.9, high * 1.1 + 1e-9
        edges = np.geomspace(low, high, _COLUMNS + 1) if log else np.linspace(low, high, _COLUMNS + 1)
        counts, _edges = np.histogram(values, edges)
        self.patients.bars(
            "columns", edges[:-1], edges[1:], np.zeros(_COLUMNS), counts.astype(np.float64), Look(POOLED)
        )
        if scan is not None and by_arm:
            labels, widest = [], _widest_ratio(scan)
            for key, number, ratios in (
                ("low", 0, (scan.hr_low, scan.hr_low_lower, scan.hr_low_upper)),
                ("high", 2, (scan.hr_high, scan.hr_high_lower, scan.hr_high_upper)),
            ):
                style = class_style(number, 3)
                ratio, lower, upper = (np.clip(side, 1 / widest, widest) for side in ratios)
                self.effect.band(f"{key}.band", scan.cuts, lower, upper, Look(style))
                self.effect.lines(key, scan.cuts, ratio, Look(style, 2.0))
                name = _("below the cut") if key == "low" else _("above the cut")
                labels.append(EndLabel(float(ratio[-1]), name, style))
            self.effect.horizontal_guide("one", 1.0)
            self.effect.end_labels(labels)
        if scan is not None and searched:
            self.search.lines("p", scan.cuts, scan.p_corrected, Look(ACTIVE, 1.6))
            self.search.horizontal_guide("level", 0.05, "0.05")
        self._draw_guides()

    def _draw_guides(self) -> None:
        """Pinned cuts dashed, the cuts themselves as lines to be taken hold of, through all axes."""
        cut = self._cut
        if cut is None:
            return
        for axes in (self.patients, self.effect, self.search):
            axes.vertical = []
            for pinned in cut.pinned:
                text = number(pinned, cut.decimals) if axes is self.patients else ""
                axes.vertical_guide(f"pinned.{pinned}", pinned, text)
            for place, value in enumerate(self._cuts):
                text = ""
                if axes is self.patients and value not in cut.pinned:
                    text = number(value, cut.decimals)
                style = ACTIVE if place == self.active else RESTING
                axes.vertical_guide(f"cut.{place}", value, text, style=style, movable=True)

    def _on_guide(self, key: str, x: float) -> None:
        kind, _dot, place = key.partition(".")
        if kind == "cut" and self._cut is not None:
            self.active = int(place)
            self.cut_moved.emit(self.active, self._near_pinned(x))

    def _near_pinned(self, x: float) -> float:
        """The pinned cut that a place is as good as on, else the place itself."""
        assert self._cut is not None
        low, high = self.x_range
        log = low > 0

        def part(value: float) -> float:
            if log:
                return math.log(value / low) / math.log(high / low)
            return (value - low) / (high - low)

        for pinned in self._cut.pinned:
            if abs(part(pinned) - part(x)) < _NEAR:
                return pinned
        return x

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move the cut past the next patient, with Shift past many; Up and Down: another."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = event.key()
        if self._cut is None or control:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            patients = max(5, len(self._cut.live.marker) // 20) if far else 1
            self.cut_stepped.emit(Step(self.active, patients if key == Qt.Key.Key_Right else -patients))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and len(self._cuts) > 1:
            self.active = (self.active + 1) % len(self._cuts)
            self._draw_guides()
            self.view.viewport().update()
        else:
            super().keyPressEvent(event)


def _widest_ratio(scan: CutScan) -> float:
    """How far the axis of ratios reaches: to the ratios themselves, and further for their limits."""
    ratios = np.concatenate((scan.hr_low, scan.hr_high))
    known = ratios[np.isfinite(ratios) & (ratios > 0)]
    far = float(np.exp(np.max(np.abs(np.log(known)), initial=0.0))) * 1.5
    return min(max(far, _RATIOS[0]), _RATIOS[1])


def number(value: float, decimals: int) -> str:
    """A marker's value as it is written on the axis."""
    return tick_text(value, decimals)
