"""ods: every cell in one pass over the XML, repeated cells and rows as the counts that they are written with.

calamine reads .ods too, but drops tabs, line breaks, texts without a type and formulas without a result, and
takes an error for the 0 or the empty text that stands beside it, all without a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element
from xml.parsers import expat

from mirocals_desktop.importing.reader.encode import ERROR, FORMULA, Marked
from mirocals_desktop.importing.reader.ods_styles import Styles, read_styles
from mirocals_desktop.importing.reader.package import Package, parse_tree
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawRemark, RawSheet, RawWorkbook, Told, untold
from mirocals_desktop.importing.reader.strays import MAX_STRAYS, SPARSE_CELLS, dense_extent

_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_DRAWN: Final = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 "
_ERROR_TYPE: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_STYLE: Final = _TABLE + "style-name"
_DEFAULT_STYLE: Final = _TABLE + "default-cell-style-name"
_ROWS: Final = _TABLE + "number-rows-repeated"
_COLUMNS: Final = _TABLE + "number-columns-repeated"
_ROWS_SPANNED: Final = _TABLE + "number-rows-spanned"
_COLUMNS_SPANNED: Final = _TABLE + "number-columns-spanned"
_FORMULA: Final = _TABLE + "formula"
_VALUE_TYPE: Final = _OFFICE + "value-type"
_VALUE: Final = _OFFICE + "value"
_ROW: Final = _TABLE + "table-row"
_PARAGRAPH: Final = _TEXT + "p"
_CELLS: Final = (_TABLE + "table-cell", _TABLE + "covered-table-cell")
_LEFT_OUT: Final = (
    _TABLE + "tracked-changes", _TABLE + "dde-links", _TABLE + "shapes", _TEXT + "ruby-text", _TEXT + "note",
)  # fmt: skip
_DURATION: Final = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_ROOT: Final = re.compile(rb"<((?:[\w.-]+:)?document-content)[\s>]")
_OWN_STYLES_END: Final = re.compile(rb"</(?:[\w.-]+:)?automatic-styles\s*>")
_MANIFEST: Final = "META-INF/manifest.xml"
_TRUTHS: Final = {"of:=TRUE()": True, "of:=FALSE()": False}
_CHUNK: Final = 1 << 20
_SCANNED: Final = 0.8
_FIRST_CELLS: Final = 3
_MAX_COLUMNS: Final = 16_384
_MAX_HIDDEN: Final = 100_000
_MAX_COMMENTS: Final = 20_000


class _Run(NamedTuple):
    """Cells beside one another that hold the same. `shown` is a format that changes what one sees."""

    column: int
    repeat: int
    value: Any
    shown: str


@dataclass(frozen=True)
class _Row:
    """Rows below one another that hold the same."""

    number: int
    repeat: int
    runs: list[_Run]

    @property
    def filled(self) -> int:
        return self.repeat * sum(run.repeat for run in self.runs)


@dataclass
class _Table:
    sheet: RawSheet
    rows: list[_Row] = field(default_factory=list)

    def extent(self) -> tuple[int, int]:
        """How many rows and columns are filled, from the first of the sheet on."""
        height = max((row.number + row.repeat for row in self.rows), default=0)
        width = max((run.column + run.repeat for row in self.rows for run in row.runs), default=0)
        return height, width


def read_opendocument(
    data: bytes, limits: Limits, *, password: str | None = None, told: Told = untold
) -> RawWorkbook:
    """The sheets with errors, formats, looks, merged cells, hidden rows and comments at their places."""
    package = Package(data, limits)
    if package.has(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
        from mirocals_desktop.importing.reader.locked_ods import unlock

        package = unlock(package, limits, password)
    content = package.read("content.xml")
    common = package.tree("styles.xml") if package.has("styles.xml") else None
    styles = read_styles([tree for tree in (common, _own_styles(content)) if tree is not None])
    scanner = _Scanner(styles)
    scanner.scan(content, told)
    if not scanner.tables:
        raise Refused("no-sheets")
    names = Counter(table.sheet.name for table in scanner.tables)
    if max(names.values()) > 1:
        raise Refused("damaged", reason="two sheets of one name")
    remarks: list[RawRemark] = []
    for table in scanner.tables:
        _cut_strays(table, limits, remarks)
        table.sheet.rows = _rows_of(table)
        table.sheet.height = table.extent()[0]
        table.sheet.weight = 1 + sum(row.repeat for row in table.rows)
    return RawWorkbook("ods", [table.sheet for table in scanner.tables], remarks)


def _own_styles(content: bytes) -> Element | None:
    """What stands in content.xml before its cells: the styles that a program makes by itself."""
    root = _ROOT.search(content, 0, 1 << 16)
    end = _OWN_STYLES_END.search(content)
    if root is None or end is None:
        return None
    return parse_tree(content[: end.end()] + b"</" + root[1] + b">", "content.xml")


def _rows_of(table: _Table) -> Callable[[], Iterator[Sequence[Any]]]:
    """What gives the rows of a sheet, and marks at their places the formats that change what one sees."""

    def rows() -> Iterator[Sequence[Any]]:
        sheet = table.sheet
        if not table.rows:
            return
        left = sheet.left = min(row.runs[0].column for row in table.rows)
        width = table.extent()[1] - left
        blank = [""] * width
        at = 0
        for row in sorted(table.rows, key=lambda one: one.number):
            for _ in range(row.number - at):
                yield blank
            cells = list(blank)
            for run in row.runs:
                cells[run.column - left : run.column - left + run.repeat] = [run.value] * run.repeat
                if run.shown:
                    _show(sheet, row, run)
            for _ in range(row.repeat):
                yield cells
            at = row.number + row.repeat

    return rows


def _show(sheet: RawSheet, row: _Row, run: _Run) -> None:
    code = run.shown
    if code not in sheet.formats and len(sheet.formats) > 250:
        return
    if code not in sheet.formats:
        sheet.formats = [*sheet.formats, code]
    number = sheet.formats.index(code)
    for down in range(row.number, row.number + row.repeat):
        for across in range(run.column, run.column + run.repeat):
            sheet.shown[down, across] = number


def _cut_strays(table: _Table, limits: Limits, remarks: list[RawRemark]) -> None:
    """Cut a few cells far outside the table, each told as a remark, so that the sheet spans a sane rectangle.

    Raises Refused when no small cut makes it sane.
    """
    height, width = table.extent()
    sparse = height * width > max(SPARSE_CELLS, 50 * sum(row.filled for row in table.rows))
    readable = height * width <= limits.cells and width <= _MAX_COLUMNS
    if readable and not sparse:
        return
    sheet = table.sheet.name
    runs = [
        (row, run, min(row.repeat * run.repeat, MAX_STRAYS + 1)) for row in table.rows for run in row.runs
    ]
    ends = [
        (row.number + row.repeat - 1, run.column + run.repeat - 1) for row, run, n in runs for _ in range(n)
    ]
    bottom, right = dense_extent(ends)
    far = [
        (row, run)
        for row, run, _ in runs
        if row.number + row.repeat - 1 > bottom or run.column + run.repeat - 1 > right
    ]
    strays = sum(row.repeat * run.repeat for row, run in far)
    if (bottom + 1) * (right + 1) > limits.cells or strays > MAX_STRAYS:
        if readable:
            return
        place = {"row": height - 1, "column": width - 1}
        raise Refused("too-many-cells", sheet=sheet, cells=height * width, **place)
    for row, run in far:
        value = f"{run.value:.15g}" if isinstance(run.value, float) else str(run.value)
        details: dict[str, str | int | float] = {"value": value}
        remarks.append(RawRemark("stray-cell", sheet, row.number, run.column, details))
    cut = {id(run) for _, run in far}
    kept = [
        _Row(row.number, row.repeat, [run for run in row.runs if id(run) not in cut]) for row in table.rows
    ]
    table.rows = [row for row in kept if row.runs]


class _Scanner:
    """Follows rows and cells of content.xml into `tables`."""

    def __init__(self, styles: Styles) -> None:
        self.tables: list[_Table] = []
        self._styles = styles
        self._styled = bool(styles.looks or styles.formats)
        self._skipped = 0
        self._inside = 0  # tables within a cell of a table: their texts are those of the cell
        self._sheet: RawSheet | None = None
        self._column_styles: list[tuple[int, str]] = []
        self._columns = 0
        self._row = self._row_repeat = 0
        self._row_style = ""
        self._runs: list[_Run] = []
        self._looks: list[str] = []
        self._column = 0
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._comment: list[str] = []
        self._in_comment = False
        self._paragraphs = 0

    def scan(self, content: bytes, told: Told) -> None:
        """Read the whole content. Raises Refused for broken XML and for entities of its own."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._letters
        parser.EntityDeclHandler = self._refuse_entity
        try:
            for at in range(0, len(content), _CHUNK):
                parser.Parse(content[at : at + _CHUNK], False)  # noqa: FBT003 (positional in expat)
                told(_SCANNED * min((at + _CHUNK) / len(content), 1.0))
            parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError as error:
            raise Refused("damaged", reason=f"content.xml: {error}") from error

    def _refuse_entity(self, *_about: object) -> None:
        raise Refused("entities")

    def _start(self, tag: str, said: dict[str, str]) -> None:
        if self._skipped or tag in _LEFT_OUT or (self._cell is not None and tag.startswith(_DRAWN)):
            self._skipped += 1
        elif self._cell is not None:
            self._start_in_cell(tag, said)
        elif tag in _CELLS:
            self._cell, self._text, self._comment, self._paragraphs = said, [], [], 0
        elif tag == _ROW:
            self._column, self._row_repeat = 0, _count(said.get(_ROWS))
            self._row_style = said.get(_DEFAULT_STYLE, "")
            self._runs, self._looks = [], []
            if self._sheet is not None and said.get(_TABLE + "visibility") in ("collapse", "filter"):
                last = min(self._row + self._row_repeat, self._row + _MAX_HIDDEN)
                self._sheet.hidden_rows.extend(range(self._row, last))
        elif tag == _TABLE + "table-column":
            self._start_column(said)
        elif tag == _TABLE + "table":
            self._sheet = RawSheet(said.get(_TABLE + "name", ""), lambda: iter(()))
            self._sheet.visible = "hidden" if said.get(_STYLE) in self._styles.hidden else "visible"
            self.tables.append(_Table(self._sheet))
            self._row = self._columns = 0
            self._column_styles = []

    def _start_column(self, said: dict[str, str]) -> None:
        repeat = _count(said.get(_COLUMNS))
        if self._sheet is not None and said.get(_TABLE + "visibility") in ("collapse", "filter"):
            last = min(self._columns + repeat, _MAX_COLUMNS)
            self._sheet.hidden_columns.extend(range(self._columns, last))
        self._columns += repeat
        self._column_styles.append((self._columns, said.get(_DEFAULT_STYLE, "")))

    def _start_in_cell(self, tag: str, said: dict[str, str]) -> None:
        into = self._comment if self._in_comment else self._text
        if tag == _PARAGRAPH:
            if self._paragraphs and into:
                into.append("\n")
            self._paragraphs += 1
        elif tag == _TEXT + "s":
            into.append(" " * min(_count(said.get(_TEXT + "c")), 1000))
        elif tag == _TEXT + "tab":
            into.append("\t")
        elif tag == _TEXT + "line-break":
            into.append("\n")
        elif tag == _OFFICE + "annotation":
            self._in_comment, self._paragraphs = True, 0
        elif tag in _CELLS:
            self._inside += 1

    def _end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._cell is not None:
            if tag == _OFFICE + "annotation":
                self._in_comment, self._paragraphs = False, 0
            elif tag in _CELLS and self._inside:
                self._inside -= 1
            elif tag in _CELLS:
                self._finish(self._cell)
                self._cell = None
        elif tag == _ROW and self._sheet is not None:
            if self._runs:
                self.tables[-1].rows.append(_Row(self._row, self._row_repeat, self._runs))
                if self._looks:
                    look = Counter(self._looks).most_common(1)[0][0]
                    shown = range(self._row, self._row + min(self._row_repeat, _MAX_HIDDEN))
                    self._sheet.row_looks.update(dict.fromkeys(shown, look))
            self._row += self._row_repeat

    def _letters(self, text: str) -> None:
        if self._cell is None or self._skipped or not self._paragraphs:
            return
        if "  " in text or "\n" in text or "\t" in text:
            text = _BLANKS.sub(" ", text)
        (self._comment if self._in_comment else self._text).append(text)

    def _finish(self, said: dict[str, str]) -> None:
        column, repeat = self._column, _count(said[_COLUMNS]) if _COLUMNS in said else 1
        self._column += repeat
        sheet = self._sheet
        if sheet is None:
            return
        if _ROWS_SPANNED in said or _COLUMNS_SPANNED in said:
            down, across = _count(said.get(_ROWS_SPANNED)), _count(said.get(_COLUMNS_SPANNED))
            if (down, across) != (1, 1):
                sheet.merged.append((self._row, column, self._row + down - 1, column + across - 1))
        if self._comment and len(sheet.comments) < _MAX_COMMENTS:
            sheet.comments[self._row, column] = "".join(self._comment).strip()
        value = _value(said, "".join(self._text))
        is_text = isinstance(value, str)
        shown = ""
        if self._styled:
            style = said.get(_STYLE) or self._row_style or self._style_of_column(column)
            shown = "" if is_text else self._styles.formats.get(style, "")
            if column < _FIRST_CELLS and (look := self._styles.looks.get(style)):
                self._looks += [look] * min(repeat, _FIRST_CELLS - column)
        if not shown and said.get(_VALUE_TYPE) == "percentage":
            shown = "0%"
        if not is_text or isinstance(value, Marked) or value.strip():
            self._runs.append(_Run(column, repeat, value, shown))

    def _style_of_column(self, column: int) -> str:
        return next((style for end, style in self._column_styles if column < end), "")


