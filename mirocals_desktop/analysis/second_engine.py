"""The same numbers by lifelines, an independent program, beside ours.

Where lifelines has the method, both values and their difference are given; where it is known to differ, the
reason; where it lacks the method, that. lifelines takes a second to import, so it is imported on call.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.survival import GroupResult, SurvivalResult
from mirocals_desktop.analysis.times import SurvivalTimes
from mirocals_desktop.i18n import _


@dataclass(frozen=True)
class EngineComparison:
    """One number by both engines. `theirs` is None where lifelines cannot give it, with the reason.

    `expected_to_differ` says why a difference is no error.
    """

    what: str
    group: str
    ours: float | None
    theirs: float | None
    tolerance: float
    reason: str = ""
    expected_to_differ: str = ""

    @property
    def difference(self) -> float | None:
        """Theirs less ours."""
        return None if self.ours is None or self.theirs is None else self.theirs - self.ours

    @property
    def agrees(self) -> bool | None:
        """Whether both are the same within the tolerance; None where they cannot or need not be."""
        if self.difference is None or self.expected_to_differ:
            return None
        return abs(self.difference) <= self.tolerance * max(1.0, abs(self.ours or 0.0))


@dataclass(frozen=True)
class EngineReport:
    """Every comparison, and which version of lifelines made it."""

    library: str
    version: str
    rows: tuple[EngineComparison, ...]


def compare_engines(result: SurvivalResult) -> EngineReport:
    """Compute with lifelines what it can of the result."""
    import lifelines

    rows: list[EngineComparison] = []
    with _quiet():
        for group in (result.overall, *result.groups):
            rows += _compare_curve(result.times.of_group(group.label) if group.label else result.times, group)
        rows += _compare_tests(result)
        rows += _compare_model(result)
    return EngineReport("lifelines", str(lifelines.__version__), tuple(rows))


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _try(compute: Callable[[], float]) -> tuple[float | None, str]:
    """A number of lifelines, or the reason that it has none: it raises many kinds of errors of its own."""
    try:
        value = float(compute())
    except Exception as error:  # noqa: BLE001 (lifelines raises what numpy, pandas and it itself think of)
        return None, f"{type(error).__name__}: {error}".splitlines()[0]
    return (value, "") if np.isfinite(value) else (None, _("lifelines gives no number"))


def _compare_curve(times: SurvivalTimes, group: GroupResult) -> list[EngineComparison]:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    name = group.label
    fitter: Any = KaplanMeierFitter()
    try:
        fitter.fit(times.days, times.event, entry=times.entry)
    except Exception as error:  # noqa: BLE001 (as in _try; StatError with an emptying risk set)
        return [EngineComparison(_("survival"), name, None, None, 0.0, reason=str(error).splitlines()[0])]
    rows = []
    curve = group.curve
    days = [row.day for row in group.at if row.survival is not None] or [curve.last_day]
    for day in days:
        ours = curve.survival_at(day)[0]
        theirs, why = _try(lambda day=day: fitter.survival_function_at_times(day).iloc[0])  # type: ignore[misc]
        rows.append(EngineComparison(_("S({day})").format(day=f"{day:g}"), name, ours, theirs, 1e-9, why))
    theirs, why = _try(lambda: fitter.median_survival_time_)
    differs = ""
    if bool(np.any(np.abs(curve.survival - 0.5) < 1e-8)):
        differs = _("S is exactly 0.5 over an interval: lifelines gives its start, R and we its middle")
    rows.append(EngineComparison(_("median"), name, group.median.estimate, theirs, 1e-9, why, differs))
    if group.restricted_mean.estimate is not None:
        tau = group.restricted_mean.tau
        theirs, why = _try(lambda: restricted_mean_survival_time(fitter, t=tau))
        if times.entry is not None:
            theirs, why = None, _("with late entry lifelines' curve begins at the first entry")
        rows.append(
            EngineComparison(_("restricted mean"), name, group.restricted_mean.estimate, theirs, 1e-8, why)
        )
    return rows


def _compare_tests(result: SurvivalResult) -> list[EngineComparison]:
    from lifelines.statistics import multivariate_logrank_test

    times = result.times
    if result.logrank is None or times.group is None:
        return []
    late = _("lifelines has no log-rank test with late entry") if times.entry is not None else ""
    known = times.group.codes >= 0
    labels = np.array(times.levels)[times.group.codes[known]]

    def test(weightings: str | None) -> Callable[[], float]:
        return lambda: (
            multivariate_logrank_test(
                times.days[known], labels, times.event[known], weightings=weightings
            ).test_statistic
        )

    rows = []
    product = _("lifelines weights by the product of 1 - d/(n+1) through the day, R and we by S before it")
    for what, ours, weightings, differs in (
        (_("log-rank chi-square"), result.logrank.chisq, None, ""),
        (_("Gehan-Wilcoxon chi-square"), result.weighted["gehan_wilcoxon"].chisq, "wilcoxon", ""),
        (_("Tarone-Ware chi-square"), result.weighted["tarone_ware"].chisq, "tarone-ware", ""),
        (_("Peto-Peto chi-square"), result.weighted["peto_peto"].chisq, "peto", product),
    ):
        theirs, why = (None, late) if late else _try(test(weightings))
        rows.append(EngineComparison(what, "", ours, theirs, 1e-8, why, differs))
    return rows


def _compare_model(result: SurvivalResult) -> list[EngineComparison]:
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    model = result.cox
    if model is None:
        return []
    names = [f"x{i}" for i in model.estimable]
    why = ""
    if model.ties != "efron":
        why = _("lifelines has Efron's ties only")
    elif model.fit.infinite or not names:
        why = _("a coefficient is not estimable; lifelines would give a large number")
    fitter: Any = CoxPHFitter()
    if not why:
        frame = pd.DataFrame(model.design.matrix[:, list(model.estimable)], columns=names)
        used = result.times.rows(model.design.kept)
        frame["days"], frame["event"] = used.days, used.event.astype(int)
        options: dict[str, Any] = {}
        if used.entry is not None:
            frame["entry"], options["entry_col"] = used.entry, "entry"
        if used.strata is not None:
            frame["stratum"], options["strata"] = used.strata.codes, ["stratum"]
        try:
            fitter.fit(frame, "days", "event", fit_options={"precision": 1e-12}, **options)
        except Exception as error:  # noqa: BLE001 (as in _try)
            why = str(error).splitlines()[0]
    rows = []
    for place, term in zip(names, (model.terms[i] for i in model.estimable), strict=True):
        for what, ours, column in (
            (_("Cox coefficient of {name}"), term.coef, "params_"),
            (_("its standard error, {name}"), term.se, "standard_errors_"),
        ):
            theirs, reason = (None, why) if why else _try(lambda c=column, p=place: getattr(fitter, c)[p])  # type: ignore[misc]
            rows.append(EngineComparison(what.format(name=term.name), "", ours, theirs, 1e-5, reason))
    theirs, reason = (None, why) if why else _try(lambda: fitter.log_likelihood_)
    rows.append(EngineComparison(_("log partial likelihood"), "", model.log_likelihood, theirs, 1e-8, reason))
    if result.zph is not None and len(result.zph.terms) == 1 and len(names) == 1:
        theirs, reason = (
            (None, why)
            if why
            else _try(lambda: proportional_hazard_test(fitter, frame, time_transform="km").test_statistic[0])
        )
        rows.append(
            EngineComparison(
                _("proportional hazards chi-square"),
                "",
                result.zph.overall.chisq,
                theirs,
                1e-6,
                reason,
                _("lifelines has the approximation of before survival 3, we the score test"),
            )
        )
    return rows
