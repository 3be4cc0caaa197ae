"""The one place where errors reach the user: a sentence for what can be mended, an apology for a bug.

An `AppError` is the world's fault: its sentence and hint are shown. Anything else is a bug of this program:
the user is told that the study is safe and may copy the details. The details hold the places in the program
and never the message of the exception, because such a message may quote a value of a patient.
"""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from mirocals_desktop import __version__
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Cancelled


def error_details(error: BaseException) -> str:
    """Where a bug happened, for a report: types and places, no messages, no values."""
    lines = [f"MIROCALS Desktop {__version__}, Python {sys.version.split()[0]}, {sys.platform}"]
    seen: BaseException | None = error
    while seen is not None:
        lines.append(type(seen).__qualname__)
        lines += [
            f"  {_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines)


def _short(filename: str) -> str:
    """The path inside the package or library: the rest tells who the user is."""
    parts = filename.replace("\\", "/").split("/")
    for root in ("mirocals_desktop", "site-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) :])
    return parts[-1]


def show_error(parent: QWidget | None, error: BaseException) -> None:
    """Show an error over `parent`, without waiting for the answer."""
    if isinstance(error, Cancelled):
        return
    if isinstance(error, AppError):
        box = QMessageBox(QMessageBox.Icon.NoIcon, _("This did not work"), error.message, parent=parent)
        box.setObjectName("error")
        box.setInformativeText(error.hint)
        box.addButton(QMessageBox.StandardButton.Ok)
    else:
        box = _bug_box(parent, error)
    _show(box)


def show_crash(parent: QWidget | None, report: str) -> None:
    """Tell that the program crashed when it ran before, with the report of where to copy."""
    box = QMessageBox(
        QMessageBox.Icon.NoIcon,
        _("The program stopped last time"),
        _("MIROCALS Desktop ended by a fault when it last ran. What was saved is in the study."),
        parent=parent,
    )
    box.setObjectName("crash")
    box.setInformativeText(
        _("The details name places in the program, and nothing of your data. Please send them to its makers.")
    )
    _add_details(box, f"MIROCALS Desktop {__version__}, {sys.platform}\n{report}")
    _show(box)


def _show(box: QMessageBox) -> None:
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    _open_boxes.append(box)

    def close(_result: int) -> None:
        _open_boxes.remove(box)
        box.deleteLater()

    box.finished.connect(close)
    box.open()


_open_boxes: list[QMessageBox] = []  # a box without a window over it lives as long as it is held here


def _bug_box(parent: QWidget | None, error: BaseException) -> QMessageBox:
    details = error_details(error)
    print(details, file=sys.stderr)  # noqa: T201 (the terminal, if there is one, is the log)
    box = QMessageBox(
        QMessageBox.Icon.NoIcon,
        _("A fault in this program"),
        _("The program made a mistake. Your study is safe: what was saved stays saved."),
        parent=parent,
    )
    box.setObjectName("bug")
    box.setInformativeText(
        _("What you just asked for was not done. You can go on, or start the program again.")
    )
    _add_details(box, details)
    return box


def _add_details(box: QMessageBox, details: str) -> None:
    box.setDetailedText(details)
    copy = box.addButton(_("Copy details"), QMessageBox.ButtonRole.ActionRole)
    copy.setObjectName(f"{box.objectName()}.copy")
    copy.clicked.disconnect()  # the box would close
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
    box.addButton(QMessageBox.StandardButton.Close)


class _Catcher(QObject):
    """Brings an exception from whatever thread into the window's."""

    caught = Signal(object)


_catcher: _Catcher | None = None


def catch_unhandled() -> None:
    """From now on, show every exception that nobody handled, on any thread."""
    global _catcher  # one process, one place for what nobody handled
    _catcher = _Catcher(QApplication.instance())
    _catcher.caught.connect(_on_caught, Qt.ConnectionType.QueuedConnection)

    def unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        elif _catcher is not None:
            _catcher.caught.emit(error)

    sys.excepthook = unhandled
    threading.excepthook = lambda args: (
        unhandled(args.exc_type, args.exc_value, args.exc_traceback) if args.exc_value is not None else None
    )


def _on_caught(error: BaseException) -> None:
    if not any(box.objectName() == "bug" for box in _open_boxes):
        # a fault in painting comes many times a second: once is enough
        show_error(QApplication.activeWindow(), error)
