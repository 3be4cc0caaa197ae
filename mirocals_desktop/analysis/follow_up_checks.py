"""Checks of follow-up: dates that contradict each other, visits out of order, values outside their limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.calendar_days import CalendarDays, as_day, read_first_days, read_last_days
from mirocals_desktop.analysis.findings import Finding, Severity
from mirocals_desktop.analysis.held_visits import HeldVisits, derive_held_visits
from mirocals_desktop.analysis.patient_status import DOSE_CONTACT, SAMPLE_CONTACT, VISIT_CONTACT
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.ledger import IMPORTED
from mirocals_desktop.study.snapshot import Snapshot

_NOT_AFTER_DEATH: Final = (
    codes.LAST_CONTACT_DATE,
    codes.FIRST_DOSE_DATE,
    codes.COMPLETION_DATE,
    codes.WITHDRAWAL_DATE,
    codes.RANDOMISATION_DATE,
    codes.NIV_START_DATE,
    codes.PAV_START_DATE,
    codes.TRACHEOSTOMY_DATE,
    codes.GASTROSTOMY_DATE,
)
_ORDER: Final = (
    (codes.ONSET_DATE, codes.DIAGNOSIS_DATE),
    (codes.ONSET_DATE, codes.RANDOMISATION_DATE),
    (codes.DIAGNOSIS_DATE, codes.RANDOMISATION_DATE),
    (codes.CONSENT_DATE, codes.RANDOMISATION_DATE),
    (codes.RANDOMISATION_DATE, codes.FIRST_DOSE_DATE),
    (codes.RANDOMISATION_DATE, codes.COMPLETION_DATE),
    (codes.RANDOMISATION_DATE, codes.WITHDRAWAL_DATE),
)
"""Dates of which the first cannot come after the second."""

_FULL_DATE: Final = 10  # letters


def check_follow_up(snapshot: Snapshot, statuses: pd.DataFrame) -> list[Finding]:
    """Everything in dates and visits that cannot be true or is looked at, in the order of the patients."""
    held = derive_held_visits(snapshot)
    facts = _Facts(snapshot)
    findings = [
        *_check_deaths(snapshot, statuses, held, facts),
        *_check_date_order(snapshot, facts),
        *_check_future(snapshot, facts),
        *_check_visits(snapshot, held, facts),
        *_check_dates_of_values(snapshot),
        *_check_last_contacts(snapshot, statuses, facts),
    ]
    place = {patient: number for number, patient in enumerate(snapshot.patients.index)}
    return sorted(findings, key=lambda finding: place.get(finding.patient, len(place)))


def find_outside_limits(snapshot: Snapshot) -> pd.DataFrame:
    """The measurements outside their limits: rows of `snapshot.measurements`, with `impossible` and `new`.

    `impossible` is true where the value cannot be true, false where it is looked at. `new` is true for what
    the last import that stands brought, or anything after it. Sealed values are not here: a snapshot does not
    hold them. A value beyond the assay's range is judged by its limit.
    """
    measured = snapshot.measurements
    measured = measured[~measured["sealed"].to_numpy(dtype=bool)]
    number = measured["number"].to_numpy(dtype=np.float64)
    codes_of, names = pd.factorize(measured["variable"])
    outside = np.zeros(len(measured), dtype=bool)
    impossible = np.zeros(len(measured), dtype=bool)
    for place, name in enumerate(names):
        variable = snapshot.protocol.variable(str(name))
        if variable is None:
            continue
        rows = codes_of == place
        for limits, found in ((variable.suspicious, outside), (variable.impossible, impossible)):
            if limits.low is not None:
                found |= rows & (number < limits.low)
            if limits.high is not None:
                found |= rows & (number > limits.high)
    listed = measured[outside | impossible].assign(impossible=impossible[outside | impossible])
    entries = snapshot.entries
    imports = entries.loc[(entries["kind"] == IMPORTED) & (entries["withdrawn_by"] == 0), "number"]
    told = snapshot.observations
    new_ids = told["id"].to_numpy()[
        told["entry"].to_numpy() >= (int(imports.iloc[-1]) if len(imports) else 0)
    ]
    return listed.assign(new=listed["id"].isin(new_ids))


class _Facts:
    """The patients' own facts: what they are, and which observation says so."""

    def __init__(self, snapshot: Snapshot) -> None:
        told = snapshot.observations
        told = told[told["visit"].to_numpy() == ""]  # a patient's own facts belong to no visit
        keys = zip(told["patient"], told["variable"], strict=True)
        self._ids = dict(zip(keys, told["id"].tolist(), strict=True))
        self._snapshot = snapshot

    def id(self, patient: str, variable: str) -> tuple[int, ...]:
        """The observation of a patient's variable, as the tuple that a finding wants."""
        found = self._ids.get((patient, variable))
        return () if found is None else (int(found),)

    def texts(self, variable: str) -> list[str]:
        """One text per patient, "" where there is none."""
        patients = self._snapshot.patients
        if variable not in patients.columns:
            return [""] * len(patients)
        return [str(text) for text in patients[variable]]

    def name(self, variable: str) -> str:
        """The variable as a sentence names it."""
        known = self._snapshot.protocol.variable(variable)
        return str(known.label) if known is not None else variable

    def finding(
        self, severity: Severity, code: str, patient: str, message: str, *variables: str, visit: str = ""
    ) -> Finding:
        """A finding about a patient's own facts."""
        return Finding(
            severity=severity,
            code=code,
            patient=patient,
            message=message,
            visit=visit,
            variable=variables[0] if variables else "",
            observations=tuple(number for variable in variables for number in self.id(patient, variable)),
        )


