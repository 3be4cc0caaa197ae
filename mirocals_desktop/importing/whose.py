"""Whose each row is: patients of the study and of the import matched, unknown and missing ids set apart.

A table that lists patients (arm, sex, randomisation ...) brings patients; any other table speaks of patients
that a list or the study knows. Where there is neither, the first table to name patients makes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.batch import Ints, Small, Words
from mirocals_desktop.importing.centre_ids import join_centres
from mirocals_desktop.importing.grid import Booleans, cell_name
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.other_ids import join_other_ids
from mirocals_desktop.importing.patients import (
    Patients,
    Prefix,
    collect_patients,
    find_inside,
    find_prefix,
    find_slips,
    near_patients,
    normal_form,
    same_signs,
    tidy_id,
)
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.values import Rows
from mirocals_desktop.study.snapshot import Snapshot

_ASKED_PATIENTS: Final = 50
_TYPED_ONCE: Final = 0.2
_NAMED: Final = 10


class RowState(IntEnum):
    """What a data row is taken for."""

    TAKEN = 0
    NO_ID = 1
    UNKNOWN = 2
    DUPLICATE = 3


@dataclass(eq=False)
class TableRows:
    """The data rows of one table: whose each is (a number of `Words`, 0: nobody's), and its state."""

    table: TablePlan
    texts: list[str]
    patient: Ints
    state: Small

    @property
    def taken(self) -> Booleans:
        """The rows that are read."""
        return np.asarray(self.state == RowState.TAKEN)


@dataclass(eq=False)
class Whose:
    """The patients of an import: their words, each table's rows, new patients, and spellings to remember."""

    words: Words
    rows: dict[str, TableRows]
    known: Patients
    new: list[str] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)

    def named(self) -> frozenset[str]:
        """The patients whom a row names, whatever becomes of the row."""
        names = self.words.array()
        numbers = {number for rows in self.rows.values() for number in np.unique(rows.patient).tolist()}
        return frozenset(str(names[number]) for number in numbers if number)


def is_patient_list(table: TablePlan) -> bool:
    """Whether a table lists patients: it holds what is said once of a patient, and few other things.

    Beside measurements only what the protocol itself knows of a patient counts: a laboratory's columns of
    remarks and boxes may be new variables of the patient, and its slips in ids are no new patients.
    """
    if table.log:
        return False
    said = {
        c.variable.code: bool(c.variable.group)  # a variable that an import brought belongs to no group
        for c in table.columns
        if c.use == "variable" and c.variable and c.variable.scope == "patient"
    }
    measured = any(c.use == "variable" and c.variable and c.variable.scope == "visit" for c in table.columns)
    if measured:
        return sum(said.values()) >= 2
    return len(said) >= 2 or (bool(said) and table.layout == "patients")


def find_whose(
    tables: Sequence[TablePlan], known: Patients, asker: Asker, issues: IssueList, *, snapshot: Snapshot
) -> Whose:
    """Match the rows of every table with patients, those that are known and those of the `snapshot`."""
    used = [table for table in tables if table.used]
    texts = join_centres(used, {table.key: _ids_of(table, asker, issues) for table in used}, asker)
    texts = join_other_ids(used, texts, known, snapshot, asker)
    lists = [table for table in used if is_patient_list(table)]
    makers = lists if lists or len(known) else used
    everybody = known
    for table in makers:
        if any(_writes_prefix(texts[table.key], texts[other.key]) for other in makers if other is not table):
            continue
        listed = _listed(table, texts[table.key])
        doubtful = _doubtful(listed, known)
        everybody = collect_patients([text for text in listed if text not in doubtful], everybody)
    new = [patient for form, patient in everybody.by_form.items() if form not in known.by_form]
    words = Words()
    whose = Whose(words, {}, everybody, new)
    for table in used:
        whose.rows[table.key] = _match(table, texts[table.key], whose, asker, issues, makes=table in makers)
    for table in used:
        _note_spellings(whose.rows[table.key], whose, issues)
    if len(known) and whose.new:
        _say_new(whose.new, issues)
    return whose


def _doubtful(listed: Sequence[str], known: Patients) -> Set[str]:
    """Ids of a list that look like patients of the study, or of the list itself, in another spelling.

    They make nobody until somebody has said whose they are.
    """
    fresh = [text for text in dict.fromkeys(listed) if not known.find(text)]
    prefix = find_prefix(fresh, known)
    matched = set(prefix.matches) if prefix is not None else set()
    return matched | find_slips([text for text in fresh if text not in matched], listed, known)


