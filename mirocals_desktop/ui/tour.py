"""The tour of the sample study: five steps in a line above the pages, which may be left at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from mirocals_desktop.i18n import N_, _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Session

STEPS: Final[tuple[tuple[str, str], ...]] = (
    (
        "overview",
        N_(
            "Where the study stands. Every number leads to the list behind it: click one, "
            "and come back by the chip that appears above."
        ),
    ),
    (
        "follow_up",
        N_(
            "Patients by visits. The red signs are overdue. Choose a cell: the line below the table "
            "and the inspector at the right say what it is."
        ),
    ),
    (
        "biomarkers",
        N_(
            "Each patient a thin line. Some values are far from the others: click one, "
            "and the inspector names the file, the sheet and the cell it came from."
        ),
    ),
    (
        "survival",
        N_(
            "The curve by arm. Change the groups: curves, numbers at risk and tests follow. "
            "The note below names every convention."
        ),
    ),
    (
        "history",
        N_(
            "What was done to the study, by whom and why. It can be undone, and nothing is deleted. "
            "Now drop a spreadsheet of your own on the window."
        ),
    ),
)
"""The page of each step, and what to see there."""


class TourBar(QWidget):
    """Shows the steps one after the other; `show_page(code)` brings the page of a step to the front."""

    def __init__(self, session: Session, show_page: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tour")
        self.setAccessibleName(_("Tour"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet("#tour { background: palette(midlight); border-bottom: 1px solid palette(mid); }")
        self.step = -1
        self._session = session
        self._show_page = show_page
        self.count = theme.heading_label("", "tour.count", self)
        self.text = QLabel(self)
        self.text.setObjectName("tour.text")
        self.text.setWordWrap(True)
        self.skip = QPushButton(_("Leave the tour"), self)
        self.skip.setObjectName("tour.skip")
        self.skip.clicked.connect(self.end)
        self.back = QPushButton(icon("back"), _("Back"), self)
        self.back.setObjectName("tour.back")
        self.back.clicked.connect(lambda: self.show_step(self.step - 1))
        self.next = QPushButton(_("Next"), self)
        self.next.setObjectName("tour.next")
        self.next.setDefault(True)
        self.next.clicked.connect(lambda: self.show_step(self.step + 1))
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 8, 12, 8)
        line.setSpacing(8)
        line.addWidget(self.count)
        line.addWidget(self.text, 1)
        line.addWidget(self.skip)
        line.addWidget(self.back)
        line.addWidget(self.next)
        session.study_changed.connect(self._on_study_changed)
        self.hide()

    def show_step(self, step: int) -> None:
        """Show a step, the first being 0; after the last the tour is over."""
        if step >= len(STEPS):
            self.end()
            return
        self.step = step
        page, text = STEPS[step]
        self._show_page(page)
        self.count.setText(_("{step} of {steps}").format(step=step + 1, steps=len(STEPS)))
        self.text.setText(_(text))
        self.text.setAccessibleDescription(_(text))
        self.back.setEnabled(step > 0)
        self.skip.setVisible(step + 1 < len(STEPS))
        self.next.setText(_("Next") if step + 1 < len(STEPS) else _("End the tour"))
        self.show()
        self.next.setFocus()

    def end(self) -> None:
        """Leave the tour; it does not come by itself again."""
        self.step = -1
        self.hide()
        self._session.update_settings(toured=True)

    def _on_study_changed(self) -> None:
        if self._session.snapshot is None and self.step >= 0:
            self.step = -1
            self.hide()
