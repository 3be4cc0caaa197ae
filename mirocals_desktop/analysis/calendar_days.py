"""Dates as precise as they are known ("2018", "2018-03", "2018-03-04"): the first and last day they mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import numpy.typing as npt

CalendarDays = npt.NDArray[np.datetime64]
"""Calendar days, `datetime64[D]`; NaT where a date is not known."""

DAYS_PER_MONTH = 30.4375


def read_first_days(dates: Iterable[str]) -> CalendarDays:
    """The first day that each ISO date can mean; NaT for "". Raises ValueError for what is no ISO date."""
    return np.array(list(dates), dtype="datetime64[D]")


def read_last_days(dates: Iterable[str]) -> CalendarDays:
    """The last day that each ISO date can mean: of the month or year when no day is known; NaT for ""."""
    texts = list(dates)
    lengths = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    days = np.array(texts, dtype="datetime64[D]")
    months = (days.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    years = (days.astype("datetime64[Y]") + 1).astype("datetime64[D]") - 1
    last: CalendarDays = np.where(lengths == 4, years, np.where(lengths == 7, months, days))
    return last


def read_days(dates: Iterable[str]) -> CalendarDays:
    """The day of each ISO date whose day is known; NaT for the others."""
    texts = list(dates)
    return np.array([text if len(text) == 10 else "" for text in texts], dtype="datetime64[D]")


def day_numbers(days: CalendarDays, origin: CalendarDays | np.datetime64) -> npt.NDArray[np.float64]:
    """Whole days from the origin (its own day is 0); NaN where either is unknown."""
    difference = (days - origin).astype("timedelta64[D]")
    numbers: npt.NDArray[np.float64] = difference.astype(np.float64)
    numbers[np.isnat(difference)] = np.nan
    return numbers


def as_day(day: date) -> np.datetime64:
    """A date of the standard library as a calendar day."""
    return np.datetime64(day, "D")


def as_text(days: CalendarDays) -> list[str]:
    """ISO texts of the days; "" for NaT."""
    return ["" if np.isnat(day) else str(day) for day in days]