def _say_new(new: Sequence[str], issues: IssueList) -> None:
    """Name the patients whom the study did not have."""
    text = ngettext(
        "{count} patient is new to the study: {patients}.",
        "{count} patients are new to the study: {patients}.",
        len(new),
    )
    named = ", ".join(new[:_NAMED]) + (" …" if len(new) > _NAMED else "")
    issues.add("note", "new-patient", text.format(count=amount(len(new)), patients=named))


def _writes_prefix(texts: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the ids of a list are those of a longer one in another form: P-0012 beside 12 is nobody new."""
    ids, known = set(texts) - {""}, set(others) - {""}
    if len(known) < max(len(ids), 3):
        return False
    listed = collect_patients(sorted(known), Patients())
    unknown = [text for text in ids if not listed.find(text)]
    prefix = find_prefix(unknown, listed) if 2 * len(unknown) > len(ids) else None
    return prefix is not None and len(prefix.matches) == len(unknown)


def _listed(table: TablePlan, texts: Sequence[str]) -> list[str]:
    """The ids that make patients: of names of samples those that hold one; controls are nobody."""
    if table.names is None or not table.names.tells_patient:
        return [text for text in texts if text]
    patients = {patient for patient, _visit in table.names.parts.values()}
    return [text for text in texts if text in patients]


def _ids_of(table: TablePlan, asker: Asker, issues: IssueList) -> list[str]:
    """The id of each data row; a merged cell's goes to every row it covers, one typed once to those below."""
    column = table.of_use("patient")
    if column is None:
        return table.told_patients()
    texts = table.table.texts(column.place)
    kinds = table.table.kinds(column.place)
    wrong = set(np.flatnonzero((kinds == CellKind.ERROR) | (kinds == CellKind.FORMULA)).tolist())
    texts = ["" if n in wrong else text for n, text in enumerate(texts)] if wrong else texts
    texts = _filled_down_merged(table, column, texts)
    if table.names is not None and table.names.tells_patient:
        parts = table.names.parts
        texts = [parts[text][0] if text in parts else text for text in texts]
    texts = [text if normal_form(text) else "" for text in texts]
    blank = [n for n, text in enumerate(texts) if not text and n not in wrong]
    if not blank or not texts or not texts[0]:
        return texts
    if len(blank) >= _TYPED_ONCE * len(texts) and table.layout != "patients":
        answer = asker.ask(
            Question(
                id=question_id("typed-once", table.key),
                kind="typed-once",
                text=_("Rows of {sheet} without a patient: do they belong to the patient above?").format(
                    sheet=table.sheet
                ),
                options=(
                    Option("above", _("Yes: the id is written once for several rows")),
                    Option("nobody", _("No: set these rows apart")),
                ),
                suggested="above",
                confidence=0.8,
                evidence=(
                    ngettext("{count} row", "{count} rows", len(blank)).format(count=amount(len(blank))),
                ),
                file=table.file,
                sheet=table.sheet,
                cells=tuple(table.cell(column, n) for n in blank[:5]),
                asked=False,
            )
        )
        if answer == "above":
            issues.add(
                "note",
                "id-typed-once",
                ngettext(
                    "{count} row without an id was given to the patient above it.",
                    "{count} rows without an id were given to the patient above them.",
                    len(blank),
                ).format(count=amount(len(blank))),
                table=table,
                row=int(table.table.rows[blank[0]]),
                column=column.place.column,
                cells=[table.cell(column, n) for n in blank[:200]],
            )
            return _filled_down(texts, wrong)
    return texts


def _filled_down(texts: Sequence[str], wrong: Set[int]) -> list[str]:
    """Each blank text as the one above it, but where an error stands nobody knows whose the rows are."""
    filled, last = [], ""
    for at, text in enumerate(texts):
        last = "" if at in wrong else text or last
        filled.append(last)
    return filled


def _filled_down_merged(table: TablePlan, column: ColumnPlan, texts: list[str]) -> list[str]:
    if not table.table.sheet.merged:
        return texts
    place = {int(row): at for at, row in enumerate(table.table.rows.tolist())}
    for area in table.table.sheet.merged:
        if area.left <= column.place.column <= area.right and area.bottom > area.top:
            first = place.get(area.top)
            for row in range(area.top + 1, area.bottom + 1):
                at = place.get(row)
                if at is not None and first is not None and not texts[at].strip():
                    texts[at] = texts[first]
    return texts


def _match(
    table: TablePlan, texts: list[str], whose: Whose, asker: Asker, issues: IssueList, *, makes: bool
) -> TableRows:
    """The rows of a table; one that `makes` patients brings those whom nobody takes for others."""
    found: dict[str, str] = {}
    unknown: Counter[str] = Counter()
    for text, count in Counter(texts).items():
        name = whose.known.find(text) if text else ""
        if name:
            found[text] = name
        elif text:
            unknown[text] += count
    if unknown:
        found.update(_resolve(table, texts, unknown, whose, asker, makes=makes))
    codes = {text: whose.words[name] for text, name in found.items()}
    patient = np.fromiter((codes.get(text, 0) for text in texts), dtype=np.int64, count=len(texts))
    state = np.zeros(len(texts), dtype=np.uint8)
    state[patient == 0] = RowState.UNKNOWN
    state[[n for n, text in enumerate(texts) if not text]] = RowState.NO_ID
    rows = TableRows(table, texts, patient, state)
    _say_unknown(rows, whose, issues)
    return rows


def _resolve(
    table: TablePlan,
    texts: Sequence[str],
    unknown: Counter[str],
    whose: Whose,
    asker: Asker,
    *,
    makes: bool,
) -> Mapping[str, str]:
    """Patients for spellings that are none: by a prefix, or by what somebody answers."""
    prefix = find_prefix(list(unknown), whose.known)
    found: dict[str, str] = {}
    if prefix is not None and _ask_prefix(table, prefix, asker):
        found.update(prefix.matches)
    elif prefix is not None and makes:
        found.update((text, _make(text, whose)) for text in prefix.matches)
    column = table.of_use("patient")
    inside = find_inside([text for text in unknown if text not in found], whose.known)
    if inside and _ask_inside(table, inside, asker):
        found.update(inside)
    for text, count in list(unknown.items())[:_ASKED_PATIENTS]:
        if text in found:
            continue
        near = near_patients(text, whose.known)
        same = same_signs(text, whose.known)
        near = [same, *(patient for patient in near if patient != same)] if same else near
        answer = asker.ask(
            Question(
                id=question_id("patient-id", normal_form(text)),
                kind="patient-id",
                text=_("Patient “{patient}” of {sheet} is not in the list of patients. Who is it?").format(
                    patient=tidy_id(text), sheet=table.sheet
                ),
                options=(
                    Option("apart", _("Nobody known: set these rows apart")),
                    *(
                        Option(f"is:{patient}", _("Patient {patient}").format(patient=patient))
                        for patient in near
                    ),
                    Option("new", _("A new patient")),
                ),
                suggested=f"is:{same}" if same else "apart",
                confidence=0.6 if near else 0.8,
                evidence=(ngettext("{count} row", "{count} rows", count).format(count=amount(count)),),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column, texts.index(text)),) if column else (),
                asked=bool(near),
            )
        )
        if answer.startswith("is:"):
            found[text] = answer[3:]
            whose.spellings[normal_form(text)] = answer[3:]
        elif answer == "new":
            found[text] = _make(text, whose)
    return found


