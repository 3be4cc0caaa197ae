"""The study at a glance: who takes part, how enrolment went, what the data lack, what needs action.

Every count here comes with the patients behind it, so that a number on the screen can lead to its list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.alsfrs import derive_slopes
from mirocals_desktop.analysis.assessments import Assessments, check_assessments, derive_assessments
from mirocals_desktop.analysis.calendar_days import CalendarDays
from mirocals_desktop.analysis.endpoint_ledger import EndpointLedger, derive_endpoint_ledger
from mirocals_desktop.analysis.findings import Finding
from mirocals_desktop.analysis.flow import Flow, derive_flow, narrow_flow
from mirocals_desktop.analysis.follow_up import (
    EXPECTED,
    TOOK_PLACE,
    VisitGrid,
    derive_visit_grid,
    list_due,
    restrict_grid,
)
from mirocals_desktop.analysis.follow_up_checks import check_follow_up, find_outside_limits
from mirocals_desktop.analysis.logs import Logs, derive_logs
from mirocals_desktop.analysis.missing_visits import MissingVisits, summarise_missing
from mirocals_desktop.analysis.patient_status import STATUSES, derive_statuses
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Variable, Visit
from mirocals_desktop.study.snapshot import Snapshot

Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NOT_MEASURED: Final = (codes.VISIT_DATE, codes.VISIT_STATUS, codes.MISSED_REASON)


@dataclass(frozen=True, eq=False)
class Enrolment:
    """Patients over time: at the end of each day, how many had been screened and how many randomised."""

    days: CalendarDays
    screened: Counts
    randomised: Counts


@dataclass(frozen=True, eq=False)
class Completeness:
    """Values by variable and visit. `due`, `expected`, `held`, `present` are arrays of variables by visits.

    Where a variable is due, `held` counts the visits that took place, `present` those of them with a value (a
    sealed one counts), `expected` adds the visits that should have taken place by now. ALSFRS-R is one line,
    present when the assessment has a total. What no plan speaks of is due wherever anybody has it.
    `has` (variables by patients by visits) and `took_place` (patients by visits) are what is counted.
    `never` are variables that the plan asks for and nobody has at any visit; they have no line.
    """

    variables: tuple[Variable, ...]
    visits: tuple[Visit, ...]
    due: Flags
    expected: Counts
    held: Counts
    present: Counts
    patients: tuple[str, ...]
    has: Flags
    took_place: Flags
    never: tuple[Variable, ...]

    def lacking(self, variable: int, visit: int) -> tuple[str, ...]:
        """The patients who had the visit without the value; numbers are places in the arrays."""
        lacks = self.took_place[:, visit] & ~self.has[variable, :, visit]
        return tuple(self.patients[row] for row in np.flatnonzero(lacks))

    @property
    def share(self) -> float:
        """The share of the values due at visits that took place which are there; NaN when none is due."""
        held = int(self.held.sum())
        return float(self.present.sum()) / held if held else float("nan")


@dataclass(frozen=True, eq=False)
class Overview:
    """All that the overview shows, from one snapshot. `slopes` are ALSFRS-R points per month by patient."""

    statuses: pd.DataFrame
    grid: VisitGrid
    due: pd.DataFrame
    assessments: Assessments
    slopes: Mapping[str, float]
    findings: tuple[Finding, ...]
    outside_limits: pd.DataFrame
    ledger: EndpointLedger
    logs: Logs
    missing: MissingVisits
    flow: Flow
    enrolment: Enrolment
    completeness: Completeness

    @cached_property
    def found_of(self) -> tuple[str, ...]:
        """The patient of each finding."""
        return tuple(finding.patient for finding in self.findings)

    @cached_property
    def to_check(self) -> frozenset[str]:
        """The patients with a finding or a value outside its limits."""
        outside = self.outside_limits["patient"]
        return frozenset(self.found_of) | frozenset(map(str, outside))

    def count(self, status: str) -> int:
        """How many patients have the status."""
        return int((self.statuses["status"] == status).sum())

    def patients(self, *, vital: str) -> frozenset[str]:
        """The randomised patients of one vital status."""
        chosen = (self.statuses["vital"] == vital) & self.statuses["randomised"]
        return frozenset(str(patient) for patient in self.statuses.index[chosen])

    def by_status(self) -> list[tuple[str, int]]:
        """How many patients have each status, in the order of a trial; those that nobody has are left out."""
        counts = self.statuses["status"].value_counts()
        return [(status, int(counts[status])) for status in STATUSES if status in counts]


def summarise_study(snapshot: Snapshot, *, report: Report = ignore) -> Overview:
    """Derive everything that the overview, the patient list and the follow-up pages show."""
    statuses = derive_statuses(snapshot)
    grid = derive_visit_grid(snapshot, statuses)
    report(0.2, "")
    assessments = derive_assessments(snapshot)
    report(0.5, "")
    findings = (*check_follow_up(snapshot, statuses), *check_assessments(snapshot, assessments))
    report(0.7, "")
    return Overview(
        statuses=statuses,
        grid=grid,
        due=list_due(grid),
        assessments=assessments,
        slopes=_slopes(assessments),
        findings=findings,
        outside_limits=find_outside_limits(snapshot),
        ledger=derive_endpoint_ledger(snapshot, statuses),
        logs=derive_logs(snapshot, statuses),
        flow=derive_flow(snapshot, statuses),
        missing=summarise_missing(grid),
        enrolment=derive_enrolment(statuses),
        completeness=summarise_completeness(snapshot, grid, assessments),
    )


def restrict_overview(overview: Overview, patients: Collection[str]) -> Overview:
    """The overview of some of the patients: every count as if only they were in the study.

    What is due at which visit stays as the whole study has it.
    """
    keep = overview.statuses.index.isin(list(patients))
    if keep.all():
        return overview
    statuses = overview.statuses[keep]
    kept = frozenset(statuses.index)
    grid = restrict_grid(overview.grid, keep)
    assessed = overview.assessments.rows["patient"].isin(statuses.index).to_numpy(dtype=bool)
    whole = overview.completeness
    return Overview(
        statuses=statuses,
        grid=grid,
        due=overview.due[overview.due["patient"].isin(statuses.index)].reset_index(drop=True),
        assessments=Assessments(
            overview.assessments.rows[assessed].reset_index(drop=True),
            overview.assessments.items[assessed],
            overview.assessments.ids[assessed],
        ),
        slopes=overview.slopes,
        findings=tuple(finding for finding in overview.findings if finding.patient in kept),
        outside_limits=overview.outside_limits[overview.outside_limits["patient"].isin(statuses.index)],
        ledger=overview.ledger.narrowed(statuses.index),
        logs=overview.logs.narrowed(statuses.index),
        flow=narrow_flow(overview.flow, statuses.index),
        missing=summarise_missing(grid),
        enrolment=derive_enrolment(statuses),
        completeness=_count_values(whole.variables, grid, whole.due, whole.has[:, keep], whole.never),
    )


def derive_enrolment(statuses: pd.DataFrame) -> Enrolment:
    """How many patients had been screened and randomised by the end of each day on which either grew."""
    screened = statuses["screened_on"].dropna().to_numpy(dtype="datetime64[D]")
    randomised = statuses["randomised_on"].dropna().to_numpy(dtype="datetime64[D]")
    days = np.unique(np.concatenate([screened, randomised]))
    return Enrolment(
        days=days,
        screened=np.searchsorted(np.sort(screened), days, side="right").astype(np.int64),
        randomised=np.searchsorted(np.sort(randomised), days, side="right").astype(np.int64),
    )


def summarise_completeness(snapshot: Snapshot, grid: VisitGrid, assessments: Assessments) -> Completeness:
    """Which values the planned visits have and lack."""
    values = _values_present(snapshot, assessments)
    ever = set(values["variable"])
    asked = {code for visit in grid.visits for code in visit.due} if grid.planned else set()
    variables = tuple(
        variable
        for variable in snapshot.protocol.of_scope("visit")
        if variable.code in ever
        and variable.code not in (*_NOT_MEASURED, *codes.ALSFRS_R_ITEMS)
        and (variable.kind in ("number", "integer") or variable.code in asked)
    )
    has = np.zeros((len(variables), len(grid.patients), len(grid.visits)), dtype=bool)
    places = (
        _places([variable.code for variable in variables], values["variable"]),
        _places(list(grid.patients), values["patient"]),
        _visit_places(snapshot, grid, values),
    )
    known = (places[0] >= 0) & (places[1] >= 0) & (places[2] >= 0)
    has[places[0][known], places[1][known], places[2][known]] = True

    due = np.zeros((len(variables), len(grid.visits)), dtype=bool)
    for column, visit in enumerate(grid.visits):
        told = visit.due if grid.planned else ()
        for row, variable in enumerate(variables):
            # A visit that a file added asks for nothing, nor does the plan for a variable that one added.
            untold = not told or variable.code not in asked
            due[row, column] = variable.code in told or (untold and bool(has[row, :, column].any()))
    unheard = asked - ever - {*_NOT_MEASURED, *codes.ALSFRS_R_ITEMS}
    never = tuple(variable for variable in snapshot.protocol.of_scope("visit") if variable.code in unheard)
    return _count_values(variables, grid, due, has, never)


def _count_values(
    variables: tuple[Variable, ...], grid: VisitGrid, due: Flags, has: Flags, never: tuple[Variable, ...]
) -> Completeness:
    took_place = np.isin(grid.state, TOOK_PLACE)
    return Completeness(
        variables=variables,
        visits=grid.visits,
        due=due,
        expected=np.where(due, np.isin(grid.state, EXPECTED).sum(axis=0), 0),
        held=np.where(due, took_place.sum(axis=0), 0),
        present=np.where(due, (has & took_place).sum(axis=1), 0),
        patients=grid.patients,
        has=has,
        took_place=took_place,
        never=never,
    )


def _slopes(assessments: Assessments) -> dict[str, float]:
    rows = assessments.rows
    days, totals = rows["day"].to_numpy(dtype=np.float64), rows["total"].to_numpy(dtype=np.float64)
    return derive_slopes(rows["patient"].tolist(), days, totals)


def _values_present(snapshot: Snapshot, assessments: Assessments) -> pd.DataFrame:
    """Patient, visit and variable of every value of a visit; ALSFRS-R as its total alone."""
    alsfrs = (*codes.ALSFRS_R_ITEMS, codes.ALSFRS_R_TOTAL)
    columns = ["patient", "visit", "variable", "date"]
    measured = snapshot.measurements
    measured = measured.loc[~measured["variable"].isin(alsfrs), columns]
    scored = assessments.rows.loc[assessments.rows["total"].notna(), ["patient", "visit", "date"]]
    words = [
        variable.code
        for variable in snapshot.protocol.of_scope("visit")
        if variable.kind not in ("number", "integer") and variable.code not in _NOT_MEASURED
    ]
    told = snapshot.observations
    told = told.loc[told["variable"].isin(words) & ((told["text"] != "") | told["sealed"]), columns]
    return pd.concat([measured, scored.assign(variable=codes.ALSFRS_R_TOTAL), told], ignore_index=True)


def _visit_places(snapshot: Snapshot, grid: VisitGrid, values: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The column of the grid that each value belongs to, -1 for none."""
    if grid.planned:
        return _places([visit.code for visit in grid.visits], values["visit"])
    # Without a plan a visit is told by its day; a value of a named visit may lie on another.
    keys = ["patient", "visit", "date"]
    rows = snapshot.visits[keys].assign(column=grid.column_of)
    rows = rows[rows["column"] >= 0]
    found = np.full(len(values), -1, dtype=np.int64)
    for key, chosen in ((keys, rows), (keys[:2], rows[rows["visit"] != ""])):
        places = chosen.drop_duplicates(key).set_index(key)["column"]
        wanted = places.reindex(pd.MultiIndex.from_frame(values[key])).to_numpy(dtype=np.float64)
        found = np.where((found < 0) & ~np.isnan(wanted), np.nan_to_num(wanted, nan=-1), found).astype(
            np.int64
        )
    return found


def _places(names: list[str], values: pd.Series[str]) -> npt.NDArray[np.int64]:
    """The place of each value among the names, -1 for others."""
    found, distinct = pd.factorize(values)
    place = pd.Index(names, dtype=object).get_indexer(pd.Index(distinct))
    return np.asarray(place[found], dtype=np.int64) if len(distinct) else np.zeros(0, dtype=np.int64)
