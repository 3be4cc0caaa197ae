"""The line at the bottom: what is saved, what it counts, and the job that runs, with Cancel."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import looks, motion
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import time_text, user_locale

SHOW_AFTER_MS: Final = 250  # what is over sooner would only flicker


class StatusBar(QStatusBar):
    """Facts at the left, work at the right."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self.setSizeGripEnabled(False)
        self.setFixedHeight(looks.status_height(self))
        self._session = session
        self.facts = QLabel(self)
        self.facts.setObjectName("status_bar.facts")
        self.job = QLabel(self)
        self.job.setObjectName("status_bar.job")
        self.progress = QProgressBar(self)
        self.progress.setObjectName("status_bar.progress")
        self.progress.setAccessibleName(_("Progress"))
        self.progress.setFixedWidth(140)
        self.progress.setMaximumHeight(self.fontMetrics().height())
        self.progress.setTextVisible(False)
        self.cancel = QToolButton(self)
        self.cancel.setObjectName("status_bar.cancel")
        self.cancel.setIcon(icon("cancel"))
        self.cancel.setAutoRaise(True)
        self.cancel.setToolTip(_("Cancel"))
        self.cancel.setAccessibleName(_("Cancel the running task"))
        self.cancel.clicked.connect(session.jobs.cancel)
        self.facts.setContentsMargins(8, 0, 0, 0)
        self.addWidget(self.facts)
        for widget in (self.job, self.progress, self.cancel):
            self.addPermanentWidget(widget)
            widget.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOW_AFTER_MS)
        self._timer.timeout.connect(self._show_job)
        session.study_changed.connect(self.refresh)
        session.jobs.changed.connect(self._on_jobs_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show the facts of the session's snapshot."""
        snapshot = self._session.snapshot
        if snapshot is None:
            self.facts.setText("")
            return
        locale = user_locale()
        patients, observations = len(snapshot.patients), len(snapshot.observations)
        counts = [
            ngettext("{count} patient", "{count} patients", patients).format(count=locale.toString(patients)),
            ngettext("{count} value", "{count} values", observations).format(
                count=locale.toString(observations)
            ),
        ]
        saved = ""
        if len(snapshot.entries):
            saved = _("All changes saved, last {time}").format(
                time=time_text(str(snapshot.entries["at_utc"].iloc[-1]))
            )
        self.facts.setText("  ·  ".join(part for part in (saved, *counts) if part))

    def _on_jobs_changed(self) -> None:
        if self._session.jobs.current is None:
            self._timer.stop()
            self._show_job()
        elif self.job.isVisible():
            self._show_job()
        elif not self._timer.isActive():
            self._timer.start()

    def _show_job(self) -> None:
        job = self._session.jobs.current
        for widget in (self.job, self.progress, self.cancel):
            widget.setVisible(job is not None)
        if job is None:
            return
        text = job.message or job.title
        self.job.setText(f"{text}  {job.fraction:.0%}" if job.fraction > 0 else f"{text} …")
        known = job.fraction > 0
        self.progress.setVisible(known or not motion.is_reduced())
        self.progress.setRange(0, 1000 if known else 0)
        self.progress.setValue(round(job.fraction * 1000))
