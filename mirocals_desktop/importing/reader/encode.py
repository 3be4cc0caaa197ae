"""Columns of cells as the child sends them: arrays of kinds, numbers and text places, built in large steps.

No numpy here: the child must start in a fraction of a second.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

# The numbers of grid.Kind, which lives beside numpy.
EMPTY, TEXT, NUMBER, DATE, TIME, BOOLEAN, ERROR, FORMULA = range(8)

_EPOCH: Final = date(1970, 1, 1).toordinal()
END_OF_FEBRUARY: Final = date(1900, 2, 28)
_NOTHING: Final = math.nan
_REMEMBERED: Final = 100_000
_INVISIBLE: Final = "".join(c for c in map(chr, range(0x10000)) if c.isspace()) + "\u200b\u2060\ufeff"


class Marked(str):
    """A cell that calamine sees as empty and that is not: an error, or a formula never computed."""

    __slots__ = ("kind",)
    kind: int

    def __new__(cls, text: str, kind: int) -> Marked:
        """The text of the cell, and `ERROR` or `FORMULA`."""
        marked = super().__new__(cls, text)
        marked.kind = kind
        return marked


class ColumnWriter:
    """Collects one column chunk by chunk."""

    def __init__(self, rows_before: int = 0) -> None:
        self._kinds = bytearray(rows_before)
        self._numbers = array("d", [_NOTHING]) * rows_before
        self._codes = array("i", [-1]) * rows_before
        self._texts: dict[str, int] = {}
        self.end_of_february = False
        self._seen: dict[Any, tuple[int, float, int]] = {}

    def add(self, cells: Sequence[Any]) -> None:
        """Add the next cells of the column, as the spreadsheet reader gives them."""
        types = set(map(type, cells))
        if types <= {float} and all(map(math.isfinite, cells)):
            self._kinds += bytes([NUMBER]) * len(cells)
            self._numbers += array("d", cells)
            self._codes += array("i", [-1]) * len(cells)
            return
        encoded: dict[Any, tuple[int, float, int]]
        if bool in types or Marked in types:
            # True equals 1 and a marked cell equals its text, so they are told apart by their type.
            cells = [(type(cell), cell) for cell in cells]
            encoded = {key: self._encode(key[1]) for key in dict.fromkeys(cells)}
        else:
            if len(self._seen) > _REMEMBERED:
                self._seen.clear()
            encoded = self._seen
            for cell in dict.fromkeys(cells):
                if cell not in encoded:
                    encoded[cell] = self._encode(cell)
        kinds, numbers, codes = zip(*map(encoded.__getitem__, cells), strict=True)
        self._kinds += bytes(kinds)
        self._numbers += array("d", numbers)
        self._codes += array("i", codes)

    def blobs(self) -> list[bytes]:
        """The arrays as bytes: kinds, numbers, codes. An array that says nothing is left out (empty)."""
        numbers = (
            self._numbers.tobytes() if any(k in self._kinds for k in (NUMBER, DATE, TIME, BOOLEAN)) else b""
        )
        codes = self._codes.tobytes() if self._texts else b""
        return [bytes(self._kinds), numbers, codes]

    def filled(self) -> int:
        """How many cells of the column are not empty."""
        return len(self._kinds) - self._kinds.count(EMPTY)

    def fills(self, row: int) -> bool:
        """Whether the cell in this row is not empty."""
        return self._kinds[row] != EMPTY

    def texts(self) -> list[str]:
        """The distinct texts of the column, in the order of their codes."""
        return list(self._texts)

    def _encode(self, cell: Any) -> tuple[int, float, int]:
        if isinstance(cell, Marked):
            return cell.kind, _NOTHING, self._text(str(cell))
        if isinstance(cell, str):
            if not cell.strip(_INVISIBLE):
                return EMPTY, _NOTHING, -1
            return TEXT, _NOTHING, self._text(cell)
        if isinstance(cell, bool):
            return BOOLEAN, float(cell), -1
        if isinstance(cell, (int, float)):
            if not math.isfinite(cell):
                return TEXT, _NOTHING, self._text(repr(cell))
            return NUMBER, float(cell), -1
        if isinstance(cell, datetime):
            self.end_of_february |= cell.date() == END_OF_FEBRUARY
            seconds = cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
            return DATE, cell.toordinal() - _EPOCH + seconds / 86400, -1
        if isinstance(cell, date):
            self.end_of_february |= cell == END_OF_FEBRUARY
            return DATE, float(cell.toordinal() - _EPOCH), -1
        if isinstance(cell, time):
            seconds = cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
            return TIME, seconds / 86400, -1
        if isinstance(cell, timedelta):
            return TIME, cell.total_seconds() / 86400, -1
        return TEXT, _NOTHING, self._text(str(cell))

    def _text(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))
