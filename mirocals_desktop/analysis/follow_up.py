"""Patients by visits: what took place, what is due, overdue or missed, and why nothing more is expected.

A visit's window is its target day from the patient's day 0, with the protocol's days before and after. Death,
withdrawal, completion and the day the data speak of end what is expected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.calendar_days import CalendarDays, as_day, day_numbers, read_days
from mirocals_desktop.analysis.held_visits import HeldVisits, derive_held_visits
from mirocals_desktop.analysis.patient_status import (
    COMPLETED,
    NOT_ELIGIBLE,
    UNKNOWN,
    WITHDRAWN,
)
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.protocol.model import Label, Visit
from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class VisitState(IntEnum):
    """What became of one planned visit of one patient."""

    NOT_EXPECTED = 0  # its window has not opened, or nothing more is expected of the patient
    DONE = 1  # within its window
    OUTSIDE = 2  # took place before or after its window
    UNPLACED = 3  # took place, on a day that is not known or cannot be counted from day 0
    DUE = 4  # its window is open
    OVERDUE = 5  # its window has closed, and the patient is still followed
    MISSED = 6  # recorded as missed, or passed over by a later visit
    DIED = 7  # the patient died before its window closed
    WITHDRAWN = 8  # the patient had left before its window closed


STATE_NAMES: Final[dict[VisitState, str]] = {
    VisitState.DONE: N_("Done in window"),
    VisitState.OUTSIDE: N_("Done outside window"),
    VisitState.UNPLACED: N_("Done, day unknown"),
    VisitState.DUE: N_("Due"),
    VisitState.OVERDUE: N_("Overdue"),
    VisitState.MISSED: N_("Missed"),
    VisitState.DIED: N_("Died before"),
    VisitState.WITHDRAWN: N_("Withdrawn before"),
    VisitState.NOT_EXPECTED: N_("Not yet expected"),
}
"""English names of the states, in the order of a legend."""

TOOK_PLACE: Final = (VisitState.DONE, VisitState.OUTSIDE, VisitState.UNPLACED)
EXPECTED: Final = (*TOOK_PLACE, VisitState.OVERDUE, VisitState.MISSED)
"""States of a visit that should be there by now."""

SOON_DAYS: Final = 14

_FITTING_SHARE: Final = 0.5
_COUNTED: Final = "#"


def state_name(state: VisitState) -> str:
    """The translated name of a state."""
    return _(STATE_NAMES[state])


@dataclass(frozen=True, eq=False)
class VisitGrid:
    """Planned visits of every patient: arrays of patients (in the snapshot's order) by visits (by day).

    `state` holds numbers of `VisitState`. `first`, `target` and `last` are the calendar days of each window
    (NaT where the patient has no day 0), `actual` the day the visit took place (NaT when it did not, or on no
    known day). `recorded` marks the visits that a file calls missed, `reason` is why, as it says ("" for
    none). `others` counts each patient's visits outside the plan. `over` says of whom nothing more is
    expected. `column_of` gives the column of each row of `snapshot.visits`, -1 for none. `left_out` are
    planned visits that this study does not keep, and that are expected of nobody: see `_kept_visits`.

    `planned` is false where the protocol plans no visits, or such that fewer than half of the visits held are
    among them. Columns are then the visits that files name and, for those without a name, the first, second
    ... of each patient (codes "#1", "#2" ...); a visit is held or not, and nothing is due.
    """

    patients: tuple[str, ...]
    visits: tuple[Visit, ...]
    today: np.datetime64
    state: npt.NDArray[np.uint8]
    first: CalendarDays
    target: CalendarDays
    last: CalendarDays
    actual: CalendarDays
    reason: npt.NDArray[np.object_]
    recorded: Flags
    others: Counts
    over: Flags
    column_of: Counts
    left_out: tuple[Visit, ...] = ()
    planned: bool = True

    def visit_code(self, column: int) -> str:
        """The code of a column's visit as the study knows it; "" for one that is only counted."""
        code = self.visits[column].code
        return "" if code.startswith(_COUNTED) else code

    def count(self, *states: VisitState) -> Counts:
        """For each visit, how many patients are in one of the states."""
        return np.asarray(np.count_nonzero(np.isin(self.state, states), axis=0), dtype=np.int64)

    def has(self, *states: VisitState) -> Flags:
        """For each patient, whether any visit is in one of the states."""
        return np.asarray(np.isin(self.state, states).any(axis=1))

    def days_off(self) -> Floats:
        """Days between a visit and its target day; NaN where it did not take place on a known day."""
        return day_numbers(self.actual, self.target)


def derive_visit_grid(snapshot: Snapshot, statuses: pd.DataFrame) -> VisitGrid:
    """The state of every planned visit of every patient, from `derive_statuses`."""
    took_place = derive_held_visits(snapshot)
    planned = tuple(
        sorted((v for v in snapshot.protocol.visits if v.day is not None), key=lambda visit: visit.day or 0)
    )
    done = took_place.done
    placed = np.count_nonzero(_columns_of(snapshot, planned)[done] >= 0)
    if placed < np.count_nonzero(done) * _FITTING_SHARE or not planned:
        return _grid_by_order(snapshot, took_place)
    visits = _kept_visits(snapshot, took_place, planned)
    columns = _columns_of(snapshot, visits)
    patients = tuple(str(patient) for patient in snapshot.patients.index)
    shape = (len(patients), len(visits))
    today = as_day(snapshot.today())
    actual, held, others = _place_visits(snapshot, took_place, visits, columns, patients)

    origin = statuses["origin"].to_numpy(dtype="datetime64[D]")[:, None]
    days = np.array([visit.day or 0 for visit in visits], dtype="timedelta64[D]")
    target = origin + days
    first = target - np.array([visit.before for visit in visits], dtype="timedelta64[D]")
    last = target + np.array([visit.after for visit in visits], dtype="timedelta64[D]")

    reason, told_missed = np.full(shape, "", dtype=object), np.zeros(shape, dtype=bool)
    row_of = {patient: row for row, patient in enumerate(patients)}
    place_of = {visit.code: column for column, visit in enumerate(visits)}
    for (patient, visit), why in took_place.missed.items():
        if patient in row_of and visit in place_of:
            place = row_of[patient], place_of[visit]
            reason[place], told_missed[place] = why, True

    status = statuses["status"].to_numpy(dtype=object)[:, None]
    death = statuses["death"].to_numpy(dtype="datetime64[D]")[:, None]
    withdrawal = statuses["withdrawal"].to_numpy(dtype="datetime64[D]")[:, None]
    completion = statuses["completion"].to_numpy(dtype="datetime64[D]")[:, None]
    dead = (statuses["vital"] == "dead").to_numpy()[:, None]
    passed_over = np.zeros(shape, dtype=bool)
    passed_over[:, :-1] = np.logical_or.accumulate(held[:, ::-1], axis=1)[:, ::-1][:, 1:]
    over = dead | np.isin(status.astype(str), [WITHDRAWN, COMPLETED, NOT_ELIGIBLE, UNKNOWN])

    # The first that is true decides.
    state = np.select(
        [
            held & (np.isnat(actual) | np.isnat(target)),
            held & (actual >= first) & (actual <= last),
            held,
            np.isnat(target) & ~told_missed,
            (death <= last) | (dead & np.isnat(death) & ~passed_over),
            (withdrawal <= last) | ((status == WITHDRAWN) & np.isnat(withdrawal) & ~passed_over),
            told_missed,
            (first > today) | (completion <= last),
            over | passed_over,
            last >= today,
        ],
        [
            VisitState.UNPLACED,
            VisitState.DONE,
            VisitState.OUTSIDE,
            VisitState.NOT_EXPECTED,
            VisitState.DIED,
            VisitState.WITHDRAWN,
            VisitState.MISSED,
            VisitState.NOT_EXPECTED,
            VisitState.MISSED,
            VisitState.DUE,
        ],
        default=VisitState.OVERDUE,
    ).astype(np.uint8)
    return VisitGrid(
        patients=patients,
        visits=visits,
        today=today,
        state=state,
        first=first,
        target=target,
        last=last,
        actual=actual,
        reason=reason,
        recorded=told_missed,
        others=others,
        over=over[:, 0],
        column_of=columns,
        left_out=tuple(visit for visit in planned if visit not in visits),
    )


def restrict_grid(grid: VisitGrid, keep: Flags) -> VisitGrid:
    """The rows of the patients that `keep` marks."""
    return replace(
        grid,
        patients=tuple(patient for patient, kept in zip(grid.patients, keep, strict=True) if kept),
        state=grid.state[keep],
        first=grid.first[keep],
        target=grid.target[keep],
        last=grid.last[keep],
        actual=grid.actual[keep],
        reason=grid.reason[keep],
        recorded=grid.recorded[keep],
        others=grid.others[keep],
        over=grid.over[keep],
    )


def list_due(grid: VisitGrid, *, within_days: int = SOON_DAYS) -> pd.DataFrame:
    """Visits to hold or to enter, the longest overdue first, then by the day their window closes.

    Columns: patient, visit, label, state ("overdue", "due", "soon": the window opens within `within_days`),
    first, target, last (datetime64), days (since the window closed when positive, until it closes when
    negative or 0; for "soon" until it opens, negative).
    """
    soon = (grid.state == VisitState.NOT_EXPECTED) & (grid.first > grid.today)
    soon &= grid.first <= grid.today + np.timedelta64(within_days, "D")
    soon &= ~grid.over[:, None]
    rows, columns = np.nonzero(np.isin(grid.state, (VisitState.OVERDUE, VisitState.DUE)) | soon)
    state = grid.state[rows, columns]
    names = np.select([state == VisitState.OVERDUE, state == VisitState.DUE], ["overdue", "due"], "soon")
    ends = np.where(names == "soon", grid.first[rows, columns], grid.last[rows, columns])
    due = pd.DataFrame(
        {
            "patient": [grid.patients[row] for row in rows],
            "visit": [grid.visits[column].code for column in columns],
            "label": [str(grid.visits[column].label) for column in columns],
            "state": names.astype(object),
            "first": grid.first[rows, columns],
            "target": grid.target[rows, columns],
            "last": grid.last[rows, columns],
            "days": (grid.today - ends).astype(np.int64),
        }
    )
    rank = due["state"].map({"overdue": 0, "due": 1, "soon": 2}).to_numpy()
    order = np.lexsort((rows, -due["days"].to_numpy(), rank))
    return due.iloc[order].reset_index(drop=True)


def order_by_action(grid: VisitGrid, statuses: pd.DataFrame) -> Counts:
    """Row numbers of the patients, those that need action first.

    First whoever is overdue, the longest first; then visits due, the window that closes first; then unknown
    vital status; then the rest in their own order, those without any visit last.
    """
    never = np.iinfo(np.int64).max
    overdue, due = grid.state == VisitState.OVERDUE, grid.state == VisitState.DUE
    number = grid.last.astype(np.int64)
    oldest = np.where(overdue, number, never).min(axis=1, initial=never)
    closing = np.where(due, number, never).min(axis=1, initial=never)
    unknown = (statuses["status"] == UNKNOWN).to_numpy()
    blank = (grid.state == VisitState.NOT_EXPECTED).all(axis=1)
    group = np.select([overdue.any(axis=1), due.any(axis=1), unknown, ~blank], [0, 1, 2, 3], default=4)
    within = np.select([group == 0, group == 1], [oldest, closing], default=0)
    return np.lexsort((np.arange(len(group)), within, group))


def _columns_of(snapshot: Snapshot, visits: tuple[Visit, ...]) -> Counts:
    """The place among these visits of each row of `snapshot.visits`, -1 for none."""
    codes = pd.Index([visit.code for visit in visits], dtype=object)
    return np.asarray(codes.get_indexer(pd.Index(snapshot.visits["visit"])), dtype=np.int64)


def _kept_visits(snapshot: Snapshot, took_place: HeldVisits, planned: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """The planned visits that the study keeps: a file of some visits of a plan says nothing of the others.

    Left out is a visit that nobody had and no file calls missed though somebody had a later one, and every
    visit while none was ever held.
    """
    columns = _columns_of(snapshot, planned)
    held = np.bincount(columns[took_place.done & (columns >= 0)], minlength=len(planned)) > 0
    if not held.any():
        return ()
    recorded = {visit for _patient, visit in took_place.missed}
    passed = np.append(np.logical_or.accumulate(held[::-1])[::-1], [False])[1:]
    return tuple(
        visit
        for column, visit in enumerate(planned)
        if held[column] or visit.code in recorded or not passed[column]
    )


def _place_visits(
    snapshot: Snapshot,
    took_place: HeldVisits,
    visits: tuple[Visit, ...],
    columns: Counts,
    patients: tuple[str, ...],
) -> tuple[CalendarDays, Flags, Counts]:
    """When each planned visit took place, whether it did, and how many visits each patient had besides.

    Of two records of one visit the earliest in the visit's window counts, else the earliest.
    """
    shape = (len(patients), len(visits))
    actual = np.full(shape, np.datetime64("NaT"), dtype="datetime64[D]")
    held = np.zeros(shape, dtype=bool)
    done, columns = snapshot.visits[took_place.done], columns[took_place.done]
    rows = pd.Index(patients, dtype=object).get_indexer(pd.Index(done["patient"]))
    others = np.bincount(rows[(columns < 0) & (rows >= 0)], minlength=len(patients)).astype(np.int64)
    planned = (columns >= 0) & (rows >= 0)
    done, rows, columns = done[planned], rows[planned], columns[planned]
    days = read_days(done["date"])
    off = done["day"].to_numpy(dtype=np.float64) - done["target_day"].to_numpy(dtype=np.float64)
    before = np.array([visit.before for visit in visits], dtype=np.float64)[columns]
    after = np.array([visit.after for visit in visits], dtype=np.float64)[columns]
    outside = ~((off >= -before) & (off <= after))
    order = np.lexsort((days, np.isnat(days), outside))[::-1]  # the one that counts is written last
    actual[rows[order], columns[order]] = days[order]
    held[rows, columns] = True
    return actual, held, others


def _grid_by_order(snapshot: Snapshot, took_place: HeldVisits) -> VisitGrid:
    """Visits as they were held: by the names that files give, else in the order of each patient's own."""
    patients = tuple(str(patient) for patient in snapshot.patients.index)
    held = snapshot.visits[took_place.done]
    by_name = ((held["visit"] != "") & (held["assigned"] == "file")).to_numpy(dtype=bool)
    occurring = set(held["visit"][by_name])
    usual_day = held[by_name].groupby("visit")["day"].median().fillna(np.inf)
    named = [visit for visit in snapshot.protocol.visits if visit.code in occurring]
    named.sort(key=lambda visit: float(usual_day[visit.code]))
    number = np.full(len(held), -1, dtype=np.int64)
    place = {visit.code: column for column, visit in enumerate(named)}
    number[by_name] = held["visit"][by_name].map(place).fillna(-1).to_numpy(dtype=np.int64)
    # An undated visit comes after the dated ones: its place among them is not known.
    counted = held[~by_name]
    counted = counted.assign(undated=(counted["date"] == "").to_numpy(), row=np.flatnonzero(~by_name))
    counted = counted.sort_values(["patient", "undated", "date", "record"], kind="stable")
    order = counted.groupby("patient", sort=False).cumcount().to_numpy(dtype=np.int64)
    number[counted["row"].to_numpy(dtype=np.int64)] = len(named) + order
    count = int(order.max()) + 1 if len(order) else 0
    visits = (*named, *(_counted_visit(position) for position in range(1, count + 1)))

    shape = (len(patients), len(visits))
    rows = pd.Index(patients, dtype=object).get_indexer(pd.Index(held["patient"]))
    known = (rows >= 0) & (number >= 0)
    state = np.full(shape, VisitState.NOT_EXPECTED, dtype=np.uint8)
    actual = np.full(shape, np.datetime64("NaT"), dtype="datetime64[D]")
    days = read_days(held["date"])
    state[rows[known], number[known]] = np.where(np.isnat(days[known]), VisitState.UNPLACED, VisitState.DONE)
    actual[rows[known], number[known]] = days[known]
    column_of = np.full(len(snapshot.visits), -1, dtype=np.int64)
    column_of[took_place.done] = number
    nothing = np.full(shape, np.datetime64("NaT"), dtype="datetime64[D]")
    return VisitGrid(
        patients=patients,
        visits=visits,
        today=as_day(snapshot.today()),
        state=state,
        first=nothing,
        target=nothing,
        last=nothing,
        actual=actual,
        reason=np.full(shape, "", dtype=object),
        recorded=np.zeros(shape, dtype=bool),
        others=np.zeros(len(patients), dtype=np.int64),
        over=np.ones(len(patients), dtype=bool),
        column_of=column_of,
        planned=False,
    )


def _counted_visit(position: int) -> Visit:
    return Visit(f"{_COUNTED}{position}", Label(f"Visit {position}", f"Visite {position}"), None)
