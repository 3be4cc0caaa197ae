"""What a cut of a marker says in words: its classes, its hazard ratios, its tests, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.survival_words import chisq_text, estimate_text, p_text
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cut_point import CutScan
    from mirocals_desktop.analysis.live_cut import ClassEffect, CutFrame
    from mirocals_desktop.analysis.primary import Primary
    from mirocals_desktop.analysis.study_cut import StudyCut


def class_names(cut: StudyCut, cuts: Sequence[float]) -> tuple[str, ...]:
    """The name of each class; the protocol's own where the cuts are all of its own."""
    if tuple(cuts) == cut.pinned and len(cut.class_labels) == len(cuts) + 1:
        return cut.class_labels
    written = [value_text(cut, value) for value in cuts]
    last = _("above {value}").format(value=written[-1])
    if len(cuts) == 1:
        return _("up to {value}").format(value=written[0]), last
    middle = _("{low} to {high}").format(low=number_text(cuts[0], cut.decimals), high=written[-1])
    return _("below {value}").format(value=written[0]), middle, last


def value_text(cut: StudyCut, value: float) -> str:
    """A marker value with its unit."""
    return f"{number_text(value, cut.decimals)} {unit_text(cut.unit)}".strip()


def class_text(size: int, events: int) -> str:
    """How many patients and events a class has."""
    patients = ngettext("{count} patient", "{count} patients", size).format(count=number_text(size, 0))
    deaths = ngettext("{count} event", "{count} events", events).format(count=number_text(events, 0))
    return f"{patients}, {deaths}"


def effect_text(effect: ClassEffect) -> str:
    """The hazard ratio within a class, without a p of its own: the interaction is what compares classes."""
    if effect.hr is None:
        return _("HR not estimable: {why}").format(why=effect.reason)
    return _("HR {ratio}").format(ratio=estimate_text(effect.hr, effect.lower, effect.upper, 2))


def interaction_text(frame: CutFrame) -> str:
    """Whether the arms' hazard ratio differs between the classes; "" without arms."""
    if not frame.effects:
        return ""
    if frame.interaction_p is None or frame.interaction_chisq is None:
        return _("Interaction: not estimable.")
    return _("Interaction of arm and class: {p} (likelihood ratio, {chisq}).").format(
        p=p_text(frame.interaction_p), chisq=chisq_text(frame.interaction_chisq, frame.interaction_df)
    )


def classes_text(frame: CutFrame) -> str:
    """The classes against each other over all patients; "" where they cannot be compared."""
    if frame.class_p is None or frame.class_chisq is None:
        return ""
    return _("Survival by class, all patients together: log-rank {p} ({chisq}).").format(
        p=p_text(frame.class_p), chisq=chisq_text(frame.class_chisq, frame.class_df)
    )


def primary_text(primary: Primary) -> str:
    """The comparison over all patients, without which no class may stand."""
    term, test = primary.term, primary.logrank
    ratio = _("not estimable")
    if term is not None and term.hr is not None:
        ratio = estimate_text(term.hr, term.lower, term.upper, 2)
    return _("All patients: HR {ratio}, log-rank {p}: {verdict}.").format(
        ratio=ratio, p=p_text(test.p), verdict=primary.verdict
    )


def stamp_text(cut: StudyCut, cuts: Sequence[float]) -> str:
    """Whether the cuts were fixed in advance."""
    return _("PRE-SPECIFIED") if cut.is_pinned(cuts) else _("EXPLORATORY")


def scan_text(cut: StudyCut, scan: CutScan) -> str:
    """What a search with permutations found, and what it is worth after the search."""
    best = scan.best
    place = _("{count} cuts, {low} to {high}").format(
        count=number_text(len(scan.cuts), 0),
        low=number_text(float(scan.cuts[0]), cut.decimals),
        high=value_text(cut, float(scan.cuts[-1])),
    )
    return _(
        "Search over {place}: best {best}, corrected {p} ({permutations} permutations, seed {seed})."
    ).format(
        place=place,
        best=value_text(cut, float(scan.cuts[best])),
        p=p_text(float(scan.p_corrected[best])),
        permutations=number_text(scan.permutations, 0),
        seed=scan.seed,
    )


def cut_p_text(cut: StudyCut, scan: CutScan, value: float) -> str:
    """The corrected p at the cut of the search that makes the same classes; "" where there is none."""
    if not scan.permutations:
        return ""
    index = int(np.searchsorted(scan.cuts, value, side="right")) - 1
    if index < 0:
        return ""
    known = cut.live.marker
    between = np.any((known > scan.cuts[index]) & (known <= value))
    if between:
        return ""
    return _("Corrected for the search over all cuts: {p}.").format(p=p_text(float(scan.p_corrected[index])))
