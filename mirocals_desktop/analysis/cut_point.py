"""Every cut of a marker at once, and the p of the best one corrected for having searched.

The smallest of many p-values is small by itself: at the size of a trial the naive one rejects about half of
the true null hypotheses. The corrected p is the part of permutations of the marker whose best cut is as
good (Westfall and Young's maximum): the marker changes hands within each arm, so that what the arms do to
survival stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from threading import Event
from typing import Literal

import numpy as np

from mirocals_desktop.analysis.distributions import chi_square_p, normal_quantile
from mirocals_desktop.analysis.live_cut import LiveCut
from mirocals_desktop.analysis.times import Counts, Floats
from mirocals_desktop.analysis.two_groups import Steps, TwoGroupFits, compare_strata, fit_two_groups
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore

Target = Literal["interaction", "marker"]
"""What the best cut is best at: parting arms' hazard ratios, or parting patients by survival."""

MOST_CUTS = 200
_CHUNK = 50  # permutations with one random stream: fixed, so that the number of workers changes nothing


@dataclass(frozen=True)
class CutScan:
    """One value per cut. A patient above the cut is "high".

    `chisq` and `p` are those of the cut by itself, as a frame shows them: the log-rank test for the marker,
    the likelihood-ratio test for the interaction. `score` is what the search goes by and `p_corrected` its
    p, corrected for all cuts. Hazard ratios of the second arm are NaN where not estimable, and empty without
    two arms.
    """

    target: Target
    cuts: Floats
    low: Counts
    high: Counts
    chisq: Floats
    p: Floats
    score: Floats
    p_corrected: Floats
    hr_low: Floats
    hr_low_lower: Floats
    hr_low_upper: Floats
    hr_high: Floats
    hr_high_lower: Floats
    hr_high_upper: Floats
    permutations: int
    seed: int
    notes: tuple[str, ...]

    @property
    def best(self) -> int:
        """The place of the cut that the search finds."""
        return int(np.argmax(self.score))


def scan_cuts(
    live: LiveCut,
    *,
    target: Target = "interaction",
    smallest_share: float = 0.1,
    lowest: float | None = None,
    highest: float | None = None,
    permutations: int = 10_000,
    seed: int = 20_250_514,
    workers: int | None = None,
    report: Report = ignore,
) -> CutScan:
    """Test every cut that leaves both sides `smallest_share` of patients, from `lowest` to below `highest`.

    These are the assay's limits. At most `MOST_CUTS` cuts, evenly spaced by rank. `permutations` 0 leaves
    the correction out (NaN). Raises `AppError` when there is no such cut, no event, or no arms to compare.
    """
    if target == "interaction" and len(live.arms) != 2:
        raise AppError(_("The search for a cut that parts hazard ratios needs two arms."))
    if not len(live.event_days):
        raise AppError(_("No cut can be tested: there is no event."))
    cuts = _candidates(live.marker, smallest_share, lowest, highest)
    table = _Table.of(live, cuts, target)
    rank = np.searchsorted(cuts, live.marker, side="left")  # how many cuts the patient is above
    score = table.scorer(target)(rank)
    p_corrected = np.full(len(cuts), np.nan)
    if permutations:
        largest = _permute(table, rank, target, permutations, seed, workers, report)
        beaten = np.searchsorted(np.sort(largest), score * (1 - 1e-12) - 1e-12, side="left")
        p_corrected = (1 + permutations - beaten) / (1 + permutations)
    chisq, ratios = score, np.zeros((6, 0))
    if len(live.arms) == 2:
        steps = Steps.of(table.events.sum(axis=0).astype(np.int64))
        n, d = table.by_class(rank)
        fits = fit_two_groups(steps, n, d)
        ratios = _ratios(fits, live.level)
        if target == "interaction":
            difference, df = compare_strata(steps, n, d, fits)
            chisq = np.where(df > 0, difference, 0.0)
    low = np.count_nonzero(rank[:, None] <= np.arange(len(cuts)), axis=0)
    notes = [
        _("Cuts leave at least {percent} % of patients on either side.").format(
            percent=f"{100 * smallest_share:g}"
        )
    ]
    if lowest is not None:
        notes.append(_("No cut below the assay limit of {limit}.").format(limit=f"{lowest:g}"))
    if live.without_marker:
        notes.append(_("{count} patients have no value of the marker.").format(count=live.without_marker))
    return CutScan(
        target=target,
        cuts=cuts,
        low=low,
        high=len(live.marker) - low,
        chisq=chisq,
        p=np.array([chi_square_p(float(value), 1) for value in chisq]),
        score=score,
        p_corrected=p_corrected,
        hr_low=ratios[0],
        hr_low_lower=ratios[1],
        hr_low_upper=ratios[2],
        hr_high=ratios[3],
        hr_high_lower=ratios[4],
        hr_high_upper=ratios[5],
        permutations=permutations,
        seed=seed,
        notes=tuple(notes),
    )


