"""A snapshot made from the ledger: observations sorted into patients, visits, measurements, events, logs.

Works on the numbers that `columns` has in place of repeated words; text is looked up once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.protocol.words import natural_order
from mirocals_desktop.study import observation
from mirocals_desktop.study.columns import Floats, Ints, Texts, known_days
from mirocals_desktop.study.current import Current
from mirocals_desktop.study.ledger import Entry
from mirocals_desktop.study.queries import Reviews
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.state import State
from mirocals_desktop.study.visits import Assigned, assign_visits, visit_targets

_NUMERIC: Final = ("number", "integer")


def build_snapshot(
    current: Current,
    state: State,
    entries: Sequence[Entry],
    *,
    path: Path,
    unblinded: bool,
    reviews: Reviews,
    report: Report,
) -> Snapshot:
    """The snapshot of a study whose current observations are given."""
    report(0.1, _("Reading the study"))
    order = _Order(current)
    origin = _origin_days(current, state.options.origin)
    report(0.3, _("Reading the study"))
    assigned = assign_visits(current, origin)
    report(0.5, _("Reading the study"))
    patients = _build_patients(current, order, origin)
    visits = _build_visits(current, order, assigned)
    report(0.6, _("Reading the study"))
    measurements = _build_measurements(current, order, assigned)
    report(0.8, _("Reading the study"))
    return Snapshot(
        study_id=state.study_id,
        title=state.title,
        path=path,
        protocol=state.protocol,
        options=state.options,
        entry=state.entry,
        head=state.head,
        synthetic=state.synthetic,
        blinded=state.blinded,
        unblinded=unblinded,
        observations=_build_observations(current, order, assigned),
        patients=patients,
        visits=visits,
        measurements=measurements,
        measured=frozenset(measurements["variable"].unique()),
        events=_build_events(patients, state.protocol),
        logs={log.code: _build_log(current, order, log.code) for log in state.protocol.logs},
        entries=build_entries(entries, state.withdrawn_by),
        reviews=reviews,
    )


def build_entries(entries: Sequence[Entry], withdrawn_by: Mapping[int, int]) -> pd.DataFrame:
    """The audit entries as a frame, as `Snapshot.entries` describes it."""
    return frozen(
        {
            "number": np.array([entry.number for entry in entries], dtype=np.int64),
            **{
                name: _texts([getattr(entry, name) for entry in entries])
                for name in ("at_utc", "person", "role", "version", "kind", "reason", "summary")
            },
            "withdrawn_by": np.array(
                [withdrawn_by.get(entry.number, 0) for entry in entries], dtype=np.int64
            ),
            "observations": np.array([entry.observations for entry in entries], dtype=np.int64),
            "hash": _texts([entry.hash for entry in entries]),
        }
    )


def frozen(columns: Mapping[str, npt.NDArray[Any]], *, index: pd.Index[Any] | None = None) -> pd.DataFrame:
    """A frame whose values cannot be set."""
    for column in columns.values():
        column.flags.writeable = False
    return pd.DataFrame(dict(columns), index=index, copy=False)


class _Order:
    """The order in which patients and variables are shown."""

    def __init__(self, current: Current) -> None:
        names = current.words("patient")
        present = np.unique(current.codes("patient"))
        ids = {code: str(names[code]) for code in present.tolist()}
        ordered = sorted(ids, key=lambda code: f"{natural_order(ids[code])}\x00{ids[code]}")
        self.patients: Ints = np.array(ordered, dtype=np.int64)
        self.patient_rank = np.zeros(len(names), dtype=np.int64)
        self.patient_rank[self.patients] = np.arange(len(self.patients))
        positions = {variable.code: rank for rank, variable in enumerate(current.protocol.variables)}
        self.variable_rank = np.array(
            [positions.get(code, len(positions)) for code in current.words("variable")], dtype=np.int64
        )


def _origin_days(current: Current, origin: str) -> Floats:
    """The day number of each patient's time origin by the patient's number; NaN where it is not known."""
    days = np.full(len(current.words("patient")), np.nan)
    rows = np.flatnonzero(current.columns.words["variable"].flags([origin])[current.codes("variable")])
    days[current.codes("patient")[rows]] = _days_of_texts(current, current.text[rows])
    return days


def _days_of_texts(current: Current, texts: Texts) -> Floats:
    """The day number of each text that is a full date; NaN of others."""
    words = current.columns.words["date"]
    found = words.codes(texts, count=len(texts))
    return known_days(words.days()[found])


def _build_observations(current: Current, order: _Order, assigned: Assigned) -> pd.DataFrame:
    patient, variable, ids = current.codes("patient"), current.codes("variable"), current.codes("id")
    rank = order.patient_rank[patient] * (len(current.protocol.variables) + 1) + order.variable_rank[variable]
    ordered = np.lexsort((ids, assigned.day, variable, rank))
    return frozen({name: current.column(name)[ordered] for name in observation.STORED})


def _build_patients(current: Current, order: _Order, origin: Floats) -> pd.DataFrame:
    """One row per patient, one column per variable of the patient that has an open value."""
    columns: dict[str, npt.NDArray[Any]] = {}
    origin_day = origin[order.patients]
    for variable in current.protocol.of_scope("patient"):
        rows = np.flatnonzero(current.variable_flags([variable]) & current.has_value)
        if not len(rows) or current.sealed[rows].any():
            continue
        place = order.patient_rank[current.codes("patient")[rows]]
        columns[variable.code] = _pivoted(current, variable, rows, place, len(order.patients))
        if variable.kind == "date":
            days = np.full(len(order.patients), np.nan)
            days[place] = _days_of_texts(current, current.text[rows])
            columns[day_column(variable.code)] = days - origin_day
    index = pd.Index(current.words("patient")[order.patients], dtype=object, name="patient")
    return frozen(columns, index=index)


def day_column(code: str) -> str:
    """The name of the column with the study day of a date variable: "death_date" has "death_day"."""
    return f"{code.removesuffix('_date')}_day"


def _pivoted(
    current: Current, variable: Variable, rows: Ints, place: Ints, count: int
) -> npt.NDArray[np.float64] | Texts:
    """The values of some rows at their places in a column; NaN or "" elsewhere."""
    if variable.kind in _NUMERIC:
        numbers = np.full(count, np.nan)
        numbers[place] = current.number[rows]
        return numbers
    texts = np.full(count, "", dtype=object)
    texts[place] = current.text[rows]
    return texts


def _build_visits(current: Current, order: _Order, assigned: Assigned) -> pd.DataFrame:
    patient, visit = assigned.visit_patient, assigned.visit_code
    names = current.words("visit")
    planned = {item.code: item for item in current.protocol.visits}
    target = visit_targets(current)[visit]
    labels = _texts([str(planned[name].label) if name in planned else name for name in names])
    labels[0] = _("Unscheduled")
    label = labels[visit]
    for position in np.flatnonzero(assigned.visit_record > 1).tolist():
        label[position] = f"{label[position]} ({assigned.visit_record[position]})"
    when = np.where(np.isnan(assigned.visit_day), target, assigned.visit_day)
    ordered = np.lexsort((assigned.visit_record, visit, when, order.patient_rank[patient]))
    return frozen(
        {
            "patient": current.words("patient")[patient[ordered]],
            "visit": names[visit[ordered]],
            "record": assigned.visit_record[ordered],
            "date": current.words("date")[assigned.visit_date[ordered]],
            "day": assigned.visit_day[ordered],
            "target_day": target[ordered],
            "label": label[ordered],
            "status": assigned.visit_status[ordered],
            "assigned": assigned.visit_how[ordered],
            "n": assigned.visit_observations[ordered],
        }
    )


def _build_measurements(current: Current, order: _Order, assigned: Assigned) -> pd.DataFrame:
    numeric = [variable for variable in current.protocol.of_scope("visit") if variable.kind in _NUMERIC]
    rows = np.flatnonzero(current.variable_flags(numeric) & current.has_value)
    ids, patient, variable = (current.codes(name)[rows] for name in ("id", "patient", "variable"))
    day = assigned.day[rows]
    ordered = np.lexsort((ids, day, order.variable_rank[variable], order.patient_rank[patient]))
    rows = rows[ordered]
    return frozen(
        {
            "id": ids[ordered],
            "patient": current.words("patient")[patient[ordered]],
            "variable": current.words("variable")[variable[ordered]],
            "visit": current.words("visit")[assigned.code[rows]],
            "record": current.codes("record")[rows],
            "date": current.words("date")[assigned.date[rows]],
            "day": day[ordered],
            "day_planned": assigned.day_planned[rows],
            "number": current.number[rows],
            "qualifier": current.words("qualifier")[current.qualifier[rows]],
            "unit": current.words("unit")[current.unit[rows]],
            "assigned": assigned.how[rows],
            "sealed": current.sealed[rows],
        }
    )


def _build_events(patients: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """What happened to whom; a death that only the vital status tells is dated by the end of follow-up."""
    empty = np.full(len(patients), "", dtype=object)
    parts: dict[str, list[Any]] = {"patient": [], "event": [], "date": [], "day": []}
    for event in protocol.events:
        if event.variable in patients.columns:
            dates = patients[event.variable].to_numpy(dtype=object, copy=True)
            days = patients[day_column(event.variable)].to_numpy(dtype=float, copy=True)
        else:
            dates, days = empty.copy(), np.full(len(patients), np.nan)
        happened = dates != ""
        if event.variable == codes.DEATH_DATE and codes.VITAL_STATUS in patients.columns:
            told = (patients[codes.VITAL_STATUS].to_numpy(dtype=object) == codes.DEAD) & ~happened
            if codes.END_OF_FOLLOW_UP_DATE in patients.columns:
                dates[told] = patients[codes.END_OF_FOLLOW_UP_DATE].to_numpy(dtype=object)[told]
                days[told] = patients[day_column(codes.END_OF_FOLLOW_UP_DATE)].to_numpy(dtype=float)[told]
            happened |= told
        parts["patient"].extend(patients.index[happened])
        parts["event"].extend([event.code] * int(happened.sum()))
        parts["date"].extend(dates[happened])
        parts["day"].extend(days[happened])
    return frozen(
        {
            "patient": _texts(parts["patient"]),
            "event": _texts(parts["event"]),
            "date": _texts(parts["date"]),
            "day": np.array(parts["day"], dtype=np.float64),
        }
    )


def _build_log(current: Current, order: _Order, log: str) -> pd.DataFrame:
    variables = current.protocol.of_scope("log", log=log)
    rows = np.flatnonzero(current.variable_flags(variables))
    patient, record = current.codes("patient")[rows], current.codes("record")[rows]
    rank = order.patient_rank[patient]
    keys, first, place = np.unique(
        rank * (int(record.max(initial=0)) + 1) + record, return_index=True, return_inverse=True
    )
    columns: dict[str, npt.NDArray[Any]] = {
        "patient": current.words("patient")[patient[first]],
        "record": record[first],
    }
    for variable in variables:
        own = np.flatnonzero(current.variable_flags([variable])[rows] & current.has_value[rows])
        if len(own) and not current.sealed[rows[own]].any():
            columns[variable.code] = _pivoted(current, variable, rows[own], place[own], len(keys))
    return frozen(columns)


def _texts(texts: Sequence[str]) -> Texts:
    array = np.empty(len(texts), dtype=object)
    array[:] = list(texts)
    return array
