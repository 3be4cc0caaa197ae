"""A coordinator calls who is unknown, learns of a death, records it, and sees the curve change."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from made_up_study import Values, made_up_study
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, find, idle, nameless, press, rows, text_of, until, write

from mirocals_desktop.study import ledger
from mirocals_desktop.ui.plots.ledger import LedgerPlot
from mirocals_desktop.ui.window import Window

DAY_0 = {"randomisation_date": "2024-01-01", "site": "FR01"}
PATIENTS: dict[str, Values] = {
    "001": {**DAY_0, "death_date": "2024-04-10"},  # day 100
    "002": {**DAY_0, "last_contact_date": "2024-12-01"},
    "003": {**DAY_0, "last_contact_date": "2024-02-20"},  # day 50, then nothing
    "004": {**DAY_0, "last_contact_date": "2024-07-19"},  # day 200, then nothing
    "005": {**DAY_0, "death_date": "2024-08-28"},  # day 240
}


@pytest.fixture
def opened(qtbot: QtBot, window: Window, tmp_path: Path) -> Window:
    with made_up_study(PATIENTS, folder=tmp_path) as study:
        path = study.path
    window.session.open(path)
    idle(qtbot, window)
    until(qtbot, lambda: window.session.snapshot is not None)
    window.show_page("ledger")
    idle(qtbot, window)
    return window


def ledger_rows(window: Window) -> list[list[str]]:
    """Patient and class, row by row."""
    return [row[:3] for row in rows(find(window, QTableView, "ledger.table.rows"))]


def record(qtbot: QtBot, window: Window, button: str, row: int, day: str, note: str = "") -> None:
    """Select a row, press a button, write a day, record."""
    table = find(window, QTableView, "ledger.table.rows")
    table.selectRow(row)
    press(window, button)
    box = dialog("contact")
    assert nameless(box) == []
    write(box, "contact.day", day)
    write(box, "contact.note", note)
    press(box, "contact.act")
    idle(qtbot, window)


def test_that_a_death_told_by_phone_changes_the_curve_and_is_in_the_ledger(
    qtbot: QtBot, opened: Window
) -> None:
    window = opened
    assert ledger_rows(window)[:2] == [["004", "FR01", "Unknown"], ["003", "FR01", "Unknown"]]
    # At risk: 4 on day 100 (003 left), 2 on day 240.
    assert "S(300) = 0.3750." in text_of(window, "ledger.sentence")
    table = find(window, QTableView, "ledger.table.rows")
    table.selectRow(0)
    press(window, "ledger.died")
    box = dialog("contact")
    write(box, "contact.day", "19/07/2024")
    said = find(box, QLabel, "contact.echo").text()
    assert "day 200" in said
    assert "0.3750 → 0.2500" in said  # 3/4 x 2/3 x 1/2
    press(box, "contact.act")
    idle(qtbot, window)
    assert ["004", "FR01", "Event"] in ledger_rows(window)
    assert "S(300) = 0.2500, before the last change 0.3750." in text_of(window, "ledger.sentence")
    snapshot = window.session.snapshot
    assert snapshot is not None
    last = snapshot.entries.iloc[-1]
    assert (last["kind"], last["reason"], last["summary"]) == (ledger.ENTERED, "Call with the family", "004")
    plot = find(window, LedgerPlot, "ledger.plot")
    assert plot.axes.drawn("before").min() == 0.375
    # 003 alone is unknown now: dead on day 50, or one more at risk on days 100, 200 and 240.
    bar = plot.axes.drawn("open")
    assert [bar.min(), bar.max()] == pytest.approx([4 / 5 * 3 / 4 * 2 / 3 / 2, 4 / 5 * 3 / 4 * 2 / 3])
    assert plot.axes.drawn("curve").min() == 0.25
    window.commands.run("undo_last")
    box = dialog("withdraw")
    write(box, "withdraw.reason", "wrong patient")
    press(box, "withdraw.act")
    idle(qtbot, window)
    assert "S(300) = 0.3750" in text_of(window, "ledger.sentence")


def test_that_a_note_stands_beside_the_patient_and_the_list_is_exported(
    qtbot: QtBot, opened: Window, answers: Answers, tmp_path: Path
) -> None:
    window = opened
    record(qtbot, window, "ledger.note", 1, "02/12/2024", "no answer")
    record(qtbot, window, "ledger.alive", 1, "20/12/2024")
    shown = rows(find(window, QTableView, "ledger.table.rows"))
    by_patient = {row[0]: row for row in shown}
    assert by_patient["003"][2] == "Known without it at the horizon"
    assert by_patient["003"][6] == "Alive on 20 Dec 2024, Call with the patient"
    answers.target = tmp_path / "ledger.xlsx"
    press(window, "ledger.table.export")
    until(qtbot, answers.target.exists)
    idle(qtbot, window)
    book = openpyxl.load_workbook(answers.target)
    sheet = book.worksheets[0]
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in table] == ["Patient", *(row[0] for row in shown)]
    assert str(table[1][4])[:10] == "2024-07-19"
    about = [str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row]
    assert "SYNTHETIC" in about
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert snapshot.entries.iloc[-1]["kind"] == ledger.EXPORTED
    answers.target = tmp_path / "ledger.csv"
    press(window, "ledger.table.export")
    until(qtbot, answers.target.exists)
    idle(qtbot, window)
    lines = answers.target.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("Patient,Site,Class")
    assert lines[1].startswith("004,FR01,Unknown,")


def test_that_nothing_is_recorded_in_the_past(qtbot: QtBot, opened: Window) -> None:
    window = opened
    window.session.show_as_of(2)
    idle(qtbot, window)
    find(window, QTableView, "ledger.table.rows").selectRow(0)
    assert not find(window, QAbstractButton, "ledger.died").isEnabled()


def test_that_a_contact_is_recorded_from_any_page_by_its_command(qtbot: QtBot, opened: Window) -> None:
    window = opened
    assert not window.actions_of["record_contact"].isEnabled()
    window.show_page("patients")
    window.session.select(patient="003")
    idle(qtbot, window)
    window.actions_of["record_contact"].trigger()
    box = dialog("contact")
    write(box, "contact.day", "20/12/2024")
    press(box, "contact.act")
    idle(qtbot, window)
    assert window.session.facts is not None
    assert window.session.facts.status["003"] == "completed"
