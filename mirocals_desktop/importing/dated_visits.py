"""Visits that no file names: which visit the study gives each day, once the import is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from mirocals_desktop.importing.batch import Ints, Words
from mirocals_desktop.importing.review import Review, Status
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True)
class DatedVisits:
    """What becomes of the days of patients for which the files name no visit.

    `visits` has the visit of each (patient, date), "" for an unscheduled one. The counts are of such days:
    those on which the patient has a named visit, those in the window of a planned one, those that are
    unscheduled. `undated` counts values with neither visit nor date.
    """

    visits: Mapping[tuple[str, str], str] = field(default_factory=dict)
    same_day: int = 0
    window: int = 0
    unscheduled: int = 0
    undated: int = 0


def find_dated_visits(review: Review, after: Snapshot) -> DatedVisits:
    """The visits of days without a visit's name. `after` is the study as the import would leave it."""
    batch = review.batch
    of_visits = np.array([variable.scope == "visit" for variable in batch.variables], dtype=bool)
    written = np.isin(review.status, (Status.NEW, Status.CHANGED))
    if not written.any():
        return DatedVisits()
    rows = batch.take(written & (batch.visit == 0) & of_visits[batch.variable])
    dates = np.array([variable.code == codes.VISIT_DATE for variable in batch.variables], dtype=bool)
    says = dates[rows.variable] & (rows.date == 0)
    days = {
        *_pairs(rows.patient[~says], rows.date[~says], batch.patients, batch.dates),
        *_pairs(rows.patient[says], rows.text[says], batch.patients, batch.texts),
    }
    given = after.visits[["patient", "date", "visit", "assigned"]]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for patient, date, visit, how in given.itertuples(index=False, name=None):
        if (patient, date) in days and (visit or (patient, date) not in found):
            found[patient, date] = visit, how
    hows = [how if visit else "" for visit, how in found.values()]
    return DatedVisits(
        {day: visit for day, (visit, _how) in found.items()},
        same_day=hows.count("file"),
        window=hows.count("window"),
        unscheduled=hows.count(""),
        undated=int((rows.date == 0).sum() - (says & (rows.text > 0)).sum()),
    )


def _pairs(first: Ints, second: Ints, patients: Words, days: Words) -> Iterator[tuple[str, str]]:
    """The different pairs of a patient and a day."""
    packed = np.unique(first * np.int64(len(days) + 1) + second)
    names, texts = patients.array(), days.array()
    for pair in packed.tolist():
        patient, day = divmod(pair, len(days) + 1)
        yield str(names[patient]), str(texts[day])
