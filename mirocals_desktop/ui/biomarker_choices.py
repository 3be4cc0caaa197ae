"""The choosers of the biomarker page: variables under the headings of their specimens, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from mirocals_desktop.i18n import _

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Protocol, Variable


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
        heading = _specimen_name(variable.specimen) or (str(group.label) if group else _("Other"))
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


def _specimen_name(specimen: str) -> str:
    names = {
        "blood": _("Blood"),
        "csf": _("Cerebrospinal fluid"),
        "serum": _("Serum"),
        "plasma": _("Plasma"),
        "urine": _("Urine"),
    }
    return names.get(specimen.casefold(), specimen)
