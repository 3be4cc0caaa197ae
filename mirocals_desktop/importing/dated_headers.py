"""Headers that are the days of measurements, as printouts of laboratories have them: one column a day."""

from __future__ import annotations

import re
from typing import Final

from mirocals_desktop.importing.dates import read_date, weigh_orders
from mirocals_desktop.importing.tables import Table

_FULL: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AT_LEAST: Final = 2


def is_day(visit: str) -> bool:
    """Whether what a header says of its visit is a day of the calendar."""
    return bool(_FULL.fullmatch(visit))


def days_of_headers(table: Table, this_year: int) -> dict[int, tuple[str, str]]:
    """Column of the sheet -> (the label that is a day, its ISO date), where several headers have one.

    A day that could be another one, day and month exchanged, counts only where another header tells.
    """
    found: dict[int, tuple[str, str]] = {}
    labels = [(column.column, label) for column in table.columns for label in column.labels]
    order = weigh_orders(((label, 1) for _column, label in labels), this_year=this_year).proved
    for column, label in labels:
        readings = read_date(label, this_year)
        date = readings.read(order) if readings.is_date else None
        if date is None and readings.by_order and not readings.ambiguous:
            date = readings.by_order[0][1]
        if date is not None and date.days is not None:
            found.setdefault(column, (label, date.text))
    return found if len(found) >= _AT_LEAST else {}
