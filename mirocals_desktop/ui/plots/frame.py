"""Paints what surrounds the data of a canvas: grid, axes, titles, rows below the axis, guides and labels.

All of it is painted in the pixels of the scene, from one layout, so that rows stand exactly under the ticks
that they belong to and names beside the curves that they name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText

from mirocals_desktop.ui.plots.layers import Ink, Look
from mirocals_desktop.ui.plots.symbols import FILLED, Symbol, symbol_path
from mirocals_desktop.ui.plots.ticks import Tick, log_ticks, named_ticks, number_ticks
from mirocals_desktop.ui.theme import DataStyle

if TYPE_CHECKING:
    from mirocals_desktop.ui.plots.axes import Axes, Range

GAP: Final = 8.0
SAMPLE: Final = 22.0  # length of a line sample in a legend
_WIDEST_LABEL: Final = 0.3  # of the canvas
_MOST_LAID_OUT: Final = 4000
_LAID_OUT: dict[tuple[str, str], tuple[QStaticText, float]] = {}


@dataclass(frozen=True)
class Row:
    """A row below the axis: a title at the left and one text under each tick. A heading has no texts."""

    title: str
    texts: tuple[str, ...] = ()
    style: DataStyle | None = None


@dataclass(frozen=True)
class LegendEntry:
    """A name in the legend with a sample of its line or symbol."""

    text: str
    style: DataStyle
    symbol: Symbol | None = None


@dataclass
class Layout:
    """Where everything of a canvas lies, in pixels, and the ticks of its axes."""

    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    x_ticks: Sequence[Tick] = ()
    rows: Sequence[Row] = ()
    legend_lines: Sequence[Sequence[tuple[LegendEntry, float]]] = ()


def fonts(font: QFont) -> tuple[QFont, QFontMetricsF]:
    """The font of ticks and labels, a little smaller than the text around the plot, with even figures."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.92)
    small.setFeature(QFont.Tag("tnum"), 1)
    return small, QFontMetricsF(small)


def y_ticks(axes: Axes, line_height: float) -> list[Tick]:
    """The ticks of the y axis that the height of the axes has room for."""
    low, high = axes.range
    height = axes.rect.height() / line_height
    most = max(2, int(height / 2.2) if height > 8 else int(height / 1.1))
    if axes.level_names is not None:
        return named_ticks(axes.level_names, low, high, max(1, int(axes.rect.height() / line_height)))
    if axes.log:
        return log_ticks(low, high, most)
    return number_ticks(low, high, most, whole=axes.whole)


def legend_lines(
    entries: Sequence[LegendEntry], metrics: QFontMetricsF, left: float, right: float
) -> list[list[tuple[LegendEntry, float]]]:
    """The legend broken into lines that fit, each entry with where it begins."""
    lines: list[list[tuple[LegendEntry, float]]] = []
    x = math.inf
    for entry in entries:
        width = SAMPLE + 6 + metrics.horizontalAdvance(entry.text) + 2 * GAP
        if x + width > right + 2 * GAP:
            lines.append([])
            x = left
        lines[-1].append((entry, x))
        x += width
    return lines


def label_width(axes: Sequence[Axes], metrics: QFontMetricsF, width: float) -> float:
    """The room that the names at the right need."""
    texts = [label.text for one in axes if one.visible for label in one.labels]
    if not texts:
        return GAP * 1.5
    widest = max(metrics.horizontalAdvance(text) for text in texts) + SAMPLE + GAP * 3
    return min(widest, max(width * _WIDEST_LABEL, SAMPLE + 60))


