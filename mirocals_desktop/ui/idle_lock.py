"""A study protected by a passphrase is closed when nobody works, and its passphrase asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from typing_extensions import override

from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.ui.window import Window

MINUTE_MS: Final = 60_000
_WORK: Final = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)


class IdleLock(QObject):
    """Watches a window for keys and the mouse while the settings ask for it and the study is protected.

    Nothing is lost: whatever was done is in the study's file. Work that runs, and a dialog with what somebody
    has typed, hold the lock off for another minute.
    """

    def __init__(self, session: Session, window: Window, *, minute_ms: int = MINUTE_MS) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._minute_ms = minute_ms
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self._lock)
        session.study_changed.connect(self._begin)
        session.settings_changed.connect(self._begin)
        self._begin()

    def _begin(self) -> None:
        """Wait for idle minutes from now on, or for nothing."""
        study, minutes = self._session.study, self._session.settings.lock_minutes
        handle = self._window.windowHandle()
        handle.removeEventFilter(self)
        self.timer.stop()
        if minutes and study is not None and study.encrypted:
            handle.installEventFilter(self)  # of the window alone: one of all widgets would cost every event
            self.timer.start(minutes * self._minute_ms)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _WORK and self.timer.isActive():
            self.timer.start(self._session.settings.lock_minutes * self._minute_ms)
        return False

    def _lock(self) -> None:
        if self._session.jobs.busy or QApplication.activeModalWidget() is not None:
            self.timer.start(self._minute_ms)
            return
        snapshot = self._session.snapshot
        if snapshot is not None and snapshot.path is not None:
            self._session.close()
            self._window.commands.open_path(snapshot.path)
