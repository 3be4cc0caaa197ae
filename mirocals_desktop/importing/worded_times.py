"""Lengths of time in words ("2 ans 4 mois", "1 y 3 m", "un an et demi") as days."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import numpy as np

from mirocals_desktop.importing.timepoints import MONTH_DAYS, YEAR_DAYS
from mirocals_desktop.importing.words import plain_name

_DAYS: Final = {
    YEAR_DAYS: "year years yr yrs y an ans annee annees a jahr jahre jahren",
    MONTH_DAYS: "month months mth mths mo mos m mois monat monate monaten",
    7.0: "week weeks wk wks w semaine semaines sem s woche wochen",
    1.0: "day days d jour jours j jr jrs tag tage tagen",
}
_DAYS_OF_WORD: Final = {word: days for days, words in _DAYS.items() for word in words.split()}
_PART: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?(?:\s*(?:,|;|\bet\b|\band\b|&|\+)\s*|\s*)")
_ONE_TO_TWELVE: Final = (
    "un une one ein eine einem", "deux two zwei", "trois three drei", "quatre four vier", "cinq five funf",
    "six sechs", "sept seven sieben", "huit eight acht", "neuf nine neun", "dix ten zehn", "onze eleven elf",
    "douze twelve zwolf",
)  # fmt: skip
_NUMBERS: Final = {
    word: str(number) for number, words in enumerate(_ONE_TO_TWELVE, start=1) for word in words.split()
}
_NUMBER_WORD: Final = re.compile(r"[^\W\d_]+(?=\s)")
_HALF: Final = re.compile(
    r"(\d+)(?:\s*½\s*|\s+1/2\s+)([^\W\d_]+)\.?|(\d+)\s*([^\W\d_]+)\.?\s*(?:et demie?|and a half|½)(?=\W|$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=20_000)
def days_of_words(text: str) -> float:
    """The days that a length of time in words is, a month of 30.4375 and a year of 365.25; NaN for others.

    Each unit comes once and the longer before the shorter, so that "3 m 2 m" and "4 mois 2 ans" are none.
    Small numbers may be words ("un an"), and a half may follow ("2 ans et demi", "2½ years").
    """
    total, shortest, place = 0.0, np.inf, 0
    stripped = _NUMBER_WORD.sub(lambda word: _NUMBERS.get(plain_name(word[0]), word[0]), text.strip())
    stripped = _HALF.sub(lambda half: f"{half[1] or half[3]}.5 {half[2] or half[4]}", stripped)
    while place < len(stripped):
        part = _PART.match(stripped, place)
        days = _DAYS_OF_WORD.get(plain_name(part[2]), np.inf) if part else np.inf
        if part is None or days >= shortest:
            return np.nan
        total += float(part[1].replace(",", ".")) * days
        shortest, place = days, part.end()
    return total if stripped else np.nan
