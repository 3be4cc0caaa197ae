"""What an import adds to the study's protocol: variables, arms, visits, choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.values import State
from mirocals_desktop.importing.visit_names import VisitNames
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.protocol.reader import to_table
from mirocals_desktop.study.snapshot import Snapshot


def find_additions(
    series: Sequence[Series], codings: Codings, names: VisitNames, snapshot: Snapshot
) -> dict[str, Any]:
    """What the study's protocol gains, in the form that `protocol.reader.extend` takes."""
    known = {variable.code for variable in snapshot.protocol.variables}
    variables: dict[str, Variable] = {}
    for one in series:
        if one.variable.code in known or not _says_anything(one):
            continue
        variables.setdefault(one.variable.code, one.variable)
    arms = [to_table(choice) for choice in codings.added.get(codes.ARM, ())]
    choices = [
        {**to_table(choice), "variable": code}
        for code, added in codings.added.items()
        if code in known and code != codes.ARM
        for choice in added
    ]
    additions = {
        "variables": [to_table(variable) for variable in variables.values()],
        "arms": arms,
        "arm_order": _arm_order(series, snapshot) if arms else [],
        "visits": [to_table(visit) for visit in names.added],
        "choices": choices,
    }
    return {key: value for key, value in additions.items() if value}


def has_foreign_arms(protocol: Protocol, codings: Codings) -> bool:
    """Whether the arms of the files are those of another trial: at most one is the protocol's."""
    used = set(codings.coding(codes.ARM).values())
    added = {choice.code for choice in codings.added.get(codes.ARM, ())}
    own = {arm.code for arm in protocol.arms} & used
    return bool(added) and len(own) <= 1


def _arm_order(series: Sequence[Series], snapshot: Snapshot) -> list[str]:
    """The arms as the files first name them, where the study has none of its own yet.

    Nothing in a blinded study: who comes first would tell an arm.
    """
    if snapshot.blinded or snapshot.arms_visible:
        return []
    found: dict[str, None] = {}
    for one in series:
        if one.variable.code == codes.ARM:
            _places, first = np.unique(one.typed.text[one.typed.text >= 0], return_index=True)
            in_order = one.typed.text[one.typed.text >= 0][np.sort(first)]
            found.update(dict.fromkeys(one.typed.texts[place] for place in in_order.tolist()))
    return list(found)


def _says_anything(series: Series) -> bool:
    """Whether any element is a value, or a word for none."""
    return bool(((series.typed.state == State.VALUE) | (series.typed.state == State.MISSING)).any())
