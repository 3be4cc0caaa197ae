"""`survival TABLE`: a spreadsheet gives the numbers that its CSV gives, or a sentence."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from mirocals_desktop.cli.main import run_command
from tests.analysis.reference.tables import public_data

CASE, FRAME = next((case, frame.head(50)) for case, frame in public_data() if case.name == "rossi")


def survival(path: Path, *more: str) -> list[str]:
    return ["survival", str(path), "--time", CASE.time, "--event", CASE.event, "--json", *more]


def book(path: Path, *, sheets: tuple[str, ...] = ("Data",)) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for name in sheets:
        sheet = made.create_sheet(name)
        sheet.append(list(FRAME.columns))
        for row in FRAME.itertuples(index=False):
            sheet.append([value.item() if hasattr(value, "item") else value for value in row])
        for cell in sheet["A"]:
            cell.number_format = "0"
    made.save(path)
    return path


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_that_a_sheet_gives_the_numbers_of_its_csv(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FRAME.columns)
        writer.writerows(FRAME.itertuples(index=False))
    assert run_command(survival(tmp_path / "table.csv")) == 0
    plain = answer(capsys)
    assert run_command(survival(book(tmp_path / "table.xlsx"))) == 0
    assert answer(capsys) == plain
    assert plain["overall"]["n"] == len(FRAME)


def test_that_several_sheets_are_asked_about_and_one_can_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = book(tmp_path / "two.xlsx", sheets=("Data", "Old"))
    assert run_command(survival(path)) == 4
    refused = answer(capsys)
    assert "several sheets" in refused["error"]
    assert "Data, Old" in refused["hint"]
    assert run_command(survival(path, "--sheet", "Old")) == 0
    assert answer(capsys)["overall"]["n"] == len(FRAME)
    assert run_command(survival(path, "--sheet", "New")) == 4
    assert "no sheet “New”" in answer(capsys)["error"]


def test_that_a_bad_cell_of_a_sheet_is_named_by_its_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = book(tmp_path / "bad.xlsx")
    made = openpyxl.load_workbook(path)
    column = list(FRAME.columns).index(CASE.event) + 1
    made["Data"].cell(7, column).value = "maybe"
    made.save(path)
    assert run_command(survival(path)) == 4
    assert "7" in answer(capsys)["error"]


def test_that_the_search_of_a_study_is_refused_for_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(survival(tmp_path / "never_read.csv", "--search-cuts", "100")) == 2
    assert "--search-cuts belong to a study" in capsys.readouterr().err
