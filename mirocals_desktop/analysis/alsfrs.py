"""ALSFRS-R: totals and domains, progression rate, King's and MiToS stages, and slopes over time.

Twelve items of 0-4 make 48; item 5 is either 5a (without gastrostomy) or 5b (with). The stages follow the
published tables (Roche 2012 and Balendra 2014 for King's; Chio 2015 for MiToS, whose communication domain is
lost when speech *and* handwriting are). An item that is missing leaves unknown whatever depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.calendar_days import (
    DAYS_PER_MONTH,
    CalendarDays,
    day_numbers,
    read_first_days,
    read_last_days,
)
from mirocals_desktop.protocol import codes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MAXIMUM: Final = 48
DOMAINS: Final[dict[str, tuple[str, ...]]] = {
    "bulbar": ("1", "2", "3"),
    "fine_motor": ("4", "5", "6"),
    "gross_motor": ("7", "8", "9"),
    "respiratory": ("10", "11", "12"),
}
DEATH_STAGE: Final = 5
"""The stage that King's and MiToS give to death; the functions below stage the living."""

_NAMES: Final = tuple(code.removeprefix("alsfrs_r_") for code in codes.ALSFRS_R_ITEMS)
_COLUMN: Final = {name: index for index, name in enumerate(_NAMES)}
Pace = Literal["slow", "intermediate", "fast", ""]


@dataclass(frozen=True)
class Scores:
    """Scores of assessments, one value each: NaN where an item that it needs is missing or cannot be true.

    `gastrostomy` says that item 5b was scored instead of 5a. `contradictory` marks assessments with both of
    them, with an item that is not 0, 1, 2, 3 or 4: they have no total.
    """

    total: Floats
    bulbar: Floats
    fine_motor: Floats
    gross_motor: Floats
    respiratory: Floats
    gastrostomy: Flags
    missing_items: npt.NDArray[np.int64]
    contradictory: Flags


def derive_scores(items: Floats) -> Scores:
    """Score assessments, one per row of `items`: a column per `codes.ALSFRS_R_ITEMS`, NaN for missing."""
    valid = _valid(items)
    five_a, five_b = valid[:, _COLUMN["5a"]], valid[:, _COLUMN["5b"]]
    both = ~np.isnan(items[:, _COLUMN["5a"]]) & ~np.isnan(items[:, _COLUMN["5b"]])
    five = np.where(both, np.nan, np.where(np.isnan(five_b), five_a, five_b))
    by_name = {name: valid[:, column] for name, column in _COLUMN.items()} | {"5": five}
    domains = {domain: np.sum([by_name[name] for name in names], axis=0) for domain, names in DOMAINS.items()}
    twelve = np.column_stack([by_name[name] for names in DOMAINS.values() for name in names])
    return Scores(
        total=np.sum(list(domains.values()), axis=0),
        bulbar=domains["bulbar"],
        fine_motor=domains["fine_motor"],
        gross_motor=domains["gross_motor"],
        respiratory=domains["respiratory"],
        gastrostomy=~np.isnan(five_b) & ~both,
        missing_items=np.isnan(twelve).sum(axis=1),
        contradictory=both | (np.isnan(valid) & ~np.isnan(items)).any(axis=1),
    )


def derive_kings(items: Floats, *, gastrostomy: Flags | None = None) -> Floats:
    """King's stage of assessments of living patients, 0-4; NaN where the items at hand leave it open.

    Stage 4: gastrostomy (item 5b scored, or `gastrostomy` true because its date has passed), item 10 = 0 or
    item 12 < 4. Else the number of involved regions: bulbar (any of items 1-3 below 4), upper limb (item 4 or
    5a below 4), lower limb (item 8 below 4).
    """
    item = _items(items)
    five_a, five_b = item["5a"], item["5b"]
    both = ~np.isnan(five_a) & ~np.isnan(five_b)
    fed = np.where(both, np.nan, np.where(~np.isnan(five_b), 1.0, np.where(~np.isnan(five_a), 0.0, np.nan)))
    if gastrostomy is not None:
        fed = np.where(gastrostomy, 1.0, fed)
    late = _either(fed, _is(item["10"] == 0, item["10"]), _is(item["12"] < 4, item["12"]))
    bulbar = _either(*(_is(item[name] < 4, item[name]) for name in ("1", "2", "3")))
    upper = _either(_is(item["4"] < 4, item["4"]), _is(five_a < 4, five_a))
    lower = _is(item["8"] < 4, item["8"])
    regions = bulbar + upper + lower
    return np.where(late == 1, 4.0, np.where(late == 0, regions, np.nan))


def derive_mitos(items: Floats) -> Floats:
    """MiToS stage of assessments of living patients: how many of four domains are lost, 0-4; NaN if open.

    Movement is lost when item 8 <= 1 or item 6 <= 1, swallowing when item 3 <= 1, communication when item 1
    <= 1 and item 4 <= 1, breathing when item 10 <= 1 or item 12 <= 2.
    """
    item = _items(items)

    def lost(name: str, at_most: int) -> Floats:
        return _is(item[name] <= at_most, item[name])

    movement = _either(lost("8", 1), lost("6", 1))
    swallowing = lost("3", 1)
    communication = _both(lost("1", 1), lost("4", 1))
    breathing = _either(lost("10", 1), lost("12", 2))
    return movement + swallowing + communication + breathing


