"""The sheet of visits of an own export, coming back: what was written about visits in words.

A cell is known by its patient, visit and day, and by the one observation that it shows. A cell that shows
several, a row that the study has not, and another date cannot be taken and are told when they were changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from mirocals_desktop.i18n import N_, _, every_language
from mirocals_desktop.importing.batch import Words
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.values import State
from mirocals_desktop.importing.when import RowTimes
from mirocals_desktop.importing.whose import TableRows
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.study.snapshot import Snapshot

VISITS: Final = N_("Visits")
_VISIT: Final = N_("Visit")
_DATE: Final = N_("Date")
_SEALED: Final = N_("sealed")

_Shown = dict[tuple[str, str, str], list[int]]


def spellings(name: str) -> set[str]:
    """A word that the program writes, plain, in every language: exports were written in any of them."""
    return {plain_name(text) for text in every_language(name)}


def words_of_visits(protocol: Protocol) -> dict[str, Variable]:
    """The headers of the variables that the sheet of visits shows, in every language."""
    shown = [v for v in protocol.of_scope("visit") if v.kind in ("text", "choice", "date")]
    return {
        plain_name(label): variable
        for variable in shown
        if variable.code != codes.VISIT_DATE
        for label in (variable.label.en, variable.label.fr)
    }


def time_own_visits(
    table: TablePlan,
    rows: TableRows,
    series: Sequence[Series],
    snapshot: Snapshot,
    visits: Words,
    dates: Words,
    issues: IssueList,
) -> tuple[dict[str, RowTimes], list[Series]]:
    """Visit, date and record of each cell as its observation has them, by the variable, and the series.

    Cells that belong to no observation, or to several, count as problems in the series that are given back.
    """
    places, elsewhere = _places(table, rows, snapshot)
    _tell_dates(table, elsewhere, issues)
    hidden = spellings(_SEALED)
    stored = snapshot.observations
    times: dict[str, RowTimes] = {}
    kept = []
    for one in series:
        if one.table is not table:
            kept.append(one)
            continue
        own = stored[stored["variable"] == one.variable.code]
        shown = _shown(own)
        count = len(table.table.rows)
        when = RowTimes(*(np.zeros(count, dtype=np.int64) for _field in range(3)))
        state = one.typed.state.copy()
        texts = table.table.texts(one.column.place)
        apart = []
        for element, row in enumerate(one.at.tolist()):
            if state[element] not in (State.VALUE, State.MISSING):
                continue
            patient, visit, day = places.get(row, ("", "", ""))
            behind = {*shown.get((patient, visit, ""), ()), *shown.get((patient, "", day), ())}
            sealed = plain_name(texts[row]) in hidden
            if len(behind) == 1 and not sealed:
                observation = own.loc[next(iter(behind))]
                when.visit[row] = visits[str(observation["visit"])]
                when.date[row] = dates[str(observation["date"])]
                when.record[row] = int(observation["record"])
                continue
            state[element] = State.PROBLEM
            if not sealed and not _is_unchanged(texts[row], own, behind, one.variable):
                apart.append(int(table.table.rows[row]))
        label = one.column.visit
        times[label] = when
        kept.append(replace(one, typed=replace(one.typed, state=state)))
        issues.add_cells(
            "error",
            "not-of-this-export",
            partial(_of_no_observation, column=one.column),
            table=table,
            column=one.column.place.column,
            rows=apart,
        )
    return times, kept


def _of_no_observation(row: int, *, column: ColumnPlan) -> str:
    return _(
        "{cell} shows no value, or several, that the study has for its visit: it is not taken. Bring"
        " new values in a file of their own."
    ).format(cell=cell_name(row, column.place.column))


def _tell_dates(table: TablePlan, rows: Sequence[int], issues: IssueList) -> None:
    """Tell the rows whose date is not the study's: a date belongs to every value of its visit."""
    column = _column(table, _DATE)
    if column is not None:
        issues.add_cells(
            "error",
            "visit-date-apart",
            lambda row: _(
                "The study has no such visit of this patient on the date in {cell}, and takes none from this"
                " sheet. Correct the date in the file that the visit came from, and import that."
            ).format(cell=cell_name(row, column.place.column)),
            table=table,
            column=column.place.column,
            rows=[int(table.table.rows[row]) for row in rows],
        )


def _places(
    table: TablePlan, rows: TableRows, snapshot: Snapshot
) -> tuple[dict[int, tuple[str, str, str]], list[int]]:
    """For each row of the sheet the patient, the code of the visit and the day, where the study has it, and
    the rows with another date than the study's.

    A row with another date is the patient's visit of that name, where there is one such visit alone.
    """
    known: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    named: dict[tuple[str, str], set[tuple[str, str, str]]] = defaultdict(set)
    frame = snapshot.visits
    planned = snapshot.protocol.visits
    labels = {visit.code: {plain_name(visit.label.en), plain_name(visit.label.fr)} for visit in planned}
    columns = (frame[name] for name in ("patient", "visit", "label", "date"))
    for patient, visit, label, day in zip(*columns, strict=True):
        for spelled in {plain_name(str(label)), *labels.get(str(visit), ())}:
            place = str(patient), str(visit), str(day)
            known[normal_form(str(patient)), spelled, str(day)] = place
            named[normal_form(str(patient)), spelled].add(place)
    visit_texts = _texts(table, _VISIT)
    day_texts = _texts(table, _DATE)
    found: dict[int, tuple[str, str, str]] = {}
    elsewhere: list[int] = []
    for row in np.flatnonzero(rows.taken).tolist():
        key = normal_form(rows.texts[row]), plain_name(visit_texts[row]), day_texts[row][:10]
        if key in known:
            found[row] = known[key]
            continue
        if key[2]:
            elsewhere.append(row)
        if len(named.get(key[:2], ())) == 1:
            found[row] = next(iter(named[key[:2]]))
    return found, elsewhere


def _column(table: TablePlan, name: str) -> ColumnPlan | None:
    return next((c for c in table.columns if plain_name(c.header.text) in spellings(name)), None)


def _texts(table: TablePlan, name: str) -> list[str]:
    column = _column(table, name)
    return table.table.texts(column.place) if column else [""] * len(table.table.rows)


def _shown(own: Any) -> _Shown:
    """The observations of a variable by patient and visit, or by patient and day where no visit is named."""
    found: _Shown = defaultdict(list)
    columns = (own.index, own["patient"], own["visit"], own["date"])
    for at, patient, visit, day in zip(*columns, strict=True):
        found[str(patient), str(visit), "" if visit else str(day)].append(at)
    return found


def _is_unchanged(text: str, own: Any, behind: set[int], variable: Variable) -> bool:
    """Whether a cell still says what its observations say."""
    parts = {plain_name(part) for part in text.strip().split(";")}
    said: set[str] = set()
    for at in behind:
        code = str(own.loc[at]["text"])
        choice = variable.choice(code)
        said |= {plain_name(part) for part in code.split(";")}
        said |= {plain_name(choice.label.en), plain_name(choice.label.fr)} if choice else set()
    return parts <= said
