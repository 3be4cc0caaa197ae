"""Starting the program, to its painted start page and on to a curve, beside an empty window of Qt's own.

All are whole processes, and their time is the processor's (user and system): it is what a start costs, and
it stays the same on a machine that is busy with other work; only a stall is told by the clock on the wall.
The program starts as users start it, through `__main__` with a settings file; what would come after the first
paint is replaced by the end where nothing more is measured.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from frame import Case

END: Final = """
def end(*_nothing):
    import os, pathlib, resource
    used = resource.getrusage(resource.RUSAGE_SELF)
    # What getrusage tells of memory is at least that of the process that started this one.
    told = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print(used.ru_utime + used.ru_stime, told, flush=True)
    os._exit(0)
"""
EMPTY: Final = (
    END
    + """
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, end)
        return False
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
painted = Painted()
window.installEventFilter(painted)
window.show()
app.exec()
"""
)
FROM_FIRST_PAINT: Final = """
import gc, os, sys, time
from mirocals_desktop.__main__ import main
from mirocals_desktop.qt_loading import load_qt
gc.disable()
load_qt()
import mirocals_desktop.app as app
from PySide6.QtCore import QTimer
then = app._after_first_paint
beats, beat_ms = [], 2
def after(session, window, paths):
    def beat():
        beats.append(time.perf_counter())
        look(session, window)
    timer = QTimer(window)
    timer.timeout.connect(beat)
    timer.start(beat_ms)
    then(session, window, paths)
app._after_first_paint = after
def end_with_longest_stall():
    print(max(b - a for a, b in zip(beats, beats[1:])), 0, flush=True)
    os._exit(0)
"""
STALL: Final = (
    FROM_FIRST_PAINT
    + """
def look(session, window):
    if gc.isenabled():
        end_with_longest_stall()
sys.argv = ["mirocals-desktop"]
main()
"""
)
TO_THE_CURVE: Final = """
def look(session, window):
    if session.snapshot is not None and window.page_code != "survival":
        window.show_page("survival")
    elif session.snapshot is not None and window.page is not None:
        from mirocals_desktop.ui.plots.survival import SurvivalPlot
        if any(plot._shown for plot in window.findChildren(SurvivalPlot)):
            arrive(window)
sys.argv = ["mirocals-desktop", "sample.mirocals"]
main()
"""
CURVE: Final = (
    END
    + FROM_FIRST_PAINT
    + """
beat_ms = 20
def arrive(window):
    window.repaint()
    end()
"""
    + TO_THE_CURVE
)
STALL_TO_THE_CURVE: Final = (
    FROM_FIRST_PAINT
    + """
def arrive(window):
    end_with_longest_stall()
"""
    + TO_THE_CURVE
)
PROGRAM: Final = (
    END
    + """
import gc, sys
from mirocals_desktop.__main__ import main
from mirocals_desktop.qt_loading import load_qt
gc.disable()
load_qt()
import mirocals_desktop.app as app
app._after_first_paint = end
sys.argv = ["mirocals-desktop"]
main()
"""
)


def cases(folder: Path) -> list[Case]:
    """From the start of the process to the first paint, to a drawn curve, and what happens in between."""
    bench = functools.cache(lambda: Start(folder))
    return [
        Case(
            "start until the window is painted",
            lambda: bench().processor_seconds(PROGRAM),
            "an empty QMainWindow",
            lambda: bench().processor_seconds(EMPTY),
            rounds=9,
            limit=1.3,
            most_seconds=1.0,
        ),
        Case(
            "start: longest stall while the rest loads",
            lambda: bench().seconds_without_answer(STALL),
            "an empty QMainWindow, from its start",
            lambda: bench().processor_seconds(EMPTY),
            rounds=3,
            most_seconds=0.1,
        ),
        Case(
            "start: longest stall until the sample study's curve is drawn",
            lambda: bench().seconds_without_answer(STALL_TO_THE_CURVE),
            "an empty QMainWindow, from its start",
            lambda: bench().processor_seconds(EMPTY),
            rounds=3,
            most_seconds=0.1,
        ),
        Case(
            "start until the sample study's curve is drawn",
            lambda: bench().processor_seconds(CURVE),
            "an empty QMainWindow",
            lambda: bench().processor_seconds(EMPTY),
            rounds=3,
            limit=12.0,
        ),
        Case(
            "memory with the sample study's curve drawn",
            lambda: bench().megabytes(CURVE),
            "an empty QMainWindow",
            lambda: bench().megabytes(EMPTY),
            rounds=3,
            unit="MB",
        ),
    ]


class Start:
    """Starts programs with settings and compiled modules of their own, as an installed program has them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        subprocess.run(
            [sys.executable, "-m", "mirocals_desktop", "sample", str(folder / "sample.mirocals")],
            check=True,
            capture_output=True,
        )
        configuration = folder / "config" / "mirocals-desktop"
        configuration.mkdir(parents=True)
        recent = []
        for number in range(5):
            recent.append(str(folder / f"study {number}.mirocals"))
            Path(recent[-1]).touch()
        settings = {"language": "en", "recent": recent}
        (configuration / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    def processor_seconds(self, script: str) -> float:
        """What the process used of the processor until it ended itself."""
        return float(self._run(script)[0])

    def seconds_without_answer(self, script: str) -> float:
        """The longest time between two beats of the painted window's timer, until the script's end."""
        return float(self._run(script)[0])

    def megabytes(self, script: str) -> float:
        """The most memory that the process had until it ended itself."""
        return float(self._run(script)[1]) / 1024

    def _run(self, script: str) -> list[str]:
        environment = {
            **os.environ,
            "XDG_CONFIG_HOME": str(self._folder / "config"),
            "PYTHONPYCACHEPREFIX": str(self._folder / "compiled"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        answer = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            env=environment,
            cwd=self._folder,
            check=False,
        )
        if len(answer.stdout.split()) != 2:
            sys.exit(f"the program ended before its window was painted: {answer.stderr}")
        return answer.stdout.split()
