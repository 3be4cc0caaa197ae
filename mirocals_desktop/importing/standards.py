"""Columns that data standards (CDISC, REDCap, OpenClinica) put beside the data: numbers of rows, copies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mirocals_desktop.importing.batch import Ints
from mirocals_desktop.importing.openclinica import headers_of_events, housekeeping
from mirocals_desktop.importing.seen import Seen
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes

_CDISC: Final = re.compile(
    r"studyid|domain|[a-z]{2}(?:seq|spid|grpid|refid|lnkid|blfl)|ageu|avalu|ablfl|avisitn|paramn|srcdom|srcseq"
    r"|base|basec|chg|pchg|anl\d\dfl|dtype|shift\d|r2base|[a-z]{2}(?:cat|scat|method|stat|loc|pos|fast)"
)
_REDCAP: Final = re.compile(
    r"redcap repeat (?:instrument|instance)|redcap event name|redcap survey identifier|.+ complete"
)
_HOUSEKEEPING: Final = ("left_out/housekeeping", 0.9)
_FORM_STAMPS: Final = frozenset(
    ("horodateur", "timestamp", "zeitstempel", "submission date", "completion time")
)
"""When somebody filled in a form on the web, which says nothing of a patient."""
_STUDY_DAY: Final = re.compile(r"([a-z]{2})(?:st|en)?dy|ady")
_DATE_OF_DOMAIN: Final = re.compile(r"([a-z]{2})(?:st|en)?dtc|adt")


def roles_of_standards(
    table: Table, seen: Sequence[Seen], *, visit: Seen | None
) -> dict[str, tuple[str, float]]:
    """The columns that a standard table has for its own order, each left out with the reason."""
    headers = {column.key: plain_name(column.header.text) for column in seen}
    said = set(headers.values())
    roles: dict[str, tuple[str, float]] = {}
    if "usubjid" in said:
        dated = any(_DATE_OF_DOMAIN.fullmatch(header) for header in said)
        for key, header in headers.items():
            numbered = header == "visitnum" and visit is not None and key != visit.key
            derived = (dated and bool(_STUDY_DAY.fullmatch(header))) or (
                header.endswith("dy") and bool({header[:-1] + "t", header[:-1] + "tc"} & said)
            )
            if header == "dsstdtc" and "dsdecod" in said:  # what happened then stands in DSDECOD
                roles[key] = (f"var:{codes.END_OF_FOLLOW_UP_DATE}", 0.9)
            elif header == "dsterm" and "dsdecod" in said:
                roles[key] = ("left_out/duplicate", 0.9)
            elif _CDISC.fullmatch(header) or header in ("subjid", "usubjid") or numbered or derived:
                roles[key] = _HOUSEKEEPING
    elif "record id" in said or any(header.startswith("redcap ") for header in said):
        for column in seen:
            form = plain_name(column.header.text.replace("_", " "))
            numbers = column.profile.numbers
            whole = not form.endswith("complete") or bool(np.isin(numbers, (0, 1, 2)).all())
            if _REDCAP.fullmatch(form) and whole:
                roles[column.key] = _HOUSEKEEPING
    elif stamps := said & _FORM_STAMPS:
        roles = {key: _HOUSEKEEPING for key, header in headers.items() if header in stamps}
    elif {"d", "t", "st", "t0"} <= said:  # Stata's stset: the event, the time, in the analysis, late entry
        own = {"d": (f"var:{codes.VITAL_STATUS}", 0.6), "st": _HOUSEKEEPING, "t0": _HOUSEKEEPING}
        roles = {key: own[header] for key, header in headers.items() if header in own}
    elif of_events := headers_of_events(table):
        items = {c.key: of_events.get(c.place.column, (c.header.text, ""))[0] for c in seen}
        roles = dict.fromkeys(housekeeping(items), _HOUSEKEEPING)
    return roles


def roles_of_copies(
    table: Table, seen: Sequence[Seen], best: Mapping[str, str], chosen: Mapping[str, tuple[str, float]]
) -> dict[str, tuple[str, float]]:
    """The columns that say in every row what the column that was taken for the same variable says.

    `best` is the likeliest meaning of each column.
    """
    taken = {choice: key for key, (choice, _score) in chosen.items() if choice.startswith("var:")}
    by_key = {column.key: column for column in seen}
    roles = {}
    for column in seen:
        original = taken.get(best.get(column.key, ""))
        if column.key in chosen or original is None or not column.profile.said:
            continue
        other = by_key[original]
        if other.header.visit == column.header.visit and _same_cells(table, column, other):
            roles[column.key] = ("left_out/duplicate", 0.9)
    return roles


def _same_cells(table: Table, column: Seen, other: Seen) -> bool:
    """Whether two columns say the same in every row; a blank in the first says nothing."""
    words: dict[str, int] = {"": -1}

    def numbers(one: Seen) -> Ints:
        places, texts = table.sheet.distinct_texts(one.place.column, table.rows)
        codes = np.array([words.setdefault(choice_key(text), len(words)) for text in texts] or [-1])
        return np.asarray(codes[places], dtype=np.int64)

    first, second = numbers(column), numbers(other)
    return bool(((first == second) | (first == -1)).all())
