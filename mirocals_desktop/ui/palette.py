"""Ctrl+K: one field that finds patients, pages, commands and settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import combining, normalize

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.icons import icon

MOST: Final = 12  # more lines than these are not read


@dataclass(frozen=True)
class Entry:
    """Something that can be found: its text, what kind of thing it is, and what choosing it does."""

    text: str
    kind: str
    icon: str
    run: Callable[[], None]


def rank(text: str, wanted: str) -> int | None:
    """How well `text` answers `wanted`, 0 best; None when it does not. Both plain."""
    if not wanted:
        return 3
    place = text.find(wanted)
    if place == 0:
        return 0 if text == wanted else 1
    if place > 0:
        return 2 if not text[place - 1].isalnum() else 3
    if all(word in text for word in wanted.split()):
        return 4
    letters = iter(text)
    return 5 if len(wanted) > 2 and all(letter in letters for letter in wanted) else None


def plain(text: str) -> str:
    """The text in lower case and without accents, which few type."""
    parts = normalize("NFD", text.casefold())
    return parts if parts.isascii() else "".join(letter for letter in parts if not combining(letter))


def find(entries: Sequence[Entry], wanted: str, *, most: int = MOST) -> list[Entry]:
    """The entries that answer best, at most so many; equals stay in their order."""
    wanted = plain(wanted.strip())
    ranked = [(rank(plain(entry.text), wanted), number) for number, entry in enumerate(entries)]
    best = sorted((value, number) for value, number in ranked if value is not None)[:most]
    return [entries[number] for _value, number in best]


class _Lines(QStyledItemDelegate):
    """A found entry: its text at the left, what kind of thing it is faintly at the right."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        rect, palette = option.rect, option.palette
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setPen(palette.color(role))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -8, 0), right, index.data(Qt.ItemDataRole.UserRole))
        painter.restore()

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, 28))


class Palette(QDialog):
    """The field with its list below. Enter runs the marked line, Escape closes."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setAccessibleName(_("Search patients, pages, commands"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setStyleSheet("#palette { border: 1px solid palette(dark); }")
        self._entries = entries
        self._found: list[Entry] = []
        self.field = QLineEdit(self)
        self.field.setObjectName("palette.field")
        self.field.setAccessibleName(self.accessibleName())
        self.field.setPlaceholderText(_("Patient, page or command"))
        self.field.setClearButtonEnabled(True)
        self._model = QStandardItemModel(self)
        self.list = QListView(self)
        self.list.setObjectName("palette.list")
        self.list.setAccessibleName(_("What was found"))
        self.list.setModel(self._model)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setIconSize(QSize(18, 18))
        self.list.setItemDelegate(_Lines(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = QLabel(_("Nothing has that name."), self)
        self.nothing.setObjectName("palette.nothing")
        self.nothing.setMargin(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self.nothing)
        self.field.textChanged.connect(self._look)
        self.field.returnPressed.connect(self._run)
        self.list.clicked.connect(lambda _index: self._run())
        self.field.installEventFilter(self)
        self.setMinimumWidth(520)
        self._look("")

    def show_over(self, window: QWidget) -> None:
        """Open below the middle of the window's upper edge, with the field ready."""
        self.adjustSize()
        place = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 64))
        self.move(place)
        self.show()
        self.field.setFocus()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._found:
                row = (self.list.currentIndex().row() + step) % len(self._found)
                self.list.setCurrentIndex(self._model.index(row, 0))
                return True
        return super().eventFilter(watched, event)

    def _look(self, wanted: str) -> None:
        self._found = find(self._entries, wanted)
        self._model.clear()
        for entry in self._found:
            item = QStandardItem(icon(entry.icon), entry.text)
            item.setData(entry.kind, Qt.ItemDataRole.UserRole)
            item.setData(f"{entry.text}, {entry.kind}", Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        self.list.setVisible(bool(self._found))
        self.nothing.setVisible(not self._found)
        if self._found:
            self.list.setCurrentIndex(self._model.index(0, 0))
        height = self.list.sizeHintForRow(0) if self._found else 0
        self.list.setFixedHeight(len(self._found) * height + 2)
        self.adjustSize()

    def _run(self) -> None:
        row = self.list.currentIndex().row()
        if 0 <= row < len(self._found):
            entry = self._found[row]
            self.close()
            entry.run()
