"""Dates as precise as they are known: "2018", "2018-03" or "2018-03-04"."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import lru_cache
from typing import Final

_PARTIAL: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@lru_cache(maxsize=65_536)  # the same few thousand dates come again and again
def span_of(text: str) -> tuple[date, date] | None:
    """The first and the last day that a date may mean; None when the text is no date of the calendar."""
    found = _PARTIAL.fullmatch(text)
    if not found:
        return None
    year, month, day = found.groups()
    try:
        if month is None:
            return date(int(year), 1, 1), date(int(year), 12, 31)
        if day is None:
            last = calendar.monthrange(int(year), int(month))[1]
            return date(int(year), int(month), 1), date(int(year), int(month), last)
        known = date(int(year), int(month), int(day))
        return known, known
    except ValueError:  # no such day or month
        return None
