"""The filter that all pages share: which patients are shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Filters, Session


class Choice(QToolButton):
    """A button with a menu of things to tick; nothing ticked means everything."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"filter.{name}")
        self._title = title
        self._offered: list[tuple[Any, str]] = []
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.choices = QMenu(self)
        self.choices.setObjectName(f"filter.{name}.menu")
        self.setMenu(self.choices)

    def set_title(self, title: str) -> None:
        """What the choice is of; shown with the next `offer`."""
        self._title = title

    def offer(self, choices: Iterable[tuple[Any, str]], chosen: frozenset[Any]) -> None:
        """Show the choices (value and text), the chosen ones ticked."""
        offered = list(choices)
        if offered != self._offered:  # an action must not be deleted while it is being chosen
            self._offered = offered
            self.choices.clear()
            for value, text in offered:
                action = QAction(text, self.choices)
                action.setObjectName(f"{self.objectName()}.{value}")
                action.setCheckable(True)
                action.setData(value)
                self.choices.addAction(action)
        for action in self.choices.actions():
            action.setChecked(action.data() in chosen)
        names = [text for value, text in offered if value in chosen]
        self.setVisible(bool(offered))
        shown = ", ".join(names) if len(names) <= 2 else str(len(names))
        said = titled(self._title, shown or _("all"))
        self.setText(f"{said} ▾")
        self.setAccessibleName(said)

    def chosen(self) -> frozenset[Any]:
        """The values that are ticked."""
        return frozenset(action.data() for action in self.choices.actions() if action.isChecked())


class FilterBar(QWidget):
    """One line above the pages: site, status, arm, class, text. What it says is kept between pages."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("filter_bar")
        self._session = session
        self._sites = Choice("sites", _("Site"), self)
        self._statuses = Choice("statuses", _("Status"), self)
        self._arms = Choice("arms", _("Arm"), self)
        self._classes = Choice("classes", _("Class"), self)
        self.text = QLineEdit(self)
        self.text.setObjectName("filter.text")
        self.text.setAccessibleName(_("Show patients whose id contains"))
        self.text.setPlaceholderText(_("Patient id contains"))
        self.text.setClearButtonEnabled(True)
        room = self.text.fontMetrics().horizontalAdvance(self.text.placeholderText())
        self.text.setFixedWidth(max(room + 44, 150))
        self.clear = QToolButton(self)
        self.clear.setObjectName("filter.clear")
        self.clear.setText(_("Show all"))
        self.clear.setIcon(icon("close"))
        self.clear.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.clear.setAutoRaise(True)
        self.clear.clicked.connect(lambda: session.set_filters(Filters()))
        around = QVBoxLayout(self)
        around.setContentsMargins(12, 4, 12, 4)
        layout = FlowLayout(gap=4)
        around.addLayout(layout)
        for widget in (self._sites, self._statuses, self._arms, self._classes, self.text, self.clear):
            layout.addWidget(widget)
        for choice in (self._sites, self._statuses, self._arms, self._classes):
            choice.choices.triggered.connect(self._apply)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(200)
        self._timer.timeout.connect(self._apply)
        self.text.textEdited.connect(lambda _text: self._timer.start())
        self.text.returnPressed.connect(self._apply)
        session.study_changed.connect(self.refresh)
        session.filters_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Offer what the snapshot has."""
        snapshot = self._session.snapshot
        filters = self._session.filters
        facts = self._session.facts
        if snapshot is None or facts is None:
            return
        from mirocals_desktop.protocol import codes

        protocol = snapshot.protocol
        present = set(snapshot.patients[codes.SITE]) if codes.SITE in snapshot.patients else set()
        names = {site.code: f"{site.code}  {site.label}" for site in protocol.sites}
        sites = [(code, names.get(code, code)) for code in sorted(present) if code]
        self._sites.offer(sites if len(sites) > 1 else [], filters.sites)
        arms = [(arm.code, str(arm.label)) for arm in protocol.arms] if snapshot.arms_visible else []
        self._arms.offer(arms, filters.arms)
        self._statuses.offer(facts.statuses(), filters.statuses)
        marker = protocol.variable(facts.class_variable)
        if marker is not None:
            self._classes.set_title(_("{marker} class").format(marker=marker.label))
        measured = any(index >= 0 for index in facts.class_index.values())
        self._classes.offer(enumerate(facts.class_labels) if measured else [], filters.classes)
        if not self.text.hasFocus():
            self.text.setText(filters.text)
        self.clear.setVisible(bool(filters))

    def _apply(self) -> None:
        self._timer.stop()
        self._session.set_filters(
            dataclasses.replace(
                self._session.filters,
                sites=self._sites.chosen(),
                statuses=self._statuses.chosen(),
                arms=self._arms.chosen(),
                classes=self._classes.chosen(),
                text=self.text.text().strip(),
            )
        )
