"""An act on queries or marks made ready to be written: numbered, filled in from the values, and sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from mirocals_desktop.study import ledger
from mirocals_desktop.study.blinding import Blinding
from mirocals_desktop.study.memory import Memory
from mirocals_desktop.study.queries import Reviews, check_steps, fold_reviews, hide_values, next_query
from mirocals_desktop.study.state import State

_MOST_NAMED: Final = 6  # queries in the line that says what an entry is about


def review_act(memory: Memory, kind: str, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The details of an entry of one of `ledger.REVIEWS`. AppError when the act cannot be."""
    if kind not in ledger.REVIEWS or not steps:
        raise ValueError(f"not an act on queries or marks: {kind!r}")
    state = memory.state()
    reviews = fold_reviews(memory.entries, state.withdrawn_by)
    checked = check_steps(kind, steps, reviews=reviews, next_number=next_query(memory.entries))
    if kind == ledger.QUERY_RAISED:
        checked = [_with_value(memory, state, step) for step in checked]
    if state.blinded:
        checked = hide_values(
            checked,
            blinding=Blinding(state.protocol),
            about=lambda step: _about(step, reviews),
            opened=lambda patient: _opened(memory, state, patient),
        )
    if kind == ledger.MARKED:
        return {"marks": checked, "about": _summary(_mark_summary(step) for step in checked)}
    return {"queries": checked, "about": _summary(_query_summary(step, reviews) for step in checked)}


def review_reason(kind: str, act: Mapping[str, Any]) -> str:
    """The reason that an entry gives: why a query was closed or reopened."""
    if kind not in (ledger.QUERY_CLOSED, ledger.QUERY_REOPENED):
        return ""
    return "; ".join(dict.fromkeys(str(step["text"]) for step in act["queries"]))


def _with_value(memory: Memory, state: State, step: Mapping[str, Any]) -> dict[str, Any]:
    """A step that raises a query with the value that it is about, and the cell that this came from."""
    told = dict(step)
    if not told.get("observation"):
        return told
    row = np.array([memory.row(int(told["observation"]))], dtype=np.int64)
    for name in ("file", "sheet", "cell"):
        told[name] = str(memory.columns.text_of(name, row)[0])
    seen = memory.seen(state, row)
    if not seen.sealed[0]:
        number = float(seen.number[0])
        told["number"] = number if number == number else None
        told["qualifier"] = str(seen.column("qualifier")[0])
        told["value_text"] = str(seen.text[0])
    return {name: value for name, value in told.items() if value not in ("", None)}


def _about(step: Mapping[str, Any], reviews: Reviews) -> tuple[str, str]:
    query = reviews.query(int(step["query"])) if "patient" not in step else None
    if query is not None:
        return query.patient, query.variable
    return str(step.get("patient", "")), str(step.get("variable", ""))


def _opened(memory: Memory, state: State, patient: str) -> pd.DataFrame:
    """The sealed observations of a patient with the values that this session has opened."""
    codes = memory.columns.codes["patient"]
    own = codes == memory.columns.words["patient"].get(patient, -1)
    rows = np.flatnonzero(own & memory.columns.is_sealed())
    seen = memory.seen(state, rows)
    return pd.DataFrame({name: seen.column(name) for name in ("variable", "text", "raw", "number")})


def _query_summary(step: Mapping[str, Any], reviews: Reviews) -> str:
    query = reviews.query(int(step["query"]))
    told = step if query is None else vars(query)
    parts = (f"Q{step['query']}", *(str(told.get(name) or "") for name in ("patient", "visit", "variable")))
    return " ".join(part for part in parts if part)


def _mark_summary(step: Mapping[str, Any]) -> str:
    what = " ".join(str(step[name]) for name in ("patient", "visit", "variable") if step.get(name))
    return f"{what}: {step['mark'] or '–'}"


def _summary(parts: Any) -> str:
    told = list(parts)
    more = f" (+{len(told) - _MOST_NAMED})" if len(told) > _MOST_NAMED else ""
    return ", ".join(told[:_MOST_NAMED]) + more
