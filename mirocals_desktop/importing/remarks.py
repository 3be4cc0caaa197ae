"""What the reader met in a file, as sentences, with how grave it is."""

from __future__ import annotations

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.grid import Remark, Sheet, cell_name
from mirocals_desktop.importing.issue_list import MANY, IssueList
from mirocals_desktop.importing.model import Severity
from mirocals_desktop.importing.plan import Source

_ENCODINGS = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "mac_roman": "Mac Roman", "cp850": "DOS 850"}


def tell_remarks(source: Source, issues: IssueList) -> None:
    """Add an issue for each remark of a file, or one for all alike when they are many, and for sheets with
    rows or columns that do not show."""
    alike: dict[tuple[str, str], list[Remark]] = {}
    for remark in source.workbook.remarks:
        alike.setdefault((remark.code, remark.sheet), []).append(remark)
    for remarks in alike.values():
        severity, message = _sentence(remarks[0])
        if len(remarks) <= MANY:
            for remark in remarks:
                issues.add_remarks(
                    [remark], file=source.workbook.name, message=_sentence(remark)[1], severity=severity
                )
            continue
        more = len(remarks) - 1
        text = ngettext("{message} (and {count} more like it)", "{message} (and {count} more like it)", more)
        message = text.format(message=message, count=amount(more))
        issues.add_remarks(remarks, file=source.workbook.name, message=message, severity=severity)
    for sheet in source.workbook.sheets:
        _tell_hidden(source.workbook.name, sheet, issues)


def _sentence(remark: Remark) -> tuple[Severity, str]:
    place = cell_name(remark.row, remark.column)
    details = remark.details
    if remark.code == "stray-cell":
        value = str(details.get("value", ""))
        return "warning", _("The cell {cell}, far outside the table, was left out{value}.").format(
            cell=place, value=f" ({value})" if value else ""
        )
    if remark.code == "lost-text":
        return "error", _(
            "The text of {cell} is missing from the file, which is damaged there; nothing is read from it."
        ).format(cell=place)
    if remark.code == "written-twice":
        return "error", _(
            "The file writes {cell} more than once, each time with another value; none is read."
        ).format(cell=place)
    if remark.code == "odd-encoding":
        odd, usual = (_encoding(str(details.get(name, ""))) for name in ("odd", "encoding"))
        if remark.row < 0:
            return "warning", _(
                "Some lines are not written in {usual} like the others; they are read as {odd}. Check their"
                " accented letters."
            ).format(usual=usual, odd=odd)
        return "warning", _(
            "Row {row} is not written in {usual} like the others; it is read as {odd}. Check its accented"
            " letters."
        ).format(row=remark.row + 1, usual=usual, odd=odd)
    if remark.code == "quote-not-closed":
        return "warning", _(
            "Row {row} has a quotation mark that is not closed; it is read as it stands."
        ).format(row=remark.row + 1)
    if remark.code == "odd-separator":
        odd, usual = (_separator(details.get(name)) for name in ("separator", "usual"))
        return "warning", _(
            "Row {row} is parted by “{odd}” and not by “{usual}” like the others; it is read so."
        ).format(row=remark.row + 1, odd=odd, usual=usual)
    if remark.code == "text-file":
        return "note", _("Read as text in {encoding}, columns parted by “{separator}”.").format(
            encoding=_encoding(str(details.get("encoding", ""))),
            separator=_separator(details.get("separator")),
        )
    if remark.code == "not-a-worksheet":
        return "note", _(
            "The sheet {sheet} holds no cells (it is a chart or the like) and is not read."
        ).format(sheet=remark.sheet)
    if remark.code == "details-unread":
        return "note", _("Error cells and percent formats of this file could not be looked at.")
    return "note", remark.code


def _separator(sign: object) -> str:
    return _("tab") if sign == "\t" else str(sign or "")


def _encoding(name: str) -> str:
    """The name of an encoding as people know it."""
    return _ENCODINGS.get(name, name.upper())


def _tell_hidden(file: str, sheet: Sheet, issues: IssueList) -> None:
    if sheet.hidden_rows and sheet.n_rows:
        rows = sorted(row for row in sheet.hidden_rows if row < sheet.n_rows)
        if rows:
            issues.add(
                "note",
                "hidden-rows",
                _(
                    "{count} rows of {sheet} are hidden or filtered away; they are read like the others."
                ).format(count=amount(len(rows)), sheet=sheet.name),
                file=file,
                sheet=sheet.name,
                row=rows[0],
                column=0,
            )
    columns = sorted(column for column in sheet.hidden_columns if column < sheet.n_columns)
    if columns:
        issues.add(
            "note",
            "hidden-columns",
            _("Hidden columns of {sheet} are read like the others: {columns}.").format(
                sheet=sheet.name, columns=", ".join(cell_name(0, column)[:-1] for column in columns[:20])
            ),
            file=file,
            sheet=sheet.name,
        )
