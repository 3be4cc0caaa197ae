"""Where an axis has its ticks, and how they are written: round numbers, decades, days, or named places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mirocals_desktop.ui.values import number_text

MINUS = "−"


@dataclass(frozen=True)
class Tick:
    """A tick at `place` (as drawn: the logarithm on a log axis), with its text, "" for a line alone."""

    place: float
    text: str


def number_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[Tick]:
    """At most `most` ticks at round numbers (1, 2 or 5 times a power of ten) from low to high."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return []
    step = _round_up((high - low) / most)
    if whole:
        step = max(1.0, round(step))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [
        Tick(min(max(number * step, low), high), tick_text(number * step, decimals))
        for number in range(first, last + 1)
    ]


def log_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Ticks of a log axis between the logarithms low and high: decades, with 2 and 5 where there is room."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return []
    if high - low < 0.6:  # less than a factor of four: round numbers tell more than powers of ten
        plain = number_ticks(10**low, 10**high, most)
        return [Tick(math.log10(tick.place), tick.text) for tick in plain if tick.place > 0]
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [
            Tick(place, tick_text(factor * 10.0**decade, max(0, -decade)))
            for decade in range(math.floor(low), math.ceil(high) + 1)
            for factor in factors
            if low - 1e-9 <= (place := decade + math.log10(factor)) <= high + 1e-9
        ]
        if len(ticks) <= most:
            return ticks
    every = math.ceil(len(ticks) / most)
    return [tick for index, tick in enumerate(ticks) if index % every == 0]


def named_ticks(names: Sequence[tuple[float, str]], low: float, high: float, most: int) -> list[Tick]:
    """The named places in view; where there are more than `most`, every second, third ... one."""
    inside = [(place, text) for place, text in names if low - 1e-9 <= place <= high + 1e-9]
    every = max(1, math.ceil(len(inside) / max(1, most)))
    return [Tick(place, text if index % every == 0 else "") for index, (place, text) in enumerate(inside)]


def tick_text(value: float, decimals: int) -> str:
    """The number as the user writes it, with a real minus sign."""
    return number_text(abs(value) if round(value, decimals) == 0 else value, decimals).replace("-", MINUS)


def _round_up(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    decade: float = 10.0 ** math.floor(math.log10(step))
    return next(factor * decade for factor in (1, 2, 5, 10) if factor * decade >= step * (1 - 1e-9))
