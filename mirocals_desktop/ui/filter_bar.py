"""The filter that all pages share: which patients are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.ui.session import Filters


def filter_patients(snapshot: Snapshot, filters: Filters) -> list[str]:
    """The ids of the patients that the filter lets through, in the snapshot's order."""
    import numpy as np

    from mirocals_desktop.protocol import codes

    patients = snapshot.patients
    kept = np.ones(len(patients), dtype=bool)
    if filters.sites and codes.SITE in patients:
        kept &= patients[codes.SITE].isin(filters.sites).to_numpy()
    if filters.arms and codes.ARM in patients:
        kept &= patients[codes.ARM].isin(filters.arms).to_numpy()
    if filters.text:
        wanted = filters.text.casefold()
        kept &= np.array([wanted in patient.casefold() for patient in patients.index], dtype=bool)
    return [str(patient) for patient in patients.index[kept]]
