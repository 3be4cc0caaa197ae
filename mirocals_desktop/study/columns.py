"""Every observation of a study in memory, column by column, repeated words as numbers.

A study of 250,000 observations names 1,000 patients and 100 variables: sorting and matching numbers is what
makes a snapshot fast. Rows are in the order of their ids, and are only ever added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.study.ledger import Row
from mirocals_desktop.study.store import APART, PACKED, ROW, SEPARATOR, Chunk

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

NO_DAY: Final = np.iinfo(np.int64).min
"""What `Words.days` says of a word that is no full date."""

WORDS: Final = ("patient", "variable", "visit", "date", "qualifier", "missing", "unit", "file", "sheet")
"""Columns that repeat few words; the others that hold text are kept as they are."""

_TEXTS: Final = ("text", "raw", "cell")
_INTS: Final = ("id", "entry", "record", "replaces")
_KEY: Final = ("patient", "variable", "visit", "record", "date")
_FULL_DATE: Final = 10
_PIECE: Final = 20_000


class Words(dict[str, int]):
    """Words and their numbers: looking up a new word numbers it. The empty word is number 0."""

    def __init__(self) -> None:
        super().__init__({"": 0})
        self._list = [""]
        self._days: list[int] = [NO_DAY]

    def __missing__(self, word: str) -> int:
        number = len(self._list)
        self[word] = number
        self._list.append(word)
        return number

    def copy(self) -> Words:
        """The same words under the same numbers."""
        words = Words()
        words.update(self)
        words._list, words._days = self._list.copy(), self._days.copy()
        return words

    def array(self) -> Texts:
        """The words by their numbers."""
        words = np.empty(len(self._list), dtype=object)
        words[:] = self._list
        return words

    def codes(self, texts: Iterable[str], *, count: int) -> Ints:
        """The number of each text; in pieces, for one call would hold the interpreter, and the window."""
        codes = np.empty(count, dtype=np.int64)
        rest = iter(texts)
        for start in range(0, count, _PIECE):
            size = min(_PIECE, count - start)
            codes[start : start + size] = np.fromiter(
                map(self.__getitem__, islice(rest, size)), np.int64, size
            )
        return codes

    def flags(self, wanted: Iterable[str]) -> Flags:
        """For each word by its number, whether it is one of `wanted`."""
        flags = np.zeros(len(self._list), dtype=bool)
        flags[[self[word] for word in wanted if word in self]] = True
        return flags

    def days(self) -> Ints:
        """For each word that is a full ISO date its day number (since 1970), else `NO_DAY`."""
        for word in self._list[len(self._days) :]:
            self._days.append(day_number(word))
        return np.array(self._days, dtype=np.int64)


def day_number(date: str) -> int:
    """The number of days since 1970 of a full ISO date; `NO_DAY` of anything less precise."""
    if len(date) != _FULL_DATE:
        return int(NO_DAY)
    return int(np.datetime64(date, "D").astype(np.int64))


def known_days(days: Ints) -> Floats:
    """Day numbers as floats, NaN where there is none."""
    return np.where(days == NO_DAY, np.nan, days.astype(np.float64))


@dataclass
class Columns:
    """All observations; `words[name]` turns the numbers of a column in `WORDS` back into text."""

    words: dict[str, Words] = field(default_factory=lambda: {name: Words() for name in WORDS})
    codes: dict[str, Ints] = field(
        default_factory=lambda: {n: np.empty(0, np.int64) for n in (*WORDS, *_INTS)}
    )
    number: Floats = field(default_factory=lambda: np.empty(0, np.float64))
    texts: dict[str, Texts] = field(default_factory=lambda: {name: np.empty(0, object) for name in _TEXTS})
    sealed: dict[int, bytes] = field(default_factory=dict)
    _pending: list[dict[str, npt.NDArray[Any]]] = field(default_factory=list)
    _packed: Words = field(default_factory=Words)
    _repeated: dict[str, Ints] = field(default_factory=lambda: {n: np.zeros(1, np.int64) for n in PACKED})

    def __len__(self) -> int:
        return len(self.number)

    def copy(self) -> Columns:
        """Columns that can be added to without these noticing; what is there is shared."""
        return Columns(
            words={name: words.copy() for name, words in self.words.items()},
            codes=dict(self.codes),
            number=self.number,
            texts=dict(self.texts),
            sealed=dict(self.sealed),
            _packed=self._packed.copy(),
            _repeated=dict(self._repeated),
        )

    @property
    def last_id(self) -> int:
        """The highest id, 0 when there are no observations."""
        return int(self.codes["id"][-1]) if len(self) else 0

    def add(self, columns: Chunk) -> None:
        """Take in observations with higher ids than any before; `settle` makes them visible."""
        count = len(columns["id"])
        packed = self._unpacked(columns["packed"], count=count)
        part: dict[str, npt.NDArray[Any]] = {name: column[packed] for name, column in self._repeated.items()}
        for name in ("patient", "date"):
            part[name] = self.words[name].codes(columns[name], count=count)
        part["id"] = np.fromiter(columns["id"], np.int64, count)
        part["number"] = np.array(columns["number"], dtype=np.float64)  # None becomes NaN
        for name in _TEXTS:
            part[name] = np.empty(count, dtype=object)
            part[name][:] = columns[name]
        for number, sealed in zip(columns["id"], columns["sealed"], strict=True):
            if sealed is not None:
                self.sealed[number] = bytes(sealed)
        self._pending.append(part)

    def _unpacked(self, texts: Sequence[str], *, count: int) -> Ints:
        """The number of each packed text; `_repeated` has its columns by that number."""
        known = len(self._packed)
        numbers = self._packed.codes(texts, count=count)
        new = [text.split(SEPARATOR) for text in list(self._packed)[known:]]
        for position, name in enumerate(PACKED):
            found = [parts[position] for parts in new]
            column = self.words[name].codes(found, count=len(found)) if name in self.words else _ints(found)
            self._repeated[name] = np.concatenate([self._repeated[name], column])
        return numbers

    def settle(self) -> None:
        """Join what was added to what was there."""
        if not self._pending:
            return

        def joined(before: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
            return np.concatenate([before, *(part[name] for part in self._pending)])

        self.codes = {name: joined(column, name) for name, column in self.codes.items()}
        self.texts = {name: joined(column, name) for name, column in self.texts.items()}
        self.number = joined(self.number, "number")
        self._pending.clear()

    def text_of(self, name: str, rows: Ints | slice) -> Texts:
        """The text of a column at some rows."""
        if name in self.texts:
            return self.texts[name][rows]
        return self.words[name].array()[self.codes[name][rows]]

    def keys_of_new(self, observations: pd.DataFrame) -> Ints:
        """The keys of observations that are not stored yet, as `keys_of` gives them."""
        count = len(observations)
        return np.stack(
            [
                self.words[name].codes(observations[name], count=count)
                if name in self.words
                else observations[name].to_numpy(dtype=np.int64)
                for name in _KEY
            ],
            axis=1,
        )

    def is_sealed(self) -> Flags:
        """For each row whether it holds a sealed value."""
        if not self.sealed:
            return np.zeros(len(self), dtype=bool)
        return np.isin(self.codes["id"], np.fromiter(self.sealed, np.int64, len(self.sealed)))


_repeated = itemgetter(*map(ROW.index, PACKED))


def in_columns(rows: Sequence[Row]) -> Chunk:
    """Rows of the store as `Store.read_chunks` would give them."""
    packed = [SEPARATOR.join(map(str, _repeated(row))) for row in rows]
    return {**{name: [row[ROW.index(name)] for row in rows] for name in APART}, "packed": packed}


def _ints(texts: Sequence[str]) -> Ints:
    return np.array(texts, dtype=np.int64) if texts else np.empty(0, np.int64)


def current_rows(columns: Columns, *, entry: int, withdrawn: Iterable[int]) -> Ints:
    """The rows that stand as of an entry: of no withdrawn entry, and replaced by none that stands.

    An observation that a withdrawn entry replaced stands again, unless what took the withdrawn one's place
    still stands.
    """
    entries, ids, replaces = (columns.codes[name] for name in ("entry", "id", "replaces"))
    brought = (entries <= entry) & ~np.isin(entries, np.fromiter(withdrawn, np.int64))
    replacing = np.flatnonzero((replaces > 0) & (entries <= entry))
    if not len(replacing):
        return np.flatnonzero(brought)
    replaced = np.searchsorted(ids, replaces[replacing])
    superseded = np.zeros(len(columns), dtype=bool)
    for row, earlier in zip(replacing[::-1].tolist(), replaced[::-1].tolist(), strict=True):
        if brought[row] or superseded[row]:
            superseded[earlier] = True
    return np.flatnonzero(brought & ~superseded)


def keys_of(columns: Columns, rows: Ints) -> Ints:
    """Patient, variable, visit, record and date of some rows, one row each, as numbers."""
    return np.stack([columns.codes[name][rows] for name in _KEY], axis=1)


def rivals(keys: Ints, *, dated: Flags) -> Ints:
    """The positions of keys that stand a second time (see `observation.KEY` for what makes rivals).

    `dated` says for each variable by its number whether the date tells observations without a visit apart.
    """
    patient, variable, visit, record, date = keys.T
    tells = (visit == 0) & dated[variable]
    unique = np.stack([patient, variable, visit, record, np.where(tells, date, 0)])
    order = np.lexsort((np.arange(len(keys)), *unique[::-1]))
    same = (unique[:, order[1:]] == unique[:, order[:-1]]).all(axis=0)
    return np.sort(order[1:][same])
