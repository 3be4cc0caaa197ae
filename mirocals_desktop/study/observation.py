"""What an observation is: one value of one variable for one patient, with the cell it came from.

Observations travel in bulk as a pandas frame with the columns below: importing makes such a frame, the study
writes it, the snapshot gives it back with what the ledger adds. One row is one value. Missing text is "",
never None or NaN; a missing number is NaN.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

COLUMNS: Final[dict[str, str]] = {
    # what it is a value of
    "patient": "str",  # the patient's id as the study writes it
    "variable": "str",  # code of the protocol's variable
    "visit": "str",  # code of the visit; "" where the file names none
    "record": "int64",  # row of a repeating log, from 1; repeats of one visit from 2; 0 elsewhere
    "date": "str",  # when: ISO date as precise as it is known: "2018", "2018-03", "2018-03-04" or ""
    # the value: exactly one of number, text and missing says something; none of them but the qualifier where
    # a value lies beyond a limit that nobody tells ("<LLOQ")
    "number": "float64",  # in the variable's own unit
    "text": "str",  # a choice's code, an ISO date (precision as above), or free text
    "qualifier": "str",  # "<" or ">" before a number beyond the assay's range, else ""
    "missing": "str",  # why there is no value: "not done", "not found", "unknown", ... as codes
    # where it came from
    "unit": "str",  # as the file gave it
    "raw": "str",  # the cell's text, exactly
    "file": "str",
    "sheet": "str",
    "cell": "str",
    # what it takes the place of
    "replaces": "int64",  # id of the observation it replaces; 0 for none
}

STORED: Final[dict[str, str]] = {
    "id": "int64",  # number of the observation in the study
    **COLUMNS,
    "entry": "int64",  # number of the audit entry that brought it
    "sealed": "bool",  # a value is there, but sealed: number and text are empty
}

KEY: Final = ("patient", "variable", "visit", "date", "record")
"""What makes two observations rival values of the same thing; see `key_date` for the date's part in it."""


def empty(columns: dict[str, str] = COLUMNS) -> pd.DataFrame:
    """A frame of no observations, with the right column types."""
    return pd.DataFrame({name: pd.Series(dtype=_dtype(kind)) for name, kind in columns.items()})


def frame(columns: dict[str, object]) -> pd.DataFrame:
    """Observations from the columns that are known; every other column says "nothing".

    `columns` maps names of `COLUMNS` to sequences of one length. Raises ValueError for an unknown name.
    """
    unknown = set(columns) - set(COLUMNS)
    if unknown:
        raise ValueError(f"not columns of an observation: {sorted(unknown)}")
    given = pd.DataFrame(columns, copy=False)  # a copy of millions of texts would hold the window
    made = {}
    for name, kind in COLUMNS.items():
        if name not in given:
            empty = np.nan if kind == "float64" else 0 if kind == "int64" else ""
            made[name] = np.full(len(given), empty, dtype=_dtype(kind))
        else:
            made[name] = given[name].to_numpy().astype(_dtype(kind), copy=kind != "str")
    return pd.DataFrame(made, index=given.index, copy=False)


def key_date(observations: pd.DataFrame, visit_variables: frozenset[str]) -> pd.Series[str]:
    """The date as far as it tells observations apart: only of visit variables whose row names no visit.

    Two blood counts without a visit name are the same one when their dates are the same; a patient's death
    is the same fact whenever it was written down.
    """
    tells = (observations["visit"] == "") & observations["variable"].isin(visit_variables)
    return observations["date"].where(tells, "")


def _dtype(kind: str) -> str:
    return "object" if kind == "str" else kind
