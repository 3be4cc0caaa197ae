"""Biomarkers over time: trajectories, distributions, summaries and pairs of `marker_values`.

A value beyond the assay's limit (`<62.5`) is never taken for a number: it is a range, and quartiles are
computed from both ends of the ranges. Where both ends give the same answer it is exact (so the median is,
as long as less than half lies below the limit), else it is "below" or "above" a number. Only the mean, the
standard deviation and the geometric mean need a number in its place; their rule is named in the notes.
Quantiles are those of R's `quantile(type = 7)`, which is also its default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.groups import Grouping
from mirocals_desktop.analysis.held_visits import derive_held_visits
from mirocals_desktop.analysis.marker_values import Substitution, Values
from mirocals_desktop.analysis.occasions import Occasions
from mirocals_desktop.analysis.rank_tests import GroupShifts, compare_two_groups
from mirocals_desktop.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_FAR: Final = 6.0
_FLATTENS: Final = 1.8
_FEWEST_FOR_RANGE: Final = 12

_SUBSTITUTION_NAMES: Final[Mapping[Substitution, str]] = {
    "half limit": N_("half the limit"),
    "limit over root two": N_("the limit divided by the square root of 2"),
    "limit": N_("the limit itself"),
}


@dataclass(frozen=True, eq=False)
class Trajectories:
    """All patients' lines as flat arrays, group after group: `connect[i]` joins point i to point i + 1.

    The points of group g are `slice(start[g], start[g + 1])`; `row` is the index of each in the values.
    """

    row: Ints
    x: Floats
    y: Floats
    connect: Bools
    start: Ints


@dataclass(frozen=True, eq=False)
class Bounds:
    """Statistics of values of which some lie beyond a limit: what each can be. Equal ends are exact."""

    low: Floats
    high: Floats

    @property
    def drawn(self) -> Floats:
        """One number for each, where it is drawn: itself, or the limit it lies beyond; NaN when unknown."""
        return np.where(
            np.isfinite(self.high), self.high, np.where(np.isfinite(self.low), self.low, np.nan)
        ).astype(np.float64)

    @property
    def qualifier(self) -> npt.NDArray[np.object_]:
        """ "<" below `drawn`, ">" above it, "≤" when it lies between `low` and `drawn`, "" when exact."""
        sign = np.full(self.low.shape, "", dtype=object)
        sign[np.isfinite(self.low) & np.isfinite(self.high) & (self.low < self.high)] = "≤"
        sign[np.isneginf(self.low) & np.isfinite(self.high)] = "<"
        sign[np.isposinf(self.high) & np.isfinite(self.low)] = ">"
        return sign


@dataclass(frozen=True, eq=False)
class Summaries:
    """Statistics by group and occasion: every array has shape (groups, occasions), NaN where n is 0.

    `n` counts patients with a value, `below` and `above` those beyond a limit. `whisker_low` and
    `whisker_high` are the outermost drawn values within 1.5 interquartile ranges of the box (Tukey).
    `geometric_mean` (with the 95 % interval from `geometric_low` to `geometric_high`), `mean` and `sd` put a
    number in the place of values beyond a limit, see the notes. `shifts` compares two groups by ranks; None
    where there are not just two.
    """

    values: Values
    groups: Grouping
    occasions: Occasions
    n: Ints
    below: Ints
    above: Ints
    median: Bounds
    q1: Bounds
    q3: Bounds
    minimum: Bounds
    maximum: Bounds
    whisker_low: Floats
    whisker_high: Floats
    geometric_mean: Floats
    geometric_low: Floats
    geometric_high: Floats
    mean: Floats
    sd: Floats
    notes: tuple[str, ...]
    shifts: GroupShifts | None = None

    def frame(self) -> pd.DataFrame:
        """One row per occasion and group that has values; numbers as numbers, their "<" and ">" beside them.

        Columns: group, occasion (labels), n, below, above, then for median, q1, q3, minimum and maximum the
        number and `..._qualifier`, geometric_mean with geometric_low and geometric_high, mean, sd.
        """
        columns: dict[str, npt.NDArray[Any]] = {}
        occasion, group = np.indices(self.n.T.shape).reshape(2, -1)
        keep = self.n[group, occasion] > 0
        occasion, group = occasion[keep], group[keep]
        columns["group"] = np.array(self.groups.labels, dtype=object)[group]
        columns["occasion"] = np.array(self.occasions.labels, dtype=object)[occasion]
        for name in ("n", "below", "above"):
            columns[name] = getattr(self, name)[group, occasion]
        for name in ("median", "q1", "q3", "minimum", "maximum"):
            bounds: Bounds = getattr(self, name)
            columns[name] = bounds.drawn[group, occasion]
            columns[f"{name}_qualifier"] = bounds.qualifier[group, occasion]
        for name in ("geometric_mean", "geometric_low", "geometric_high", "mean", "sd"):
            columns[name] = getattr(self, name)[group, occasion]
        return pd.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Two variables, each at one visit, patient by patient, and Spearman's rank correlation.

    Arrays have one item per patient with both values; values beyond a limit stand at it. `rho` with its 95 %
    interval and two-sided p; NaN when it is not estimable, for the reason in the notes.
    """

    patients: tuple[str, ...]
    x: Floats
    y: Floats
    x_id: Ints
    y_id: Ints
    x_censored: Bools
    y_censored: Bools
    rho: float
    lower: float
    upper: float
    p: float
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plausible:
    """A range to look at, and the rows of the values that lie outside it."""

    low: float
    high: float
    outside: Ints


