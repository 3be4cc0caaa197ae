"""Cutting a marker: a live frame equals the full analysis, and a searched cut pays for its search."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirocals_desktop.analysis.cox import fit_cox
from mirocals_desktop.analysis.cut_point import scan_cuts
from mirocals_desktop.analysis.cut_search import CutSearch
from mirocals_desktop.analysis.kaplan_meier import estimate_at, estimate_curve
from mirocals_desktop.analysis.live_cut import build_live_cut, classify
from mirocals_desktop.analysis.log_rank import compare_groups
from mirocals_desktop.analysis.marker_effect import estimate_marker_effect
from mirocals_desktop.analysis.subgroups import estimate_subgroups
from mirocals_desktop.analysis.times import Factor, Floats, Numeric, SurvivalTimes, build_factor, build_times
from mirocals_desktop.errors import AppError
from mirocals_desktop.progress import Cancelled
from mirocals_desktop.protocol.model import Classes

TICKS = (0, 80, 160, 240, 320, 400, 480, 560, 640)


def trial(
    n: int = 220, *, seed: int = 7, effect: bool = True, late: bool = False
) -> tuple[SurvivalTimes, Floats]:
    """A trial of the size and shape of MIROCALS, the arm's effect fading as the marker rises."""
    rng = np.random.default_rng(seed)
    marker = np.round(np.exp(rng.normal(7.617, 0.743, n)), 0)
    arm = rng.integers(0, 2, n)
    log_hr = np.where(arm == 1, np.log(0.32) + np.log(1.0003) * np.minimum(marker, 8000), 0) if effect else 0
    raw = np.ceil((rng.exponential(1, n) / np.exp(log_hr)) ** (1 / 1.4) * 800)
    lost = np.where(rng.random(n) < 0.1, np.ceil(640 * rng.random(n)), 640)
    days = np.minimum(raw, lost)
    entry = np.floor(days * rng.random(n) * 0.5) if late else None
    times = build_times(
        days,
        raw <= lost,
        entry=entry,
        group=build_factor("arm", np.where(arm == 1, "IL-2", "placebo").tolist(), reference="placebo"),
        covariates=[Numeric("pnfh", marker)],
        patients=[f"P{i:03d}" for i in range(n)],
    )
    return times, marker


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("cuts", [(1500.0,), (750.0, 3700.0)])
def test_that_a_live_frame_is_what_the_full_analysis_gives(cuts: tuple[float, ...], *, late: bool):
    times, marker = trial(late=late)
    live = build_live_cut(times, marker, ticks=TICKS)
    frame = live.frame(cuts)
    classes = classify(marker, cuts)
    labels = [f"class {i}" for i in range(len(cuts) + 1)]
    by_class = Factor("class", classes, tuple(labels))
    separate = 0.0
    for effect in frame.effects:
        part = times.rows(classes == effect.marker_class)
        model = fit_cox(part, ("arm",))  # R: coxph(S ~ arm, subset = class == ...)
        term = model.terms[0]
        assert (effect.n, effect.events) == (part.n, part.events)
        for mine, full in ((effect.hr, term.hr), (effect.lower, term.lower), (effect.upper, term.upper)):
            assert mine == pytest.approx(full, rel=1e-8)
        assert effect.p == pytest.approx(term.p, abs=1e-9)
        separate += model.log_likelihood
    joint = fit_cox(replace(times, strata=by_class), ("arm",))  # R: coxph(S ~ arm + strata(class))
    assert frame.interaction_chisq == pytest.approx(2 * (separate - joint.log_likelihood), abs=1e-8)
    assert frame.interaction_df == len(cuts)
    test = compare_groups(replace(times, group=by_class))
    assert frame.class_chisq == pytest.approx(test.chisq, rel=1e-9)
    for shown in frame.curves:
        chosen = (classes == shown.marker_class) & (times.group.codes == times.levels.index(shown.arm))
        full = estimate_curve(times.rows(chosen))
        np.testing.assert_array_equal(shown.curve.survival, full.survival)
        np.testing.assert_array_equal(shown.curve.lower, full.lower)
        assert list(shown.rows) == estimate_at(full, TICKS)