def _make(text: str, whose: Whose) -> str:
    """The patient of an id whom somebody has called a new one."""
    whose.known = collect_patients([text], whose.known)
    patient = whose.known.find(text)
    if patient not in whose.new:
        whose.new.append(patient)
    return patient


def _ask_inside(table: TablePlan, inside: Mapping[str, str], asker: Asker) -> bool:
    example, patient = next(iter(inside.items()))
    column = table.of_use("patient")
    answer = asker.ask(
        Question(
            id=question_id("id-inside", table.key),
            kind="id-prefix",
            text=_("In {sheet} names begin with the patient: is “{example}” of patient {patient}?").format(
                sheet=table.sheet, example=tidy_id(example), patient=patient
            ),
            options=(Option("same", _("Yes")), Option("different", _("No: they are other patients"))),
            suggested="same",
            confidence=0.7,
            evidence=(
                ngettext("{count} name begins so", "{count} names begin so", len(inside)).format(
                    count=amount(len(inside))
                ),
            ),
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(column),) if column else (),
        )
    )
    return answer == "same"


def _ask_prefix(table: TablePlan, prefix: Prefix, asker: Asker) -> bool:
    example, patient = next(iter(prefix.matches.items()))
    column = table.of_use("patient")
    answer = asker.ask(
        Question(
            id=question_id("id-prefix", table.key),
            kind="id-prefix",
            text=_("In {sheet} patients are written “{example}”: is that patient {patient}?").format(
                sheet=table.sheet, example=tidy_id(example), patient=patient
            ),
            options=(
                Option("same", _("Yes: only the prefix differs")),
                Option("different", _("No: they are other patients")),
            ),
            suggested="same",
            confidence=0.7,
            evidence=(
                ngettext(
                    "{count} id fits one patient so",
                    "{count} ids fit one patient each so",
                    len(prefix.matches),
                ).format(count=amount(len(prefix.matches))),
            ),
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(column),) if column else (),
        )
    )
    return answer == "same"


