"""The observations that stand, with what may be seen of them: what snapshots and histories are made from.

What a blinded study must not show is taken out here, so that nothing after it can show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.study.columns import Columns, Flags, Floats, Ints, Texts
from mirocals_desktop.study.sealing import Value


@dataclass
class Current:
    """The observations that stand, row by row; `patient` and the like are numbers of words of `columns`."""

    columns: Columns
    protocol: Protocol
    rows: Ints
    number: Floats
    text: Texts
    raw: Texts
    qualifier: Ints
    unit: Ints
    sealed: Flags
    _codes: dict[str, Ints] = field(default_factory=dict)

    def codes(self, name: str) -> Ints:
        """The numbers of a column of words, or the whole numbers of a column."""
        if name not in self._codes:
            self._codes[name] = self.columns.codes[name][self.rows]
        return self._codes[name]

    def words(self, name: str) -> Texts:
        """The words of a column by their numbers."""
        return self.columns.words[name].array()

    def column(self, name: str) -> npt.NDArray[Any]:
        """A column of `observation.STORED`, for all rows in order."""
        if name in ("number", "text", "raw", "sealed"):
            column: npt.NDArray[Any] = getattr(self, name)
        elif name in ("qualifier", "unit"):
            column = self.words(name)[getattr(self, name)]
        elif name == "cell":
            column = self.columns.texts["cell"][self.rows]
        elif name in self.columns.words:
            column = self.words(name)[self.codes(name)]
        else:
            column = self.codes(name)
        return column

    def variable_flags(self, wanted: Sequence[Variable]) -> Flags:
        """For each row whether its variable is one of these."""
        words = self.columns.words["variable"]
        flags: Flags = words.flags(variable.code for variable in wanted)[self.codes("variable")]
        return flags

    @property
    def has_value(self) -> Flags:
        """For each row whether it says a value, open or sealed, and not only why there is none."""
        valued: Flags = self.codes("missing") == 0
        return valued


def take_current(
    columns: Columns, protocol: Protocol, rows: Ints, *, values: Mapping[int, Value], withheld: frozenset[int]
) -> Current:
    """The rows with what may be seen of them.

    `values` are opened values by observation id; `withheld` ids of observations that were stored open and
    are known by now to be restricted.
    """
    current = Current(
        columns=columns,
        protocol=protocol,
        rows=rows,
        number=columns.number[rows],
        text=columns.texts["text"][rows],
        raw=columns.texts["raw"][rows],
        qualifier=columns.codes["qualifier"][rows],
        unit=columns.codes["unit"][rows],
        sealed=columns.is_sealed()[rows] & (columns.codes["missing"][rows] == 0),
    )
    ids = columns.codes["id"][rows]
    for position in np.flatnonzero(np.isin(ids, np.fromiter(withheld, np.int64, len(withheld)))).tolist():
        current.number[position], current.text[position], current.raw[position] = np.nan, "", ""
        current.qualifier[position] = current.unit[position] = 0
        current.sealed[position] = True
    for position in np.flatnonzero(np.isin(ids, np.fromiter(values, np.int64, len(values)))).tolist():
        value = values[int(ids[position])]
        current.number[position] = np.nan if value.number is None else value.number
        current.text[position], current.raw[position] = value.text, value.raw
        current.qualifier[position] = columns.words["qualifier"][value.qualifier]
        current.unit[position] = columns.words["unit"][value.unit]
        current.sealed[position] = False
    return current
