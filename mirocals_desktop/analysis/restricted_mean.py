"""Restricted means: the area under a Kaplan-Meier curve to a day, and two of them compared.

Equals R's `survRM2::rmst2`, unadjusted, whose variance is the Greenwood plug-in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.distributions import normal_p, normal_quantile
from mirocals_desktop.analysis.kaplan_meier import Estimate, SurvivalCurve
from mirocals_desktop.i18n import _

_NOT_ESTIMABLE = Estimate(None)


@dataclass(frozen=True)
class RestrictedMean:
    """The mean survival time up to `tau`, with the Greenwood plug-in variance (R: survRM2).

    None, with the reason, when the curve ends above 0 before tau.
    """

    tau: float
    estimate: float | None
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class RestrictedMeanDifference:
    """Restricted means of two groups compared: difference and ratio, group against reference."""

    group: str
    reference: str
    tau: float
    estimate: float | None
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    p: float | None = None
    ratio: Estimate = _NOT_ESTIMABLE
    ratio_p: float | None = None
    reason: str = ""


def largest_tau(curves: list[SurvivalCurve]) -> float:
    """The largest tau at which every curve has a restricted mean, survRM2's default.

    A curve that reached 0 is known for ever; one that ends above 0 is known to its last day.
    """
    open_ends = [curve.last_day for curve in curves if len(curve.days) and curve.survival[-1] > 0]
    ends = open_ends or [max((curve.last_day for curve in curves), default=0.0)]
    return min(ends)


def estimate_restricted_mean(curve: SurvivalCurve, tau: float) -> RestrictedMean:
    """The area under the curve from 0 to `tau`."""
    if not len(curve.days) or (tau > curve.last_day and curve.survival[-1] > 0):
        why = _("follow-up ends on day {last}, before tau").format(last=f"{curve.last_day:g}")
        return RestrictedMean(tau, None, reason=why)
    before = curve.days < tau
    days = np.concatenate(([0.0], curve.days[before], [tau]))
    steps = np.concatenate(([1.0], curve.survival[before]))
    areas = np.diff(days) * steps
    mean = float(areas.sum())
    beyond = np.cumsum(areas[::-1])[::-1][1:]  # the area to the right of each time
    d, n = curve.events[before], curve.at_risk[before]
    left = n - d
    greenwood = np.where(left > 0, d / (n * np.maximum(left, 1)), 0.0)
    se = math.sqrt(float(np.sum(beyond**2 * greenwood)))
    z = normal_quantile(curve.level)
    return RestrictedMean(tau, mean, se, mean - z * se, mean + z * se)


def compare_restricted_means(
    reference: SurvivalCurve, curve: SurvivalCurve, tau: float
) -> RestrictedMeanDifference:
    """Difference and ratio of the restricted means, as `survRM2::rmst2` (unadjusted)."""
    mean0, mean1 = estimate_restricted_mean(reference, tau), estimate_restricted_mean(curve, tau)
    if mean0.estimate is None or mean1.estimate is None:
        short = reference if mean0.estimate is None else curve
        why = _("{group} is followed to day {last} only, before tau").format(
            group=short.group, last=f"{short.last_day:g}"
        )
        return RestrictedMeanDifference(curve.group, reference.group, tau, None, reason=why)
    assert mean0.se is not None
    assert mean1.se is not None
    z = normal_quantile(curve.level)
    difference = mean1.estimate - mean0.estimate
    se = math.hypot(mean0.se, mean1.se)
    ratio, ratio_p = Estimate(None), None
    if mean0.estimate > 0 and mean1.estimate > 0:
        log_ratio = math.log(mean1.estimate / mean0.estimate)
        log_se = math.hypot(mean0.se / mean0.estimate, mean1.se / mean1.estimate)
        ratio = Estimate(
            math.exp(log_ratio), math.exp(log_ratio - z * log_se), math.exp(log_ratio + z * log_se)
        )
        ratio_p = normal_p(log_ratio / log_se) if log_se > 0 else None
    return RestrictedMeanDifference(
        group=curve.group,
        reference=reference.group,
        tau=tau,
        estimate=difference,
        se=se,
        lower=difference - z * se,
        upper=difference + z * se,
        p=normal_p(difference / se) if se > 0 else None,
        ratio=ratio,
        ratio_p=ratio_p,
        reason="" if se > 0 else _("neither group leaves it a variance"),
    )
