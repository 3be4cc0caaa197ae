"""Survival at 220 and at 10,000 patients: a frame of the live cut, the results page, the search for a cut.

The live cut is measured beside lifelines, the results page beside R's survival package timed inside R, where
Rscript is installed. All of it is processor time, so that other programs at work on the machine do not make a
frame slow: on a machine at rest it is the time by the clock, but for the search, whose processor time is that
of all its workers.
"""

from __future__ import annotations

import csv
import functools
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

import numpy as np
import pandas as pd
from frame import Case

from mirocals_desktop.analysis.cut_point import scan_cuts
from mirocals_desktop.analysis.live_cut import LiveCut, build_live_cut
from mirocals_desktop.analysis.study_survival import tick_days
from mirocals_desktop.analysis.survival import SurvivalOptions, SurvivalResult, analyse
from mirocals_desktop.analysis.times import SurvivalTimes, build_factor, build_times
from mirocals_desktop.app import make_application
from mirocals_desktop.ui.plots.survival import ShownCurves, SurvivalPlot
from mirocals_desktop.ui.theme import REFERENCE, TREATED

HORIZON = 640
TICKS = (0.0, 90.0, 180.0, 270.0, 360.0, 450.0, 540.0, 640.0)  # eight
CUT = 1500.0
SIZES = ((220, 0.004, 1.0), (10_000, 0.016, 0.5))  # patients, longest frame, ratio to R
SEARCHED = 10_000
SEARCH_SECONDS = 10.0
FRAME_SECONDS = 0.016
R_ROUNDS = 5


def cases(folder: Path) -> Iterator[Case]:
    """Frames, pages, and the search."""
    trials = {n: Trial(n, folder) for n, _longest, _limit in SIZES}
    for n, longest, limit in SIZES:
        trial = trials[n]
        few = n < 1000
        yield Case(
            f"survival: count one frame of the live cut, n = {n:,}",
            lambda trial=trial: count_frames(trial.live),  # type: ignore[misc]
            "lifelines: the same quantities",
            trial.frame_by_lifelines,
            rounds=7 if few else 3,
            most_seconds=longest,
        )
        yield Case(
            f"survival: count and draw one frame in two panels, n = {n:,}",
            lambda trial=trial: trial.drawn.seconds(),  # type: ignore[misc]
            "lifelines: the same quantities, not drawn",
            trial.frame_by_lifelines,
            rounds=5 if few else 3,
            most_seconds=FRAME_SECONDS,
        )
        yield Case(
            f"survival: count, draw and paint one frame in two panels, n = {n:,}",
            lambda trial=trial: trial.painted.seconds(),  # type: ignore[misc]
            "lifelines: the same quantities, not drawn",
            trial.frame_by_lifelines,
            rounds=5 if few else 3,
            most_seconds=FRAME_SECONDS if few else None,
        )
        if shutil.which("Rscript"):
            yield Case(
                f"survival: the whole results page, n = {n:,}",
                lambda trial=trial: page_seconds(trial.times),  # type: ignore[misc]
                "R survival, inside R: the same page",
                lambda trial=trial: page_by_r(trial.path),  # type: ignore[misc]
                rounds=5,
                limit=limit,
            )
    searched = trials[220]
    yield Case(
        f"survival: search all cuts, {SEARCHED:,} permutations, n = 220",
        lambda: processor(lambda: search(searched.live)),
        "lifelines: log-rank at each cut once",
        lambda: processor(lambda: scan_by_lifelines(searched.table)),
        rounds=1,
        most_seconds=SEARCH_SECONDS,
    )


