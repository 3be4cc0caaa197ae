"""What may be loaded before the window is painted: Qt and the program's own light parts, named one by one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

HEAVY = {
    "_hashlib",  # loads OpenSSL
    "calamine",
    "concurrent",
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
    "sqlcipher3",
    "typing_extensions",
    "xlsxwriter",
}

OWN_BEFORE_THE_PAINT = {
    "mirocals_desktop",
    "mirocals_desktop.__main__",
    "mirocals_desktop.app",
    "mirocals_desktop.cli",
    "mirocals_desktop.cli.commands",
    "mirocals_desktop.i18n",
    "mirocals_desktop.marks",
    "mirocals_desktop.progress",
    "mirocals_desktop.qt_loading",
    "mirocals_desktop.resources",
    "mirocals_desktop.settings",
    "mirocals_desktop.ui",
    "mirocals_desktop.ui.crash",
    "mirocals_desktop.ui.drawings",
    "mirocals_desktop.ui.formats",
    "mirocals_desktop.ui.jobs",
    "mirocals_desktop.ui.looks",
    "mirocals_desktop.ui.menus",
    "mirocals_desktop.ui.pages",
    "mirocals_desktop.ui.pages.start",
    "mirocals_desktop.ui.session",
    "mirocals_desktop.ui.single_instance",
    "mirocals_desktop.ui.window",
}

SHOW_THE_WINDOW = """
import builtins, linecache, os, sys
from mirocals_desktop.__main__ import main
from mirocals_desktop.qt_loading import load_qt

load_qt()
import mirocals_desktop.app as app


def painted(*_nothing):
    print(*sorted(sys.modules))
    own = sum("mirocals_desktop" in name for name in linecache.cache)
    print(builtins.__import__.__name__, own, flush=True)
    os._exit(0)


app._after_first_paint = painted
sys.argv = ["mirocals-desktop"]
main()
"""

PAINT_TWO_PICTURES = """
import sys
from mirocals_desktop.app import make_application, make_window
from mirocals_desktop.settings import Settings

app = make_application()
session, window = make_window(app, Settings(), whole=False)
window.show()
app.processEvents()
before = window.grab().toImage()
window.complete()
app.processEvents()
after = window.grab().toImage()
print(before.size() == after.size() and before == after, window.is_whole)
session.shut_down()
"""


@pytest.fixture(scope="module")
def started() -> list[str]:
    """The modules that are loaded when the window is painted, and how they were imported."""
    answer = subprocess.run(
        [sys.executable, "-c", SHOW_THE_WINDOW],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "XDG_RUNTIME_DIR": tempfile.gettempdir()},  # a socket's path must be short
    )
    return answer.stdout.splitlines()


@pytest.fixture(scope="module")
def loaded(started: list[str]) -> set[str]:
    """The modules that are loaded when the window is painted."""
    return set(started[0].split())


def test_that_nothing_heavy_is_loaded_before_the_first_paint(loaded: set[str]) -> None:
    packages = {name.partition(".")[0] for name in loaded}
    assert "PySide6" in packages
    assert packages & HEAVY == set()


def test_that_no_more_of_the_program_is_loaded_before_the_first_paint_than_is_listed(
    loaded: set[str],
) -> None:
    own = {name for name in loaded if name.partition(".")[0] == "mirocals_desktop"}
    assert own <= OWN_BEFORE_THE_PAINT


def test_that_no_more_of_qt_is_loaded_before_the_first_paint_than_widgets_need(loaded: set[str]) -> None:
    modules = {name for name in loaded if name.startswith("PySide6.Qt")}
    assert modules == {"PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets"}


def test_that_qt_leaves_the_import_of_python_alone_so_that_no_source_is_read_and_kept(
    started: list[str],
) -> None:
    assert started[1] == "__import__ 0"


def test_that_the_parts_of_the_window_load_nothing_heavy_so_that_it_is_complete_at_once() -> None:
    script = (
        "import importlib, sys\nfrom mirocals_desktop.app import WINDOW_PARTS\n"
        "for part in WINDOW_PARTS:\n    importlib.import_module(f'mirocals_desktop.ui.{part}')\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(answer.stdout.split()) & HEAVY <= {"_hashlib", "concurrent", "typing_extensions"}


def test_that_what_comes_after_the_first_paint_moves_nothing_on_the_start_page() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PAINT_TWO_PICTURES], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.split() == ["True", "True"]


def test_that_the_window_starts_without_the_command_line() -> None:
    script = (
        "import sys\nimport mirocals_desktop.__main__\n"
        "from mirocals_desktop.cli.commands import is_command\nassert not is_command([])\nprint(*sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert {name for name in loaded if "desktop.cli" in name} == {
        "mirocals_desktop.cli",
        "mirocals_desktop.cli.commands",
    }
    assert loaded & (HEAVY | {"argparse", "json", "tempfile", "PySide6"}) == set()


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
def test_that_a_machine_without_a_screen_is_told_so_in_a_sentence() -> None:
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in screens}
    answer = subprocess.run(
        [sys.executable, "-m", "mirocals_desktop"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("There is no screen to open a window on")
    assert "Traceback" not in answer.stderr
