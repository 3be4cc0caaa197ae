"""What one sees, outside the window: a table or a picture on pages of paper, or a table as one picture.

A widget tells what it shows as a `TableSheet` or a `PictureSheet`; everything here only paints, black on
white whatever the theme, and touches no widget, so that a worker can print.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPaintDevice,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore

PAPER_DPI: Final = 600
"""Dots per inch of whatever is printed: lines of a fixed width are made for them."""

_POINTS: Final = 8.5  # of the text of a table on paper
_SMALL_POINTS: Final = 7.0  # where these would have to be folded
_PICTURE_WIDTH: Final = 1600.0  # a table wider than this is folded
_SCALE: Final = 2.0  # pixels of a picture for one of the screen
_MEASURED: Final = 400  # rows that column widths are measured on; what is wider is folded, never cut
_INK, _FAINT, _LINE = QColor("#1E2429"), QColor("#52606D"), QColor("#C3CAD0")
_FOLDED: Final = int(Qt.TextFlag.TextWordWrap)
_BROKEN: Final = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)


@dataclass(frozen=True, eq=False)
class TableSheet:
    """A table as it is shown: its title, headers, which columns hold numbers, and the text of each cell.

    `text(row, column)` may be called on a worker. `about` says what was left out (the filter).
    """

    title: str
    headers: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: int
    text: Callable[[int, int], str]
    about: str = ""


@dataclass(frozen=True, eq=False)
class PictureSheet:
    """A plot as a picture that carries its own caption; `footed` when it carries its origin too."""

    title: str
    image: QImage
    footed: bool = False


@dataclass(frozen=True, eq=False)
class PagesSheet:
    """Pages that are laid out by themselves: `paint(painter, device)` gives their number."""

    title: str
    paint: Callable[[QPainter, QPagedPaintDevice], int]


Sheet = TableSheet | PictureSheet | PagesSheet


@dataclass(frozen=True)
class Origin:
    """What stands around every sheet: the study's state in a few words, and where the numbers come from."""

    marks: str = ""
    footnote: str = ""


def screen_picture(widget: QWidget) -> QImage:
    """A widget as it stands on the screen, at twice its size."""
    image = QImage(widget.size() * _SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SCALE)
    image.fill(widget.palette().color(QPalette.ColorRole.Window))
    widget.render(image)
    return image


def is_wide(sheet: Sheet) -> bool:
    """Whether a sheet wants its paper lying on the long side."""
    if isinstance(sheet, PictureSheet):
        return sheet.image.width() > sheet.image.height()
    if isinstance(sheet, PagesSheet):
        return False
    metrics = QFontMetricsF(QGuiApplication.font())
    em = metrics.horizontalAdvance("m")
    return sum(_widths(sheet, metrics, em)[0]) > 105 * metrics.averageCharWidth()


def print_sheet(sheet: Sheet, device: QPagedPaintDevice, origin: Origin, *, report: Report = ignore) -> int:
    """Paint a sheet on as many pages as it needs; gives their number.

    Raises `AppError` where the printer or the file takes nothing.
    """
    painter = QPainter()
    if not painter.begin(device):
        raise AppError(
            _("The printer did not take “{title}”.").format(title=sheet.title),
            hint=_("See whether it is switched on and has paper, or print to a file."),
        )
    try:
        page = device.pageLayout()
        dots = device.logicalDpiY() / 72
        whole = QRectF(page.paintRectPixels(device.logicalDpiX()))
        room = QRectF(0, 0, whole.width(), whole.height())
        if isinstance(sheet, PagesSheet):
            return sheet.paint(painter, device)
        if isinstance(sheet, PictureSheet):
            return _print_picture(sheet, painter, room, origin, dots)
        return _print_table(sheet, painter, device, room, origin, dots, report)
    finally:
        painter.end()


def lay_sideways(sheet: Sheet, device: QPagedPaintDevice) -> None:
    """Turn the paper the way the sheet wants it."""
    orientation = QPageLayout.Orientation
    device.setPageOrientation(orientation.Landscape if is_wide(sheet) else orientation.Portrait)


def table_picture(sheet: TableSheet, origin: Origin) -> QImage:
    """A whole table as one picture, with its title above and its origin below."""
    font = QFont(QGuiApplication.font())
    layout = _Layout(sheet, font, None, _PICTURE_WIDTH)
    head = _head(sheet, origin)
    small = _smaller(font)
    line, foot_line = QFontMetricsF(font).height(), QFontMetricsF(small).height()
    width = layout.width
    foot_height = _folded_height(origin.footnote, QFontMetricsF(small), width)
    height = line * 1.5 * len(head) + layout.header_height + sum(layout.heights(range(sheet.rows)))
    height += (foot_height + foot_line) if origin.footnote else 4.0
    margin = 8.0
    size = QSize(round((width + 2 * margin) * _SCALE), round((height + 2 * margin) * _SCALE))
    image = QImage(size, QImage.Format.Format_RGB32)
    if image.isNull():
        raise AppError(
            _("“{title}” is too long for a picture.").format(title=sheet.title),
            hint=_("Select fewer rows, or copy it as a table."),
        )
    image.setDevicePixelRatio(_SCALE)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.translate(margin, margin)
    top = _paint_head(painter, head, font, width)
    top = layout.paint_header(painter, top)
    for row, row_height in enumerate(layout.heights(range(sheet.rows))):
        layout.paint_row(painter, row, top, row_height)
        top += row_height
    if origin.footnote:
        painter.setFont(small)
        painter.setPen(_FAINT)
        painter.drawText(QRectF(0, top + foot_line * 0.5, width, foot_height), _FOLDED, origin.footnote)
    painter.end()
    return image


