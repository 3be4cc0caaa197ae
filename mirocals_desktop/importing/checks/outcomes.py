"""Checks of what survival hangs on: nobody counts as alive, or as seen for no day at all, without a word."""

from __future__ import annotations

from typing import Final

import numpy as np

from mirocals_desktop.i18n import amount, ngettext
from mirocals_desktop.importing.checks.checked import Checked
from mirocals_desktop.protocol import codes

_ENDS: Final = (codes.LAST_CONTACT_DATE, codes.END_OF_FOLLOW_UP_DATE)
_SEVERAL: Final = 5


def check_missing_outcome(checked: Checked) -> None:
    """Last contacts of patients of whom no file and not the study says whether anybody died."""
    if checked.stored_dates.get(codes.DEATH_DATE) or _patients(checked, codes.DEATH_DATE):
        return
    told = _patients(checked, codes.VITAL_STATUS)
    only_alive = told and told == _patients(checked, codes.VITAL_STATUS, codes.ALIVE)
    if told and not (only_alive and _followed(checked) - told):
        return  # who has no status beside a column of the living may have died
    for one in checked.series:
        if one.variable.code not in _ENDS:
            continue
        followed = _patients(checked, one.variable.code)
        if len(followed) < _SEVERAL:
            continue
        text = ngettext(
            "“{header}” ends the follow-up of {count} patient, and no column says who died: all count as"
            " alive.",
            "“{header}” ends the follow-up of {count} patients, and no column says who died: all count as"
            " alive.",
            len(followed),
        )
        message = text.format(header=one.column.title, count=amount(len(followed)))
        column = one.column.place.column
        checked.issues.add("warning", "no-outcome", message, table=one.table, column=column)
        return


def check_living_without_date(checked: Checked) -> None:
    """Patients who are new to the study, did not die, and of whom nothing says when they were last seen."""
    batch = checked.batch
    names = batch.patients.array()
    dated = np.flatnonzero((batch.date > 0) & (batch.missing == 0))
    seen = {str(name) for name in names[np.unique(batch.patient[dated])]}
    seen |= {patient for days in checked.stored_dates.values() for patient in days}
    seen |= {patient for code in _ENDS for patient in _patients(checked, code)}
    alive = _patients(checked, codes.VITAL_STATUS, codes.ALIVE)
    unseen = alive - seen
    if len(unseen) >= _SEVERAL and 2 * len(unseen) > len(alive):
        text = ngettext(
            "{count} patient who is alive by “{header}” has no date of a last contact: survival follows this"
            " patient for no day.",
            "{count} patients who are alive by “{header}” have no date of a last contact: survival follows"
            " them for no day.",
            len(unseen),
        )
        _say(checked, codes.VITAL_STATUS, text, len(unseen))
    died = _patients(checked, codes.DEATH_DATE)
    unseen = _patients(checked, codes.RANDOMISATION_DATE) - died - seen
    if died and unseen and not _patients(checked, codes.VITAL_STATUS):
        text = ngettext(
            "{count} patient has no “{header}”, and no date of a last contact: survival follows this patient"
            " for no day.",
            "{count} patients have no “{header}”, and no date of a last contact: survival follows them for no"
            " day.",
            len(unseen),
        )
        _say(checked, codes.DEATH_DATE, text, len(unseen))


def _followed(checked: Checked) -> set[str]:
    return {patient for code in _ENDS for patient in _patients(checked, code)}


def _say(checked: Checked, code: str, text: str, count: int) -> None:
    one = next(one for one in checked.series if one.variable.code == code)
    message = text.format(header=one.column.title, count=amount(count))
    column = one.column.place.column
    checked.issues.add("warning", "alive-without-date", message, table=one.table, column=column)


def _patients(checked: Checked, code: str, text: str = "") -> set[str]:
    """The patients of whom the import says this variable, with `text` those of whom it says that."""
    batch = checked.batch
    number = next((n for n, variable in enumerate(batch.variables) if variable.code == code), -1)
    said = (batch.variable == number) & (batch.missing == 0)
    if text:
        said &= batch.text == batch.texts.get(text, -1)
    return {str(name) for name in batch.patients.array()[np.unique(batch.patient[said])]}
