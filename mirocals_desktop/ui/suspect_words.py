"""Suspected values in words: what kind of slip, by which numbers, and the question that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.values import number_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.suspects import Suspect
    from mirocals_desktop.study.snapshot import Snapshot


def kind_name(code: str) -> str:
    """What kind of slip it looks like."""
    return {
        "fraction": _("Percent as fraction"),
        "unit": _("Another unit"),
        "columns": _("Two columns swapped"),
        "samples": _("Two samples swapped"),
        "outlier": _("Unlike the patient"),
        "batch": _("Batch shifted"),
    }[code]


def measure_text(snapshot: Snapshot, variable: str, value: float, *, stored: bool = False) -> str:
    """A number with the unit of a variable; a `stored` one is never rounded to another."""
    known = snapshot.protocol.variable(variable)
    decimals = None if known is None else known.decimals
    if decimals is not None and stored and round(value, decimals) != value:
        decimals = None
    text = number_text(value, decimals)
    return f"{text} {unit_text(known.unit)}" if known is not None and known.unit else text


def fold_text(fold: float) -> str:
    """How many times as high or as low."""
    times = fold if fold >= 1 else 1 / fold
    text = number_text(times, 0 if times >= 10 else 1)
    return (
        _("{times} times as high as").format(times=text)
        if fold >= 1
        else _("{times} times as low as").format(times=text)
    )


def evidence_text(snapshot: Snapshot, suspect: Suspect) -> str:
    """The numbers that a suspicion rests on, in one sentence."""

    def said(variable: str, value: float, *, stored: bool = False) -> str:
        return measure_text(snapshot, variable, value, stored=stored)

    value = said(suspect.variable, suspect.value, stored=True)
    expected = said(suspect.variable, suspect.expected)
    if suspect.code == "batch":
        return ngettext(
            "{count} value of {batch} is {fold} the others of the same patients.",
            "The {count} values of {batch} are {fold} the others of the same patients.",
            suspect.count,
        ).format(count=suspect.count, batch=suspect.batch, fold=fold_text(suspect.fold))
    if suspect.code == "samples":
        return _(
            "This sample fits {patient} at {visit}, and that one fits this patient: exchanged, the misfit "
            "falls from {before} to {after}. Here {value} where {expected} is expected."
        ).format(
            patient=suspect.partner_patient,
            visit=visit_text(snapshot.protocol, suspect.partner_visit),
            before=number_text(suspect.misfit, 0),
            after=number_text(suspect.misfit_swapped, 0),
            value=value,
            expected=expected,
        )
    if suspect.code == "columns":
        return _(
            "{value}, and {partner} {partner_value}: expected are {expected} and {partner_expected}, so that "
            "both fit when they are exchanged."
        ).format(
            value=value,
            partner=variable_text(snapshot.protocol, suspect.partner_variable),
            partner_value=said(suspect.partner_variable, suspect.partner_value, stored=True),
            expected=expected,
            partner_expected=said(suspect.partner_variable, suspect.partner_expected),
        )
    main = ngettext(
        "{value} is {fold} expected from the patient’s {count} value ({expected}).",
        "{value} is {fold} expected from the patient’s {count} values ({expected}).",
        suspect.count,
    ).format(value=value, fold=fold_text(suspect.fold), count=suspect.count, expected=expected)
    if suspect.code == "fraction":
        rest = _("Read as a fraction it is {fixed}.").format(fixed=said(suspect.variable, suspect.fixed))
    elif suspect.code == "unit":
        rest = _("Read in {unit} it is {fixed}.").format(
            unit=suspect.unit, fixed=said(suspect.variable, suspect.fixed)
        )
    else:
        rest = _("Of such values 95 % lie within {fold} times.").format(
            fold=number_text(suspect.usual_fold, 1)
        )
    return f"{main} {rest}"


def question_text(snapshot: Snapshot, suspect: Suspect) -> str:
    """The question that a suspicion leads to."""
    variable = variable_text(snapshot.protocol, suspect.variable)
    visit = visit_text(snapshot.protocol, suspect.visit)
    head = _("{kind}? {variable}, {visit}.").format(
        kind=kind_name(suspect.code), variable=variable, visit=visit
    )
    return f"{head} {evidence_text(snapshot, suspect)} {_('Please check against the source.')}"
