"""The strip above the pages: what is open, and what state its numbers are in, as chips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import number_text

_TITLE_LETTERS: Final = 24  # what a study's title should at least have room for


class StateBar(QWidget):
    """Title, chips, the toolbar's buttons and the search field. `run(code)` runs an action of the table."""

    def __init__(
        self, session: Session, tools: list[QAction], run: Callable[[str], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("state_bar")
        self._session = session
        self._run = run
        self.title = QLabel(self)
        self.title.setObjectName("state_bar.title")
        self.title.setFont(theme.heading_font(self.title))
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        self.search = QPushButton(icon("search"), _("Search"), self)
        self.search.setObjectName("state_bar.search")
        self.search.setAccessibleName(_("Search patients, pages, commands"))
        self.search.setToolTip(_("Search patients, pages, commands (Ctrl+K)"))
        self.search.clicked.connect(lambda: run("find"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addLayout(self._chips)
        layout.addStretch(1)
        self._tools: list[QToolButton] = []
        for action in tools:
            button = QToolButton(self)
            self._tools.append(button)
            button.setObjectName(f"tool.{action.objectName().removeprefix('action.')}")
            button.setDefaultAction(action)
            button.setAccessibleName(action.iconText())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            layout.addWidget(button)
        layout.addWidget(self.search)
        session.study_changed.connect(self.refresh)
        session.filters_changed.connect(self.refresh)
        session.verified.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the state of the session."""
        while (item := self._chips.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it may be what was clicked, and stays for this turn
                widget.deleteLater()
        snapshot = self._session.snapshot
        self.setVisible(snapshot is not None)
        if snapshot is None:
            return
        if self._session.problem:
            self._add_chip(
                "altered",
                _("NOT WHOLE"),
                self._session.problem,
                "verify",
                theme.error_colour(),
            )
        if snapshot.synthetic:
            self._add_chip(
                "synthetic",
                _("SYNTHETIC"),
                _("Invented patients: nothing here is a result of a trial"),
                "show_about",
                theme.warning_colour(),
            )
        if snapshot.blinded and not snapshot.unblinded:
            self._add_chip(
                "blinded",
                _("BLINDED"),
                _("Arms and restricted values are sealed and not in what you see"),
                "unblind",
                theme.faint_colour(),
            )
        elif snapshot.blinded:
            self._add_chip(
                "unblinded",
                _("UNBLINDED"),
                _("Arms and restricted values are shown until the study is closed"),
                "close_study",
                theme.error_colour(),
            )
        if self._session.as_of is not None:
            self._add_chip(
                "as_of",
                _("as of entry {number}").format(number=self._session.as_of),
                _("You look at an earlier state. Click to come back to now"),
                "back_to_now",
                theme.warning_colour(),
            )
        if self._session.filters:
            shown, total = len(self._session.patients_shown()), len(snapshot.patients)
            text = _("{shown} of {total} patients").format(
                shown=number_text(shown, 0), total=number_text(total, 0)
            )
            if self._session.filters.list_name:
                text = _("{setting}: {value}").format(setting=self._session.filters.list_name, value=text)
            self._add_chip(
                "filter",
                text,
                _("A filter is on. Click to show all patients"),
                "clear_filter",
                theme.warning_colour(),
            )
        excluded = len(snapshot.options.excluded)
        if excluded:
            self._add_chip(
                "excluded",
                ngettext("{count} excluded", "{count} excluded", excluded).format(count=excluded),
                _("Patients left out of analysis: {patients}").format(
                    patients=", ".join(snapshot.options.excluded[:20])
                ),
                "page:history",
                theme.warning_colour(),
            )
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Text beside the tools' icons while there is room for it; the title gets the rest."""
        style = Qt.ToolButtonStyle
        for button in self._tools:
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon)
        self.search.setText(_("Search"))
        taken = self._taken()
        if self.width() - taken < self.fontMetrics().averageCharWidth() * _TITLE_LETTERS:
            for button in self._tools:
                button.setToolButtonStyle(style.ToolButtonIconOnly)
            self.search.setText("")
            taken = self._taken()
        self._show_title(self.width() - taken)

    def _taken(self) -> int:
        """The width of everything beside the title."""
        beside = sum(widget.sizeHint().width() + 8 for widget in (*self._tools, self.search))
        return self._chips.sizeHint().width() + beside + 48

    def _show_title(self, room: int) -> None:
        """The study's title, cut where it would push the chips away."""
        snapshot = self._session.snapshot
        if snapshot is not None:
            metrics = self.title.fontMetrics()
            self.title.setText(metrics.elidedText(snapshot.title, Qt.TextElideMode.ElideRight, max(room, 80)))
            self.title.setToolTip("\n".join(str(line) for line in (snapshot.title, snapshot.path) if line))

    def _add_chip(self, code: str, text: str, tip: str, action: str, colour: str) -> None:
        chip = QPushButton(text, self)
        chip.setObjectName(f"chip.{code}")
        chip.setAccessibleName(f"{text}. {tip}")
        chip.setToolTip(tip)
        chip.setCursor(Qt.CursorShape.PointingHandCursor)
        chip.setStyleSheet(
            f"QPushButton {{ border: 1px solid {colour}; color: {colour}; border-radius: 9px;"
            f" padding: 1px 9px; background: transparent; font-weight: 600; }}"
            f"QPushButton:focus {{ border-width: 2px; padding: 0 8px; }}"
        )
        chip.clicked.connect(lambda: self._run(action))
        self._chips.addWidget(chip)
        chip.show()  # what is hidden takes no room when the title is fitted
