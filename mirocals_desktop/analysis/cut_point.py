"""Every cut of a marker at once, and the p of the best one corrected for having searched.

The smallest of many p-values is small by itself: at the size of a trial the naive one rejects about half of
the true null hypotheses. The corrected p is the part of permutations of the marker whose best cut is as
good (Westfall and Young's maximum): the marker changes hands within each arm, so that what the arms do to
survival stays as it is.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from threading import Event

import numpy as np

from mirocals_desktop.analysis.cut_search import CutSearch, Target
from mirocals_desktop.analysis.distributions import chi_square_p, normal_quantile
from mirocals_desktop.analysis.live_cut import LiveCut
from mirocals_desktop.analysis.times import Counts, Floats
from mirocals_desktop.analysis.two_groups import Steps, TwoGroupFits, fit_strata
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore

MOST_CUTS = 200
_CHUNK = 50  # permutations with one random stream: fixed, so that the number of workers changes nothing
_TOGETHER = 2  # such streams that are scored in one go


@dataclass(frozen=True, eq=False)
class CutScan:
    """One value per cut. A patient above the cut is "high".

    `chisq` and `p` are those of the cut by itself, as a frame shows them: the log-rank test for the marker,
    the likelihood-ratio test for the interaction. `score` is what the search goes by and `p_corrected` its
    p, corrected for all cuts, from `largest`, the best score of every permutation. Hazard ratios of the
    second arm are NaN where not estimable, and empty without two arms.
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
    largest: Floats
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
    search = CutSearch(live, len(cuts), target)
    rank = np.searchsorted(cuts, live.marker, side="left")  # how many cuts the patient is above
    score = search.score(rank[None, :])[0]
    p_corrected, largest = np.full(len(cuts), np.nan), np.zeros(0)
    if permutations:
        largest = _permute(search, rank, permutations, seed, workers, report)
        beaten = np.searchsorted(np.sort(largest), score * (1 - 1e-12) - 1e-12, side="left")
        p_corrected = (1 + permutations - beaten) / (1 + permutations)
    chisq, ratios = score, np.zeros((6, 0))
    if len(live.arms) == 2:
        counts = _Table.of(live, len(cuts))
        steps = Steps.of(counts.events.sum(axis=0).astype(np.int64))
        n, d = counts.by_class(rank)
        fits = fit_strata(steps, n, d)
        ratios = _ratios(fits.separate, live.level)
        if target == "interaction":
            chisq = np.where(fits.df > 0, fits.chisq, 0.0)
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
        largest=largest,
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
    arm: Counts  # 0 or 1 per patient
    exit_row: Counts  # per patient: the first of the event days, backwards, at which it is at risk
    entry_row: Counts | None  # and the first at which it has not entered
    dead: Counts  # patients with the event, and the row of their event day
    dead_row: Counts
    at_risk: Floats  # by arm and event day, all patients
    events: Floats

    @staticmethod
    def of(live: LiveCut, cuts: int) -> _Table:
        days = len(live.event_days)
        exit_row = days - np.searchsorted(live.event_days, live.days, side="right")
        entry_row = None
        if live.entry is not None:
            entry_row = days - np.searchsorted(live.event_days, live.entry, side="right")
        dead = np.flatnonzero(live.event)
        at_risk, events = np.zeros((2, days)), np.zeros((2, days))
        for a in (0, 1):
            rows = live.arm == a
            at_risk[a] = np.bincount(exit_row[rows], minlength=days + 1)[:days].cumsum()
            if entry_row is not None:
                at_risk[a] -= np.bincount(entry_row[rows], minlength=days + 1)[:days].cumsum()
            events[a] = np.bincount(exit_row[dead][live.arm[dead] == a], minlength=days)
        return _Table(cuts, days, live.arm, exit_row, entry_row, dead, exit_row[dead], at_risk, events)

    def by_class(self, rank: Counts) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """At risk and events of either arm: by cut, class (low, high) and event day."""
        high = [self._high(rank, a) for a in (0, 1)]
        n, d = (
            [np.stack((whole[a] - high[a][i].T[::-1], high[a][i].T[::-1]), axis=1) for a in (0, 1)]
            for i, whole in ((0, self.at_risk), (1, self.events))
        )
        return (n[0], n[1]), (d[0], d[1])

    def _high(self, rank: Counts, arm: int) -> tuple[Floats, Floats]:
        """At risk and events of an arm above each cut (columns) at each event day (rows)."""
        column = self.cuts - rank
        width = self.cuts + 1
        mine = self.arm == arm
        size = (self.days + 1) * width
        place = self.exit_row[mine] * width + column[mine]
        at_risk = np.bincount(place, minlength=size).astype(np.float64)
        if self.entry_row is not None:
            at_risk -= np.bincount(self.entry_row[mine] * width + column[mine], minlength=size)
        at_risk = at_risk.reshape(self.days + 1, width)[: self.days, : self.cuts].cumsum(axis=0)
        of_arm = self.arm[self.dead] == arm
        place = self.dead_row[of_arm] * width + column[self.dead][of_arm]
        events = np.bincount(place, minlength=self.days * width).astype(np.float64)
        return (
            at_risk.cumsum(axis=1),
            events.reshape(self.days, width)[:, : self.cuts].cumsum(axis=1),
        )


def _ratios(fits: TwoGroupFits, level: float) -> Floats:
    """The hazard ratio of the second arm with its limits, below and above each cut: six rows."""
    z = normal_quantile(level)
    rows = [fits.beta[:, c] + side * z * fits.se[:, c] for c in (0, 1) for side in (0, -1, 1)]
    return np.exp(np.clip(rows, -700, 700))


def _permute(
    search: CutSearch,
    rank: Counts,
    permutations: int,
    seed: int,
    workers: int | None,
    report: Report,
) -> Floats:
    """The largest statistic over the cuts, of every permutation."""
    arms = [np.flatnonzero(search.arm == a) for a in (0, 1)]
    starts = range(0, permutations, _CHUNK * _TOGETHER)
    stopped = Event()

    def run(start: int) -> Floats:
        shuffled = np.tile(rank, (min(_CHUNK * _TOGETHER, permutations - start), 1))
        for i, ranks in enumerate(shuffled):
            if i % _CHUNK == 0:
                stream = np.random.SeedSequence(seed, spawn_key=((start + i) // _CHUNK,))
                random = np.random.default_rng(stream)
            for rows in arms:
                ranks[rows] = random.permutation(rank[rows])
        return np.asarray(search.score(shuffled, stopped=stopped.is_set).max(axis=1))

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
