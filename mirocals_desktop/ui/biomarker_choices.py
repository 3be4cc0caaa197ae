"""The choosers of the biomarker page: variables under the headings of their specimens, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from mirocals_desktop.analysis.dose_cycles import has_cycles
from mirocals_desktop.analysis.groups import grouping_choices
from mirocals_desktop.analysis.marker_values import biomarker_choices
from mirocals_desktop.analysis.occasions import By
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.specimens import specimen_name
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.plots.biomarkers import AxisScale, scale_names

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Protocol, Variable
    from mirocals_desktop.study.snapshot import Snapshot

_PREFERRED: Final = (codes.TREG_PERCENT, codes.CSF_PNFH)


class BiomarkerChoices(QWidget):
    """What is looked at and how: variable, groups, scale, what it runs along, and the axis.

    `changed` when the numbers are other ones; `axis_changed` when only their drawing is. Neither while
    `offer` fills the choosers.
    """

    changed = Signal()
    axis_changed = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._filling = True
        self.variable = self._chooser("variable", _("Variable"))
        self.grouping = self._chooser("grouping", _("Group by"))
        self.scale = self._chooser("scale", _("Scale"))
        self.axis = self._chooser("axis", _("Axis"))
        self.along = self._chooser("along", _("Along"))
        for scale, text in scale_names().items():
            self.scale.addItem(text, scale)
        for along, text in zip(get_args(By), _along_names(), strict=True):
            self.along.addItem(text, along)
        for axis, text in zip(get_args(AxisScale), (_("linear"), _("logarithmic")), strict=True):
            self.axis.addItem(text, axis)
        self.row = FlowLayout(self, gap=12)
        for combo, text in (
            (self.variable, _("Variable")),
            (self.grouping, _("By")),
            (self.scale, _("Scale")),
            (self.along, _("Along")),
            (self.axis, _("Axis")),
        ):
            self.row.addWidget(labelled(combo, text))
        self._filling = False

    def offer(self, snapshot: Snapshot) -> None:
        """Offer what the snapshot has; what was chosen stays chosen where it still can."""
        self._filling = True
        variables = biomarker_choices(snapshot)
        chosen = self.variable.currentData()
        fill_grouped(self.variable, headed(snapshot.protocol, variables))
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
            self.choose_axis(snapshot)
        place = self.along.findData("cycle")
        if place >= 0 and not has_cycles(snapshot):
            self.along.removeItem(place)
        elif place < 0 and has_cycles(snapshot):
            self.along.addItem(_along_names()[-1], "cycle")
        self._filling = False

    def choose_axis(self, snapshot: Snapshot) -> None:
        """Choose the axis that the protocol thinks fit for the variable, and tell nobody."""
        filling, self._filling = self._filling, True
        variable = snapshot.protocol.variable(self.variable.currentData() or "")
        wanted: AxisScale = "log" if variable is not None and variable.log_axis else "linear"
        self.axis.setCurrentIndex(self.axis.findData(wanted))
        self._filling = filling

    def sentence(self) -> str:
        """What is chosen, in words: for the sheet that tells what a list is."""
        return _("{variable}: {scale}; by {grouping}; along {along}.").format(
            variable=self.variable.currentText(),
            scale=self.scale.currentText(),
            grouping=self.grouping.currentText(),
            along=self.along.currentText(),
        )

    def _chooser(self, code: str, text: str) -> QComboBox:
        combo = QComboBox(self)
        combo.setObjectName(f"{self._name}.{code}")
        combo.setAccessibleName(text)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.setMaximumWidth(43 * combo.fontMetrics().averageCharWidth())
        combo.currentIndexChanged.connect(lambda _index: self._on_choice(combo))
        return combo

    def _on_choice(self, combo: QComboBox) -> None:
        if self._filling:
            return
        if combo is self.axis:
            self.axis_changed.emit()
        else:
            self.changed.emit()


def labelled(combo: QWidget, text: str) -> QWidget:
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


def headed(protocol: Protocol, variables: Sequence[Variable]) -> list[tuple[str, list[Variable]]]:
    """Variables under headings: what is measured in a specimen by specimen, the others by their group."""
    found: dict[str, list[Variable]] = {}
    for variable in sorted(variables, key=lambda variable: not variable.specimen):
        group = protocol.group(variable.group)
        heading = specimen_name(variable.specimen) or (str(group.label) if group else _("Other"))
        found.setdefault(heading, []).append(variable)
    return list(found.items())


def fill_grouped(combo: QComboBox, under: Sequence[tuple[str, Sequence[Variable]]]) -> None:
    """Choices under headings that cannot be chosen."""
    model = QStandardItemModel(combo)
    for heading, variables in under:
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


def _along_names() -> tuple[str, ...]:
    return _("visits"), _("days"), _("days of the dose cycle")
