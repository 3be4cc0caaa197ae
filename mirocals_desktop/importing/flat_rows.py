"""The rows of one sheet as text, for an analysis of a table that is no study.

Numbers keep every digit, whatever their format shows; everything else is as one sees it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Kind, Sheet, Workbook
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.progress import Report, ignore

_BEGINNINGS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""Of files that hold sheets: Excel, OpenDocument, and the older Excel."""

Row = tuple[int, tuple[str, ...]]
"""A row's number in the sheet, from 1, and its cells."""


def is_spreadsheet(path: Path) -> bool:
    """Whether the file holds sheets and is not text. False also where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(8).startswith(_BEGINNINGS)
    except OSError:
        return False


def read_flat_rows(path: Path, *, sheet: str = "", report: Report = ignore) -> list[Row]:
    """The rows of the sheet with this name, or of the only one that is visible and has cells.

    Raises `AppError` when the file cannot be read, and rather than choose among several sheets.
    """
    workbook = read_workbook(path, report=report)
    return _rows(_choose(workbook, path.name, sheet))


def _choose(workbook: Workbook, name: str, wanted: str) -> Sheet:
    if wanted:
        found = workbook.sheet(wanted)
        if found is None:
            raise AppError(
                _("{file} has no sheet “{sheet}”.").format(file=name, sheet=wanted),
                hint=_("Its sheets are: {sheets}.").format(sheets=", ".join(s.name for s in workbook.sheets)),
            )
        return found
    filled = [s for s in workbook.sheets if s.visible == "visible" and s.n_rows]
    if not filled:
        raise AppError(_("{file} has no table: a header and rows below it.").format(file=name))
    if len(filled) > 1:
        raise AppError(
            _("{file} has several sheets, and nothing says which is meant.").format(file=name),
            hint=_("Name it with --sheet. They are: {sheets}.").format(
                sheets=", ".join(s.name for s in filled)
            ),
        )
    return filled[0]


def _rows(sheet: Sheet) -> list[Row]:
    return [
        (row + 1, tuple(_text(sheet, row, column) for column in range(sheet.n_columns)))
        for row in range(sheet.n_rows)
    ]


def _text(sheet: Sheet, row: int, column: int) -> str:
    cell = sheet.cell(row, column)
    if cell.kind != Kind.NUMBER:
        return cell.text
    return str(int(cell.number)) if cell.number.is_integer() else repr(cell.number)
