"""How many patients were meant to be randomised by when: a straight line that enrolment is read against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study.ledger import OPTION
from mirocals_desktop.study.study import Study

DETAIL: Final = "enrolment_plan"


@dataclass(frozen=True)
class EnrolmentPlan:
    """So many patients randomised from the first day (ISO) to the last, evenly."""

    patients: int
    first: str
    last: str

    def planned_by(self, day: date) -> float:
        """How many patients the plan has randomised at the end of a day."""
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        share = ((day - first).days + 1) / ((last - first).days + 1)
        return self.patients * min(max(share, 0.0), 1.0)


def record_plan(study: Study, plan: EnrolmentPlan) -> int:
    """Keep a plan in the study, in place of an earlier one; gives the number of the entry.

    Raises `AppError` for a plan that cannot be.
    """
    check_plan(plan)
    about = f"{DETAIL} = {plan.patients}, {plan.first} – {plan.last}"
    return study.record(OPTION, details={"about": about, DETAIL: asdict(plan)})


def read_plan(study: Study) -> EnrolmentPlan | None:
    """The plan that stands; None where none was made."""
    plans = study.remembered(DETAIL)
    return EnrolmentPlan(**plans[-1]) if plans else None


def check_plan(plan: EnrolmentPlan) -> None:
    """Raises `AppError` for a plan without patients, or that ends before it begins."""
    if plan.patients < 1:
        raise AppError(_("A plan has one patient at least."))
    if len(plan.first) != 10 or len(plan.last) != 10 or plan.last <= plan.first:
        raise AppError(_("The plan must end after it begins."), hint=_("Write day, month and year."))
