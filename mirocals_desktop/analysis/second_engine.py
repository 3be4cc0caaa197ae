"""The same numbers by lifelines, an independent program, beside ours.

Where lifelines has the method, both values and their difference are given; where it is known to differ, the
reason; where it lacks the method, that. lifelines takes a second to import, so it is imported on call.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.proof import ProofNumber, list_numbers
from mirocals_desktop.analysis.survival import GroupResult, SurvivalResult
from mirocals_desktop.analysis.times import TIME_TOLERANCE, SurvivalTimes
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore


@dataclass(frozen=True)
class EngineComparison:
    """One number by both engines. `theirs` is None where lifelines cannot give it, with the reason.

    `expected_to_differ` says why a difference is no error. `engine` names the second engine and its version
    where it is another than the report's, `convention` the method where the page's own result has it not.
    """

    number: ProofNumber
    theirs: float | None
    tolerance: float
    reason: str = ""
    expected_to_differ: str = ""
    engine: str = ""
    convention: str = ""

    @property
    def difference(self) -> float | None:
        """Theirs less ours."""
        ours = self.number.value
        return None if ours is None or self.theirs is None else self.theirs - ours

    @property
    def agrees(self) -> bool | None:
        """Whether both are the same within the tolerance; None where they cannot or need not be."""
        if self.difference is None or self.expected_to_differ:
            return None
        return abs(self.difference) <= self.tolerance * max(1.0, abs(self.number.value or 0.0))


@dataclass(frozen=True)
class ProofPart:
    """A further analysis beside the page's own: its numbers compared, and how R makes them.

    `code` stands before the names of its numbers and in the name of its data's file, which the lines of
    `script` call @FILE@. `remarks` stand above them: what the columns are, and the method.
    """

    code: str
    title: str
    rows: tuple[EngineComparison, ...]
    data: str
    script: tuple[str, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class EngineReport:
    """Every number with its comparison, and which version of lifelines made it.

    `rows` are of the page's own result, and after them those of the `parts`. `notes` say which further
    analysis there is none of, and why.
    """

    library: str
    version: str
    rows: tuple[EngineComparison, ...]
    parts: tuple[ProofPart, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Theirs:
    """What lifelines says of one number."""

    value: float | None
    reason: str = ""
    tolerance: float = 1e-8
    differs: str = ""


def compare_engines(
    result: SurvivalResult, *, shown: Callable[[str], bool] | None = None, report: Report = ignore
) -> EngineReport:
    """Compute with lifelines what it can of the result: every number of `list_numbers`, in its order.

    With `shown` only the numbers whose names it accepts, and lifelines is not asked for others.
    """
    report(0.0, _("Second engine"))
    import lifelines

    numbers = [number for number in list_numbers(result) if shown is None or shown(number.name)]
    asked = {number.name for number in numbers}
    found: dict[str, _Theirs] = {}
    groups = (result.overall, *result.groups)
    with _quiet():
        for place, group in enumerate(groups):
            times = result.times.of_group(group.label) if group.label else result.times
            if any(name.startswith(f"curve{place}.") for name in asked):
                found |= _curve(times, group, f"curve{place}", result, asked)
            report(0.1 + 0.5 * (place + 1) / len(groups), _("Second engine"))
        found |= _tests(result)
        found |= _differences(result)
        report(0.7, _("Second engine"))
        if any(name.startswith(("cox", "zph")) for name in asked):
            found |= _model(result)
    absent = _Theirs(None, _("lifelines has no such method; the R script has"))
    unasked = _Theirs(None, _("not estimable, so lifelines is not asked"))
    rows = []
    for number in numbers:
        theirs = found.get(number.name, absent if number.value is not None else unasked)
        rows.append(EngineComparison(number, theirs.value, theirs.tolerance, theirs.reason, theirs.differs))
    report(1.0, "")
    return EngineReport("lifelines", str(lifelines.__version__), tuple(rows))


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _try(compute: Callable[[], float], *, tolerance: float = 1e-8, differs: str = "") -> _Theirs:
    """A number of lifelines, or the reason that it has none: it raises many kinds of errors of its own."""
    try:
        value = float(compute())
    except Exception as error:  # noqa: BLE001 (lifelines raises what numpy, pandas and it itself think of)
        return _Theirs(None, f"{type(error).__name__}: {error}".splitlines()[0], tolerance, differs)
    if np.isfinite(value):
        return _Theirs(value, "", tolerance, differs)
    return _Theirs(None, _("lifelines gives no number"), tolerance, differs)


def _curve(
    times: SurvivalTimes, group: GroupResult, name: str, result: SurvivalResult, asked: Set[str]
) -> dict[str, _Theirs]:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times, restricted_mean_survival_time

    fitter: Any = KaplanMeierFitter(alpha=1 - result.options.level)
    try:
        fitter.fit(times.days, times.event, entry=times.entry)
    except Exception as error:  # noqa: BLE001 (as in _try; StatError with an emptying risk set)
        failed = _Theirs(None, f"{type(error).__name__}: {error}".splitlines()[0])
        days = [f"{code}.{row.day:.15g}" for row in group.at for code in ("S", "lower", "upper")]
        return {f"{name}.{code}": failed for code in (*days, "median.estimate", "rmst.estimate")}
    found = {
        f"{name}.n": _Theirs(float(len(fitter.durations))),
        f"{name}.events": _try(lambda: fitter.event_table["observed"].sum()),
    }
    scale = result.options.interval
    other = "" if scale == "log-log" else _("lifelines has log-log limits only")
    bounds = fitter.confidence_interval_
    for row in group.at:
        day = row.day
        if row.survival is None:
            continue
        found[f"{name}.S.{day:.15g}"] = _try(
            lambda day=day: fitter.survival_function_at_times(day).iloc[0],  # type: ignore[misc]
            tolerance=1e-9,
        )
        for side, column in (("lower", 0), ("upper", 1)):
            found[f"{name}.{side}.{day:.15g}"] = (
                _Theirs(None, other)
                if other
                else _try(lambda c=column, day=day: bounds.iloc[:, c].loc[:day].iloc[-1])  # type: ignore[misc]
            )
    if any(one.startswith(f"{name}.at_risk.") for one in asked):
        found |= _rows(times, group, name)
    half = ""
    if bool(np.any(np.abs(group.curve.survival - 0.5) < 1e-8)):
        half = _("S is exactly 0.5 over an interval: lifelines gives its start, R and we its middle")
    found[f"{name}.median.estimate"] = _try(lambda: fitter.median_survival_time_, differs=half)
    if not other:
        limits = _try_limits(lambda: median_survival_times(bounds))
        plateau = _("lifelines takes the first day at or below one half, R and we the middle of a tie")
        for side, theirs in zip(("lower", "upper"), limits, strict=True):
            ours = getattr(group.median, side)
            tied = ours is not None and theirs.value is not None and ours > theirs.value
            found[f"{name}.median.{side}"] = _Theirs(
                theirs.value, theirs.reason, differs=plateau if tied else ""
            )
    if f"{name}.follow_up.estimate" in asked:
        found |= _follow_up(times, name)
    if group.restricted_mean.estimate is not None:
        tau = group.restricted_mean.tau
        late = _("with late entry lifelines' curve begins at the first entry")
        found[f"{name}.rmst.estimate"] = (
            _Theirs(None, late)
            if times.entry is not None
            else _try(lambda: restricted_mean_survival_time(fitter, t=tau))
        )
        why = _("lifelines' variance is that of the time itself, not of its mean")
        for code in ("se", "lower", "upper"):
            found[f"{name}.rmst.{code}"] = _Theirs(None, why)
    return found


def _try_limits(compute: Callable[[], Any]) -> tuple[_Theirs, _Theirs]:
    """The limits of a median; lifelines names the lower limit of S first, which gives the lower day."""
    try:
        low, high = (float(value) for value in np.asarray(compute()).ravel())
    except Exception as error:  # noqa: BLE001 (as in _try)
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        return _Theirs(None, why), _Theirs(None, why)
    return _try(lambda: low), _try(lambda: high)


def _rows(times: SurvivalTimes, group: GroupResult, name: str) -> dict[str, _Theirs]:
    """The counts at the days from lifelines' own table of events."""
    from lifelines.utils import survival_table_from_events

    table: Any = survival_table_from_events(times.days, times.event)
    late = _("lifelines counts who enters on a day as at risk on it")
    found: dict[str, _Theirs] = {}
    for row in group.at:
        before = table[table.index < row.day]
        day = f"{row.day:.15g}"
        found[f"{name}.events.{day}"] = _Theirs(float(before["observed"].sum()))
        found[f"{name}.censored.{day}"] = _Theirs(float(before["censored"].sum()))
        at_risk = _Theirs(times.n - float(before["removed"].sum()))
        found[f"{name}.at_risk.{day}"] = at_risk if times.entry is None else _Theirs(None, late)
    return found


