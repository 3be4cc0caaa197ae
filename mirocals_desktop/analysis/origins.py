"""Which stored value a status, a visit, a contact or an endpoint rests on, to lead to its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirocals_desktop.analysis import patient_status
from mirocals_desktop.protocol import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_LOG_CONTACTS: Final = {
    patient_status.DOSE_CONTACT: patient_status.DOSE_DATE,
    patient_status.SAMPLE_CONTACT: patient_status.SAMPLE_DATE,
}


def find_status_origin(snapshot: Snapshot, patient: str, status: str, source: str, visit: str) -> int:
    """The observation that a patient's status rests on: the death, the withdrawal, the randomisation.

    Where that is not stored, what the last contact is known from, else the patient's first value. `status`,
    `source` and `visit` are `status`, `last_contact_from` and `last_contact_visit` of the statuses.
    """
    return (
        _first(snapshot, patient, "", _OF_A_STATUS.get(status, ()))
        or find_contact_origin(snapshot, patient, source, visit)
        or _first(snapshot, patient, None, (), otherwise=True)
    )


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
    return _first(snapshot, patient, "", (_LOG_CONTACTS.get(source, source),))


def find_endpoint_origin(snapshot: Snapshot, patient: str) -> int:
    """The observation that dates an event of the study's endpoint; 0 where there is none."""
    protocol = snapshot.protocol
    endpoint = protocol.endpoint(snapshot.options.endpoint)
    counted = endpoint.events if endpoint is not None else ()
    dated = [event.variable for event in protocol.events if event.code in counted]
    return _first(snapshot, patient, "", [*dated, codes.VITAL_STATUS])


def _first(
    snapshot: Snapshot, patient: str, visit: str | None, variables: Sequence[str], *, otherwise: bool = False
) -> int:
    """The observation of the first of the variables that the patient has at a visit (None: at any); of one
    that a log repeats the latest that is past. Or, `otherwise`, of any variable the first in the file.
    """
    told = snapshot.observations
    own = told.take(np.flatnonzero(told["patient"].to_numpy() == patient))
    if visit is not None:
        own = own[own["visit"].to_numpy() == visit]
    for variable in variables:
        of = own[own["variable"].to_numpy() == variable]
        if variable in _LOG_CONTACTS.values():  # dates are ISO texts
            past = of[of["text"].to_numpy() <= snapshot.today().isoformat()]
            of = past.sort_values("text", ascending=False, kind="stable")
        if len(of):
            return int(of["id"].iloc[0])
    return int(own["id"].iloc[0]) if otherwise and len(own) else 0
