"""A marker in pairs: changes as lines or as a waterfall, two markers against each other, a heat map.

Every patient is a place that the pointer finds; `observation` gives the stored value that it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.biomarkers import SELECTED, AxisScale
from mirocals_desktop.ui.plots.canvas import Axes, Canvas, LegendEntry, Look, Pointer, Stop
from mirocals_desktop.ui.plots.styles import group_styles
from mirocals_desktop.ui.plots.symbols import Symbol
from mirocals_desktop.ui.theme import SCALE, DataStyle
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.biomarkers import Pairs
    from mirocals_desktop.analysis.groups import Grouping
    from mirocals_desktop.analysis.marker_pairs import HeatMap, Paired

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SYMBOLS: Final[tuple[Symbol, ...]] = ("dot", "square", "ring", "cross")
"""The groups' dots, so that none is told by its colour alone; triangles and diamonds are beyond a limit."""
_GAP: Final = 0.7  # between the groups of paired lines


class PairsPlot(Canvas):
    """One of four pictures; each is drawn anew with its own axes."""

    _styles: Sequence[DataStyle] = ()  # of the groups that have a row each

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Biomarker in pairs"))
        self.axes = self.add_axes("values")
        self.members = self.add_axes("members")
        self.arrange_axes([self.axes])
        self._ids: dict[str, Ints] = {}
        self._chosen = ""
        self._again: Callable[[], None] = _nothing

    def observation(self, pointer: Pointer | None) -> int:
        """The observation that the pointer is on; 0 for none."""
        if pointer is None or pointer.index < 0 or pointer.layer not in self._ids:
            return 0
        return int(self._ids[pointer.layer][pointer.index])

    def place(self, pointer: Pointer | None) -> int:
        """The place of what the pointer is on among the patients or cells of the picture; -1 for none."""
        return -1 if pointer is None or pointer.layer not in self._ids else pointer.index

    @override
    def lay_out(self) -> None:
        """As for every plot; the rows of groups are as high as a line, whatever the height."""
        if len(self.shown_axes) > 1:
            line = QFontMetricsF(self.font()).height()
            rows = line * 1.1 * len(self._styles)
            self.members.stretch = rows / max(self.view.height() - 6 * line - rows, rows)
        super().lay_out()

    @override
    def stops(self) -> list[Stop]:
        """As for every plot; each bar of the waterfall once, not again in the row of its group."""
        return [stop for stop in super().stops() if stop[3] != "member"]

    def mark_patient(self, patient: str) -> None:
        """Draw a patient's own mark above the others."""
        if patient != self._chosen:
            self._chosen = patient
            self._again()

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self.empty_text, self._again, self._ids = why, _nothing, {}
        self.set_legend([])
        self.set_rows(None)
        with self.drawing():
            pass

    def show_change(self, paired: Paired, *, scale: AxisScale) -> None:
        """Baseline and visit of each patient joined by a line, group beside group."""
        self._again = lambda: self.show_change(paired, scale=scale)
        styles = group_styles(paired.groups)
        self._begin()
        self.axes.set_y(*_titled(paired.label, unit_text(paired.unit)), log=scale)
        names: list[tuple[float, str]] = []
        several = len(styles) > 1
        for group in range(len(styles)):
            left = self._left(group)
            names += [(left, _("Baseline")), (left + 1, paired.visit_label)]
        last = self._left(len(styles) - 1) + 1
        self.set_x(
            " · ".join(paired.groups.labels) if several else "", names=names, limits=(-0.4, last + 0.4)
        )
        self.set_legend(_entries_of(paired.groups, styles))
        with self.drawing():
            for group, style in enumerate(styles):
                own = np.flatnonzero(paired.group == group)
                left = self._left(group)
                x, y = _zigzag(left, paired.before[own], paired.after[own])
                joined = np.tile([True, False], len(own))
                self.axes.lines(
                    f"lines.{group}", x, y, Look(style, 1.0, fade=0.55, solid=True), connect=joined
                )
                for side, at, ids in (
                    ("before", left, paired.before_id),
                    ("after", left + 1, paired.after_id),
                ):
                    values = paired.before if side == "before" else paired.after
                    key = f"{side}.{group}"
                    self._ids[key] = ids[own]
                    self.axes.points(
                        key, np.full(len(own), at), values[own], Look(style, 1.0, fade=0.3), size=5
                    )
                if len(own) >= 3:
                    middle = np.array([np.median(paired.before[own]), np.median(paired.after[own])])
                    self.axes.lines(
                        f"median.{group}", np.array([left, left + 1]), middle, Look(style, 3.0), z=4
                    )
                chosen = own[np.array([paired.patients[row] == self._chosen for row in own], dtype=bool)]
                if len(chosen):
                    x, y = _zigzag(left, paired.before[chosen], paired.after[chosen])
                    self.axes.lines("selected_line", x, y, Look(SELECTED, 2.0), z=6)

    def show_waterfall(self, paired: Paired) -> None:
        """Each patient's change as a bar, the largest first.

        Below several groups have a row each, with a mark under the bars of their patients.
        """
        self._again = lambda: self.show_waterfall(paired)
        styles = group_styles(paired.groups)
        neutral = 1.0 if paired.scale == "ratio" else 0.0
        several = len(styles) > 1
        self._styles = styles
        self._begin(self.axes, *([self.members] if several else []))
        self.axes.set_y(_("Change from baseline"), unit=unit_text(paired.change_unit))
        self.set_x(_("Patients in the order of their change"), limits=(-1.0, len(paired.patients) + 0.0))
        self.set_legend(_entries_of(paired.groups, styles, beyond=bool(paired.censored.any())))
        x = np.arange(len(paired.patients), dtype=np.float64)
        if several:
            names = [(-float(group), name) for group, name in enumerate(paired.groups.labels)]
            self.members.set_y("", limits=(0.5 - len(styles), 0.5), names=names)
        with self.drawing():
            self.axes.horizontal_guide("neutral", neutral)
            if several:
                row = -paired.group.astype(np.float64)
                for group, style in enumerate(styles):
                    own = paired.group == group
                    self.members.points(
                        f"member.{group}",
                        x[own],
                        row[own],
                        Look(style, 1.8),
                        symbol="tick",
                        size=9,
                        pickable=False,
                    )
                self._ids["member"] = paired.after_id
                self.members.targets("member", x, row)
            for group, style in enumerate(styles):
                own = paired.group == group
                self.axes.bars(
                    f"bar.{group}",
                    x[own] - 0.42,
                    x[own] + 0.42,
                    np.full(int(own.sum()), neutral),
                    paired.change[own],
                    Look(style),
                    opacity=0.7,
                )
            self._ids["change"] = paired.after_id
            self.axes.areas(
                "change", x, paired.change, left=x - 0.5, right=x + 0.5,
                bottom=np.full(len(x), neutral), top=paired.change,
            )  # fmt: skip
            beyond = np.flatnonzero(paired.censored)
            limit = Look(DataStyle("#000000", Qt.PenStyle.SolidLine), 1.3)
            self.axes.points(
                "beyond", x[beyond], paired.change[beyond], limit, symbol="diamond", size=7, pickable=False
            )
            chosen = np.flatnonzero(np.array([name == self._chosen for name in paired.patients], dtype=bool))
            self.axes.points(
                "selected", x[chosen], paired.change[chosen], Look(SELECTED, 2.0), symbol="ring", size=11,
                pickable=False, z=6,
            )  # fmt: skip

    def show_pairs(
        self,
        pairs: Pairs,
        groups: Grouping,
        titles: tuple[tuple[str, str], tuple[str, str]],
        *,
        log: tuple[AxisScale, AxisScale],
    ) -> None:
        """Two variables, or two visits of one, against each other; `titles` name x and y with their units."""
        self._again = lambda: self.show_pairs(pairs, groups, titles, log=log)
        styles = group_styles(groups)
        group_of = dict(zip(groups.patients, groups.group.tolist(), strict=True))
        group = np.array([group_of.get(name, -1) for name in pairs.patients], dtype=np.int64)
        self._begin()
        self.axes.set_y(*_titled(*titles[1]), log=log[1])
        self.set_x(" ".join(_joined(*titles[0])), log=log[0])
        beyond = pairs.x_censored | pairs.y_censored
        self.set_legend(_entries_of(groups, styles, beyond=bool(beyond.any()), dots=True))
        with self.drawing():
            for index, style in enumerate(styles):
                symbol = _SYMBOLS[index % len(_SYMBOLS)]
                for kind, which in (("point", ~beyond), ("beyond", beyond)):
                    own = np.flatnonzero((group == index) & which)
                    self._ids[f"{kind}.{index}"] = pairs.y_id[own]
                    self.axes.points(
                        f"{kind}.{index}", pairs.x[own], pairs.y[own], Look(style, 1.3, fade=0.15),
                        symbol=symbol if kind == "point" else "diamond", size=7,
                    )  # fmt: skip
            chosen = np.flatnonzero(np.array([name == self._chosen for name in pairs.patients], dtype=bool))
            self.axes.points(
                "selected", pairs.x[chosen], pairs.y[chosen], Look(SELECTED, 2.0), symbol="ring", size=12,
                pickable=False, z=6,
            )  # fmt: skip

    def show_heat_map(self, heat: HeatMap) -> None:
        """Patients by visits, each cell in the colour of its range."""
        self._again = lambda: self.show_heat_map(heat)
        self._begin()
        count = len(heat.patients)
        starts = [int(np.flatnonzero(heat.group == g)[0]) for g in np.unique(heat.group)]
        names = [
            (-(start + (int((heat.group == g).sum()) - 1) / 2), heat.groups.labels[g])
            for start, g in zip(starts, np.unique(heat.group).tolist(), strict=True)
        ]
        self.axes.set_y(_("Patients"), limits=(-count + 0.5, 0.5), names=names)
        self.set_x(_("Visit"), names=list(enumerate(_short(heat.visits, heat.visit_labels))))
        ranges = [
            f"{number_text(low, heat.decimals)} – {number_text(high, heat.decimals)}"
            for low, high in zip(heat.edges[:-1], heat.edges[1:], strict=True)
        ]
        last = max(len(ranges) - 1, 1)
        palette = [
            DataStyle(SCALE[round(step * (len(SCALE) - 1) / last)], Qt.PenStyle.SolidLine)
            for step in range(len(ranges))
        ]
        self.set_legend(
            [LegendEntry(text, style, "square") for text, style in zip(ranges, palette, strict=True)]
        )
        x, y = heat.column.astype(np.float64), -heat.row.astype(np.float64)
        with self.drawing():
            for step, style in enumerate(palette):
                own = heat.bin == step
                self.axes.bars(
                    f"cell.{step}", x[own] - 0.48, x[own] + 0.48, y[own] - 0.5, y[own] + 0.5, Look(style),
                    opacity=1.0,
                )  # fmt: skip
            self._ids["cells"] = heat.id
            self.axes.areas("cells", x, y, left=x - 0.5, right=x + 0.5, bottom=y - 0.5, top=y + 0.5)
            if self._chosen in heat.patients:
                level = -float(heat.patients.index(self._chosen))
                wide = np.array([-0.5, len(heat.visits) - 0.5])
                self.axes.lines("selected_line", wide, np.full(2, level), Look(SELECTED, 1.6), z=6)

    def _begin(self, *shown: Axes) -> None:
        self.empty_text, self._ids = "", {}
        self.arrange_axes(shown or (self.axes,))
        self.set_rows(None)

    @staticmethod
    def _left(group: int) -> float:
        return group * (1 + _GAP + 0.3)


