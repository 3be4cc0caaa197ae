"""Whether the hazards of a Cox model are proportional: the test of each term, and its picture beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from mirocals_desktop.analysis.zph import ZphSmooth, smooth_residuals
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.hazards import LogLogPlot, SchoenfeldPlot, log_log_of
from mirocals_desktop.ui.plots.survival_words import days_text, decimal_text, group_name, p_number
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.table_columns import numbers

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cox import CoxModel
    from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
    from mirocals_desktop.analysis.survival import SurvivalResult
    from mirocals_desktop.analysis.zph import ZphTest
    from mirocals_desktop.ui.theme import DataStyle

_LOG_LOG = "log-log"
_GLOBAL = "global"


@dataclass(frozen=True, eq=False)
class Hazards:
    """The test with the smooths of its terms, made on the worker."""

    model: CoxModel
    test: ZphTest
    smooths: dict[str, ZphSmooth | None]
    patients: tuple[str, ...]


def derive_hazards(result: SurvivalResult) -> Hazards | None:
    """What the panel shows of a result; None where it has no model that can be tested."""
    model, test = result.cox, result.zph
    if model is None or test is None:
        return None
    smooths = {term: smooth_residuals(model, test, term) for term in test.residuals}
    names = model.times.patients
    rows = model.fit.sets.dead  # the patients of the model are sorted as its risk sets
    return Hazards(model, test, smooths, tuple(names[row] if names else "" for row in rows))


class HazardsPanel(QWidget):
    """A table of tests; choosing one shows its residuals, and the last line the log-log curves."""

    table_asked = Signal()

    def __init__(self, name: str, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._hazards: Hazards | None = None
        self._x_title = ""
        self._labels: dict[str, str] = {}
        self._curves: tuple[SurvivalCurve, ...] = ()
        self.table = TableView(f"{name}.tests", _("Tests of proportional hazards"), self)
        self.table.selected.connect(self._on_term)
        self.residuals = SchoenfeldPlot(f"{name}.residuals")
        self.residuals.pointed.connect(self._on_pointed)
        self.residuals.clicked.connect(self._on_clicked)
        self.log_log = LogLogPlot(f"{name}.log_log")
        self.log_log.pointed.connect(self._on_log_log)
        for plot in (self.residuals, self.log_log):
            plot.table_asked.connect(self._focus_table)
        self._plots = QStackedWidget(self)
        self._plots.addWidget(self.residuals)
        self._plots.addWidget(self.log_log)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName(f"{name}.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self._plots)
        split.addWidget(self.table)
        split.setSizes([340, 150])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)

    def show_hazards(
        self,
        hazards: Hazards,
        curves: Sequence[SurvivalCurve],
        styles: Sequence[DataStyle],
        *,
        origin: str,
        labels: dict[str, str],
    ) -> None:
        """Show the tests, and the first picture. `labels` are what people call the variables."""
        self._hazards, self._curves, self._labels = hazards, tuple(curves), labels
        self._x_title = _("Study day (0 = {origin})").format(origin=origin)
        columns, keys = test_columns(hazards.test, labels, log_log=len(curves) > 1)
        self.table.show_columns(columns, keys)
        if curves:
            names = [group_name(curve.group) for curve in curves]
            self.log_log.show_curves(curves, names, styles, x_title=self._x_title)
        first = next(iter(hazards.test.residuals), keys[-1])
        self.table.select(first)
        self._on_term(first)

    def show_nothing(self, why: str) -> None:
        """Empty everything."""
        self._hazards = None
        self.table.show_columns([], empty=why)
        self.residuals.show_nothing(why)
        self.log_log.show_nothing(why)

    def show_selection(self, selection: Selection) -> None:
        """Ring the residual of the selected patient."""
        self.residuals.mark(selection.patient)

    def sentence(self, pointer: Pointer | None) -> str:
        """The residual or the day that the pointer is on, in words."""
        found = self.residuals.patient_at(pointer)
        if found is not None:
            patient, day, residual = found
            return _("Patient {patient}, day {day}: {residual}").format(
                patient=patient, day=days_text(day), residual=decimal_text(residual, 3)
            )
        if pointer is None:
            return ""
        height = self.residuals.smooth_at(pointer.x)
        if math.isnan(height):
            return ""
        text = _("day {day}: coefficient {value} by the smooth, hazard ratio {ratio}")
        return text.format(
            day=days_text(math.floor(pointer.x)),
            value=decimal_text(height, 3),
            ratio=decimal_text(math.exp(min(height, 50.0)), 2),
        )

    def _on_term(self, key: str) -> None:
        hazards = self._hazards
        if hazards is None:
            return
        if key == _LOG_LOG:
            self._plots.setCurrentWidget(self.log_log)
            return
        self._plots.setCurrentWidget(self.residuals)
        test = hazards.test
        if key not in test.residuals:
            self.residuals.show_nothing(_why_no_picture(test, key))
            return
        term = next(t for t in hazards.model.terms if t.term == key)
        self.residuals.show_residuals(
            test.days,
            test.residuals[key],
            hazards.patients,
            smooth=hazards.smooths[key],
            estimate=term.coef or 0.0,
            x_title=self._x_title,
            y_title=_("Coefficient of {term} over time").format(term=term_label(key, self._labels)),
        )

    def _on_pointed(self, pointer: Pointer | None) -> None:
        self.residuals.say(self.sentence(pointer))

    def _on_clicked(self, pointer: Pointer) -> None:
        found = self.residuals.patient_at(pointer)
        if found is not None and found[0]:
            self._session.select(patient=found[0])

    def _on_log_log(self, pointer: Pointer | None) -> None:
        if pointer is None or not self._curves:
            self.log_log.say("")
            return
        parts = []
        for curve in self._curves:
            days, heights = log_log_of(curve)
            place = int(np.searchsorted(days, pointer.x, side="right")) - 1
            value = "–" if place < 0 else decimal_text(float(heights[place]), 2)
            parts.append(f"{group_name(curve.group)} {value}")
        day = days_text(math.floor(pointer.x))
        self.log_log.say(_("day {day}: log(−log S) {groups}").format(day=day, groups="; ".join(parts)))

    def _focus_table(self) -> None:
        self.table.view.setFocus()


def term_label(term: str, labels: dict[str, str]) -> str:
    """A term of the model as the user knows it: labels of its variables, interactions with a cross."""
    if term in labels:
        return labels[term]
    parts = re.split(r":(?![^(]*\))", term)
    return " × ".join(labels.get(name, name) for name in parts) if len(parts) > 1 else term


def test_columns(test: ZphTest, labels: dict[str, str], *, log_log: bool) -> tuple[list[Column], list[str]]:
    """The tests as a table, and the keys of its rows: terms, all together, and the log-log curves."""
    checks = [*test.terms, test.overall]
    names = [term_label(check.name, labels) for check in test.terms] + [_("all terms together")]
    keys = [check.name for check in test.terms] + [_GLOBAL]
    chisq = [check.chisq for check in checks]
    p = [check.p for check in checks]
    df: list[float] = [check.df for check in checks]
    remarks = [_("not testable: {why}").format(why=c.reason) if c.reason else "" for c in checks]
    if log_log:
        names.append(_("Log-log curves of the groups"))
        keys.append(_LOG_LOG)
        chisq.append(None)
        p.append(None)
        df.append(math.nan)
        remarks.append(_("parallel when hazards are proportional"))

    columns = [
        Column("term", _("Term"), np.array(names, dtype=object)),
        Column("chisq", "χ²", numbers(chisq), 4),
        Column("df", _("df"), numbers(df), 0),
        Column("p", "p", numbers(p), show=lambda value: p_number(value) if value == value else ""),
        Column("remark", _("Remark"), np.array(remarks, dtype=object)),
    ]
    return columns, keys


def _why_no_picture(test: ZphTest, key: str) -> str:
    check = next((check for check in test.terms if check.name == key), None)
    if check is None:
        return _("The test of all terms together has no picture: choose a term.")
    return check.reason or _("A term with several coefficients has no single picture.")
