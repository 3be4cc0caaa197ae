"""Incidence, curves, contrasts and late entry of many against R: reference/make_models.R has the calls."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mirocals_desktop.analysis.cafs import rank_average
from mirocals_desktop.analysis.competing import estimate_incidence
from mirocals_desktop.analysis.cox import fit_cox
from mirocals_desktop.analysis.cox_residuals import estimate_adjusted_curves, estimate_baseline
from mirocals_desktop.analysis.kaplan_meier import compare_at, estimate_curve, estimate_curves
from mirocals_desktop.analysis.live_cut import build_live_cut
from mirocals_desktop.analysis.marker_effect import estimate_marker_effect
from mirocals_desktop.analysis.risk_sets import Ties
from mirocals_desktop.analysis.times import Factor, Numeric, SurvivalTimes, build_factor, build_times
from mirocals_desktop.analysis.zph import check_proportional_hazards, smooth_residuals
from mirocals_desktop.errors import AppError
from tests.analysis.reference.model_tables import tables

ANSWERS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "reference" / "models.json").read_text(encoding="utf-8")
)
TABLES = tables()


def known(values: list[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def trial(strata: str = "") -> SurvivalTimes:
    frame = TABLES["trial.csv"]
    return build_times(
        frame["days"],
        frame["event"],
        group=build_factor("arm", frame["arm"].tolist(), reference="placebo"),
        strata=build_factor("site", frame["site"].tolist()) if strata else None,
        covariates=[
            Numeric("age", frame["age"].to_numpy()),
            build_factor("site", frame["site"].tolist()),
            Numeric("pnfh", frame["pnfh"].to_numpy(dtype=float)),
        ],
    )


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
def test_that_cumulative_incidence_is_that_of_r(interval: str, *, late: bool):
    # R: survfit(Surv(days, cause) ~ 1, conf.type = interval)$pstate, $std.err, $lower, $upper
    frame = TABLES["causes.csv"]
    times = build_times(frame["days"], np.ones(len(frame)), entry=frame["entry"] if late else None)
    for curve in estimate_incidence(times, frame["cause"].tolist(), interval=interval):  # type: ignore[arg-type]
        r = ANSWERS["incidence"][f"{interval}/{'late' if late else 'plain'}/{curve.cause}"]
        place = np.searchsorted(curve.days, r["time"])
        np.testing.assert_array_equal(curve.days[place], r["time"])
        np.testing.assert_allclose(curve.incidence[place], r["p"], atol=1e-9)
        np.testing.assert_allclose(curve.std_error[place], r["se"], atol=1e-9)
        inside = (curve.incidence > 0) & (curve.incidence < 1)
        for mine, theirs in ((curve.lower, r["lower"]), (curve.upper, r["upper"])):
            expected = np.where(inside[place], known(theirs), np.nan)
            np.testing.assert_allclose(mine[place], expected, atol=1e-8)


def test_that_incidences_and_survival_add_to_one_and_one_cause_is_one_minus_kaplan_meier():
    frame = TABLES["causes.csv"]
    cause = frame["cause"].tolist()
    times = build_times(frame["days"], [bool(c) for c in cause])
    curves = estimate_incidence(times, cause)
    total = sum(curve.incidence for curve in curves)
    np.testing.assert_allclose(total, 1 - estimate_curve(times).survival, atol=1e-12)
    (alone,) = estimate_incidence(times, ["event" if c else "" for c in cause])
    plain = estimate_curve(times, interval="plain")
    np.testing.assert_allclose(alone.incidence, 1 - plain.survival, atol=1e-12)
    assert alone.at(10_000) == (None, None, None)
    assert alone.at(0) == (0.0, None, None)
    with pytest.raises(AppError, match="no event of any cause"):
        estimate_incidence(times, [""] * times.n)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_that_baseline_hazard_and_adjusted_curves_are_those_of_r(ties: Ties):
    # R: basehaz(coxph(...), centered = FALSE); rowMeans(survfit(fit, newdata = all in one arm)$surv)
    r = ANSWERS["curves"][ties]
    model = fit_cox(trial(), ("arm", "age", "site"), ties=ties)
    (baseline,) = estimate_baseline(model)
    at_mean = math.exp(float(model.fit.beta @ model.fit.centre))
    np.testing.assert_array_equal(baseline.days, r["time"])
    np.testing.assert_allclose(baseline.cumulative / at_mean, r["hazard"], rtol=1e-8)
    placebo, il2 = estimate_adjusted_curves(model)
    assert (placebo.group, il2.group) == ("placebo", "IL-2")
    np.testing.assert_allclose(placebo.survival, r["placebo"], atol=1e-9)
    np.testing.assert_allclose(il2.survival, r["il2"], atol=1e-9)


def test_that_every_stratum_has_its_own_baseline_hazard():
    # R: basehaz(coxph(S ~ arm + age + strata(site)), centered = FALSE)
    model = fit_cox(trial(strata="site"), ("arm", "age"))
    at_mean = math.exp(float(model.fit.beta @ model.fit.centre))
    for baseline in estimate_baseline(model):
        r = ANSWERS["curves"]["strata"][baseline.stratum]
        np.testing.assert_array_equal(baseline.days, r["time"])
        np.testing.assert_allclose(baseline.cumulative / at_mean, r["hazard"], rtol=1e-8)


def test_that_adjusted_curves_need_the_group_in_an_estimable_model():
    with pytest.raises(AppError, match="need the group"):
        estimate_adjusted_curves(fit_cox(trial(), ("age",)))


def test_that_the_hazard_ratio_at_a_marker_value_is_that_of_r():
    # R: contrast of coxph(S ~ arm * log(pnfh)) at log(x); anova for the likelihood ratio
    r = ANSWERS["marker"]
    effect = estimate_marker_effect(trial(), "pnfh")
    for i, value in enumerate(r["at"]):
        here = effect.at(value)
        for mine, theirs in ((here.hr, "hr"), (here.lower, "lower"), (here.upper, "upper"), (here.p, "p")):
            assert mine == pytest.approx(r[theirs][i], rel=1e-6)
    assert effect.lr_chisq == pytest.approx(r["lr_chisq"], abs=1e-7)
    assert effect.lr_p == pytest.approx(r["lr_p"], abs=1e-8)


def test_that_ratios_by_class_and_their_interaction_are_those_of_r():
    # R: coxph(S ~ arm, subset = class); coxph(S ~ arm:class + strata(class)) against ~ arm + strata(class)
    times = trial()
    marker = TABLES["trial.csv"]["pnfh"].to_numpy(dtype=float)
    frame = build_live_cut(times, marker, ticks=(0, 640)).frame((750, 3700))
    r = ANSWERS["classes"]
    assert [effect.hr for effect in frame.effects] == pytest.approx(r["hr"], rel=1e-6)
    assert frame.interaction_chisq == pytest.approx(r["chisq"], abs=1e-6)


def test_that_late_entry_in_a_table_too_large_for_a_matrix_is_that_of_r():
    # R: coxph(Surv(entry, days, event) ~ x + group), cox.zph
    frame = TABLES["late.csv"]
    times = build_times(
        frame["days"],
        frame["event"],
        entry=frame["entry"],
        group=build_factor("group", frame["group"].tolist(), levels=("a", "b", "c")),
        covariates=[Numeric("x", frame["x"].to_numpy())],
    )
    model = fit_cox(times, ("x", "group"))
    assert model.fit.sets.at_risk is None
    r = ANSWERS["late"]
    assert [term.coef for term in model.terms] == pytest.approx(r["coef"], rel=1e-6)
    assert [term.se for term in model.terms] == pytest.approx(r["se"], rel=1e-6)
    zph = check_proportional_hazards(model)
    found = [term.chisq for term in (*zph.terms, zph.overall)]
    assert found == pytest.approx(r["zph"], rel=1e-6)


def test_that_the_difference_of_survival_at_a_day_is_that_of_r():
    # R: summary(survfit(S ~ arm), times = 500): difference, Greenwood variances, log(-log S)
    reference, other = estimate_curves(trial())
    difference = compare_at(reference, other, 500)
    r = ANSWERS["difference"]
    assert difference.estimate == pytest.approx(r["estimate"], abs=1e-9)
    assert difference.se == pytest.approx(r["se"], abs=1e-9)
    assert difference.chisq == pytest.approx(r["chisq"], rel=1e-8)
    late = compare_at(reference, other, 5000)
    assert late.estimate is None
    assert "followed to day" in late.reason


def test_that_tied_ranks_are_shared_as_r_does():
    scores = TABLES["scores.csv"]["score"].to_numpy(dtype=float)
    np.testing.assert_allclose(rank_average(scores), ANSWERS["ranks"]["rank"], atol=1e-12)


def test_that_the_arms_of_a_factor_keep_their_order():
    times = trial()
    assert isinstance(times.group, Factor)
    assert times.levels == ("placebo", "IL-2")


@pytest.mark.parametrize("term", ["arm", "age"])
def test_that_the_smooth_of_the_residuals_is_that_of_r(term: str):
    # R: the line and the upper band of plot(cox.zph(coxph(Surv(days, event) ~ arm + age)))
    model = fit_cox(trial(), ("arm", "age"))
    smooth = smooth_residuals(model, check_proportional_hazards(model), term)
    assert smooth is not None
    r = ANSWERS["smooth"][term]
    np.testing.assert_allclose(smooth.transformed, r["x"], rtol=1e-9)
    np.testing.assert_allclose(smooth.estimate, r["y"], rtol=1e-6)
    np.testing.assert_allclose(smooth.upper, r["upper"], rtol=1e-6)
    assert np.all(np.diff(smooth.days) >= 0)


def test_that_few_events_have_no_smooth():
    times = build_times([1, 2, 3, 4], [1, 1, 1, 0], group=build_factor("arm", ["a", "b", "a", "b"]))
    model = fit_cox(times, ("arm",))
    assert smooth_residuals(model, check_proportional_hazards(model), "arm") is None
