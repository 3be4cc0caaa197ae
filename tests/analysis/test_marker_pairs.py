"""Changes from baseline with their medians and intervals, and the heat map, against hand-computed values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_up_study import made_up
from markers import PNFH, TREG, markers

from mirocals_desktop.analysis.biomarkers import count_held, summarise
from mirocals_desktop.analysis.groups import derive_groups
from mirocals_desktop.analysis.marker_pairs import derive_heat_map, derive_paired, median_interval
from mirocals_desktop.analysis.marker_values import derive_values
from mirocals_desktop.analysis.occasions import derive_occasions


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        (5, math.nan, math.nan),
        (6, 1, 6),
        (9, 2, 8),
        (10, 2, 9),
        (15, 4, 12),
        (20, 6, 15),
        (50, 18, 33),
        (100, 40, 61),
    ],
)
def test_that_the_median_interval_takes_the_tabled_order_statistics(n: int, low: float, high: float) -> None:
    # Conover (1999), table of the sign test; R: k <- qbinom(0.025, 20, 0.5); c(k, 21 - k) gives 6 and 15
    lower, upper = median_interval(np.arange(n, 0, -1, dtype=np.float64))
    assert (lower, upper) == pytest.approx((low, high), nan_ok=True)


def test_that_changes_come_in_their_order_with_both_values() -> None:
    rows = [
        ("001", "BL", 0, "100"),
        ("001", "M3", 90, "150"),
        ("002", "BL", 0, "200"),
        ("002", "M3", 90, "100"),
        ("003", "BL", 0, "100"),
        ("003", "M3", 90, "400"),
        ("004", "M3", 90, "700"),  # no baseline
        ("005", "BL", 0, "80"),  # no value at the visit
    ]
    paired = derive_paired(markers(rows), PNFH, "M3")
    assert paired.patients == ("003", "001", "002")
    assert paired.before.tolist() == [100, 100, 200]
    assert paired.after.tolist() == [400, 150, 100]
    assert paired.change.tolist() == [300, 50, -100]
    (median,) = paired.medians
    assert (median.n, median.median, median.rose, median.fell) == (3, 50, 2, 1)
    assert math.isnan(median.lower), "three patients make no interval"
    assert derive_paired(markers(rows), PNFH, "M3", scale="percent").change.tolist() == [300, 50, -50]
    ratio = derive_paired(markers(rows), PNFH, "M3", scale="ratio")
    assert ratio.change.tolist() == [4, 1.5, 0.5]
    assert (ratio.medians[0].rose, ratio.medians[0].fell) == (2, 1), "a multiple of 1 is no change"


def test_that_groups_have_their_own_medians_and_limits_are_marked() -> None:
    rows = [(f"{n:03}", "BL", 0, "100") for n in range(1, 15)]
    rows += [(f"{n:03}", "M3", 90, str(100 + 10 * n)) for n in range(1, 14)] + [("014", "M3", 90, "<62.5")]
    arms = {f"{n:03}": {"arm": "active" if n <= 7 else "placebo"} for n in range(1, 15)}
    paired = derive_paired(markers(rows, patients=arms), PNFH, "M3", grouping="arm")
    active, placebo = paired.medians
    assert (active.n, active.median, active.lower, active.upper) == (7, 40, 10, 70)
    assert (placebo.n, placebo.median) == (7, 100)
    assert paired.censored.tolist() == [False] * 13 + [True]
    assert paired.change[-1] == pytest.approx(-37.5), "at the limit"
    assert "Values beyond a limit stand at the limit and are marked." in paired.notes


def test_that_a_heat_map_orders_patients_by_group_and_median() -> None:
    rows = [("001", "BL", 0, "1"), ("001", "M3", 90, "3"), ("002", "BL", 0, "8"), ("003", "M3", 90, "5")]
    snapshot = markers(rows, variable=TREG)
    heat = derive_heat_map(derive_values(snapshot, TREG), derive_groups(snapshot), bins=4)
    assert heat.patients == ("002", "003", "001")
    assert heat.visits == ("BL", "M3")
    cells = {(int(r), int(c)): float(v) for r, c, v in zip(heat.row, heat.column, heat.value, strict=True)}
    assert cells == {(2, 0): 1, (2, 1): 3, (0, 0): 8, (1, 1): 5}
    assert np.bincount(heat.bin).tolist() == [1, 1, 1, 1]


def test_that_nothing_measured_gives_an_empty_heat_map() -> None:
    snapshot = made_up({"001": {"randomisation_date": "2024-01-01"}})
    heat = derive_heat_map(derive_values(snapshot, TREG), derive_groups(snapshot))
    assert heat.patients == ()
    assert len(heat.value) == 0


def test_that_the_interval_of_the_geometric_mean_equals_r() -> None:
    # R: x <- c(12, 7.5, 30, 22, 18, 9.5); exp(t.test(log(x))$conf.int)
    rows = [(f"{n:03}", "BL", 0, str(x)) for n, x in enumerate((12, 7.5, 30, 22, 18, 9.5), start=1)]
    snapshot = markers(rows)
    values, groups = derive_values(snapshot, PNFH), derive_groups(snapshot)
    found = summarise(values, groups, derive_occasions(values))
    assert found.geometric_mean[0, 0] == pytest.approx(14.716247815598, rel=1e-12)
    assert found.geometric_low[0, 0] == pytest.approx(8.4505015514068, rel=1e-12)
    assert found.geometric_high[0, 0] == pytest.approx(25.6278220236570, rel=1e-12)


def test_that_completeness_counts_the_visits_that_took_place() -> None:
    facts = {"randomisation_date": "2024-01-01"}
    visits = [
        ("001", "BL", "2024-01-01", {TREG: 7}),
        ("002", "BL", "2024-01-02", {}),
        ("002", "M3", "2024-04-01", {TREG: 7}),
        ("003", "M3", "", {"visit_status": "missed"}),
    ]
    snapshot = made_up(dict.fromkeys(("001", "002", "003"), facts), visits=visits)
    values, groups = derive_values(snapshot, TREG), derive_groups(snapshot)
    held = count_held(snapshot, groups, derive_occasions(values))
    assert held is not None
    assert held.tolist() == [[2, 1]]
