"""A button with a list of ticks that stays open while one chooses: variables of a forest or of a model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMenu, QToolButton, QWidget, QWidgetAction


class ChoiceMenu(QToolButton):
    """`changed` when the list has closed with other ticks than it opened with."""

    changed = Signal()

    def __init__(self, name: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setText(text)
        self.setAccessibleName(text)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setStyleSheet("QToolButton { padding: 4px 18px 4px 8px; }")  # the arrow stands beside the text
        self._menu = QMenu(self)
        self._menu.setObjectName(f"{name}.menu")
        self._menu.aboutToHide.connect(self._on_closed)
        self.setMenu(self._menu)
        self._boxes: dict[str, QCheckBox] = {}
        self._told: tuple[str, ...] = ()

    def offer(self, choices: Sequence[tuple[str, str]], ticked: Sequence[str]) -> None:
        """Offer these (code, label); what was ticked stays ticked, and at first `ticked` is."""
        if list(self._boxes) == [code for code, _label in choices]:
            return
        kept = set(self.chosen()) if self._boxes else set(ticked)
        self._menu.clear()
        self._boxes = {}
        for code, label in choices:
            box = QCheckBox(label, self._menu)
            box.setObjectName(f"{self.objectName()}.{code}")
            box.setChecked(code in kept)
            box.setStyleSheet("QCheckBox { padding: 3px 12px 3px 8px; }")
            action = QWidgetAction(self._menu)
            action.setDefaultWidget(box)
            self._menu.addAction(action)
            self._boxes[code] = box
        self._told = self.chosen()

    def chosen(self) -> tuple[str, ...]:
        """The codes that are ticked, in the order of the list."""
        return tuple(code for code, box in self._boxes.items() if box.isChecked())

    def label(self, code: str) -> str:
        """The label of a code."""
        return self._boxes[code].text()

    def choose(self, codes: Sequence[str]) -> None:
        """Tick these and no others, and say so."""
        for code, box in self._boxes.items():
            box.setChecked(code in codes)
        self._on_closed()

    def _on_closed(self) -> None:
        if self.chosen() != self._told:
            self._told = self.chosen()
            self.changed.emit()
