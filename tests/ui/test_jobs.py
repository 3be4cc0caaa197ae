from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mirocals_desktop.errors import AppError
from mirocals_desktop.progress import Report
from mirocals_desktop.ui.jobs import Jobs


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


def idle(qtbot: QtBot, jobs: Jobs) -> None:
    qtbot.waitUntil(lambda: not jobs.busy)


def test_that_the_result_comes_back_on_the_window_s_thread(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[tuple[object, bool, bool]] = []
    here = threading.current_thread()
    jobs.start(
        "Adding",
        lambda _report: (2 + 3, threading.current_thread()),
        done=lambda r: seen.append((r[0], r[1] is here, threading.current_thread() is here)),
    )
    idle(qtbot, jobs)
    assert seen == [(5, False, True)]


def test_that_jobs_run_one_after_another_in_the_order_they_were_asked_for(qtbot: QtBot, jobs: Jobs) -> None:
    order: list[int] = []
    for number in range(5):
        jobs.start("Counting", lambda _report, number=number: number, done=order.append)
    idle(qtbot, jobs)
    assert order == [0, 1, 2, 3, 4]


def test_that_the_late_result_of_a_cancelled_job_is_dropped(qtbot: QtBot, jobs: Jobs) -> None:
    begun, go = threading.Event(), threading.Event()
    results: list[str] = []

    def work(_report: Report) -> str:
        begun.set()
        assert go.wait(10)
        return "late"

    stopped: list[bool] = []
    job = jobs.start("Waiting", work, done=results.append, cancelled=lambda: stopped.append(True))
    assert begun.wait(10)
    job.cancel()
    go.set()
    idle(qtbot, jobs)
    assert results == []
    assert stopped == [True]


def test_that_a_cancelled_job_stops_at_its_next_report(qtbot: QtBot, jobs: Jobs) -> None:
    begun, go = threading.Event(), threading.Event()
    reached: list[str] = []

    def work(report: Report) -> None:
        begun.set()
        assert go.wait(10)
        report(0.5, "half")
        reached.append("the other half")

    jobs.start("Waiting", work)
    assert begun.wait(10)
    jobs.cancel()
    go.set()
    idle(qtbot, jobs)
    assert reached == []


def test_that_cancel_leaves_quiet_jobs_alone(qtbot: QtBot, jobs: Jobs) -> None:
    results: list[str] = []
    gate = threading.Event()
    jobs.start("Gate", lambda _report: gate.wait(10), quiet=True)
    jobs.start("Loud", lambda _report: "loud", done=results.append)
    jobs.start("Quiet", lambda _report: "quiet", done=results.append, quiet=True)
    jobs.cancel()
    gate.set()
    idle(qtbot, jobs)
    assert results == ["quiet"]


def test_that_a_newer_question_replaces_the_older_one_with_its_key(qtbot: QtBot, jobs: Jobs) -> None:
    gate = threading.Event()
    results: list[int] = []
    jobs.start("Gate", lambda _report: gate.wait(10))
    for number in range(3):
        jobs.start("Asking", lambda _report, number=number: number, done=results.append, key="question")
    gate.set()
    idle(qtbot, jobs)
    assert results == [2]


def test_that_nothing_is_called_for_an_owner_that_is_gone(qtbot: QtBot, jobs: Jobs) -> None:
    gate = threading.Event()
    results: list[object] = []
    owner = QObject()
    jobs.start("Gate", lambda _report: gate.wait(10), done=results.append, owner=owner)
    owner.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    gate.set()
    idle(qtbot, jobs)
    assert results == []


def test_that_an_error_goes_to_whoever_asked_and_else_to_the_one_place(qtbot: QtBot, jobs: Jobs) -> None:
    def fail(_report: Report) -> None:
        raise AppError("The file is gone.")

    mine: list[BaseException] = []
    everybody_s: list[BaseException] = []
    jobs.failed.connect(everybody_s.append)
    jobs.start("Failing", fail, failed=mine.append)
    idle(qtbot, jobs)
    assert [str(error) for error in mine] == ["The file is gone."]
    assert everybody_s == []
    jobs.start("Failing", fail)
    idle(qtbot, jobs)
    assert [str(error) for error in everybody_s] == ["The file is gone."]


def test_that_a_panic_which_is_no_exception_still_ends_the_job(qtbot: QtBot, jobs: Jobs) -> None:
    class Panic(BaseException):
        pass

    def panic(_report: Report) -> None:
        raise Panic

    errors: list[BaseException] = []
    jobs.start("Panicking", panic, failed=errors.append)
    idle(qtbot, jobs)
    assert isinstance(errors[0], Panic)


def test_that_progress_reaches_the_current_job(qtbot: QtBot, jobs: Jobs) -> None:
    gate = threading.Event()

    def work(report: Report) -> None:
        report(0.25, "A quarter")
        assert gate.wait(10)

    jobs.start("Working", work)
    qtbot.waitUntil(lambda: jobs.current is not None and jobs.current.message == "A quarter")
    assert jobs.current is not None
    assert jobs.current.fraction == 0.25
    gate.set()
    idle(qtbot, jobs)
    assert jobs.current is None


def test_that_closing_ends_the_worker_and_does_the_last_thing_on_it(qapp: QApplication) -> None:
    jobs = Jobs()
    workers: list[str] = []
    jobs.start("Naming", lambda _report: workers.append(threading.current_thread().name))
    jobs.close(last=lambda: workers.append(threading.current_thread().name))
    assert workers[-1].startswith("mirocals-worker")
    with pytest.raises(RuntimeError):
        jobs.start("Too late", lambda _report: None)


def test_that_a_result_that_comes_too_late_is_handed_to_whoever_frees_it(qtbot: QtBot, jobs: Jobs) -> None:
    begun, go = threading.Event(), threading.Event()
    freed: list[str] = []

    def work(_report: Report) -> str:
        begun.set()
        assert go.wait(10)
        return "an open file"

    job = jobs.start("Opening", work, done=lambda _result: freed.append("taken"), dropped=freed.append)
    assert begun.wait(10)
    job.cancel()
    go.set()
    idle(qtbot, jobs)
    assert freed == ["an open file"]


def test_that_work_for_idle_time_gives_way_to_any_other(qtbot: QtBot, jobs: Jobs) -> None:
    begun, go = threading.Event(), threading.Event()
    order: list[str] = []

    def slowly(report: Report) -> None:
        begun.set()
        assert go.wait(10)
        report(0.5, "Half")
        order.append("went on")

    jobs.start("Looking through", slowly, cancelled=lambda: order.append("gave way"), gives_way=True)
    assert begun.wait(10)
    jobs.start("Saving", lambda _report: "saved", done=order.append)
    go.set()
    idle(qtbot, jobs)
    assert order == ["gave way", "saved"]
