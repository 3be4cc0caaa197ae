"""The program with its window: painted first, with nothing imported that this does not need; then the rest.

After the first paint a worker imports, one module at a time, what the window and its pages are made of, so
that the window answers while it reads. `-X importtime` and `packaging/bench/bench_start.py` show the cost.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6 import QtCore, QtGui
from PySide6.QtCore import QEvent, QLocale, QObject, QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication

from mirocals_desktop import __version__
from mirocals_desktop.i18n import LANGUAGES, _, every_language, language, set_language
from mirocals_desktop.marks import override
from mirocals_desktop.resources import resource_path
from mirocals_desktop.settings import Settings, read_settings
from mirocals_desktop.ui.crash import CrashLog, take_crash_report
from mirocals_desktop.ui.looks import Looks
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.single_instance import Listener, hand_over, socket_name
from mirocals_desktop.ui.window import PAGES, Window

SWITCH_SECONDS: Final = 0.001  # how long the window waits for the worker's turn to end: Python's own is 0.005
BUSY_MS: Final = 300  # files that come while a dialog is open wait, and this often it is looked again
PATIENCE_MS: Final = 1000  # a window that is never painted (opened as an icon) goes on after this time


def run(paths: Sequence[Path] = (), *, new_window: bool = False, until_painted: bool = False) -> int:
    """Show the window, with `paths` (a study, or spreadsheets) opened; gives the exit code at its end.

    Where a window runs already, it is given the paths and comes to the front, unless the user's settings or
    `new_window` ask for another one. `until_painted` ends it at the first paint, to measure a start.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    app = make_application()
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))
    with contextlib.suppress(OSError):  # a folder that cannot be made is no reason not to start
        folder.mkdir(parents=True, exist_ok=True)
    settings_path = folder / "settings.json"
    settings = read_settings(settings_path)
    address = socket_name(folder)
    if (
        not (new_window or until_painted)
        and settings.second_start == "same window"
        and hand_over(address, paths)
    ):
        return 0
    crash = take_crash_report(folder)
    log = CrashLog(folder)
    session, window = make_window(app, settings, settings_path=settings_path, whole=False)

    def painted() -> None:
        if until_painted:
            window.close()
            return
        _after_first_paint(session, window, list(paths))
        _listen(window, address)
        if crash:
            from mirocals_desktop.ui.errors import show_crash

            show_crash(window, crash)

    _FirstPaint(window, painted)
    window.show()
    code = app.exec()
    session.shut_down()
    log.close()
    return code


