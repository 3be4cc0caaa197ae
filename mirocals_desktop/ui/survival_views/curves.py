"""The curves of the survival page: Kaplan-Meier curves, rows below them, and the results in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QLabel, QPushButton, QSplitter, QTextBrowser, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.export.figures import write_figure
from mirocals_desktop.export.table import marks
from mirocals_desktop.i18n import _
from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival import Reading, ShownCurves, SurvivalPlot, patients_on, place_of
from mirocals_desktop.ui.plots.survival_conventions import footnote_text
from mirocals_desktop.ui.plots.survival_words import (
    day_name,
    day_section,
    group_name,
    reading_sentence,
    results_html,
    shown_groups,
)
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.survival_tables import build_figure, figure_title, file_name, passport, write_numbers
from mirocals_desktop.ui.survival_views.frame import Answer, SurvivalView

if TYPE_CHECKING:
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.study import Study


class CurvesView(SurvivalView):
    """Curves at the left, what they say at the right, every convention below."""

    code: ClassVar[str] = "curves"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._reading: Reading | None = None
        self._build()

    @override
    def show_answer(self, answer: Answer) -> None:
        assert answer.analysis is not None
        self._reading = None
        for button in (self.export_figure, self.save_numbers):
            button.setEnabled(True)
        self._show_curves(answer, answer.analysis)
        self._show_results()

    @override
    def show_nothing(self, why: str) -> None:
        self._reading = None
        for button in (self.export_figure, self.save_numbers):
            button.setEnabled(False)
        self.plot.show_nothing(why)
        self.results.setPlainText("")
        self.footnote.setText("")

    @override
    def show_selection(self, selection: Selection) -> None:
        """Ring the place where the selected patient leaves the curve."""
        if self.answer is not None and self.answer.analysis is not None:
            self.plot.mark(place_of(self.answer.analysis, selection.patient))

    def sentence(self, pointer: Pointer | None) -> str:
        """What is known on the day that the pointer is on, in words; "" when it is on nothing."""
        reading = self.plot.reading(pointer)
        if reading is None or self.answer is None or self.answer.analysis is None:
            return ""
        curves = [group.curve for group in shown_groups(self.answer.analysis)]
        return reading_sentence(curves, reading.day, reading.group)

    # Widgets

    def _build(self) -> None:
        self.plot = SurvivalPlot("survival.plot")
        self.plot.pointed.connect(lambda pointer: self.plot.say(self.sentence(pointer)))
        self.plot.clicked.connect(self._on_clicked)
        self.plot.table_asked.connect(lambda: self.view_asked.emit("steps"))
        self.footnote = QLabel(self)
        self.footnote.setObjectName("survival.footnote")
        self.footnote.setWordWrap(True)
        self.footnote.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.footnote.setForegroundRole(self.footnote.palette().ColorRole.PlaceholderText)
        left = QWidget(self)
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 8, 0)
        left_column.addWidget(self.plot, 1)
        self.results = text_browser("survival.results", _("Results in sentences"), self)
        self.results.anchorClicked.connect(self._on_link)
        self.export_figure = self._button("export_figure", _("Export figure…"), self._ask_figure)
        self.save_numbers = self._button("save_numbers", _("Save numbers…"), self._ask_numbers)
        acts = QWidget(self)
        acts_flow = FlowLayout(acts)
        acts_flow.addWidget(self.export_figure)
        acts_flow.addWidget(self.save_numbers)
        right = QWidget(self)
        right_column = QVBoxLayout(right)
        right_column.setContentsMargins(8, 0, 0, 0)
        right_column.setSpacing(8)
        right_column.addWidget(self.results, 1)
        right_column.addWidget(acts)
        right.setMinimumWidth(max(220, self.export_figure.sizeHint().width() + 24))
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName("survival.split")
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([700, 240])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(split, 1)
        column.addWidget(self.footnote)

    def _button(self, code: str, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"survival.{code}")
        button.clicked.connect(lambda _checked=False: act())
        return button

    # Showing

    def _show_curves(self, answer: Answer, analysis: StudySurvival) -> None:
        design, groups, table = answer.design, shown_groups(analysis), analysis.endpoint
        footnote = footnote_text(analysis, design.strata_name)
        snapshot = design.snapshot
        self.plot.caption = figure_title(analysis)
        self.plot.footnote = "\n".join(
            filter(None, (" · ".join((*marks(snapshot), passport(snapshot))), design.subset, footnote))
        )
        self.plot.file_name = file_name(analysis)
        self.plot.show_curves(
            ShownCurves(
                curves=tuple(group.curve for group in groups),
                labels=tuple(group_name(group.label) for group in groups),
                styles=answer.styles,
                medians=tuple(group.median.estimate for group in groups),
                ticks=tuple(row.day for row in analysis.result.overall.at),
                horizon=table.horizon,
                x_title=_("Study day (0 = {origin})").format(origin=table.origin_label),
                y_title=_("Survival") if table.endpoint == "death" else _("Survival without the event"),
            )
        )
        self.footnote.setText(" ".join(filter(None, (design.subset, footnote))))

    def _show_results(self) -> None:
        answer = self.answer
        if answer is None or answer.analysis is None:
            return
        told = [] if self._reading is None else [day_section(answer.analysis, self._reading)]
        self.results.setHtml(
            results_html(
                answer.analysis,
                answer.styles,
                subset=answer.design.subset,
                told=told,
                faint=theme.faint_colour(),
            )
        )

    # Pointing

    def _on_clicked(self, pointer: Pointer) -> None:
        """On a step or a censor tick: list the patients whose time stops there, and select the first."""
        reading = self.plot.reading(pointer)
        answer = self.answer
        if answer is None or answer.analysis is None or reading is None:
            return
        if not reading.kind:  # by key, or between the corners: whatever happened on that day
            reading = Reading(reading.day, -1)
        patients = patients_on(answer.analysis, reading)
        self._reading = reading if patients else None
        self._show_results()
        if patients:
            self.session.select(patient=patients[0])

    def _on_link(self, url: QUrl) -> None:
        if url.scheme() == "patient":
            self.session.select(patient=url.path(QUrl.ComponentFormattingOption.FullyDecoded))
        elif url.scheme() == "list":
            self.view_asked.emit("patients:unknown")
        elif url.scheme() == "everywhere":
            self._show_everywhere()

    def _show_everywhere(self) -> None:
        """Let the filter that all pages share show only the patients of the day that was clicked."""
        answer, reading = self.answer, self._reading
        if answer is None or answer.analysis is None or reading is None:
            return
        patients = frozenset(patients_on(answer.analysis, reading))
        name = day_name(answer.analysis, reading)
        self.session.set_filters(replace(self.session.filters, listed=patients, list_name=name))
        self.page_asked.emit("patients")

    # Files

    def _ask_figure(self) -> None:
        answer = self.answer
        if answer is None or answer.analysis is None:
            return
        design = answer.design
        figure = build_figure(
            design.snapshot, answer.analysis, subset=design.subset, strata=design.strata_name
        )
        self._ask_file(
            _("Export the figure"),
            [_("SVG picture (*.svg)"), _("PDF (*.pdf)"), _("PNG picture (*.png)")],
            file_name(answer.analysis) + ".svg",
            lambda path, _report: write_figure(figure, path, width_mm=180, height_mm=150),
        )

    def _ask_numbers(self) -> None:
        answer = self.answer
        if answer is None or answer.analysis is None:
            return
        design, analysis = answer.design, answer.analysis
        self._ask_file(
            _("Save the numbers"),
            [_("Every number, JSON (*.json)"), _("Steps of the curves, CSV (*.csv)")],
            file_name(analysis) + ".json",
            lambda path, report: write_numbers(
                design.snapshot,
                analysis,
                path,
                patients=design.patients,
                subset=design.subset,
                report=report,
            ),
        )

    def _ask_file(
        self, title: str, kinds: Sequence[str], name: str, write: Callable[[Path, Report], Any]
    ) -> None:
        folder = self.session.folder_for("figure")
        ask.file_to_save(
            self, lambda path: self._write(path, write), title=title, kinds=kinds, proposal=folder / name
        )

    def _write(self, path: Path, write: Callable[[Path, Report], Any]) -> None:
        self.session.remember_folder("figure", path)

        def work(study: Study, report: Report) -> None:
            write(path, report)
            study.record(EXPORTED, details={"file": path.name})

        self.session.change(_("Exporting to {name}").format(name=path.name), work)


def text_browser(name: str, label: str, parent: QWidget) -> QTextBrowser:
    """Text that can be copied, with links, on the page's own ground."""
    browser = QTextBrowser(parent)
    browser.setObjectName(name)
    browser.setAccessibleName(label)
    browser.setOpenLinks(False)
    browser.setFrameShape(QTextBrowser.Shape.NoFrame)
    browser.viewport().setAutoFillBackground(False)
    browser.setStyleSheet("QTextBrowser { background: transparent; }")
    return browser
