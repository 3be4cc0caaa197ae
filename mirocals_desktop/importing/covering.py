"""Which cells of a sheet a blinded person must not see: every cell that is not known to be harmless."""

from __future__ import annotations

import numpy as np

from mirocals_desktop.importing.grid import Booleans, Sheet
from mirocals_desktop.importing.plan import Plan, TablePlan

COVER = "•••"
"""What stands in place of a covered cell."""


def covered_cells(plan: Plan, file: str, sheet: Sheet) -> Booleans:
    """A matrix of rows by columns: True where a cell of a blinded study is covered.

    Seen are headers, and the data rows of columns that hold nothing restricted. Titles, notes, totals, tables
    that are not read and whatever stands beside a table may tell an arm, and are covered.
    """
    covered = np.ones((sheet.n_rows, sheet.n_columns), dtype=bool)
    for table in plan.tables:
        if table.file != file or table.table.sheet is not sheet:
            continue
        heads = header_rows_of(table)
        places = [column.column for column in table.table.columns]
        if heads and places:
            covered[np.ix_(np.array(heads), np.array(places))] = False
        harmless = [column.place.column for column in table.columns if table.used and not column.sealed]
        if harmless and len(table.table.rows):
            covered[np.ix_(table.table.rows, np.array(harmless, dtype=np.int64))] = False
    return covered


def header_rows_of(table: TablePlan) -> list[int]:
    """The rows of a table's header, the row of units included."""
    found = table.table
    return [*found.header_rows, *([found.units_row] if found.units_row >= 0 else [])]
