"""The logs of a trial as tables to read: doses, samples, adverse events, medication, deviations.

Each table has the log's own records and what follows from them: the balance of a cycle, where a sample is,
when the 24 hours of a serious event end; and for each record what cannot be true or is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.calendar_days import (
    CalendarDays,
    as_day,
    day_numbers,
    read_days,
    read_first_days,
    read_last_days,
)
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

CLOCK_HOURS: Final = 24
"""Hours from the team's awareness of a serious adverse event to its report."""

SAMPLE_STEPS: Final = (
    "sample_collected_date",
    "sample_shipped_date",
    "sample_received_date",
    "sample_assayed_date",
)
SAMPLE_STATES: Final[dict[str, str]] = {
    "planned": N_("not collected"),
    "collected": N_("collected"),
    "shipped": N_("shipped"),
    "received": N_("received"),
    "assayed": N_("assayed"),
    "no_result": N_("assayed, no result here"),
}
"""Where a sample is, in the order of its way, with English names."""

WITHOUT_RESULT: Final = ("collected", "shipped", "received", "no_result")

CLOCKS: Final[dict[str, str]] = {
    "running": N_("running"),
    "unreported": N_("24 h over, not reported"),
    "late": N_("reported late"),
    "reported": N_("reported"),
    "ended": N_("24 h over, report unknown"),
    "unknown": N_("no day of awareness"),
    "": "",
}
"""How the 24 hours of a serious event stand, with English names; "" for one that is not serious.

A log that never says when an event was reported leaves open whether one whose hours are over ever was.
"""

OPEN_CLOCKS: Final = ("running", "unreported", "unknown")
"""The clocks that somebody has to do something about."""


@dataclass(frozen=True, eq=False)
class LogTable:
    """A log's records and what was derived of them.

    `rows` has the columns of the snapshot's frame and the derived ones named below; `checks` holds for each
    row the sentences of what was found; `observation` is the id of the first
    value of each record, to which a row leads.

    Derived columns. dose: `since` (days since the patient's cycle before), `missed` (dispensed less given),
    `balance` (dispensed less given less returned). sample: `state` (of `SAMPLE_STATES`), `waiting` (days
    since its last step, NaN when it has a result). adverse_event: `clock` (of `CLOCKS`), `due` (the local
    time at which the 24 hours end, as ISO text).
    """

    log: str
    rows: pd.DataFrame
    checks: tuple[tuple[str, ...], ...]
    observation: npt.NDArray[np.int64]

    def narrowed(self, keep: Flags) -> LogTable:
        """The rows that `keep` marks."""
        return LogTable(
            self.log,
            self.rows[keep].reset_index(drop=True),
            tuple(found for found, kept in zip(self.checks, keep.tolist(), strict=True) if kept),
            self.observation[keep],
        )

    def patients(self, rows: Flags) -> list[str]:
        """The patients of some rows, one item per row."""
        return [str(patient) for patient in self.rows.loc[rows, "patient"]]


@dataclass(frozen=True, eq=False)
class Logs:
    """Every log that the study keeps, by its code."""

    tables: dict[str, LogTable] = field(default_factory=dict)

    def samples_without_result(self) -> list[str]:
        """Patient of each sample that was collected and has no result yet."""
        table = self.tables.get(codes.LOG_SAMPLE)
        if table is None:
            return []
        return table.patients(table.rows["state"].isin(WITHOUT_RESULT).to_numpy(dtype=bool))

    def clocks(self) -> list[str]:
        """Patient of each serious event whose 24 hours run, ran out unreported, or cannot be counted."""
        table = self.tables.get(codes.LOG_ADVERSE_EVENT)
        if table is None:
            return []
        return table.patients(table.rows["clock"].isin(OPEN_CLOCKS).to_numpy(dtype=bool))

    def narrowed(self, patients: pd.Index[str]) -> Logs:
        """The records of some of the patients."""
        return Logs(
            {
                code: table.narrowed(table.rows["patient"].isin(patients).to_numpy(dtype=bool))
                for code, table in self.tables.items()
            }
        )


