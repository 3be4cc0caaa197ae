"""What is derived once from a snapshot, and when it is worked out anew or forgotten."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from datetime import date

from made_up_study import made_up

from mirocals_desktop.analysis.once import once
from mirocals_desktop.study.snapshot import Snapshot

PATIENTS = {"001": {"randomisation_date": "2024-01-01"}}


def test_that_what_was_derived_from_a_snapshot_is_not_worked_out_again() -> None:
    asked: list[Snapshot] = []

    @once
    def patients(snapshot: Snapshot) -> list[str]:
        asked.append(snapshot)
        return [*snapshot.patients.index]

    study = made_up(PATIENTS)
    assert patients(study) == ["001"]
    assert patients(study) is patients(study)
    assert asked == [study]
    assert patients(replace(study)) == ["001"]
    assert len(asked) == 2


def test_that_it_is_worked_out_anew_on_another_day() -> None:
    study = made_up(PATIENTS, data_cut=date(2024, 1, 1))
    today = once(Snapshot.today)
    assert today(study) == date(2024, 1, 1)
    object.__setattr__(
        study, "options", replace(study.options, data_cut=date(2024, 1, 2))
    )  # as the clock does
    assert today(study) == date(2024, 1, 2)


def test_that_a_snapshot_nobody_needs_is_forgotten_with_what_was_derived_from_it() -> None:
    study = made_up(PATIENTS)
    patients = once(lambda snapshot: frozenset(snapshot.patients.index))
    derived, here = weakref.ref(patients(study)), weakref.ref(study)
    assert derived() == frozenset({"001"})
    del study
    gc.collect()
    assert here() is None
    assert derived() is None
