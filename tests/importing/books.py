"""Sheets for tests, made from plain rows: as the reader would give them, without a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from mirocals_desktop.importing.grid import Area, Sheet, Workbook
from mirocals_desktop.importing.reader.child import encode_sheet
from mirocals_desktop.importing.reader.guard import read_sheet
from mirocals_desktop.importing.reader.raw import RawSheet


def sheet(
    rows: Sequence[Sequence[Any]],
    *,
    name: str = "Sheet1",
    merged: Sequence[tuple[int, int, int, int]] = (),
    visible: str = "visible",
) -> Sheet:
    """A sheet with these cells from A1 on; None is an empty cell."""
    width = max((len(row) for row in rows), default=0)
    cells = [
        ["" if cell is None else cell for cell in (*row, *([None] * (width - len(row))))] for row in rows
    ]
    raw = RawSheet(name, lambda: iter(cells), visible=visible, merged=list(merged))
    header, blobs = encode_sheet(raw)
    return read_sheet(header, blobs)


def workbook(*sheets: Sheet, name: str = "file.xlsx") -> Workbook:
    """A workbook of these sheets."""
    return Workbook(name, "0" * 64, "xlsx", sheets)


def day(text: str) -> date:
    """A real date cell from an ISO date."""
    return date.fromisoformat(text)


__all__ = ["Area", "date", "datetime", "day", "sheet", "workbook"]
