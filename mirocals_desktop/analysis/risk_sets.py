"""The sums over patients at risk that the Cox model and its checks are made of.

Patients are sorted once by stratum and day; a sum over a risk set is then a difference of suffix sums. The
information is X' diag(r H) X - E'E, where r is the relative risk, H the cumulative baseline hazard a patient
has met and E the mean covariates at each event: no matrix is summed over the risk sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from mirocals_desktop.analysis.times import Counts, Floats, SurvivalTimes

Ties = Literal["efron", "breslow"]

_LARGEST_TABLE = 2_000_000  # of patients by event days: beyond it, late entry is done by subtracting sums
_LEAST_RISK = 1e-300  # stands for a risk set whose risks are too small for a number


@dataclass(frozen=True)
class Evaluation:
    """The log partial likelihood and its derivatives at one beta, with the pieces residuals need.

    `mean_x` and `hazard` have a value per event (Efron's sub-steps in a tie). `risk` is relative to
    exp(`shift`), the largest of the patient's stratum, and `hazard` is that of such a patient.
    """

    log_likelihood: float
    gradient: Floats
    information: Floats
    risk: Floats
    shift: Floats
    mean_x: Floats
    hazard: Floats


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk at which event, for patients that are sorted by stratum and day.

    A block is a distinct event day of a stratum. `step_*` run over the single events, block by block:
    in a tie of d events under Efron's method the l-th has the share l/d of the tied risks taken away.
    """

    size: int  # patients
    strata: tuple[slice, ...]  # the rows of each stratum
    first: Counts  # per block: the first row at risk, if everybody has entered
    at_risk: Floats | None  # with late entry, 1 where the patient (column) is at risk at the block (row)
    entry_order: (
        Counts | None
    )  # with late entry of too many patients for that table: rows by stratum and entry
    entry_first: Counts  # and per block the first row, among those, not yet entered
    dead: Counts  # rows with the event, by block
    block_start: Counts  # per block: its first event
    step_block: Counts
    step_share: Floats
    exit_block: Counts  # per patient: number of blocks up to the exit day, and up to the entry day
    entry_block: Counts
    stratum_block: Counts  # and of the strata before the patient's own
    block_strata: tuple[slice, ...]  # the blocks of each stratum
    block_days: Floats
    block_stratum: Counts
    tied: bool  # Efron's shares are not all 0

    @staticmethod
    def of(times: SurvivalTimes, *, ties: Ties = "efron") -> RiskSets:
        """Prepare the risk sets once; every evaluation then is a few cumulative sums.

        `times` are sorted by `sort_by_stratum_and_day`.
        """
        n = times.n
        stratum = times.strata.codes if times.strata else np.zeros(n, np.int64)
        points = times.days if times.entry is None else np.concatenate((times.days, times.entry))
        distinct, code = np.unique(points, return_inverse=True)
        width = len(distinct) + 1
        base = stratum * width
        key = base + code[:n]
        assert np.all(key[1:] >= key[:-1]), "sorted by stratum and day"
        dead = np.flatnonzero(times.event)
        blocks, block_start, size = np.unique(key[dead], return_index=True, return_counts=True)
        places = np.arange(len(blocks))
        exit_block = _places(blocks, key, side="right")
        stratum_block = _places(blocks, base)
        at_risk, entry_order, entry_first = None, None, np.zeros(0, np.int64)
        if times.entry is None:
            entry_block = stratum_block
        else:
            entry_key = base + code[n:]
            entry_block = _places(blocks, entry_key, side="right")
            if n * len(blocks) <= _LARGEST_TABLE:
                column = places[:, None]
                at_risk = ((column >= entry_block) & (column < exit_block)).astype(np.float64)
            else:
                entry_order = np.argsort(entry_key, kind="stable")
                entry_first = _places(entry_key[entry_order], blocks)
        numbers = np.arange(int(stratum[-1]) + 2)
        edges, block_edges = _places(stratum, numbers), _places(blocks, numbers * width)
        step_block = np.repeat(places, size)
        within = np.arange(len(dead)) - block_start[step_block]
        share = within / size[step_block] if ties == "efron" else np.zeros(len(dead))
        return RiskSets(
            size=n,
            strata=tuple(slice(int(i), int(j)) for i, j in pairwise(edges)),
            block_strata=tuple(slice(int(i), int(j)) for i, j in pairwise(block_edges)),
            stratum_block=stratum_block,
            first=_places(key, blocks),
            at_risk=at_risk,
            entry_order=entry_order,
            entry_first=entry_first,
            dead=dead,
            block_start=block_start,
            step_block=step_block,
            step_share=share,
            exit_block=exit_block,
            entry_block=entry_block,
            block_days=distinct[blocks % width],
            block_stratum=blocks // width,
            tied=bool(share.any()),
        )

    def evaluate(self, beta: Floats, x: Floats) -> Evaluation:
        """The log partial likelihood at `beta`; `x` has a row per coefficient and is best centred."""
        lp = beta @ x if len(beta) else np.zeros(self.size)
        shift = self._largest(lp)
        risk = np.exp(lp - shift)
        sums = np.vstack((risk, risk * x))
        at_events = self.sum_at_events(sums)
        at_events[0] = np.maximum(at_events[0], _LEAST_RISK)
        hazard = 1 / at_events[0]
        mean_x = at_events[1:] * hazard
        met = self.sum_met(hazard, hazard * self.step_share)
        weight = risk * met
        return Evaluation(
            log_likelihood=float((lp - shift)[self.dead].sum() - np.log(at_events[0]).sum()),
            gradient=x[:, self.dead].sum(axis=1) - mean_x.sum(axis=1),
            information=np.asarray((x * weight) @ x.T - mean_x @ mean_x.T),
            risk=risk,
            shift=shift,
            mean_x=mean_x,
            hazard=hazard,
        )

    def _largest(self, lp: Floats) -> Floats:
        """The largest linear predictor of each patient's stratum: taken off, no risk can overflow."""
        shift = np.empty_like(lp)
        for rows in self.strata:
            shift[rows] = lp[rows].max(initial=-np.inf)
        return shift

    def sum_at_events(self, values: Floats) -> Floats:
        """The sum over the patients at risk at each event, for each row of `values` (patients in columns)."""
        if self.at_risk is not None:
            at_blocks = values @ self.at_risk.T
        else:
            at_blocks = np.take(self._suffix_sums(values), self.first, axis=1)
            if self.entry_order is not None:
                not_entered = self._suffix_sums(np.take(values, self.entry_order, axis=1))
                at_blocks -= np.take(not_entered, self.entry_first, axis=1)
        at_events = np.take(at_blocks, self.step_block, axis=1)
        if self.tied:
            of_dead = np.add.reduceat(np.take(values, self.dead, axis=1), self.block_start, axis=1)
            at_events -= self.step_share * np.take(of_dead, self.step_block, axis=1)
        return at_events

    def _suffix_sums(self, values: Floats) -> Floats:
        """Of each row and place, the sum from there to the end of the stratum; 0 at the end of all."""
        sums = np.zeros((values.shape[0], self.size + 1))
        for rows in self.strata:
            np.cumsum(values[:, rows][:, ::-1], axis=1, out=sums[:, rows][:, ::-1])
        return sums

    def sum_met(self, per_event: Floats, shared: Floats) -> Floats:
        """Per patient, the sum of `per_event` over the events in (entry, exit].

        `shared`, summed over the own event's tie, is what Efron's method takes from those who die in it.
        """
        of_block = np.add.reduceat(per_event, self.block_start)
        if self.at_risk is not None:
            total: Floats = of_block @ self.at_risk
        else:
            met = np.zeros(len(of_block) + 1)
            for blocks in self.block_strata:
                np.cumsum(of_block[blocks], out=met[1:][blocks])
            total = np.where(self.exit_block > self.stratum_block, met[self.exit_block], 0.0)
            if self.entry_order is not None:
                total -= np.where(self.entry_block > self.stratum_block, met[self.entry_block], 0.0)
        if self.tied:
            own = np.add.reduceat(shared, self.block_start)
            total[self.dead] -= own[self.step_block]
        return total


def sort_by_stratum_and_day(times: SurvivalTimes) -> Counts:
    """The order of rows that `RiskSets.of` asks for."""
    if times.strata is None:
        return np.argsort(times.days, kind="stable")
    return np.lexsort((times.days, times.strata.codes))


def _places(ordered: Counts, values: Counts, *, side: Literal["left", "right"] = "left") -> Counts:
    return np.asarray(np.searchsorted(ordered, values, side=side), np.int64)
