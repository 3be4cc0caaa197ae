"""What each format's reader hands to the child's writer: sheets as chunks of rows, and what was met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from mirocals_desktop.importing.reader.encode import Marked

Place = tuple[int, int]
"""Row and column, from 0."""

Told = Callable[[float], None]
"""Is told which share of its time a reader has spent, from 0 to 1."""

NO_DAY: Final = "29/02/1900"
"""Day 60 of Excel, which never was. It stands above a date in its place and below anything else."""

LOST_TEXT: Final = "#TEXT?"
WRITTEN_TWICE: Final = "#TWICE"
"""What stands in cells that the file is damaged in: the reader has told of each."""


def untold(_fraction: float) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Limits:
    """How much a file may ask for. `cells` bounds the rectangle that one sheet spans."""

    memory_bytes: int = 4 << 30
    cpu_seconds: int = 180
    wall_seconds: int = 300
    file_bytes: int = 512 << 20
    unpacked_bytes: int = 1 << 30
    entries: int = 10_000
    cells: int = 40_000_000


class Doubt(Protocol):
    """The second look at a sheet that was read, which may add patches to it and says whether it has."""

    def __call__(self, filled: int, *, is_filled: Callable[[Place], bool], end_of_february: bool) -> bool:
        """How many cells were filled, which, and whether one is the last real day of February 1900."""


def _no_doubt(filled: int, *, is_filled: Callable[[Place], bool], end_of_february: bool) -> bool:  # noqa: ARG001 (believes what it is told)
    return False


@dataclass
class RawSheet:
    """One sheet. `rows` gives its rows from the first one of the sheet, each starting at column `left`.

    `patches` are cells that the rows show empty and that are not (errors, formulas without result); an error
    stands above what the rows show. `doubt` is told how many cells were filled, and says whether it has
    added patches because the rows cannot be believed. `shown` are the number formats that change what one
    sees, by place, as indices into `formats`, `row_looks` the colours of rows that stand out. `weight` is
    how large the sheet is beside the others of its file.
    """

    name: str
    rows: Callable[[], Iterator[Sequence[Any]]]
    left: int = 0
    visible: str = "visible"
    height: int = 0
    weight: int = 1
    patches: dict[Place, Marked] = field(default_factory=dict)
    doubt: Doubt = _no_doubt
    formats: list[str] = field(default_factory=lambda: [""])
    shown: dict[Place, int] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    comments: dict[Place, str] = field(default_factory=dict)
    row_looks: dict[int, str] = field(default_factory=dict)


@dataclass
class RawRemark:
    """Something to tell the user, as a code."""

    code: str
    sheet: str = ""
    row: int = -1
    column: int = -1
    details: dict[str, str | int | float] = field(default_factory=dict)


def lost_texts(sheet: RawSheet) -> list[RawRemark]:
    """A remark for each cell whose text the file does not hold."""
    return [
        RawRemark("lost-text", sheet.name, *at) for at, mark in sheet.patches.items() if mark == LOST_TEXT
    ]


@dataclass
class RawWorkbook:
    """A file as its format's reader sees it; sheets are read one at a time when `rows` is called."""

    format: str
    sheets: list[RawSheet]
    remarks: list[RawRemark] = field(default_factory=list)
