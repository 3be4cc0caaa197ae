"""Results by barcode or well, whose patients and visits a list of samples has: confirmed, and joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.plan import (
    Asker,
    ColumnPlan,
    Layout,
    SampleNames,
    TablePlan,
    question_id,
)
from mirocals_desktop.importing.series import header_word
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study.snapshot import Snapshot

_MOST: Final = 0.8
_ENOUGH: Final = 3
_SAMPLE: Final = "sample_id"
_VISIT_OF_SAMPLE: Final = "sample_visit"

_Places = dict[str, tuple[str, str]]
"""The patient and the visit of each sample, by the normal form of its name."""


def with_sample_lists(
    tables: Sequence[TablePlan], known: Patients, snapshot: Snapshot, asker: Asker
) -> list[TablePlan]:
    """The plans of results that name samples alone, with the patient and the visit that a list has for each.

    "BX00012" of a table of results is FR01-001 at V2 where a list of samples, the layout of a plate or
    the study's own log of samples says so, and nobody is called "BX00012".
    """
    return [_joined(table, tables, known, snapshot, asker) for table in tables]


def _joined(
    table: TablePlan, tables: Sequence[TablePlan], known: Patients, snapshot: Snapshot, asker: Asker
) -> TablePlan:
    named = table.of_use("patient")
    timed = table.of_use("visit") or any(column.visit for column in table.columns)
    if not table.used or table.log or named is None or timed or table.visit or table.names is not None:
        return table
    texts = {text for text in table.table.texts(named.place) if normal_form(text)}
    if len(texts) < _ENOUGH or sum(bool(known.find(text)) for text in texts) > (1 - _MOST) * len(texts):
        return table
    for where, key, places in _everywhere(table, tables, snapshot):
        parts = {text: places[form] for text in texts if (form := normal_form(text)) in places}
        if len(parts) < _MOST * len(texts):
            continue
        if not _confirm(table, named, where, key, parts, len(texts), asker):
            return table
        columns = tuple(_of_visits(one, snapshot.protocol) for one in table.columns)
        names = SampleNames(named.place.column, parts, tells_patient=True)
        return replace(table, names=names, columns=columns, layout=_layout(table))
    return table


def _layout(table: TablePlan) -> Layout:
    return "visits" if table.layout == "patients" else table.layout


def _of_visits(column: ColumnPlan, protocol: Protocol) -> ColumnPlan:
    """A column whose variable is new belongs to the visit of its sample, and not to the patient."""
    variable = column.variable
    if variable is None or variable.scope != "patient" or protocol.variable(variable.code) is not None:
        return column
    return replace(column, variable=replace(variable, scope="visit"))


def _everywhere(
    table: TablePlan, tables: Sequence[TablePlan], snapshot: Snapshot
) -> Iterator[tuple[str, tuple[str, ...], _Places]]:
    """Every list of samples: what it is called, what tells it from the others, and its samples."""
    for listed in tables:
        for column, places in _lists(listed) if listed is not table and listed.used else ():
            yield listed.sheet, (listed.key, column.key), places
    stored = snapshot.logs.get(codes.LOG_SAMPLE)
    if stored is not None and {_SAMPLE, _VISIT_OF_SAMPLE} <= set(stored.columns):
        rows = zip(stored[_SAMPLE], stored["patient"], stored[_VISIT_OF_SAMPLE], strict=True)
        samples = {normal_form(str(name)): (str(who), str(visit)) for name, who, visit in rows}
        yield _("the study"), (_SAMPLE,), {form: pair for form, pair in samples.items() if form and all(pair)}


def _lists(listed: TablePlan) -> Iterator[tuple[ColumnPlan, _Places]]:
    """Each column of a table that names another sample in each row, with their patients and visits."""
    patient, told = listed.of_use("patient"), listed.names
    visit = listed.of_use("visit") or listed.with_variable(_VISIT_OF_SAMPLE)
    if patient is None or (visit is None and told is None):
        return
    whose = listed.table.texts(patient.place)
    if told is not None:
        pairs = [told.parts.get(text, ("", "")) for text in whose]
    else:
        assert visit is not None  # or neither told the visit
        word = header_word(visit)
        visits = [f"{word} {text}" if text.isdigit() else text for text in listed.table.texts(visit.place)]
        pairs = list(zip(whose, visits, strict=True))
    for column in listed.columns:
        if column in (patient, visit) or column.profile.dates > 0.5:
            continue
        forms = [normal_form(text) for text in listed.table.texts(column.place)]
        said = [form for form in forms if form]
        if len(said) >= _ENOUGH and len(set(said)) == len(said):
            yield (
                column,
                {form: pair for form, pair in zip(forms, pairs, strict=True) if form and all(pair)},
            )


def _confirm(
    table: TablePlan,
    named: ColumnPlan,
    where: str,
    key: tuple[str, ...],
    parts: _Places,
    total: int,
    asker: Asker,
) -> bool:
    sample, (patient, visit) = next(iter(sorted(parts.items())))
    answer = asker.ask(
        Question(
            id=question_id("sample-list", table.key, *key),
            kind="visit",
            text=_(
                "Is “{sample}” of {sheet} the sample of patient {patient} at {visit} that {other} lists?"
            ).format(sample=sample, sheet=table.sheet, patient=patient, visit=visit, other=where),
            options=(
                Option("both", _("Yes: each takes patient and visit from that list")),
                Option("no", _("No: these are only names")),
            ),
            suggested="both",
            confidence=0.7,
            evidence=(
                _("{count} of {total} are there").format(count=amount(len(parts)), total=amount(total)),
            ),
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(named),),
        )
    )
    return answer == "both"
