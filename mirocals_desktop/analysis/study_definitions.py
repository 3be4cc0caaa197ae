"""The study's question asked otherwise: other endpoint rules, time origins, horizons and sets of patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mirocals_desktop.analysis.endpoint import STUDY_HORIZON, EndpointTable, Horizon, derive_endpoint
from mirocals_desktop.analysis.study_survival import StudySurvival, analyse_study
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

_OUTCOME_GROUP: Final = "outcome"  # of variables: vital status, events, and what follows from them
_NEVER_ORIGIN: Final = frozenset(
    {
        codes.COMPLETION_DATE,
        codes.WITHDRAWAL_DATE,
        codes.LAST_CONTACT_DATE,
        codes.END_OF_FOLLOW_UP_DATE,
        codes.DEATH_DATE,
        "last_dose_date",
        "birth_date",
    }
)


@dataclass(frozen=True)
class Definition:
    """Another way to ask the same question: its name, and what of the endpoint differs ("" = as the study).

    `patients` narrows the set, for a per-protocol analysis; with `everybody` those count again that the study
    leaves out of analysis.
    """

    label: str
    endpoint: str = ""
    origin: str = ""
    horizon: Horizon = STUDY_HORIZON
    patients: tuple[str, ...] | None = None
    everybody: bool = False


@dataclass(frozen=True)
class Difference:
    """A patient whose time stops otherwise than in the study's own analysis, and why in either."""

    patient: str
    own: str
    other: str


@dataclass(frozen=True)
class DefinitionResult:
    """The analysis by one definition beside the study's own."""

    definition: Definition
    analysis: StudySurvival
    differences: tuple[Difference, ...]


def compare_definitions(
    snapshot: Snapshot,
    definitions: Sequence[Definition],
    *,
    by: str | None = None,
    patients: Sequence[str] | None = None,
    report: Report = ignore,
) -> list[DefinitionResult]:
    """Analyse the study by other endpoint rules, time origins, horizons or sets of patients.

    The study's own analysis, which they are compared with, is of `patients`.

    Each comes with the patients whose time then stops on another day or for another reason, or who are in
    one analysis only.
    """
    own = derive_endpoint(snapshot, patients=patients)
    stops = _stops(own)
    results = []
    for number, definition in enumerate(definitions, start=1):
        seen = snapshot
        if definition.everybody:
            seen = replace(snapshot, options=replace(snapshot.options, excluded=()))
        analysis = analyse_study(
            seen,
            by=by,
            endpoint=definition.endpoint,
            origin=definition.origin,
            horizon=definition.horizon,
            patients=definition.patients,
        )
        table = analysis.endpoint
        others = {
            p: (table.stop[i], bool(table.event[i]), table.why[i]) for i, p in enumerate(table.patients)
        }
        absent = _("not in this analysis")
        moved = definition.origin not in ("", snapshot.options.origin)  # then every day differs
        differences = tuple(
            Difference(p, stops[p][2] if p in stops else absent, others[p][2] if p in others else absent)
            for p in dict.fromkeys((*own.patients, *table.patients))
            if p not in stops
            or p not in others
            or stops[p][1] != others[p][1]
            or (not moved and stops[p][0] != others[p][0])
        )
        results.append(DefinitionResult(definition, analysis, differences))
        report(number / len(definitions), definition.label)
    return results


def _stops(table: EndpointTable) -> dict[str, tuple[float, bool, str]]:
    rows = zip(table.patients, table.stop.tolist(), table.event.tolist(), table.why, strict=True)
    return {patient: (stop, event, why) for patient, stop, event, why in rows}


def own_definition(snapshot: Snapshot, patients: Sequence[str] | None = None) -> Definition:
    """The study's own."""
    endpoint = snapshot.protocol.endpoint(snapshot.options.endpoint)
    label = str(endpoint.label) if endpoint is not None else snapshot.options.endpoint
    return Definition(_("{endpoint} (the study’s own)").format(endpoint=label), patients=_kept(patients))


def other_definitions(snapshot: Snapshot, patients: Sequence[str] | None = None) -> list[Definition]:
    """Every other endpoint and time origin, no horizon, and only who was treated."""
    options, kept = snapshot.options, _kept(patients)
    others = [
        Definition(str(endpoint.label), endpoint=endpoint.code)
        for endpoint in snapshot.protocol.endpoints
        if endpoint.code != options.endpoint
    ]
    others += [
        Definition(_("From {origin}").format(origin=label), origin=code)
        for code, label in survival_origins(snapshot)
        if code != options.origin
    ]
    if options.horizon_days is not None:
        others.append(Definition(_("Without a horizon"), horizon=None))
    if options.excluded:
        others.append(Definition(_("All randomised, nobody left out"), everybody=True))
    others = [replace(other, patients=kept) for other in others]
    treated = _treated(snapshot, kept)
    if treated is not None:
        others.append(Definition(_("Treated patients only"), patients=treated))
    return others


def _kept(patients: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if patients is None else tuple(patients)


def _treated(snapshot: Snapshot, patients: Sequence[str] | None) -> tuple[str, ...] | None:
    """Who has a first dose; None where that is not known, or is everybody or nobody."""
    if not {codes.FIRST_DOSE_DATE, codes.RANDOMISATION_DATE} <= set(snapshot.patients.columns):
        return None
    dates = snapshot.patients[codes.FIRST_DOSE_DATE].fillna("").astype(str)
    randomised = snapshot.patients[codes.RANDOMISATION_DATE].fillna("").astype(str) != ""
    among = randomised if patients is None else randomised & dates.index.isin(list(patients))
    dosed = among & (dates != "")
    if not dosed.any() or bool((dosed == among).all()):
        return None
    return tuple(str(patient) for patient in dates.index[dosed])


def survival_origins(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The dates that time may be counted from, code and label: known ones from before the outcome."""
    events = {event.variable for event in snapshot.protocol.events}
    return [
        (variable.code, str(variable.label))
        for variable in snapshot.protocol.of_scope("patient")
        if variable.code == snapshot.options.origin
        or (
            variable.kind == "date"
            and variable.code in snapshot.patients.columns
            and variable.group != _OUTCOME_GROUP
            and variable.code not in _NEVER_ORIGIN | events
        )
    ]
