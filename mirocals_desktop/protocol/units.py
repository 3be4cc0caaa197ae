"""Units as people read them: those that are words are translated."""

from __future__ import annotations

from typing import Final

from mirocals_desktop.i18n import N_, _, amount, every_language

_WORDS: Final = {
    "years": N_("years"),
    "months": N_("months"),
    "days": N_("days"),
    "cells/µL": N_("cells/µL"),
    "MIU": N_("MIU"),
}


def unit_text(unit: str) -> str:
    """A unit of the protocol in the user's language."""
    return _(_WORDS[unit]) if unit in _WORDS else unit


def unit_texts(unit: str) -> tuple[str, ...]:
    """A unit of the protocol in every language that the program speaks."""
    return every_language(_WORDS[unit]) if unit in _WORDS else (unit,)


def quantity_text(value: float, unit: str) -> str:
    """A value with its unit, as labels of groups tell it, in the user's language: "58,6 ans"."""
    return f"{amount(value)} {unit_text(unit)}".rstrip()
