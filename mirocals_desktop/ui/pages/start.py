"""What the window shows while no study is open: ways in, and the recent studies.

It is what the first paint shows, so it does without the name `Qt`, which takes long to make (see `looks`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6 import QtCore
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import looks
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Session


class _Way(QPushButton):
    """A way in: what it is, and a line on it. Qt's own command link does not follow the size of the text."""

    def __init__(self, name: str, picture: str, text: str, detail: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)
        side = max(24, round(self.fontMetrics().height() * 1.3))
        sign = QLabel(self)
        sign.setPixmap(icon(picture).pixmap(QSize(side, side)))
        below = QLabel(detail, self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(looks.heading_label(text, f"{name}.title", self))
        words.addWidget(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(sign)
        row.addLayout(words, 1)
        self.setMinimumSize(row.sizeHint())


class StartPage(QWidget):
    """Four ways in. `study_asked(path)` when a recent study is chosen; the buttons run actions."""

    study_asked = Signal(Path)

    def __init__(self, session: Session, run: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page.start")
        self.setAccessibleName(_("Start"))
        self._session = session
        title = looks.title_label("MIROCALS Desktop", "start.title", self)
        line = QLabel(
            _("Follow-up, biomarkers and survival of a trial: drop the spreadsheet, see what is in it."), self
        )
        line.setObjectName("start.line")
        line.setWordWrap(True)

        ways = QVBoxLayout()
        ways.setSpacing(4)
        for code, picture, text, detail in (
            ("open_sample", "sample", _("Sample study"), _("220 invented patients, to try everything")),
            ("new_study", "new", _("New study"), _("From a protocol, open or blinded")),
            ("open_study", "open", _("Open a study"), _("A .mirocals file")),
        ):
            button = _Way(f"start.{code}", picture, text, detail, self)
            button.clicked.connect(lambda _checked=False, code=code: run(code))
            ways.addWidget(button)
        ways.addStretch(1)

        recent_title = looks.heading_label(_("Recent studies"), "start.recent_title", self)
        self.recent = QListWidget(self)
        self.recent.setObjectName("start.recent")
        self.recent.setAccessibleName(_("Recent studies"))
        self.recent.setFrameShape(QFrame.Shape.NoFrame)
        self.recent.setMinimumHeight(180)
        self.recent.setSpacing(2)
        self.recent.setIconSize(QSize(22, 22))
        self.recent.setStyleSheet(
            "QListWidget { border: none; background: transparent;"
            " qproperty-contextMenuPolicy: ActionsContextMenu; } QListWidget::item { padding: 4px; }"
        )
        self.recent.itemActivated.connect(self._open)
        self.recent.itemClicked.connect(self._open)
        self.nothing = QLabel(_("Studies that you open will stand here."), self)
        self.nothing.setObjectName("start.nothing")
        forget = QAction(_("Remove from this list"), self.recent)
        forget.setObjectName("start.forget")
        forget.triggered.connect(self._forget)
        self.recent.addAction(forget)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(recent_title)
        right.addWidget(self.nothing)
        right.addWidget(self.recent, 1)
        right.addStretch(0)

        self.drop = QPushButton(
            _(
                "Drop a spreadsheet or a study anywhere in this window,\nor click to choose one: {kinds}"
            ).format(kinds=".xlsx .xls .ods .csv .mirocals"),
            self,
        )
        self.drop.setObjectName("start.drop")
        self.drop.setIcon(icon("drop"))
        self.drop.setIconSize(QSize(32, 32))
        self.drop.setMinimumHeight(96)
        self.drop.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.drop.setMaximumHeight(180)
        self.drop.setStyleSheet(
            "QPushButton { border: 1px dashed palette(dark); border-radius: 6px; background: transparent; }"
            "QPushButton:hover { background: palette(midlight); }"
            "QPushButton:focus { border: 2px solid palette(highlight); }"
        )
        self.drop.clicked.connect(lambda: run("choose_files"))

        columns = QHBoxLayout()
        columns.setSpacing(40)
        columns.addLayout(ways, 5)
        columns.addLayout(right, 6)
        middle = QVBoxLayout()
        middle.setSpacing(8)
        middle.addStretch(1)
        middle.addWidget(title)
        middle.addWidget(line)
        middle.addSpacing(16)
        middle.addLayout(columns)
        middle.addSpacing(16)
        middle.addWidget(self.drop, 3)
        middle.addStretch(2)
        body = QWidget(self)
        body.setMaximumWidth(round(1040 * session.settings.text_size / 100))
        body.setLayout(middle)
        layout = QGridLayout(self)
        layout.setContentsMargins(40, 16, 40, 16)
        layout.addWidget(body, 0, 0)
        session.settings_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the recent studies of the settings, those that are gone marked so."""
        self.recent.clear()
        self._names = self._session.settings.recent
        for name in self._names:
            path = Path(name)
            here = path.is_file()
            where = str(path.parent) if here else _("not found in {folder}").format(folder=path.parent)
            item = QListWidgetItem(icon("study"), f"{path.stem}\n{where}")
            item.setToolTip(name)
            if not here:
                item.setFlags(item.flags() & ~QtCore.Qt.ItemFlag.ItemIsEnabled)
            self.recent.addItem(item)
        self.nothing.setVisible(self.recent.count() == 0)
        self.recent.setVisible(self.recent.count() > 0)

    def _open(self, item: QListWidgetItem) -> None:
        self.study_asked.emit(Path(self._names[self.recent.row(item)]))

    def _forget(self) -> None:
        gone = self.recent.currentRow()
        if gone >= 0:
            kept = self._names[:gone] + self._names[gone + 1 :]
            self._session.update_settings(recent=kept)
