"""Python's search for unreachable objects, at moments when nobody waits for the window."""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

from mirocals_desktop.ui.session import Session

_YOUNG: Final = 5_000
_MIDDLE: Final = 20
_NEVER: Final = 1_000_000_000
_REST_MS: Final = 300_000
_LATER_MS: Final = 1_000


class Collector(QObject):
    """Looks through all objects when a study was closed, and every five minutes while no job runs.

    Left to itself Python does so in the middle of work, in whichever thread makes the next object: a tenth
    of a second in which the window of a large study answers nothing. Young objects, which are quickly
    looked through, stay with Python.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
        self._timer = QTimer(self)
        self._timer.setInterval(_REST_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()
        session.study_changed.connect(self._on_study_changed)

    def _on_study_changed(self) -> None:
        if self._session.snapshot is None:
            QTimer.singleShot(0, self, self._collect)

    def _collect(self) -> None:
        if self._session.jobs.busy:
            QTimer.singleShot(_LATER_MS, self, self._collect)
        else:
            gc.collect()
