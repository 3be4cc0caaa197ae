"""Measurements by the days since the patient's last dose cycle, so that peaks and troughs are told apart.

A cycle begins with a dose that no other one precedes within two weeks. A sample on the day of a dose counts
as taken before it, as trial schedules have it: on the first day of a cycle it is the trough of the last one.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.calendar_days import read_days
from mirocals_desktop.analysis.marker_values import Values
from mirocals_desktop.analysis.occasions import Occasions
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol import codes

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DOSE_DATE: Final = "dose_date"
DOSE_TAKEN: Final = "dose_taken"
_NEW_CYCLE_DAYS: Final = 14  # without a dose before one that begins a cycle
_BEFORE_DAYS: Final = 28  # before the first dose that still belong on the axis
_PHASES: Final = ((1, 4), (5, 13), (14, 20), (21, 35), (36, 56))
"""First and last day of each phase after a cycle's first dose: doses, peak, between, trough, long after."""


def has_cycles(snapshot: Snapshot) -> bool:
    """Whether the study has dated doses."""
    doses = snapshot.logs.get(codes.LOG_DOSE)
    return doses is not None and DOSE_DATE in doses.columns and len(doses) > 0


def relate_to_cycles(snapshot: Snapshot, values: Values) -> Values:
    """The same measurements with `day` counted from the first dose of the last cycle before each.

    Before the first dose it counts back from that; NaN where the sample has no full date, long before the
    first dose or after the last one, and for patients without dated doses.
    """
    rows = snapshot.measurements
    ids = rows["id"].to_numpy(dtype=np.int64)
    order = np.argsort(ids)
    place = order[np.searchsorted(ids[order], values.id)] if len(values) else np.empty(0, dtype=np.int64)
    names = np.asarray(values.patients, dtype=object)[values.patient]
    day = _days_of_cycle(snapshot, names, read_days(rows["date"].to_numpy(dtype=object)[place]))
    day[(day < -_BEFORE_DAYS) | (day > _PHASES[-1][1])] = np.nan
    left = int(np.isnan(day).sum())
    notes = [
        _(
            "Days count from the first dose of the patient’s last cycle; a sample on the day of a dose "
            "counts as taken before it."
        )
    ]
    if left:
        notes.append(
            ngettext(
                "{count} value without a date or without a dose in the {days} days before is left out.",
                "{count} values without a date or without a dose in the {days} days before are left out.",
                left,
            ).format(count=left, days=_PHASES[-1][1])
        )
    return dataclasses.replace(values, day=day, notes=(*values.notes, *notes))


def derive_phases(values: Values) -> Occasions:
    """The phases of a cycle as occasions, for values whose `day` `relate_to_cycles` gave.

    Of several values of a patient in a phase, from several cycles, the first cycle's counts.
    """
    bounds = ((-_BEFORE_DAYS, 0), *_PHASES)
    names = (
        _("before the doses"),
        _("during the doses, days {first} to {last}"),
        _("peak, days {first} to {last}"),
        _("between, days {first} to {last}"),
        _("trough, days {first} to {last}"),
        _("late, days {first} to {last}"),
    )
    phase = np.full(len(values), -1, dtype=np.int64)
    for place, (low, high) in enumerate(bounds):
        phase[(values.day >= low) & (values.day <= high)] = place
    present = np.unique(phase[phase >= 0])
    position = np.full(len(bounds) + 1, -1, dtype=np.int64)
    position[present] = np.arange(len(present))
    of_value = position[phase]
    counted = np.zeros(len(values), dtype=bool)
    seen: set[tuple[int, int]] = set()
    for row in np.flatnonzero(of_value >= 0).tolist():  # values are in the order of time
        key = int(values.patient[row]), int(of_value[row])
        counted[row] = key not in seen
        seen.add(key)
    x = np.array(
        [np.median(values.day[counted & (of_value == place)]) for place in range(len(present))],
        dtype=np.float64,
    )
    labels = tuple(names[index].format(first=bounds[index][0], last=bounds[index][1]) for index in present)
    repeats = int(((of_value >= 0) & ~counted).sum())
    notes = (
        (
            ngettext(
                "{count} value of a later cycle is drawn and not counted: the first of each phase is.",
                "{count} values of later cycles are drawn and not counted: the first of each phase is.",
                repeats,
            ).format(count=repeats),
        )
        if repeats
        else ()
    )
    return Occasions(
        "cycle", "period", tuple(str(round(day)) for day in x), labels, x, of_value, counted, notes
    )


def tell_phases(snapshot: Snapshot, rows: pd.DataFrame) -> Ints:
    """The phase of a cycle in which each measurement was taken: 0 before all doses, then one by one, the last
    long after them; -1 where the sample has no full date or the patient no dated doses.

    `rows` has `patient` and `date`.
    """
    if not has_cycles(snapshot):
        return np.full(len(rows), -1, dtype=np.int64)
    dates = read_days(rows["date"].to_numpy(dtype=object))
    day = _days_of_cycle(snapshot, rows["patient"].to_numpy(dtype=object), dates)
    phase = np.searchsorted([first for first, _last in _PHASES], day, side="right").astype(np.int64)
    phase[day > _PHASES[-1][1]] = len(_PHASES) + 1
    phase[np.isnan(day)] = -1
    return phase


def _days_of_cycle(
    snapshot: Snapshot, patients: npt.NDArray[np.object_], dates: npt.NDArray[np.datetime64]
) -> Floats:
    """Days from the first dose of the patient's last cycle that began before each date, or back from the
    first of all; NaN without a date or without doses.
    """
    known = ~np.isnat(dates)
    taken = np.where(known, dates.astype(np.int64), 0)
    starts = _cycle_starts(snapshot)
    day = np.full(len(dates), np.nan)
    number, names = pd.factorize(patients)
    order = np.argsort(number, kind="stable")
    ends = np.searchsorted(number[order], np.arange(len(names) + 1))
    for index, patient in enumerate(names):
        own = starts.get(patient)
        if own is None:
            continue
        at = order[ends[index] : ends[index + 1]]
        at = at[known[at]]
        cycle = np.searchsorted(own, taken[at], side="left") - 1  # the last one that began on an earlier day
        day[at] = taken[at] - own[np.maximum(cycle, 0)]
    return day


def _cycle_starts(snapshot: Snapshot) -> dict[str, Ints]:
    """The first days of each patient's cycles, since 1970, in order."""
    doses = snapshot.logs.get(codes.LOG_DOSE)
    if doses is None or DOSE_DATE not in doses.columns:
        return {}
    dates = read_days(doses[DOSE_DATE])
    dated = ~np.isnat(dates)
    if DOSE_TAKEN in doses.columns and doses[DOSE_TAKEN].dtype.kind == "f":
        dated &= ~(doses[DOSE_TAKEN].to_numpy() == 0)  # a cycle of which nothing was taken
    days = dates.astype(np.int64)
    starts: dict[str, Ints] = {}
    names = doses["patient"].to_numpy(dtype=object)[dated]
    for patient, own in pd.Series(days[dated]).groupby(names):
        ordered = np.unique(own.to_numpy())
        begins = np.concatenate(([True], np.diff(ordered) >= _NEW_CYCLE_DAYS))
        starts[str(patient)] = ordered[begins]
    return starts
