"""The program's last words when a library crashes under it: written by faulthandler, shown at the next start.

They name places in the code and never a value. Each running program writes a file of its own and holds a lock
on it; a file without a lock was left by a program that ended. An orderly end removes its file, so what is
left and not empty is a crash.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from pathlib import Path
from typing import IO, Final

PATTERN: Final = "crash-*.log"
MOST_CHARACTERS: Final = 20_000


class CrashLog:
    """This program's file. Where the folder cannot be written there is none: no reason not to start."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[str] | None = None
        self._path = folder / f"crash-{os.getpid()}.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8")
            _lock(self._file)
        except OSError:
            return
        faulthandler.enable(self._file)

    def close(self) -> None:
        """The program ends in good order: nothing is left behind."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._file = None


def take_crash_report(folder: Path) -> str:
    """What programs that crashed have left, "" when none has. It is read once: the files are gone then."""
    reports = []
    for path in sorted(folder.glob(PATTERN)):
        try:
            with path.open("r+", encoding="utf-8", errors="replace") as file:
                _lock(file)  # a program that still runs holds it
                text = file.read(MOST_CHARACTERS)
            path.unlink()
        except OSError:
            continue
        if text.strip():
            reports.append(shorten(text))
    return "\n\n".join(reports)


def shorten(text: str) -> str:
    """The report without the folders above the program and its libraries: they tell who the user is."""
    lines = []
    for line in text.splitlines():
        before, quote, rest = line.partition('File "')
        path, end, place = rest.partition('"')
        if quote and end:
            parts = path.replace("\\", "/").split("/")
            for root in ("mirocals_desktop", "site-packages", "_internal"):
                if root in parts:
                    parts = parts[parts.index(root) :]
                    break
            else:
                parts = parts[-1:]
            line = f'{before}{quote}{"/".join(parts)}"{place}'
        lines.append(line)
    return "\n".join(lines)


def _lock(file: IO[str]) -> None:
    """Lock the file, or raise OSError when another program holds it."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        msvcrt.locking(
            file.fileno(), msvcrt.LK_UNLCK, 1
        )  # there, an open file cannot be removed: that is lock enough
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
