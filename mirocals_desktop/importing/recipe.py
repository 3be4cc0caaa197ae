"""Recipes: the answers given to one import, for the next file of its shape, and what drifted since.

A recipe is plain data: the shape of each table (headers, units, decimal sign, order of dates) and the answer
to every question. Tables of another file are matched by their headers, not by the name of sheet or file.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from rapidfuzz import fuzz

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.missing import missing_reason
from mirocals_desktop.importing.model import Question
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan
from mirocals_desktop.importing.values import choice_key

VERSION: Final = 1
_SAME_SHAPE: Final = 0.5
_RENAMED: Final = 75
_SEPARATOR: Final = "|"
_ENOUGH: Final = 5
_JUMP: Final = 20.0
_MOST_CODES: Final = 40
OF_ONE_FILE: Final = frozenset({"conflict", "patient-id", "date-swap", "unit-jump", "blanks"})
"""Kinds of questions whose answers in one file say nothing about the next."""


@dataclass(frozen=True)
class ColumnShape:
    """A column as a recipe remembers it: the `middle` of its numbers, the `codes` of its choices."""

    key: str
    header: str
    position: int
    unit: str = ""
    decimal: str = ""
    order: str = ""
    middle: float | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableShape:
    """A table as a recipe remembers it."""

    key: str
    sheet: str
    columns: tuple[ColumnShape, ...]


@dataclass(frozen=True)
class Recipe:
    """The answers to an import's questions, with the shapes of its tables. `name` is for people."""

    name: str = ""
    tables: tuple[TableShape, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    def for_other_files(self) -> Recipe:
        """The recipe without what was answered about single patients and cells: it says nothing elsewhere."""
        kept = {q: a for q, a in self.answers.items() if q.split(_SEPARATOR)[0] not in OF_ONE_FILE}
        return replace(self, answers=kept)


def make_recipe(
    name: str, tables: Sequence[TablePlan], questions: Iterable[Question], *, blinded: bool = False
) -> Recipe:
    """The recipe of an import: every question with its answer, or the suggestion that was taken.

    That of a `blinded` study keeps nothing of the values, whoever imports: everybody may read it.
    """
    shapes = tuple(
        TableShape(
            table.key,
            table.sheet,
            tuple(
                ColumnShape(
                    column.key,
                    column.header.text,
                    column.place.column,
                    column.header.unit,
                    column.profile.decimal,
                    column.profile.orders.proved,
                    None if blinded else middle_of(column),
                    () if blinded else codes_of(column),
                )
                for column in table.columns
            ),
        )
        for table in tables
        if table.used
    )
    return Recipe(name, shapes, {question.id: question.chosen for question in questions})


def middle_of(column: ColumnPlan) -> float | None:
    """The middle of the numbers of a column in the protocol's unit as its header has it; None with few."""
    measured = column.variable is not None and column.variable.kind in ("number", "integer")
    numbers = column.profile.numbers[np.isfinite(column.profile.numbers)]
    if column.sealed or not measured or numbers.size < _ENOUGH:
        return None
    return float(f"{float(np.median(numbers)) * (column.unit.factor if column.unit else 1.0):.6g}")


def codes_of(column: ColumnPlan) -> tuple[str, ...]:
    """The spellings of a column of choices."""
    if column.sealed or column.variable is None or column.variable.kind != "choice":
        return ()
    words = {choice_key(text) for text in column.profile.texts if not missing_reason(text)}
    words |= {f"{number:g}" for number in set(column.profile.numbers[:_MOST_CODES].tolist())}
    return tuple(sorted(words - {""}))[:_MOST_CODES]


def is_jump(before: float | None, now: float | None) -> bool:
    """Whether the middle of a column's numbers is so far off that its unit may have changed."""
    return bool(before and now and before * now > 0 and not 1 / _JUMP < now / before < _JUMP)


def middles_of(
    recipe: Recipe, match: Match, headers: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], float]:
    """(table, column) of the files -> the middle of its numbers in earlier files."""
    shapes = {shape.key: shape for shape in recipe.tables}
    renamed = _renamed_columns(recipe, headers, match.keys)
    return {
        (table, renamed.get((table, column.key), column.key)): column.middle
        for table, old in match.keys.items()
        for column in shapes[old].columns
        if column.middle is not None
    }


