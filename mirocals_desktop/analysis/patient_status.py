"""Where each patient stands: screened to completed, alive, dead or unknown, and when last heard of.

Vital status is derived, never stored: a patient not known dead, whose last contact lies before the horizon
while the horizon has passed, is *unknown*, whatever a file says of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.calendar_days import (
    CalendarDays,
    as_day,
    day_numbers,
    read_first_days,
)
from mirocals_desktop.analysis.held_visits import HeldVisits, derive_held_visits
from mirocals_desktop.analysis.once import once
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

Flags = npt.NDArray[np.bool_]

SCREENED: Final = "screened"
NOT_ELIGIBLE: Final = "not_eligible"
RUN_IN: Final = "run_in"
RANDOMISED: Final = "randomised"
ON_TREATMENT: Final = "on_treatment"
COMPLETED: Final = "completed"
WITHDRAWN: Final = "withdrawn"
UNKNOWN: Final = "unknown"
DIED: Final = "died"

STATUSES: Final[dict[str, str]] = {
    SCREENED: N_("Screened"),
    NOT_ELIGIBLE: N_("Not eligible"),
    RUN_IN: N_("Run-in"),
    RANDOMISED: N_("Randomised"),
    ON_TREATMENT: N_("On treatment"),
    COMPLETED: N_("Completed"),
    WITHDRAWN: N_("Withdrawn"),
    UNKNOWN: N_("Unknown"),
    DIED: N_("Died"),
}
"""The codes of a patient's status in the order of a trial, with their English names."""

VITAL_ALIVE: Final = "alive"
VITAL_DEAD: Final = "dead"
VITAL_UNKNOWN: Final = "unknown"

SCREENING_FAILED: Final = "failed"
"""The choice of `SCREENING_OUTCOME` that ends a patient's part in the trial."""

DOSE_DATE: Final = "dose_date"
SAMPLE_DATE: Final = "sample_collected_date"
LAST_DOSE_DATE: Final = "last_dose_date"
SCREENING_DATE: Final = "screening_date"

_CONTACTS: Final = (
    codes.LAST_CONTACT_DATE,
    codes.END_OF_FOLLOW_UP_DATE,
    codes.COMPLETION_DATE,
    codes.WITHDRAWAL_DATE,
    LAST_DOSE_DATE,
    codes.FIRST_DOSE_DATE,
    codes.RANDOMISATION_DATE,
    codes.RILUZOLE_START_DATE,
    codes.CONSENT_DATE,
    SCREENING_DATE,
    codes.TRACHEOSTOMY_DATE,
    codes.NIV_START_DATE,
    codes.PAV_START_DATE,
    codes.GASTROSTOMY_DATE,
)
"""Dates on which a patient was alive, the most telling first: of two on one day the first is the evidence."""

VISIT_CONTACT: Final = "visit"
DOSE_CONTACT: Final = "dose"
SAMPLE_CONTACT: Final = "sample"


def status_name(status: str) -> str:
    """The translated name of a status."""
    return _(STATUSES[status])