def _candidates(marker: Floats, smallest_share: float, lowest: float | None, highest: float | None) -> Floats:
    values = np.sort(marker)
    n = len(values)
    distinct = np.unique(values)[:-1]
    below = np.searchsorted(values, distinct, side="right")
    least = max(1, int(np.ceil(smallest_share * n)))
    fitting = distinct[(below >= least) & (n - below >= least)]
    if lowest is not None:
        fitting = fitting[fitting >= lowest]
    if highest is not None:
        fitting = fitting[fitting < highest]
    if not len(fitting):
        raise AppError(
            _("No cut of the marker leaves enough patients on both sides."),
            hint=_("Allow smaller sides, or look whether the marker has more than one value."),
        )
    if len(fitting) > MOST_CUTS:
        fitting = fitting[np.linspace(0, len(fitting) - 1, MOST_CUTS).round().astype(np.int64)]
    return np.asarray(fitting)


@dataclass(frozen=True)
class _Table:
    """What the marker does not change, from which the counts of every cut follow by cumulative sums.

    Event days and cuts run backwards in it (the last first), so that "still at risk" and "above the cut"
    are sums from the start.
    """

    cuts: int
    days: int
    arm: Counts  # 0 or 1 per patient, all 0 without arms
    exit_row: Counts  # per patient: the first of the event days, backwards, at which it is at risk
    entry_row: Counts | None  # and the first at which it has not entered
    dead: Counts  # patients with the event, and the row of their event day
    dead_row: Counts
    at_risk: Floats  # by arm and event day, all patients
    events: Floats
    ratio: float  # the arms' hazard ratio over all patients, at which interactions are scored

    @staticmethod
    def of(live: LiveCut, cuts: Floats, target: Target) -> _Table:
        days = len(live.event_days)
        exit_row = days - np.searchsorted(live.event_days, live.days, side="right")
        entry_row = None
        if live.entry is not None:
            entry_row = days - np.searchsorted(live.event_days, live.entry, side="right")
        dead = np.flatnonzero(live.event)
        arm = live.arm if len(live.arms) == 2 else np.zeros(len(live.days), np.int64)
        at_risk, events = np.zeros((2, days)), np.zeros((2, days))
        for a in (0, 1):
            rows = arm == a
            at_risk[a] = np.bincount(exit_row[rows], minlength=days + 1)[:days].cumsum()
            if entry_row is not None:
                at_risk[a] -= np.bincount(entry_row[rows], minlength=days + 1)[:days].cumsum()
            events[a] = np.bincount(exit_row[dead][arm[dead] == a], minlength=days)
        ratio = 1.0
        if target == "interaction":
            steps = Steps.of(events.sum(axis=0).astype(np.int64))
            whole = fit_two_groups(steps, (at_risk[0], at_risk[1]), (events[0], events[1]))
            ratio = float(np.exp(whole.beta)) if whole.finite else 1.0
        return _Table(len(cuts), days, arm, exit_row, entry_row, dead, exit_row[dead], at_risk, events, ratio)

    def high(self, rank: Counts, arm: int | None) -> tuple[Floats, Floats]:
        """At risk and events above each cut (columns) at each event day (rows), of one arm or of all."""
        column = self.cuts - rank
        width = self.cuts + 1
        mine = slice(None) if arm is None else self.arm == arm
        size = (self.days + 1) * width
        place = self.exit_row[mine] * width + column[mine]
        at_risk = np.bincount(place, minlength=size).astype(np.float64)
        if self.entry_row is not None:
            at_risk -= np.bincount(self.entry_row[mine] * width + column[mine], minlength=size)
        at_risk = at_risk.reshape(self.days + 1, width)[: self.days, : self.cuts].cumsum(axis=0)
        of_arm = slice(None) if arm is None else self.arm[self.dead] == arm
        place = self.dead_row[of_arm] * width + column[self.dead][of_arm]
        events = np.bincount(place, minlength=self.days * width).astype(np.float64)
        return (
            at_risk.cumsum(axis=1),
            events.reshape(self.days, width)[:, : self.cuts].cumsum(axis=1),
        )

    def scorer(self, target: Target) -> Callable[[Counts], Floats]:
        """What gives the chi-square by which cuts are searched, from patients' ranks; for one thread only.

        For the marker the log-rank test of high against low; for the interaction the score test that the
        arms' hazard ratio is the same above and below, each side with its own baseline (Breslow's ties).
        0 where nothing can be compared.
        """
        return self._score_marker if target == "marker" else _InteractionScore(self)

    def _score_marker(self, rank: Counts) -> Floats:
        at_risk, dead = self.high(rank, None)
        total, deaths = self.at_risk.sum(axis=0), self.events.sum(axis=0)
        share = at_risk / np.maximum(total, 1)[:, None]
        difference = dead.sum(axis=0) - deaths @ share
        spread = deaths * (total - deaths) / np.maximum(total - 1, 1)
        variance = spread @ (share * (1 - share))
        chisq = np.where(variance > 1e-12, difference**2 / np.maximum(variance, 1e-12), 0.0)
        return np.asarray(chisq[::-1])

    def by_class(self, rank: Counts) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """At risk and events of either arm: by cut, class (low, high) and event day."""
        high = [self.high(rank, a) for a in (0, 1)]
        n, d = (
            [np.stack((whole[a] - high[a][i].T[::-1], high[a][i].T[::-1]), axis=1) for a in (0, 1)]
            for i, whole in ((0, self.at_risk), (1, self.events))
        )
        return (n[0], n[1]), (d[0], d[1])


