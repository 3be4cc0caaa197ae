"""That a serious adverse event was reported to the sponsor: the act that stops its 24 hours.

It is one audit entry, which brings the day (and the time) of the report as ordinary values of the event's
record; with a reason it replaces those that stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study import observation
from mirocals_desktop.study.dates import span_of
from mirocals_desktop.study.ledger import ENTERED
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study

DAY: Final = "ae_reported_date"
TIME: Final = "ae_reported_time"


@dataclass(frozen=True)
class SafetyReport:
    """Which record of a patient's adverse events was reported, on which ISO day, at what time ("" unknown).

    `told` says how or to whom; it is the reason of the entry.
    """

    patient: str
    record: int
    day: str
    time: str
    told: str


def check_report(snapshot: Snapshot, report: SafetyReport) -> None:
    """Raises `AppError` when the report cannot be recorded."""
    protocol = snapshot.protocol
    if protocol.variable(DAY) is None:
        raise AppError(
            _("This study’s protocol has no day of report for serious events."),
            hint=_("Import a column with it first; the import offers to add it as a variable of the log."),
        )
    if not report.told.strip():
        raise AppError(_("Say how it was reported."), hint=_("For example: e-mail to the sponsor."))
    span = span_of(report.day)
    if span is None or span[0] != span[1]:
        raise AppError(_("This is no date of the calendar."), hint=_("Write day, month and year."))
    if span[0] > date.today():
        raise AppError(_("The date lies in the future."))
    if report.time and protocol.variable(TIME) is None:
        raise AppError(_("This study’s protocol has no time of report."), hint=_("Leave the time empty."))
    if not _new_values(snapshot, report):
        raise AppError(_("This report is recorded already."))


def record_report(study: Study, report: SafetyReport) -> int:
    """Write that an event was reported; gives the number of the entry. Raises as `check_report`."""
    snapshot = study.snapshot()
    check_report(snapshot, report)
    stands = _standing(snapshot, report)
    new = _new_values(snapshot, report)
    observations = observation.frame(
        {
            "patient": [report.patient] * len(new),
            "variable": list(new),
            "record": [report.record] * len(new),
            "text": list(new.values()),
            "raw": list(new.values()),
            "replaces": [stands[code][0] if code in stands else 0 for code in new],
        }
    )
    return study.record(
        ENTERED, reason=report.told, details={"about": report.patient}, observations=observations
    )


def _new_values(snapshot: Snapshot, report: SafetyReport) -> dict[str, str]:
    """What the report tells that does not stand yet."""
    stands = _standing(snapshot, report)
    told = {DAY: report.day, **({TIME: report.time} if report.time else {})}
    return {code: text for code, text in told.items() if code not in stands or stands[code][1] != text}


def _standing(snapshot: Snapshot, report: SafetyReport) -> dict[str, tuple[int, str]]:
    """The observation and the text of the day and time that stand."""
    rows: pd.DataFrame = snapshot.observations
    own = rows[
        (rows["patient"] == report.patient)
        & (rows["record"] == report.record)
        & rows["variable"].isin([DAY, TIME])
    ]
    return {
        str(code): (int(number), str(text))
        for code, number, text in zip(own["variable"], own["id"], own["text"], strict=True)
    }
