"""Survival curves in front of the ones they take the place of: the old ones dotted and faint, as a ghost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Look
from mirocals_desktop.ui.plots.survival import SELECTED, ShownCurves, SurvivalPlot, curve_styles
from mirocals_desktop.ui.plots.survival_words import group_name
from mirocals_desktop.ui.theme import DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
    from mirocals_desktop.analysis.study_survival import StudySurvival

_DOTS: Final = (1.5, 2.5)


class GhostPlot(SurvivalPlot):
    """The curves of an analysis with those of an earlier one behind them."""

    def __init__(self, name: str) -> None:
        self._ghosts: dict[str, SurvivalCurve] = {}
        self._labels: tuple[str, ...] = ()
        super().__init__(name)

    def show_change(self, before: StudySurvival | None, after: StudySurvival) -> None:
        """Draw an analysis, and behind it the one from before, group by group."""
        groups = after.result.groups or (after.result.overall,)
        old = (before.result.groups or (before.result.overall,)) if before is not None else ()
        table = after.endpoint
        self._ghosts = {group.label: group.curve for group in old}
        self._labels = tuple(group.label for group in groups)
        self.show_curves(
            ShownCurves(
                curves=tuple(group.curve for group in groups),
                labels=tuple(group_name(group.label) for group in groups),
                styles=curve_styles(after),
                medians=tuple(group.median.estimate for group in groups),
                ticks=tuple(row.day for row in after.result.overall.at),
                horizon=table.horizon,
                x_title=_("Study day (0 = {origin})").format(origin=table.origin_label),
                y_title=_("Survival") if table.endpoint == "death" else _("Survival without the event"),
            )
        )

    def ghosts(self) -> tuple[SurvivalCurve, ...]:
        """The old curves that are drawn, in the order of the groups."""
        return tuple(self._ghosts[label] for label in self._labels if label in self._ghosts)

    @override
    def _draw_curve(self, group: int, curve: SurvivalCurve, style: DataStyle) -> None:
        ghost = self._ghosts.get(self._labels[group]) if group < len(self._labels) else None
        if ghost is not None:
            dotted = DataStyle(SELECTED.colour, Qt.PenStyle.CustomDashLine, _DOTS)
            days, survival = np.insert(ghost.days, 0, 0.0), np.insert(ghost.survival, 0, 1.0)
            self.axes.stairs(f"ghost.{group}", days, survival, Look(dotted, 1.4, 0.25), z=0)
        super()._draw_curve(group, curve, style)
