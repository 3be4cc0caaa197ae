"""Biomarkers drawn: every patient's line with median and quartile band, or boxes with points by occasion.

Values beyond an assay's limit stand at it as triangles; a median that is only known to lie beyond a limit is
an open circle. What the pointer is on is a measurement or a median, see `Target`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.canvas import Canvas, EndLabel, LegendEntry, Look, Pointer, Row
from mirocals_desktop.ui.plots.styles import group_styles
from mirocals_desktop.ui.theme import GREY, DataStyle
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.biomarkers import Summaries, Trajectories
    from mirocals_desktop.analysis.groups import Grouping
    from mirocals_desktop.analysis.marker_values import Scale, Values
    from mirocals_desktop.analysis.occasions import Occasions
    from mirocals_desktop.protocol.model import Protocol

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

AxisScale = Literal["linear", "log"]

SELECTED: Final = DataStyle("#000000", Qt.PenStyle.SolidLine)  # the colour of text
_LIMIT: Final = DataStyle(GREY, Qt.PenStyle.SolidLine)
_FEWEST: Final = 3  # patients that a quartile band needs
_MOST_POINTS: Final = 5000  # beside boxes; of more only those beyond the whiskers are drawn
_MOST_BOXES: Final = 24  # with all their points; of more only the points beyond the whiskers
_SHORT: Final = 9  # letters of a visit's name that an axis has room for
_GOLDEN: Final = 0.6180339887498949  # spreads the points of neighbours evenly


@dataclass(frozen=True, eq=False)
class Shown:
    """Everything that the biomarker page shows of one variable, computed together.

    `held` is `count_held`'s, None where nothing can be told.
    """

    values: Values
    groups: Grouping
    occasions: Occasions
    trajectories: Trajectories
    summaries: Summaries
    held: Ints | None = None


@dataclass(frozen=True)
class Target:
    """What the pointer is on: a row of the values, or the median of a group at an occasion (-1: not that)."""

    row: int = -1
    group: int = -1
    occasion: int = -1


class BiomarkerPlot(Canvas):
    """One variable over visits or days."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _("Biomarker over time"))
        self.axes = self.add_axes("values")
        self._shown: Shown | None = None
        self._patient = ""
        self._view: Literal["trajectories", "distribution"] = "trajectories"
        self._scale: AxisScale = "linear"
        self._guides: Sequence[tuple[float, str]] = ()
        self._rows: dict[str, Ints] = {}

    def show_trajectories(
        self,
        shown: Shown,
        *,
        scale: AxisScale,
        guides: Sequence[tuple[float, str]],
        x_title: str,
        limits: tuple[float, float] | None = None,
    ) -> None:
        """Draw every patient's line. `guides` are levels with their names, such as limits of the assay.

        `limits` keep the view on a part of the values; what lies outside is drawn and not seen.
        """
        self._take(shown, "trajectories", scale, guides, limits)
        occasions = shown.occasions
        if occasions.by == "visit":
            self.set_x(x_title, names=list(zip(occasions.x.tolist(), axis_names(occasions), strict=True)))
        else:
            self.set_x(x_title, whole="whole")
        self.set_rows(self._counts_below if occasions.by == "visit" else None)
        self._draw()

    def show_distribution(
        self,
        shown: Shown,
        *,
        scale: AxisScale,
        guides: Sequence[tuple[float, str]],
        x_title: str,
        limits: tuple[float, float] | None = None,
    ) -> None:
        """Draw boxes by group at each occasion, with their points; `limits` as in `show_trajectories`."""
        self._take(shown, "distribution", scale, guides, limits)
        names = axis_names(shown.occasions)
        self.set_x(x_title, names=[(float(index), name) for index, name in enumerate(names)])
        self.set_rows(self._counts_below)
        self._draw()

    def show_nothing(self, why: str) -> None:
        """Draw nothing and say why."""
        self.empty_text = why
        self.set_legend([])
        self.set_rows(None)
        self._shown = None
        with self.drawing():
            pass

    def mark_patient(self, patient: str) -> None:
        """Draw a patient's own line above the others."""
        if patient != self._patient:
            self._patient = patient
            if self._shown is not None:
                self._draw()

    def target(self, pointer: Pointer | None) -> Target:
        """What the pointer is on."""
        if pointer is None or pointer.index < 0:
            return Target()
        kind, _dot, group = pointer.layer.partition(".")
        if kind in ("median", "open_median"):
            return Target(group=int(group), occasion=int(self._rows[pointer.layer][pointer.index]))
        return Target(row=int(self._rows[pointer.layer][pointer.index]))

    def _take(
        self,
        shown: Shown,
        view: Literal["trajectories", "distribution"],
        scale: AxisScale,
        guides: Sequence[tuple[float, str]],
        limits: tuple[float, float] | None,
    ) -> None:
        self._shown, self._view, self._scale, self._guides = shown, view, scale, guides
        self.empty_text = ""
        values = shown.values
        title = (
            values.label if values.scale == "absolute" else f"{values.label}, {scale_names()[values.scale]}"
        )
        unit = unit_text(values.unit)
        told = values.scale == "absolute" and (unit in title or title.endswith(")"))
        self.axes.set_y(title, unit="" if told else unit, log=scale, limits=limits or (None, None))

    def _draw(self) -> None:
        shown = self._shown
        if shown is None:
            return
        styles = group_styles(shown.groups)
        self._rows = {}
        self.set_legend(self._legend_of(shown, styles))
        with self.drawing():
            for index, (level, text) in enumerate(self._guides):
                self.axes.horizontal_guide(f"guide.{index}", level, text)
            if shown.values.scale != "absolute":
                self.axes.horizontal_guide("baseline", 1.0 if shown.values.scale == "ratio" else 0.0)
            if self._view == "trajectories":
                self._draw_lines(shown, styles)
            else:
                self._draw_boxes(shown, styles)

    def _draw_lines(self, shown: Shown, styles: Sequence[DataStyle]) -> None:
        values, lines, axes = shown.values, shown.trajectories, self.axes
        crowd = min(0.78, 0.6 + len(lines.x) / 12000)  # the more lines, the more each recedes
        self._targets("value", lines.x, lines.y, lines.row)
        for group, style in enumerate(styles):
            part = slice(int(lines.start[group]), int(lines.start[group + 1]))
            look = Look(style, 1.0, fade=crowd, solid=True)
            axes.lines(f"lines.{group}", lines.x[part], lines.y[part], look, connect=lines.connect[part])
            self._draw_censored(group, style, lines.x[part], lines.row[part])
            joined = lines.connect[part]
            alone = ~(joined | np.concatenate(([False], joined[:-1])))
            alone &= ~(values.below | values.above)[lines.row[part]]
            self._points(
                f"alone.{group}",
                lines.x[part][alone],
                lines.row[part][alone],
                Look(style, 1.0, fade=0.45),
                symbol="dot",
                size=5,
                z=0.5,
            )
        for group, style in enumerate(styles):
            self._draw_medians(shown, group, style)
        self._draw_selected(lines.x, lines.row)
        if len(styles) > 1:
            self._name_medians(shown, styles)
        values_drawn = len(lines.x) > 0
        self.empty_text = "" if values_drawn else _("No value can be drawn for this choice.")

    def _draw_medians(self, shown: Shown, group: int, style: DataStyle) -> None:
        summaries, x = shown.summaries, shown.occasions.x
        enough = summaries.n[group] >= _FEWEST
        few = summaries.n[group].max(initial=0) < _FEWEST  # everywhere: better their medians than none
        low = np.where(enough, summaries.q1.drawn[group], np.nan)
        high = np.where(enough, summaries.q3.drawn[group], np.nan)
        width = 3.4 if shown.groups.nature == "pooled" else 2.6
        self.axes.band(f"band.{group}", x, low, high, Look(style), z=1)
        median = np.where(enough | few, summaries.median.drawn[group], np.nan)
        joined = np.isfinite(median)
        self.axes.lines(f"median_line.{group}", x[joined], median[joined], Look(style, width), z=4)
        exact = summaries.median.qualifier[group] == ""
        known = np.isfinite(median)
        for layer, which in (("median", known & exact), ("open_median", known & ~exact)):
            rows = np.flatnonzero(which)
            self._rows[f"{layer}.{group}"] = rows
            self.axes.points(
                f"{layer}.{group}",
                x[rows],
                median[rows],
                Look(style, 1.8),
                symbol="dot" if layer == "median" else "ring",
                size=8,
                z=5,
            )

    def _draw_boxes(self, shown: Shown, styles: Sequence[DataStyle]) -> None:
        values, occasions, summaries = shown.values, shown.occasions, shown.summaries
        place = np.arange(len(occasions.codes), dtype=np.float64)
        width = 0.82 / len(styles)
        group_of = values_group(shown)
        counted = occasions.counted & (group_of >= 0)
        crowded = int(counted.sum()) > _MOST_POINTS or len(place) * len(styles) > _MOST_BOXES
        for group, style in enumerate(styles):
            shift = (group - (len(styles) - 1) / 2) * width
            self.axes.boxes(
                f"box.{group}",
                place + shift,
                summaries.whisker_low[group],
                summaries.q1.drawn[group],
                summaries.median.drawn[group],
                summaries.q3.drawn[group],
                summaries.whisker_high[group],
                Look(style),
                half=min(width * 0.38, 0.3),
            )
            rows = np.flatnonzero(counted & (group_of == group))
            if crowded:
                at, value = occasions.of_value[rows], values.value[rows]
                outside = (value < summaries.whisker_low[group][at]) | (
                    value > summaries.whisker_high[group][at]
                )
                rows = rows[outside | values.below[rows] | values.above[rows]]
            jitter = (values.patient[rows] * _GOLDEN % 1.0 - 0.5) * min(width * 0.6, 0.5)
            x = occasions.of_value[rows] + shift + jitter
            plain = ~(values.below[rows] | values.above[rows])
            self._points(
                f"point.{group}", x[plain], rows[plain], Look(style, 1.0, fade=0.35), symbol="dot", size=4.5
            )
            self._draw_censored(group, style, x, rows)
        chosen = np.flatnonzero(counted & self._is_selected(values))
        jitter = (values.patient[chosen] * _GOLDEN % 1.0 - 0.5) * min(width * 0.6, 0.5)
        shift_of = (group_of[chosen] - (len(styles) - 1) / 2) * width
        x = occasions.of_value[chosen] + shift_of + jitter
        order = np.argsort(occasions.of_value[chosen], kind="stable")
        x, chosen = x[order], chosen[order]
        self.axes.lines("selected", x, values.value[chosen], Look(SELECTED, 1.6), z=5)
        self._points("selected_point", x, chosen, Look(SELECTED), symbol="dot", size=7, z=6)
        self.empty_text = "" if counted.any() else _("No value can be drawn for this choice.")

    def _draw_censored(self, group: int, style: DataStyle, x: Floats, rows: Ints) -> None:
        values = self._shown.values if self._shown is not None else None
        assert values is not None
        for name, which in (("below", values.below[rows]), ("above", values.above[rows])):
            symbol: Literal["below", "above"] = "below" if name == "below" else "above"
            self._points(f"{name}.{group}", x[which], rows[which], Look(style, 1.3), symbol=symbol, size=8)

    def _draw_selected(self, x: Floats, rows: Ints) -> None:
        values = self._shown.values if self._shown is not None else None
        assert values is not None
        own = self._is_selected(values)[rows]
        order = np.argsort(x[own], kind="stable")
        chosen = rows[own][order]
        if self._shown is not None and self._shown.occasions.by != "cycle":
            self.axes.lines("selected", x[own][order], values.value[chosen], Look(SELECTED, 1.8), z=6)
        plain = ~(values.below[chosen] | values.above[chosen])
        self._points(
            "selected_point", x[own][order][plain], chosen[plain], Look(SELECTED), symbol="dot", size=7, z=7
        )

    def _is_selected(self, values: Values) -> Bools:
        if self._patient not in values.patients:
            return np.zeros(len(values), dtype=bool)
        chosen: Bools = values.patient == values.patients.index(self._patient)
        return chosen

    def _name_medians(self, shown: Shown, styles: Sequence[DataStyle]) -> None:
        labels = []
        for group, style in enumerate(styles):
            median = self.axes.drawn(f"median_line.{group}")
            if len(median):
                labels.append(EndLabel(float(median[-1]), shown.groups.labels[group], style))
        self.axes.end_labels(labels)

    def _points(
        self,
        key: str,
        x: Floats,
        rows: Ints,
        look: Look,
        *,
        symbol: Literal["dot", "below", "above"],
        size: float,
        z: float = 3,
    ) -> None:
        assert self._shown is not None
        self._rows[key] = rows
        self.axes.points(key, x, self._shown.values.value[rows], look, symbol=symbol, size=size, z=z)

    def _targets(self, key: str, x: Floats, y: Floats, rows: Ints) -> None:
        self._rows[key] = rows
        self.axes.targets(key, x, y)

    def _legend_of(self, shown: Shown, styles: Sequence[DataStyle]) -> list[LegendEntry]:
        entries = []
        if self._view == "distribution" and len(styles) > 1:
            entries += [
                LegendEntry(name, style) for name, style in zip(shown.groups.labels, styles, strict=True)
            ]
        if shown.values.below.any():
            entries.append(LegendEntry(_("below the limit"), _LIMIT, "below"))
        if shown.values.above.any():
            entries.append(LegendEntry(_("above the limit"), _LIMIT, "above"))
        if self._view == "trajectories" and (shown.summaries.median.qualifier != "").any():
            entries.append(LegendEntry(_("median beyond the limit"), _LIMIT, "ring"))
        return entries

    def _counts_below(self, places: Sequence[float]) -> list[Row]:
        """How many patients each group has at the occasions under the ticks."""
        shown = self._shown
        if shown is None:
            return []
        at = [round(place) for place in places]
        rows = []
        if shown.occasions.of == "visit":
            days = dict(zip(shown.values.visits, shown.values.visit_days.tolist(), strict=True))
            if any(days[code] == days[code] for code in shown.occasions.codes):
                texts = tuple(number_text(days[shown.occasions.codes[index]], 0) or "–" for index in at)
                rows.append(Row(_("day"), texts))
        pooled = len(shown.groups.levels) == 1
        for group, style in enumerate(group_styles(shown.groups)):
            counts = tuple(number_text(shown.summaries.n[group, index], 0) for index in at)
            title = _("n") if pooled else _("n {group}").format(group=shown.groups.labels[group])
            rows.append(Row(title, counts, None if pooled else style))
        return rows