def derive_trajectories(values: Values, groups: Grouping, occasions: Occasions) -> Trajectories:
    """Every patient's line. By visit it takes the counted values, by day all that have a day."""
    group = _group_of(values, groups)
    use = occasions.counted if occasions.by == "visit" else ~np.isnan(values.day)
    row = np.flatnonzero(use & (group >= 0)).astype(np.int64)
    x = occasions.x[occasions.of_value[row]] if occasions.by == "visit" else values.day[row]
    order = np.lexsort((values.record[row], x, values.patient[row], group[row]))
    row, x = row[order], x[order]
    connect = np.zeros(len(row), dtype=bool)
    if occasions.by != "cycle":  # one cycle after the other: a line would join what is months apart
        connect[:-1] = values.patient[row[1:]] == values.patient[row[:-1]]
    start = np.searchsorted(group[row], np.arange(len(groups.levels) + 1)).astype(np.int64)
    return Trajectories(row, x.astype(np.float64), values.value[row], connect, start)


def summarise(values: Values, groups: Grouping, occasions: Occasions) -> Summaries:
    """Counts, quartiles, extremes, means by group and occasion; one value per patient and occasion."""
    shape = (len(groups.levels), len(occasions.codes))
    cells = shape[0] * shape[1]
    group = _group_of(values, groups)
    row = np.flatnonzero(occasions.counted & (group >= 0))
    cell = group[row] * shape[1] + occasions.of_value[row]
    low, high, value, substituted = (
        values.low[row],
        values.high[row],
        values.value[row],
        values.substituted[row],
    )

    def count(which: Bools | None = None) -> Ints:
        chosen = cell if which is None else cell[which]
        return np.bincount(chosen, minlength=cells).astype(np.int64).reshape(shape)

    def bounds(p: float) -> Bounds:
        return Bounds(
            _quantile(cell, low, cells, p).reshape(shape), _quantile(cell, high, cells, p).reshape(shape)
        )

    n = count()
    q1, q3 = bounds(0.25), bounds(0.75)
    fence = 1.5 * (q3.drawn - q1.drawn).ravel()
    inside = (value >= q1.drawn.ravel()[cell] - fence[cell]) & (value <= q3.drawn.ravel()[cell] + fence[cell])
    whisker_low, whisker_high = np.full(cells, np.inf), np.full(cells, -np.inf)
    np.minimum.at(whisker_low, cell[inside], value[inside])
    np.maximum.at(whisker_high, cell[inside], value[inside])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(cell, substituted, minlength=cells) / n.ravel()
        squares = np.bincount(cell, (substituted - mean[cell]) ** 2, minlength=cells)
        sd = np.where(n.ravel() > 1, np.sqrt(squares / (n.ravel() - 1)), np.nan)
        logs = np.bincount(cell, np.where(substituted > 0, np.log(substituted), np.nan), minlength=cells)
        geometric = np.exp(logs / n.ravel())
    if values.scale in ("change", "percent"):
        geometric = np.full(cells, np.nan)
    reach = _geometric_reach(cell, substituted, geometric, n.ravel())
    empty = (n.ravel() == 0) | ~np.isfinite(whisker_low)
    shifts = compare_two_groups(group[row], occasions.of_value[row], value, occasions=shape[1])
    return Summaries(
        values,
        groups,
        occasions,
        n,
        count(np.isneginf(low)),
        count(np.isposinf(high)),
        bounds(0.5),
        q1,
        q3,
        bounds(0.0),
        bounds(1.0),
        np.where(empty, np.nan, whisker_low).reshape(shape),
        np.where(empty, np.nan, whisker_high).reshape(shape),
        geometric.reshape(shape),
        (geometric / reach).reshape(shape),
        (geometric * reach).reshape(shape),
        mean.reshape(shape),
        sd.reshape(shape),
        (*_summary_notes(values, row), *occasions.notes, *groups.notes, *values.notes),
        shifts,
    )


