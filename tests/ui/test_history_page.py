"""The history over a real study: every act, its export, withdrawal, verification, an earlier entry."""

from __future__ import annotations

from pathlib import Path

from made_up_study import alter, made_up_study
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_driver import Answers, press

from mirocals_desktop.study import ledger
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.pages.history import HistoryPage
from mirocals_desktop.ui.session import Session

from .study_pages import PATIENTS, VISITS, Opener, cells, settle, show


def test_that_the_history_lists_every_act_the_last_first(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    assert list(cells(page.table, "kind").values()) == ["option changed", "import", "study created"]
    assert cells(page.table, "summary")[2] == "made_up.xlsx"
    assert cells(page.table, "person")[2] == "Ada Tester"
    page.kinds.setCurrentIndex(page.kinds.findData("imported"))
    assert page.table.keys() == [2]


def test_that_the_acts_shown_are_exported_and_the_export_is_an_act(
    qtbot: QtBot, session: Session, open_study: Opener, answers: Answers, tmp_path: Path
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    page.kinds.setCurrentIndex(page.kinds.findData("imported"))
    answers.target = tmp_path / "audit.csv"
    press(page, "history.table.export")
    qtbot.waitUntil(lambda: answers.target.exists() and not session.jobs.busy, timeout=60_000)
    lines = answers.target.read_text("utf-8-sig").splitlines()
    assert len(lines) == 2, "a header and the one import"
    assert "made_up.xlsx" in lines[1]
    assert session.snapshot.entries["kind"].tolist()[-1] == "exported"


def texts_of(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_that_an_entry_says_what_it_brought_and_which_file(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    page.table.view.setCurrentIndex(page.table.model.index(1, 0))
    said = texts_of(page.entry)
    assert "Entry 2: import" in said
    assert "made_up.xlsx, SHA-256 0000000000000000…" in said
    assert "svc percent 5" in said
    assert page.entry.withdraw.isEnabled()
    page.table.view.setCurrentIndex(page.table.model.index(2, 0))
    assert not page.entry.withdraw.isEnabled()  # the making of the study cannot be taken back


def test_that_an_import_names_its_sheets(qtbot: QtBot, session: Session, open_study: Opener) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    files = [{"name": "two.xlsx", "sheets": ["Flow cytometry", "CSF"]}]
    session.change("", lambda study, _report: study.record(ledger.IMPORTED, details={"files": files}))
    qtbot.waitUntil(lambda: len(page.table.keys()) == 4 and not session.jobs.busy)
    page.table.view.setCurrentIndex(page.table.model.index(0, 0))
    assert "two.xlsx, Flow cytometry, CSF" in texts_of(page.entry).splitlines()


def test_that_an_import_is_withdrawn_with_a_reason(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    page.table.view.setCurrentIndex(page.table.model.index(1, 0))
    qtbot.mouseClick(page.entry.withdraw, Qt.MouseButton.LeftButton)
    (box,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    reason, act = box.findChild(QComboBox, "withdraw.reason"), box.findChild(QAbstractButton, "withdraw.act")
    assert reason is not None
    assert act is not None
    reason.setCurrentText("Imported twice")
    act.click()
    qtbot.waitUntil(lambda: session.snapshot is not None and not len(session.snapshot.patients))
    settle(qtbot, session)
    assert cells(page.table, "reason")[4] == "Imported twice"
    assert cells(page.table, "withdrawn")[2] == "by entry 4"
    page.table.select(2)
    page._show_entry()
    assert "; 0 of them still count" in texts_of(page.entry)
    assert not page.entry.withdraw.isEnabled()


def test_that_the_chain_is_verified_and_the_study_shown_as_of_an_entry(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    qtbot.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    settle(qtbot, session)
    assert page.verified.text().startswith("The study is whole")
    assert page.verify.isEnabled()
    page.table.view.setCurrentIndex(page.table.model.index(2, 0))
    qtbot.mouseClick(page.entry.as_of, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.as_of == 1)
    settle(qtbot, session)
    assert page.table.keys() == [1]


def test_that_a_value_altered_behind_the_program_is_told_by_its_entry(
    qtbot: QtBot, session: Session, open_study: Opener, tmp_path: Path
) -> None:
    with made_up_study(PATIENTS, visits=VISITS, folder=tmp_path) as study:
        path = study.path
    alter(path)
    session.open(path)
    qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy)
    page = show(qtbot, session, HistoryPage)
    qtbot.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    settle(qtbot, session)
    assert "Entry 2" in page.verified.text()
    assert theme.error_colour() in page.verified.styleSheet()


# Blinding
