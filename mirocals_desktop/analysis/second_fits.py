"""What lifelines says where the further proofs ask it: a ratio of two arms, a log-rank test, a survival.

None where it gives no number: it raises what numpy, pandas and it itself think of.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.distributions import normal_p
from mirocals_desktop.analysis.primary import Primary
from mirocals_desktop.analysis.proof import ProofNumber
from mirocals_desktop.analysis.second_engine import EngineComparison
from mirocals_desktop.analysis.times import Counts, Flags, Floats, SurvivalTimes
from mirocals_desktop.i18n import _, titled

T = TypeVar("T")


@dataclass(frozen=True)
class Proven:
    """Makes the rows of one part of the proof: its code before each name, its title before each sentence."""

    code: str
    title: str
    convention: str
    topic: str = "cox"
    of: str = ""
    size: tuple[int, int] = (0, 0)

    def about(self, of: str, size: tuple[int, int]) -> Proven:
        """The same for numbers of these patients: who they are, and how many patients and events."""
        return replace(self, of=of, size=size)

    def row(
        self,
        name: str,
        what: str,
        ours: float | None,
        theirs: float | None = None,
        *,
        of: str | None = None,
        size: tuple[int, int] | None = None,
        reason: str = "",
        none: str = "",
        engine: str = "",
        convention: str = "",
        tolerance: float = 1e-5,
    ) -> EngineComparison:
        """One number with the second engine's; `of` and `size` as `about` takes them.

        `reason` says why there is none of ours, `none` why there is none of theirs.
        """
        known = ours is not None and bool(np.isfinite(ours))
        number = ProofNumber(
            f"{self.code}.{name}",
            self.topic,
            titled(self.title, what),
            self.of if of is None else of,
            *(self.size if size is None else size),
            float(ours) if known and ours is not None else None,
            "" if known else reason or _("there is none"),
        )
        finite = theirs is not None and bool(np.isfinite(theirs))
        return EngineComparison(
            number,
            theirs if finite else None,
            tolerance,
            "" if finite else none or _("lifelines gives no number"),
            engine=engine,
            convention=convention or self.convention,
        )


def beside_primary(method: str, primary: Primary | None) -> str:
    """The method of a class or subgroup with the comparison of all patients, without which none may stand."""
    return method if primary is None else f"{method} {primary.note}"


def size_of(times: SurvivalTimes) -> tuple[int, int]:
    """Patients and events."""
    return times.n, times.events


def quietly(compute: Callable[[], T]) -> T | None:
    """What lifelines gives, without its warnings; None where it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compute()
        except Exception:  # noqa: BLE001 (see the module)
            return None


def fit_arms(
    times: SurvivalTimes,
    keep: Flags | None = None,
    *,
    strata: Counts | None = None,
    also: dict[str, Floats] | None = None,
) -> Any:
    """Its Cox model of the second group against the first, and of the columns `also`; None without one."""
    from lifelines import CoxPHFitter

    assert times.group is not None
    arm = times.group.codes
    frame = pd.DataFrame({"arm": arm, **(also or {}), "days": times.days, "event": times.event.astype(int)})
    options: dict[str, Any] = {}
    if times.entry is not None:
        frame["entry"], options["entry_col"] = times.entry, "entry"
    if strata is not None:
        frame["stratum"], options["strata"] = strata, ["stratum"]
    known = (arm >= 0) if keep is None else (arm >= 0) & keep
    chosen = frame[known].dropna()
    fitter: Any = CoxPHFitter()
    return quietly(lambda: fitter.fit(chosen, "days", "event", fit_options={"precision": 1e-12}, **options))


def ratio_of(fit: Any) -> tuple[float | None, float | None, float | None, float | None]:
    """Hazard ratio, limits and p of the first column of a model."""
    if fit is None:
        return None, None, None, None
    low, high = np.exp(fit.confidence_intervals_.iloc[0].to_numpy())
    beta, error = float(fit.params_.iloc[0]), float(fit.standard_errors_.iloc[0])
    return math.exp(beta), float(low), float(high), normal_p(beta / error)


def interaction_of(
    times: SurvivalTimes, levels: Counts, fits: list[Any]
) -> tuple[float | None, float | None]:
    """Its likelihoods of the levels, alone and with one ratio for all, compared. Infinite ratios: none."""
    from scipy.stats import chi2

    if len(fits) < 2 or any(fit is None for fit in fits):
        return None, None
    joint = fit_arms(times, levels >= 0, strata=levels)
    if joint is None:
        return None, None
    chisq = 2 * (sum(float(fit.log_likelihood_) for fit in fits) - float(joint.log_likelihood_))
    return chisq, float(chi2.sf(chisq, len(fits) - 1))


def log_rank_of(times: SurvivalTimes, codes: Counts | None = None) -> tuple[float | None, float | None]:
    """Its log-rank test of the groups (or `codes`): chi-square and p. It has none with late entry."""
    from lifelines.statistics import multivariate_logrank_test

    if codes is None:
        assert times.group is not None
        codes = times.group.codes
    if times.entry is not None:
        return None, None
    known = codes >= 0
    found: Any = quietly(
        lambda: multivariate_logrank_test(times.days[known], codes[known], times.event[known])
    )
    return (None, None) if found is None else (float(found.test_statistic), float(found.p_value))


def survival_of(times: SurvivalTimes, day: float) -> float | None:
    """Its Kaplan-Meier estimate on a day."""
    from lifelines import KaplanMeierFitter

    fitter: Any = KaplanMeierFitter()
    fit: Any = quietly(lambda: fitter.fit(times.days, times.event, entry=times.entry))
    return None if fit is None else float(fit.predict(day))