def derive_logs(snapshot: Snapshot, statuses: pd.DataFrame, *, now: datetime | None = None) -> Logs:
    """The tables of every log that has records, from `derive_statuses`.

    `now` is the moment that clocks are read at: the present on the day the data speak of (its end, where that
    day is past).
    """
    if now is None:
        today = snapshot.today()
        present = datetime.now()
        now = present if today >= present.date() else datetime(today.year, today.month, today.day, 23, 59)
    tables = {}
    for code, records in snapshot.logs.items():
        if not len(records):
            continue
        rows = records.reset_index(drop=True)
        found = _Checks(len(rows))
        facts = _Facts(rows, statuses, as_day(snapshot.today()))
        if code == codes.LOG_DOSE:
            rows = _derive_doses(rows, facts, found)
        elif code == codes.LOG_SAMPLE:
            rows = _derive_samples(snapshot, rows, facts, found)
        elif code == codes.LOG_ADVERSE_EVENT:
            rows = _derive_events(rows, facts, found, now)
        elif code == codes.LOG_MEDICATION:
            _check_period(facts, found, "medication_start_date", "medication_end_date")
            found.add(facts.empty("medication_name"), _("The medication has no name."))
        elif code == codes.LOG_DEVIATION:
            found.add(facts.empty("deviation_date"), _("The deviation has no date."))
            _check_days(facts, found, "deviation_date")
        tables[code] = LogTable(code, rows, found.sentences(), _first_observations(snapshot, code, rows))
    return Logs(tables)


class _Checks:
    """What was found of each row of a table."""

    def __init__(self, count: int) -> None:
        self._found: list[list[str]] = [[] for _row in range(count)]

    def add(self, rows: Flags, sentence: str) -> None:
        """The sentence for each row that is marked."""
        for row in np.flatnonzero(rows).tolist():
            self._found[row].append(sentence)

    def say(self, rows: Flags, sentence: Callable[[int], str]) -> None:
        """A sentence of its own for each row that is marked."""
        for row in np.flatnonzero(rows).tolist():
            self._found[row].append(sentence(row))

    def sentences(self) -> tuple[tuple[str, ...], ...]:
        """Row by row."""
        return tuple(tuple(found) for found in self._found)


class _Facts:
    """The columns of a log as arrays, nothing where it lacks one, beside what is known of each patient."""

    def __init__(self, rows: pd.DataFrame, statuses: pd.DataFrame, today: np.datetime64) -> None:
        self.rows = rows
        self.today = today
        own = statuses.reindex(rows["patient"])
        self.death: CalendarDays = own["death"].to_numpy(dtype="datetime64[D]")
        self.dead: Flags = (own["vital"] == "dead").to_numpy(dtype=bool)

    def has(self, variable: str) -> bool:
        """Whether anybody has a value of it."""
        return variable in self.rows.columns

    def texts(self, variable: str) -> Texts:
        """Texts, "" for none."""
        if not self.has(variable):
            return np.full(len(self.rows), "", dtype=object)
        return self.rows[variable].fillna("").astype(str).to_numpy(dtype=object)

    def empty(self, variable: str) -> Flags:
        """Rows without a value, where the log keeps the variable at all."""
        if not self.has(variable):
            return np.zeros(len(self.rows), dtype=bool)
        return np.asarray(self.texts(variable) == "", dtype=bool)

    def numbers(self, variable: str) -> Floats:
        """Numbers, NaN for none."""
        if not self.has(variable):
            return np.full(len(self.rows), np.nan)
        return pd.to_numeric(self.rows[variable], errors="coerce").to_numpy(dtype=np.float64)

    def first(self, variable: str) -> CalendarDays:
        """The first day that each date can mean."""
        return read_first_days(self.texts(variable))

    def last(self, variable: str) -> CalendarDays:
        """The last day that each date can mean."""
        return read_last_days(self.texts(variable))


def _check_days(facts: _Facts, found: _Checks, variable: str) -> None:
    """A date that lies in the future, or after death."""
    _check_future(facts, found, variable)
    found.add(facts.first(variable) > facts.death, _("The date is after death."))


def _check_future(facts: _Facts, found: _Checks, variable: str) -> None:
    found.add(facts.first(variable) > facts.today, _("The date lies after the day the data speak of."))


def _check_period(facts: _Facts, found: _Checks, start: str, end: str) -> None:
    found.add(facts.first(start) > facts.last(end), _("It ends before it starts."))
    _check_days(facts, found, start)
    found.add(facts.first(end) > facts.death, _("It ends after death."))


# Doses


