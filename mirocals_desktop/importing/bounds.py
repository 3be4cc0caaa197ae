"""Where a table stands in a sheet when a person shows it: bounds, and the table within them."""

from __future__ import annotations

import re
import weakref
from dataclasses import dataclass, replace
from typing import Final, Literal

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Area, Sheet, cell_name
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.tables import Table, table_at

Edge = Literal["first", "data", "last", "left", "right"]
"""The border above the header, between header and data, below the data, and at both sides."""

EDGES: Final[frozenset[Edge]] = frozenset({"first", "data", "last", "left", "right"})
MOST_HEADERS: Final = 6


@dataclass(frozen=True)
class Bounds:
    """A table's place in a sheet; rows and columns count from 0, both ends included.

    `first` is the topmost header row (or data row, when `headers` is 0); `units` says that a row of units
    follows the header.
    """

    first: int
    headers: int
    units: bool
    last: int
    left: int
    right: int

    @property
    def data(self) -> int:
        """The first row of data."""
        return self.first + self.headers + self.units

    @property
    def code(self) -> str:
        """The bounds as an answer to a question: "A3:J315/1" has one header row, "/1u" a row of units too."""
        corners = f"{cell_name(self.first, self.left)}:{cell_name(self.last, self.right)}"
        return f"{corners}/{self.headers}{'u' if self.units else ''}"

    def moved(self, edge: Edge, place: int, sheet: Sheet) -> Bounds:
        """The bounds with an edge before this row or column, kept in the sheet and around a row of data."""
        if edge == "left":
            return replace(self, left=min(max(place, 0), self.right))
        if edge == "right":
            return replace(self, right=min(max(place - 1, self.left), sheet.n_columns - 1))
        if edge == "last":
            return replace(self, last=min(max(place - 1, self.data), sheet.n_rows - 1))
        if edge == "first":
            first = min(max(place, 0), self.data - (1 if self.headers else 0), self.last)
            headers = max(self.data - self.units - first, 0)
            return replace(
                self,
                first=max(first, self.data - self.units - MOST_HEADERS),
                headers=min(headers, MOST_HEADERS),
            )
        data = min(max(place, self.first), self.last)
        headers = min(data - self.first, MOST_HEADERS)
        return replace(self, headers=headers, units=False)

    def within(self, found: Bounds) -> Bounds:
        """What a blinded person may ask for: the table as it was found, or one that ends earlier.

        A title, a note or a row that became a header or a patient would be shown, and may tell an arm.
        """
        return replace(found, last=max(min(self.last, found.last), found.data))


def bounds_of(table: Table) -> Bounds:
    """Where a table that was found stands."""
    heads = [*table.header_rows, *([table.units_row] if table.units_row >= 0 else [])]
    rows = table.rows
    columns = [column.column for column in table.columns]
    first = min(heads) if heads else int(rows[0]) if len(rows) else 0
    headers = max(table.header_rows) - first + 1 if table.header_rows else 0
    last = int(rows[-1]) if len(rows) else max([*heads, first])
    left, right = (min(columns), max(columns)) if columns else (0, max(table.sheet.n_columns - 1, 0))
    return Bounds(first, headers, table.units_row >= 0, max(last, first), left, right)


def table_in(table: Table, bounds: Bounds) -> Table:
    """The table that a person has shown in the sheet in which `table` was found."""
    headers = tuple(range(bounds.first, bounds.first + bounds.headers))
    above = min([*table.ignored, bounds.first])
    return table_at(
        table.sheet,
        headers,
        area=Area(min(above, bounds.first), bounds.left, bounds.last, bounds.right),
        units_row=bounds.first + bounds.headers if bounds.units else -1,
    )


BOUNDS: Final = "bounds"
"""The kind of the question where a table stands, and the beginning of its id."""
AS_FOUND: Final = "found"
"""The answer that a table stands where it was found, whatever earlier files were like."""

_CODE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})/([0-9])(u?)")
_SHOWN: weakref.WeakKeyDictionary[Table, dict[Bounds, Table]] = weakref.WeakKeyDictionary()
"""Tables as they were shown, by the table that was found: reviews of the same bounds follow one another."""


def read_bounds(code: str, sheet: Sheet) -> Bounds | None:
    """The bounds that an answer says; None when it says none that fit the sheet."""
    match = _CODE.fullmatch(code)
    if match is None:
        return None
    left, right = _column(match[1]), _column(match[3])
    first, last, headers = int(match[2]) - 1, int(match[4]) - 1, int(match[5])
    bounds = Bounds(first, headers, bool(match[6]), last, left, right)
    fits = 0 <= first <= last < sheet.n_rows and left <= right < sheet.n_columns
    return bounds if fits and headers <= MOST_HEADERS and bounds.data <= last else None


def shown_table(found: Table, code: str, *, blinded: bool) -> Table:
    """The table as an answer shows it, or as it was found. In a blinded study it can only end earlier."""
    bounds = read_bounds(code, found.sheet)
    if bounds is not None and blinded:
        bounds = bounds.within(bounds_of(found))
    if bounds is None or bounds == bounds_of(found):
        return found
    made = _SHOWN.setdefault(found, {})
    if bounds not in made:
        made[bounds] = table_in(found, bounds)
    return made[bounds]


def carried_bounds(code: str, found: Table) -> str:
    """The bounds shown in an earlier file of the shape, down to the last row found in this one; "" elsewhere.

    What begins where the table was found begins, as wide and with as many headers, was shown for its end
    alone, and says nothing of the end of another file.
    """
    match = _CODE.fullmatch(code)
    own = bounds_of(found)
    if match is None:
        return ""
    code = f"{match[1]}{match[2]}:{match[3]}{max(own.last, int(match[2]) - 1) + 1}/{match[5]}{match[6]}"
    bounds = read_bounds(code, found.sheet)
    return bounds.code if bounds is not None and bounds != own else ""


def bounds_question(question_id: str, found: Table, code: str, *, file: str) -> Question:
    """Where the table stands: as it was found, or as somebody has shown it. Nobody is asked."""
    own = bounds_of(found).code
    options = [Option(own, _("As found: {place}").format(place=own.partition("/")[0]))]
    if code != own:
        options.append(Option(code, _("As shown: {place}").format(place=code.partition("/")[0])))
    return Question(
        id=question_id,
        kind=BOUNDS,
        text=_("Where does the table of {sheet} stand?").format(sheet=found.sheet.name),
        options=tuple(options),
        suggested=own,
        confidence=1.0,
        file=file,
        sheet=found.sheet.name,
        asked=False,
    )


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
