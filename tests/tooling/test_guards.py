"""The guards of conftest.py bite: a test is run for each fault that it is there for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

FAULTS = """
import logging
import threading
import warnings

import conftest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QDialog

conftest.THREAD_SECONDS = 0.01
stop = threading.Event()


def test_warns():
    warnings.warn("careful")


def test_logs():
    logging.getLogger("x").warning("odd")


def test_leaves_a_thread():
    threading.Thread(target=stop.wait, name="lost").start()


def test_leaves_a_dialog(qapp):
    global dialog
    dialog = QDialog(windowTitle="Sure?")
    dialog.open()


def test_raises_in_a_slot(qtbot):
    QTimer.singleShot(0, lambda: 1 / 0)
    qtbot.wait(20)


def test_makes_qt_complain(qtbot):
    qWarning("lost")


def test_expects_what_it_logs(logged):
    logging.getLogger("x").error("bad")
    assert [record.getMessage() for record in logged] == ["bad"]


def teardown_module():
    stop.set()
"""

MESSAGES = {
    "test_warns": "UserWarning: careful",
    "test_logs": "logged without being expected:",
    "test_leaves_a_thread": "threads still run after the test: lost",
    "test_leaves_a_dialog": "dialogs left open: 'Sure?'",
    "test_raises_in_a_slot": "ZeroDivisionError: division by zero",
    "test_makes_qt_complain": "Qt messages with level WARNING or above emitted",
}


def test_that_every_fault_fails_the_test_that_has_it(pytester: pytest.Pytester, repository: Path) -> None:
    pytester.makeconftest((repository / "tests" / "conftest.py").read_text(encoding="utf-8"))
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    ours = settings["tool"]["pytest"]["ini_options"]
    names = ("filterwarnings", "qt_log_level_fail", "qt_log_ignore")
    lines = [
        f"{n} = {ours[n] if isinstance(ours[n], str) else chr(10) + '  ' + '  '.join(ours[n])}" for n in names
    ]
    pytester.makefile(".ini", pytest="\n".join(["[pytest]", *lines, ""]))
    pytester.makepyfile(FAULTS)

    result = pytester.runpytest_subprocess("-p", "no:xdist", "-v")

    for message in MESSAGES.values():
        result.stdout.fnmatch_lines([f"*{message}*"])
    for name in MESSAGES:
        result.stdout.re_match_lines([f"(FAILED|ERROR) .*::{name}( |$)"])
    result.stdout.fnmatch_lines(["*::test_expects_what_it_logs PASSED*"])
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == len(MESSAGES)
