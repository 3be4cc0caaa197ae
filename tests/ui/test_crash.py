"""The program's last words: kept when it crashed, shown once, with places in the code and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.crash import CrashLog, shorten, take_crash_report
from mirocals_desktop.ui.errors import show_crash

CRASH = """
import faulthandler, sys
from pathlib import Path
from mirocals_desktop.ui.crash import CrashLog
log = CrashLog(Path(sys.argv[1]))
patient = "PBC-047 died on day 512"
def correct_value(text):
    faulthandler._sigsegv()
if sys.argv[2] == "crash":
    correct_value(patient)
log.close()
"""


def run(folder: Path, how: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", CRASH, str(folder), how], check=False, capture_output=True
    ).returncode


def test_that_a_crash_is_told_once_with_its_place_and_without_a_value(tmp_path: Path) -> None:
    assert run(tmp_path, "crash") != 0
    report = take_crash_report(tmp_path)
    assert "correct_value" in report
    assert "PBC-047" not in report
    assert take_crash_report(tmp_path) == ""


def test_that_an_orderly_end_leaves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "end") == 0
    assert list(tmp_path.iterdir()) == []
    assert take_crash_report(tmp_path) == ""


def test_that_the_log_of_a_program_that_still_runs_is_left_to_it(tmp_path: Path) -> None:
    # in another process, since faulthandler here is pytest's own
    script = CRASH.replace("log.close()", "print('runs', flush=True)\nsys.stdin.read()\nlog.close()")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert take_crash_report(tmp_path) == ""
        assert len(list(tmp_path.iterdir())) == 1
        running.communicate(b"")
    assert list(tmp_path.iterdir()) == []


def test_that_a_folder_that_cannot_be_written_keeps_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    CrashLog(tmp_path / "file" / "below").close()
    assert take_crash_report(tmp_path / "file" / "below") == ""


def test_that_folders_of_the_user_are_not_in_a_report() -> None:
    said = (
        "Fatal Python error: Aborted\n"
        '  File "/home/jane.doe/apps/mirocals_desktop/ui/window.py", line 7 in show_page\n'
        '  File "C:\\Users\\jane\\lib\\site-packages\\pandas\\core.py", line 9 in sort\n'
        '  File "/home/jane.doe/somewhere.py", line 1 in work'
    )
    told = shorten(said)
    assert "jane" not in told
    assert 'File "mirocals_desktop/ui/window.py", line 7 in show_page' in told
    assert 'File "site-packages/pandas/core.py", line 9 in sort' in told
    assert 'File "somewhere.py", line 1 in work' in told


def test_that_the_report_can_be_copied_and_closed(qtbot: QtBot, qapp: object) -> None:
    show_crash(None, "Fatal Python error: Aborted")
    box = next(
        box for box in qapp.topLevelWidgets() if isinstance(box, QMessageBox) and box.objectName() == "crash"
    )
    copy = box.findChild(QPushButton, "crash.copy")
    assert copy is not None
    copy.click()
    assert "Fatal Python error: Aborted" in qapp.clipboard().text()
    assert box.isVisible()
    box.close()
