"""What the biomarker page shows as tables: summaries by visit and group, and every value with its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mirocals_desktop.analysis.biomarkers import Bounds
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.biomarker_words import Answer, digits
from mirocals_desktop.ui.plots.biomarkers import Shown, values_group
from mirocals_desktop.ui.query_words import mark_name, state_name
from mirocals_desktop.ui.table import Column
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import pandas as pd


def summary_columns(shown: Shown) -> list[Column]:
    """One row per occasion and group that has values."""
    summaries = shown.summaries
    occasion, group = np.indices(summaries.n.T.shape).reshape(2, -1)
    keep = summaries.n[group, occasion] > 0
    at = group[keep], occasion[keep]
    unit, decimals = unit_text(shown.values.unit), shown.values.decimals
    names = np.array(_occasion_texts(shown), dtype=object)[at[1]]
    when = _("Visit") if shown.occasions.of == "visit" else _("Period")
    return [
        Column("occasion", when, names),
        Column("group", shown.groups.label, np.array(shown.groups.labels, dtype=object)[at[0]]),
        Column("n", _("n"), summaries.n[at], 0, tip=_("Patients with a value")),
        *_completeness(shown, at),
        *(
            Column(name, title, counts[at], 0)
            for name, title, counts in (
                ("below", _("below limit"), summaries.below),
                ("above", _("above limit"), summaries.above),
            )
            if counts.any()
        ),
        _bounded("median", _("Median"), summaries.median, at, decimals, unit),
        _bounded("q1", _("Lower quartile"), summaries.q1, at, decimals, unit),
        _bounded("q3", _("Upper quartile"), summaries.q3, at, decimals, unit),
        Column("geometric_mean", _("Geometric mean"), summaries.geometric_mean[at], decimals, unit),
        Column("geometric_low", _("95 % from"), summaries.geometric_low[at], decimals, unit),
        Column("geometric_high", _("95 % to"), summaries.geometric_high[at], decimals, unit),
        *_shifts(shown, at),
        Column("mean", _("Mean"), summaries.mean[at], decimals, unit),
        Column("sd", _("SD"), summaries.sd[at], decimals, unit),
        _bounded("minimum", _("Minimum"), summaries.minimum, at, decimals, unit),
        _bounded("maximum", _("Maximum"), summaries.maximum, at, decimals, unit),
    ]


def _completeness(shown: Shown, at: tuple[Any, Any]) -> list[Column]:
    """How many had the visit, and the share of them with a value."""
    if shown.held is None or not shown.held[at].any():
        return []
    held = shown.held[at].astype(float)
    share = np.divide(100.0 * shown.summaries.n[at], held, out=np.full(len(held), np.nan), where=held > 0)
    return [
        Column("held", _("Visit held"), held, 0, tip=_("Patients whose visit took place")),
        Column(
            "complete", _("Complete"), share, 0, "%", tip=_("Patients with a value of those with the visit")
        ),
    ]


def _shifts(shown: Shown, at: tuple[Any, Any]) -> list[Column]:
    """How much higher the first of two groups lies than the second, beside the first."""
    shifts = shown.summaries.shifts
    if shifts is None or np.isnan(shifts.p).all():
        return []
    group, occasion = at
    labels = shown.groups.labels
    tip = _("{first} less {second}: Hodges-Lehmann, Wilcoxon-Mann-Whitney").format(
        first=labels[shifts.first], second=labels[shifts.second]
    )
    unit, decimals = unit_text(shown.values.unit), shown.values.decimals

    def beside(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.where(group == shifts.first, numbers[occasion], np.nan)

    return [
        Column("shift", _("Shift"), beside(shifts.shift), decimals, unit, tip=tip),
        Column("shift_low", _("Shift from"), beside(shifts.lower), decimals, unit, tip=tip),
        Column("shift_high", _("Shift to"), beside(shifts.upper), decimals, unit, tip=tip),
        Column("shift_p", _("p of the shift"), beside(shifts.p), tip=tip, show=_p_text, filed=float),
    ]


def _p_text(p: float) -> str:
    """A p with three digits, never 0; nothing where there is none."""
    if p != p:
        return ""
    return f"<{number_text(0.001, 3)}" if p < 0.001 else number_text(p, 3)


def value_columns(answer: Answer) -> tuple[list[Column], np.ndarray[Any, np.dtype[np.int64]]]:
    """One row per value of the patients in a group, and the ids of their observations."""
    shown, observations = answer.shown, answer.snapshot.observations
    values = shown.values
    group_of = values_group(shown)
    keep = np.flatnonzero(group_of >= 0)
    rows = answer.rows[keep]
    bounds = Bounds(values.low[keep], values.high[keep])
    stored = values.value[keep]
    whole = values.scale != "absolute" or bool((np.round(stored, values.decimals) == stored).all())
    named = zip(values.visits, values.visit_labels, strict=True)
    labels = np.array([*(_visit_name(code, label) for code, label in named), ""], dtype=object)
    columns = [
        Column("patient", _("Patient"), np.array(values.patients, dtype=object)[values.patient[keep]]),
        Column("group", shown.groups.label, np.array(shown.groups.labels, dtype=object)[group_of[keep]]),
        *_periods(shown, keep),
        Column("visit", _("Visit"), labels[values.visit[keep]]),
        Column("day", _("Day"), values.day[keep], 0),
        _bounded(
            "value",
            _("Value"),
            bounds,
            slice(None),
            values.decimals if whole else None,
            unit_text(values.unit),
        ),
        *(
            Column(name, title, observations[name].to_numpy()[rows])
            for name, title in (("file", _("File")), ("sheet", _("Sheet")), ("cell", _("Cell")))
        ),
        *_reviewed(answer, values.id[keep]),
    ]
    return columns, values.id[keep]


def _periods(shown: Shown, keep: np.ndarray[Any, np.dtype[np.int64]]) -> list[Column]:
    """The period of each value, where summaries are by periods and not by visits."""
    occasions = shown.occasions
    if occasions.of != "period":
        return []
    labels = np.array([*occasions.labels, ""], dtype=object)
    return [Column("occasion", _("Period"), labels[occasions.of_value[keep]])]


def _reviewed(answer: Answer, ids: np.ndarray[Any, np.dtype[np.int64]]) -> list[Column]:
    """The mark and the last query of each value; no column where there is none at all."""
    reviews = answer.reviews
    said = {mark.observation: mark_name(mark.mark) for mark in reviews.marks if mark.observation}
    for query in reviews.queries:
        if query.current:
            told = f"{query.name} {state_name(query.state)}"
            said[query.current] = ", ".join(part for part in (said.get(query.current, ""), told) if part)
    texts = [said.get(number, "") for number in ids.tolist()]
    return [Column("review", _("Review"), texts)] if any(texts) else []


def rows_of(
    observations: pd.DataFrame, ids: np.ndarray[Any, np.dtype[np.int64]]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The rows of observations by their ids."""
    stored = observations["id"].to_numpy(dtype=np.int64)
    if not len(ids):
        return np.empty(0, dtype=np.int64)
    order = np.argsort(stored, kind="stable")
    return order[np.searchsorted(stored[order], ids)].astype(np.int64)