def test_that_without_arms_classes_are_compared_and_nothing_by_arm():
    times, marker = trial()
    live = build_live_cut(replace(times, group=None), marker, ticks=TICKS)
    frame = live.frame((1500.0,))
    assert [curve.arm for curve in frame.curves] == ["", ""]
    assert frame.effects == ()
    assert frame.interaction_p is None
    assert frame.class_p is not None


def test_that_a_class_without_events_in_an_arm_has_no_ratio_but_a_reason():
    times = build_times(
        [10, 20, 30, 40, 50, 60],
        [1, 1, 0, 0, 1, 1],
        group=build_factor("arm", list("ABABAB")),
    )
    frame = build_live_cut(times, np.array([9, 9, 1, 1, 9, 9.0]), ticks=(0, 60)).frame((5,))
    low, high = frame.effects
    assert (low.hr, low.reason) == (None, "no event")
    assert high.hr is not None
    one_arm = build_live_cut(times, np.array([1, 9, 1, 9, 1, 9.0]), ticks=(0,)).frame((5,))
    assert all(effect.hr is None and effect.reason for effect in one_arm.effects)
    assert one_arm.interaction_p is None


@given(st.lists(st.floats(0, 6000), min_size=1, max_size=30))
def test_that_classes_are_those_of_the_protocol(values: list[float]):
    cuts = (750.0, 3700.0)
    rule = Classes("csf_pnfh", "BL", cuts, ())
    marker = np.array([*values, 750.0, 3700.0])
    assert classify(marker, cuts).tolist() == [rule.class_of(value) for value in marker]


def test_that_patients_without_the_marker_are_counted_and_left_out():
    times, marker = trial(60)
    marker[:5] = np.nan
    live = build_live_cut(times, marker, ticks=TICKS)
    assert live.without_marker == 5
    assert sum(live.frame((1500.0,)).sizes) == 55
    with pytest.raises(AppError, match="No patient has a value"):
        build_live_cut(times, np.full(60, np.nan), ticks=TICKS)


@pytest.mark.parametrize("target", ["interaction", "marker"])
@pytest.mark.parametrize("late", [False, True])
def test_that_the_scan_shows_at_each_cut_what_a_frame_there_shows(target: str, *, late: bool):
    times, marker = trial(late=late)
    live = build_live_cut(times, marker, ticks=TICKS)
    scan = scan_cuts(live, target=target, permutations=0)  # type: ignore[arg-type]
    assert len(scan.cuts) > 100
    assert np.isnan(scan.p_corrected).all()
    for i in range(0, len(scan.cuts), 23):
        frame = live.frame((float(scan.cuts[i]),))
        low, high = frame.effects
        wanted = frame.interaction_chisq if target == "interaction" else frame.class_chisq
        assert scan.chisq[i] == pytest.approx(wanted, rel=1e-8, abs=1e-8)
        assert (scan.low[i], scan.high[i]) == frame.sizes
        assert scan.hr_low[i] == pytest.approx(low.hr, rel=1e-8)
        assert scan.hr_high_upper[i] == pytest.approx(high.upper, rel=1e-8)


def test_that_cuts_keep_both_sides_large_enough_and_above_the_assay_limit():
    times, marker = trial()
    live = build_live_cut(times, marker, ticks=TICKS)
    scan = scan_cuts(live, permutations=0, smallest_share=0.2, lowest=1500.0)
    assert scan.cuts.min() >= 1500
    assert min(scan.low.min(), scan.high.min()) >= 44
    with pytest.raises(AppError, match="leaves enough patients"):
        scan_cuts(live, permutations=0, lowest=1e9)


