"""A survival result in words: the reading under the pointer, the sentences beside the curves, the footnote.

Every number comes from the result; what cannot be estimated says so with its reason.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from mirocals_desktop.analysis.endpoint import OUTCOMES, outcome_name
from mirocals_desktop.analysis.kaplan_meier import AtDay, Estimate, estimate_at
from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.ui.plots.survival import Reading, patients_on
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cox import CoxTerm
    from mirocals_desktop.analysis.kaplan_meier import (
        HorizonDifference,
        SurvivalCurve,
    )
    from mirocals_desktop.analysis.log_rank import LogRankTest
    from mirocals_desktop.analysis.restricted_mean import RestrictedMeanDifference
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.analysis.survival import GroupResult
    from mirocals_desktop.ui.theme import DataStyle

DASH = "–"
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Section:
    """A heading with its lines and, below them, `links` (address, text) to patients or lists."""

    heading: str
    lines: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


# Numbers


def decimal_text(value: float, decimals: int) -> str:
    """A number with a real minus sign."""
    return number_text(0.0 if round(value, decimals) == 0 else value, decimals).replace("-", MINUS)


def days_text(value: float) -> str:
    """A number of days: whole, or with its half."""
    return decimal_text(value, 0 if float(value).is_integer() else 1)


def p_text(p: float | None) -> str:
    """A p value in a sentence, to three digits and never zero; no line breaks inside it."""
    if p is None:
        return _("p not estimable")
    if p < 0.001:
        return f"p{NBSP}<{NBSP}{number_text(0.001, 3)}"
    return f"p{NBSP}={NBSP}{number_text(p, 3)}"


def p_number(p: float) -> str:
    """A p value in a table."""
    return f"< {number_text(0.001, 3)}" if p < 0.001 else number_text(p, 3)


def chisq_text(chisq: float, df: int) -> str:
    """A chi-square with its degrees of freedom."""
    text = _("χ² {chisq} on {df} df").format(chisq=decimal_text(chisq, 2), df=df)
    return text.replace(" ", NBSP)


def percent_text(part: float) -> str:
    """A part of one as a percentage."""
    return f"{number_text(100 * part)}{NBSP}%"


def limits_text(lower: float | None, upper: float | None, decimals: int | None) -> str:
    """Limits in brackets; a dash for one that is not reached, nothing where there is no interval."""
    low, high = (None if v is None or math.isnan(v) else v for v in (lower, upper))
    if low is None and high is None:
        return ""
    shown = [
        DASH if v is None else days_text(v) if decimals is None else decimal_text(v, decimals)
        for v in (low, high)
    ]
    if (low is not None and low < 0) or None in (low, high):
        return _("({lower} to {upper})").format(lower=shown[0], upper=shown[1])
    return f"({shown[0]}{DASH}{shown[1]})"


def estimate_text(value: float, lower: float | None, upper: float | None, decimals: int) -> str:
    """A number with its limits: "0.82 (0.74–0.88)"."""
    return " ".join(filter(None, (decimal_text(value, decimals), limits_text(lower, upper, decimals))))


def median_text(median: Estimate) -> str:
    """A median in days with its limits, or "not reached"; a limit that is not reached is a dash."""
    value = _("not reached") if median.estimate is None else days_text(median.estimate)
    return " ".join(filter(None, (value, limits_text(median.lower, median.upper, None))))


def survival_text(row: AtDay | None, decimals: int = 3) -> str:
    """The survival at a day with its limits, or that follow-up did not reach it."""
    if row is None or row.survival is None:
        return _("not estimable")
    return estimate_text(row.survival, row.lower, row.upper, decimals)


def group_name(label: str) -> str:
    """A group's name; everybody together has none of their own."""
    return label or _("All patients")


# What the pointer is on


def reading_sentence(
    curves: Sequence[SurvivalCurve], day: float, first: int, *, names: Sequence[str] = ()
) -> str:
    """Every group on a day, the one pointed at first: survival, at risk, events and censored before it.

    `names` are those of the curves, where they are not the groups' own.
    """
    order = sorted(range(len(curves)), key=lambda group: group != first)
    parts = []
    for group in order:
        row = estimate_at(curves[group], [day])[0]
        counts = _("{at_risk} at risk, {events}, {censored} censored").format(
            at_risk=row.at_risk,
            events=ngettext("{count} event", "{count} events", row.events).format(count=row.events),
            censored=row.censored,
        )
        told = (
            _("followed to day {day} only").format(day=days_text(curves[group].last_day))
            if row.survival is None
            else survival_text(row, 2)
        )
        name = names[group] if names else group_name(curves[group].group)
        parts.append(f"{name} {told}, {counts}")
    return _("day {day}: {groups}").format(day=days_text(day), groups="; ".join(parts))


def day_name(analysis: StudySurvival, reading: Reading) -> str:
    """A day, and the curve on which something happened then."""
    name = _("Day {day}").format(day=days_text(reading.day))
    if reading.group < 0:
        return name
    return f"{name}, {group_name(shown_groups(analysis)[reading.group].label)}"


