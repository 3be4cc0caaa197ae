"""The survival result as the page's tables and as files: groups, tests, steps, patients, figure, numbers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mirocals_desktop import __version__
from mirocals_desktop.analysis.endpoint import outcome_name
from mirocals_desktop.analysis.study_survival import study_json
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.figures import SurvivalFigure
from mirocals_desktop.export.styles import POOLED, style_of
from mirocals_desktop.export.table import marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.ui.plots.survival import row_title
from mirocals_desktop.ui.plots.survival_conventions import footnote_text
from mirocals_desktop.ui.plots.survival_words import (
    at_day,
    days_text,
    decimal_text,
    group_name,
    p_number,
    shown_groups,
)
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.table import Column
from mirocals_desktop.ui.table_columns import numbers

if TYPE_CHECKING:
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.study.snapshot import Snapshot

_CURVE: tuple[str, ...] = ("days", "survival", "lower", "upper", "at_risk", "events", "censored")


@dataclass(frozen=True)
class _Test:
    """One row of the table of comparisons."""

    name: str
    what: str = ""
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    chisq: float | None = None
    df: int | None = None
    p: float | None = None
    remark: str = ""


def group_columns(analysis: StudySurvival) -> list[Column]:
    """n, events, median, survival at the horizon, restricted mean and follow-up, by group and of all."""
    result, horizon = analysis.result, analysis.endpoint.horizon
    groups = list(shown_groups(analysis))
    if len(result.groups) > 1:
        groups.append(result.overall)
    names = np.array([group_name(group.label) for group in groups], dtype=object)
    columns = [
        Column("group", analysis.grouping.label if analysis.grouping else _("Group"), names),
        Column("n", _("n"), numbers(group.n for group in groups), 0),
        Column("events", _("Events"), numbers(group.events for group in groups), 0),
        _estimated("median", _("Median"), [g.median.estimate for g in groups], _("not reached"), days_text),
        _estimated("median_lower", _("Lower limit"), [g.median.lower for g in groups], "–", days_text),
        _estimated("median_upper", _("Upper limit"), [g.median.upper for g in groups], "–", days_text),
    ]
    if horizon is not None:
        rows = [at_day(group, horizon) for group in groups]
        title = _("Survival on day {day}").format(day=horizon)
        columns += [
            _estimated(
                "survival",
                title,
                [getattr(row, "survival", None) for row in rows],
                _("not estimable"),
                _four,
            ),
            _estimated(
                "survival_lower",
                _("Lower limit"),
                [getattr(row, "lower", None) for row in rows],
                "–",
                _four,
            ),
            _estimated(
                "survival_upper",
                _("Upper limit"),
                [getattr(row, "upper", None) for row in rows],
                "–",
                _four,
            ),
        ]
    means = [group.restricted_mean for group in groups]
    title = _("Restricted mean to day {day}").format(day=days_text(means[0].tau))
    follow_up = [group.follow_up_median.estimate for group in groups]
    return [
        *columns,
        _estimated("rmst", title, [mean.estimate for mean in means], _("not estimable"), _one),
        _estimated("rmst_lower", _("Lower limit"), [mean.lower for mean in means], "–", _one),
        _estimated("rmst_upper", _("Upper limit"), [mean.upper for mean in means], "–", _one),
        _estimated("follow_up", _("Median follow-up"), follow_up, _("not reached"), days_text),
    ]


def test_columns(analysis: StudySurvival) -> list[Column]:
    """Every comparison of the groups: tests, hazard ratios, differences, proportional hazards."""
    rows = list(_tests(analysis))
    return [
        Column("test", _("Comparison"), np.array([row.name for row in rows], dtype=object)),
        Column("what", _("Of"), np.array([row.what for row in rows], dtype=object)),
        Column("estimate", _("Estimate"), numbers(row.estimate for row in rows), 4),
        Column("lower", _("Lower limit"), numbers(row.lower for row in rows), 4),
        Column("upper", _("Upper limit"), numbers(row.upper for row in rows), 4),
        _estimated("p", "p", [row.p for row in rows], "", p_number),
        Column("chisq", "χ²", numbers(row.chisq for row in rows), 4),
        Column("df", _("df"), numbers(row.df for row in rows), 0),
        Column("remark", _("Remark"), np.array([row.remark for row in rows], dtype=object)),
    ]


def step_columns(analysis: StudySurvival) -> list[Column]:
    """Every day on which a curve steps or somebody is censored."""
    curves = [group.curve for group in shown_groups(analysis)]
    names = [group_name(curve.group) for curve in curves for _day in curve.days]
    joined = {name: np.concatenate([getattr(curve, name) for curve in curves]) for name in _CURVE}
    return [
        Column(
            "group",
            analysis.grouping.label if analysis.grouping else _("Group"),
            np.array(names, dtype=object),
        ),
        Column("day", _("Day"), joined["days"], 0),
        Column("survival", _("Survival"), joined["survival"], 4),
        Column("lower", _("Lower limit"), joined["lower"], 4),
        Column("upper", _("Upper limit"), joined["upper"], 4),
        *(Column(name, row_title(name), joined[name], 0) for name in ("at_risk", "events", "censored")),
    ]


def patient_columns(snapshot: Snapshot, analysis: StudySurvival) -> list[Column]:
    """When each patient's time stops and why, those left out below; the first column is the key."""
    table = analysis.endpoint
    excluded = [str(patient) for patient in snapshot.options.excluded]
    unusable = [patient for patient, _why in table.left_out]
    patients = [*table.patients, *unusable, *excluded]
    outcomes = [
        *(outcome_name(outcome) for outcome in table.outcome),
        *(_("No usable time") for _patient in unusable),
        *(_("Left out of analysis") for _patient in excluded),
    ]
    why = [*table.why, *(reason for _patient, reason in table.left_out), *("" for _patient in excluded)]
    nothing = np.full(len(unusable) + len(excluded), np.nan)
    columns = [
        Column("patient", _("Patient"), np.array(patients, dtype=object)),
        Column("outcome", _("Outcome"), np.array(outcomes, dtype=object)),
        Column("day", _("Day"), np.concatenate((table.stop, nothing)), 0),
        Column("contact", _("Last contact, day"), np.concatenate((table.last_contact, nothing)), 0),
        Column("why", _("Why"), np.array(why, dtype=object)),
    ]
    grouping = analysis.grouping
    if grouping is not None and grouping.code:
        labels = (*grouping.labels, "")
        of = dict(zip(grouping.patients, (labels[group] for group in grouping.group), strict=True))
        names = np.array([of.get(patient, "") for patient in patients], dtype=object)
        columns.insert(1, Column("group", grouping.label, names))
    return columns


