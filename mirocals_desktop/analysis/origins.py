"""Which stored value a status, a visit, a contact or an endpoint rests on, to lead to its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirocals_desktop.analysis import patient_status
from mirocals_desktop.protocol import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mirocals_desktop.study.snapshot import Snapshot

_OF_A_VISIT: Final = (codes.MISSED_REASON, codes.VISIT_DATE, codes.VISIT_STATUS)
_OF_A_STATUS: Final = {
    patient_status.DIED: (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.VITAL_STATUS),
    patient_status.NOT_ELIGIBLE: (codes.SCREENING_OUTCOME,),
    patient_status.WITHDRAWN: (codes.WITHDRAWAL_DATE, codes.WITHDRAWAL_REASON),
    patient_status.COMPLETED: (codes.COMPLETION_DATE,),
    patient_status.ON_TREATMENT: (codes.FIRST_DOSE_DATE, patient_status.DOSE_DATE),
    patient_status.RANDOMISED: (codes.RANDOMISATION_DATE,),
    patient_status.RUN_IN: (codes.RILUZOLE_START_DATE,),
    patient_status.SCREENED: (codes.CONSENT_DATE, patient_status.SCREENING_DATE),
}
_DAY_TEXT: Final = "U10"  # an ISO date
_LOG_CONTACTS: Final = {
    patient_status.DOSE_CONTACT: patient_status.DOSE_DATE,
    patient_status.SAMPLE_CONTACT: patient_status.SAMPLE_DATE,
}


def find_status_origins(snapshot: Snapshot, statuses: pd.DataFrame) -> dict[str, int]:
    """For every patient the observation that the status rests on: the death, the withdrawal, the contact.

    Where that is not stored, the patient's last contact, else the first value there is. `statuses` are those
    of `derive_statuses`. Nobody is left out who has a value.
    """
    told = snapshot.observations
    contacts = set(statuses["last_contact_from"])
    wanted = {variable for variables in _OF_A_STATUS.values() for variable in variables}
    wanted |= {_LOG_CONTACTS.get(source, source) for source in contacts} | {codes.VISIT_DATE}
    rows = told.loc[told["variable"].isin(wanted), ["patient", "variable", "visit", "text", "id"]]
    of_log = rows["variable"].isin(_LOG_CONTACTS.values())
    rows = rows[~of_log | (rows["text"] <= snapshot.today().isoformat())]
    last = np.argsort(rows["text"].to_numpy().astype(_DAY_TEXT), kind="stable")  # of a log the latest day
    patient, variable, visit, ids = (
        rows[name].to_numpy()[last].tolist() for name in ("patient", "variable", "visit", "id")
    )
    of = dict(zip(zip(patient, variable, visit, strict=True), ids, strict=True))
    some = told.drop_duplicates("patient").set_index("patient")["id"].to_dict()
    found = {}
    told_of = ("status", "last_contact_from", "last_contact_visit")
    for patient, status, source, visit in statuses[list(told_of)].itertuples(name=None):
        at_visit = source == patient_status.VISIT_CONTACT
        contact = (codes.VISIT_DATE, visit) if at_visit else (_LOG_CONTACTS.get(source, source), "")
        places = [*((variable, "") for variable in _OF_A_STATUS.get(status, ())), contact]
        number = next((of[patient, *place] for place in places if (patient, *place) in of), None)
        number = some.get(patient, 0) if number is None else number
        if number:
            found[str(patient)] = int(number)
    return found


def find_plan_origin(snapshot: Snapshot, patient: str) -> int:
    """The date from which a patient's visits are planned; 0 where the patient has none."""
    return _first(snapshot, patient, "", (snapshot.options.origin,))


def find_visit_origin(snapshot: Snapshot, patient: str, visit: str) -> int:
    """The observation that tells of a visit: why it was missed, its date, its status, else its first value.

    0 where nothing is stored of the visit.
    """
    return _first(snapshot, patient, visit, _OF_A_VISIT, otherwise=True) if visit else 0


def find_contact_origin(snapshot: Snapshot, patient: str, source: str, visit: str) -> int:
    """The observation that a last contact is known from: a date, of a dose or a sample the latest.

    `source` and `visit` are `last_contact_from` and `last_contact_visit` of the statuses.
    """
    if source == patient_status.VISIT_CONTACT:
        return _first(snapshot, patient, visit, (codes.VISIT_DATE,), otherwise=True)
    if source in _LOG_CONTACTS:
        told = snapshot.observations
        dates = told[(told["variable"] == _LOG_CONTACTS[source]) & (told["patient"] == patient)]
        today = snapshot.today().isoformat()
        past = dates[dates["text"].to_numpy() <= today].sort_values("text", kind="stable")
        return int(past["id"].iloc[-1]) if len(past) else 0
    return _first(snapshot, patient, "", (source,))


def find_endpoint_origin(snapshot: Snapshot, patient: str) -> int:
    """The observation that dates an event of the study's endpoint; 0 where there is none."""
    protocol = snapshot.protocol
    endpoint = protocol.endpoint(snapshot.options.endpoint)
    counted = endpoint.events if endpoint is not None else ()
    dated = [event.variable for event in protocol.events if event.code in counted]
    return _first(snapshot, patient, "", [*dated, codes.VITAL_STATUS])


def _first(
    snapshot: Snapshot, patient: str, visit: str, variables: Sequence[str], *, otherwise: bool = False
) -> int:
    """The observation of the first of the variables that the patient has; or of any, in the file's order."""
    told = snapshot.observations
    own = told[(told["patient"].to_numpy() == patient) & (told["visit"].to_numpy() == visit)]
    of = dict(zip(reversed(own["variable"].tolist()), reversed(own["id"].tolist()), strict=True))
    found = next((of[name] for name in variables if name in of), None)
    if found is None and otherwise and len(own):
        found = own["id"].iloc[0]
    return int(found or 0)
