"""The proof of the survival page's further comparisons: landmark, other definitions, subgroups and CAFS.

Each part has its numbers beside a second engine's and the lines of R that print the same from data of its
own, as the views first open. What a study or a blinded role has not is left out, with a sentence.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.cafs import CafsResult, Outcomes, study_cafs
from mirocals_desktop.analysis.proof import ProofNumber
from mirocals_desktop.analysis.proof_script import (
    describe_columns,
    describe_data,
    write_analysis,
    write_columns,
    write_csv,
    write_data,
    write_factors,
)
from mirocals_desktop.analysis.second_engine import EngineComparison, ProofPart, compare_engines
from mirocals_desktop.analysis.study_definitions import compare_definitions, other_definitions
from mirocals_desktop.analysis.study_landmark import analyse_landmark, landmark_days
from mirocals_desktop.analysis.study_subgroups import StudySubgroups, analyse_subgroups, subgroup_choices
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.survival import SurvivalResult
from mirocals_desktop.analysis.times import Factor, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.study.snapshot import Snapshot

_OF_DEFINITION: Final = re.compile(r"curve\d+\.(n|events)|(logrank|cox\d+)\.\w+")


def prove_further(
    snapshot: Snapshot,
    analysis: StudySurvival,
    *,
    patients: Sequence[str] | None = None,
    report: Report = ignore,
) -> tuple[list[ProofPart], list[str]]:
    """The parts of a study's analysis that there are, and a sentence for each that there is not."""
    parts: list[ProofPart] = []
    notes: list[str] = []
    tasks: tuple[tuple[str, Callable[[Report], list[ProofPart]]], ...] = (
        (_("Landmark"), lambda told: [_landmark(analysis, told)]),
        (_("Definitions"), lambda told: _definitions(snapshot, analysis, patients, told)),
        (_("Subgroups"), lambda _told: [_subgroups(snapshot, patients)]),
        ("CAFS", lambda _told: [_cafs(snapshot, analysis)]),
    )
    for place, (name, prove) in enumerate(tasks):
        told = part(report, place / len(tasks), (place + 1) / len(tasks))
        told(0.0, name)
        try:
            parts += prove(told)
        except AppError as error:
            notes.append(f"{name}: {error.message}")
    report(1.0, "")
    return parts, notes


# Analyses of the same kind as the page's own


def _landmark(analysis: StudySurvival, report: Report) -> ProofPart:
    day, _last = landmark_days(analysis)
    result = analyse_landmark(analysis, day)
    title = _("Landmark, day {day}").format(day=day)
    remark = _("Of those followed beyond the day; days count from it.")
    return _of_result("landmark", title, result, lambda _name: True, remark, report)


def _definitions(
    snapshot: Snapshot, analysis: StudySurvival, patients: Sequence[str] | None, report: Report
) -> list[ProofPart]:
    asked = other_definitions(snapshot, patients)
    if not asked:
        raise AppError(_("The protocol has one endpoint and one time origin."))
    by = analysis.grouping.code if analysis.grouping else ""
    parts = []
    found = compare_definitions(snapshot, asked, by=by, patients=patients)
    for number, one in enumerate(found, start=1):
        result, horizon = _shown_of(one.analysis.result), one.analysis.endpoint.horizon
        at_end = () if horizon is None else tuple(f".{code}.{horizon}" for code in ("S", "lower", "upper"))

        def shown(name: str, ends: tuple[str, ...] = at_end) -> bool:
            return bool(_OF_DEFINITION.fullmatch(name)) or name.endswith(ends)

        table = one.analysis.endpoint
        remark = f"{table.endpoint_label}; {table.origin_label}; {_('Horizon')}: {horizon or _('none')}"
        told = part(report, (number - 1) / len(found), number / len(found))
        parts.append(_of_result(f"definition{number}", one.definition.label, result, shown, remark, told))
    return parts


def _shown_of(result: SurvivalResult) -> SurvivalResult:
    """The result without what the table of definitions does not show: the second engine takes its time."""
    overall, *groups = (replace(g, at=g.at[-1:]) for g in (result.overall, *result.groups))
    return replace(
        result,
        overall=overall,
        groups=tuple(groups),
        weighted={},
        trend=None,
        pairs=(),
        zph=None,
        horizon_differences=(),
        restricted_mean_differences=(),
    )


