"""The list of keys: every command that has one, by menu, and the keys of pages and tables."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.actions import ACTIONS
from mirocals_desktop.ui.menus import MENUS

_COLUMNS = 2


class ShortcutsDialog(QDialog):
    """Groups of keys beside each other; `pages` is how many pages have a key."""

    def __init__(self, pages: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle(_("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups = [(title, rows) for title, rows in _groups(pages) if rows]
        body = QWidget(self)
        beside = QHBoxLayout(body)
        beside.setContentsMargins(0, 0, 12, 0)
        beside.setSpacing(32)
        columns = [QVBoxLayout() for _column in range(_COLUMNS)]
        for column in columns:
            column.setSpacing(4)
        filled = [0] * _COLUMNS
        for title, rows in groups:
            shortest = filled.index(min(filled))
            filled[shortest] += len(rows) + 2
            columns[shortest].addWidget(theme.heading_label(title, f"shortcuts.{len(rows)}", body))
            columns[shortest].addLayout(_lines(rows, body))
            columns[shortest].addSpacing(12)
        for column in columns:
            column.addStretch(1)
            beside.addLayout(column, 1)
        area = QScrollArea(self)
        area.setObjectName("shortcuts.area")
        area.setAccessibleName(self.windowTitle())
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(body)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 12, 16)
        layout.setSpacing(16)
        layout.addWidget(area)
        layout.addWidget(buttons)
        wanted = body.sizeHint()
        room = parent.window().size()
        self.resize(min(wanted.width() + 64, room.width()), min(wanted.height() + 96, room.height()))


def _groups(pages: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """Titles, and the keys with what they do."""
    groups = [
        (
            _(title).replace("&", ""),
            [
                (_native(row.shortcut), _(row.text).replace("&", "").rstrip("…"))
                for row in ACTIONS
                if row.menu == menu and row.shortcut
            ],
        )
        for menu, title in MENUS.items()
    ]
    moving = [
        (f"{_native('Ctrl+1')} … {_native(f'Ctrl+{min(pages, 9)}')}", _("Go to a page")),
        (_native("Tab"), _("Go to the next field or button")),
        (_native("Return"), _("Open what the row stands for")),
        (_native("Escape"), _("Close a dialog")),
    ]
    tables = [
        (_native("Ctrl+C"), _("Copy selected rows, with headers")),
        (_native("Ctrl+A"), _("Select every row")),
    ]
    return [*groups, (_("Everywhere"), moving), (_("Tables"), tables)]


def _lines(rows: list[tuple[str, str]], parent: QWidget) -> QGridLayout:
    lines = QGridLayout()
    lines.setHorizontalSpacing(16)
    lines.setVerticalSpacing(4)
    lines.setColumnStretch(1, 1)
    for number, (key, text) in enumerate(rows):
        name = QLabel(key, parent)
        name.setForegroundRole(name.palette().ColorRole.PlaceholderText)
        lines.addWidget(name, number, 0)
        lines.addWidget(QLabel(text, parent), number, 1)
    return lines


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
