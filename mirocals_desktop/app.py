"""The program with its window: looks, settings, session, and heavy libraries only after the first paint."""

from __future__ import annotations

import faulthandler
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from PySide6.QtCore import QLibraryInfo, QLocale, QStandardPaths, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from mirocals_desktop import __version__
from mirocals_desktop.i18n import LANGUAGES, _, language, set_language
from mirocals_desktop.settings import Settings, read_settings
from mirocals_desktop.ui.errors import catch_unhandled
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.theme import Looks
from mirocals_desktop.ui.window import PAGES, Window

SWITCH_SECONDS: Final = 0.001  # how long the window waits for the worker's turn to end: Python's own is 0.005


def run(paths: Sequence[Path] = ()) -> int:
    """Show the window, with `paths` (a study, or spreadsheets) opened; gives the exit code at its end."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app = make_application()
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))
    settings_path = folder / "settings.json"
    session, window = make_window(app, read_settings(settings_path), settings_path=settings_path)
    log = _open_crash_log(folder)
    catch_unhandled()
    window.show()
    QTimer.singleShot(0, lambda: _after_first_paint(session, window, list(paths)))
    code = app.exec()
    session.shut_down()
    if log is not None:
        faulthandler.disable()
        log.close()
    return code


def make_application() -> QApplication:
    """The one QApplication, with the program's name and icon."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("mirocals-desktop")
    app.setApplicationDisplayName("MIROCALS Desktop")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("mirocals-desktop")
    app.setWindowIcon(icon("survival"))
    return app


def make_window(
    app: QApplication, settings: Settings, *, settings_path: Path | None = None
) -> tuple[Session, Window]:
    """A session and the window over it, not yet shown: for the program, its self-test and its pictures."""
    system = QLocale.system().name()[:2]
    set_language(settings.language or (system if system in LANGUAGES else "en"))
    _translate_qt(app)
    looks = Looks(app, settings.theme)
    session = Session(settings, settings_path=settings_path)
    session.settings_changed.connect(lambda: looks.set_theme(session.settings.theme))
    session.settings_changed.connect(lambda: _translate_qt(app))
    return session, Window(session)


def warm_up(session: Session) -> None:
    """Import what the pages will need, while the user reads: one library a job, so that work goes between."""
    names = [
        "numpy",
        "pandas",
        "mirocals_desktop.study.study",
        "mirocals_desktop.ui.facts",
        "mirocals_desktop.ui.table",
        "pyqtgraph",
        *(f"mirocals_desktop.ui.pages.{place.module}" for place in PAGES),
        "mirocals_desktop.importing.commit",
        "mirocals_desktop.ui.dialogs.import_dialog",
        "scipy.stats",
        "lifelines",
    ]

    def import_next(_module: object = None) -> None:
        if names and not session.jobs.closed:
            name = names.pop(0)
            session.jobs.start(
                _("Getting ready"),
                lambda _report: importlib.import_module(name),
                done=import_next,
                quiet=True,
            )

    import_next()


def _after_first_paint(session: Session, window: Window, paths: list[Path]) -> None:
    warm_up(session)
    if paths:
        window.commands.take_files(paths)


def _translate_qt(app: QApplication) -> None:
    """Qt's own texts (file dialogs, standard buttons) in the program's language, where Qt has them."""
    old = app.findChild(QTranslator, "qt_texts")
    if old is not None and old.language()[:2] == language():
        return
    if old is not None:
        app.removeTranslator(old)
        old.deleteLater()
        old.setObjectName("")
    texts = QTranslator(app)
    texts.setObjectName("qt_texts")
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if texts.load(QLocale(language()), "qtbase", "_", folder):
        app.installTranslator(texts)


def _open_crash_log(folder: Path) -> TextIO | None:
    """A file for the program's last words when a library crashes: places in the code, no values."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = (folder / "crash.log").open("w", encoding="utf-8")
    except OSError:
        return None  # a folder that cannot be written is no reason not to start
    faulthandler.enable(log)
    return log
