"""Filled cells far outside a sheet's table, which make it span more than can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mirocals_desktop.importing.reader.raw import Place

MAX_STRAYS: Final = 50
SPARSE_CELLS: Final = 1_000_000
"""A sheet that spans more than this and is almost empty is looked through for strays."""


def dense_extent(places: Sequence[Place]) -> Place:
    """The last row and column before a gap of a thousand rows or a hundred columns that few cells follow."""
    row = _last_before_gap([place[0] for place in places], 1000)
    column = _last_before_gap([place[1] for place in places if place[0] <= row] or [0], 100)
    return row, column


def _last_before_gap(numbers: list[int], gap: int) -> int:
    ordered = sorted(numbers)
    last = ordered[-1]
    for index in range(len(ordered) - 1, 0, -1):
        if len(ordered) - index > MAX_STRAYS:
            break
        if ordered[index] - ordered[index - 1] > gap:
            last = ordered[index - 1]
    return last
