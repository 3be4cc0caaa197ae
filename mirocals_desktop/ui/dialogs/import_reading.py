"""Reading the files of an import one by one: passwords are asked for, later changes on disk are noticed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, part
from mirocals_desktop.ui.jobs import Jobs

if TYPE_CHECKING:
    from mirocals_desktop.importing.grid import Workbook

Stamp = tuple[int, int]
"""When a file was written last, in nanoseconds, and its size: another one means another file."""


class FileReader(QObject):
    """Reads files in guarded child processes.

    `read` when all are read; `refused(error)` when one of several cannot be, and the others go on;
    `failed(error)` when the only one cannot be; `left` when the user stopped it, or has no password.
    """

    read = Signal()
    begun = Signal(str)
    refused = Signal(object)
    failed = Signal(object)
    left = Signal()

    def __init__(self, jobs: Jobs, paths: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._jobs = jobs
        self._paths = list(paths)
        self._passwords: dict[Path, str] = {}
        self._stamps: dict[Path, Stamp] = {}
        self._workbooks: list[Workbook] = []

    @property
    def workbooks(self) -> tuple[Workbook, ...]:
        """The files as they were read."""
        return tuple(self._workbooks)

    def start(self) -> None:
        """Read all files, from the first one on. A password that opened one before is tried again."""
        self._workbooks = []
        self._stamps = {path: stamp for path in self._paths if (stamp := _stamp(path)) is not None}
        self._read_next()

    def add(self, paths: Sequence[Path]) -> list[Path]:
        """Read these files as well, after those that are being read; gives those that were not there yet."""
        known = {path.resolve() for path in self._paths}
        new = [path for path in paths if path.resolve() not in known]
        reading = len(self._workbooks) < len(self._paths)
        self._paths += new
        self._stamps |= {path: stamp for path in new if (stamp := _stamp(path)) is not None}
        if new and not reading:
            self._read_next()
        return new

    def changed_files(self) -> list[str]:
        """The names of the files that are other files by now; one that is gone was read all the same."""
        return [
            path.name
            for path in self._paths
            if (now := _stamp(path)) is not None and now != self._stamps.get(path)
        ]

    def _read_next(self) -> None:
        number = len(self._workbooks)
        if number == len(self._paths):
            self.read.emit()
            return
        path, share = self._paths[number], 1 / len(self._paths)
        password = self._passwords.get(path)

        def work(report: Report) -> Workbook:
            from mirocals_desktop.importing.reader.guard import read_workbook

            whole = part(report, number * share, (number + 1) * share)
            return read_workbook(path, password=password, report=whole)

        title = _("Reading {name}").format(name=path.name)
        self.begun.emit(title)
        self._jobs.start(
            title,
            work,
            done=self._on_read,
            failed=self._on_not_read,
            cancelled=self.left.emit,
            owner=self,
            key="import.read",
        )

    def _on_read(self, workbook: Workbook) -> None:
        self._workbooks.append(workbook)
        self._read_next()

    def _on_not_read(self, error: BaseException) -> None:
        from mirocals_desktop.importing.reader.guard import PasswordNeeded

        if not isinstance(error, PasswordNeeded):
            if not isinstance(error, AppError) or len(self._paths) == 1:
                self.failed.emit(error)
                return
            del self._paths[len(self._workbooks)]
            self.refused.emit(error)
            self._read_next()
            return
        from mirocals_desktop.ui.dialogs.passphrase import PasswordDialog

        dialog = PasswordDialog(error, self._window)
        dialog.given.connect(self._on_password)
        dialog.rejected.connect(self.left)
        dialog.open()

    def _on_password(self, password: str) -> None:
        self._passwords[self._paths[len(self._workbooks)]] = password
        self._read_next()


def _stamp(path: Path) -> Stamp | None:
    """What tells that a file is another one; None when it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
