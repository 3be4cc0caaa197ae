"""Cells to values, a whole column at a time: numbers, dates, choices, texts, and why a cell is none of them.

Each distinct text of a column is read once; what it gives is spread over the rows by numpy. Every filled cell
ends as a value, a missing word with its reason, or a problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mirocals_desktop.importing.dates import PartialDate, Readings, read_date, read_digits
from mirocals_desktop.importing.grid import EPOCH, Booleans, Bytes, Codes, Column, Floats, Kind, show_number
from mirocals_desktop.importing.missing import REASONS, beyond_limit, missing_reason, no_date_reason
from mirocals_desktop.importing.numbers import read_number
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.words import plain_unit

Rows = NDArray[np.int64]
Count = Callable[[Floats], Floats]
"""How numbers become days since 1970."""
_FARTHEST: Final = 100_000

QUALIFIERS: Final = ("", "<", ">")
MISSING_CODES: Final = ("", *REASONS)

FINDINGS: Final = (
    "",
    # problems: no value comes of the cell
    "not-a-number", "ambiguous-number", "date-in-number", "time-in-number", "error-cell",
    "formula-without-result",
    "impossible-date", "not-a-date", "ambiguous-date", "unknown-choice", "unit-in-cell",
    "not-whole", "no-time-origin",
    # the value is taken, and something is said
    "remark", "below-unknown-limit", "below-limit", "above-limit", "serial-date", "two-digit-year",
    "spelling",
    "planned-day", "percent-in-number", "time-dropped", "missing-number", "text-number",
)  # fmt: skip
_FINDING: Final = {name: number for number, name in enumerate(FINDINGS)}
PROBLEMS: Final = frozenset(FINDINGS[1 : FINDINGS.index("remark")])

_SERIAL: Final = (18_264.0, 73_050.0)  # 1950 to 2099 as Excel counts days
_EXCEL_EPOCH: Final = (date(1899, 12, 30) - EPOCH).days


class State:
    """What became of a cell. Plain numbers: they are asked for in the innermost loops."""

    EMPTY: Final = 0
    VALUE: Final = 1
    MISSING: Final = 2
    PROBLEM: Final = 3


@dataclass(frozen=True, eq=False)
class Typed:
    """One column of values, an element per data row.

    `number` in the variable's own unit; `text` the place in `texts` (choice codes, ISO dates, free text), -1
    for none; `qualifier` and `missing` places in QUALIFIERS and MISSING_CODES; `finding` a place in FINDINGS;
    `days` since 1970 of a full date, else NaN.
    """

    state: Bytes
    number: Floats
    text: Codes
    texts: tuple[str, ...]
    qualifier: Bytes
    missing: Bytes
    finding: Bytes
    days: Floats

    def __len__(self) -> int:
        return len(self.state)

    def take(self, places: Rows | Booleans) -> Typed:
        """Some of the elements."""
        arrays = ("state", "number", "text", "qualifier", "missing", "finding", "days")
        return replace(self, **{name: getattr(self, name)[places] for name in arrays})

    def rows_with(self, finding: str) -> Rows:
        """The places of the cells with this finding."""
        return np.flatnonzero(self.finding == _FINDING[finding])


class _Builder:
    """The arrays of a column while they are filled."""

    def __init__(self, size: int) -> None:
        self.state = np.zeros(size, dtype=np.uint8)
        self.number = np.full(size, np.nan)
        self.text = np.full(size, -1, dtype=np.int32)
        self.qualifier = np.zeros(size, dtype=np.uint8)
        self.missing = np.zeros(size, dtype=np.uint8)
        self.finding = np.zeros(size, dtype=np.uint8)
        self.days = np.full(size, np.nan)
        self.texts: dict[str, int] = {}

    def text_code(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def problem(self, at: Booleans | Rows, finding: str) -> None:
        self.state[at] = State.PROBLEM
        self.finding[at] = _FINDING[finding]

    def spread(self, distinct: _Builder, codes: Codes, at: Rows) -> None:
        """Put what distinct texts gave at the rows where they stand."""
        places = codes[at]
        self.state[at] = distinct.state[places]
        self.number[at] = distinct.number[places]
        self.text[at] = distinct.text[places]
        self.qualifier[at] = distinct.qualifier[places]
        self.missing[at] = distinct.missing[places]
        self.finding[at] = distinct.finding[places]
        self.days[at] = distinct.days[places]
        self.texts = distinct.texts

    def typed(self) -> Typed:
        return Typed(
            self.state,
            self.number,
            self.text,
            tuple(self.texts),
            self.qualifier,
            self.missing,
            self.finding,
            self.days,
        )


@dataclass(frozen=True)
class NumberReading:
    """How a column of numbers is read: decimal sign of its texts, factor of its unit, limits for `<LLOQ`.

    `percent` tells that the variable is a percentage, so that a cell shown as 8.5 % is 8.5. `missing` are
    numbers that stand for "no value" in this column. Limits are in the file's unit, None where unknown.
    `units` are the factors of units that may stand in a cell after its number, by `plain_unit`.
    """

    decimal: str = ""
    factor: float = 1.0
    percent: bool = False
    whole: bool = False
    missing: frozenset[float] = frozenset()
    low: float | None = None
    high: float | None = None
    units: tuple[tuple[str, float], ...] = ()


def type_numbers(
    column: Column, rows: Rows, *, reading: NumberReading, formats: Sequence[str] = ("",)
) -> Typed:
    """A column of measured or whole numbers."""
    kinds = column.kinds[rows]
    build = _Builder(len(rows))
    numbers = kinds == Kind.NUMBER
    build.problem(numbers & ~np.isfinite(column.numbers[rows]), "not-a-number")
    numbers &= np.isfinite(column.numbers[rows])
    build.state[numbers] = State.VALUE
    build.number[numbers] = column.numbers[rows][numbers]
    _apply_formats(build, column, rows, formats, reading)
    build.problem(kinds == Kind.DATE, "date-in-number")
    build.problem(kinds == Kind.TIME, "time-in-number")
    booleans = kinds == Kind.BOOLEAN
    build.problem(booleans, "not-a-number")
    _other_problems(build, kinds)
    texts = np.flatnonzero(kinds == Kind.TEXT)
    if texts.size:
        distinct = _Builder(len(column.texts))
        for place in np.unique(column.codes[rows][texts]).tolist():
            _number_of_text(distinct, place, column.texts[place], reading)
        build.spread(distinct, column.codes[rows], texts)
    if reading.missing:
        marked = (
            (build.state == State.VALUE)
            & (build.qualifier == 0)
            & np.isin(build.number, list(reading.missing))
        )
        build.state[marked] = State.MISSING
        build.missing[marked] = MISSING_CODES.index("not_available")
        build.number[marked] = np.nan
        build.finding[marked] = _FINDING["missing-number"]
    _fill_limits(build, reading)
    build.number *= reading.factor
    if reading.whole:
        known = (build.state == State.VALUE) & np.isfinite(build.number)
        build.problem(known & (build.number != np.round(build.number)), "not-whole")
    return build.typed()


def _apply_formats(
    build: _Builder, column: Column, rows: Rows, formats: Sequence[str], reading: NumberReading
) -> None:
    if column.formats is None:
        return
    places = [n for n, code in enumerate(formats) if "%" in code]
    shown = np.isin(column.formats[rows], places) & (build.state == State.VALUE)
    if reading.percent:
        build.number[shown] = np.round(build.number[shown] * 100.0, 10)
    else:
        build.finding[shown] = _FINDING["percent-in-number"]
    for place, form in enumerate(formats):
        if not any(sign in form for sign in "<>≤≥"):
            continue
        marked = np.flatnonzero((column.formats[rows] == place) & (build.state == State.VALUE))
        values, inverse = np.unique(build.number[marked], return_inverse=True)
        for number, value in enumerate(values.tolist()):
            seen = read_number(show_number(Kind.NUMBER, value, form), ".")
            if seen is not None and seen.qualifier:  # what one sees may be the limit for a hidden number
                at = marked[inverse == number]
                build.number[at] = seen.value
                build.qualifier[at] = QUALIFIERS.index(seen.qualifier)
                build.finding[at] = _FINDING["below-limit" if seen.qualifier == "<" else "above-limit"]


def _number_of_text(build: _Builder, place: int, text: str, reading: NumberReading) -> None:
    reason = missing_reason(text)
    if reason:
        build.state[place] = State.MISSING
        build.missing[place] = MISSING_CODES.index(reason)
        return
    beyond = beyond_limit(text)
    if beyond:
        build.state[place] = State.VALUE
        build.qualifier[place] = QUALIFIERS.index(beyond)
        build.finding[place] = _FINDING["below-unknown-limit"]
        return
    number = read_number(text, reading.decimal)
    if number is None:
        build.problem(np.array([place]), _why_no_number(text, reading.decimal))
        return
    build.state[place] = State.VALUE
    build.number[place] = number.value
    units = dict(reading.units)
    unit = number.unit or (number.remark if plain_unit(number.remark) in units else "")
    if unit:
        factor = units.get(plain_unit(unit))
        if factor is None and unit == "L" and units:  # "0.10 L": low, where nothing is measured in litres
            build.finding[place] = _FINDING["remark"]
            return
        if factor is None:
            build.problem(np.array([place]), "unit-in-cell")
            return
        build.number[place] = number.value * factor / reading.factor
    if number.qualifier:
        build.qualifier[place] = QUALIFIERS.index(number.qualifier)
        build.finding[place] = _FINDING["below-limit" if number.qualifier == "<" else "above-limit"]
    elif number.remark and not unit:
        build.finding[place] = _FINDING["remark"]
    elif number.percent and not reading.percent:
        build.finding[place] = _FINDING["percent-in-number"]


def _why_no_number(text: str, decimal: str) -> str:
    if not decimal and (read_number(text, ",") or read_number(text, ".")):
        return "ambiguous-number"
    return "date-in-number" if read_date(text, 2026).is_date else "not-a-number"


def _fill_limits(build: _Builder, reading: NumberReading) -> None:
    """Give `<LLOQ` its limit where one is known; elsewhere it stays beyond a limit that nobody tells."""
    for code, known in ((1, reading.low), (2, reading.high)):
        if known is not None:
            bare = (build.state == State.VALUE) & (build.qualifier == code) & ~np.isfinite(build.number)
            build.number[bare] = known
            build.finding[bare] = _FINDING["below-limit" if code == 1 else "above-limit"]


def type_dates(
    column: Column,
    rows: Rows,
    *,
    order: str,
    this_year: int,
    formats: Sequence[str] = ("",),
    swapped: bool = False,
    count: Count | None = None,
    digits: int = 0,
) -> Typed:
    """A column of dates. `order` reads numeric texts ("" leaves ambiguous ones as problems).

    `count` gives the days since 1970 of numbers that another program than a spreadsheet counts, `digits` says
    how many digits dates have that are written in nothing else.

    `swapped` takes real date cells as day and month exchanged, where a spreadsheet has read text dates in the
    wrong order.
    """
    kinds = column.kinds[rows]
    build = _Builder(len(rows))
    distinct = _Builder(len(column.texts))
    build.texts = distinct.texts
    texts = np.flatnonzero(kinds == Kind.TEXT)
    for place in np.unique(column.codes[rows][texts]).tolist():
        text = column.texts[place]
        if not (digits and _put_digits(distinct, place, text.strip(), digits, order, this_year)):
            _date_of_text(distinct, place, text, order, this_year, count)
    if texts.size:
        build.spread(distinct, column.codes[rows], texts)
    real = np.flatnonzero(kinds == Kind.DATE)
    if real.size:
        _real_dates(build, column, rows, real, formats, swapped=swapped)
    numbers = np.flatnonzero(kinds == Kind.NUMBER)
    if numbers.size:
        values, which = np.unique(column.numbers[rows][numbers], return_inverse=True)
        by_value = np.split(numbers[np.argsort(which, kind="stable")], np.cumsum(np.bincount(which))[:-1])
        for value, at in zip(values.tolist(), by_value, strict=True):
            if count is not None:
                _put_counted(build, at, value, count)
            elif not (digits and _put_digits(build, at, f"{value:.0f}", digits, order, this_year)):
                _date_of_number(build, at, value, this_year)
    build.problem((kinds == Kind.TIME) | (kinds == Kind.BOOLEAN), "not-a-date")
    _other_problems(build, kinds)
    return build.typed()


def _date_of_text(
    build: _Builder, place: int, text: str, order: str, this_year: int, count: Count | None
) -> None:
    reason = no_date_reason(text)
    if reason:
        build.state[place] = State.MISSING
        build.missing[place] = MISSING_CODES.index(reason)
        return
    if count is not None and (number := read_number(text, ".")) is not None:
        _put_counted(build, np.array([place]), number.value, count)
        return
    readings = read_date(text, this_year)
    serial = _serial(text) if not readings.is_date else None
    if serial is not None:
        build.state[place] = State.VALUE
        _put_date(build, place, serial)
        build.finding[place] = _FINDING["serial-date"]
    elif not readings.is_date:
        build.problem(np.array([place]), "not-a-date")
    elif not readings.by_order:
        build.problem(np.array([place]), "impossible-date")
    else:
        _put_reading(build, place, readings, order)


def _put_counted(build: _Builder, at: Rows, value: float, count: Count) -> None:
    """A day that a number counts to, where the calendar has it."""
    day = float(count(np.array([value]))[0])
    if not abs(day) < _FARTHEST:
        build.problem(at, "not-a-date")
        return
    found = date.fromordinal(EPOCH.toordinal() + int(day))
    build.state[at] = State.VALUE
    _put_date(build, at, PartialDate(found.year, found.month, found.day))
    build.finding[at] = _FINDING["serial-date"]


def _put_digits(build: _Builder, at: int | Rows, text: str, digits: int, order: str, this_year: int) -> bool:
    """Put what a date of so many digits says; False where the text has other signs."""
    readings = read_digits(text, digits, this_year)
    if readings.is_date and readings.by_order:
        _put_reading(build, at, readings, order)
    elif readings.is_date:
        build.problem(np.atleast_1d(at), "impossible-date")
    return readings.is_date


def _serial(text: str) -> PartialDate | None:
    """The day of a text such as "43163": a CSV has the number that a spreadsheet counts days with."""
    match = re.fullmatch(r"\s*(\d{5})(?:[.,]\d+)?\s*", text)
    if not match or not _SERIAL[0] <= int(match[1]) <= _SERIAL[1]:
        return None
    found = date.fromordinal(EPOCH.toordinal() + _EXCEL_EPOCH + int(match[1]))
    return PartialDate(found.year, found.month, found.day)


def _put_reading(build: _Builder, place: int | Rows, readings: Readings, order: str) -> None:
    found = readings.read(order)
    if found is None and not readings.ambiguous:
        found = readings.by_order[0][1]
    if found is None:
        build.problem(np.atleast_1d(place), "ambiguous-date")
        return
    build.state[place] = State.VALUE
    _put_date(build, place, found)
    if found.two_digits:
        build.finding[place] = _FINDING["two-digit-year"]


def _put_date(build: _Builder, at: int | Rows, found: PartialDate) -> None:
    build.text[at] = build.text_code(found.text)
    days = found.days
    build.days[at] = np.nan if days is None else days


def _real_dates(
    build: _Builder, column: Column, rows: Rows, at: Rows, formats: Sequence[str], *, swapped: bool
) -> None:
    days = np.floor(column.numbers[rows][at])
    shown = column.formats[rows][at] if column.formats is not None else np.zeros(len(at), dtype=np.uint8)
    # day and format as one number: numpy sorts numbers, unlike pairs, without holding up other threads
    distinct, inverse = np.unique(days * 256 + shown, return_inverse=True)
    codes = np.empty(len(distinct), dtype=np.int32)
    known = np.empty(len(distinct))
    for number, pair in enumerate(distinct.tolist()):
        day, form = divmod(int(pair), 256)
        found = date.fromordinal(EPOCH.toordinal() + day)
        partial = PartialDate(found.year, found.month, found.day)
        if swapped and found.day <= 12:
            partial = PartialDate(found.year, found.day, found.month)
        code = formats[form].lower() if form else ""
        if "y" in code and "d" not in code:
            partial = PartialDate(found.year, found.month if "m" in code else 0)
        codes[number] = build.text_code(partial.text)
        known[number] = np.nan if partial.days is None else partial.days
    build.state[at] = State.VALUE
    build.text[at] = codes[inverse]
    build.days[at] = known[inverse]


def _date_of_number(build: _Builder, at: Rows, value: float, this_year: int) -> None:
    """A number in a column of dates: a year, 20180304, or the days that a spreadsheet counts from 1899."""
    if value == int(value) and 1900 <= value <= 2100:
        build.state[at] = State.VALUE
        _put_date(build, at, PartialDate(int(value)))
        return
    text = str(int(value)) if value == int(value) else ""
    readings = read_date(text, this_year)
    if len(text) == 8 and readings.by_order:
        build.state[at] = State.VALUE
        _put_date(build, at, readings.by_order[0][1])
        return
    if _SERIAL[0] <= value <= _SERIAL[1]:
        found = date.fromordinal(EPOCH.toordinal() + _EXCEL_EPOCH + int(value))
        build.state[at] = State.VALUE
        _put_date(build, at, PartialDate(found.year, found.month, found.day))
        build.finding[at] = _FINDING["serial-date"]
        return
    build.problem(at, "not-a-date")


def type_choices(
    column: Column, rows: Rows, *, coding: Mapping[str, str], formats: Sequence[str] = ("",)
) -> Typed:
    """A column of choices. `coding` maps spellings (see `choice_key`) to codes; "" is a missing value."""
    return _type_by_text(column, rows, lambda text: _coded(coding, text), formats)


def choice_key(text: str) -> str:
    """How a spelling is looked up in a coding: its plain words, or its signs where it has none."""
    return plain_name(text) or text.strip()


def _coded(coding: Mapping[str, str], text: str) -> str | None:
    key = choice_key(text)
    return coding.get(key)


def type_texts(column: Column, rows: Rows, *, formats: Sequence[str] = ("",)) -> Typed:
    """A column of free text: what the cell shows, without blanks at its ends."""
    return _type_by_text(column, rows, lambda text: " ".join(text.split()), formats, free=True)


def _are_initials(texts: Sequence[str]) -> bool:
    """Whether most texts are two or three capitals: there NA and ND are somebody's initials."""
    return sum(bool(re.fullmatch(r"\s*[A-Z]{2,3}\s*", text)) for text in texts) > 0.5 * len(texts)


