"""How the user's language calls what is measured in."""

from __future__ import annotations

from mirocals_desktop.i18n import _


def specimen_name(code: str) -> str:
    """The name of a specimen; one that nobody knows keeps its own."""
    names = {
        "blood": _("Blood"),
        "csf": _("Cerebrospinal fluid"),
        "serum": _("Serum"),
        "plasma": _("Plasma"),
        "urine": _("Urine"),
        "saliva": _("Saliva"),
    }
    return names.get(code.casefold(), code)
