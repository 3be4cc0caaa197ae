"""What every test stands on: no screen, no user's settings, English, and nothing that goes wrong unseen.

A test fails when it warns (pytest's settings), logs a warning or worse, lets Qt complain, raises in a slot
(pytest-qt), leaves a thread running or a dialog unanswered.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

import hypothesis
import pytest

from mirocals_desktop.i18n import set_language

pytest_plugins = ["pytester"]

THREAD_SECONDS = 10.0
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2_000_000_000  # the files of a whole run are a twentieth of it


def _put_files_into_memory() -> None:
    """Studies are saved onto the disk for sure, hundreds of times: in memory that takes no time."""
    if "TMPDIR" in os.environ or not sys.platform.startswith("linux") or not os.access(MEMORY, os.W_OK):
        return
    place = os.statvfs(MEMORY)
    if place.f_bavail * place.f_frsize >= ROOM_BYTES and not place.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # so that it is looked up again


_put_files_into_memory()

# A slow machine is no fault of the code, so examples have no deadline; the makers' machine draws the same
# examples every time, so that a red run can be repeated.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


class _Collector(logging.Handler):
    """Keeps the log records that a program in good order does not write."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(scope="session", autouse=True)
def _users_folders_are_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the settings of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(autouse=True)
def _texts_are_english() -> Iterator[None]:
    """Every test begins in English, whatever the one before it chose."""
    set_language("en")
    yield
    set_language("en")


@pytest.fixture
def logged() -> Iterator[list[logging.LogRecord]]:
    """The records logged at warning or above; the test that asks for them says which ones it expects."""
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield collector.records
    logging.getLogger().removeHandler(collector)


@pytest.fixture(autouse=True)
def _nothing_unexpected_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that logs a warning or worse, unless it asked for `logged` (or pytest's `caplog`)."""
    if {"logged", "caplog"} & set(request.fixturenames):
        yield
        return
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield
    logging.getLogger().removeHandler(collector)
    if collector.records:
        lines = [f"{r.levelname} {r.name}: {r.getMessage()}" for r in collector.records]
        pytest.fail("logged without being expected:\n" + "\n".join(lines), pytrace=False)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Fail the test that ends while a thread of its own still runs."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in left:
        thread.join(THREAD_SECONDS)
    alive = [thread.name for thread in left if thread.is_alive()]
    if alive:
        pytest.fail(f"threads still run after the test: {', '.join(alive)}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_dialog_is_left() -> Iterator[None]:
    """Fail the test that ends with an open dialog that nobody answered."""
    yield
    widgets = sys.modules.get("PySide6.QtWidgets")  # a test without Qt must not load it
    if widgets is None or widgets.QApplication.instance() is None:
        return
    open_dialogs = [
        widget
        for widget in widgets.QApplication.topLevelWidgets()
        if isinstance(widget, widgets.QDialog) and widget.isVisible()
    ]
    for dialog in open_dialogs:
        dialog.close()
    if open_dialogs:
        names = ", ".join(repr(d.windowTitle() or d.objectName() or type(d).__name__) for d in open_dialogs)
        pytest.fail(f"dialogs left open: {names}", pytrace=False)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository, for tests of its own files."""
    return Path(__file__).resolve().parent.parent


def pytest_sessionfinish() -> None:
    """Empty the clipboard: offscreen, Qt keeps it longer than Python lives, and dies on what Python made."""
    if "PySide6.QtGui" in sys.modules:
        from PySide6.QtGui import QGuiApplication

        if QGuiApplication.instance() is not None:
            QGuiApplication.clipboard().clear()
