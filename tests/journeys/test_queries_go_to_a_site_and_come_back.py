"""Queries are sent to a site as a workbook, answered there, and taken in after a look."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from marker_study import TREG, marker_study
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, idle, is_open, nameless, press, text_of, until

from mirocals_desktop.study import ledger
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.dialogs.query_answers import QueryAnswersDialog
from mirocals_desktop.ui.window import Window

QUESTIONS = {"001": "Is it right?", "002": "Which visit?", "003": "=1+1"}


def with_queries(folder: Path, *, blinded: bool = False) -> Path:
    path = marker_study(folder, blinded=blinded)
    with Study.open(path, person="Ada Tester", role="data manager") as study:
        rows = study.snapshot().measurements
        rows = rows[rows["variable"] == TREG].drop_duplicates("patient", keep="last").set_index("patient")
        study.review(
            ledger.QUERY_RAISED,
            [
                {
                    "patient": patient,
                    "variable": TREG,
                    "visit": rows.loc[patient, "visit"],
                    "observation": int(rows.loc[patient, "id"]),
                    "text": text,
                }
                for patient, text in QUESTIONS.items()
            ],
        )
    return path


def open_queries(qtbot: QtBot, window: Window, path: Path) -> None:
    window.commands.open_path(path)
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    window.commands.run("page:queries")
    idle(qtbot, window)


def export(qtbot: QtBot, window: Window, answers: Answers, path: Path) -> openpyxl.Workbook:
    answers.target = path
    press(window, "queries.export")
    until(qtbot, path.exists)
    idle(qtbot, window)
    return openpyxl.load_workbook(path)


def take(qtbot: QtBot, window: Window, answers: Answers, path: Path) -> QueryAnswersDialog:
    answers.files = [path]
    press(window, "queries.take_answers")
    until(qtbot, lambda: is_open("query_answers"))
    box = dialog("query_answers")
    assert isinstance(box, QueryAnswersDialog)
    return box


def shown(box: QueryAnswersDialog) -> list[tuple[str, str, str]]:
    items = [box.rows.topLevelItem(place) for place in range(box.rows.topLevelItemCount())]
    return [(item.text(0), item.text(3), item.text(5)) for item in items if item is not None]


@pytest.fixture
def opened(qtbot: QtBot, window: Window, tmp_path: Path) -> Window:
    open_queries(qtbot, window, with_queries(tmp_path))
    return window


def test_that_answers_come_back_however_the_site_has_moved_the_sheet(
    qtbot: QtBot, opened: Window, answers: Answers, tmp_path: Path
) -> None:
    window = opened
    book = export(qtbot, window, answers, tmp_path / "site.xlsx")
    sheet = book["Queries"]
    heads = [cell.value for cell in sheet[2]]
    assert heads[:8] == ["Query", "Patient", "Visit", "Variable", "Value", "Unit", "Date", "Question"]
    assert [cell.value for cell in sheet[3]][:6] == ["Q1", "001", "Month 3", "treg percent", 12, "%"]
    assert sheet["H5"].value == "=1+1"
    assert sheet["H5"].data_type == "s", "a question is never a formula"
    assert sheet.row_dimensions[1].hidden
    key = [cell.value for cell in sheet[1]].index("mirocals:key")
    assert sheet.column_dimensions[sheet.cell(1, key + 1).column_letter].hidden
    answer, by = heads.index("Answer") + 1, heads.index("Answered by") + 1
    sheet.cell(3, answer).value = "Yes, 12.0 in the source"
    sheet.cell(3, by).value = "C. Roux"
    sheet.cell(4, answer).value = "Month 3"
    sheet.insert_cols(1)
    sheet.insert_rows(1)
    book.save(tmp_path / "back.xlsx")

    window.commands.take_files([tmp_path / "back.xlsx"])  # dropped like a spreadsheet of values
    until(qtbot, lambda: is_open("query_answers"))
    assert not is_open("import")
    dialog("query_answers").reject()
    box = take(qtbot, window, answers, tmp_path / "back.xlsx")
    assert shown(box) == [
        ("Q1", "Yes, 12.0 in the source", "new"),
        ("Q2", "Month 3", "new"),
        ("Q3", "", "no answer"),
    ]
    assert nameless(box) == []
    item = box.rows.topLevelItem(1)
    assert item is not None
    item.setCheckState(0, Qt.CheckState.Unchecked)
    assert box.act.text() == "Take in 1 answer"
    press(box, "query_answers.act")
    until(qtbot, lambda: not is_open("query_answers"))
    idle(qtbot, window)
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert [query.state for query in snapshot.reviews.queries] == ["answered", "open", "open"]
    step = snapshot.reviews.queries[0].answer
    assert step is not None
    assert (step.text, step.by, step.person) == ("Yes, 12.0 in the source", "C. Roux", "A. Martin")
    assert snapshot.entries["summary"].iloc[-1] == "back.xlsx"

    again = take(qtbot, window, answers, tmp_path / "back.xlsx")
    assert [fate for _name, _text, fate in shown(again)] == ["known already", "new", "no answer"]
    press(again, "query_answers.cancel")


def test_that_a_workbook_without_keys_is_refused_with_a_sentence(
    qtbot: QtBot, opened: Window, answers: Answers, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Patient", "Age"])
    book.worksheets[0].append(["001", 61])
    book.save(tmp_path / "other.xlsx")
    answers.files = [tmp_path / "other.xlsx"]
    press(opened, "queries.take_answers")
    until(qtbot, lambda: bool([box for box in opened.findChildren(QMessageBox) if box.isVisible()]))
    boxes = [box for box in opened.findChildren(QMessageBox) if box.isVisible()]
    assert "other.xlsx is no workbook of queries" in boxes[0].text() + boxes[0].informativeText()
    boxes[0].close()


def test_that_answers_of_another_study_are_not_taken(
    qtbot: QtBot, opened: Window, answers: Answers, tmp_path: Path
) -> None:
    book = export(qtbot, opened, answers, tmp_path / "site.xlsx")
    sheet = book["Queries"]
    heads = [cell.value for cell in sheet[2]]
    sheet.cell(3, heads.index("Answer") + 1).value = "Yes"
    key = [cell.value for cell in sheet[1]].index("mirocals:key") + 1
    sheet.cell(3, key).value = "another-study/Q1"
    sheet.cell(4, heads.index("Answer") + 1).value = "No"
    sheet.cell(4, key).value = str(sheet.cell(4, key).value).replace("Q2", "Q77")
    book.save(tmp_path / "back.xlsx")
    box = take(qtbot, opened, answers, tmp_path / "back.xlsx")
    assert [fate for _name, _text, fate in shown(box)] == ["of another study", "no such query", "no answer"]
    assert not box.act.isEnabled()
    press(box, "query_answers.cancel")


def test_that_a_blinded_study_sends_no_sealed_value_to_a_site(
    qtbot: QtBot, window: Window, answers: Answers, tmp_path: Path
) -> None:
    open_queries(qtbot, window, with_queries(tmp_path, blinded=True))
    book = export(qtbot, window, answers, tmp_path / "site.xlsx")
    sheet = book["Queries"]
    assert [sheet.cell(row, 5).value for row in (3, 4)] == ["received, sealed"] * 2
    said = "\n".join(str(cell.value) for one in book.worksheets for row in one.iter_rows() for cell in row)
    assert "lab.xlsx" not in said, "names of files may tell an arm"
    for value in ("12", "7.5"):
        assert f"\n{value}\n" not in said
    answers.target = tmp_path / "all.xlsx"
    window.commands.run("export_workbook")
    until(qtbot, (tmp_path / "all.xlsx").exists)
    idle(qtbot, window)
    assert "Queries" in openpyxl.load_workbook(tmp_path / "all.xlsx").sheetnames
    assert text_of(window, "queries.ages").startswith("3 not closed")