def _derive_doses(rows: pd.DataFrame, facts: _Facts, found: _Checks) -> pd.DataFrame:
    cycle, day = facts.numbers("dose_cycle"), facts.first("dose_date")
    dispensed, given = facts.numbers("dose_dispensed"), facts.numbers("dose_taken")
    returned, stated = facts.numbers("dose_returned"), facts.numbers("dose_balance")
    missed = dispensed - given
    balance = dispensed - given - returned
    order = np.lexsort(
        (np.arange(len(rows)), np.nan_to_num(cycle, nan=np.inf), rows["patient"].factorize()[0])
    )
    patient = rows["patient"].to_numpy(dtype=object)[order]
    same = patient[1:] == patient[:-1]
    since = np.full(len(rows), np.nan)
    step = day_numbers(day[order][1:], day[order][:-1])
    since[order[1:]] = np.where(same, step, np.nan)
    gap = np.zeros(len(rows))
    gap[order[1:]] = np.where(same, cycle[order][1:] - cycle[order][:-1], 1)
    begins = np.append([True], ~same)
    gap[order[begins]] = np.nan_to_num(cycle[order[begins]], nan=1.0)
    found.say(
        gap > 1, lambda row: _("No record of the {count} cycles before.").format(count=f"{gap[row] - 1:g}")
    )
    found.add(gap == 0, _("The cycle is recorded twice."))
    found.add(since < 0, _("The dose is dated before the cycle before it."))
    found.say(
        np.nan_to_num(balance) != 0,
        lambda row: _("The balance is {count}: dispensed less given less returned is not 0.").format(
            count=f"{balance[row]:g}"
        ),
    )
    found.add(
        ~np.isnan(stated) & ~np.isnan(balance) & (stated != balance),
        _("The stated balance is not what the numbers give."),
    )
    found.add(given > dispensed, _("More doses were given than dispensed."))
    if facts.has("dose_missed_reason"):
        found.add((missed > 0) & facts.empty("dose_missed_reason"), _("Doses were missed without a reason."))
    _check_days(facts, found, "dose_date")
    return rows.assign(since=since, missed=missed, balance=balance)


# Samples


def _derive_samples(snapshot: Snapshot, rows: pd.DataFrame, facts: _Facts, found: _Checks) -> pd.DataFrame:
    days = [facts.first(step) for step in SAMPLE_STEPS]
    known = np.array([~np.isnat(day) for day in days])
    reached = np.where(known.any(axis=0), len(days) - 1 - known[::-1].argmax(axis=0), -1)
    names = np.array(["planned", "collected", "shipped", "received", "assayed"], dtype=object)
    state = names[reached + 1]
    lacks = _lacks_result(snapshot, rows, facts)
    state = np.where((state == "assayed") & lacks, "no_result", state)
    stacked = np.array(days, dtype="datetime64[D]")
    last = stacked[np.maximum(reached, 0), np.arange(len(rows))]
    waiting = day_numbers(np.full(len(rows), facts.today), last)
    waiting = np.where(np.isin(state.astype(str), ("assayed", "planned")), np.nan, waiting)
    for earlier in range(len(days)):
        for later in range(earlier + 1, len(days)):
            found.add(
                facts.first(SAMPLE_STEPS[earlier]) > facts.last(SAMPLE_STEPS[later]),
                _("Its dates are not in the order collected, shipped, received, assayed."),
            )
    number = facts.texts("sample_id")
    twice = pd.Series(number).duplicated(keep=False).to_numpy(dtype=bool) & (number != "")
    found.add(twice, _("The sample’s number is there more than once."))
    found.add(state == "no_result", _("Assayed, and no value of this specimen at this visit is here."))
    found.add(days[0] > facts.death, _("The date is after death."))
    for day in days:
        found.add(day > facts.today, _("The date lies after the day the data speak of."))
    return rows.assign(state=state, waiting=waiting)


def _lacks_result(snapshot: Snapshot, rows: pd.DataFrame, facts: _Facts) -> Flags:
    """Samples whose specimen the protocol measures, at a visit at which none of its variables has a value.

    A visit at which nothing of the specimen is due tells nothing. Sealed values count as results.
    """
    specimen_of: dict[str, set[str]] = {}
    for variable in snapshot.protocol.of_scope("visit"):
        if variable.specimen:
            specimen_of.setdefault(variable.specimen.casefold(), set()).add(variable.code)
    due = {visit.code: set(visit.due) for visit in snapshot.protocol.visits}
    measured = snapshot.measurements
    have: dict[str, set[tuple[str, str]]] = {}
    for specimen, variables in specimen_of.items():
        own = measured[measured["variable"].isin(list(variables))]
        have[specimen] = set(zip(own["patient"], own["visit"], strict=True))
    kinds, visits = facts.texts("sample_type"), facts.texts("sample_visit")
    patients = rows["patient"].tolist()
    lacks = np.zeros(len(rows), dtype=bool)
    for row, (patient, kind, visit) in enumerate(zip(patients, kinds, visits, strict=True)):
        specimen = str(kind).casefold()
        asked = specimen_of.get(specimen, set()) & due.get(str(visit), set())
        lacks[row] = bool(asked) and (patient, str(visit)) not in have.get(specimen, set())
    return lacks


