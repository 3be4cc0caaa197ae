"""The program's icons: one set of line drawings in `resources/icons`, painted in the palette's colour.

A drawing says `currentColor`; the colour is put in when it is painted, so that icons follow light and dark.
"""

from __future__ import annotations

from functools import cache

from PySide6 import QtCore
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from mirocals_desktop.marks import override
from mirocals_desktop.ui.drawings import paint_drawing, read_drawing


@cache
def icon(name: str) -> QIcon:
    """The icon drawn in `resources/icons/<name>.svg`. Raises FileNotFoundError when there is none."""
    read_drawing(name)
    return QIcon(_Engine(name))


class _Engine(QIconEngine):
    """Paints a drawing in the colour that text has in the same state."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        scale = painter.device().devicePixelRatioF()
        size = QSize(round(rect.width() * scale), round(rect.height() * scale))
        painter.drawPixmap(rect, self.pixmap(size, mode, state))

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()
        group = QPalette.ColorGroup.Disabled if mode == QIcon.Mode.Disabled else QPalette.ColorGroup.Active
        role = (
            QPalette.ColorRole.HighlightedText
            if mode == QIcon.Mode.Selected
            else QPalette.ColorRole.WindowText
        )
        side = min(size.width(), size.height())
        colour = QApplication.palette().color(group, role).name()
        drawn = paint_drawing(self._name, colour, side)
        if size.width() == size.height():
            return drawn
        whole = QPixmap(size)
        whole.fill(QtCore.Qt.GlobalColor.transparent)
        painter = QPainter(whole)
        painter.drawPixmap(QPoint((size.width() - side) // 2, (size.height() - side) // 2), drawn)
        painter.end()
        return whole

    @override
    def clone(self) -> QIconEngine:
        return _Engine(self._name)
