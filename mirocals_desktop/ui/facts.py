"""What everything around the pages asks: status and class of each patient, what can be undone.

Derived once per snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirocals_desktop.analysis.groups import derive_classes
from mirocals_desktop.analysis.origins import find_status_origins
from mirocals_desktop.analysis.patient_status import STATUSES, derive_statuses, status_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.undo import Step, find_redo, find_undo

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.ui.session import Filters


@dataclass(frozen=True)
class Facts:
    """Status code of each patient, and the index of its class by the protocol's first classes (-1: none).

    `status_origin` is the observation that each status rests on. `undo` and `redo` are the acts that can be
    taken back and brought back.
    """

    status: Mapping[str, str]
    status_origin: Mapping[str, int]
    class_index: Mapping[str, int]
    class_variable: str
    class_labels: tuple[str, ...]
    undo: Step | None = None
    redo: Step | None = None

    def status_of(self, patient: str) -> str:
        """A patient's status in words; "" for one who is not in the study."""
        code = self.status.get(patient, "")
        return status_name(code) if code else ""

    def statuses(self) -> list[tuple[str, str]]:
        """The statuses that patients of the study have, code and words, in the order of a trial."""
        present = set(self.status.values())
        return [(code, status_name(code)) for code in STATUSES if code in present]


def derive_facts(snapshot: Snapshot) -> Facts:
    """The facts of a snapshot; done on the worker, because it may take a moment on a large study."""
    statuses = derive_statuses(snapshot)
    status = dict(zip((str(p) for p in statuses.index), statuses["status"], strict=True))
    status_origin = find_status_origins(snapshot, statuses)
    undo, redo = find_undo(snapshot.entries), find_redo(snapshot.entries)
    if not snapshot.protocol.classes:
        return Facts(status, status_origin, {}, "", (), undo, redo)
    variable = snapshot.protocol.classes[0].variable
    found = derive_classes(snapshot, variable, patients=list(snapshot.patients.index))
    class_index = dict(zip(found.patients, found.index.tolist(), strict=True))
    return Facts(status, status_origin, class_index, variable, found.labels, undo, redo)


def filter_patients(snapshot: Snapshot, facts: Facts, filters: Filters) -> list[str]:
    """The ids of the patients that the filter lets through, in the snapshot's order."""
    patients = snapshot.patients
    ids = [str(patient) for patient in patients.index]
    kept = set(ids)
    for column, wanted in ((codes.SITE, filters.sites), (codes.ARM, filters.arms)):
        if wanted and column in patients.columns:
            kept &= set(patients.index[patients[column].isin(wanted)])
    if filters.statuses:
        kept &= {patient for patient, status in facts.status.items() if status in filters.statuses}
    if filters.classes:
        kept &= {patient for patient, index in facts.class_index.items() if index in filters.classes}
    if filters.list_name:
        kept &= filters.listed
    if filters.text:
        text = filters.text.casefold()
        kept = {patient for patient in kept if text in patient.casefold()}
    return [patient for patient in ids if patient in kept]
