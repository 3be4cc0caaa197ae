"""The views of a marker that set pairs side by side, with the choosers that only they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from mirocals_desktop.analysis.biomarkers import compare_pair
from mirocals_desktop.analysis.groups import derive_groups
from mirocals_desktop.analysis.marker_pairs import HeatMap, Paired, derive_heat_map, derive_paired
from mirocals_desktop.analysis.marker_values import Scale, biomarker_choices, derive_values
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.biomarker_choices import fill_grouped, headed, labelled
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.marker_pairs import PairsPlot
from mirocals_desktop.ui.plots.passport import footnote
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.values import MISSING, number_text, value_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.biomarkers import Pairs
    from mirocals_desktop.analysis.groups import Grouping
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.ui.plots.biomarkers import AxisScale

VIEWS: Final = ("change", "waterfall", "pairs", "heat_map")


@dataclass(frozen=True)
class Wanted:
    """What is to be shown: the page's choices, and who is let through."""

    view: str
    variable: str
    grouping: str
    scale: Scale
    axis: AxisScale
    patients: Sequence[str]


@dataclass(frozen=True, eq=False)
class _Found:
    snapshot: Snapshot
    wanted: Wanted
    answer: Paired | Pairs | HeatMap
    groups: Grouping
    titles: tuple[tuple[str, str], tuple[str, str]]
    log: tuple[AxisScale, AxisScale]


class MarkerPairsView(QWidget):
    """Draws what `compute` found; `choice_changed` when a chooser of its own asks for something else."""

    choice_changed = Signal()
    selected = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("biomarkers.pairs_view")
        self._found: _Found | None = None
        self._filling = False
        self.visit = self._chooser("visit", _("Visit"))
        self.other = self._chooser("other", _("Against"))
        self.other_visit = self._chooser("other_visit", _("At"))
        self._choosers = QWidget(self)
        flow = FlowLayout(self._choosers, gap=12)
        self._visit = labelled(self.visit, _("Visit"))
        self._other = labelled(self.other, _("Against"))
        self._other_visit = labelled(self.other_visit, _("At"))
        for widget in (self._visit, self._other, self._other_visit):
            flow.addWidget(widget)
        self.plot = PairsPlot("biomarkers.pairs")
        self.plot.pointed.connect(lambda pointer: self.plot.say(self.sentence(pointer)))
        self.plot.clicked.connect(self._on_clicked)
        self.result = QLabel(self)
        self.result.setObjectName("biomarkers.pairs.result")
        self.result.setWordWrap(True)
        self.result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._choosers)
        column.addWidget(self.plot, 1)
        column.addWidget(self.result)

    def offer(self, snapshot: Snapshot, variable: str) -> None:
        """Offer the visits at which the variables were measured; what was chosen stays where it can."""
        self._filling = True
        variables = biomarker_choices(snapshot)
        other = self.other.currentData()
        fill_grouped(self.other, headed(snapshot.protocol, variables))
        present = [one.code for one in sorted(variables, key=lambda one: not one.specimen)]
        chosen = other if other in present else next((code for code in present if code != variable), variable)
        self.other.setCurrentIndex(self.other.findData(chosen))
        self._offer_visits(snapshot, self.visit, variable, later=True)
        self._offer_visits(snapshot, self.other_visit, chosen, later=False)
        self._filling = False

    def compute(self, snapshot: Snapshot, wanted: Wanted) -> Callable[[object], _Found]:
        """The work for the worker; `take` shows what comes of it."""
        visit, other = self.visit.currentData() or "", self.other.currentData() or wanted.variable
        other_visit = self.other_visit.currentData() or ""
        protocol = snapshot.protocol

        def title(code: str, at: str) -> tuple[str, str]:
            known = protocol.variable(code)
            return f"{variable_text(protocol, code)}, {visit_text(protocol, at)}", unit_text(
                known.unit
            ) if known else ""

        def axis(code: str) -> AxisScale:
            known = protocol.variable(code)
            return "log" if known is not None and known.log_axis else "linear"

        def work(_report: object) -> _Found:
            patients = list(wanted.patients)
            groups = derive_groups(snapshot, wanted.grouping, patients=patients)
            answer: Paired | Pairs | HeatMap
            if wanted.view == "heat_map":
                values = derive_values(snapshot, wanted.variable, scale=wanted.scale, patients=patients)
                answer = derive_heat_map(values, groups)
            elif wanted.view == "pairs":
                first = derive_values(snapshot, wanted.variable, patients=patients)
                second = derive_values(snapshot, other, patients=patients)
                answer = compare_pair(first, second, visits=(visit, other_visit))
            else:
                answer = derive_paired(
                    snapshot,
                    wanted.variable,
                    visit,
                    scale=wanted.scale,
                    grouping=wanted.grouping,
                    patients=patients,
                )
            titles = title(wanted.variable, visit), title(other, other_visit)
            return _Found(snapshot, wanted, answer, groups, titles, (wanted.axis, axis(other)))

        return work

    def take(self, found: _Found) -> None:
        """Show what was computed."""
        self._found = found
        wanted, answer = found.wanted, found.answer
        self._visit.setVisible(wanted.view != "heat_map")
        self._other.setVisible(wanted.view == "pairs")
        self._other_visit.setVisible(wanted.view == "pairs")
        self.plot.file_name = f"{wanted.variable}_{wanted.view}"
        self.plot.caption = found.titles[0][0]
        self.plot.footnote = footnote(found.snapshot, answer.notes)
        self.result.setToolTip("\n".join(answer.notes))
        if not len(answer.patients):
            self.plot.show_nothing(_("No patient shown has both values."))
            self.result.setText("")
        elif isinstance(answer, HeatMap):
            self.plot.show_heat_map(answer)
            self.result.setText("  ".join(answer.notes))
        elif isinstance(answer, Paired):
            if wanted.view == "waterfall":
                self.plot.show_waterfall(answer)
            else:
                self.plot.show_change(answer, scale=wanted.axis)
            self.result.setText("  ".join([*medians_text(answer), *answer.notes]))
        else:
            self.plot.show_pairs(answer, found.groups, found.titles, log=found.log)
            self.result.setText("  ".join([correlation_text(answer), *answer.notes]))

    def sentence(self, pointer: Pointer | None) -> str:
        """What the pointer is on, in words."""
        observation = self.plot.observation(pointer)
        found = self._found
        if not observation or found is None or pointer is None:
            return ""
        snapshot = found.snapshot
        rows = snapshot.observations
        row: dict[str, Any] = {
            str(name): value for name, value in rows[rows["id"].to_numpy() == observation].iloc[0].items()
        }
        variable = snapshot.protocol.variable(str(row["variable"]))
        parts = [
            _("Patient {patient}").format(patient=row["patient"]),
            visit_text(snapshot.protocol, str(row["visit"])),
            value_text(variable, row),
        ]
        answer = found.answer
        if isinstance(answer, Paired) and str(row["patient"]) in answer.patients:
            place = answer.patients.index(str(row["patient"]))
            change = signed_text(answer.change[place], answer.change_decimals)
            sign = "+" if answer.scale != "ratio" and answer.change[place] > 0 else ""
            parts.append(f"{sign}{change} {unit_text(answer.change_unit)}")
        parts.append(", ".join(str(row[name]) for name in ("file", "sheet", "cell") if row[name]))
        return " · ".join(part for part in parts if part)

    def _on_clicked(self, pointer: Pointer) -> None:
        observation = self.plot.observation(pointer)
        if observation:
            self.selected.emit(observation)

    def _chooser(self, code: str, name: str) -> QComboBox:
        field = QComboBox(self)
        field.setObjectName(f"biomarkers.pairs.{code}")
        field.setAccessibleName(name)
        field.setMaximumWidth(43 * field.fontMetrics().averageCharWidth())
        field.currentIndexChanged.connect(self._on_choice)
        return field

    def _on_choice(self) -> None:
        if self._filling:
            return
        if self.sender() is self.other and self._found is not None:
            self._filling = True
            self._offer_visits(
                self._found.snapshot, self.other_visit, self.other.currentData() or "", later=False
            )
            self._filling = False
        self.choice_changed.emit()

    @staticmethod
    def _offer_visits(snapshot: Snapshot, field: QComboBox, variable: str, *, later: bool) -> None:
        """The visits with values of a variable; the first (after baseline), unless one was chosen."""
        rows = snapshot.measurements
        own = rows.loc[(rows["variable"] == variable) & ~rows["sealed"] & (rows["visit"] != ""), "visit"]
        counts = own.value_counts()
        planned = {visit.code: place for place, visit in enumerate(snapshot.protocol.visits)}
        codes = sorted((str(code) for code in counts.index), key=lambda code: planned.get(code, len(planned)))
        chosen = field.currentData()
        field.clear()
        for code in codes:
            label = visit_text(snapshot.protocol, code)
            field.addItem(label if label == code else f"{code}  {label}", code)
        if chosen not in codes:
            days = {visit.code: visit.day for visit in snapshot.protocol.visits}
            after = [code for code in codes if (days.get(code) or 0) > 0]
            chosen = (after or codes or [""])[0] if later else (codes or [""])[0]
        field.setCurrentIndex(max(field.findData(chosen), 0))