def to_json(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain data."""
    return {
        "version": VERSION,
        "name": recipe.name,
        "tables": [
            {"key": t.key, "sheet": t.sheet, "columns": [dict(vars(c)) for c in t.columns]}
            for t in recipe.tables
        ],
        "answers": dict(recipe.answers),
    }


def from_json(data: object) -> Recipe:
    """A recipe from plain data. AppError when it is none, or one of a newer version."""
    if not isinstance(data, Mapping) or not isinstance(data.get("answers"), Mapping):
        raise AppError(
            _("This is no import recipe."), hint=_("A recipe is a JSON file with the answers of an import.")
        )
    if data.get("version", VERSION) != VERSION:
        raise AppError(_("This recipe comes from another version of the program."), hint=_("Make it again."))
    try:
        tables = tuple(
            TableShape(str(t["key"]), str(t["sheet"]), tuple(_column_shape(c) for c in t["columns"]))
            for t in data.get("tables", ())
        )
    except (KeyError, TypeError) as error:
        raise AppError(_("This recipe is damaged: its tables cannot be read.")) from error
    answers = {str(key): str(value) for key, value in data["answers"].items()}
    return Recipe(str(data.get("name", "")), tables, answers)


def _column_shape(data: Mapping[str, Any]) -> ColumnShape:
    return ColumnShape(**{**data, "codes": tuple(str(code) for code in data.get("codes", ()))})


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file. AppError with a sentence when it cannot be read."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise AppError(_("The recipe {file} cannot be read.").format(file=path.name)) from error
    except ValueError as error:
        raise AppError(
            _("The recipe {file} is no JSON.").format(file=path.name), hint=_("Choose a recipe file.")
        ) from error


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write the recipe to a file, as JSON that people can read. AppError when it cannot be written."""
    text = json.dumps(to_json(recipe), indent=2, ensure_ascii=False) + "\n"
    part = path.with_name(f"{path.name}.part")  # a recipe that was there stays until the new one is whole
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise AppError(
            _("The recipe {file} cannot be written.").format(file=path.name),
            hint=_("Choose another folder."),
        ) from error


@dataclass(frozen=True)
class Match:
    """How a recipe fits tables: table key -> the recipe's key, and the answers in the tables' own keys."""

    keys: Mapping[str, str]
    answers: Mapping[str, str]


def match_recipe(recipe: Recipe, headers: Mapping[str, Sequence[str]]) -> Match:
    """Fit a recipe to tables, given as table key -> column keys; answers for no table are left out."""
    keys: dict[str, str] = {}
    free = list(recipe.tables)
    scored = sorted(
        (
            (_overlap([c.key for c in shape.columns], columns) + (0.05 if shape.key == key else 0.0), key, n)
            for key, columns in headers.items()
            for n, shape in enumerate(free)
        ),
        key=lambda item: -item[0],
    )
    taken: set[int] = set()
    for score, key, n in scored:
        if score >= _SAME_SHAPE and key not in keys and n not in taken:
            keys[key] = free[n].key
            taken.add(n)
    renamed = {old: new for new, old in keys.items()}
    known = {shape.key for shape in recipe.tables}
    answers: dict[str, str] = {}
    columns = _renamed_columns(recipe, headers, keys)
    for question, answer in recipe.answers.items():
        parts = question.split(_SEPARATOR)
        if len(parts) > 1 and parts[1] in known:
            if parts[1] not in renamed:
                continue
            table = renamed[parts[1]]
            if len(parts) > 2:
                parts[2] = columns.get((table, parts[2]), parts[2])
            parts[1] = table
            answer = columns.get((table, answer), answer) if parts[0] == "patient" else answer
        answers[_SEPARATOR.join(parts)] = answer
    return Match(keys, answers)


def _overlap(old: Sequence[str], new: Sequence[str]) -> float:
    both = set(old) & set(new)
    return len(both) / max(len(old), len(new), 1)


def _renamed_columns(
    recipe: Recipe, headers: Mapping[str, Sequence[str]], keys: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """(table, column of the recipe) -> column of the file, for columns whose header changed a little."""
    shapes = {shape.key: shape for shape in recipe.tables}
    renamed = {}
    for table, old_key in keys.items():
        old = [column.key for column in shapes[old_key].columns]
        gone = [key for key in old if key not in headers[table]]
        fresh = [key for key in headers[table] if key not in old]
        for key in gone:
            best = max(fresh, key=lambda new: fuzz.ratio(key, new), default="")
            if best and fuzz.ratio(key, best) >= _RENAMED:
                renamed[table, key] = best
                fresh.remove(best)
    return renamed


def tell_drift(recipe: Recipe, match: Match, tables: Sequence[TablePlan], issues: IssueList) -> None:
    """Say what changed in a file of a known shape: columns, units, decimal signs, orders of dates."""
    shapes = {shape.key: shape for shape in recipe.tables}
    headers = {table.key: [column.key for column in table.columns] for table in tables}
    renamed = _renamed_columns(recipe, headers, match.keys)
    for table in tables:
        if table.key not in match.keys:
            continue
        shape = shapes[match.keys[table.key]]
        old = {renamed.get((table.key, c.key), c.key): c for c in shape.columns}
        for column in table.columns:
            before = old.get(column.key)
            for code, sentence in _drift_of(before, column.title, column, shape):
                issues.add(
                    "warning" if code != "drift-moved" else "note",
                    code,
                    sentence,
                    table=table,
                    row=table.table.header_rows[-1] if table.table.header_rows else 0,
                    column=column.place.column,
                )
        gone = [c for key, c in old.items() if table.column(key) is None]
        for column_shape in gone:
            issues.add(
                "warning",
                "drift-missing",
                _("The column “{header}” of earlier files is not there any more.").format(
                    header=column_shape.header
                ),
                table=table,
            )


def _drift_of(
    before: ColumnShape | None, title: str, column: ColumnPlan, shape: TableShape
) -> list[tuple[str, str]]:
    if before is None:
        return [("drift-new", _("The column “{header}” was not in earlier files.").format(header=title))]
    found = []
    if before.key != column.key:
        found.append(
            (
                "drift-renamed",
                _("“{new}” is taken for the earlier “{old}”.").format(new=title, old=before.header),
            )
        )
    if before.unit != column.header.unit:
        found.append(
            (
                "drift-unit",
                _("“{header}” was in “{old}” and is now in “{new}”.").format(
                    header=title, old=before.unit or "–", new=column.header.unit or "–"
                ),
            )
        )
    if before.decimal and column.profile.decimal and before.decimal != column.profile.decimal:
        found.append(
            ("drift-decimal", _("“{header}” is now written with another decimal sign.").format(header=title))
        )
    order = column.profile.orders.proved
    if before.order and order and before.order != order:
        found.append(
            (
                "drift-date-order",
                _("The dates of “{header}” are now written in another order.").format(header=title),
            )
        )
    if before.middle is not None and is_jump(before.middle, middle_of(column)):
        found.append(
            (
                "drift-jump",
                _(
                    "The values of “{header}” are far from those of earlier files: their middle was {old}."
                ).format(header=title, old=amount(before.middle)),
            )
        )
    fresh = [code for code in codes_of(column) if code not in before.codes] if before.codes else []
    if fresh:
        found.append(
            (
                "drift-coding",
                _("“{header}” has words that earlier files had not: {words}.").format(
                    header=title, words=", ".join(fresh[:10])
                ),
            )
        )
    others = [c.position for c in shape.columns]
    if not found and before.position != column.place.column and others:
        found.append(
            (
                "drift-moved",
                _("“{header}” has moved from column {old} to {new}.").format(
                    header=title,
                    old=cell_name(0, before.position)[:-1],
                    new=cell_name(0, column.place.column)[:-1],
                ),
            )
        )
    return found
