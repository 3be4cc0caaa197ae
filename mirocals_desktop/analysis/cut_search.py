"""What every cut of a marker scores, for many arrangements of the marker at once: what a search permutes.

Time is walked backwards once, from the last event day to the first, and all arrangements walk together: who
is still at risk joins the counts above every cut, and each event adds to the sums of its cut's side. Every
arrangement is an own row of every array, so how many are walked together changes no digit.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.live_cut import LiveCut
from mirocals_desktop.analysis.times import Counts, Floats
from mirocals_desktop.analysis.two_groups import Steps, fit_two_groups

Target = Literal["interaction", "marker"]
"""What the best cut is best at: parting arms' hazard ratios, or parting patients by survival."""

_MANY = 8  # who joins on one day is counted one by one up to this, else together


class CutSearch:
    """Scores of all cuts, from the patients' ranks: how many of the cuts each patient is above.

    For the marker the log-rank test of high against low; for the interaction the score test that the arms'
    hazard ratio is the same above and below, each side with its own baseline (Breslow's ties), at the ratio
    of all patients. 0 where nothing can be compared. One search can be used by many threads.
    """

    def __init__(self, live: LiveCut, cuts: int, target: Target) -> None:
        self._cuts, self._target = cuts, target
        self._days = days = len(live.event_days)
        two = len(live.arms) == 2
        self.arm = live.arm if two else np.zeros(len(live.days), np.int64)
        exit_row = days - np.searchsorted(live.event_days, live.days, side="right")
        self._joining = _by_row(exit_row, np.arange(len(exit_row)), days)
        self._leaving: list[Counts] = []
        if live.entry is not None:
            entry_row = days - np.searchsorted(live.event_days, live.entry, side="right")
            self._leaving = _by_row(entry_row, np.arange(len(entry_row)), days)
        dead = np.flatnonzero(live.event)
        self._dead = _by_row(exit_row[dead], dead, days)
        self._at_risk = np.zeros((2, days))
        for a in (0, 1):
            for row in range(days):
                gain = np.count_nonzero(self.arm[self._joining[row]] == a)
                if self._leaving:
                    gain -= np.count_nonzero(self.arm[self._leaving[row]] == a)
                self._at_risk[a, row] = gain + (self._at_risk[a, row - 1] if row else 0)
        self._ratio = self._overall_ratio() if two else 1.0
        self._above = np.arange(cuts) >= np.arange(cuts + 1)[:, None]
        self._one_above = self._above.astype(np.float64)

    def _overall_ratio(self) -> float:
        counts = [[np.count_nonzero(self.arm[dead] == a) for dead in self._dead] for a in (0, 1)]
        events = np.array(counts, np.float64)
        steps = Steps.of(events.sum(axis=0).astype(np.int64))
        whole = fit_two_groups(steps, (self._at_risk[0], self._at_risk[1]), (events[0], events[1]))
        return float(np.exp(whole.beta)) if whole.finite else 1.0

    def score(self, ranks: Counts, *, stopped: Callable[[], bool] = lambda: False) -> Floats:
        """The chi-square of every cut, for each row of `ranks` (an arrangement; patients in columns).

        When `stopped` says so the sums are left as they are: the caller throws them away.
        """
        column = np.ascontiguousarray((self._cuts - ranks).T)
        walk = self._walk_marker if self._target == "marker" else self._walk_interaction
        return walk(column, stopped)[:, ::-1]

    def _walk_marker(self, column: Counts, stopped: Callable[[], bool]) -> Floats:
        shape = (column.shape[1], self._cuts)
        above, share, rest = np.zeros(shape), np.empty(shape), np.empty(shape)
        observed, expected, variance = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        total = self._at_risk.sum(axis=0)
        for row, dead in enumerate(self._dead):
            if stopped():
                break
            self._move(row, column, (above, above), rest)
            n, d = float(total[row]), len(dead)
            np.divide(above, n, out=share)
            np.subtract(1, share, out=rest)
            rest *= share
            rest *= d * (n - d) / max(n - 1, 1)
            variance += rest
            share *= d
            expected += share
            for patient in dead:
                observed += np.take(self._one_above, column[patient], axis=0, out=rest, mode="clip")
        chisq = (observed - expected) ** 2 / np.maximum(variance, 1e-12)
        return np.asarray(np.where(variance > 1e-12, chisq, 0.0))

    def _walk_interaction(self, column: Counts, stopped: Callable[[], bool]) -> Floats:
        shape = (column.shape[1], self._cuts)
        arms = np.zeros(shape), np.zeros(shape)  # at risk above each cut
        side, chance, above = np.empty(shape), np.empty(shape), np.empty(shape)
        is_above = np.empty(shape, np.bool_)
        # over the events, all and those above: the chances of the second arm, and their squares
        first, first_above, second, second_above = (np.zeros(shape) for _sum in range(4))
        treated_above, treated = np.zeros(shape), 0
        for row, dead in enumerate(self._dead):
            if stopped():
                break
            self._move(row, column, arms, side)
            for patient in dead:
                np.take(self._above, column[patient], axis=0, out=is_above, mode="clip")
                np.take(self._one_above, column[patient], axis=0, out=above, mode="clip")
                # those at risk on the side of the cut on which the event is
                for a, at_risk in ((0, side), (1, chance)):
                    np.subtract(self._at_risk[a, row], arms[a], out=at_risk)
                    np.copyto(at_risk, arms[a], where=is_above)
                chance *= self._ratio
                side += chance
                chance /= side
                first += chance
                second += np.multiply(chance, chance, out=side)
                chance *= above
                first_above += chance
                chance *= chance
                second_above += chance
                if self.arm[patient] == 1:
                    treated_above += above
                    treated += 1
        v_high = first_above - second_above
        v_low = (first - second) - v_high
        u_high = treated_above - first_above
        u_low = (treated - treated_above) - (first - first_above)
        product = v_high * v_low * (v_high + v_low)
        chisq = (u_high * v_low - u_low * v_high) ** 2 / np.maximum(product, 1e-12)
        return np.asarray(np.where(product > 1e-9, chisq, 0.0))

    def _move(self, row: int, column: Counts, arms: tuple[Floats, Floats], spare: Floats) -> None:
        """Bring the counts above every cut to this event day, from the one after it."""
        joining = self._joining[row]
        if len(joining) > _MANY:
            for a in (0, 1):
                arms[a][...] += self._count(column, joining[self.arm[joining] == a])
        else:
            for patient in joining:
                at_risk = arms[self.arm[patient]]
                at_risk += np.take(self._one_above, column[patient], axis=0, out=spare, mode="clip")
        for patient in self._leaving[row] if self._leaving else ():
            at_risk = arms[self.arm[patient]]
            at_risk -= np.take(self._one_above, column[patient], axis=0, out=spare, mode="clip")

    def _count(self, column: Counts, patients: Counts) -> Floats:
        """How many of the patients are above each cut, in every arrangement."""
        rows, width = column.shape[1], self._cuts + 1
        place = column[patients] + width * np.arange(rows)
        count = np.bincount(place.ravel(), minlength=rows * width).reshape(rows, width)
        return np.asarray(count[:, : self._cuts].cumsum(axis=1, dtype=np.float64))


def _by_row(row: npt.NDArray[np.int64], patients: Counts, days: int) -> list[Counts]:
    """The patients of each row; those of rows beyond the last are in none."""
    order = np.argsort(row, kind="stable")
    edges = np.searchsorted(row[order], np.arange(days + 1))
    return [patients[order[i:j]] for i, j in pairwise(edges)]
