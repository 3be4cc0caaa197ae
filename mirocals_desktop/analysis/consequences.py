"""What a change would do to the endpoint: whose time stops otherwise, and the result before and after it.

Two snapshots are compared by the same rule, the later one's. In a blinded study neither holds an arm, so all
patients are pooled.
"""

from __future__ import annotations

from dataclasses import dataclass

from mirocals_desktop.analysis.endpoint import EndpointTable, Outcome, derive_endpoint
from mirocals_desktop.analysis.study_survival import StudySurvival, analyse_study
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True)
class EndpointChange:
    """A patient whose time stops on another day or otherwise; `before` and `after` are sentences.

    `known` tells that the patient was analysed before, `event` that the endpoint stops the time afterwards,
    `changed_event` that it did not before, or does no more.
    """

    patient: str
    before: str
    after: str
    known: bool
    event: bool
    changed_event: bool


@dataclass(frozen=True, eq=False)
class Consequences:
    """The endpoint before and after. An analysis is None where no patient can be analysed.

    `day` is where survival is compared: the horizon, else the last day that both curves reach.
    """

    changes: tuple[EndpointChange, ...]
    before: StudySurvival | None
    after: StudySurvival | None
    day: float | None

    @property
    def survival(self) -> tuple[float | None, float | None]:
        """Survival of all patients together on `day`, before and after."""
        return _survival(self.before, self.day), _survival(self.after, self.day)

    @property
    def p(self) -> tuple[float | None, float | None]:
        """The p-value of the log-rank test between the arms, before and after; None without two arms."""
        return _p(self.before), _p(self.after)


def compare_endpoint(before: Snapshot, after: Snapshot, *, report: Report = ignore) -> Consequences:
    """Hold the endpoint of the study after a change against the one before it."""
    report(0.0, _("The endpoint before and after"))
    options = after.options
    rule: dict[str, object] = {
        "endpoint": options.endpoint,
        "origin": options.origin,
        "horizon": options.horizon_days,
    }
    tables: list[EndpointTable | None] = []
    for snapshot in (before, after):
        try:
            tables.append(derive_endpoint(snapshot, **rule))  # type: ignore[arg-type]
        except AppError:  # the rule speaks of what only the change brings
            tables.append(None)
    changes = _changes(tables[0], tables[1])
    analyses = [
        _analyse(snapshot, rule, part(report, 0.2 + 0.4 * number, 0.6 + 0.4 * number))
        for number, snapshot in enumerate((before, after))
    ]
    day = None if options.horizon_days is None else float(options.horizon_days)
    if day is None:
        reached = [one.result.overall.curve.last_day for one in analyses if one is not None]
        day = min(reached, default=None)
    return Consequences(changes, analyses[0], analyses[1], day)


def _analyse(snapshot: Snapshot, rule: dict[str, object], report: Report) -> StudySurvival | None:
    try:
        return analyse_study(snapshot, report=report, **rule)  # type: ignore[arg-type]
    except AppError:  # nobody can be analysed: a study before its first import
        return None


def _changes(before: EndpointTable | None, after: EndpointTable | None) -> tuple[EndpointChange, ...]:
    old, new = _stops(before), _stops(after)
    absent = (0.0, False, "unknown", _("not in the analysis"))
    found = []
    for patient in dict.fromkeys((*new, *old)):
        was, now = old.get(patient, absent), new.get(patient, absent)
        if patient in old and patient in new and was[:3] == now[:3]:
            continue
        found.append(EndpointChange(patient, was[3], now[3], patient in old, now[1], was[1] != now[1]))
    return tuple(sorted(found, key=lambda change: (not change.known, not change.changed_event)))


def _stops(table: EndpointTable | None) -> dict[str, tuple[float, bool, Outcome, str]]:
    if table is None:
        return {}
    rows = zip(
        table.patients, table.stop.tolist(), table.event.tolist(), table.outcome, table.why, strict=True
    )
    return {patient: (stop, event, outcome, why) for patient, stop, event, outcome, why in rows}


def _survival(analysis: StudySurvival | None, day: float | None) -> float | None:
    if analysis is None or day is None:
        return None
    return analysis.result.overall.curve.survival_at(day)[0]


def _p(analysis: StudySurvival | None) -> float | None:
    test = analysis.result.logrank if analysis is not None else None
    return test.p if test is not None else None