def paint_ground(
    painter: QPainter,
    axes: Sequence[Axes],
    layout: Layout,
    x_range: Range,
    x_title: str,
    ink: Ink,
    font: QFont,
    *,
    upright_grid: bool,
) -> None:
    """Grid, ticks, titles and legend: what stays while the data change."""
    small, metrics = fonts(font)
    painter.setFont(small)
    line = metrics.height()
    in_view = _in_view(painter, axes, line)
    for one in in_view:
        ticks = one.ticks
        painter.setPen(QPen(ink.grid, 1))
        rect = one.rect
        for tick in ticks:
            y = _sharp(one.down(tick.place))
            painter.drawLine(QLineF(rect.left(), y, rect.right(), y))
        if upright_grid:
            for tick in layout.x_ticks:
                x = _sharp(across(rect, x_range, tick.place))
                painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))
        painter.setPen(ink.faint)
        for tick in ticks:
            place = QRectF(0, one.down(tick.place) - line / 2, rect.left() - GAP, line)
            if rect.top() - line * 0.6 <= place.center().y() <= rect.bottom() + line * 0.6:
                painter.drawText(
                    place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tick.text
                )
        _paint_title(painter, one, metrics, ink, layout)
        painter.setPen(QPen(ink.axis, 1))
        bottom = _sharp(rect.bottom())
        painter.drawLine(QLineF(rect.left(), bottom, rect.right(), bottom))
    if not axes:
        return
    for one in in_view:
        if one.own_ticks or one is axes[-1]:
            _paint_x_ticks(painter, one.rect, layout, x_range, metrics, ink)
    rect = axes[-1].rect
    if x_title:
        painter.setPen(ink.text)
        text = metrics.elidedText(x_title, Qt.TextElideMode.ElideRight, layout.right - GAP)
        width = metrics.horizontalAdvance(text) + 2  # a title may be wider than the axis, not than the canvas
        left = min(max(rect.center().x() - width / 2, GAP / 2), layout.right - width)
        place = QRectF(left, rect.bottom() + 8 + line, width, line)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)
    _paint_legend(painter, layout, metrics, ink)


def paint_rows(
    painter: QPainter,
    axes: Sequence[Axes],
    layout: Layout,
    x_range: Range,
    x_title: str,
    ink: Ink,
    font: QFont,
) -> None:
    """The rows below the axis."""
    if not axes or not layout.rows:
        return
    small, metrics = fonts(font)
    painter.setFont(small)
    line = metrics.height()
    top = axes[-1].rect.bottom() + 6 + line + (line + 2 if x_title else 0) + GAP
    _paint_rows(painter, axes[-1].rect, x_range, layout, metrics, ink, top)


def paint_above(
    painter: QPainter, axes: Sequence[Axes], x_range: Range, ink: Ink, font: QFont, layout: Layout
) -> None:
    """Guides with their names, and the names of curves at the right."""
    small, metrics = fonts(font)
    painter.setFont(small)
    line = metrics.height()
    for one in _in_view(painter, axes, line):
        rect = one.rect
        for guide in one.horizontal:
            y = one.down(one.height(guide.at))
            if not rect.top() - 1 <= y <= rect.bottom() + 1:
                continue
            painter.setPen(_guide_pen(ink, guide.style, movable=False))
            painter.drawLine(QLineF(rect.left(), _sharp(y), rect.right(), _sharp(y)))
            if guide.text:
                above = y - line - 1 >= rect.top()
                place = QRectF(rect.left() + 6, y - line - 1 if above else y + 1, rect.width() - 12, line)
                _paint_on_ground(painter, place, guide.text, ink, Qt.AlignmentFlag.AlignLeft)
        in_head = one.title_place == "corner"  # beside the title, where nothing is drawn
        taken = [_title_place(one, metrics)] if in_head else []
        for guide in one.vertical:
            x = across(rect, x_range, one.across(guide.at))
            if not rect.left() - 1 <= x <= rect.right() + 1:
                continue
            painter.setPen(_guide_pen(ink, guide.style, movable=guide.movable))
            painter.drawLine(QLineF(_sharp(x), rect.top(), _sharp(x), rect.bottom()))
            if guide.text:
                width = metrics.horizontalAdvance(guide.text) + 4
                top = rect.top() - line - 2 if in_head else rect.top() + 1
                place = QRectF(x + (4 if in_head else 6), top, width, line)
                if place.right() > rect.right() + (layout.right - rect.right() if in_head else -2):
                    place.moveRight(x - 4)
                while any(place.intersects(other) for other in taken):
                    place.translate(0, line)
                taken.append(place)
                _paint_on_ground(painter, place, guide.text, ink, Qt.AlignmentFlag.AlignLeft)
        _paint_labels(painter, one, metrics, ink, layout.right)


