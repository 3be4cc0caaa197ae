"""The survival analysis as sheets: a page to read with native charts, and the curves behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.cox import CoxTerm
from mirocals_desktop.analysis.endpoint import EndpointTable
from mirocals_desktop.analysis.groups import Grouping, derive_groups
from mirocals_desktop.analysis.kaplan_meier import Estimate, SurvivalCurve
from mirocals_desktop.analysis.primary import compare_primary
from mirocals_desktop.analysis.study_survival import StudySurvival, analyse_study
from mirocals_desktop.analysis.survival import GroupResult, SurvivalResult
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.steps import curve_points
from mirocals_desktop.export.styles import POOLED, LineStyle, style_of
from mirocals_desktop.export.table import (
    Block,
    Cell,
    Chart,
    Column,
    Grid,
    Heading,
    Note,
    Page,
    Series,
    Table,
    marks,
    number_cell,
)
from mirocals_desktop.i18n import _
from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True)
class SurvivalSheets:
    """What the workbook shows of survival: a page to read, every step of the curves, points of the charts."""

    page: Page
    curves: Table
    points: Table
    endpoint: EndpointTable


def make_survival(snapshot: Snapshot) -> SurvivalSheets | None:
    """The survival sheets; None where no patient has a time.

    By arm where arms are visible, else all together; then by each class of the protocol, over all arms.
    """
    try:
        main = analyse_study(snapshot)
    except AppError:
        return None
    analyses = [main]
    for classes in snapshot.protocol.classes:
        try:
            analyses.append(analyse_study(snapshot, by=classes.variable))
        except AppError:  # nobody has a value: there are no such groups
            continue
    blocks: list[Block] = [Heading(_("Survival"), 1)]
    blocks += [Note(word, warning=True) for word in marks(snapshot)]
    blocks += [Note(sentence) for sentence in _what_is_shown(main)]
    column = 0
    points: list[Column] = []
    for analysis in analyses:
        series, columns = _chart_points(analysis, column)
        points += columns
        column += len(columns)
        blocks += _blocks_of(analysis, series, marks(snapshot), new_page=analysis is not main)
        if analysis is main and len(main.result.groups) == 2:
            blocks += _within_classes(snapshot, main)
    blocks += [Heading(_("How it was computed"))]
    blocks += [Note(text) for text in main.result.conventions.values() if text.endswith(".")]
    length = max(len(column.cells) for column in points)
    padded = tuple(
        Column(c.header, [*c.cells, *[None] * (length - len(c.cells))], c.decimals, 14) for c in points
    )
    page = Page(
        _("Survival"),
        _("Kaplan-Meier curves, tests and hazard ratios, with charts."),
        tuple(blocks),
        (30.0, *([11.5] * 11)),
        portrait=True,
    )
    return SurvivalSheets(
        page,
        _curves_table(analyses),
        Table(_("Chart points"), _("Corners of the curves, for the charts."), padded, frozen=0, group="wide"),
        main.endpoint,
    )


def _what_is_shown(analysis: StudySurvival) -> list[str]:
    """The sentences without which no curve may stand: endpoint, origin, horizon, and who is not known."""
    endpoint = analysis.endpoint
    horizon = (
        _("time is cut at day {day}").format(day=endpoint.horizon)
        if endpoint.horizon is not None
        else _("time is not cut")
    )
    sentences = [
        _("Endpoint: {endpoint}. Day 0: {origin}; {horizon}.").format(
            endpoint=endpoint.endpoint_label, origin=endpoint.origin_label, horizon=horizon
        ),
        _(
            "{event} with the event, {alive} known without it at the horizon, {censored} censored early, "
            "{follow_up} still in follow-up, {unknown} of unknown status."
        ).format(
            event=endpoint.count("event"),
            alive=endpoint.count("alive"),
            censored=endpoint.count("censored"),
            follow_up=endpoint.count("in_follow_up"),
            unknown=endpoint.count("unknown"),
        ),
    ]
    return [*sentences, *analysis.result.notes]


def _blocks_of(
    analysis: StudySurvival, series: Sequence[Series], words: Sequence[str], *, new_page: bool
) -> list[Block]:
    result, grouping = analysis.result, analysis.grouping
    title = _("By {variable}").format(variable=grouping.label) if grouping else _("All patients")
    blocks: list[Block] = [Heading(title, new_page=new_page), _groups_grid(result)]
    blocks += [Note(sentence) for sentence in _comparison(result)]
    if result.cox is not None and result.groups:
        blocks.append(_cox_grid(result.cox.terms))
    ticks = [row.day for row in result.overall.at]
    step = ticks[1] - ticks[0] if len(ticks) > 1 else max(ticks[-1], 1)
    label = grouping.label if grouping else _("all patients")
    chart_title = _("Survival by {variable} (endpoint: {endpoint})").format(
        variable=label, endpoint=analysis.endpoint.endpoint_label
    )
    blocks.append(
        Chart(
            "  ·  ".join([chart_title, *words]),
            _("Days from {origin}").format(origin=analysis.endpoint.origin_label.lower()),
            _("Survival"),
            max(ticks[-1], 1.0),
            step,
            tuple(series),
        )
    )
    blocks.append(_rows_grid(result.groups or (result.overall,)))
    return blocks


def _groups_grid(result: SurvivalResult) -> Grid:
    horizon = result.options.horizon
    header = [
        _("Group"), _("n"), _("Events"), _("Median, days"), _("95 % lower"), _("95 % upper"),
    ]  # fmt: skip
    decimals: list[int | None] = [None, 0, 0, 0, 0, 0]
    if horizon is not None:
        header += [_("S({day})").format(day=f"{horizon:g}"), _("95 % lower"), _("95 % upper")]
        decimals += [3, 3, 3]
    tau = f"{result.overall.restricted_mean.tau:g}"
    header += [_("Restricted mean to day {tau}").format(tau=tau), _("95 % lower"), _("95 % upper")]
    decimals += [1, 1, 1]
    groups = result.groups or ()
    together = (result.overall,) if len(groups) != 1 else ()
    rows = [_group_row(group, horizon) for group in (*groups, *together)]
    return Grid(tuple(rows), tuple(header), tuple(decimals))


def _group_row(group: GroupResult, horizon: float | None) -> tuple[Cell, ...]:
    cells: list[Cell] = [group.label or _("All patients"), group.n, group.events, *_estimate(group.median)]
    if horizon is not None:
        at = next((row for row in group.at if row.day == horizon), None)
        survival = at.survival if at else None
        cells.append(_("not estimable") if survival is None else survival)
        cells += [_limit(at.lower if at else None), _limit(at.upper if at else None)]
    mean = group.restricted_mean
    cells.append(_("not estimable") if mean.estimate is None else mean.estimate)
    return (*cells, _limit(mean.lower), _limit(mean.upper))


def _estimate(estimate: Estimate) -> list[Cell]:
    middle: Cell = _("not reached") if estimate.estimate is None else number_cell(estimate.estimate)
    return [middle, _limit(estimate.lower), _limit(estimate.upper)]


def _limit(value: float | None) -> Cell:
    return "–" if value is None or np.isnan(value) else number_cell(value)


def p_text(p: float | None) -> str:
    """A p value to three digits, never 0.000."""
    if p is None:
        return _("not estimable")
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def p_phrase(p: float | None) -> str:
    """A p value in a sentence: "p = 0.031", "p < 0.001"."""
    if p is None:
        return _("p not estimable")
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _comparison(result: SurvivalResult) -> list[str]:
    test = result.logrank
    if test is None:
        return []
    sentences = [
        _("Log-rank test, two-sided: chi-square {chisq} on {df} df, p = {p}.")
        .format(chisq="–" if test.chisq is None else f"{test.chisq:.2f}", df=test.df, p=p_text(test.p))
        .replace("= <", "<")
    ]
    sentences += [
        _(
            "Difference of survival on day {day}, {group} less {reference}: {estimate} "
            "({lower} to {upper}), {p}."
        ).format(
            day=f"{difference.day:g}",
            group=difference.group,
            reference=difference.reference,
            estimate=f"{difference.estimate:.3f}",
            lower=f"{difference.lower:.3f}",
            upper=f"{difference.upper:.3f}",
            p=p_phrase(difference.p),
        )
        for difference in result.horizon_differences
        if None not in (difference.estimate, difference.lower, difference.upper)
    ]
    return sentences


def _cox_grid(terms: Sequence[CoxTerm]) -> Grid:
    header = (
        _("Cox model (Efron)"), _("Hazard ratio"), _("95 % lower"), _("95 % upper"), _("p"), _("Coefficient"),
        _("Standard error"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for term in terms:
        name = term.level or term.name
        if term.hr is None:
            rows.append((name, term.reason or _("not estimable")))
        else:
            rows.append(
                (name, term.hr, _limit(term.lower), _limit(term.upper), p_text(term.p), term.coef, term.se)
            )
    return Grid(tuple(rows), header, (None, 2, 2, 2, 3, 4, 4))


def _rows_grid(groups: Sequence[GroupResult]) -> Grid:
    """At risk, events and censored under the days of the axis."""
    days = [row.day for row in groups[0].at]
    rows: list[tuple[Cell, ...]] = []
    for title, name in ((_("at risk"), "at_risk"), (_("events"), "events"), (_("censored"), "censored")):
        rows += [
            (f"{group.label or _('All patients')}, {title}", *(int(getattr(row, name)) for row in group.at))
            for group in groups
        ]
    header = (_("Day"), *(f"{day:g}" for day in days))
    return Grid(tuple(rows), header, (None, *([0] * len(days))))


def _within_classes(snapshot: Snapshot, main: StudySurvival) -> list[Block]:
    """The effect of the arm in each class of the protocol, with the sentence that puts it in its place."""
    blocks: list[Block] = []
    patients = main.endpoint.patients
    for classes in snapshot.protocol.classes:
        marker = snapshot.protocol.variable(classes.variable)
        try:
            grouping = derive_groups(snapshot, f"class:{classes.variable}", patients=patients)
        except ValueError:
            continue
        rows = [_arm_in(snapshot, label, chosen) for label, chosen in _class_subsets(grouping)]
        header = (
            _("Arm within {marker} class").format(marker=marker.label if marker else classes.variable),
            _("n"), _("Events"), _("Hazard ratio"), _("95 % lower"), _("95 % upper"), _("p (log-rank)"),
        )  # fmt: skip
        blocks.append(Grid(tuple(rows), header, (None, 0, 0, 2, 2, 2, 3)))
        primary = compare_primary(main.times)
        if primary is not None:
            said = _("All patients, log-rank {p}: {verdict}. What a class shows is exploratory.")
            blocks.append(Note(said.format(p=p_phrase(primary.logrank.p), verdict=primary.verdict)))
    return blocks


def _class_subsets(grouping: Grouping) -> list[tuple[str, list[str]]]:
    """Patients of each class; of three classes also the two lower ones together, as trials report them."""
    subsets = [
        (label, [p for p, g in zip(grouping.patients, grouping.group, strict=True) if g == index])
        for index, label in enumerate(grouping.labels)
    ]
    if len(subsets) == 3:
        lower = [*subsets[0][1], *subsets[1][1]]
        subsets.append((_("{first} and {second}").format(first=subsets[0][0], second=subsets[1][0]), lower))
    return subsets


def _arm_in(snapshot: Snapshot, label: str, patients: list[str]) -> tuple[Cell, ...]:
    """The effect of the arm among some patients: n, events, hazard ratio with limits, log-rank p."""
    try:
        result = analyse_study(snapshot, patients=patients).result
    except AppError:
        return label, len(patients), None, _("not estimable")
    term = result.cox.terms[0] if result.cox else None
    cells: list[Cell] = [label, result.overall.n, result.overall.events]
    if term is None or term.hr is None:
        return *cells, _("not estimable")
    p = result.logrank.p if result.logrank else None
    return *cells, term.hr, _limit(term.lower), _limit(term.upper), p_text(p)


def _curves_table(analyses: Sequence[StudySurvival]) -> Table:
    """Every time at which a curve steps or somebody is censored."""
    parts: list[tuple[str, SurvivalCurve]] = []
    for analysis in analyses:
        by = analysis.grouping.label if analysis.grouping else ""
        parts += [(by, group.curve) for group in analysis.result.groups]
    parts.insert(0, ("", analyses[0].result.overall.curve))

    def numbers(name: str) -> list[Cell]:
        return [number_cell(float(value)) for _by, curve in parts for value in getattr(curve, name)]

    names = [(by, curve.group or _("All patients"), len(curve.days)) for by, curve in parts]
    return Table(
        _("Survival by day"),
        _("Every step of the curves: survival with limits, at risk just before, events and censored."),
        (
            Column(_("Grouping"), [by or None for by, _name, count in names for _i in range(count)]),
            Column(_("Group"), [name for _by, name, count in names for _i in range(count)]),
            Column(_("Day"), numbers("days")),
            Column(_("Survival"), numbers("survival"), 4),
            Column(_("95 % lower"), numbers("lower"), 4),
            Column(_("95 % upper"), numbers("upper"), 4),
            Column(_("At risk"), numbers("at_risk")),
            Column(_("Events"), numbers("events")),
            Column(_("Censored"), numbers("censored")),
        ),
        frozen=3,
        group="result",
    )


def _chart_points(analysis: StudySurvival, first: int) -> tuple[list[Series], list[Column]]:
    """The corners and censor ticks of each curve, in four columns, and the series that draw them."""
    result, grouping = analysis.result, analysis.grouping
    last = result.overall.at[-1].day
    lines: list[Series] = []
    ticks: list[Series] = []
    columns: list[Column] = []
    for group in result.groups or (result.overall,):
        style = _style(grouping, group.label)
        label = group.label or _("All patients")
        corners = curve_points(group.curve, last)
        seen = [
            (float(day), float(survival))
            for day, survival, count in zip(
                group.curve.days, group.curve.survival, group.curve.censored, strict=True
            )
            if count and day <= last
        ]
        at = first + len(columns)
        lines.append(Series(label, at, tuple(corners), style))
        columns += [
            Column(_("{group}: day").format(group=label), [number_cell(day) for day, _s in corners]),
            Column(_("{group}: survival").format(group=label), [survival for _d, survival in corners], 4),
        ]
        if seen:
            ticks.append(
                Series(_("{group}, censored").format(group=label), at + 2, tuple(seen), style, marks=True)
            )
            columns += [
                Column(
                    _("{group}: censored on day").format(group=label), [number_cell(day) for day, _s in seen]
                ),
                Column(
                    _("{group}: survival then").format(group=label), [survival for _d, survival in seen], 4
                ),
            ]
    return [*lines, *ticks], columns


def _style(grouping: Grouping | None, label: str) -> LineStyle:
    if grouping is None or label not in grouping.labels:
        return POOLED
    return style_of(grouping, grouping.labels.index(label))
