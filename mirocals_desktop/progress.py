"""How a long task tells how far it is, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float, str], None]
"""Called with the fraction done (0 to 1) and a translated message. Raises `Cancelled` to stop the task."""


class Cancelled(Exception):
    """The user stopped the task. Whoever runs the task catches it; the task only cleans up."""


def ignore(fraction: float, message: str) -> None:
    """A report that goes nowhere: the default of every long task."""


def part(report: Report, start: float, end: float) -> Report:
    """A report for one part of a task: its fraction 0 to 1 becomes `start` to `end` of the whole."""

    def report_part(fraction: float, message: str) -> None:
        report(start + (end - start) * fraction, message)

    return report_part
