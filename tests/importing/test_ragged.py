"""Text files whose rows do not fit their header, and workbooks without a cell."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from books import sheet
from reviews import empty_facts, review

from mirocals_desktop.errors import AppError
from mirocals_desktop.importing.pipeline import make_review
from mirocals_desktop.importing.reader.guard import read_workbook


@pytest.mark.parametrize(
    "text",
    [
        "Patient,Visit,Treg (%)\nP1,V2,5,1\nP2,V2,5,2\nP3,V2,6\n",
        "Patient,Visit,Treg (%),Note\nP1,V2,6,\nP2,V2,5,25,\n",
        "Patient,Visit,Treg (%)\n1,P1,V2,5.1\n2,P2,V2,5.2\n3,P3,V2,5.3\n",
    ],
)
def test_that_rows_with_more_cells_than_headers_are_refused(tmp_path: Path, text: str):
    path = tmp_path / "lab.csv"
    path.write_text(text)
    with pytest.raises(AppError, match="more cells than its header"):
        read_workbook(path)


@pytest.mark.parametrize(
    "text",
    [
        "Patient,Visit,Treg (%),Note\nP1,V2,5.1,seen twice, with wife\nP2,V2,5.2,\nP3,V2,6.1,\n",
        "Patient;Visit;Treg (%);;\nP1;V2;5,1;;\nP2;V2;5,2;;\n",
        "Study,Lyon\n\nPatient,Visit,Treg (%)\nP1,V2,5.1\nP2,V2,5.2\nP3,V2,5.2\n",
        "Patient,Visit,Treg (%),Note\nP1,V2,5.1,\nP2,V2\nP3,V2,6.1,seen\nP4\n",
        "Patient,Age\nP1,51\nP2,52\n\nPatient,Visit,Treg (%)\nP1,V2,5.1\nP2,V2,5.2\n",
    ],
)
def test_that_other_rows_that_are_longer_or_shorter_are_read(tmp_path: Path, text: str):
    path = tmp_path / "lab.csv"
    path.write_text(text)
    assert read_workbook(path).sheets[0].n_rows == text.count("\n")


def test_that_rows_of_another_separator_are_parted_by_it_and_told(tmp_path: Path):
    path = tmp_path / "lab.csv"
    path.write_text("Patient;Visit;Treg (%)\nP1;V2;5,1\nP2;V2;5,2\nP3,V2,6\nP4,V2,7\n")
    book = read_workbook(path)
    assert [book.sheets[0].text(4, column) for column in range(3)] == ["P4", "V2", "7"]
    issues = make_review([book], empty_facts()).issues
    assert [(i.severity, i.cell) for i in issues if i.code == "odd-separator"] == [
        ("warning", "A4"),
        ("warning", "A5"),
    ]


def test_that_a_workbook_of_blank_sheets_is_refused(tmp_path: Path):
    path = tmp_path / "blank.xlsx"
    xlsxwriter.Workbook(path).close()
    with pytest.raises(AppError, match="no sheet with cells"):
        read_workbook(path)


def test_that_a_file_without_any_table_says_so():
    (issue,) = review(sheet([["Read me first"]])).issues
    assert (issue.severity, issue.code) == ("warning", "table-not-read")
    assert "has no table" in issue.message
