"""The whole survival analysis of one set of patients: curves, comparisons, model and checks in one result.

Pages, exports, the command line and the Proof panel all read this one `SurvivalResult`. What cannot be
estimated is None and has a sentence in `notes`; nothing here raises for the sake of the data, after
`build_times` has accepted them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from mirocals_desktop.analysis import log_rank
from mirocals_desktop.analysis.cox import CoxModel, NotEstimableError, fit_cox
from mirocals_desktop.analysis.design import parts_of, variables_of
from mirocals_desktop.analysis.kaplan_meier import (
    AtDay,
    Estimate,
    HorizonDifference,
    Interval,
    SurvivalCurve,
    compare_at,
    estimate_at,
    estimate_curve,
    estimate_curves,
    estimate_follow_up,
    estimate_quantile,
)
from mirocals_desktop.analysis.log_rank import LogRankTest, PairwiseTest, TrendTest
from mirocals_desktop.analysis.restricted_mean import (
    RestrictedMean,
    RestrictedMeanDifference,
    compare_restricted_means,
    estimate_restricted_mean,
    largest_tau,
)
from mirocals_desktop.analysis.risk_sets import Ties
from mirocals_desktop.analysis.times import Factor, LeftOut, SurvivalTimes
from mirocals_desktop.analysis.zph import ZphTest, check_proportional_hazards
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import Report, ignore

WEIGHTED: Final[dict[str, log_rank.Weight]] = {
    "gehan_wilcoxon": log_rank.gehan_wilcoxon,
    "tarone_ware": log_rank.tarone_ware,
    "peto_peto": log_rank.peto_peto,
}


@dataclass(frozen=True)
class SurvivalOptions:
    """What is asked for. `terms` are the covariates of the Cox model beside the group, `at` days to report.

    `tau` None takes the largest day at which every group has a restricted mean; `horizon` is where the
    survival of the groups is compared (None: not).
    """

    interval: Interval = "log-log"
    level: float = 0.95
    ties: Ties = "efron"
    terms: tuple[str, ...] = ()
    at: tuple[float, ...] = ()
    tau: float | None = None
    horizon: float | None = None


@dataclass(frozen=True)
class GroupResult:
    """What is estimated for one group, or for all patients together."""

    label: str
    curve: SurvivalCurve
    n: int
    events: int
    median: Estimate
    follow_up_median: Estimate
    restricted_mean: RestrictedMean
    at: tuple[AtDay, ...]


@dataclass(frozen=True)
class SurvivalResult:
    """Everything the survival page shows, with the conventions it was computed by and notes on its limits."""

    overall: GroupResult
    groups: tuple[GroupResult, ...]
    logrank: LogRankTest | None
    stratified_logrank: LogRankTest | None
    weighted: Mapping[str, LogRankTest]
    trend: TrendTest | None
    pairs: tuple[PairwiseTest, ...]
    horizon_differences: tuple[HorizonDifference, ...]
    cox: CoxModel | None
    zph: ZphTest | None
    restricted_mean_differences: tuple[RestrictedMeanDifference, ...]
    left_out: LeftOut
    conventions: Mapping[str, str]
    notes: tuple[str, ...]
    options: SurvivalOptions
    times: SurvivalTimes = field(repr=False)

    @property
    def rmst_difference(self) -> RestrictedMeanDifference | None:
        """The comparison of two groups; None when there are not exactly two."""
        return self.restricted_mean_differences[0] if len(self.groups) == 2 else None


def analyse(
    times: SurvivalTimes, options: SurvivalOptions = SurvivalOptions(), *, report: Report = ignore
) -> SurvivalResult:
    """Estimate and compare everything. The first group is the reference.

    Raises `AppError` only for what was asked wrongly: no patient at all, or an unknown covariate.
    """
    if not times.n:
        raise AppError(
            _("There is no patient with a time and an event status."),
            hint=_("Left out: {why}.").format(why=times.left_out.why)
            if times.left_out.why
            else _("Dates at day 0, of deaths and of last contacts make the times."),
        )
    notes: list[str] = []
    report(0.0, _("Survival curves"))
    curves = estimate_curves(times, interval=options.interval, level=options.level)
    whole = estimate_curve(times, interval=options.interval, level=options.level)
    tau = options.tau if options.tau is not None else largest_tau(curves or [whole])
    overall = _summarise(times, whole, options, tau)
    groups = tuple(_summarise(times.of_group(curve.group), curve, options, tau) for curve in curves)
    _note_groups(times, overall, groups, notes)

    report(0.3, _("Tests"))
    compared = len(groups) > 1
    tests = log_rank.compare_weighted(times, {"": None, **WEIGHTED}) if compared else {}
    logrank = tests.pop("", None)
    stratified = log_rank.compare_groups(times) if compared and times.strata else None
    trend = log_rank.compare_trend(times) if len(groups) > 2 else None
    pairs = tuple(log_rank.compare_pairs(times)) if len(groups) > 2 else ()
    if not compared:
        notes.append(_("No log-rank test: there are not two groups to compare."))
    elif logrank is not None and logrank.reason:
        notes.append(_("Log-rank test not estimable: {why}.").format(why=logrank.reason))
    if stratified is not None and stratified.reason:
        notes.append(_("Stratified log-rank test not estimable: {why}.").format(why=stratified.reason))
    if times.strata is not None:
        _note_missing(int((times.strata.codes < 0).sum()), times.strata.title, notes)

    differences: tuple[HorizonDifference, ...] = ()
    if options.horizon is not None and compared:
        differences = tuple(compare_at(curves[0], curve, options.horizon) for curve in curves[1:])
        notes.extend(
            _("Difference of survival on day {day}, {group}: {why}.").format(
                day=f"{d.day:g}", group=d.group, why=d.reason
            )
            for d in differences
            if d.reason
        )
    means = tuple(compare_restricted_means(curves[0], curve, tau) for curve in curves[1:])
    notes.extend(_("Restricted mean difference: {why}.").format(why=m.reason) for m in means if m.reason)
    if len(groups) > 2:
        notes.append(_("The restricted mean difference is given for two groups only."))

    report(0.6, _("Cox model"))
    cox, zph = _fit(times, options, notes)
    report(1.0, "")
    return SurvivalResult(
        overall=overall,
        groups=groups,
        logrank=logrank,
        stratified_logrank=stratified,
        weighted=tests,
        trend=trend,
        pairs=pairs,
        horizon_differences=differences,
        cox=cox,
        zph=zph,
        restricted_mean_differences=means,
        left_out=times.left_out,
        conventions=describe_conventions(times, options),
        notes=tuple(dict.fromkeys(notes)),
        options=options,
        times=times,
    )


def model_terms(times: SurvivalTimes, options: SurvivalOptions) -> tuple[str, ...]:
    """The terms of the Cox model: the group first, unless the covariates name it themselves."""
    group = () if times.group is None or times.group.name in options.terms else (times.group.name,)
    return group + options.terms


def _summarise(
    times: SurvivalTimes, curve: SurvivalCurve, options: SurvivalOptions, tau: float
) -> GroupResult:
    return GroupResult(
        label=curve.group,
        curve=curve,
        n=curve.n,
        events=curve.total_events,
        median=estimate_quantile(curve),
        follow_up_median=estimate_follow_up(times, interval=options.interval, level=options.level),
        restricted_mean=estimate_restricted_mean(curve, tau),
        at=tuple(estimate_at(curve, options.at)),
    )


def _note_groups(
    times: SurvivalTimes, overall: GroupResult, groups: tuple[GroupResult, ...], notes: list[str]
) -> None:
    if times.group is not None:
        _note_missing(int((times.group.codes < 0).sum()), times.group.title, notes)
    if len(groups) == 1:
        notes.append(_("Every patient is in the group {group}.").format(group=groups[0].label))
    for result in (overall, *groups):
        name = result.label or _("all patients")
        if not result.events:
            notes.append(_("{group}: no event, so the survival stays 1.").format(group=name))
        elif result.median.estimate is None:
            notes.append(_("{group}: median not reached.").format(group=name))
        if result.follow_up_median.estimate is None:
            notes.append(_("{group}: median follow-up not reached.").format(group=name))
        if result.restricted_mean.estimate is None:
            notes.append(
                _("{group}: restricted mean to day {tau} not estimable, {why}.").format(
                    group=name, tau=f"{result.restricted_mean.tau:g}", why=result.restricted_mean.reason
                )
            )
        late = [row for row in result.at if row.survival is None]
        if late:
            notes.append(
                _("{group}: survival not estimable after the last follow-up on day {last}.").format(
                    group=name, last=f"{result.curve.last_day:g}"
                )
            )


def _note_missing(count: int, variable: str, notes: list[str]) -> None:
    if count:
        notes.append(
            ngettext(
                "{count} patient without {variable} is only in the overall curve.",
                "{count} patients without {variable} are only in the overall curve.",
                count,
            ).format(count=count, variable=variable)
        )


def _fit(
    times: SurvivalTimes, options: SurvivalOptions, notes: list[str]
) -> tuple[CoxModel | None, ZphTest | None]:
    terms = model_terms(times, options)
    if not terms:
        notes.append(_("No Cox model: neither groups nor covariates were chosen."))
        return None, None
    if terms == (times.group.name if times.group else "",) and len(times.levels) < 2:
        notes.append(_("No Cox model: there are not two groups to compare."))
        return None, None
    try:
        cox = fit_cox(times, terms, ties=options.ties, level=options.level)
    except NotEstimableError as error:
        notes.append(str(error))
        return None, None
    if cox.left_out:
        notes.append(
            ngettext(
                "{count} patient without a covariate is not in the Cox model.",
                "{count} patients without a covariate are not in the Cox model.",
                cox.left_out,
            ).format(count=cox.left_out)
        )
    notes.extend(_("Not estimable: {why}.").format(why=why) for why in cox.notes)
    notes.extend(describe_interactions(cox.design.terms, times))
    zph = check_proportional_hazards(cox)
    notes.extend(
        _("Proportional hazards of {term} not testable: {why}.").format(term=term.name, why=term.reason)
        for term in (*zph.terms, zph.overall)
        if term.reason and not cox.notes
    )
    return cox, zph


def describe_interactions(
    terms: Sequence[str], times: SurvivalTimes, labels: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """With an interaction the ratio of the groups holds at one value of the covariate only: at which.

    `labels` name terms as people read them.
    """
    if times.group is None:
        return []
    names = [times.group.name, *(covariate.name for covariate in times.covariates)]
    notes = []
    for term in terms:
        variables = variables_of(term, names)
        if len(variables) < 2 or times.group.name not in variables or times.group.name not in terms:
            continue
        for part, variable in zip(parts_of(term, names), variables, strict=True):
            if variable == times.group.name:
                continue
            covariate = times.covariate(variable)
            if isinstance(covariate, Factor):
                value = covariate.levels[0] if covariate.levels else ""
                text = _("With the interaction the hazard ratio of {group} is that at {covariate} = {value}.")
            else:
                value = "1" if part.startswith("log") and part != variable else "0"
                text = _(
                    "With the interaction the hazard ratio of {group} is that at {covariate} = {value} "
                    "(not centred)."
                )
            group = labels.get(times.group.name, times.group.title)
            name = labels.get(variable, variable)
            notes.append(text.format(group=group, covariate=name, value=value))
    return list(dict.fromkeys(notes))


def describe_conventions(times: SurvivalTimes, options: SurvivalOptions) -> dict[str, str]:
    """Every default behind the numbers, one sentence for each topic: printed with every result."""
    percent = f"{100 * options.level:g}"
    scale = {"log-log": _("log(-log S)"), "log": _("log S"), "plain": _("S itself")}[options.interval]
    ties = {"efron": "Efron", "breslow": "Breslow"}[options.ties]
    sentences = {
        "time": _(
            "Days from the time origin; a patient is at risk from entry (excluded) to exit (included)."
        ),
        "at_risk": _("Counted just before each day; who is censored on it is still at risk."),
        "rows": _("At given days, events and censored are those before the day; with at risk they add to n."),
        "interval": _(
            "{percent} % limits on the scale of {scale}, Greenwood variance; none where S is 0 or 1."
        ).format(percent=percent, scale=scale),
        "median": _(
            "First day with S at most 0.5; the middle of the interval where S is exactly 0.5. Limits by "
            "inverting those of the curve (Brookmeyer and Crowley)."
        ),
        "follow_up": _("Median of the reverse Kaplan-Meier curve."),
        "after_last_follow_up": _("Not estimable; the last value is not repeated."),
        "log_rank": _("Two-sided, hypergeometric variance."),
        "weighted": _(
            "Weights: Gehan-Wilcoxon the number at risk, Tarone-Ware its square root, Peto-Peto the "
            "survival just before the day (R: survdiff with rho = 1)."
        ),
        "cox": _("Cox model, {ties} ties, iterated to convergence; Wald limits and p.").format(ties=ties),
        "zph": _("Score test of Grambsch and Therneau, transform km (R: cox.zph of survival 3)."),
        "rmst": _("Area under the curve to tau, Greenwood plug-in variance (R: survRM2)."),
    }
    if times.group is not None and times.levels:
        sentences["reference"] = _("{group}: {level}").format(group=times.group.title, level=times.levels[0])
    if times.strata is not None:
        sentences["strata"] = _("Stratified by {name}: {levels}").format(
            name=times.strata.title, levels=", ".join(times.strata.levels)
        )
    return sentences