class Trial:
    """A trial of `n` patients, and what the cases make of it: each part when it is first asked for."""

    def __init__(self, n: int, folder: Path) -> None:
        self._n, self._folder = n, folder

    @functools.cached_property
    def _made(self) -> tuple[SurvivalTimes, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        return make_trial(self._n)

    @property
    def times(self) -> SurvivalTimes:
        """Days and outcomes by arm."""
        return self._made[0]

    @functools.cached_property
    def live(self) -> LiveCut:
        """The live cut over the marker."""
        return build_live_cut(*self._made, ticks=TICKS)

    @functools.cached_property
    def table(self) -> pd.DataFrame:
        """The trial as other programs take it."""
        return as_table(*self._made)

    @functools.cached_property
    def path(self) -> Path:
        """The same table as a file."""
        path = self._folder / f"trial_{self._n}.csv"
        self.table.to_csv(path, index=False, quoting=csv.QUOTE_NONNUMERIC)
        return path

    @functools.cached_property
    def drawn(self) -> Drawn:
        """Its panels, not painted."""
        return Drawn(self.live)

    @functools.cached_property
    def painted(self) -> Drawn:
        """Its panels, painted."""
        return Drawn(self.live, painted=True)

    def frame_by_lifelines(self) -> float:
        """The processor's seconds of one frame by the baseline."""
        table = self.table
        return processor(lambda: frame_by_lifelines(table))


def make_trial(n: int) -> tuple[SurvivalTimes, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """A trial of the shape of MIROCALS: the arm's effect fades as the marker rises."""
    random = np.random.default_rng(20_250_514)
    marker = np.round(np.exp(random.normal(7.617, 0.743, n))).astype(np.float64)
    arm = random.permutation(n) % 2
    log_ratio = np.where(arm == 1, np.log(0.32) + np.log(1.0003) * np.minimum(marker, 8000), 0.0)
    raw = np.ceil((random.exponential(1, n) / np.exp(log_ratio)) ** (1 / 1.4) * 800)
    lost = np.where(random.random(n) < 0.1, np.ceil(HORIZON * random.random(n)), HORIZON)
    names = np.where(arm == 1, "IL-2", "placebo").tolist()
    times = build_times(
        np.minimum(raw, lost), raw <= lost, group=build_factor("arm", names, reference="placebo")
    )
    return times, marker


def as_table(times: SurvivalTimes, marker: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pd.DataFrame:
    """The trial as other programs take it, the reference arm first."""
    assert times.group is not None
    table = pd.DataFrame(
        {
            "time": times.days,
            "event": times.event.astype(np.int64),
            "arm": [times.levels[code] for code in times.group.codes],
            "marker": marker,
        }
    )
    return table.sort_values("arm", ascending=False, kind="stable", ignore_index=True)


def processor(work: Callable[[], object]) -> float:
    """The processor seconds of some work, of all its threads."""
    started = time.process_time()
    work()
    return time.process_time() - started


# One frame


def count_frames(live: LiveCut) -> float:
    """Seconds of one frame, over twenty places of the line."""
    return processor(lambda: [live.frame((CUT + 10 * step,)) for step in range(20)]) / 20


class Drawn:
    """Two panels of curves as the live cut shows them, each with its rows, for every place of the line.

    With `painted` every pixel is painted as well, which is what a window without events to work through does.
    """

    def __init__(self, live: LiveCut, *, painted: bool = False) -> None:
        self._live, self._painted = live, painted
        application = make_application()
        self._plots = [SurvivalPlot("bench.low"), SurvivalPlot("bench.high")]
        for plot in self._plots:
            plot.resize(420, 330)
            plot.show()
        for _turn in range(3):  # a window is painted only once it is known to be seen
            application.processEvents()
        self._draw(CUT)

    def seconds(self) -> float:
        """Seconds of one frame, over twenty places of the line."""
        return processor(self._draw_twenty) / 20

    def _draw_twenty(self) -> None:
        for step in range(20):
            self._draw(CUT + 10 * step)

    def _draw(self, cut: float) -> None:
        frame = self._live.frame((cut,))
        for number, plot in enumerate(self._plots):
            mine = [shown for shown in frame.curves if shown.marker_class == number]
            plot.update_curves(
                ShownCurves(
                    curves=tuple(shown.curve for shown in mine),
                    labels=tuple(shown.arm for shown in mine),
                    styles=(REFERENCE, TREATED),
                    medians=(None, None),
                    ticks=self._live.ticks,
                    horizon=HORIZON,
                    x_title="Study day",
                    y_title="Survival",
                    rows=tuple(shown.rows for shown in mine),
                )
            )
            if self._painted:
                plot.view.viewport().repaint()


def frame_by_lifelines(table: pd.DataFrame) -> None:
    """Curves with limits and rows of both arms on either side, log-ranks, ratios, and the interaction."""
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    coded = table.assign(arm=(table["arm"] != "placebo").astype(float), high=(table["marker"] > CUT))
    coded["high"] = coded["high"].astype(float)
    coded["both"] = coded["arm"] * coded["high"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _side, part in coded.groupby("high"):
            for _arm, group in part.groupby("arm"):
                fit = KaplanMeierFitter().fit(group["time"], group["event"])
                fit.survival_function_at_times(TICKS)
                _limits = fit.confidence_interval_
                _rows = fit.event_table
            CoxPHFitter().fit(part[["time", "event", "arm"]], "time", "event")
        low, high = (part for _side, part in coded.groupby("high"))
        logrank_test(low["time"], high["time"], low["event"], high["event"])
        columns = ["time", "event", "arm", "high"]
        CoxPHFitter().fit(coded[columns], "time", "event", strata=["high"])
        CoxPHFitter().fit(coded[[*columns, "both"]], "time", "event", strata=["high"])


# The results page


def page_seconds(times: SurvivalTimes) -> float:
    """Seconds of one page, over five."""
    return processor(lambda: [page(times) for _turn in range(5)]) / 5


def page(times: SurvivalTimes) -> SurvivalResult:
    """Everything that the page shows of two arms."""
    return analyse(times, SurvivalOptions(at=tick_days(HORIZON), horizon=float(HORIZON), tau=float(HORIZON)))


def page_by_r(path: Path) -> float:
    """The seconds that R itself takes, without starting it and reading the table."""
    days = ",".join(f"{day:g}" for day in tick_days(HORIZON))
    script = Path(__file__).with_name("survival.R")
    answer = subprocess.run(
        ["Rscript", "--vanilla", str(script), str(path), days, str(HORIZON), str(R_ROUNDS)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(answer.stdout)


# The search


def search(live: LiveCut) -> None:
    """The search as the page makes it."""
    scan_cuts(live, permutations=SEARCHED)


def scan_by_lifelines(table: pd.DataFrame) -> None:
    """The log-rank test on both sides of every cut that leaves a tenth of patients on either."""
    from lifelines.statistics import logrank_test

    values = np.sort(table["marker"].to_numpy())
    least = len(values) // 10
    for cut in np.unique(values[least:-least]):
        low, high = table[table["marker"] <= cut], table[table["marker"] > cut]
        logrank_test(low["time"], high["time"], low["event"], high["event"])