@dataclass(frozen=True)
class Progression:
    """Progression rates in points per month, one per assessment; NaN where they cannot be told.

    Onset known to the month counts from its 15th, to the year from 1 July (the assessment's own day if that
    comes first); `low` and `high` are the rates of the earliest and the latest day that it can mean. `months`
    since onset. `refused` marks an onset after the assessment.
    """

    rate: Floats
    low: Floats
    high: Floats
    months: Floats
    refused: Flags


def derive_progression(total: Floats, onset: Sequence[str], at: CalendarDays) -> Progression:
    """The progression rate dFS = (48 - total) / months from symptom onset to the assessment.

    A month is 30.4375 days. On the day of onset itself there is no rate.
    """
    first, last = read_first_days(onset), read_last_days(onset)
    lengths = np.array([len(text) for text in onset], dtype=np.int64)
    july = (first.astype("datetime64[Y]").astype("datetime64[M]") + 6).astype("datetime64[D]")
    usual = np.where(lengths == 4, july, np.where(lengths == 7, first + np.timedelta64(14, "D"), first))
    refused = first > at

    def months_since(onset_day: CalendarDays) -> Floats:
        days = day_numbers(at, onset_day)
        return np.where(refused | ~(days > 0), np.nan, days / DAYS_PER_MONTH)

    months = months_since(np.minimum(usual, at))
    lost = MAXIMUM - total
    return Progression(
        rate=lost / months,
        low=lost / months_since(first),
        high=lost / months_since(np.minimum(last, at)),
        months=months,
        refused=refused,
    )


def pace(rate: float) -> Pace:
    """The word for a progression rate: slow below 0.5 points a month, fast above 1, intermediate between."""
    if np.isnan(rate):
        return ""
    return "slow" if rate < 0.5 else "fast" if rate > 1 else "intermediate"


@dataclass(frozen=True)
class Slopes:
    """Straight lines through patients' totals over time, by least squares: one value per patient.

    `slope` in points per month needs two different days, its interval three assessments; NaN without.
    """

    patients: tuple[str, ...]
    count: npt.NDArray[np.int64]
    slope: Floats
    intercept: Floats
    lower: Floats
    upper: Floats
    level: float


def estimate_slopes(patients: Sequence[str], days: Floats, totals: Floats, *, level: float = 0.95) -> Slopes:
    """One least-squares slope per patient, with its Student interval, as R's `confint(lm(total ~ months))`.

    The three arguments are the assessments' columns; those without a day or total are left out. The
    intercept is the line's total at day 0.
    """
    from scipy.stats import t as student

    lines = _fit_lines(patients, days, totals)
    freedom = np.where(lines.count > 2, lines.count - 2.0, np.nan)
    half = student.ppf((1 + level) / 2, freedom) * lines.error
    return Slopes(
        patients=lines.patients,
        count=lines.count,
        slope=lines.slope,
        intercept=lines.intercept,
        lower=lines.slope - half,
        upper=lines.slope + half,
        level=level,
    )


def derive_slopes(patients: Sequence[str], days: Floats, totals: Floats) -> dict[str, float]:
    """The slopes of `estimate_slopes` by patient, without intervals (which take scipy a second to load)."""
    lines = _fit_lines(patients, days, totals)
    return dict(zip(lines.patients, lines.slope.tolist(), strict=True))


@dataclass(frozen=True)
class _Lines:
    """Least-squares lines with the standard errors of their slopes."""

    patients: tuple[str, ...]
    count: npt.NDArray[np.int64]
    slope: Floats
    intercept: Floats
    error: Floats


def _fit_lines(patients: Sequence[str], days: Floats, totals: Floats) -> _Lines:
    known = ~(np.isnan(days) | np.isnan(totals))
    groups, names = pd.factorize(np.asarray(patients, dtype=object)[known], sort=False)
    months, values = days[known] / DAYS_PER_MONTH, totals[known]
    size = len(names)

    def per_patient(weights: Floats) -> Floats:
        return np.bincount(groups, weights=weights, minlength=size).astype(np.float64)

    count = np.bincount(groups, minlength=size)
    mean_x, mean_y = per_patient(months) / count, per_patient(values) / count
    x, y = months - mean_x[groups], values - mean_y[groups]
    xx, xy, yy = per_patient(x * x), per_patient(x * y), per_patient(y * y)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(xx > 0, xy / xx, np.nan)
        freedom = np.where(count > 2, count - 2.0, np.nan)
        error = np.sqrt(np.maximum(yy - slope * xy, 0) / freedom / xx)
    return _Lines(tuple(str(name) for name in names), count, slope, mean_y - slope * mean_x, error)


def _valid(items: Floats) -> Floats:
    """The items with NaN in place of whatever is not 0, 1, 2, 3 or 4."""
    return np.where(np.isin(items, (0.0, 1.0, 2.0, 3.0, 4.0)), items, np.nan)


def _items(items: Floats) -> dict[str, Floats]:
    valid = _valid(items)
    return {name: valid[:, column] for name, column in _COLUMN.items()}


# Three-valued logic on 1.0 (true), 0.0 (false) and NaN (unknown): what one true item decides, no missing
# item can undo.


def _is(condition: Flags, of: Floats) -> Floats:
    return np.where(np.isnan(of), np.nan, condition.astype(np.float64))


def _either(*parts: Floats) -> Floats:
    stacked = np.stack(parts)
    unknown = np.isnan(stacked).any(axis=0)
    true = (stacked == 1).any(axis=0)
    return np.where(true, 1.0, np.where(unknown, np.nan, 0.0))


def _both(*parts: Floats) -> Floats:
    return 1 - _either(*(1 - part for part in parts))
