"""The adjusted model: covariates chosen by the user, coefficients with their tests, and adjusted curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.study_model import AdjustedModel, covariate_choices, fit_adjusted
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.cut_words import primary_text
from mirocals_desktop.ui.plots.survival import curve_styles
from mirocals_desktop.ui.plots.survival_steps import ShownSteps, StepCurve, StepsPlot, day_text
from mirocals_desktop.ui.plots.survival_words import (
    chisq_text,
    days_text,
    decimal_text,
    group_name,
    p_number,
    p_text,
)
from mirocals_desktop.ui.session import Selection
from mirocals_desktop.ui.survival_tables import file_name
from mirocals_desktop.ui.survival_views.captions import caption, dress
from mirocals_desktop.ui.survival_views.choice_menu import ChoiceMenu
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer, blinded_text
from mirocals_desktop.ui.survival_views.hazards_panel import Hazards, HazardsPanel, derive_hazards, term_label
from mirocals_desktop.ui.survival_views.proof import save_proof
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.table_columns import numbers

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cox import CoxModel, CoxTerm, ModelTest
    from mirocals_desktop.analysis.survival import SurvivalResult
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.theme import DataStyle


@dataclass(frozen=True, eq=False)
class AdjustedFound:
    """The model with its check; None with the reason where it cannot be fitted."""

    model: AdjustedModel | None
    hazards: Hazards | None
    styles: tuple[DataStyle, ...] = ()
    why: str = ""


class AdjustedView(ComputedView[AdjustedFound]):
    """Covariates above, coefficients at the left, pictures at the right."""

    code: ClassVar[str] = "adjusted"

    @override
    def build(self, body: QWidget) -> None:
        self.covariates = ChoiceMenu("survival.adjusted.covariates", _("Covariates"), body)
        self.interactions = ChoiceMenu("survival.adjusted.interactions", _("Interactions"), body)
        self.covariates.changed.connect(self._on_covariates)
        self.interactions.changed.connect(self.start)
        self.formula = QLabel(body)
        self.formula.setObjectName("survival.adjusted.formula")
        self.formula.setWordWrap(True)
        self.save = QPushButton(_("Save R script and data…"), body)
        self.save.setObjectName("survival.adjusted.save")
        self.save.clicked.connect(lambda _checked=False: self._ask_script())
        head = QHBoxLayout()
        head.addWidget(self.covariates)
        head.addWidget(self.interactions)
        head.addStretch(1)
        head.addWidget(self.save)
        self.terms = TableView("survival.adjusted.terms", _("Coefficients"), body)
        self.tests = QLabel(body)
        self.tests.setObjectName("survival.adjusted.tests")
        self.tests.setWordWrap(True)
        self.tests.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        table = QWidget(body)
        table_column = QVBoxLayout(table)
        table_column.setContentsMargins(0, 4, 0, 0)
        table_column.addWidget(self.terms, 1)
        table_column.addWidget(self.tests)
        self.plot = StepsPlot("survival.adjusted.plot", _("Adjusted survival"))
        self.plot.pointed.connect(lambda pointer: self.plot.say(self.sentence(pointer)))
        self.plot.table_asked.connect(self._focus_terms)
        self.panel: HazardsPanel | None = None  # made with the first model: the view opens the sooner
        self.pictures = QTabWidget(body)
        self.pictures.setObjectName("survival.adjusted.pictures")
        self.pictures.setDocumentMode(True)
        self.pictures.addTab(self.plot, _("Adjusted curves"))
        split = QSplitter(Qt.Orientation.Vertical, body)
        split.setObjectName("survival.adjusted.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.pictures)
        split.addWidget(table)
        split.setSizes([290, 250])
        self.footnote = caption("survival.adjusted.footnote", body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.formula)
        column.addWidget(split, 1)
        column.addWidget(self.footnote)

    @override
    def title(self) -> str:
        return _("Fitting the adjusted model")

    @override
    def refusal(self, answer: Answer) -> str:
        snapshot = answer.design.snapshot
        if snapshot.blinded and not snapshot.unblinded:
            return blinded_text()  # a covariate that somebody added may well tell the arm
        choices = covariate_choices(snapshot, group=answer.design.by)
        if not choices:
            return _("The study has no variable from before the outcome to adjust for.")
        self.covariates.offer(
            [(choice.term, choice.label) for choice in choices],
            [choice.term for choice in choices if choice.usual],
        )
        self._offer_interactions(answer)
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], AdjustedFound]:
        design = answer.design
        terms = (*self.covariates.chosen(), *self.interactions.chosen())

        def fit(report: Report) -> AdjustedFound:
            try:
                model = fit_adjusted(
                    design.snapshot,
                    terms,
                    by=design.by,
                    strata=design.strata,
                    interval=design.interval,
                    patients=design.patients,
                    report=report,
                )
            except AppError as error:
                return AdjustedFound(None, None, why=f"{error.message} {error.hint}".strip())
            hazards = derive_hazards(model.analysis.result)
            return AdjustedFound(model, hazards, curve_styles(model.analysis))

        return fit

    @override
    def clear(self) -> None:
        self._show_none("")

    @override
    def show_found(self, answer: Answer, found: AdjustedFound) -> None:
        if found.model is None or found.model.analysis.result.cox is None:
            self._show_none(found.why)
            return
        model, cox = found.model, found.model.analysis.result.cox
        self.save.setEnabled(True)
        self.formula.setText(" + ".join(term_label(term, model.labels) for term in cox.design.terms))
        self.terms.show_columns(term_columns(cox, model.labels))
        self.tests.setText(tests_text(cox))
        primary = primary_text(model.primary) if model.primary is not None else ""
        note = " ".join(
            (
                # a subset's own sentence has it already
                *filter(None, ("" if primary in answer.design.subset else primary,)),
                *model.notes,
                _(
                    "Adjusted curves: the survival that the model predicts had all been in the group, "
                    "averaged over its population. Thin lines: Kaplan–Meier, unadjusted."
                ),
            )
        )
        self.footnote.setText(" ".join(filter(None, (answer.design.subset, note))))
        self._show_curves(answer, found, model, note)
        if found.hazards is not None:
            curves = [group.curve for group in model.analysis.result.groups]
            origin = model.analysis.endpoint.origin_label
            if self.panel is None:
                self.panel = HazardsPanel("survival.adjusted.hazards", self.session, self.pictures)
                self.pictures.addTab(self.panel, _("Proportional hazards"))
            self.panel.show_hazards(found.hazards, curves, found.styles, origin=origin, labels=model.labels)

    @override
    def show_selection(self, selection: Selection) -> None:
        if self.panel is not None:
            self.panel.show_selection(selection)

    @override
    def chosen(self) -> dict[str, Any]:
        terms = (*self.covariates.chosen(), *self.interactions.chosen())
        return {} if self.found is None else {"covariates": terms}

    def sentence(self, pointer: Pointer | None) -> str:
        """The adjusted survival of each group on the day that the pointer is on."""
        day = self.plot.day_at(pointer)
        found = self.found
        if day is None or found is None or found.model is None or not found.model.curves:
            return ""
        parts = []
        for curve in found.model.curves:
            place = int(np.searchsorted(curve.days, day, side="right")) - 1
            height = 1.0 if place < 0 else float(curve.survival[place])
            parts.append(f"{group_name(curve.group)} {decimal_text(height, 3)}")
        text = _("day {day}: adjusted survival {groups}")
        return text.format(day=days_text(day), groups="; ".join(parts))

    def _show_curves(self, answer: Answer, found: AdjustedFound, model: AdjustedModel, note: str) -> None:
        if not model.curves:
            self.plot.show_nothing(model.no_curves)
            return
        analysis = model.analysis
        raw = {group.label: group.curve for group in analysis.result.groups}
        last = float(analysis.endpoint.horizon or max(curve.last_day for curve in raw.values()))
        steps = tuple(
            StepCurve(
                group_name(curve.group),
                style,
                np.concatenate(([0.0], curve.days, [last])),
                np.concatenate(([1.0], curve.survival, curve.survival[-1:])),
                companion=StepCurve.of(raw[curve.group], curve.group, style),
            )
            for curve, style in zip(model.curves, found.styles, strict=True)
        )
        self.plot.show_steps(
            ShownSteps(
                steps,
                _("Study day (0 = {origin})").format(origin=analysis.endpoint.origin_label),
                _("Adjusted survival"),
                last,
                None if analysis.endpoint.horizon is None else last,
                day_text(last),
            )
        )
        dress(self.plot, answer, self.code, note)

    def _show_none(self, why: str) -> None:
        self.save.setEnabled(False)
        for label in (self.formula, self.tests, self.footnote):
            label.setText("")
        self.terms.show_columns([], empty=why)
        self.plot.show_nothing(why)
        if self.panel is not None:
            self.panel.show_nothing(why)

    def _offer_interactions(self, answer: Answer) -> None:
        """The groups with each covariate that is chosen."""
        assert answer.analysis is not None
        group, grouping = answer.analysis.times.group, answer.analysis.grouping
        if group is None or grouping is None or len(group.levels) < 2:
            self.interactions.setEnabled(False)
            self.interactions.offer([], [])
            return
        self.interactions.setEnabled(True)
        self.interactions.offer(
            [
                (f"{group.name}:{term}", f"{grouping.label} × {self.covariates.label(term)}")
                for term in self.covariates.chosen()
            ],
            [],
        )

    def _on_covariates(self) -> None:
        if self.answer is not None:
            self._offer_interactions(self.answer)
            self.start()

    def _focus_terms(self) -> None:
        self.terms.view.setFocus()

    def _ask_script(self) -> None:
        found = self.found
        if found is None or found.model is None:
            return
        result = found.model.analysis.result
        folder = Path(self.session.settings.folder or Path.home())
        ask.file_to_save(
            self,
            lambda path: self._write(path, result),
            title=_("Save R script and data"),
            kinds=[_("R script (*.R)")],
            proposal=folder / f"{file_name(found.model.analysis)}_adjusted.R",
        )

    def _write(self, path: Path, result: SurvivalResult) -> None:
        def work(study: Study, _report: Report) -> None:
            study.record(EXPORTED, details={"file": ", ".join(save_proof(result, path))})

        self.session.change(_("Exporting to {name}").format(name=path.name), work)


# Words and tables


def term_columns(model: CoxModel, labels: dict[str, str]) -> list[Column]:
    """Every coefficient with its ratio, limits and test, or why there is none."""
    terms = model.terms

    def of_terms(pick: Callable[[CoxTerm], float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return numbers(pick(term) for term in terms)

    def texts(values: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        return np.array(values, dtype=object)

    room = (ratio_text(0.000008),)  # with an interaction a ratio may be that small
    return [
        Column("term", _("Term"), texts([term_label(term.term, labels) for term in terms])),
        Column("level", _("Level"), texts([term.level.strip(":") for term in terms])),
        Column("hr", _("HR"), of_terms(lambda term: term.hr), show=ratio_text, room_for=room),
        Column("lower", _("Lower limit"), of_terms(lambda term: term.lower), show=ratio_text, room_for=room),
        Column("upper", _("Upper limit"), of_terms(lambda term: term.upper), show=ratio_text, room_for=room),
        Column("p", "p", of_terms(lambda term: term.p), show=lambda p: p_number(p) if p == p else ""),
        Column("coef", _("Coefficient"), of_terms(lambda term: term.coef), 5),
        Column("se", _("Standard error"), of_terms(lambda term: term.se), 5),
        Column("z", "z", of_terms(lambda term: term.z), 3),
        Column(
            "why",
            _("Remark"),
            texts([_("not estimable: {why}").format(why=t.reason) if t.reason else "" for t in terms]),
        ),
    ]


def ratio_text(value: float) -> str:
    """A ratio with three digits that count; "" where there is none."""
    if not 0 < value < math.inf:
        return ""
    return decimal_text(value, min(max(2 - math.floor(math.log10(value)), 0), 6))


def tests_text(model: CoxModel) -> str:
    """The tests of the whole model, its concordance, and whom it is fitted on."""
    tests: tuple[tuple[str, ModelTest], ...] = (
        (_("Likelihood ratio"), model.lr),
        (_("Wald"), model.wald),
        (_("score"), model.score),
    )
    parts = [
        f"{name} {p_text(test.p)} ({chisq_text(test.chisq, test.df)})"
        if test.chisq is not None
        else _("{test} not estimable").format(test=name)
        for name, test in tests
    ]
    if model.concordance is not None:
        parts.append(_("concordance {value}").format(value=decimal_text(model.concordance, 3)))
    events = ngettext("{count} event", "{count} events", model.events).format(count=model.events)
    counted = _("{n} patients, {events}; {ties} ties").format(
        n=model.n, events=events, ties={"efron": "Efron", "breslow": "Breslow"}[model.ties]
    )
    if model.left_out:
        counted += "; " + ngettext(
            "{count} patient lacks a covariate and is left out",
            "{count} patients lack a covariate and are left out",
            model.left_out,
        ).format(count=model.left_out)
    return ", ".join(parts) + f". {counted}."
