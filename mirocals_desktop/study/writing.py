"""An act made ready to be written: checked against what stands, and sealed where the study is blinded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.protocol.reader import extend
from mirocals_desktop.study import observation, sealing
from mirocals_desktop.study.blinding import DATE_VARIABLES, Blinding, check_names, hiding_of
from mirocals_desktop.study.checks import check_observations
from mirocals_desktop.study.columns import WORDS, Flags, keys_of, rivals
from mirocals_desktop.study.ledger import Entry, Row
from mirocals_desktop.study.memory import Memory
from mirocals_desktop.study.sealing import Place, Sealer, Value
from mirocals_desktop.study.state import State, check_option
from mirocals_desktop.study.store import PACKED, ROW, SEPARATOR

_SLICE: Final = 2048


@dataclass(frozen=True)
class Act:
    """What an entry will hold, with nothing restricted left in it."""

    reason: str
    details: Mapping[str, Any]
    rows: list[Row]


def prepare(memory: Memory, *, reason: str, details: Mapping[str, Any], observations: pd.DataFrame) -> Act:
    """Check an act and seal what must be. See `Study.record` for what is refused."""
    state = memory.state()
    details = dict(details)
    protocol = state.protocol
    if details.get("additions"):
        details["additions"] = _with_seals(details["additions"], blinded=state.blinded)
        protocol = extend(protocol, details["additions"])
    check_observations(observations, protocol)
    if details.get("options"):
        patients = {*memory.columns.words["patient"], *observations["patient"]}
        details["options"] = {
            name: check_option(protocol, name, value, patients) for name, value in details["options"].items()
        }
    _check_replaced(memory, state, observations, reason=reason)
    _check_rivals(memory, state, observations, protocol)
    sealed: dict[int, bytes] = {}
    if state.blinded:
        check_names(observations, protocol)
        must = _find_restricted(memory, state, observations, protocol)
        hiding = hiding_of(observations[must], protocol)
        details, reason = hiding.details(details), hiding.text(reason)
        sealed = _seal(state, observations, must)
        observations = _without_values(observations, must)
    return Act(reason, details, _rows(memory, observations, sealed))


def check_withdrawal(memory: Memory, withdrawal: Entry) -> None:
    """AppError when a withdrawal would bring back values whose place was taken since."""
    entries = [*memory.entries, withdrawal]
    state = memory.fold(entries)
    if len(rivals(keys_of(memory.columns, memory.standing(state)), dated=_dated(memory, state.protocol))):
        raise AppError(
            _("What entry {number} took away cannot come back: other values have taken its place.").format(
                number=withdrawal.details["entry"]
            ),
            hint=_("Withdraw the later import first."),
        )


def _check_replaced(memory: Memory, state: State, observations: pd.DataFrame, *, reason: str) -> None:
    """Only what stands can be replaced, by a value of the same thing, and with a reason."""
    replacing = observations[observations["replaces"] > 0]
    if not len(replacing):
        return
    if not reason.strip():
        raise AppError(_("Replacing a saved value needs a reason."))
    rows = memory.standing(state)
    ids = memory.columns.codes["id"][rows]
    replaced = replacing["replaces"].to_numpy()
    if not np.isin(replaced, ids).all() or len(np.unique(replaced)) < len(replaced):
        raise AppError(
            _("A value that is to be replaced was replaced or withdrawn in the meantime."),
            hint=_("Look at the study as it is now and try again."),
        )
    rows = rows[np.searchsorted(ids, replaced)]
    for name in ("patient", "variable"):
        if bool((memory.columns.text_of(name, rows) != replacing[name].to_numpy()).any()):
            raise ValueError(f"an observation replaces one of another {name}")


def _check_rivals(memory: Memory, state: State, observations: pd.DataFrame, protocol: Protocol) -> None:
    """No two values that stand may claim the same place."""
    standing = memory.standing(state)
    ids = memory.columns.codes["id"][standing]
    standing = standing[~np.isin(ids, observations["replaces"].to_numpy())]
    keys = np.concatenate([keys_of(memory.columns, standing), memory.columns.keys_of_new(observations)])
    for position in rivals(keys, dated=_dated(memory, protocol)).tolist():
        row = observations.iloc[position - len(standing)]
        raise AppError(
            _("Patient {patient} would have two values of {variable} (visit “{visit}”, cell {cell}).").format(
                patient=row["patient"],
                variable=row["variable"],
                visit=row["visit"] or "–",
                cell=f"{row['sheet']}!{row['cell']}",
            ),
            hint=_("Decide which one counts: leave one out, or let one replace the other."),
        )


def _dated(memory: Memory, protocol: Protocol) -> Flags:
    return memory.columns.words["variable"].flags(variable.code for variable in protocol.of_scope("visit"))


def _find_restricted(memory: Memory, state: State, observations: pd.DataFrame, protocol: Protocol) -> Flags:
    """Which of new observations must be sealed."""
    blinding = Blinding(protocol)
    must = np.zeros(len(observations), dtype=bool)
    restricted = np.flatnonzero(observations["variable"].isin(list(blinding.restricted())))
    if not len(restricted):
        return must
    dates = memory.dose_dates(state, replaced=observations["replaces"].to_numpy())
    telling = observations[observations["variable"].isin(DATE_VARIABLES)]
    dates.add(zip(_places(telling), telling["text"].tolist(), strict=True))
    some = observations.iloc[restricted]
    must[restricted] = [
        blinding.must_seal(dates, place, date=date)
        for place, date in zip(_places(some), some["date"].tolist(), strict=True)
    ]
    return must


def _seal(state: State, observations: pd.DataFrame, must: Flags) -> dict[int, bytes]:
    """The sealed values of the rows that must be, by their position in the frame."""
    if not must.any():
        return {}
    sealer = Sealer(sealing.decode(state.public_key), study_id=state.study_id)
    secret = observations[must]
    numbers = [None if np.isnan(number) else float(number) for number in secret["number"]]
    texts = (secret[name].tolist() for name in ("text", "qualifier", "unit", "raw"))
    values = [Value(*value) for value in zip(numbers, *texts, strict=True)]
    positions = np.flatnonzero(must).tolist()
    return {
        position: sealer.seal(value, place)
        for position, value, place in zip(positions, values, _places(secret), strict=True)
    }


def _without_values(observations: pd.DataFrame, must: Flags) -> pd.DataFrame:
    """The observations with nothing left of the values that were sealed."""
    observations = observations.copy()
    observations.loc[must, "number"] = np.nan
    observations.loc[must, ["text", "qualifier", "unit", "raw"]] = ""
    return observations


def _rows(memory: Memory, observations: pd.DataFrame, sealed: Mapping[int, bytes]) -> list[Row]:
    """New observations as the store keeps them."""
    count = len(observations)
    first = memory.columns.last_id + 1
    columns: dict[str, Sequence[Any]] = {name: observations[name].tolist() for name in observation.COLUMNS}
    for name in PACKED:
        if name in WORDS:  # the sign that parts packed columns becomes its picture inside a text
            columns[name] = [text.replace(SEPARATOR, "\u241f") for text in columns[name]]
    columns["number"] = [None if np.isnan(number) else number + 0.0 for number in observations["number"]]
    columns["id"] = range(first, first + count)
    columns["entry"] = [len(memory.entries) + 1] * count
    columns["sealed"] = [sealed.get(position) for position in range(count)]
    rows: list[Row] = []
    for start in range(0, count, _SLICE):  # in one go it would hold the interpreter, and with it the window
        rows.extend(zip(*(columns[name][start : start + _SLICE] for name in ROW), strict=True))
    return rows


def _places(observations: pd.DataFrame) -> list[Place]:
    names = (observations[name].tolist() for name in ("patient", "variable", "visit", "record"))
    return [Place(*place) for place in zip(*names, strict=True)]


def _with_seals(additions: Mapping[str, Any], *, blinded: bool) -> dict[str, Any]:
    """Additions; in a blinded study a new measurement is sealed after the first dose if it says nothing."""
    if not blinded:
        return dict(additions)
    variables = [
        {"seal": "after_first_dose", **item} if item.get("kind") in ("number", "integer") else dict(item)
        for item in additions.get("variables", ())
    ]
    return {**additions, "variables": variables}
