"""Which stored value a visit, a contact or an endpoint rests on, so that what was derived leads to a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirocals_desktop.analysis.patient_status import VISIT_CONTACT
from mirocals_desktop.protocol import codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirocals_desktop.study.snapshot import Snapshot

_OF_A_VISIT: Final = (codes.MISSED_REASON, codes.VISIT_DATE, codes.VISIT_STATUS)


def find_visit_origin(snapshot: Snapshot, patient: str, visit: str) -> int:
    """The observation that tells of a visit: why it was missed, its date, its status, else its first value.

    0 where nothing is stored of the visit.
    """
    return _first(snapshot, patient, visit, _OF_A_VISIT, otherwise=True) if visit else 0


def find_contact_origin(snapshot: Snapshot, patient: str, source: str, visit: str) -> int:
    """The observation that a last contact is known from; 0 for a dose or a sample, which its log shows.

    `source` and `visit` are `last_contact_from` and `last_contact_visit` of the statuses.
    """
    if source == VISIT_CONTACT:
        return _first(snapshot, patient, visit, (codes.VISIT_DATE,), otherwise=True)
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
