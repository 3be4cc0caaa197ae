"""Observations of an import as columns of numbers: a million of them cost megabytes, not objects.

Words (patients, visits, dates, texts) are numbered once; raw texts and cell names are looked up in the sheets
only when a frame is asked for, to be written or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Sheet, column_letters
from mirocals_desktop.importing.values import MISSING_CODES, QUALIFIERS, Rows
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol.model import Variable
from mirocals_desktop.study import observation

Ints = NDArray[np.int64]
Small = NDArray[np.uint8]

_PIECE: Final = 50_000
_WORDS: Final = ("patients", "visits", "dates", "texts", "units")
_TABLES: Final = (*_WORDS, "variables", "sheets")


class Words(dict[str, int]):
    """Words by number: looking up a new word numbers it; "" is number 0."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        super().__init__({"": 0})
        for word in words:
            _ = self[word]

    def __missing__(self, word: str) -> int:
        self[word] = len(self)
        return self[word]

    def codes(self, words: Iterable[str]) -> Ints:
        """The number of each word."""
        return np.fromiter((self[word] for word in words), dtype=np.int64)

    def array(self) -> NDArray[np.object_]:
        """The words by their numbers."""
        array = np.empty(len(self), dtype=object)
        array[:] = list(self)
        return array


@dataclass(frozen=True, eq=False)
class Batch:
    """Observations, an array element for each. The first fields are the tables that the numbers point into.

    `series` and `at` lead back to the series and its element; `row` and `column` to the cell of `sheets`.
    """

    patients: Words
    visits: Words
    dates: Words
    texts: Words
    units: Words
    variables: tuple[Variable, ...]
    sheets: tuple[tuple[str, Sheet], ...]
    patient: Ints
    variable: Ints
    visit: Ints
    record: Ints
    date: Ints
    number: NDArray[np.float64]
    text: Ints
    qualifier: Small
    missing: Small
    unit: Ints
    sheet: Ints
    row: Ints
    column: Ints
    series: Ints
    at: Ints
    replaces: Ints

    def __len__(self) -> int:
        return len(self.patient)

    def take(self, rows: Rows | NDArray[np.bool_]) -> Batch:
        """Some of the observations, in this order."""
        chosen = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in _TABLES}
        return replace(self, **chosen)

    def says_value(self) -> NDArray[np.bool_]:
        """For each whether it is a value, and not the reason why there is none."""
        return np.asarray(self.missing == 0)

    def key_dates(self) -> Ints:
        """The date as far as it tells observations apart, as `observation.key_date` has it."""
        visit_scope = np.array([v.scope == "visit" for v in self.variables], dtype=bool)
        tells = (self.visit == 0) & visit_scope[self.variable] if len(self) else np.zeros(0, dtype=bool)
        return np.where(tells, self.date, 0)

    def keys(self) -> NDArray[np.int64]:
        """One row of numbers for each observation: equal rows claim the same place."""
        return np.stack([self.patient, self.variable, self.visit, self.key_dates(), self.record], axis=1)

    def cell_names(self) -> list[str]:
        """The name of each observation's cell; "" for one that no cell holds."""
        letters = {
            number: column_letters(number) for number in np.unique(self.column).tolist() if number >= 0
        }
        return [
            f"{letters[column]}{row + 1}" if column >= 0 and row >= 0 else ""
            for row, column in zip(self.row.tolist(), self.column.tolist(), strict=True)
        ]

    def raw_texts(self) -> NDArray[np.object_]:
        """The text of each observation's cell."""
        raw = np.empty(len(self), dtype=object)
        raw[:] = ""
        if not len(self):
            return raw
        places = self.sheet * 100_000 + self.column
        for place in np.unique(places[(self.column >= 0) & (self.row >= 0)]).tolist():
            at = np.flatnonzero((places == place) & (self.row >= 0))
            sheet = self.sheets[place // 100_000][1]
            raw[at] = sheet.texts(place % 100_000, self.row[at])
        return raw

    def frame(self, *, report: Report = ignore) -> pd.DataFrame:
        """The observations as the study takes them: columns of `observation.COLUMNS`.

        The texts of cells are looked up a piece at a time, so that a report can stop it.
        """
        raw, cells = np.empty(len(self), dtype=object), np.empty(len(self), dtype=object)
        for first in range(0, len(self), _PIECE):
            report(first / len(self), _("Preparing values"))
            piece = slice(first, first + _PIECE)
            some = self.take(np.arange(len(self))[piece])
            raw[piece], cells[piece] = some.raw_texts(), some.cell_names()
        visits, dates, texts = self.visits.array(), self.dates.array(), self.texts.array()
        columns: dict[str, Any] = {
            "patient": self.patients.array()[self.patient],
            "variable": _objects([v.code for v in self.variables])[self.variable],
            "visit": visits[self.visit],
            "record": self.record,
            "date": dates[self.date],
            "number": self.number,
            "text": texts[self.text],
            "qualifier": _objects(QUALIFIERS)[self.qualifier],
            "missing": _objects(MISSING_CODES)[self.missing],
            "unit": self.units.array()[self.unit],
            "raw": raw,
            "file": _objects([file for file, _ in self.sheets])[self.sheet],
            "sheet": _objects([sheet.name for _, sheet in self.sheets])[self.sheet],
            "cell": cells,
            "replaces": self.replaces,
        }
        return observation.frame(columns) if len(self) else observation.empty()


def _objects(words: Sequence[str]) -> NDArray[np.object_]:
    array = np.empty(len(words), dtype=object)
    array[:] = list(words)
    return array


def join_batches(parts: Sequence[Batch]) -> Batch | None:
    """The observations of several batches over the same tables, one after another."""
    if not parts:
        return None
    names = [f.name for f in fields(Batch) if f.name not in _TABLES]
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **joined)


def group_rows(keys: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """(order, starts): the rows sorted by key, ties in their order, and where each group of equals starts."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    packed = pack_keys(keys)
    order = np.argsort(packed, kind="stable")
    ordered = packed[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return order, starts


def pack_keys(keys: NDArray[np.int64]) -> Ints:
    """Each row of small numbers as one number, so that rows can be sorted and compared at once."""
    packed = np.zeros(len(keys), dtype=np.int64)
    room = 1
    for column in keys.T[::-1]:
        low = int(column.min(initial=0))
        span = int(column.max(initial=0)) - low + 1
        if room > np.iinfo(np.int64).max // max(span, 1):
            _, packed = np.unique(packed, return_inverse=True)
            packed = packed.reshape(-1).astype(np.int64)
            room = int(packed.max(initial=0)) + 1
        packed = packed + (column - low) * room
        room *= span
    return packed
