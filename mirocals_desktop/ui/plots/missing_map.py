"""Missing visits as a map: one line of pixels per patient, a column per visit, and why each is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.missing_visits import REASONS, MissingReason, reason_name
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.heat_strip import visit_name
from mirocals_desktop.ui.taking_out import Glance
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from mirocals_desktop.analysis.follow_up import VisitGrid
    from mirocals_desktop.analysis.missing_visits import MissingVisits

LOOKS: Final[dict[MissingReason, str]] = {
    "died": "#4D5660",
    "withdrew": theme.SKY,
    "late": theme.VERMILION,
    "not_done": theme.ORANGE,
    "not_entered": theme.PURPLE,
}
_PATTERNS: Final[dict[MissingReason, Qt.BrushStyle]] = {
    "withdrew": Qt.BrushStyle.BDiagPattern,
    "not_done": Qt.BrushStyle.Dense6Pattern,
    "not_entered": Qt.BrushStyle.DiagCrossPattern,
}
"""A second sign, for who sees no colour: reasons that are equally light have different patterns."""
_LEAST_HEIGHT: Final = 4.0  # pixels of a pattern that can be seen
_HELD: Final = "#BFE3D5"
_HELD_DARK: Final = "#15382B"  # far from the grey of the dead for the colour-blind too


_ON_COLOUR: Final = QColor(0, 0, 0, 130)


class MissingMap(Glance):
    """The map under its legend. `pointed(row, column)` (-1 for none), `chosen(row, column)` on a click."""

    pointed = Signal(int, int)
    chosen = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(_("Missing visits by reason"))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._grid: VisitGrid | None = None
        self._missing: MissingVisits | None = None
        self._rows = np.zeros(0, dtype=np.int64)
        self._image = QImage()
        self._runs: list[tuple[MissingReason, int, int, int]] = []

    def show_missing(self, grid: VisitGrid, missing: MissingVisits) -> None:
        """Draw the patients of the grid, those whose visits end first at the top."""
        self._grid, self._missing = grid, missing
        self._rows = missing.order()
        self._runs = _runs(missing.cells[self._rows])
        self._paint_image()
        self.setAccessibleDescription(
            "; ".join(
                titled(reason_name(reason), number_text(counts.sum(), 0))
                for reason, counts in missing.missing.items()
            )
        )
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, 220)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._missing is not None:
            self._paint_image()

    def _paint_image(self) -> None:
        """One pixel a cell, so that a thousand patients cost no more than ten."""
        assert self._missing is not None
        palette = self.palette()
        blank = palette.color(QPalette.ColorRole.Base).rgb()
        held = QColor(_HELD_DARK if theme.is_dark(palette) else _HELD).rgb()
        inks = [QColor(LOOKS[reason]).rgb() for reason in REASONS]
        lookup = np.array([blank, held, *inks], dtype=np.uint32)  # NOT_EXPECTED is -2, HELD -1
        pixels = np.ascontiguousarray(lookup[self._missing.cells[self._rows].astype(np.int64) + 2])
        height, width = pixels.shape
        self._image = QImage()
        if height and width:
            image = QImage(pixels.tobytes(), width, height, width * 4, QImage.Format.Format_RGB32)
            self._image = image.copy()  # Qt keeps no hold on the bytes

    def _plot(self) -> QRectF:
        line = self.fontMetrics().height()
        return QRectF(
            8, line + 12, max(self.width() - 16.0, 10.0), max(self.height() - 2.0 * line - 18, 10.0)
        )

    def cell_at(self, place: QPointF) -> tuple[int, int]:
        """Row and column of the grid at a place; (-1, -1) outside."""
        plot = self._plot()
        if self._image.isNull() or not plot.contains(place):
            return -1, -1
        row = int((place.y() - plot.top()) / plot.height() * self._image.height())
        column = int((place.x() - plot.left()) / plot.width() * self._image.width())
        return int(self._rows[min(row, len(self._rows) - 1)]), min(column, self._image.width() - 1)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.cell_at(event.position()))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row, column = self.cell_at(event.position())
        if row >= 0:
            self.chosen.emit(row, column)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette, metrics = self.palette(), self.fontMetrics()
        if self._grid is None or self._missing is None or self._image.isNull():
            painter.setPen(QColor(theme.faint_colour()))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _("No visit has been recorded yet."))
            painter.end()
            return
        x = 8.0
        side = metrics.height() - 4.0
        dark = theme.is_dark(palette)
        plain = Qt.BrushStyle.NoBrush
        entries = [(_("Held"), _HELD_DARK if dark else _HELD, plain, int(self._missing.held.sum()))]
        entries += [
            (reason_name(reason), LOOKS[reason], _PATTERNS.get(reason, plain), int(counts.sum()))
            for reason, counts in self._missing.missing.items()
        ]
        for name, colour, pattern, count in entries:
            square = QRectF(x, 4, side, side)
            painter.fillRect(square, QColor(colour))
            painter.fillRect(square, QBrush(_ON_COLOUR, pattern))
            text = f"{name} {number_text(count, 0)}"
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            painter.drawText(QPointF(x + side + 5, 2 + metrics.ascent()), text)
            x += side + 5 + metrics.horizontalAdvance(text) + 14
        plot = self._plot()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)  # noqa: FBT003 (Qt's order)
        painter.drawImage(plot, self._image)
        step = plot.width() / len(self._grid.visits)
        tall = plot.height() / len(self._rows)
        for reason, column, first, count in self._runs:
            if count * tall >= _LEAST_HEIGHT:
                run = QRectF(plot.left() + column * step, plot.top() + first * tall, step, count * tall)
                painter.fillRect(run, QBrush(_ON_COLOUR, _PATTERNS[reason]))
        painter.setPen(QColor(theme.faint_colour()))
        right = -1e9
        for number, visit in enumerate(self._grid.visits):
            name = visit_name(visit)
            width = metrics.horizontalAdvance(name)
            left = plot.left() + (number + 0.5) * step - width / 2
            if left > right + 6:
                painter.drawText(QPointF(left, plot.bottom() + 2 + metrics.ascent()), name)
                right = left + width
        painter.end()


def _runs(cells: npt.NDArray[np.int8]) -> list[tuple[MissingReason, int, int, int]]:
    """Where one reason stands below itself: the reason, the column, the first row, how many rows."""
    runs: list[tuple[MissingReason, int, int, int]] = []
    for place, reason in enumerate(REASONS):
        if reason in _PATTERNS:
            edge = np.zeros((1, cells.shape[1]), dtype=np.int8)
            steps = np.diff((cells == place).astype(np.int8), axis=0, prepend=edge, append=edge).T
            (column, first), (_column, last) = np.nonzero(steps == 1), np.nonzero(steps == -1)
            counts = last - first
            runs += [
                (reason, *one) for one in zip(column.tolist(), first.tolist(), counts.tolist(), strict=True)
            ]
    return runs
