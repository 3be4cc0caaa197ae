"""Harrell's concordance of a risk score with the order of events.

Equals `coxph(...)$concordance["concordance"]` of R's survival: of the pairs that can be ordered (an event,
and a patient still at risk after it, in the same stratum), the part in which the higher risk had the event
first; equal risks count one half.
"""

from __future__ import annotations

import numpy as np

from mirocals_desktop.analysis.times import Counts, Flags, Floats, SurvivalTimes

_DIRECT = 2_000_000  # comparisons below which a plain table of them is faster


def estimate_concordance(times: SurvivalTimes, risk_score: Floats) -> float | None:
    """The concordance of `risk_score` (higher = earlier event); None when no pair can be ordered."""
    scale = float(np.max(np.abs(risk_score))) if len(risk_score) else 0.0
    # equal covariates must give equal scores whatever order the products were summed in
    rounded = np.round(risk_score / scale, 12) if scale > 0 else np.zeros(len(risk_score))
    rank = np.unique(rounded, return_inverse=True)[1].astype(np.int64)
    strata = times.strata.codes if times.strata else np.zeros(times.n, np.int64)
    concordant = tied = pairs = 0
    for stratum in np.unique(strata):
        mine = np.flatnonzero(strata == stratum)
        entry = None if times.entry is None else times.entry[mine]
        more = _count(times.days[mine], times.event[mine], entry, rank[mine])
        concordant, tied, pairs = concordant + more[0], tied + more[1], pairs + more[2]
    return (concordant + tied / 2) / pairs if pairs else None


def _count(days: Floats, event: Flags, entry: Floats | None, rank: Counts) -> tuple[int, int, int]:
    """Concordant, tied and all comparable pairs of one stratum."""
    order = np.lexsort((~event, days))  # on a day the events stand before the censored
    days, event, rank = days[order], event[order], rank[order]
    dead = np.flatnonzero(event)
    if not len(dead):
        return 0, 0, 0
    # behind this place stand the patients who outlive the event, those censored on its day included
    last_tie = np.searchsorted(days, days[dead], side="right")
    events_before = np.concatenate(([0], np.cumsum(event)))
    day_start = np.searchsorted(days, days[dead], side="left")
    start = day_start + events_before[last_tie] - events_before[day_start]
    below, equal = _count_behind(rank, start, rank[dead])
    pairs = len(days) - start
    if entry is not None:
        by_entry = np.argsort(entry, kind="stable")
        late = np.searchsorted(entry[by_entry], days[dead], side="left")
        less, same = _count_behind(rank_by(rank, order, by_entry), late, rank[dead])
        below, equal, pairs = below - less, equal - same, pairs - (len(days) - late)
    return int(below.sum()), int(equal.sum()), int(pairs.sum())


def rank_by(rank: Counts, order: Counts, wanted: Counts) -> Counts:
    """Ranks that are sorted by `order`, sorted by `wanted` instead."""
    original = np.empty_like(rank)
    original[order] = rank
    return original[wanted]


def _count_behind(ranks: Counts, start: Counts, rank: Counts) -> tuple[Counts, Counts]:
    """For each query: how many of `ranks[start:]` are below `rank`, and how many equal it."""
    if len(ranks) * len(rank) <= _DIRECT:
        behind = np.arange(len(ranks)) >= start[:, None]
        return (
            np.count_nonzero(behind & (ranks < rank[:, None]), axis=1),
            np.count_nonzero(behind & (ranks == rank[:, None]), axis=1),
        )
    width = len(ranks) + 1
    places = np.sort(ranks * width + np.arange(len(ranks)))
    last = np.searchsorted(places, (rank + 1) * width, side="left")
    equal = last - np.searchsorted(places, rank * width + start, side="left")
    return _count_below(ranks, start, rank), np.asarray(equal, np.int64)


def _count_below(ranks: Counts, start: Counts, rank: Counts) -> Counts:
    """How many of `ranks[start:]` are below `rank`, bit by bit (a wavelet matrix)."""
    count = np.zeros(len(start), np.int64)
    low, high = start.astype(np.int64), np.full(len(start), len(ranks), np.int64)
    values = ranks
    bits = max(int(ranks.max()), int(rank.max())).bit_length()
    for bit in range(bits - 1, -1, -1):
        ones = (values >> bit) & 1
        zeros_before = np.concatenate(([0], np.cumsum(1 - ones)))
        zeros = zeros_before[-1]
        wanted = ((rank >> bit) & 1).astype(np.bool_)
        low_zero, high_zero = zeros_before[low], zeros_before[high]
        count += np.where(wanted, high_zero - low_zero, 0)
        low = np.where(wanted, zeros + low - low_zero, low_zero)
        high = np.where(wanted, zeros + high - high_zero, high_zero)
        values = np.concatenate((values[ones == 0], values[ones == 1]))
    return count
