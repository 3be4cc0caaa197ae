"""A row of joined buttons that choose one of a page's views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from mirocals_desktop.ui.flow import FlowLayout

_SHEET: Final = """
QToolButton { border: 1px solid palette(mid); padding: 4px 10px; background: palette(button); }
QToolButton:hover { background: palette(midlight); }
QToolButton:focus { border-color: palette(highlight); }
QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }
"""


class ViewSwitch(QWidget):
    """`chosen(code)` when another view is wanted; buttons are named `<name>.<code>`."""

    chosen = Signal(str)

    def __init__(self, name: str, views: Sequence[tuple[str, str]], parent: QWidget) -> None:
        """`views` are codes and translated names; the first is chosen."""
        super().__init__(parent)
        self.setObjectName(name)
        self._codes = [code for code, _text in views]
        self._group = QButtonGroup(self)
        row = FlowLayout(self, gap=0)  # many views take two lines in a narrow window
        self.setStyleSheet(_SHEET)
        for number, (code, text) in enumerate(views):
            button = QToolButton(self)
            button.setObjectName(f"{name}.{code}")
            button.setText(text)
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(button, number)
            row.addWidget(button)
        self._group.idToggled.connect(self._on_toggled)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the views, in order."""
        return tuple(self._codes)

    @property
    def offered(self) -> tuple[str, ...]:
        """The codes of the views that can be chosen now, in order."""
        hidden = {number for number in range(len(self._codes)) if self._group.button(number).isHidden()}
        return tuple(code for number, code in enumerate(self._codes) if number not in hidden)

    @property
    def view(self) -> str:
        """The code of the chosen view."""
        return self._codes[self._group.checkedId()]

    def choose(self, code: str) -> None:
        """Choose a view."""
        self._group.button(self._codes.index(code)).setChecked(True)

    def offer(self, code: str, *, offered: bool) -> None:
        """Offer a view or not; where it was the chosen one the first takes its place."""
        if not offered and self.view == code:
            self._group.button(0).setChecked(True)
        self._group.button(self._codes.index(code)).setVisible(offered)

    def _on_toggled(self, number: int, on: bool) -> None:  # noqa: FBT001 (Qt's signal)
        if on:
            self.chosen.emit(self._codes[number])
