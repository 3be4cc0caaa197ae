"""Biomarkers: one variable at a time, by group, over visits or days, with its summaries and its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, get_args

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.biomarkers import Bounds, derive_trajectories, summarise
from mirocals_desktop.analysis.groups import POOLED, derive_groups, grouping_choices
from mirocals_desktop.analysis.marker_values import (
    By,
    Scale,
    biomarker_choices,
    derive_occasions,
    derive_values,
)
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.biomarker_words import (
    Answer,
    digits,
    median_sentence,
    value_sentence,
    why_empty,
)
from mirocals_desktop.ui.plots.biomarkers import (
    AxisScale,
    BiomarkerPlot,
    Shown,
    marker_guides,
    median_note,
    scale_names,
    values_group,
)
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.passport import day_title, footnote, record_export
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.progress import Report
    from mirocals_desktop.protocol.model import Protocol, Variable
    from mirocals_desktop.study.snapshot import Snapshot

_VIEWS: Final = ("trajectories", "distribution", "summaries", "values")
_SWITCH_SHEET: Final = """
QToolButton { border: 1px solid palette(mid); padding: 4px 10px; background: palette(button); }
QToolButton:hover { background: palette(midlight); }
QToolButton:focus { border-color: palette(highlight); }
QToolButton:checked { background: palette(highlight); color: palette(highlighted-text); }
"""
_PREFERRED: Final = (codes.TREG_PERCENT, codes.CSF_PNFH)


class BiomarkersPage(Page):
    """Treg, pNFH, CCL2 and any other measured variable, as lines, boxes and tables."""

    code: ClassVar[str] = "biomarkers"
    icon: ClassVar[str] = "biomarkers"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._answer: Answer | None = None
        self._filling = True
        self.variable = self._chooser("variable", _("Variable"))
        self.grouping = self._chooser("grouping", _("Group by"))
        self.scale = self._chooser("scale", _("Scale"))
        self.axis = self._chooser("axis", _("Axis"))
        self.along = self._chooser("along", _("Along"))
        for scale, name in scale_names().items():
            self.scale.addItem(name, scale)
        for along, name in zip(get_args(By), (_("visits"), _("days")), strict=True):
            self.along.addItem(name, along)
        for axis, name in zip(get_args(AxisScale), (_("linear"), _("logarithmic")), strict=True):
            self.axis.addItem(name, axis)

        self._views = QButtonGroup(self)
        switch = QWidget(self)
        switch_row = QHBoxLayout(switch)
        switch_row.setContentsMargins(0, 0, 0, 0)
        switch_row.setSpacing(0)
        switch.setStyleSheet(_SWITCH_SHEET)
        for number, (view, text) in enumerate(zip(_VIEWS, _view_names(), strict=True)):
            button = QToolButton(switch)
            button.setObjectName(f"biomarkers.view.{view}")
            button.setText(text)
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._views.addButton(button, number)
            switch_row.addWidget(button)
        self._views.idToggled.connect(self._on_view)

        title = theme.title_label(self.title(), "biomarkers.title")
        head = QWidget(self)
        head_row = QHBoxLayout(head)
        head_row.setContentsMargins(0, 0, 0, 0)
        head_row.addWidget(title)
        head_row.addStretch(1)
        head_row.addWidget(switch)
        controls = QWidget(self)
        flow = FlowLayout(controls, gap=12)
        for combo, text in (
            (self.variable, _("Variable")),
            (self.grouping, _("By")),
            (self.scale, _("Scale")),
            (self.along, _("Along")),
            (self.axis, _("Axis")),
        ):
            flow.addWidget(_labelled(combo, text))

        self.plot = BiomarkerPlot("biomarkers.plot")
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.table_asked.connect(lambda: self._views.button(_VIEWS.index("values")).setChecked(True))
        self.plot.saved.connect(lambda path: record_export(self.session, path))
        self.summaries = TableView("biomarkers.summaries", _("Summaries by visit and group"), self)
        self.values = TableView("biomarkers.values", _("Values"), self)
        self.values.selected.connect(self._select_observation)
        self._stack = QStackedWidget(self)
        for widget in (self.plot, self.summaries, self.values):
            self._stack.addWidget(widget)
        self.notes = QLabel(self)
        self.notes.setObjectName("biomarkers.notes")
        self.notes.setWordWrap(True)
        self.notes.setMaximumHeight(3 * self.notes.fontMetrics().lineSpacing() + 4)  # all are in the tooltip
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setStyleSheet("color: palette(placeholder-text);")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addWidget(head)
        column.addWidget(controls)
        column.addWidget(self._stack, 1)
        column.addWidget(self.notes)
        self._filling = False

    @classmethod
    @override
    def title(cls) -> str:
        return _("Biomarkers")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._offer_choices(snapshot)
        self._compute()

    @override
    def show_selection(self, selection: Selection) -> None:
        self.plot.mark_patient(selection.patient)
        if selection.observation:
            self.values.select(selection.observation)

    # Choices

    def _chooser(self, code: str, text: str) -> QComboBox:
        combo = QComboBox(self)
        combo.setObjectName(f"biomarkers.{code}")
        combo.setAccessibleName(text)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.setMaximumWidth(260)
        combo.currentIndexChanged.connect(self._on_choice)
        return combo

    def _offer_choices(self, snapshot: Snapshot) -> None:
        """Offer what the snapshot has; what was chosen stays chosen where it still can."""
        self._filling = True
        variables = biomarker_choices(snapshot)
        chosen = self.variable.currentData()
        _fill_grouped(self.variable, _headed(snapshot.protocol, variables))
        preferred = [chosen, *_PREFERRED, *(v.code for v in variables if v.specimen)]
        present = [variable.code for variable in variables]
        first = next((code for code in preferred if code in present), present[0] if present else "")
        self.variable.setCurrentIndex(self.variable.findData(first))
        grouping = self.grouping.currentData()
        self.grouping.clear()
        for code, text in grouping_choices(snapshot):
            self.grouping.addItem(text, code)
        if grouping is None and snapshot.arms_visible:
            grouping = codes.ARM
        self.grouping.setCurrentIndex(max(self.grouping.findData(grouping), 0))
        if first != chosen:
            self._choose_axis(snapshot)
        self._filling = False

    def _choose_axis(self, snapshot: Snapshot) -> None:
        """The axis that the protocol thinks fit for the variable."""
        variable = snapshot.protocol.variable(self.variable.currentData() or "")
        wanted: AxisScale = "log" if variable is not None and variable.log_axis else "linear"
        self.axis.setCurrentIndex(self.axis.findData(wanted))

    def _on_choice(self) -> None:
        snapshot = self.session.snapshot
        if self._filling or snapshot is None:
            return
        if self.sender() is self.variable:
            self._filling = True
            self._choose_axis(snapshot)
            self._filling = False
        if self.sender() is self.axis:
            self._show_answer()  # nothing to compute: only the axis is another
        else:
            self._compute()

    @property
    def view(self) -> str:
        """Which view is in front: trajectories, distribution, summaries or values."""
        return _VIEWS[self._views.checkedId()]

    def _on_view(self, _number: int, on: bool) -> None:  # noqa: FBT001 (Qt's signal)
        if on:
            self._show_answer()

    # Computing and showing

    def _compute(self) -> None:
        snapshot = self.session.snapshot
        variable = self.variable.currentData()
        if snapshot is None:
            return
        if not variable:
            self._answer = None
            self._show_nothing(_("No measurement has been imported yet."))
            return
        scale: Scale = self.scale.currentData()
        by: By = self.along.currentData()
        grouping: str = self.grouping.currentData() or POOLED
        patients = self.session.patients_shown()

        def work(_report: Report) -> Answer:
            values = derive_values(snapshot, variable, scale=scale, patients=patients)
            groups = derive_groups(snapshot, grouping, patients=patients)
            occasions = derive_occasions(values, by)
            shown = Shown(
                values,
                groups,
                occasions,
                derive_trajectories(values, groups, occasions),
                summarise(values, groups, occasions),
            )
            return Answer(snapshot, shown, _rows_of(snapshot.observations, values.id))

        self.compute(_("Computing summaries"), work, self._take)

    def _take(self, answer: Answer) -> None:
        if answer.snapshot is self.session.snapshot:
            self._answer = answer
            self._show_answer()

    def _show_answer(self) -> None:
        answer = self._answer
        if answer is None:
            return
        shown = answer.shown
        self.axis.setEnabled(shown.values.scale in ("absolute", "ratio"))
        if len(shown.values) == 0:
            self._show_nothing(why_empty(shown))
        elif self.view == "summaries":
            self._show_summaries(shown)
        elif self.view == "values":
            self._show_values(answer)
        else:
            self._show_plot(answer)
        notes = shown.summaries.notes
        if self.view == "trajectories" and len(shown.values):
            notes = (median_note(), *notes)
        self.notes.setText("  ".join(notes))
        self.notes.setToolTip("\n".join(notes))

    def _show_nothing(self, why: str) -> None:
        self.plot.show_nothing(why)
        self.summaries.show_columns([], empty=why)
        self.values.show_columns([], empty=why)
        self._stack.setCurrentIndex(max(0, _VIEWS.index(self.view) - 1))
        self.notes.setText("")

    def _show_plot(self, answer: Answer) -> None:
        snapshot, shown = answer.snapshot, answer.shown
        protocol = snapshot.protocol
        scale: AxisScale = self.axis.currentData() if self.axis.isEnabled() else "linear"
        guides = marker_guides(protocol, shown.values.variable) if shown.values.scale == "absolute" else []
        days = day_title(snapshot)
        title = _("Visit") if shown.occasions.by == "visit" else days
        if self.view == "distribution" and shown.occasions.of == "period":
            title = _("Middle of the period, {days}").format(days=days)
        elif self.view == "distribution":
            title = _("Visit")
        self._stack.setCurrentWidget(self.plot)
        self.plot.caption = f"{shown.values.label}: {scale_names()[shown.values.scale]}"
        self.plot.footnote = footnote(snapshot, shown.summaries.notes)
        self.plot.folder = str(self.session.folder_for("figure"))
        self.plot.file_name = f"{shown.values.variable}_{self.view}"
        self.plot.mark_patient(self.session.selection.patient)
        draw = self.plot.show_trajectories if self.view == "trajectories" else self.plot.show_distribution
        draw(shown, scale=scale, guides=guides, x_title=title)

    def _show_summaries(self, shown: Shown) -> None:
        summaries = shown.summaries
        occasion, group = np.indices(summaries.n.T.shape).reshape(2, -1)
        keep = summaries.n[group, occasion] > 0
        at = group[keep], occasion[keep]
        unit, decimals = shown.values.unit, shown.values.decimals
        names = np.array(_occasion_texts(shown), dtype=object)[at[1]]
        when = _("Visit") if shown.occasions.of == "visit" else _("Period")
        columns = [
            Column("occasion", when, names),
            Column("group", shown.groups.label, np.array(shown.groups.labels, dtype=object)[at[0]]),
            Column("n", _("n"), summaries.n[at], 0, tip=_("Patients with a value")),
            *(
                Column(name, title, counts[at], 0)
                for name, title, counts in (
                    ("below", _("below limit"), summaries.below),
                    ("above", _("above limit"), summaries.above),
                )
                if counts.any()
            ),
            _bounded("median", _("Median"), summaries.median, at, decimals, unit),
            _bounded("q1", _("Lower quartile"), summaries.q1, at, decimals, unit),
            _bounded("q3", _("Upper quartile"), summaries.q3, at, decimals, unit),
            Column("geometric_mean", _("Geometric mean"), summaries.geometric_mean[at], decimals, unit),
            Column("mean", _("Mean"), summaries.mean[at], decimals, unit),
            Column("sd", _("SD"), summaries.sd[at], decimals, unit),
            _bounded("minimum", _("Minimum"), summaries.minimum, at, decimals, unit),
            _bounded("maximum", _("Maximum"), summaries.maximum, at, decimals, unit),
        ]
        self.summaries.show_columns(columns)
        self._stack.setCurrentWidget(self.summaries)

    def _show_values(self, answer: Answer) -> None:
        shown, observations = answer.shown, answer.snapshot.observations
        values = shown.values
        group_of = values_group(shown)
        keep = np.flatnonzero(group_of >= 0)
        rows = answer.rows[keep]
        bounds = Bounds(values.low[keep], values.high[keep])
        stored = values.value[keep]
        whole = values.scale != "absolute" or bool((np.round(stored, values.decimals) == stored).all())
        named = zip(values.visits, values.visit_labels, strict=True)
        labels = np.array([*(_visit_name(code, label) for code, label in named), ""], dtype=object)
        columns = [
            Column("patient", _("Patient"), np.array(values.patients, dtype=object)[values.patient[keep]]),
            Column("group", shown.groups.label, np.array(shown.groups.labels, dtype=object)[group_of[keep]]),
            Column("visit", _("Visit"), labels[values.visit[keep]]),
            Column("day", _("Day"), values.day[keep], 0),
            _bounded(
                "value", _("Value"), bounds, slice(None), values.decimals if whole else None, values.unit
            ),
            *(
                Column(name, title, observations[name].to_numpy()[rows])
                for name, title in (("file", _("File")), ("sheet", _("Sheet")), ("cell", _("Cell")))
            ),
        ]
        self.values.show_columns(columns, values.id[keep])
        self._stack.setCurrentWidget(self.values)
        if self.session.selection.observation:
            self.values.select(self.session.selection.observation)

    # Pointing

    def _on_pointed(self, pointer: Pointer | None) -> None:
        self.plot.say(self.sentence(pointer))

    def sentence(self, pointer: Pointer | None) -> str:
        """What the pointer is on, in words; "" when it is on nothing."""
        answer = self._answer
        target = self.plot.target(pointer)
        if answer is None:
            return ""
        if target.row >= 0:
            return value_sentence(answer, target.row)
        if target.group >= 0:
            return median_sentence(answer.shown, target.group, target.occasion)
        return ""

    def _on_clicked(self, pointer: Pointer) -> None:
        target = self.plot.target(pointer)
        if self._answer is not None and target.row >= 0:
            self._select_observation(int(self._answer.shown.values.id[target.row]))

    def _select_observation(self, observation: int) -> None:
        answer = self._answer
        if answer is None:
            return
        rows = np.flatnonzero(answer.shown.values.id == observation)
        if len(rows):
            values, row = answer.shown.values, int(rows[0])
            visit = int(values.visit[row])
            self.session.select(
                patient=values.patients[values.patient[row]],
                variable=values.variable,
                visit=values.visits[visit] if visit >= 0 else "",
                record=int(values.record[row]),
                observation=observation,
            )


def _view_names() -> tuple[str, str, str, str]:
    return _("Trajectories"), _("Distribution"), _("Summaries"), _("Values")


def _visit_name(code: str, label: str) -> str:
    """A visit's code and name, so that a table sorts by the code; the name alone where they are the same."""
    return label if code == label else f"{code}  {label}"


