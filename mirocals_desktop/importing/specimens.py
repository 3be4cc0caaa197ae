"""In what something was measured: specimens as files name them, and the variables that each can belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from mirocals_desktop.importing.plan import TablePlan
from mirocals_desktop.importing.seen import Seen
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import Rows
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Variable

_WORDS: Final = {
    "csf": r"csf|lcr|lcs|cerebro ?spinal(?: fluid)?|cephalo ?rachidien|liquor",
    "serum": r"serum|serums|serique|seriques|sera",
    "plasma": r"plasma|plasmas|plasmatique|plasmatiques",
    "blood": r"blood|sang|sanguin|sanguins|sanguine|sanguines|pbmc",
    "urine": r"urine|urines|urinary|urinaire|urinaires",
    "saliva": r"saliva|salive|salivaire",
}
_ANY: Final = {code: re.compile(rf"\b(?:{words})\b") for code, words in _WORDS.items()}
_OF_BLOOD: Final = frozenset({"blood", "serum", "plasma"})
_HEADERS: Final = re.compile(
    r"(?:(?:sample|specimen|samples|biological|biofluid|fluid|tube)? ?"
    r"(?:type|matrix|material|specimen|fluid|sample|tube)|lbspec|biofluid|biospecimen|matrice|milieu|liquide"
    r"|nature(?: du prelevement| de l echantillon)?|type (?:de|d) (?:prelevement|echantillon|tube)"
    r"|echantillon|prelevement|fluide)"
)
_KNOWN_SHARE: Final = 0.8
_SHORT: Final = {
    **dict.fromkeys(("ser", "srm", "se"), "serum"),
    **dict.fromkeys(("pla", "plas", "plm", "pl", "edta", "hep"), "plasma"),
    **dict.fromkeys(("lcr", "csf", "lcs"), "csf"),
    **dict.fromkeys(("uri", "ur"), "urine"),
}
"""How names of samples cut the names of specimens short."""


def specimen_of(text: str) -> str:
    """The specimen that a text names, "" for none or several: "Serum NfL (pg/mL)" names serum."""
    plain = plain_name(text)
    named = [code for code, words in _ANY.items() if words.search(plain)]
    if len(named) == 2 and "blood" in named and _OF_BLOOD.issuperset(named):
        named.remove("blood")  # "blood (serum)" is serum
    return named[0] if len(named) == 1 else ""


def specimen_of_table(table: Table) -> str:
    """The specimen that the name of the sheet or a title names, where they do not name several."""
    named = {specimen_of(text) for text in (table.sheet.name, *table.titles)} - {""}
    return named.pop() if len(named) == 1 else ""


def can_hold(variable: Variable, specimen: str) -> bool:
    """Whether values measured in a specimen can be a variable's: serum is blood, and nothing else is CSF.

    "" and variables without a specimen fit everything.
    """
    own = specimen_of(variable.specimen)
    if not own or not specimen or own == specimen:
        return True
    return "blood" in (own, specimen) and _OF_BLOOD.issuperset((own, specimen))


def find_specimens(
    seen: Sequence[Seen], chosen: Mapping[str, tuple[str, float]], measured: Sequence[str]
) -> dict[str, tuple[str, float]]:
    """The column that says of each row in what was measured, where `measured` columns are in the table."""
    if not measured:
        return {}
    for column in seen:
        texts = column.profile.texts
        if column.key in chosen or column.header.part or not texts:
            continue
        if not any(_HEADERS.fullmatch(plain_name(name)) for name in (column.header.text, *column.names)):
            continue
        known = sum(count for text, count in texts.items() if specimen_of(text))
        if known >= _KNOWN_SHARE * sum(texts.values()):
            return {column.key: ("specimen", 0.95)}
    return {}


def tells_specimens(table: TablePlan) -> bool:
    """Whether the rows of a table say in what they were measured: in a column, or in names of samples."""
    return table.of_use("specimen") is not None or (
        table.names is not None and any(map(_of_sample, table.names.parts))
    )


def rows_by_specimen(table: TablePlan, at: Rows, header: str) -> list[tuple[Rows, str]]:
    """Some data rows by what was measured in them: as the header says, else the row, else the sheet."""
    column = table.of_use("specimen")
    own = specimen_of(header)
    whole = specimen_of_table(table.table)
    if own or not tells_specimens(table):
        return [(at, own or whole)]
    if column is not None:
        places, texts = table.table.sheet.distinct_texts(column.place.column, table.table.rows)
        codes = [specimen_of(text) or plain_name(text) or whole for text in texts]
    else:
        assert table.names is not None  # or nothing told of specimens
        places, texts = table.table.sheet.distinct_texts(table.names.column, table.table.rows)
        codes = [_of_sample(text) or whole for text in texts]
    named = np.array(codes or [whole], dtype=object)[places[at]]
    return [(at[named == one], str(one)) for one in sorted(set(named.tolist()))]


@lru_cache(maxsize=50_000)
def _of_sample(name: str) -> str:
    """The specimen that a sample's name holds, also as short as laboratories write it: "P01-V2-SER-01"."""
    words = [_SHORT.get(word, word) for word in plain_name(name.replace("_", " ")).split()]
    return specimen_of(" ".join(words))
