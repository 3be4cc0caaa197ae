"""Dates as people type them, and the solver that decides day-month against month-day for a whole column.

A text has one reading for each order of its parts under which it is a day of the calendar. A column has one
order: cells that are a day in one order only prove it; where none does, the order is left to evidence from
outside (the protocol's order of dates, other columns) or to a question. 31/02 is a day in no order and proves
nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from mirocals_desktop.importing.grid import EPOCH, Booleans, Floats
from mirocals_desktop.importing.statuses import outcome_and_date
from mirocals_desktop.importing.words import plain_name

Order = Literal["dmy", "mdy", "ymd"]

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan janv january janvier janviers januar jaen gen genn gennaio ene enero janeiro",
            "feb febr february fev fevr fevrier februar febbr febbraio febrero fevereiro",
            "mar march mars mrz marz maerz marzo marco maart mrt",
            "apr april avr avril aprile abr abril",
            "may mai mag magg maggio mayo maio mei",
            "jun june juin juni giu giugno junio junho",
            "jul july juil juillet jui juli lug luglio julio julho",
            "aug august aou aout ago agosto augustus",
            "sep sept september septembre set sett settembre septiembre setiembre setembro",
            "oct october octobre okt oktober ott ottobre octubre out outubro",
            "nov november novembre noviembre novembro",
            "dec december decembre dez dezember dic dicembre diciembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME: Final = r"(?:[ T]\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*(?:am|pm|z|utc|gmt|[+-]\d{2}:?\d{2}))?)?"
_NUMERIC: Final = re.compile(
    rf"(\d{{1,4}})\s*([-/. ])\s*(\d{{1,2}})\s*[-/. ]\s*(\d{{1,4}}){_TIME}", re.IGNORECASE
)
_NAMED: Final = re.compile(
    rf"(?:[^\W\d]{{2,9}}\.?,?\s+)?(\d{{1,2}})(?:er|st|nd|rd|th)?[-/. ]*([^\W\d]{{3,10}})\.?[-/., ]*"
    rf"(\d{{2}}|\d{{4}}){_TIME}",
    re.IGNORECASE,
)
_NAMED_FIRST: Final = re.compile(
    rf"([^\W\d]{{3,10}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_TIME}", re.IGNORECASE
)
_NAMED_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/. ]([^\W\d]{3,10})\.?[-/. ](\d{1,2})")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T\d.*)?")
_UNKNOWN: Final = r"(?:un|unk|nk|nd|xx|x|\?+|00?|--|-|\*+|inconnu)"
_MONTH_YEAR: Final = re.compile(rf"(?:{_UNKNOWN}[-/. ])?(\d{{1,2}})[-/. ](\d{{4}})", re.IGNORECASE)
_YEAR_MONTH: Final = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})(?:[-/.]{_UNKNOWN})?", re.IGNORECASE)
_NAMED_MONTH_YEAR: Final = re.compile(
    rf"(?:{_UNKNOWN}[-/. ])?([^\W\d]{{3,10}})\.?[-/. ']*(\d{{2}}|\d{{4}})", re.IGNORECASE
)
_YEAR: Final = re.compile(
    rf"(?:{_UNKNOWN}[-/. ]){{0,2}}((?:19|20)\d{{2}})(?:[-/.]{_UNKNOWN}){{0,2}}", re.IGNORECASE
)

_NEARLY_ALL: Final = 0.9
_SEVERAL: Final = 3


@dataclass(frozen=True)
class PartialDate:
    """A date as precise as it is known: month and day are 0 where they are not."""

    year: int
    month: int = 0
    day: int = 0
    two_digits: bool = False

    @property
    def text(self) -> str:
        """ISO text: "2018", "2018-03" or "2018-03-04"."""
        if not self.month:
            return f"{self.year:04d}"
        return f"{self.year:04d}-{self.month:02d}" + (f"-{self.day:02d}" if self.day else "")

    @property
    def days(self) -> int | None:
        """Days since 1970, None when the day is not known."""
        return (date(self.year, self.month, self.day) - EPOCH).days if self.day else None


@dataclass(frozen=True)
class Readings:
    """What a text can be: its date by each order that makes it one. `numeric`: the order matters to it."""

    by_order: tuple[tuple[Order, PartialDate], ...]
    numeric: bool
    is_date: bool = True

    def read(self, order: str) -> PartialDate | None:
        """The date under this order; the only one there is when the text leaves no choice."""
        if not self.numeric:
            return self.by_order[0][1] if self.by_order else None
        return next((found for name, found in self.by_order if name == order), None)

    @property
    def ambiguous(self) -> bool:
        """Whether day-month and month-day give different days."""
        return len({found for _, found in self.by_order}) > 1


NO_DATE: Final = Readings((), numeric=False, is_date=False)


@lru_cache(maxsize=200_000)
def read_date(text: str, this_year: int) -> Readings:
    """The readings of a text. A text shaped like a date that is none of the calendar has no reading."""
    tidy = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2011", "-").split()).strip(
        " ,;"
    )
    if not tidy or not any(c.isdigit() for c in tidy) or len(tidy) > 40:
        return NO_DATE
    match = _COMPACT.fullmatch(tidy)
    if match:
        return _single(_date(int(match[1]), int(match[2]), int(match[3])))
    match = _NUMERIC.fullmatch(tidy)
    if match:
        return _numeric(match[1], match[3], match[4], this_year)
    for pattern, places in ((_NAMED, (3, 2, 1)), (_NAMED_FIRST, (3, 1, 2)), (_NAMED_YEAR_FIRST, (1, 2, 3))):
        match = pattern.fullmatch(tidy)
        month = _month(match[places[1]]) if match else 0
        if match and month:
            year, short = _year(match[places[0]], this_year)
            return _single(_date(year, month, int(match[places[2]]), short=short))
    _status, inside = outcome_and_date(tidy)
    return read_date(inside, this_year) if inside else _partial(tidy, this_year)


def _partial(tidy: str, this_year: int) -> Readings:
    match = _YEAR_MONTH.fullmatch(tidy)
    if match and 1 <= int(match[2]) <= 12 and _plausible(int(match[1])):
        return _single(PartialDate(int(match[1]), int(match[2])))
    match = _MONTH_YEAR.fullmatch(tidy)
    if match and 1 <= int(match[1]) <= 12 and _plausible(int(match[2])):
        return _single(PartialDate(int(match[2]), int(match[1])))
    match = _NAMED_MONTH_YEAR.fullmatch(tidy)
    if match and _month(match[1]):
        year, short = _year(match[2], this_year)
        return _single(PartialDate(year, _month(match[1]), two_digits=short))
    match = _YEAR.fullmatch(tidy)
    if match:
        return _single(PartialDate(int(match[1])))
    return NO_DATE


def _numeric(first: str, second: str, third: str, this_year: int) -> Readings:
    if len(first) in (3, 4):
        if len(third) > 2:
            return NO_DATE
        found = _date(int(first), int(second), int(third)) if len(first) == 4 else None
        return _single(found)
    if len(first) > 2 or len(third) not in (2, 4):
        return NO_DATE
    year, short = _year(third, this_year)
    if first in ("00", "0") and 1 <= int(second) <= 12:
        return _single(PartialDate(year, int(second), two_digits=short))
    readings: list[tuple[Order, PartialDate]] = []
    dmy = _date(year, int(second), int(first), short=short)
    mdy = _date(year, int(first), int(second), short=short)
    if dmy:
        readings.append(("dmy", dmy))
    if mdy:
        readings.append(("mdy", mdy))
    if short and int(first) <= 99:
        early, early_short = _year(first.zfill(2), this_year)
        ymd = _date(early, int(second), int(third), short=early_short)
        if ymd and not dmy and not mdy:
            readings.append(("ymd", ymd))
    return Readings(tuple(readings), numeric=True)


DIGITS: Final = (8, 6)
"""How many digits a date has that is written in digits alone: 12032014, 20140312, 120314."""


@lru_cache(maxsize=50_000)
def read_digits(text: str, width: int, this_year: int) -> Readings:
    """The readings of a date in `width` digits and nothing else; a number may have lost its leading zero."""
    if not (text.isdecimal() and width - 1 <= len(text) <= width):
        return NO_DATE
    if len(text) == 8 and (year_first := read_date(text, this_year)).by_order:  # then its end is no year
        return year_first
    digits = text.zfill(width)
    readings = _numeric(digits[:2], digits[2:4], digits[4:], this_year)
    if width == 6:
        year, short = _year(digits[:2], this_year)
        found = _date(year, int(digits[2:4]), int(digits[4:]), short=short)
        by_order = tuple(one for one in readings.by_order if one[0] != "ymd")
        readings = Readings((*by_order, ("ymd", found)) if found else by_order, numeric=True)
    return readings


def digits_of_dates(numbers: Floats, texts: Iterable[str]) -> int:
    """How many digits the dates have that a column of numbers is: 8, 6, or 0 where it is none of dates.

    `texts` are those of the numbers that are written as text, and so keep a leading zero.
    """
    if numbers.size < _SEVERAL or not (numbers == np.floor(numbers)).all():
        return 0
    first, middle, last = numbers // 1_000_000, numbers // 10_000 % 100, numbers % 10_000
    eight = _may_be_day(first, middle) & (last >= 1880) & (last <= 2100)
    year = numbers // 10_000
    eight |= _may_be_day(numbers % 100, numbers // 100 % 100) & (year >= 1880) & (year <= 2100)
    if eight.mean() >= _NEARLY_ALL:
        return 8
    first, middle, last = numbers // 10_000, numbers // 100 % 100, numbers % 100
    months = (last >= 1) & (last <= 12) & (numbers >= 190_000) & (numbers <= 210_000)
    if months.mean() >= _NEARLY_ALL:  # 200103 is a month
        return 0
    six = _may_be_day(first, middle) | _may_be_day(last, middle)
    long = (numbers >= 100_000) & (numbers < 1_000_000)  # and so no days since 1899
    padded = any(len(text) == 6 and text.startswith("0") and text.isdecimal() for text in texts)
    return 6 if six.mean() >= _NEARLY_ALL and (padded or long.mean() > 1 - _NEARLY_ALL) else 0


def _may_be_day(one: Floats, other: Floats) -> Booleans:
    """Whether two numbers can be a day and a month, the month second or, written so, first."""
    day_first = (one >= 1) & (one <= 31) & (other >= 1) & (other <= 12)
    month_first = (other >= 1) & (other <= 31) & (one >= 1) & (one <= 12)
    return np.asarray(day_first | month_first, dtype=bool)


def day_number(text: str) -> float:
    """Days since 1970 of an ISO date; NaN for any other text, and for a date that is known in part only."""
    try:
        return float((date.fromisoformat(text) - EPOCH).days) if len(text) == 10 else math.nan
    except ValueError:
        return math.nan


def _single(found: PartialDate | None) -> Readings:
    return Readings((("ymd", found),) if found else (), numeric=False)


def _date(year: int, month: int, day: int, *, short: bool = False) -> PartialDate | None:
    try:
        date(year, month, day)
    except ValueError:
        return None
    return PartialDate(year, month, day, short) if _plausible(year) else None


def _plausible(year: int) -> bool:
    return 1880 <= year <= 2200


def _year(text: str, this_year: int) -> tuple[int, bool]:
    """A year of two digits is the latest one that is not after next year."""
    if len(text) > 2:
        return int(text), False
    century = this_year // 100 * 100
    year = century + int(text)
    return (year if year <= this_year + 1 else year - 100), True


def _month(text: str) -> int:
    return _MONTHS.get(plain_name(text), 0)


@dataclass(frozen=True)
class OrderEvidence:
    """What the cells of a column say about the order: how many prove each one, how many could be both."""

    proofs: dict[str, int]
    ambiguous: int
    impossible: int

    @property
    def proved(self) -> str:
        """The order that is proved and not contradicted, "" otherwise."""
        proving = [order for order, count in self.proofs.items() if count]
        return proving[0] if len(proving) == 1 else ""

    @property
    def contradicted(self) -> bool:
        """Whether some cells prove one order and some another."""
        return sum(count > 0 for count in self.proofs.values()) > 1


def weigh_orders(texts: Iterable[tuple[str, int]], *, this_year: int, digits: int = 0) -> OrderEvidence:
    """What texts (each with how often it stands in the column) prove about the order of day and month.

    `digits`: they are dates of so many digits and nothing else.
    """
    proofs: dict[str, int] = {"dmy": 0, "mdy": 0, "ymd": 0}
    ambiguous = impossible = 0
    for text, count in texts:
        readings = read_digits(text, digits, this_year) if digits else read_date(text, this_year)
        if not readings.numeric:
            continue
        if not readings.by_order:
            impossible += count
        elif readings.ambiguous:
            ambiguous += count
        elif len(readings.by_order) == 1:
            proofs[readings.by_order[0][0]] += count
    return OrderEvidence(proofs, ambiguous, impossible)
