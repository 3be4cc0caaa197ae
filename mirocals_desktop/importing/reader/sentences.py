"""Why a file is not read, in words: one sentence for each code of `problem.Refused`, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.grid import cell_name


def refusal(file: str, code: str, details: Mapping[str, Any]) -> tuple[str, str]:
    """The message and the hint for a refused file."""
    if code == "not-a-table":
        return _not_a_table(file, str(details.get("kind", "")))
    if code == "too-many-cells":
        place = cell_name(int(details.get("row", -1)), int(details.get("column", -1)))
        return (
            _("Sheet {sheet} of {file} spans {cells} cells: is there a stray value at {cell}?").format(
                sheet=details.get("sheet", ""), file=file, cells=amount(int(details["cells"])), cell=place
            ),
            _("Delete what stands far outside the table, save the file and import it again."),
        )
    sizes = {name: _megabytes(details.get(name, 0)) for name in ("size", "limit")}
    if code == "too-many-columns":
        sizes = {name: amount(int(details[name])) for name in ("columns", "limit")}
    sentences = {
        "empty-file": (_("{file} is empty."), _("Save it again in the program that made it.")),
        "not-a-file": (
            _("{file} is not there, or is no file."),
            _("Check its name and place, and choose it again."),
        ),
        "not-allowed": (
            _("{file} may not be read: this account has no permission, or another program holds it."),
            _("Close it elsewhere or copy it to a folder of your own, and import the copy."),
        ),
        "not-readable": (
            _("{file} cannot be read from its place: {reason}."),
            _("Copy it to this computer and import the copy."),
        ),
        "too-large": (
            _("{file} is too large: {size} MB, the limit is {limit} MB."),
            _("Split it, or leave out sheets that are not needed."),
        ),
        "unpacks-too-large": (
            _("{file} would unpack to {size} MB, the limit is {limit} MB: it is not a usual spreadsheet."),
            _("Open it in a spreadsheet program, copy the table into a new file, and import that."),
        ),
        "too-many-entries": (
            _("{file} holds {entries} parts inside, far more than a spreadsheet has."),
            _("Open it in a spreadsheet program, save it as a new file, and import that."),
        ),
        "too-many-columns": (
            _("{file} has a row of {columns} columns, more than a spreadsheet has ({limit})."),
            _("Check the separator between its columns, or export the table again."),
        ),
        "more-cells-than-headers": (
            _("Rows of {file} have more cells than its header, so that no column is sure: see row {line}."),
            _("Export it with semicolons between columns, or give every column a header, and import that."),
        ),
        "damaged": (
            _("{file} is damaged or not complete: it cannot be opened as a spreadsheet."),
            _("Fetch it again, or open it in a spreadsheet program, repair it and save it as a new file."),
        ),
        "entities": (
            _("{file} defines words of its own inside, as no spreadsheet program does: it may do harm."),
            _("Ask whoever made it for the table in another file."),
        ),
        "parts-twice": (
            _("{file} holds a part twice: nobody can say which of the two counts."),
            _("Open it in a spreadsheet program, look at its values, and save it as a new file."),
        ),
        "locked-zip": (
            _("{file} is a locked archive."),
            _("Unpack it with its password and import the spreadsheet inside."),
        ),
        "no-sheets": (
            _("{file} has no sheet with cells."),
            _("Save the table as a worksheet and import it again."),
        ),
        "old-excel": (
            _("{file} comes from an Excel older than 1997, which cannot be read."),
            _("Open it in a spreadsheet program and save it as .xlsx."),
        ),
        "not-text": (
            _("{file} is neither a spreadsheet nor text: it holds bytes of another kind."),
            _("Export the table as .xlsx or .csv and import that."),
        ),
        "zero-byte": (
            _("{file} holds bytes that are no text, the first one in line {line}."),
            _("Export the table again, or delete them in a text editor, and import that."),
        ),
        "no-separator": (
            _("The columns of {file} are parted by no semicolon, comma, tab or bar: each row is one cell."),
            _("Export it with semicolons between columns, or as .xlsx, and import that."),
        ),
        "long-cell": (
            _("Line {line} of {file} has a cell of more than {limit} MB, which no spreadsheet has."),
            _("Look for quotation marks and ends of lines there, or export the table again."),
        ),
        "mistake": (
            _("{file} could not be read, by a mistake of this program ({what})."),
            _("Save it as a new .xlsx and import that; tell the makers what stands in the brackets."),
        ),
        "password": (_("{file} is locked with a password."), _("Give its password to open it.")),
        "locked-ods": (
            _("{file} is locked in an old or unknown way, which this program cannot open."),
            _("Save it again in a spreadsheet program, with a password if need be, and import that."),
        ),
        "wrong-password": (
            _("This password does not open {file}."),
            _("Check capitals and keyboard, and try again."),
        ),
        "too-slow": (
            _("Reading {file} took longer than {seconds} seconds and was stopped."),
            _("Split the file, or save it as .csv, and import that."),
        ),
        "out-of-memory": (
            _("{file} needs more memory than reading a file may take."),
            _("Delete what stands far outside the table or split the file, and import it again."),
        ),
        "died": (
            _("{file} could not be read: it asks for more than a spreadsheet may, or is damaged inside."),
            _(
                "A stray value in the last row or column is a usual cause. Delete it, or copy the table"
                " into a new file, and import that."
            ),
        ),
    }
    message, hint = sentences.get(code, sentences["damaged"])
    return message.format(file=file, **{**details, **sizes}), hint


def _not_a_table(file: str, kind: str) -> tuple[str, str]:
    kinds = {
        "pdf": _("a PDF document"),
        "picture": _("a picture"),
        "compressed": _("a compressed archive"),
        "word": _("a text document"),
        "slides": _("a presentation"),
        "numbers": _("an Apple Numbers document"),
        "database": _("a database"),
        "program": _("a program"),
        "spss": _("a data file of SPSS"),
        "stata": _("a data file of Stata"),
        "sas": _("a data set of SAS"),
        "r": _("a data file of R"),
        "xml": _("an XML document of another kind"),
        "json": _("a JSON document"),
    }
    hint = (
        _("Unpack it and import the spreadsheet inside.")
        if kind == "compressed"
        else _("Export the table as .xlsx, .ods or .csv and import that.")
    )
    what = kinds.get(kind, _("a file of another kind"))
    return _("{file} is {what}, not a spreadsheet.").format(file=file, what=what), hint


def _megabytes(size: Any) -> str:
    return f"{float(size) / (1 << 20):,.0f}"