def _of_result(
    code: str,
    title: str,
    result: SurvivalResult,
    shown: Callable[[str], bool],
    remark: str,
    report: Report,
) -> ProofPart:
    rows = []
    for row in compare_engines(result, report=report).rows:
        number = row.number
        if shown(number.name):
            named = replace(number, name=f"{code}.{number.name}", what=f"{title}: {number.what}")
            method = f"{remark} {result.conventions.get(number.topic, '')}".strip()
            rows.append(replace(row, number=named, convention=method))
    lines = tuple(write_analysis(result, data="@FILE@"))
    return ProofPart(code, title, tuple(rows), write_data(result), lines, (remark, *describe_data(result)))


# Subgroups


def _subgroups(snapshot: Snapshot, patients: Sequence[str] | None) -> ProofPart:
    if not snapshot.arms_visible:
        raise AppError(_("This study is blinded: nothing is compared by arm before it is unblinded."))
    choices = subgroup_choices(snapshot)
    if not choices:
        raise AppError(_("The study has no variable that makes subgroups."))
    usual = [choice.code for choice in choices if choice.usual] or [choices[0].code]
    found = analyse_subgroups(snapshot, usual, patients=patients)
    columns = {"group": found.times.group} if found.times.group is not None else {}
    columns |= {f"x{place}": factor for place, factor in enumerate(found.factors, start=1)}
    script = [_SUBGROUPS, *write_factors(columns), 'subgroup("row0", d)']
    place = 0
    for number, factor in enumerate(found.factors, start=1):
        for level in range(1, len(factor.levels) + 1):
            place += 1
            script.append(f'subgroup("row{place}", d[which(d$x{number} == "L{level}"), ])')
        script.append(f'interaction("interaction{number}", d$x{number})')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = tuple(_subgroup_rows(found))
    method = found.table.notes[0]
    return ProofPart(
        "subgroups",
        _("Subgroups"),
        rows,
        write_columns(found.times, columns),
        tuple(script),
        (method, *describe_columns(columns)),
    )


def _subgroup_rows(found: StudySubgroups) -> Iterator[EngineComparison]:
    table, times = found.table, found.times
    arms = (table.reference, table.arm)
    everybody = np.ones(times.n, np.bool_)
    members = [everybody]
    members += [factor.codes == code for factor in found.factors for code in range(len(factor.levels))]
    fits: list[Any] = []
    for place, (row, keep) in enumerate(zip(table.rows, members, strict=True)):
        title = f"{row.factor}: {row.level}" if row.factor else _("All patients")
        n, events = sum(row.n), sum(row.events)
        fit = _fit(times, keep) if row.hr is not None else None
        fits.append(fit)

        def compared(
            name: str,
            what: str,
            ours: float | None,
            theirs: float | None,
            why: str = "",
            *,
            of: tuple[str, str, int, int] = (f"row{place}", title, n, events),
        ) -> EngineComparison:
            number = ProofNumber(f"subgroups.{of[0]}.{name}", "cox", what, of[1], of[2], of[3], ours, why)
            return _compared(number, theirs, table.notes[0])

        for arm, label in enumerate(arms):
            mine = keep & (_codes(times) == arm)
            what = _("Subgroups: patients, {group}").format(group=label)
            yield compared(f"n{arm + 1}", what, row.n[arm], float(np.count_nonzero(mine)))
            what = _("Subgroups: events, {group}").format(group=label)
            died = float(np.count_nonzero(mine & times.event))
            yield compared(f"events{arm + 1}", what, row.events[arm], died)
        ratio = _("Subgroups: hazard ratio")
        limits = None if fit is None else np.exp(fit.confidence_intervals_.iloc[0].to_numpy())
        beta = None if fit is None else float(np.exp(fit.params_.iloc[0]))
        yield compared("hr", ratio, row.hr, beta, row.reason)
        lower, upper = (None, None) if limits is None else (float(limits[0]), float(limits[1]))
        yield compared("lower", _("{what}, lower limit").format(what=ratio), row.lower, lower, row.reason)
        yield compared("upper", _("{what}, upper limit").format(what=ratio), row.upper, upper, row.reason)
    place = 1
    for number, (test, factor) in enumerate(zip(table.interactions, found.factors, strict=True), start=1):
        own = range(place, place + len(factor.levels))
        place += len(factor.levels)
        chisq, p = _interaction(times, factor, [fits[i] for i in own])
        known = factor.codes >= 0
        size, events = int(np.count_nonzero(known)), int(np.count_nonzero(known & times.event))
        for name, what, ours, theirs in (
            ("chisq", _("Interaction, χ²"), test.chisq, chisq),
            ("p", _("Interaction, p"), test.p, p),
        ):
            proof = ProofNumber(
                f"subgroups.interaction{number}.{name}",
                "cox",
                _("Subgroups: {what}").format(what=what),
                factor.title,
                size,
                events,
                ours,
                test.reason,
            )
            method = _("Likelihood ratio of one hazard ratio for all levels against one for each.")
            yield _compared(proof, theirs, f"{table.notes[0]} {method}")


