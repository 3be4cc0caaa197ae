"""Queries as a workbook that goes to a site and comes back with its answers.

A hidden row names the columns that are read back and a hidden column holds the key of each query, so that
rows may be sorted, columns moved and headers translated on the way. `importing.query_answers` reads it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mirocals_desktop.analysis.queries import age_in_days
from mirocals_desktop.export.book import HEADER_FILL, RULE, Book
from mirocals_desktop.export.content import shows_provenance
from mirocals_desktop.export.table import (
    Block,
    Cell,
    Column,
    Grid,
    Heading,
    Note,
    Page,
    Table,
    day_cell,
    marks,
    number_cell,
    text_cells,
)
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.study.queries import ANSWER_COLUMN, BY_COLUMN, KEY_COLUMN, Query, answer_key
from mirocals_desktop.study.snapshot import Snapshot

_ANSWER_FILL: Final = "#FFF8DC"
_WIDTHS: Final = {"text": 48.0, "answer": 48.0, "by": 18.0, "cell": 28.0}


def write_queries(
    snapshot: Snapshot, queries: Sequence[Query], path: Path, *, report: Report = ignore
) -> None:
    """Write queries with room for their answers, whole or not at all.

    A value that is sealed is not in the snapshot, and so not in the workbook. Raises `AppError` where the
    file cannot be written.
    """
    report(0.0, _("Writing {name}").format(name=path.name))
    with write_whole(path) as temporary, Book(temporary, title=snapshot.title, words=marks(snapshot)) as book:
        sheet = book.add_sheet(_("Queries"))
        columns = _columns(snapshot, queries)
        codes = {"answer": ANSWER_COLUMN, "by": BY_COLUMN, "key": KEY_COLUMN}
        head = book.format(bold=True, text_wrap=True, bg_color=HEADER_FILL, bottom=1, bottom_color=RULE)
        plain = book.format(text_wrap=True, border=1, border_color=RULE)
        fill = book.format(text_wrap=True, border=1, border_color=RULE, bg_color=_ANSWER_FILL)
        day = book.format(num_format="yyyy-mm-dd", align="left", border=1, border_color=RULE)
        for number, (code, column) in enumerate(columns.items()):
            options = {"hidden": True} if code == "key" else {}
            width = _WIDTHS.get(code, max(10.0, len(column.header) + 3.0))
            sheet.set_column(number, number, width, None, options)
        sheet.set_row(0, None, None, {"hidden": True})
        for number, code in enumerate(columns):
            book.write_cell(sheet, 0, number, codes.get(code))
        for number, column in enumerate(columns.values()):
            book.write_cell(sheet, 1, number, column.header, head)
        for row in range(len(queries)):
            for number, (code, column) in enumerate(columns.items()):
                cell = column.cells[row]
                look = fill if code in ("answer", "by") else plain
                if cell is None and code in ("answer", "by"):
                    sheet.write_blank(row + 2, number, None, fill)
                elif not isinstance(cell, str | int | float | None):
                    book.write_cell(sheet, row + 2, number, cell, day)
                else:
                    book.write_cell(sheet, row + 2, number, cell, look)
        sheet.freeze_panes(2, 2)
        sheet.autofilter(1, 0, max(len(queries) + 1, 2), len(columns) - 1)
        page = _about(snapshot, queries)
        book.write_page(page, book.add_sheet(page.name, group="result"))
    report(1.0, "")


def make_queries(snapshot: Snapshot) -> Table:
    """All queries as a table of the study's workbook."""
    queries = snapshot.reviews.queries
    columns = _columns(snapshot, queries)
    states = {"open": _("open"), "answered": _("answered"), "closed": _("closed")}
    del columns["key"]
    shown = [*columns.values()]
    shown.insert(1, Column(_("State"), [states[query.state] for query in queries]))
    closing = [query.steps[-1].text if query.state == "closed" else "" for query in queries]
    shown.append(Column(_("Closed because"), text_cells(closing), width=40.0))
    return Table(_("Queries"), _("What was asked about the data, and answered."), tuple(shown))


def _columns(snapshot: Snapshot, queries: Sequence[Query]) -> dict[str, Column]:
    """The columns of a list of queries by a code."""
    protocol = snapshot.protocol
    current = {query.current for query in queries if query.current}
    told = snapshot.observations
    told = told[told["id"].isin(current)]
    stored = {int(row["id"]): row for row in told.to_dict("records")}
    values: list[Cell] = []
    dates: list[Cell] = []
    for query in queries:
        row = stored.get(query.current)
        values.append(_value(row) if row is not None else None)
        dates.append(day_cell(str(row["date"])) if row is not None else None)

    def label(code: str, *, visit: bool = False) -> str:
        found = protocol.visit(code) if visit else protocol.variable(code)
        return str(found.label) if found is not None else code

    units = [unit_text(variable.unit) if (variable := protocol.variable(q.variable)) else "" for q in queries]
    columns = {
        "name": Column(_("Query"), [query.name for query in queries]),
        "patient": Column(_("Patient"), [query.patient for query in queries]),
        "visit": Column(_("Visit"), text_cells([label(query.visit, visit=True) for query in queries])),
        "variable": Column(_("Variable"), text_cells([label(query.variable) for query in queries])),
        "value": Column(_("Value"), values),
        "unit": Column(_("Unit"), text_cells(units)),
        "date": Column(_("Date"), dates),
        "text": Column(_("Question"), [query.text for query in queries], width=_WIDTHS["text"]),
        "assigned": Column(_("For"), text_cells([query.assigned for query in queries])),
        "raised": Column(_("Raised"), [day_cell(query.steps[0].at_utc[:10]) for query in queries]),
        "age": Column(_("Age (days)"), [age_in_days(query) for query in queries]),
    }
    if shows_provenance(snapshot):
        places = [", ".join(text for text in (q.file, q.sheet, q.cell) if text) for q in queries]
        columns["cell"] = Column(_("File, sheet, cell"), text_cells(places))
    answers = [query.answer for query in queries]
    columns["answer"] = Column(
        _("Answer"),
        text_cells([answer.text if answer else "" for answer in answers]),
        width=_WIDTHS["answer"],
    )
    columns["by"] = Column(
        _("Answered by"), text_cells([(answer.by or answer.person) if answer else "" for answer in answers])
    )
    columns["key"] = Column("", [answer_key(snapshot.study_id, query) for query in queries])
    return columns


def _value(row: Mapping[Hashable, Any]) -> Cell:
    """The cell of a stored value, as far as this session may see it."""
    if row["sealed"]:
        return _("received, sealed")
    number = float(row["number"])
    if number == number:
        return f"{row['qualifier']} {number:g}" if row["qualifier"] else number_cell(number)
    return str(row["text"]) or None


def _about(snapshot: Snapshot, queries: Sequence[Query]) -> Page:
    facts: list[tuple[Cell, ...]] = [
        (_("Study"), snapshot.title),
        (_("Study identifier"), snapshot.study_id),
        (_("As of entry"), f"{snapshot.entry}"),
        (_("Hash of this entry"), snapshot.head),
        (_("Queries"), len(queries)),
    ]
    blocks: tuple[Block, ...] = (
        Heading(_("How to answer"), 1),
        *(Note(word, warning=True) for word in marks(snapshot)),
        Note(_("Write into the tinted columns Answer and Answered by, save the workbook and send it back.")),
        Note(_("Rows may be sorted and columns moved; nothing else is read back.")),
        Grid(tuple(facts)),
    )
    return Page(_("How to answer"), "", blocks, (34.0, 72.0), portrait=True)
