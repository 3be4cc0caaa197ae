"""One patient at a time: everything that is known of somebody, on one axis of study days.

`build_records` looks through a study once; after that a patient's rows are found at once, so that a page can
go from one patient to the next without searching a quarter of a million values.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.alsfrs import DOMAINS
from mirocals_desktop.analysis.assessments import Assessments, derive_assessments
from mirocals_desktop.analysis.calendar_days import (
    CalendarDays,
    day_numbers,
    read_first_days,
    read_last_days,
)
from mirocals_desktop.analysis.course import Course, Lines, derive_course, estimate_lines
from mirocals_desktop.analysis.follow_up import VisitGrid, VisitState, derive_visit_grid
from mirocals_desktop.analysis.patient_status import derive_statuses
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

SEVERITY: Final = "ae_severity"
SERIOUS: Final = "ae_serious"
_SCORED: Final = frozenset((*codes.ALSFRS_R_ITEMS, codes.ALSFRS_R_TOTAL))


@dataclass(frozen=True, eq=False)
class Series:
    """One variable of one patient by day: one item per measurement with a known day, ordered by day.

    `value` is in the variable's unit (NaN where sealed), at its limit where `below` or `above` one (at the
    assay's where the file names none); `id` is the observation, `planned` where the day is only the visit's
    target.
    """

    variable: Variable
    id: Ints
    day: Floats
    value: Floats
    below: Flags
    above: Flags
    sealed: Flags
    planned: Flags
    visit: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Visits:
    """Planned visits of one patient: code, state, window and the day that it is drawn at (NaN: unknown)."""

    code: tuple[str, ...]
    state: tuple[VisitState, ...]
    first: Floats
    target: Floats
    last: Floats
    day: Floats
    held: Flags
    reason: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Periods:
    """Records of a log with a beginning and an end, such as adverse events; `lane` keeps them apart.

    `end` is the day after which it was over; NaN for one that is not known to be. `severity` is the index of
    the severity among the protocol's choices (-1: not told).
    """

    record: Ints
    id: Ints
    text: tuple[str, ...]
    start: Floats
    end: Floats
    severity: Ints
    serious: Flags
    lane: Ints

    def __len__(self) -> int:
        return len(self.record)


@dataclass(frozen=True, eq=False)
class Scores:
    """ALSFRS-R of one patient by day: the total and the four domains (NaN where items are missing)."""

    day: Floats
    visit: tuple[str, ...]
    total: Floats
    domains: Mapping[str, Floats]
    id: Ints


@dataclass(frozen=True, eq=False)
class PatientRecord:
    """Everything about one patient. `study` is the snapshot with this patient's rows only.

    `onset_day` is the first day that the date of onset can mean, NaN where there is none.
    """

    patient: str
    study: Snapshot
    visits: Visits
    dose_day: Floats
    dose_id: Ints
    scores: Scores
    series: Mapping[str, Series]
    adverse_events: Periods
    medications: Periods
    course: Course
    onset_day: float
    last_day: float

    def span(self) -> tuple[float, float]:
        """The first and last day on which anything is known; (0, 0) when nothing is."""
        days = [
            self.dose_day,
            self.visits.day[self.visits.held],
            *(series.day for series in self.series.values()),
            self.adverse_events.start,
            self.study.events["day"].to_numpy(dtype=np.float64),
            np.array([self.last_day]),
        ]
        known = np.concatenate(days)
        known = known[np.isfinite(known)]
        return (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Records:
    """A study looked through: where each patient's rows are in every frame."""

    snapshot: Snapshot
    statuses: pd.DataFrame
    grid: VisitGrid
    assessments: Assessments
    rows: Mapping[str, Mapping[str, Ints]]
    lines: Mapping[str, Lines]

    def of(self, patient: str) -> PatientRecord:
        """The record of a patient. Raises KeyError for one who is not in the study."""
        place = self.snapshot.patients.index.get_loc(patient)
        assert isinstance(place, int)
        study = self._narrow(patient, place)
        origin = self.statuses["origin"].to_numpy()[place].astype("datetime64[D]")
        contact_day, death_day = (
            float(self.statuses[name].to_numpy()[place]) for name in ("last_contact_day", "death_day")
        )
        doses = _log_days(study, codes.LOG_DOSE, origin)
        last = np.nanmax([contact_day, death_day, -math.inf])
        assessed = self.rows["assessments"].get(patient, np.empty(0, dtype=np.int64))
        onset = study.patients[codes.ONSET_DATE] if codes.ONSET_DATE in study.patients.columns else [""]
        return PatientRecord(
            patient,
            study,
            _visits(self.grid, place, origin),
            *doses,
            _scores(self.assessments, assessed),
            _series(study),
            _periods(study, codes.LOG_ADVERSE_EVENT, origin),
            _periods(study, codes.LOG_MEDICATION, origin),
            derive_course(self.assessments, assessed, self.lines.get(patient, Lines()), death_day=death_day),
            float(day_numbers(read_first_days(onset), origin)[0]),
            float(last) if math.isfinite(last) else math.nan,
        )

    def _narrow(self, patient: str, place: int) -> Snapshot:
        """The snapshot with one patient's rows only."""
        snapshot = self.snapshot

        def own(name: str, frame: pd.DataFrame) -> pd.DataFrame:
            rows = self.rows[name].get(patient)
            if rows is None:
                return frame.iloc[:0]
            first, last = int(rows[0]), int(rows[-1])
            together = last - first + 1 == len(rows)  # a slice is a view, an array of rows a copy
            return frame.iloc[first : last + 1] if together else frame.iloc[rows]

        return dataclasses.replace(
            snapshot,
            patients=snapshot.patients.iloc[place : place + 1],
            observations=own("observations", snapshot.observations),
            measurements=own("measurements", snapshot.measurements),
            visits=own("visits", snapshot.visits),
            events=own("events", snapshot.events),
            logs={code: own(f"log.{code}", frame) for code, frame in snapshot.logs.items()},
        )