def _value(said: dict[str, str], shown: str) -> Any:
    """What a cell holds: by its type, and as the text that one sees where that is no value of the type."""
    kind = said.get(_VALUE_TYPE, "")
    formula = _FORMULA in said
    if said.get(_ERROR_TYPE) == "error" or (formula and shown.startswith(("#", "Err:"))):
        return Marked(shown or "#ERROR", ERROR)
    if kind in ("float", "percentage", "currency"):
        text = said.get(_VALUE, "")
        try:
            number = float(text)
        except ValueError:
            return text or shown
        return _TRUTHS.get(said[_FORMULA], number) if formula else number
    if kind == "date":
        text = said.get(_OFFICE + "date-value", "")
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return text or shown
        return moment if moment.time() != datetime.min.time() else moment.date()
    if kind == "time":
        return _duration(said.get(_OFFICE + "time-value", "")) or shown
    if kind == "boolean":
        return said.get(_OFFICE + "boolean-value") == "true"
    if formula and not kind and not shown:
        return Marked("", FORMULA)
    return shown if shown.strip() else said.get(_OFFICE + "string-value", "")


def _duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text)
    if found is None or not text.strip("-PT"):
        return None
    days, hours, minutes = (int(found[place] or 0) for place in (2, 3, 4))
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=float(found[5] or 0))
    except OverflowError:
        return None
    return -length if found[1] else length


def _count(text: str | None) -> int:
    return min(int(text), 1 << 32) if text and text.isascii() and text.isdigit() else 1
