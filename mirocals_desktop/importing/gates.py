"""Populations of cells as cytometers name them: paths of gates, and of which gate a percentage is."""

from __future__ import annotations

import re
from typing import Final

_PARENT: Final = re.compile(r"([^/|]+)/[^/|]+\|\s*freq\w*\.? of parent", re.IGNORECASE)
_REGULATORY: Final = re.compile(
    r"(?=.*cd25)(?=.*(?:fox ?p ?3 ?(?:\+|hi|pos|bright|$)|cd127 ?(?:lo|low|dim|neg|-|−|–)))", re.IGNORECASE
)
"""Tregs by their markers: CD25 high with FoxP3, or with little CD127."""
_MARKER: Final = re.compile(r"cd\d", re.IGNORECASE)


def gate_names(name: str) -> list[str]:
    """What the last gate of a path such as "Lymphocytes/CD4+/CD25hi CD127lo" is called; [] of no path."""
    gates = [gate.strip() for gate in name.split("/") if gate.strip()]
    if len(gates) < 2 or not any(_MARKER.match(gate) for gate in gates):
        return []
    return ["Treg", gates[-1]] if _REGULATORY.match(gates[-1]) else [gates[-1]]


def parent_gate(header: str) -> str:
    """The gate of which a header says the percentage: CD4+ in "CD4+/Treg | Freq. of Parent", else ""."""
    match = _PARENT.search(header)
    return match[1].strip() if match else ""
