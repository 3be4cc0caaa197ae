"""What a spreadsheet holds, cell by cell, before anything is made of it: kinds, numbers and texts by column.

A sheet always begins at A1, so that row and column numbers (from 0) give the true cell names. Columns are
arrays, not lists of objects: a sheet of three million cells is typed, searched and compared without a
Python object for each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

EPOCH: Final = date(1970, 1, 1)


class Kind(IntEnum):
    """What a cell is. `FORMULA` is a formula whose result was never stored in the file."""

    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    DATE = 3
    TIME = 4
    BOOLEAN = 5
    ERROR = 6
    FORMULA = 7


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, both ends included, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Cell:
    """One cell: its kind, its number where it has one (dates as days since 1970), its text as one sees it."""

    kind: Kind
    number: float
    text: str
    format: str = ""

    def __bool__(self) -> bool:
        return self.kind is not Kind.EMPTY


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a sheet, one array element per row.

    `kinds` holds `Kind`s; `numbers` the number of a NUMBER or BOOLEAN, the days since 1970 of a DATE, the
    fraction of a day of a TIME, NaN elsewhere; `codes` the place in `texts` of a TEXT or ERROR, -1 elsewhere;
    `formats` the place in the sheet's `formats` of a number format that changes what one sees, 0 for none.
    """

    kinds: Bytes
    numbers: Floats
    codes: Codes
    texts: tuple[str, ...]
    formats: Bytes | None = None

    def __len__(self) -> int:
        return len(self.kinds)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet: `visible` is "visible", "hidden" or "very hidden". Rows and columns count from 0 at A1.

    `row_looks` are the rows that stand out by a colour (RRGGBB) or as "strike", where the file's kind tells.
    """

    name: str
    columns: tuple[Column, ...]
    visible: str = "visible"
    formats: tuple[str, ...] = ("",)
    merged: tuple[Area, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    row_looks: Mapping[int, str] = field(default_factory=dict)
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """The number of rows, down to the last filled one."""
        return len(self.columns[0]) if self.columns else 0

    @property
    def n_columns(self) -> int:
        """The number of columns, out to the last filled one."""
        return len(self.columns)

    def cell(self, row: int, column: int) -> Cell:
        """The cell at this place; an empty one outside the sheet."""
        if not (0 <= row < self.n_rows and 0 <= column < self.n_columns):
            return Cell(Kind.EMPTY, np.nan, "")
        data = self.columns[column]
        kind = Kind(data.kinds[row])
        code = data.codes[row]
        number = float(data.numbers[row])
        shown = self.formats[data.formats[row]] if data.formats is not None else ""
        text = data.texts[code] if code >= 0 else show_number(kind, number, shown)
        return Cell(kind, number, text, shown)

    def text(self, row: int, column: int) -> str:
        """The cell's text as one sees it; "" when it is empty."""
        return self.cell(row, column).text

    def filled(self) -> Booleans:
        """A matrix of rows by columns: True where a cell is not empty."""
        if not self.columns:
            return np.zeros((0, 0), dtype=bool)
        return np.column_stack([column.kinds != Kind.EMPTY for column in self.columns])

    def texts(self, column: int, rows: NDArray[np.int64]) -> list[str]:
        """The texts of one column at these rows, as `text` gives them one by one."""
        places, texts = self.distinct_texts(column, rows)
        return [texts[place] for place in places.tolist()]

    def distinct_texts(self, column: int, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
        """The different texts of one column at these rows, and for each row the place of its own."""
        data = self.columns[column]
        codes = data.codes[rows].astype(np.int64)
        used, inverse = np.unique(codes[codes >= 0], return_inverse=True)
        texts = [data.texts[code] for code in used.tolist()]
        places = np.zeros(len(codes), dtype=np.int64)
        places[codes >= 0] = inverse.reshape(-1)
        others = np.flatnonzero(codes < 0)
        if others.size:
            at = rows[others]
            shown = data.formats[at] if data.formats is not None else np.zeros(len(at), dtype=np.uint8)
            # A place in the alphabet of (kind, format), then the number: cells that show the same are equal.
            kinds = data.kinds[at].astype(np.int64) * 256 + shown
            numbers = np.where(np.isnan(data.numbers[at]), 0.0, data.numbers[at])
            order = np.lexsort((numbers, kinds))
            changes = (np.diff(kinds[order]) != 0) | (np.diff(numbers[order]) != 0)
            group = np.concatenate(([0], np.cumsum(changes)))
            firsts = order[np.concatenate(([True], changes))]
            for first in firsts.tolist():
                kind, form = divmod(int(kinds[first]), 256)
                number = float(data.numbers[at[first]])
                texts.append(show_number(Kind(kind), number, self.formats[form]))
            places[others[order]] = len(used) + group
        return places, texts


@dataclass(frozen=True, eq=False)
class Workbook:
    """A file that was read: its sheets in order, and what the reader has to say about it.

    `sha256` is of exactly the bytes that were read. `remarks` are what the reader met on the way.
    """

    name: str
    sha256: str
    format: str
    sheets: tuple[Sheet, ...]
    remarks: tuple[Remark, ...] = ()

    def sheet(self, name: str) -> Sheet | None:
        """The sheet with this name."""
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


@dataclass(frozen=True)
class Remark:
    """Something that the reader met in a file, by its code; `importing.remarks` makes a sentence of it."""

    code: str
    sheet: str = ""
    row: int = -1
    column: int = -1
    details: Mapping[str, str | int | float] = field(default_factory=dict)


def column_letters(column: int) -> str:
    """The letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """The name of a cell as spreadsheets write it: row 0, column 0 is A1; "" outside any sheet."""
    return f"{column_letters(column)}{row + 1}" if row >= 0 and column >= 0 else ""


def day_of(number: float) -> date:
    """The calendar day of a DATE cell's number."""
    return EPOCH + timedelta(days=int(np.floor(number)))


def show_number(kind: Kind, number: float, shown: str = "") -> str:
    """The text of a cell that holds no text: a number in the shortest form that means it, a date in ISO form.

    `shown` is the number format when it changes what one sees: percent, leading zeros, text around it.
    """
    if kind is Kind.NUMBER:
        return _formatted(number, shown) if shown else _plain(number)
    if kind is Kind.DATE:
        days = int(np.floor(number))
        seconds = round((number - days) * 86400)
        moment = datetime(1970, 1, 1) + timedelta(days=days, seconds=seconds)
        return moment.isoformat(sep=" ") if seconds else moment.date().isoformat()
    if kind is Kind.TIME:
        minutes, seconds = divmod(round(number * 86400), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    if kind is Kind.BOOLEAN:
        return "TRUE" if number else "FALSE"
    return ""


def _plain(number: float) -> str:
    if number == int(number) if abs(number) < 1e15 else False:
        return str(int(number))
    return f"{number:.15g}"


_TOKEN = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].|([0#?])|(General|[.,%EeG/;])|(.)')
_SECTION_ENDS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")


def _formatted(number: float, shown: str) -> str:
    """The number as the formats that matter show it: `0.0%`, `000`, `"PBC-"000`, `"<"0`, `[<1]"<1"`."""
    section, size = _section(number, shown)
    # Texts before, between and after the digits; a place among the whole digits is "" until it is filled.
    before, after = "", ""
    whole: list[str] = []
    fraction = digits = False
    for text, escaped, place, sign, other in _TOKEN.findall(section):
        if place or sign in ("General", "G"):
            digits = True
            if not fraction:
                whole.append(place or "#")
        elif sign == "%":
            return f"{_plain(round(number * 100, 10))}%"
        elif sign:
            fraction = fraction or sign != ","
        elif literal := text or escaped or (other if other in "<>≤≥-+()/ " else ""):
            if not digits:
                before += literal
            elif fraction:
                after += literal
            else:
                whole.append("\0" + literal)
    while whole and whole[-1].startswith("\0"):
        after = whole.pop()[1:] + after
    if not digits:
        return before
    if size != int(size) or size < 0 or not any(part.startswith("\0") for part in whole):
        zeros = whole.count("0") if size == int(size) and size >= 0 else 0
        return f"{before}{_plain(size).zfill(zeros)}{after}"
    rest, parts = str(int(size)), []
    for part in reversed(whole):
        if part.startswith("\0"):
            parts.append(part[1:])
        elif rest or part == "0":
            parts.append(rest[-1:] or "0")
            rest = rest[:-1]
    return f"{before}{rest}{''.join(reversed(parts))}{after}"


def _section(number: float, shown: str) -> tuple[str, float]:
    """The part of a format that counts for this number, and the number that it shows."""
    sections = _SECTION_ENDS.split(shown)
    conditions = [_CONDITION.search(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or _holds(number, condition[1], float(condition[2])):
                return section, number
        return "General", number
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    return (sections[2] if number == 0 and len(sections) > 2 else sections[0]), number


def _holds(number: float, sign: str, limit: float) -> bool:
    return (
        (number < limit and sign in ("<", "<=", "<>"))
        or (number > limit and sign in (">", ">=", "<>"))
        or (number == limit and sign in ("=", "<=", ">="))
    )
