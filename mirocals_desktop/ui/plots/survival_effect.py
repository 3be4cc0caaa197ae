"""The hazard ratio of the arms as a curve of a marker, with its band, over the patients who have values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Canvas, Look
from mirocals_desktop.ui.plots.ticks import tick_text
from mirocals_desktop.ui.theme import POOLED, TREATED, DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.analysis.marker_effect import MarkerEffect
    from mirocals_desktop.analysis.times import Floats

_CROSSING: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)
_TICKS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0)
_RATIOS: Final = (3.0, 10.0)  # the axis reaches at least to the first, at most to the second, both ways
_COLUMNS: Final = 28


class EffectPlot(Canvas):
    """Two axes on the marker: ratio above, patients below."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Hazard ratio against the marker"))
        self.effect = self.add_axes("effect", stretch=3.0, title_place="corner")
        self.patients = self.add_axes("patients", stretch=1.0, title_place="corner")

    def show_effect(
        self,
        effect: MarkerEffect,
        values: Floats,
        *,
        title: str,
        pinned: Sequence[float],
        decimals: int,
    ) -> None:
        """Draw the curve, the planned cuts, where the ratio is 1, and the histogram of `values`."""
        self.empty_text = ""
        log = bool(values.min() > 0)
        self.set_x(title, log="log" if log else "linear")
        text = _("Hazard ratio of {arm} against {reference}").format(
            arm=effect.arm, reference=effect.reference
        )
        known = np.concatenate((effect.hr, [1.0]))
        reach = float(np.exp(np.max(np.abs(np.log(np.clip(known, 1e-6, 1e6)))))) * 1.8
        widest = min(max(reach, _RATIOS[0]), _RATIOS[1])
        names = [(math.log10(ratio), tick_text(ratio, 0 if ratio >= 1 else 2)) for ratio in _TICKS]
        self.effect.set_y(text, limits=(1 / widest, widest), log="log", names=names)
        self.patients.set_y(_("Patients"), limits=(0.0, None), whole="whole")
        low, high = float(values.min()), float(values.max())
        edges = np.geomspace(low, high, _COLUMNS + 1) if log else np.linspace(low, high, _COLUMNS + 1)
        counts, _edges = np.histogram(values, edges)
        with self.drawing():
            self.effect.band("band", effect.values, effect.lower, effect.upper, Look(TREATED))
            self.effect.lines("ratio", effect.values, effect.hr, Look(TREATED, 2.0))
            self.effect.horizontal_guide("one", 1.0)
            zero = np.zeros(_COLUMNS)
            self.patients.bars(
                "columns", edges[:-1], edges[1:], zero, counts.astype(np.float64), Look(POOLED)
            )
            for axes in (self.effect, self.patients):
                for cut in pinned:
                    written = tick_text(cut, decimals) if axes is self.effect else ""
                    axes.vertical_guide(f"pinned.{cut:g}", cut, written)
            if effect.crossing is not None:
                written = _("HR 1 at {value}").format(value=tick_text(effect.crossing, decimals))
                self.effect.vertical_guide("crossing", effect.crossing, written, style=_CROSSING)
        self.set_stops(np.sort(np.unique(values)).tolist())

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self.empty_text = why
        self.caption = self.footnote = self.effect.title = ""
        self.say("")
        with self.drawing():
            pass