def _compared(number: ProofNumber, theirs: float | None, convention: str) -> EngineComparison:
    why = "" if theirs is not None else _("lifelines gives no number")
    return EngineComparison(number, theirs, 1e-5, why, convention=convention)


def _codes(times: SurvivalTimes) -> Any:
    assert times.group is not None
    return times.group.codes


def _fit(times: SurvivalTimes, keep: Any, strata: Any = None) -> Any:
    """lifelines' Cox model of the arm among these patients; None where it gives none."""
    from lifelines import CoxPHFitter

    frame = pd.DataFrame({"arm": _codes(times), "days": times.days, "event": times.event.astype(int)})
    options: dict[str, Any] = {}
    if times.entry is not None:
        frame["entry"], options["entry_col"] = times.entry, "entry"
    if strata is not None:
        frame["stratum"], options["strata"] = strata, ["stratum"]
    fitter: Any = CoxPHFitter()
    chosen = frame[np.asarray(keep) & (frame["arm"] >= 0).to_numpy()]
    try:
        return fitter.fit(chosen, "days", "event", fit_options={"precision": 1e-12}, **options)
    except Exception:  # noqa: BLE001 (lifelines raises what numpy, pandas and it itself think of)
        return None


def _interaction(
    times: SurvivalTimes, factor: Factor, fits: Sequence[Any]
) -> tuple[float | None, float | None]:
    """lifelines' likelihoods of the levels, alone and with one ratio, compared. Infinite ratios: none."""
    from scipy.stats import chi2

    if len(fits) < 2 or any(fit is None for fit in fits):
        return None, None
    joint = _fit(times, factor.codes >= 0, factor.codes)
    if joint is None:
        return None, None
    chisq = 2 * (sum(float(fit.log_likelihood_) for fit in fits) - float(joint.log_likelihood_))
    return chisq, float(chi2.sf(chisq, len(fits) - 1))


# CAFS


def _cafs(snapshot: Snapshot, analysis: StudySurvival) -> ProofPart:
    cafs = study_cafs(snapshot, analysis.endpoint, analysis.times.group)
    found, group, outcomes = cafs.result, cafs.arms, cafs.outcomes
    method = _(
        "Every pair of patients compared: by death, else by the fall of ALSFRS-R at the last visit of both; "
        "scores ranked, rank sum test by the normal approximation without correction for continuity."
    )
    return ProofPart(
        "cafs",
        "CAFS",
        tuple(_cafs_rows(found, group, outcomes, method)),
        _cafs_data(outcomes, group),
        (_CAFS,),
        (method, *describe_columns({"group": group})),
    )


def _cafs_data(outcomes: Outcomes, group: Factor) -> str:
    def text(value: float) -> str:
        return "" if np.isnan(value) else f"{value:.17g}"

    occasions = range(outcomes.change.shape[1])
    rows = [
        [
            text(outcomes.days[i]),
            str(int(outcomes.died[i])),
            f"L{group.codes[i] + 1}",
            text(outcomes.covariate[i]),
            *(text(outcomes.change[i, k]) for k in occasions),
        ]
        for i in np.flatnonzero(group.codes >= 0)
    ]
    return write_csv(["time", "died", "group", "baseline", *(f"change{k + 1}" for k in occasions)], rows)


