"""The answers in a workbook of queries that came back, and what taking each of them in would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Sheet, Workbook
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.study.queries import (
    ANSWER_COLUMN,
    BY_COLUMN,
    KEY_COLUMN,
    Reviews,
    read_answer_key,
)

Fate = Literal["new", "further", "same", "empty", "closed", "unknown", "other_study", "twice"]
"""What an answer is: the first; one more beside another; the one that is stored; none; of a closed query; of
no query of this study; of another study; given twice and differently."""

TAKEN: Final[tuple[Fate, ...]] = ("new", "further")
"""What can be taken in."""

_SEARCHED_ROWS: Final = 30


@dataclass(frozen=True)
class Answer:
    """One row of a workbook that came back: the query by its number, what was written, and its cell."""

    query: int
    text: str
    by: str
    sheet: str
    row: int
    fate: Fate


@dataclass(frozen=True)
class Answers:
    """A workbook of answers: its name and hash, for the ledger, and its rows in order."""

    file: str
    sha256: str
    rows: tuple[Answer, ...]


def read_answers(path: Path, reviews: Reviews, *, study_id: str, report: Report = ignore) -> Answers:
    """Read the answers of a workbook; nothing is taken in.

    AppError when the file cannot be read, or is no workbook of queries.
    """
    workbook = read_workbook(path, report=report)
    found = find_answers(workbook, reviews, study_id=study_id)
    if found is None:
        raise AppError(
            _("{name} is no workbook of queries: the hidden keys of the queries are not in it.").format(
                name=path.name
            ),
            hint=_("Take the workbook that was exported for the site; its answers must be in that file."),
        )
    return found


def find_answers(workbook: Workbook, reviews: Reviews, *, study_id: str) -> Answers | None:
    """The answers in a workbook of queries; None when it is another kind of workbook."""
    rows = [row for sheet in workbook.sheets for row in _read_sheet(sheet)]
    return Answers(workbook.name, workbook.sha256, tuple(_judge(rows, reviews, study_id))) if rows else None


@dataclass(frozen=True)
class _Row:
    key: str
    text: str
    by: str
    sheet: str
    row: int


def _read_sheet(sheet: Sheet) -> list[_Row]:
    """The rows below the hidden row that names the columns; none in a sheet without it."""
    for top in range(min(sheet.n_rows, _SEARCHED_ROWS)):
        names = [sheet.text(top, column) for column in range(sheet.n_columns)]
        if KEY_COLUMN in names and ANSWER_COLUMN in names:
            key, answer = names.index(KEY_COLUMN), names.index(ANSWER_COLUMN)
            by = names.index(BY_COLUMN) if BY_COLUMN in names else -1
            return [
                _Row(
                    sheet.text(row, key).strip(),
                    sheet.text(row, answer).strip(),
                    sheet.text(row, by).strip() if by >= 0 else "",
                    sheet.name,
                    row + 1,
                )
                for row in range(top + 1, sheet.n_rows)
                if sheet.text(row, key).strip()
            ]
    return []


def _judge(rows: Sequence[_Row], reviews: Reviews, study_id: str) -> list[Answer]:
    given: dict[str, set[str]] = {}
    for row in rows:
        if row.text:
            given.setdefault(row.key, set()).add(row.text)
    judged = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        of_study, number = read_answer_key(row.key)
        if not number:
            continue  # the visible header, and rows that somebody added
        judged.append(
            Answer(
                number,
                row.text,
                row.by,
                row.sheet,
                row.row,
                _fate(row, of_study, number, reviews, study_id, twice=len(given.get(row.key, ())) > 1)
                if (row.key, row.text) not in seen
                else "same",
            )
        )
        seen.add((row.key, row.text))
    return judged


def _fate(row: _Row, of_study: str, number: int, reviews: Reviews, study_id: str, *, twice: bool) -> Fate:
    query = reviews.query(number)
    if of_study != study_id:
        return "other_study"
    if query is None:
        return "unknown"
    if not row.text:
        return "empty"
    if query.answer is not None and query.answer.text == row.text:
        return "same"
    if query.state == "closed":
        return "closed"
    if twice:
        return "twice"
    return "new" if query.answer is None else "further"
