"""What a column of a table is: its values in one array, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from typing_extensions import override


@dataclass(frozen=True, eq=False)
class Column:
    """One column: a code, a header and one value per row.

    `values` is an array of numbers (shown at the right with `decimals`, NaN as nothing) or of text. `show`
    turns one value into text where that is not enough; sorting stays by the value. `filed` gives what an
    export writes of it where that is a number (NaN: nothing) and not only the text. `colours` holds a colour
    name ("" for the usual) and `tips` a tooltip for each row. `unit` goes into the header. The column with
    `stretch` takes the room that is left; without one the last does. `room_for` are texts that may come
    later: the column is wide enough for them from the beginning.
    """

    code: str
    title: str
    values: Sequence[Any] | np.ndarray[Any, Any]
    decimals: int | None = None
    unit: str = ""
    tip: str = ""
    hidden: bool = False
    stretch: bool = False
    show: Callable[[Any], str] | None = None
    filed: Callable[[Any], float | str] | None = None
    colours: Sequence[str] | None = None
    icons: Sequence[str] | None = None
    tips: Sequence[str] | None = None
    room_for: Sequence[str] = ()

    @property
    def header(self) -> str:
        """The title with the unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def numbers(values: Iterable[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The values of a column of numbers, NaN for None."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


class WrittenTexts(Sequence[str]):
    """A text for each row that is written when it is asked for: a table shows few of many rows.

    `write(place)` gives the text of a row of the columns.
    """

    def __init__(self, count: int, write: Callable[[int], str]) -> None:
        self._texts: list[str | None] = [None] * count
        self._write = write

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    @override
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        text = self._texts[place]
        if text is None:
            text = self._texts[place] = self._write(place)
        return text