def plausible_range(values: Values, groups: Grouping, *, log: bool = False) -> Plausible | None:
    """The range that all but a few far values lie in; None where these do not flatten the others.

    A value is far when it lies more than `_FAR` interquartile ranges outside the quartiles, on the axis's own
    scale; it flattens when the whole range is `_FLATTENS` times that of the others.
    """
    shown = np.flatnonzero(_group_of(values, groups) >= 0)
    number = values.value[shown]
    usable = np.isfinite(number) & ((number > 0) if log else np.ones(len(number), dtype=bool))
    shown, number = shown[usable], number[usable]
    if len(number) < _FEWEST_FOR_RANGE:
        return None
    scale = np.log10(number) if log else number
    q1, q3 = np.quantile(scale, (0.25, 0.75))
    inside = (scale >= q1 - _FAR * (q3 - q1)) & (scale <= q3 + _FAR * (q3 - q1))
    if inside.all() or q3 == q1:
        return None
    low, high = float(number[inside].min()), float(number[inside].max())
    span = float(np.ptp(scale[inside]))
    if float(np.ptp(scale)) < _FLATTENS * span:
        return None
    room = 0.04 * span
    bounds = (low * 10**-room, high * 10**room) if log else (low - room, high + room)
    return Plausible(bounds[0], bounds[1], shown[~inside].astype(np.int64))


def count_held(snapshot: Snapshot, groups: Grouping, occasions: Occasions) -> Ints | None:
    """How many patients of each group had each visit, to tell how complete the values are.

    Shape (groups, occasions); None where the occasions are no visits.
    """
    if occasions.of != "visit":
        return None
    done = derive_held_visits(snapshot).done
    visits = snapshot.visits[done]
    group_of = dict(zip(groups.patients, groups.group.tolist(), strict=True))
    place = {code: index for index, code in enumerate(occasions.codes)}
    held = np.zeros((len(groups.levels), len(occasions.codes)), dtype=np.int64)
    for patient, visit in set(zip(visits["patient"], visits["visit"], strict=True)):
        group, index = group_of.get(patient, -1), place.get(visit, -1)
        if group >= 0 and index >= 0:
            held[group, index] += 1
    return held


def compare_pair(first: Values, second: Values, *, visits: tuple[str, str]) -> Pairs:
    """Two variables at one visit each (by code), for the patients that have both.

    Spearman's rho on average ranks; its interval by Fisher's z with the standard error of Bonett and Wright
    (2000), p by Student's t with n - 2 degrees of freedom, as R's `cor.test(exact = FALSE)`.
    """
    x_row, y_row = _at_visit(first, visits[0]), _at_visit(second, visits[1])
    names = [name for name in first.patients if name in x_row and name in y_row]
    i = np.array([x_row[name] for name in names], dtype=np.int64)
    j = np.array([y_row[name] for name in names], dtype=np.int64)
    x, y = first.value[i], second.value[j]
    x_censored, y_censored = (first.low != first.high)[i], (second.low != second.high)[j]
    notes: list[str] = []
    if x_censored.any() or y_censored.any():
        notes.append(_("Values beyond a limit are ranked at the limit."))
    rho = lower = upper = p = math.nan
    n = len(names)
    if n < 4:
        notes.append(_("Not estimable: fewer than four patients have both values."))
    elif np.ptp(x) == 0 or np.ptp(y) == 0:
        notes.append(_("Not estimable: one of the variables has the same value in every patient."))
    else:
        from scipy.special import stdtr

        rho = float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])
        rho = min(1.0, max(-1.0, rho))
        if abs(rho) < 1:
            p = float(2 * stdtr(n - 2, -abs(rho) * math.sqrt((n - 2) / (1 - rho**2))))
            reach = 1.959963984540054 * math.sqrt((1 + rho**2 / 2) / (n - 3))
            lower, upper = math.tanh(math.atanh(rho) - reach), math.tanh(math.atanh(rho) + reach)
        else:
            p, lower, upper = 0.0, rho, rho
            notes.append(_("The ranks agree completely: there is no interval."))
    return Pairs(
        tuple(names),
        x,
        y,
        first.id[i],
        second.id[j],
        x_censored,
        y_censored,
        rho,
        lower,
        upper,
        p,
        tuple(notes),
    )


