"""Survival: what is asked at the left, the analysis as a job, and a row of views of what came of it.

Endpoint, time origin, horizon and excluded patients are options of the study and change through its ledger;
groups, strata and the scale of the limits are how this page looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.groups import derive_groups
from mirocals_desktop.analysis.study_survival import analyse_study, find_primary
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.cut_words import primary_text
from mirocals_desktop.ui.plots.survival import curve_styles
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.survival_choices import SurvivalChoices
from mirocals_desktop.ui.survival_views import (
    VIEWS,
    curves,  # noqa: F401  (the view in front: whoever has imported the page can show it)
)
from mirocals_desktop.ui.survival_views.frame import Answer, Design, SurvivalView, ViewBar, ViewStack

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint import Outcome
    from mirocals_desktop.analysis.groups import Grouping
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot


class SurvivalPage(Page):
    """The survival of the study's patients by group."""

    code: ClassVar[str] = "survival"
    letters = 105  # choices, curve and results stand beside each other
    icon: ClassVar[str] = "survival"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.answer: Answer | None = None
        self.choices = SurvivalChoices(session, self)
        self.choices.view_changed.connect(self._compute)
        bar = ViewBar("survival.views", VIEWS, self)
        self.views = ViewStack(session, VIEWS, bar, self)
        self.views.page_asked.connect(self.page_asked)
        head = QHBoxLayout()
        head.addWidget(theme.title_label(self.title(), "survival.title"))
        head.addSpacing(8)
        head.addWidget(bar, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self.choices)
        body.addWidget(self.views, 1)
        column.addLayout(body, 1)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Survival")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        answer = self.answer
        if answer is not None and answer.design.arms_visible and not snapshot.arms_visible:
            self.answer = None  # what was computed from arms goes at once
            self.views.show_nothing("")
        self.choices.offer(snapshot)
        self._compute()

    @override
    def show_selection(self, selection: Selection) -> None:
        self.views.show_selection(selection)

    def view(self, code: str) -> SurvivalView:
        """One of the views."""
        return self.views.view(code)

    def show_view(self, code: str) -> None:
        """Bring a view to the front."""
        self.views.show_view(code)

    def list_outcome(self, outcome: Outcome) -> None:
        """Show the patients whose time stops this way."""
        self.views.show_view(f"patients:{outcome}")

    def _compute(self) -> None:
        snapshot = self.session.snapshot
        if snapshot is None:
            return
        view = self.choices.view()
        patients = tuple(self.session.patients_shown()) if self.session.filters else None

        def work(report: Report) -> Answer:
            chosen = patients
            if view.subset:
                code, level, _name = view.subset
                chosen = _of_level(derive_groups(snapshot, code, patients=patients), level)
            design = Design(
                snapshot=snapshot,
                by=view.by,
                strata=view.strata,
                strata_name=view.strata_name,
                interval=view.interval,
                patients=chosen,
                subset=_subset_text(snapshot, chosen, view.subset[2] if view.subset else ""),
            )
            try:
                if design.subset and view.by == codes.ARM:  # a subgroup never stands without it
                    primary = find_primary(snapshot)
                    told = primary_text(primary) if primary is not None else ""
                    design = replace(design, subset=f"{design.subset} {told}".strip())
                analysis = analyse_study(
                    snapshot,
                    by=design.by,
                    strata=design.strata,
                    interval=design.interval,
                    patients=design.patients,
                    at=view.days,
                    report=report,
                )
            except AppError as error:
                return Answer(design, None, f"{error.message} {error.hint}".strip())
            return Answer(design, analysis, styles=curve_styles(analysis))

        self.compute(_("Computing survival"), work, self._take)

    def _take(self, answer: Answer) -> None:
        if answer.design.snapshot is self.session.snapshot:
            self.answer = answer
            self.views.show_answer(answer)


def _of_level(groups: Grouping, level: str) -> tuple[str, ...]:
    """The patients of one level of a grouping; nobody where the level is not there."""
    if level not in groups.levels:
        return ()
    index = groups.levels.index(level)
    return tuple(name for name, group in zip(groups.patients, groups.group, strict=True) if group == index)


def _subset_text(snapshot: Snapshot, patients: Sequence[str] | None, name: str) -> str:
    """That patients are left out of sight, which makes every comparison exploratory."""
    if patients is None or (not name and len(patients) == len(snapshot.patients)):
        return ""
    count, total = len(patients), len(snapshot.patients)
    if name:
        return _("Subset: {name}, {count} of {total} patients. Comparisons are exploratory.").format(
            name=name, count=count, total=total
        )
    return _(
        "Subset: the filter lets {count} of {total} patients through. Comparisons are exploratory."
    ).format(count=count, total=total)
