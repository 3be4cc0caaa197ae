"""The study itself as tables: patients, visits, measurements long and wide, events, logs.

Everything comes from the snapshot, so what a blinded snapshot does not contain cannot be here. In a blinded
study the names of files and sheets stay out as well: a sheet may be called after an arm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.patient_status import derive_statuses, status_name
from mirocals_desktop.export.table import Cell, Column, Table, day_cell, number_cell, text_cells
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.study.snapshot import Snapshot


def make_data_tables(snapshot: Snapshot) -> list[Table]:
    """Patients, visits, measurements, events and logs, in this order; logs without a record are left out."""
    tables = [
        make_patients(snapshot),
        make_visits(snapshot),
        make_measurements(snapshot),
        make_events(snapshot),
    ]
    for log in snapshot.protocol.logs:
        records = snapshot.logs.get(log.code)
        if records is not None and len(records):
            tables.append(_make_log(snapshot, log.code, str(log.label), records))
    return tables


def make_patients(snapshot: Snapshot) -> Table:
    """One row per patient: where the patient stands, and every patient variable that has any value."""
    patients = snapshot.patients
    statuses = derive_statuses(snapshot)["status"]
    columns = [
        Column(_("Patient"), [str(patient) for patient in patients.index]),
        Column(_("Status"), [status_name(status) for status in statuses]),
    ]
    columns += [
        _value_column(variable, patients[variable.code], snapshot.protocol)
        for variable in snapshot.protocol.of_scope("patient")
        if variable.code in patients.columns
    ]
    return Table(
        _("Patients"), _("One row per patient, with everything known once per patient."), tuple(columns)
    )


def make_visits(snapshot: Snapshot) -> Table:
    """One row per visit, with its planned day and what was written about it in words."""
    protocol, visits = snapshot.protocol, snapshot.visits
    days, targets = visits["day"].to_numpy(float), visits["target_day"].to_numpy(float)
    how = {
        "file": _("its name in the file"),
        "date": _("the date of a visit"),
        "window": _("its window"),
        "": _("not planned"),
    }
    columns = [
        Column(_("Patient"), visits["patient"].tolist()),
        Column(_("Visit"), text_cells(visits["label"].tolist())),
        Column(_("Date"), [day_cell(text) for text in visits["date"]]),
        Column(_("Day"), _numbers(days)),
        Column(_("Planned day"), _numbers(targets)),
        Column(_("Days off plan"), _numbers(days - targets)),
        Column(_("Visit known from"), [how.get(text, text) for text in visits["assigned"]]),
        Column(_("Values"), _numbers(visits["n"].to_numpy(float))),
    ]
    for variable in protocol.of_scope("visit"):
        if variable.kind in ("number", "integer") or variable.code == codes.VISIT_DATE:
            continue
        values = _visit_values(snapshot, variable)
        if any(cell is not None for cell in values):
            columns.append(Column(str(variable.label), values))
    return Table(
        _("Visits"), _("One row per visit that took place or was recorded."), tuple(columns), frozen=2
    )


def make_measurements(snapshot: Snapshot) -> Table:
    """One row per measurement, with the number of its observation and the cell that it came from."""
    protocol, frame = snapshot.protocol, snapshot.measurements
    variables = [protocol.variable(code) for code in frame["variable"]]
    columns = [
        Column(_("Patient"), frame["patient"].tolist()),
        Column(_("Visit"), [_visit_label(protocol, code) for code in frame["visit"]]),
        Column(_("Date"), [day_cell(text) for text in frame["date"]]),
        Column(_("Day"), _numbers(frame["day"].to_numpy(float))),
        Column(
            _("Variable"),
            [str(v.label) if v else code for v, code in zip(variables, frame["variable"], strict=True)],
        ),
        Column(_("Qualifier"), text_cells(frame["qualifier"].tolist())),
        Column(
            _("Value"),
            _numbers(frame["number"].to_numpy(float), sealed=frame["sealed"].to_numpy(bool)),
            decimals=[v.decimals if v else 0 for v in variables],
        ),
        Column(_("Unit"), [(v.unit or None) if v else None for v in variables]),
        Column(_("Repeat"), [int(record) or None for record in frame["record"]]),
        Column(_("Observation"), [int(number) for number in frame["id"]]),
    ]
    if shows_provenance(snapshot):
        source = snapshot.observations.set_index("id").reindex(frame["id"])
        given = source["unit"].fillna("").tolist()
        columns += [
            Column(_("As written"), text_cells(source["raw"].fillna("").tolist())),
            Column(_("Unit in the file"), text_cells(given)),
            Column(_("File"), text_cells(source["file"].fillna("").tolist()), width=30),
            Column(_("Sheet"), text_cells(source["sheet"].fillna("").tolist())),
            Column(_("Cell"), text_cells(source["cell"].fillna("").tolist())),
        ]
    return Table(
        _("Measurements"),
        _("One row per measurement of a visit, and where it came from."),
        tuple(columns),
        frozen=2,
    )


def make_events(snapshot: Snapshot) -> Table:
    """One row per event of a patient, in the order of patients."""
    frame = snapshot.events
    labels = {event.code: str(event.label) for event in snapshot.protocol.events}
    return Table(
        _("Events"),
        _("One row per event: deaths and whatever else the protocol's endpoints count."),
        (
            Column(_("Patient"), frame["patient"].tolist()),
            Column(_("Event"), [labels.get(code, code) for code in frame["event"]]),
            Column(_("Date"), [day_cell(text) for text in frame["date"]]),
            Column(_("Day"), _numbers(frame["day"].to_numpy(float))),
        ),
    )


def make_wide_tables(snapshot: Snapshot) -> list[Table]:
    """For each variable measured at visits, patients by visits; a value beyond the assay is text: `< 62.5`.

    Visits come in the protocol's order. What was measured outside every planned visit stands in columns of
    its own at the end, and so does the second measurement of one visit.
    """
    groups = {str(code): part for code, part in snapshot.measurements.groupby("variable", sort=False)}
    return [
        _make_wide(snapshot, variable, groups[variable.code])
        for variable in snapshot.protocol.of_scope("visit")
        if variable.code in groups
    ]


def shows_provenance(snapshot: Snapshot) -> bool:
    """Whether names of files and sheets may be shown: not while the study is blinded."""
    return not snapshot.blinded or snapshot.unblinded


def header_of(variable: Variable) -> str:
    """A column's header: the variable's name, with its unit unless the name says it."""
    told = not variable.unit or variable.unit in variable.label.en
    return str(variable.label) if told else f"{variable.label} ({unit_text(variable.unit)})"


def censored_text(qualifier: str, number: float, decimals: int) -> str:
    """A value beyond the assay's range as text: `< 62.5`, without figures that nobody wrote."""
    shown = f"{number:.{max(decimals, 0)}f}" if round(number, decimals) == number else f"{number:g}"
    return f"{qualifier} {shown}"