@once
def derive_statuses(snapshot: Snapshot) -> pd.DataFrame:
    """Where every patient stands on the day the data speak of: one row each, indexed by patient.

    Columns:
    - `status`, a code of `STATUSES`; `randomised`, whether the patient was (in a study without randomisation:
      has a date at day 0); `treated`, whether a first dose is recorded of one who was;
    - `vital`: "alive" (known on or after the horizon, or still before it), "dead", "unknown", or "" for
      somebody who was never randomised and is not known dead;
    - `screened_on` (consent, else screening, else randomisation), `randomised_on`, `origin`, `death`,
      `withdrawal`, `completion`, `last_contact`: calendar days as datetime64 (the first day that a partial
      date can mean), NaT where unknown or after the day the data speak of;
    - `today_day`, `death_day`, `last_contact_day`: days from the origin, NaN where unknown;
    - `last_contact_from`: the code of the date variable, or "visit", "dose", "sample"; `last_contact_visit`:
      the visit's code, then. A date after the day the data speak of is no contact;
    - `recorded_contact`: the last contact as somebody recorded it, NaT where nobody did.
    """
    held = derive_held_visits(snapshot)
    patients = snapshot.patients
    today = as_day(snapshot.today())
    origin = _patient_days(snapshot, snapshot.options.origin)
    randomised_on = origin
    if codes.RANDOMISATION_DATE in patients.columns:
        randomised_on = _patient_days(snapshot, codes.RANDOMISATION_DATE)
    randomised = _by(randomised_on, today)
    screened_on = _patient_days(snapshot, codes.CONSENT_DATE)
    for other in (_patient_days(snapshot, SCREENING_DATE), randomised_on):
        screened_on = np.where(np.isnat(screened_on), other, screened_on)
    death, died = _deaths(snapshot, today)
    withdrawal = _past(_patient_days(snapshot, codes.WITHDRAWAL_DATE), today)
    completion = _past(_patient_days(snapshot, codes.COMPLETION_DATE), today)
    contact, contact_from, contact_visit = _last_contacts(snapshot, held, today, died)

    today_day = day_numbers(np.full(len(patients), today), origin)
    contact_day = day_numbers(contact, origin)
    horizon = snapshot.options.horizon_days
    reached = np.zeros(len(patients), dtype=bool) if horizon is None else contact_day >= horizon
    passed = np.zeros(len(patients), dtype=bool) if horizon is None else today_day >= horizon
    unknown = randomised & ~died & passed & ~reached
    vital = np.select(
        [died, unknown, randomised], [VITAL_DEAD, VITAL_UNKNOWN, VITAL_ALIVE], default=""
    ).astype(object)

    treated = _by(_patient_days(snapshot, codes.FIRST_DOSE_DATE), today) | ~np.isnat(
        _last_of_log(snapshot, codes.LOG_DOSE, DOSE_DATE)
    )
    run_in = _by(_patient_days(snapshot, codes.RILUZOLE_START_DATE), today)
    outcome = _patient_texts(snapshot, codes.SCREENING_OUTCOME)
    refused = outcome == SCREENING_FAILED
    withdrew = ~np.isnat(withdrawal) | (_patient_texts(snapshot, codes.WITHDRAWAL_REASON) != "")
    completed = ~np.isnat(completion) | (randomised & reached)
    if horizon is None:
        completed |= _had_last_visit(snapshot, held)
    status = np.select(
        [
            died,
            refused & ~randomised,
            withdrew & ~reached & np.isnat(completion),
            completed,
            unknown,
            randomised & treated,
            randomised,
            run_in,
        ],
        [DIED, NOT_ELIGIBLE, WITHDRAWN, COMPLETED, UNKNOWN, ON_TREATMENT, RANDOMISED, RUN_IN],
        default=SCREENED,
    ).astype(object)
    return pd.DataFrame(
        {
            "status": status,
            "randomised": randomised,
            "treated": randomised & treated,
            "vital": vital,
            "screened_on": _past(screened_on, today),
            "randomised_on": _past(randomised_on, today),
            "origin": origin,
            "death": death,
            "withdrawal": withdrawal,
            "completion": completion,
            "last_contact": contact,
            "today_day": today_day,
            "death_day": day_numbers(death, origin),
            "last_contact_day": contact_day,
            "last_contact_from": contact_from,
            "last_contact_visit": contact_visit,
            "recorded_contact": _recorded_contacts(snapshot, today, died),
        },
        index=patients.index,
    )


def _deaths(snapshot: Snapshot, today: np.datetime64) -> tuple[CalendarDays, Flags]:
    """The day of death and whether the patient is known dead, by then."""
    index = snapshot.patients.index
    events = snapshot.events[snapshot.events["event"] == "death"].drop_duplicates("patient")
    days = pd.Series(read_first_days(events["date"]), index=events["patient"].to_numpy(dtype=object))
    death = days.reindex(index).to_numpy(dtype="datetime64[D]")
    dead = index.isin(events["patient"]) | (_patient_texts(snapshot, codes.VITAL_STATUS) == codes.DEAD)
    last = _patient_days(snapshot, codes.END_OF_FOLLOW_UP_DATE)  # "last seen or died": for the dead, death
    death = np.where(np.isnat(death) & dead, last, death)
    later = death > today
    return np.where(later, np.datetime64("NaT"), death), dead & ~later


def _recorded_contacts(snapshot: Snapshot, today: np.datetime64, died: Flags) -> CalendarDays:
    """The day of the last contact as the trial recorded it, whatever else was seen later."""
    ended = _patient_days(snapshot, codes.END_OF_FOLLOW_UP_DATE)  # of the dead, the day of death
    return np.fmax(
        _past(_patient_days(snapshot, codes.LAST_CONTACT_DATE), today),
        _past(np.where(died, np.datetime64("NaT"), ended), today),
    )