def _check_deaths(
    snapshot: Snapshot, statuses: pd.DataFrame, held: HeldVisits, facts: _Facts
) -> Iterator[Finding]:
    dead = set(statuses.index[statuses["vital"] == "dead"])
    death = dict(zip(snapshot.patients.index, statuses["death"].tolist(), strict=True))
    vital = dict(zip(snapshot.patients.index, facts.texts(codes.VITAL_STATUS), strict=True))
    died_on = dict(zip(snapshot.patients.index, facts.texts(codes.DEATH_DATE), strict=True))
    for patient in snapshot.patients.index:
        if vital[patient] == codes.ALIVE and died_on[patient]:
            message = _("Patient {patient}: vital status says alive, but there is a date of death.").format(
                patient=patient
            )
            yield facts.finding(
                "error", "alive-and-dead", patient, message, codes.VITAL_STATUS, codes.DEATH_DATE
            )
        if patient in dead and pd.isna(death[patient]):
            message = _("Patient {patient} is dead, but the date of death is not known.").format(
                patient=patient
            )
            yield facts.finding("error", "death-without-date", patient, message, codes.VITAL_STATUS)
    last_day_of_death = pd.Series(_last_days_of_death(snapshot), index=snapshot.patients.index)
    for variable in _NOT_AFTER_DEATH:
        days = read_first_days(facts.texts(variable))
        after = days > last_day_of_death.to_numpy(dtype="datetime64[D]")
        for patient in snapshot.patients.index[after]:
            message = _("Patient {patient}: {variable} is after death.").format(
                patient=patient, variable=facts.name(variable)
            )
            yield facts.finding("error", "after-death", patient, message, variable, codes.DEATH_DATE)
    visits = snapshot.visits[held.done]
    after = held.days[held.done] > visits["patient"].map(last_day_of_death).to_numpy(dtype="datetime64[D]")
    for patient, visit, label in visits.loc[after, ["patient", "visit", "label"]].itertuples(index=False):
        message = _("Patient {patient}: visit {visit} is dated after death.").format(
            patient=patient, visit=label
        )
        yield facts.finding("error", "after-death", patient, message, codes.DEATH_DATE, visit=visit)


def _last_days_of_death(snapshot: Snapshot) -> CalendarDays:
    """The last day that each date of death can mean, so that a month-only death accuses nobody."""
    events = snapshot.events[snapshot.events["event"] == "death"].drop_duplicates("patient")
    dates = pd.Series(events["date"].to_numpy(dtype=object), index=events["patient"].to_numpy(dtype=object))
    return read_last_days(dates.reindex(snapshot.patients.index).fillna(""))


def _check_date_order(snapshot: Snapshot, facts: _Facts) -> Iterator[Finding]:
    for first, second in _ORDER:
        before, after = read_first_days(facts.texts(first)), read_last_days(facts.texts(second))
        for patient in snapshot.patients.index[before > after]:
            message = _("Patient {patient}: {first} comes after {second}.").format(
                patient=patient, first=facts.name(first), second=facts.name(second)
            )
            yield facts.finding("error", "date-order", patient, message, first, second)


def _check_future(snapshot: Snapshot, facts: _Facts) -> Iterator[Finding]:
    """Dates after the day the data speak of; with a data cut they are only not yet part of the data."""
    if snapshot.options.data_cut is not None:
        return
    today = as_day(snapshot.today())
    for variable in snapshot.protocol.of_scope("patient"):
        if variable.kind != "date" or variable.code not in snapshot.patients.columns:
            continue
        for patient in snapshot.patients.index[read_first_days(facts.texts(variable.code)) > today]:
            message = _("Patient {patient}: {variable} lies in the future.").format(
                patient=patient, variable=facts.name(variable.code)
            )
            yield facts.finding("warning", "future-date", patient, message, variable.code)
    measured = snapshot.measurements
    ahead = measured[measured["date"] > str(today)].drop_duplicates(["patient", "date"])
    for patient, visit, variable, number in ahead[["patient", "visit", "variable", "id"]].itertuples(
        index=False
    ):
        message = _("Patient {patient}: a measurement is dated in the future.").format(patient=patient)
        yield Finding("warning", "future-date", patient, message, visit, variable, (int(number),))


