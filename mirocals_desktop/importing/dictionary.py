"""The data dictionary of a REDCap project among the files: labels of fields, and what codes mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from mirocals_desktop.importing.grid import Sheet
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.words import plain_name

_NAME: Final = ("variable field name", "field name")
_TYPE: Final = ("field type",)
_LABEL: Final = ("field label",)
_CHOICES: Final = (
    "choices calculations or slider labels",
    "choices or calculations",
    "select choices or calculations",
)
_SEARCHED_ROWS: Final = 5
_SEARCHED_COLUMNS: Final = 40
_YES_NO: Final = {"1": "Yes", "0": "No"}
_TRUE_FALSE: Final = {"1": "True", "0": "False"}


@dataclass(frozen=True)
class Field:
    """One field: its label, and the words of its codes by `choice_key`; () codes for a free value."""

    label: str
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def is_dictionary(sheet: Sheet) -> bool:
    """Whether a sheet describes fields instead of holding data."""
    return _header_row(sheet) >= 0


def read_dictionary(sheets: Iterable[Sheet]) -> dict[str, Field]:
    """The fields of every dictionary among some sheets, by the plain headers of their columns."""
    fields: dict[str, Field] = {}
    for sheet in sheets:
        header = _header_row(sheet)
        if header >= 0:
            columns = [_texts(sheet, header, names) for names in (_NAME, _TYPE, _LABEL, _CHOICES)]
            for name, kind, label, choices in zip(*columns, strict=True):
                fields.update(_fields_of(name.strip(), kind.strip().casefold(), _bare(label), choices))
    return fields


def _fields_of(name: str, kind: str, label: str, choices: str) -> Iterable[tuple[str, Field]]:
    """A field by its column's name; a field of check boxes has a column for each box."""
    if not name:
        return
    if kind == "yesno":
        yield plain_name(name), Field(label, _keyed(_YES_NO))
    elif kind == "truefalse":
        yield plain_name(name), Field(label, _keyed(_TRUE_FALSE))
    elif kind in ("radio", "dropdown"):
        yield plain_name(name), Field(label, _keyed(_pairs(choices)))
    elif kind == "checkbox":
        for code, word in _pairs(choices).items():
            yield plain_name(f"{name}___{code}"), Field(f"{label}: {word}", _keyed(_YES_NO))
    elif kind != "descriptive":
        yield plain_name(name), Field(label)


def _pairs(choices: str) -> dict[str, str]:
    """Codes and words of "1, Yes | 0, No"."""
    found = {}
    for part in choices.split("|"):
        code, comma, word = part.partition(",")
        if comma and code.strip() and word.strip():
            found[code.strip()] = _bare(word)
    return found


def _keyed(choices: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({choice_key(code): word for code, word in choices.items()})


def _bare(text: str) -> str:
    """A label without the marks of a web page that REDCap keeps in it."""
    return " ".join(re.sub(r"<[^>]{1,80}>", " ", text).split())


def _header_row(sheet: Sheet) -> int:
    """The row that names what is said of each field; -1 where no row does."""
    for row in range(min(_SEARCHED_ROWS, sheet.n_rows)):
        said = {
            plain_name(sheet.text(row, column)) for column in range(min(sheet.n_columns, _SEARCHED_COLUMNS))
        }
        if all(said & set(names) for names in (_NAME, _TYPE, _LABEL)):
            return row
    return -1


def _texts(sheet: Sheet, header: int, names: tuple[str, ...]) -> list[str]:
    rows = np.arange(header + 1, sheet.n_rows)
    for column in range(sheet.n_columns):
        if plain_name(sheet.text(header, column)) in names:
            return sheet.texts(column, rows)
    return [""] * len(rows)