def _say_unknown(rows: TableRows, whose: Whose, issues: IssueList) -> None:
    table = rows.table
    column = table.of_use("patient")
    place = column.place.column if column else -1
    by_text: dict[str, list[int]] = {}
    for at in np.flatnonzero(rows.state == RowState.UNKNOWN).tolist():
        by_text.setdefault(rows.texts[at], []).append(at)
    for text, places in by_text.items():
        near = near_patients(text, whose.known)
        hint = " " + _("Did you mean {patients}?").format(patients=", ".join(near)) if near else ""
        sheet_rows = [int(row) for row in table.table.rows[places]]
        issues.add(
            "error",
            "unknown-patient",
            ngettext(
                "Patient {patient} is in no list of patients: {count} row is set apart.",
                "Patient {patient} is in no list of patients: {count} rows are set apart.",
                len(places),
            ).format(patient=tidy_id(text), count=amount(len(places)))
            + hint,
            table=table,
            row=sheet_rows[0] if column else -1,
            column=place,
            cells=[cell_name(row, place) for row in sheet_rows] if column and len(places) > 1 else (),
            patient=tidy_id(text),
        )
    if column is None:
        return
    missing = np.flatnonzero(rows.state == RowState.NO_ID)
    issues.add_cells(
        "error",
        "no-patient",
        lambda row: _("Row {row} says no patient and is set apart.").format(row=row + 1),
        table=table,
        column=column.place.column,
        rows=[int(row) for row in table.table.rows[missing]],
    )


def _note_spellings(rows: TableRows, whose: Whose, issues: IssueList) -> None:
    """Say where an id is written otherwise than the study writes it."""
    table, column = rows.table, rows.table.of_use("patient")
    if column is None:
        return
    names = whose.words.array()
    data = table.table.sheet.columns[column.place.column]
    kinds = data.kinds[table.table.rows]
    taken = np.flatnonzero(rows.patient > 0)
    odd_kind = _minority(kinds, taken)
    other = [at for at in taken.tolist() if rows.texts[at] != names[rows.patient[at]]]
    stray = [at for at in other if tidy_id(rows.texts[at]) != rows.texts[at]]
    if len(other) > max(10, 0.5 * len(taken)):
        at = other[0]
        message = _(
            "The ids of this column are matched by form: “{text}” is patient {patient} ({count} rows)."
        )
        issues.add(
            "note", "id-form",
            message.format(text=rows.texts[at], patient=names[rows.patient[at]], count=amount(len(other))),
            table=table, row=int(table.table.rows[at]), column=column.place.column,
        )  # fmt: skip
        other = stray
    at_row = {int(table.table.rows[at]): at for at in (*other, *odd_kind)}
    patients = {row: str(names[rows.patient[at]]) for row, at in at_row.items()}
    issues.add_cells(
        "note",
        "id-spelling",
        lambda row: _("“{text}” is read as patient {patient}.").format(
            text=rows.texts[at_row[row]], patient=patients[row]
        ),
        table=table,
        column=column.place.column,
        rows=sorted(at_row),
    )


def _minority(kinds: Small, taken: Rows) -> list[int]:
    """Numbers in a column of texts, or texts in a column of numbers: where the two kinds are mixed."""
    numbers = taken[kinds[taken] == CellKind.NUMBER]
    texts = taken[kinds[taken] == CellKind.TEXT]
    if not numbers.size or not texts.size:
        return []
    few = numbers if numbers.size <= texts.size else texts
    return few.tolist() if few.size <= 0.2 * len(taken) else []
