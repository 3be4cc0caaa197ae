"""Whether hazards are proportional: residuals over time with their smooth, and log-log curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Canvas, EndLabel, Look, Pointer
from mirocals_desktop.ui.theme import BLUE, GREY, DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
    from mirocals_desktop.analysis.zph import ZphSmooth

Floats = npt.NDArray[np.float64]

_SMOOTH: Final = DataStyle(BLUE, Qt.PenStyle.SolidLine)
_POINT: Final = DataStyle(GREY, Qt.PenStyle.SolidLine)
_INK: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)  # the colour of text


class SchoenfeldPlot(Canvas):
    """Scaled Schoenfeld residuals plus their coefficient: with proportional hazards the smooth is level."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Scaled Schoenfeld residuals"))
        self.axes = self.add_axes("residuals")
        self._patients: tuple[str, ...] = ()
        self._drawn: tuple[Floats, Floats, ZphSmooth | None, float] | None = None
        self._selected = ""

    def show_residuals(
        self,
        days: Floats,
        residuals: Floats,
        patients: Sequence[str],
        *,
        smooth: ZphSmooth | None,
        estimate: float,
        x_title: str,
        y_title: str,
    ) -> None:
        """Draw the residuals of the patients with an event, their smooth, 0 and the model's coefficient."""
        self.empty_text = ""
        self._patients = tuple(patients)
        self._drawn = (days, residuals, smooth, estimate)
        self.set_x(x_title, whole="whole")
        self.axes.set_y(y_title)
        self._draw()

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._patients, self._drawn, self.empty_text = (), None, why
        self.caption = self.footnote = ""
        self.say("")
        with self.drawing():
            pass

    def mark(self, patient: str) -> None:
        """Ring the residual of a patient."""
        if patient != self._selected:
            self._selected = patient
            if self._drawn is not None:
                self._draw()

    def patient_at(self, pointer: Pointer | None) -> tuple[str, float, float] | None:
        """The patient whose residual the pointer is on, with its day and the residual."""
        if pointer is None or pointer.layer != "residuals" or pointer.index < 0 or self._drawn is None:
            return None
        days, residuals, _smooth, _estimate = self._drawn
        return self._patients[pointer.index], float(days[pointer.index]), float(residuals[pointer.index])

    def smooth_at(self, day: float) -> float:
        """The height of the smooth on a day; NaN where there is none."""
        smooth = self._drawn[2] if self._drawn is not None else None
        if smooth is None or not smooth.days[0] <= day <= smooth.days[-1]:
            return math.nan
        return float(np.interp(day, smooth.days, smooth.estimate))

    def _draw(self) -> None:
        assert self._drawn is not None
        days, residuals, smooth, estimate = self._drawn
        with self.drawing():
            self.axes.horizontal_guide("zero", 0.0)
            self.axes.horizontal_guide("estimate", estimate, _("model"), style=_POINT)
            self.axes.points("residuals", days, residuals, Look(_POINT, 1.0, 0.2), size=5, z=1)
            if smooth is not None:
                look = Look(_SMOOTH, 2.0)
                self.axes.band("band", smooth.days, smooth.lower, smooth.upper, look)
                self.axes.lines("smooth", smooth.days, smooth.estimate, look, z=2)
            if self._selected in self._patients:
                row = self._patients.index(self._selected)
                here = slice(row, row + 1)
                self.axes.points(
                    "selected",
                    days[here],
                    residuals[here],
                    Look(_INK, 2.0),
                    symbol="ring",
                    size=12,
                    pickable=False,
                    z=0.5,  # below the dot
                )


class LogLogPlot(Canvas):
    """log(-log S) over days on a log axis: with proportional hazards the curves run parallel."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Log-log curves"))
        self.axes = self.add_axes("loglog")
        self._curves: tuple[SurvivalCurve, ...] = ()

    def show_curves(
        self,
        curves: Sequence[SurvivalCurve],
        labels: Sequence[str],
        styles: Sequence[DataStyle],
        *,
        x_title: str,
    ) -> None:
        """Draw one line per group."""
        self.empty_text, self._curves = "", tuple(curves)
        self.set_x(x_title, log="log")
        self.axes.set_y(_("log(−log S)"))
        ends = []
        with self.drawing():
            for place, (curve, label, style) in enumerate(zip(curves, labels, styles, strict=True)):
                days, heights = log_log_of(curve)
                if not len(days):
                    continue
                self.axes.stairs(f"curve.{place}", days, heights, Look(style, 2.0))
                ends.append(EndLabel(float(heights[-1]), label, style))
            self.axes.end_labels(ends)
        changes = [log_log_of(curve)[0] for curve in curves]
        self.set_stops(np.unique(np.concatenate(changes)).tolist() if changes else [])

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self._curves, self.empty_text = (), why
        self.caption = self.footnote = ""
        self.say("")
        with self.drawing():
            pass


def log_log_of(curve: SurvivalCurve) -> tuple[Floats, Floats]:
    """The days after 0 on which S lies between 0 and 1, and log(-log S) there."""
    known = (curve.survival > 0) & (curve.survival < 1) & (curve.days > 0)
    return curve.days[known], np.log(-np.log(curve.survival[known]))