def _visit_name(code: str, label: str) -> str:
    """A visit's code and name, so that a table sorts by the code; the name alone where they are the same."""
    return label if code == label else f"{code}  {label}"


def _occasion_texts(shown: Shown) -> list[str]:
    occasions = shown.occasions
    if occasions.of == "period":
        return list(occasions.labels)
    return [_visit_name(*pair) for pair in zip(occasions.codes, occasions.labels, strict=True)]


def _bounded(code: str, title: str, bounds: Bounds, at: Any, decimals: int | None, unit: str) -> Column:
    """A column of statistics of which some are only known to lie below or above a number.

    Such a column is of text that still sorts as numbers; with exact values alone it is a column of numbers.
    """
    drawn, qualifier = bounds.drawn[at], bounds.qualifier[at]
    if (qualifier == "").all():
        return Column(code, title, drawn, decimals, unit)
    place = {"<": 0, "≤": 1, "": 2, ">": 3}
    order = np.lexsort((np.array([place[sign] for sign in qualifier]), drawn))
    rank = np.empty(len(drawn))
    rank[order] = np.arange(len(drawn))
    texts = [
        f"{sign}{number_text(value, digits(value, sign, decimals), grouped=False)}"
        for value, sign in zip(drawn[order].tolist(), qualifier[order].tolist(), strict=True)
    ]
    exact = {
        place: float(value)
        for place, (value, sign) in enumerate(zip(drawn[order], qualifier[order], strict=True))
        if sign == ""
    }
    return Column(
        code,
        title,
        rank,
        decimals,
        unit,
        show=lambda value: texts[int(value)],
        filed=lambda value: exact.get(int(value), texts[int(value)]),
    )
