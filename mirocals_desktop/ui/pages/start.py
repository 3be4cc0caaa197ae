"""What the window shows while no study is open: ways in, and the recent studies.

It is what the first paint shows, so it does without the name `Qt`, which takes long to make (see `looks`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import _
from mirocals_desktop.marks import override
from mirocals_desktop.ui import looks
from mirocals_desktop.ui.drawings import paint_drawing
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QResizeEvent


class _Sign(QLabel):
    """A drawing in the colour of text, in light and dark."""

    def __init__(self, picture: str, side: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = picture
        self._side = side
        self._paint()

    def _paint(self) -> None:
        scale = self.devicePixelRatioF()
        colour = self.palette().color(QPalette.ColorRole.WindowText).name()
        drawn = paint_drawing(self._picture, colour, round(self._side * scale))
        drawn.setDevicePixelRatio(scale)
        self.setPixmap(drawn)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self._paint()


class _Line(QLabel):
    """A name or a folder of any length, after `lead`: its beginning is left out where there is no room."""

    def __init__(self, lead: str, text: str, parent: QWidget) -> None:
        super().__init__(lead + text, parent)
        self._lead = lead
        self._whole = text
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        text = self._lead + self._whole
        kept = self._whole
        while len(kept) > 1 and self.fontMetrics().horizontalAdvance(text) > self.width():
            kept = kept[1:]
            text = f"{self._lead}…{kept}"
        self.setText(text)


class _Way(QPushButton):
    """A way in: what it is, and a line on it. Qt's own command link does not follow the size of the text."""

    def __init__(self, name: str, picture: str, text: str, detail: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words = QVBoxLayout()
        self.words.setSpacing(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(_Sign(picture, max(24, round(self.fontMetrics().height() * 1.3)), self))
        row.addLayout(self.words, 1)
        self._write(text, detail)
        self.setMinimumSize(row.sizeHint())

    def _write(self, text: str, detail: str) -> None:
        self.words.addWidget(looks.heading_label(text, f"{self.objectName()}.title", self))
        self.words.addWidget(QLabel(detail, self))


class _Recent(_Way):
    """A study that was open before; grey where its file is gone."""

    def __init__(self, number: int, path: Path, parent: QWidget) -> None:
        self._here = path.is_file()
        super().__init__(f"start.recent.{number}", "study", path.stem, str(path.parent), parent)
        self.path = path
        self.setFlat(True)
        self.setToolTip(str(path))
        self.setEnabled(self._here)

    @override
    def _write(self, text: str, detail: str) -> None:
        lead = "" if self._here else _("not found in {folder}").format(folder="")
        self.setAccessibleDescription(lead + detail)
        self.words.addWidget(_Line("", text, self))
        self.words.addWidget(_Line(lead, detail, self))


class StartPage(QWidget):
    """Four ways in. `study_asked(path)` when a recent study is chosen; the buttons run actions."""

    study_asked = Signal(Path)

    def __init__(self, session: Session, run: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page.start")
        self.setAccessibleName(_("Start"))
        self._session = session
        # Everything is made inside `body` at once: what changes its parent gets its style a second time.
        body = QWidget(self)
        body.setMaximumWidth(round(1040 * session.settings.text_size / 100))
        title = looks.title_label("MIROCALS Desktop", "start.title", body)
        line = QLabel(
            _("Follow-up, biomarkers and survival of a trial: drop the spreadsheet, see what is in it."), body
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
            button = _Way(f"start.{code}", picture, text, detail, body)
            button.clicked.connect(lambda _checked=False, code=code: run(code))
            ways.addWidget(button)
        ways.addStretch(1)

        recent_title = looks.heading_label(_("Recent studies"), "start.recent_title", body)
        self.nothing = QLabel(_("Studies that you open will stand here."), body)
        self.nothing.setObjectName("start.nothing")
        self.nothing.setWordWrap(True)
        self._recent: list[_Recent] = []
        self._list = QScrollArea(body)
        self._list.setObjectName("start.recent")
        self._list.setAccessibleName(_("Recent studies"))
        self._list.setMinimumHeight(180)
        self._list.setWidgetResizable(True)
        self._inside = QWidget()
        self._rows = QVBoxLayout(self._inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)
        self._rows.addStretch(1)
        self._list.setWidget(self._inside)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(recent_title)
        right.addWidget(self.nothing)
        right.addWidget(self._list, 1)
        right.addStretch(0)

        self.drop = QPushButton(body)
        self.drop.setObjectName("start.drop")
        self.drop.setMinimumHeight(96)
        self.drop.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.drop.setMaximumHeight(180)
        self.drop.clicked.connect(lambda: run("choose_files"))
        words = _(
            "Drop a spreadsheet or a study anywhere in this window,\nor click to choose one: {kinds}"
        ).format(kinds=".xlsx .xls .ods .csv .mirocals")
        self.drop.setAccessibleName(words.replace("\n", " "))
        inside = QHBoxLayout(self.drop)
        inside.setSpacing(12)
        inside.addStretch(1)
        inside.addWidget(_Sign("drop", 32, self.drop))
        inside.addWidget(QLabel(words, self.drop))
        inside.addStretch(1)

        columns = QHBoxLayout()
        columns.setSpacing(40)
        columns.addLayout(ways, 5)
        columns.addLayout(right, 6)
        middle = QVBoxLayout(body)
        middle.setSpacing(8)
        middle.addStretch(1)
        middle.addWidget(title)
        middle.addWidget(line)
        middle.addSpacing(16)
        middle.addLayout(columns)
        middle.addSpacing(16)
        middle.addWidget(self.drop, 3)
        middle.addStretch(2)
        layout = QGridLayout(self)
        layout.setContentsMargins(40, 16, 40, 16)
        layout.addWidget(body, 0, 0)
        session.settings_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the recent studies of the settings, those that are gone marked so."""
        for old in self._recent:
            old.hide()
            old.deleteLater()
        self._recent = []
        for number, name in enumerate(self._session.settings.recent):
            row = _Recent(number, Path(name), self._inside)
            row.clicked.connect(lambda _checked=False, path=row.path: self.study_asked.emit(path))
            self._rows.insertWidget(number, row)
            self._recent.append(row)
        self.nothing.setVisible(not self._recent)
        self._list.setVisible(bool(self._recent))

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to forget the recent study below the pointer, there or gone."""
        below = [row for row in self._recent if row.rect().contains(row.mapFrom(self, event.pos()))]
        if not below:
            return
        from PySide6.QtWidgets import QMenu

        menu = QMenu(self)
        forget = menu.addAction(_("Remove from this list"))
        forget.setObjectName("start.forget")
        forget.triggered.connect(lambda: self._forget(str(below[0].path)))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def _forget(self, name: str) -> None:
        kept = tuple(other for other in self._session.settings.recent if other != name)
        self._session.update_settings(recent=kept)
