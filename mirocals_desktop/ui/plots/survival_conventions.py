"""The conventions behind a survival result in words: the note below the curves, and every topic by name."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from mirocals_desktop import __version__
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.survival_words import percent_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.study_survival import StudySurvival


def footnote_text(analysis: StudySurvival, strata: str) -> str:
    """One paragraph that names every convention behind what is shown; `strata` is their name, or ""."""
    result = analysis.result
    sentences = [endpoint_text(analysis), curves_text(analysis)]
    if result.logrank is not None:
        sentences.append(_("Log-rank two-sided."))
    if strata:
        sentences.append(_("Cox model and stratified log-rank by {strata}.").format(strata=strata))
    if result.cox is not None:
        ties = {"efron": "Efron", "breslow": "Breslow"}[result.cox.ties]
        sentences.append(_("Cox: {ties} ties, Wald limits.").format(ties=ties))
    if result.groups and analysis.grouping is not None:
        sentences.append(
            _("Groups: {name}; reference: {group}.").format(
                name=analysis.grouping.label, group=result.groups[0].label
            )
        )
    return " ".join((*sentences, version_text()))


def endpoint_text(analysis: StudySurvival) -> str:
    """What is counted, from when, until when."""
    table = analysis.endpoint
    horizon = (
        _("no horizon")
        if table.horizon is None
        else _("cut at day {day} (an event on that day counts)").format(day=table.horizon)
    )
    told = _("{endpoint}; day 0 is {origin}; {horizon}.").format(
        endpoint=table.endpoint_label, origin=table.origin_label, horizon=horizon
    )
    if table.entry is None:
        return told
    return f"{told} {_('Patients are at risk from randomisation on (late entry).')}"


def curves_text(analysis: StudySurvival) -> str:
    """How curves, limits and rows are made."""
    options = analysis.result.options
    return _(
        "Kaplan–Meier with {percent} {interval} limits (Greenwood). At risk is counted just before the "
        "day, events and censored before it; with at risk they add to n."
    ).format(percent=percent_text(options.level), interval=interval_name(options.interval))


def version_text() -> str:
    """What computed it."""
    return _("MIROCALS Desktop {version}, numpy {numpy}.").format(version=__version__, numpy=np.__version__)


def interval_name(interval: str) -> str:
    """The scale on which limits are computed."""
    return {"log-log": _("log-log"), "log": _("log"), "plain": _("plain")}[interval]


def topic_name(topic: str) -> str:
    """What a convention of the result is about; the grouping's own name for what is not listed."""
    names = {
        "endpoint": _("Endpoint"),
        "origin": _("Day 0"),
        "horizon": _("Horizon"),
        "time": _("Time"),
        "at_risk": _("At risk"),
        "rows": _("Rows under the axis"),
        "interval": _("Limits"),
        "median": _("Median"),
        "follow_up": _("Follow-up"),
        "after_last_follow_up": _("After the last follow-up"),
        "log_rank": _("Log-rank test"),
        "weighted": _("Weighted tests"),
        "cox": _("Hazard ratio (Cox)"),
        "zph": _("Proportional hazards"),
        "rmst": _("Restricted mean"),
        "reference": _("Reference"),
        "strata": _("Strata"),
        "incidence": _("Cumulative incidence"),
        "cafs": "CAFS",
    }
    return names.get(topic, topic)


def method_html(analysis: StudySurvival) -> str:
    """Every convention with its topic, then every note, as rich text."""
    lines = [
        f"<b>{html.escape(topic_name(topic))}</b>: {html.escape(text)}"
        for topic, text in analysis.result.conventions.items()
    ]
    return "<br>".join([*lines, *(html.escape(note) for note in analysis.result.notes)])
