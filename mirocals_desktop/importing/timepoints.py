"""Names of visits read: Baseline, J0, Month 6, M6, W4, S4, Day 28, Visite 3, C3D1, and what day they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mirocals_desktop.importing.words import plain_name

MONTH_DAYS: Final = 30.4375
YEAR_DAYS: Final = 365.25


@dataclass(frozen=True)
class Timepoint:
    """A visit as its name tells it: `kind` is "day", "visit" (only numbered), "named" or "cycle".

    `day` is the target day that the name itself gives, None where it gives none; `word` is what its number
    counts ("month" for M3 and for 3 mois), "" where the name alone says which visit it is.
    """

    kind: str
    day: int | None
    number: float | None = None
    word: str = ""


_WORDS: Final = {
    "day": "day", "days": "day", "jour": "day", "jours": "day", "j": "day", "d": "day", "dy": "day",
    "week": "week", "weeks": "week", "wk": "week", "wks": "week", "w": "week", "semaine": "week",
    "semaines": "week", "sem": "week", "s": "week",
    "month": "month", "months": "month", "mth": "month", "mo": "month", "m": "month", "mois": "month",
    "year": "year", "years": "year", "yr": "year", "y": "year", "an": "year", "ans": "year", "annee": "year",
    "a": "year",
    "visit": "visit", "visite": "visit", "vis": "visit", "v": "visit", "visita": "visit",
    "time": "visit", "t": "visit", "temps": "visit", "timepoint": "visit", "tp": "visit",
    "cycle": "cycle", "c": "cycle", "cure": "cycle", "passage": "visit", "bilan": "visit",
    "consultation": "visit", "cs": "visit", "suivi": "visit", "fu": "visit", "followup": "visit",
}  # fmt: skip
_DAYS: Final = {"day": 1.0, "week": 7.0, "month": MONTH_DAYS, "year": YEAR_DAYS}
_NAMED: Final = {
    "baseline": 0, "base line": 0, "bl": 0, "inclusion": 0, "randomisation": 0, "randomization": 0,
    "rando": 0,
    "visite d inclusion": 0, "visite inclusion": 0, "initial": 0, "bilan initial": 0, "basal": 0,
    "day zero": 0,
    "enrolment": 0, "enrollment": 0, "start": 0, "visite de base": 0, "baseline visit": 0, "pre dose": 0,
    "visite initiale": 0, "visite de randomisation": 0,
    "screening": None, "selection": None, "scr": None, "pre inclusion": None, "preinclusion": None,
    "screening visit": None, "visite de selection": None,
    "end of study": None, "eos": None, "end of treatment": None, "eot": None, "fin d etude": None,
    "fin de traitement": None, "final": None, "final visit": None, "last visit": None, "visite finale": None,
    "derniere visite": None, "early termination": None, "et": None, "early withdrawal": None,
    "arret premature": None, "unscheduled": None, "non programmee": None, "hors protocole": None, "uns": None,
    "follow up": None, "fin": None, "sortie": None, "exit": None, "end": None, "urgence": None, "extra": None,
}  # fmt: skip

_PREFIXED = re.compile(r"([a-z]+) ?(-?\d+(?:[ ]\d+)?)(?: ?(?:days?|jours?|visite?|visit))?$")
_SUFFIXED = re.compile(
    r"(\d+) ?(?:eme |e |er |ere |st |nd |rd |th )?"
    r"(days?|jours?|weeks?|semaines?|sem|months?|mois|years?|ans?|m|w|y)$"
)
_CYCLE = re.compile(r"(?:cycle|c) ?(\d+) ?(?:day|jour|d|j) ?(\d+)$")
_DAY_OF_CYCLE = re.compile(r"(?:day|jour|d|j) ?(\d+) (?:of |du |de )?(?:cycle|cure|c) ?(\d+)$")
_DOSES = r"(?: (?:de |of )?(?:the |les? |la )?(?:doses?|dosing|injections?|cures?|il ?2))?"
_BEFORE, _AFTER = "pre|before|avant|trough|creux|residuel", "post|after|apres|peak|pic"
_ROUND_DOSES = re.compile(
    rf"(?:cycle|cure|c) ?(\d+) (?:(?P<before>{_BEFORE})|{_AFTER}){_DOSES}$"
    rf"|(?:(?P<ahead>{_BEFORE})|{_AFTER}){_DOSES} (?:cycle|cure|c) ?(\d+)$"
)
"""Before or after the doses of a cycle: "C1 post-dose", "Cycle 7 peak"."""
_WITH_DATE = re.compile(
    r"(?<=\w)\s*(?:\(\s*|[-–,:]\s+|\s(?:du|le|on|of)\s+|\s)\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\s*\)?\s*$"
)
"""The day that some write behind the name of a visit: "M3 (12/04/2023)"."""
_OF_DOSES = re.compile(r"dose|dosing|injection|cure|il-?2", re.IGNORECASE)
_AGAIN = re.compile(
    r"(?<=\w) (?:bis|ter|repeat(?:ed)?|rpt|re ?test|redo|repete(?:e)?|controle|duplicate|dup|2nd|2eme)$"
)
"""A visit that was made once more is that visit: "V6 bis"."""
_VISIT_OF_NAME = re.compile(r"(?:visite?|bilan) (?:(?:de|du|d|at|of) )?(?:(?:la|l|the) )?|(?: visite?)$")
_COUNTED_FROM = re.compile(
    r"\s*\b(?:after|since|from|following|past|post|apr[eè]s|depuis|(?P<before>before|prior to|avant))\b[\s-]*"
    r"(?:(?:the|la|le|start of|d[ée]but d[eu]|l['’])\s*)*"
    r"(?:randomi[sz]ation|rando|inclusion|baseline|screening|enrol+ment|first dose|first injection|start"
    r"|premi[eè]re (?:dose|injection)|treatment|traitement|consent|consentement)\b",
    re.IGNORECASE,
)
"""What a number of months is counted from: "3 months after randomisation" is no visit of randomisation."""
_SEGMENTS = re.compile(r"\s*(?:[,;|:()\[\]]|[–—]|(?<=\s)[-/](?=\s))\s*")
LOOSE_END = re.compile(
    r"\s+(?:at|of|on|for|in|à|au|de|du|des|en|à l['’]|de l['’]|d['’]|l['’]|(?:à|de|at|of) (?:la|the))$",
    re.IGNORECASE,
)
"""Words that lead to a visit and say nothing once it is taken away: "NfL at" of "NfL at month 3"."""
_OF_VISIT: Final = frozenset({"v", "vis", "visit", "visite", "visita"})
_TREATMENT = re.compile(r"\b(?:ttt|trt|tt)\b(?!.*\d)")
"""How French notes cut "traitement" short: "Fin de ttt"."""
_DAYS_LATER = re.compile(
    r"\s*[jd](?:ay|our)?\s*(\d{1,3})\s*\+\s*(\d{1,3})\s*(?:j|d|jours?|days?)?\s*", re.IGNORECASE
)
_ARM_BEHIND = re.compile(r" arm \d+$")


def event_name(text: str) -> str:
    """The plain words of a visit's name, without the arm that REDCap writes behind it (month_6_arm_1)."""
    return _TREATMENT.sub("traitement", _ARM_BEHIND.sub("", plain_name(text)))


