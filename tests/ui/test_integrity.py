from __future__ import annotations

from pathlib import Path

import pytest
from made_up_study import alter
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from window_driver import dialog, idle

from mirocals_desktop.ui.integrity import IdleVerification
from mirocals_desktop.ui.window import Window


@pytest.fixture
def watched(window: Window) -> Window:
    """A window whose studies are verified as soon as nothing else is to be done."""
    IdleVerification(window.session, tell=window.commands.tell_problem, parent=window, after_ms=0)
    return window


def test_that_a_study_is_verified_by_itself_when_it_was_opened_and_nothing_is_said_of_a_whole_one(
    qtbot: QtBot, watched: Window, study: Path
) -> None:
    with qtbot.waitSignal(watched.session.verified):
        watched.commands.open_path(study)
    assert watched.session.problem == ""
    assert watched.findChild(QPushButton, "chip.altered") is None
    assert watched.findChild(QMessageBox, "error") is None


def test_that_opening_a_study_that_was_altered_tells_the_entry_and_goes_on_saying_so(
    qtbot: QtBot, watched: Window, study: Path
) -> None:
    alter(study)
    with qtbot.waitSignal(watched.session.verified):
        watched.commands.open_path(study)
    idle(qtbot, watched)
    box = dialog("error")
    assert isinstance(box, QMessageBox)
    assert "lyon.mirocals is not whole: Entry 2 of" in box.text()
    assert "last good backup" in box.informativeText()
    box.accept()
    chip = watched.findChild(QPushButton, "chip.altered")
    assert chip is not None
    assert "Entry 2 of" in chip.accessibleName()
    watched.session.close()
    idle(qtbot, watched)
    assert watched.session.problem == ""


def test_that_work_of_the_user_comes_before_the_verification_which_is_made_up_for(
    qtbot: QtBot, watched: Window, study: Path
) -> None:
    session, order = watched.session, []
    session.verified.connect(lambda: order.append("verified"))

    def work_at_once() -> None:
        if session.study is not None and not order:
            order.append("changed")
            session.refresh()

    session.jobs.changed.connect(work_at_once)
    watched.commands.open_path(study)
    qtbot.waitUntil(lambda: "verified" in order)
    assert order == ["changed", "verified"]