def _entries_of(
    groups: Grouping, styles: Sequence[DataStyle], *, beyond: bool = False, dots: bool = False
) -> list[LegendEntry]:
    """The names of the groups with their lines, or with their symbols where the groups are `dots`."""
    entries = []
    if len(styles) > 1:
        entries = [
            LegendEntry(name, style, _SYMBOLS[index % len(_SYMBOLS)] if dots else None)
            for index, (name, style) in enumerate(zip(groups.labels, styles, strict=True))
        ]
    if beyond:
        grey = DataStyle("#888888", Qt.PenStyle.SolidLine)
        entries.append(LegendEntry(_("a value beyond a limit"), grey, "diamond"))
    return entries


def _nothing() -> None:
    """Draw nothing again."""


def _zigzag(left: float, before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Points of lines from `left` to one further, one after the other."""
    x = np.tile([left, left + 1.0], len(before))
    return x, np.column_stack([before, after]).ravel()


def _titled(label: str, unit: str) -> tuple[str]:
    return (" ".join(_joined(label, unit)),)


def _joined(label: str, unit: str) -> list[str]:
    told = not unit or unit in label or label.endswith(")")
    return [label] if told else [label, f"({unit})"]


def _short(codes: Sequence[str], labels: Sequence[str]) -> list[str]:
    return list(labels if all(len(label) <= 9 for label in labels) else codes)
