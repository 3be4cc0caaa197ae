"""Driving the real window as a user does: buttons by their names, texts as they stand on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QAbstractTableModel, QModelIndex, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QTabBar,
    QTabWidget,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui import ask
from mirocals_desktop.ui.window import Window

_ROOT = QModelIndex()
_WHOLE = (QLineEdit, QComboBox, QAbstractItemView, QDialogButtonBox, QTabBar)  # Qt made their parts
WAIT_MS = 60_000  # jobs take what they take on a busy machine


class Answers:
    """What the user would choose: files, a target, yes to every question; given a moment later."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.target: Path | None = None
        self.yes = True
        self.asked: list[str] = []

    def files_to_open(
        self, parent: QWidget, done: Callable[[list[Path]], None], *, title: str, **_how: object
    ) -> None:
        self.asked.append(title)
        files = list(self.files)
        if files:
            QTimer.singleShot(0, lambda: done(files))

    def file_to_save(
        self,
        parent: QWidget,
        done: Callable[[Path], None],
        *,
        title: str,
        kinds: Sequence[str],
        proposal: Path,
    ) -> None:
        self.asked.append(title)
        target = self.target or proposal
        QTimer.singleShot(0, lambda: done(target))

    def folder(self, parent: QWidget, done: Callable[[Path], None], *, title: str, **_how: object) -> None:
        self.asked.append(title)
        target = self.target
        if target is not None:
            QTimer.singleShot(0, lambda: done(target))

    def confirm(self, parent: QWidget, done: Callable[[], None], *, title: str, text: str, yes: str) -> None:
        self.asked.append(title)
        if self.yes:
            QTimer.singleShot(0, done)


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """pytest-qt's, with patience: on a busy machine a thing may take longer than its five seconds."""
    for name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=WAIT_MS))
    return qtbot


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Instead of the system's dialogs: what the user chooses in them."""
    given = Answers()
    for name in ("files_to_open", "file_to_save", "folder", "confirm"):
        monkeypatch.setattr(ask, name, getattr(given, name))
    return given


def find(root: QWidget, kind: type[Any], name: str) -> Any:
    """The widget of this kind and name; a failure names what is missing."""
    widget = root.findChild(kind, name)
    assert widget is not None, f"no {kind.__name__} named {name!r}"
    return widget


def press(root: QWidget, name: str) -> None:
    """Click a button that can be clicked."""
    button = find(root, QAbstractButton, name)
    assert button.isEnabled(), f"{name} cannot be clicked"
    button.click()


def text_of(root: QWidget, name: str) -> str:
    """What a label says."""
    return str(find(root, QLabel, name).text())


def write(root: QWidget, name: str, text: str) -> None:
    """Put text into a field or an editable list."""
    field = find(root, QWidget, name)
    if isinstance(field, QComboBox):
        field.setCurrentText(text)
    else:
        assert isinstance(field, QLineEdit)
        field.setText(text)


def dialog(name: str) -> QDialog:
    """The open dialog of this name."""
    shown = [
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, QDialog) and widget.objectName() == name and widget.isVisible()
    ]
    assert shown, f"no dialog {name!r} is open"
    return shown[0]


def is_open(name: str) -> bool:
    """Whether a dialog of this name is open."""
    return any(w.objectName() == name and w.isVisible() for w in QApplication.topLevelWidgets())


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    """Wait until something is so; a fault of the program ends the wait at once, with its places."""

    def is_so() -> bool:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMessageBox) and widget.objectName() == "bug" and widget.isVisible():
                raise RuntimeError(widget.detailedText())
        return condition()

    qtbot.waitUntil(is_so, timeout=WAIT_MS)


def idle(qtbot: QtBot, window: Window) -> None:
    """Wait until the worker has nothing left to do."""
    until(qtbot, lambda: not window.session.jobs.busy)


def rows(table: QAbstractItemView) -> list[list[str]]:
    """The texts of a table, row by row."""
    model = table.model()
    return [
        [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def nameless(root: QWidget) -> list[str]:
    """What one can act on and neither a test nor a screen reader can name."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView | QTextEdit):
            continue
        above = widget.parentWidget()
        while above is not None and not isinstance(above, _WHOLE):
            above = above.parentWidget()
        inside = above is not None
        if inside or widget.objectName().startswith("qt_"):
            continue
        said = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        if not widget.objectName() or not said:
            found.append(f"{type(widget).__name__} {widget.objectName()!r} in {widget.parent()}")
    return found


def everything_said(root: QWidget) -> str:
    """Every text that a window holds, shown or not: labels, tips, fields, tables, menus, plots."""
    return "\n".join(_texts(root))


def _texts(root: QWidget) -> Iterator[str]:
    for widget in [root, *root.findChildren(QWidget)]:
        yield from (widget.windowTitle(), widget.toolTip(), widget.accessibleName(), widget.objectName())
        yield from (widget.statusTip(), widget.whatsThis(), widget.accessibleDescription())
        for action in widget.actions():
            yield from (action.text(), action.toolTip())
        if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QPlainTextEdit | QTextEdit):
            yield widget.toPlainText()
        elif isinstance(widget, QTabWidget):
            yield from (widget.tabText(number) for number in range(widget.count()))
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(number) for number in range(widget.count()))
        elif isinstance(widget, QAbstractItemView):
            yield from _model_texts(widget.model())
        elif isinstance(widget, QGraphicsView) and widget.scene() is not None:
            for item in widget.scene().items():
                yield item.toolTip()
                for name in ("toPlainText", "text", "data"):
                    said = getattr(item, name, None)
                    if callable(said) and name != "data":
                        yield str(said())


def _model_texts(model: QAbstractItemModel | None, parent: QModelIndex = _ROOT) -> Iterator[str]:
    if model is None:
        return
    for row in range(model.rowCount(parent)):
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for column in range(columns):
            index = model.index(row, column, parent)
            for role in (0, 2, 3, 11, 12):  # display, edit, tip, accessible text and description
                value = index.data(role)
                if value is not None:
                    yield str(value)
        if columns and not isinstance(model, QAbstractListModel | QAbstractTableModel):
            yield from _model_texts(model, model.index(row, 0, parent))