@pytest.mark.parametrize("late", [False, True])
def test_that_many_arrangements_score_together_what_each_scores_by_the_definition(*, late: bool):
    times, marker = trial(40, late=late)
    times = replace(times, days=np.ceil(times.days / 40) * 40)  # ties
    live = build_live_cut(times, marker, ticks=TICKS)
    cuts = np.quantile(marker, (0.2, 0.4, 0.6, 0.8))
    rng = np.random.default_rng(2)
    markers = np.array([live.marker, *(rng.permutation(live.marker) for _turn in range(3))])
    search = CutSearch(live, len(cuts), "interaction")
    scores = search.score(np.searchsorted(cuts, markers, side="left"))
    ratio = np.exp(fit_cox(times, ("arm",)).terms[0].coef or 0.0)
    for values, row in zip(markers, scores, strict=True):
        for cut, score in zip(cuts, row, strict=True):
            u, v = np.zeros(2), np.zeros(2)
            for i in np.flatnonzero(live.event):
                side = (values > cut) == (values[i] > cut)
                entered = True if live.entry is None else live.entry < live.days[i]
                at_risk = side & (live.days >= live.days[i]) & entered
                n0, n1 = (np.count_nonzero(at_risk & (live.arm == a)) for a in (0, 1))
                chance = ratio * n1 / (n0 + ratio * n1)
                high = int(values[i] > cut)
                u[high] += live.arm[i] - chance
                v[high] += chance * (1 - chance)
            wanted = (u[1] * v[0] - u[0] * v[1]) ** 2 / (v[0] * v[1] * v.sum()) if v.all() else 0.0
            assert score == pytest.approx(wanted, rel=1e-7, abs=1e-9)


def test_that_the_corrected_p_does_not_depend_on_the_number_of_workers_and_repeats():
    times, marker = trial(100)
    live = build_live_cut(times, marker, ticks=TICKS)
    alone, two, again = (scan_cuts(live, permutations=220, workers=w) for w in (1, 2, 1))
    np.testing.assert_array_equal(alone.p_corrected, two.p_corrected)
    np.testing.assert_array_equal(alone.p_corrected, again.p_corrected)
    other = scan_cuts(live, permutations=220, seed=1)
    assert not np.array_equal(alone.p_corrected, other.p_corrected)


def test_that_the_corrected_p_is_never_below_one_over_the_permutations_and_falls_with_the_score():
    times, marker = trial(120)
    scan = scan_cuts(build_live_cut(times, marker, ticks=TICKS), permutations=200)
    assert scan.p_corrected.min() >= 1 / 201
    order = np.argsort(scan.score)
    assert np.all(np.diff(scan.p_corrected[order]) <= 0)
    assert scan.p_corrected[scan.best] == scan.p_corrected.min()


def test_that_under_the_null_the_corrected_p_rejects_no_more_than_it_says_and_the_naive_far_more():
    naive, corrected = 0, 0
    rounds = 60
    for seed in range(rounds):
        times, marker = trial(80, seed=1000 + seed, effect=False)
        live = build_live_cut(replace(times, group=None), marker, ticks=TICKS)
        scan = scan_cuts(live, target="marker", permutations=99, workers=1)
        naive += scan.p[scan.best] < 0.05
        corrected += scan.p_corrected[scan.best] < 0.05
    assert naive >= 15  # of 60: a quarter at least
    assert corrected <= 9  # 3 expected; 9 has a chance of 1 in 600


def test_that_a_scan_can_be_stopped_and_tells_how_far_it_is():
    times, marker = trial(80)
    live = build_live_cut(times, marker, ticks=TICKS)
    told: list[float] = []

    def stop_at_half(fraction: float, _message: str) -> None:
        told.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        scan_cuts(live, permutations=1000, workers=2, report=stop_at_half)
    assert told == sorted(told)
    assert told[0] == 0
    assert threading.active_count() < 10


