"""The room of a page: what does not fit into the window is scrolled to, and never cut or squeezed.

A plot or a table gives way until nothing of it can be read, and only then does Qt speak of a minimum. So a
page has as many lines of letters as it has in the smallest window with usual letters, whatever their size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from typing_extensions import override

from mirocals_desktop.ui import looks

if TYPE_CHECKING:
    from mirocals_desktop.ui.pages.page import Page

_LINES: Final = 25  # less than the smallest window has with letters of 100 %
_SCROLLED_LINES: Final = 36  # where one has to scroll anyway, a page gets the room of a usual window


class _Whole(QWidget):
    """Gives the page all of its own room; says itself how much the page needs, which depends on its width."""

    def __init__(self, page: Page, area: QScrollArea) -> None:
        super().__init__()
        self._page, self._area = page, area
        page.setParent(self)
        self.setAutoFillBackground(False)

    @override
    def minimumSizeHint(self) -> QSize:
        page = self._page
        needed, room = page.minimumSizeHint(), self._area.viewport().size()
        layout = page.layout()
        if layout is not None and layout.hasHeightForWidth():
            needed.setHeight(
                max(needed.height(), layout.minimumHeightForWidth(max(needed.width(), room.width())))
            )
        line = page.fontMetrics().lineSpacing()
        return needed.expandedTo(
            QSize(
                page.fontMetrics().averageCharWidth() * page.letters,
                line * (_SCROLLED_LINES if room.height() < line * _LINES else _LINES),
            )
        )

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._page.resize(event.size())


class PageArea(QScrollArea):
    """A page, with bars beside it where the window is too small for its letters."""

    def __init__(self, page: Page, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"area.{page.objectName()}")
        looks.wear_when_shown(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(_Whole(page, self))
        for area in (self, *page.findChildren(QScrollArea)):  # keys reach them, to scroll
            area.setAccessibleName(area.accessibleName() or page.accessibleName())
        page.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # no layout between them tells the area
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))
        return False

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)
