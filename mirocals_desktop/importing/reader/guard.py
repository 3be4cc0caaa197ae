"""Reads a spreadsheet through the child process: bounded, cancellable, and every failure a sentence.

workbook = read_workbook(path, report=report)
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

import mirocals_desktop
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Area, Column, Remark, Sheet, Workbook
from mirocals_desktop.importing.reader.raw import Limits
from mirocals_desktop.importing.reader.wire import BrokenFrame, read_frame, write_frame
from mirocals_desktop.progress import Report, ignore

FROZEN_ARGUMENT: Final = "--read-spreadsheet"
"""What a frozen program is started with to be the child: `__main__` hands it to `child.main` first of all."""

_TICK_SECONDS: Final = 0.05
_PROCESSOR_TIME_UP: Final = 24  # SIGXCPU


class _AskedTooMuch(Exception):
    """The child died or met an impossible rectangle, and has not been careful yet."""


class PasswordNeeded(AppError):
    """The workbook is locked: ask for its password and read again. `wrong` tells that one was tried."""

    def __init__(self, message: str, *, hint: str, wrong: bool) -> None:
        super().__init__(message, hint=hint)
        self.wrong = wrong


def read_workbook(
    path: Path, *, password: str | None = None, limits: Limits | None = None, report: Report = ignore
) -> Workbook:
    """The sheets of a file, whatever its format, read in a child process of its own.

    Raises AppError with a sentence when the file cannot be read, PasswordNeeded when it is locked, and
    whatever `report` raises to cancel; the child is gone by then.
    """
    limits = limits or Limits()
    request = {"path": str(path), "password": password, "limits": asdict(limits), "careful": False}
    try:
        return _ask_child(request, path, limits, report)
    except _AskedTooMuch:
        # A stray value far outside the table makes the reading library ask for the whole rectangle:
        # read once more, looking for such cells first.
        return _ask_child({**request, "careful": True}, path, limits, report)


def _ask_child(request: Mapping[str, Any], path: Path, limits: Limits, report: Report) -> Workbook:
    child = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        child_command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        return _converse(child, request, path, limits, report)
    finally:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                _close(stream)


def child_command() -> list[str]:
    """How the child process is started, from a frozen bundle as well."""
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        # On Windows a program with windows may have no standard streams: its twin with a console reads.
        console = program.with_name(f"{program.stem}-console{program.suffix}")
        return [str(console if console.exists() else program), FROZEN_ARGUMENT]
    return [sys.executable, "-X", "utf8", "-m", "mirocals_desktop.importing.reader.child"]


def _environment() -> dict[str, str]:
    """The child finds this very package, wherever the parent was started from."""
    home = str(Path(mirocals_desktop.__file__).parent.parent)
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:
        return  # the child died first: its end of the pipe is gone


def _converse(
    child: subprocess.Popen[bytes], request: Mapping[str, Any], path: Path, limits: Limits, report: Report
) -> Workbook:
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        write_frame(child.stdin, request)
        child.stdin.close()
    except OSError:
        pass  # it died at once: the missing end frame tells
    frames: queue.Queue[tuple[dict[str, Any], list[bytes]] | None] = queue.Queue(maxsize=4)
    stop = threading.Event()
    threading.Thread(target=_listen, args=(child.stdout, frames, stop), daemon=True, name="reader").start()
    threading.Thread(target=_drain, args=(child.stderr,), daemon=True, name="reader-errors").start()
    deadline = time.monotonic() + limits.wall_seconds
    fraction, message = 0.0, _("Reading {file}").format(file=path.name)
    about: dict[str, Any] = {}
    sheets: list[Sheet] = []
    try:
        while True:
            report(fraction, message)
            if time.monotonic() > deadline:
                raise _sentence(path, "too-slow", {"seconds": limits.wall_seconds})
            try:
                frame = frames.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                continue
            if frame is None:
                raise _died(child, path, limits, careful=bool(request["careful"]))
            header, blobs = frame
            if header.get("refused") in ("too-many-cells", "out-of-memory") and not request["careful"]:
                raise _AskedTooMuch
            if "refused" in header:
                raise _sentence(path, str(header["refused"]), dict(header.get("details") or {}))
            if "workbook" in header:
                about = header["workbook"]
            if "progress" in header:
                fraction = 0.05 + 0.9 * float(header["progress"])
                if header["sheet"]:
                    message = _("Reading {file}, sheet {sheet}").format(file=path.name, sheet=header["sheet"])
            if isinstance(header.get("sheet"), dict):
                sheets.append(read_sheet(header["sheet"], blobs))
            if header.get("end"):
                if not any(sheet.filled().any() for sheet in sheets):
                    raise _sentence(path, "no-sheets", {})
                remarks = tuple(_remark(raw) for raw in header["remarks"])
                report(1.0, message)
                return Workbook(path.name, about["sha256"], about["format"], tuple(sheets), remarks)
    finally:
        stop.set()


def _listen(
    stream: IO[bytes], frames: queue.Queue[tuple[dict[str, Any], list[bytes]] | None], stop: threading.Event
) -> None:
    """Puts the child's frames in the queue, and None when no more come."""
    frame: tuple[dict[str, Any], list[bytes]] | None = None
    while not stop.is_set():
        try:
            frame = read_frame(stream)
        except (BrokenFrame, OSError, ValueError):
            frame = None
        while not stop.is_set():
            try:
                frames.put(frame, timeout=_TICK_SECONDS)
                break
            except queue.Full:
                continue
        if frame is None:
            return


