"""Which visits took place, and which a file calls missed: the ground of status and follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.calendar_days import CalendarDays, as_day, read_first_days
from mirocals_desktop.analysis.once import once
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

VISIT_MISSED: Final = "missed"
"""The choice of `VISIT_STATUS` of a visit that did not take place and will not."""


@dataclass(frozen=True, eq=False)
class HeldVisits:
    """Row by row of `snapshot.visits`: whether the visit took place, and on which day at the earliest.

    `missed` gives patient and visit of every visit that a file calls missed, with its reason ("" for none).
    """

    done: npt.NDArray[np.bool_]
    days: CalendarDays
    missed: Mapping[tuple[str, str], str]


@once
def derive_held_visits(snapshot: Snapshot) -> HeldVisits:
    """Tell the visits that took place by the day the data speak of from those that are only recorded.

    A row that only says why a visit was missed did not take place, nor did an appointment still to come; a
    visit called missed that has a measurement did.
    """
    visits = snapshot.visits
    days = read_first_days(visits["date"])
    done = (~np.isnat(days) | (visits["n"].to_numpy() > 0)) & ~(days > as_day(snapshot.today()))
    missed = _missed_visits(snapshot)
    if missed:
        patients = visits["patient"].to_numpy(dtype=object)
        named = visits["visit"].to_numpy(dtype=object)
        concerned = np.flatnonzero(visits["patient"].isin({patient for patient, _visit in missed}))
        rows = [row for row in concerned.tolist() if (patients[row], named[row]) in missed]
        measured = snapshot.measurements
        measured = measured[measured["patient"].isin({patient for patient, _visit in missed})]
        has_values = set(zip(measured["patient"], measured["visit"], strict=True))
        for row in rows:
            done[row] &= (patients[row], named[row]) in has_values
    done.flags.writeable = days.flags.writeable = False
    return HeldVisits(done=done, days=days, missed=missed)


def _missed_visits(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    visits = snapshot.visits
    called = visits[(visits["status"].to_numpy() == VISIT_MISSED) & (visits["visit"].to_numpy() != "")]
    missed = dict.fromkeys(zip(called["patient"], called["visit"], strict=True), "")
    told = snapshot.observations
    told = told[told["variable"].to_numpy() == codes.MISSED_REASON]
    for patient, visit, text in zip(told["patient"], told["visit"], told["text"], strict=True):
        if visit and text:
            missed[patient, visit] = text
    return missed