# Statistics


def _group_of(values: Values, groups: Grouping) -> Ints:
    """The group of each measurement, -1 for none."""
    if groups.patients == values.patients:
        of_patient = groups.group
    else:
        position = dict(zip(groups.patients, groups.group.tolist(), strict=True))
        of_patient = np.array([position.get(name, -1) for name in values.patients], dtype=np.int64)
    return of_patient[values.patient]


def _quantile(cell: Ints, x: Floats, cells: int, p: float) -> Floats:
    """The quantile p (type 7) of x within each cell; NaN for an empty one. Infinite ends stay infinite."""
    n = np.bincount(cell, minlength=cells)
    result = np.full(cells, np.nan)
    filled = np.flatnonzero(n)
    if not len(filled):
        return result
    ordered = x[np.lexsort((x, cell))]
    start = (np.cumsum(n) - n)[filled]
    place = (n[filled] - 1) * p
    index = np.floor(place).astype(np.int64)
    part = place - index
    lower = ordered[start + index]
    upper = ordered[start + np.minimum(index + 1, n[filled] - 1)]
    with np.errstate(invalid="ignore"):
        between = lower + part * (upper - lower)
    between = np.where(np.isinf(upper), upper, between)
    between = np.where(np.isinf(lower), lower, between)
    result[filled] = np.where((part == 0) | (lower == upper), lower, between)
    return result


def _geometric_reach(cell: Ints, x: Floats, geometric: Floats, n: Ints) -> Floats:
    """The factor either side of each geometric mean that makes its 95 % interval (t with n - 1 df)."""
    reach = np.full(len(n), np.nan)
    enough = (n > 1) & np.isfinite(geometric) & (geometric > 0)
    if not enough.any():
        return reach
    from scipy.special import stdtrit

    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.bincount(cell, (np.log(x) - np.log(geometric)[cell]) ** 2, minlength=len(n))
    df = n[enough] - 1
    error = np.sqrt(squares[enough] / df / n[enough])
    reach[enough] = np.exp(stdtrit(df, 0.975) * error)
    return reach


def _ranks(x: Floats) -> Floats:
    """Ranks from 1, ties shared by their average."""
    found, inverse, count = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    average: Floats = (last - (count - 1) / 2).astype(np.float64)
    return average[inverse] if len(found) else np.empty(0)


def _at_visit(values: Values, visit: str) -> dict[str, int]:
    """The row of each patient's first value at a visit."""
    index = values.visits.index(visit) if visit in values.visits else -2
    rows = np.flatnonzero(values.visit == index)
    rows = rows[np.lexsort((rows, values.record[rows]))][::-1]
    return {values.patients[values.patient[row]]: int(row) for row in rows}


def _summary_notes(values: Values, row: Ints) -> tuple[str, ...]:
    notes = [_("Quantiles: linear interpolation of order statistics (type 7 of R, its default).")]
    below, above = values.below[row], values.above[row]
    if below.any() or above.any():
        notes.append(
            _(
                "Values beyond a limit of the assay stay beyond it: the median and quartiles are exact where "
                "they do not depend on them, else given as below or above the limit."
            )
        )
    rule = _(_SUBSTITUTION_NAMES[values.substitution])
    if below.any() and above.any():
        notes.append(
            _(
                "In the mean, SD and geometric mean a value below the limit counts as {rule}, "
                "one above it as the limit."
            ).format(rule=rule)
        )
    elif below.any():
        notes.append(
            _("In the mean, SD and geometric mean a value below the limit counts as {rule}.").format(
                rule=rule
            )
        )
    elif above.any():
        notes.append(_("In the mean, SD and geometric mean a value above the limit counts as the limit."))
    if values.scale in ("absolute", "ratio"):
        notes.append(_("Interval of the geometric mean: Student’s t on the logarithms."))
    if values.scale == "absolute" and (values.substituted[row] <= 0).any():
        notes.append(_("The geometric mean is not defined where a value is zero or less."))
    if values.sealed:
        notes.append(
            ngettext(
                "{count} value is received and sealed.",
                "{count} values are received and sealed.",
                values.sealed,
            ).format(count=values.sealed)
        )
    return tuple(notes)
