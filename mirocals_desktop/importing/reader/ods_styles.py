"""The styles of an OpenDocument spreadsheet: what of them tells something about a cell or a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from mirocals_desktop.importing.reader.formats import changes_what_one_sees
from mirocals_desktop.importing.reader.package import attribute, local

_DATE_LETTERS: Final = {
    "year": "yyyy", "month": "mm", "day": "dd", "hours": "hh", "minutes": "mm", "seconds": "ss",
}  # fmt: skip
_NUMBER_STYLES: Final = ("number-style", "percentage-style", "date-style", "currency-style", "text-style")
_PLAIN: Final = ("FFFFFF", "000000")
_DEEPEST: Final = 20


@dataclass
class Styles:
    """By the name of a style: its look, the number format that changes what one sees, whether it hides."""

    looks: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


@dataclass
class _CellStyle:
    parent: str = ""
    number: str = ""
    fill: str = ""
    letters: str = ""
    struck: str = ""


def read_styles(trees: Iterable[Element]) -> Styles:
    """The styles of the parts of a document, those of later parts standing above earlier ones."""
    found = Styles()
    cells: dict[str, _CellStyle] = {}
    numbers: dict[str, Element] = {}
    for element in (one for tree in trees for one in tree.iter()):
        kind, name = local(element.tag), attribute(element, "name")
        if kind in _NUMBER_STYLES:
            numbers[name] = element
        elif kind == "style" and attribute(element, "family") == "table-cell":
            cells[name] = _cell_style(element)
        elif kind == "style" and any(attribute(part, "display") == "false" for part in element):
            found.hidden.add(name)
    for name, style in cells.items():
        whole = _inherited(style, cells)
        if look := ("strike" if whole.struck not in ("", "none") else _colour(whole.fill, whole.letters)):
            found.looks[name] = look
        code = _code(numbers.get(whole.number), numbers)
        if changes_what_one_sees(code):
            found.formats[name] = code
    return found


def _cell_style(element: Element) -> _CellStyle:
    style = _CellStyle(attribute(element, "parent-style-name"), attribute(element, "data-style-name"))
    for part in element:
        if local(part.tag) == "table-cell-properties":
            style.fill = attribute(part, "background-color")
        elif local(part.tag) == "text-properties":
            style.letters = attribute(part, "color")
            style.struck = attribute(part, "text-line-through-style")
            style.struck = style.struck or attribute(part, "text-line-through-type")
    return style


def _inherited(style: _CellStyle, styles: dict[str, _CellStyle]) -> _CellStyle:
    """The style with what it leaves open filled from the styles that it is made from."""
    whole, parent = style, style.parent
    for _generation in range(_DEEPEST):
        above = styles.get(parent)
        if above is None:
            break
        whole = _CellStyle(
            above.parent,
            whole.number or above.number,
            whole.fill or above.fill,
            whole.letters or above.letters,
            whole.struck or above.struck,
        )
        parent = above.parent
    return whole


def _colour(*colours: str) -> str:
    """The first that is a colour of its own, as RRGGBB."""
    found = (colour.lstrip("#").upper() for colour in colours if re.fullmatch("#[0-9A-Fa-f]{6}", colour))
    return next((colour for colour in found if colour not in _PLAIN), "")


def _code(element: Element | None, numbers: dict[str, Element], *, inner: bool = False) -> str:
    """A number style in the way Excel writes it, with its conditions; "" for none."""
    if element is None:
        return ""
    sections = []
    for part in element if not inner else ():
        condition = re.fullmatch(r"value\(\)([<>=!]+)(.+)", attribute(part, "condition").replace(" ", ""))
        if local(part.tag) == "map" and condition is not None:
            other = _code(numbers.get(attribute(part, "apply-style-name")), numbers, inner=True)
            sections.append(f"[{condition[1].replace('!=', '<>')}{condition[2]}]{other}")
    code = "".join(map(_piece, element))
    if local(element.tag) == "percentage-style":
        code = re.sub(r'"\s*%\s*"', "%", code)
    return ";".join([*sections, code])


def _piece(part: Element) -> str:
    name = local(part.tag)
    if name == "text":
        text = (part.text or "").replace('"', "")
        return f'"{text}"' if text else ""
    if name == "number":
        least, decimals = attribute(part, "min-integer-digits"), attribute(part, "decimal-places")
        grouped = "#,##" if attribute(part, "grouping") == "true" else ""
        digits = "0" * min(int(least), 30) if least.isdecimal() else "0"
        return grouped + (digits or "#") + (".0" if decimals not in ("", "0") else "")
    if name in ("scientific-number", "fraction"):
        return "0.0E+0" if name == "scientific-number" else "# ?/?"
    return _DATE_LETTERS.get(name, "")
