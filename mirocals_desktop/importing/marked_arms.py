"""The arm that a mark in one of several columns tells ("IL-2 | Placebo", an X in one of them): asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext, quoted
from mirocals_desktop.importing.coding import YES, Codings
from mirocals_desktop.importing.grid import Booleans
from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.header_words import means_arm, means_status
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import TablePlan, question_id
from mirocals_desktop.importing.seen import Context, Seen, header_cell
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.sheet_arms import (
    is_name_of_arm,
    label_of_arm,
    named_arms,
    names_of_arms,
    series_of_table,
)
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable

_NO: Final = frozenset(("", "0", "n", "no", "non", "false", "faux", "-", "\u2610"))
_NUMBERED: Final = re.compile(r"(?:arm|bras|group|groupe|grp|gp|cohorte?|trt|ttt) \w{1,3}")
_ARM: Final = f"var:{codes.ARM}"
_MOST: Final = 0.5
_NEARLY_ALL: Final = 0.95


def find_arm_marks(
    table: Table, seen: Sequence[Seen], guesses: Mapping[str, Sequence[Guess]], context: Context
) -> dict[str, Booleans]:
    """The columns named by arms that are marked in turn, by their keys: which rows each of them marks.

    Several columns that name arms, or one and its neighbours as long as nearly every row is marked in one.
    """
    if context.protocol.variable(codes.ARM) is None:
        return {}
    names = names_of_arms(context.protocol)
    marked = {column.key: marks for column in seen if (marks := _marks(table, column)) is not None}
    telling = [column.key for column in seen if column.key in marked and _tells_arm(column, names)]
    if not telling or any(
        column.key not in marked and guesses[column.key][:1] and guesses[column.key][0].choice == _ARM
        for column in seen
    ):
        return {}
    if len(telling) == 1:
        telling = _with_neighbours(telling[0], [column.key for column in seen], marked)
    counts = np.sum([marked[key] for key in telling], axis=0)
    once, some = int((counts == 1).sum()), int((counts > 0).sum())
    if len(telling) < 2 or once < _NEARLY_ALL * some or some < _MOST * len(table.rows):
        return {}
    return {key: marked[key] for key in telling}


def _marks(table: Table, column: Seen) -> Booleans | None:
    """Which rows a column marks, where it says nothing but marks."""
    profile = column.profile
    if column.header.visit or not 1 <= profile.distinct <= 2 or profile.date_cells:
        return None
    said = [choice_key(text) for text in table.texts(column.place)]
    marks = np.array([key in YES for key in said], dtype=bool)
    return marks if marks.any() and set(said) <= YES | _NO else None


def _tells_arm(column: Seen, names: Mapping[str, str]) -> bool:
    plain = plain_name(column.header.text)
    labels = column.place.labels or ("",)
    if means_status(labels[-1]):
        return False
    grouped = len(labels) > 1 and means_arm(labels[0])
    named = bool(named_arms(plain, names)) or is_name_of_arm(plain)
    return grouped or named or bool(_NUMBERED.fullmatch(plain))


def _with_neighbours(key: str, keys: Sequence[str], marked: Mapping[str, Booleans]) -> list[str]:
    """A column and those beside it that mark other rows, if they mark nearly all rows together."""
    place = keys.index(key)
    taken, rows = [key], marked[key]
    for beside in (keys[place + 1 :], keys[:place][::-1]):
        for other in beside:
            if other not in marked or (marked[other] & rows).any() or rows.mean() >= _NEARLY_ALL:
                break
            taken, rows = [*taken, other], rows | marked[other]
    return sorted(taken, key=keys.index) if rows.mean() >= _NEARLY_ALL else [key]


def ask_arm_marks(
    key: str, file: str, table: Table, seen: Sequence[Seen], marked: Mapping[str, Booleans], context: Context
) -> dict[str, str]:
    """The name of the arm of each marked column, by its key, where somebody confirms it."""
    if not marked:
        return {}
    columns = [column for column in seen if column.key in marked]
    counts = np.sum([marked[column.key] for column in columns], axis=0)
    headers = [quoted(column.place.labels[-1]) for column in columns]
    evidence = (
        []
        if context.blinded
        else [
            ngettext("{name}: {count} row", "{name}: {count} rows", int(marked[column.key].sum())).format(
                name=name, count=amount(int(marked[column.key].sum()))
            )
            for name, column in zip(headers, columns, strict=True)
        ]
    )
    for wrong, text in (
        (int((counts == 0).sum()), _("{count} of {total} rows have no mark")),
        (int((counts > 1).sum()), _("{count} of {total} rows have several marks")),
    ):
        if wrong:
            evidence.append(text.format(count=amount(wrong), total=amount(len(counts))))
    answer = context.asker.ask(
        Question(
            id=question_id("marked-arms", key, columns[0].key),
            kind="arm",
            text=_(
                "Rows of {sheet} are marked in one of the columns {names}. Is it the patient’s arm?"
            ).format(sheet=table.sheet.name, names=", ".join(headers)),
            options=(
                Option("arms", _("Yes: the marked column is the arm")),
                Option("no", _("No: each is a column of its own")),
            ),
            suggested="arms",
            confidence=0.8,
            evidence=tuple(evidence),
            file=file,
            sheet=table.sheet.name,
            cells=tuple(header_cell(table, column.place) for column in columns),
        )
    )
    return {c.key: label_of_arm(c.place.labels[-1]) for c in columns} if answer == "arms" else {}


def with_marked_arms(tables: Sequence[TablePlan], protocol: Protocol, codings: Codings) -> list[TablePlan]:
    """The plans, their marked columns with the codes of arms; `codings` gains the arms that are new."""
    names = names_of_arms(protocol)
    coded = []
    for table in tables:
        found = {key: named_arms(plain_name(label), names) for key, label in table.arm_marks.items()}
        known = {key: arms.copy().pop() for key, arms in found.items() if len(arms) == 1}
        if len(set(known.values())) < len(known):
            known = {}  # "IL-2 low" and "IL-2 high" are not one arm
        marks = {key: known.get(key) or codings.add_arm(label) for key, label in table.arm_marks.items()}
        coded.append(replace(table, arm_marks=marks))
    return coded


def series_of_marks(table: TablePlan, whose: Whose, variable: Variable) -> Iterator[Series]:
    """The arm of the patients that each column marks, once for each of them."""
    for column in table.columns:
        arm = table.arm_marks.get(column.key)
        if arm and column.use == "part":
            said = [choice_key(text) for text in table.table.texts(column.place)]
            only = np.array([key in YES for key in said], dtype=bool)
            told = series_of_table(table, whose, variable, arm, only=only)
            yield replace(told, column=replace(column, use="variable", variable=variable))
