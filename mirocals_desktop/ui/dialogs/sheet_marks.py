"""The problems of an import as its dialog shows them: by how they are mended, and as marks at cells.

They can be many thousands, so they are worked out once, on the worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mirocals_desktop.importing.mending import IssueGroup, group_issues
from mirocals_desktop.importing.model import Issue

Place = tuple[int, int]
"""Row and column of a sheet, from 0."""


@dataclass(frozen=True)
class Mark:
    """A problem at a cell: how bad it is and the sentences about it."""

    severity: str
    text: str


@dataclass(frozen=True, eq=False)
class Problems:
    """Issues, their groups, and their marks by file and sheet."""

    issues: tuple[Issue, ...] = ()
    groups: tuple[IssueGroup, ...] = ()
    marks: Mapping[tuple[str, str], Mapping[Place, Mark]] = field(default_factory=dict)


def collect_problems(issues: Sequence[Issue]) -> Problems:
    """Group issues and mark their cells; several issues at one cell become one mark, notes become none."""
    marks: dict[tuple[str, str], dict[Place, Mark]] = {}
    for issue in issues:
        if issue.row < 0 or issue.column < 0 or issue.severity == "note":
            continue
        sheet = marks.setdefault((issue.file, issue.sheet), {})
        own = Mark("error" if issue.severity == "error" else "warning", issue.message)
        for place in {(issue.row, issue.column), *map(place_of, issue.cells)}:
            before = sheet.get(place)
            sheet[place] = own if before is None else _both(before, own)
    return Problems(tuple(issues), group_issues(issues), marks)


def _both(one: Mark, other: Mark) -> Mark:
    worst = "error" if "error" in (one.severity, other.severity) else "warning"
    return Mark(worst, f"{one.text}\n{other.text}")


def place_of(cell: str) -> Place:
    """Row and column, from 0, of a cell's name; (-1, -1) for what is none."""
    letters = cell.rstrip("0123456789")
    digits = cell[len(letters) :]
    if not letters.isascii() or not letters.isalpha() or not digits:
        return -1, -1
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(digits) - 1, column - 1