class _InteractionScore:
    """The interaction's score for one arrangement of the marker after another, in arrays made once.

    At each cut an event is on one side of it, and only those at risk on that side matter: a row per event
    and a column per cut say all there is.
    """

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._width = table.cuts + 1
        self._arms = [np.flatnonzero(table.arm == a) for a in (0, 1)]
        order = np.argsort(table.dead_row, kind="stable")
        self._dead, self._row = table.dead[order], table.dead_row[order]
        self._treated = table.arm[self._dead] == 1
        self._whole = [
            (table.at_risk[a][self._row] * ratio)[:, None] for a, ratio in ((0, 1.0), (1, table.ratio))
        ]
        shape = (len(self._dead), table.cuts)
        self._counts = np.empty((table.days, table.cuts))
        self._sides = [np.empty(shape), np.empty(shape)]
        self._above = np.empty(shape, np.bool_)
        self._below = np.empty(shape, np.bool_)
        self._columns = np.arange(table.cuts)[None, :]

    def __call__(self, rank: Counts) -> Floats:
        table = self._table
        column = table.cuts - rank
        np.greater_equal(self._columns, column[self._dead][:, None], out=self._above)
        np.logical_not(self._above, out=self._below)
        for a in (0, 1):
            side = self._sides[a]
            np.take(self._at_risk_above(column, a), self._row, axis=0, out=side, mode="clip")
            if a == 1:
                side *= table.ratio
            np.subtract(self._whole[a], side, out=side, where=self._below)
        rest, chance = self._sides
        rest += chance
        np.divide(chance, rest, out=chance)  # that the event is in the second arm
        u_high, u_low = self._part(chance, rest)
        np.multiply(chance, chance, out=rest)
        np.subtract(chance, rest, out=chance)
        v_high, v_low = self._part(chance, rest)
        dead_high = np.count_nonzero(self._above[self._treated], axis=0)
        u_high, u_low = dead_high - u_high, np.count_nonzero(self._treated) - dead_high - u_low
        product = v_high * v_low * (v_high + v_low)
        chisq = (u_high * v_low - u_low * v_high) ** 2 / np.maximum(product, 1e-12)
        return np.asarray(np.where(product > 1e-9, chisq, 0.0)[::-1])

    def _at_risk_above(self, column: Counts, arm: int) -> Floats:
        """Patients of an arm at risk above each cut (columns) at each event day (rows)."""
        table, width, mine = self._table, self._width, self._arms[arm]
        size = (table.days + 1) * width
        count = np.bincount(table.exit_row[mine] * width + column[mine], minlength=size)
        if table.entry_row is not None:
            count -= np.bincount(table.entry_row[mine] * width + column[mine], minlength=size)
        inside = count.reshape(table.days + 1, width)[: table.days, : table.cuts]
        np.cumsum(inside, axis=0, out=self._counts, dtype=np.float64)
        return np.cumsum(self._counts, axis=1, out=self._counts)

    def _part(self, values: Floats, spare: Floats) -> tuple[Floats, Floats]:
        """The sums over the events above each cut, and over those below."""
        np.multiply(values, self._above, out=spare)
        above = spare.sum(axis=0)
        return above, values.sum(axis=0) - above


def _ratios(fits: TwoGroupFits, level: float) -> Floats:
    """The hazard ratio of the second arm with its limits, below and above each cut: six rows."""
    z = normal_quantile(level)
    rows = [fits.beta[:, c] + side * z * fits.se[:, c] for c in (0, 1) for side in (0, -1, 1)]
    return np.exp(np.clip(rows, -700, 700))


def _permute(
    table: _Table,
    rank: Counts,
    target: Target,
    permutations: int,
    seed: int,
    workers: int | None,
    report: Report,
) -> Floats:
    """The largest statistic over the cuts, of every permutation."""
    arms = [np.flatnonzero(table.arm == a) for a in (0, 1)]
    starts = range(0, permutations, _CHUNK)
    stopped = Event()

    def run(start: int) -> Floats:
        count = min(_CHUNK, permutations - start)
        score = table.scorer(target)
        largest = np.zeros(count)
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(start // _CHUNK,)))
        for i in range(count):
            if stopped.is_set():
                break
            shuffled = rank.copy()
            for rows in arms:
                shuffled[rows] = random.permutation(rank[rows])
            largest[i] = score(shuffled).max()
        return largest

    result = np.zeros(permutations)
    report(0.0, _("Permutations"))
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count() or 1) as pool:
        running: dict[Future[Floats], int] = {pool.submit(run, start): start for start in starts}
        try:
            for done, future in enumerate(as_completed(running), start=1):
                start = running[future]
                largest = future.result()
                result[start : start + len(largest)] = largest
                report(done / len(running), _("Permutations"))
        except BaseException:
            stopped.set()
            for future in running:
                future.cancel()
            raise
    return result
