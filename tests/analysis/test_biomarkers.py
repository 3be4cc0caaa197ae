"""Biomarkers against numbers computed by hand and by R."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markers import PNFH, TREG, Row, markers

from mirocals_desktop.analysis.biomarkers import compare_pair, derive_trajectories, summarise
from mirocals_desktop.analysis.groups import derive_groups
from mirocals_desktop.analysis.marker_values import biomarker_choices, derive_values
from mirocals_desktop.analysis.occasions import derive_occasions

# R: x <- c(12.1,3.4,88,41.5,7.7,19.2,64,5.05); quantile(x, type=7); sd(x); exp(mean(log(x)))
X = (12.1, 3.4, 88, 41.5, 7.7, 19.2, 64, 5.05)


def at_baseline(texts: tuple[str, ...]) -> list[Row]:
    return [(f"p{number}", "BL", 0, text) for number, text in enumerate(texts)]


def summary_of(rows: list[Row], *, by: str = "visit", group: str = "", **options: object):
    study = markers(rows)
    values = derive_values(study, PNFH, **options)
    return summarise(values, derive_groups(study, group), derive_occasions(values, by))


def test_that_quartiles_mean_sd_and_geometric_mean_equal_r():
    found = summary_of(at_baseline(tuple(str(x) for x in X)))
    assert found.q1.low[0, 0] == pytest.approx(7.0375, abs=1e-12)
    assert found.median.low[0, 0] == pytest.approx(15.65, abs=1e-12)
    assert found.q3.low[0, 0] == pytest.approx(47.125, abs=1e-12)
    assert found.sd[0, 0] == pytest.approx(31.433693677553798, abs=1e-12)
    assert found.geometric_mean[0, 0] == pytest.approx(17.06111048001015, abs=1e-12)
    assert found.mean[0, 0] == pytest.approx(sum(X) / 8, abs=1e-12)
    assert (found.minimum.low[0, 0], found.maximum.high[0, 0]) == (3.4, 88)
    assert found.median.qualifier[0, 0] == ""
    assert any("type 7" in note for note in found.notes)


def test_that_whiskers_reach_to_the_outermost_value_within_one_and_a_half_boxes():
    # quantile(c(1,2,3,4,5,30)) = 1, 2.25, 3.5, 4.75, 30; 4.75 + 1.5 * 2.5 = 8.5
    found = summary_of(at_baseline(("1", "2", "3", "4", "5", "30")))
    assert (found.whisker_low[0, 0], found.whisker_high[0, 0]) == (1, 5)


def test_that_the_median_is_exact_while_less_than_half_is_below_the_limit():
    found = summary_of(at_baseline(("<62.5", "<62.5", "70", "90", "100")))
    assert found.median.low[0, 0] == found.median.high[0, 0] == 70
    assert found.q1.qualifier[0, 0] == "<"
    assert found.q1.drawn[0, 0] == 62.5
    assert (found.n[0, 0], found.below[0, 0], found.above[0, 0]) == (5, 2, 0)
    assert found.minimum.qualifier[0, 0] == "<"


def test_that_the_median_is_below_the_limit_when_more_than_half_is():
    found = summary_of(at_baseline(("<62.5", "<62.5", "<62.5", "90", "100")))
    assert found.median.qualifier[0, 0] == "<"
    assert found.median.drawn[0, 0] == 62.5
    assert math.isinf(found.median.low[0, 0])


def test_that_half_below_the_limit_leaves_the_median_open():
    found = summary_of(at_baseline(("<60", "<60", "80", "100")))
    assert found.median.qualifier[0, 0] == "<"
    assert found.median.drawn[0, 0] == 70


def test_that_a_limit_above_a_measured_value_leaves_open_what_lies_between():
    # The second laboratory's limit is 100: "<100" may be less or more than 80.
    found = summary_of(at_baseline(("80", "<100", "150")))
    assert (found.median.low[0, 0], found.median.high[0, 0]) == (80, 100)
    assert found.median.qualifier[0, 0] == "≤"


def test_that_values_above_a_limit_stay_above_it():
    found = summary_of(at_baseline(("100", "200", ">10000", ">10000", ">10000")))
    assert found.median.qualifier[0, 0] == ">"
    assert found.above[0, 0] == 3
    assert found.q1.drawn[0, 0] == 200
    assert found.q1.qualifier[0, 0] == ""


@pytest.mark.parametrize(
    ("rule", "stands_for"), [("half limit", 31.25), ("limit over root two", 62.5 / 2**0.5), ("limit", 62.5)]
)
def test_that_means_put_the_named_number_in_place_of_values_below_the_limit(rule, stands_for):
    found = summary_of(at_baseline(("<62.5", "100", "400")), substitution=rule)
    assert found.mean[0, 0] == pytest.approx((stands_for + 500) / 3, abs=1e-12)
    assert found.geometric_mean[0, 0] == pytest.approx((stands_for * 100 * 400) ** (1 / 3), rel=1e-12)
    names = {"half limit": "half the limit", "limit over root two": "square root", "limit": "limit itself"}
    assert any(names[rule] in note for note in found.notes)


def test_that_a_limit_without_its_number_is_the_assays():
    values = derive_values(markers(at_baseline(("<", "100"))), PNFH)
    assert values.value.tolist() == [62.5, 100]
    assert values.below.tolist() == [True, False]
    assert "62.5" in values.notes[0]


def test_that_a_limit_without_its_number_is_the_lowest_reported_where_the_protocol_has_none():
    rows = [("a", "BL", 0, "<"), ("b", "BL", 0, "4.5"), ("c", "BL", 0, "<0.9")]
    values = derive_values(markers(rows, variable=TREG), TREG)
    assert values.value.tolist() == [0.9, 4.5, 0.9]


def test_that_the_geometric_mean_is_not_given_where_a_value_is_zero():
    rows = [("a", "BL", 0, "0"), ("b", "BL", 0, "4")]
    study = markers(rows, variable=TREG)
    values = derive_values(study, TREG)
    found = summarise(values, derive_groups(study), derive_occasions(values))
    assert math.isnan(found.geometric_mean[0, 0])
    assert found.mean[0, 0] == 2
    assert any("not defined" in note for note in found.notes)


def test_that_groups_are_summarised_apart_and_patients_without_group_left_out():
    rows = [("a", "BL", 0, "1"), ("b", "BL", 0, "3"), ("c", "BL", 0, "10"), ("d", "BL", 0, "99")]
    arms = {"a": {"arm": "active"}, "b": {"arm": "active"}, "c": {"arm": "placebo"}}
    study = markers(rows, patients=arms)
    values = derive_values(study, PNFH)
    found = summarise(values, derive_groups(study, "arm"), derive_occasions(values))
    assert found.n[:, 0].tolist() == [2, 1]
    assert found.median.low[:, 0].tolist() == [2, 10]
    assert math.isnan(found.sd[1, 0]), "one value has no standard deviation"
    assert "1 patient without arm is in no group." in found.notes


def test_that_a_visit_counts_the_first_of_repeated_values():
    rows = [("a", "BL", 0, "1"), ("a", "BL", 0, "9"), ("b", "BL", 0, "3"), ("b", "", 40, "7")]
    found = summary_of(rows)
    assert found.median.low[0, 0] == 2
    assert found.n[0, 0] == 2
    assert any("1 repeat at a visit" in note for note in found.notes)
    assert any("1 value outside planned visits" in note for note in found.notes)


def test_that_visits_come_in_the_protocols_order():
    study = markers([("a", "M6", 180, "1"), ("a", "BL", 0, "2"), ("a", "M3", 90, "3")])
    occasions = derive_occasions(derive_values(study, PNFH))
    assert occasions.codes == ("BL", "M3", "M6")
    assert occasions.labels == ("Baseline", "Month 3", "Month 6")


def test_that_by_day_a_visit_stands_at_the_median_day_of_its_values():
    rows = [
        ("a", "BL", -2, "1"),
        ("b", "BL", 0, "2"),
        ("c", "BL", 5, "3"),
        ("a", "M3", 95, "4"),
        ("b", "M3", None, "5"),
    ]
    values = derive_values(markers(rows), PNFH)
    occasions = derive_occasions(values, "day")
    assert occasions.of == "visit"
    assert occasions.x.tolist() == [0, 95]
    assert summary_of(rows, by="day").n.tolist() == [[3, 2]]


def test_that_periods_are_centred_on_multiples_of_their_width():
    days = [-3, 0, 20, 84, 91, 180, 365]
    rows = [(f"p{number}", "", day, "1") for number, day in enumerate(days)]
    occasions = derive_occasions(derive_values(markers(rows), PNFH), "day")
    assert occasions.codes == ("0", "28", "84", "168", "364")
    assert occasions.labels[0] == "days −14 to 13"
    assert occasions.of_value.tolist() == [0, 0, 1, 2, 2, 3, 4]
    assert occasions.x.tolist() == [-1.5, 20, 87.5, 180, 365]


def test_that_a_period_counts_the_value_nearest_to_its_middle():
    rows = [("a", "", 80, "8"), ("a", "", 86, "6"), ("a", "", 300, "1"), ("a", "", None, "5")]
    values = derive_values(markers(rows), PNFH)
    occasions = derive_occasions(values, "day")
    assert values.value[occasions.counted].tolist() == [6, 1]
    assert len(occasions.notes) == 2


def test_that_change_starts_from_the_last_value_before_the_first_dose():
    rows = [("a", "", -20, "90"), ("a", "BL", 0, "100"), ("a", "M3", 90, "150"), ("b", "M3", 90, "70")]
    values = derive_values(markers(rows), PNFH, scale="change")
    assert values.value.tolist() == [-10, 0, 50]
    assert values.unit == "pg/mL"
    assert "1 value of a patient without baseline is left out." in values.notes
    assert derive_values(markers(rows), PNFH, scale="percent").value.tolist() == pytest.approx([-10, 0, 50])
    assert derive_values(markers(rows), PNFH, scale="ratio").value.tolist() == pytest.approx([0.9, 1, 1.5])


def test_that_a_baseline_visit_can_be_named():
    rows = [("a", "BL", 0, "100"), ("a", "M3", 90, "150"), ("a", "M6", 180, "300")]
    values = derive_values(markers(rows), PNFH, scale="ratio", baseline_visit="M3")
    assert values.value.tolist() == pytest.approx([2 / 3, 1, 2])
    assert "Baseline is the value at Month 3." in values.notes


def test_that_change_in_percent_is_in_percentage_points():
    values = derive_values(markers([("a", "BL", 0, "7")], variable=TREG), TREG, scale="change")
    assert values.unit == "percentage points"


def test_that_a_value_below_the_limit_is_a_change_below_a_number():
    rows = [("a", "BL", 0, "100"), ("a", "M3", 90, "<62.5")]
    change = derive_values(markers(rows), PNFH, scale="change")
    assert change.value.tolist() == [0, -37.5]
    assert change.below.tolist() == [False, True]
    percent = derive_values(markers(rows), PNFH, scale="percent")
    assert percent.value.tolist() == [0, -37.5]
    assert percent.high.tolist() == [0, -37.5]
    assert percent.substituted.tolist() == [0, -68.75]


def test_that_a_baseline_below_the_limit_makes_a_change_above_a_number():
    rows = [("a", "BL", 0, "<62.5"), ("a", "M3", 90, "100")]
    change = derive_values(markers(rows), PNFH, scale="change")
    assert change.value.tolist() == [0, 37.5]
    assert change.above.tolist() == [False, True]
    ratio = derive_values(markers(rows), PNFH, scale="ratio")
    assert ratio.low.tolist() == [1, 1.6]
    assert ratio.above.tolist() == [False, True]


def test_that_a_change_between_two_values_below_the_limit_is_left_out():
    rows = [("a", "BL", 0, "<62.5"), ("a", "M3", 90, "<62.5"), ("a", "M6", 180, "80")]
    values = derive_values(markers(rows), PNFH, scale="change")
    assert values.value.tolist() == [0, 17.5]
    assert any("both lie beyond a limit" in note for note in values.notes)


def test_that_a_percent_of_a_baseline_of_zero_is_left_out():
    rows = [("a", "BL", 0, "0"), ("a", "M3", 90, "10")]
    values = derive_values(markers(rows), PNFH, scale="percent")
    assert len(values) == 0
    assert any("not above zero" in note for note in values.notes)


def test_that_sealed_values_are_counted_and_nothing_else():
    values = derive_values(markers([("a", "BL", 0, "7"), ("a", "M3", 90, "sealed")], variable=TREG), TREG)
    assert values.value.tolist() == [7]
    assert values.sealed == 1


def test_that_excluded_patients_are_in_no_values():
    values = derive_values(markers(at_baseline(("1", "2")), excluded=("p0",)), PNFH)
    assert values.patients == ("p1",)
    assert values.value.tolist() == [2]


def test_that_trajectories_join_only_values_of_one_patient_within_their_group():
    rows = [
        ("a", "M3", 92, "2"),
        ("a", "BL", 0, "1"),
        ("b", "BL", 1, "5"),
        ("c", "BL", 0, "7"),
        ("c", "M3", 88, "8"),
        ("c", "", 120, "9"),
    ]
    arms = {"a": {"arm": "placebo"}, "b": {"arm": "active"}, "c": {"arm": "active"}}
    study = markers(rows, patients=arms)
    values = derive_values(study, PNFH)
    groups = derive_groups(study, "arm")
    by_visit = derive_trajectories(values, groups, derive_occasions(values))
    assert by_visit.y.tolist() == [5, 7, 8, 1, 2]
    assert by_visit.x.tolist() == [0, 0, 1, 0, 1]
    assert by_visit.connect.tolist() == [False, True, False, True, False]
    assert by_visit.start.tolist() == [0, 3, 5]
    by_day = derive_trajectories(values, groups, derive_occasions(values, "day"))
    assert by_day.x.tolist() == [1, 0, 88, 120, 0, 92]
    assert values.id[by_day.row].tolist() == [1002, 1003, 1004, 1005, 1001, 1000]


def test_that_spearmans_rho_its_interval_and_p_equal_r():
    # R: y <- c(3,1,9,4,4,2,8,7); cor.test(x, y, method="spearman", exact=FALSE)
    # tanh(atanh(rho) + c(-1,1) * qnorm(.975) * sqrt((1 + rho^2/2) / (8 - 3)))
    y = ("3", "1", "9", "4", "4", "2", "8", "7")
    names = [f"p{number}" for number in range(8)]
    pnfh = [(name, "BL", 0, str(x)) for name, x in zip(names, X, strict=True)]
    treg = [(name, "M6", 180, text) for name, text in zip(names, y, strict=True)]
    study = markers(pnfh, others={TREG: treg})
    found = compare_pair(derive_values(study, PNFH), derive_values(study, TREG), visits=("BL", "M6"))
    assert found.rho == pytest.approx(0.63474191881402731, abs=1e-12)
    assert found.p == pytest.approx(0.09089043638915878, abs=1e-9)
    assert (found.lower, found.upper) == pytest.approx((-0.20834795202164616, 0.93665732776332145), abs=1e-12)
    assert found.patients == tuple(names)


def test_that_a_pair_needs_both_values_and_says_why_rho_is_missing():
    study = markers(
        [("a", "BL", 0, "<62.5"), ("b", "BL", 0, "2"), ("c", "BL", 0, "3")],
        others={TREG: [("a", "BL", 0, "5"), ("c", "BL", 0, "6"), ("d", "BL", 0, "7")]},
    )
    found = compare_pair(derive_values(study, PNFH), derive_values(study, TREG), visits=("BL", "BL"))
    assert found.patients == ("a", "c")
    assert found.x_censored.tolist() == [True, False]
    assert math.isnan(found.rho)
    assert any("fewer than four" in note for note in found.notes)


def test_that_a_constant_variable_has_no_correlation():
    names = "abcde"
    study = markers(
        [(n, "BL", 0, "5") for n in names],
        others={TREG: [(n, "BL", 0, str(i)) for i, n in enumerate(names)]},
    )
    found = compare_pair(derive_values(study, PNFH), derive_values(study, TREG), visits=("BL", "BL"))
    assert math.isnan(found.rho)
    assert any("same value" in note for note in found.notes)


def test_that_biomarkers_are_the_measured_variables_in_the_protocols_order():
    study = markers([("a", "BL", 0, "5")], others={TREG: [("a", "BL", 0, "5")]})
    assert [variable.code for variable in biomarker_choices(study)] == [TREG, PNFH]


def test_that_an_empty_variable_gives_empty_results():
    study = markers([("a", "BL", 0, "5")])
    values = derive_values(study, TREG)
    for by in ("visit", "day"):
        occasions = derive_occasions(values, by)
        assert summarise(values, derive_groups(study), occasions).frame().empty
        assert len(derive_trajectories(values, derive_groups(study), occasions).x) == 0


def test_that_the_frame_has_a_row_for_each_group_and_visit_with_values():
    found = summary_of([("a", "BL", 0, "<62.5"), ("b", "BL", 0, "<62.5"), ("a", "M3", 90, "80")])
    frame = found.frame()
    assert frame["occasion"].tolist() == ["Baseline", "Month 3"]
    assert frame["n"].tolist() == [2, 1]
    assert frame["median"].tolist() == [62.5, 80]
    assert frame["median_qualifier"].tolist() == ["<", ""]


@given(st.lists(st.tuples(st.integers(1, 500), st.sampled_from(["", "<", ">"])), min_size=1, max_size=30))
def test_that_every_true_value_behind_the_limits_has_quartiles_within_the_bounds(drawn):
    rows = at_baseline(tuple(f"{sign}{number}" for number, sign in drawn))
    found = summary_of(rows)
    rng = np.random.default_rng(1)
    truth = np.array([float(n) for n, _sign in drawn])
    signs = np.array([sign for _n, sign in drawn])
    truth = np.where(signs == "<", truth * rng.random(len(truth)), truth)
    truth = np.where(signs == ">", truth + 100 * rng.random(len(truth)), truth)
    for p, bounds in ((25, found.q1), (50, found.median), (75, found.q3)):
        true = float(np.percentile(truth, p))
        assert bounds.low[0, 0] - 1e-9 <= true <= bounds.high[0, 0] + 1e-9


@given(st.permutations(range(12)))
def test_that_the_order_of_rows_does_not_matter(order):
    rows: list[Row] = [
        (f"p{i % 4}", ("BL", "M3", "M6")[i // 4], 90 * (i // 4), str(i + 1)) for i in range(12)
    ]
    first, second = summary_of(rows), summary_of([rows[i] for i in order])
    assert first.median.low.tolist() == second.median.low.tolist()
    assert np.allclose(first.mean, second.mean, rtol=1e-12)
