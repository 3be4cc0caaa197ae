"""Rows of an assay that are nobody's: standards, blanks and controls, known by their type or name."""

from __future__ import annotations

import re
import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.importing.patients import Patients
from mirocals_desktop.importing.seen import Seen
from mirocals_desktop.importing.tables import Reason, Table
from mirocals_desktop.importing.words import plain_name

_TYPES: Final = re.compile(
    r"(?:sample|well|specimen|content)? ?(?:type|task|role|class|kind)|content"
    r"|type (?:de |d )?(?:puits|echantillon)"
)
_NAMES: Final = re.compile(
    r"(?:sample|specimen|echantillon)?s?(?: (?:id|name|code|no|identifier|description))?"
    r"|name|nom|id|description|(?:nom|code|id|n) (?:de l )?echantillon|patient|subject"
)
_CONTROL: Final = re.compile(
    r"(?:(?:low|high|mid|neg(?:ative)?|pos(?:itive)?|internal|kit|assay) )?"
    r"(?:std|stds|standards?|calibrators?|calibrateurs?|etalons?|i?qc|cq|ctrl|controls?|controles?|temoins?"
    r"|blanks?|blancs?|blk|ntc|nsb|background|diluent|diluant|buffer|tampon)"
    r"(?: ?(?:low|high|mid|medium|bas|haut|moyen|neg\w*|pos\w*|level|niveau|[a-z]|\d{1,2}))*"
)
_MAY_BE_PEOPLE: Final = re.compile(r"(?:ctrl|controls?|controles?|temoins?|c)(?: ?\w{1,2})?")
_BEGINS: Final = re.compile(
    r"\W*(?:low|high|mid|neg|pos|internal|kit|assay|st|cal|[eé]tal|i?qc|cq|c[to]|t[eé]m|bl|n[ts]|back|dil|buf|tamp)",
    re.IGNORECASE,
)
"""How a control begins: thousands of other names are not looked at any further."""
_SHORT: Final = re.compile(r"[sbc]\d{0,2}")
"""The types that readers of bead arrays write: S1, B and C2; X1 is a sample."""
_SAMPLE: Final = re.compile(
    r"unk\w*|unbekannt|inconnue?s?|samples?|smp|spl|patients?|echantillons?|[xu]\d{0,3}|test"
)

_FOUND: weakref.WeakKeyDictionary[Table, tuple[Table, str]] = weakref.WeakKeyDictionary()
"""Tables without their controls: reviews of the same tables follow one another."""


def without_controls(table: Table, seen: Sequence[Seen], patients: Patients) -> tuple[Table, str]:
    """The table without the rows of controls, and the key of the column that tells them ("" for names).

    The table itself where it has none. Where every row is one, none is.
    """
    if table not in _FOUND:
        _FOUND[table] = _find(table, seen, patients)
    return _FOUND[table]


def _find(table: Table, seen: Sequence[Seen], patients: Patients) -> tuple[Table, str]:
    for column in seen:
        if not _TYPES.fullmatch(plain_name(column.header.text)):
            continue
        kinds = {plain_name(text) for text in column.profile.texts}
        marked = {kind for kind in kinds if _CONTROL.fullmatch(kind) or _SHORT.fullmatch(kind)}
        others = kinds - marked
        if others and all(map(_SAMPLE.fullmatch, others)) and _of_an_assay(marked):
            return _without(table, column, marked), column.key
    for column in seen:
        if not _NAMES.fullmatch(plain_name(column.header.text)):
            continue
        likely = (text for text in column.profile.texts if _BEGINS.match(text) and not patients.find(text))
        marked = {name for text in likely if _CONTROL.fullmatch(name := plain_name(text))}
        if _of_an_assay(marked):
            bare = _without(table, column, marked)
            return (bare, "") if len(bare.rows) else (table, "")
    return table, ""


def _of_an_assay(marked: set[str]) -> bool:
    """Whether the controls are those of an assay: people can be controls, but no standards or blanks."""
    return any(not _MAY_BE_PEOPLE.fullmatch(name) for name in marked)


def _without(table: Table, column: Seen, marked: set[str]) -> Table:
    of_control = np.array([plain_name(text) in marked for text in table.texts(column.place)], dtype=bool)
    reasons: dict[int, Reason] = dict.fromkeys(table.rows[of_control].tolist(), "control")
    return replace(table, rows=table.rows[~of_control], ignored={**table.ignored, **reasons})
