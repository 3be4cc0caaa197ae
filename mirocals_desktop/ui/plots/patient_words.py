"""The patient's strips in words: what the pointer is on, or all that was known on a day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mirocals_desktop.analysis.alsfrs import DEATH_STAGE, pace
from mirocals_desktop.analysis.follow_up import state_name
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.plots.patient import ADVERSE, DOMAINS, MEDICATION, SCORES, STAGES
from mirocals_desktop.ui.plots.patient_scales import domain_name
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.values import number_text, value_text, variable_text, visit_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from mirocals_desktop.analysis.course import Line, StageTime
    from mirocals_desktop.analysis.patient import PatientRecord
    from mirocals_desktop.ui.plots.patient import Mark


def mark_sentence(record: PatientRecord, mark: Mark) -> str:
    """A visit with its window, a dose, an adverse event, or a value with the cell it came from."""
    if mark.kind.startswith("visit."):
        return _visit_sentence(record, mark)
    if mark.kind == "dose":
        return _("Dose · {day}").format(day=day_text(float(record.dose_day[mark.index])))
    if mark.strip == ADVERSE:
        return _event_sentence(record, mark)
    if mark.strip == MEDICATION:
        return _medication_sentence(record, mark.index)
    if mark.strip == STAGES:
        return _stage_sentence(record, mark)
    if mark.strip == DOMAINS:
        domain = mark.kind.partition(".")[2]
        day = record.scores.day[mark.index]
        score = number_text(record.scores.domains[domain][mark.index], 0)
        return _("{day} · ALSFRS-R {domain} {score} of 12").format(
            day=day_text(day), domain=domain_name(domain), score=score
        )
    if mark.strip == SCORES:
        score = number_text(record.scores.total[mark.index], 0)
        visit = visit_text(record.study.protocol, record.scores.visit[mark.index])
        parts = [
            visit,
            day_text(record.scores.day[mark.index]),
            _("ALSFRS-R total {score}").format(score=score),
        ]
        return " · ".join(part for part in parts if part)
    return _value_sentence(record, mark.observation)


def day_sentence(record: PatientRecord, day: float, strips: Sequence[str]) -> str:
    """The last value of each strip up to a day."""
    parts = [day_text(round(day))]
    for strip in strips:
        if strip == SCORES:
            text = _last(record.scores.day, record.scores.total, day)
            if text:
                parts.append(_("ALSFRS-R total {score}").format(score=text))
        series = record.series.get(strip)
        if series is not None:
            known = (series.day <= day) & ~series.sealed
            if known.any():
                row = int(np.flatnonzero(known)[-1])
                sign = "<" if series.below[row] else ">" if series.above[row] else ""
                number = number_text(series.value[row], series.variable.decimals)
                unit = unit_text(series.variable.unit)
                parts.append(f"{series.variable.label} {sign}{number} {unit}".strip())
    return " · ".join(parts)


def day_text(day: float) -> str:
    """A study day in words; "" when it is not known."""
    if math.isnan(day):
        return ""
    return _("day {day}").format(day=number_text(day, 0).replace("-", MINUS))


def _last(days: npt.NDArray[np.float64], values: npt.NDArray[np.float64], day: float) -> str:
    known = np.flatnonzero((days <= day) & ~np.isnan(values))
    return number_text(values[known[-1]], 0) if len(known) else ""


def _visit_sentence(record: PatientRecord, mark: Mark) -> str:
    visits = record.visits
    states = np.array([int(state) for state in visits.state])
    rows = np.flatnonzero((states == int(mark.kind.partition(".")[2])) & ~np.isnan(visits.day))
    row = int(rows[mark.index])
    parts = [
        visit_text(record.study.protocol, visits.code[row]),
        state_name(visits.state[row]),
        day_text(visits.day[row]) if visits.held[row] else "",
        _("planned {target}, window {first} to {last}").format(
            target=number_text(visits.target[row], 0).replace("-", MINUS),
            first=number_text(visits.first[row], 0).replace("-", MINUS),
            last=number_text(visits.last[row], 0).replace("-", MINUS),
        )
        if not math.isnan(visits.target[row])
        else "",
        visits.reason[row],
    ]
    return " · ".join(part for part in parts if part)


def _event_sentence(record: PatientRecord, mark: Mark) -> str:
    events = record.adverse_events
    row = int(np.flatnonzero(events.serious)[mark.index]) if mark.kind == "serious" else mark.index
    variable = record.study.protocol.variable("ae_severity")
    severity = int(events.severity[row])
    over = events.end[row]
    start = number_text(events.start[row], 0)
    parts = [
        events.text[row] or _("Adverse event"),
        str(variable.choices[severity].label) if variable is not None and severity >= 0 else "",
        _("serious") if events.serious[row] else "",
        _("from day {start}, not over").format(start=start)
        if math.isnan(over)
        else _("days {start} to {end}").format(start=start, end=number_text(over, 0)),
    ]
    return " · ".join(part for part in parts if part)


def _medication_sentence(record: PatientRecord, row: int) -> str:
    taken = record.medications
    start, over = number_text(taken.start[row], 0).replace("-", MINUS), taken.end[row]
    span = (
        _("from day {start}, not over").format(start=start)
        if math.isnan(over)
        else _("days {start} to {end}").format(start=start, end=number_text(over, 0).replace("-", MINUS))
    )
    return " · ".join(part for part in (taken.text[row] or _("Medication"), span) if part)


def _stage_sentence(record: PatientRecord, mark: Mark) -> str:
    stages = record.course.stages
    kings = mark.kind == "kings"
    values = stages.kings if kings else stages.mitos
    row = int(np.flatnonzero(~np.isnan(values))[mark.index])
    text = _("King’s stage {stage}") if kings else _("MiToS stage {stage}")
    return f"{day_text(stages.day[row])} · {text.format(stage=number_text(values[row], 0))}"


def course_sentences(record: PatientRecord) -> list[str]:
    """Slopes with their intervals, the rate at baseline, and the days on which stages were first seen."""
    course, said = record.course, []
    for text, line in (
        (_("ALSFRS-R slope {slope}"), course.lines.whole),
        (_("before day 0 {slope}"), course.lines.before),
        (_("from day 0 on {slope}"), course.lines.after),
    ):
        if not math.isnan(line.slope):
            said.append(text.format(slope=_slope_text(line)))
    rate = []
    if not math.isnan(course.rate):
        rate.append(
            _("Progression rate {rate} a month ({pace}) on {day}").format(
                rate=number_text(course.rate, 2), pace=_pace_text(course.rate), day=day_text(course.rate_day)
            )
        )
    stages = _stage_texts(course.reached)
    return [part for part in ("; ".join(said), "; ".join([*rate, *stages])) if part]


def _stage_texts(reached: tuple[StageTime, ...]) -> list[str]:
    """When each stage was first seen; of stages first seen together the highest says all."""
    death = [time for time in reached if time.stage == DEATH_STAGE]
    highest = {time.day: time for time in reached if time.day not in [one.day for one in death]}
    living = [
        _("King’s {stage} by {day}").format(stage=number_text(time.stage, 0), day=day_text(time.day))
        for time in highest.values()
    ]
    return [*living, *(_("death on {day}").format(day=day_text(one.day)) for one in death)]


def _slope_text(line: Line) -> str:
    """A slope with its interval, a month."""
    number = number_text(line.slope, 2).replace("-", MINUS)
    if math.isnan(line.lower):
        return _("{slope} a month").format(slope=number)
    return _("{slope} a month ({low} to {high})").format(
        slope=number,
        low=number_text(line.lower, 2).replace("-", MINUS),
        high=number_text(line.upper, 2).replace("-", MINUS),
    )


def _pace_text(rate: float) -> str:
    return {"slow": _("slow"), "intermediate": _("intermediate"), "fast": _("fast")}[pace(rate)]


def _value_sentence(record: PatientRecord, observation: int) -> str:
    """Variable, visit, day, value, file and cell of one observation."""
    rows = record.study.observations
    found = np.flatnonzero(rows["id"].to_numpy() == observation)
    if not len(found):
        return ""
    row = {str(name): value for name, value in rows.iloc[int(found[0])].items()}
    measured = record.study.measurements
    days = measured["day"].to_numpy(dtype=np.float64)[measured["id"].to_numpy() == observation]
    protocol = record.study.protocol
    parts = [
        variable_text(protocol, row["variable"]),
        visit_text(protocol, row["visit"]),
        day_text(float(days[0])) if len(days) else "",
        value_text(protocol.variable(row["variable"]), row),
        ", ".join(str(row[name]) for name in ("file", "sheet", "cell") if row[name]),
    ]
    return " · ".join(part for part in parts if part)