def _in_view(painter: QPainter, axes: Sequence[Axes], line: float) -> list[Axes]:
    """The axes of which something is painted, with the lines of text above and below them."""
    if not painter.hasClipping():
        return list(axes)
    clip, room = painter.clipBoundingRect(), 2 * line + 16
    return [
        one for one in axes if one.rect.top() - room < clip.bottom() and one.rect.bottom() + room > clip.top()
    ]


def across(rect: QRectF, x_range: Range, x: float) -> float:
    """Where an x in view coordinates lies in the scene."""
    return rect.left() + (x - x_range[0]) / (x_range[1] - x_range[0]) * rect.width()


def _sharp(pixel: float) -> float:
    return math.floor(pixel) + 0.5


def _guide_pen(ink: Ink, style: DataStyle | None, *, movable: bool) -> QPen:
    colour = ink.colour(style.colour) if style else ink.faint
    pen = QPen(colour, 2 if movable else 1)
    pen.setStyle(Qt.PenStyle.SolidLine if movable else Qt.PenStyle.CustomDashLine)
    if not movable:
        pen.setDashPattern([4, 3])
    return pen


def _paint_x_ticks(
    painter: QPainter,
    rect: QRectF,
    layout: Layout,
    x_range: Range,
    metrics: QFontMetricsF,
    ink: Ink,
) -> None:
    painter.setPen(ink.faint)
    for tick in layout.x_ticks:
        x = across(rect, x_range, tick.place)
        mark = _sharp(x)
        painter.drawLine(QLineF(mark, rect.bottom(), mark, rect.bottom() + 4))
        width = metrics.horizontalAdvance(tick.text) + 2
        left = min(x - width / 2, layout.right - width)  # a long one at the end is moved in, not cut
        place = QRectF(left, rect.bottom() + 6, width, metrics.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tick.text)


def _paint_on_ground(
    painter: QPainter, place: QRectF, text: str, ink: Ink, alignment: Qt.AlignmentFlag
) -> None:
    """Text on a little thinned ground: lines behind it do not cross the letters, and can still be seen."""
    flags = alignment | Qt.AlignmentFlag.AlignVCenter
    taken = painter.boundingRect(place, int(flags), text)
    ground = QColor(ink.ground)
    ground.setAlpha(170)
    painter.fillRect(taken.adjusted(-2, 0, 2, 0), ground)
    painter.setPen(ink.text)
    painter.drawText(place, int(flags), text)