def median_note() -> str:
    """Where medians are drawn."""
    return _("Medians and quartiles are drawn where at least {count} patients have a value.").format(
        count=_FEWEST
    )


def scale_names() -> dict[Scale, str]:
    """What the numbers are on each scale."""
    return {
        "absolute": _("value"),
        "change": _("change from baseline"),
        "percent": _("percent change"),
        "ratio": _("times baseline"),
    }


def axis_names(occasions: Occasions) -> list[str]:
    """The names of the occasions as far as an axis has room: labels when all are short, else codes."""
    short = all(len(label) <= _SHORT for label in occasions.labels)
    return list(occasions.labels if short and occasions.of == "visit" else occasions.codes)


def values_group(shown: Shown) -> Ints:
    """The group of each measurement, -1 for none."""
    return shown.groups.group[shown.values.patient]


def marker_guides(protocol: Protocol, variable: str) -> list[tuple[float, str]]:
    """Levels worth a line: the assay's limits and the cuts of the classes, with their names."""
    definition = protocol.variable(variable)
    if definition is None:
        return []
    guides, unit = [], unit_text(definition.unit)
    for limit, text in (
        (definition.assay.low, _("assay's lower limit {value}")),
        (definition.assay.high, _("assay's upper limit {value}")),
    ):
        if limit is not None:
            guides.append((limit, text.format(value=f"{number_text(limit)} {unit}".strip())))
    classes = protocol.classes_of(variable)
    if classes is not None:
        guides += [
            (cut, _("class limit {value}").format(value=f"{number_text(cut)} {unit}".strip()))
            for cut in classes.cuts
        ]
    return guides
