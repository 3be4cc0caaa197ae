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

    `day` is the target day that the name itself gives, None where it gives none.
    """

    kind: str
    day: int | None
    number: float | None = None


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
_ARM_BEHIND = re.compile(r" arm \d+$")


def event_name(text: str) -> str:
    """The plain words of a visit's name, without the arm that REDCap writes behind it (month_6_arm_1)."""
    return _ARM_BEHIND.sub("", plain_name(text))


@lru_cache(maxsize=20_000)
def read_timepoint(text: str) -> Timepoint | None:
    """The visit that a text names, or None when it does not look like the name of one.

    J0 and Day 0 are day 0; W4 and S4 day 28; M6 day 183 (6 x 30.4375); C3D1 day 57 (cycles of 28 days, the
    first of them on day 1); V3, Visite 3 and T3 are numbered and give no day.
    """
    negative = bool(re.search(r"(?:^|\s|[A-Za-z])[-\u2212]\d", text.strip())) and not re.search(
        r"\d[-\u2212]\d", text
    )
    plain = event_name(text)
    if not plain or len(plain) > 40:
        return None
    if plain in _NAMED:
        return Timepoint("named", _NAMED[plain])
    cycle = _CYCLE.match(plain)
    if cycle:
        return Timepoint("cycle", 1 + 28 * (int(cycle[1]) - 1) + int(cycle[2]) - 1, float(cycle[1]))
    found = _PREFIXED.match(plain) or _PREFIXED.match(re.sub(r"^(?:visite?|visit) (?=[a-z])", "", plain))
    if found and found[1] in _WORDS and " " not in found[2]:
        number = float(found[2])
        if negative:
            number = -abs(number)
        return _numbered(_WORDS[found[1]], number)
    found = _SUFFIXED.match(plain)
    if found:
        word = found[2]
        kind = _WORDS.get(word) or _WORDS.get(word.rstrip("s"), "day")
        return _numbered(kind, -float(found[1]) if negative else float(found[1]))
    return None


def _numbered(kind: str, number: float) -> Timepoint:
    if kind in _DAYS:
        return Timepoint("day", round(number * _DAYS[kind]), number)
    return Timepoint(kind, None, number)


def split_timepoint(text: str) -> tuple[str, str]:
    """A header with a visit in it as (the rest, the visit's name): "Treg M12" is ("Treg", "M12").

    The visit is looked for as the last or the first words; ("text", "") when there is none.
    """
    words = re.split(r"[\s_\-.:/|]+", text.strip())
    joined = re.findall(r"[\s_\-.:/|]+", text.strip())
    if len(words) < 2:
        return text.strip(), ""

    def rebuild(first: int, last: int) -> str:
        pieces = [words[first]]
        for at in range(first + 1, last):
            pieces += [joined[at - 1] if at - 1 < len(joined) else " ", words[at]]
        return "".join(pieces).strip(" _-.:/|")

    for length in (3, 2, 1):
        if len(words) <= length:
            continue
        tail = rebuild(len(words) - length, len(words))
        if is_timepoint(tail):
            return rebuild(0, len(words) - length), tail
        head = rebuild(0, length)
        if is_timepoint(head):
            return rebuild(length, len(words)), head
    for at in range(1, len(words) - 1):
        if re.fullmatch(r"[a-zA-Z]{1,5}\d{1,3}", words[at]) and is_timepoint(words[at]):
            return rebuild(0, at) + joined[at] + rebuild(at + 1, len(words)), words[at]
    return text.strip(), ""


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
