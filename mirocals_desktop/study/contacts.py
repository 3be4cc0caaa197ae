"""What somebody learnt of a patient by a contact: alive on a day, died on a day, or only that they tried.

A contact is one audit entry. Its details hold the contact itself under "contact"; what it tells of the
patient it brings as ordinary observations, which replace what was known before, with the source as reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final, Literal

import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study import observation
from mirocals_desktop.study.dates import span_of
from mirocals_desktop.study.ledger import ENTERED
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study

ContactKind = Literal["alive", "died", "note"]

KINDS: Final[dict[ContactKind, str]] = {
    "alive": N_("Alive on"),
    "died": N_("Died on"),
    "note": N_("No answer, or a note"),
}
"""What a contact can tell, with English names."""

DETAIL: Final = "contact"


@dataclass(frozen=True)
class Contact:
    """One contact. `day` is the ISO day (of a death as precise as it is known) that it speaks of.

    `source` says who or what told it (a call with the family, the registry); `note` is free text.
    """

    patient: str
    kind: ContactKind
    day: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class RecordedContact:
    """A contact as the ledger keeps it: with its entry, who wrote it and when (UTC)."""

    contact: Contact
    entry: int
    at_utc: str
    person: str


def record_contact(study: Study, contact: Contact) -> int:
    """Write a contact and what it tells; gives the number of its entry.

    Raises `AppError` when it contradicts what is stored, tells nothing new or lies in the future.
    """
    snapshot = study.snapshot()
    values = _check(snapshot, contact)
    return study.record(
        ENTERED,
        reason=contact.source,
        details={"about": contact.patient, DETAIL: asdict(contact)},
        observations=_observations(snapshot, contact, values) if values else None,
    )


def read_contacts(study: Study, *, as_of: int | None = None) -> list[RecordedContact]:
    """Every contact that stands, the last one first."""
    withdrawn = study.withdrawn_by()
    found = []
    for entry in study.entries():
        told = entry.details.get(DETAIL) if entry.kind == ENTERED else None
        if told and entry.number not in withdrawn and (as_of is None or entry.number <= as_of):
            found.append(RecordedContact(Contact(**told), entry.number, entry.at_utc, entry.person))
    return found[::-1]


def check_contact(snapshot: Snapshot, contact: Contact) -> None:
    """Raises `AppError` when the contact cannot be recorded."""
    _check(snapshot, contact)


def _check(snapshot: Snapshot, contact: Contact) -> Mapping[str, str]:
    """What the contact tells, as variables of the patient and their texts."""
    if contact.patient not in snapshot.patients.index:
        raise AppError(_("The study has no patient {patients}.").format(patients=contact.patient))
    if not contact.source.strip():
        raise AppError(_("Say who or what told it."), hint=_("For example: call with the family."))
    span = span_of(contact.day)
    if span is None or (contact.kind != "died" and span[0] != span[1]):
        raise AppError(
            _("This is no date of the calendar."), hint=_("Write day, month and year, or month and year.")
        )
    if span[0] > date.today():
        raise AppError(_("The date lies in the future."))
    if contact.kind == "note":
        if not contact.note.strip():
            raise AppError(_("The note is empty."), hint=_("Write what came of the contact."))
        return {}
    row = snapshot.patients.index.get_indexer(pd.Index([contact.patient]))[0]
    facts = {str(name): str(snapshot.patients[name].iloc[row]) for name in snapshot.patients.columns}
    died_on = facts.get(codes.DEATH_DATE, "")
    dead = facts.get(codes.VITAL_STATUS, "") == codes.DEAD or died_on != ""
    if dead and (contact.kind == "alive" or died_on):
        raise AppError(
            _("Patient {patient} is recorded as dead already.").format(patient=contact.patient),
            hint=_("If that is wrong, correct the vital status and the date of death first."),
        )
    protocol = snapshot.protocol
    if contact.kind == "died":
        told = _where(protocol, codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE)
        return {told: contact.day, **_status(protocol, codes.DEAD)}
    told = _where(protocol, codes.LAST_CONTACT_DATE, codes.END_OF_FOLLOW_UP_DATE)
    known = span_of(facts.get(told, ""))
    if known is not None and known[1] >= span[0]:
        raise AppError(
            _("The last contact is recorded on {date} already, which is not before.").format(
                date=facts.get(told, "")
            ),
            hint=_("Write a later date, or keep the call as a note."),
        )
    return {told: contact.day, **_status(protocol, codes.ALIVE)}


def _where(protocol: Protocol, *variables: str) -> str:
    """The first of these variables that the protocol has."""
    found = next((code for code in variables if protocol.variable(code) is not None), None)
    if found is None:
        raise AppError(
            _("The study has no variable that holds this date."),
            hint=_("Import a column with the dates of last contact or of death first."),
        )
    return found


def _status(protocol: Protocol, status: str) -> dict[str, str]:
    variable = protocol.variable(codes.VITAL_STATUS)
    if variable is None or variable.choice(status) is None:
        return {}
    return {codes.VITAL_STATUS: status}


def _observations(snapshot: Snapshot, contact: Contact, values: Mapping[str, str]) -> pd.DataFrame | None:
    """The values that are new or other than what stands, each replacing it."""
    own = snapshot.observations
    own = own[(own["patient"] == contact.patient) & (own["visit"] == "") & own["variable"].isin(list(values))]
    stands = {str(row["variable"]): row for row in own.to_dict("records")}
    new = {code: text for code, text in values.items() if code not in stands or stands[code]["text"] != text}
    if not new:
        return None
    return observation.frame(
        {
            "patient": [contact.patient] * len(new),
            "variable": list(new),
            "text": list(new.values()),
            "raw": list(new.values()),
            "replaces": [int(stands[code]["id"]) if code in stands else 0 for code in new],
        }
    )