def _follow_up(times: SurvivalTimes, name: str) -> dict[str, _Theirs]:
    from lifelines import KaplanMeierFitter

    fitter: Any = KaplanMeierFitter()
    theirs = _try(lambda: fitter.fit(times.days, ~times.event, entry=times.entry).median_survival_time_)
    differs = ""
    if theirs.value is not None and bool(
        np.any(np.abs(fitter.survival_function_.to_numpy() - 0.5) < TIME_TOLERANCE)
    ):
        differs = _("half is reached exactly over an interval: lifelines gives one end, R and we its middle")
    return {f"{name}.follow_up.estimate": _Theirs(theirs.value, theirs.reason, differs=differs)}


def _tests(result: SurvivalResult) -> dict[str, _Theirs]:
    from lifelines.statistics import logrank_test, multivariate_logrank_test

    times = result.times
    if result.logrank is None or times.group is None:
        return {}
    late = _("lifelines has no log-rank test with late entry") if times.entry is not None else ""
    known = times.group.codes >= 0
    codes = times.group.codes[known]
    labels = np.array(times.levels)[codes]
    days, event = times.days[known], times.event[known]
    product = _("lifelines weights by the product of 1 - d/(n+1) through the day, R and we by S before it")
    found: dict[str, _Theirs] = {}
    for name, weightings, differs in (
        ("logrank", None, ""),
        ("gehan_wilcoxon", "wilcoxon", ""),
        ("tarone_ware", "tarone-ware", ""),
        ("peto_peto", "peto", product),
    ):
        if name != "logrank" and name not in result.weighted:
            continue
        ask = cache(lambda w=weightings: multivariate_logrank_test(days, labels, event, weightings=w))
        for code, attribute in (("chisq", "test_statistic"), ("p", "p_value")):
            found[f"{name}.{code}"] = (
                _Theirs(None, late)
                if late
                else _try(lambda ask=ask, a=attribute: getattr(ask(), a), differs=differs)  # type: ignore[misc]
            )
    no_strata = _("lifelines has no stratified log-rank test")
    places = {label: place for place, label in enumerate(times.levels)}
    for pair in result.pairs:
        i, j = places[pair.first], places[pair.second]
        one, two = codes == i, codes == j
        name = f"pair.{i + 1}.{j + 1}"
        why = late or (no_strata if times.strata is not None else "")
        for code, attribute in (("chisq", "test_statistic"), ("p", "p_value")):
            found[f"{name}.{code}"] = (
                _Theirs(None, why)
                if why
                else _try(
                    lambda one=one, two=two, a=attribute: getattr(  # type: ignore[misc]
                        logrank_test(days[one], days[two], event[one], event[two]), a
                    )
                )
            )
    if result.stratified_logrank is not None:
        found["stratified_logrank.chisq"] = _Theirs(None, no_strata)
        found["stratified_logrank.p"] = _Theirs(None, no_strata)
    return found


