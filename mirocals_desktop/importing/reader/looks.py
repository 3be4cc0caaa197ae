"""Rows of a worksheet that look different: filled, with coloured letters, or struck out."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from xml.etree.ElementTree import Element

from mirocals_desktop.importing.reader.package import Package, attribute, local
from mirocals_desktop.importing.reader.sheet_xml import CELL, ROW, ROW_NUMBER

_STYLE: Final = re.compile(rb"""\bs\s*=\s*["'](\d+)["']""")
FIRST_CELLS: Final = 3
_FAR: Final = 1500
_MOST_ROWS: Final = 20_000
_THEME: Final = {
    2: "E7E6E6", 3: "44546A", 4: "4472C4", 5: "ED7D31", 6: "A5A5A5", 7: "FFC000", 8: "5B9BD5", 9: "70AD47",
}  # fmt: skip
"""The colours of the usual theme by their numbers; 0 and 1 are white and black, 10 and 11 those of links."""
INDEXED: Final = {
    2: "FF0000", 3: "00FF00", 4: "0000FF", 5: "FFFF00", 6: "FF00FF", 7: "00FFFF", 10: "FF0000", 11: "00FF00",
    12: "0000FF", 13: "FFFF00", 14: "FF00FF", 15: "00FFFF", 16: "800000", 17: "008000", 18: "000080",
    20: "800080", 21: "008080", 22: "C0C0C0", 23: "808080", 24: "9999FF", 25: "993366", 29: "FF8080",
    30: "0066CC", 36: "800080", 40: "00CCFF", 42: "CCFFCC", 43: "FFFF99", 45: "FF99CC",
    47: "FFCC99", 50: "99CC00", 51: "FFCC00", 52: "FF9900", 53: "FF6600", 55: "969696",
}  # fmt: skip
PLAIN: Final = ("FFFFFF", "000000")


def read_looks(package: Package) -> dict[int, str]:
    """The look of each cell style that has one: "strike", or the colour of its fill or letters (RRGGBB)."""
    part = next((name for name in package.names() if name.endswith("xl/styles.xml")), "")
    if not part:
        return {}
    fills: list[str] = []
    fonts: list[str] = []
    styles: list[tuple[int, int]] = []
    for element in package.tree(part).iter():
        name = local(element.tag)
        if name == "fills":
            fills = [_fill(fill) for fill in element]
        elif name == "fonts":
            fonts = [_font(font) for font in element]
        elif name == "cellXfs":
            styles = [
                (_number(attribute(xf, "fillId")), _number(attribute(xf, "fontId")))
                for xf in element
                if local(xf.tag) == "xf"
            ]
    looks = {}
    for style, (fill, font) in enumerate(styles):
        filled = fills[fill] if fill < len(fills) else ""
        lettered = fonts[font] if font < len(fonts) else ""
        if look := ("strike" if lettered == "strike" else filled or lettered):
            looks[style] = look
    return looks


def rows_with_looks(xml: bytes, looks: dict[int, str]) -> dict[int, str]:
    """Row -> the look that most of its first cells have; {} for a sheet larger than people colour."""
    if not looks or xml.count(b"row") > 2 * _MOST_ROWS:
        return {}
    found: dict[int, str] = {}
    number = -1
    for row in ROW.finditer(xml):
        said = ROW_NUMBER.search(row[0])
        number = int(said[1]) - 1 if said else number + 1
        seen: Counter[str] = Counter()
        for count, cell in enumerate(CELL.finditer(xml, row.end(), row.end() + _FAR)):
            after = xml.find(b"row", row.end(), cell.start())
            if count == FIRST_CELLS or after >= 0:
                break
            style = _STYLE.search(cell[0])
            look = looks.get(int(style[1])) if style else None
            if look:
                seen[look] += 1
        if seen:
            found[number] = seen.most_common(1)[0][0]
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _fill(fill: Element) -> str:
    for pattern in fill:
        if attribute(pattern, "patternType") not in ("", "none"):
            for colour in pattern:
                if local(colour.tag) == "fgColor":
                    return _colour(colour)
    return ""


def _font(font: Element) -> str:
    found = ""
    for part in font:
        if local(part.tag) == "strike" and attribute(part, "val") not in ("0", "false"):
            return "strike"
        if local(part.tag) == "color":
            found = _colour(part)
    return found


def _colour(element: Element) -> str:
    """A colour as RRGGBB, "" for black, white and what nobody chose."""
    rgb, theme, indexed = (attribute(element, name) for name in ("rgb", "theme", "indexed"))
    found = rgb[-6:].upper() if len(rgb) >= 6 else ""
    if not found and theme.isdigit():
        found = _THEME.get(int(theme), "")
    if not found and indexed.isdigit():
        found = INDEXED.get(int(indexed), "")
    return "" if found in PLAIN or not re.fullmatch(r"[0-9A-F]{6}", found) else found
