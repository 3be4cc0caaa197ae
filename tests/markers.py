"""Small studies of one or two markers, written as a laboratory's list: patient, visit, day, value as text."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd
from made_up_study import Values, made_up
from marker_study import MARKER_PROTOCOL, PNFH, TREG

from mirocals_desktop.study.snapshot import Snapshot

__all__ = ["PNFH", "TREG", "Row", "markers"]

Row = tuple[str, str, float | None, str]


def markers(
    rows: Sequence[Row],
    *,
    variable: str = PNFH,
    patients: Mapping[str, Values] | None = None,
    others: Mapping[str, Sequence[Row]] | None = None,
    excluded: tuple[str, ...] = (),
) -> Snapshot:
    """A study with these measurements: patient, visit ("" for none), day (None: unknown), value.

    A value may begin with "<" or ">"; "sealed" is a sealed one; a second value of a patient at a visit and
    day is a repeat. Everybody is randomised on 2024-01-01. The patients are those of a real study; its
    measurements are put in as they are told, so that no visit is assigned by its day.
    """
    lists = {variable: rows, **(others or {})}
    names = [row[0] for some in lists.values() for row in some]
    facts = {
        name: {"randomisation_date": "2024-01-01", **(patients or {}).get(name, {})}
        for name in sorted({*names, *(patients or {})})
    }
    study = _study(json.dumps(facts))
    taken: dict[tuple[object, ...], int] = {}
    lines = []
    for code, some in lists.items():
        for patient, visit, day, text in some:
            place = (code, patient, visit, day)
            taken[place] = taken.get(place, 0) + 1
            sealed = text == "sealed"
            qualifier = text[0] if text[:1] in ("<", ">") else ""
            number = np.nan if sealed or text == qualifier else float(text.removeprefix(qualifier))
            lines.append(
                {
                    "id": 1000 + len(lines),
                    "patient": patient,
                    "variable": code,
                    "visit": visit,
                    "record": taken[place] if taken[place] > 1 else 0,
                    "date": "",
                    "day": np.nan if day is None else float(day),
                    "day_planned": False,
                    "number": number,
                    "qualifier": qualifier,
                    "unit": "",
                    "sealed": sealed,
                }
            )
    measurements = pd.DataFrame(lines)
    options = dataclasses.replace(study.options, excluded=excluded)
    measured = frozenset(measurements["variable"])
    return dataclasses.replace(study, measurements=measurements, measured=measured, options=options)


@cache
def _study(facts: str) -> Snapshot:
    return made_up(json.loads(facts), protocol=MARKER_PROTOCOL, data_cut=None)
