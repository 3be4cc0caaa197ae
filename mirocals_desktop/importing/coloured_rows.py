"""Deaths that only the look of rows tells (red, grey, struck out): asked, where no column says who died."""

from __future__ import annotations

import colorsys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, titled
from mirocals_desktop.importing.grid import Booleans
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, TablePlan, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.sheet_arms import series_of_table
from mirocals_desktop.importing.statuses import outcome_and_date, status_meant
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable

_OUTCOMES: Final = (codes.VITAL_STATUS, codes.DEATH_DATE)
_ENDS: Final = (codes.LAST_CONTACT_DATE, codes.END_OF_FOLLOW_UP_DATE)
_MOST_LOOKS: Final = 5
_STRUCK: Final = "strike"
_NO: Final = "no"


def with_coloured_rows(
    tables: Sequence[TablePlan], protocol: Protocol, asker: Asker, *, status_known: bool
) -> list[TablePlan]:
    """The plans with the look of the rows of those who died, where somebody says that it tells them.

    Asked for tables of patients with a date of last contact, where neither the files nor the study
    (`status_known`) say of anybody whether he died.
    """
    told = status_known or is_told(tables)
    if told or protocol.variable(codes.VITAL_STATUS) is None:
        return list(tables)
    return [_with_look(table, asker) for table in tables]


def is_told(tables: Sequence[TablePlan]) -> bool:
    """Whether a column of the files says who died."""
    for table in tables:
        ends = table.with_variable(codes.END_OF_FOLLOW_UP_DATE)
        if table.used and (
            any(table.with_variable(code) for code in _OUTCOMES)
            or (ends is not None and any(outcome_and_date(text)[0] for text in ends.profile.texts))
        ):
            return True
    return False


def series_of_looks(table: TablePlan, whose: Whose, variable: Variable) -> Iterator[Series]:
    """The vital status of each patient, by the look of the row."""
    looks = table.table.sheet.row_looks
    dead = np.array([looks.get(row) == table.dead_look for row in table.table.rows.tolist()])
    yield from series_of_status(table, whose, variable, dead)


def series_of_status(table: TablePlan, whose: Whose, variable: Variable, dead: Booleans) -> Iterator[Series]:
    """The vital status of the patients of some rows, and of the others."""
    yield series_of_table(table, whose, variable, codes.DEAD, only=dead)
    yield series_of_table(table, whose, variable, codes.ALIVE, only=~dead)


def _with_look(table: TablePlan, asker: Asker) -> TablePlan:
    counts = _looks(table) if table.used and not table.log and not table.dead_remarks else {}
    if not counts or not any(table.with_variable(code) for code in _ENDS):
        return table
    names = {look: _name(look) for look in counts}
    total = len(table.table.rows)
    answer = asker.ask(
        Question(
            id=question_id("coloured-rows", table.key),
            kind="coding",
            text=_(
                "No column says who died, and {count} of {total} rows of {sheet} look different"
                " ({looks}). Did these patients die?"
            ).format(
                count=amount(sum(counts.values())),
                total=amount(total),
                sheet=table.sheet,
                looks=", ".join(titled(names[look], count) for look, count in counts.items()),
            ),
            options=(
                *(
                    Option(
                        look, _("Yes: those that are {look}; the others were alive").format(look=names[look])
                    )
                    for look in counts
                ),
                Option(_NO, _("No: it means something else")),
            ),
            suggested=_suggested(table, names),
            confidence=0.6,
            file=table.file,
            sheet=table.sheet,
            cells=_first_cell(table, next(iter(counts))),
        )
    )
    return table if answer == _NO else replace(table, dead_look=answer)


def _first_cell(table: TablePlan, look: str) -> tuple[str, ...]:
    """The cell of the patient in the first row of a look."""
    patient, rows = table.of_use("patient"), table.table.rows.tolist()
    at = next(at for at, row in enumerate(rows) if table.table.sheet.row_looks.get(row) == look)
    return (table.cell(patient, at),) if patient is not None else ()


def _looks(table: TablePlan) -> Mapping[str, int]:
    """How many rows have each look that is not the usual one; {} where all look alike, or are banded."""
    rows = table.table.rows.tolist()
    looks = [table.table.sheet.row_looks.get(row, "") for row in rows]
    usual = Counter(looks).most_common(1)[0][0] if looks else ""
    others = [row for row, look in zip(rows, looks, strict=True) if look not in ("", usual)]
    banded = len(others) > 2 and 2 * len(others) >= len(rows) - 1 and len({row % 2 for row in others}) == 1
    counts = Counter(look for look in looks if look not in ("", usual))
    return {} if banded else dict(counts.most_common(_MOST_LOOKS))


def _suggested(table: TablePlan, names: Mapping[str, str]) -> str:
    """The look that a note or title speaks of beside a word for death, "no" for none."""
    sheet = table.table.sheet
    rows = [row for row, reason in table.table.ignored.items() if reason in ("note", "title", "section")]
    texts = [sheet.text(row, column) for row in rows for column in range(min(sheet.n_columns, 10))]
    for text in (*texts, *table.table.titles):
        words = plain_name(text).split()
        if any(status_meant(word) == codes.DEAD for word in words):
            spoken = [look for look, name in names.items() if plain_name(name)[:4] in plain_name(text)]
            if spoken or len(names) == 1:
                return (spoken or list(names))[0]
    return _NO


def _name(look: str) -> str:
    """What people call a look: red, grey, struck out."""
    if look == _STRUCK:
        return _("struck out")
    hue, light, strong = colorsys.rgb_to_hls(*(int(look[place : place + 2], 16) / 255 for place in (0, 2, 4)))
    if strong < 0.15 or light < 0.1:
        return _("grey")
    names = ((15, _("red")), (45, _("orange")), (70, _("yellow")), (170, _("green")), (260, _("blue")))
    degrees = 360 * hue
    return next(
        (name for limit, name in names if degrees < limit), _("violet") if degrees < 330 else _("red")
    )
