"""What looks wrong in the values of an import: one function for each check.

A check never changes a value. In a blinded study no message quotes a value that may be sealed. Adding a check
is adding a function to one of these modules, its name below, and its test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mirocals_desktop.importing.checks.alsfrs_r import check_alsfrs_r
from mirocals_desktop.importing.checks.cells import check_findings, check_missing_only, check_spellings
from mirocals_desktop.importing.checks.checked import Checked
from mirocals_desktop.importing.checks.dates import (
    check_after_death,
    check_future_dates,
    check_order_of_dates,
    check_rough_outcomes,
    check_status_against_dates,
)
from mirocals_desktop.importing.checks.numbers import (
    check_far_from_history,
    check_limits,
    check_swapped_columns,
)
from mirocals_desktop.importing.checks.outcomes import check_living_without_date, check_missing_outcome

__all__ = ["CHECKS", "Checked", "run_checks"]

CHECKS: Final[tuple[Callable[[Checked], None], ...]] = (
    check_findings,
    check_spellings,
    check_limits,
    check_far_from_history,
    check_swapped_columns,
    check_alsfrs_r,
    check_order_of_dates,
    check_after_death,
    check_future_dates,
    check_rough_outcomes,
    check_status_against_dates,
    check_missing_outcome,
    check_living_without_date,
    check_missing_only,
)
"""Every check, in the order in which they are run."""


def run_checks(checked: Checked) -> None:
    """Every check, one after another."""
    for check in CHECKS:
        check(checked)


# --- cells ------------------------------------------------------------------------------------------------
