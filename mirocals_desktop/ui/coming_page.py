"""What stands in the place of a page while what it is made of is still being imported."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import looks

_BLOCKS: Final = ((0.0, 0.0, 0.68, 0.62), (0.71, 0.0, 0.29, 0.62), (0.0, 0.67, 1.0, 0.33))
"""Left, top, width and height of the pale blocks, in parts of the room below the title."""

_MARGIN: Final = 16
_ROUND: Final = 6.0


class ComingPage(QWidget):
    """The title of the page that comes, above pale blocks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("page.coming")
        self._title = looks.title_label("", "page.coming.title", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 12, _MARGIN, _MARGIN)
        column.addWidget(self._title)
        column.addStretch(1)

    def announce(self, title: str) -> None:
        """Say which page comes; `title` is translated."""
        self._title.setText(title)
        self.setAccessibleName(_("{page}: getting ready").format(page=title))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(QPalette.ColorRole.Window))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Midlight))
        top = self._title.geometry().bottom() + _MARGIN
        room = QRectF(_MARGIN, top, self.width() - 2 * _MARGIN, self.height() - top - _MARGIN)
        for left, upper, width, height in _BLOCKS:
            block = QRectF(
                room.x() + left * room.width(),
                room.y() + upper * room.height(),
                width * room.width(),
                height * room.height(),
            )
            painter.drawRoundedRect(block, _ROUND, _ROUND)
