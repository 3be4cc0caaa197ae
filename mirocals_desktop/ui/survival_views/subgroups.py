"""The forest: the arm's hazard ratio in each subgroup, with the interaction and the primary result."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.study_subgroups import StudySubgroups, analyse_subgroups, subgroup_choices
from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.cut_words import primary_text
from mirocals_desktop.ui.plots.forest import ForestLine, ForestPlot
from mirocals_desktop.ui.plots.survival_words import estimate_text, p_number, p_text
from mirocals_desktop.ui.survival_views.captions import caption, dress
from mirocals_desktop.ui.survival_views.choice_menu import ChoiceMenu
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer, blinded_text
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.subgroups import InteractionTest, SubgroupRow, SubgroupTable
    from mirocals_desktop.progress import Report

_BETWEEN: Final = "\x1f"  # of a line's factor and level in its key
_INDENT: Final = "    "


class SubgroupsView(ComputedView[StudySubgroups]):
    """A forest plot and its table; a line leads to its patients."""

    code: ClassVar[str] = "subgroups"

    @override
    def build(self, body: QWidget) -> None:
        self.variables = ChoiceMenu("survival.subgroups.variables", _("Subgroups"), body)
        self.variables.changed.connect(self.start)
        self.list_patients = QPushButton(_("List these patients"), body)
        self.list_patients.setObjectName("survival.subgroups.list")
        self.list_patients.clicked.connect(lambda _checked=False: self._on_listed())
        self.primary = QLabel(body)
        self.primary.setObjectName("survival.subgroups.primary")
        self.primary.setWordWrap(True)
        self.primary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.addWidget(self.primary, 1)
        head.addWidget(self.variables)
        self.plot = ForestPlot("survival.subgroups.plot", _("Hazard ratio by subgroup"))
        self.plot.pointed.connect(lambda pointer: self.plot.say(self.sentence(pointer)))
        self.plot.clicked.connect(self._on_clicked)
        self.plot.table_asked.connect(self._focus_table)
        scroll = QScrollArea(body)
        scroll.setObjectName("survival.subgroups.area")
        scroll.setAccessibleName(self.plot.accessibleName())
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.plot)
        self.table = TableView("survival.subgroups.table", _("Subgroups"), body)
        self.table.bar.insertWidget(3, self.list_patients)
        self.table.selected.connect(self._on_row)
        self.table.activated.connect(self._on_list)
        split = QSplitter(Qt.Orientation.Vertical, body)
        split.setObjectName("survival.subgroups.split")
        split.setChildrenCollapsible(False)
        pictured = QWidget(body)
        pictured_column = QVBoxLayout(pictured)
        pictured_column.setContentsMargins(0, 0, 0, 0)
        pictured_column.setSpacing(2)
        pictured_column.addWidget(scroll, 1)
        pictured_column.addWidget(self.plot.sentence)  # in sight however far the forest is scrolled
        split.addWidget(pictured)
        split.addWidget(self.table)
        split.setSizes([460, 130])  # the scale of the forest is at its foot
        self.footnote = caption("survival.subgroups.footnote", body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(split, 1)
        column.addWidget(self.footnote)

    @override
    def title(self) -> str:
        return _("Comparing subgroups")

    @override
    def refusal(self, answer: Answer) -> str:
        if not answer.design.arms_visible:
            return blinded_text()
        choices = subgroup_choices(answer.design.snapshot)
        if not choices:
            return _("The study has no variable that makes subgroups.")
        usual = [choice.code for choice in choices if choice.usual] or [choices[0].code]
        self.variables.offer([(choice.code, choice.label) for choice in choices], usual)
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], StudySubgroups]:
        design, chosen = answer.design, self.variables.chosen()
        return lambda report: analyse_subgroups(
            design.snapshot, chosen, patients=design.patients, report=report
        )

    @override
    def clear(self) -> None:
        self.primary.setText("")
        self.footnote.setText("")
        self.plot.show_nothing("")
        self.table.show_columns([])

    @override
    def show_found(self, answer: Answer, found: StudySubgroups) -> None:
        table = found.table
        said = primary_text(found.primary)
        self.primary.setText(said)
        notes = " ".join(table.notes)
        self.footnote.setText(" ".join(filter(None, (answer.design.subset, notes))))
        dress(self.plot, answer, self.code, f"{said} {notes}")
        title = _("Hazard ratio of {arm} against {reference} (below 1: fewer events in {arm})").format(
            arm=table.arm, reference=table.reference
        )
        whole = _("Subset shown") if answer.design.subset else _("All patients")
        self.plot.show_lines(forest_lines(table, whole), x_title=title)
        self.table.show_columns(forest_columns(table), [_key(row) for row in table.rows])

    @override
    def chosen(self) -> dict[str, Any]:
        return {} if self.found is None else {"subgroups": self.variables.chosen()}

    def sentence(self, pointer: Pointer | None) -> str:
        """The line that the pointer is on, in words; "" for none."""
        key = self.plot.key_at(pointer)
        if not key or self.found is None:
            return ""
        row = next(row for row in self.found.table.rows if _key(row) == key)
        return row_sentence(row, self.found.table)

    def _on_clicked(self, pointer: Pointer) -> None:
        key = self.plot.key_at(pointer)
        if key:
            self.table.select(key)
            self.plot.mark(key)

    def _on_row(self, key: str) -> None:
        self.plot.mark(key)

    def _focus_table(self) -> None:
        self.table.view.setFocus()

    def _on_listed(self) -> None:
        self._on_list(self.table.current_key())

    def _on_list(self, key: str | None) -> None:
        """Show the patients of a subgroup on every page, beginning with their list."""
        if self.found is None or not key:
            return
        factor, _between, level = key.partition(_BETWEEN)
        members = frozenset(self.found.members.get((factor, level), ()))
        if not members:
            return
        name = titled(factor, level) if factor else _("All patients")
        filters = dataclasses.replace(self.session.filters, listed=members, list_name=name)
        self.session.set_filters(filters)
        self.page_asked.emit("patients")


def _key(row: SubgroupRow) -> str:
    return f"{row.factor}{_BETWEEN}{row.level}"


def _interaction(table: SubgroupTable, factor: str) -> InteractionTest | None:
    return next((test for test in table.interactions if test.factor == factor), None)


# What is shown


def forest_lines(table: SubgroupTable, whole: str) -> tuple[ForestLine, ...]:
    """The whole first, then each factor with its interaction as a heading and its levels below it."""
    most = max((sum(row.events) for row in table.rows[1:]), default=1) or 1
    lines = []
    factor = ""
    for row in table.rows:
        if row.factor != factor:
            factor = row.factor
            test = _interaction(table, factor)
            told = p_text(test.p if test is not None else None)
            lines.append(ForestLine(_("{factor}, interaction {p}").format(factor=factor, p=told)))
        name = f"{_INDENT}{row.level}" if row.factor else whole
        text = _("{subgroup} ({n})").format(subgroup=name, n=number_text(sum(row.n), 0))
        weight = 1.0 if not row.factor else math.sqrt(sum(row.events) / most)
        lines.append(
            ForestLine(text, _key(row), row.hr, row.lower, row.upper, weight=weight, whole=not row.factor)
        )
    return tuple(lines)


def forest_columns(table: SubgroupTable) -> list[Column]:
    """The table below the forest."""
    rows = table.rows

    def texts(values: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        return np.array(values, dtype=object)

    p = []
    for row in rows:
        test = _interaction(table, row.factor)
        p.append(None if test is None else test.p)
    why = [
        row.reason or (test.reason if (test := _interaction(table, row.factor)) is not None else "")
        for row in rows
    ]
    return [
        Column("factor", _("Subgroup"), texts([row.factor or _("All patients") for row in rows])),
        Column("level", _("Level"), texts([row.level for row in rows])),
        Column("hr", _("HR"), numbers([row.hr for row in rows]), 2),
        Column("lower", _("Lower limit"), numbers([row.lower for row in rows]), 2),
        Column("upper", _("Upper limit"), numbers([row.upper for row in rows]), 2),
        Column("p", _("Interaction p"), numbers(p), show=lambda x: p_number(x) if x == x else ""),
        Column("n_arm", _("n, {arm}").format(arm=table.arm), numbers([row.n[1] for row in rows]), 0),
        Column("n_ref", _("n, {arm}").format(arm=table.reference), numbers([row.n[0] for row in rows]), 0),
        Column(
            "events_arm",
            _("Events, {arm}").format(arm=table.arm),
            numbers([row.events[1] for row in rows]),
            0,
        ),
        Column(
            "events_ref",
            _("Events, {arm}").format(arm=table.reference),
            numbers([row.events[0] for row in rows]),
            0,
        ),
        Column(
            "why", _("Remark"), texts([_("not estimable: {why}").format(why=w) if w else "" for w in why])
        ),
    ]


def row_sentence(row: SubgroupRow, table: SubgroupTable) -> str:
    """One line of the forest in words, with the interaction and never with a p of its own."""
    name = titled(row.factor, row.level) if row.factor else _("All patients")
    ratio = (
        _("not estimable: {why}").format(why=row.reason)
        if row.hr is None
        else estimate_text(row.hr, row.lower, row.upper, 2)
    )
    events = ngettext("{count} event", "{count} events", sum(row.events)).format(count=sum(row.events))
    text = _("{subgroup}: HR {ratio}; {n} patients, {events}").format(
        subgroup=name, ratio=ratio, n=sum(row.n), events=events
    )
    test = _interaction(table, row.factor)
    return text if test is None else text + _("; interaction {p}").format(p=p_text(test.p))
