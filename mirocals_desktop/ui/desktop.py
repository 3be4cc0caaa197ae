"""What the program tells the desktop around it, and asks it: how far work is, that it ended, what may move.

Where there is a session bus (Linux), the launcher or dock shows the progress of work (the `LauncherEntry`
that Plasma, Unity, Dash to Dock and others read), the end of long work comes as a notification (by the
desktop's portal), and the portal says whether animations are wanted. In Windows the button of the window in
the taskbar shows the progress (`windows_taskbar`). Elsewhere the window asks for a look by itself (`notice`).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mirocals_desktop.ui import motion
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusMessage, QDBusPendingCallWatcher

ENTRY: Final = "application://mirocals-desktop.desktop"
_LAUNCHER: Final = "com.canonical.Unity.LauncherEntry"
_PORTAL: Final = "org.freedesktop.portal.Desktop"
_PORTAL_PATH: Final = "/org/freedesktop/portal/desktop"
_SHOW_AFTER_SECONDS: Final = 1.0  # what is over sooner would only flicker
_STEP: Final = 0.01

Tell = Callable[[float | None], None]
"""Takes the part of work that is done, or None when there is no work."""


class Desktop(QObject):
    """The desktop around one window: its taskbar follows the session's jobs, its motion the settings.

    `tell` is what carries the progress of the taskbar; None takes the session bus or the taskbar of Windows,
    if there is one.
    """

    def __init__(
        self,
        session: Session,
        parent: QWidget,
        *,
        tell: Tell | None = None,
        after_seconds: float = _SHOW_AFTER_SECONDS,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._has_bus = tell is None and _has_bus()
        self._tell = tell or self._taskbar_of(parent)
        self._after = after_seconds
        self._begun = 0.0
        self._shown = -1.0  # the part of the bar that is shown; -1 without a bar
        self._system_reduces = motion.windows_reduces()
        self._watcher: QDBusPendingCallWatcher | None = None
        session.jobs.changed.connect(self._on_jobs_changed)
        session.settings_changed.connect(self._move)
        self._move()
        if self._has_bus:
            self._ask_about_motion()

    def notify(self, text: str) -> None:
        """Show a notification of the system, where it takes one."""
        if self._has_bus:
            call = _portal_call("Notification", "AddNotification")
            call.setArguments(["work", {"title": "MIROCALS Desktop", "body": text}])
            _send(call)

    def _on_jobs_changed(self) -> None:
        if self._tell is None:
            return
        job = self._session.jobs.current
        now = time.monotonic()
        if job is None:
            self._begun = 0.0
            if self._shown >= 0:
                self._shown = -1.0
                self._tell(None)
            return
        self._begun = self._begun or now
        if now - self._begun >= self._after and abs(job.fraction - self._shown) >= _STEP:
            self._shown = job.fraction
            self._tell(float(job.fraction))

    def _taskbar_of(self, window: QWidget) -> Tell | None:
        """What shows the progress of work beside the window; None where nothing does."""
        if self._has_bus:
            return _tell_launcher
        if sys.platform != "win32":
            return None
        from mirocals_desktop.ui.windows_taskbar import TaskbarButton, find_taskbar

        taskbar = find_taskbar()
        return TaskbarButton(taskbar, int(window.winId())).show if taskbar else None

    def _move(self) -> None:
        motion.apply_motion(self._session.settings.motion, system_reduces=self._system_reduces)

    def _ask_about_motion(self) -> None:
        """Ask whether animations are wanted; the answer comes later, or never."""
        from PySide6.QtDBus import QDBusConnection, QDBusPendingCallWatcher

        call = _portal_call("Settings", "ReadOne")
        call.setArguments(["org.gnome.desktop.interface", "enable-animations"])
        self._watcher = QDBusPendingCallWatcher(QDBusConnection.sessionBus().asyncCall(call), self)
        self._watcher.finished.connect(self._on_answer)

    def _on_answer(self, watcher: QDBusPendingCallWatcher) -> None:
        from PySide6.QtDBus import QDBusMessage

        answer = watcher.reply()
        if answer.type() == QDBusMessage.MessageType.ReplyMessage and answer.arguments():
            animates = answer.arguments()[0]
            animates = animates.variant() if hasattr(animates, "variant") else animates
            self._system_reduces = animates is False
            self._move()


def _has_bus() -> bool:
    """Whether a session bus is there to talk to; asking Qt would start one on some systems."""
    if not sys.platform.startswith("linux"):
        return False
    own = f"/run/user/{os.getuid()}/bus"
    if not (os.environ.get("DBUS_SESSION_BUS_ADDRESS") or Path(own).exists()):
        return False
    from PySide6.QtDBus import QDBusConnection

    return bool(QDBusConnection.sessionBus().isConnected())


def _tell_launcher(fraction: float | None) -> None:
    from PySide6.QtDBus import QDBusMessage

    message = QDBusMessage.createSignal(f"/org/mirocals/desktop/{os.getpid()}", _LAUNCHER, "Update")
    message.setArguments([ENTRY, {"progress": fraction or 0.0, "progress-visible": fraction is not None}])
    _send(message)


def _portal_call(interface: str, method: str) -> QDBusMessage:
    from PySide6.QtDBus import QDBusMessage

    return QDBusMessage.createMethodCall(_PORTAL, _PORTAL_PATH, f"org.freedesktop.portal.{interface}", method)


def _send(message: QDBusMessage) -> None:
    from PySide6.QtDBus import QDBusConnection

    QDBusConnection.sessionBus().send(message)
