"""The study's file goes away, or its drive is full, while the study is open: said clearly, nothing lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, idle, is_open, press, text_of, until

from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.window import Window


def make_study(path: Path) -> Path:
    with Study.create(path, protocol_text("mirocals"), title="Lyon", person="A", role="data manager") as made:
        made.record(
            ledger.IMPORTED,
            details={"files": [{"name": "lab.xlsx"}]},
            observations=observation.frame(
                {
                    "patient": ["P01", "P02"],
                    "variable": ["csf_pnfh"] * 2,
                    "visit": [made.protocol.visits[0].code] * 2,
                    "number": np.array([1240.0, 4000.0]),
                    "raw": ["1240", "4000"],
                }
            ),
        )
    return path


def open_study(qtbot: QtBot, window: Window, path: Path) -> None:
    window.commands.open_path(path)
    until(qtbot, lambda: window.session.snapshot is not None and not window.session.jobs.busy)


def correct(qtbot: QtBot, window: Window, value: str) -> str:
    """Correct the first patient's value; gives what the dialog then complains of."""
    snapshot = window.session.snapshot
    assert snapshot is not None
    rows = snapshot.observations
    window.session.select(
        patient="P01", variable="csf_pnfh", observation=int(rows[rows["patient"] == "P01"]["id"].iloc[0])
    )
    window.commands.run("correct_value")
    box = dialog("correct")
    box.findChild(QLineEdit, "correct.value").setText(value)
    box.findChild(QComboBox, "correct.reason").setCurrentText("Typing error")
    press(box, "correct.act")
    idle(qtbot, window)
    if not is_open("correct"):
        return ""
    said = text_of(box, "correct.problem")
    box.close()
    return said


def values(window: Window) -> list[float]:
    snapshot = window.session.snapshot
    assert snapshot is not None
    return list(snapshot.measurements["number"])


@pytest.mark.parametrize("how", ["removed", "moved", "replaced"])
def test_that_nothing_is_written_to_a_file_that_is_gone(
    qtbot: QtBot, window: Window, tmp_path: Path, how: str
) -> None:
    path = make_study(tmp_path / "lyon.mirocals")
    open_study(qtbot, window, path)
    if how == "removed":
        path.unlink()
    elif how == "moved":
        path.rename(tmp_path / "elsewhere.mirocals")
    else:
        shutil.copy(path, tmp_path / "other")
        (tmp_path / "other").replace(path)
    said = correct(qtbot, window, "1250")
    assert "no longer there: nothing was saved" in said
    assert "Back up the study" in said
    assert values(window) == [1240.0, 4000.0]


def test_that_work_goes_on_when_the_file_is_put_back(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    path = make_study(tmp_path / "lyon.mirocals")
    open_study(qtbot, window, path)
    away = path.rename(tmp_path / "elsewhere.mirocals")
    assert correct(qtbot, window, "1250")
    away.rename(path)
    assert correct(qtbot, window, "1250") == ""
    assert values(window) == [1250.0, 4000.0]
    window.commands.run("close_study")
    idle(qtbot, window)
    with Study.open(path, person="B", role="auditor") as study:
        assert study.verify().whole
        assert list(study.snapshot().measurements["number"]) == [1250.0, 4000.0]


def test_that_a_backup_saves_what_a_lost_file_held_and_one_goes_on_in_it(
    qtbot: QtBot, window: Window, tmp_path: Path, answers: Answers
) -> None:
    path = make_study(tmp_path / "lyon.mirocals")
    open_study(qtbot, window, path)
    assert correct(qtbot, window, "1250") == ""
    path.unlink()
    assert correct(qtbot, window, "9999")
    answers.target = tmp_path / "saved.mirocals"
    window.commands.run("back_up")
    until(qtbot, lambda: window.session.snapshot is not None and window.session.snapshot.path != path)
    idle(qtbot, window)
    assert values(window) == [1250.0, 4000.0]
    assert correct(qtbot, window, "1300") == ""
    window.commands.run("verify")
    idle(qtbot, window)
    assert window.statusBar().currentMessage().startswith("The study is whole.")


def test_that_a_backup_goes_to_the_folder_of_the_settings(
    qtbot: QtBot, window: Window, tmp_path: Path, answers: Answers
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    window.session.update_settings(backup_folder=str(folder))
    open_study(qtbot, window, make_study(tmp_path / "lyon.mirocals"))
    window.commands.run("back_up")
    idle(qtbot, window)
    (copy,) = folder.iterdir()
    assert copy.name.startswith("lyon 2")
    assert answers.asked == []
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert snapshot.entries["kind"].iloc[-1] == ledger.BACKED_UP
    with Study.open(copy, person="B", role="auditor") as study:
        assert study.verify().whole


@pytest.fixture
def small_drive(tmp_path: Path) -> Iterator[Path]:
    """A drive of two megabytes; the test is skipped where none can be made."""
    folder = tmp_path / "drive"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no drive can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.name == "nt" or not shutil.which("mount"), reason="needs mount")
def test_that_a_full_drive_is_said_and_nothing_is_lost(
    qtbot: QtBot, window: Window, small_drive: Path
) -> None:
    path = make_study(small_drive / "lyon.mirocals")
    open_study(qtbot, window, path)
    filler = small_drive / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 1024):
            pass
    assert shutil.disk_usage(small_drive).free < 1024
    said = correct(qtbot, window, "1250")
    assert "The drive is full" in said
    assert values(window) == [1240.0, 4000.0]
    filler.unlink()
    assert correct(qtbot, window, "1250") == ""
    assert values(window) == [1250.0, 4000.0]
    window.commands.run("close_study")
    idle(qtbot, window)
    with Study.open(path, person="B", role="auditor") as study:
        assert study.verify().whole


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Callable[[str], bool]]:
    """Makes the test's folder and its study read-only ("+i") and writable again ("-i"), also for root."""
    folder = tmp_path / "drive"
    folder.mkdir()

    def change(flag: str) -> bool:
        made = subprocess.run(
            ["chattr", flag, str(folder), *map(str, folder.iterdir())], capture_output=True, check=False
        )
        return made.returncode == 0

    yield change
    change("-i")


@pytest.mark.skipif(not shutil.which("chattr"), reason="needs chattr")
def test_that_a_drive_that_became_read_only_is_said_and_work_goes_on_when_it_is_not(
    qtbot: QtBot, window: Window, tmp_path: Path, immutable: Callable[[str], bool]
) -> None:
    path = make_study(tmp_path / "drive" / "lyon.mirocals")
    open_study(qtbot, window, path)
    if not immutable("+i"):
        pytest.skip("no file can be made immutable here")
    said = correct(qtbot, window, "1250")
    assert "cannot be written to" in said
    assert values(window) == [1240.0, 4000.0]
    assert immutable("-i")
    assert correct(qtbot, window, "1250") == ""
    assert values(window) == [1250.0, 4000.0]


def test_that_a_recent_study_that_is_gone_is_said_when_it_is_opened(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    window.commands.open_path(tmp_path / "gone.mirocals")
    idle(qtbot, window)
    box = dialog("error")
    assert isinstance(box, QMessageBox)
    assert "moved" in box.informativeText()
    box.close()
