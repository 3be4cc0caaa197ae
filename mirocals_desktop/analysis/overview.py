"""The study at a glance: who takes part, how enrolment went, what the data lack, what needs action.

Every count here comes with the patients behind it, so that a number on the screen can lead to its list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.assessments import Assessments, check_assessments, derive_assessments
from mirocals_desktop.analysis.calendar_days import CalendarDays, as_day, read_first_days
from mirocals_desktop.analysis.findings import Finding
from mirocals_desktop.analysis.follow_up import (
    EXPECTED,
    TOOK_PLACE,
    VisitGrid,
    derive_visit_grid,
    list_due,
)
from mirocals_desktop.analysis.follow_up_checks import check_follow_up, find_outside_limits
from mirocals_desktop.analysis.patient_status import SCREENING_DATE, STATUSES, derive_statuses
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Variable, Visit
from mirocals_desktop.study.snapshot import Snapshot

Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NEVER: Final = np.datetime64("NaT", "D")
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
    present when the assessment has a total. A variable that no visit asks for is due wherever anybody has it.
    """

    variables: tuple[Variable, ...]
    visits: tuple[Visit, ...]
    due: Flags
    expected: Counts
    held: Counts
    present: Counts
    patients: tuple[str, ...]
    _has: Flags  # variables by patients by visits
    _took_place: Flags  # patients by visits

    def lacking(self, variable: int, visit: int) -> tuple[str, ...]:
        """The patients who had the visit without the value; numbers are places in the arrays."""
        lacks = self._took_place[:, visit] & ~self._has[variable, :, visit]
        return tuple(self.patients[row] for row in np.flatnonzero(lacks))

    @property
    def share(self) -> float:
        """The share of the values due at visits that took place which are there; NaN when none is due."""
        held = int(self.held.sum())
        return float(self.present.sum()) / held if held else float("nan")


@dataclass(frozen=True, eq=False)
class Overview:
    """All that the overview shows, from one snapshot."""

    statuses: pd.DataFrame
    grid: VisitGrid
    due: pd.DataFrame
    assessments: Assessments
    findings: tuple[Finding, ...]
    outside_limits: pd.DataFrame
    enrolment: Enrolment
    completeness: Completeness

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
        findings=findings,
        outside_limits=find_outside_limits(snapshot),
        enrolment=derive_enrolment(snapshot, statuses),
        completeness=summarise_completeness(snapshot, grid, assessments),
    )


def derive_enrolment(snapshot: Snapshot, statuses: pd.DataFrame) -> Enrolment:
    """How many patients had been screened and randomised by the end of each day on which either grew.

    A patient is screened on the day of consent, else of screening, else of randomisation.
    """
    today = as_day(snapshot.today())
    patients = snapshot.patients
    randomised = np.where(statuses["randomised"], _days(patients, codes.RANDOMISATION_DATE), _NEVER)
    if codes.RANDOMISATION_DATE not in patients.columns:
        randomised = np.where(
            statuses["randomised"], statuses["origin"].to_numpy(dtype="datetime64[D]"), _NEVER
        )
    screened = _days(patients, codes.CONSENT_DATE)
    for other in (_days(patients, SCREENING_DATE), randomised):
        screened = np.where(np.isnat(screened), other, screened)
    screened = screened[screened <= today]
    randomised = randomised[randomised <= today]
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
    asked = {code for visit in grid.visits for code in visit.due}
    variables = tuple(
        variable
        for variable in snapshot.protocol.of_scope("visit")
        if variable.code in asked | ever
        and variable.code not in (*_NOT_MEASURED, *codes.ALSFRS_R_ITEMS)
        and (variable.kind in ("number", "integer") or variable.code in asked)
    )
    has = np.zeros((len(variables), len(grid.patients), len(grid.visits)), dtype=bool)
    places = (
        _places([variable.code for variable in variables], values["variable"]),
        _places(list(grid.patients), values["patient"]),
        _places([visit.code for visit in grid.visits], values["visit"]),
    )
    known = (places[0] >= 0) & (places[1] >= 0) & (places[2] >= 0)
    has[places[0][known], places[1][known], places[2][known]] = True

    took_place = np.isin(grid.state, TOOK_PLACE)
    expected = np.isin(grid.state, EXPECTED)
    due = np.array(
        [
            [
                variable.code in visit.due or (variable.code not in asked and bool(has[row, :, column].any()))
                for column, visit in enumerate(grid.visits)
            ]
            for row, variable in enumerate(variables)
        ],
        dtype=bool,
    ).reshape(len(variables), len(grid.visits))
    return Completeness(
        variables=variables,
        visits=grid.visits,
        due=due,
        expected=np.where(due, expected.sum(axis=0), 0),
        held=np.where(due, took_place.sum(axis=0), 0),
        present=np.where(due, (has & took_place).sum(axis=1), 0),
        patients=grid.patients,
        _has=has,
        _took_place=took_place,
    )


def _values_present(snapshot: Snapshot, assessments: Assessments) -> pd.DataFrame:
    """Patient, visit and variable of every value of a visit; ALSFRS-R as its total alone."""
    alsfrs = (*codes.ALSFRS_R_ITEMS, codes.ALSFRS_R_TOTAL)
    columns = ["patient", "visit", "variable"]
    measured = snapshot.measurements
    measured = measured.loc[~measured["variable"].isin(alsfrs), columns]
    scored = assessments.rows.loc[assessments.rows["total"].notna(), ["patient", "visit"]]
    words = [
        variable.code
        for variable in snapshot.protocol.of_scope("visit")
        if variable.kind not in ("number", "integer") and variable.code not in _NOT_MEASURED
    ]
    told = snapshot.observations
    told = told.loc[told["variable"].isin(words) & ((told["text"] != "") | told["sealed"]), columns]
    return pd.concat([measured, scored.assign(variable=codes.ALSFRS_R_TOTAL), told], ignore_index=True)


def _places(names: list[str], values: pd.Series[str]) -> npt.NDArray[np.int64]:
    """The place of each value among the names, -1 for others."""
    found, distinct = pd.factorize(values)
    place = pd.Index(names, dtype=object).get_indexer(pd.Index(distinct))
    return np.asarray(place[found], dtype=np.int64) if len(distinct) else np.zeros(0, dtype=np.int64)


def _days(patients: pd.DataFrame, variable: str) -> CalendarDays:
    if variable not in patients.columns:
        return np.full(len(patients), _NEVER)
    return read_first_days(patients[variable])
