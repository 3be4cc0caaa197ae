"""The rows of a table found and sorted in numpy, at once or on a worker of their own: no proxy model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtCore import (
    QCoreApplication,
    Qt,
)

from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol.words import natural_order
from mirocals_desktop.ui.jobs import Jobs
from mirocals_desktop.ui.table_columns import Column, WrittenTexts

_SORTED_LETTERS: Final = 120  # texts that agree in so many letters keep their order


def _begins_with(values: np.ndarray[Any, Any], word: str) -> np.ndarray[Any, Any]:
    """Which numbers begin with the digits that were typed: 12 finds 12.5 and 1240. Nothing is formatted."""
    digits, comma, decimals = word.replace(",", ".").partition(".")
    if not digits.isdecimal() or (decimals and not decimals.isdecimal()):
        return np.zeros(len(values), dtype=bool)
    numbers = np.abs(values.astype(float))
    step = 10.0 ** -len(decimals)
    low = float(f"{digits}.{decimals or 0}")
    hit: np.ndarray[Any, Any] = (numbers >= low - step * 1e-6) & (numbers < low + step * (1 - 1e-6))
    if not comma and low > 0:
        for power in range(1, 10):
            scale = 10.0**power
            hit |= (numbers >= low * scale) & (numbers < (low + 1) * scale)
    return hit


class TableRows:
    """The arrays of one set of columns, and which rows in which order a filter and a sort ask for.

    Nothing of Qt, and no change but of its own caches, so that one worker at a time may do it.
    """

    def __init__(self, columns: Sequence[Column], text: Callable[[Column, int], str]) -> None:
        self._columns = columns
        self._text = text
        self._arrays = [_array(column.values) for column in columns]
        self.numeric = [values is not None and values.dtype.kind in "fiu" for values in self._arrays]
        self.total = len(columns[0].values) if columns else 0
        self._searched: dict[int, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = {}
        self._ranks: dict[str, np.ndarray[Any, Any]] = {}

    def arranged(
        self, words: str, sort: tuple[str, Qt.SortOrder] | None, report: Report = ignore
    ) -> np.ndarray[Any, Any]:
        """The places of the rows that have every word, sorted; equal values keep their order either way."""
        kept = np.ones(self.total, dtype=bool)
        for word in words.casefold().split():
            hit = np.zeros(self.total, dtype=bool)
            for number, column in enumerate(self._columns):
                report(0.0, "")
                if self.numeric[number] and column.show is None:
                    hit |= _begins_with(self._values(number), word)
                else:
                    codes, texts = self._search_index(number)
                    hit |= (np.char.find(texts, word) >= 0)[codes]
            kept &= hit
        rows = np.flatnonzero(kept)
        if sort is not None:
            code, order = sort
            number = next((i for i, column in enumerate(self._columns) if column.code == code), -1)
            if number >= 0:
                report(0.5, "")
                ranks = self._rank(number)[rows]
                if order == Qt.SortOrder.DescendingOrder:
                    ranks = np.where(ranks < 0, np.iinfo(np.int64).max, -ranks)
                else:
                    ranks = np.where(ranks < 0, np.iinfo(np.int64).max, ranks)
                rows = rows[np.argsort(ranks, kind="stable")]
        return rows

    def _values(self, number: int) -> np.ndarray[Any, Any]:
        """The values of a column; texts that are written on demand are all written now."""
        values = self._arrays[number]
        if values is None:
            values = self._arrays[number] = np.array(list(self._columns[number].values), dtype=object)
        return values

    def _rank(self, number: int) -> np.ndarray[Any, Any]:
        """The rank of each row's value; -1 where there is none, which sorts last in both directions."""
        code = self._columns[number].code
        if code not in self._ranks:
            values = self._values(number)
            if self.numeric[number]:
                _found, ranks = np.unique(values, return_inverse=True)
                absent = np.isnan(values.astype(float))
            else:
                texts, codes = self._factors(number)
                _found, places = np.unique(_natural(texts), return_inverse=True)
                ranks = places[codes]
                absent = np.array([text == "" for text in texts], dtype=bool)[codes]
            self._ranks[code] = np.where(absent, -1, ranks.astype(np.int64))
        return self._ranks[code]

    def _factors(self, number: int) -> tuple[list[str], np.ndarray[Any, Any]]:
        """The distinct texts of a text column, and which of them each row has."""
        import pandas as pd

        codes, texts = pd.factorize(self._values(number), use_na_sentinel=False)
        return ["" if text is None else str(text) for text in texts], codes

    def _search_index(self, number: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """For each row the place of its text, and the distinct texts in lower case."""
        if number not in self._searched:
            import pandas as pd

            codes, values = pd.factorize(self._values(number), use_na_sentinel=False)
            first = np.full(len(values), -1, dtype=np.int64)
            first[codes[::-1]] = np.arange(self.total - 1, -1, -1)
            column = self._columns[number]
            texts = [self._text(column, place).casefold() for place in first.tolist()]
            self._searched[number] = (codes, np.array(texts, dtype=str))
        return self._searched[number]


class _Workers:
    """The worker that arranges large tables, apart from the one that reads the study; it ends when idle."""

    def __init__(self) -> None:
        self._jobs: Jobs | None = None

    def jobs(self) -> Jobs:
        """Where to start work."""
        if self._jobs is None:
            self._jobs = Jobs()
            self._jobs.changed.connect(self._rest)
            application = QCoreApplication.instance()
            if application is not None:
                application.aboutToQuit.connect(self._jobs.close)
        return self._jobs

    def _rest(self) -> None:
        if self._jobs is not None and not self._jobs.busy:
            self._jobs.close()
            self._jobs = None


WORKERS: Final = _Workers()
"""One for all tables."""


def _array(values: Sequence[Any] | np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """The values as an array of numbers or of objects; None for texts that are not written yet."""
    if isinstance(values, WrittenTexts):
        return None
    array = np.asarray(values)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    return array if array.dtype.kind in "fiu" else np.asarray(values, dtype=object)


def _natural(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """Sort keys in the natural order, as an array that sorts fast."""
    keys = [natural_order(text) for text in texts]
    letters = min(max(map(len, keys), default=1), _SORTED_LETTERS)
    return np.array(keys, dtype=f"U{max(letters, 1)}")
