"""What may be loaded before the window is painted: Qt and the program's own light parts."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "calamine",
    "cryptography",
    "lifelines",
    "matplotlib",
    "numpy",
    "openpyxl",
    "pandas",
    "pyqtgraph",
    "pyreadstat",
    "rapidfuzz",
    "scipy",
    "sqlalchemy",
    "sqlcipher3",
    "xlsxwriter",
}

SHOW_THE_WINDOW = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
from mirocals_desktop.app import make_application, make_window
from mirocals_desktop.settings import Settings

app = make_application()
session, window = make_window(app, Settings())


class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print(*sorted({name.partition(".")[0] for name in sys.modules}))
            QTimer.singleShot(0, app.quit)
        return False


painted = Painted()
window.installEventFilter(painted)
window.show()
app.exec()
session.shut_down()
"""


def test_that_nothing_heavy_is_loaded_before_the_first_paint() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", SHOW_THE_WINDOW], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(answer.stdout.split("\n")[0].split())
    assert "PySide6" in loaded
    assert loaded & HEAVY == set()


def test_that_the_command_line_says_its_usage_without_loading_qt_or_anything_heavy() -> None:
    script = (
        "import contextlib, sys\nfrom mirocals_desktop.__main__ import main\n"
        "sys.argv = ['mirocals-desktop', '--help']\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    usage, loaded = answer.stdout.rstrip("\n").rsplit("\n", 1)
    assert "survival" in usage
    assert set(loaded.split()) & (HEAVY | {"PySide6"}) == set()