def build_records(snapshot: Snapshot, *, report: Report = ignore) -> Records:
    """Look through a study once, so that each patient's rows are at hand."""
    report(0.0, "")
    statuses = derive_statuses(snapshot)
    report(0.2, "")
    grid = derive_visit_grid(snapshot, statuses)
    report(0.4, "")
    assessments = derive_assessments(snapshot)
    report(0.7, "")
    frames = {
        "assessments": assessments.rows,
        "observations": snapshot.observations,
        "measurements": snapshot.measurements,
        "visits": snapshot.visits,
        "events": snapshot.events,
        **{f"log.{code}": frame for code, frame in snapshot.logs.items()},
    }
    rows = {name: _rows_by_patient(frame) for name, frame in frames.items()}
    report(0.9, "")
    return Records(snapshot, statuses, grid, assessments, rows, estimate_lines(assessments))


def series_choices(snapshot: Snapshot) -> list[Variable]:
    """The numeric visit variables that anybody has, without ALSFRS-R, which is scored instead."""
    present = snapshot.measured
    return [v for v in snapshot.protocol.of_scope("visit") if v.code in present and v.code not in _SCORED]


def has_scores(snapshot: Snapshot) -> bool:
    """Whether anybody has an ALSFRS-R item or total."""
    return not snapshot.measured.isdisjoint(_SCORED)


def _rows_by_patient(frame: pd.DataFrame) -> dict[str, Ints]:
    group, patients = pd.factorize(frame["patient"].to_numpy(dtype=object))
    order = np.argsort(group, kind="stable").astype(np.int64)
    stops = np.cumsum(np.bincount(group, minlength=len(patients)))
    starts = np.concatenate(([0], stops[:-1])) if len(stops) else stops
    return {
        str(patient): order[start:stop]
        for patient, start, stop in zip(patients, starts.tolist(), stops.tolist(), strict=True)
    }


def _visits(grid: VisitGrid, place: int, origin: np.datetime64) -> Visits:
    def days(column: CalendarDays) -> Floats:
        return day_numbers(column[place], origin)

    states = tuple(VisitState(int(state)) for state in grid.state[place])
    actual, target = days(grid.actual), days(grid.target)
    return Visits(
        tuple(visit.code for visit in grid.visits),
        states,
        days(grid.first),
        target,
        days(grid.last),
        np.where(np.isnan(actual), target, actual),
        ~np.isnan(actual),
        tuple(str(reason) for reason in grid.reason[place]),
    )


def _series(study: Snapshot) -> dict[str, Series]:
    rows = study.measurements
    names = rows["variable"].to_numpy(dtype=object)
    day = rows["day"].to_numpy(dtype=np.float64)
    number, sealed = rows["number"].to_numpy(dtype=np.float64), rows["sealed"].to_numpy(dtype=bool)
    qualifier = rows["qualifier"].to_numpy(dtype=object)
    found = {}
    ids, planned = rows["id"].to_numpy(dtype=np.int64), rows["day_planned"].to_numpy(dtype=bool)
    visits = rows["visit"].tolist()
    by_day = np.argsort(day, kind="stable")
    by_day = by_day[~np.isnan(day[by_day])]
    for code in dict.fromkeys(names.tolist()):
        variable = study.protocol.variable(str(code))
        if variable is None or variable.code in _SCORED:
            continue
        own = by_day[names[by_day] == code]
        value = np.where(sealed[own], np.nan, number[own])
        below = qualifier[own] == "<"
        value[below & np.isnan(value)] = _usual_limit(variable, value)
        found[variable.code] = Series(
            variable,
            ids[own],
            day[own],
            value,
            below,
            qualifier[own] == ">",
            sealed[own],
            planned[own],
            tuple(str(visits[row]) for row in own.tolist()),
        )
    return found


