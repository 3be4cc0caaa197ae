"""Dates as precise as they are known: "2018", "2018-03" or "2018-03-04"."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache
from typing import Final

_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


@lru_cache(maxsize=65_536)  # the same few thousand dates come again and again
def span_of(text: str) -> tuple[date, date] | None:
    """The first and the last day that a date may mean; None when the text is no date of the calendar."""
    found = _PARTIAL.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if day:
            known = date(year, month, day)
            return known, known
        if month:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:  # no such day or month
        return None
