"""A header taken apart: the name of what is measured, its unit, the visit, and the column's part in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mirocals_desktop.importing.header_rows import looks_like_unit
from mirocals_desktop.importing.tables import TableColumn
from mirocals_desktop.importing.timepoints import cut_timepoint, is_timepoint, joined, read_timepoint
from mirocals_desktop.importing.words import plain_name, without_source

_BRACKETED = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]\s*")
_AFTER_COMMA = re.compile(r"^(.*\S)\s*(?:,|\ben\b|\bin\b|-|–|:)\s*([^\s,][^,]{0,20})$")
_TRAILING_UNITS: Final = frozenset({"kg", "cm", "mm", "g", "mg", "mL", "ml", "L", "years", "ans", "mmHg"})
_SPELLED_UNIT: Final = re.compile(
    r"(?<![^\W_])([pnµμum]g|cells?|cellules?|cell\.|copies|[pnµμum]mol|m?[iu]u|mui)"
    r"(?: ?[/_-] ?|[ ._-](?=[a-zµμ]+ ?(?:-1|⁻¹))|\.| per | par )"
    r"([mdµμu]?l|mm[3³]|kg|m2)(?: ?-1| ?⁻¹)?(?![^\W_])",
    re.IGNORECASE,
)
"""A unit anywhere in a header, also as names of files and codes write it: pg-ml, pg_mL, cells-uL."""
_PERCENT_WORD: Final = re.compile(
    r"(?:(?<![^\W_])(?:pct|perc|percent|per cent|percentage|pourcent|pour cent|pourcentage)|(?<=[a-z]{2})pct)"
    r"(?![^\W_])",
    re.IGNORECASE,
)
_UNIT_AND_MORE: Final = re.compile(r"(?P<unit>[^\s/]+/[^\s/()]+),? +(?P<more>\(?[^\W\d_]{3,}\)?)")
_SHARE_OF: Final = re.compile(r"\s*\|\s*(freq(?:uency|\.)? of .+)$", re.IGNORECASE)
"""What FlowJo writes behind a population: "CD4+/FoxP3+ | Freq. of Parent" is a percentage of FoxP3+."""
_COUNTED: Final = frozenset({"cells", "cell", "cellules", "cellule", "copies", "x"})
_FLAG_WORDS: Final = {
    "qualifier", "qualificatif", "operator", "operateur", "flag", "sign", "signe", "symbol", "symbole",
    "inf sup", "prefix", "prefixe", "comparator", "lt", "gt",
}  # fmt: skip
_LOW_LIMIT: Final = {
    "lloq",
    "loq",
    "lod",
    "llod",
    "lq",
    "lower limit",
    "limite basse",
    "limite inferieure",
    "liq",
    "seuil",
}
_HIGH_LIMIT: Final = {"uloq", "ulq", "upper limit", "limite haute", "limite superieure", "lsq"}
_BEYOND_WORDS: Final = {"blq", "bloq", "blod", "bql", "alq", "aloq", "auloq"}
_BESIDE_LIMIT: Final = frozenset(
    ("below", "under", "above", "inf", "sup", "inferieur", "superieur", "sous", "is")
)
_YES_OR_NO: Final = re.compile(r" (?:y n|yes no|o n|oui non|1 0|0 1)$")
_REMARK_WORDS: Final = {
    "comment",
    "comments",
    "commentaire",
    "commentaires",
    "remark",
    "remarque",
    "note",
    "notes",
}


@dataclass(frozen=True)
class Header:
    """What a header says. `part` is "" for the value itself, else "unit", "qualifier", "low", "high" or
    "remark" for a column that stands beside the value called `name`.
    """

    text: str
    name: str
    unit: str = ""
    visit: str = ""
    part: str = ""
    notes: tuple[str, ...] = ()


def read_header(
    column: TableColumn, known: Callable[[str], bool] = lambda _name: False, *, visits: bool = True
) -> Header:
    """Take the labels of a column apart, from the outermost group to the innermost label.

    `known` says whether a whole name means something: "Date of randomisation" is then no visit's name.
    With `visits` False no part of a header is taken for a visit.
    """
    unit = column.unit if looks_like_unit(column.unit) else ""
    unit = unit.strip("()[]{} ")
    behind = _UNIT_AND_MORE.fullmatch(unit)
    unit = behind["unit"] if behind else unit
    visit = ""
    names: list[str] = []
    notes: list[str] = []
    for label in column.labels:
        rest, found_unit, found_notes = split_unit(label)
        unit = found_unit or unit
        notes.extend(found_notes)
        if not rest:
            continue
        if looks_like_unit(rest) and names and not unit:
            unit = rest
            continue
        if (
            visits
            and not visit
            and read_timepoint(rest) is not None
            and (len(column.labels) > 1 or is_timepoint(rest))
        ):
            visit = rest
            continue
        if visits and not visit and not known(rest):
            before, visit, after = cut_timepoint(rest)
            if visit and before and not unit:  # "Treg cells/µL V2": the unit stands before the visit
                before, unit, _more = split_unit(before)
            rest = joined(before, after, rest)
        if visits and not visit:
            inside = next((note for note in found_notes if is_timepoint(note)), "")
            visit = inside
        names.append(rest)
    if visits and not visit and len(column.labels) > 1 and re.fullmatch(r"-?\d+(?:\.0)?", column.labels[-1]):
        visit = column.labels[-1]
        names = [name for name in names if name != visit]
    if behind:  # "pg/mL serum" below "NfL" says in what it was measured
        names.append(behind["more"].strip("() "))
    name = " ".join(names)
    part = (_part(names[-1]) or _part(without_source(names[-1]))) if names else ""
    if part and len(names) > 1:
        name = " ".join(names[:-1])
    elif part:
        name = _without_part(name)
    return Header(column.name, name, unit, visit, part, tuple(notes))


def split_unit(label: str) -> tuple[str, str, list[str]]:
    """A label as (name, unit, other notes): "pNFH (CSF) [pg/mL]" is ("pNFH CSF", "pg/mL", ["CSF"])."""
    unit, notes = "", []
    share = _SHARE_OF.search(label)
    rest = label[: share.start()] if share else label
    if share:
        unit, notes = "%", [share[1].strip()]

    def take(match: re.Match[str]) -> str:
        nonlocal unit
        inside = match[1].strip()
        if looks_like_unit(f"{inside}") or _is_plain_unit(inside):
            unit = unit or inside
            return " "
        notes.append(inside)
        return f" {inside} " if inside else " "

    rest = _BRACKETED.sub(take, rest)
    if not unit:
        spelled = next(
            (m for m in _SPELLED_UNIT.finditer(rest) if rest[: m.start()].strip() or rest[m.end() :].strip()),
            None,
        )
        if spelled is not None:
            unit = spelled[0] if "/" in spelled[0] else f"{spelled[1]}/{spelled[2]}"
            rest = f"{rest[: spelled.start()].rstrip(' ,;_')} {rest[spelled.end() :].lstrip(' _')}"
    if not unit:
        after = _AFTER_COMMA.match(rest)
        hyphen = after is not None and after[0][len(after[1]) :][:1] == "-"
        hyphen = hyphen and after is not None and (len(after[2]) < 2 or " " in after[2])  # "NF-L %CV"
        if after and looks_like_unit(after[2]) and not is_timepoint(after[2]) and not hyphen:
            rest, unit = after[1], after[2]
    if not unit:
        words = rest.split()
        for length in (2, 1):
            tail = " ".join(words[-length:])
            if length == 2 and len(words) > 1 and _is_name_before_unit(words):
                continue
            if length == 2 and words and is_timepoint(words[-1]):  # "Treg cells/µL V2": no unit is called so
                continue
            alone = length == 1 and tail in _TRAILING_UNITS
            if len(words) > length and (alone or (looks_like_unit(tail) and "/" in tail)):
                rest, unit = " ".join(words[:-length]), tail
                break
    if not unit and ("%" in rest or _PERCENT_WORD.search(rest)):
        unit = "%"
    return " ".join(rest.split()).strip(" ,;:-–"), unit, notes


def without_percent(name: str) -> str:
    """A name without its word for percent: "svc_pct" and "SVCPCT" are "SVC"."""
    return _PERCENT_WORD.sub("", name).strip(" _-")


def _is_name_before_unit(words: list[str]) -> bool:
    """Whether the last word is the whole unit: in "pNFH CSF pg/mL" the word CSF is no part of it."""
    name, unit = words[-2:]
    whole = "/" in unit and looks_like_unit(unit)
    return whole and name[:1].isalpha() and plain_name(name) not in _COUNTED


def _is_plain_unit(text: str) -> bool:
    return plain_name(text) in {
        "years",
        "ans",
        "year",
        "kg",
        "cm",
        "m",
        "l",
        "percent",
        "pct",
        "pour cent",
        "days",
    }


def _part(name: str) -> str:
    plain = plain_name(name)
    words = plain.split()
    if not words:
        return ""
    if _YES_OR_NO.sub("", plain).split()[-1] in _BEYOND_WORDS:
        return "qualifier"
    ends = {words[-1], " ".join(words[-2:]), words[0]}
    if words[0] in _BESIDE_LIMIT and ends & (_LOW_LIMIT | _HIGH_LIMIT):
        return "qualifier"  # "Below LLOQ" holds marks
    if words[-1] in _FLAG_WORDS and ends & (_LOW_LIMIT | _HIGH_LIMIT):
        return "qualifier"  # "ULQ flag" holds a mark, not the limit
    if ends & _LOW_LIMIT:
        return "low"
    if ends & _HIGH_LIMIT:
        return "high"
    if words[-1] in {"unit", "units", "unite", "unites"} or words[0] in {"unit", "unite"}:
        return "unit"
    if {words[-1], " ".join(words[-2:])} & _FLAG_WORDS or plain in _FLAG_WORDS:
        return "qualifier"
    if words[-1] in _REMARK_WORDS and len(words) > 1:
        return "remark"
    return ""


def _without_part(name: str) -> str:
    drop = _FLAG_WORDS | _LOW_LIMIT | _HIGH_LIMIT | _REMARK_WORDS | _BEYOND_WORDS | _BESIDE_LIMIT
    drop |= {"unit", "units", "unite", "unites", "y n", "o n", "yes no", "oui non", "1 0", "0 1"}
    words = [word for word in re.split(r"[\s_]+", name) if plain_name(word) not in drop]
    return " ".join(words)
