"""How much the comparison rests on a few patients: fragility of the test, influence on the hazard ratio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.sensitivity import (
    LEVEL,
    Fragility,
    Influence,
    estimate_fragility,
    rank_influence,
)
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import part
from mirocals_desktop.ui.plots.survival_words import decimal_text, estimate_text, p_number, p_text
from mirocals_desktop.ui.session import Selection
from mirocals_desktop.ui.survival_views.captions import caption
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.theme import title_label

if TYPE_CHECKING:
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot

_MOST = 5  # patients whose influence is shown


@dataclass(frozen=True)
class RobustnessFound:
    """What was estimated; None with the reason where it was not."""

    fragility: Fragility | None
    no_fragility: str
    influence: tuple[Influence, ...]
    no_influence: str


class RobustnessView(ComputedView[RobustnessFound]):
    """The patients without whom the ratio would change most, and those whose status crosses the level."""

    code: ClassVar[str] = "robustness"

    @override
    def build(self, body: QWidget) -> None:
        self.fragility = QLabel(body)
        self.fragility.setObjectName("survival.robustness.fragility")
        self.fragility.setWordWrap(True)
        self.fragility.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.changed = TableView("survival.robustness.changed", _("Patients whose status would change"), body)
        self.influence = TableView("survival.robustness.influence", _("Most influential patients"), body)
        self.ratio = QLabel(body)
        self.ratio.setObjectName("survival.robustness.ratio")
        self.ratio.setWordWrap(True)
        self.ratio.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for table in (self.influence, self.changed):
            table.selected.connect(self._on_patient)
            table.activated.connect(self.open_patient)
        self.footnote = caption("survival.robustness.footnote", body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(title_label(_("Influence"), "survival.robustness.influence_title"))
        column.addWidget(self.ratio)
        column.addWidget(self.influence, 1)
        column.addWidget(title_label(_("Fragility"), "survival.robustness.fragility_title"))
        column.addWidget(self.fragility)
        column.addWidget(self.changed, 1)
        column.addWidget(self.footnote)

    @override
    def title(self) -> str:
        return _("Trying single patients")

    @override
    def refusal(self, answer: Answer) -> str:
        assert answer.analysis is not None
        if len(answer.analysis.times.levels) != 2:
            return _("Fragility and influence compare two groups: choose a grouping with two.")
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], RobustnessFound]:
        assert answer.analysis is not None
        times = answer.analysis.times

        def find(report: Report) -> RobustnessFound:
            fragility: Fragility | None = None
            influence: tuple[Influence, ...] = ()
            why, why_influence = "", ""
            try:
                influence = rank_influence(times, most=_MOST, report=part(report, 0.0, 0.4))
            except AppError as error:
                why_influence = error.message
            try:
                fragility = estimate_fragility(times, report=part(report, 0.4, 1.0))
            except AppError as error:
                why = error.message
            return RobustnessFound(fragility, why, influence, why_influence)

        return find

    @override
    def clear(self) -> None:
        for label in (self.fragility, self.ratio, self.footnote):
            label.setText("")
        for table in (self.influence, self.changed):
            table.show_columns([])

    @override
    def show_found(self, answer: Answer, found: RobustnessFound) -> None:
        analysis = answer.analysis
        assert analysis is not None
        self.ratio.setText(_ratio_text(analysis))
        queries = open_queries(answer.design.snapshot)
        columns = influence_columns(found.influence, queries)
        self.influence.show_columns(
            columns, [row.patient for row in found.influence], empty=found.no_influence
        )
        fragility = found.fragility
        self.fragility.setText(found.no_fragility if fragility is None else fragility_text(fragility))
        patients = () if fragility is None else fragility.patients
        self.changed.show_columns(
            changed_columns(analysis, patients, queries),
            list(patients),
            empty=_("No number of changes crosses it."),
        )
        self.footnote.setText(
            " ".join(
                filter(
                    None,
                    (
                        answer.design.subset,
                        _("Log-rank two-sided, level {level}.").format(level=decimal_text(LEVEL, 2)),
                        _("Influence: chosen by dfbeta of the Cox model, refitted without each patient."),
                    ),
                )
            )
        )

    @override
    def show_selection(self, selection: Selection) -> None:
        for table in (self.influence, self.changed):
            table.select(selection.patient)

    def _on_patient(self, patient: str) -> None:
        self.session.select(patient=patient)


# Words and tables


def fragility_text(fragility: Fragility) -> str:
    """How many changes of status cross the level, in a sentence."""
    level = decimal_text(LEVEL, 2)
    now = p_text(fragility.p_before)
    if fragility.count is None:
        text = _(
            "Log-rank {p}. It stays on its side of {level} even if every censored patient of {group} had "
            "died at the end of their time."
        )
        return text.format(p=now, level=level, group=fragility.group)
    if fragility.significant:
        text = ngettext(
            "Log-rank {p}. It would no longer be below {level} ({after}) if {count} censored patient of "
            "{group} had died at the end of their time.",
            "Log-rank {p}. It would no longer be below {level} ({after}) if {count} censored patients of "
            "{group} had died at the end of their time.",
            fragility.count,
        )
    else:
        text = ngettext(
            "Log-rank {p}. It would fall below {level} ({after}) if {count} censored patient of {group} had "
            "died at the end of their time.",
            "Log-rank {p}. It would fall below {level} ({after}) if {count} censored patients of {group} had "
            "died at the end of their time.",
            fragility.count,
        )
    return text.format(
        p=now, level=level, after=p_text(fragility.p_after), count=fragility.count, group=fragility.group
    )


def open_queries(snapshot: Snapshot) -> Counter[str]:
    """How many queries of each patient are not closed: the inspector of a selected row leads to them."""
    return Counter(query.patient for query in snapshot.reviews.queries if query.state != "closed")


def _queries_column(patients: Sequence[str], queries: Mapping[str, int]) -> Column:
    return Column(
        "queries",
        _("Open queries"),
        np.array([queries.get(patient, 0) for patient in patients]),
        0,
        tip=_("Select the row: the panel at the right shows the patient’s queries."),
    )


def influence_columns(rows: Sequence[Influence], queries: Mapping[str, int]) -> list[Column]:
    """The patients, those that move the ratio most first."""

    return [
        Column("patient", _("Patient"), np.array([row.patient for row in rows], dtype=object)),
        Column("group", _("Group"), np.array([row.group for row in rows], dtype=object)),
        Column("hr", _("HR without"), numbers([row.hr_without for row in rows]), 3),
        Column(
            "p",
            _("Log-rank p without"),
            numbers([row.p_without for row in rows]),
            show=lambda p: p_number(p) if p == p else _("not estimable"),
        ),
        Column("dfbeta", "dfbeta", numbers([row.dfbeta for row in rows]), 4),
        _queries_column([row.patient for row in rows], queries),
    ]


def changed_columns(
    analysis: StudySurvival, patients: Sequence[str], queries: Mapping[str, int]
) -> list[Column]:
    """The patients whose change of status crosses the level, in the order they are taken."""
    table = analysis.endpoint
    of = {patient: place for place, patient in enumerate(table.patients)}
    places = [of[patient] for patient in patients]
    return [
        Column("order", _("Order"), np.arange(1, len(places) + 1), 0),
        Column("patient", _("Patient"), np.array(list(patients), dtype=object)),
        Column("day", _("Day"), table.stop[places], 0),
        Column("why", _("Why"), np.array([table.why[place] for place in places], dtype=object)),
        _queries_column(patients, queries),
    ]


def _ratio_text(analysis: StudySurvival) -> str:
    model = analysis.result.cox
    term = model.terms[0] if model is not None else None
    if term is None or term.hr is None:
        return _("Hazard ratio: not estimable.")
    logrank = analysis.result.logrank
    return _("With everybody: HR {ratio}, log-rank {p}.").format(
        ratio=estimate_text(term.hr, term.lower, term.upper, 3), p=p_text(logrank.p if logrank else None)
    )
