"""ALSFRS-R by tables of cases: every rule of the published tables, at its edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirocals_desktop.analysis.alsfrs import (
    Floats,
    derive_kings,
    derive_mitos,
    derive_progression,
    derive_scores,
    estimate_slopes,
    pace,
)

NAMES = ("1", "2", "3", "4", "5a", "5b", "6", "7", "8", "9", "10", "11", "12")
NAN = float("nan")


def healthy(**changes: float) -> Floats:
    """One assessment with full marks, except for the items that are named: `i3=2`, `i5b=1`."""
    values = dict.fromkeys(NAMES, 4.0) | {"5b": NAN}
    values |= {name.removeprefix("i"): value for name, value in changes.items()}
    return np.array([[values[name] for name in NAMES]])


def fed(**changes: float) -> Floats:
    """The same with a gastrostomy: item 5b in place of 5a."""
    return healthy(**({"i5a": NAN, "i5b": 4.0} | changes))


def test_that_full_marks_make_48_and_each_domain_12() -> None:
    scores = derive_scores(healthy())
    assert scores.total[0] == 48
    assert [scores.bulbar[0], scores.fine_motor[0], scores.gross_motor[0], scores.respiratory[0]] == [12] * 4
    assert not scores.gastrostomy[0]
    assert not scores.contradictory[0]


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        *[(name, "bulbar") for name in ("1", "2", "3")],
        *[(name, "fine_motor") for name in ("4", "5a", "6")],
        *[(name, "gross_motor") for name in ("7", "8", "9")],
        *[(name, "respiratory") for name in ("10", "11", "12")],
    ],
)
def test_that_each_item_counts_in_the_total_and_in_its_own_domain_alone(name: str, domain: str) -> None:
    scores = derive_scores(healthy(**{f"i{name}": 1.0}))
    assert scores.total[0] == 45
    lowered = {
        d for d in ("bulbar", "fine_motor", "gross_motor", "respiratory") if getattr(scores, d)[0] == 9
    }
    assert lowered == {domain}


def test_that_item_5b_counts_in_place_of_5a() -> None:
    scores = derive_scores(fed(i5b=2.0))
    assert scores.total[0] == 46
    assert scores.fine_motor[0] == 10
    assert scores.gastrostomy[0]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "5b"])
def test_that_a_missing_item_leaves_no_total_and_no_domain_of_its_own(name: str) -> None:
    scores = derive_scores(healthy(**{f"i{name}": NAN}))
    assert np.isnan(scores.total[0])
    assert scores.missing_items[0] == 1
    domains = (scores.bulbar, scores.fine_motor, scores.gross_motor, scores.respiratory)
    assert sum(bool(np.isnan(domain[0])) for domain in domains) == 1


def test_that_5a_and_5b_together_contradict_and_leave_no_total() -> None:
    scores = derive_scores(healthy(i5b=3.0))
    assert scores.contradictory[0]
    assert np.isnan(scores.total[0])


@pytest.mark.parametrize("value", [-1.0, 5.0, 2.5, 40.0])
def test_that_an_item_that_is_not_0_to_4_leaves_no_total(value: float) -> None:
    scores = derive_scores(healthy(i7=value))
    assert scores.contradictory[0]
    assert np.isnan(scores.total[0])


@pytest.mark.parametrize(
    ("items", "stage"),
    [
        (healthy(), 0),
        (healthy(i1=3), 1),
        (healthy(i2=3), 1),
        (healthy(i3=0), 1),
        (healthy(i1=0, i2=0, i3=0), 1),
        (healthy(i4=3), 1),
        (healthy(i5a=3), 1),
        (healthy(i4=0, i5a=0), 1),
        (healthy(i8=3), 1),
        (healthy(i6=0, i7=0, i9=0), 0),  # items 6, 7 and 9 tell no region
        (healthy(i1=3, i4=3), 2),
        (healthy(i1=3, i8=3), 2),
        (healthy(i5a=3, i8=3), 2),
        (healthy(i1=3, i4=3, i8=3), 3),
        (healthy(i10=1, i11=0), 0),  # dyspnoea short of 0 and orthopnoea are not stage 4
        (healthy(i10=0), 4),
        (healthy(i12=3), 4),
        (healthy(i12=0), 4),
        (fed(), 4),
        (fed(i1=0, i4=0, i8=0), 4),
    ],
)
def test_that_kings_stage_follows_the_published_table(items: Floats, stage: int) -> None:
    assert derive_kings(items)[0] == stage


@pytest.mark.parametrize(
    ("items", "stage"),
    [
        (healthy(i1=NAN), NAN),  # speech may or may not be involved
        (healthy(i1=NAN, i2=3), 1),  # another bulbar item decides
        (healthy(i4=NAN, i5a=2), 1),
        (healthy(i8=NAN), NAN),
        (healthy(i6=NAN, i11=NAN), 0),  # no stage looks at these
        (healthy(i10=NAN), NAN),  # could be stage 4
        (healthy(i10=NAN, i12=2), 4),
        (healthy(i12=NAN, i10=0), 4),
        (healthy(i5a=NAN), NAN),  # gastrostomy unknown
        (healthy(i5a=NAN, i10=0), 4),
        (healthy(i5b=2), NAN),  # both forms of item 5: gastrostomy unknown
    ],
)
def test_that_kings_stage_is_unknown_only_when_a_missing_item_could_change_it(
    items: Floats, stage: float
) -> None:
    assert np.array_equal(derive_kings(items), [stage], equal_nan=True)


def test_that_a_gastrostomy_by_date_is_kings_stage_4_whatever_the_items() -> None:
    assert derive_kings(healthy(), gastrostomy=np.array([True]))[0] == 4
    assert derive_kings(healthy(i5a=NAN), gastrostomy=np.array([True]))[0] == 4
    assert derive_kings(healthy(), gastrostomy=np.array([False]))[0] == 0


@pytest.mark.parametrize(
    ("items", "stage"),
    [
        (healthy(), 0),
        (healthy(i8=2, i6=2), 0),
        (healthy(i8=1), 1),
        (healthy(i6=1), 1),
        (healthy(i8=0, i6=0), 1),
        (healthy(i3=2), 0),
        (healthy(i3=1), 1),
        (healthy(i1=1), 0),  # communication needs handwriting as well
        (healthy(i4=1), 0),
        (healthy(i1=1, i4=1), 1),
        (healthy(i1=1, i4=2), 0),
        (healthy(i1=2, i4=0), 0),
        (healthy(i10=2), 0),
        (healthy(i10=1), 1),
        (healthy(i12=3), 0),
        (healthy(i12=2), 1),
        (healthy(i10=0, i12=0), 1),
        (healthy(i2=0, i5a=0, i7=0, i9=0, i11=0), 0),  # no domain looks at these
        (healthy(i8=1, i3=1), 2),
        (healthy(i8=1, i3=1, i12=2), 3),
        (healthy(i8=0, i3=0, i1=0, i4=0, i10=0), 4),
        (fed(i6=0), 1),
        (healthy(i8=NAN), NAN),
        (healthy(i8=NAN, i6=1), 1),
        (healthy(i1=NAN), 0),  # handwriting alone keeps communication
        (healthy(i1=NAN, i4=1), NAN),
        (healthy(i12=NAN, i10=1), 1),
        (healthy(i12=NAN), NAN),
        (healthy(i5a=NAN, i2=NAN), 0),
    ],
)
def test_that_mitos_counts_the_domains_lost_by_the_published_table(items: Floats, stage: float) -> None:
    assert np.array_equal(derive_mitos(items), [stage], equal_nan=True)


def test_that_progression_is_points_lost_per_month_of_30_4375_days() -> None:
    at = np.array(["2020-01-01"], dtype="datetime64[D]")
    result = derive_progression(np.array([36.0]), ["2019-01-01"], at)
    assert result.rate[0] == pytest.approx(12 / (365 / 30.4375), rel=1e-15)
    assert result.low[0] == result.rate[0] == result.high[0]
    assert result.months[0] == pytest.approx(365 / 30.4375)


@pytest.mark.parametrize(
    ("onset", "first", "usual", "last"),
    [
        ("2018-03-04", "2018-03-04", "2018-03-04", "2018-03-04"),
        ("2018-02", "2018-02-01", "2018-02-15", "2018-02-28"),
        ("2016-02", "2016-02-01", "2016-02-15", "2016-02-29"),
        ("2018-12", "2018-12-01", "2018-12-15", "2018-12-31"),
        ("2018", "2018-01-01", "2018-07-01", "2018-12-31"),
        ("2016", "2016-01-01", "2016-07-01", "2016-12-31"),
    ],
)
def test_that_an_onset_known_to_the_month_or_year_gives_a_rate_and_its_range(
    onset: str, first: str, usual: str, last: str
) -> None:
    at = np.array(["2019-06-30"], dtype="datetime64[D]")
    result = derive_progression(np.array([40.0]), [onset], at)
    for value, day in ((result.low, first), (result.rate, usual), (result.high, last)):
        months = (at[0] - np.datetime64(day)).astype(int) / 30.4375
        assert value[0] == pytest.approx(8 / months, rel=1e-12)


def test_that_onset_after_the_assessment_is_refused_and_onset_on_its_day_gives_no_rate() -> None:
    at = np.array(["2019-06-30"] * 5, dtype="datetime64[D]")
    onset = ["2019-07-01", "2019-06-30", "", "2019-07", "2019-06"]
    result = derive_progression(np.full(5, 40.0), onset, at)
    assert result.refused.tolist() == [True, False, False, True, False]
    assert np.isnan(result.rate[:4]).all()
    assert result.rate[4] == pytest.approx(8 / (15 / 30.4375))
    assert np.isnan(result.high[4])  # onset may be the very day


def test_that_an_assessment_without_a_day_has_no_rate() -> None:
    result = derive_progression(np.array([40.0]), ["2019-06-30"], np.array(["NaT"], dtype="datetime64[D]"))
    assert np.isnan(result.rate[0])
    assert not result.refused[0]


@pytest.mark.parametrize(
    ("rate", "word"),
    [
        (0.0, "slow"),
        (0.4999, "slow"),
        (0.5, "intermediate"),
        (1.0, "intermediate"),
        (1.01, "fast"),
        (NAN, ""),
    ],
)
def test_that_the_pace_is_named_by_half_a_point_and_one_point_a_month(rate: float, word: str) -> None:
    assert pace(rate) == word


def test_that_a_slope_and_its_interval_equal_those_of_a_linear_model_in_r() -> None:
    # R: x <- c(0, 91, 182, 273, 364) / 30.4375; y <- c(42, 40, 39, 35, 34)
    #    coef(lm(y ~ x)); confint(lm(y ~ x))
    days = np.array([0.0, 91, 182, 273, 364])
    totals = np.array([42.0, 40, 39, 35, 34])
    slopes = estimate_slopes(["p"] * 5, days, totals)
    assert slopes.slope[0] == pytest.approx(-0.702403846153847, rel=1e-12)
    assert slopes.intercept[0] == pytest.approx(42.2, rel=1e-12)
    assert slopes.lower[0] == pytest.approx(-0.970286655147966, rel=1e-10)
    assert slopes.upper[0] == pytest.approx(-0.434521037159727, rel=1e-10)


def test_that_slopes_need_two_days_and_intervals_three_assessments() -> None:
    patients = ["a", "b", "b", "c", "c", "d"]
    days = np.array([0.0, 0, 30.4375, 10, 10, NAN])
    totals = np.array([40.0, 40, 38, 40, 38, 30])
    slopes = estimate_slopes(patients, days, totals)
    assert slopes.patients == ("a", "b", "c")
    assert slopes.count.tolist() == [1, 2, 2]
    assert np.isnan(slopes.slope[[0, 2]]).all()
    assert slopes.slope[1] == pytest.approx(-2)
    assert np.isnan(slopes.lower).all()


item = st.one_of(st.just(NAN), st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0]))


@given(st.lists(item, min_size=13, max_size=13))
def test_that_filling_in_missing_items_never_changes_a_stage_that_was_known(values: list[float]) -> None:
    items = np.array([values])
    if not np.isnan(items[0, 4]) and not np.isnan(items[0, 5]):
        items[0, 5] = NAN
    for derive in (derive_kings, derive_mitos):
        known = derive(items)[0]
        if np.isnan(known):
            continue
        for filler in (0.0, 2.0, 4.0):
            for gastrostomy in (False, True):
                filled = items.copy()
                five = filled[0, 4:6].copy()
                filled[np.isnan(filled)] = filler
                if not np.isnan(five).all():
                    filled[0, 4:6] = five
                else:
                    filled[0, 4 if gastrostomy else 5] = NAN
                assert derive(filled)[0] == known


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0]), min_size=12, max_size=12))
def test_that_a_total_is_the_sum_of_its_domains_within_0_to_48(values: list[float]) -> None:
    items = np.array([[*values[:5], NAN, *values[5:]]])
    scores = derive_scores(items)
    assert scores.total[0] == sum(values)
    parts = scores.bulbar + scores.fine_motor + scores.gross_motor + scores.respiratory
    assert scores.total[0] == parts[0]
    assert derive_kings(items)[0] in range(5)
    assert derive_mitos(items)[0] in range(5)
