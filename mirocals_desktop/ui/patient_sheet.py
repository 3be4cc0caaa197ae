"""One patient on paper: who, how it went on, and the strips as they are shown, as a PDF of A4 pages."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPicture,
    QTextDocument,
)

from mirocals_desktop.export.table import marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.ui.paper import PAPER_DPI, PagesSheet
from mirocals_desktop.ui.plots.passport import footnote
from mirocals_desktop.ui.plots.picture import head_height, record_picture

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.ui.plots.patient import PatientPlot

_MARGIN: Final = 14  # millimetres
_WIDTH: Final = 210 - 2 * _MARGIN
_SMALLEST: Final = 0.7  # of the page's width, to which strips shrink for one page


@dataclass(frozen=True, eq=False)
class Strips:
    """The strips as strokes and letters, their size in pixels of the screen, and where a page may break."""

    picture: QPicture
    size: QSizeF
    breaks: Sequence[float] = ()


def record_strips(plot: PatientPlot) -> Strips:
    """What the plot shows, for paper of A4's width: lines are as wide on it as among the words."""
    weight = _WIDTH / 25.4 * PAPER_DPI / max(plot.view.width(), 1)
    picture, size = record_picture(plot, weight)
    return Strips(picture, size, [head_height(plot) + top for top in plot.strip_tops()])


def write_patient_sheet(sheet: PagesSheet, path: Path) -> None:
    """Write the pages of a patient to a PDF, whole or not at all.

    Touches no widget, so that a worker can do it. Raises `AppError` where the file cannot be written.
    """
    with write_whole(path) as temporary:
        writer = QPdfWriter(str(temporary))
        writer.setTitle(sheet.title)
        writer.setCreator("MIROCALS Desktop")
        writer.setResolution(PAPER_DPI)
        margins = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        portrait = QPageLayout.Orientation.Portrait
        page = QPageSize(QPageSize.PageSizeId.A4)
        writer.setPageLayout(QPageLayout(page, portrait, margins, QPageLayout.Unit.Millimeter))
        painter = QPainter(writer)
        sheet.paint(painter, writer)
        painter.end()
        del writer  # the file is whole when its writer is gone


def patient_sheet(snapshot: Snapshot, heading: str, lines: Sequence[str], strips: Strips) -> PagesSheet:
    """The pages of a patient, for a file or a printer; the strips go on as many as they need."""

    def paint(painter: QPainter, device: QPagedPaintDevice) -> int:
        resolution = device.logicalDpiX()
        room = device.pageLayout().paintRectPixels(resolution)
        width, height = float(room.width()), float(room.height())
        document = QTextDocument()
        document.documentLayout().setPaintDevice(device)
        document.setHtml(sheet_html(snapshot, heading, lines))
        document.setTextWidth(width)
        top = document.size().height() + resolution * 0.1
        # The strips are as wide as the page, or a little less where all of them then stand on the first.
        wide = width / strips.size.width()
        whole = (height - top) / strips.size.height()
        scale = min(wide, whole) if whole > _SMALLEST * wide else wide
        done, pages = 0.0, 1
        while done < strips.size.height() - 1:
            end = _page_end(strips, done, (height - top) / scale)
            painter.save()
            painter.translate(0, top - done * scale)
            # playing a picture makes inches of its pixels
            painter.scale(*[scale * strips.picture.logicalDpiX() / resolution] * 2)
            strips.picture.play(painter)
            painter.restore()
            # a picture brings its own clips: what belongs on other pages is painted over
            beyond = top + (end - done) * scale
            painter.fillRect(QRectF(-width, beyond, 3 * width, 2 * height), Qt.GlobalColor.white)
            painter.fillRect(QRectF(-width, top - 2 * height, 3 * width, 2 * height), Qt.GlobalColor.white)
            if not done:
                document.drawContents(painter)
            done, top = end, 0.0
            if done < strips.size.height() - 1:
                device.newPage()
                pages += 1
        return pages

    return PagesSheet(heading, paint)


def _page_end(strips: Strips, begin: float, room: float) -> float:
    """How far down a page reaches that begins here: to the end, or before the strip that is not whole."""
    end = begin + room
    if end >= strips.size.height():
        return strips.size.height()
    return max((place for place in strips.breaks if begin + 1 < place <= end), default=end)


def sheet_html(snapshot: Snapshot, heading: str, lines: Sequence[str]) -> str:
    """What stands above the strips."""
    words = " · ".join(marks(snapshot))
    parts = [f"<h2>{html.escape(heading)}</h2>"]
    if words:
        parts.append(f"<p><b>{html.escape(words)}</b></p>")
    parts += [f"<p>{html.escape(line)}</p>" for line in lines if line]
    parts.append(f"<p style='color:#52606D'><small>{html.escape(footnote(snapshot, []))}</small></p>")
    # paper is white, whatever the window's colours are
    return f"<body style='color:#1F2933'>{''.join(parts)}</body>"
