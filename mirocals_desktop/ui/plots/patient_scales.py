"""The names of a patient's strips, the heights that they span, and the levels that have a name in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.patient import Series
    from mirocals_desktop.protocol.model import Protocol, Variable

_NAME_LETTERS: Final = 14


def value_limits(series: Series, cuts: Sequence[float]) -> tuple[float | None, float | None]:
    """From the data; with the cuts of classes in view, and room for sealed values below what is known."""
    known = series.value[~series.sealed]
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    if series.variable.log_axis and low > 0 and (cuts or series.sealed.any()):
        low, high = min(low, *cuts), max(high, *cuts)
        return low / (2.5 if series.sealed.any() else 1.4), high * 1.4
    if series.variable.log_axis and low > 0:
        return None, None
    # A change of a hundredth must not look like a cliff: the strip spans a fifth of the value at least.
    span = max(high - low, abs(high) * 0.2) or 1.0
    middle = (high + low) / 2
    below = 0.85 if series.sealed.any() else 0.58
    return middle - span * below, middle + span * 0.58


def sealed_level(series: Series, cuts: Sequence[float]) -> float:
    """The height at which sealed values stand: just above the lower limit."""
    low, high = value_limits(series, cuts)
    if low is None or high is None:
        return math.nan
    if series.variable.log_axis and low > 0:
        return float(low * (high / low) ** 0.1)
    return low + (high - low) * 0.1


def class_cuts(protocol: Protocol, code: str) -> tuple[float, ...]:
    """The cuts of a variable's classes; none where it has no classes."""
    classes = protocol.classes_of(code)
    return classes.cuts if classes is not None else ()


def short_name(text: str) -> str:
    """A name where there is room for few letters."""
    return text if len(text) <= _NAME_LETTERS else f"{text[: _NAME_LETTERS - 1]}…"


def strip_title(variable: Variable) -> str:
    """A variable's name with its unit, where the name does not say it."""
    label = str(variable.label)
    unit = unit_text(variable.unit)
    return label if not unit or unit in label or label.endswith(")") else f"{label} ({unit})"


def domain_name(domain: str) -> str:
    """The translated name of a domain of ALSFRS-R."""
    names = {
        "bulbar": _("bulbar"),
        "fine_motor": _("fine motor"),
        "gross_motor": _("gross motor"),
        "respiratory": _("respiratory"),
    }
    return names.get(domain, domain)
