"""Day or month first: a doubtful column of dates held against the dates that are known for sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.series import Series, patient_forms
from mirocals_desktop.importing.timepoints import MONTH_DAYS, YEAR_DAYS
from mirocals_desktop.importing.values import State
from mirocals_desktop.protocol import codes

_NO_SLIP: Final = 3
_ORDER_OF_DATES: Final = (
    codes.ONSET_DATE,
    codes.DIAGNOSIS_DATE,
    codes.CONSENT_DATE,
    codes.RANDOMISATION_DATE,
    codes.FIRST_DOSE_DATE,
    codes.VISIT_DATE,
    codes.LAST_CONTACT_DATE,
    codes.DEATH_DATE,
)


def weigh_readings(
    proofs: Mapping[str, int], breaks: Mapping[str, int], elsewhere: Counter[str]
) -> tuple[str, float, tuple[str, ...]]:
    """The order to suggest, how sure it is, and why."""
    if proofs["dmy"] != proofs["mdy"] or is_mixed(proofs):
        order = "dmy" if proofs["dmy"] > proofs["mdy"] else "mdy"
        other = "mdy" if order == "dmy" else "dmy"
        evidence = _("{count} cells prove it, {other} prove the contrary").format(
            count=amount(proofs[order]), other=amount(proofs[other])
        )
        return ("neither" if is_mixed(proofs) else order), 0.6, (evidence,)
    fewer, more = sorted(breaks, key=lambda order: breaks[order])
    gap = breaks[more] - breaks[fewer]
    if gap >= 3 and breaks[fewer] <= 0.2 * breaks[more]:
        evidence = _("read so, {count} dates are out of order; the other way {other}").format(
            count=amount(breaks[fewer]), other=amount(breaks[more])
        )
        return fewer, min(0.95, 0.7 + 0.05 * gap), (evidence,)
    if elsewhere["dmy"] != elsewhere["mdy"] and not (elsewhere["dmy"] and elsewhere["mdy"]):
        order = "dmy" if elsewhere["dmy"] else "mdy"
        return order, 0.8, (_("other columns of the file prove it"),)
    return (fewer if gap else "dmy"), 0.5, ()


def weigh_years(
    readings: Mapping[str, Series], breaks: Mapping[str, int]
) -> tuple[str, float, tuple[str, ...]]:
    """The order to suggest for dates of six digits, how sure it is, and why: a study has few years.

    Read in the wrong order, days are taken for years and lie all over a century.
    """
    years = {
        order: len(np.unique(one.typed.days[np.isfinite(one.typed.days)] // YEAR_DAYS))
        for order, one in readings.items()
    }
    unread = {
        order: int((one.typed.state == State.PROBLEM).sum()) + breaks[order]
        for order, one in readings.items()
    }
    best, second, *_rest = sorted(readings, key=lambda order: (unread[order], years[order]))
    if unread[best] == unread[second]:
        said = _("read so, they lie in {count} years; otherwise in {other}")
        return best, 0.6, (said.format(count=amount(years[best]), other=amount(years[second])),)
    said = _("read so, {count} dates are impossible or out of order; otherwise {other}")
    return best, 0.6, (said.format(count=amount(unread[best]), other=amount(unread[second])),)


def is_mixed(proofs: Mapping[str, int]) -> bool:
    """Whether a column is surely written in both orders: more than a slip or two prove the rarer one."""
    rarer = min(proofs["dmy"], proofs["mdy"])
    return rarer >= _NO_SLIP and rarer >= 0.2 * (proofs["dmy"] + proofs["mdy"])


class KnownDates:
    """Dates of patients that are known for sure, to hold a doubtful column against."""

    def __init__(self, series: Sequence[Series]) -> None:
        self._days: dict[str, dict[str, float]] = {}
        for one in series:
            if (
                one.variable.kind == "date"
                and one.variable.code in _ORDER_OF_DATES
                and one.variable.scope == "patient"
            ):
                known = self._days.setdefault(one.variable.code, {})
                for form, day in zip(patient_forms(one), one.typed.days.tolist(), strict=True):
                    if form and np.isfinite(day):
                        known.setdefault(form, day)

    def breaks(self, series: Series, this_year: int) -> int:
        """How many dates of a series come out of the protocol's order, or after the end of this year."""
        days = series.typed.days
        future = (this_year - 1970 + 1) * 365.25
        count = int((days > future).sum())
        forms = patient_forms(series)
        place = _ORDER_OF_DATES.index(series.variable.code) if series.variable.code in _ORDER_OF_DATES else -1
        if place >= 0:
            for code, known in self._days.items():
                other = _ORDER_OF_DATES.index(code)
                if code == series.variable.code:
                    continue
                slack = (
                    6 * MONTH_DAYS
                    if {code, series.variable.code} == {codes.VISIT_DATE, codes.RANDOMISATION_DATE}
                    else 0
                )
                for form, day in zip(forms, days.tolist(), strict=True):
                    limit = known.get(form)
                    if limit is None or not np.isfinite(day):
                        continue
                    count += day < limit - slack if other < place else day > limit + slack
        if series.variable.scope == "visit":
            last: dict[str, float] = {}
            for form, day in zip(forms, days.tolist(), strict=True):
                if np.isfinite(day):
                    count += day < last.get(form, -np.inf)
                    last[form] = day
        return int(count)
