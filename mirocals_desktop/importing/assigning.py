"""Which column is which variable: each variable goes to the column whose guess fits it best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.seen import Seen
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.protocol import codes

_MARGIN: Final = 0.1
_WORD_FOR_WORD: Final = 0.99
_SURE: Final = 0.75


def assign_guesses(
    seen: Sequence[Seen], guesses: dict[str, list[Guess]], chosen: dict[str, tuple[str, float]]
) -> None:
    """Give each column its best guess; a variable (at one visit) goes to the column that fits it best."""
    taken: set[tuple[str, str]] = set()
    offers = sorted(
        (
            (guess.score, -n, guess.choice, column)
            for n, column in enumerate(seen)
            if not column.header.part or column.profile.dates > 0.5
            for guess in guesses[column.key]
        ),
        key=lambda item: (item[0], item[1]),
        reverse=True,
    )
    for score, _n, choice, column in offers:
        if column.key in chosen:
            continue
        target = (choice, column.header.visit + ("|" + column.header.part if column.header.part else ""))
        if target in taken or score < 0.45:
            continue
        taken.add(target)
        rival = max(
            (
                g.score
                for g in guesses[column.key]
                if g.choice != choice and (g.choice, column.header.visit) not in taken
            ),
            default=0.0,
        )
        score = min(score, 1.0)
        chosen[column.key] = (
            choice,
            score if score - rival >= _MARGIN or score >= 0.999 > rival + 0.02 else min(score, 0.7),
        )


def share_contacts(
    seen: Sequence[Seen],
    guesses: dict[str, list[Guess]],
    chosen: dict[str, tuple[str, float]],
    table: Table,
) -> None:
    """Read several dates of last contact that never stand in one row ("PDV le", "Vivant le"), but ask."""
    choice = f"var:{codes.LAST_CONTACT_DATE}"
    taken = [column for column in seen if chosen.get(column.key, ("", 0.0))[0] == choice]
    for column in seen:
        best = guesses[column.key][:1]
        if not taken or column.key in chosen or not best or best[0].choice != choice:
            continue
        kinds = table.sheet.columns[column.place.column].kinds[table.rows]
        if not any(
            ((kinds != 0) & (table.sheet.columns[one.place.column].kinds[table.rows] != 0)).any()
            for one in taken
        ):
            chosen[column.key] = (choice, 0.7)
            taken.append(column)


def doubt_rivals(
    seen: Sequence[Seen], guesses: dict[str, list[Guess]], chosen: dict[str, tuple[str, float]]
) -> None:
    """Doubt a variable that a column left over could be as well: of two laboratories none is sure.

    A column whose header is a name of the variable word for word stays what it is.
    """
    taken = {
        (choice, column.header.visit, column.header.part): column.key
        for column in seen
        for choice, _score in [chosen.get(column.key, ("", 0.0))]
        if choice.startswith("var:")
    }
    for column in seen:
        best = guesses[column.key][0] if guesses[column.key] else None
        if column.key in chosen or best is None or best.score < _SURE or not column.profile.said:
            continue
        winner = taken.get((best.choice, column.header.visit, column.header.part), "")
        if winner and chosen[winner][1] < _WORD_FOR_WORD and chosen[winner][1] - best.score < _MARGIN:
            chosen[winner] = (best.choice, min(chosen[winner][1], 0.7))