def _make_wide(snapshot: Snapshot, variable: Variable, part: pd.DataFrame) -> Table:
    protocol = snapshot.protocol
    order = {visit.code: number for number, visit in enumerate(protocol.visits)}
    part = part.sort_values(["patient", "day", "id"], kind="stable")
    repeat = part.groupby(["patient", "visit"], sort=False).cumcount()
    keys = list(zip(part["visit"], repeat, strict=True))
    columns_at = sorted(
        set(keys), key=lambda key: (key[0] == "", order.get(key[0], len(order)), key[0], key[1])
    )
    measured = set(part["patient"])
    patients = [str(patient) for patient in snapshot.patients.index if patient in measured]
    row_of = {patient: row for row, patient in enumerate(patients)}
    cells: dict[tuple[str, int], list[Cell]] = {key: [None] * len(patients) for key in columns_at}
    values = zip(
        part["patient"], keys, part["number"], part["qualifier"], part["sealed"].astype(bool), strict=True
    )
    for patient, key, number, qualifier, sealed in values:
        if sealed:
            cell: Cell = _("sealed")
        elif qualifier:
            cell = censored_text(qualifier, number, variable.decimals)
        else:
            cell = number_cell(number)
        cells[key][row_of[patient]] = cell
    columns = [Column(_("Patient"), patients)]
    for visit, number in columns_at:
        label = _visit_label(protocol, visit) or (_("Unscheduled") if not number else "")
        header = label if not number else f"{label or _('Unscheduled')} ({number + 1})"
        columns.append(Column(header, cells[visit, number], decimals=variable.decimals))
    return Table(
        str(variable.label),
        _("{variable}: one row per patient, one column per visit.").format(variable=header_of(variable)),
        tuple(columns),
        group="wide",
    )


