"""Which stored values the files should have: those of the patients, visits and days that they cover.

A file that has most of what is stored lacks the rest. A file of one visit, of one site or of a few patients
says nothing of the others, and does not lack them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from mirocals_desktop.i18n import amount, ngettext
from mirocals_desktop.importing.batch import Batch, Ints
from mirocals_desktop.importing.grid import Booleans
from mirocals_desktop.importing.issue_list import IssueList

_MOST: Final = 2 / 3
"""A file with this share of the stored patients, visits or records is a newer copy of all of them."""


@dataclass(frozen=True, eq=False)
class Stored:
    """The stored values of the files' variables: the row of each, and its places in the words of the batch.

    `patient` numbers everybody by `names`; `named` tells whom the files name. `matched` tells which values an
    observation of the files meets. `days` are ISO texts.
    """

    patient: Ints
    names: tuple[str, ...]
    named: Booleans
    variable: Ints
    visit: Ints
    days: np.ndarray[tuple[int], np.dtype[np.str_]]
    matched: Booleans


def expect(stored: Stored, said: Batch, sites: Mapping[str, str]) -> Booleans:
    """For each stored value whether the files should have it. `said` has their blank cells as well.

    `sites` tell the site of each patient of the study.
    """
    site = np.array([sites.get(name, "") for name in stored.names], dtype=object)
    said_days = said.dates.array().astype(str)
    expected = np.zeros(len(stored.patient), dtype=bool)
    for number in np.unique(stored.variable).tolist():
        at = np.flatnonzero(stored.variable == number)
        own = np.flatnonzero(said.variable == number)
        present = np.isin(stored.patient[at], _told(stored, said, own))
        if not present.any():
            continue
        scope = said.variables[number].scope
        if scope == "log" and stored.matched[at[present]].mean() < _MOST:
            continue  # the records since the last file, not all of them
        if scope == "visit":
            days = sorted(set(said_days[np.unique(said.date[own])].tolist()) - {""})
            covered = np.isin(stored.visit[at], said.visit[own]) & (stored.visit[at] > 0)
            if days:
                when = stored.days[at]
                covered |= (stored.visit[at] == 0) & (when >= days[0]) & (when <= days[-1])
            if covered[present].mean() < _MOST:
                at, present = at[covered], present[covered]
        expected[at[_of_patients(stored.patient[at], present, site)]] = True
    return expected


def _told(stored: Stored, said: Batch, own: Ints) -> Ints:
    """The patients, by their numbers in `stored`, of whom these observations of the files speak."""
    names = set(said.patients.array()[np.unique(said.patient[own])].tolist())
    return np.flatnonzero([name in names for name in stored.names])


def _of_patients(
    patient: Ints, present: Booleans, site: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> Booleans:
    """Which values are of patients whom a list of those who are `present` should have."""
    there = np.unique(patient[present])
    same_site = np.isin(site[patient], list({site[number] for number in there.tolist()} - {""}))
    for scope in (np.ones(len(patient), dtype=bool), same_site):
        if len(there) >= _MOST * len(np.unique(patient[scope])) and not (present & ~scope).any():
            return scope
    return present


def tell_missing(stored: Stored, expected: Booleans, issues: IssueList) -> None:
    """Say whom the files have no more, and how much of what is stored they do not cover at all."""
    lacking = pd.Series(stored.patient[expected & ~stored.matched]).value_counts()
    for number in np.flatnonzero(~stored.named).tolist():
        count = int(lacking.get(number, 0))
        if count:
            text = ngettext(
                "Patient {patient} is in no file; {count} value of the patient is stored.",
                "Patient {patient} is in no file; {count} values of the patient are stored.",
                count,
            )
            name = stored.names[number]
            issues.add(
                "warning", "patient-missing", text.format(patient=name, count=amount(count)), patient=name
            )
    beyond = int((~expected & ~stored.matched).sum())
    if beyond:
        text = ngettext(
            "{count} stored value is of a patient, a visit or a day that these files do not cover: "
            "it does not count as missing.",
            "{count} stored values are of patients, visits or days that these files do not cover: "
            "they do not count as missing.",
            beyond,
        )
        issues.add("note", "beyond-files", text.format(count=amount(beyond)))
