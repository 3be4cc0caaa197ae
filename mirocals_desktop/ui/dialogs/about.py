"""About the program, and the list of its keys."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import Final

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop import __version__
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.actions import ACTIONS

LIBRARIES: Final = (
    "PySide6-Essentials",
    "numpy",
    "pandas",
    "scipy",
    "lifelines",
    "pyqtgraph",
    "SQLAlchemy",
    "sqlcipher3",
    "cryptography",
    "python-calamine",
    "openpyxl",
    "XlsxWriter",
    "rapidfuzz",
    "charset-normalizer",
    "defusedxml",
    "msoffcrypto-tool",
    "pyreadstat",
)


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
        layout.addWidget(buttons)
        self.resize(560, 520)


def library_lines() -> str:
    """One line for each library: name, version, licence."""
    lines = [f"Python {sys.version.split()[0]}  (PSF-2.0)", f"Qt {qVersion()}  (LGPL-3.0)"]
    for name in LIBRARIES:
        try:
            found = importlib.metadata.metadata(name).json
        except importlib.metadata.PackageNotFoundError:
            continue  # a bundle may leave out what it does not need
        licence = str(found.get("license_expression") or found.get("license") or "")
        if not licence or "\n" in licence or len(licence) > 60:
            classifiers = [str(line) for line in found.get("classifier", [])]
            licence = ", ".join(
                line.rpartition("::")[2].strip() for line in classifiers if line.startswith("License ::")
            )
        lines.append(f"{name} {found['version']}  ({licence or _('see its package')})")
    return "\n".join(lines)


class ShortcutsDialog(QDialog):
    """Every command that has a key, and the keys of tables."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle(_("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form = QFormLayout()
        form.setHorizontalSpacing(32)
        form.setVerticalSpacing(6)
        rows = [(row.shortcut, _(row.text).replace("&", "").rstrip("…")) for row in ACTIONS if row.shortcut]
        rows += [
            ("Ctrl+1 … Ctrl+6", _("Go to a page")),
            ("Ctrl+C", _("Copy selected rows of a table, with headers")),
            (_("Enter"), _("Open what the row stands for")),
            (_("Escape"), _("Close a dialog")),
        ]
        for key, text in rows:
            label = QLabel(key, self)
            label.setFont(theme.heading_font(label))
            form.addRow(label, QLabel(text, self))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(buttons)
