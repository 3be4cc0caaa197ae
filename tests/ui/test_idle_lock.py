from __future__ import annotations

from pathlib import Path

import pytest
from made_up_study import protocol_text
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from window_driver import dialog, find, idle

from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.dialogs.settings import SettingsDialog
from mirocals_desktop.ui.idle_lock import IdleLock
from mirocals_desktop.ui.window import Window

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("protected") / "lyon.mirocals"
    Study.create(
        path, protocol_text(), title="Lyon", person="A. Martin", role="data manager", passphrase=PASSPHRASE
    ).close()
    return path


def opened(qtbot: QtBot, window: Window, path: Path) -> None:
    window.session.open(path, passphrase=PASSPHRASE)
    qtbot.waitUntil(lambda: window.session.snapshot is not None and not window.session.jobs.busy)


def test_that_a_protected_study_is_closed_when_nobody_works_and_its_passphrase_asked_for_again(
    qtbot: QtBot, window: Window, protected: Path
) -> None:
    window.session.update_settings(lock_minutes=5)
    IdleLock(window.session, window, minute_ms=1)
    window.session.open(protected, passphrase=PASSPHRASE)
    qtbot.waitUntil(lambda: window.session.study is not None)
    qtbot.waitUntil(lambda: window.session.study is None)
    idle(qtbot, window)
    asked = dialog("passphrase")
    assert window.page_code == "start"
    asked.reject()


def test_that_a_key_begins_the_idle_minutes_anew(qtbot: QtBot, window: Window, protected: Path) -> None:
    window.session.update_settings(lock_minutes=5)
    lock = IdleLock(window.session, window)
    opened(qtbot, window, protected)
    assert lock.timer.interval() == 300_000
    begun = lock.timer.timerId()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    assert lock.timer.isActive()
    assert lock.timer.timerId() != begun  # Qt gives each start a number of its own


def test_that_nothing_is_watched_unless_the_settings_ask_for_it_and_the_study_is_protected(
    qtbot: QtBot, window: Window, protected: Path, study: Path
) -> None:
    lock = IdleLock(window.session, window)
    opened(qtbot, window, protected)
    assert not lock.timer.isActive()
    settings = SettingsDialog(window.session, window.commands.run, window)
    qtbot.addWidget(settings)
    field = find(settings, QComboBox, "settings.lock_minutes")
    field.setCurrentIndex(field.findData(15))
    field.activated.emit(field.currentIndex())
    assert lock.timer.isActive()
    assert lock.timer.interval() == 15 * 60_000
    opened_other = window.session.snapshot
    window.session.open(study)
    qtbot.waitUntil(lambda: window.session.snapshot is not opened_other and not window.session.jobs.busy)
    assert not lock.timer.isActive()
