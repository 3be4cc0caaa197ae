"""Numbers as people type them: decimal commas, thousands, percent, `<` and `>`, remarks; nothing guessed.

A column has one decimal sign. It is proved by cells that can only be read one way ("12,5", "1 250,0"), and
where no cell proves it, cells such as "1,250" are told as ambiguous instead of being read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from mirocals_desktop.importing.missing import beyond_limit, missing_reason

Decimal = Literal[",", "."]

_BLANKS: Final = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2008\u200a\u2002\u2003\u3000"), " ")
_SIGNS: Final = {
    **_BLANKS,
    0x2212: "-",
    0x2013: "-",
    0x2019: "'",
    0x200B: "",
    0xFEFF: "",
    0x2060: "",
    0xFF1C: "<",
    0xFF1E: ">",
    0xFF05: "%",
}
_SHAPE: Final = re.compile(
    r"""(?P<qualifier>(?:<=|>=|[<>\u2264\u2265])(?:\s*[\u00e0a]\s)?|(?:inf|sup)(?:\.|[\u00e9e]rieure?)?(?:\s*[\u00e0a])?\s
    |(?:less|greater|more)\sthan\s|(?:below|under|above|over)\s|(?:moins|plus)\sde\s)?\s*
    (?P<sign>[+-])?\s*
    (?P<digits>\d[\d .,']*|[.,]\d+)
    (?:\s*[x*\u00d7]\s*10\s*\^?\s*(?P<power>-?\d+)|[eE](?P<exponent>[+-]?\d{1,3}))?
    \s*(?P<percent>%)?\s*
    (?P<rest>.*)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
_LESS: Final = ("<", "\u2264", "inf", "less", "below", "under", "moins")
_REMARK: Final = re.compile(r"[\[(].*[\])]|[*†‡§¶#]+|[a-z]{1,2}\)?|[HLNB]|[↑↓▲▼]+|[¹²³⁴⁵⁶⁷⁸⁹]", re.DOTALL)
_WITH_LIMIT: Final = re.compile(
    r"(?P<word>[^\d<>\u2264\u2265()\[\]]{1,24}|<\s*[^\W\d]{2,5})\s*[(\[]\s*(?P<limit>[<>\u2264\u2265]?[^()\[\]]+)[)\]]"
)
"""A word with its limit: "ND (<62.5)", "<LLOQ (62.5)"."""
_UNIT_WORD: Final = re.compile(
    r"kgs?|kilos?|kilogram(?:me)?s?|lbs?\.?|[lgm]|cm|mm|ml|pounds?|lit(?:re|er)s?|millilit(?:re|er)s?|cms|centimet(?:re|er)s?"
    r"|inch(?:es)?|years?|yrs?|ans|percent|pct",
    re.IGNORECASE,
)
_OF_SCORE: Final = re.compile(r"(\d{1,2})\s*/\s*48")
"""The ALSFRS-R with its highest total behind it: "38/48" is no date and no fraction."""
_LARGEST_POWER: Final = 300
_GROUPED: Final = re.compile(r"\d{1,3}(?P<sign>[ .,'])\d{3}(?:(?P=sign)\d{3})*(?:[.,]\d+)?")


@dataclass(frozen=True)
class Number:
    """A number read from a text. `remark` is what else stood in the cell, `unit` a unit after the number."""

    value: float
    qualifier: str = ""
    percent: bool = False
    remark: str = ""
    unit: str = ""


def decimal_proof(text: str) -> str:
    """The decimal sign that this text proves: "," or "."; "?" for either; "" when it has none."""
    match = _SHAPE.match(_tidy(text))
    if not match:
        return ""
    digits = match["digits"].strip()
    commas, dots = digits.count(","), digits.count(".")
    if not commas and not dots:
        return ""
    if commas and dots:
        return "," if digits.rfind(",") > digits.rfind(".") else "."
    sign = "," if commas else "."
    other: Decimal = "." if sign == "," else ","
    if max(commas, dots) > 1:
        return other  # only a thousands sign comes twice
    before, after = digits.split(sign)
    before = before.strip()
    if len(after) != 3 or not before or len(before.replace(" ", "").replace("'", "")) > 3 or before == "0":
        return sign
    if " " in before or "'" in before:
        return sign
    return "?"


def guess_decimal(texts: Iterable[str]) -> tuple[str, dict[str, int]]:
    """The decimal sign of a column and how many distinct texts prove each: {",": 3, ".": 0, "?": 1}.

    "" when nothing proves one; the sign that more texts prove when both are proved.
    """
    proofs = {",": 0, ".": 0, "?": 0}
    for text in texts:
        proof = decimal_proof(text)
        if proof:
            proofs[proof] += 1
    if proofs[","] == proofs["."] == 0:
        return "", proofs
    return ("," if proofs[","] >= proofs["."] else "."), proofs


@lru_cache(maxsize=200_000)
def read_number(text: str, decimal: str) -> Number | None:
    """The number in a text under the column's decimal sign ("" when unknown), or None when it is none.

    A text that proves its own sign is read by it. None as well for what could be two numbers: "1,250" while
    the sign is unknown, "1_000", "5-10", "1/2".
    """
    tidy = _tidy(text)
    if worded := _WITH_LIMIT.fullmatch(tidy):
        return _limit_behind(worded["word"], worded["limit"], decimal)
    if score := _OF_SCORE.fullmatch(tidy):
        return Number(float(score[1]), remark="/48")
    if tidy[:1] == "*" and (marked := read_number(tidy[1:], decimal)) is not None:
        return replace(marked, remark=f"{marked.remark} *".strip())  # "*1.95" is extrapolated
    match = _SHAPE.fullmatch(tidy)
    if not match or "_" in tidy:
        return None
    rest = match["rest"].strip()
    remark, unit = "", ""
    if rest:
        if match["power"] and rest.startswith("/"):
            unit = f"10^{match['power']}{rest}"
        elif _UNIT_WORD.fullmatch(rest):
            unit = rest
        elif _REMARK.fullmatch(rest) and not re.fullmatch(r"[a-z]", rest):
            remark = rest.strip("()[] ")
        elif (
            re.fullmatch(r"[a-z\u00b5\u03bc%][^\d]{0,15}(?:/.{1,6})?|10\^?\d+/\S+", rest, re.IGNORECASE)
            and "/" in rest
        ):
            unit = rest
        elif re.match(r"[(\[]", rest):
            remark = rest.strip("()[] ")
        else:
            return None
    value = _value(match["digits"].strip(), decimal)
    if value is None:
        return None
    if (match["power"] and not unit) or match["exponent"]:
        power = int(match["power"] or match["exponent"])
        if abs(power) > _LARGEST_POWER:
            return None
        value *= 10.0**power
    if match["sign"] == "-":
        value = -value
    if not math.isfinite(value):
        return None
    qualifier = (match["qualifier"] or "").strip()
    if qualifier:
        qualifier = "<" if qualifier.casefold().startswith(_LESS) else ">"
    return Number(value, qualifier, bool(match["percent"]), remark, unit)


def _limit_behind(word: str, limit: str, decimal: str) -> Number | None:
    """The number below or above which a value is that a word says was not found, or is beyond its limit."""
    number = read_number(limit, decimal)
    sign = beyond_limit(word)
    if number is None or not (sign or (number.qualifier and missing_reason(word))):
        return None
    return replace(number, qualifier=number.qualifier or sign, remark=word.strip())


def _tidy(text: str) -> str:
    return text.translate(_SIGNS).strip()


def _value(digits: str, decimal: str) -> float | None:
    """The digits as a number, or None when their signs do not fit together."""
    proof = decimal_proof(digits)
    sign = proof if proof in (",", ".") else decimal
    if proof == "?" and not decimal:
        return None
    if "," in digits or "." in digits:
        thousands = "." if sign == "," else ","
        whole, _, fraction = digits.partition(sign)
        if sign in fraction or thousands in fraction or " " in fraction.strip() or "'" in fraction:
            return None
    else:
        thousands, whole, fraction = "", digits, ""
    groups = re.split(r"[ '" + re.escape(thousands) + "]", whole.strip())
    if len(groups) > 1 and (any(len(group) != 3 for group in groups[1:]) or not 1 <= len(groups[0]) <= 3):
        return None
    try:
        return float("".join(groups) + ("." + fraction.strip() if fraction else ""))
    except ValueError:
        return None
