"""What says when a patient was last known alive, and what came of the contacts, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mirocals_desktop.analysis.patient_status import DOSE_CONTACT, SAMPLE_CONTACT, VISIT_CONTACT
from mirocals_desktop.i18n import _
from mirocals_desktop.study.contacts import KINDS, RecordedContact
from mirocals_desktop.ui.values import date_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot


def evidence_text(snapshot: Snapshot, source: Any, visit: Any) -> str:
    """What says when a patient was last known alive, from `derive_statuses`."""
    if source == VISIT_CONTACT:
        name = visit_text(snapshot.protocol, str(visit))
        return _("visit {visit}").format(visit=name) if name else _("a visit outside the plan")
    if source == DOSE_CONTACT:
        return _("a dose")
    if source == SAMPLE_CONTACT:
        return _("a sample")
    return variable_text(snapshot.protocol, str(source)) if source else ""


def contact_text(recorded: RecordedContact) -> str:
    """One contact in a line: day, what was learnt, who told it, the note."""
    contact = recorded.contact
    parts = [f"{_(KINDS[contact.kind])} {date_text(contact.day)}", contact.source, contact.note]
    if contact.kind == "note":
        parts[0] = date_text(contact.day)
    return ", ".join(part for part in parts if part)


def by_patient(contacts: Sequence[RecordedContact]) -> Mapping[str, list[RecordedContact]]:
    """The contacts of each patient, the last one first."""
    found: dict[str, list[RecordedContact]] = {}
    for recorded in contacts:
        found.setdefault(recorded.contact.patient, []).append(recorded)
    return found