def day_section(analysis: StudySurvival, reading: Reading) -> Section:
    """The patients whose time stops on a day, each a link, and one that shows them on every page."""
    table = analysis.endpoint
    place = {patient: number for number, patient in enumerate(table.patients)}
    patients = patients_on(analysis, reading)
    links = [
        (f"patient:{quote(patient, safe='')}", titled(patient, table.why[place[patient]]))
        for patient in patients
    ]
    text = ngettext(
        "Show this patient on every page", "Show these {count} patients on every page", len(patients)
    ).format(count=number_text(len(patients), 0))
    return Section(day_name(analysis, reading), (), links=(*links, ("everywhere:", text)))


# The results


def comparison_sections(analysis: StudySurvival) -> list[Section]:
    """The log-rank test and the hazard ratio: what is asked first."""
    result = analysis.result
    sections = [Section(_("Log-rank test"), (log_rank_text(result.logrank),))] if result.logrank else []
    if result.stratified_logrank is not None and sections:
        strata = result.times.strata
        text = _("stratified: {test}").format(test=log_rank_text(result.stratified_logrank))
        levels = _("{count} strata").format(count=len(strata.levels) if strata else 0)
        sections[0] = Section(sections[0].heading, (*sections[0].lines, f"{text}, {levels}"))
    if result.cox is not None:
        sections.append(Section(_("Hazard ratio (Cox)"), _cox_lines(analysis)))
    return sections


def further_sections(analysis: StudySurvival) -> list[Section]:
    """Differences at the horizon and of the restricted means, proportional hazards, and the notes."""
    result = analysis.result
    sections: list[Section] = []
    horizon = analysis.endpoint.horizon
    if horizon is not None:
        lines = [difference_text(d) for d in result.horizon_differences]
        if lines:
            sections.append(
                Section(_("Difference of survival on day {day}").format(day=horizon), tuple(lines))
            )
    means = [mean_difference_text(mean) for mean in result.restricted_mean_differences]
    if means:
        tau = days_text(result.overall.restricted_mean.tau)
        heading = _("Difference of restricted mean to day {day}").format(day=tau)
        sections.append(Section(heading, tuple(means)))
    if result.zph is not None:
        sections.append(Section(_("Proportional hazards"), _zph_lines(analysis)))
    notes = tuple(note for note in result.notes if note not in _said_elsewhere(analysis))
    if notes:
        sections.append(Section(_("Notes"), notes))
    return sections


def _said_elsewhere(analysis: StudySurvival) -> set[str]:
    """Notes that repeat what the groups and the counts of status say already, worded as the analysis does."""
    names = [_("all patients"), *(group.label for group in analysis.result.groups)]
    said = {_("{group}: median not reached.").format(group=name) for name in names}
    said.add(_("No Cox model: neither groups nor covariates were chosen."))
    said.add(_("No log-rank test: there are not two groups to compare."))
    table = analysis.endpoint
    unknown = table.count("unknown") - table.unknown_deaths
    said.add(
        ngettext(
            "{count} patient of unknown status on day {day} is censored at the last contact.",
            "{count} patients of unknown status on day {day} are censored at their last contact.",
            unknown,
        ).format(count=unknown, day=table.horizon)
    )
    return said


def log_rank_text(test: LogRankTest) -> str:
    """The test with its chi-square, or why it cannot be made."""
    if test.p is None or test.chisq is None:
        return _("not estimable: {why}").format(why=test.reason)
    return _("{p} (two-sided, {chisq})").format(p=p_text(test.p), chisq=chisq_text(test.chisq, test.df))


def hazard_ratio_text(term: CoxTerm) -> str:
    """A hazard ratio with its limits and p, or why it cannot be estimated."""
    if term.hr is None:
        return _("not estimable: {why}").format(why=term.reason)
    return f"{estimate_text(term.hr, term.lower, term.upper, 2)}, {p_text(term.p)}"


def difference_text(difference: HorizonDifference) -> str:
    """The difference of two groups' survival at the horizon."""
    name = f"{difference.group} {MINUS} {difference.reference}"
    if difference.estimate is None:
        return _("{groups}: not estimable, {why}").format(groups=name, why=difference.reason)
    told = estimate_text(difference.estimate, difference.lower, difference.upper, 3)
    if difference.p is None:
        return _("{groups}: {difference}; no interval and no test, {why}").format(
            groups=name, difference=told, why=difference.reason
        )
    return _("{groups}: {difference}, {p}").format(groups=name, difference=told, p=p_text(difference.p))


def mean_difference_text(difference: RestrictedMeanDifference) -> str:
    """The difference of two groups' restricted means, in days."""
    name = f"{difference.group} {MINUS} {difference.reference}"
    if difference.estimate is None:
        return _("{groups}: not estimable, {why}").format(groups=name, why=difference.reason)
    told = estimate_text(difference.estimate, difference.lower, difference.upper, 1)
    return _("{groups}: {difference} days, {p}").format(groups=name, difference=told, p=p_text(difference.p))


