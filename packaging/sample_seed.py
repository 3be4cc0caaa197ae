"""How the seed of the sample study was chosen: the first one whose trial looks like the published one.

    python packaging/sample_seed.py            tries seeds from 1 on and prints the first that will do

A trial of 220 patients drawn by the right rules can still end anywhere: hazard ratios scatter by a fifth. So
that the demonstration tells the story that readers know, the seed is the first whose deaths, classes and
hazard ratios all lie near the published figures (`docs/sample-study.md`). That makes a picture, not evidence.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from sample_trial import HORIZON_DAYS, SEED, Flags, Population, make_population

from mirocals_desktop.analysis.cox import fit_cox
from mirocals_desktop.analysis.times import Factor, build_times


@dataclass(frozen=True)
class Figures:
    """What is compared with the publication: deaths by day 640, patients by class, hazard ratios of IL-2."""

    deaths_il2: int
    deaths_placebo: int
    below_750: int
    between: int
    above_3700: int
    hr: float
    hr_between: float
    hr_above_3700: float
    hr_up_to_3700: float


def measure(population: Population) -> Figures:
    """The figures of a trial, unadjusted, as they would be known at its data cut."""
    last = np.minimum(population.follow_up_day, HORIZON_DAYS)
    last = np.where(population.lost_day > 0, np.minimum(population.lost_day, last), last)
    event = (population.death_day <= last) & (population.lost_day == 0)
    days = np.where(event, population.death_day, last).astype(float)
    low, high = population.pnfh < 750, population.pnfh > 3700

    def ratio(chosen: Flags) -> float:
        arm = Factor("arm", population.active[chosen].astype(np.int64), ("placebo", "il2"))
        return fit_cox(build_times(days[chosen], event[chosen], group=arm), ("arm",)).terms[0].hr or np.nan

    return Figures(
        deaths_il2=int((event & population.active).sum()),
        deaths_placebo=int((event & ~population.active).sum()),
        below_750=int(low.sum()),
        between=int((~low & ~high).sum()),
        above_3700=int(high.sum()),
        hr=ratio(np.ones_like(low)),
        hr_between=ratio(~low & ~high),
        hr_above_3700=ratio(high),
        hr_up_to_3700=ratio(~high),
    )


def is_near(figures: Figures) -> bool:
    """Whether every figure lies near its published value."""
    return (
        abs(figures.deaths_il2 - 41) <= 1
        and abs(figures.deaths_placebo - 49) <= 1
        and abs(figures.between - 154) < 8
        and abs(figures.above_3700 - 46) < 5
        and abs(figures.hr - 0.81) < 0.03
        and abs(figures.hr_between - 0.52) < 0.05
        and abs(figures.hr_above_3700 - 1.37) < 0.15
        and abs(figures.hr_up_to_3700 - 0.57) < 0.05
    )


def find_seed(first: int = 1) -> int:
    """The first seed whose trial is near the published one."""
    return next(seed for seed in itertools.count(first) if is_near(measure(make_population(seed))))


if __name__ == "__main__":
    found = find_seed()
    print(found, measure(make_population(found)), "as in use" if found == SEED else f"in use: {SEED}")
