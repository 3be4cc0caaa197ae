"""Files of unusual programs, cell by cell: what the file says is what is read, or it is told."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xlsxwriter

from mirocals_desktop.importing.grid import Kind, Sheet, cell_name
from mirocals_desktop.importing.reader.child import encode_sheet, read_bytes
from mirocals_desktop.importing.reader.guard import read_sheet
from mirocals_desktop.importing.reader.raw import Limits, RawWorkbook
from mirocals_desktop.importing.values import NumberReading, type_numbers


def read(data: bytes) -> tuple[RawWorkbook, list[Sheet]]:
    """The file as the child process reads it, and its sheets as they arrive."""
    raw = read_bytes(data, Limits(), name="a")
    return raw, [read_sheet(*encode_sheet(sheet)) for sheet in raw.sheets]


def cells(sheet: Sheet) -> dict[str, str]:
    """Name -> text of every filled cell; what is no text or number begins with its kind."""
    found = {}
    for row in range(sheet.n_rows):
        for column in range(sheet.n_columns):
            if cell := sheet.cell(row, column):
                kind = "" if cell.kind in (Kind.TEXT, Kind.NUMBER) else f"{cell.kind.name.lower()} "
                found[cell_name(row, column)] = f"{kind}{cell.text}"
    return found


def xlsx(*formats_and_numbers: tuple[str, float]) -> bytes:
    """A workbook with a number in each row of column A, shown in its format."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet("S")
        for row, (code, number) in enumerate(formats_and_numbers):
            page.write_number(row, 0, number, book.add_format({"num_format": code}))
    return stream.getvalue()


def rows_of(data: bytes) -> list[list[str]]:
    _, (sheet,) = read(data)
    return [[sheet.text(row, column) for column in range(sheet.n_columns)] for row in range(sheet.n_rows)]


# --- text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'id,note,x\n1, "c, d",5\n2, "e, f",6\n',
        'id,note,x\n1,"c, d","5"\n2,"e, f",6\n\x1a',
        "id,note,x\n'1','c, d','5'\n'2','e, f','6'\n",
        '"id,""note"",x"\n"1,""c, d"",5"\n"2,""e, f"",6"\n',
        'id;note;x\n="1";="c, d";5\n"=""2""";"=""e, f""";6\n',
        "id;note;x\r\r\n1;c, d;5\r\r\n2;e, f;6\r\r\n",
        "\ufeff\ufeffid;note;x\n1;c, d;5\n\ufeff2;e, f;6\n",
        "id;note;x\n1;c, d;5\n\x0c2;e, f;6\n",
    ],
    ids=["blank before", "end of DOS", "single", "whole rows", "formulas", "returns", "marks", "pages"],
)
def test_that_cells_quoted_in_unusual_ways_stay_in_their_columns(text: str):
    assert rows_of(text.encode()) == [["id", "note", "x"], ["1", "c, d", "5"], ["2", "e, f", "6"]]


def test_that_a_quote_written_with_a_backslash_moves_no_cell():
    text = 'id,note,x\n1,"said \\"ill\\", left",5\n2,"b",6\n'
    assert rows_of(text.encode())[1] == ["1", 'said "ill", left', "5"]
    path = 'id,note,x\n1,"C:\\data\\",5\n2,"b",6\n'
    assert rows_of(path.encode())[1] == ["1", "C:\\data\\", "5"]


def test_that_rows_between_two_stray_quotes_are_no_remark_of_one_patient():
    text = b'id;note;x\n1;ok;5\n2;"def;6\n3;x;7\n4;y";8\n'
    raw, (sheet,) = read(text)
    assert [sheet.text(row, 2) for row in range(5)] == ["x", "5", "6", "7", "8"]
    assert [(one.code, one.row) for one in raw.remarks][:1] == [("quote-not-closed", 2)]
    assert rows_of(b'id;note;x\n1;"Rue 4\nLyon\nFrance";5\n')[1][2] == "5"


def test_that_rules_drawn_below_a_header_are_no_patient():
    assert rows_of(b"id|x\n---|---\n1|5\n--|7\n") == [["id", "x"], ["", ""], ["1", "5"], ["--", "7"]]


# --- number formats ---------------------------------------------------------------------------------------


def test_that_ids_made_by_a_number_format_are_read_as_one_sees_them():
    _, (sheet,) = read(
        xlsx(('"FR-"00\\-000', 12345), ("000\\-00\\-0000", 7), ('"P"000', 7), ("00000", 75), ('0"/48"', 40))
    )
    assert [sheet.text(row, 0) for row in range(5)] == ["FR-12-345", "000-00-0007", "P007", "00075", "40"]


def test_that_a_limit_which_only_a_format_shows_stays_a_limit():
    shown = ('[<1]"<1";0.0', 0.5), ('[<1]"<1";0.0', 5), ('0.0;"<"0.0', -62.5), ('0.0;"<"0.0', 80), ('">"0', 9)
    _, (sheet,) = read(xlsx(*shown))
    assert [sheet.text(row, 0) for row in range(5)] == ["<1", "5", "<62.5", "80", ">9"]
    reading = NumberReading(decimal=".")
    typed = type_numbers(sheet.columns[0], np.arange(5), reading=reading, formats=sheet.formats)
    assert typed.number.tolist() == [1, 5, 62.5, 80, 9]
    assert [("", "<", ">")[code] for code in typed.qualifier.tolist()] == ["<", "", "<", "", ">"]
