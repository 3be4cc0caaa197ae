"""The curve of all patients with what the unknown could make of it, and the curve before the last change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.canvas import Canvas, LegendEntry, Look
from mirocals_desktop.ui.theme import POOLED, DataStyle
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve

Floats = npt.NDArray[np.float64]

_OPEN: Final = DataStyle(theme.SKY, Qt.PenStyle.SolidLine)
BEFORE: Final = DataStyle(theme.ORANGE, Qt.PenStyle.DashLine, (4.0, 3.0))


class LedgerPlot(Canvas):
    """Survival of all patients, never by arm."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Survival of all patients"))
        self.axes = self.add_axes("survival")
        self._curve: SurvivalCurve | None = None
        self._horizon: int | None = None
        self.pointed.connect(
            lambda pointer: self.say(self.sentence_at(None if pointer is None else pointer.x))
        )

    def show_curve(
        self,
        curve: SurvivalCurve | None,
        *,
        horizon: int | None,
        before: SurvivalCurve | None,
        x_title: str,
        left_open: tuple[float, float] | None = None,
    ) -> None:
        """Draw the curve, and `before`, the one before the last change.

        `left_open` is between what and what the unknown leave the survival at the horizon: a bar there.
        """
        self._curve, self._horizon = curve, horizon
        if curve is None or not len(curve.days):
            self.empty_text = _("No patient has a date at day 0 yet.")
            self.set_legend([])
            with self.drawing():
                pass
            return
        self.empty_text = ""
        last = float(horizon or curve.last_day or 1.0)
        self.set_x(x_title, limits=(0.0, last), whole="whole")
        low = float(min(curve.survival.min(), *(before.survival.tolist() if before is not None else [1.0])))
        entries = [LegendEntry(_("all patients"), POOLED)]
        if before is not None:
            entries.append(LegendEntry(_("before the last change"), BEFORE))
        if left_open is not None and horizon is not None:
            entries.append(LegendEntry(_("left open by the unknown"), _OPEN, "square"))
            low = min(low, left_open[0])
        self.axes.set_y(_("Survival"), limits=(max(0.0, np.floor(low * 10) / 10), 1.0))
        self.set_legend(entries)
        with self.drawing():
            if before is not None:
                self.axes.stairs("before", *_stairs(before, last), Look(BEFORE, 1.4))
            self.axes.stairs("curve", *_stairs(curve, last), Look(POOLED, 1.8))
            if left_open is not None and horizon is not None:
                end, width = np.array([float(horizon)]), last * 0.012
                bottom, top = np.array([left_open[0]]), np.array([left_open[1]])
                self.axes.bars("open", end - width, end, bottom, top, Look(_OPEN), opacity=0.6)
            if horizon is not None:
                self.axes.vertical_guide("horizon", float(horizon))

    def sentence_at(self, day: float | None) -> str:
        """What the curve says on a day."""
        curve = self._curve
        if curve is None or day is None or day < 0:
            return ""
        survival = curve.survival_at(float(int(day)))[0]
        if survival is None:
            return ""
        at = int(np.searchsorted(curve.days, int(day), side="left"))
        return _("Day {day}: survival {survival}, {count} at risk").format(
            day=number_text(int(day), 0),
            survival=number_text(survival, 3),
            count=number_text(float(curve.at_risk[min(at, len(curve.at_risk) - 1)]), 0),
        )


def _stairs(curve: SurvivalCurve, last: float) -> tuple[Floats, Floats]:
    days = np.concatenate(([0.0], curve.days, [max(last, curve.last_day)]))
    return days, np.concatenate(([1.0], curve.survival, curve.survival[-1:]))
