"""The survival result as plain data for machines: the same numbers as the page, null where not estimable.

Keys are fixed words, never translated; sentences (`notes`, `conventions`) are in the user's language.
"""

from __future__ import annotations

import math
from typing import Any

from mirocals_desktop.analysis.cox import CoxModel, CoxTerm, ModelTest
from mirocals_desktop.analysis.kaplan_meier import (
    AtDay,
    Estimate,
    HorizonDifference,
    SurvivalCurve,
)
from mirocals_desktop.analysis.log_rank import LogRankTest, PairwiseTest, TrendTest
from mirocals_desktop.analysis.restricted_mean import RestrictedMean, RestrictedMeanDifference
from mirocals_desktop.analysis.survival import GroupResult, SurvivalResult
from mirocals_desktop.analysis.times import Counts, Floats
from mirocals_desktop.analysis.zph import ZphSmooth, ZphTerm, ZphTest, smooth_residuals

Json = dict[str, Any]


def to_json(result: SurvivalResult) -> Json:
    """The result as dictionaries and lists that `json.dumps(..., allow_nan=False)` writes."""
    return {
        "overall": _block(result.overall),
        "groups": [{"group": group.label, **_block(group)} for group in result.groups],
        "logrank": _log_rank(result.logrank),
        "stratified_logrank": _log_rank(result.stratified_logrank),
        "weighted": {name: _log_rank(test) for name, test in result.weighted.items()},
        "trend": _trend(result.trend),
        "pairwise": [_pair(pair) for pair in result.pairs],
        "cox": _cox(result.cox),
        "zph": _zph(result.cox, result.zph),
        "rmst_difference": _mean_difference(result.rmst_difference),
        "survival_differences": [_horizon(difference) for difference in result.horizon_differences],
        "left_out": {"rows": result.left_out.rows, "why": result.left_out.why},
        "conventions": dict(result.conventions),
        "notes": list(result.notes),
    }


def _number(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)


def _numbers(values: Floats | Counts) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _block(group: GroupResult) -> Json:
    return {
        "n": group.n,
        "events": group.events,
        "median": _estimate(group.median),
        "follow_up_median": _estimate(group.follow_up_median),
        "rmst": _mean(group.restricted_mean),
        "at": [_at(row) for row in group.at],
        "curve": _curve(group.curve),
    }


def _estimate(value: Estimate) -> Json:
    return {
        "estimate": _number(value.estimate),
        "lower": _number(value.lower),
        "upper": _number(value.upper),
    }


def _mean(mean: RestrictedMean) -> Json:
    return {
        "tau": _number(mean.tau),
        "estimate": _number(mean.estimate),
        "se": _number(mean.se),
        "lower": _number(mean.lower),
        "upper": _number(mean.upper),
    }


def _at(row: AtDay) -> Json:
    return {
        "day": _number(row.day),
        "survival": _number(row.survival),
        "lower": _number(row.lower),
        "upper": _number(row.upper),
        "at_risk": row.at_risk,
        "events": row.events,
        "censored": row.censored,
    }


def _curve(curve: SurvivalCurve) -> Json:
    return {
        "time": _numbers(curve.days),
        "survival": _numbers(curve.survival),
        "lower": _numbers(curve.lower),
        "upper": _numbers(curve.upper),
        "at_risk": _numbers(curve.at_risk),
        "events": _numbers(curve.events),
        "censored": _numbers(curve.censored),
    }


def _log_rank(test: LogRankTest | None) -> Json | None:
    if test is None:
        return None
    return {
        "chisq": _number(test.chisq),
        "df": test.df,
        "p": _number(test.p),
        "observed": dict(zip(test.groups, _numbers(test.observed), strict=True)),
        "expected": dict(zip(test.groups, _numbers(test.expected), strict=True)),
    }


def _trend(test: TrendTest | None) -> Json | None:
    if test is None:
        return None
    return {"scores": list(test.scores), "chisq": _number(test.chisq), "df": 1, "p": _number(test.p)}


def _pair(pair: PairwiseTest) -> Json:
    return {
        "groups": [pair.first, pair.second],
        "chisq": _number(pair.test.chisq),
        "p": _number(pair.test.p),
        "p_holm": _number(pair.p_holm),
    }


def _model_test(test: ModelTest) -> Json:
    return {"chisq": _number(test.chisq), "df": test.df, "p": _number(test.p)}


def _cox(model: CoxModel | None) -> Json | None:
    if model is None:
        return None
    return {
        "ties": model.ties,
        "n": model.n,
        "events": model.events,
        "left_out": model.left_out,
        "terms": [_cox_term(term) for term in model.terms],
        "lr": _model_test(model.lr),
        "wald": _model_test(model.wald),
        "score": _model_test(model.score),
        "concordance": _number(model.concordance),
        "log_likelihood": _number(model.log_likelihood),
    }


def _cox_term(term: CoxTerm) -> Json:
    return {
        "name": term.name,
        "variable": term.term,
        "level": term.level,
        "coef": _number(term.coef),
        "se": _number(term.se),
        "hr": _number(term.hr),
        "lower": _number(term.lower),
        "upper": _number(term.upper),
        "z": _number(term.z),
        "p": _number(term.p),
    }


def _zph(model: CoxModel | None, test: ZphTest | None) -> Json | None:
    if model is None or test is None:
        return None
    return {
        "terms": [{"name": t.name, **_zph_term(t)} for t in test.terms],
        "global": _zph_term(test.overall),
        "residuals": [
            {
                "name": name,
                "time": _numbers(test.days),
                "scaled": _numbers(values),
                "smooth": _smooth(smooth_residuals(model, test, name)),
            }
            for name, values in test.residuals.items()
        ],
    }


def _smooth(smooth: ZphSmooth | None) -> Json | None:
    if smooth is None:
        return None
    return {
        "time": _numbers(smooth.days),
        **{name: _numbers(getattr(smooth, name)) for name in ("estimate", "lower", "upper")},
    }


def _zph_term(term: ZphTerm) -> Json:
    return {"chisq": _number(term.chisq), "df": term.df, "p": _number(term.p)}


def _mean_difference(difference: RestrictedMeanDifference | None) -> Json | None:
    if difference is None:
        return None
    return {
        "tau": _number(difference.tau),
        "estimate": _number(difference.estimate),
        "se": _number(difference.se),
        "lower": _number(difference.lower),
        "upper": _number(difference.upper),
        "p": _number(difference.p),
        "ratio": {**_estimate(difference.ratio), "p": _number(difference.ratio_p)},
    }


def _horizon(difference: HorizonDifference) -> Json:
    return {
        "group": difference.group,
        "reference": difference.reference,
        "day": _number(difference.day),
        "estimate": _number(difference.estimate),
        "se": _number(difference.se),
        "lower": _number(difference.lower),
        "upper": _number(difference.upper),
        "chisq": _number(difference.chisq),
        "p": _number(difference.p),
    }