def _paint_title(painter: QPainter, one: Axes, metrics: QFontMetricsF, ink: Ink, layout: Layout) -> None:
    if not one.title:
        return
    painter.setPen(ink.text)
    line, rect = metrics.height(), one.rect
    if one.title_place == "corner":
        place = QRectF(rect.left(), rect.top() - line - 2, rect.width(), line)
        text = metrics.elidedText(one.title, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        return
    painter.save()
    painter.translate(2, rect.center().y())
    painter.rotate(-90)
    reach = rect.height() + layout.bottom * 0.3
    text = metrics.elidedText(one.title, Qt.TextElideMode.ElideRight, reach)
    painter.drawText(QRectF(-reach / 2, 0, reach, line), Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _title_place(one: Axes, metrics: QFontMetricsF) -> QRectF:
    """Where the title in the corner is painted."""
    line = metrics.height()
    width = metrics.horizontalAdvance(one.title) + GAP
    return QRectF(one.rect.left(), one.rect.top() - line - 2, min(width, one.rect.width()), line)


def _paint_rows(
    painter: QPainter,
    rect: QRectF,
    x_range: Range,
    layout: Layout,
    metrics: QFontMetricsF,
    ink: Ink,
    top: float,
) -> None:
    line = metrics.height()
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    font = painter.font()
    key = font.key()
    every = row_step(layout, metrics, rect, x_range)
    ticks = [(index, across(rect, x_range, tick.place)) for index, tick in enumerate(layout.x_ticks)]
    ticks = ticks[::every]
    for row in layout.rows:
        painter.setPen(ink.text if row.texts else ink.faint)
        title = QRectF(2, top, rect.left() - GAP - 2 - (10 if row.style else 0), line)
        text = metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, flags, text)
        if row.style is not None:
            painter.setPen(ink.pen(Look(row.style, 3.0, solid=True)))
            x = rect.left() - GAP - 4
            painter.drawLine(QLineF(x, top + 3, x, top + line - 3))
        painter.setPen(ink.text)
        for index, x in ticks:
            if index < len(row.texts):
                laid, width = _laid_out(row.texts[index], font, key)
                painter.drawStaticText(QPointF(x - width / 2, top), laid)
        top += line


def _laid_out(text: str, font: QFont, key: str) -> tuple[QStaticText, float]:
    """A short text whose letters are in place, and its width: rows are painted sixty times a second."""
    known = _LAID_OUT.get((text, key))
    if known is None:
        laid = QStaticText(text)
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.prepare(font=font)
        if len(_LAID_OUT) >= _MOST_LAID_OUT:
            _LAID_OUT.clear()
        known = _LAID_OUT[text, key] = laid, laid.size().width()
    return known


def row_step(layout: Layout, metrics: QFontMetricsF, rect: QRectF, x_range: Range) -> int:
    """1 when the texts under all ticks fit, else 2, 3 ...: only every second, third is painted."""
    places = [across(rect, x_range, tick.place) for tick in layout.x_ticks]
    gaps = [second - first for first, second in pairwise(places)]
    widest = _widest(layout, metrics)
    if not gaps or not widest or min(gaps) <= 0:
        return 1
    return max(1, math.ceil((widest + 4) / min(gaps)))


def _widest(layout: Layout, metrics: QFontMetricsF) -> float:
    """The width of the longest text of all rows: figures are equally wide, so the letters decide."""
    longest = max((text for row in layout.rows for text in row.texts), key=len, default="")
    return metrics.horizontalAdvance(longest)


def _paint_legend(painter: QPainter, layout: Layout, metrics: QFontMetricsF, ink: Ink) -> None:
    line = metrics.height()
    for number, entries in enumerate(layout.legend_lines):
        top = 2 + number * (line + 2)
        for entry, x in entries:
            _paint_sample(painter, entry.style, entry.symbol, QPointF(x, top + line / 2), ink)
            painter.setPen(ink.text)
            room = max(layout.right - x - SAMPLE - 6, 40.0)
            place = QRectF(x + SAMPLE + 6, top, room + 200, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.text)


def _paint_sample(
    painter: QPainter, style: DataStyle, symbol: Symbol | None, start: QPointF, ink: Ink
) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if symbol is None:
        painter.setPen(ink.pen(Look(style, 2.0)))
        painter.drawLine(QLineF(start.x(), start.y(), start.x() + SAMPLE, start.y()))
    else:
        centre = QPointF(start.x() + SAMPLE / 2, start.y())
        painter.setPen(QPen(ink.colour(style.colour), 1.4))
        painter.setBrush(ink.colour(style.colour) if symbol in FILLED else ink.ground)
        painter.drawPath(symbol_path(symbol, centre, 4.0))
    painter.restore()


def _paint_labels(painter: QPainter, one: Axes, metrics: QFontMetricsF, ink: Ink, right: float) -> None:
    """Names beside the ends of curves, pushed apart until none covers another."""
    line = metrics.height()
    wanted = sorted(
        ((one.down(one.height(label.y)), label) for label in one.labels if math.isfinite(label.y)),
        key=lambda pair: pair[0],
    )
    tops = spread(
        [y - line / 2 for y, _label in wanted], line, one.rect.top() - line / 2, one.rect.bottom() + line / 2
    )
    for top, (_y, label) in zip(tops, wanted, strict=True):
        x = one.rect.right() + GAP
        _paint_sample(painter, label.style, None, QPointF(x, top + line / 2), ink)
        painter.setPen(ink.text)
        place = QRectF(x + SAMPLE + 6, top, right - x - SAMPLE - 8, line)
        text = metrics.elidedText(label.text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def spread(tops: Sequence[float], height: float, low: float, high: float) -> list[float]:
    """Sorted tops moved as little as needed so that each has its height, within low and high if they fit."""
    placed: list[float] = []
    for top in tops:
        placed.append(max(top, low if not placed else placed[-1] + height))
    limit = high - height
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - height
    return placed
