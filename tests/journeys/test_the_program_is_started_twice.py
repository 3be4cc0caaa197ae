"""The program started twice, as whole processes: the second hands its file over and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FIRST = """
import sys
import mirocals_desktop.app as app
from PySide6.QtCore import QTimer
from mirocals_desktop.__main__ import main

listen = app._listen

def take(paths):
    print("asked for", *[path.name for path in paths], flush=True)
    QTimer.singleShot(0, app.QApplication.closeAllWindows)

def listen_and_tell(window, address):
    listen(window, address)
    window.commands.take_files = take
    print("listens", flush=True)

app._listen = listen_and_tell
app.warm_up = lambda session, window, done: window.complete()
sys.argv = ["mirocals-desktop"]
main()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the settings' folder is chosen as on Linux")
def test_that_the_second_start_hands_its_file_to_the_first_and_ends(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path / "never made"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    with subprocess.Popen(
        [sys.executable, "-c", FIRST], stdout=subprocess.PIPE, text=True, env=environment
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "listens\n"
        second = subprocess.run(
            [sys.executable, "-m", "mirocals_desktop", str(tmp_path / "one.mirocals")],
            env=environment,
            timeout=60,
            check=False,
        )
        assert second.returncode == 0
        assert first.stdout.readline() == "asked for one.mirocals\n"
        assert first.wait(60) == 0
    left = {path.name for path in (tmp_path / "never made").rglob("*") if path.is_file()}
    assert left == {"settings.json"}
