"""A second start of the program: its files come to the window that runs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.single_instance import Listener, hand_over, socket_name

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there, a pipe goes with its program")

HAND_OVER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from mirocals_desktop.ui.single_instance import hand_over
app = QCoreApplication([])
print(hand_over(sys.argv[1], [Path(name) for name in sys.argv[2:]]))
"""


@pytest.fixture
def name(tmp_path: Path) -> str:
    """The address of a window, as the program makes it."""
    made = socket_name(tmp_path)
    return made if sys.platform == "win32" else str(tmp_path / Path(made).name[-12:])


def start_second(name: str, *files: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HAND_OVER, name, *files], stdout=subprocess.PIPE, text=True, cwd=folder
    )


def test_that_a_second_start_hands_its_files_to_the_window_that_runs(
    qtbot: QtBot, name: str, tmp_path: Path
) -> None:
    listener = Listener(name)
    with qtbot.waitSignal(listener.files_asked, timeout=20_000) as asked:
        second = start_second(name, "a study.mirocals", "Daten für März.xlsx", folder=tmp_path)
    assert asked.args == [[tmp_path / "a study.mirocals", tmp_path / "Daten für März.xlsx"]]
    assert second.communicate(timeout=100)[0].strip() == "True"
    listener.close()


def test_that_a_start_alone_finds_nobody_to_hand_its_files_to(qapp: object, name: str) -> None:
    assert hand_over(name, [Path("a.mirocals")]) is False


@ON_POSIX
def test_that_the_socket_of_a_program_that_crashed_is_taken_over(
    qtbot: QtBot, name: str, tmp_path: Path
) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(name)
    left.close()
    assert Path(name).exists()
    assert hand_over(name, []) is False
    listener = Listener(name)
    assert listener.is_listening
    with qtbot.waitSignal(listener.files_asked, timeout=20_000):
        second = start_second(name, folder=tmp_path)
    assert second.communicate(timeout=100)[0].strip() == "True"
    listener.close()


def test_that_a_second_listener_leaves_the_first_in_its_place(
    qtbot: QtBot, name: str, tmp_path: Path
) -> None:
    first = Listener(name)
    probe = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom PySide6.QtCore import QCoreApplication\n"
            "from mirocals_desktop.ui.single_instance import Listener\n"
            "app = QCoreApplication([])\nprint(Listener(sys.argv[1]).is_listening)",
            name,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    qtbot.waitUntil(lambda: probe.poll() is not None, timeout=20_000)
    assert probe.communicate()[0].strip() == "False"
    with qtbot.waitSignal(first.files_asked, timeout=20_000):
        second = start_second(name, folder=tmp_path)
    assert second.communicate(timeout=100)[0].strip() == "True"
    first.close()


@ON_POSIX
@pytest.mark.parametrize("said", [b"not json\n", json.dumps({"a": 1}).encode() + b"\n", b"[1]\n"])
def test_that_what_is_no_list_of_files_is_not_taken(qtbot: QtBot, name: str, said: bytes) -> None:
    listener = Listener(name)
    asked: list[object] = []
    listener.files_asked.connect(asked.append)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(name)
        stranger.sendall(said)
        stranger.setblocking(False)

        def is_hung_up() -> bool:
            try:
                return stranger.recv(10) == b""
            except BlockingIOError:
                return False
            except ConnectionResetError:
                return True

        qtbot.waitUntil(is_hung_up, timeout=20_000)
    assert asked == []
    listener.close()


@ON_POSIX
def test_that_nobody_else_may_talk_to_the_window(qtbot: QtBot, name: str) -> None:
    listener = Listener(name)
    assert Path(name).stat().st_mode & 0o077 == 0
    listener.close()
    assert not Path(name).exists()
