"""Data dictionaries of REDCap and books of codes among the files: labels of fields, and what codes mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from mirocals_desktop.importing.grid import Sheet
from mirocals_desktop.importing.header_words import names_patients
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.words import PATIENT_WORDS, plain_name, word_list

_NAME: Final = ("variable field name", "field name")
_TYPE: Final = ("field type",)
_LABEL: Final = ("field label",)
_CHOICES: Final = (
    "choices calculations or slider labels",
    "choices or calculations",
    "select choices or calculations",
)
_BOOK: Final = (
    word_list("variable, variables, champ, field, item, column, colonne, nom de la variable, variable name"),
    word_list("code, codes, valeur, value, modalite, codage, code value"),
    word_list(
        """
        signification, meaning, libelle, label, value label, libelle de la modalite, description,
        libelle du code, signification du code, bedeutung, decode
        """
    ),
)
"""Headers of a book of codes: the variable, one of its codes, and what that means; a row for each code."""
_MOST_COLUMNS: Final = 6
_SEARCHED_ROWS: Final = 5
_SEARCHED_COLUMNS: Final = 40
_YES_NO: Final = {"1": "Yes", "0": "No"}
_TRUE_FALSE: Final = {"1": "True", "0": "False"}


@dataclass(frozen=True)
class Field:
    """One field: its label, and the words of its codes by `choice_key`; () codes for a free value.

    `typed` tells that a person keeps the book of these codes, and no program.
    """

    label: str
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    typed: bool = False


def is_dictionary(sheet: Sheet) -> bool:
    """Whether a sheet describes fields instead of holding data."""
    return _header_row(sheet) >= 0 or bool(_read_book(sheet))


def read_dictionary(sheets: Iterable[Sheet]) -> dict[str, Field]:
    """The fields of every dictionary among some sheets, by the plain headers of their columns."""
    fields: dict[str, Field] = {}
    for sheet in sheets:
        header = _header_row(sheet)
        if header >= 0:
            columns = [_texts(sheet, header, names) for names in (_NAME, _TYPE, _LABEL, _CHOICES)]
            for name, kind, label, choices in zip(*columns, strict=True):
                fields.update(_fields_of(name.strip(), kind.strip().casefold(), _bare(label), choices))
        else:
            fields.update(_read_book(sheet))
    return fields


def _read_book(sheet: Sheet) -> dict[str, Field]:
    """The fields of a book of codes, by the plain names of their variables; {} for any other sheet."""
    if sheet.n_columns > _MOST_COLUMNS:
        return {}
    for row in range(min(_SEARCHED_ROWS, sheet.n_rows)):
        said = [plain_name(sheet.text(row, column)) for column in range(sheet.n_columns)]
        others = [name for name in said if not any(name in names for names in _BOOK)]
        if any(name in PATIENT_WORDS or names_patients(name) for name in others):
            return {}
        places = [[n for n, name in enumerate(said) if name in names] for names in _BOOK]
        # "Libellé" of the variable stands before its codes, that of a code behind it.
        if places[0] and places[1] and places[2] and places[0][0] < places[1][0] < places[2][-1]:
            break
    else:
        return {}
    rows = np.arange(row + 1, sheet.n_rows)
    columns = (sheet.texts(column, rows) for column in (places[0][0], places[1][0], places[2][-1]))
    words: dict[str, dict[str, str]] = {}
    name = ""
    for variable, code, word in zip(*columns, strict=True):
        name = plain_name(variable) or name  # typed once above its codes
        if name and code.strip() and word.strip():
            words.setdefault(name, {})[code.strip()] = _bare(word)
    several = {name: codes for name, codes in words.items() if len(codes) > 1}
    return {name: Field("", _keyed(codes), typed=True) for name, codes in several.items()}


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
