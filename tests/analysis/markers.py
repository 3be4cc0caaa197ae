"""Small studies of one or two markers, written as a laboratory's list: patient, visit, day, value as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mirocals_desktop.protocol.model import Classes, Label, Limits, Variable
from mirocals_desktop.study.snapshot import Snapshot
from tests.made_up_study import PROTOCOL, Values, label, made_up

PNFH = "csf_pnfh"
TREG = "treg_percent"

MARKER_PROTOCOL = dataclasses.replace(
    PROTOCOL,
    variables=(
        *PROTOCOL.variables,
        Variable(
            PNFH,
            label("CSF pNFH"),
            "number",
            "visit",
            unit="pg/mL",
            specimen="csf",
            assay=Limits(62.5, 10000),
        ),
    ),
    classes=(
        Classes(
            PNFH,
            "BL",
            (750.0, 3700.0),
            (Label("low", "bas"), Label("middle", "moyen"), Label("high", "haut")),
        ),
    ),
)

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
    day is a repeat. Patients come in order of appearance, randomised on 2024-01-01.
    """
    lists = {variable: rows, **(others or {})}
    names = list(dict.fromkeys(row[0] for some in lists.values() for row in some))
    facts = {name: {"randomisation_date": "2024-01-01", **(patients or {}).get(name, {})} for name in names}
    for name in patients or {}:
        facts.setdefault(name, {"randomisation_date": "2024-01-01", **(patients or {})[name]})
    study = made_up(facts, protocol=MARKER_PROTOCOL, data_cut=None)
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
    table = study.patients.copy()
    for column in [name for name in table if name.endswith("_date")]:
        known = pd.to_datetime(table[column].where(table[column] != "", None), format="%Y-%m-%d")
        origin = pd.Timestamp("2024-01-01")
        table[column.removesuffix("_date") + "_day"] = (known - origin) / np.timedelta64(1, "D")
    return dataclasses.replace(study, measurements=measurements, options=options, patients=table)
