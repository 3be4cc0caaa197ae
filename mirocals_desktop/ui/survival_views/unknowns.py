"""What is not known: the curve if every unknown patient had died or lived, and whose answer matters most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mirocals_desktop.analysis.sensitivity import (
    LEVEL,
    Envelope,
    TippingPoint,
    UnknownPatient,
    estimate_envelopes,
    find_tipping_point,
    name_unknown,
    rank_unknown,
)
from mirocals_desktop.analysis.times import Floats
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import part
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival_steps import ShownSteps, Spots, StepCurve, day_text
from mirocals_desktop.ui.plots.survival_words import days_text, decimal_text, group_name, p_number, p_text
from mirocals_desktop.ui.session import Selection
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.survival_views.plot_over_table import PlotOverTable
from mirocals_desktop.ui.table import Column
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.theme import POOLED
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.progress import Report
    from mirocals_desktop.ui.theme import DataStyle


@dataclass(frozen=True, eq=False)
class UnknownsFound:
    """The envelopes of the curves that are shown, the patients behind them, and the tipping point."""

    envelopes: tuple[Envelope, ...]
    ledger: tuple[UnknownPatient, ...]
    tipping: TippingPoint | None
    no_tipping: str


class UnknownsView(PlotOverTable[UnknownsFound]):
    """The envelope of unknown vital status, its ledger, and what it would take to change the answer."""

    code: ClassVar[str] = "unknowns"

    @override
    def build(self, body: QWidget) -> None:
        self.arrange(
            body,
            plot=_("Survival if the unknown had died or lived"),
            table=_("Patients of unknown status"),
            table_name="ledger",
            heights=(300, 200),
        )
        self.plot.clicked.connect(self._on_clicked)
        self.table.selected.connect(lambda patient: self.session.select(patient=patient))
        self.table.activated.connect(self.open_patient)

    @override
    def title(self) -> str:
        return _("Weighing what is not known")

    @override
    def refusal(self, answer: Answer) -> str:
        table = _analysis(answer).endpoint
        if table.horizon is None:
            return _("Without a horizon no patient is of unknown status.")
        if not table.count("unknown"):
            return _("Nobody’s status is unknown on day {day}: there is nothing to weigh.").format(
                day=table.horizon
            )
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], UnknownsFound]:
        analysis = _analysis(answer)
        return lambda report: weigh_unknowns(analysis, report)

    @override
    def show_found(self, answer: Answer, found: UnknownsFound) -> None:
        analysis = _analysis(answer)
        horizon = analysis.endpoint.horizon
        assert horizon is not None
        self.summary.setText("\n".join(summary_lines(found, horizon)))
        note = _(
            "The band holds the curve between two answers for every unknown patient: died at the last "
            "contact, or alive on day {day}. Diamonds are their last contacts."
        ).format(day=horizon)
        self.tell_conventions(answer, note)
        styles = answer.styles if analysis.result.groups else (POOLED,)
        self.plot.show_steps(
            ShownSteps(
                curves=tuple(
                    envelope_steps(envelope, style)
                    for envelope, style in zip(found.envelopes, styles, strict=True)
                ),
                x_title=_("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
                y_title=_("Survival"),
                last=float(horizon),
                mark_day=float(horizon),
                mark_text=day_text(horizon),
                spots=tuple(
                    ledger_spots(envelope, style, found.ledger)
                    for envelope, style in zip(found.envelopes, styles, strict=True)
                ),
            )
        )
        columns = ledger_columns(found, horizon, grouped=bool(analysis.result.groups))
        self.table.show_columns(columns, columns[0].values)

    @override
    def show_selection(self, selection: Selection) -> None:
        if self.found is not None:
            self.plot.mark(selection.patient)
            self.table.select(selection.patient)

    @override
    def sentence(self, pointer: Pointer | None) -> str:
        """What is known on the day that the pointer is on, or of the patient; "" when it is on nothing."""
        if self.found is None:
            return ""
        patient = self.plot.key_at(pointer)
        if patient:
            row = next(row for row in self.found.ledger if row.patient == patient)
            return patient_sentence(row)
        day = self.plot.day_at(pointer)
        if day is None:
            return ""
        told = "; ".join(_reading(envelope, day) for envelope in self.found.envelopes)
        return _("day {day}: {groups}").format(day=days_text(day), groups=told)

    def _on_clicked(self, pointer: Pointer) -> None:
        patient = self.plot.key_at(pointer)
        if patient:
            self.session.select(patient=patient)


def weigh_unknowns(analysis: StudySurvival, report: Report) -> UnknownsFound:
    """Everything that the view shows, from the page's own analysis."""
    times = analysis.times
    unknown = name_unknown(times, analysis.endpoint)
    report(0.0, _("Unknown patients"))
    envelopes = estimate_envelopes(times, unknown, interval=analysis.result.options.interval)
    ledger = rank_unknown(times, unknown, report=part(report, 0.1, 0.5))
    tipping, why = None, ""
    if times.levels:
        try:
            tipping = find_tipping_point(times, unknown, report=part(report, 0.5, 1.0))
        except AppError as error:
            why = error.message
    return UnknownsFound(tuple(envelopes[1:] or envelopes[:1]), tuple(ledger), tipping, why)


def _analysis(answer: Answer) -> StudySurvival:
    assert answer.analysis is not None
    return answer.analysis


# What is drawn


def envelope_steps(envelope: Envelope, style: DataStyle) -> StepCurve:
    """The estimate with the worst and the best curve as its band."""
    all_three = (envelope.estimate, envelope.worst, envelope.best)
    days = np.unique(np.concatenate(([0.0], *(curve.days for curve in all_three))))
    estimate, worst, best = (_heights(curve, days) for curve in all_three)
    return StepCurve(group_name(envelope.group), style, days, estimate, lower=worst, upper=best)


