"""About the program: version, what it is and is not, licences."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop import __version__
from mirocals_desktop.i18n import _
from mirocals_desktop.resources import resource_path
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.form import fit_to_text


class AboutDialog(QDialog):
    """Version, what the program is and is not, and the libraries with their licences."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(_("About MIROCALS Desktop"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = QLabel(
            _(
                "Follow-up, biomarkers and survival of a trial, from spreadsheet to Excel.\n\n"
                "It is made to support good clinical practice; it is not a validated system, which needs "
                "the procedures of whoever uses it. The visit schedule that ships with it is a "
                "demonstration, and the sample study is synthetic: its patients are invented."
            ),
            self,
        )
        text.setObjectName("about.text")
        text.setWordWrap(True)
        libraries = QPlainTextEdit(self)
        libraries.setObjectName("about.libraries")
        libraries.setAccessibleName(_("Libraries and their licences"))
        libraries.setReadOnly(True)
        libraries.setPlainText(library_lines())
        libraries.setMinimumHeight(220)
        replaceable = QLabel(
            _(
                "Qt and PySide6 are used under the GNU Lesser General Public License, version 3. Their "
                "library files lie beside the program; you may replace them with builds of your own."
            ),
            self,
        )
        replaceable.setObjectName("about.replaceable")
        replaceable.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(theme.title_label(f"MIROCALS Desktop {__version__}", "about.title", self))
        layout.addWidget(text)
        layout.addWidget(theme.heading_label(_("Libraries and their licences"), "about.heading", self))
        layout.addWidget(libraries, 1)
        layout.addWidget(QLabel(_("Licence of this program: Apache 2.0"), self))
        layout.addWidget(replaceable)
        layout.addWidget(buttons)
        self.resize(560, 520)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        fit_to_text(self, width=40 * self.fontMetrics().averageCharWidth())
        super().showEvent(event)


def library_lines() -> str:
    """One line for each library: name, version, licence, and the library that carries it."""
    running = {"Python": sys.version.split()[0], "Qt": qVersion()}
    carriers = {"the program": _("the program"), "the packages for Linux": _("the packages for Linux")}
    lines = []
    for part in json.loads(resource_path("licences.json").read_text(encoding="utf-8")):
        name = f"{part['name']} {part['version'] or running.get(part['name'], '')}".strip()
        inside = "".join(
            f", {carriers.get(carrier, carrier)}" for carrier in part["inside"].split(", ") if carrier
        )
        lines.append(f"{name}  ({part['licence']}{inside})")
    return "\n".join(lines)
