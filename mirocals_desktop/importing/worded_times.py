"""Lengths of time in words ("2 ans 4 mois", "1 y 3 m", "18 mois") as days."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import numpy as np

from mirocals_desktop.importing.timepoints import MONTH_DAYS, YEAR_DAYS
from mirocals_desktop.importing.words import plain_name

_DAYS: Final = {
    YEAR_DAYS: "year years yr yrs y an ans annee annees a",
    MONTH_DAYS: "month months mth mths mo mos m mois",
    7.0: "week weeks wk wks w semaine semaines sem s",
    1.0: "day days d jour jours j jr jrs",
}
_DAYS_OF_WORD: Final = {word: days for days, words in _DAYS.items() for word in words.split()}
_PART: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?(?:\s*(?:,|;|\bet\b|\band\b|&|\+)\s*|\s*)")


@lru_cache(maxsize=20_000)
def days_of_words(text: str) -> float:
    """The days that a length of time in words is, a month of 30.4375 and a year of 365.25; NaN for others.

    Each unit comes once and the longer before the shorter, so that "3 m 2 m" and "4 mois 2 ans" are none.
    """
    total, shortest, place = 0.0, np.inf, 0
    stripped = text.strip()
    while place < len(stripped):
        part = _PART.match(stripped, place)
        days = _DAYS_OF_WORD.get(plain_name(part[2]), np.inf) if part else np.inf
        if part is None or days >= shortest:
            return np.nan
        total += float(part[1].replace(",", ".")) * days
        shortest, place = days, part.end()
    return total if stripped else np.nan
