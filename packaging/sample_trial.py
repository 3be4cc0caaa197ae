"""A synthetic trial in the shape of MIROCALS: who took part, how long they lived, when data were cut.

Nobody in it exists. The numbers behind it are in `docs/sample-study.md`; the spreadsheets that such a trial
would keep are written by `sample_study.py`. Everything follows from one seed: each part of the trial draws
from a stream of its own, so that a change of one part leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int64]

SEED = 647  # the first for which `sample_seed.py` finds the trial near the published one
FIRST_RANDOMISATION = date(2022, 10, 3)
LAST_RANDOMISATION = date(2024, 11, 8)
DATA_CUT = date(2026, 6, 30)
HORIZON_DAYS = 640
FOLLOW_UP_DAYS = 672  # the closing visit's window ends here; nobody is followed beyond

FRENCH_SITES = ("FR01", "FR02", "FR03", "FR04", "FR05", "FR06", "FR07", "FR08", "FR09", "FR10")
BRITISH_SITES = ("UK01", "UK02", "UK03", "UK04", "UK05", "UK06", "UK07")

# Country by site of onset: the strata of the randomisation, each a whole number of blocks of four.
STRATA = {("FR", "limb"): 96, ("FR", "bulbar"): 36, ("UK", "limb"): 64, ("UK", "bulbar"): 24}
NOT_RANDOMISED, SCREEN_FAILURES = 84, 57
FAILURES = (
    "SVC below 70 %",
    "symptoms for more than 24 months",
    "lumbar puncture not possible",
    "consent withdrawn",
    "liver enzymes above the limit",
    "already on riluzole",
)
RUN_IN_ENDS = ("patient's wish", "riluzole not tolerated", "progression")
LOST = 6

PNFH_LOG_MEAN, PNFH_LOG_SD = 7.617, 0.743
PNFH_CAP = 8000.0
WEIBULL_SHAPE = 1.4
PLACEBO_SURVIVAL = 0.555


def stream(part: str, seed: int = SEED) -> np.random.Generator:
    """The random numbers of one part of the trial, the same on every machine."""
    return np.random.Generator(np.random.PCG64([seed, *part.encode()]))


@dataclass(frozen=True)
class Population:
    """The randomised patients, in the order of their randomisation; every array has one value a patient."""

    site: list[str]
    onset_site: list[str]
    active: Flags  # on IL-2
    randomised: list[date]
    male: Flags
    age: Floats
    pnfh: Floats  # CSF, pg/mL, at randomisation
    progression: Floats  # points of ALSFRS-R lost a month before inclusion
    death_day: Days  # from randomisation, whether seen or not
    lost_day: Days  # last contact of the few whose vital status is unknown, else 0
    follow_up_day: Days  # last day that anybody could have seen them

    @property
    def died(self) -> Flags:
        """Whose death is known."""
        known: Flags = (self.death_day <= self.follow_up_day) & (self.lost_day == 0)
        return known


def arm_hazard_ratio(pnfh: Floats) -> Floats:
    """Hazard on IL-2 over that on placebo for a patient with this CSF pNFH (pg/mL)."""
    ratio: Floats = 0.32 * 1.0003 ** np.minimum(pnfh, PNFH_CAP)
    return ratio


def make_population(seed: int = SEED) -> Population:
    """Draw the 220 randomised patients and their times."""
    rng = stream("population", seed)
    strata = [stratum for stratum, count in STRATA.items() for _ in range(count)]
    order = rng.permutation(len(strata))
    country = [strata[i][0] for i in order]
    onset_site = [strata[i][1] for i in order]
    blocks = {stratum: _blocks(rng) for stratum in STRATA}
    active = np.array([next(blocks[c, o]) for c, o in zip(country, onset_site, strict=True)])
    n = len(strata)
    site = [_site(rng, c) for c in country]

    span = (LAST_RANDOMISATION - FIRST_RANDOMISATION).days
    # Centres open one after another, so enrolment starts slowly.
    share = np.sort(rng.beta(1.35, 1.1, n))
    share = (share - share[0]) / (share[-1] - share[0])
    randomised = [_working_day(FIRST_RANDOMISATION + timedelta(days=int(s * span))) for s in share]

    male = rng.random(n) < 0.62
    age = np.clip(rng.normal(60, 9.5, n), 24, 75)
    z = rng.normal(size=n)
    pnfh = np.exp(PNFH_LOG_MEAN + PNFH_LOG_SD * z)
    # Whoever has much pNFH progresses fast: the two logs correlate with 0.45.
    progression = np.exp(np.log(0.62) + 0.55 * (0.45 * z + np.sqrt(1 - 0.45**2) * rng.normal(size=n)))
    progression = np.clip(progression, 0.12, 2.6)

    bulbar = np.array([o == "bulbar" for o in onset_site])
    log_risk = (
        0.30 * z + 0.35 * np.log(progression / 0.62) + 0.02 * (age - 60) + 0.20 * bulbar
    )  # what is prognostic whatever the arm
    death_day = _death_days(rng, log_risk, active, pnfh)

    cut = np.array([(DATA_CUT - day).days for day in randomised])
    follow_up_day = np.minimum(cut, rng.integers(HORIZON_DAYS, FOLLOW_UP_DAYS, n, endpoint=True))
    lost_day = np.zeros(n, dtype=np.int64)
    for i in rng.choice(n, LOST, replace=False):
        lost_day[i] = rng.integers(120, 520)
        death_day[i] = max(death_day[i], lost_day[i] + 30)
    return Population(
        site=site,
        onset_site=onset_site,
        active=active,
        randomised=randomised,
        male=male,
        age=np.floor(age),
        pnfh=pnfh,
        progression=progression,
        death_day=death_day,
        lost_day=lost_day,
        follow_up_day=follow_up_day,
    )


@dataclass(frozen=True)
class Candidate:
    """Somebody who consented and was never randomised; `left` is the day of leaving the run-in."""

    site: str
    consent: date
    male: bool
    age: float
    onset_site: str
    failure: str = ""
    left: date | None = None
    left_why: str = ""


def make_candidates(seed: int = SEED) -> list[Candidate]:
    """The 84 who were enrolled and not randomised: screening failures, and people who left the run-in."""
    rng = stream("candidates", seed)
    first, span = FIRST_RANDOMISATION - timedelta(days=120), (LAST_RANDOMISATION - FIRST_RANDOMISATION).days
    candidates = []
    for number in range(NOT_RANDOMISED):
        consent = _working_day(first + timedelta(days=int(rng.integers(0, span))))
        country = "FR" if rng.random() < 0.6 else "UK"
        failure, left, why = "", None, ""
        if number < SCREEN_FAILURES:
            failure = str(rng.choice(FAILURES))
        else:
            left = consent + timedelta(days=int(rng.integers(15, 110)))
            why = str(rng.choice(RUN_IN_ENDS, p=[0.5, 0.3, 0.2]))
        candidates.append(
            Candidate(
                site=_site(rng, country),
                consent=consent,
                male=bool(rng.random() < 0.6),
                age=float(np.round(np.clip(rng.normal(61, 10), 22, 79), 1)),
                onset_site="bulbar" if rng.random() < 0.3 else "limb",
                failure=failure,
                left=left,
                left_why=why,
            )
        )
    return candidates


def _death_days(rng: np.random.Generator, log_risk: Floats, active: Flags, pnfh: Floats) -> Days:
    """Days from randomisation to death: Weibull, scaled so that placebo's expected S(640) is the trial's."""
    risk = np.exp(log_risk)
    low, high = 1e-3, 10.0
    for _ in range(60):  # bisection for the cumulative hazard at day 640 of a patient of risk 1
        middle = (low + high) / 2
        low, high = (middle, high) if np.exp(-middle * risk).mean() > PLACEBO_SURVIVAL else (low, middle)
    hazard = middle * risk * np.where(active, arm_hazard_ratio(pnfh), 1.0)
    days = HORIZON_DAYS * (rng.exponential(size=risk.size) / hazard) ** (1 / WEIBULL_SHAPE)
    return np.ceil(np.clip(days, 5, 20_000)).astype(np.int64)


def _blocks(rng: np.random.Generator) -> Iterator[bool]:
    while True:
        yield from (bool(active) for active in rng.permutation([True, True, False, False]))


def _site(rng: np.random.Generator, country: str) -> str:
    sites = FRENCH_SITES if country == "FR" else BRITISH_SITES
    weights = 1.0 / (2.0 + np.arange(len(sites)))  # a few large centres, many small ones
    return sites[int(rng.choice(len(sites), p=weights / weights.sum()))]


def _working_day(day: date) -> date:
    return day + timedelta(days=max(0, day.weekday() - 4) and 7 - day.weekday())
