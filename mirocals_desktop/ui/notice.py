"""Long work that ends while another program is in front: the window asks for a look, if the user wants it."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.session import Session

LONG_SECONDS: Final = 5.0  # one waits for shorter work, and need not be told that it has ended


class Notice(QObject):
    """Watches the session's jobs over a window. `told(text)` when the system was asked to point at it."""

    told = Signal(str)

    def __init__(self, session: Session, window: QWidget, *, after_seconds: float = LONG_SECONDS) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._after = after_seconds
        self._title = ""
        self._begun = 0.0
        session.jobs.changed.connect(self._on_jobs_changed)

    def _on_jobs_changed(self) -> None:
        job = self._session.jobs.current
        if job is not None:
            if not self._title:
                self._begun = time.monotonic()
            self._title = job.title
            return
        title, self._title = self._title, ""
        if not title or time.monotonic() - self._begun < self._after:
            return
        if self._session.settings.notify and not self._window.isActiveWindow():
            QApplication.alert(self._window)  # flashes in the taskbar, bounces in the dock
            self.told.emit(_("{job}: ended").format(job=title))
