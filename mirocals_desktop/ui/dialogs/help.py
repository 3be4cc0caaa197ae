"""The manual, offline: its texts at the left, the chosen one at the right, opened where one is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import N_, _, language
from mirocals_desktop.resources import resource_path
from mirocals_desktop.ui.icons import icon

TEXTS: Final[dict[str, str]] = {
    "guide": N_("First steps"),
    "pages": N_("Page by page"),
    "importing": N_("Import spreadsheets"),
    "follow-up": N_("Follow-up"),
    "statistics": N_("Statistics"),
    "export": N_("Export"),
    "sample-study": N_("The sample study"),
    "changelog": N_("What is new"),
}
"""The texts of the manual that are for users, by file name, in the order of reading."""

HEADINGS: Final[dict[str, str]] = {
    "start": "Start",
    "overview": "Overview",
    "patients": "Patients",
    "patient": "Patient",
    "follow_up": "Follow-up",
    "ledger": "Ledger",
    "logs": "Logs",
    "biomarkers": "Biomarkers",
    "survival": "Survival",
    "queries": "Queries",
    "history": "Import history",
}
"""The heading of `docs/pages.md` that speaks of a page of the window."""


def text_path(name: str) -> Path:
    """The file of a text, in the user's language where it is written in it, else in English."""
    own = resource_path("manual", language(), f"{name}.md")
    return own if own.is_file() else resource_path("manual", f"{name}.md")


def _own_heading(name: str, heading: str) -> str:
    """The heading that stands where `heading` stands in English: translations keep the order."""
    own, english = _headings(text_path(name)), _headings(resource_path("manual", f"{name}.md"))
    return own[english.index(heading)] if heading in english and len(own) == len(english) else heading


def _headings(path: Path) -> list[str]:
    return [line[3:].strip() for line in path.read_text(encoding="utf-8").splitlines() if line[:3] == "## "]


class HelpDialog(QDialog):
    """The manual beside the work: it stays open while one goes on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("help")
        self.setWindowTitle(_("Help"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.contents = QListWidget(self)
        self.contents.setObjectName("help.contents")
        self.contents.setAccessibleName(_("Contents"))
        for name, title in TEXTS.items():
            item = QListWidgetItem(_(title))
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.contents.addItem(item)
        self.contents.setMinimumWidth(self.contents.sizeHintForColumn(0) + 24)
        self.contents.currentItemChanged.connect(self._on_chosen)
        self.text = QTextBrowser(self)
        self.text.setObjectName("help.text")
        self.text.setAccessibleName(_("Manual"))
        self.text.setOpenLinks(False)
        self.text.setSearchPaths([str(resource_path("manual", language())), str(resource_path("manual"))])
        self.text.document().setDocumentMargin(16)
        self.text.anchorClicked.connect(self._follow)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName("help.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.contents)
        split.addWidget(self.text)
        split.setStretchFactor(1, 1)
        self.back = QPushButton(icon("back"), _("Back"), self)
        self.back.setObjectName("help.back")
        self.back.setAutoDefault(False)
        self.back.clicked.connect(self._go_back)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(_("Close"))
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(split, 1)
        layout.addLayout(foot)
        room = parent.window().size()
        self.resize(min(860, room.width() - 16), min(640, room.height() - 16))
        self._shown = ""
        self._before: list[tuple[str, int]] = []
        self.back.setEnabled(False)

    def show_page(self, code: str) -> None:
        """Open the manual where it speaks of a page of the window."""
        self.show_text("pages", HEADINGS.get(code, ""))

    def show_text(self, name: str, heading: str = "") -> None:
        """Open a text at a heading, at its beginning without one."""
        if self._shown:
            self._before.append((self._shown, self.text.verticalScrollBar().value()))
            self.back.setEnabled(True)
        self._show(name)
        if heading:
            self._scroll_to(_own_heading(name, heading))

    def _show(self, name: str) -> None:
        self._shown = name
        # Read and set, not opened by Qt: a text of the manual links to its pictures beside it.
        self.text.setMarkdown(text_path(name).read_text(encoding="utf-8"))
        for row in range(self.contents.count()):
            item = self.contents.item(row)
            if item is not None and item.data(Qt.ItemDataRole.UserRole) == name:
                with QSignalBlocker(self.contents):
                    self.contents.setCurrentItem(item)

    def _scroll_to(self, heading: str) -> None:
        block = self.text.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and block.text() == heading:
                self.text.moveCursor(QTextCursor.MoveOperation.End)  # so that the heading comes to the top
                self.text.setTextCursor(QTextCursor(block))
                return
            block = block.next()

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.show_text(str(item.data(Qt.ItemDataRole.UserRole)))

    def _follow(self, link: QUrl) -> None:
        name = link.path().rpartition("/")[2].removesuffix(".md")
        if link.isRelative() and name in TEXTS:
            self.show_text(name)
        elif link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)

    def _go_back(self) -> None:
        name, place = self._before.pop()
        self.back.setEnabled(bool(self._before))
        self._show(name)
        self.text.verticalScrollBar().setValue(place)
