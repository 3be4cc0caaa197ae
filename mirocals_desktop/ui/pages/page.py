"""What every page is: a widget with a code, a title and an icon that shows the session's snapshot.

A page learns of a change only while it is visible; a hidden one catches up when it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mirocals_desktop.progress import Report
from mirocals_desktop.ui.session import Selection, Session

if TYPE_CHECKING:  # pages are imported before pandas is
    from mirocals_desktop.study.snapshot import Snapshot

T = TypeVar("T")


class Page(QWidget):
    """One page of the window. A subclass sets `code`, `icon` and `title()` and draws in `show_snapshot`.

    Signals to the window: `page_asked(code)` goes to another page ("patient" shows the selected patient);
    `action_asked(code)` runs a command of the action table.
    """

    code: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    letters: ClassVar[int] = 0  # how many letters wide it has to be, where Qt cannot tell

    page_asked = Signal(str)
    action_asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName(f"page.{self.code}")
        self.setAccessibleName(self.title())
        self._waits = True  # the window may answer before a page that was built just now is filled
        self._shown_snapshot: object = None
        self._shown_patients: object = None
        self._shown_selection = Selection()
        session.study_changed.connect(self._catch_up)
        session.filters_changed.connect(self._catch_up)
        session.selection_changed.connect(self._catch_up)

    @classmethod
    def title(cls) -> str:
        """The page's name in the navigation, translated."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the study. Called when the page is visible and the snapshot or the filter is new to it.

        Read the patients that the filter lets through from `session.patients_shown()`. Anything that may
        take more than 50 ms on a large study goes through `compute`.
        """
        raise NotImplementedError

    def show_selection(self, selection: Selection) -> None:
        """Mark what is selected. Called when the page is visible and the selection is new to it."""

    def question(self) -> tuple[str, str]:
        """The question that a query on the selection begins with, and the code of the check it comes from."""
        return "", ""

    def compute(
        self, title: str, work: Callable[[Report], T], done: Callable[[T], None], *, key: str = ""
    ) -> None:
        """Do long work on the worker, then `done(result)` here; a newer call with its key replaces it."""
        self.session.jobs.start(
            title, work, done=done, owner=self, key=f"{self.code}.{key or 'page'}", quiet=True
        )

    def show_again(self) -> None:
        """Show everything anew, now or when the page is next visible: its colours or units have changed."""
        self._shown_snapshot = None
        self._catch_up()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._waits:
            self.session.jobs.postpone(self._begin, owner=self)
        else:
            self._catch_up()

    def _begin(self) -> None:
        self._waits = False
        self._catch_up()

    def _catch_up(self) -> None:
        snapshot = self.session.snapshot
        if self._waits or not self.isVisible() or snapshot is None:
            return
        state = (snapshot, self.session.filters)
        if self._shown_snapshot is not snapshot or self._shown_patients != self.session.filters:
            self._shown_snapshot, self._shown_patients = state
            self._shown_selection = Selection()
            self.show_snapshot(snapshot)
        if self._shown_selection != self.session.selection:
            self._shown_selection = self.session.selection
            self.show_selection(self._shown_selection)
