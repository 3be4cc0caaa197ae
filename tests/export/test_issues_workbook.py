"""The workbook of problems: the sheets' own cells with real types, those at fault coloured and commented."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from mirocals_desktop.errors import AppError
from mirocals_desktop.export.issues_workbook import FILLS, write_issues
from mirocals_desktop.importing.commit import accept_suggestions
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.importing.review import Review
from mirocals_desktop.progress import Cancelled
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study

HEADER = ["Patient ID", "Arm", "Date of randomisation", "First dose date", "Treg V2 (%)", "Treg V6 (%)"]
ROWS: list[list[object]] = [
    ["List for Lyon, IL-2 patients marked"],
    [],
    HEADER,
    ["001", "IL-2", date(2023, 1, 16), date(2023, 1, 16), 7.5, 17.31],
    ["002", "placebo", "31/02/2023", date(2023, 2, 20), 8.5, "=1+1 abc"],
    ["003", "IL-2", date(2023, 3, 6), date(2023, 3, 6), 650, 19.33],
]


def review_of(folder: Path, rows: Sequence[Sequence[object]], *, blinded: bool = False) -> Review:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Lab's list"
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(folder / "lab.xlsx")
    key = {"key_file": folder / "key", "key_passphrase": "a long enough passphrase"} if blinded else {}
    with Study.create(
        folder / "lab.mirocals",
        protocol_text("mirocals"),
        title="Lab",
        person="A. Tester",
        role="",
        blinded=blinded,
        **key,  # type: ignore[arg-type]
    ) as study:
        return accept_suggestions(study, [read_workbook(folder / "lab.xlsx")])


def written(review: Review, path: Path, *, blinded: bool = False) -> tuple[Worksheet, Worksheet]:
    """The list of problems, and the copy of the sheet."""
    book = openpyxl.load_workbook(write_issues(review, path, blinded=blinded))
    assert book.sheetnames == ["Problems", "Lab's list"]
    return book["Problems"], book["Lab's list"]


def fill(sheet: Worksheet, cell: str) -> str:
    return "#" + str(sheet[cell].fill.fgColor.rgb)[-6:]


def test_that_rows_are_as_high_as_their_text(tmp_path: Path) -> None:
    rows = [*ROWS[:2], ["Patient\nID", *HEADER[1:]], *ROWS[3:]]
    listing, sheet = written(review_of(tmp_path, rows), tmp_path / "out.xlsx")
    assert sheet.row_dimensions[3].height == 30
    assert sheet.row_dimensions[4].height is None
    assert {listing.row_dimensions[row].height for row in range(2, listing.max_row + 1)} >= {30}


def test_that_the_cells_at_fault_are_coloured_and_say_why(tmp_path: Path) -> None:
    _listing, sheet = written(review_of(tmp_path, ROWS), tmp_path / "out.xlsx")
    assert fill(sheet, "C5") == FILLS["error"]
    assert "no day of the calendar" in sheet["C5"].comment.text
    assert fill(sheet, "E6") in FILLS.values()
    assert sheet["A4"].comment is None
    assert fill(sheet, "A4") not in FILLS.values()


def test_that_cells_are_copied_with_their_own_types(tmp_path: Path) -> None:
    _listing, sheet = written(review_of(tmp_path, ROWS), tmp_path / "out.xlsx")
    assert sheet["A4"].value == "001"
    assert sheet["C4"].value == datetime(2023, 1, 16)
    assert sheet["F4"].value == 17.31
    assert sheet["F5"].value == "=1+1 abc"
    assert sheet["F5"].data_type == "s"
    assert sheet["A1"].value == ROWS[0][0]


def test_that_the_list_leads_to_the_cell_and_leaves_room_for_an_answer(tmp_path: Path) -> None:
    listing, _sheet = written(review_of(tmp_path, ROWS), tmp_path / "out.xlsx")
    rows = [[cell.value for cell in row] for row in listing.iter_rows()]
    assert rows[0][-1] == "Answer"
    at = next(n for n, row in enumerate(rows) if row[3] == "C5")
    assert rows[at][0] == "1 date that does not exist"
    assert "day" in str(rows[at][5])
    assert listing.cell(at + 1, 4).hyperlink.location == "'Lab''s list'!C5"


def test_that_a_blinded_workbook_holds_no_arm_and_no_restricted_value(tmp_path: Path) -> None:
    review = review_of(tmp_path, ROWS, blinded=True)
    listing, sheet = written(review, tmp_path / "out.xlsx", blinded=True)
    cells = [cell for part in (listing, sheet) for row in part.iter_rows() for cell in row]
    said = "\n".join(f"{cell.value} {cell.comment.text if cell.comment else ''}" for cell in cells)
    assert "001" in said
    assert "First dose date" in said
    for secret in ("IL-2", "placebo", "17.31", "19.33"):
        assert secret not in said
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        raw = b"".join(archive.read(name) for name in archive.namelist())
    assert b"17.31" not in raw
    assert b"placebo" not in raw


def test_that_a_stopped_workbook_leaves_no_file(tmp_path: Path) -> None:
    def stop(_share: float, _message: str) -> None:
        raise Cancelled

    review = review_of(tmp_path, ROWS)
    with pytest.raises(Cancelled):
        write_issues(review, tmp_path / "out.xlsx", blinded=False, report=stop)
    assert not (tmp_path / "out.xlsx").exists()
    with pytest.raises(AppError, match="does not exist"):
        write_issues(review, tmp_path / "nowhere" / "out.xlsx", blinded=False)
