"""Whether the study's time origin and horizon fit the follow-up that an import brings: asked otherwise."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.batch import Batch
from mirocals_desktop.importing.dates import day_number
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

_FAR_DAYS: Final = 31
_FAR_SHARE: Final = 0.1
_OTHER_ORIGINS: Final = (codes.FIRST_DOSE_DATE, codes.CONSENT_DATE, codes.DIAGNOSIS_DATE)


def ask_horizon(batch: Batch, snapshot: Snapshot, asker: Asker) -> dict[str, Any]:
    """The options that the study gains: no horizon, where somebody counts the deaths far beyond it."""
    horizon = snapshot.options.horizon_days
    if horizon is None:
        return {}
    deaths, beyond = count_late_deaths(batch, snapshot.options.origin, horizon + _FAR_DAYS)
    if not beyond:
        return {}
    share = beyond / deaths
    answer = asker.ask(
        Question(
            id=question_id("horizon"),
            kind="horizon",
            text=_(
                "{beyond} of {deaths} deaths are after day {horizon}, the protocol’s end. Count them?"
            ).format(beyond=beyond, deaths=deaths, horizon=horizon),
            options=(
                Option("all", _("Use all follow-up: no horizon")),
                Option("keep", _("Keep the horizon of {days} days").format(days=horizon)),
            ),
            suggested="all" if share > _FAR_SHARE else "keep",
            confidence=0.7,
            evidence=(_("{share} % of the deaths").format(share=round(100 * share)),),
        )
    )
    return {"horizon_days": None} if answer == "all" else {}


def ask_origin(batch: Batch, snapshot: Snapshot, asker: Asker) -> dict[str, Any]:
    """The options that the study gains: another time origin, where nobody has the date of the study's own."""
    origin = snapshot.options.origin
    patients = snapshot.patients
    stored = origin in patients.columns and bool((patients[origin].astype(str) != "").any())
    ends = (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE)
    if stored or _days_by_patient(batch, origin) or not any(_days_by_patient(batch, code) for code in ends):
        return {}
    labels = {variable.code: str(variable.label) for variable in snapshot.protocol.variables}
    others = [(code, len(_days_by_patient(batch, code))) for code in _OTHER_ORIGINS if code != origin]
    others = [(code, count) for code, count in others if count]
    if not others:
        return {}
    answer = asker.ask(
        Question(
            id=question_id("origin"),
            kind="horizon",
            text=_("No patient has a “{date}”, where survival starts. Start at another date?").format(
                date=labels.get(origin, origin)
            ),
            options=(
                *(
                    Option(
                        code,
                        labels[code],
                        ngettext("known for {count} patient", "known for {count} patients", count).format(
                            count=amount(count)
                        ),
                    )
                    for code, count in others
                ),
                Option("keep", _("No: it comes with another file")),
            ),
            suggested=others[0][0],
            confidence=0.6,
        )
    )
    return {"origin": answer} if answer != "keep" else {}


def count_late_deaths(batch: Batch, origin: str, limit: float) -> tuple[int, int]:
    """(deaths with a known time, those after day `limit`), of the patients of an import."""
    days = {
        code: _days_by_patient(batch, code)
        for code in (origin, codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE)
    }
    dead = _patients_saying(batch, codes.VITAL_STATUS, codes.DEAD)
    known = beyond = 0
    for patient, start in days[origin].items():
        end = days[codes.DEATH_DATE].get(patient)
        if end is None and patient in dead:
            end = days[codes.END_OF_FOLLOW_UP_DATE].get(patient)
        if end is not None:
            known += 1
            beyond += end - start > limit
    return known, beyond


def _days_by_patient(batch: Batch, code: str) -> dict[int, float]:
    number = next((n for n, variable in enumerate(batch.variables) if variable.code == code), -1)
    texts = batch.texts.array()
    rows = np.flatnonzero((batch.variable == number) & (batch.missing == 0))
    found = {}
    for at in rows.tolist():
        day = day_number(str(texts[batch.text[at]]))
        if np.isfinite(day):
            found[int(batch.patient[at])] = day
    return found


def _patients_saying(batch: Batch, code: str, text: str) -> set[int]:
    number = next((n for n, variable in enumerate(batch.variables) if variable.code == code), -1)
    word = batch.texts.get(text, -1)
    rows = (batch.variable == number) & (batch.missing == 0) & (batch.text == word)
    return {int(patient) for patient in batch.patient[rows].tolist()}
