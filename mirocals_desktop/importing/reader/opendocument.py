"""ods: values by calamine, and by one pass over the XML what calamine cannot see.

Error cells, percentages, merged cells, hidden rows and comments; repeated cells and rows are written once
with a count, which is followed here.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from mirocals_desktop.importing.reader.encode import ERROR, Marked
from mirocals_desktop.importing.reader.package import Package
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawSheet, RawWorkbook
from mirocals_desktop.importing.reader.spreadsheet import read_plain

_MANIFEST: Final = "META-INF/manifest.xml"
_PERCENT: Final = "0%"
_MAX_REPEAT: Final = 100_000
_MAX_MARKS: Final = 2_000_000


@dataclass
class _Cell:
    column: int
    repeat: int
    kind: str
    formula: bool
    text: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    spans: tuple[int, int] = (1, 1)


def read_opendocument(data: bytes, limits: Limits) -> RawWorkbook:
    """The workbook with errors, percentages, merged cells, hidden rows and comments at their places."""
    package = Package(data, limits)
    if package.has(_MANIFEST) and b"encryption-data" in package.read(_MANIFEST):
        raise Refused("locked-ods")
    content = package.read("content.xml")
    package.check(skip=frozenset(("content.xml",)))
    scanner = _Scanner(limits)
    scanner.scan(content)  # first: calamine asks for every cell of a sheet at once
    workbook = read_plain(io.BytesIO(data), "ods", limits)
    for sheet in workbook.sheets:
        seen = scanner.sheets.get(sheet.name, sheet)
        sheet.patches, sheet.formats, sheet.shown = seen.patches, seen.formats, seen.shown
        sheet.merged, sheet.hidden_rows, sheet.comments = seen.merged, seen.hidden_rows, seen.comments
    return workbook


class _Scanner:
    """Follows rows and cells of content.xml and marks `sheets`, which hold no rows."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: dict[str, RawSheet] = {}
        self._limits = limits
        self._sheet: RawSheet | None = None
        self._extent = (0, 0)
        self._row = 0
        self._row_repeat = 1
        self._column = 0
        self._cell: _Cell | None = None
        self._into: list[str] | None = None
        self._in_comment = False
        self._marks = 0

    def scan(self, content: bytes) -> None:
        """Read the whole content. Raises Refused for broken XML and for entities of its own."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._refuse_entity
        try:
            parser.Parse(content, True)  # noqa: FBT003 (positional in expat)
        except expat.ExpatError as error:
            raise Refused("damaged", reason=f"content.xml: {error}") from error

    def _refuse_entity(self, *_about: object) -> None:
        raise Refused("entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rsplit(" ", 1)[-1]
        said = {key.rsplit(" ", 1)[-1]: value for key, value in attributes.items()}
        if name == "table":
            self._sheet = RawSheet(said.get("name", ""), lambda: iter(()))
            self.sheets[self._sheet.name] = self._sheet
            self._row, self._extent = 0, (0, 0)
        elif name == "table-row":
            self._column, self._row_repeat = 0, _count(said.get("number-rows-repeated"))
            if self._sheet is not None and said.get("visibility") in ("collapse", "filter"):
                last = min(self._row + self._row_repeat, self._row + _MAX_REPEAT)
                self._sheet.hidden_rows.extend(range(self._row, last))
        elif name in ("table-cell", "covered-table-cell"):
            self._cell = _Cell(
                self._column,
                _count(said.get("number-columns-repeated")),
                said.get("value-type", ""),
                "formula" in said,
                spans=(_count(said.get("number-rows-spanned")), _count(said.get("number-columns-spanned"))),
            )
            if said.get("value-type") == "error" or any(
                k.endswith("value-type") and v == "error" for k, v in said.items()
            ):
                self._cell.kind = "error"
        elif name == "annotation":
            self._in_comment = True
        elif name == "p" and self._cell is not None:
            self._into = self._cell.comment if self._in_comment else self._cell.text

    def _end(self, tag: str) -> None:
        name = tag.rsplit(" ", 1)[-1]
        if name in ("table-cell", "covered-table-cell") and self._cell is not None:
            self._finish(self._cell)
            self._column += self._cell.repeat
            self._cell = None
        elif name == "table-row":
            self._row += self._row_repeat
        elif name == "annotation":
            self._in_comment = False
        elif name == "p":
            self._into = None

    def _text(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _finish(self, cell: _Cell) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        if cell.spans != (1, 1):
            bottom, right = self._row + cell.spans[0] - 1, cell.column + cell.spans[1] - 1
            sheet.merged.append((self._row, cell.column, bottom, right))
        if cell.comment:
            sheet.comments[self._row, cell.column] = "".join(cell.comment)
        shown = "".join(cell.text)
        if cell.kind or shown:
            self._reach(sheet, self._row + self._row_repeat, cell.column + cell.repeat)
        error = cell.kind == "error" or (cell.formula and cell.kind in ("", "string") and _is_error(shown))
        if not error and cell.kind != "percentage":
            return
        for row in range(self._row, self._row + min(self._row_repeat, _MAX_REPEAT)):
            for column in range(cell.column, cell.column + min(cell.repeat, _MAX_REPEAT)):
                self._marks += 1
                if self._marks > _MAX_MARKS:
                    raise Refused(
                        "too-many-cells", sheet=sheet.name, cells=self._marks, row=row, column=column
                    )
                if error:
                    sheet.patches[row, column] = Marked(shown or "#ERROR", ERROR)
                else:
                    if _PERCENT not in sheet.formats:
                        sheet.formats = [*sheet.formats, _PERCENT]
                    sheet.shown[row, column] = sheet.formats.index(_PERCENT)

    def _reach(self, sheet: RawSheet, rows: int, columns: int) -> None:
        """The sheet is filled as far as this. Raises Refused when that is more than it may span."""
        self._extent = (max(self._extent[0], rows), max(self._extent[1], columns))
        cells = self._extent[0] * self._extent[1]
        if cells > self._limits.cells:
            raise Refused("too-many-cells", sheet=sheet.name, cells=cells, row=rows - 1, column=columns - 1)


def _count(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1


def _is_error(text: str) -> bool:
    return text.startswith(("#", "Err:"))
