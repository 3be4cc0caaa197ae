"""Starting the program, until its window is painted, beside an empty window of Qt's own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from frame import Case

EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
"""
PROGRAM = """
from mirocals_desktop.app import make_application, make_window
from mirocals_desktop.settings import Settings
app = make_application()
session, window = make_window(app, Settings())
"""
SHOW = """
import os
from PySide6.QtCore import QEvent, QObject, QTimer
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, lambda: (print("painted", flush=True), os._exit(0)))
        return False
painted = Painted()
window.installEventFilter(painted)
window.show()
app.exec()
"""


def cases(folder: Path) -> list[Case]:
    """The one case: from the start of the process to the first paint."""
    return [
        Case(
            "start until the window is painted",
            lambda: seconds_to_paint(PROGRAM, folder),
            "an empty QMainWindow",
            lambda: seconds_to_paint(EMPTY, folder),
            rounds=9,
            limit=2.5,
            most_seconds=1.5,
        )
    ]


def seconds_to_paint(script: str, folder: Path) -> float:
    """Run a program in a process of its own until it says that it painted."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", script + SHOW], stdout=subprocess.PIPE, cwd=folder
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        seconds = time.perf_counter() - start
    if said.strip() != b"painted":
        sys.exit("the program ended before its window was painted")
    return seconds
