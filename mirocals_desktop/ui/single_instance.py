"""One window for each user: a second start hands its files to the window that runs, and ends.

The two talk over a local socket that only the user can open, in the folder that the system keeps for the
user's running programs. A program that crashed leaves its socket's file behind: nobody answers there, so the
next start takes the place.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalSocket

WAIT_MS: Final = 2000  # a window that is busy for longer than this gets no files; another one opens
MOST_BYTES: Final = 1 << 16
LONGEST: Final = 90  # systems take a hundred bytes for the path of a socket
_ANSWER: Final = b"taken\n"


def socket_name(folder: Path) -> str:
    """The address of the window whose settings are in `folder`: a path, on Windows the name of a pipe."""
    name = f"mirocals-desktop-{zlib.crc32(os.fsencode(folder)):08x}"  # hashlib would load OpenSSL at start
    if sys.platform == "win32":
        return name
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), str(folder)):
        path = os.path.join(place, name)  # noqa: PTH118 (a text is what Qt wants)
        if os.path.isdir(place) and len(os.fsencode(path)) < LONGEST:  # noqa: PTH112
            return path
    return name  # Qt puts it into the folder for temporary files


def hand_over(name: str, paths: Sequence[Path]) -> bool:
    """Give the files to the window that runs, which comes to the front; False when there is none."""
    if os.path.isabs(name) and not os.path.lexists(name):  # noqa: PTH117
        return False  # the usual start: without even loading Qt's network
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(json.dumps([str(path.absolute()) for path in paths]).encode() + b"\n")
    answer = b""
    while not answer.endswith(b"\n") and socket.waitForReadyRead(WAIT_MS):
        answer += bytes(socket.readAll().data())
    socket.abort()
    return answer == _ANSWER


class Listener(QObject):
    """Listens for later starts. `files_asked(paths)` comes for each, with no paths when it had none."""

    files_asked = Signal(list)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from PySide6.QtNetwork import QLocalServer

        self._sockets: list[QLocalSocket] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        # Qt would put its socket over one that is in use, so whether somebody answers is asked first.
        self.is_listening = not _answers(name)
        if self.is_listening:
            QLocalServer.removeServer(name)  # left behind by a program that crashed
            self.is_listening = self._server.listen(name)

    def close(self) -> None:
        """Listen no more, and leave nothing behind."""
        self._server.newConnection.disconnect(self._on_connection)
        for socket in self._sockets:
            socket.readyRead.disconnect()
            socket.disconnected.disconnect()
            socket.abort()
        self._sockets.clear()
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._sockets.append(socket)  # the server owns it; without a name in Python its slots would go
            socket.readyRead.connect(self._on_ready)
            socket.disconnected.connect(self._on_gone)
            self._read(socket)

    def _on_ready(self) -> None:
        for socket in list(self._sockets):
            self._read(socket)

    def _on_gone(self) -> None:
        self._sockets = [socket for socket in self._sockets if socket.isValid()]

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > MOST_BYTES:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        try:
            said = json.loads(bytes(socket.readLine().data()))
        except ValueError:
            socket.abort()
            return
        if not isinstance(said, list) or not all(isinstance(item, str) for item in said):
            socket.abort()
            return
        socket.write(_ANSWER)
        socket.flush()
        self.files_asked.emit([Path(item) for item in said])


def _answers(name: str) -> bool:
    """Whether a program listens there."""
    if os.path.isabs(name) and not os.path.lexists(name):  # noqa: PTH117
        return False
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    found = socket.waitForConnected(WAIT_MS)
    socket.abort()
    return found
