"""What importing tells others: problems at their cells, questions with choices, what an import does.

The import dialog, the command line and the issues workbook build on these types alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mirocals_desktop.importing.grid import cell_name

Severity = Literal["error", "warning", "note"]
"""error: cannot be right, or cannot be taken in; warning: to be looked at; note: said, nothing to do."""

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")


@dataclass(frozen=True)
class Issue:
    """One problem in the data, at its cell. `message` is a whole sentence in the user's language.

    `row` and `column` count from 0, -1 when the issue belongs to a whole sheet or file. `cells` names every
    cell concerned when there are more than one, this one first. `code` groups issues that are mended alike.
    In a blinded study no message quotes a sealed value.
    """

    severity: Severity
    code: str
    message: str
    file: str = ""
    sheet: str = ""
    row: int = -1
    column: int = -1
    cells: tuple[str, ...] = ()
    patient: str = ""
    variable: str = ""

    @property
    def cell(self) -> str:
        """The name of the cell, for example "C14"; "" for an issue of a sheet or file."""
        return cell_name(self.row, self.column)


@dataclass(frozen=True)
class Option:
    """One answer that a question allows: `detail` says what it would do."""

    code: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Question:
    """Something that the files leave open, or that a person may decide otherwise.

    `id` is the same for every file of the same shape: a recipe answers by it. `suggested` is the code of the
    option that the program would take, with its `confidence` (0 to 1) and `evidence`. `asked` is False where
    the suggestion is sure enough to go ahead without asking; the answer may still be changed. `answer` is ""
    until somebody, or a recipe, has answered.
    """

    id: str
    kind: str
    text: str
    options: tuple[Option, ...]
    suggested: str
    confidence: float
    evidence: tuple[str, ...] = ()
    file: str = ""
    sheet: str = ""
    cells: tuple[str, ...] = ()
    asked: bool = True
    answer: str = ""

    @property
    def open(self) -> bool:
        """Whether the import waits for this answer."""
        return self.asked and not self.answer

    @property
    def chosen(self) -> str:
        """The answer, or the suggestion while there is none."""
        return self.answer or self.suggested


@dataclass(frozen=True)
class Account:
    """Where the filled cells of one table went: `filled` is the sum of the others, so nothing vanishes."""

    file: str
    sheet: str
    filled: int
    header: int
    values: int
    missing: int
    problems: int
    duplicates: int
    set_apart: int
    left_out: int
    ignored: int

    @property
    def unaccounted(self) -> int:
        """How many filled cells are in none of these parts."""
        parts = (self.header, self.values, self.missing, self.problems)
        return self.filled - sum(parts) - self.duplicates - self.set_apart - self.left_out - self.ignored

    @property
    def balanced(self) -> bool:
        """Whether every filled cell is accounted for."""
        return self.unaccounted == 0


@dataclass(frozen=True)
class LeftOut:
    """A column that an import leaves out, and why."""

    file: str
    sheet: str
    column: str
    header: str
    cells: int
    reason: str


@dataclass(frozen=True)
class Counts:
    """What an import would do, in cells: new, changed, same as stored, missing in the files, set apart.

    `blank` of the stored values stand beside a blank cell or a word for "no value".
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    missing: int = 0
    set_apart: int = 0
    blank: int = 0
    by_variable: Mapping[str, int] = field(default_factory=dict)
