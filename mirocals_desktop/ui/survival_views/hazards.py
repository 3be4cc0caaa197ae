"""The check of proportional hazards of the page's own model: tests, residuals over time, log-log curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.survival_words import chisq_text, p_text
from mirocals_desktop.ui.session import Selection
from mirocals_desktop.ui.survival_views.captions import caption, dress
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.survival_views.hazards_panel import Hazards, HazardsPanel, derive_hazards

if TYPE_CHECKING:
    from mirocals_desktop.analysis.zph import ZphTest
    from mirocals_desktop.progress import Report


class HazardsView(ComputedView[Hazards]):
    """The panel over the model of the groups, with what the test comes to above it."""

    code: ClassVar[str] = "hazards"

    @override
    def build(self, body: QWidget) -> None:
        self.verdict = QLabel(body)
        self.verdict.setObjectName("survival.hazards.verdict")
        self.verdict.setWordWrap(True)
        self.panel = HazardsPanel("survival.hazards", self.session, body)
        self.footnote = caption("survival.hazards.footnote", body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.verdict)
        column.addWidget(self.panel, 1)
        column.addWidget(self.footnote)

    @override
    def title(self) -> str:
        return _("Checking proportional hazards")

    @override
    def refusal(self, answer: Answer) -> str:
        assert answer.analysis is not None
        if answer.analysis.result.zph is None:
            return _("There is no Cox model to check: it needs two groups with events.")
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], Hazards]:
        assert answer.analysis is not None
        result = answer.analysis.result

        def derive(_report: Report) -> Hazards:
            hazards = derive_hazards(result)
            assert hazards is not None  # `refusal` has looked
            return hazards

        return derive

    @override
    def clear(self) -> None:
        self.verdict.setText("")
        self.footnote.setText("")
        self.panel.show_nothing("")

    @override
    def show_found(self, answer: Answer, found: Hazards) -> None:
        analysis = answer.analysis
        assert analysis is not None
        curves = [group.curve for group in analysis.result.groups]
        group, origin = analysis.times.group, analysis.endpoint.origin_label
        labels = {} if group is None else {group.name: group.title}
        self.panel.show_hazards(found, curves, answer.styles, origin=origin, labels=labels)
        self.verdict.setText(verdict_text(found.test))
        note = panel_note()
        self.footnote.setText(" ".join(filter(None, (answer.design.subset, note))))
        dress(self.panel.residuals, answer, "schoenfeld", note)
        dress(self.panel.log_log, answer, "log_log", note)

    @override
    def show_selection(self, selection: Selection) -> None:
        self.panel.show_selection(selection)


def verdict_text(test: ZphTest) -> str:
    """What the test of the whole model comes to."""
    overall = test.overall
    if overall.p is None or overall.chisq is None:
        return _("Proportional hazards: not testable, {why}.").format(why=overall.reason)
    told = _("Proportional hazards: {p} (Grambsch–Therneau, {chisq}).").format(
        p=p_text(overall.p), chisq=chisq_text(overall.chisq, overall.df)
    )
    if overall.p < 0.05:
        return told + " " + _("The hazard ratio changes with time: a single one is an average over it.")
    return told + " " + _("No sign that the hazard ratio changes with time; few events show little.")


def panel_note() -> str:
    """How the pictures are made."""
    return _(
        "Scaled Schoenfeld residuals plus the coefficient, one dot per event; natural spline with 4 df "
        "on the Kaplan–Meier scale of time, with a band of two standard errors (R: plot(cox.zph(fit)))."
    )
