"""Words that say whether a patient died, and dates with such words or a cross beside them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes

_DEAD_WORD: Final = re.compile(
    r"(?:dead|died|deceased|death|deces|decede\w*|dcd|dcde|mort|morte|exitus|fatal|dod|doc|dwd|verstorben|gestorben|tot|deceduto"
    r"|deceduta|fallecid[oa]|muert[oa]|overleden)"
)
_ALIVE_WORD: Final = re.compile(
    r"(?:alive|living|lives|survived|vivant|vivante|vv|viv|vie|survivor|survivant\w*|ned|aned|awd|lebt|lebend|viv[oa]|levend|leeft)"
)
_LOST_WORD: Final = re.compile(r"(?:lost|ltfu|lfu|pdv|perdue?|perdus)")
_NOT: Final = frozenset(
    ("not", "non", "no", "pas", "sans", "never", "without", "jamais", "aucun", "if", "si", "or")
)


def status_meant(text: str, *, letters: bool = False) -> str:
    """The vital status that words speak of, "" where they say none, or not clearly.

    Codes of one letter are statuses only with `letters`: "M" may be a sex as well.
    """
    plain = plain_name(text)
    words = plain.split()
    dead = [n for n, word in enumerate(words) if _DEAD_WORD.fullmatch(word)]
    alive = [n for n, word in enumerate(words) if _ALIVE_WORD.fullmatch(word)]
    lost = any(_LOST_WORD.fullmatch(word) for word in words)
    if _LAST_SEEN.fullmatch(plain):
        return codes.ALIVE
    if letters and plain in _LETTERS:
        return _LETTERS[plain]
    negated = any(_NOT & set(words[max(0, n - 2) : n]) for n in (*dead, *alive))
    if bool(dead) + bool(alive) + lost != 1 or negated:
        return ""
    return codes.DEAD if dead else codes.ALIVE if alive else codes.LOST


_LETTERS: Final = {"v": codes.ALIVE, "vv": codes.ALIVE, "d": codes.DEAD, "m": codes.DEAD, "dc": codes.DEAD}
"""Codes of one or two letters; "V" and "M" are a vital status only below a header that asks for one."""

_LAST_SEEN: Final = re.compile(
    r"(?:last|final|dernier\w*|dern) (?:known )?(?:contact|visite?|news|nouvelles|follow up|fu)"
    r"|(?:censored|censor|censure|censuree)(?: .{0,30})?|administrative censoring"
)
"""What stands beside "Death" in a list of events: the patient was seen, and nothing more is known."""


DATE_INSIDE: Final = re.compile(
    r"(?<![\w/.-])(?:\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}(?:er)?[-/. ][^\W\d]{3,10}\.?[-/. ]\d{2,4}"
    r"|\d{1,2}[-/.]\d{4})(?![\w/-]|\.\d)"
)
_CROSS: Final = re.compile(r"[\s(\[]*[†✝✞⚰][\s)\]]*")
_LEADS: Final = frozenset(
    ("le", "au", "on", "at", "the", "en", "depuis", "since", "a", "date", "in", "il", "am", "el")
)


@lru_cache(maxsize=50_000)
def outcome_and_date(text: str) -> tuple[str, str]:
    """(vital status, text of the date) of a cell that holds both: "Décédée le 12/03/2015", "12/03/2015 †".

    ("", "") for every other text, also where anything else is said: "décès avant le 12/03/2015".
    """
    found = list(DATE_INSIDE.finditer(text)) if len(text) < 60 else []
    if len(found) != 1:
        return "", ""
    rest = text[: found[0].start()] + " " + text[found[0].end() :]
    if _CROSS.fullmatch(rest):
        return codes.DEAD, found[0][0]
    words = [word for word in plain_name(rest).split() if word not in _LEADS]
    status = status_meant(" ".join(words))
    clear = words and all(status_meant(word) == status for word in words)
    return (status, found[0][0]) if status and clear else ("", "")
