"""The proof of the further views that are whole analyses of the page's kind, on other days or definitions.

Landmark, another end of the restricted mean, the adjusted model, and the study's question asked otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from mirocals_desktop.analysis.proof_script import describe_data, write_analysis, write_data
from mirocals_desktop.analysis.second_engine import ProofPart, compare_engines
from mirocals_desktop.analysis.second_fits import beside_primary
from mirocals_desktop.analysis.study_definitions import compare_definitions, other_definitions
from mirocals_desktop.analysis.study_landmark import analyse_landmark, landmark_days
from mirocals_desktop.analysis.study_model import covariate_choices, fit_adjusted
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.survival import SurvivalResult, analyse
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.progress import Report, part
from mirocals_desktop.study.snapshot import Snapshot

_OF_DEFINITION: Final = re.compile(r"curve\d+\.(n|events)|(logrank|cox\d+)\.\w+")
_OF_MODEL: Final = re.compile(r"(cox\d*|zph\d+)\..+")
_OF_MEANS: Final = re.compile(r"(curve\d+\.rmst|rmst_\w+)\..+")


def prove_landmark(analysis: StudySurvival, chosen: int | None, report: Report) -> list[ProofPart]:
    """The analysis from the chosen day on (None: the usual one)."""
    usual, last = landmark_days(analysis)
    day = chosen if chosen is not None and 1 <= chosen <= last else usual
    result = analyse_landmark(analysis, day)
    title = _("Landmark, day {day}").format(day=day)
    remark = _("Of those followed beyond the day; days count from it.")
    return [_of_result("landmark", title, result, lambda _name: True, remark, report)]


def prove_means(analysis: StudySurvival, tau: float | None, report: Report) -> list[ProofPart]:
    """The restricted means to the chosen day, where it is another than the page's own."""
    if tau is None or tau == analysis.result.overall.restricted_mean.tau:
        return []
    options = replace(analysis.result.options, tau=tau, at=(), horizon=None)
    result = _slim(analyse(analysis.times, options), keep="means")
    title = _("Restricted mean to day {day}").format(day=f"{tau:g}")
    remark = _("To the day that was chosen.")
    return [_of_result("means", title, result, lambda name: bool(_OF_MEANS.fullmatch(name)), remark, report)]


def prove_adjusted(
    snapshot: Snapshot,
    analysis: StudySurvival,
    chosen: Sequence[str] | None,
    *,
    strata: Sequence[str],
    patients: Sequence[str] | None,
    report: Report,
) -> list[ProofPart]:
    """The model with the chosen covariates (None: the usual ones)."""
    if snapshot.blinded and not snapshot.unblinded:
        raise AppError(_("This study is blinded: a covariate may tell the arm."))
    by = analysis.grouping.code if analysis.grouping else ""
    usual = [choice.term for choice in covariate_choices(snapshot, group=by) if choice.usual]
    terms = list(usual if chosen is None else chosen)
    if not terms:
        raise AppError(_("The study has no variable from before the outcome to adjust for."))
    interval = analysis.result.options.interval
    found = fit_adjusted(snapshot, terms, by=by, strata=strata, interval=interval, patients=patients)
    result = _slim(found.analysis.result, keep="model")
    remark = beside_primary(_("Covariates: {names}.").format(names=", ".join(terms)), found.primary)
    title = _("Adjusted model")
    return [_of_result("adjusted", title, result, lambda n: bool(_OF_MODEL.fullmatch(n)), remark, report)]


def prove_definitions(
    snapshot: Snapshot, analysis: StudySurvival, patients: Sequence[str] | None, report: Report
) -> list[ProofPart]:
    """The study's question asked otherwise: what the table of definitions shows of each."""
    asked = other_definitions(snapshot, patients)
    if not asked:
        raise AppError(_("The protocol has one endpoint and one time origin."))
    by = analysis.grouping.code if analysis.grouping else ""
    parts = []
    found = compare_definitions(snapshot, asked, by=by, patients=patients)
    for number, one in enumerate(found, start=1):
        result, horizon = _slim(one.analysis.result, keep="ends"), one.analysis.endpoint.horizon
        at_end = () if horizon is None else tuple(f".{code}.{horizon}" for code in ("S", "lower", "upper"))

        def shown(name: str, ends: tuple[str, ...] = at_end) -> bool:
            return bool(_OF_DEFINITION.fullmatch(name)) or name.endswith(ends)

        table = one.analysis.endpoint
        remark = f"{table.endpoint_label}; {table.origin_label}; {titled(_('Horizon'), horizon or _('none'))}"
        told = part(report, (number - 1) / len(found), number / len(found))
        parts.append(_of_result(f"definition{number}", one.definition.label, result, shown, remark, told))
    return parts


def _slim(result: SurvivalResult, *, keep: str) -> SurvivalResult:
    """The result without what the part does not show: the second engine and R take their time over it."""
    last = -1 if keep == "ends" else len(result.overall.at)
    overall, *groups = (replace(g, at=g.at[last:]) for g in (result.overall, *result.groups))
    slim = replace(
        result,
        overall=overall,
        groups=tuple(groups),
        weighted={},
        trend=None,
        pairs=(),
        horizon_differences=(),
        options=replace(result.options, horizon=None),
    )
    if keep != "means":
        slim = replace(slim, restricted_mean_differences=())
    if keep != "model":
        slim = replace(slim, zph=None)
    return slim if keep != "means" else replace(slim, cox=None, logrank=None, stratified_logrank=None)


def _of_result(
    code: str,
    title: str,
    result: SurvivalResult,
    shown: Callable[[str], bool],
    remark: str,
    report: Report,
) -> ProofPart:
    rows = []
    for row in compare_engines(result, shown=shown, report=report).rows:
        number = row.number
        named = replace(number, name=f"{code}.{number.name}", what=titled(title, number.what))
        method = f"{remark} {result.conventions.get(number.topic, '')}".strip()
        rows.append(replace(row, number=named, convention=method))
    lines = tuple(write_analysis(result, data="@FILE@"))
    return ProofPart(code, title, tuple(rows), write_data(result), lines, (remark, *describe_data(result)))
