"""The biomarker plots in words: the value or the median that the pointer is on, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mirocals_desktop.analysis.biomarkers import Bounds
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.biomarkers import Shown
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.values import number_text, value_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.queries import Reviews
    from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Answer:
    """What the worker found: what to show, and the observation row of each value (-1: none)."""

    snapshot: Snapshot
    shown: Shown
    rows: np.ndarray[Any, np.dtype[np.int64]]

    @property
    def reviews(self) -> Reviews:
        """The queries and marks of the study that was asked."""
        return self.snapshot.reviews


def why_empty(shown: Shown) -> str:
    """Why there is nothing to draw."""
    if shown.values.sealed:
        return ngettext(
            "{count} value of {variable} is received and sealed.",
            "{count} values of {variable} are received and sealed.",
            shown.values.sealed,
        ).format(count=number_text(shown.values.sealed, 0), variable=shown.values.label)
    return _("No patient shown has a value of {variable} on this scale.").format(variable=shown.values.label)


def outside_text(count: int, *, shown: bool) -> str:
    """What the button does with values far outside the others."""
    if shown:
        return _("Leave far values out of sight")
    return ngettext("Show {count} far value", "Show {count} far values", count).format(
        count=number_text(count, 0)
    )


def outside_note(count: int, *, shown: bool) -> str:
    """How many values are out of sight, or would be."""
    if shown:
        return ngettext(
            "{count} value lies far outside the others and flattens the picture.",
            "{count} values lie far outside the others and flatten the picture.",
            count,
        ).format(count=number_text(count, 0))
    return ngettext(
        "{count} value far outside the others is out of sight; every summary counts it.",
        "{count} values far outside the others are out of sight; every summary counts them.",
        count,
    ).format(count=number_text(count, 0))


def value_sentence(answer: Answer, row: int) -> str:
    """Patient, visit, day, value with its unit, file and cell; on another scale that value first."""
    values, snapshot = answer.shown.values, answer.snapshot
    told = snapshot.observations.iloc[int(answer.rows[row])]
    variable = snapshot.protocol.variable(values.variable)
    stored = value_text(variable, {str(name): told[name] for name in told.index})
    what = stored
    if values.scale != "absolute":
        bounds = Bounds(values.low[row : row + 1], values.high[row : row + 1])
        related = _bounds_text(bounds, 0, values.decimals)
        signed = values.scale in ("change", "percent") and values.value[row] > 0 and related[:1] not in "<>"
        what = f"{'+' if signed else ''}{related} {unit_text(values.unit)} ({stored})"
    day = values.day[row]
    named = _("day {day} of the cycle") if answer.shown.occasions.by == "cycle" else _("day {day}")
    when = named.format(day=number_text(day, 0).replace("-", MINUS)) if day == day else ""
    visit = int(values.visit[row])
    place = ", ".join(str(told[name]) for name in ("file", "sheet", "cell") if told[name])
    parts = (
        _("Patient {patient}").format(patient=values.patients[values.patient[row]]),
        visit_text(snapshot.protocol, values.visits[visit]) if visit >= 0 else "",
        when,
        what,
        place,
    )
    return " · ".join(part for part in parts if part)


def median_sentence(shown: Shown, group: int, occasion: int) -> str:
    """A group's median with its quartiles, and how many patients it stands for."""
    summaries, decimals = shown.summaries, shown.values.decimals
    at = group, occasion
    one = {
        name: _bounds_text(Bounds(b.low[at].reshape(1), b.high[at].reshape(1)), 0, decimals)
        for name, b in (("median", summaries.median), ("q1", summaries.q1), ("q3", summaries.q3))
    }
    text = _(
        "{group} · {occasion} · median {median} {unit} (quartiles {q1} – {q3}), {count} patients"
    ).format(
        group=shown.groups.labels[group],
        occasion=shown.occasions.labels[occasion],
        unit=unit_text(shown.values.unit),
        count=summaries.n[at],
        **one,
    )
    below, above = int(summaries.below[at]), int(summaries.above[at])
    if below:
        text += _(", {count} below the limit").format(count=below)
    if above:
        text += _(", {count} above the limit").format(count=above)
    return text


def _bounds_text(bounds: Bounds, index: int, decimals: int) -> str:
    value, sign = float(bounds.drawn[index]), str(bounds.qualifier[index])
    return f"{sign}{number_text(value, digits(value, sign, decimals))}".replace("-", MINUS)


def digits(value: float, sign: str, decimals: int | None) -> int | None:
    """How many decimals to show: a limit keeps those it has (None), since "<62.5" is not "<63"."""
    return None if decimals is None or (sign and round(value, decimals) != value) else decimals
