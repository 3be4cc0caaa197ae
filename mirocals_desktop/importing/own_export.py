"""A workbook that this study exported, coming back: its data are held against the study.

A measurement is known by the number of its observation, so a corrected value is a change of that value
whatever visit the program had found for it. Tables that were computed from the data are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import N_, _, every_language
from mirocals_desktop.importing.batch import Words
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.own_visits import VISITS, spellings, words_of_visits
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan, Use
from mirocals_desktop.importing.seen import Context, Seen, see_columns
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.when import RowTimes
from mirocals_desktop.importing.whose import RowState, TableRows
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.protocol.units import unit_texts
from mirocals_desktop.study.snapshot import Snapshot

_SEARCHED_ROWS: Final = 60
_SEARCHED_COLUMNS: Final = 4
_PATIENTS: Final = N_("Patients")
_MEASUREMENTS: Final = N_("Measurements")
_PATIENT: Final = N_("Patient")
_OBSERVATION: Final = N_("Observation")
_SEALED: Final = N_("sealed")
_OF_MEASUREMENTS: Final[Mapping[str, Use]] = {
    N_("Variable"): "parameter",
    N_("Qualifier"): "qualifier",
    N_("Value"): "value",
    N_("Unit"): "unit",
}


def is_own_export(workbook: Workbook, snapshot: Snapshot) -> bool:
    """Whether a workbook was exported from this study: its first sheet has the study's identifier."""
    for sheet in workbook.sheets[:1]:
        for column in range(min(sheet.n_columns, _SEARCHED_COLUMNS)):
            rows = np.arange(min(sheet.n_rows, _SEARCHED_ROWS))
            if snapshot.study_id in sheet.texts(column, rows):
                return True
    return False


def tell_own_export(file: str, issues: IssueList) -> None:
    """Say how such a workbook is read."""
    issues.add(
        "note",
        "own-export",
        _(
            "{file} was exported from this study: its patients, measurements and logs are compared with the"
            " study; what was computed from them is not read."
        ).format(file=file),
        file=file,
    )


def plan_own_table(key: str, file: str, table: Table, context: Context) -> TablePlan:
    """The plan of a table of an own export; one that holds no data of patients is not used."""
    seen = see_columns(table, context, visits_in_headers=False)
    log = _log_of(table, context.protocol)
    if _is_called(table.sheet.name, _MEASUREMENTS) and _column(seen, _OBSERVATION) is not None:
        uses = {
            column.key: use
            for name, use in _OF_MEASUREMENTS.items()
            if (column := _column(seen, name)) is not None
        }
        columns = [_plan(column, context, use=uses.get(column.key)) for column in seen]
        return TablePlan(key, file, table, "parameters", tuple(columns))
    words = words_of_visits(context.protocol)
    if _is_called(table.sheet.name, VISITS) and _column(seen, _PATIENT) is not None:
        columns = [_plan(one, context, variable=words.get(plain_name(one.header.text))) for one in seen]
        columns = [replace(one, visit=f"={one.variable.code}") if one.variable else one for one in columns]
        return TablePlan(key, file, table, "visits", tuple(columns))
    if log or _is_called(table.sheet.name, _PATIENTS):
        known = _names(context.protocol, log)
        columns = [
            _plan(column, context, variable=known.get(plain_name(column.header.text))) for column in seen
        ]
        return TablePlan(key, file, table, "log" if log else "patients", tuple(columns), log=log)
    return TablePlan(key, file, table, "patients", (), used=False, reason="own-export")


def time_own_rows(
    table: TablePlan, rows: TableRows, snapshot: Snapshot, visits: Words, dates: Words, issues: IssueList
) -> RowTimes:
    """Visit, date and record of each measurement as the study has them, by the number of its observation.

    Rows without such a number, or with one of another patient, are set apart; sealed ones are passed over.
    """
    count = len(table.table.rows)
    times = RowTimes(*(np.zeros(count, dtype=np.int64) for _field in range(3)))
    column = next(c for c in table.columns if plain_name(c.header.text) in spellings(_OBSERVATION))
    numbers = table.table.sheet.columns[column.place.column].numbers[table.table.rows]
    stored = snapshot.observations
    place = {int(number): at for at, number in enumerate(stored["id"].tolist())}
    value = table.of_use("value")
    hidden = {text.casefold() for text in every_language(_SEALED)}
    values = table.table.texts(value.place) if value else [""] * count
    owners, codes = stored["patient"].tolist(), stored["visit"].tolist()
    days, records = stored["date"].tolist(), stored["record"].tolist()
    apart = []
    for row in np.flatnonzero(rows.taken).tolist():
        at = place.get(int(numbers[row]), -1) if np.isfinite(numbers[row]) else -1
        if values[row].strip().casefold() in hidden:
            rows.state[row] = RowState.DUPLICATE
        elif at < 0 or normal_form(owners[at]) != normal_form(rows.texts[row]):
            rows.state[row] = RowState.UNKNOWN
            apart.append(int(table.table.rows[row]))
        else:
            times.visit[row] = visits[str(codes[at])]
            times.date[row] = dates[str(days[at])]
            times.record[row] = int(records[at])
    issues.add_cells(
        "error",
        "not-of-this-export",
        lambda row: _(
            "Row {row} has no number of an observation of its patient and is set apart. Bring new values in a"
            " file of their own."
        ).format(row=row + 1),
        table=table,
        column=column.place.column,
        rows=apart,
    )
    return times


def _plan(
    column: Seen, context: Context, *, use: Use | None = None, variable: Variable | None = None
) -> ColumnPlan:
    if plain_name(column.header.text) in spellings(_PATIENT):
        use = "patient"
    elif variable is not None:
        use = "variable"
    sealed = context.blinded and (variable is None or variable.seal != "never") and use != "patient"
    return ColumnPlan(
        column.key,
        column.place,
        column.header,
        column.profile,
        use or "left_out",
        variable=variable,
        unit=variable.units[0] if variable is not None and variable.units else None,
        reason="" if use else "derived",
        sealed=sealed,
    )


def _names(protocol: Protocol, log: str) -> dict[str, Variable]:
    """The headers that an export gives to the variables of patients or of a log, in every language."""
    variables = protocol.of_scope("log", log=log) if log else protocol.of_scope("patient")
    found: dict[str, Variable] = {}
    for variable in variables:
        for label in (variable.label.en, variable.label.fr):
            for text in (label, *(f"{label} ({unit})" for unit in unit_texts(variable.unit))):
                found.setdefault(plain_name(text), variable)
    return found


def _log_of(table: Table, protocol: Protocol) -> str:
    name = plain_name(table.sheet.name)
    return next(
        (log.code for log in protocol.logs if name in (plain_name(log.label.en), plain_name(log.label.fr))),
        "",
    )


def _column(seen: Sequence[Seen], name: str) -> Seen | None:
    return next((c for c in seen if plain_name(c.header.text) in spellings(name)), None)


def _is_called(text: str, name: str) -> bool:
    return plain_name(text) in spellings(name)
