"""Counts below the matrix of visits: how many are held, due, overdue and missed, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QTableView, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.graphic import Graphic
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.follow_up import VisitGrid, VisitState


class VisitCounts(Graphic):
    """Lines of numbers under the columns of a table; they scroll sideways with it."""

    def __init__(self, view: QTableView, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(_("Visits"))
        self._view = view
        self._lines: Sequence[tuple[str, npt.NDArray[np.int64], str]] = ()

    def show_counts(self, lines: Sequence[tuple[str, npt.NDArray[np.int64], str]]) -> None:
        """Show lines: name, one count per column, colour of counts above zero."""
        self._lines = lines
        self.setAccessibleDescription(
            "; ".join(titled(name, ", ".join(map(str, counts.tolist()))) for name, counts, _colour in lines)
        )
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, len(self._lines) * (self.fontMetrics().height() + 2) + 6)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette, metrics = self.palette(), self.fontMetrics()
        height = metrics.height() + 2
        left = self._view.viewport().mapTo(self._view, QPoint(0, 0)).x()
        right = left + self._view.viewport().width()
        faint = QColor(theme.faint_colour())
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.drawLine(0, 0, right, 0)
        for number, (name, counts, colour) in enumerate(self._lines):
            baseline = 4 + number * height + metrics.ascent()
            painter.setPen(faint)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - 12)
            painter.drawText(8, baseline, text)
            painter.save()
            painter.setClipRect(QRect(left, 0, right - left, self.height()))
            font = QFont(painter.font())
            for column, count in enumerate(counts.tolist()):
                x = left + self._view.columnViewportPosition(column)
                width = self._view.columnWidth(column)
                painter.setPen(QColor(colour) if colour and count else faint)
                place = QRect(x, 4 + number * height, width, height)
                shown = number_text(count, 0) if count else "·"
                fits = min((width - 3) / metrics.horizontalAdvance(shown), 1.0)  # a thousand is wide
                font.setPointSizeF(self.font().pointSizeF() * fits)
                painter.setFont(font)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, shown)
            painter.restore()
        painter.end()


def grid_counts(
    grid: VisitGrid, rows: npt.NDArray[np.int64], states: Sequence[VisitState]
) -> npt.NDArray[np.int64]:
    """For each visit, how many of these rows are in one of the states."""
    return np.asarray(np.isin(grid.state[rows], states).sum(axis=0), dtype=np.int64)