def _print_picture(sheet: PictureSheet, painter: QPainter, room: QRectF, origin: Origin, dots: float) -> int:
    font = QFont(QGuiApplication.font())
    font.setPointSizeF(_POINTS)
    line = QFontMetricsF(font, painter.device()).height()
    top = 0.0
    if origin.marks:
        painter.setFont(_bold(font))
        painter.setPen(_INK)
        painter.drawText(QRectF(0, 0, room.width(), line), int(Qt.AlignmentFlag.AlignRight), origin.marks)
        top = line * 1.6
    foot = 0.0 if sheet.footed or not origin.footnote else line * 2.4
    image = sheet.image
    # never larger than a third over its size on the screen: thin lines would grow into beams
    largest = dots * 72 / 96 * 1.33 / image.devicePixelRatio()
    scale = min(room.width() / image.width(), (room.height() - top - foot) / image.height(), largest)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    size = (image.width() * scale, image.height() * scale)
    painter.drawImage(QRectF((room.width() - size[0]) / 2, top, *size), image)
    if foot:
        painter.setFont(_smaller(font))
        painter.setPen(_FAINT)
        painter.drawText(QRectF(0, top + size[1] + line * 0.4, room.width(), foot), _FOLDED, origin.footnote)
    return 1


def _print_table(
    sheet: TableSheet,
    painter: QPainter,
    device: QPagedPaintDevice,
    room: QRectF,
    origin: Origin,
    dots: float,
    report: Report,
) -> int:
    font = QFont(QGuiApplication.font())
    for points in (_POINTS, _SMALL_POINTS):
        font.setPointSizeF(points)
        layout = _Layout(sheet, font, painter.device(), room.width(), dots=dots)
        if not layout.folded:
            break
    small = _smaller(font)
    small_metrics = QFontMetricsF(small, painter.device())
    foot = _folded_height(origin.footnote, small_metrics, room.width() * 0.8) + small_metrics.height()
    head = _head(sheet, origin)
    line = QFontMetricsF(font, painter.device()).height()
    body = room.height() - foot - layout.header_height
    first = body - line * 1.5 * len(head)
    pages = _broken(layout, sheet.rows, first, body, report)
    for number, (begin, end) in enumerate(pages):
        report(0.5 + 0.5 * number / len(pages), "")
        if number:
            device.newPage()
        top = _paint_head(painter, head, font, room.width()) if number == 0 else 0.0
        top = layout.paint_header(painter, top)
        for row, height in zip(range(begin, end), layout.heights(range(begin, end)), strict=True):
            height = min(height, body)
            layout.paint_row(painter, row, top, height)
            top += height
        painter.setFont(small)
        painter.setPen(_FAINT)
        place = QRectF(0, room.height() - foot + small_metrics.height() * 0.5, room.width() * 0.8, foot)
        painter.drawText(place, _FOLDED, origin.footnote)
        told = _("page {number} of {count}").format(number=number + 1, count=len(pages))
        place = QRectF(room.width() * 0.8, place.top(), room.width() * 0.2, foot)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), told)
    return len(pages)


def _broken(layout: _Layout, rows: int, first: float, body: float, report: Report) -> list[tuple[int, int]]:
    """Which rows stand on each page: from, and up to but without."""
    pages: list[tuple[int, int]] = []
    begin, left = 0, first
    for row in range(rows):
        if row % 50 == 0:
            report(0.5 * row / rows, "")
        height = layout.height(row)
        if height > left and row > begin:
            pages.append((begin, row))
            begin, left = row, body
        left -= height
    return [*pages, (begin, rows)]


