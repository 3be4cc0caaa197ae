"""The steps of making a study and importing a file, as a user takes them in the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, idle, is_open, press, until, write

from mirocals_desktop.importing.commit import accept_suggestions, commit
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.dialogs.import_dialog import ImportDialog
from mirocals_desktop.ui.window import Window


def make_study(qtbot: QtBot, window: Window, answers: Answers, path: Path) -> None:
    """New study, from the button on the start page to the empty overview."""
    answers.target = path
    press(window, "start.new_study")
    box = dialog("new_study")
    write(box, "new_study.title", "Lyon")
    press(box, "new_study.act")
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    answers.target = None


def write_sheet(path: Path, table: Sequence[Sequence[object]]) -> Path:
    """Write a workbook of one sheet: the rows as they are given."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Patients"
    for row in table:
        sheet.append(list(row))
    book.save(path)
    return path


def write_study(path: Path, *spreadsheets: Path) -> Path:
    """A study file as New study makes it, with these files imported as the program suggests."""
    text = protocol_text("mirocals")
    with Study.create(path, text, title="Lyon", person="A. Martin", role="coordinator") as study:
        for spreadsheet in spreadsheets:
            commit(study, accept_suggestions(study, [read_workbook(spreadsheet)]))
    return path


def open_study(qtbot: QtBot, window: Window, path: Path) -> Window:
    """Open a study file, and wait until its page stands there."""
    window.session.open(path)
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    return window


def open_import(qtbot: QtBot, window: Window, path: Path) -> ImportDialog:
    """Drop a file and wait for what the program makes of it."""
    window.commands.take_files([path])
    box = dialog("import")
    assert isinstance(box, ImportDialog)
    until(qtbot, lambda: box.review_made is not None)
    idle(qtbot, window)
    return box


def answer_all(qtbot: QtBot, window: Window, box: ImportDialog) -> None:
    """Take every suggestion, as often as an answer opens another question."""
    for _round in range(5):
        if not box.columns.questions.accept.isVisible():
            break
        press(box, "questions.accept")
        until(qtbot, lambda: box.settled)
        idle(qtbot, window)


def import_all(qtbot: QtBot, window: Window, path: Path) -> None:
    """Import a file with every suggestion taken."""
    box = open_import(qtbot, window, path)
    answer_all(qtbot, window, box)
    press(box, "import.step.3")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, window)
