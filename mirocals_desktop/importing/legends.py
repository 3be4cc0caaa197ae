"""What codes mean where the sheet itself says it: "Death (1=yes, 2=no)" in a header, or in a note below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.words import plain_name

_CODE: Final = r"(?<![\w.,])-?(?:\d{1,3}|[A-Za-z])"
_CODE_FIRST: Final = re.compile(rf"({_CODE})\s*[=:]\s*(?=[^\W\d])")
_WORD: Final = r"(?<![\w.-])([^\W\d_][^=:,;()\[\]/|\s]*(?: (?!\d)[^=:,;()\[\]/|\s]+)*?)"
_WORD_FIRST: Final = re.compile(rf"{_WORD}\s*=\s*(-?\d{{1,3}})(?![\w.])")
_WORD_BRACKET: Final = re.compile(rf"{_WORD}\s*[(\[](-?\d{{1,3}})[)\]]")
_UNSIGNED: Final = re.compile(
    r"(?<![\w.,])(-?\d{1,3})\s*(?:[-–]\s*)?([^\W\d_][^,;()\[\]/|\s]*(?:\s+(?!\d)[^,;()\[\]/|\s]+)*)"
)
_BRACKETED: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_AND: Final = re.compile(r"\s+(?:et|and|or|ou)$", re.IGNORECASE)
_LED: Final = re.compile(r"^.+\s(?=(?:yes|no|oui|non|ja|nein)$)", re.IGNORECASE)
"""What leads to the first word: "Death" of "Death yes=1, no=0"."""
_FOOTNOTE: Final = re.compile(r"[*†‡§]+(?=\s*$)")
_SIGNS: Final = " \t\r\n,;.:/|()[]–-"


@lru_cache(maxsize=2000)
def read_legend(text: str) -> Mapping[str, str]:
    """Code -> word as a text says it: {"1": "yes", "2": "no"} of "1=yes, 2=no"; {} where it says nothing.

    Also "yes=1 / no=2" and "yes (1), no (2)", and without a sign where brackets hold nothing else:
    "(0 alive, 1 dead)".
    """
    found: dict[str, str] = {}
    codes = list(_CODE_FIRST.finditer(text))
    for number, match in enumerate(codes):
        end = codes[number + 1].start() if number + 1 < len(codes) else len(text)
        word = re.split(r"[,;()\[\]/|\n]", text[match.end() : end])[0]
        found[match[1]] = _AND.sub("", word.strip(_SIGNS))
    if not found:
        found = {code: word.strip(_SIGNS) for word, code in _WORD_FIRST.findall(text)}
    if not found and len(pairs := _WORD_BRACKET.findall(text)) > 1:
        found = {code: word.strip(_SIGNS) for word, code in pairs}
    if not found:
        for inside in _BRACKETED.findall(text):
            pairs = _UNSIGNED.findall(inside)
            if len(pairs) > 1:
                found = {code: _AND.sub("", word.strip(_SIGNS)) for code, word in pairs}
    found = {code: _LED.sub("", word) for code, word in found.items() if plain_name(word)}
    return found if len(set(found.values())) == len(found) else {}


def legend_of(header: str, name: str, table: Table) -> Mapping[str, str]:
    """What the codes of a column mean: by its header, else by a note that begins with its name."""
    found = read_legend(header)
    plain = plain_name(name)
    if found or not plain:
        return found
    mark = _FOOTNOTE.search(header)
    for text in _notes(table) if mark else ():
        if mark and text.lstrip().startswith(mark[0]) and len(read_legend(text)) > 1:
            return read_legend(text)
    named = re.compile(rf"(?:^|[#,;.(])\s*{re.escape(name.strip())}\s*[:(]", re.IGNORECASE)
    for text in _notes(table):
        place = named.search(text)
        if place is not None:
            found = read_legend(text[place.end() :])
            if len(found) > 1:
                return found
        before = re.split(r"[=:(]", text, maxsplit=1)[0]
        words = plain_name(re.sub(r"\d+\s*$", "", before))
        if words == plain:
            found = read_legend(text.partition(":")[2] or text) or read_legend(text)
            if len(found) > 1:
                return found
    return {}


def _notes(table: Table) -> list[str]:
    """The texts of the rows of a table that are notes, and of its titles."""
    sheet = table.sheet
    rows = [row for row, reason in table.ignored.items() if reason in ("note", "title")]
    cells = (sheet.text(row, column) for row in sorted(rows) for column in range(min(sheet.n_columns, 30)))
    return [*table.titles, *(text for text in cells if len(text) > 4)]