class _Layout:
    """Widths of the columns within a width, and rows painted by them; what is wider is folded."""

    def __init__(
        self, sheet: TableSheet, font: QFont, device: QPaintDevice | None, width: float, *, dots: float = 1.0
    ) -> None:
        self._sheet, self._font, self._header_font = sheet, font, _bold(font)
        self._metrics = QFontMetricsF(font, device) if device is not None else QFontMetricsF(font)
        self._hair = max(dots * 0.4, 0.8)
        self._pad = self._metrics.horizontalAdvance("m") * 0.6
        bold = QFontMetricsF(self._header_font, device) if device else QFontMetricsF(self._header_font)
        self._widths = _fitted(*_widths(sheet, bold, 2 * self._pad), width)
        self.width = max(sum(self._widths), 1.0)
        self.folded = self.width >= width * 0.999
        heights = [
            _folded_height(header, bold, wide - 2 * self._pad)
            for header, wide in zip(sheet.headers, self._widths, strict=True)
        ]
        self.header_height = max(heights, default=0.0) + bold.height() * 0.5

    def height(self, row: int) -> float:
        """How high a row is."""
        highest = self._metrics.height()
        for column, wide in enumerate(self._widths):
            text = self._sheet.text(row, column)
            if "\n" in text or self._metrics.horizontalAdvance(text) > wide - 2 * self._pad:
                highest = max(highest, _folded_height(text, self._metrics, wide - 2 * self._pad))
        return highest + self._metrics.height() * 0.3

    def heights(self, rows: Sequence[int]) -> list[float]:
        """How high these rows are."""
        return [self.height(row) for row in rows]

    def paint_header(self, painter: QPainter, top: float) -> float:
        """Paint the headers; gives where the rows begin."""
        painter.setFont(self._header_font)
        painter.setPen(_INK)
        self._paint_texts(painter, self._sheet.headers, top, self.header_height)
        painter.setPen(QPen(_INK, self._hair))
        bottom = top + self.header_height
        painter.drawLine(QPointF(0, bottom), QPointF(self.width, bottom))
        return bottom

    def paint_row(self, painter: QPainter, row: int, top: float, height: float) -> None:
        """Paint one row and the line below it."""
        painter.setFont(self._font)
        painter.setPen(_INK)
        texts = [self._sheet.text(row, column) for column in range(len(self._widths))]
        self._paint_texts(painter, texts, top, height)
        painter.setPen(QPen(_LINE, self._hair))
        bottom = top + height
        painter.drawLine(QPointF(0, bottom), QPointF(self.width, bottom))

    def _paint_texts(self, painter: QPainter, texts: Sequence[str], top: float, height: float) -> None:
        left = 0.0
        for text, wide, number in zip(texts, self._widths, self._sheet.numeric, strict=True):
            side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
            place = QRectF(left + self._pad, top, wide - 2 * self._pad, height)
            flags = _folding(text, QFontMetricsF(painter.font(), painter.device()), place.width())
            painter.drawText(place, int(side | Qt.AlignmentFlag.AlignVCenter) | flags, text)
            left += wide


def _widths(sheet: TableSheet, metrics: QFontMetricsF, pad: float) -> tuple[list[float], list[float]]:
    """How wide each column is with room for all, and with its longest word; measured on some rows."""
    step = max(sheet.rows // _MEASURED, 1)
    natural, least = [], []
    for column, header in enumerate(sheet.headers):
        texts = {header, *(sheet.text(row, column) for row in range(0, sheet.rows, step))}
        words = {word for text in texts for word in text.split()}
        natural.append(pad + max((metrics.horizontalAdvance(text) for text in texts), default=0.0) + 1.0)
        least.append(pad + max((metrics.horizontalAdvance(word) for word in words), default=0.0) + 1.0)
    return natural, least


def _fitted(natural: Sequence[float], least: Sequence[float], width: float) -> list[float]:
    """The widths within a whole: words stay whole if they can, and who lacks most gets most of the rest."""
    if sum(natural) <= width:
        return list(natural)
    spare = width - sum(least)
    if spare < 0:
        return [one * width / sum(least) for one in least]
    lacking = [max(whole - word, 0.0) for whole, word in zip(natural, least, strict=True)]
    return [word + spare * lack / sum(lacking) for word, lack in zip(least, lacking, strict=True)]


def _head(sheet: TableSheet, origin: Origin) -> list[tuple[str, bool]]:
    """The lines above a table, and whether each is bold."""
    lines = [(sheet.title, True), (origin.marks, True), (sheet.about, False)]
    return [(text, bold) for text, bold in lines if text]


def _paint_head(painter: QPainter, head: Sequence[tuple[str, bool]], font: QFont, width: float) -> float:
    """Paint the lines above a table; gives where the table begins."""
    line = QFontMetricsF(font, painter.device()).height()
    top = 0.0
    for text, bold in head:
        painter.setFont(_bold(font) if bold else font)
        painter.setPen(_INK)
        painter.drawText(QRectF(0, top, max(width, line * 40), line), int(Qt.AlignmentFlag.AlignLeft), text)
        top += line * 1.5
    return top


def _folding(text: str, metrics: QFontMetricsF, width: float) -> int:
    """Fold between words, and inside one only where it is wider than the room."""
    whole = all(metrics.horizontalAdvance(word) <= width for word in text.split())
    return _FOLDED if whole else _BROKEN


def _folded_height(text: str, metrics: QFontMetricsF, width: float) -> float:
    flags = _folding(text, metrics, width)
    return metrics.boundingRect(QRectF(0, 0, max(width, 1.0), 1e6), flags, text).height() if text else 0.0


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def _smaller(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.85)
    return small
