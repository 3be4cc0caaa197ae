"""What a measurement is: something of ours beside a plain baseline, in turns, so that noise hits both alike.

A module `packaging/bench/bench_*.py` gives its cases by `cases(folder)`. The folder is its own, to make
studies and files in; it is removed afterwards. What a case needs is made when its work first asks for it
(`functools.cache`), which is in the round that is not measured: a case that is left out costs nothing.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], float | None]
"""The work to be timed; work that knows better (in another process, say) returns its own seconds."""


@dataclass(frozen=True)
class Case:
    """One comparison. `limit` is the largest ratio that is still good, `most_seconds` the longest time.

    With `unit` "MB" the work returns the megabytes that it took, and no time is measured.
    """

    name: str
    work: Work
    baseline: str
    plain: Work
    rounds: int = 7
    limit: float | None = None
    most_seconds: float | None = None
    unit: str = "s"


@dataclass(frozen=True)
class Outcome:
    """The medians of one comparison, in seconds; the ratio is what can be trusted from machine to machine."""

    name: str
    seconds: float
    baseline: str
    baseline_seconds: float
    ratio: float
    limit: float | None
    most_seconds: float | None
    rounds: int
    unit: str = "s"

    @property
    def is_good(self) -> bool:
        """Whether it keeps its limits."""
        within = self.limit is None or self.ratio <= self.limit
        return within and (self.most_seconds is None or self.seconds <= self.most_seconds)


def measure(case: Case) -> Outcome:
    """Run both once unmeasured, then in turns, and take the medians."""
    timed(case.plain)
    timed(case.work)
    ours: list[float] = []
    plain: list[float] = []
    for number in range(case.rounds):
        pair = [(case.plain, plain), (case.work, ours)]
        for work, times in pair if number % 2 == 0 else reversed(pair):
            times.append(timed(work))
    seconds, baseline = statistics.median(ours), statistics.median(plain)
    return Outcome(
        name=case.name,
        seconds=seconds,
        baseline=case.baseline,
        baseline_seconds=baseline,
        ratio=seconds / baseline,
        limit=case.limit,
        most_seconds=case.most_seconds,
        rounds=case.rounds,
        unit=case.unit,
    )


def timed(work: Work) -> float:
    """The seconds of one run, without the garbage of the run before."""
    gc.collect()
    start = time.perf_counter()
    own = work()
    return time.perf_counter() - start if own is None else own
