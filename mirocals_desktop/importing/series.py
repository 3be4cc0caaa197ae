"""A series: one variable read from one column over some rows, and what columns beside it add to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Booleans, Floats
from mirocals_desktop.importing.missing import beyond_limit, missing_reason
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan
from mirocals_desktop.importing.values import (
    FINDINGS,
    QUALIFIERS,
    Rows,
    State,
    Typed,
)
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Variable

_MARKS: Final = frozenset({"1", "y", "yes", "o", "oui", "x", "true", "vrai"})
_NO_MARKS: Final = frozenset({"", "0", "n", "no", "non", "false", "faux", "="})


@dataclass(frozen=True, eq=False)
class Series:
    """A variable read from a column; `at` are places among the table's data rows, one for each of `typed`.

    `unit` is the unit as the file gives it. `visit` is the visit that the header names, "" for none.
    """

    table: TablePlan
    column: ColumnPlan
    variable: Variable
    at: Rows
    typed: Typed
    unit: str = ""
    visit: str = ""

    @property
    def sheet_rows(self) -> Rows:
        """The rows of the sheet that the elements stand in."""
        return rows_of_cells(self.table, self.column, self.variable, self.at)


@dataclass(frozen=True, eq=False)
class Declined:
    """Some data rows of a column whose measurements somebody leaves out, under the name that the file has."""

    table: TablePlan
    column: ColumnPlan
    at: Rows
    name: str


def rows_of_cells(table: TablePlan, column: ColumnPlan, variable: Variable, at: Rows) -> Rows:
    """The sheet's rows of some data rows; of those that a merged cell covers, the first holds its value.

    A measured number belongs to its own row only, however many rows its cell covers.
    """
    rows = table.table.rows[at]
    if variable.kind in ("number", "integer"):
        return rows
    own = column.place.column
    areas = [a for a in table.table.sheet.merged if a.left <= own <= a.right and a.bottom > a.top]
    if not areas or not len(table.table.rows):
        return rows
    rows = rows.copy()
    for area in areas:
        if area.top >= table.table.rows[0]:
            rows[(rows > area.top) & (rows <= area.bottom)] = area.top
    return rows


def patient_forms(series: Series) -> list[str]:
    """The normal form of the patient's id for each element of a series."""
    texts = series.table.patient_texts()
    return [normal_form(texts[at]) for at in series.at.tolist()]


def with_limits(series: Series, low: Floats | None, high: Floats | None) -> Series:
    """The series with the limits that columns beside it give to `<LLOQ` and `>ULOQ`."""
    number, finding = series.typed.number.copy(), series.typed.finding.copy()
    for code, limits in ((1, low), (2, high)):
        if limits is not None:
            said = FINDINGS.index("below-limit" if code == 1 else "above-limit")
            bare = (series.typed.qualifier == code) & np.isfinite(limits) & _says_only_beyond(series)
            number[bare] = limits[bare]
            finding[bare] = said
    return replace(series, typed=replace(series.typed, number=number, finding=finding))


def _says_only_beyond(series: Series) -> Booleans:
    """Where a cell says only that it is beyond a limit ("<LLOQ") and not which."""
    data = series.table.table.sheet.columns[series.column.place.column]
    bare = np.array([bool(beyond_limit(text)) for text in data.texts] or [False])
    codes_of_rows = data.codes[series.sheet_rows]
    return np.asarray((codes_of_rows >= 0) & bare[np.maximum(codes_of_rows, 0)])


def with_signs(series: Series, signs: Sequence[str], *, header: str = "") -> Series:
    """The series with the signs of a column of their own: <, >, LLOQ and the like; others say nothing."""
    qualifier, finding = series.typed.qualifier.copy(), series.typed.finding.copy()
    for at, text in enumerate(signs):
        sign = _sign(text, header)
        if sign and series.typed.state[at] == State.VALUE:
            qualifier[at] = QUALIFIERS.index(sign)
            finding[at] = FINDINGS.index("below-limit" if sign == "<" else "above-limit")
    return replace(series, typed=replace(series.typed, qualifier=qualifier, finding=finding))


def is_sign(text: str, header: str) -> bool:
    """Whether a text in a column of signs says that a value is beyond a limit, or that it is not."""
    nothing = plain_name(text) in _NO_MARKS or missing_reason(text) == "not_available"
    return nothing or bool(_sign(text, header))


def _sign(text: str, header: str) -> str:
    """ "<" or ">" for a text of a column of signs; a mark (Y, 1, x) means what "ULQ flag" above it says."""
    first = text.strip()[:1]
    sign = {"\u2264": "<", "\u2265": ">"}.get(first, first if first in "<>" else "") or beyond_limit(text)
    if not sign and plain_name(text) in _MARKS:
        words = plain_name(header).split()
        sign = next((told for word in words if (told := beyond_limit(word))), "")
    return sign


_NUMBER_OF_VISIT: Final = re.compile(r"(?:num|no|n)?_?vis(?:ite?)?_?(?:num|no|nb|nr)?", re.IGNORECASE)
"""How data bases cut "number of the visit" short: NUMVIS, VISITNUM."""


def header_word(column: ColumnPlan) -> str:
    """The word that a visit's bare number is told with: its column's header without "number"."""
    if _NUMBER_OF_VISIT.fullmatch(column.header.name.strip()):
        return "V"
    return re.sub(r"(?i)\b(?:n[°o]|num(?:ber|[ée]ro)?|nb|code|id)\b\.?|#", "", column.header.name).strip(
        " _-"
    ) or _("Visit")
