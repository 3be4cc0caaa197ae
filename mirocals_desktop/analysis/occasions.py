"""Where the values of a biomarker are compared: visits, or periods of days; one value a patient at each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.marker_values import Values
from mirocals_desktop.i18n import _, ngettext

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

By = Literal["visit", "day", "cycle"]
"""What values are lined up by: the protocol's visits, days from the time origin, or from the last doses."""

_PERIODS: Final = (7, 14, 28, 56, 91, 182, 365, 730, 1461, 3652)
_MOST_PERIODS: Final = 16


@dataclass(frozen=True, eq=False)
class Occasions:
    """Where values are compared: visits, or periods of days. `x` is where each is drawn (index, or day).

    `of` says which they are: by day, too, a visit is the better occasion where the values have one.
    `of_value` is the occasion of each measurement (-1: none), `counted` marks the one measurement of each
    patient and occasion that summaries count.
    """

    by: By
    of: Literal["visit", "period"]
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    x: Floats
    of_value: Ints
    counted: Bools
    notes: tuple[str, ...]


def derive_occasions(values: Values, by: By = "visit") -> Occasions:
    """The occasions at which values are compared, by visit or by day.

    At a visit the patient's first value counts (lowest record, then earliest). By day, visits stand at the
    median day of their values; where more than a tenth of the values has no visit, periods take their place.
    Periods have one width, the smallest common one that gives at most 16, and are centred on its multiples,
    so that day 0 is the middle of its own; in a period the value nearest to the middle counts.
    """
    known = ~np.isnan(values.day)
    if by == "day" and (known & (values.visit < 0)).sum() * 10 > known.sum():
        return _periods(values, known)
    present = np.unique(values.visit[values.visit >= 0])
    position = np.full(len(values.visits) + 1, -1, dtype=np.int64)
    position[present] = np.arange(len(present))
    of_value = position[values.visit]
    counted = _first_of_each(values.patient, of_value, values.record.astype(np.float64))
    x = np.arange(len(present), dtype=np.float64)
    if by == "day":
        x = _median_days(values, of_value, counted & known, len(present))
    return Occasions(
        by,
        "visit",
        tuple(values.visits[index] for index in present),
        tuple(values.visit_labels[index] for index in present),
        x,
        of_value,
        counted,
        _occasion_notes("visit", of_value, counted),
    )


def _periods(values: Values, known: Bools) -> Occasions:
    days = values.day[known]
    span = float(days.max() - days.min())
    width = next((width for width in _PERIODS if span / width < _MOST_PERIODS - 1), _PERIODS[-1])
    period = np.floor((values.day + width / 2) / width)
    numbers = np.unique(period[known]).astype(np.int64)
    of_value = np.full(len(values), -1, dtype=np.int64)
    of_value[known] = np.searchsorted(numbers, period[known].astype(np.int64))
    firsts = [math.ceil(number * width - width / 2) for number in numbers]
    counted = _first_of_each(values.patient, of_value, np.abs(values.day - period * width))
    return Occasions(
        "day",
        "period",
        tuple(str(number * width) for number in numbers),
        tuple(
            _("days {first} to {last}").format(first=_signed(first), last=_signed(first + width - 1))
            for first in firsts
        ),
        _median_days(values, of_value, counted, len(numbers)),
        of_value,
        counted,
        _occasion_notes("period", of_value, counted),
    )


def _median_days(values: Values, of_value: Ints, counted: Bools, count: int) -> Floats:
    """The median day of the counted values of each occasion; NaN where none has a day."""
    days = [values.day[counted & (of_value == index)] for index in range(count)]
    return np.array([np.median(some) if len(some) else np.nan for some in days], dtype=np.float64)


def _first_of_each(patient: Ints, occasion: Ints, rank: Floats) -> Bools:
    """Marks the row of lowest rank (then the first) of each patient and occasion."""
    counted = np.zeros(len(patient), dtype=bool)
    rows = np.flatnonzero(occasion >= 0)
    order = rows[np.lexsort((rows, rank[rows], occasion[rows], patient[rows]))]
    if len(order):
        new = np.ones(len(order), dtype=bool)
        new[1:] = (patient[order[1:]] != patient[order[:-1]]) | (occasion[order[1:]] != occasion[order[:-1]])
        counted[order[new]] = True
    return counted


def _occasion_notes(of: Literal["visit", "period"], of_value: Ints, counted: Bools) -> tuple[str, ...]:
    notes = []
    nowhere = int((of_value < 0).sum())
    if nowhere and of == "visit":
        notes.append(
            ngettext(
                "{count} value outside planned visits is not counted.",
                "{count} values outside planned visits are not counted.",
                nowhere,
            ).format(count=nowhere)
        )
    elif nowhere:
        notes.append(
            ngettext(
                "{count} value without a known day is not counted.",
                "{count} values without a known day are not counted.",
                nowhere,
            ).format(count=nowhere)
        )
    repeats = int(((of_value >= 0) & ~counted).sum())
    if repeats and of == "visit":
        notes.append(
            ngettext(
                "{count} repeat at a visit is not counted: the first value is.",
                "{count} repeats at a visit are not counted: the first value is.",
                repeats,
            ).format(count=repeats)
        )
    elif repeats:
        notes.append(
            ngettext(
                "{count} further value within a period is not counted: the one nearest to its middle is.",
                "{count} further values within a period are not counted: the one nearest to its middle is.",
                repeats,
            ).format(count=repeats)
        )
    return tuple(notes)


def _signed(day: int) -> str:
    return f"−{-day}" if day < 0 else str(day)
