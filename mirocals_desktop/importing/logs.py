"""Records of repeating logs: a line of a file is the stored record that says the same thing, else a new one.

Lines are told by what names them (the event and its start, the sample's number, the date of the dose), not by
their place, so that a log that grew or was sorted otherwise comes back as the same records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from mirocals_desktop.importing.batch import Ints
from mirocals_desktop.importing.plan import TablePlan
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.values import State
from mirocals_desktop.importing.whose import TableRows, Whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_ANCHORS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    codes.LOG_ADVERSE_EVENT: (("ae_term", "ae_start_date"), ("ae_term",)),
    codes.LOG_DOSE: (("dose_cycle", "dose_date"), ("dose_date",), ("dose_cycle",)),
    codes.LOG_MEDICATION: (("medication_name", "medication_start_date"), ("medication_name",)),
    codes.LOG_SAMPLE: (("sample_id",), ("sample_type", "sample_collected_date")),
    codes.LOG_DEVIATION: (("deviation_date", "deviation_description"), ("deviation_description",)),
}
"""For each log the sets of variables that name a record, the most telling first."""

Anchor = tuple[str, ...]


def number_records(
    table: TablePlan,
    rows: TableRows,
    series: Sequence[Series],
    whose: Whose,
    stored: pd.DataFrame | None,
    protocol: Protocol,
    taken: Mapping[str, int],
) -> Ints:
    """The record number of each row of a log's table.

    `stored` is the log as the study has it, `taken` the highest record number in use of each patient, which
    tables of the same log that were numbered before may have raised.
    """
    own = {one.variable.code: one for one in series if one.table is table}
    anchor = _choose_anchor(table.log, own, protocol)
    texts = [_texts_of(own[code], len(rows.patient)) for code in anchor]
    known = _stored_anchors(stored, anchor)
    names = whose.words.array()
    highest = dict(taken)
    used: Counter[tuple[str, Anchor]] = Counter()
    records = np.zeros(len(rows.patient), dtype=np.int64)
    for at in np.flatnonzero(rows.taken).tolist():
        patient = str(names[rows.patient[at]])
        said = tuple(text[at] for text in texts)
        place = (patient, said)
        earlier = known.get(place, ())
        if any(said) and used[place] < len(earlier):
            records[at] = earlier[used[place]]
        else:
            highest[patient] = highest.get(patient, 0) + 1
            records[at] = highest[patient]
        used[place] += 1
    return records


def _choose_anchor(log: str, own: Mapping[str, Series], protocol: Protocol) -> tuple[str, ...]:
    for anchor in _ANCHORS.get(log, ()):
        if all(code in own for code in anchor):
            return anchor
    of_log = [variable.code for variable in protocol.of_scope("log", log=log) if variable.code in own]
    return tuple(of_log or own)


def _texts_of(one: Series, count: int) -> list[str]:
    texts = [""] * count
    typed = one.typed
    for place, at in enumerate(one.at.tolist()):
        if typed.state[place] != State.VALUE:
            continue
        code = typed.text[place]
        text = typed.texts[code] if code >= 0 else f"{typed.number[place]:.12g}"
        texts[at] = plain_name(text) or text
    return texts


def _stored_anchors(
    stored: pd.DataFrame | None, anchor: tuple[str, ...]
) -> dict[tuple[str, Anchor], list[int]]:
    known: dict[tuple[str, Anchor], list[int]] = {}
    if stored is None or not len(stored) or any(code not in stored.columns for code in anchor):
        return known
    columns = [[_stored_text(value) for value in stored[code].tolist()] for code in anchor]
    for patient, record, *said in zip(
        stored["patient"].tolist(), stored["record"].tolist(), *columns, strict=True
    ):
        known.setdefault((str(patient), tuple(said)), []).append(int(record))
    return known


def _stored_text(value: object) -> str:
    text = f"{value:.12g}" if isinstance(value, float) and not np.isnan(value) else str(value)
    text = "" if text == "nan" else text
    return plain_name(text) or text
