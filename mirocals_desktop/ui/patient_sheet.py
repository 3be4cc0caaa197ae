"""One patient on paper: who, how it went on, and the strips as they are shown, as a PDF of A4 pages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMarginsF, QRectF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument

from mirocals_desktop.export.table import marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.ui.plots.passport import footnote

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

_DPI: Final = 300
PICTURE_SCALE: Final = 2.5  # pixels of the picture for one of the screen


def write_patient_sheet(
    snapshot: Snapshot, heading: str, lines: Sequence[str], picture: QImage, path: Path
) -> None:
    """Write heading, sentences and the picture of the strips to a PDF, whole or not at all.

    The picture is cut into as many pages as it needs. Touches no widget, so that a worker can do it. Raises
    `AppError` where the file cannot be written.
    """
    with write_whole(path) as temporary:
        writer = QPdfWriter(str(temporary))
        writer.setTitle(heading)
        writer.setCreator("MIROCALS Desktop")
        writer.setResolution(_DPI)
        margins = QMarginsF(14, 14, 14, 14)
        portrait = QPageLayout.Orientation.Portrait
        page = QPageSize(QPageSize.PageSizeId.A4)
        writer.setPageLayout(QPageLayout(page, portrait, margins, QPageLayout.Unit.Millimeter))
        painter = QPainter(writer)
        width, height = float(writer.width()), float(writer.height())
        document = QTextDocument()
        document.documentLayout().setPaintDevice(writer)
        document.setHtml(sheet_html(snapshot, heading, lines))
        document.setTextWidth(width)
        document.drawContents(painter)
        top = document.size().height() + _DPI * 0.1
        # The picture is as wide as the page; what does not fit goes on the next.
        scale = width / picture.width()
        done = 0.0
        while done < picture.height():
            part = min(picture.height() - done, (height - top) / scale)
            source = QRectF(0, done, picture.width(), part)
            painter.drawImage(QRectF(0, top, width, part * scale), picture, source)
            done += part
            top = 0.0
            if done < picture.height() - 1:
                writer.newPage()
        painter.end()
        del writer  # the file is whole when its writer is gone


def sheet_html(snapshot: Snapshot, heading: str, lines: Sequence[str]) -> str:
    """What stands above the strips."""
    words = " · ".join(marks(snapshot))
    parts = [f"<h2>{html.escape(heading)}</h2>"]
    if words:
        parts.append(f"<p><b>{html.escape(words)}</b></p>")
    parts += [f"<p>{html.escape(line)}</p>" for line in lines if line]
    parts.append(f"<p style='color:#52606D'><small>{html.escape(footnote(snapshot, []))}</small></p>")
    return "".join(parts)
