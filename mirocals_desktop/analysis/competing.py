"""Cumulative incidence when other events compete with the endpoint: the Aalen-Johansen estimate.

Equals `survfit(Surv(entry, days, cause) ~ 1)` of R's survival with a factor as status: `pstate`, and its
standard error by the infinitesimal jackknife. Treating competing events as censored would overstate the
incidence. (lifelines jitters tied times at random, so its answer changes from call to call.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.kaplan_meier import Interval, limits_of
from mirocals_desktop.analysis.times import Counts, Floats, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

_BLOCK = 500  # patients whose influence is held in memory together


@dataclass(frozen=True)
class IncidenceCurve:
    """The probability of having had one cause's event by each day, for one group.

    One value per distinct exit day. Limits are NaN where the incidence is 0 or 1.
    """

    group: str
    cause: str
    days: Floats
    incidence: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    at_risk: Counts
    events: Counts

    def at(self, day: float) -> tuple[float | None, float | None, float | None]:
        """Incidence and limits on a day; None after the last follow-up and where there is no interval."""
        if not len(self.days) or day > self.days[-1]:
            return None, None, None
        i = int(np.searchsorted(self.days, day, side="right")) - 1
        if i < 0:
            return 0.0, None, None
        low, high = float(self.lower[i]), float(self.upper[i])
        return float(self.incidence[i]), None if np.isnan(low) else low, None if np.isnan(high) else high


def estimate_incidence(
    times: SurvivalTimes,
    cause: Sequence[str],
    *,
    interval: Interval = "log-log",
    level: float = 0.95,
) -> list[IncidenceCurve]:
    """One curve per group and cause, causes in order of appearance.

    `cause` names each patient's event, "" for the censored; `times.event` is not asked. Raises `AppError`
    when nobody has any event.
    """
    causes = [name for name in dict.fromkeys(cause) if name]
    if not causes:
        raise AppError(_("There is no event of any cause."))
    code = np.array([causes.index(name) + 1 if name else 0 for name in cause], np.int64)
    parts = [(label, times.group.codes == i) for i, label in enumerate(times.levels)] if times.group else []
    curves = []
    for label, chosen in parts or [("", np.ones(times.n, np.bool_))]:
        entry = None if times.entry is None else times.entry[chosen]
        curves += _estimate(times.days[chosen], code[chosen], entry, label, causes, interval, level)
    return curves


def _estimate(
    days: Floats,
    code: Counts,
    entry: Floats | None,
    label: str,
    causes: Sequence[str],
    interval: Interval,
    level: float,
) -> list[IncidenceCurve]:
    distinct, place = np.unique(days, return_inverse=True)
    size = len(distinct)
    at_risk = len(days) - np.searchsorted(np.sort(days), distinct, side="left")
    start = np.zeros(len(days), np.int64)
    if entry is not None:
        at_risk = at_risk - (len(days) - np.searchsorted(np.sort(entry), distinct, side="left"))
        start = np.searchsorted(distinct, entry, side="right")
    events = np.array([np.bincount(place[code == k + 1], minlength=size) for k in range(len(causes))])
    total = events.sum(axis=0)
    survival = np.cumprod((at_risk - total) / at_risk)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before * events / at_risk, axis=1)
    variance = np.zeros((len(causes), size))
    column = np.arange(size)
    for first in range(0, len(days), _BLOCK):
        rows = slice(first, first + _BLOCK)
        exposed = (column >= start[rows, None]) & (column <= place[rows, None])
        here = column == place[rows, None]
        died = here & (code[rows, None] > 0)
        # how each patient's weight moves log S just before each day, then each cause's increments
        left = np.where(at_risk > total, at_risk - total, np.inf)
        moved = -np.cumsum((died - exposed * (total / at_risk)) / left, axis=1)
        moved = np.concatenate((np.zeros((moved.shape[0], 1)), moved[:, :-1]), axis=1)
        for k in range(len(causes)):
            hazard = events[k] / at_risk
            own = (here & (code[rows, None] == k + 1)) - exposed * hazard
            influence = np.cumsum(before * (moved * hazard + own / at_risk), axis=1)
            variance[k] += (influence**2).sum(axis=0)
    curves = []
    for k, cause in enumerate(causes):
        error = np.sqrt(variance[k])
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = limits_of(incidence[k], (error / incidence[k]) ** 2, interval, level)
        curves.append(
            IncidenceCurve(
                label,
                cause,
                distinct,
                incidence[k],
                error,
                lower,
                upper,
                at_risk.astype(np.int64),
                events[k].astype(np.int64),
            )
        )
    return curves
