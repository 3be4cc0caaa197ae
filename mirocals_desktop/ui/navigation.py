"""The column of pages at the left of the window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _

_AROUND: Final = 32  # pixels beside icon and text


class Navigation(QWidget):
    """The column of pages at the left: text beside icons, icons alone when narrow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setAccessibleName(_("Pages"))
        self._buttons: list[QToolButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(6, 8, 6, 8)
        self._layout.setSpacing(2)
        self._layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setStyleSheet(
            "#navigation QToolButton { border: none; border-left: 3px solid transparent; border-radius: 3px;"
            " padding: 7px 10px 7px 8px; text-align: left; }"
            "#navigation QToolButton:hover { background: palette(midlight); }"
            "#navigation QToolButton:focus { background: palette(midlight); }"
            "#navigation QToolButton:checked { border-left: 3px solid palette(highlight);"
            " background: palette(midlight); font-weight: 600; }"
        )

    def add(self, action: QAction) -> None:
        """A button for a page's action, below the others."""
        button = QToolButton(self)
        button.setObjectName(f"navigation.{action.objectName().removeprefix('action.page.')}")
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        side = max(button.iconSize().height(), self.fontMetrics().height())
        button.setIconSize(QSize(side, side))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._layout.insertWidget(self._layout.count() - 1, button)
        self._buttons.append(button)

    def set_narrow(self, *, narrow: bool) -> None:
        """Icons alone, or text beside them."""
        style = (
            Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )
        for button in self._buttons:
            button.setToolButtonStyle(style)
            # Qt asks for the room of plain letters; those of the page in front are bold, and wider.
            bold = QFont(button.font())
            bold.setWeight(QFont.Weight.DemiBold)
            wide = QFontMetrics(bold).horizontalAdvance(button.text()) + button.iconSize().width() + _AROUND
            button.setMinimumWidth(0 if narrow else wide)


def thin_line(parent: QWidget) -> QFrame:
    """A line one pixel wide, from top to bottom."""
    line = QFrame(parent)
    line.setFixedWidth(1)
    line.setStyleSheet("background: palette(mid);")
    return line
