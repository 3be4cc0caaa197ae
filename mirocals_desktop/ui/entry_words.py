"""Audit entries in the user's words: what an act was, and what it was about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mirocals_desktop.i18n import _
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.query_words import mark_name
from mirocals_desktop.ui.values import MISSING, date_text, variable_text

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Protocol
    from mirocals_desktop.study.queries import MarkCode
    from mirocals_desktop.study.snapshot import Snapshot

_MARK_CODES: Final[Mapping[str, MarkCode]] = {
    "–": "",
    "seen": "seen",
    "confirmed": "confirmed",
    "to_check": "to_check",
}
_MARK: Final = re.compile(rf": ({'|'.join(_MARK_CODES)})(?=, | \(\+|$)")  # as summaries of marks have it


def option_name(name: str) -> str:
    """What an option of a study is called."""
    names = {
        "origin": _("Day 0"),
        "horizon_days": _("Horizon (days)"),
        "endpoint": _("Endpoint"),
        "data_cut": _("Data cut"),
        "excluded": _("Patients left out"),
    }
    return names.get(name, name)


def option_value(protocol: Protocol, name: str, value: object) -> str:
    """An option's value, from the form that it has in an entry or in its summary."""
    if value is None or value in ([], "", MISSING):
        return _("none")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if name == "origin":
        return variable_text(protocol, str(value))
    if name == "endpoint":
        endpoint = protocol.endpoint(str(value))
        return str(endpoint.label) if endpoint is not None else str(value)
    return date_text(str(value)) if name == "data_cut" else str(value)


def about_text(snapshot: Snapshot, row: Mapping[str, Any]) -> str:
    """What the entry in a row of `snapshot.entries` was about."""
    kind, summary = str(row["kind"]), str(row["summary"])
    if kind == ledger.OPTION:
        name, _equals, value = summary.partition(" = ")
        return _("{option}: {value}").format(
            option=option_name(name), value=option_value(snapshot.protocol, name, value)
        )
    if kind == ledger.CORRECTED:
        patient, _comma, variable = summary.rpartition(", ")
        if patient:
            return _("{variable}, patient {patient}").format(
                variable=variable_text(snapshot.protocol, variable), patient=patient
            )
    if kind == ledger.MARKED:
        return _MARK.sub(lambda found: f": {mark_name(_MARK_CODES[found[1]])}", summary)
    if kind == ledger.WITHDRAWN and summary.isdecimal():
        return _("entry {number}").format(number=summary)
    return summary


def act_text(snapshot: Snapshot, row: Mapping[str, Any]) -> str:
    """The act itself in a few words: "correction of CSF pNFH, patient 047"."""
    kind, about = str(row["kind"]), about_text(snapshot, row)
    if not about:
        return ledger.kind_label(kind)
    if kind == ledger.CORRECTED:
        return _("correction of {about}").format(about=about)
    if kind == ledger.OPTION:
        return _("change of option ({about})").format(about=about)
    if kind == ledger.IMPORTED:
        return _("import of {about}").format(about=about)
    return _("{kind} ({about})").format(kind=ledger.kind_label(kind), about=about)


def entry_text(snapshot: Snapshot, row: Mapping[str, Any]) -> str:
    """An audit entry in one line: its number and what it was."""
    return _("{number}, {act}").format(number=row["number"], act=act_text(snapshot, row))
