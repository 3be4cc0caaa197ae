"""What observations must be before they are written: a mistake here is a bug of whoever made them.

Problems of the data were issues long before; nothing of them reaches this point. The messages name places,
not values: they may end in a log, and the study may be blinded.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study import observation
from mirocals_desktop.study.dates import span_of

_NUMERIC: Final = ("number", "integer")
_QUALIFIERS: Final = ("", "<", ">")


def check_observations(observations: pd.DataFrame, protocol: Protocol) -> None:
    """ValueError when the frame is not what `observation` describes, or names what the protocol has not."""
    if list(observations.columns) != list(observation.COLUMNS):
        raise ValueError(f"columns must be those of observation.COLUMNS, not {list(observations.columns)}")
    for name, dtype in observation.COLUMNS.items():
        column = observations[name]
        if dtype == "str":
            if pd.api.types.infer_dtype(column, skipna=False) not in ("string", "empty"):
                raise ValueError(f"{name} must be text everywhere, empty where there is none")
        elif str(column.dtype) != dtype:
            raise ValueError(f"{name} must be {dtype}, not {column.dtype}")
    known = {variable.code: variable for variable in protocol.variables}
    variable = observations["variable"]
    _check(observations, variable.isin(list(known)), "variable must be one of the protocol's")
    _check(observations, observations["patient"].str.strip() != "", "patient must not be empty")
    visits = ["", *(visit.code for visit in protocol.visits)]
    _check(observations, observations["visit"].isin(visits), "visit must be one of the protocol's, or empty")
    _check(observations, observations["record"] >= 0, "record must not be below 0")
    _check(observations, observations["qualifier"].isin(_QUALIFIERS), "qualifier must be <, > or empty")
    _check_dates(observations, observations["date"], "date")

    has_number = observations["number"].notna()
    has_text, has_missing = observations["text"] != "", observations["missing"] != ""
    said = has_number.astype(int) + has_text + has_missing
    beyond = (said == 0) & (observations["qualifier"] != "")  # "<LLOQ", and nobody says what the limit is
    _check(observations, (said == 1) | beyond, "exactly one of number, text and missing must say something")
    _check(observations, np.isfinite(observations["number"].fillna(0)), "number must be finite")
    kind = variable.map({code: item.kind for code, item in known.items()})
    numeric = kind.isin(_NUMERIC)
    _check(observations, ~has_number | numeric, "only a numeric variable has a number")
    _check(observations, ~(numeric & has_text), "a numeric variable has no text")
    broken = observations["number"].fillna(0) % 1 != 0
    _check(observations, ~((kind == "integer") & broken), "a whole number must be whole")
    _check_dates(observations, observations["text"].where(kind == "date", ""), "text of a date variable")
    for chosen in variable[(kind == "choice") & has_text].unique():
        choices = [choice.code for choice in known[chosen].choices]
        own = (variable == chosen) & has_text
        _check(observations, ~own | observations["text"].isin(choices), f"text must be a choice of {chosen}")


def _check_dates(observations: pd.DataFrame, texts: pd.Series[str], what: str) -> None:
    wrong = [text for text in texts.unique() if text and span_of(text) is None]
    _check(observations, ~texts.isin(wrong), f"{what} must be an ISO date")


def _check(observations: pd.DataFrame, holds: pd.Series[bool], rule: str) -> None:
    if not bool(holds.all()):
        row = observations.loc[~holds.to_numpy(dtype=bool)].iloc[0]
        place = (
            f"patient {row['patient']!r}, variable {row['variable']!r}, cell {row['sheet']!r}!{row['cell']}"
        )
        raise ValueError(f"{rule}: {place}")