def _occasion_texts(shown: Shown) -> list[str]:
    occasions = shown.occasions
    if occasions.of == "period":
        return list(occasions.labels)
    return [_visit_name(*pair) for pair in zip(occasions.codes, occasions.labels, strict=True)]


def _labelled(combo: QComboBox, text: str) -> QWidget:
    """A chooser with its name before it."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    label = QLabel(text, pair)
    label.setBuddy(combo)
    row.addWidget(label)
    row.addWidget(combo)
    return pair


def _headed(protocol: Protocol, variables: Sequence[Variable]) -> list[tuple[str, list[Variable]]]:
    """Variables under headings: what is measured in a specimen by specimen, the others by their group."""
    headed: dict[str, list[Variable]] = {}
    for variable in sorted(variables, key=lambda variable: not variable.specimen):
        group = protocol.group(variable.group)
        heading = _specimen_name(variable.specimen) or (str(group.label) if group else _("Other"))
        headed.setdefault(heading, []).append(variable)
    return list(headed.items())


def _specimen_name(specimen: str) -> str:
    names = {
        "blood": _("Blood"),
        "csf": _("Cerebrospinal fluid"),
        "serum": _("Serum"),
        "plasma": _("Plasma"),
        "urine": _("Urine"),
    }
    return names.get(specimen.casefold(), specimen)


def _fill_grouped(combo: QComboBox, headed: Sequence[tuple[str, Sequence[Variable]]]) -> None:
    """Choices under headings that cannot be chosen."""
    model = QStandardItemModel(combo)
    for heading, variables in headed:
        title = QStandardItem(heading)
        title.setFlags(Qt.ItemFlag.NoItemFlags)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        model.appendRow(title)
        for variable in variables:
            item = QStandardItem(str(variable.label))
            item.setData(variable.code, Qt.ItemDataRole.UserRole)
            model.appendRow(item)
    combo.setModel(model)


def _bounded(code: str, title: str, bounds: Bounds, at: Any, decimals: int | None, unit: str) -> Column:
    """A column of statistics of which some are only known to lie below or above a number.

    Such a column is of text that still sorts as numbers; with exact values alone it is a column of numbers.
    """
    drawn, qualifier = bounds.drawn[at], bounds.qualifier[at]
    if (qualifier == "").all():
        return Column(code, title, drawn, decimals, unit)
    place = {"<": 0, "≤": 1, "": 2, ">": 3}
    order = np.lexsort((np.array([place[sign] for sign in qualifier]), drawn))
    rank = np.empty(len(drawn))
    rank[order] = np.arange(len(drawn))
    texts = [
        f"{sign}{number_text(value, digits(value, sign, decimals), grouped=False)}"
        for value, sign in zip(drawn[order].tolist(), qualifier[order].tolist(), strict=True)
    ]
    return Column(code, title, rank, unit=unit, show=lambda value: texts[int(value)])


def _rows_of(
    observations: pd.DataFrame, ids: np.ndarray[Any, np.dtype[np.int64]]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The rows of observations by their ids."""
    stored = observations["id"].to_numpy(dtype=np.int64)
    if not len(ids):
        return np.empty(0, dtype=np.int64)
    order = np.argsort(stored, kind="stable")
    return order[np.searchsorted(stored[order], ids)].astype(np.int64)