@lru_cache(maxsize=20_000)
def read_timepoint(text: str) -> Timepoint | None:
    """The visit that a text names, or None when it does not look like the name of one.

    J0 and Day 0 are day 0; W4 and S4 day 28; M6 day 183 (6 x 30.4375); C3D1 day 57 (cycles of 28 days, the
    first of them on day 1); V3, Visite 3 and T3 are numbered and give no day.
    """
    negative = bool(re.search(r"(?:^|\s|[A-Za-z])[-\u2212]\d", text.strip())) and not re.search(
        r"\d[-\u2212]\d", text
    )
    plain = event_name(_WITH_DATE.sub("", text))
    if not plain or len(plain) > 40:
        return None
    if plain in _NAMED:
        return Timepoint("named", _NAMED[plain])
    bare = _VISIT_OF_NAME.sub("", plain, count=1)
    if bare in _NAMED:
        return Timepoint("named", _NAMED[bare], word=bare)
    if later := _DAYS_LATER.fullmatch(text):  # "J1+7" is J8
        return _numbered("day", float(later[1]) + float(later[2]), "day")
    if (once := _AGAIN.sub("", plain)) != plain:
        return read_timepoint(once)
    if doses := _ROUND_DOSES.match(plain):
        number = float(doses[1] or doses[4])
        if doses["before"] or doses["ahead"]:
            return Timepoint("cycle", 28 * (int(number) - 1) + 1, number, "cycle day 1")
        return Timepoint("cycle", None, number, "after the doses of cycle")
    cycle = _CYCLE.match(plain)
    turned = _DAY_OF_CYCLE.match(plain)
    number_of_cycle, day = (cycle[1], cycle[2]) if cycle else (turned[2], turned[1]) if turned else ("", "")
    if number_of_cycle:
        number = float(number_of_cycle)
        return Timepoint("cycle", 28 * (int(number) - 1) + int(day), number, f"cycle day {int(day)}")
    found = _PREFIXED.match(plain) or _PREFIXED.match(re.sub(r"^(?:visite?|visit) (?=[a-z])", "", plain))
    if found and found[1] in _WORDS and " " not in found[2]:
        number = float(found[2])
        if negative:
            number = -abs(number)
        return _numbered(_WORDS[found[1]], number, found[1])
    found = _SUFFIXED.match(plain)
    if found:
        word = found[2]
        kind = _WORDS.get(word) or _WORDS.get(word.rstrip("s"), "day")
        return _numbered(kind, -float(found[1]) if negative else float(found[1]), word)
    return None


def _numbered(kind: str, number: float, word: str) -> Timepoint:
    if kind in _DAYS:
        return Timepoint("day", round(number * _DAYS[kind]), number, kind)
    return Timepoint(kind, None, number, "visit" if word in _OF_VISIT else "")