def figure_title(analysis: StudySurvival) -> str:
    """Endpoint and grouping: "Death by Arm"."""
    grouping = analysis.grouping
    if grouping is None or not grouping.code:
        return analysis.endpoint.endpoint_label
    return _("{endpoint} by {grouping}").format(
        endpoint=analysis.endpoint.endpoint_label, grouping=grouping.label
    )


def passport(snapshot: Snapshot) -> str:
    """Which state of which study something was made from."""
    return _("{study} · audit entry {number}, {head} · MIROCALS Desktop {version}").format(
        study=snapshot.title, number=snapshot.entry, head=snapshot.head[:12], version=__version__
    )


def file_name(analysis: StudySurvival) -> str:
    """A name for files made from the result, without an ending."""
    by = analysis.grouping.code if analysis.grouping else ""
    return re.sub(r"[^a-z0-9]+", "_", f"survival_{analysis.endpoint.endpoint}_{by}".casefold()).strip("_")


def build_figure(snapshot: Snapshot, analysis: StudySurvival, *, subset: str, strata: str) -> SurvivalFigure:
    """What is on the screen, for a paper: the same curves, rows, horizon and footnote."""
    groups, grouping = shown_groups(analysis), analysis.grouping
    place = {label: index for index, label in enumerate(grouping.labels)} if grouping else {}
    styles = tuple(
        style_of(grouping, place[group.label]) if grouping and group.label in place else POOLED
        for group in groups
    )
    return SurvivalFigure(
        curves=tuple(group.curve for group in groups),
        styles=styles,
        ticks=tuple(int(row.day) for row in analysis.result.overall.at),
        title=figure_title(analysis),
        axis=_("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
        rows=("at_risk", "events", "censored"),
        horizon_day=analysis.endpoint.horizon,
        notes=tuple(filter(None, (subset, footnote_text(analysis, strata)))),
        words=tuple(marks(snapshot)),
        passport=passport(snapshot),
    )


def write_numbers(
    snapshot: Snapshot,
    analysis: StudySurvival,
    path: Path,
    *,
    patients: Sequence[str] | None = None,
    subset: str = "",
    report: Report = ignore,
) -> None:
    """Write every number as JSON, or the steps of the curves as CSV, as the file's ending says.

    The JSON has the numbers of the further views as well, of `patients` as the analysis; `subset` is the
    sentence that says who these are, and goes before its notes.
    Raises `AppError` for another ending, and where the file cannot be written.
    """
    # Every further analysis is behind it: the first curve need not wait for them
    from mirocals_desktop.analysis.further_json import further_json

    kind = path.suffix.casefold()
    if kind not in (".json", ".csv"):
        raise AppError(
            _("{name}: numbers are saved as JSON or CSV.").format(name=path.name),
            hint=_("Give the file one of these endings: .json, .csv."),
        )
    with write_whole(path) as temporary:
        if kind == ".json":
            about = {"made_from": passport(snapshot), "marks": marks(snapshot)}
            further = further_json(snapshot, analysis, patients=patients, report=report)
            whole = {**study_json(analysis), "further": further, **about}
            whole["notes"] = [*filter(None, (subset,)), *whole["notes"]]
            text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")
            return
        with temporary.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("group", "time", *_CURVE[1:]))
            for group in shown_groups(analysis):
                columns = [getattr(group.curve, name).tolist() for name in _CURVE]
                for row in zip(*columns, strict=True):
                    writer.writerow((_safe(group.label), *("" if x != x else x for x in row)))


