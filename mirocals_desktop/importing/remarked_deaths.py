"""Deaths that only remarks tell ("Décédé le 12/03/2014 (DRA)"): asked, where no column says who died."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.coloured_rows import is_told, series_of_status
from mirocals_desktop.importing.dated_outcomes import column_of_events
from mirocals_desktop.importing.dates import read_date, weigh_orders
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.missing import missing_reason
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.status_days import typed_days
from mirocals_desktop.importing.statuses import DATE_INSIDE, status_meant
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_QUOTED: Final = 60
_CAUSE: Final = re.compile(
    r"\b(?:causes?|motifs?|circonstances?|circumstances?|lieu|place|todesursache|causa)\b"
)
"""Words of headers below which something stands only for those who died: "Cause de décès"."""


def with_remarked_deaths(
    tables: Sequence[TablePlan],
    protocol: Protocol,
    asker: Asker,
    *,
    status_known: bool,
    this_year: int,
    blinded: bool,
) -> list[TablePlan]:
    """The plans with the column of remarks that tells the deaths, where somebody says so.

    Asked as for coloured rows, where neither the files nor the study (`status_known`) say who died. In a
    blinded study nothing of a remark is quoted.
    """
    if status_known or is_told(tables) or protocol.variable(codes.VITAL_STATUS) is None:
        return list(tables)
    return [
        table
        if column_of_events(table, protocol) is not None  # asked about with the dates of the events
        else _with_remarks(table, asker, this_year, blinded=blinded)
        for table in tables
    ]


def series_of_remarks(table: TablePlan, whose: Whose, protocol: Protocol, this_year: int) -> Iterator[Series]:
    """The vital status of each patient by the remarks, and the days of death that they tell."""
    column = table.column(table.dead_remarks)
    status, death = protocol.variable(codes.VITAL_STATUS), protocol.variable(codes.DEATH_DATE)
    if column is None or status is None:
        return
    texts = table.table.texts(column.place)
    dead = np.array(_deaths(column, texts), dtype=bool)
    yield from series_of_status(table, whose, status, dead)
    days = np.where(dead, _days(texts, this_year), np.nan)
    if death is not None and np.isfinite(days).any():
        told = replace(column, use="variable", variable=death, reason="")
        yield Series(table, told, death, np.arange(len(days)), typed_days(days))


def _with_remarks(table: TablePlan, asker: Asker, this_year: int, *, blinded: bool) -> TablePlan:
    if not table.used or table.log or table.layout != "patients":
        return table
    for column in table.columns:
        if column.use == "patient" or column.profile.numeric > 0.5 or column.profile.dates > 0.5:
            continue
        texts = table.table.texts(column.place)
        dead = [text for text, died in zip(texts, _deaths(column, texts), strict=True) if died]
        if dead and _confirm(table, column, dead, asker, this_year, blinded=blinded):
            return replace(table, dead_remarks=column.key)
    return table


def _confirm(
    table: TablePlan, column: ColumnPlan, dead: Sequence[str], asker: Asker, this_year: int, *, blinded: bool
) -> bool:
    text = ngettext(
        "No column says who died, and {count} of {total} rows speaks of a death in “{header}”. Did this"
        " patient die?",
        "No column says who died, and {count} of {total} rows speak of a death in “{header}”. Did these"
        " patients die?",
        len(dead),
    )
    days = _days(dead, this_year)
    of_cause = bool(_CAUSE.search(plain_name(column.header.text)))
    clear = [
        of_cause or np.isfinite(day) or _begins_so(told)
        for day, told in zip(days.tolist(), dead, strict=True)
    ]
    answer = asker.ask(
        Question(
            id=question_id("remarked-deaths", table.key, column.key),
            kind="coding",
            text=text.format(
                count=amount(len(dead)), total=amount(len(table.table.rows)), header=column.title
            ),
            options=(
                Option("died", _("Yes: they died, the others were alive")),
                Option("no", _("No: it means something else")),
            ),
            suggested="died" if 2 * sum(clear) > len(dead) else "no",
            confidence=0.6,
            evidence=() if blinded else _examples(dead, days),
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(column),),
        )
    )
    return answer == "died"


def _deaths(column: ColumnPlan, texts: Sequence[str]) -> list[bool]:
    """Which cells speak of a death: by their words, or by standing below "Cause of death" at all."""
    if _CAUSE.search(plain_name(column.header.text)) and status_meant(column.header.text) == codes.DEAD:
        return [bool(text.strip()) and not missing_reason(text) for text in texts]
    return [status_meant(text) == codes.DEAD for text in texts]


def _begins_so(text: str) -> bool:
    return status_meant(next(iter(text.split()), "")) == codes.DEAD


def _examples(dead: Sequence[str], days: Floats) -> tuple[str, ...]:
    """The first remark, and one with a day as it is read."""
    found = [_("for example “{text}”").format(text=dead[0].strip()[:_QUOTED])]
    dated = np.flatnonzero(np.isfinite(days)).tolist()
    if dated:
        said = _("{count} name the day: “{example}” is {day}")
        day = str(np.datetime64(int(days[dated[0]]), "D"))
        example = dead[dated[0]].strip()[:_QUOTED]
        found = [said.format(count=amount(len(dated)), example=example, day=day)]
    return tuple(found)


def _days(texts: Sequence[str], this_year: int) -> Floats:
    """The one day that each text names, NaN where it names none or several, or no day of the calendar."""
    found = [[match[0] for match in DATE_INSIDE.finditer(text)] for text in texts]
    orders = weigh_orders(((dates[0], 1) for dates in found if len(dates) == 1), this_year=this_year)
    read = [
        read_date(dates[0], this_year).read(orders.proved or "dmy") if len(dates) == 1 else None
        for dates in found
    ]
    return np.array([np.nan if day is None or day.days is None else float(day.days) for day in read])
