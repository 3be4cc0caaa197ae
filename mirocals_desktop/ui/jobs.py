"""Long work off the window's thread: one worker, results back by a queued signal, one place to cancel.

Everything that touches the open study runs here too, because its file has one connection on one thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import shiboken6
from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal

from mirocals_desktop.progress import Cancelled, Report

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")

REPORT_SECONDS: Final = 0.1  # a progress bar needs no more than ten steps a second


class Job:
    """One piece of long work, as the status bar sees it: what it is and how far it has come."""

    def __init__(self, title: str, *, key: str, quiet: bool, gives_way: bool) -> None:
        self.title = title
        self.key = key
        self.quiet = quiet
        self.gives_way = gives_way
        self.fraction = 0.0
        self.message = ""
        self._stop = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether the user, or a newer job, stopped it."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Stop it at its next report; its result is dropped whenever it comes."""
        self._stop.set()


class _Waiting:
    """What has to happen in the window when a job ends."""

    def __init__(
        self,
        job: Job,
        owner: QObject | None,
        done: Callable[[Any], None] | None,
        failed: Callable[[BaseException], None] | None,
        cancelled: Callable[[], None] | None,
        dropped: Callable[[Any], None] | None,
    ) -> None:
        self.job = job
        self.owner = owner
        self.done = done
        self.failed = failed
        self.cancelled = cancelled
        self.dropped = dropped


class Jobs(QObject):
    """Runs long work on one worker thread, in the order it was asked for.

    `changed` says that a job began, moved on or ended; `current` is then what the status bar shows.
    `failed` carries an exception that no caller of `start` wanted to handle.
    """

    changed = Signal()
    failed = Signal(object)
    _reported = Signal(object, float, str)
    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executor: ThreadPoolExecutor | None = None
        self._waiting: list[_Waiting] = []
        self._postponed = 0
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether any job, quiet ones included, has not yet ended, or something was put off for a moment."""
        return bool(self._waiting or self._postponed)

    @property
    def closed(self) -> bool:
        """Whether no more work is taken."""
        return self._closed

    @property
    def current(self) -> Job | None:
        """The job to show: the first that is neither quiet nor cancelled."""
        return next((w.job for w in self._waiting if not w.job.quiet and not w.job.cancelled), None)

    def start(
        self,
        title: str,
        work: Callable[[Report], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        dropped: Callable[[T], None] | None = None,
        owner: QObject | None = None,
        key: str = "",
        quiet: bool = False,
        gives_way: bool = False,
    ) -> Job:
        """Run `work(report)` on the worker; then one of `done(result)`, `failed(error)`, `cancelled()` here.

        `title` is translated. A job with a `key` cancels the earlier ones with that key: the newest question
        is the only one whose answer is wanted. One that `gives_way` is cancelled by any job that comes after
        it: it is for the time when there is nothing else to do. When `owner` has been deleted, none of the
        three is called. `quiet` jobs do not show in the status bar. Without `failed` the exception goes out
        by the signal of that name. A result that nobody wants any more goes to `dropped`, which frees what it
        holds.
        """
        if self._closed:
            raise RuntimeError("a job was started after the jobs were closed")
        job = Job(title, key=key, quiet=quiet, gives_way=gives_way)
        for waiting in self._waiting:
            if waiting.job.gives_way or (key and waiting.job.key == key):
                waiting.job.cancel()
        self._waiting.append(_Waiting(job, owner, done, failed, cancelled, dropped))
        self._worker().submit(self._run, job, work)
        self.changed.emit()
        return job

    def postpone(self, act: Callable[[], None], *, owner: QObject) -> None:
        """Do something in the window in the next turn of its event loop, so that it can answer before.

        Not done when `owner` has been deleted by then, or the jobs were closed.
        """

        def do() -> None:
            self._postponed -= 1
            if not self._closed and shiboken6.isValid(owner):
                act()

        self._postponed += 1
        QtCore.QTimer.singleShot(1, self, do)  # with 0 it would be done in this very turn

    def cancel(self) -> None:
        """Stop every job that can be seen in the status bar; quiet ones go on."""
        for waiting in self._waiting:
            if not waiting.job.quiet:
                waiting.job.cancel()
        self.changed.emit()

    def close(self, *, last: Callable[[], None] | None = None) -> None:
        """Stop everything, do `last` on the worker, and wait for it to end; late results are dropped."""
        if self._closed:
            return
        self._closed = True
        for waiting in self._waiting:
            waiting.job.cancel()
        self._waiting.clear()
        ended = self._worker().submit(last) if last is not None else None
        if self._executor is not None:
            self._executor.shutdown(wait=True)
        if ended is not None:
            ended.result()

    def _worker(self) -> ThreadPoolExecutor:
        """The worker, made for the first job: the window is painted before there is one."""
        if self._executor is None:
            from concurrent.futures import ThreadPoolExecutor

            queued = QtCore.Qt.ConnectionType.QueuedConnection
            self._reported.connect(self._on_reported, queued)
            self._ended.connect(self._on_ended, queued)
            self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mirocals-worker")
        return self._executor

    def _run(self, job: Job, work: Callable[[Report], object]) -> None:
        """On the worker: do the work and send what came of it, whatever it was."""
        result: object = None
        error: BaseException | None = None
        last = 0.0

        def report(fraction: float, message: str) -> None:
            nonlocal last
            if job.cancelled:
                raise Cancelled
            now = time.monotonic()
            if now - last >= REPORT_SECONDS:
                last = now
                self._reported.emit(job, fraction, message)

        if job.cancelled:
            error = Cancelled()
        else:
            try:
                result = work(report)
            except BaseException as problem:  # noqa: BLE001 (a panic of a foreign library is no Exception)
                error = problem
        self._ended.emit(job, result, error)

    def _on_reported(self, job: Job, fraction: float, message: str) -> None:
        job.fraction, job.message = fraction, message
        if job is self.current:
            self.changed.emit()

    def _on_ended(self, job: Job, result: object, error: BaseException | None) -> None:
        waiting = next((w for w in self._waiting if w.job is job), None)
        if waiting is None:  # closed meanwhile
            return
        self._waiting.remove(waiting)
        self.changed.emit()
        gone = waiting.owner is not None and not shiboken6.isValid(waiting.owner)
        if (gone or job.cancelled) and error is None and waiting.dropped is not None:
            waiting.dropped(result)
        if gone:
            return
        if job.cancelled or isinstance(error, Cancelled):
            if waiting.cancelled is not None:
                waiting.cancelled()
        elif error is not None:
            if waiting.failed is not None:
                waiting.failed(error)
            else:
                self.failed.emit(error)
        elif waiting.done is not None:
            waiting.done(result)
