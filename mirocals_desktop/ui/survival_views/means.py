"""Restricted means as a picture: the area under each curve to a day, and the area between two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mirocals_desktop.analysis.restricted_mean import (
    RestrictedMean,
    RestrictedMeanDifference,
    compare_restricted_means,
    estimate_restricted_mean,
)
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival_steps import ShownSteps, StepCurve, day_text
from mirocals_desktop.ui.plots.survival_words import (
    days_text,
    decimal_text,
    estimate_text,
    group_name,
    p_number,
    p_text,
    shown_groups,
)
from mirocals_desktop.ui.survival_views.day_field import DayField
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.survival_views.plot_over_table import PlotOverTable
from mirocals_desktop.ui.table import Column
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.theme import POOLED

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
    from mirocals_desktop.progress import Report


@dataclass(frozen=True, eq=False)
class MeansFound:
    """The restricted mean of each curve to `tau`, and each against the first."""

    tau: float
    curves: tuple[SurvivalCurve, ...]
    means: tuple[RestrictedMean, ...]
    differences: tuple[RestrictedMeanDifference, ...]


class MeansView(PlotOverTable[MeansFound]):
    """Areas under the curves to a day that the user sets."""

    code: ClassVar[str] = "means"

    @override
    def build(self, body: QWidget) -> None:
        self.tau = DayField("survival.means.tau", _("Mean to day"), body)
        self.tau.changed.connect(self.start)
        self.arrange(body, plot=_("Area under the curves"), table=_("Restricted means"), control=self.tau)

    @override
    def refusal(self, answer: Answer) -> str:
        assert answer.analysis is not None
        tau = answer.analysis.result.overall.restricted_mean.tau
        if tau < 1:
            return _("Nobody is followed for a day: there is no mean to estimate.")
        last = int(max(group.curve.last_day for group in shown_groups(answer.analysis)))
        self.tau.offer(max(last, int(tau)), int(tau))
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], MeansFound]:
        assert answer.analysis is not None
        curves = tuple(group.curve for group in shown_groups(answer.analysis))
        tau = float(self.tau.day)
        return lambda _report: MeansFound(
            tau,
            curves,
            tuple(estimate_restricted_mean(curve, tau) for curve in curves),
            tuple(compare_restricted_means(curves[0], curve, tau) for curve in curves[1:]),
        )

    @override
    def show_found(self, answer: Answer, found: MeansFound) -> None:
        analysis = answer.analysis
        assert analysis is not None
        self.summary.setText("\n".join(difference_text(d) for d in found.differences))
        note = _(
            "Restricted mean: the area under the curve to day {day}, mean days lived up to it; Greenwood "
            "plug-in variance (R: survRM2)."
        ).format(day=days_text(found.tau))
        if len(found.curves) == 2:
            note += " " + _("Shaded: the area between the curves, which is the difference.")
        styles = answer.styles if analysis.result.groups else (POOLED,)
        steps = tuple(
            StepCurve.of(curve, group_name(curve.group), style)
            for curve, style in zip(found.curves, styles, strict=True)
        )
        between = None
        if all(mean.estimate is not None for mean in found.means) and len(steps) <= 2:
            cut = [curve.until(found.tau) for curve in steps]
            floor = StepCurve("", POOLED, np.array([0.0, found.tau]), np.array([0.0, 0.0]))
            between = (cut[0], cut[1]) if len(cut) == 2 else (floor, cut[0])
        last = float(analysis.endpoint.horizon or max(curve.last_day for curve in found.curves))
        self.plot.show_steps(
            ShownSteps(
                steps,
                _("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
                _("Survival"),
                max(last, found.tau),
                found.tau,
                day_text(found.tau),
                between=between,
            )
        )
        self.tell_conventions(answer, note)
        self.table.show_columns(mean_columns(found))

    @override
    def chosen(self) -> dict[str, Any]:
        return {} if self.found is None else {"tau": self.found.tau}

    @override
    def sentence(self, pointer: Pointer | None) -> str:
        """The mean up to the day that the pointer is on, of each group."""
        day = self.plot.day_at(pointer)
        if day is None or day <= 0 or self.found is None:
            return ""
        parts = []
        for curve in self.found.curves:
            mean = estimate_restricted_mean(curve, day)
            told = _("not estimable") if mean.estimate is None else decimal_text(mean.estimate, 1)
            parts.append(f"{group_name(curve.group)} {told}")
        text = _("mean days lived up to day {day}: {groups}")
        return text.format(day=days_text(day), groups="; ".join(parts))


def difference_text(difference: RestrictedMeanDifference) -> str:
    """Difference and ratio of two restricted means."""
    groups = _("{group} against {reference}").format(group=difference.group, reference=difference.reference)
    if difference.estimate is None:
        return _("{groups}: not estimable, {why}").format(groups=groups, why=difference.reason)
    told = _("{groups}: {difference} days, {p}").format(
        groups=groups,
        difference=estimate_text(difference.estimate, difference.lower, difference.upper, 1),
        p=p_text(difference.p),
    )
    ratio = difference.ratio
    if ratio.estimate is None:
        return told
    return (
        told
        + "; "
        + _("ratio {ratio}, {p}").format(
            ratio=estimate_text(ratio.estimate, ratio.lower, ratio.upper, 3), p=p_text(difference.ratio_p)
        )
    )


def mean_columns(found: MeansFound) -> list[Column]:
    """The means, then the differences and the ratios against the first group."""
    rows: list[
        tuple[str, str, float | None, float | None, float | None, float | None, float | None, str]
    ] = []
    mean_name, difference_name, ratio_name = _("Restricted mean"), _("Difference"), _("Ratio")
    for curve, mean in zip(found.curves, found.means, strict=True):
        rows.append(
            (
                mean_name,
                group_name(curve.group),
                mean.estimate,
                mean.lower,
                mean.upper,
                mean.se,
                None,
                mean.reason,
            )
        )
    for d in found.differences:
        pair = f"{d.group} − {d.reference}"
        rows.append((difference_name, pair, d.estimate, d.lower, d.upper, d.se, d.p, d.reason))
        ratio, of = d.ratio, f"{d.group} : {d.reference}"
        rows.append((ratio_name, of, ratio.estimate, ratio.lower, ratio.upper, None, d.ratio_p, d.reason))

    return [
        Column("what", _("Number"), np.array([row[0] for row in rows], dtype=object)),
        Column("of", _("Of"), np.array([row[1] for row in rows], dtype=object)),
        Column("estimate", _("Estimate"), numbers([row[2] for row in rows]), 4),
        Column("lower", _("Lower limit"), numbers([row[3] for row in rows]), 4),
        Column("upper", _("Upper limit"), numbers([row[4] for row in rows]), 4),
        Column("se", _("Standard error"), numbers([row[5] for row in rows]), 4),
        Column("p", "p", numbers([row[6] for row in rows]), show=lambda p: p_number(p) if p == p else ""),
        Column(
            "why",
            _("Remark"),
            np.array(
                [_("not estimable: {why}").format(why=r[7]) if r[7] else "" for r in rows], dtype=object
            ),
        ),
    ]