def _type_by_text(
    column: Column,
    rows: Rows,
    code_of: Callable[[str], str | None],
    formats: Sequence[str],
    *,
    free: bool = False,
) -> Typed:
    kinds = column.kinds[rows]
    build = _Builder(len(rows))
    distinct = _Builder(len(column.texts))
    texts = np.flatnonzero(kinds == Kind.TEXT)
    initials = free and _are_initials(column.texts)
    build.texts = distinct.texts
    for place in np.unique(column.codes[rows][texts]).tolist():
        _put_text(distinct, np.array([place]), column.texts[place], code_of, free=free, initials=initials)
    if texts.size:
        build.spread(distinct, column.codes[rows], texts)
    for kind in (Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.BOOLEAN):
        at = np.flatnonzero(kinds == kind)
        if not at.size:
            continue
        shown = column.formats[rows][at] if column.formats is not None else np.zeros(len(at), dtype=np.uint8)
        pairs, inverse = np.unique(
            np.stack([column.numbers[rows][at], shown.astype(np.float64)]), axis=1, return_inverse=True
        )
        inverse = inverse.reshape(-1)
        for number, (value, form) in enumerate(pairs.T.tolist()):
            text = show_number(kind, value, formats[int(form)])
            _put_text(build, at[inverse == number], text, code_of, free=free)
    _other_problems(build, kinds)
    return build.typed()


def _put_text(
    build: _Builder,
    at: Rows,
    text: str,
    code_of: Callable[[str], str | None],
    *,
    free: bool,
    initials: bool = False,
) -> None:
    reason = "" if initials else missing_reason(text)
    if free and reason not in ("", "not_available"):
        reason = ""
    code = None if free and reason else code_of(text)
    if code:
        build.state[at] = State.VALUE
        build.text[at] = build.text_code(code)
    elif reason or code == "":
        build.state[at] = State.MISSING
        build.missing[at] = MISSING_CODES.index(reason or "not_available")
    else:
        build.problem(at, "unknown-choice")


def _other_problems(build: _Builder, kinds: Bytes) -> None:
    build.problem(kinds == Kind.ERROR, "error-cell")
    build.problem(kinds == Kind.FORMULA, "formula-without-result")
