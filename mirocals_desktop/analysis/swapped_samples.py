"""Two samples that fit better when they are exchanged: neighbours in a sheet, one patient's, or one visit's.

A sample is one row of a sheet. Its values are judged against the patient's other values and what is usual at
the visit, in robust spreads, with their correlation: the distance d² of Mahalanobis. A far value may count no
more than it must, so a sample's likelihood is that of Student's t with five degrees of freedom, and the gain
of an exchange is twice the rise of the log-likelihood of both. Gains that chance brings differ with how many
pairs are tried, so each kind of pair has its own threshold; `docs/statistics.md` says how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEWEST: Final = 2
"""Values of a patient that say what another of them should be."""

_TAIL: Final = 5.0  # degrees of freedom
_RESPONSE: Final = 0.5  # how much patients' changes differ, as a part of the usual change
_FARTHEST: Final = 4.0  # spreads that a value counts at most for its patient's response
_ROWS_APART: Final = 3  # neighbours in a sheet
_NEIGHBOURS_GAIN: Final = 13.5
_ANYWHERE_GAIN: Final = 30.0  # of two people at one visit
_OWN_GAIN: Final = 15.0  # of two visits of a person
_OWN_APART: Final = 1.0  # spreads between what is usual at two visits that can be told apart
_OWN_FEWEST: Final = 4  # values of a person before two of them can change places noticeably
_LEFT: Final = 0.5  # of the misfit of two samples that may be left
_MISFIT: Final = 16.0  # of a sample from which on it is compared with more than its neighbours
_INDEPENDENT: Final = 0.1  # part of the correlation that is given up, so that two alike are not one


@dataclass(frozen=True, eq=False)
class Exchange:
    """Two samples: their rows in the frame that was searched, row by row of one variable, and their misfits.

    The variable that strays farthest stands first. `misfit` and `swapped` are sums of d² as the samples are
    and exchanged.
    """

    one: Ints
    other: Ints
    misfit: float
    swapped: float


def expect_from_others(rows: pd.DataFrame, usual: pd.Series[float]) -> pd.DataFrame:
    """What each value's patient says of it without it: `level`, and how strongly the patient responds.

    `level` is the median of the patient's other values plus `usual`, what is usual at the visit (NaN for a
    patient with one value). A patient may change more or less than is usual: the others' slope on `change`,
    the usual change against the patient's mean, is `pull` / `weight` without the value's own parts, drawn to
    nothing (`_RESPONSE`) where few values or small changes tell it. `expected` is the level with it.

    `rows` are of one variable, with `patient` and `log`.
    """
    level = _median_of_others((rows["log"] - usual).to_numpy(dtype=np.float64), rows["patient"]) + usual
    stray = rows["log"] - level
    spread = max(1.4826 * float(stray.abs().median()), 1e-3)
    patient = rows["patient"]
    change = usual - usual.groupby(patient, sort=False).transform("mean")
    own_pull = (stray.clip(-_FARTHEST * spread, _FARTHEST * spread) * change).fillna(0.0)
    own_weight = change**2
    pull = own_pull.groupby(patient, sort=False).transform("sum")
    weight = own_weight.groupby(patient, sort=False).transform("sum") + (spread / _RESPONSE) ** 2
    told = {
        "level": level,
        "change": change,
        "pull": pull,
        "weight": weight,
        "own_pull": own_pull,
        "own_weight": own_weight,
        "expected": level + change * _response(pull - own_pull, weight - own_weight),
    }
    return pd.DataFrame(told, index=rows.index)


def _response(pull: Any, weight: Any) -> Any:
    """How much more than is usual somebody changes: from none of it (-1) to twice as much (1)."""
    return np.clip(pull / weight, -1.0, 1.0)


def _median_of_others(level: Floats, of: pd.Series[str]) -> Floats:
    """The median of each patient's levels without the one in question."""
    patient = of.factorize()[0]
    order = np.lexsort((level, patient))
    ordered, of_patient = level[order], patient[order]
    begins = np.flatnonzero(np.append(True, of_patient[1:] != of_patient[:-1]))
    size = np.diff(np.append(begins, len(level)))
    start, count = np.repeat(begins, size), np.repeat(size, size)
    rank, others = np.arange(len(level)) - start, count - 1

    def other(place: Ints) -> Floats:
        """The value at a place among the sorted others."""
        taken = start + np.clip(place + (rank <= place), 0, count - 1)
        found: Floats = ordered[taken]
        return found

    middle = (other((others - 1) // 2) + other(others // 2)) / 2
    median = np.empty(len(level))
    median[order] = np.where(others > 0, middle, np.nan)
    return median


def find_exchanged(rows: pd.DataFrame) -> Iterator[Exchange]:
    """The pairs that fit when they are exchanged, the largest gain first; a sample may be in several.

    Two people are told once in a sheet: of two values each nobody can say which were exchanged.

    `rows` has `patient`, `variable`, `visit`, `day`, `file`, `sheet`, `row`, `log` and, as others say,
    `expected`, `spread` and the `count` of the patient's values.
    """
    found: list[tuple[float, Exchange]] = []
    for _sheet, own in rows.groupby(["file", "sheet"], sort=False):
        found.extend(_of_sheet(own))
    told: set[tuple[frozenset[str], str]] = set()
    for _gain, exchange in sorted(found, key=lambda pair: -pair[0]):
        one, other = exchange.one[0], exchange.other[0]
        people = frozenset({str(rows.at[one, "patient"]), str(rows.at[other, "patient"])})
        place = people, str(rows.at[one, "sheet"])
        if len(people) == 1 or place not in told:
            told.add(place)
            yield exchange


def _of_sheet(rows: pd.DataFrame) -> Iterator[tuple[float, Exchange]]:
    keys = ["row", "patient", "visit"]
    rows = rows.drop_duplicates([*keys, "variable"], keep=False)
    if not len(rows):
        return
    sample = pd.MultiIndex.from_frame(rows[keys]).factorize()[0]
    variable, names = rows["variable"].factorize()
    shape = (int(sample.max()) + 1, len(names))
    place = np.full(shape, -1, dtype=np.int64)
    place[sample, variable] = np.arange(len(rows))

    def table(column: str) -> Floats:
        told = np.full(shape, np.nan)
        told[sample, variable] = rows[column].to_numpy(dtype=np.float64)
        return told

    log, expected = table("log"), table("expected")
    level, change = table("level"), table("change")
    pull, weight, own_pull, own_weight = map(table, ("pull", "weight", "own_pull", "own_weight"))
    spread = np.nanmax(table("spread"), axis=0)
    stray = (log - expected) / spread

    def expected_beside(one: Ints, other: Ints) -> Floats:
        """What is expected of a sample where another one of the patient is in doubt as well."""
        told = pull[one] - own_pull[one] - own_pull[other]
        response: Floats = _response(told, weight[one] - own_weight[one] - own_weight[other])
        return level[one] + change[one] * response

    known, enough = ~np.isnan(stray), table("count") >= _OWN_FEWEST
    first = pd.Series(range(len(rows))).groupby(sample).first().to_numpy()
    index = rows.index.to_numpy()
    correlation = _correlation(stray)
    bad = _distance(np.where(known, stray, 0.0), correlation) >= _MISFIT
    usual = np.nan_to_num(change / spread)
    for one, other, least, shared_least, own in _candidates(rows.iloc[first], bad, usual):
        shared = known[one] & known[other]
        if own:
            shared &= enough[one] & enough[other]
        packed = np.packbits(shared, axis=1)
        _patterns, places, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        for number, place_of_pattern in enumerate(places.tolist()):
            columns = np.flatnonzero(shared[place_of_pattern])
            if len(columns) < shared_least:
                continue
            chosen = which.ravel() == number
            a, b = one[chosen], other[chosen]
            among = correlation[np.ix_(columns, columns)]
            of_a = expected_beside(a, b) if own else expected[a]
            of_b = expected_beside(b, a) if own else expected[b]
            strays = [
                ((log[sample] - of) / spread)[:, columns]
                for sample, of in ((a, of_a), (b, of_b), (b, of_a), (a, of_b))
            ]
            misfits = [_distance(each, among) for each in strays]
            told = [(_TAIL + len(columns)) * np.log1p(misfit / _TAIL) for misfit in misfits]
            gain = told[0] + told[1] - told[2] - told[3]
            before, after = misfits[0] + misfits[1], misfits[2] + misfits[3]
            for pair in np.flatnonzero((gain >= least) & (after <= _LEFT * before)).tolist():
                far = np.argsort(-np.maximum(*np.abs([strays[0][pair], strays[1][pair]])), kind="stable")
                yield (
                    float(gain[pair]),
                    Exchange(
                        index[place[a[pair], columns[far]]],
                        index[place[b[pair], columns[far]]],
                        float(before[pair]),
                        float(after[pair]),
                    ),
                )


def _candidates(
    samples: pd.DataFrame, bad: npt.NDArray[np.bool_], usual: Floats
) -> Iterator[tuple[Ints, Ints, float, int, bool]]:
    """Pairs of samples, the gain they must bring, by how many variables, and whether they are one person's.

    One value alone fits somebody's of the same days too often: it takes a neighbour in the sheet. Two visits
    of a person at which the same is `usual` (in spreads) cannot be told apart.
    """
    row, patient = samples["row"].to_numpy(dtype=np.float64), samples["patient"].to_numpy(dtype=object)
    order = np.argsort(row, kind="stable")
    for apart in range(1, _ROWS_APART + 1):
        one, other = order[:-apart], order[apart:]
        near = (row[other] - row[one] <= _ROWS_APART) & (patient[one] != patient[other])
        yield one[near], other[near], _NEIGHBOURS_GAIN, 1, False
    far = np.flatnonzero(bad)
    for places in samples.iloc[far].groupby("visit", sort=False).indices.values():
        one, other = (far[places[side]] for side in np.triu_indices(len(places), 1))
        others = patient[one] != patient[other]
        yield one[others], other[others], _ANYWHERE_GAIN, 2, False
    pairs = []
    unusual = np.asarray((np.abs(usual) >= _OWN_APART / 2).any(axis=1), dtype=np.bool_)
    for own in samples.groupby("patient", sort=False).indices.values():
        places = np.asarray(own, dtype=np.int64)
        told = places[unusual[places]]
        one, other = np.repeat(told, len(places)), np.tile(places, len(told))
        apart_enough = (np.abs(usual[one] - usual[other]) >= _OWN_APART).any(axis=1)
        once = apart_enough & ((one < other) | ~unusual[other])
        pairs.append(np.stack([one[once], other[once]]))
    one, other = np.concatenate(pairs, axis=1)
    yield one, other, _OWN_GAIN, 1, True


def _correlation(stray: Floats) -> npt.NDArray[np.float64]:
    """How the variables of a sample stray together, from ranks, so that no far value decides it."""
    ranked = pd.DataFrame(stray).corr("spearman", min_periods=10).fillna(0.0).to_numpy()
    told: Floats = (1 - _INDEPENDENT) * 2 * np.sin(np.pi / 6 * ranked)
    np.fill_diagonal(told, 1.0)
    return told


def _distance(stray: Floats, correlation: Floats) -> Floats:
    """Mahalanobis' squared distance of each row."""
    inverse = np.linalg.inv(correlation)
    distance: Floats = np.einsum("ni,ij,nj->n", stray, inverse, stray)
    return distance
