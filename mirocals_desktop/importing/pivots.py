"""Pivot tables of a spreadsheet program: their own words among the headers taken for what they are."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.importing.tables import Table, TableColumn
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.words import ROW_LABELS, plain_name, word_list

_COLUMN_LABELS: Final = word_list("column labels, etiquettes de colonnes, spaltenbeschriftungen")
_SOME: Final = 0.4
_AVERAGE: Final = re.compile(
    r"(?:average|mean|moyenne|mittelwert)\s+(?:of|de|d['’]|von)\s*(?=\S)", re.IGNORECASE
)


def without_pivot_words(table: Table) -> Table:
    """The table with "Average of Treg %" called "Treg %", and without the words that lead to its labels.

    Where one measure stands over all columns, at the corner, it becomes a title. A sum or a count keeps its
    word: it is a value only where a cell counts one.
    """
    labels = {plain_name(label) for column in table.columns for label in column.labels}
    if not labels & (ROW_LABELS | _COLUMN_LABELS):
        return table
    titles = list(table.titles)
    columns = []
    for column in table.columns:
        kept = [_AVERAGE.sub("", text) for text in column.labels if plain_name(text) not in _COLUMN_LABELS]
        if kept and plain_name(kept[-1]) in ROW_LABELS:
            titles += kept[:-1]
            kept = kept[-1:]
        columns.append(TableColumn(column.column, tuple(kept), column.unit))
    return _nested(replace(table, columns=tuple(columns), titles=tuple(titles)))


def _nested(table: Table) -> Table:
    """The table with the rows that sum up those below them as headings: visits stand below their patient."""
    first = table.columns[0]
    texts = table.texts(first)
    visits = [is_timepoint(text) for text in texts]
    if (
        not texts
        or visits[0]
        or not _SOME <= sum(visits) / len(texts) < 1
        or plain_name(first.name) not in ROW_LABELS
    ):
        return table
    outer = [not one for one in visits]
    rows = table.rows[np.array(outer)].tolist()
    headings = {row: table.sheet.text(row, first.column) for row in rows}
    return replace(
        table,
        rows=table.rows[np.array(visits)],
        ignored={**table.ignored, **dict.fromkeys(rows, "section")},
        sections={**table.sections, **headings},
    )
