"""A coordinator's morning: from the list to do to who is overdue, and on to a list that can be sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from made_up_study import Values, VisitRow, made_up_study
from PySide6.QtWidgets import QAbstractButton, QTableView
from pytestqt.qtbot import QtBot
from window_driver import Answers, find, idle, press, rows, until

from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui.window import Window

# The data speak of 5 May 2024: 001 is overdue for M3 since 14 April, M3 of 002 is due, 003 is all there.
PATIENTS: dict[str, Values] = {
    "001": {"site": "FR01", "randomisation_date": "2024-01-01"},
    "002": {"site": "UK01", "randomisation_date": "2024-02-01"},
    "003": {"site": "UK01", "randomisation_date": "2024-01-20"},
}
VISITS: list[VisitRow] = [
    ("001", "BL", "2024-01-01", {}),
    ("002", "BL", "2024-02-01", {}),
    ("003", "BL", "2024-01-20", {}),
    ("003", "M3", "2024-04-20", {}),
]


@pytest.fixture
def opened(qtbot: QtBot, window: Window, tmp_path: Path) -> Window:
    with made_up_study(PATIENTS, visits=VISITS, data_cut=date(2024, 5, 5), folder=tmp_path) as study:
        path = study.path
    window.session.open(path)
    until(qtbot, lambda: window.findChild(QAbstractButton, "overview.to_do.overdue") is not None)
    idle(qtbot, window)
    return window


def test_that_the_overdue_are_found_and_sent_on(
    qtbot: QtBot, opened: Window, answers: Answers, tmp_path: Path
) -> None:
    window = opened
    line = find(window, QAbstractButton, "overview.to_do.overdue")
    assert line.accessibleName() == "Visits overdue: 1"
    press(window, "overview.to_do.overdue")
    idle(qtbot, window)
    assert window.page_code == "follow_up"
    table = find(window, QTableView, "follow_up.due.rows")
    assert [row[:5] for row in rows(table)] == [["001", "FR01", "Month 3", "overdue", "21"]]
    answers.target = tmp_path / "overdue.xlsx"
    press(window, "follow_up.due.export")
    until(qtbot, answers.target.exists)
    idle(qtbot, window)
    book = openpyxl.load_workbook(answers.target)
    sheet = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert [str(cell) for cell in sheet[1][:5]] == ["001", "FR01", "Month 3", "overdue", "21"]
    assert str(sheet[1][5])[:10] == "2024-03-31"  # a day, not a text
    about = " ".join(str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row)
    assert "Only the patients that the filter lets through." in about
    assert "SYNTHETIC" in about
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert snapshot.entries.iloc[-1]["kind"] == EXPORTED
    window.commands.run("clear_filter")
    idle(qtbot, window)
    assert [row[0] for row in rows(table)] == ["001", "002"]
