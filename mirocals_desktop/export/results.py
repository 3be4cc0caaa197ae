"""What was found out, as tables: visits due, the endpoint patient by patient, summaries of biomarkers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.biomarkers import summarise
from mirocals_desktop.analysis.endpoint import EndpointTable, outcome_name
from mirocals_desktop.analysis.follow_up import derive_visit_grid, list_due
from mirocals_desktop.analysis.groups import derive_groups
from mirocals_desktop.analysis.marker_values import biomarker_choices, derive_values
from mirocals_desktop.analysis.occasions import derive_occasions
from mirocals_desktop.export.table import Cell, Column, Table, day_cell, number_cell, text_cells
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.study.snapshot import Snapshot

DUE_STATES = {"overdue": N_("Overdue"), "due": N_("Due"), "soon": N_("Soon due")}


def make_due_list(snapshot: Snapshot, statuses: pd.DataFrame) -> Table:
    """The visits to hold or to enter, the longest overdue first: a list to work from."""
    due = list_due(derive_visit_grid(snapshot, statuses))
    site = _of_patients(snapshot, codes.SITE, due["patient"])
    contact = [_day(statuses["last_contact"].get(patient)) for patient in due["patient"]]
    return Table(
        _("Visits due"),
        _("Visits overdue, due and soon due on {day}, the longest overdue first.").format(
            day=snapshot.today().isoformat()
        ),
        (
            Column(_("Patient"), due["patient"].tolist()),
            Column(_("Site"), text_cells(site)),
            Column(_("Visit"), due["label"].tolist()),
            Column(_("State"), [_(DUE_STATES[state]) for state in due["state"]]),
            Column(_("Window opens"), [_day(day) for day in due["first"]]),
            Column(_("Target date"), [_day(day) for day in due["target"]]),
            Column(_("Window closes"), [_day(day) for day in due["last"]]),
            Column(_("Days overdue"), [days if days > 0 else None for days in due["days"].tolist()]),
            Column(_("Last contact"), contact),
        ),
        group="result",
    )


def make_endpoint(snapshot: Snapshot, endpoint: EndpointTable) -> Table:
    """One row per patient in the survival analysis: when time stopped, whether by the event, and why."""
    patients = endpoint.patients
    columns = [
        Column(_("Patient"), list(patients)),
        Column(_("Site"), text_cells(_of_patients(snapshot, codes.SITE, pd.Series(patients, dtype=object)))),
        Column(_("Outcome"), [outcome_name(outcome) for outcome in endpoint.outcome]),
        Column(_("Day"), [number_cell(day) for day in endpoint.stop.tolist()]),
        Column(_("Event (1 = yes)"), [int(event) for event in endpoint.event]),
        Column(_("Time starts"), [day_cell(day) for day in endpoint.start_date]),
        Column(_("Time stops"), [day_cell(day) for day in endpoint.stop_date]),
        Column(_("Last contact, day"), [number_cell(day) for day in endpoint.last_contact.tolist()]),
        Column(_("Why"), list(endpoint.why), width=44),
    ]
    if endpoint.entry is not None:
        columns.insert(3, Column(_("Entry, day"), [number_cell(day) for day in endpoint.entry.tolist()]))
    return Table(
        _("Endpoint"),
        _("{endpoint}: time and status of every patient, ready for another program.").format(
            endpoint=endpoint.endpoint_label
        ),
        tuple(columns),
        group="result",
    )


def make_summaries(snapshot: Snapshot) -> Table:
    """Statistics of every measured variable by visit: all patients, then each arm where arms are known.

    A statistic that lies beyond the assay's range is text: `< 62.5`.
    """
    rows: list[tuple[str, str, int, pd.Series]] = []
    groupings = [derive_groups(snapshot)]
    if snapshot.arms_visible:
        groupings.append(derive_groups(snapshot, codes.ARM))
    for variable in biomarker_choices(snapshot):
        if variable.code in codes.ALSFRS_R_ITEMS:  # the total is summarised; single items are in their sheets
            continue
        values = derive_values(snapshot, variable.code)
        if not len(values):
            continue
        occasions = derive_occasions(values)
        for grouping in groupings:
            frame = summarise(values, grouping, occasions).frame()
            rows += [
                (values.label, unit_text(values.unit), values.decimals, row) for _i, row in frame.iterrows()
            ]
    decimals = [places for _label, _unit, places, _row in rows]
    finer = [places + 1 for places in decimals]

    def column(name: str, header: str, places: list[int]) -> Column:
        return Column(
            header, [_statistic(row, name, p) for (*_x, row), p in zip(rows, places, strict=True)], places
        )

    return Table(
        _("Biomarker summaries"),
        _("Every measured variable by visit, for all patients and by arm where it is known."),
        (
            Column(_("Variable"), [label for label, *_rest in rows]),
            Column(_("Unit"), text_cells([unit for _label, unit, *_rest in rows])),
            Column(_("Visit"), [str(row["occasion"]) for *_x, row in rows]),
            Column(_("Group"), [str(row["group"]) for *_x, row in rows]),
            Column(_("n"), [int(row["n"]) for *_x, row in rows]),
            Column(_("Below the limit"), [int(row["below"]) or None for *_x, row in rows]),
            Column(_("Above the limit"), [int(row["above"]) or None for *_x, row in rows]),
            column("median", _("Median"), finer),
            column("q1", _("Lower quartile"), finer),
            column("q3", _("Upper quartile"), finer),
            column("minimum", _("Minimum"), decimals),
            column("maximum", _("Maximum"), decimals),
            column("geometric_mean", _("Geometric mean"), finer),
            column("mean", _("Mean"), finer),
            column("sd", _("Standard deviation"), finer),
        ),
        frozen=4,
        group="result",
    )


def _statistic(row: pd.Series, name: str, decimals: int) -> Cell:
    number, qualifier = float(row[name]), row.get(f"{name}_qualifier", "")
    if qualifier and not np.isnan(number):
        return (
            f"{qualifier} {number:.{decimals}f}".rstrip("0").rstrip(".")
            if decimals
            else f"{qualifier} {number:g}"
        )
    return number_cell(number)


def _of_patients(snapshot: Snapshot, variable: str, patients: pd.Series) -> list[str]:
    if variable not in snapshot.patients.columns:
        return [""] * len(patients)
    known = snapshot.patients[variable].to_dict()
    return [str(known.get(patient, "")) for patient in patients]


def _day(day: object) -> Cell:
    """The cell of a numpy or pandas day; NaT is empty."""
    return None if day is None or pd.isna(day) else pd.Timestamp(day).date()  # type: ignore[call-overload,arg-type]
