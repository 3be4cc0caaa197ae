"""Day, month and year in columns of their own made one date, when somebody confirms it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, quoted
from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.seen import Seen, header_cell
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import FINDINGS, Rows, State, Typed
from mirocals_desktop.importing.words import plain_name

_PARTS: Final = {
    "day": "day", "jour": "day", "dd": "day", "jj": "day", "d": "day",
    "month": "month", "mois": "month", "mm": "month", "m": "month",
    "year": "year", "annee": "year", "an": "year", "yyyy": "year", "aaaa": "year", "yy": "year", "y": "year",
}  # fmt: skip
_SMALL: Final = frozenset({"of", "de", "du", "des", "d", "la", "le", "l", "the", "date"})


@dataclass(frozen=True)
class DateParts:
    """Columns that make one date: their keys, "" for a day that no column has.

    `name` is what the date is of, "" for the row itself.
    """

    day: str
    month: str
    year: str
    name: str


def join_dates(key: str, file: str, table: Table, seen: Sequence[Seen], asker: Asker) -> list[DateParts]:
    """The dates that columns of a table make together, as somebody confirms."""
    return [parts for parts in find_parts(seen) if _ask(key, file, table, seen, parts, asker)]


def find_parts(seen: Sequence[Seen]) -> list[DateParts]:
    """Columns whose headers differ only by day, month and year, and whose cells are such numbers."""
    groups: dict[str, dict[str, str]] = {}
    for column in seen:
        words = plain_name(column.header.text).split()
        parts = [
            word for word in words if word in _PARTS and (len(word) > 1 or word in (words[0], words[-1]))
        ]
        if len(parts) != 1 or not _fits(column, _PARTS[parts[0]]):
            continue
        rest = " ".join(word for word in words if word != parts[0] and word not in _SMALL)
        groups.setdefault(rest, {}).setdefault(_PARTS[parts[0]], column.key)
    return [
        DateParts(group.get("day", ""), group["month"], group["year"], rest)
        for rest, group in groups.items()
        if {"month", "year"} <= set(group) and (rest or "day" in group)
    ]


def _fits(column: Seen, part: str) -> bool:
    numbers = column.profile.numbers
    if part == "month" and not numbers.size:
        return column.profile.said > 0
    if not numbers.size or not column.profile.whole:
        return False
    low, high = {"day": (0, 31), "month": (0, 12), "year": (0, 2200)}[part]
    return bool(((numbers >= low) & (numbers <= high)).mean() >= 0.8)


def _ask(key: str, file: str, table: Table, seen: Sequence[Seen], parts: DateParts, asker: Asker) -> bool:
    by_key = {column.key: column for column in seen}
    columns = [by_key[name] for name in (parts.day, parts.month, parts.year) if name]
    answer = asker.ask(
        Question(
            id=question_id("date-parts", key, parts.year),
            kind="column",
            text=_("Do the columns {headers} make one date?").format(
                headers=", ".join(quoted(column.header.text) for column in columns)
            ),
            options=(Option("join", _("Yes")), Option("no", _("No: each is a column of its own"))),
            suggested="join",
            confidence=0.7,
            file=file,
            sheet=table.sheet.name,
            cells=tuple(header_cell(table, column.place) for column in columns),
        )
    )
    return answer == "join"


def named_for_date(seen: Sequence[Seen], joined: Sequence[DateParts]) -> list[Seen]:
    """The columns, those of years named after the whole date that they are the last part of."""
    names = {parts.year: parts.name for parts in joined}
    renamed = []
    for column in seen:
        if column.key in names:
            name = names[column.key]
            header = replace(column.header, name=name, visit="", unit="", part="")
            names_of_date = (f"date of {name}", f"date {name}", name) if name else ("visit date", "date")
            column = replace(column, header=header, names=names_of_date, joined=True)
        renamed.append(column)
    return renamed


def read_parts(table: TablePlan, column: ColumnPlan, at: Rows, *, this_year: int) -> Typed:
    """The dates of some data rows from a column of years and the columns of its months and days."""
    rows = table.table.rows[at]
    day, month = (table.column(key) if key else None for key in column.parts)
    texts = [
        _cells(table, part, rows) if part and part.use in ("part", "variable") else [""] * len(rows)
        for part in (day, month, column)
    ]
    codes: dict[str, int] = {}
    state = np.zeros(len(rows), dtype=np.uint8)
    finding = np.zeros(len(rows), dtype=np.uint8)
    text = np.full(len(rows), -1, dtype=np.int32)
    days = np.full(len(rows), np.nan)
    for place, (a_day, a_month, a_year) in enumerate(zip(*texts, strict=True)):
        if not (a_day or a_month or a_year):
            continue
        short = len(a_year) == 2 and a_year.isdigit()
        if short:  # the latest year that is not after next year, as in any other date
            century = this_year // 100 * 100 + int(a_year)
            a_year = str(century if century <= this_year + 1 else century - 100)
        found = read_date(_written(a_day, a_month, a_year), this_year)
        partial = found.by_order[0][1] if found.by_order else None
        if partial is None or not a_year:
            state[place] = State.PROBLEM
            finding[place] = FINDINGS.index("impossible-date")
            continue
        state[place] = State.VALUE
        finding[place] = FINDINGS.index("two-digit-year") if short else 0
        text[place] = codes.setdefault(partial.text, len(codes))
        days[place] = np.nan if partial.days is None else partial.days
    return Typed(
        state=state,
        number=np.full(len(rows), np.nan),
        text=text,
        texts=tuple(codes),
        qualifier=np.zeros(len(rows), dtype=np.uint8),
        missing=np.zeros(len(rows), dtype=np.uint8),
        finding=finding,
        days=days,
    )


def _cells(table: TablePlan, column: ColumnPlan, rows: Rows) -> list[str]:
    return [re.sub(r"\.0+$", "", text.strip()) for text in table.table.sheet.texts(column.place.column, rows)]


def _written(day: str, month: str, year: str) -> str:
    """The parts as one text that can only be read one way; what is not known is left out."""
    known = {part: text for part, text in (("day", day), ("month", month)) if text.strip("0?-xX")}
    if "month" not in known:
        return year
    numeric = known["month"].isdigit()
    if "day" not in known:
        return f"{year}-{int(month):02d}" if numeric else f"{month} {year}"
    if numeric and day.isdigit():
        return f"{year}-{int(month):02d}-{int(day):02d}"
    return f"{day} {month} {year}"


def parts_by_year(joined: Sequence[DateParts]) -> Mapping[str, tuple[str, str]]:
    """Column of years -> columns of its days and months."""
    return {parts.year: (parts.day, parts.month) for parts in joined}