def _differences(result: SurvivalResult) -> dict[str, _Theirs]:
    """Differences between curves, from lifelines' curves and its test at a fixed point in time."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import survival_difference_at_fixed_point_in_time_test
    from lifelines.utils import restricted_mean_survival_time

    if not result.horizon_differences and not result.restricted_mean_differences:
        return {}
    found: dict[str, _Theirs] = {}
    fitters: list[Any] = []
    for group in result.groups:
        times = result.times.of_group(group.label)
        try:
            fitters.append(KaplanMeierFitter().fit(times.days, times.event, entry=times.entry))
        except Exception as error:  # noqa: BLE001 (as in _try)
            return {"": _Theirs(None, str(error).splitlines()[0])}
    for place, d in enumerate(result.horizon_differences, start=2):
        pair = fitters[0], fitters[place - 1]
        if d.estimate is not None:
            found[f"difference{place}.estimate"] = _try(
                lambda pair=pair, day=d.day: (  # type: ignore[misc]
                    pair[1].predict(day) - pair[0].predict(day)
                )
            )
        if d.chisq is not None:
            exits = all(bool(np.any(f.durations == d.day)) for f in pair)
            between = "" if exits else _("lifelines interpolates the variance between two days of exit")
            for code, attribute in (("chisq", "test_statistic"), ("p", "p_value")):
                found[f"difference{place}.{code}"] = _try(
                    lambda pair=pair, day=d.day, a=attribute: getattr(  # type: ignore[misc]
                        survival_difference_at_fixed_point_in_time_test(day, pair[0], pair[1]), a
                    ),
                    differs=between,
                )
    if result.times.entry is None:
        for place, m in enumerate(result.restricted_mean_differences, start=2):
            if m.estimate is None:
                continue
            pair = fitters[0], fitters[place - 1]

            def means(pair: tuple[Any, Any] = pair, tau: float = m.tau) -> tuple[float, float]:
                first, second = (float(restricted_mean_survival_time(f, t=tau)) for f in pair)
                return first, second

            found[f"rmst_difference{place}.estimate"] = _try(lambda means=means: means()[1] - means()[0])  # type: ignore[misc]
            found[f"rmst_ratio{place}.estimate"] = _try(lambda means=means: means()[1] / means()[0])  # type: ignore[misc]
    return found


def _model(result: SurvivalResult) -> dict[str, _Theirs]:
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    model = result.cox
    if model is None:
        return {}
    names = [f"x{i}" for i in model.estimable]
    why = ""
    if model.ties != "efron":
        why = _("lifelines has Efron's ties only")
    elif model.fit.infinite or not names:
        why = _("a coefficient is not estimable; lifelines would give a large number")
    fitter: Any = CoxPHFitter(alpha=1 - model.level)
    frame = pd.DataFrame(model.design.matrix[:, list(model.estimable)], columns=names)
    used = result.times.rows(model.design.kept)
    if not why:
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

    def ask(compute: Callable[[], float], *, tolerance: float = 1e-5, differs: str = "") -> _Theirs:
        return _Theirs(None, why) if why else _try(compute, tolerance=tolerance, differs=differs)

    found: dict[str, _Theirs] = {}
    summary = cache(lambda: fitter.summary)
    ratio_test = cache(lambda: fitter.log_likelihood_ratio_test())
    for column, place in zip(names, model.estimable, strict=True):
        for code, get in (
            ("coef", lambda c: fitter.params_[c]),
            ("hr", lambda c: fitter.hazard_ratios_[c]),
            ("se", lambda c: fitter.standard_errors_[c]),
            ("z", lambda c: summary().loc[c, "z"]),
            ("p", lambda c: summary().loc[c, "p"]),
            ("lower", lambda c: np.exp(fitter.confidence_intervals_.loc[c].iloc[0])),
            ("upper", lambda c: np.exp(fitter.confidence_intervals_.loc[c].iloc[1])),
        ):
            found[f"cox{place + 1}.{code}"] = ask(lambda g=get, c=column: g(c))  # type: ignore[misc]
    found["cox.log_likelihood"] = ask(lambda: fitter.log_likelihood_, tolerance=1e-8)
    test = "test_statistic", "p_value"
    for code, attribute in zip(("chisq", "p"), test, strict=True):
        found[f"cox.lr.{code}"] = ask(
            lambda a=attribute: getattr(ratio_test(), a)  # type: ignore[misc]
        )
    pooled = ""
    if used.strata is not None:
        pooled = _("lifelines compares patients within strata by another count of ties")
    found["cox.concordance"] = (
        _Theirs(None, _("lifelines' concordance knows no late entry"))
        if used.entry is not None and not why
        else ask(lambda: fitter.concordance_index_, tolerance=1e-8, differs=pooled)
    )
    if result.zph is not None and len(result.zph.terms) == 1 and len(names) == 1:
        older = _("lifelines has the approximation of before survival 3, we the score test")
        for code, attribute in zip(("chisq", "p"), test, strict=True):
            for place in (1, 2):  # the term, and all terms, which is the same
                found[f"zph{place}.{code}"] = ask(
                    lambda a=attribute: np.ravel(  # type: ignore[misc]
                        getattr(proportional_hazard_test(fitter, frame, time_transform="km"), a)
                    )[0],
                    differs=older,
                )
    return found
