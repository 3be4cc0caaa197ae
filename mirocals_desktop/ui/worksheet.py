"""The sheet to take into a visit, as a PDF: what is due, what it was last time, what is still open."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from mirocals_desktop.export.table import marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.values import date_text, value_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.worksheet import Asked, Worksheet
    from mirocals_desktop.study.snapshot import Snapshot

_STYLE = """
body { font-size: 10pt; color: #1F2933; }
h1 { font-size: 15pt; margin-bottom: 0; }
h2 { font-size: 11pt; margin-top: 14px; margin-bottom: 3px; }
p { margin: 2px 0; }
.mark { font-weight: 600; }
.faint { color: #52606D; }
td, th { padding: 4px 6px; border: 0.5px solid #9AA5B1; }
th { text-align: left; background: #E8EDF3; }
"""


def write_worksheet(snapshot: Snapshot, sheet: Worksheet, path: Path) -> None:
    """Write the sheet to a PDF of A4 pages, whole or not at all. Raises `AppError` where it cannot be."""
    document = QTextDocument()
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(worksheet_html(snapshot, sheet))
    with write_whole(path) as temporary:
        writer = QPdfWriter(str(temporary))
        writer.setTitle(_title(sheet))
        writer.setCreator("MIROCALS Desktop")
        writer.setResolution(300)
        writer.setPageLayout(
            QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Portrait,
                QMarginsF(16, 16, 16, 16),
                QPageLayout.Unit.Millimeter,
            )
        )
        document.print_(writer)
        del writer  # the file is whole when its writer is gone


def worksheet_html(snapshot: Snapshot, sheet: Worksheet) -> str:
    """The sheet as HTML, for the PDF and for tests."""
    window = _("Planned {target}, window {first} to {last}.").format(
        target=date_text(sheet.target), first=date_text(sheet.first), last=date_text(sheet.last)
    )
    words = " · ".join(marks(snapshot))
    parts = [
        f"<h1>{html.escape(_title(sheet))}</h1>",
        f"<p class='mark'>{html.escape(words)}</p>" if words else "",
        f"<p>{html.escape(window)}</p>",
        f"<p>{_('Date of the visit')}: ____________________ &nbsp; {_('Seen by')}: ____________________</p>",
        f"<h2>{_('Due at this visit')}</h2>",
        _asked_table(snapshot, sheet.asked)
        if sheet.asked
        else f"<p>{_('The protocol names nothing for this visit.')}</p>",
    ]
    if sheet.lacking:
        parts.append(f"<h2>{_('Still lacking from earlier visits')}</h2>")
        parts += [
            f"<p>{html.escape(str(variable.label))}: "
            f"{html.escape(', '.join(str(visit.label) for visit in visits))}</p>"
            for variable, visits in sheet.lacking
        ]
    if sheet.open or sheet.questions:
        parts.append(f"<h2>{_('To clear up')}</h2>")
        parts += [f"<p>{html.escape(titled(name, text))}</p>" for name, text in sheet.questions]
        parts += [f"<p>{html.escape(text)}</p>" for text in sheet.open]
    parts.append(
        "<p class='faint'>"
        + html.escape(
            _("{study}, audit entry {number}, data of {day}").format(
                study=snapshot.title, number=snapshot.entry, day=date_text(snapshot.today().isoformat())
            )
        )
        + "</p>"
    )
    return "".join(parts)


def _title(sheet: Worksheet) -> str:
    return _("Patient {patient}, {visit}").format(patient=sheet.patient, visit=sheet.visit.label)


def _asked_table(snapshot: Snapshot, asked: tuple[Asked, ...]) -> str:
    heads = [_("Variable"), _("Unit"), _("Last time"), _("Today")]
    rows = ["<tr>" + "".join(f"<th>{html.escape(head)}</th>" for head in heads) + "</tr>"]
    for one in asked:
        last = ""
        if one.last is not None:
            told = {str(name): value for name, value in one.last.items()}
            value = value_text(one.variable, told, unit=False)
            where = visit_text(snapshot.protocol, str(told["visit"]))
            last = ", ".join(part for part in (value, where, date_text(str(told["date"]))) if part)
        cells = [str(one.variable.label), unit_text(one.variable.unit), last]
        rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "<td></td></tr>")
    return f"<table width='100%' cellspacing='0'>{''.join(rows)}</table>"
