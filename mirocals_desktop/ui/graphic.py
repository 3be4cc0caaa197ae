"""A widget that paints a picture, and that a screen reader is told is one.

Qt gives the role of a picture to labels that hold one, and lets nobody else have it: all other widgets are
filling, whose name and sentence a screen reader may pass over.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QPixmap
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override


class Graphic(QLabel):
    """A plain widget in all but its role. A subclass paints in `paintEvent`, or holds what paints."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QPixmap(1, 1)
        picture.fill(Qt.GlobalColor.transparent)
        self.setPixmap(picture)

    @override
    def sizeHint(self) -> QSize:
        return QWidget.sizeHint(self)

    @override
    def minimumSizeHint(self) -> QSize:
        return QWidget.minimumSizeHint(self)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing of its own: not the picture that gives it its role."""
