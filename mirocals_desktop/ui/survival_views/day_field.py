"""A field for a day that a view computes at: the end of a restricted mean, or a landmark."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from mirocals_desktop.i18n import _


class DayField(QWidget):
    """`changed` when the user has settled on another day than before."""

    changed = Signal()

    def __init__(self, name: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = QSpinBox(self)
        self.field.setObjectName(name)
        self.field.setAccessibleName(text)
        self.field.setSuffix(_(" d"))
        self.field.setKeyboardTracking(False)
        self.field.setMinimumWidth(90)
        self.field.editingFinished.connect(self._on_edited)
        label = QLabel(text, self)
        label.setBuddy(self.field)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.field)
        row.addStretch(1)
        self._told = -1
        self._offered = (0, 0)

    def offer(self, last: int, proposed: int, *, first: int = 1) -> None:
        """Allow days from `first` to `last`; with other limits than before the proposed one is taken."""
        if (first, last) != self._offered:
            self._offered = (first, last)
            self.field.setRange(first, max(last, first))
            self.field.setValue(proposed)
            self._told = self.field.value()

    @property
    def day(self) -> int:
        """The day."""
        return self.field.value()

    def choose(self, day: int) -> None:
        """Take this day, and say so."""
        self.field.setValue(day)
        self._on_edited()

    def _on_edited(self) -> None:
        if self.field.value() != self._told:
            self._told = self.field.value()
            self.changed.emit()
