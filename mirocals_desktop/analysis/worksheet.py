"""What a visit asks of a patient: the variables due, what they were last time, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mirocals_desktop.analysis.overview import Overview
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Variable, Visit
from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True)
class Asked:
    """One variable due at the visit; `last` is the observation that it had last (None: none, or sealed)."""

    variable: Variable
    last: pd.Series | None


@dataclass(frozen=True)
class Worksheet:
    """What the sheet of one visit of one patient says. Days are ISO texts, "" where there is none.

    `lacking` are variables that visits already held lack, with those visits; `open` the findings of the
    patient, `questions` the queries that are not closed.
    """

    patient: str
    visit: Visit
    state: str
    first: str
    target: str
    last: str
    asked: tuple[Asked, ...]
    lacking: tuple[tuple[Variable, tuple[Visit, ...]], ...]
    open: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]


def prepare_worksheet(snapshot: Snapshot, overview: Overview, patient: str, visit: str) -> Worksheet:
    """The sheet of a planned visit. Raises KeyError where patient or visit are not in the overview's grid."""
    grid = overview.grid
    if patient not in grid.patients or visit not in [one.code for one in grid.visits]:
        raise KeyError((patient, visit))
    row = grid.patients.index(patient)
    column = [one.code for one in grid.visits].index(visit)
    planned = grid.visits[column]
    own = snapshot.observations
    own = own[(own["patient"] == patient) & (own["visit"] != "") & ~own["sealed"] & (own["missing"] == "")]
    asked = []
    for code in planned.due:
        variable = snapshot.protocol.variable(code)
        if variable is None or code == codes.VISIT_DATE:
            continue
        told = own[(own["variable"] == code) & (own["date"] != "")].sort_values("date", kind="stable")
        asked.append(Asked(variable, told.iloc[-1] if len(told) else None))
    complete = overview.completeness
    place = complete.patients.index(patient)
    lacking = []
    for number, variable in enumerate(complete.variables):
        gaps = complete.due[number] & complete.took_place[place] & ~complete.has[number, place]
        if gaps.any():
            visits = tuple(one for one, gap in zip(complete.visits, gaps.tolist(), strict=True) if gap)
            lacking.append((variable, visits))
    due = overview.due
    state = due.loc[(due["patient"] == patient) & (due["visit"] == visit), "state"]
    return Worksheet(
        patient=patient,
        visit=planned,
        state=str(state.iloc[0]) if len(state) else "",
        first=_iso(grid.first[row, column]),
        target=_iso(grid.target[row, column]),
        last=_iso(grid.last[row, column]),
        asked=tuple(asked),
        lacking=tuple(lacking),
        open=tuple(finding.message for finding in overview.findings if finding.patient == patient),
        questions=tuple(
            (query.name, query.text)
            for query in snapshot.reviews.queries
            if query.patient == patient and query.state == "open"
        ),
    )


def _iso(day: object) -> str:
    return "" if pd.isna(day) else str(day)  # type: ignore[call-overload]
