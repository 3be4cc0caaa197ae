from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_driver import idle

from mirocals_desktop.ui.notice import Notice
from mirocals_desktop.ui.window import Window


@pytest.mark.parametrize(
    ("after", "wanted", "quiet", "expected"),
    [
        (0.0, True, False, ["Counting: ended"]),
        (60.0, True, False, []),
        (0.0, False, False, []),
        (0.0, True, True, []),
    ],
    ids=["long work", "short work", "not wanted", "work that is not shown"],
)
def test_that_the_end_of_long_work_is_told_to_who_works_elsewhere(
    qtbot: QtBot, window: Window, after: float, wanted: bool, quiet: bool, expected: list[str]
) -> None:
    told: list[str] = []
    window.session.update_settings(notify=wanted)
    Notice(window.session, window, after_seconds=after).told.connect(told.append)
    elsewhere = QWidget()
    qtbot.addWidget(elsewhere)
    elsewhere.show()
    elsewhere.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow())
    window.session.jobs.start("Counting", lambda _report: None, quiet=quiet)
    idle(qtbot, window)
    assert told == expected
