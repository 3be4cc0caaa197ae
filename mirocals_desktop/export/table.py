"""A table on its way into a file: named columns of plain cells, with what makes them readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from mirocals_desktop.export.styles import LineStyle
from mirocals_desktop.i18n import _
from mirocals_desktop.study.snapshot import Snapshot

Cell = str | int | float | date | None
"""A cell is written by its type: text as text whatever it begins with, a number as a number, a day as one."""


@dataclass(frozen=True)
class Column:
    """One column. `decimals` shows its fractions, `header` carries the unit, `width` is in characters.

    A number column may hold text cells (`< 62.5`), and so may a date column (`2018-03`). Where rows measure
    different things, `decimals` is a sequence, one for each row.
    """

    header: str
    cells: Sequence[Cell]
    decimals: int | Sequence[int] | None = None
    width: float | None = None


@dataclass(frozen=True)
class Table:
    """One table: `name` is the sheet's, `about` a sentence for the list of contents.

    The first `frozen` columns stay in sight. `group` sorts sheets by colour: "data", "result" or "wide".
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    frozen: int = 1
    group: str = "data"

    @property
    def rows(self) -> int:
        """How many rows there are below the header."""
        return len(self.columns[0].cells) if self.columns else 0


@dataclass(frozen=True)
class Heading:
    """A heading of a page; `level` 1 is its title. On paper it can begin a `new_page`."""

    text: str
    level: int = 2
    new_page: bool = False


@dataclass(frozen=True)
class Note:
    """A paragraph of a page; `warning` sets it off."""

    text: str
    warning: bool = False


@dataclass(frozen=True)
class Grid:
    """A small table of a page: `header` may be empty; `decimals` has one item for each column.

    `links` gives for a row the sheet that its first cell leads to.
    """

    rows: tuple[tuple[Cell, ...], ...]
    header: tuple[str, ...] = ()
    decimals: tuple[int | None, ...] = ()
    links: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """One line of a chart: its points stand in two columns of the sheet of points, days then values.

    `column` is the first of the two, from 0; points begin below the header.
    """

    name: str
    column: int
    points: tuple[tuple[float, float], ...]
    style: LineStyle
    marks: bool = False  # points of their own (censored patients) in place of a line


@dataclass(frozen=True)
class Chart:
    """A native chart of step curves."""

    title: str
    x_title: str
    y_title: str
    x_max: float
    x_step: float
    series: tuple[Series, ...]


Block = Heading | Note | Grid | Chart


@dataclass(frozen=True)
class Page:
    """A sheet to be read from top to bottom. `widths` are those of its columns, in characters."""

    name: str
    about: str
    blocks: tuple[Block, ...]
    widths: tuple[float, ...]
    portrait: bool = False


def day_cell(text: str) -> Cell:
    """The cell of an ISO date: a day when it is whole and Excel knows it, else the text, as precise."""
    if len(text) != 10:
        return text or None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return day if day >= date(1900, 3, 1) else text  # before, Excel's calendar has a day that never was


def number_cell(number: float) -> Cell:
    """The cell of a number: a whole one as an integer, NaN as an empty cell, infinity in a sign."""
    if number != number:
        return None
    if number in (float("inf"), float("-inf")):
        return "∞" if number > 0 else "−∞"
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def text_cells(values: Sequence[str]) -> list[Cell]:
    """Cells of texts; a text that says nothing becomes an empty cell."""
    return [value or None for value in values]


def marks(snapshot: Snapshot) -> list[str]:
    """The words that must stand on everything made from this study: SYNTHETIC, BLINDED or UNBLINDED."""
    words = []
    if snapshot.synthetic:
        words.append(_("SYNTHETIC"))
    if snapshot.blinded:
        words.append(_("UNBLINDED") if snapshot.unblinded else _("BLINDED"))
    return words
