"""Headers of OpenClinica: in WEIGHT_E2_C1 the item is WEIGHT, E2 the second event (a visit), C1 a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from mirocals_desktop.importing.tables import Table

_ITEM: Final = re.compile(r"(?P<item>.+?)_(?P<event>E\d+)(?:_(?P<again>\d+))?_C\d+(?:_\d+)?")
_OF_EVENT: Final = re.compile(r"(?P<item>[A-Za-z ]+?)_(?P<event>E\d+)(?:_(?P<again>\d+))?")
_DATE: Final = re.compile(r"(?:start|visit) ?date", re.IGNORECASE)
_HOUSEKEEPING: Final = re.compile(
    r"protocol ?id|(?:study ?)?subject ?(?:status|oid|secondary ?id)|site ?(?:status|oid)|location|age"
    r"|(?:end|interview) ?date|interviewer(?: ?name)?|(?:subject ?)?event ?status|version ?name"
    r"|crf ?version ?(?:status|name)",
    re.IGNORECASE,
)
_FEWEST: Final = 2
VISIT_DATE: Final = "Visit date"


def headers_of_events(table: Table) -> dict[int, tuple[str, str]]:
    """Column of the sheet -> (item, event) for an export of OpenClinica, empty for any other table.

    The event is called as the rows above the table call it ("Baseline" beside E1), else by its number; a
    repeat of an event has its number behind that.
    """
    texts = {column.column: column.labels[-1] for column in table.columns if column.labels}
    if sum(_ITEM.fullmatch(text) is not None for text in texts.values()) < _FEWEST:
        return {}
    names = _names_of_events(table.titles)
    found = {}
    for column, text in texts.items():
        match = _ITEM.fullmatch(text) or _OF_EVENT.fullmatch(text)
        if match:
            item = VISIT_DATE if _DATE.fullmatch(match["item"]) else match["item"]
            again = f" ({match['again']})" if match["again"] and match["again"] != "1" else ""
            found[column] = (item, names.get(match["event"], match["event"]) + again)
    return found


def housekeeping(items: Mapping[str, str]) -> Iterable[str]:
    """The keys of the columns of an export that say how it was entered; `items` are their names by key."""
    return [key for key, item in items.items() if _HOUSEKEEPING.fullmatch(item.replace("_", " "))]


def _names_of_events(titles: tuple[str, ...]) -> dict[str, str]:
    """E1 -> its name, from the list of events above the table, where "Baseline" stands before "E1"."""
    return {
        code: name
        for name, code in pairwise(titles)
        if re.fullmatch(r"E\d+", code) and not re.fullmatch(r"E\d+", name)
    }
