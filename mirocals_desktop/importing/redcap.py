"""Repeating instruments of REDCap: their rows stand among the visits' rows and make tables of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mirocals_desktop.importing.grid import Kind
from mirocals_desktop.importing.tables import Rows, Table
from mirocals_desktop.importing.words import plain_name

_INSTRUMENT: Final = "redcap repeat instrument"


def part_instruments(table: Table) -> list[Table]:
    """The table's rows of visits, and a table for each repeating instrument with the columns that it fills.

    A part is titled as its instrument. Any other table is given back as it is.
    """
    named = [place for place in table.columns if plain_name(place.name.replace("_", " ")) == _INSTRUMENT]
    texts = [text.strip() for text in table.texts(named[0])] if named else []
    return list(_parts(table, texts)) if any(texts) else [table]


def _parts(table: Table, texts: list[str]) -> Iterator[Table]:
    for name in dict.fromkeys(["", *texts]):
        rows = table.rows[[text == name for text in texts]]
        if not rows.size:
            continue
        filled = tuple(place for place in table.columns if _fills(table, place.column, rows))
        titles = (name.replace("_", " "), *table.titles) if name else table.titles
        yield replace(table, rows=rows, columns=filled, ignored={} if name else table.ignored, titles=titles)


def _fills(table: Table, column: int, rows: Rows) -> bool:
    """Whether a column has a filled cell in these rows."""
    return bool((table.sheet.columns[column].kinds[rows] != Kind.EMPTY).any())
