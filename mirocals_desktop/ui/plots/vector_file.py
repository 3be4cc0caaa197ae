"""Writes what a painter paints as SVG or PDF, in the pixels of the screen: nothing is laid out anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter


def write_vector(path: Path, size: QSizeF, title: str, paint: Callable[[QPainter], None]) -> None:
    """Write a picture of this size, in pixels, to .svg or .pdf. Raises `OSError`."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    (_paint_svg if path.suffix.lower() == ".svg" else _paint_pdf)(buffer, size, title, paint)
    path.write_bytes(buffer.data().data())


def _paint_svg(buffer: QBuffer, size: QSizeF, title: str, paint: Callable[[QPainter], None]) -> None:
    from PySide6.QtSvg import QSvgGenerator  # loaded only by who saves one

    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the smaller one knows no clipping
    generator.setOutputDevice(buffer)
    generator.setTitle(title)
    generator.setResolution(96)
    generator.setSize(size.toSize())
    generator.setViewBox(QRect(0, 0, size.toSize().width(), size.toSize().height()))
    painter = QPainter(generator)
    paint(painter)
    painter.end()


def _paint_pdf(buffer: QBuffer, size: QSizeF, title: str, paint: Callable[[QPainter], None]) -> None:
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setResolution(96)
    sheet = QPageSize(size * 0.75, QPageSize.Unit.Point)
    writer.setPageLayout(QPageLayout(sheet, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    painter = QPainter(writer)
    paint(painter)
    painter.end()