def _check_visits(snapshot: Snapshot, held: HeldVisits, facts: _Facts) -> Iterator[Finding]:
    visits = snapshot.visits[held.done]
    planned = visits[visits["target_day"].notna().to_numpy() & _is_full(visits["date"])]
    planned = planned.sort_values(["patient", "target_day", "date"], kind="stable")
    patient, label = planned["patient"].to_numpy(dtype=object), planned["label"].to_numpy(dtype=object)
    days, target = read_first_days(planned["date"]), planned["target_day"].to_numpy()
    back = (patient[1:] == patient[:-1]) & (days[1:] < days[:-1]) & (target[1:] > target[:-1])
    for step in np.flatnonzero(back).tolist():
        message = _("Patient {patient}: visit {visit} is dated before {earlier}, which the plan has first.")
        message = message.format(patient=patient[step], visit=label[step + 1], earlier=label[step])
        visit = str(planned["visit"].iloc[step + 1])
        yield facts.finding("warning", "visit-order", patient[step], message, visit=visit)
    concerned = visits[visits["patient"].isin({patient for patient, _visit in held.missed})]
    for patient_id, visit, name in concerned[["patient", "visit", "label"]].itertuples(index=False):
        if (patient_id, visit) in held.missed:
            message = _("Patient {patient}: visit {visit} is recorded as missed, but has measurements.")
            message = message.format(patient=patient_id, visit=name)
            yield facts.finding("warning", "missed-with-values", patient_id, message, visit=visit)
    consent = pd.Series(read_first_days(facts.texts(codes.CONSENT_DATE)), index=snapshot.patients.index)
    early = read_last_days(visits["date"]) < visits["patient"].map(consent).to_numpy(dtype="datetime64[D]")
    for patient_id, visit, name in visits.loc[early, ["patient", "visit", "label"]].itertuples(index=False):
        message = _("Patient {patient}: visit {visit} is dated before consent.").format(
            patient=patient_id, visit=name
        )
        yield facts.finding("warning", "before-consent", patient_id, message, codes.CONSENT_DATE, visit=visit)


def _check_dates_of_values(snapshot: Snapshot) -> Iterator[Finding]:
    """Values that a file puts at one visit and dates on the day of another: two visits may be exchanged."""
    visits = snapshot.visits[["patient", "visit", "label", "date"]]
    visits = visits[(visits["visit"].to_numpy() != "") & _is_full(visits["date"])]
    visits = visits.drop_duplicates(["patient", "visit"])
    told = snapshot.measurements[["id", "patient", "visit", "variable", "date", "assigned"]]
    told = told[(told["assigned"].to_numpy() == "file") & _is_full(told["date"])]
    told = told.merge(visits, on=["patient", "visit"], suffixes=("", "_held"))
    told = told[told["date"].to_numpy() != told["date_held"].to_numpy()]
    told = told.merge(visits, on=["patient", "date"], suffixes=("", "_other"))
    kinds = {
        key: rows for key, rows in told.groupby(["patient", "visit", "visit_other"], sort=False) if len(rows)
    }
    for (patient, visit, other), rows in kinds.items():
        back = kinds.get((patient, other, visit))
        if back is not None and rows["id"].iloc[0] > back["id"].iloc[0]:
            continue  # both ways is one finding
        message = (
            _("Patient {patient}: values of {visit} have the date of {other}, and the other way round.")
            if back is not None
            else _("Patient {patient}: values of {visit} have the date of {other}.")
        ).format(patient=patient, visit=rows["label"].iloc[0], other=rows["label_other"].iloc[0])
        ids = [*rows["id"], *(back["id"] if back is not None else ())]
        variable = str(rows["variable"].iloc[0])
        yield Finding(
            "warning", "date-of-other-visit", patient, message, visit, variable, tuple(map(int, ids))
        )


def _is_full(dates: pd.Series[str]) -> npt.NDArray[np.bool_]:
    """Which dates tell the day; asked of each date once, for a column of them would hold the window."""
    full = [date for date in pd.unique(dates) if len(date) == _FULL_DATE]
    return dates.isin(full).to_numpy()


def _check_last_contacts(snapshot: Snapshot, statuses: pd.DataFrame, facts: _Facts) -> Iterator[Finding]:
    """A recorded last contact that a visit, dose or sample proves out of date."""
    recorded = read_last_days(facts.texts(codes.LAST_CONTACT_DATE))
    newer = statuses["last_contact"].to_numpy(dtype="datetime64[D]") > recorded
    proof = statuses["last_contact_from"].isin((VISIT_CONTACT, DOSE_CONTACT, SAMPLE_CONTACT)).to_numpy()
    for patient in snapshot.patients.index[newer & proof]:
        message = _("Patient {patient} was seen after the recorded last contact.").format(patient=patient)
        yield facts.finding("warning", "last-contact-outdated", patient, message, codes.LAST_CONTACT_DATE)
