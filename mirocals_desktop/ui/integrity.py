"""Every study that is opened is verified, in a moment when nothing else is to be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.study.ledger import Verification
    from mirocals_desktop.study.study import Study

AFTER_MS: Final = 3000  # the user looks at what was just opened: the first clicks come before


class IdleVerification(QObject):
    """Verifies the session's study once, a while after it was opened; any other work comes first.

    `tell` is called when the study is not whole.
    """

    def __init__(
        self, session: Session, *, tell: Callable[[], None], parent: QObject, after_ms: int = AFTER_MS
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._tell = tell
        self._verified: Study | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(after_ms)
        self._timer.timeout.connect(self._verify)
        session.study_changed.connect(self._on_study_changed)

    def _on_study_changed(self) -> None:
        if self._session.study is not self._verified:
            self._timer.start()

    def _verify(self) -> None:
        if self._session.jobs.busy:
            self._timer.start()
            return
        self._verified = self._session.study
        self._session.verify(done=self._on_done, cancelled=self._again, owner=self, in_idle_time=True)

    def _again(self) -> None:
        self._verified = None
        self._timer.start()

    def _on_done(self, outcome: Verification) -> None:
        if not outcome.whole:
            self._tell()
