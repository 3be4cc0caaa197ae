"""Tables into cells: what is written is what is read back, whatever the text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirocals_desktop.export.book import MAX_TEXT, Book, fitting_width, plain_text
from mirocals_desktop.export.table import Cell, Column, Table, day_cell, number_cell
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import set_language

ANY_TEXT = st.text(st.characters(), max_size=60)
TELLING_TEXT = st.sampled_from(
    [
        "=1+1",
        "+33 1 23",
        "-12",
        "@SUM(A1)",
        "\t=1",
        "#N/A",
        "1e5",
        "007",
        "TRUE",
        "http://a.b",
        "<r>x</r>",
        "_x0041_",
    ]
)


def write(path: Path, *tables: Table, max_rows: int = 1_048_576) -> openpyxl.Workbook:
    with write_whole(path) as temporary, Book(temporary, title="A & B", max_rows=max_rows) as book:
        for table in tables:
            book.write_table(table)
    return openpyxl.load_workbook(path)


@settings(max_examples=30)  # each writes a file: so each has many cells
@given(
    texts=st.lists(ANY_TEXT | TELLING_TEXT, min_size=20, max_size=60),
    numbers=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=20, max_size=60),
    days=st.lists(st.dates(), min_size=20, max_size=60),
)
def test_that_any_text_number_and_day_is_read_back_as_what_it_is(
    texts: list[str], numbers: list[float], days: list[date], tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = write(
        tmp_path_factory.mktemp("cells") / "cells.xlsx",
        Table("T", "", (Column("Text", texts),)),
        Table("N", "", (Column("N", [number_cell(number) for number in numbers], 2),)),
        Table("D", "", (Column("D", [day_cell(day.isoformat()) for day in days]),)),
    )
    for row, text in enumerate(texts, start=2):
        cell = written["T"].cell(row, 1)
        assert cell.data_type == ("s" if text else "n"), "never a formula"
        assert (cell.value or "") == plain_text(text)
    for row, number in enumerate(numbers, start=2):
        cell = written["N"].cell(row, 1)
        if number != number:
            assert cell.value is None
        elif abs(number) == float("inf"):
            assert cell.value == ("∞" if number > 0 else "−∞")
        else:
            assert cell.value == pytest.approx(number, rel=1e-15)
            assert cell.data_type == "n"
    for row, day in enumerate(days, start=2):
        cell = written["D"].cell(row, 1)
        if day >= date(1900, 3, 1):
            assert cell.is_date
            assert cell.value.date() == day
        else:
            assert cell.value == day.isoformat(), "before Excel’s calendar"


@pytest.mark.parametrize("text", ["2018", "2018-03", "2018-13-45"])
def test_that_a_date_that_is_not_a_whole_day_stays_text_as_precise_as_it_is(text: str) -> None:
    assert day_cell(text) == text


def test_that_a_text_longer_than_a_cell_is_cut_with_a_sign_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    long = "é" * (MAX_TEXT + 5)
    wide = "😀" * MAX_TEXT  # each takes two of the units that Excel counts
    with write_whole(path) as temporary, Book(temporary, title="T") as book:
        book.write_table(Table("T", "", (Column("Text", [long, wide, "x" * MAX_TEXT]),)))
        assert book.cut_texts == 2
    sheet = openpyxl.load_workbook(path).active
    texts = [sheet.cell(row, 1).value for row in (2, 3, 4)]
    assert all(len(text.encode("utf-16-le")) // 2 <= MAX_TEXT for text in texts)
    assert texts[0].endswith("…")
    assert texts[1].endswith("😀…")
    assert texts[2] == "x" * MAX_TEXT


def test_that_many_rows_and_an_empty_table_are_whole_in_the_file(tmp_path: Path) -> None:
    rows = 5_000
    many = Table(
        "Many", "", (Column("A", [f"t{i % 7}" for i in range(rows)]), Column("B", list(range(rows))))
    )
    book = write(tmp_path / "t.xlsx", many, Table("None", "", (Column("A", []), Column("B", []))))
    assert book["Many"].dimensions == f"A1:B{rows + 1}"
    read = list(book["Many"].iter_rows(min_row=2, values_only=True))
    assert read == [(f"t{i % 7}", i) for i in range(rows)]
    assert book["None"].dimensions == "A1:B1"


def test_that_control_characters_become_visible_and_halves_of_characters_do_no_harm() -> None:
    assert plain_text("a\x00b\x1fc\x7f") == "a␀b␟c␡"
    assert plain_text("one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"
    assert plain_text("\ud800") == "\ufffd"


def test_that_a_table_longer_than_a_sheet_goes_on_in_the_next_with_its_header(tmp_path: Path) -> None:
    cells: list[Cell] = list(range(25))
    book = write(tmp_path / "long.xlsx", Table("Numbers", "", (Column("N", cells),)), max_rows=11)
    assert book.sheetnames == ["Numbers", "Numbers (2)", "Numbers (3)"]
    read = [row[0] for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert read == cells
    assert all(sheet["A1"].value == "N" for sheet in book)


def test_that_sheet_names_are_ones_that_excel_takes(tmp_path: Path) -> None:
    names = [
        "History",
        "a/b:c*[d]?",
        "x" * 40,
        "X" * 40,
        "'quoted'",
        "",
        "ALSFRS-R 5a: Cutting food without gastrostomy",
    ]
    book = write(tmp_path / "names.xlsx", *(Table(name, "", (Column("A", [1]),)) for name in names))
    assert len({name.casefold() for name in book.sheetnames}) == len(names)
    assert all(0 < len(name) <= 31 for name in book.sheetnames)
    assert not any(set(name) & set("[]:*?/\\") for name in book.sheetnames)
    assert "history" not in {name.casefold() for name in book.sheetnames}
    assert not any(name.startswith("'") or name.endswith("'") for name in book.sheetnames)


def test_that_every_sheet_has_its_header_in_sight_a_filter_and_widths_for_its_cells(tmp_path: Path) -> None:
    columns = (Column("Patient", ["FR01-001"]), Column("Reason", ["a rather long reason for it"]))
    sheet = write(tmp_path / "t.xlsx", Table("T", "", columns)).active
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:B2"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["B"].width > len("a rather long reason for it")
    assert sheet.print_title_rows == "$1:$1"


def test_that_numbers_show_the_decimals_of_their_variable_row_by_row_where_they_differ(
    tmp_path: Path,
) -> None:
    columns = (Column("One", [1.25, 1000], 1), Column("Each", [1.5, 2.25], [0, 2]), Column("Free", [0.1, 2]))
    sheet = write(tmp_path / "t.xlsx", Table("T", "", columns)).active
    assert sheet["A2"].number_format == "#,##0.0"
    assert [sheet["B2"].number_format, sheet["B3"].number_format] == ["#,##0", "#,##0.00"]
    assert sheet["C2"].number_format == "General"
    assert sheet["A2"].value == 1.25


@pytest.mark.parametrize(("language", "shown"), [("en", "dd mmm yyyy"), ("fr", "dd/mm/yyyy")])
def test_that_dates_are_shown_as_the_users_language_writes_them(
    language: str, shown: str, tmp_path: Path
) -> None:
    set_language(language)
    sheet = write(tmp_path / "t.xlsx", Table("T", "", (Column("D", [date(2024, 3, 4)]),))).active
    assert sheet["A2"].number_format == shown


def test_that_a_wide_text_does_not_make_a_column_wider_than_a_screen() -> None:
    assert fitting_width(Column("C", ["x" * 500])) < 50