def _make_log(snapshot: Snapshot, code: str, label: str, records: pd.DataFrame) -> Table:
    columns = [
        Column(_("Patient"), records["patient"].tolist()),
        Column(_("Record"), [int(record) for record in records["record"]]),
    ]
    columns += [
        _value_column(variable, records[variable.code], snapshot.protocol)
        for variable in snapshot.protocol.of_scope("log", log=code)
        if variable.code in records.columns
    ]
    return Table(label, _("One row per record of this log."), tuple(columns), frozen=2)


def _value_column(variable: Variable, values: pd.Series, protocol: Protocol) -> Column:
    """The column of a patient's or a record's variable, by its kind."""
    if variable.kind in ("number", "integer"):
        numbers = values.to_numpy(float)
        return Column(header_of(variable), _numbers(numbers), decimals=variable.decimals)
    texts = [text if isinstance(text, str) else "" for text in values]
    if variable.kind == "date":
        return Column(header_of(variable), [day_cell(text) for text in texts])
    labels = _choice_labels(variable, protocol)
    return Column(header_of(variable), [labels.get(text, text) or None for text in texts])


def _choice_labels(variable: Variable, protocol: Protocol) -> dict[str, str]:
    """What a choice's codes are shown as; a site keeps its code, because files know it by that."""
    labels = {choice.code: str(choice.label) for choice in variable.choices}
    if variable.code == codes.ARM:
        labels |= {arm.code: str(arm.label) for arm in protocol.arms}
    return labels


def _visit_label(protocol: Protocol, code: str) -> str | None:
    visit = protocol.visit(code)
    return str(visit.label) if visit else code or None


def _visit_values(snapshot: Snapshot, variable: Variable) -> list[Cell]:
    """For each row of `visits`, what a variable in words says there; several answers are joined."""
    frame = snapshot.observations
    frame = frame[frame["variable"] == variable.code]
    labels = _choice_labels(variable, snapshot.protocol)
    by_name: dict[tuple[str, str], list[str]] = {}
    by_date: dict[tuple[str, str], list[str]] = {}
    names = ["patient", "visit", "date", "text", "number", "sealed"]
    for patient, visit, day, text, number, sealed in zip(*(frame[name] for name in names), strict=True):
        shown = _("sealed") if sealed else labels.get(text, text)
        if not shown and not np.isnan(number):
            shown = f"{number:g}"
        if not shown:
            continue
        if visit:
            by_name.setdefault((patient, visit), []).append(shown)
        elif day:
            by_date.setdefault((patient, day), []).append(shown)
    cells: list[Cell] = []
    for patient, visit, day in zip(
        snapshot.visits["patient"], snapshot.visits["visit"], snapshot.visits["date"], strict=True
    ):
        texts = by_name.get((patient, visit), []) if visit else []
        texts = texts + by_date.get((patient, day), []) if day else texts
        cells.append("; ".join(dict.fromkeys(texts)) or None)
    return cells


def _numbers(values: np.ndarray, *, sealed: Sequence[bool] | np.ndarray | None = None) -> list[Cell]:
    if sealed is None:
        return [number_cell(value) for value in values.tolist()]
    word = _("sealed")
    return [
        word if hidden else number_cell(value)
        for value, hidden in zip(values.tolist(), list(sealed), strict=True)
    ]
