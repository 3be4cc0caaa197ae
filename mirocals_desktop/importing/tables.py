"""Where the tables are in a sheet: header rows, units row, data rows, and why every other row is left aside.

A header is found by contrast: its cells are names, and what stands below them is not. Title rows above,
group headers over merged cells, a row of units below, totals and notes among and after the data, blank rows,
a header repeated on every page, tables side by side or below one another are told apart. Every filled cell
of the sheet belongs to a header, a unit row, a data row or a row with a reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from mirocals_desktop.importing.grid import Area, Booleans, Kind, Sheet
from mirocals_desktop.importing.header_rows import (
    MAX_HEADER_ROWS,
    SAMPLE,
    SEARCHED_ROWS,
    Header,
    HeaderFinder,
    Known,
    any_along,
)
from mirocals_desktop.importing.words import (
    PATIENT_WORDS,
    is_note,
    is_total,
    looks_like_value,
    plain_name,
    shape,
)

Reason = Literal["title", "note", "total", "blank", "repeated header", "section", "other endpoint", "control"]
Rows = NDArray[np.int64]

_MAX_TABLES: Final = 50


@dataclass(frozen=True)
class TableColumn:
    """One column of a table: where it is in the sheet, its header from the outer group to the inner."""

    column: int
    labels: tuple[str, ...]
    unit: str = ""

    @property
    def name(self) -> str:
        """The header in one line; "" for a column without one."""
        return " / ".join(self.labels)


@dataclass(frozen=True, eq=False)
class Table:
    """A table found in a sheet. Row numbers are those of the sheet, from 0.

    `rows` are the data rows; `ignored` says why each other row in the table's extent is not one. `titles`
    are the texts above the table, `sections` the texts of lone rows between data rows, by row.
    """

    sheet: Sheet
    header_rows: tuple[int, ...]
    units_row: int
    columns: tuple[TableColumn, ...]
    rows: Rows
    ignored: dict[int, Reason] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    sections: dict[int, str] = field(default_factory=dict)

    def texts(self, column: TableColumn) -> list[str]:
        """The texts of a column in the data rows."""
        return self.sheet.texts(column.column, self.rows)

    def kinds(self, column: TableColumn) -> NDArray[np.uint8]:
        """The kinds of cells of a column in the data rows."""
        return self.sheet.columns[column.column].kinds[self.rows]


def find_tables(sheet: Sheet, *, known: Known | None = None) -> list[Table]:
    """The tables of a sheet, from the top left on. `known` says whether a header is understood."""
    finder = _Finder(sheet, known or (lambda label: plain_name(label) in PATIENT_WORDS))
    return finder.tables()


def table_at(sheet: Sheet, header_rows: tuple[int, ...], *, area: Area, units_row: int = -1) -> Table:
    """The table whose header rows and extent a person has shown."""
    finder = _Finder(sheet, lambda label: plain_name(label) in PATIENT_WORDS)
    columns = np.arange(area.left, area.right + 1)
    return finder.make(columns, area.top, area.bottom, header_rows, units_row)


class _Finder:
    """Looks through one sheet. Texts and features of cells are kept so that each is worked out once."""

    def __init__(self, sheet: Sheet, known: Known) -> None:
        self.sheet = sheet
        self.known = known
        self._headers = HeaderFinder(sheet, known)
        self.filled = self._headers.filled
        self._merged_over = self._headers.merged_over

    def text(self, row: int, column: int) -> str:
        return self.sheet.text(row, column)

    def tables(self) -> list[Table]:
        if not self.filled.size or not self.filled.any():
            return []
        found: list[Table] = []
        for columns in self._bands():
            found.extend(self._in_band(columns))
        return found[:_MAX_TABLES]

    def _bands(self) -> list[NDArray[np.int64]]:
        """Groups of columns: one for all, or several where blank columns part tables with own ids."""
        runs = _runs(any_along(self.filled))
        runs = [runs[0], *(run for run in runs[1:] if not self._is_legend(run))]
        everything = np.arange(runs[0][0], runs[-1][1])
        if len(runs) < 2:
            return [everything]
        headers = [self._headers.find(np.arange(a, b), 0, self.sheet.n_rows) for a, b in runs]
        starts = [
            n
            for n, (run, header) in enumerate(zip(runs, headers, strict=True))
            if header is not None and run[1] - run[0] >= 2 and self._has_patient(run[0], header)
        ]
        if len(starts) < 2:
            return [everything]
        starts[0] = 0
        ends = [*starts[1:], len(runs)]
        return [np.arange(runs[a][0], runs[b - 1][1]) for a, b in zip(starts, ends, strict=True)]

    def _is_legend(self, run: tuple[int, int]) -> bool:
        """Whether a column that stands alone beside a table only explains: NF = not done, Legend ..."""
        if run[1] - run[0] > 2:
            return False
        texts: list[str] = []
        for data in self.sheet.columns[run[0] : run[1]]:
            if bool((data.kinds[data.kinds > 0] != Kind.TEXT).any()):
                return False
            texts.extend(data.texts)
        explaining = sum(is_note(text) or bool(re.match(r"\s*\S.{0,20}\s*[=:]\s*\S", text)) for text in texts)
        return explaining >= 0.5 * len(texts)

    def _has_patient(self, left: int, header: Header) -> bool:
        return any(
            plain_name(self.text(row, column)) in PATIENT_WORDS
            for row in header.rows
            for column in range(left, min(left + 2, self.sheet.n_columns))
        )

    def _in_band(self, columns: NDArray[np.int64]) -> Iterator[Table]:
        top, bottom = 0, self.sheet.n_rows
        while top < bottom:
            header = self._headers.find(columns, top, bottom)
            if header is None:
                if top == 0:
                    yield self.make(columns, top, bottom - 1, (), -1)
                return
            after = max(*header.rows, header.units_row) + 1
            below = self._next_table(columns, after, bottom)
            below = self._next_header(columns, header, after, below)
            yield self.make(columns, top, below - 1, header.rows, header.units_row)
            top = below

    def _next_table(self, columns: NDArray[np.int64], top: int, bottom: int) -> int:
        """The row where another table begins after a blank row, or `bottom`."""
        used = any_along(self.filled[top:bottom, columns], axis=1)
        blanks: list[int] = np.flatnonzero(~used)[:2000].tolist()
        for blank in blanks:
            start = top + blank + 1
            if start >= bottom or not self.filled[start, columns].any() or blank == 0:
                continue
            end = start
            while end < bottom and self.filled[end, columns].any() and end - start < SEARCHED_ROWS:
                end += 1
            if end - start >= 2 and self._opens_section(start, columns):
                return start
            if end - start < 2:
                # A lone row may be the title of a table that starts after one more blank row.
                continue
            header = self._headers.find(columns, start, min(bottom, start + 200))
            if header is None or header.rows[0] - start > 4 or header.score < 0.75:
                continue
            width = int(self.filled[list(header.rows)][:, columns].any(axis=0).sum())
            rows_below = int(used[header.rows[-1] + 1 - top :].sum())
            if width >= 2 and rows_below >= 1 and self._is_header_not_data(columns, top, header):
                first: int = start
                while first - 2 >= top + 1 and not self.filled[first - 1, columns].any():
                    lone = self.filled[first - 2, columns].sum() == 1
                    if not lone or self.filled[first - 3, columns].any():
                        break
                    first -= 2
                return first
        return bottom

    def _opens_section(self, row: int, columns: NDArray[np.int64]) -> bool:
        """Whether the row is a heading as files of instruments have them: "[Calibration]"."""
        cells = columns[np.flatnonzero(self.filled[row, columns])]
        text = self.text(row, int(cells[0])).strip()
        return cells.size == 1 and text[:1] + text[-1:] == "[]"

    def _next_header(self, columns: NDArray[np.int64], header: Header, top: int, bottom: int) -> int:
        """The row where another table begins without a blank row above it, or `bottom`.

        Its first cell is a word for patients, its cells are names, and not those of the header above.
        """
        own = {plain_name(self.text(row, c)) for row in header.rows for c in columns.tolist()}
        rows: set[int] = set()
        for column in columns[:3].tolist():
            data = self.sheet.columns[column]
            named = [n for n, text in enumerate(data.texts) if plain_name(text) in PATIENT_WORDS]
            if named:
                found = np.flatnonzero(np.isin(data.codes[top + 1 : bottom - 1], named))
                rows.update((top + 1 + found).tolist())
        for row in sorted(rows):
            filled = columns[np.flatnonzero(self.filled[row, columns])].tolist()
            names = [self.text(row, column) for column in filled]
            texts = all(self.sheet.columns[column].kinds[row] == Kind.TEXT for column in filled)
            fresh = {plain_name(name) for name in names} - own
            known = sum(self.known(name) for name in names)
            if plain_name(names[0]) in PATIENT_WORDS and texts and fresh and known >= max(2, len(names) / 2):
                lone = self.filled[row - 1, columns].sum() == 1 and row - 1 > top
                return int(row) - 1 if lone else int(row)
        return bottom

    def _is_header_not_data(self, columns: NDArray[np.int64], top: int, header: Header) -> bool:
        """Whether the row differs from the data rows above it, so that it opens a table of its own."""
        row = header.rows[-1]
        different = same = 0
        for column in columns.tolist():
            if not self.filled[row, column]:
                continue
            data = self.sheet.columns[column]
            above = [k for k in data.kinds[top : top + SAMPLE].tolist() if k]
            below = [k for k in data.kinds[row + 1 : row + 1 + SAMPLE].tolist() if k]
            typed = sum(k in (Kind.NUMBER, Kind.DATE) for k in above) > len(above) / 2
            typed_below = sum(k in (Kind.NUMBER, Kind.DATE) for k in below) > len(below) / 2
            changes = bool(below) and typed != typed_below
            named = data.kinds[row] == Kind.TEXT and (typed or not above or changes)
            if named or self.known(self.text(row, column)):
                different += 1
            else:
                same += 1
        return different >= max(same, 1)

    def make(
        self, columns: NDArray[np.int64], top: int, bottom: int, header_rows: tuple[int, ...], units_row: int
    ) -> Table:
        """The table between two rows (both included) with these header rows: its columns and data rows."""
        start = max((*header_rows, units_row), default=top - 1) + 1
        ignored: dict[int, Reason] = {}
        titles: list[str] = []
        for row in range(top, start):
            if row in header_rows or row == units_row:
                continue
            ignored[row] = "title" if self.filled[row, columns].any() else "blank"
            titles.extend(self.text(row, c) for c in columns.tolist() if self.filled[row, c])
        named = self._columns(columns, header_rows, units_row, start, bottom)
        rows, sections = self._data_rows(named, columns, start, bottom, header_rows, ignored)
        return Table(self.sheet, header_rows, units_row, named, rows, ignored, tuple(titles), sections)

    def _columns(
        self,
        columns: NDArray[np.int64],
        header_rows: tuple[int, ...],
        units_row: int,
        start: int,
        bottom: int,
    ) -> tuple[TableColumn, ...]:
        labels: dict[int, list[str]] = {column: [] for column in columns.tolist()}
        for number, row in enumerate(header_rows):
            last = number == len(header_rows) - 1
            carried, carried_to = "", -1
            for column in columns.tolist():
                area = self._merged_over.get((row, column))
                if area is not None and (area.left, area.top) != (column, row):
                    # Below or right of a merged cell: a group's name goes to every column it covers.
                    text = self.text(area.top, area.left) if area.top == row else ""
                    if text:
                        labels[column].append(clean_label(text))
                    continue
                text = clean_label(self.text(row, column))
                if text:
                    labels[column].append(text)
                    carried, carried_to = text, column
                elif (
                    not last and carried and self._carries(row, column, carried_to, header_rows[number + 1 :])
                ):
                    labels[column].append(carried)
                else:
                    carried = ""
        if len(header_rows) > 1 and self._headers.names_rows_only(header_rows[-1], columns, bottom + 1):
            for column in columns[self.filled[header_rows[-1], columns]].tolist():
                labels[column] = labels[column][-1:]
        used = any_along(self.filled[start : bottom + 1, columns])
        return tuple(
            TableColumn(
                column,
                tuple(dict.fromkeys(labels[column])),
                clean_label(self.text(units_row, column)) if units_row >= 0 else "",
            )
            for at, column in enumerate(columns.tolist())
            if labels[column] or used[at]
        )

    def _carries(self, row: int, column: int, origin: int, below: tuple[int, ...]) -> bool:
        """Whether a group's name at `origin` goes on over this blank cell: both have names below."""
        area = self._merged_over.get((row, origin))
        if area is not None and area.right < column:
            return False
        return any(self.filled[r, column] for r in below) and any(self.filled[r, origin] for r in below)

    def _data_rows(
        self,
        named: tuple[TableColumn, ...],
        columns: NDArray[np.int64],
        start: int,
        bottom: int,
        header_rows: tuple[int, ...],
        ignored: dict[int, Reason],
    ) -> tuple[Rows, dict[int, str]]:
        part = self.filled[start : bottom + 1, columns]
        counts = part.sum(axis=1)
        keep = counts > 0
        for row in np.flatnonzero(~keep).tolist():
            ignored[start + row] = "blank"
        sections: dict[int, str] = {}
        key_shapes = self._key_shapes(columns, start, counts)
        for row in self._suspects(counts, columns, start).tolist():
            if not keep[row]:
                continue
            reason = self._why_no_data(start + row, row, part, columns, named, header_rows, key_shapes)
            if reason is None:
                continue
            keep[row] = False
            if reason == "section" and not keep[row:].any():
                reason = "note"
            ignored[start + row] = reason
            if reason == "section":
                first = int(columns[np.flatnonzero(part[row])[0]])
                sections[start + row] = self.text(start + row, first)
        rows = start + np.flatnonzero(keep)
        for row in sorted(sections):
            if not rows.size or row > rows[-1]:
                ignored[row] = "note"
                del sections[row]
        return rows, sections

    def _suspects(
        self, counts: NDArray[np.int64], columns: NDArray[np.int64], start: int
    ) -> NDArray[np.int64]:
        """Rows that may be no data: nearly empty ones, and those that begin like totals or notes."""
        usual = float(np.median(counts[counts > 0])) if (counts > 0).any() else 0.0
        suspect = (counts > 0) & (counts <= max(1, min(3, 0.4 * usual)))
        for column in columns[:3].tolist():
            data = self.sheet.columns[column]
            codes = data.codes[start : start + len(counts)]
            marked = [
                n for n, text in enumerate(data.texts) if is_total(text) or is_note(text) or len(text) > 60
            ]
            if marked:
                suspect |= np.isin(codes, marked)
        header = {plain_name(label) for label in self._header_texts(start, columns)}
        for column in columns[:2].tolist():
            data = self.sheet.columns[column]
            same = [n for n, text in enumerate(data.texts) if plain_name(text) in header and plain_name(text)]
            if same:
                suspect |= np.isin(data.codes[start : start + len(counts)], same)
        return np.flatnonzero(suspect)

    def _header_texts(self, start: int, columns: NDArray[np.int64]) -> list[str]:
        return [
            self.text(row, column)
            for row in range(max(0, start - MAX_HEADER_ROWS), start)
            for column in columns[:2].tolist()
            if self.filled[row, column]
        ]

    def _key_shapes(
        self, columns: NDArray[np.int64], start: int, counts: NDArray[np.int64]
    ) -> dict[int, frozenset[str]]:
        """For the first columns, the shapes of texts that are usual there in rows of more than one cell."""
        usual = {}
        for column in columns[:3].tolist():
            data = self.sheet.columns[column]
            codes = data.codes[start : start + len(counts)]
            codes = codes[(codes >= 0) & (counts > 1)]
            if not codes.size:
                continue
            shapes: Counter[str] = Counter()
            for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
                shapes[shape(data.texts[code])] += int(count)
            usual[column] = frozenset(s for s, n in shapes.items() if n >= max(2, 0.02 * codes.size))
        return usual

    def _why_no_data(
        self,
        row: int,
        at: int,
        part: Booleans,
        columns: NDArray[np.int64],
        named: tuple[TableColumn, ...],
        header_rows: tuple[int, ...],
        key_shapes: dict[int, frozenset[str]],
    ) -> Reason | None:
        filled = columns[np.flatnonzero(part[at])].tolist()
        first = filled[0]
        text = self.text(row, first)
        if header_rows and len(filled) >= 2:
            header = {c.column: {plain_name(label) for label in c.labels} for c in named}
            equal = sum(plain_name(self.text(row, c)) in header.get(c, set()) for c in filled)
            if equal >= max(2, 0.6 * len(filled)):
                return "repeated header"
        if self.sheet.columns[first].kinds[row] != Kind.TEXT:
            return None
        if is_total(text):
            return "total"
        usual = shape(text) in key_shapes.get(first, frozenset()) and any(c.isdigit() for c in text)
        if usual and not is_note(text):
            return None
        blank_above = at > 0 and not part[at - 1].any()
        last_block = blank_above or not part[at + 1 :].any() or self._after_blank(part, at)
        if len(filled) == 1:
            area = self._merged_over.get((row, first))
            over = area is not None and area.right > area.left
            if looks_like_value(text) and not over and first == int(columns[0]):
                return None
            return "note" if is_note(text) or (last_block and not part[at + 1 :].any()) else "section"
        if len(filled) <= 3 and (is_note(text) or len(text) > 60) and last_block:
            return "note"
        if len(filled) == 2 and text.rstrip().endswith(("=", ":")):
            return "note"
        return None

    def _after_blank(self, part: Booleans, at: int) -> bool:
        """Whether a blank row stands between this row and the last row that is filled well."""
        rows = any_along(part[max(0, at - 20) : at], axis=1)
        return bool(rows.size) and not rows.all()


def clean_label(text: str) -> str:
    """A header without line breaks, doubled and odd blanks and stray signs at its ends."""
    return " ".join(text.replace("\u00ad", "").replace("\u200b", "").split()).strip(" *:;")


def _runs(used: Booleans) -> list[tuple[int, int]]:
    """The runs of True: (first, one after the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], used, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