def _cox_lines(analysis: StudySurvival) -> tuple[str, ...]:
    result = analysis.result
    cox = result.cox
    assert cox is not None
    reference = result.groups[0].label if result.groups else ""
    lines = [
        f"{_('{group} against {reference}').format(group=term.level, reference=reference)}: "
        f"{hazard_ratio_text(term)}"
        if term.level
        else titled(term.name, hazard_ratio_text(term))
        for term in cox.terms
    ]
    ties = {"efron": "Efron", "breslow": "Breslow"}[cox.ties]
    count = _("{n} patients, {events}; {ties} ties").format(
        n=cox.n,
        events=ngettext("{count} event", "{count} events", cox.events).format(count=cox.events),
        ties=ties,
    )
    return (*lines, count)


def _zph_lines(analysis: StudySurvival) -> tuple[str, ...]:
    zph = analysis.result.zph
    assert zph is not None
    test = zph.overall
    if test.p is None or test.chisq is None:
        return (_("not testable: {why}").format(why=test.reason),)
    told = _("{p} (Grambsch–Therneau, {chisq})").format(
        p=p_text(test.p), chisq=chisq_text(test.chisq, test.df)
    )
    if test.p < 0.05:
        return told, _("The hazard ratio changes with time: the one above is an average over it.")
    return (told,)


def status_section(analysis: StudySurvival) -> Section:
    """How patients' time stops, and whose status is not known: without this no curve may stand."""
    table = analysis.endpoint
    counts = [
        titled(outcome_name(outcome), number_text(table.count(outcome), 0))
        for outcome in OUTCOMES
        if outcome != "unknown" and table.count(outcome)
    ]
    unknown = table.count("unknown")
    if not unknown:
        return Section(_("Status"), (*counts, _("Nobody's status is unknown.")))
    text = ngettext(
        "{count} patient of unknown status, censored at the last contact",
        "{count} patients of unknown status, censored at their last contact",
        unknown,
    ).format(count=number_text(unknown, 0))
    return Section(_("Status"), tuple(counts), (("list:unknown", text),))


# The page beside the curves


def results_html(
    analysis: StudySurvival, styles: Sequence[DataStyle], *, subset: str, told: Sequence[Section], faint: str
) -> str:
    """The results as rich text: what was clicked, the tests, the groups, who is unknown, then the rest."""
    parts = [_section_html(section, faint) for section in told]
    if subset:
        parts.append(f"<p><b>{html.escape(subset)}</b></p>")
    parts += [_section_html(section, faint) for section in comparison_sections(analysis)]
    parts.append(_groups_html(analysis, styles, faint))
    parts += [_section_html(s, faint) for s in (status_section(analysis), *further_sections(analysis))]
    return "".join(parts)


def _groups_html(analysis: StudySurvival, styles: Sequence[DataStyle], faint: str) -> str:
    result, horizon = analysis.result, analysis.endpoint.horizon
    rows = []
    for group, style in zip(shown_groups(analysis), styles, strict=True):
        survival = ""
        if horizon is not None:
            survival = survival_text(at_day(group, horizon))
        colour = style.colour
        name = html.escape(group_name(group.label))
        events = ngettext("{count} event", "{count} events", group.events).format(
            count=number_text(group.events, 0)
        )
        patients = ngettext("{count} patient", "{count} patients", group.n).format(
            count=number_text(group.n, 0)
        )
        lines = [f'<span style="color:{colour}">■</span> <b>{name}</b>  {patients}, {events}']
        if survival:
            lines.append(_("Survival on day {day}: {survival}").format(day=horizon, survival=survival))
        lines.append(_("Median: {median} days").format(median=median_text(group.median)))
        if group.median.estimate is None:
            lines[-1] = _("Median: {median}").format(median=median_text(group.median))
        mean = group.restricted_mean
        if mean.estimate is not None:
            told = estimate_text(mean.estimate, mean.lower, mean.upper, 1)
            lines.append(_("Restricted mean to day {day}: {mean}").format(day=days_text(mean.tau), mean=told))
        rows.append("<br>".join(lines))
    level = _("{percent} limits in brackets").format(percent=percent_text(result.options.level))
    return "".join(f"<p>{row}</p>" for row in rows) + f'<p style="color:{faint}">{level}</p>'


def _section_html(section: Section, faint: str) -> str:
    lines = [html.escape(line) for line in section.lines]
    lines += [f'<a href="{html.escape(link)}">{html.escape(text)}</a>' for link, text in section.links]
    heading = f'<span style="color:{faint}">{html.escape(section.heading)}</span>'
    return f"<p>{heading}<br>{'<br>'.join(lines)}</p>"


def shown_groups(analysis: StudySurvival) -> tuple[GroupResult, ...]:
    """The groups that have curves; all patients together where there are none."""
    return analysis.result.groups or (analysis.result.overall,)


def at_day(group: GroupResult, day: float) -> AtDay | None:
    """A group's row at one of the result's days."""
    return next((row for row in group.at if row.day == day), None)
