"""What lies below the data of a canvas: grid, ticks and titles, kept as a picture while the data change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from mirocals_desktop.ui.plots import frame

if TYPE_CHECKING:
    from mirocals_desktop.ui.plots.axes import Axes
    from mirocals_desktop.ui.plots.canvas import Canvas
    from mirocals_desktop.ui.plots.frame import Layout


class Ground:
    """Paints what lies below the data of one canvas, whose layout it follows."""

    def __init__(self, canvas: Canvas, layout: Layout) -> None:
        self._canvas = canvas
        self._layout = layout
        self._kept: tuple[tuple[object, ...], QPixmap] | None = None

    def paint(self, painter: QPainter) -> None:
        """Paint it, and the rows below the axis, which follow the data."""
        canvas = self._canvas
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        axes, x_axis = canvas.shown_axes, canvas.x_axis
        if canvas.view.keeps_picture:
            painter.drawPixmap(0, 0, self._picture(axes))
        else:
            self._paint(painter, axes)
        frame.paint_rows(painter, axes, self._layout, x_axis.range, x_axis.title, canvas.ink, canvas.font())

    def _paint(self, painter: QPainter, axes: Sequence[Axes]) -> None:
        canvas, x_axis = self._canvas, self._canvas.x_axis
        frame.paint_ground(
            painter,
            axes,
            self._layout,
            x_axis.range,
            x_axis.title,
            canvas.ink,
            canvas.font(),
            upright_grid=x_axis.names is None,
        )

    def _picture(self, axes: Sequence[Axes]) -> QPixmap:
        """The ground as a picture that is painted again only when it has changed."""
        canvas, x_axis, layout = self._canvas, self._canvas.x_axis, self._layout
        scale, size = canvas.devicePixelRatioF(), canvas.view.viewport().size()
        look = (
            size,
            scale,
            canvas.view.part,
            canvas.font(),
            canvas.ink,
            x_axis.range,
            x_axis.title,
            x_axis.names,
            tuple(layout.x_ticks),
            tuple(tuple(line) for line in layout.legend_lines),
            tuple(
                (QRectF(one.rect), one.range, one.title, one.title_place, one.own_ticks, tuple(one.ticks))
                for one in axes
            ),
        )
        if self._kept is None or self._kept[0] != look:
            picture = QPixmap(size * scale)
            picture.setDevicePixelRatio(scale)
            picture.fill(canvas.ink.ground)
            painter = QPainter(picture)
            painter.setClipRect(canvas.view.part)
            self._paint(painter, axes)
            painter.end()
            self._kept = look, picture
        return self._kept[1]
