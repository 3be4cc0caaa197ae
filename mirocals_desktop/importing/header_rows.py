"""Header rows found by contrast: their cells are names, and what stands below them is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mirocals_desktop.importing.grid import Area, Booleans, Column, Kind, Sheet
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.words import (
    PATIENT_WORDS,
    looks_like_day,
    looks_like_value,
    plain_name,
    shape,
)

Known = Callable[[str], bool]

_SCALE: Final = re.compile(r"/ ?\d{1,3}|\(?\d{1,3} ?(?:[-–]|to|à) ?\d{1,3}\)?|[-–—.]+|n/a")
"""What stands in a row of units where a measure has none: "/48", "0-4", a dash."""

SEARCHED_ROWS: Final = 60
SAMPLE: Final = 40
_TYPED_COLUMNS: Final = 2
_LOOKED_AT: Final = 400
_MAX_LABEL: Final = 120
MAX_HEADER_ROWS: Final = 4
_LABEL_AND_VALUE: Final = 2
_MOST_LABELS: Final = 12
_GOOD: Final = 0.72
_CLEAR: Final = 0.6
_ROWS_AFTER_CLEAR: Final = 10
_TYPED: Final = frozenset((int(Kind.NUMBER), int(Kind.DATE), int(Kind.TIME), int(Kind.BOOLEAN)))
_UNITS: Final = frozenset(
    ("%", "kg", "g", "mg", "l", "ml", "cm", "mm", "m2", "h", "min", "s", "iu", "ui", "u")
) | {"years", "year", "ans", "days", "jours", "months", "mois"}


@dataclass(frozen=True)
class Header:
    """The header rows of a table, its row of units (-1 for none), and how surely they are that."""

    rows: tuple[int, ...]
    units_row: int
    score: float


class HeaderFinder:
    """Looks for header rows in one sheet."""

    def __init__(self, sheet: Sheet, known: Known) -> None:
        self.sheet = sheet
        self.known = known
        self.filled: Booleans = sheet.filled()
        self.merged_over: dict[tuple[int, int], Area] = {}
        for area in sheet.merged:
            if (area.bottom - area.top + 1) * (area.right - area.left + 1) <= 10_000:
                for row in range(area.top, area.bottom + 1):
                    for column in range(area.left, area.right + 1):
                        self.merged_over[row, column] = area

    def text(self, row: int, column: int) -> str:
        """The text of a cell of the sheet."""
        return self.sheet.text(row, column)

    def find(self, columns: NDArray[np.int64], top: int, bottom: int) -> Header | None:
        """The header between two rows (the second not included), None where no row looks like one."""
        scores: list[tuple[float, int]] = []
        seen = 0
        for row in range(top, min(bottom, top + 400)):
            cells = np.flatnonzero(self.filled[row, columns])
            if not cells.size:
                continue
            seen += 1
            if seen > SEARCHED_ROWS:
                break
            scores.append((self._score(row, columns, bottom) - 0.01 * seen, row))
            top_score, top_row = max(scores)
            if top_score > _CLEAR and row - top_row > _ROWS_AFTER_CLEAR:
                break
        best = max((score for score, _ in scores), default=0.0)
        if best <= 0.05:
            return None
        # The first good one, not the best: a header repeated further down is as good as the first.
        good = [(score, row) for score, row in scores if score >= _GOOD * best]
        score, row = next((one for one in good if not self._is_sheet_label(one[1], columns, good)), good[0])
        rows = self._grow(row, columns, top, bottom)
        units = self._units_row(rows[-1] + 1, columns, bottom)
        return Header(rows, units, score)

    def _is_sheet_label(self, row: int, columns: NDArray[np.int64], good: list[tuple[float, int]]) -> bool:
        """Whether a row is a title, or a label with its value ("Assay: NfL"), above a wider table."""
        own = columns[self.filled[row, columns]]
        if own.size > _LABEL_AND_VALUE or any(plain_name(self.text(row, c)) in PATIENT_WORDS for c in own):
            return False
        stop = self._block_end(row, columns, self.sheet.n_rows)
        pairs = stop - row <= _MOST_LABELS and bool(
            (self.filled[row:stop, columns].sum(axis=1) <= _LABEL_AND_VALUE).all()
        )
        wide = own.size + _LABEL_AND_VALUE
        wider = [other for _score, other in good if other >= stop]
        return pairs and any(self.filled[other, columns].sum() >= wide for other in wider)

    def _block_end(self, row: int, columns: NDArray[np.int64], bottom: int) -> int:
        """Where the block of filled rows below this row ends, at the next blank row."""
        stop = min(bottom, row + 1 + 10 * SAMPLE)
        used = any_along(self.filled[row + 1 : stop, columns], axis=1)
        if not used.any():
            return stop
        first = int(np.argmax(used))
        blank = np.flatnonzero(~used[first:])
        return row + 1 + first + int(blank[0]) if blank.size else stop

    def _score(self, row: int, columns: NDArray[np.int64], bottom: int) -> float:
        """How much this row is a header: names that contrast with what stands below, and known ones."""
        bottom = self._block_end(row, columns, bottom)
        if columns.size > _LOOKED_AT:  # of a very wide table some tell enough, from all over it
            columns = columns[np.linspace(0, columns.size - 1, _LOOKED_AT).astype(np.int64)]
        below = self.filled[row + 1 : bottom, columns]
        if not below.any():
            return -1.0
        with_data = any_along(below)
        wide = max(int(with_data.sum()), 1)
        total = 0.0
        known = filled = 0
        for at, column in enumerate(columns.tolist()):
            if not self.filled[row, column]:
                continue
            filled += 1
            total += self._contrast(row, column, bottom) if with_data[at] else 0.1
            known += self.known(self.text(row, column))
        if filled < 2 and wide >= 2:
            total *= 0.3
        return total / wide + 0.5 * known / max(filled, 1) * min(1.0, 2 * filled / wide)

    def _contrast(self, row: int, column: int, bottom: int) -> float:
        data = self.sheet.columns[column]
        kind = data.kinds[row]
        kinds, texts = self._below(data, row, bottom)
        text = self.text(row, column)
        texts = [t for t in texts if t != text]  # the same header once more, on the next printed page
        if not kinds:
            return 0.0
        typed = sum(k in _TYPED for k in kinds)
        values = typed + sum(looks_like_value(text) for text in texts)
        if kind == Kind.DATE and Kind.DATE not in kinds and typed > len(kinds) / 2:
            return 0.5  # the day on which the numbers below were measured
        if kind != Kind.TEXT:
            return -1.0 if typed > len(kinds) / 3 else -0.3
        if len(text) > _MAX_LABEL:
            return -0.3
        plain = plain_name(text)
        shapes = Counter(shape(t) for t in texts)
        if looks_like_day(text) and shape(text) not in shapes and values > len(kinds) / 2:
            return 0.5
        if texts and shape(text) in shapes and any(c.isdigit() for c in text):
            return -0.7
        if plain and any(plain == plain_name(t) for t in texts):
            return -0.5
        if looks_like_value(text) and not any(c.isalpha() for c in text):
            return -0.5
        return 1.0 if values > len(kinds) / 2 else 0.5

    def _below(self, data: Column, row: int, bottom: int) -> tuple[list[int], list[str]]:
        """Kinds of the next filled cells below, and the texts among them."""
        stop = min(bottom, row + 1 + 10 * SAMPLE)
        at = row + 1 + np.flatnonzero(data.kinds[row + 1 : stop])[:SAMPLE]
        return data.kinds[at].tolist(), [data.texts[code] for code in data.codes[at].tolist() if code >= 0]

    def _grow(self, row: int, columns: NDArray[np.int64], top: int, bottom: int) -> tuple[int, ...]:
        """The header rows: the one found, sub-headers below it and group headers above it."""
        rows = [row]
        while len(rows) < MAX_HEADER_ROWS and (
            self._is_sub_header(rows[-1], columns, bottom)
            or self._is_second_name(rows[-1] + 1, columns, bottom)
        ):
            rows.append(rows[-1] + 1)
        if len(rows) < MAX_HEADER_ROWS and self.names_rows_only(rows[-1] + 1, columns, bottom):
            rows.append(rows[-1] + 1)
        while (
            len(rows) < MAX_HEADER_ROWS and rows[0] > top and self._is_group_row(rows[0] - 1, rows, columns)
        ):
            rows.insert(0, rows[0] - 1)
        return tuple(rows)

    def _is_sub_header(self, row: int, columns: NDArray[np.int64], bottom: int) -> bool:
        """Whether the row below names columns under groups: filled where the header is blank or merged."""
        below = row + 1
        if below >= bottom:
            return False
        cells = [c for c in columns.tolist() if self.filled[below, c]]
        if not cells or len(cells) < 2:
            return False
        under = named = 0
        filled = set(cells)
        for column in cells:
            area = self.merged_over.get((row, column))
            spanned = area is not None and area.right > area.left
            blank_above = not self.filled[row, column]
            grouped = spanned or blank_above or self._next_blank(row, column, filled)
            under += grouped
            kind = self.sheet.columns[column].kinds[below]
            _, texts = self._below(self.sheet.columns[column], below, bottom)
            text = self.text(below, column)
            data_like = looks_like_value(text) and shape(text) in {shape(t) for t in texts}
            named += spanned if kind in (Kind.NUMBER, Kind.DATE) else kind == Kind.TEXT and not data_like
        first = [c for c in columns.tolist() if self.filled[row, c]][:1]
        id_blank = (
            bool(first) and not self.filled[below, first[0]] and self._dense_below(first[0], below, bottom)
        )
        if named < len(cells) or under < 2:
            return False
        return id_blank or under >= 0.8 * len(cells)

    def _is_second_name(self, row: int, columns: NDArray[np.int64], bottom: int) -> bool:
        """Whether the row names every column once more, as exports do that write codes over labels."""
        cells = [c for c in columns.tolist() if row < bottom and self.filled[row, c]]
        above = [c for c in columns.tolist() if self.filled[row - 1, c]]
        if len(cells) < 2 or len(cells) < 0.8 * len(above):
            return False
        if any(self.sheet.columns[c].kinds[row] != Kind.TEXT for c in cells):
            return False
        texts = [self.text(row, c) for c in cells]
        if any(looks_like_value(text) for text in texts):
            return False
        if sum(self.known(text) for text in texts) >= 0.5 * len(cells):
            return True
        # Words over columns of numbers and dates are no patient's: labels below names of variables.
        contrasts = [self._contrast(row, c, bottom) for c in cells]
        return contrasts.count(1.0) >= max(_TYPED_COLUMNS, 0.4 * len(cells)) and min(contrasts) > 0

    def names_rows_only(self, row: int, columns: NDArray[np.int64], bottom: int) -> bool:
        """Whether this row names the ids at the left and nothing else, as pandas writes it below a pivot.

        What stands above such a name ("Visit") is then the name of the row of headers.
        """
        if row >= bottom:
            return False
        cells = np.flatnonzero(self.filled[row, columns])
        if not 0 < cells.size <= columns.size / 2 or cells[-1] != cells.size - 1:
            return False
        first = int(columns[0])
        return (
            plain_name(self.text(row, first)) in PATIENT_WORDS
            and all(self.sheet.columns[c].kinds[row] == Kind.TEXT for c in columns[cells].tolist())
            and bool(self.filled[row - 1, columns[cells.size :]].all())
            and self._dense_below(first, row, bottom)
        )

    def _next_blank(self, row: int, column: int, cells: set[int]) -> bool:
        """Whether the header cell here is followed by a blank one with a name below: a group, not merged."""
        follower = column + 1
        return follower in cells and not self.filled[row, follower]

    def _dense_below(self, column: int, row: int, bottom: int) -> bool:
        part = self.filled[row + 1 : min(bottom, row + 31), column]
        return bool(part.size) and bool(part.mean() > 0.3)

    def _is_group_row(self, row: int, under: Sequence[int], columns: NDArray[np.int64]) -> bool:
        """Whether this row groups the columns named below it: merged over some, or names before blanks."""
        cells = [c for c in columns.tolist() if self.filled[row, c]]
        named = [c for c in columns.tolist() if self.filled[under, c].any()]
        if not cells or not named:
            return False
        texts = [self.text(row, c) for c in cells]
        if any(self.sheet.columns[c].kinds[row] not in (Kind.TEXT, Kind.NUMBER, Kind.DATE) for c in cells):
            return False
        if any(text.rstrip().endswith(":") for text in texts) or any(len(text) > 60 for text in texts):
            return False
        if any(said and not is_timepoint(said[1]) for said in map(_LABEL_WITH_VALUE.match, texts)):
            return False
        width = named[-1] - named[0] + 1
        first = cells[0]
        area = self.merged_over.get((row, first))
        span = area.right - area.left + 1 if area else 1
        if len(cells) == 1:
            return first > named[0] and (span > 1 or first + 1 in named) and span < width
        if span >= width:
            return False
        spanning = sum(
            1
            for c in cells
            if ((area := self.merged_over.get((row, c))) is not None and area.right > area.left)
            or (c + 1 in named and not self.filled[row, c + 1])
        )
        if not any(self.sheet.columns[c].kinds[row] == Kind.TEXT for c in cells):
            return spanning == len(cells)
        covered = sum(1 for c in cells if not self.filled[under, c].any())
        if spanning >= max(1, 0.5 * (len(cells) - covered)):
            return True
        # Two full rows of names, for example codes over labels: both speak of the columns.
        both = [c for c in cells if self.filled[under, c].any()]
        return len(both) >= 0.8 * len(named) and all(not looks_like_value(text) for text in texts)

    def _units_row(self, row: int, columns: NDArray[np.int64], bottom: int) -> int:
        if row >= bottom:
            return -1
        cells = [c for c in columns.tolist() if self.filled[row, c]]
        texts = [self.text(row, c) for c in cells]
        if not cells or any(self.sheet.columns[c].kinds[row] != Kind.TEXT for c in cells):
            return -1
        looks = sum(looks_like_unit(text) or bool(_SCALE.fullmatch(text.strip())) for text in texts)
        return row if looks >= 1 and looks >= 0.6 * len(cells) else -1


_LABEL_WITH_VALUE: Final = re.compile(r"[^\W\d][^:]{1,25}\s?:\s+(\S.*)")
"""What is said of a whole sheet: "Plate: 04", "Operator: KD"; but "Visit: M3" names a group of columns."""


def any_along(matrix: Booleans, axis: int = 0) -> Booleans:
    """Where a column (axis 0) or row (axis 1) has any True."""
    return np.asarray(matrix.any(axis=axis), dtype=np.bool_)


def looks_like_unit(text: str) -> bool:
    """Whether a text is a unit or a format hint: (pg/mL), %, cells/µL, [years], dd/mm/yyyy, 0-4."""
    bare = text.strip().strip("()[]{}").strip().casefold().replace("μ", "µ")
    if not bare or len(bare) > 24:
        return False
    if bare in _UNITS or text.strip()[0] + text.strip()[-1] in ("()", "[]"):
        return True
    if any(part in bare for part in ("/l", "/µl", "/ul", "/ml", "/dl", "/mm", "/m2", "^9", "10⁹", "% ", "%")):
        return True
    letters = set(bare.replace("/", "").replace("-", "").replace(".", ""))
    return letters <= set("dmyja") and len(bare) >= 6 and any(sign in bare for sign in "/-.")
