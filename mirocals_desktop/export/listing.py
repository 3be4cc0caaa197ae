"""One list as it stands on the screen, as a file to send on: an Excel workbook, or CSV by its suffix."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from mirocals_desktop import __version__
from mirocals_desktop.export.book import Book, plain_text
from mirocals_desktop.export.table import Block, Cell, Grid, Heading, Note, Page, Table, marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _, language
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.study.snapshot import Snapshot

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t")


def write_list(
    snapshot: Snapshot, table: Table, path: Path, *, notes: Sequence[str] = (), report: Report = ignore
) -> None:
    """Write a table to .xlsx, or to .csv where the name ends so, whole or not at all.

    `notes` are sentences on what the list is (the filter that was on). A workbook says on a second sheet from
    which state of which study the list is. CSV is UTF-8 with the separators that Excel expects in the user's
    language; a text that Excel would compute gets an apostrophe in front. Raises `AppError` where the file
    cannot be written.
    """
    if path.suffix.lower() == ".csv":
        _write_csv(table, path)
        return
    with write_whole(path) as temporary, Book(temporary, title=snapshot.title, words=marks(snapshot)) as book:
        book.write_table(table, report=report)
        page = _about(snapshot, table, notes)
        book.write_page(page, book.add_sheet(page.name, group="result"))


def _about(snapshot: Snapshot, table: Table, notes: Sequence[str]) -> Page:
    facts: list[tuple[Cell, ...]] = [
        (_("Study"), snapshot.title),
        (_("Study identifier"), snapshot.study_id),
        (_("As of entry"), f"{snapshot.entry}"),
        (_("Hash of this entry"), snapshot.head),
        (_("The data speak of"), snapshot.today().isoformat()),
        (_("Rows"), table.rows),
        (_("Written by"), _("MIROCALS Desktop {version}").format(version=__version__)),
    ]
    sentences = [
        *(Note(word, warning=True) for word in marks(snapshot)),
        *(Note(text) for text in (table.about, *notes) if text),
    ]
    blocks: tuple[Block, ...] = (Heading(_("About this list"), 1), *sentences, Grid(tuple(facts)))
    return Page(_("About this list"), "", blocks, (34.0, 72.0), portrait=True)


def _write_csv(table: Table, path: Path) -> None:
    french = language() == "fr"
    with (
        write_whole(path) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        writer = csv.writer(file, delimiter=";" if french else ",")
        writer.writerow([column.header for column in table.columns])
        for row in range(table.rows):
            writer.writerow([_csv_cell(column.cells[row], comma=french) for column in table.columns])


def _csv_cell(cell: Cell, *, comma: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        return str(cell).replace(".", ",") if comma else str(cell)
    text = plain_text(cell)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
