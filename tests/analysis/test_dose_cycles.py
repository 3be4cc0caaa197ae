"""Peaks and troughs are told apart by the doses that a patient really had."""

from __future__ import annotations

import numpy as np
from made_up_study import made_up

from mirocals_desktop.analysis.biomarkers import derive_trajectories, plausible_range, summarise
from mirocals_desktop.analysis.dose_cycles import derive_phases, has_cycles, relate_to_cycles, tell_phases
from mirocals_desktop.analysis.groups import derive_groups
from mirocals_desktop.analysis.marker_values import derive_values
from mirocals_desktop.study.snapshot import Snapshot

TREG = "treg_percent"
FACTS = {"randomisation_date": "2024-01-01", "first_dose_date": "2024-01-02"}
DOSES = [("001", f"2024-01-0{day}") for day in range(2, 7)] + [("001", "2024-01-30"), ("001", "2024-01-31")]


def study() -> Snapshot:
    """Doses from 2 to 6 January and again from 30 January; 002 has none."""
    visits = [
        ("001", "BL", "2024-01-01", {TREG: 7}),
        ("001", "", "2024-01-02", {TREG: 7.5}),  # before the dose of that day
        ("001", "", "2024-01-09", {TREG: 14}),
        ("001", "", "2024-01-30", {TREG: 9}),  # the day of the next cycle's first dose: trough of the first
        ("001", "M3", "2024-02-06", {TREG: 15}),
        ("001", "M6", "2024-07-01", {TREG: 8}),
        ("002", "BL", "2024-01-01", {TREG: 6}),
    ]
    return made_up({"001": FACTS, "002": FACTS}, visits=visits, doses=DOSES)


def test_that_days_count_from_the_first_dose_of_the_cycle_before_the_sample() -> None:
    snapshot = study()
    assert has_cycles(snapshot)
    values = relate_to_cycles(snapshot, derive_values(snapshot, TREG))
    days = dict(zip(values.value.tolist(), values.day.tolist(), strict=True))
    assert [days[value] for value in (7, 7.5, 14, 9, 15)] == [-1, 0, 7, 28, 7]
    assert np.isnan(days[8]), "half a year after the last dose is no trough"
    assert np.isnan(days[6]), "without doses there is nothing to count from"
    assert "2 values without a date or without a dose in the 56 days before are left out." in values.notes


def test_that_every_measurement_has_the_phase_of_its_cycle() -> None:
    rows = study().measurements
    phases = dict(zip(rows["number"].tolist(), tell_phases(study(), rows).tolist(), strict=True))
    assert phases == {7: 0, 7.5: 0, 14: 2, 9: 4, 15: 2, 8: 6, 6: -1}
    assert tell_phases(made_up({"001": FACTS}), rows).tolist() == [-1] * len(rows), "no log of doses"


def test_that_each_phase_has_one_value_per_patient_the_first() -> None:
    snapshot = study()
    values = relate_to_cycles(snapshot, derive_values(snapshot, TREG))
    phases = derive_phases(values)
    assert phases.labels == ("before the doses", "peak, days 5 to 13", "trough, days 21 to 35")
    summaries = summarise(values, derive_groups(snapshot), phases)
    assert summaries.n.tolist() == [[1, 1, 1]]
    assert summaries.median.drawn.tolist() == [[7, 14, 9]], "of the two peaks the first cycle's counts"
    assert "2 values of later cycles" in phases.notes[0]


def test_that_cycles_are_not_joined_by_lines() -> None:
    snapshot = study()
    values = relate_to_cycles(snapshot, derive_values(snapshot, TREG))
    lines = derive_trajectories(values, derive_groups(snapshot), derive_phases(values))
    assert lines.x.tolist() == [-1, 0, 7, 7, 28]
    assert not lines.connect.any()


def test_that_a_study_without_doses_offers_no_cycles() -> None:
    assert not has_cycles(made_up({"001": FACTS}))


def test_that_far_values_are_counted_and_left_out_of_the_range() -> None:
    visits = [(f"{n:03}", "BL", "2024-01-01", {TREG: 5 + 0.3 * n}) for n in range(20)]
    visits += [("020", "BL", "2024-01-01", {TREG: 82}), ("021", "BL", "2024-01-01", {TREG: 45})]
    snapshot = made_up({row[0]: FACTS for row in visits}, visits=visits)
    values, groups = derive_values(snapshot, TREG), derive_groups(snapshot)
    found = plausible_range(values, groups)
    assert found is not None
    assert sorted(values.value[found.outside].tolist()) == [45, 82]
    assert 4.5 < found.low < 5 < 10.7 < found.high < 11.5
    assert (
        plausible_range(derive_values(snapshot, TREG, patients=[row[0] for row in visits[:20]]), groups)
        is None
    )
