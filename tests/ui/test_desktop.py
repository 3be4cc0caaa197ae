from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QProgressBar, QTextBrowser
from pytestqt.qtbot import QtBot
from window_driver import dialog, find, idle, is_open, until

from mirocals_desktop import __version__
from mirocals_desktop.progress import Report
from mirocals_desktop.ui import motion
from mirocals_desktop.ui.desktop import Desktop
from mirocals_desktop.ui.window import Window


@pytest.fixture(autouse=True)
def _things_move_again(qapp: QApplication) -> Iterator[None]:
    yield
    motion.apply_motion("system", system_reduces=False)


def test_that_the_taskbar_follows_work_and_is_clean_when_it_ends(qtbot: QtBot, window: Window) -> None:
    told: list[float | None] = []
    Desktop(window.session, window, tell=told.append, after_seconds=0.0)
    go_on = threading.Event()

    def work(report: Report) -> None:
        report(0.5, "")
        go_on.wait(10)

    window.session.jobs.start("Counting", work)
    until(qtbot, lambda: 0.5 in told)
    go_on.set()
    idle(qtbot, window)
    assert told[-1] is None


def test_that_short_or_quiet_work_is_not_seen_in_the_taskbar(qtbot: QtBot, window: Window) -> None:
    told: list[float | None] = []
    Desktop(window.session, window, tell=told.append)
    window.session.jobs.start("Counting", lambda report: report(0.5, ""))
    window.session.jobs.start("Counting", lambda report: report(0.5, ""), quiet=True)
    idle(qtbot, window)
    assert told == []


def test_that_nothing_moves_that_need_not_where_the_user_wants_it_so(qtbot: QtBot, window: Window) -> None:
    def busy_bar() -> bool:
        window.session.jobs.start("Counting", lambda _report: go_on.wait(10))
        until(qtbot, lambda: window.status.job.isVisible())
        shown = find(window, QProgressBar, "status_bar.progress").isVisible()
        go_on.set()
        idle(qtbot, window)
        go_on.clear()
        return bool(shown)

    go_on = threading.Event()
    window.show()
    caret = QApplication.cursorFlashTime()
    assert busy_bar()
    window.session.update_settings(motion="less")
    assert motion.is_reduced()
    assert QApplication.cursorFlashTime() == 0
    assert not busy_bar()  # the text says that work goes on
    window.session.update_settings(motion="system")
    assert QApplication.cursorFlashTime() == caret


def test_that_the_system_s_wish_for_less_motion_is_followed(qapp: QApplication) -> None:
    motion.apply_motion("system", system_reduces=True)
    assert motion.is_reduced()
    motion.apply_motion("system", system_reduces=False)
    assert not motion.is_reduced()


def test_that_what_is_new_is_shown_once_after_an_update_and_never_at_first(window: Window) -> None:
    window.commands.tell_news()
    assert not is_open("help")
    assert window.session.settings.seen_version == __version__
    window.session.update_settings(seen_version="0.0.1")
    window.commands.tell_news()
    box = dialog("help")
    assert find(box, QTextBrowser, "help.text").toPlainText().startswith("Changelog")
    box.close()
    window.commands.tell_news()
    assert not is_open("help")
    window.commands.run("show_news")  # from the menu at any time
    dialog("help").close()
