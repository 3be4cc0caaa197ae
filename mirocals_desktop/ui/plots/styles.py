"""The colours and line styles of the groups of a grouping, the same on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirocals_desktop.ui.theme import POOLED, DataStyle, arm_style, class_style, group_style

if TYPE_CHECKING:
    from mirocals_desktop.analysis.groups import Grouping


def group_styles(groups: Grouping) -> tuple[DataStyle, ...]:
    """One style per group: fixed for two arms and for classes, neutral for everybody together."""
    count = len(groups.levels)
    if groups.nature == "pooled":
        return (POOLED,) * count
    if groups.nature == "arm" and count <= 2 and groups.reference >= 0:
        reference = groups.levels[groups.reference]
        return tuple(arm_style(level, reference) for level in groups.levels)
    if groups.nature == "class":
        return tuple(class_style(index, count) for index in range(count))
    return tuple(group_style(index) for index in range(count))