def _tests(analysis: StudySurvival) -> Iterator[_Test]:
    result = analysis.result
    reference = result.groups[0].label if result.groups else ""
    for name, test in (
        (_("Log-rank"), result.logrank),
        (_("Log-rank, stratified"), result.stratified_logrank),
    ):
        if test is not None:
            yield _Test(name, chisq=test.chisq, df=test.df, p=test.p, remark=_remark(test.reason))
    if result.cox is not None:
        for term in result.cox.terms:
            what = f"{term.level} : {reference}" if term.level else term.name
            yield _Test(
                _("Hazard ratio"),
                what,
                term.hr,
                term.lower,
                term.upper,
                p=term.p,
                remark=_remark(term.reason),
            )
        for name, model in (
            (_("Cox, likelihood ratio"), result.cox.lr),
            (_("Cox, Wald"), result.cox.wald),
            (_("Cox, score"), result.cox.score),
        ):
            yield _Test(name, chisq=model.chisq, df=model.df, p=model.p)
    if result.zph is not None:
        terms = result.zph.terms if len(result.zph.terms) > 1 else ()
        for ph in (*terms, result.zph.overall):
            what = _("all terms") if ph is result.zph.overall else ph.name
            yield _Test(
                _("Proportional hazards"),
                what,
                chisq=ph.chisq,
                df=ph.df,
                p=ph.p,
                remark=_remark(ph.reason),
            )
    for d in result.horizon_differences:
        name = _("Difference of survival on day {day}").format(day=days_text(d.day))
        what = f"{d.group} {MINUS} {d.reference}"
        yield _Test(name, what, d.estimate, d.lower, d.upper, d.chisq, 1, d.p, _remark(d.reason))
    for m in result.restricted_mean_differences:
        name = _("Difference of restricted mean, days")
        yield _Test(
            name,
            f"{m.group} {MINUS} {m.reference}",
            m.estimate,
            m.lower,
            m.upper,
            p=m.p,
            remark=_remark(m.reason),
        )
    for code, weighted in result.weighted.items():
        name = _WEIGHTS.get(code, code)
        why = _remark(weighted.reason)
        yield _Test(name, chisq=weighted.chisq, df=weighted.df, p=weighted.p, remark=why)
    if result.trend is not None:
        trend = result.trend
        yield _Test(_("Log-rank, trend"), chisq=trend.chisq, df=1, p=trend.p, remark=_remark(trend.reason))
    for pair in result.pairs:
        corrected = _("p by Holm: {p}").format(p=p_number(pair.p_holm)) if pair.p_holm is not None else ""
        yield _Test(
            _("Log-rank, pair"),
            f"{pair.first} : {pair.second}",
            chisq=pair.test.chisq,
            df=pair.test.df,
            p=pair.test.p,
            remark=_remark(pair.test.reason) or corrected,
        )


_WEIGHTS = {"gehan_wilcoxon": "Gehan-Wilcoxon", "tarone_ware": "Tarone-Ware", "peto_peto": "Peto-Peto"}


def _remark(reason: str) -> str:
    return _("not estimable: {why}").format(why=reason) if reason else ""


def _estimated(
    code: str, title: str, values: Sequence[float | None], word: str, write: Callable[[float], str]
) -> Column:
    """A column of numbers that may be missing, which a word then says."""
    return Column(
        code, title, numbers(values), show=lambda value: word if value != value else write(float(value))
    )


def _four(value: float) -> str:
    return decimal_text(value, 4)


def _one(value: float) -> str:
    return decimal_text(value, 1)


def _safe(label: str) -> str:
    """A label that no spreadsheet runs as a formula."""
    return f"'{label}" if label[:1] in ("=", "+", "-", "@") else label
