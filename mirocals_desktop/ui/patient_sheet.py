"""One patient on paper: who, how it went on, and the strips as they are shown, as a PDF of A4 pages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMarginsF, QRectF
from PySide6.QtGui import (
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from mirocals_desktop.export.table import marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.ui.paper import PagesSheet
from mirocals_desktop.ui.plots.passport import footnote

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

_DPI: Final = 300
PICTURE_SCALE: Final = 2.5  # pixels of the picture for one of the screen


def write_patient_sheet(sheet: PagesSheet, path: Path) -> None:
    """Write the pages of a patient to a PDF, whole or not at all.

    Touches no widget, so that a worker can do it. Raises `AppError` where the file cannot be written.
    """
    with write_whole(path) as temporary:
        writer = QPdfWriter(str(temporary))
        writer.setTitle(sheet.title)
        writer.setCreator("MIROCALS Desktop")
        writer.setResolution(_DPI)
        margins = QMarginsF(14, 14, 14, 14)
        portrait = QPageLayout.Orientation.Portrait
        page = QPageSize(QPageSize.PageSizeId.A4)
        writer.setPageLayout(QPageLayout(page, portrait, margins, QPageLayout.Unit.Millimeter))
        painter = QPainter(writer)
        sheet.paint(painter, writer)
        painter.end()
        del writer  # the file is whole when its writer is gone


def patient_sheet(snapshot: Snapshot, heading: str, lines: Sequence[str], picture: QImage) -> PagesSheet:
    """The pages of a patient, for a file or a printer; the picture is cut into as many as it needs."""

    def paint(painter: QPainter, device: QPagedPaintDevice) -> int:
        resolution = device.logicalDpiX()
        room = device.pageLayout().paintRectPixels(resolution)
        width, height = float(room.width()), float(room.height())
        document = QTextDocument()
        document.documentLayout().setPaintDevice(device)
        document.setHtml(sheet_html(snapshot, heading, lines))
        document.setTextWidth(width)
        document.drawContents(painter)
        top = document.size().height() + resolution * 0.1
        # The picture is as wide as the page; what does not fit goes on the next.
        scale = width / picture.width()
        done, pages = 0.0, 1
        while done < picture.height():
            part = min(picture.height() - done, (height - top) / scale)
            source = QRectF(0, done, picture.width(), part)
            painter.drawImage(QRectF(0, top, width, part * scale), picture, source)
            done += part
            top = 0.0
            if done < picture.height() - 1:
                device.newPage()
                pages += 1
        return pages

    return PagesSheet(heading, paint)


def sheet_html(snapshot: Snapshot, heading: str, lines: Sequence[str]) -> str:
    """What stands above the strips."""
    words = " · ".join(marks(snapshot))
    parts = [f"<h2>{html.escape(heading)}</h2>"]
    if words:
        parts.append(f"<p><b>{html.escape(words)}</b></p>")
    parts += [f"<p>{html.escape(line)}</p>" for line in lines if line]
    parts.append(f"<p style='color:#52606D'><small>{html.escape(footnote(snapshot, []))}</small></p>")
    return "".join(parts)
