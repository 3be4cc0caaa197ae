"""Number formats that change what one sees, written as Excel writes them, whatever the file's kind."""

from __future__ import annotations

import re
from typing import Final

BUILT_IN: Final = {9: "0%", 10: "0.00%", 17: "mmm-yy"}
"""The formats of Excel that have a number alone, of those that change what one sees."""

_LITERALS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_SECTION_ENDS: Final = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_BRACKETS: Final = re.compile(r"^(?:\s|\[[^\]]*\])+")
_LIMIT_SIGN: Final = re.compile(r'"\s*[<>≤≥][^"]*"|\\?[<>≤≥]')


def changes_what_one_sees(code: str) -> bool:
    """Whether a format says more than the number: percent, leading zeros, `<`, text, a date without day."""
    sections = [_BRACKETS.sub("", section) for section in _SECTION_ENDS.split(code)]
    section = sections[0]
    bare = _LITERALS.sub("", section)
    if "%" in bare or any(map(_LIMIT_SIGN.match, sections)):
        return True
    if re.search(r"[ymdhsYMDHS]", bare) and not re.search(r"[0#?]", bare):
        letters = bare.lower()
        return "y" in letters and "d" not in letters
    if "General" not in section and re.match(r"0[0\-\s./]*0$|0{2,}", bare.split(".")[0].strip()):
        return not re.search(r"[#,]", bare)
    return bool(re.search(r'^\s*"[^"]*[^"\s\d][^"]*"', section))
