"""A table's columns as they are met, before anything is decided: headers, names, profiles, options."""

from __future__ import annotations

import re
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.dated_headers import days_of_headers
from mirocals_desktop.importing.dictionary import Field
from mirocals_desktop.importing.earlier_values import EarlierValues
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.header_rows import looks_like_unit
from mirocals_desktop.importing.header_words import (
    date_meant,
    is_day_zero,
    means_status,
    names_patients,
    without_item,
)
from mirocals_desktop.importing.headers import Header, read_header, split_unit
from mirocals_desktop.importing.model import Option
from mirocals_desktop.importing.new_variables import NewVariables
from mirocals_desktop.importing.openclinica import headers_of_events
from mirocals_desktop.importing.patients import Patients
from mirocals_desktop.importing.plan import Asker
from mirocals_desktop.importing.profile import Profile, make_profile
from mirocals_desktop.importing.tables import Table, TableColumn
from mirocals_desktop.importing.vocabulary import Vocabulary, header_names
from mirocals_desktop.importing.words import VALUE_HEADERS, plain_name
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol.model import Protocol

SURE: Final = 0.75
"""Confidence from which a suggestion goes ahead without being asked."""


MOST_ARE_DATES: Final = 0.8
_FOLLOW_UP: Final = frozenset(("follow up", "followup", "fu", "suivi"))


_PROFILES: weakref.WeakKeyDictionary[Table, dict[int, Profile]] = weakref.WeakKeyDictionary()
"""Profiles by table and column: reviews of the same tables follow one another."""


@dataclass(eq=False)
class Context:
    """What suggestions are made with, the same for every table of an import.

    `taught` maps columns (see `column_keys`) to what somebody has said they are in earlier imports, `fields`
    plain headers to what a data dictionary says of them, `middles` (table, column) to the middle
    of the column's numbers in earlier files. `patients` are those of the study, `earlier` their values.
    `report` is told now and then, so that it can stop the work.
    """

    protocol: Protocol
    vocabulary: Vocabulary
    asker: Asker
    new: NewVariables
    this_year: int
    blinded: bool = False
    taught: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    middles: Mapping[tuple[str, str], float] = field(default_factory=dict)
    patients: Patients = field(default_factory=Patients)
    earlier: EarlierValues = field(default_factory=EarlierValues)
    report: Report = ignore
    base_options: tuple[Option, ...] = ()

    def go_on(self, fraction: float = 0.0) -> None:
        """Let the user stop what is done for each of many columns; raises `Cancelled`."""
        self.report(fraction, _("Looking at columns"))

    def profile(self, table: Table, column: TableColumn) -> Profile:
        """The profile of a column, made once for a table."""
        profiles = _PROFILES.setdefault(table, {})
        if column.column not in profiles:
            data = table.sheet.columns[column.column]
            profiles[column.column] = make_profile(
                data, table.rows, this_year=self.this_year, formats=table.sheet.formats
            )
        return profiles[column.column]

    def options(self, first: Sequence[str] = ()) -> tuple[Option, ...]:
        """Everything that a column can be, the likely ones first."""
        if not self.base_options:
            self.base_options = column_options(self.protocol)
        likely = tuple(o for code in first for o in self.base_options if o.code == code)
        return (*likely, *(o for o in self.base_options if o.code not in first))


@dataclass(frozen=True, eq=False)
class Seen:
    """A column as it was met: before anything is decided.

    `joined` tells the years of dates whose months and days stand in other columns.
    """

    key: str
    place: TableColumn
    header: Header
    names: tuple[str, ...]
    profile: Profile
    joined: bool = False


