"""Which columns of a blinded study tell what it seals: nobody can say that they are something open.

An arm that is taken for a site, or Tregs taken for a weight, would be shown and stored for everybody to see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.seen import Context, Seen, numbers_of
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.words import PATIENT_WORDS, VISIT_WORDS, plain_name
from mirocals_desktop.protocol import codes

_LIKELY: Final = 0.5
_MOST: Final = 0.5
_FEW: Final = 20
_ENOUGH_ROWS: Final = 6


def guarded_columns(
    table: Table, seen: Sequence[Seen], guesses: Mapping[str, Sequence[Guess]], context: Context
) -> frozenset[str]:
    """The keys of the columns that tell a sealed variable; none in an open study.

    By the header, by the names of arms in the cells, or, for a column that nobody knows, because it says the
    arm of each row in other words.
    """
    if not context.blinded:
        return frozenset()
    guarded = {
        column.key
        for column in seen
        if _is_sealed(_best(guesses[column.key]), context) or _names_arms(column, context)
    }
    arms = [column for column in seen if _best(guesses[column.key]) == f"var:{codes.ARM}"]
    for column in seen:
        named = any(plain_name(name) in PATIENT_WORDS | VISIT_WORDS for name in column.names)
        if column.key not in guarded and not guesses[column.key] and not named:
            guarded.update(column.key for arm in arms if _same_parting(table, column, arm))
    return frozenset(guarded)


def may_be(choice: str, context: Context) -> bool:
    """Whether a guarded column may be taken for this: a sealed variable, or left out."""
    return choice.partition("/")[0] == "left_out" or _is_sealed(choice, context)


def _best(guesses: Sequence[Guess]) -> str:
    return guesses[0].choice if guesses and guesses[0].score >= _LIKELY else ""


def _is_sealed(choice: str, context: Context) -> bool:
    variable = context.protocol.variable(choice.removeprefix("var:")) if choice.startswith("var:") else None
    return variable is not None and variable.seal != "never"


def _names_arms(column: Seen, context: Context) -> bool:
    """Whether the cells are names of the protocol's arms; a single letter is the name of too many things."""
    names = {
        choice_key(name)
        for arm in context.protocol.arms
        for name in (arm.code, arm.label.en, arm.label.fr, *arm.synonyms)
        if len(name.strip()) > 1
    }
    said = sum(count for text, count in column.profile.texts.items() if choice_key(text) in names)
    return column.profile.said > 0 and column.profile.share(said) > _MOST


def _same_parting(table: Table, column: Seen, arm: Seen) -> bool:
    """Whether two columns part the rows in the same way: each word of one stands beside one of the other."""
    if len(table.rows) < _ENOUGH_ROWS or column.profile.distinct > _FEW or arm.profile.distinct > _FEW:
        return False
    count = len(table.rows)
    first = numbers_of(table, column.place, choice_key, count)
    second = numbers_of(table, arm.place, choice_key, count)
    both = (first > 0) & (second > 0)
    pairs = np.unique(np.stack([first[both], second[both]], axis=1), axis=0)
    size = len(pairs)
    return size > 1 and size == len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1]))