def _usual_limit(variable: Variable, value: Floats) -> float:
    """Where a value below a limit without a number stands: at the assay's limit, else the lowest value."""
    known = value[~np.isnan(value)]
    if variable.assay.low is not None:
        return variable.assay.low
    return float(known.min()) if len(known) else math.nan


def _scores(assessments: Assessments, own: Ints) -> Scores:
    day = assessments.rows["day"].to_numpy(dtype=np.float64)[own]
    own = own[~np.isnan(day)]

    def column(name: str) -> Floats:
        return assessments.rows[name].to_numpy(dtype=np.float64)[own]

    # The stated total is the observation to go to; without one, the last item that is there.
    ids = assessments.ids[own][:, ::-1]
    first = ids[np.arange(len(ids)), (ids > 0).argmax(axis=1)] if len(ids) else np.empty(0, np.int64)
    return Scores(
        column("day"),
        tuple(str(visit) for visit in assessments.rows["visit"].to_numpy(dtype=object)[own]),
        column("total"),
        {domain: column(domain) for domain in DOMAINS},
        first.astype(np.int64),
    )


def _log_days(study: Snapshot, log: str, origin: np.datetime64) -> tuple[Floats, Ints]:
    """Day and observation of each record of a log, by its first date."""
    date = _first(study.protocol, log, "date")
    records = study.logs.get(log)
    if records is None or date is None or date.code not in records.columns:
        return np.empty(0), np.empty(0, dtype=np.int64)
    days = day_numbers(read_first_days(records[date.code]), origin)
    return days, _observations(study, date.code, records["record"].to_numpy(dtype=np.int64))


def _periods(study: Snapshot, log: str, origin: np.datetime64) -> Periods:
    """A log of periods: its first two dates are beginning and end, its first text says what."""
    records = study.logs.get(log)
    term = _first(study.protocol, log, "text")
    dates = [v for v in study.protocol.of_scope("log", log=log) if v.kind == "date"][:2]
    if records is None or not dates or dates[0].code not in records.columns or not len(records):
        none = np.empty(0, dtype=np.int64)
        return Periods(none, none, (), np.empty(0), np.empty(0), none, none.astype(bool), none)
    start = day_numbers(read_first_days(records[dates[0].code]), origin)
    end = np.full(len(records), np.nan)
    if len(dates) > 1 and dates[1].code in records.columns:
        end = day_numbers(read_last_days(records[dates[1].code]), origin)
    order = np.lexsort((end, start))
    order = order[~np.isnan(start[order])]
    start, end = start[order], end[order]
    record = records["record"].to_numpy(dtype=np.int64)[order]
    told = term.code if term is not None and term.code in records.columns else ""
    text = records[told].to_numpy(dtype=object)[order] if told else np.full(len(order), "", dtype=object)
    return Periods(
        record,
        _observations(study, told or dates[0].code, record),
        tuple(str(words) for words in text),
        start,
        end,
        _severity(study.protocol, records)[order],
        _texts(records, SERIOUS)[order] == "yes",
        _lanes(start, end),
    )


def _severity(protocol: Protocol, records: pd.DataFrame) -> Ints:
    variable = protocol.variable(SEVERITY)
    rank = {choice.code: index for index, choice in enumerate(variable.choices)} if variable else {}
    return np.array([rank.get(str(code), -1) for code in _texts(records, SEVERITY)], dtype=np.int64)


def _texts(records: pd.DataFrame, column: str) -> Texts:
    if column not in records.columns:
        return np.full(len(records), "", dtype=object)
    return records[column].to_numpy(dtype=object)


def _lanes(start: Floats, end: Floats) -> Ints:
    """The first lane that is free on the day each period begins; an open one keeps its lane."""
    free: list[float] = []
    lanes = []
    for begin, over in zip(start.tolist(), end.tolist(), strict=True):
        lane = next((index for index, until in enumerate(free) if until < begin), len(free))
        until = math.inf if math.isnan(over) else max(over, begin + 1)
        if lane == len(free):
            free.append(until)
        else:
            free[lane] = until
        lanes.append(lane)
    return np.array(lanes, dtype=np.int64)


def _first(protocol: Protocol, log: str, kind: str) -> Variable | None:
    return next((v for v in protocol.of_scope("log", log=log) if v.kind == kind), None)


def _observations(study: Snapshot, variable: str, records: Ints) -> Ints:
    """The observation of a log's variable in each record; 0 where there is none."""
    rows = study.observations
    own = np.flatnonzero(rows["variable"].to_numpy(dtype=object) == variable)
    found = dict(
        zip(rows["record"].to_numpy()[own].tolist(), rows["id"].to_numpy()[own].tolist(), strict=True)
    )
    return np.array([found.get(record, 0) for record in records.tolist()], dtype=np.int64)
