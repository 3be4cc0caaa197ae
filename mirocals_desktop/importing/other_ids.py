"""Tables that call patients by another number, which a list or the study has beside their id: asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.plan import Asker, TablePlan, question_id
from mirocals_desktop.study.snapshot import Snapshot

_MOST: Final = 0.8
_ENOUGH: Final = 3


def join_other_ids(
    tables: Sequence[TablePlan],
    texts: Mapping[str, list[str]],
    known: Patients,
    snapshot: Snapshot,
    asker: Asker,
) -> dict[str, list[str]]:
    """The ids of each table's rows, with those of the patients for another number of theirs, if confirmed.

    "5001" of a list of allocations is patient P-001 where the list of patients has 5001 in a column of its
    own ("Rand. no."), or the study in a variable, and nobody is called 5001.
    """
    joined = dict(texts)
    for table in tables:
        ids = {normal_form(text) for text in texts[table.key]} - {""}
        if len(ids) < _ENOUGH or table.names is not None or _are_known(ids, table, tables, texts, known):
            continue
        found = _column_with(ids, table, tables, texts) or _variable_with(ids, snapshot)
        if found and _confirm(table, found, len(ids & set(found.patients)), len(ids), asker):
            own = found.patients
            joined[table.key] = [own.get(normal_form(text), text) for text in texts[table.key]]
    return joined


@dataclass(frozen=True)
class _Numbers:
    """Another number of each patient (its normal form -> patient): what it is called, where, and its key."""

    title: str
    where: str
    key: tuple[str, ...]
    patients: Mapping[str, str]


def _variable_with(ids: set[str], snapshot: Snapshot) -> _Numbers | None:
    """The variable of the study that has these numbers, another one for each patient."""
    for variable in snapshot.protocol.of_scope("patient"):
        if variable.kind in ("date", "choice") or variable.code not in snapshot.patients.columns:
            continue
        stored = snapshot.patients[variable.code]
        texts = {str(patient): _written(value) for patient, value in stored.items()}
        forms = {patient: form for patient, text in texts.items() if (form := normal_form(text))}
        own = {form: patient for patient, form in forms.items()}
        if len(own) == len(forms) and len(ids & set(own)) >= _MOST * len(ids):
            return _Numbers(str(variable.label), _("the study"), (variable.code,), own)
    return None


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


def _written(value: object) -> str:
    """A stored value as a file would write the number, "" for none."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.0f}" if value.is_integer() else f"{value}"
    return str(value)


def _column_with(
    ids: set[str], table: TablePlan, tables: Sequence[TablePlan], texts: Mapping[str, list[str]]
) -> _Numbers | None:
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
                pairs = zip(other.table.texts(column.place), texts[other.key], strict=True)
                own = {normal_form(number): text for number, text in pairs if normal_form(number) and text}
                return _Numbers(column.title, other.sheet, (other.key, column.key), own)
    return None


def _confirm(table: TablePlan, found: _Numbers, matched: int, total: int, asker: Asker) -> bool:
    patient = table.of_use("patient")
    answer = asker.ask(
        Question(
            id=question_id("other-ids", table.key, *found.key),
            kind="patient",
            text=_(
                "Patients of {sheet} are called by the “{header}” of {other}. Are they those patients?"
            ).format(sheet=table.sheet, header=found.title, other=found.where),
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