def test_that_the_ratio_over_the_marker_is_that_of_the_interaction_model():
    # R: f <- coxph(S ~ arm * log(pnfh)); exp(cbind(1, log(x)) %*% coef(f)[c(1, 3)])
    times, marker = trial()
    effect = estimate_marker_effect(times, "pnfh")
    model = fit_cox(times, ("arm", "log(pnfh)", "arm:log(pnfh)"))
    main, slope = model.terms[0].coef, model.terms[2].coef
    np.testing.assert_allclose(effect.hr, np.exp(main + slope * np.log(effect.values)), rtol=1e-10)
    assert np.all((effect.lower < effect.hr) & (effect.hr < effect.upper))
    assert effect.at_median.value == np.median(marker)
    assert effect.interaction.name == "armIL-2:log(pnfh)"
    assert effect.crossing is not None
    assert effect.at(effect.crossing).hr == pytest.approx(1, rel=1e-9)
    shifted = build_times(  # the ratio at x is the arm's ratio in the model centred at x
        times.days, times.event, group=times.group, covariates=[Numeric("c", np.log(marker / 2000))]
    )
    centred = fit_cox(shifted, ("arm", "c", "arm:c")).terms[0]
    here = effect.at(2000)
    assert (here.hr, here.lower, here.p) == pytest.approx((centred.hr, centred.lower, centred.p), rel=1e-7)


def test_that_a_marker_effect_that_cannot_be_estimated_says_why():
    times, _marker = trial(40)
    with pytest.raises(AppError, match="two arms"):
        estimate_marker_effect(replace(times, group=None), "pnfh")
    constant = replace(times, covariates=(Numeric("pnfh", np.full(40, 3.0)),))
    with pytest.raises(AppError, match="same for every patient"):
        estimate_marker_effect(constant, "pnfh", transform="none")


def test_that_a_forest_has_a_line_per_subgroup_and_a_test_per_factor():
    times, marker = trial()
    rng = np.random.default_rng(3)
    site = build_factor("site", rng.choice(["bulbar", "limb"], times.n).tolist())
    classes = Factor("pnfh class", classify(marker, (750.0, 3700.0)), ("low", "middle", "high"))
    table = estimate_subgroups(times, [site, classes])
    assert [(row.factor, row.level) for row in table.rows] == [
        ("", ""),
        *(("site", level) for level in site.levels),
        *(("pnfh class", level) for level in classes.levels),
    ]
    assert sum(table.rows[0].n) == times.n
    assert sum(sum(row.n) for row in table.rows[3:]) == times.n
    frame = build_live_cut(times, marker, ticks=TICKS).frame((750.0, 3700.0))
    interaction = table.interactions[1]
    assert interaction.chisq == pytest.approx(frame.interaction_chisq, abs=1e-8)
    assert interaction.df == 2
    assert [row.hr for row in table.rows[3:]] == pytest.approx([e.hr for e in frame.effects], rel=1e-8)


def test_that_a_subgroup_of_one_arm_is_counted_in_its_own_column_and_has_a_reason():
    times = build_times(
        [10, 20, 30, 40, 50, 60], [1, 1, 1, 1, 1, 1], group=build_factor("arm", list("ABABBB"))
    )
    factor = build_factor("sex", ["f", "f", "f", "f", "m", "m"])
    rows = estimate_subgroups(times, [factor]).rows
    assert rows[2].n == (0, 2)
    assert rows[2].events == (0, 2)
    assert rows[2].hr is None
    assert rows[2].reason == "only one arm has patients"


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_that_a_frame_never_has_a_number_that_is_none(seed: int):
    times, marker = trial(12, seed=seed)
    frame = build_live_cut(times, marker, ticks=(0, 300, 640)).frame((1500.0,))
    for effect in frame.effects:
        values = (effect.hr, effect.lower, effect.upper, effect.p)
        assert all(v is None for v in values) if effect.reason else all(np.isfinite(v) for v in values)