# Adverse events


def _derive_events(rows: pd.DataFrame, facts: _Facts, found: _Checks, now: datetime) -> pd.DataFrame:
    serious = facts.texts("ae_serious") == "yes"
    aware, times = facts.texts("ae_aware_date"), facts.texts("ae_aware_time")
    told, told_at = facts.texts("ae_reported_date"), facts.texts("ae_reported_time")
    over = "unreported" if facts.has("ae_reported_date") else "ended"
    clock, due = np.full(len(rows), "", dtype=object), np.full(len(rows), "", dtype=object)
    for row in np.flatnonzero(serious).tolist():
        ends = clock_end(str(aware[row]), str(times[row]))
        due[row] = ends.isoformat(timespec="minutes") if ends is not None else ""
        if told[row]:
            reported = _moment(str(told[row]), str(told_at[row]))
            late = ends is not None and reported is not None and _is_late(reported, ends, str(times[row]))
            clock[row] = "late" if late else "reported"
        elif ends is None:
            clock[row] = "unknown"
        else:
            clock[row] = "running" if ends >= now else over
    _check_period(facts, found, "ae_start_date", "ae_end_date")
    found.add(
        serious & facts.empty("ae_seriousness_criterion"), _("Serious, and no criterion of seriousness.")
    )
    found.add(
        clock == "unknown",
        _("Serious, and no day on which the team became aware: the 24 hours have no start."),
    )
    found.add(clock == "unreported", _("Serious, the 24 hours are over, and no report is recorded."))
    found.add(clock == "late", _("Reported more than 24 hours after the team became aware."))
    found.add(
        facts.last("ae_reported_date") < facts.first("ae_aware_date"),
        _("Reported before the team became aware."),
    )
    _check_future(facts, found, "ae_reported_date")
    known = read_days(aware)
    found.add(known < facts.first("ae_start_date"), _("The team became aware before it started."))
    fatal = facts.texts("ae_severity") == "fatal"
    found.add(fatal & ~facts.dead, _("Fatal, and the patient is not recorded as dead."))
    found.add(fatal & facts.has("ae_serious") & ~serious, _("Fatal, and not called serious."))
    found.add(facts.empty("ae_start_date"), _("It has no start."))
    return rows.assign(clock=clock, due=due)


def clock_end(aware_date: str, aware_time: str) -> datetime | None:
    """When the 24 hours end that start when the team became aware; None without the day.

    Without a readable time (14:30, 14h30, 2:30 pm are) they start with the day, so never end too late. Both
    are local times of this computer.
    """
    start = _moment(aware_date, aware_time)
    if start is None:
        return None
    # hours as they pass: in the night in which clocks are put back the same time of day is an hour too late
    try:
        return datetime.fromtimestamp(start.timestamp() + CLOCK_HOURS * 3600)
    except (OSError, OverflowError, ValueError):  # a year that the system keeps no clock of
        return start + timedelta(hours=CLOCK_HOURS)


def _is_late(reported: datetime, ends: datetime, aware_time: str) -> bool:
    """Whether a report came too late for sure: of a day of awareness without a time, its end counts."""
    if _time_of(aware_time) is not None:
        return reported > ends
    return reported >= ends + timedelta(days=1)


def _moment(date: str, time_text: str) -> datetime | None:
    """A day and a time of it, the day's beginning without a readable time; None without a whole day."""
    if len(date) != 10:
        return None
    return datetime.combine(datetime.fromisoformat(date), _time_of(time_text) or time())


def _time_of(text: str) -> time | None:
    text = text.strip().casefold().replace(".", ":").replace("h", ":").rstrip(":")
    for form in ("%H:%M", "%H:%M:%S", "%H", "%I:%M %p", "%I:%M%p"):
        try:
            return datetime.strptime(text, form).time().replace(second=0)
        except ValueError:
            continue
    return None


def _first_observations(snapshot: Snapshot, log: str, rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The first observation of each record, in the order of the protocol's variables; 0 where none is."""
    order: Iterable[str] = [variable.code for variable in snapshot.protocol.of_scope("log", log=log)]
    told = snapshot.observations
    told = told[told["variable"].isin(list(order))]
    place = told["variable"].map({code: number for number, code in enumerate(order)}).to_numpy()
    told = told.iloc[np.argsort(place, kind="stable")].drop_duplicates(["patient", "record"])
    ids = told.set_index(["patient", "record"])["id"]
    wanted = pd.MultiIndex.from_frame(rows[["patient", "record"]])
    return ids.reindex(wanted).fillna(0).to_numpy(dtype=np.int64)