def _drain(stream: IO[bytes]) -> None:
    """Reads the child's error stream so that it never blocks; it may quote cells, so it is not kept."""
    try:
        while stream.read(1 << 16):
            pass
    except (OSError, ValueError):
        return


def read_sheet(header: Mapping[str, Any], blobs: list[bytes]) -> Sheet:
    """A sheet from its frame. Columns left of the first filled one come back as empty ones."""
    height, left = int(header["height"]), int(header["left"])
    columns = [_empty_column(height)] * left if header["columns"] else []
    for number, about in enumerate(header["columns"]):
        kinds, numbers, codes, formats = blobs[4 * number : 4 * number + 4]
        columns.append(
            Column(
                np.frombuffer(kinds, dtype=np.uint8),
                np.frombuffer(numbers, dtype=np.float64) if numbers else np.full(height, np.nan),
                np.frombuffer(codes, dtype=np.int32) if codes else np.full(height, -1, dtype=np.int32),
                tuple(about["texts"]),
                np.frombuffer(formats, dtype=np.uint8) if formats else None,
            )
        )
    return _trimmed(
        Sheet(
            name=str(header["name"]),
            columns=tuple(columns),
            visible=str(header["visible"]),
            formats=tuple(header["formats"]),
            merged=tuple(Area(*area) for area in header["merged"]),
            hidden_rows=frozenset(header["hidden_rows"]),
            hidden_columns=frozenset(header["hidden_columns"]),
            row_looks=dict(header["row_looks"]),
            comments={(row, column): text for row, column, text in header["comments"]},
        )
    )


def _empty_column(height: int) -> Column:
    return Column(
        np.zeros(height, dtype=np.uint8), np.full(height, np.nan), np.full(height, -1, dtype=np.int32), ()
    )


def _trimmed(sheet: Sheet) -> Sheet:
    """The sheet without the empty rows and columns after the last filled one."""
    last_row = max((int(np.flatnonzero(c.kinds)[-1]) for c in sheet.columns if c.kinds.any()), default=-1)
    last_column = max((n for n, c in enumerate(sheet.columns) if c.kinds.any()), default=-1)
    if last_row + 1 == sheet.n_rows and last_column + 1 == sheet.n_columns:
        return sheet
    height = last_row + 1
    columns = tuple(
        Column(
            c.kinds[:height],
            c.numbers[:height],
            c.codes[:height],
            c.texts,
            c.formats[:height] if c.formats is not None else None,
        )
        for c in sheet.columns[: last_column + 1]
    )
    fields = {name: getattr(sheet, name) for name in sheet.__dataclass_fields__}
    return Sheet(**{**fields, "columns": columns})


def _remark(raw: Mapping[str, Any]) -> Remark:
    return Remark(raw["code"], raw["sheet"], raw["row"], raw["column"], dict(raw["details"]))


def _died(child: subprocess.Popen[bytes], path: Path, limits: Limits, *, careful: bool) -> Exception:
    """The child ended without an end frame: killed by a limit, or the reading library aborted it."""
    try:
        code = child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        code = 0
    if code == -_PROCESSOR_TIME_UP:
        return _sentence(path, "too-slow", {"seconds": limits.cpu_seconds})
    return _sentence(path, "died", {}) if careful else _AskedTooMuch()


def _sentence(path: Path, code: str, details: Mapping[str, Any]) -> AppError:
    """The refusal as a sentence with a way out."""
    from mirocals_desktop.importing.reader.sentences import refusal

    message, hint = refusal(path.name, code, details)
    if code in ("password", "wrong-password"):
        return PasswordNeeded(message, hint=hint, wrong=code == "wrong-password")
    return AppError(message, hint=hint)
