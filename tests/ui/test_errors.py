from __future__ import annotations

import sys

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mirocals_desktop.errors import AppError
from mirocals_desktop.progress import Cancelled
from mirocals_desktop.ui import errors


def boxes() -> list[QMessageBox]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]


def failing_with(secret: str) -> Exception:
    try:
        try:
            float(secret)
        except ValueError as error:
            raise KeyError(secret) from error
    except KeyError as error:
        return error
    raise AssertionError


def test_that_details_hold_places_and_never_a_value() -> None:
    details = errors.error_details(failing_with("CANARY 12,5"))
    assert "CANARY" not in details
    assert "KeyError" in details
    assert "ValueError" in details
    assert "failing_with" in details


def test_that_a_user_s_error_is_a_sentence_with_what_to_do(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    errors.show_error(window, AppError("The file is open in Excel.", hint="Close it there."))
    (box,) = boxes()
    assert box.text() == "The file is open in Excel."
    assert box.informativeText() == "Close it there."
    assert box.detailedText() == ""
    box.close()


def test_that_a_bug_says_the_study_is_safe_and_its_details_can_be_copied(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    errors.show_error(window, failing_with("CANARY 12,5"))
    (box,) = boxes()
    assert "Your study is safe" in box.text()
    button = box.findChild(QPushButton, "bug.copy")
    assert button is not None
    button.click()
    assert "KeyError" in QApplication.clipboard().text()
    assert "CANARY" not in QApplication.clipboard().text() + box.detailedText() + capsys.readouterr().err
    box.close()


def test_that_a_cancelled_task_is_no_error(qtbot: QtBot) -> None:
    errors.show_error(None, Cancelled())
    assert boxes() == []


def test_that_whatever_nobody_handled_is_shown_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("threading.excepthook", lambda _args: None)
    errors.catch_unhandled()
    error = failing_with("CANARY")
    sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: len(boxes()) == 1)
    QApplication.processEvents()
    assert len(boxes()) == 1
    boxes()[0].close()
    assert "CANARY" not in capsys.readouterr().err
