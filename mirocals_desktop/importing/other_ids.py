"""Tables that call patients by another number, which a list has beside their own id: asked, and joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id

_MOST: Final = 0.8
_ENOUGH: Final = 3


def join_other_ids(
    tables: Sequence[TablePlan], texts: Mapping[str, list[str]], known: Patients, asker: Asker
) -> dict[str, list[str]]:
    """The ids of each table's rows, with those of the patients for another number of theirs, if confirmed.

    "5001" of a list of allocations is patient P-001 where the list of patients has 5001 in a column of its
    own ("Rand. no.") and nobody is called 5001.
    """
    joined = dict(texts)
    for table in tables:
        ids = {normal_form(text) for text in texts[table.key]} - {""}
        if len(ids) < _ENOUGH or table.names is not None or _are_known(ids, table, tables, texts, known):
            continue
        found = _column_with(ids, table, tables)
        if found is None:
            continue
        listed, column = found
        own = {
            normal_form(other): text
            for other, text in zip(listed.table.texts(column.place), texts[listed.key], strict=True)
            if normal_form(other) and text
        }
        if _confirm(table, listed, column, len(ids & set(own)), len(ids), asker):
            joined[table.key] = [own.get(normal_form(text), text) for text in texts[table.key]]
    return joined


def _are_known(
    ids: set[str],
    table: TablePlan,
    tables: Sequence[TablePlan],
    texts: Mapping[str, list[str]],
    known: Patients,
) -> bool:
    """Whether some of these ids are patients' own, of the study or of another table."""
    others = {normal_form(text) for one in tables if one is not table for text in texts[one.key]}
    return sum(one in others or bool(known.find(one)) for one in ids) > (1 - _MOST) * len(ids)


def _column_with(
    ids: set[str], table: TablePlan, tables: Sequence[TablePlan]
) -> tuple[TablePlan, ColumnPlan] | None:
    """The column of another table that has these numbers, another one in each row."""
    for other in tables:
        if other is table or other.log or other.of_use("patient") is None:
            continue
        for column in other.columns:
            profile = column.profile
            if column.use == "patient" or profile.dates > 0.5 or profile.said < _MOST * len(ids):
                continue
            forms = [form for text in other.table.texts(column.place) if (form := normal_form(text))]
            if len(set(forms)) == len(forms) and len(ids & set(forms)) >= _MOST * len(ids):
                return other, column
    return None


def _confirm(
    table: TablePlan, listed: TablePlan, column: ColumnPlan, matched: int, total: int, asker: Asker
) -> bool:
    patient = table.of_use("patient")
    answer = asker.ask(
        Question(
            id=question_id("other-ids", table.key, listed.key, column.key),
            kind="patient",
            text=_(
                "Patients of {sheet} are called by the “{header}” of {other}. Are they those patients?"
            ).format(sheet=table.sheet, header=column.title, other=listed.sheet),
            options=(
                Option("same", _("Yes: join them by that number")),
                Option("no", _("No: they are patients of their own")),
            ),
            suggested="same",
            confidence=0.8,
            evidence=(_("{count} of {total} are there").format(count=amount(matched), total=amount(total)),),
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(patient),) if patient is not None else (),
        )
    )
    return answer == "same"
