"""The picture that leaves a canvas: its title, the plot and its footnote on white, to save or to print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPicture

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.layers import Ink
from mirocals_desktop.ui.plots.vector_file import write_vector
from mirocals_desktop.ui.theme import light_palette

if TYPE_CHECKING:
    from mirocals_desktop.ui.plots.canvas import Canvas

_FOOT_FLAGS: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)


def picture_title(canvas: Canvas) -> str:
    """What the picture is called: its caption, else what a screen reader calls the plot."""
    return canvas.caption or canvas.accessibleName()


def paint_image(canvas: Canvas, scale: float) -> QImage:
    """The picture with `scale` pixels for each of the screen."""
    with canvas.inked(Ink.of(light_palette(), scale)):
        image = QImage((_size(canvas) * scale).toSize(), QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(scale)
        image.fill(canvas.ink.ground)
        painter = QPainter(image)
        _paint(canvas, painter)
        painter.end()
    return image


def record_picture(canvas: Canvas, weight: float) -> tuple[QPicture, QSizeF]:
    """The picture as strokes and letters, which any thread can play at any size, and its size in pixels.

    A line that is one pixel wide takes `weight` pixels of the device on which it is played.
    """
    picture = QPicture()
    with canvas.inked(Ink.of(light_palette(), weight)):
        painter = QPainter(picture)
        _paint(canvas, painter)
        painter.end()
    return picture, _size(canvas)


def write_picture(canvas: Canvas, path: Path) -> None:
    """Write the picture: vectors for .pdf and .svg, else a PNG. Raises AppError when it cannot be written."""
    try:
        if path.suffix.lower() in (".pdf", ".svg"):
            size = _size(canvas)

            def paint(painter: QPainter) -> None:
                painter.fillRect(QRectF(QPointF(), size), canvas.ink.ground)
                _paint(canvas, painter)

            with canvas.inked(Ink.of(light_palette(), 1.0)):
                write_vector(path, size, picture_title(canvas), paint)
            return
        if paint_image(canvas, 3.0).save(str(path), "PNG"):  # type: ignore[call-overload]
            return
    except OSError:
        pass  # said below, as for a PNG
    raise AppError(
        _("The picture could not be written to {file}.").format(file=path),
        hint=_("Choose another folder, or close the program that has the file open."),
    )


def ask_to_save(canvas: Canvas, saved: Callable[[Path], None]) -> None:
    """Ask where to write the picture, write it, and tell `saved` where it is."""

    def write(path: Path) -> None:
        try:
            write_picture(canvas, path)
        except AppError as error:
            show_error(canvas, error)
        else:
            saved(path)

    folder = Path(canvas.folder) if canvas.folder else Path.home()
    ask.file_to_save(
        canvas,
        write,
        title=_("Save the picture"),
        kinds=[_("PNG picture (*.png)"), _("PDF (*.pdf)"), _("SVG (*.svg)")],
        proposal=folder / f"{canvas.file_name}.png",
    )


def _foot(canvas: Canvas) -> float:
    """How high the footnote is."""
    _small, metrics = frame.fonts(canvas.font())
    place = QRectF(0, 0, canvas.view.width() - 16, 10000)
    return metrics.boundingRect(place, _FOOT_FLAGS, canvas.footnote).height() if canvas.footnote else 0.0


def head_height(canvas: Canvas) -> float:
    """How high the title above the plot is."""
    return QFontMetricsF(canvas.font()).height() + 12 if canvas.caption else 0.0


def _size(canvas: Canvas) -> QSizeF:
    """The size of the picture with its title and its footnote, in pixels of the screen."""
    foot = _foot(canvas)
    height = head_height(canvas) + canvas.view.height() + (foot + 12 if foot else 0.0)
    return QSizeF(canvas.view.width(), height)


def _paint(canvas: Canvas, painter: QPainter) -> None:
    focus = canvas.hasFocus()
    font, width, head = canvas.font(), canvas.view.width(), head_height(canvas)
    line = QFontMetricsF(font).height()
    painter.setPen(canvas.ink.text)
    painter.setFont(font)
    painter.drawText(QRectF(8, 6, width - 16, line), int(Qt.AlignmentFlag.AlignLeft), canvas.caption)
    if focus:
        canvas.clearFocus()
    canvas.view.render(painter, QRectF(0, head, width, canvas.view.height()), canvas.view.rect())
    painter.translate(0, head)
    canvas.paint_above(painter)
    painter.translate(0, -head)
    painter.setPen(canvas.ink.faint)
    painter.setFont(frame.fonts(font)[0])
    foot = QRectF(8, head + canvas.view.height() + 4, width - 16, _foot(canvas) + 4)
    painter.drawText(foot, _FOOT_FLAGS, canvas.footnote)
    if focus:
        canvas.setFocus()
