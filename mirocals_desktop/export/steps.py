"""The corners of step curves: what is drawn of a survival estimate, in figures and in Excel charts alike."""

from __future__ import annotations

from collections.abc import Sequence

from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve


def curve_points(curve: SurvivalCurve, last_day: float) -> list[tuple[float, float]]:
    """The corners of the step curve from day 0 to the last follow-up, or to `last_day` if it comes first."""
    days = [0.0, *(float(day) for day in curve.days if day <= last_day)]
    survival = [1.0, *(float(s) for s in curve.survival[: len(days) - 1])]
    return stair(days, survival, min(curve.last_day, last_day))


def stair(days: Sequence[float], values: Sequence[float], end: float) -> list[tuple[float, float]]:
    """The corners of a stair that holds each value until the next day, and the last one until `end`.

    No corner stands twice.
    """
    points: list[tuple[float, float]] = []
    for i, (day, value) in enumerate(zip(days, values, strict=True)):
        until = days[i + 1] if i + 1 < len(days) else max(end, day)
        for point in ((day, value), (until, value)):
            if not points or points[-1] != point:
                points.append(point)
    return points