def _heights(curve: SurvivalCurve, days: Floats) -> Floats:
    """The curve on each of the days; NaN after its last follow-up."""
    values = np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.days, days, side="right")]
    return np.where(days <= curve.last_day, values, np.nan)


def ledger_spots(envelope: Envelope, style: DataStyle, ledger: Sequence[UnknownPatient]) -> Spots:
    """The last contacts of a group's unknown patients, on its curve."""
    mine = [row for row in ledger if row.group == envelope.group or not envelope.group]
    heights = [envelope.estimate.survival_at(row.last_contact)[0] for row in mine]
    return Spots(
        np.array([row.last_contact for row in mine], np.float64),
        numbers(heights),
        tuple(row.patient for row in mine),
        style,
    )


def ledger_columns(found: UnknownsFound, horizon: int, *, grouped: bool) -> list[Column]:
    """The patients of unknown status; the first column is the key."""
    rows = found.ledger

    def of_rows(code: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return numbers(getattr(row, code) for row in rows)

    def p_column(code: str, title: str) -> Column:
        return Column(code, title, of_rows(code), show=lambda p: p_number(p) if p == p else "")

    columns = [
        Column("patient", _("Patient"), np.array([row.patient for row in rows], dtype=object)),
        Column("contact", _("Last contact, day"), of_rows("last_contact"), 0),
        Column("dead", _("S({day}) if dead").format(day=horizon), of_rows("if_dead"), 4),
        Column("alive", _("S({day}) if alive").format(day=horizon), of_rows("if_alive"), 4),
        Column(
            "leverage",
            _("Leverage"),
            of_rows("leverage"),
            4,
            tip=_("How far the patient’s answer moves the survival at the horizon in the group"),
        ),
    ]
    if grouped:
        groups = np.array([row.group for row in rows], dtype=object)
        columns.insert(1, Column("group", _("Group"), groups))
        columns += [
            p_column("p_if_dead", _("Log-rank p if dead")),
            p_column("p_if_alive", _("Log-rank p if alive")),
        ]
    return columns


# Words


def summary_lines(found: UnknownsFound, horizon: int) -> list[str]:
    """The envelope at the horizon of every curve, and the tipping point."""
    lines = []
    for envelope in found.envelopes:
        now, worst, best = (
            c.survival_at(horizon)[0] for c in (envelope.estimate, envelope.worst, envelope.best)
        )
        unknown = ngettext("{count} unknown", "{count} unknown", envelope.unknown).format(
            count=number_text(envelope.unknown, 0)
        )
        if not envelope.unknown and now is not None:
            text = _("{group}: survival on day {day} {survival}, nobody unknown")
            lines.append(text.format(group=_of(envelope), day=horizon, survival=decimal_text(now, 3)))
            continue
        if worst is None or best is None:
            lines.append(_("{group}: {unknown}; not estimable").format(group=_of(envelope), unknown=unknown))
            continue
        text = _("{group}: survival on day {day} {survival}, between {worst} and {best} ({unknown})")
        lines.append(
            text.format(
                group=_of(envelope),
                day=horizon,
                survival=_("not estimable") if now is None else decimal_text(now, 3),
                worst=decimal_text(worst, 3),
                best=decimal_text(best, 3),
                unknown=unknown,
            )
        )
    lines.append(tipping_text(found.tipping) if found.tipping is not None else found.no_tipping)
    return [line for line in lines if line]


def tipping_text(tipping: TippingPoint) -> str:
    """What answers would move the log-rank test across its level, and how far it can move at all."""
    known = tipping.p[~np.isnan(tipping.p)]
    if tipping.p_observed is None or not len(known):
        return _("Tipping point: not estimable, the log-rank test has no p.")
    reach = _("p lies between {low} and {high} whatever the answers").format(
        low=p_number(float(known.min())), high=p_number(float(known.max()))
    )
    now = p_text(tipping.p_observed)
    level = decimal_text(LEVEL, 2)
    if tipping.crossing is None:
        text = _("Tipping point: none. Log-rank {p}; {reach}, on the same side of {level}.")
        return text.format(p=now, reach=reach, level=level)
    text = _(
        "Tipping point: log-rank {p}; it crosses {level} if {reference_deaths} of {reference_count} unknown "
        "in {reference} and {arm_deaths} of {arm_count} in {arm} had died, the others living; {reach}."
    )
    return text.format(
        p=now,
        level=level,
        reference=tipping.reference,
        arm=tipping.arm,
        reference_deaths=tipping.crossing[0],
        reference_count=int(tipping.deaths_reference[-1]),
        arm_deaths=tipping.crossing[1],
        arm_count=int(tipping.deaths_arm[-1]),
        reach=reach,
    )


def patient_sentence(row: UnknownPatient) -> str:
    """One unknown patient in words."""
    text = _("Patient {patient}: last contact on day {day}; survival {dead} if dead, {alive} if alive")
    return text.format(
        patient=row.patient,
        day=days_text(row.last_contact),
        dead="–" if row.if_dead is None else decimal_text(row.if_dead, 4),
        alive="–" if row.if_alive is None else decimal_text(row.if_alive, 4),
    )


def _reading(envelope: Envelope, day: float) -> str:
    now, worst, best = (c.survival_at(day)[0] for c in (envelope.estimate, envelope.worst, envelope.best))
    return _("{group} {survival}, {worst} if all unknown had died, {best} if all lived").format(
        group=group_name(envelope.group),
        survival="–" if now is None else decimal_text(now, 3),
        worst="–" if worst is None else decimal_text(worst, 3),
        best="–" if best is None else decimal_text(best, 3),
    )


def _of(envelope: Envelope) -> str:
    return group_name(envelope.group)
