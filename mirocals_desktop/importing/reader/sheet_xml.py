"""The cells of a sheet's XML, found by patterns in its bytes, and those that calamine would read wrongly.

calamine takes the first text of the workbook for a cell whose text has no valid number, and of a cell that is
written twice the last one: both without a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import Final

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Place

CELL: Final = re.compile(rb"<(?:\w+:)?c(?=[\s>/])[^>]*>")
ROW: Final = re.compile(rb"<(?:\w+:)?row(?=[\s>/])([^>]*)>")
REFERENCE: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d+)["']""")
ROW_NUMBER: Final = re.compile(rb"""\br\s*=\s*["'](\d+)["']""")
VALUE: Final = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")

_COMMENT_OR_CDATA: Final = re.compile(rb"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_REFERENCE_IN_VALUE: Final = re.compile(rb"(<(?:\w+:)?v(?:\s[^>]*)?>)([^<]*&#[^<]*)(?=</)")
_TEXT: Final = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_TYPE: Final = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
_STYLE: Final = re.compile(rb"""\bs\s*=\s*["'](\d+)["']""")
_DAY_60: Final = re.compile(rb"<(?:\w+:)?v>60(?:\.\d+)?</")
_CLOSE: Final = re.compile(rb"</(?:\w+:)?c\s*>")
_ROW_OR_CELL: Final = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s>/])[^>]*>")
_SAYS: Final = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*[^<\s]")
_SHARED_TEXT: Final = re.compile(rb"<(?:\w+:)?si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_SHARED: Final = re.compile(rb"<(?:\w+:)?si(?=[\s>/])")


def plain_xml(xml: bytes) -> bytes:
    """The same XML without comments, CDATA and signs written as numbers inside a value.

    No spreadsheet program writes them there; calamine ends a value at them, or drops it, without a word.
    Raises Refused for XML that defines names of its own.
    """
    if b"<!" in xml:
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise Refused("entities")
        xml = _COMMENT_OR_CDATA.sub(lambda m: _escaped(m[1] or b""), xml)
    if b"&#" in xml:
        xml = _REFERENCE_IN_VALUE.sub(
            lambda m: m[1] + _escaped(unescape(m[2].decode("utf-8", "replace")).encode()), xml
        )
    return xml


def _escaped(text: bytes) -> bytes:
    return escape(text.decode("utf-8", "replace"), quote=False).encode()


def place_of(xml: bytes, start: int) -> Place:
    """The place of the cell whose tag starts here, counted when the file does not write it."""
    tag = CELL.match(xml, start)
    reference = REFERENCE.search(tag[0]) if tag else None
    if reference:
        return int(reference[2]) - 1, column_number(reference[1])
    row_start = max(xml.rfind(b"<row", 0, start), xml.rfind(b":row", 0, start))
    column = sum(1 for _ in CELL.finditer(xml, max(row_start, 0), start))
    number = ROW_NUMBER.search(xml, row_start, xml.find(b">", row_start))
    row = int(number[1]) - 1 if number else sum(1 for _ in ROW.finditer(xml, 0, start)) - 1
    return row, column


def column_number(letters: bytes) -> int:
    """The number of a column from 0, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


def count_shared_texts(xml: bytes) -> int:
    """How many texts the workbook's table of texts holds."""
    return sum(1 for _ in _SHARED.finditer(xml))


def cut_lost_texts(xml: bytes, known: int) -> tuple[bytes, list[Place]]:
    """The sheet without what stands in cells that name none of the `known` texts, and their places."""
    lost = re.compile(rb"""\bt=["']s["'][^>]*(?<!/)>(?!<(?:\w+:)?v>(?:""" + _below(known) + rb")</)")
    pieces, places, at = [], [], 0
    for match in lost.finditer(xml):
        start = xml.rfind(b"<", 0, match.start())
        close = _CLOSE.search(xml, match.end())
        if CELL.match(xml, start) is None or close is None:
            continue
        inside = xml[match.end() : close.start()]
        value = VALUE.search(inside)
        number = value[1] if value else b""
        if not number or (number.isdigit() and int(number) < known):
            continue  # an empty cell, or one that writes its number in an unusual way
        places.append(place_of(xml, start))
        pieces.append(xml[at : match.end()])
        at = close.start()
    return b"".join([*pieces, xml[at:]]) if pieces else xml, places


def _below(limit: int) -> bytes:
    """A pattern of the whole numbers below `limit`, leading zeros allowed."""
    digits = str(limit)
    choices = [rf"\d{{1,{len(digits) - 1}}}"] if len(digits) > 1 else []
    for at, digit in enumerate(digits):
        if digit > "0":
            choices.append(rf"{digits[:at]}[0-{int(digit) - 1}]\d{{{len(digits) - at - 1}}}")
    return rf"0*(?:{'|'.join(choices) or '(?!)'})".encode()


def count_contents(xml: bytes) -> int:
    """How many cells have a content: as many as places are filled, unless one is written twice."""
    first = CELL.search(xml)
    return xml.count(b"</" + _prefix(first) + b"c>") if first else 0


def _prefix(tag: re.Match[bytes]) -> bytes:
    name = re.match(rb"<(\w+:)?", tag[0])
    return (name[1] or b"") if name else b""


def find_days_60(xml: bytes) -> list[Place]:
    """The places of the number 60: shown as a date it is the 29 February 1900 of Excel, which never was."""
    starts = (xml.rfind(b"<", 0, match.start()) for match in _DAY_60.finditer(xml))
    return [place_of(xml, start) for start in starts if CELL.match(xml, start)]


def find_conflicts(xml: bytes) -> list[Place]:
    """The places that the sheet writes more than once with different contents."""
    first = CELL.search(xml)
    if first is None:
        return []
    start = b"<" + _prefix(first) + b"c "
    names = re.findall(re.escape(start) + rb'r="([A-Z]{1,3}[0-9]+)"', xml)
    if len(names) == xml.count(start) == len(set(names)):
        return []
    counts = Counter(place for place, _tag in _walk(xml))
    contents: dict[Place, set[tuple[bytes | float, ...]]] = {}
    for place, tag in _walk(xml):
        if counts[place] > 1 and not tag[0].endswith(b"/>"):
            close = _CLOSE.search(xml, tag.end())
            content = _content(tag[0], xml[tag.end() : close.start() if close else tag.end()])
            if content:
                contents.setdefault(place, set()).add(content)
    return [place for place, different in contents.items() if len(different) > 1]


def find_unread(
    xml: bytes, filled: int, is_filled: Callable[[Place], bool], shared: bytes
) -> dict[Place, str]:
    """The texts of cells that the sheet writes and that were read as empty, by their places."""
    inline = xml.count(b"inlineStr")
    if sum(1 for _ in _SAYS.finditer(xml)) + inline <= filled:
        return {}
    texts = [_joined(item[1] or b"") for item in _SHARED_TEXT.finditer(shared)]
    found = {}
    for place, tag in _walk(xml):
        if tag[0].endswith(b"/>") or is_filled(place):
            continue
        close = _CLOSE.search(xml, tag.end())
        inside = xml[tag.end() : close.start() if close else tag.end()]
        value = VALUE.search(inside)
        text = unescape(value[1].decode("utf-8", "replace")).strip() if value else ""
        kind = _TYPE.search(tag[0])
        if kind and kind[1] == b"s":
            text = texts[int(text)] if text.isdecimal() and int(text) < len(texts) else text
        elif not text:
            text = _joined(inside)
        if text.strip():
            found[place] = text
    return found


def _joined(inside: bytes) -> str:
    return unescape(b"".join(_TEXT.findall(inside)).decode("utf-8", "replace"))


def _walk(xml: bytes) -> Iterator[tuple[Place, re.Match[bytes]]]:
    """Every cell's place and tag; what the file does not write follows the row or cell before."""
    row, column = -1, -1
    for tag in _ROW_OR_CELL.finditer(xml):
        if tag[1] == b"row":
            number = ROW_NUMBER.search(tag[0])
            row, column = int(number[1]) - 1 if number else row + 1, -1
            continue
        reference = REFERENCE.search(tag[0])
        column += 1
        if reference:
            row, column = int(reference[2]) - 1, column_number(reference[1])
        yield (row, column), tag


def _content(tag: bytes, inside: bytes) -> tuple[bytes | float, ...]:
    """What a cell says, equal for cells that say the same; () for one that says nothing."""
    value = VALUE.search(inside)
    text = value[1] if value else b"".join(_TEXT.findall(inside))
    if not text:
        return ()
    kind = _TYPE.search(tag)
    form = kind[1] if kind else b"n"
    if form != b"n":
        return form, text
    style = _STYLE.search(tag)  # a number may be a date or a percentage by its style
    try:
        return form, float(text), style[1] if style else b""
    except ValueError:
        return form, text