def see_columns(table: Table, context: Context, *, visits_in_headers: bool = True) -> list[Seen]:
    """The columns of a table with their headers taken apart."""

    def known(name: str) -> bool:
        bare = without_item(name)
        return context.vocabulary.names(name) or context.vocabulary.names(bare) or means_status(bare)

    seen = []
    of_events = headers_of_events(table)
    days = days_of_headers(table, context.this_year) if visits_in_headers else {}
    for place, key in zip(table.columns, column_keys(table), strict=True):
        context.go_on()
        profile = context.profile(table, place)
        # "Rando" over dates is the date of randomisation, over anything else a visit; "Rand. no." is an id.
        over_dates = profile.dates > MOST_ARE_DATES and bool(date_meant(place.name))
        of_visit = not over_dates and not names_patients(place.name)
        header = read_header(place, known, visits=visits_in_headers and of_visit)
        names = header_names(place, header)
        if place.column in of_events:
            item, event = of_events[place.column]
            alone = replace(place, labels=(item,))
            header = replace(read_header(alone, visits=False), text=place.name, visit=event)
            names = header_names(alone, header)
        if place.column in days and profile.numeric > 0.5:
            label, day = days[place.column]
            alone = replace(place, labels=tuple(one for one in place.labels if one != label))
            header = replace(read_header(alone, visits=False), text=place.name, visit=day)
            names = header_names(alone, header) if alone.labels else ()
        if not header.unit and (not header.name or plain_name(header.name) in VALUE_HEADERS):
            header = replace(header, unit=_unit_of_titles(table))
        told = context.fields.get(plain_name(header.text))
        if told is not None:
            name, unit, notes = split_unit(told.label)
            header = replace(
                header, name=name, unit=unit or header.unit, visit="", part="", notes=tuple(notes)
            )
            names = tuple(dict.fromkeys((name, *names)))
        seen.append(Seen(key, place, header, names, context.profile(table, place)))
    dated = [n for n in _named_by_visits(seen) if seen[n].profile.dates > MOST_ARE_DATES]
    if len(dated) > 1:
        dated = [n for n in dated if is_day_zero(seen[n].header.text)]
    if len(dated) == 1:
        # "J0" over dates is the first day, whatever measures or dates stand at M3 and M6 beside it.
        header = read_header(seen[dated[0]].place, known, visits=False)
        seen[dated[0]] = replace(
            seen[dated[0]], header=header, names=header_names(seen[dated[0]].place, header)
        )
    lone = _named_by_visits(seen)
    if len(lone) == 1 and (
        context.vocabulary.names(seen[lone[0]].header.text) or _is_follow_up(seen[lone[0]], seen)
    ):
        # "Rando" alone is the date of randomisation; beside M3 and M6 it is a visit as they are.
        header = read_header(seen[lone[0]].place, context.vocabulary.names, visits=False)
        seen[lone[0]] = replace(
            seen[lone[0]], header=header, names=header_names(seen[lone[0]].place, header) or (header.text,)
        )
    return seen


def _named_by_visits(seen: Sequence[Seen]) -> list[int]:
    """The places of the columns whose headers name a visit and nothing else."""
    return [n for n, column in enumerate(seen) if column.header.visit and not column.header.name]


def sheet_title(name: str) -> str:
    """The name of a sheet as a title: it cannot hold a slash, and "CD4 (_mm3)" stands for CD4 (/mm3)."""
    return re.sub(r"(?<=[(\s])[_-](?=(?:mm3|mm³|[uµμ]?l|ml)\b)", "/", name, flags=re.IGNORECASE)


def _unit_of_titles(table: Table) -> str:
    """The one unit that the sheet's name and titles tell: of columns that only name visits, or results."""
    units = {
        split_unit(text)[1] or (text if looks_like_unit(text) else "")
        for text in (sheet_title(table.sheet.name), *table.titles)
    } - {""}
    return units.pop() if len(units) == 1 else ""


def _is_follow_up(column: Seen, seen: Sequence[Seen]) -> bool:
    """Whether "Follow-up" heads times to the end of it, beside a vital status, and names no visit."""
    beside = any(means_status(one.header.text) for one in seen)
    named = plain_name(split_unit(column.header.text)[0]) in _FOLLOW_UP
    return beside and named and column.profile.numeric > MOST_ARE_DATES


def column_keys(table: Table) -> list[str]:
    """A key for each column of a table, the same in every file of the same shape."""
    taken: Counter[str] = Counter()
    keys = []
    for place in table.columns:
        base = plain_name(place.name) or f"column {cell_name(0, place.column)[:-1].lower()}"
        taken[base] += 1
        keys.append(base if taken[base] == 1 else f"{base} #{taken[base]}")
    return keys


# --- visits that are only numbers -------------------------------------------------------------------------


def numbers_of(table: Table, place: TableColumn, key: Callable[[str], str], count: int) -> NDArray[np.int64]:
    """For each of the first data rows a number for what its cell says under `key`, 0 for nothing."""
    places, texts = table.sheet.distinct_texts(place.column, table.rows[:count])
    numbers: dict[str, int] = {"": 0}
    table_of_texts = np.array([numbers.setdefault(key(text), len(numbers)) for text in texts] or [0])
    return np.asarray(table_of_texts[places], dtype=np.int64)


def column_options(protocol: Protocol) -> tuple[Option, ...]:
    """Everything that a column can be."""
    return (
        *(Option(f"var:{v.code}", str(v.label), v.unit) for v in protocol.variables),
        Option("visit", _("The name of the visit")),
        Option("day", _("The study day")),
        Option("duration", _("The time from the time origin to the end of follow-up")),
        Option("unit", _("The unit of another column")),
        Option("specimen", _("In what was measured: serum, CSF …")),
        Option("qualifier", _("The sign < or > of another column")),
        Option("low", _("The lower limit of quantification of another column")),
        Option("high", _("The upper limit of quantification of another column")),
        Option("parameter", _("The name of what is measured")),
        Option("value", _("The value of what another column names")),
        Option("new:number", _("A new variable: a number")),
        Option("new:date", _("A new variable: a date")),
        Option("new:choice", _("A new variable: one of a few choices")),
        Option("new:text", _("A new variable: free text")),
        Option("part", _("A part of what several columns say: a date, the arm")),
        Option("left_out", _("Leave it out")),
    )


def header_cell(table: Table, place: TableColumn) -> str:
    """The name of the cell that holds a column's header."""
    return cell_name(table.header_rows[-1] if table.header_rows else 0, place.column)