class _FirstPaint(QObject):
    """Calls once, when the window has been painted."""

    def __init__(self, window: Window, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(PATIENCE_MS, self._go)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._go)
        return False

    def _go(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            self._window.removeEventFilter(self)
            then()


def make_application() -> QApplication:
    """The one QApplication, with the program's name and icon."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        # As an argument, because `setStyle` gives the style back, and to name it in Python takes 30 ms.
        app = QApplication([*sys.argv[:1], "-style", "Fusion"])
    app.setApplicationName("mirocals-desktop")
    app.setApplicationDisplayName("MIROCALS Desktop")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("mirocals-desktop")
    return app


def make_window(
    app: QApplication, settings: Settings, *, settings_path: Path | None = None, whole: bool = True
) -> tuple[Session, Window]:
    """A session and the window over it, not yet shown: for the program, its self-test and its pictures.

    The program itself completes the window (`whole`) only after its first paint.
    """
    system = QLocale.system().name()[:2]
    set_language(settings.language or (system if system in LANGUAGES else "en"))
    _translate_qt(app)
    looks = Looks(app, settings.theme, text_size=settings.text_size)
    session = Session(settings, settings_path=settings_path)
    session.settings_changed.connect(lambda: looks.set_theme(session.settings.theme))
    session.settings_changed.connect(lambda: looks.set_text_size(session.settings.text_size))
    session.settings_changed.connect(lambda: _translate_qt(app))
    return session, Window(session, whole=whole)


_PAUSE_MS: Final = 300  # a page that was brought is being filled then

WINDOW_PARTS: Final = (
    "errors",
    "actions",
    "coming_page",
    "commands",
    "desktop",
    "filter_bar",
    "inspector",
    "navigation",
    "state_bar",
    "status_bar",
)


def warm_up(session: Session, window: Window, done: Callable[[], None] | None = None) -> None:
    """Import what the window and its pages will need, while the user reads: a module a job, so that work
    goes between. The window is completed as soon as its own parts are there; then `done()`.

    A page that somebody waits for comes first, with what it is filled with.
    """
    parts = [f"mirocals_desktop.ui.{part}" for part in WINDOW_PARTS]
    libraries = [
        "numpy",
        "pandas",
        "mirocals_desktop.study.study",
        "mirocals_desktop.ui.facts",
        "mirocals_desktop.analysis.overview",
        "mirocals_desktop.ui.table",
        "mirocals_desktop.ui.plots.pyqtgraph_parts",
        *(place.path for place in PAGES),
        "mirocals_desktop.importing.commit",
        "mirocals_desktop.ui.dialogs.import_dialog",
    ]

    def import_all(names: list[str], then: Callable[[], None]) -> None:
        if session.jobs.closed:
            return
        if not names:
            then()
            return
        if window.page_is_coming:
            resume = functools.partial(import_all, names, then)
            window.page_shown.connect(
                lambda _code: QTimer.singleShot(_PAUSE_MS, window, resume),
                QtCore.Qt.ConnectionType.SingleShotConnection,
            )
            return
        session.jobs.start(
            _("Getting ready"),
            lambda _report: importlib.import_module(names[0]),
            done=lambda _module: import_all(names[1:], then),
            quiet=True,
        )

    def completed() -> None:
        window.complete()
        if done is not None:
            done()
        from mirocals_desktop.ui.survival_views import VIEWS

        views = [place.module for place in VIEWS]
        import_all([*libraries, *views, "scipy.stats", "lifelines"], learn_words)

    def learn_words() -> None:
        # a catalogue takes 50 ms to read, and a change of language is not to wait for it
        session.jobs.start(
            _("Getting ready"), lambda _report: every_language(""), done=lambda _words: settle(), quiet=True
        )

    def settle() -> None:
        # What was imported stays: the collector need not go through it again, a tenth of a second each time
        gc.freeze()
        gc.enable()

    import_all(parts, completed)


def _after_first_paint(session: Session, window: Window, paths: list[Path]) -> None:
    from mirocals_desktop.ui.errors import catch_unhandled

    catch_unhandled()
    window.setWindowIcon(QtGui.QIcon(str(resource_path("icons", "fixed", "mirocals-desktop.svg"))))

    def begin() -> None:
        from mirocals_desktop.ui.idle_lock import IdleLock
        from mirocals_desktop.ui.integrity import IdleVerification

        IdleVerification(session, tell=window.commands.tell_problem, parent=window)
        IdleLock(session, window)
        if paths:
            window.commands.take_files(paths)
        window.commands.tell_news()

    warm_up(session, window, begin)


def _translate_qt(app: QApplication) -> None:
    """Qt's own texts (file dialogs, standard buttons) in the program's language, where Qt has them."""
    old = app.findChild(QtCore.QTranslator, "qt_texts")
    if old is None and language() == "en":
        return  # what Qt speaks without a translation
    if old is not None and old.language()[:2] == language():
        return
    if old is not None:
        app.removeTranslator(old)
        old.deleteLater()
        old.setObjectName("")
    texts = QtCore.QTranslator(app)
    texts.setObjectName("qt_texts")
    folder = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.TranslationsPath)
    if texts.load(QLocale(language()), "qtbase", "_", folder):
        app.installTranslator(texts)


def _listen(window: Window, address: str) -> None:
    """Take the files of later starts, when no dialog is open, and come to the front for them."""
    listener = Listener(address, window)

    def take(paths: list[Path]) -> None:
        if QApplication.activeModalWidget() is not None:
            QTimer.singleShot(BUSY_MS, lambda: take(paths))
            return
        if paths:
            window.complete()
            window.commands.take_files(paths)

    def come(paths: list[Path]) -> None:
        if window.isMinimized():
            window.showNormal()
        window.raise_()
        window.activateWindow()
        take(paths)

    listener.files_asked.connect(come)
