"""How one patient's disease went on: slopes of ALSFRS-R before and after day 0, the rate, stages by day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.alsfrs import DEATH_STAGE, estimate_slopes
from mirocals_desktop.analysis.assessments import Assessments

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """A straight line through totals: points per month with its 95 % interval (NaN below three totals).

    `intercept` is its total at day 0, `count` how many totals it goes through.
    """

    slope: float
    lower: float
    upper: float
    intercept: float
    count: int


NO_LINE: Final = Line(math.nan, math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Lines:
    """The lines through all totals, through those up to day 0, and through those from day 0 on."""

    whole: Line = NO_LINE
    before: Line = NO_LINE
    after: Line = NO_LINE


@dataclass(frozen=True)
class StageTime:
    """When a King's stage was first seen: the day, and the last day on which a lower one was (NaN: never)."""

    stage: int
    day: float
    not_before: float


@dataclass(frozen=True, eq=False)
class Stages:
    """King's and MiToS stages by day, NaN where the items leave one open; `id` is an observation of each."""

    day: Floats
    kings: Floats
    mitos: Floats
    id: Ints


@dataclass(frozen=True, eq=False)
class Course:
    """What is told of one patient's course.

    `rate` is (48 - total) / months since onset at the last assessment up to day 0, else at the first, with
    the limits that a rough date of onset leaves; NaN without onset or total. `reached` has the first day of
    each King's stage from 1 on, death (5) included; a stage that was jumped over is reached with the next.
    """

    lines: Lines
    stages: Stages
    reached: tuple[StageTime, ...]
    rate: float
    rate_low: float
    rate_high: float
    rate_day: float


def estimate_lines(assessments: Assessments) -> Mapping[str, Lines]:
    """The lines of every patient at once, by least squares as `estimate_slopes`."""
    rows = assessments.rows
    days, totals = rows["day"].to_numpy(dtype=np.float64), rows["total"].to_numpy(dtype=np.float64)
    patients = rows["patient"].to_numpy(dtype=object)
    found: list[dict[str, Line]] = []
    for keep in (np.ones(len(days), dtype=np.bool_), days <= 0, days >= 0):
        slopes = estimate_slopes(patients[keep].tolist(), days[keep], totals[keep])
        numbers = zip(
            slopes.slope.tolist(),
            slopes.lower.tolist(),
            slopes.upper.tolist(),
            slopes.intercept.tolist(),
            slopes.count.tolist(),
            strict=True,
        )
        found.append({patient: Line(*row) for patient, row in zip(slopes.patients, numbers, strict=True)})
    whole, before, after = found
    return {
        patient: Lines(line, before.get(patient, NO_LINE), after.get(patient, NO_LINE))
        for patient, line in whole.items()
    }


def derive_course(assessments: Assessments, own: Ints, lines: Lines, *, death_day: float) -> Course:
    """The course of the patient whose assessments are the rows `own`; `death_day` NaN while alive."""
    rows = assessments.rows

    def column(name: str) -> Floats:
        return rows[name].to_numpy(dtype=np.float64)[own]

    day = column("day")
    known = ~np.isnan(day)
    own, day = own[known], day[known]
    ids = assessments.ids[own]
    first = ids[np.arange(len(ids)), (ids > 0).argmax(axis=1)] if len(ids) else np.empty(0, np.int64)
    stages = Stages(day, column("kings"), column("mitos"), first.astype(np.int64))
    rate = column("progression")
    rated = np.flatnonzero(~np.isnan(rate))
    early = rated[day[rated] <= 0]
    at = int(early[-1]) if len(early) else int(rated[0]) if len(rated) else -1
    return Course(
        lines=lines,
        stages=stages,
        reached=_reached(stages, death_day),
        rate=float(rate[at]) if at >= 0 else math.nan,
        rate_low=float(column("progression_low")[at]) if at >= 0 else math.nan,
        rate_high=float(column("progression_high")[at]) if at >= 0 else math.nan,
        rate_day=float(day[at]) if at >= 0 else math.nan,
    )


def _reached(stages: Stages, death_day: float) -> tuple[StageTime, ...]:
    seen = ~np.isnan(stages.kings)
    days, kings = stages.day[seen], stages.kings[seen]
    if not math.isnan(death_day):
        before = days <= death_day
        days = np.append(days[before], death_day)
        kings = np.append(kings[before], float(DEATH_STAGE))
    found = []
    for stage in range(1, DEATH_STAGE + 1):
        there = np.flatnonzero(kings >= stage)
        if not len(there):
            break
        earlier = days[: there[0]]
        found.append(
            StageTime(stage, float(days[there[0]]), float(earlier[-1]) if len(earlier) else math.nan)
        )
    return tuple(found)
