"""The live cut of the survival page: a marker's patients parted where the user puts the line.

While a line moves, `LiveCut.frame` counts and everything follows within one frame of the screen. Once it
rests, the full analysis fits the same quantities and what is shown is its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.kaplan_meier import estimate_quantile
from mirocals_desktop.analysis.study_cut import build_study_cut, scan_study, settle
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.table import marks
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.cut_words import (
    class_names,
    class_text,
    classes_text,
    cut_p_text,
    effect_text,
    interaction_text,
    primary_text,
    scan_text,
    stamp_text,
)
from mirocals_desktop.ui.plots.survival import ShownCurves
from mirocals_desktop.ui.plots.survival_conventions import curves_text, endpoint_text, version_text
from mirocals_desktop.ui.plots.survival_cut import MarkerPlot, Step
from mirocals_desktop.ui.plots.survival_words import group_name
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_tables import passport
from mirocals_desktop.ui.survival_views.class_panel import ClassPanel, Lines
from mirocals_desktop.ui.survival_views.cut_controls import CutControls
from mirocals_desktop.ui.survival_views.frame import Answer, SurvivalView
from mirocals_desktop.ui.theme import REFERENCE, TREATED, class_style

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cut_point import CutScan
    from mirocals_desktop.analysis.live_cut import CutCurve, CutFrame
    from mirocals_desktop.analysis.study_cut import StudyCut
    from mirocals_desktop.progress import Report

PERMUTATIONS: Final = 10_000
_REST_MS: Final = 150  # a line that has not moved for so long has come to rest


@dataclass(frozen=True, eq=False)
class _Prepared:
    """What the worker made ready: the marker with the profile of its cuts, or why there is none."""

    cut: StudyCut | None
    scan: CutScan | None = None
    why: str = ""


class CutView(SurvivalView):
    """Lines over a marker's histogram; above it the curves of the classes that they make."""

    code: ClassVar[str] = "cut"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.cut: StudyCut | None = None
        self.scan: CutScan | None = None
        self.frame: CutFrame | None = None
        self.settled = False
        self.permutations = PERMUTATIONS
        self._cuts: tuple[float, ...] = ()
        self._of = ""  # the study whose cuts these are
        self._pending = QTimer(self)
        self._pending.setSingleShot(True)
        self._pending.setInterval(0)
        self._pending.timeout.connect(self._follow)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._settle)
        self._build()

    @property
    def cuts(self) -> tuple[float, ...]:
        """Where the lines stand."""
        return self._cuts

    @override
    def show_answer(self, answer: Answer) -> None:
        analysis = answer.analysis
        assert analysis is not None
        snapshot, table, interval = answer.design.snapshot, analysis.endpoint, answer.design.interval
        ticks = tuple(row.day for row in analysis.result.overall.at)

        def work(report: Report) -> _Prepared:
            report(0.0, "")
            try:
                cut = build_study_cut(snapshot, table, ticks=ticks, interval=interval)
            except AppError as error:
                return _Prepared(None, None, error.message)
            try:
                scan = scan_study(cut, permutations=0, report=report)
            except AppError:
                return _Prepared(cut)
            return _Prepared(cut, scan)

        self.compute(_("Preparing the live cut"), work, self._take, key="prepare")

    @override
    def chosen(self) -> dict[str, Any]:
        searched = self.scan if self.scan is not None and self.scan.permutations else None
        return {} if self.cut is None else {"cuts": self._cuts, "searched": searched}

    @override
    def show_nothing(self, why: str) -> None:
        self.cut = self.scan = self.frame = None
        self.settled = False
        self._pending.stop()
        self._rest.stop()
        self.marker.show_nothing(why)
        for panel in self.panels:
            panel.clear()
        self.controls.show_nothing()
        for line in (self.tests, self.classes, self.primary, self.search_text):
            line.show_text("")

    def put(self, cuts: Sequence[float]) -> None:
        """Put the lines at these values, as near as they may stand; everything follows at once."""
        if self.cut is None:
            return
        placed = sorted(self.cut.place(value) for value in cuts)
        if len(placed) > 1 and not placed[0] < placed[1]:
            unit = 10.0**-self.cut.decimals
            placed[1] = self.cut.place(placed[0] + unit)
            placed[0] = min(placed[0], placed[1] - unit)
        self._cuts = tuple(placed)
        self.settled = False
        self.controls.show_cuts(self._cuts)
        self._pending.start()

    # Widgets

    def _build(self) -> None:
        self.controls = CutControls(self.permutations, self)
        self.controls.moved.connect(self._on_moved)
        self.controls.put_asked.connect(self.put)
        self.controls.two_asked.connect(self._on_two)
        self.controls.search_asked.connect(self._ask_search)
        above = QWidget(self)
        panels = QHBoxLayout(above)
        panels.setContentsMargins(0, 0, 0, 0)
        panels.setSpacing(12)
        self.panels = [ClassPanel(number, above) for number in range(3)]
        for panel in self.panels:
            panels.addWidget(panel, 1)
        self.tests = Lines("survival.cut.tests", self)
        self.classes = Lines("survival.cut.classes", self)
        self.primary = Lines("survival.cut.primary", self)
        self.search_text = Lines("survival.cut.searched", self)
        self.marker = MarkerPlot("survival.cut.marker")
        self.marker.setMinimumHeight(130)
        self.marker.setToolTip(
            _("Drag a line. Left and Right move it past the next patient, with Shift past one in twenty.")
        )
        self.marker.cut_moved.connect(self._on_moved)
        self.marker.cut_stepped.connect(self._on_stepped)
        below = QWidget(self)
        lower = QVBoxLayout(below)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(2)
        for widget in (self.tests, self.classes, self.primary, self.search_text):
            lower.addWidget(widget)
        lower.addWidget(self.marker, 1)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("survival.cut.split")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(6)
        split.addWidget(above)
        split.addWidget(below)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([340, 260])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.controls)
        column.addWidget(split, 1)

    # Following the lines

    def _take(self, prepared: _Prepared) -> None:
        cut = prepared.cut
        if cut is None or self.answer is None:
            self.show_nothing(prepared.why)
            return
        self.cut, self.scan = cut, prepared.scan
        study = self.answer.design.snapshot.study_id
        self.controls.offer(cut)
        if self._of != f"{study}.{cut.marker}" or not self._cuts:
            self._of, self._cuts = f"{study}.{cut.marker}", cut.start()
        if not all(cut.holds(value) for value in self._cuts):  # other patients, other values
            self._cuts = cut.start()
        self.controls.show_cuts(self._cuts)
        self.marker.show_cut(cut, prepared.scan, self._cuts)
        self.marker.caption = cut.label
        self.primary.show_text(primary_text(cut.primary) if cut.primary is not None else "")
        self._say_search(cut)
        self._follow()

    def _on_moved(self, number: int, value: float) -> None:
        if self.cut is None or number >= len(self._cuts):
            return
        cuts = list(self._cuts)
        unit = 10.0**-self.cut.decimals
        value = self.cut.place(value)
        if number == 0 and len(cuts) > 1:
            value = min(value, cuts[1] - unit)
        elif number == 1:
            value = max(value, cuts[0] + unit)
        cuts[number] = value
        self.put(cuts)

    def _on_stepped(self, step: Step) -> None:
        if self.cut is not None and step.cut < len(self._cuts):
            self._on_moved(step.cut, self.cut.step(self._cuts[step.cut], step.patients))

    def _on_two(self, on: bool) -> None:  # noqa: FBT001 (Qt's signal)
        if self.cut is None or not self._cuts:
            return
        if not on:
            self.put(self._cuts[:1])
            return
        first = self._cuts[0]
        others = [value for value in self.cut.pinned if value != first]
        self.put((first, others[-1] if others else first * 2))

    def _follow(self) -> None:
        """One frame: count, and draw what has been counted."""
        cut = self.cut
        if cut is None:
            return
        by_arm = len(cut.live.arms) == 2
        frame = cut.live.frame(self._cuts, show="arms" if by_arm else "classes")
        self._show_frame(cut, frame, settled=False)
        self._rest.start()

    def _settle(self) -> None:
        """The full analysis of where the lines have come to rest."""
        cut, cuts = self.cut, self._cuts
        if cut is None:
            return

        def take(frame: CutFrame) -> None:
            if self.cut is cut and self._cuts == cuts:
                self._show_frame(cut, frame, settled=True)

        def work(report: Report) -> CutFrame:
            report(0.0, "")
            return settle(cut, cuts)

        self.compute(_("Computing the cut"), work, take, key="settle")

    def _show_frame(self, cut: StudyCut, frame: CutFrame, *, settled: bool) -> None:
        self.frame, self.settled = frame, settled
        names = class_names(cut, self._cuts)
        events = _events_by_class(frame)
        by_arm = len(cut.live.arms) == 2
        if by_arm:
            for number, panel in enumerate(self.panels):
                if number >= len(names):
                    panel.hide()
                    continue
                mine = [shown for shown in frame.curves if shown.marker_class == number]
                text = class_text(frame.sizes[number], events[number])
                effect = frame.effects[number] if frame.effects else None
                panel.show_class(names[number], text, effect_text(effect) if effect else "")
                labels = tuple(group_name(shown.arm) for shown in mine)
                arms = (REFERENCE, TREATED)
                panel.show_curves(self._curves_of(cut, mine, labels, arms, settled=settled))
        else:
            for panel in self.panels[1:]:
                panel.hide()
            labels = tuple(names)
            styles = tuple(
                class_style(number if len(names) > 2 else 2 * number, 3) for number in range(len(names))
            )
            told = ", ".join(titled(name, size) for name, size in zip(names, frame.sizes, strict=True))
            self.panels[0].show_class(_("All patients, by class"), told, "")
            self.panels[0].show_curves(self._curves_of(cut, frame.curves, labels, styles, settled=settled))
        self.marker.move_cuts(self._cuts)
        stamped_otherwise = self.controls.stamp_with(cut, self._cuts)
        interaction, classes = interaction_text(frame), classes_text(frame)
        if self.scan is not None and len(self._cuts) == 1:
            classes = " ".join(filter(None, (cut_p_text(cut, self.scan, self._cuts[0]), classes)))
        state = _("Full analysis.") if settled else _("Counted while the line moves.")
        self.tests.show_text(" ".join(filter(None, (interaction, state))))
        self.classes.show_text(classes)
        if settled or stamped_otherwise:
            self._name_pictures(cut)
        if settled:
            self.marker.describe(f"{', '.join(names)}. {interaction} {classes}")

    def _curves_of(
        self,
        cut: StudyCut,
        curves: Sequence[CutCurve],
        labels: tuple[str, ...],
        styles: Sequence[theme.DataStyle],
        *,
        settled: bool,
    ) -> ShownCurves:
        assert self.answer is not None
        assert self.answer.analysis is not None
        table = self.answer.analysis.endpoint
        return ShownCurves(
            curves=tuple(shown.curve for shown in curves),
            labels=labels,
            styles=tuple(styles),
            medians=tuple(estimate_quantile(shown.curve).estimate if settled else None for shown in curves),
            ticks=cut.live.ticks,
            horizon=table.horizon,
            x_title=_("Study day"),
            y_title=_("Survival") if table.endpoint == "death" else _("Survival without the event"),
            rows=tuple(shown.rows for shown in curves),
        )

    def _name_pictures(self, cut: StudyCut) -> None:
        """What stands around a picture that is copied or saved: the stamp and every convention."""
        assert self.answer is not None
        assert self.answer.analysis is not None
        snapshot = self.answer.design.snapshot
        lines = (
            " · ".join((*marks(snapshot), stamp_text(cut, self._cuts), passport(snapshot))),
            self.answer.design.subset,
            self.tests.text(),
            self.classes.text(),
            self.primary.text(),
            " ".join(
                filter(
                    None,
                    (
                        endpoint_text(self.answer.analysis),
                        curves_text(self.answer.analysis),
                        _("Cox within each class: Efron ties, Wald limits.") if cut.primary else "",
                        version_text(),
                    ),
                )
            ),
        )
        for canvas in (self.marker, *(panel.plot for panel in self.panels)):
            canvas.footnote = "\n".join(filter(None, lines))
            canvas.folder = str(self.session.folder_for("figure"))

    # The search

    def _say_search(self, cut: StudyCut) -> None:
        told = scan_text(cut, self.scan) if self.scan is not None and self.scan.permutations else ""
        self.search_text.show_text(" ".join(filter(None, (told, *cut.notes))))
        self.search_text.setVisible(bool(self.search_text.text()))

    def _ask_search(self) -> None:
        cut, answer = self.cut, self.answer
        if cut is None:
            return
        self.controls.search.setEnabled(False)

        def over() -> None:
            self.controls.search.setEnabled(self.cut is not None)

        def take(scan: CutScan) -> None:
            over()
            if self.answer is answer and self.cut is cut:
                self.scan = scan
                self.marker.show_cut(cut, scan, self._cuts)
                self._say_search(cut)
                self._follow()

        def failed(error: BaseException) -> None:
            over()
            self.session.jobs.failed.emit(error)

        self.session.jobs.start(
            _("Searching all cuts"),
            lambda report: scan_study(cut, permutations=self.permutations, report=report),
            done=take,
            failed=failed,
            cancelled=over,
            owner=self,
            key="survival.cut.search",
        )


def _events_by_class(frame: CutFrame) -> list[int]:
    events = [0] * len(frame.sizes)
    for shown in frame.curves:
        events[shown.marker_class] += shown.curve.total_events
    return events
