"""What must hold of any survival times, whatever they are: identities and symmetries, by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mirocals_desktop.analysis.cox import fit_cox
from mirocals_desktop.analysis.kaplan_meier import (
    estimate_at,
    estimate_curve,
    estimate_curves,
    estimate_quantile,
)
from mirocals_desktop.analysis.log_rank import (
    compare_groups,
    compare_pairs,
    compare_trend,
    correct_holm,
    gehan_wilcoxon,
)
from mirocals_desktop.analysis.restricted_mean import estimate_restricted_mean
from mirocals_desktop.analysis.survival import SurvivalOptions, analyse
from mirocals_desktop.analysis.times import Numeric, SurvivalTimes, build_factor, build_times
from mirocals_desktop.analysis.zph import check_proportional_hazards


@st.composite
def survival_times(
    draw: st.DrawFn,
    *,
    late: bool = False,
    events_only: bool = False,
    distinct: bool = False,
    smallest: int = 2,
) -> SurvivalTimes:
    n = draw(st.integers(smallest, 40))
    if distinct:
        days = draw(st.lists(st.integers(1, 500), min_size=n, max_size=n, unique=True))
    else:
        days = draw(st.lists(st.integers(1, 30), min_size=n, max_size=n))
    event = [1] * n if events_only else draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    group = draw(st.lists(st.sampled_from("AB"), min_size=n, max_size=n))
    x = draw(st.lists(st.integers(-20, 20), min_size=n, max_size=n))
    entry = [day - draw(st.integers(1, day)) for day in days] if late else None
    return build_times(
        days,
        event,
        entry=entry,
        group=build_factor("group", group, levels=("A", "B")),
        covariates=[Numeric("x", np.array(x, dtype=float) / 10)],
    )


ANY = st.one_of(survival_times(), survival_times(late=True))


@given(ANY, st.integers(0, 35))
def test_that_rows_at_risk_events_and_censored_add_to_those_who_have_entered(times: SurvivalTimes, day: int):
    (row,) = estimate_at(estimate_curve(times), [day])
    entered = times.n if times.entry is None else int(np.sum(times.entry < day))
    assert row.at_risk + row.events + row.censored == entered


@given(ANY)
def test_that_a_curve_falls_stays_between_0_and_1_and_inside_its_limits(times: SurvivalTimes):
    for interval in ("log-log", "log", "plain"):
        curve = estimate_curve(times, interval=interval)
        assert np.all(np.diff(curve.survival) <= 0)
        assert np.all((curve.survival >= 0) & (curve.survival <= 1))
        inside = (curve.survival > 0) & (curve.survival < 1)
        np.testing.assert_array_equal(np.isnan(curve.lower), ~inside)
        assert np.all(curve.lower[inside] <= curve.survival[inside])
        assert np.all(curve.survival[inside] <= curve.upper[inside] + 1e-15)
        assert np.all((curve.lower[inside] >= 0) & (curve.upper[inside] <= 1))
        assert int(curve.events.sum() + curve.censored.sum()) == times.n


@given(survival_times(events_only=True))
def test_that_without_censoring_survival_is_the_part_not_yet_dead(times: SurvivalTimes):
    curve = estimate_curve(times)
    expected = 1 - np.cumsum(curve.events) / times.n
    np.testing.assert_allclose(curve.survival, expected, atol=1e-12)
    mean = estimate_restricted_mean(curve, curve.last_day).estimate
    assert mean == pytest.approx(float(times.days.mean()), rel=1e-12)


@given(survival_times(distinct=True))
def test_that_without_ties_the_log_rank_test_is_the_score_test_of_the_cox_model(times: SurvivalTimes):
    test = compare_groups(times)
    assume(test.chisq is not None)
    model = fit_cox(times, ("group",))
    assert model.score.chisq == pytest.approx(test.chisq, rel=1e-8, abs=1e-10)


@given(ANY, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_that_nothing_depends_on_the_order_of_rows(times: SurvivalTimes, random: object):
    order = np.arange(times.n)
    random.shuffle(order)  # type: ignore[attr-defined]
    _same(_numbers(times), _numbers(times.rows(order)))


@given(ANY, st.sampled_from([7.0, 0.125, 30.4375, 1 / 3]))
@settings(max_examples=60)
def test_that_tests_and_hazard_ratios_do_not_depend_on_the_unit_of_time(times: SurvivalTimes, unit: float):
    scaled = build_times(
        times.days * unit,
        times.event,
        entry=None if times.entry is None else times.entry * unit,
        group=times.group,
        covariates=times.covariates,
    )
    _same(_numbers(times), _numbers(scaled))
    median, scaled_median = (estimate_quantile(estimate_curve(t)).estimate for t in (times, scaled))
    assert (median is None) == (scaled_median is None)
    if median is not None:
        assert scaled_median == pytest.approx(median * unit, rel=1e-12)


@given(ANY)
@settings(max_examples=60)
def test_that_the_groups_are_treated_alike(times: SurvivalTimes):
    assert times.group is not None
    assume(len(times.levels) == 2)
    swapped = replace(times, group=times.group.with_reference(times.levels[1]))
    for weight in (None, gehan_wilcoxon):
        one, other = (compare_groups(t, weight=weight).chisq for t in (times, swapped))
        _same([one], [other])
    assume(times.events > 0)
    one, other = (fit_cox(t, ("group",)).terms[0].coef for t in (times, swapped))
    _same([one], [None if other is None else -other])


@given(ANY)
def test_that_the_trend_over_two_groups_is_the_log_rank_test(times: SurvivalTimes):
    test = compare_groups(times)
    if test.chisq is not None:
        assert compare_trend(times).chisq == pytest.approx(test.chisq, rel=1e-9)


@given(ANY)
def test_that_observed_and_expected_events_agree_in_sum(times: SurvivalTimes):
    test = compare_groups(times)
    assert test.observed.sum() == pytest.approx(test.expected.sum(), abs=1e-9)


@given(survival_times(smallest=8))
@settings(max_examples=60)
def test_that_everything_has_an_answer_or_a_sentence(times: SurvivalTimes):
    result = analyse(times, SurvivalOptions(terms=("x",), at=(5, 20), horizon=15))
    cox = result.cox
    for term in cox.terms if cox else ():
        assert (term.coef is None) == bool(term.reason)
        if term.coef is not None:
            assert abs(term.coef) < 1e4
            assert term.se is not None
            assert np.isfinite(term.se)
    if result.zph is not None:
        for row in (*result.zph.terms, result.zph.overall):
            assert (row.chisq is None) == bool(row.reason)
    assert all(isinstance(note, str) and note.strip() for note in result.notes)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8))
def test_that_holm_keeps_the_order_and_never_lowers_a_p(p_values: list[float | None]):
    corrected = correct_holm(p_values)
    pairs = sorted(
        (p, c) for p, c in zip(p_values, corrected, strict=True) if p is not None and c is not None
    )
    assert [c is None for c in corrected] == [p is None for p in p_values]
    assert all(p <= c <= 1 for p, c in pairs)
    assert all(a[1] <= b[1] for a, b in pairwise(pairs))


def test_that_a_covariate_that_puts_every_event_in_order_is_infinite_and_hides_the_others():
    rng = np.random.default_rng(5)
    days = rng.permutation(np.arange(1.0, 121.0))
    arm = build_factor("arm", ["a", "b"] * 60)
    times = build_times(days, rng.random(120) < 0.7, group=arm, covariates=[Numeric("speed", -days)])
    model = fit_cox(times, ["arm", "speed"])
    arm_row, speed = model.terms
    assert (speed.coef, speed.p, arm_row.coef, model.lr.chisq, model.wald.p) == (None,) * 5
    assert "speed is infinite" in speed.reason
    assert "armb cannot be told" in arm_row.reason
    assert (model.score.p or 1.0) < 0.001
    assert check_proportional_hazards(model).overall.chisq is None


def test_that_pairs_are_compared_without_the_strata_as_the_trend_is():
    labels = ["a", "b", "c"] * 20
    strata = build_factor("site", ["s", "t", "u", "v"] * 15)
    days, event = np.arange(60.0) % 17 + 1, np.arange(60) % 4 > 0
    plain = build_times(days, event, group=build_factor("g", labels))
    by_site = replace(plain, strata=strata)
    assert [pair.test.chisq for pair in compare_pairs(by_site)] == [
        pair.test.chisq for pair in compare_pairs(plain)
    ]


def _numbers(times: SurvivalTimes) -> list[float | None]:
    """Numbers that must not change: survival at each distinct time, tests, model."""
    survival = [
        float(s) for curve in (estimate_curve(times), *estimate_curves(times)) for s in curve.survival
    ]
    tests = [compare_groups(times, weight=weight).chisq for weight in (None, gehan_wilcoxon)]
    model: list[float | None] = []
    if times.events:
        cox = fit_cox(times, ("group", "x"))
        model = [cox.lr.chisq, cox.score.chisq, cox.concordance]
        if not any(term.reason for term in cox.terms):
            model += [term.coef for term in cox.terms] + [check_proportional_hazards(cox).overall.chisq]
    return [*survival, *tests, *model]


def _same(one: list[float | None], other: list[float | None]) -> None:
    assert [v is None for v in one] == [v is None for v in other]
    known = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    np.testing.assert_allclose([b for _a, b in known], [a for a, _b in known], rtol=1e-6, atol=1e-7)