def _cafs_rows(
    found: CafsResult, group: Factor, outcomes: Outcomes, method: str
) -> Iterator[EngineComparison]:
    import scipy
    from scipy.stats import mannwhitneyu, norm, rankdata

    arm = group.codes[group.codes >= 0]
    ranks = rankdata(found.scores)
    means = [float(ranks[arm == code].mean()) if np.any(arm == code) else None for code in (0, 1)]
    p = z = None
    if found.rank_sum_p is not None:
        one, two = found.scores[arm == 1], found.scores[arm == 0]
        p = float(mannwhitneyu(one, two, use_continuity=False, method="asymptotic").pvalue)
        z = float(norm.isf(p / 2) * np.sign((means[1] or 0) - (means[0] or 0)))
    n, deaths = len(arm), int(np.count_nonzero(outcomes.died[group.codes >= 0]))
    between = f"{found.arm} : {found.reference}"
    engine = f"scipy {scipy.__version__}"
    none = _("scipy has no such method; the R script has")
    for name, what, of, ours, theirs in (
        ("wins", _("Pairs won"), between, found.wins, None),
        ("losses", _("Pairs lost"), between, found.losses, None),
        ("draws", _("Pairs drawn"), between, found.draws, None),
        ("mean_rank1", _("Mean rank"), found.reference, found.mean_rank[0], means[0]),
        ("mean_rank2", _("Mean rank"), found.arm, found.mean_rank[1], means[1]),
        ("rank_sum.z", _("Rank sum test, z"), between, found.rank_sum_z, z),
        ("rank_sum.p", _("Rank sum test, p"), between, found.rank_sum_p, p),
        ("ancova.effect", _("Rank ANCOVA, effect of the arm"), between, found.ancova_effect, None),
        ("ancova.se", _("Rank ANCOVA, standard error"), between, found.ancova_se, None),
        ("ancova.p", _("Rank ANCOVA, p"), between, found.ancova_p, None),
    ):
        known = ours is not None and np.isfinite(ours)
        number = ProofNumber(
            f"cafs.{name}",
            "cafs",
            f"CAFS: {what}",
            of,
            n,
            deaths,
            float(ours) if known and ours is not None else None,
            "" if known else _("there is none"),
        )
        why = "" if theirs is not None else none
        yield EngineComparison(number, theirs, 1e-8, why, engine=engine, convention=method)


_SUBGROUPS: Final = r"""
d <- read.csv(file.path(here, "@FILE@"), na.strings = "")
d <- d[!is.na(d$group), ]
z_level <- qnorm(0.975)
outcome <- function(d) if (is.null(d$entry)) Surv(d$time, d$event) else Surv(d$entry, d$time, d$event)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)
subgroup <- function(name, data) {
  for (arm in 1:2) {
    mine <- data$group == paste0("L", arm)
    say(paste0(name, ".n", arm), sum(mine))
    say(paste0(name, ".events", arm), sum(data$event[mine]))
  }
  if (length(unique(data$group)) < 2 || sum(data$event) == 0) return(invisible())
  fit <- coxph(outcome(data) ~ group, data, control = control)
  say(paste0(name, ".hr"), exp(coef(fit)[[1]]))
  say_limits(name, coef(fit)[[1]], sqrt(vcov(fit)[1, 1]), exp)
}
interaction <- function(name, level) {
  alone <- 0
  used <- character()
  for (one in levels(level)) {
    data <- d[which(level == one), ]
    if (length(unique(data$group)) < 2 || sum(data$event) == 0) next
    fit <- coxph(outcome(data) ~ group, data, control = control)
    if (is.na(coef(fit)[[1]])) next
    alone <- alone + fit$loglik[2]
    used <- c(used, one)
  }
  if (length(used) < 2) return(invisible())
  data <- d[which(level %in% used), ]
  data$level <- level[which(level %in% used)]
  joint <- coxph(outcome(data) ~ group + strata(level), data, control = control)
  say_chisq(name, max(0, 2 * (alone - joint$loglik[2])), length(used) - 1)
}
"""

_CAFS: Final = r"""
d <- read.csv(file.path(here, "@FILE@"), na.strings = "")
d$group <- factor(d$group, levels = c("L1", "L2"))
died <- d$died == 1
pairs <- matrix(0, nrow(d), nrow(d))
for (change in d[grep("^change", names(d))]) {
  better <- sign(outer(change, change, "-"))
  pairs[!is.na(better)] <- better[!is.na(better)]
}
longer <- sign(outer(d$time, d$time, "-"))
both <- outer(died, died, "&")
pairs[both] <- longer[both]
outlived <- outer(!died, died, "&") & longer >= 0
pairs[outlived] <- 1
pairs[t(outlived)] <- -1
diag(pairs) <- 0
between <- pairs[d$group == "L2", d$group == "L1"]
say("wins", sum(between > 0))
say("losses", sum(between < 0))
say("draws", sum(between == 0))
score <- rowSums(pairs)
mean_rank <- tapply(rank(score), d$group, mean)
say("mean_rank1", mean_rank[["L1"]])
say("mean_rank2", mean_rank[["L2"]])
p <- wilcox.test(score ~ group, d, exact = FALSE, correct = FALSE)$p.value
say("rank_sum.z", sign(mean_rank[["L2"]] - mean_rank[["L1"]]) * qnorm(p / 2, lower.tail = FALSE))
say("rank_sum.p", p)
line <- tryCatch(summary(lm(rank(score) ~ group + baseline, d))$coefficients, error = function(e) NULL)
if ("groupL2" %in% rownames(line)) {
  say("ancova.effect", line["groupL2", 1])
  say("ancova.se", line["groupL2", 2])
  say("ancova.p", line["groupL2", 4])
}
"""