def timepoint_key(text: str) -> str:
    """How a visit's name is looked up: M3, Mois 3 and 3 months are one; "" for an empty text."""
    point = read_timepoint(text)
    if point is None or not point.word:
        return event_name(text) or text.strip()
    return point.word if point.number is None else f"{point.word} {point.number:g}"


def split_timepoint(text: str) -> tuple[str, str]:
    """A header with a visit in it as (the rest, the visit's name): "Treg M12" is ("Treg", "M12").

    ("text", "") when there is none.
    """
    before, visit, after = cut_timepoint(text)
    return joined(before, after, text) if visit else text.strip(), visit


def joined(before: str, after: str, text: str) -> str:
    """What is left of a header without its visit, with the sign between its words."""
    sign = "_" if "_" in text and " " not in text.strip() else " "
    return sign.join(part for part in (before, after) if part)


@lru_cache(maxsize=20_000)
def cut_timepoint(text: str) -> tuple[str, str, str]:
    """A header with a visit in it as (what stands before, the visit's name, what stands behind it).

    The visit is looked for as the last or the first words, as a part between commas, dashes or brackets, and
    as a word with its number anywhere: "NfL at month 3 – central laboratory" is ("NfL", "month 3", "central
    laboratory"). ("text", "", "") when there is none.
    """
    stripped = text.strip()
    counted = _COUNTED_FROM.search(stripped)
    if counted:
        before, visit, after = cut_timepoint(stripped[: counted.start()])
        point = read_timepoint(visit) if visit else None
        if counted["before"] or point is None or point.number is None:
            return stripped, "", ""  # "Days since randomisation" names no visit, nor does what was before one
        behind = stripped[counted.end() :].strip(_AROUND)
        return before, visit, " ".join(part for part in (after, behind) if part)
    return _at_the_ends(stripped) or _in_a_segment(stripped) or _in_the_middle(stripped) or (stripped, "", "")


_AROUND: Final = " ,;:_-–—.|/"


def _at_the_ends(text: str) -> tuple[str, str, str] | None:
    words = list(re.finditer(r"[^\s_\-.:/|]+", text))
    for length in (5, 4, 3, 2, 1) if _OF_DOSES.search(text) else (3, 2, 1):
        if len(words) <= length:
            continue
        start, end = words[-length].start(), words[length - 1].end()
        tail, head = text[start:].strip(_AROUND), text[:end].strip(_AROUND)
        if is_timepoint(tail):
            return LOOSE_END.sub("", text[:start].rstrip(_AROUND)).rstrip(_AROUND), tail, ""
        if is_timepoint(head):
            return "", head, text[end:].strip(_AROUND)
    return None


def _in_a_segment(text: str) -> tuple[str, str, str] | None:
    """A visit that is, begins or ends a part of the text between commas, dashes, colons or brackets."""
    bounds = [match.span() for match in _SEGMENTS.finditer(text)]
    if not bounds:
        return None
    starts, ends = [0, *(end for _start, end in bounds)], [*(start for start, _end in bounds), len(text)]
    for whole in (True, False):
        for start, end in zip(starts, ends, strict=True):
            segment = text[start:end].strip()
            found = ("", segment, "") if whole and is_timepoint(segment) else None
            if not whole:
                found = _at_the_ends(segment)
            if found:
                before = " ".join(part for part in (text[:start].strip(), found[0]) if part)
                after = " ".join(part for part in (found[2], text[end:].strip()) if part)
                before = LOOSE_END.sub("", before.rstrip(_AROUND))
                return before.strip(_AROUND), found[1], after.strip(_AROUND)
    return None


def _in_the_middle(text: str) -> tuple[str, str, str] | None:
    words = list(re.finditer(r"[^\s_\-.:/|]+", text))
    for length in (3, 2, 1):
        for at in range(1, len(words) - length):
            start, end = words[at].start(), words[at + length - 1].end()
            inside = text[start:end]
            one = length == 1 and re.fullmatch(r"[a-zA-Z]{1,5}\d{1,3}", inside)
            if not (one or (length > 1 and any(sign.isdigit() for sign in inside))):
                continue
            point = read_timepoint(inside) if is_timepoint(inside) else None
            if point is not None and (one or point.number is not None):
                before = LOOSE_END.sub("", text[:start].rstrip(_AROUND))
                return before.rstrip(_AROUND), inside, text[end:].strip(_AROUND)
    return None


def is_timepoint(text: str) -> bool:
    """Whether a text in a header is surely a visit's name: a bare "S 1" or a word like "end" is not."""
    point = read_timepoint(text)
    if point is None:
        return False
    plain = plain_name(text)
    if point.kind == "named":
        return plain not in {"end", "fin", "start", "final", "extra", "initial", "exit", "et", "sortie"}
    letters = re.sub(r"[^a-z]", "", plain)
    return not (len(letters) == 1 and re.search(r"\s", text.strip())) and letters not in {"a", "y", "an"}


def looks_like_visits(texts: Iterable[str]) -> float:
    """The share of these texts that name a visit."""
    found = [read_timepoint(text) is not None for text in texts]
    return sum(found) / len(found) if found else 0.0