def _last_contacts(
    snapshot: Snapshot, held: HeldVisits, today: np.datetime64, died: Flags
) -> tuple[CalendarDays, npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """The last day that each patient was known alive, what says so, and which visit it was."""
    index = snapshot.patients.index
    days = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[D]")
    source = np.full(len(index), "", dtype=object)
    visit = np.full(len(index), "", dtype=object)

    def consider(candidates: CalendarDays, name: str, visits: npt.NDArray[np.object_] | str = "") -> None:
        later = ~np.isnat(candidates) & (candidates <= today) & (np.isnat(days) | (candidates > days))
        days[later] = candidates[later]
        source[later] = name
        visit[later] = visits if isinstance(visits, str) else visits[later]

    for code in _CONTACTS:
        contact = _patient_days(snapshot, code)
        if code == codes.END_OF_FOLLOW_UP_DATE:
            contact = np.where(died, np.datetime64("NaT"), contact)  # the day of death, then
        consider(contact, code)
        if code == codes.END_OF_FOLLOW_UP_DATE:
            last, which = _last_visits(snapshot, held)
            consider(last, VISIT_CONTACT, which)
            consider(_last_of_log(snapshot, codes.LOG_DOSE, DOSE_DATE), DOSE_CONTACT)
            consider(_last_of_log(snapshot, codes.LOG_SAMPLE, SAMPLE_DATE), SAMPLE_CONTACT)
    return days, source, visit


def _last_visits(snapshot: Snapshot, held: HeldVisits) -> tuple[CalendarDays, npt.NDArray[np.object_]]:
    """The day and code of each patient's last visit that took place."""
    dated = held.done & ~np.isnat(held.days)
    rows = pd.Index(snapshot.patients.index).get_indexer(pd.Index(snapshot.visits["patient"][dated]))
    days, visits = held.days[dated], snapshot.visits["visit"].to_numpy(dtype=object)[dated]
    order = np.argsort(days, kind="stable")  # the last day is written last
    last = np.full(len(snapshot.patients), np.datetime64("NaT"), dtype="datetime64[D]")
    which = np.full(len(snapshot.patients), "", dtype=object)
    last[rows[order]], which[rows[order]] = days[order], visits[order]
    return last, which


def _last_of_log(snapshot: Snapshot, log: str, variable: str) -> CalendarDays:
    """The last day of the log's date for each patient, up to the day the data speak of."""
    records = snapshot.logs.get(log)
    if records is None or variable not in records.columns:
        return np.full(len(snapshot.patients), np.datetime64("NaT"), dtype="datetime64[D]")
    days = read_first_days(records[variable])
    known = pd.DataFrame({"patient": records["patient"].to_numpy(dtype=object), "day": days})
    last = known[days <= as_day(snapshot.today())].groupby("patient")["day"].max()
    return last.reindex(snapshot.patients.index).to_numpy(dtype="datetime64[D]")


def _had_last_visit(snapshot: Snapshot, held: HeldVisits) -> Flags:
    """Whether the patient had the protocol's last planned visit."""
    planned = [visit for visit in snapshot.protocol.visits if visit.day is not None]
    if not planned:
        return np.zeros(len(snapshot.patients), dtype=bool)
    last = max(planned, key=lambda visit: visit.day or 0)
    done = snapshot.visits[held.done & (snapshot.visits["visit"] == last.code).to_numpy()]
    had: Flags = snapshot.patients.index.isin(done["patient"])
    return had


def _patient_texts(snapshot: Snapshot, variable: str) -> npt.NDArray[np.object_]:
    if variable not in snapshot.patients.columns:
        return np.full(len(snapshot.patients), "", dtype=object)
    return snapshot.patients[variable].to_numpy(dtype=object)


def _patient_days(snapshot: Snapshot, variable: str) -> CalendarDays:
    return read_first_days(_patient_texts(snapshot, variable))


def _by(days: CalendarDays, today: np.datetime64) -> Flags:
    by: Flags = days <= today
    return by


def _past(days: CalendarDays, today: np.datetime64) -> CalendarDays:
    return np.where(days <= today, days, np.datetime64("NaT"))