def signed_text(value: float, decimals: int) -> str:
    """A number with a true minus sign."""
    return number_text(value, decimals).replace("-", MINUS)


def medians_text(paired: Paired) -> list[str]:
    """The median change of each group with its interval, in words."""
    told = []
    for one in paired.medians:
        if not one.n:
            continue
        said = signed_text(one.median, paired.change_decimals)
        ends = [signed_text(end, paired.change_decimals) for end in (one.lower, one.upper)]
        interval = " – ".join(ends) if np.isfinite(one.lower) else MISSING
        told.append(
            ngettext(
                "{group}: median {median} {unit} ({interval}), {count} patient, {rose} rose, {fell} fell.",
                "{group}: median {median} {unit} ({interval}), {count} patients, {rose} rose, {fell} fell.",
                one.n,
            ).format(
                group=one.group,
                median=said,
                unit=unit_text(paired.change_unit),
                interval=interval,
                count=one.n,
                rose=one.rose,
                fell=one.fell,
            )
        )
    return told


def correlation_text(pairs: Pairs) -> str:
    """Spearman's rho with its interval, in words; what it is and is not."""
    if pairs.rho != pairs.rho:
        return ""
    return _(
        "Spearman’s rho {rho} (95 % interval {lower} – {upper}, Fisher’s z with the standard error of Bonett "
        "and Wright), {count} patients. Exploratory."
    ).format(
        rho=signed_text(pairs.rho, 2),
        lower=signed_text(pairs.lower, 2),
        upper=signed_text(pairs.upper, 2),
        count=number_text(len(pairs.patients), 0),
    )
