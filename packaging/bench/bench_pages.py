"""The real window on 1,000 patients and 250,000 observations: how long work takes, and how long it is deaf.

Each piece of work has two cases: the time until the window has shown all of it, and the longest time in
which its event loop answered nothing (a timer that should beat every few milliseconds tells).
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

import numpy as np
import pandas as pd
from bench_study import OBSERVATIONS, PATIENTS, make_study, read_plainly
from frame import Case
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from mirocals_desktop.app import SWITCH_SECONDS, make_application, make_window, warm_up
from mirocals_desktop.settings import Settings
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.pages.patient import PatientPage
from mirocals_desktop.ui.table import Column, FrameModel
from mirocals_desktop.ui.window import Window

PAGES = (
    "overview",
    "patients",
    "follow_up",
    "ledger",
    "logs",
    "biomarkers",
    "survival",
    "queries",
    "history",
)
ROWS = 200_000
DEAF_SECONDS = 0.1  # the longest time that the window may answer nothing
BEAT_MS = 5
LATE_SECONDS = 0.015  # a beat later than this says that something was done
QUIET_BEATS = 20  # so many beats in a row with nothing to do, and the work is over
LONGEST_SECONDS = 120.0
REPAINTS = 50

Act = Callable[[], None]


def cases(folder: Path) -> Iterator[Case]:
    """Tables first, which need no study; then the window over the large study."""
    make_application()
    yield from table_cases()
    path = folder / "pages.mirocals"
    make_study(path)
    with Study.open(path, person="Bench", role="bench") as study:
        study.record(ledger.IMPORTED, observations=make_outcomes())
    yield from window_cases(path)


def table_cases() -> Iterator[Case]:
    """Sorting and filtering a large table: the time until its rows stand, and the longest missing answer."""
    number = np.arange(ROWS)
    values = (number * 7919 % 100_003) / 7.0
    texts = np.array([f"P-{one * 7919 % ROWS:06d}" for one in number], dtype=object)
    units = np.array(["pg/mL", "%", "cells/µL"], dtype=object)[number % 3]
    columns = [
        Column("value", "Value", values, decimals=2),
        Column("patient", "Patient", texts),
        Column("unit", "Unit", units),
    ]
    plain = texts.astype(str)

    def arrange(
        act: Callable[[FrameModel], None], before: Callable[[FrameModel], None] | None
    ) -> tuple[float, float]:
        model = FrameModel(columns)
        if before is not None:
            watch(lambda: before(model), lambda: model.busy)
        return watch(lambda: act(model), lambda: model.busy)

    def both(
        name: str,
        act: Callable[[FrameModel], None],
        baseline: Callable[[], None],
        before: Callable[[FrameModel], None] | None = None,
    ) -> Iterator[Case]:
        plainly = "find the text in" if "filter" in name else "argsort of"
        yield Case(
            f"table: {name}", lambda: arrange(act, before)[0], f"numpy: {plainly} the same values", baseline
        )
        yield Case(
            f"longest without answer: {name}",
            lambda: arrange(act, before)[1],
            "QWidget: repaint a bare one of this size",
            repaint_plainly,
            most_seconds=DEAF_SECONDS,
        )

    for name, place, array in (
        ("numbers", 0, values),
        ("distinct texts", 1, plain),
        ("few texts", 2, units.astype(str)),
    ):
        yield from both(
            f"sort 200,000 rows by {name}, first time",
            lambda model, place=place: model.sort(place),  # type: ignore[misc]
            lambda array=array: sort_plainly(array),  # type: ignore[misc]
        )
    yield from both(
        "sort 200,000 rows by distinct texts, again",
        lambda model: model.sort(1, Qt.SortOrder.DescendingOrder),
        lambda: sort_plainly(plain),
        before=lambda model: model.sort(1),
    )
    yield from both(
        "filter 200,000 rows, first letters",
        lambda model: model.set_filter("p-01"),
        lambda: find_plainly(plain),
    )
    yield from both(
        "filter 200,000 rows, next letter",
        lambda model: model.set_filter("p-012"),
        lambda: find_plainly(plain),
        before=lambda model: model.set_filter("p-01"),
    )


def window_cases(path: Path) -> Iterator[Case]:
    """Opening the study, going through the patients, and each page made and drawn anew."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)  # as the program does
    session, window = make_window(make_application(), Settings(language="en", person="Bench"))
    window.show()
    try:

        def close() -> None:
            session.close()

        def busy() -> bool:
            return session.jobs.busy

        warm_up(session, window)
        watch(nothing, busy)
        yield from pair(
            busy,
            "open the study, until its overview is shown",
            lambda: session.open(path),
            before=close,
            baseline="sqlite3: read the same rows",
            plain=lambda: read_plainly(path),
        )
        if session.snapshot is None:  # the words of the command line left the case above out
            watch(lambda: session.open(path), busy)
        if session.snapshot is None:
            sys.exit("the study did not open")
        window.show_page("patient")
        watch(nothing, busy)
        page = window.findChild(PatientPage)
        if page is None:
            sys.exit("the page of the patient was not made")
        yield from pair(
            busy,
            "go to the next patient",
            lambda: page.go(1),
            baseline="sqlite3: read the patient's rows",
            plain=lambda: read_patient(path),
        )
        for code in PAGES:
            yield from pair(
                busy,
                f"make and draw the page {code}",
                lambda code=code: window.show_page(code),  # type: ignore[misc]
                before=lambda code=code: forget(window, code),  # type: ignore[misc]
                baseline="QWidget: repaint a bare one of this size",
                plain=repaint_plainly,
            )
    finally:
        session.shut_down()
        window.hide()
        window.deleteLater()
        sys.setswitchinterval(interval)


def pair(
    busy: Callable[[], bool],
    name: str,
    act: Act,
    *,
    baseline: str,
    plain: Callable[[], float | None],
    before: Act | None = None,
) -> Iterator[Case]:
    """The case of the time until all is shown, and the case of the longest time without an answer."""

    def measured() -> tuple[float, float]:
        if before is not None:
            watch(before, busy)
        return watch(act, busy)

    yield Case(f"window: {name}", lambda: measured()[0], baseline, plain, rounds=3)
    yield Case(
        f"longest without answer: {name}",
        lambda: measured()[1],
        "QWidget: repaint a bare one of this size",
        repaint_plainly,
        rounds=3,
        most_seconds=DEAF_SECONDS,
    )


def watch(act: Act, busy: Callable[[], bool]) -> tuple[float, float]:
    """Do something in the event loop: seconds until nothing is left to do, and the longest missing beat."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    started = last = ended = time.perf_counter()
    longest = 0.0
    quiet = 0

    def begin() -> None:
        nonlocal started, last, ended
        started = last = ended = time.perf_counter()
        act()

    def beat() -> None:
        nonlocal last, longest, ended, quiet
        now = time.perf_counter()
        late = now - last
        longest = max(longest, late - BEAT_MS / 1000)
        last = now
        if busy() or late > LATE_SECONDS:
            ended, quiet = now, 0
        else:
            quiet += 1
        if quiet >= QUIET_BEATS:
            loop.quit()
        elif now - started > LONGEST_SECONDS:
            sys.exit("the window was still at work after two minutes")

    timer.timeout.connect(beat)
    QTimer.singleShot(0, begin)
    timer.start(BEAT_MS)
    loop.exec()
    timer.stop()
    return ended - started, max(longest, 0.0)


def forget(window: Window, code: str) -> None:
    """Show another page and throw this one away, so that it is made anew."""
    window.show_page("patient")
    page = window._pages.pop(code, None)
    if page is not None:
        page.setParent(None)
        page.deleteLater()


def nothing() -> None:
    """No work: only what is already on its way."""


def make_outcomes() -> pd.DataFrame:
    """For every patient a site, a vital status and the date of death or of the last contact."""
    number = np.arange(PATIENTS)
    died = number % 5 < 2
    days = (np.datetime64("2022-01-03") + number % 700 + 90 + number * 37 % 600).astype(str)
    patients = [f"P-{one:04d}" for one in number]
    facts = {
        "site": [f"S{one % 12 + 1:02d}" for one in number],
        "vital_status": list(np.where(died, "dead", "alive")),
        "death_date": list(np.where(died, days, "")),
        "last_contact_date": list(days),
    }
    rows = [
        (patient, variable, text)
        for variable, texts in facts.items()
        for patient, text in zip(patients, texts, strict=True)
        if text
    ]
    patient, variable, text = zip(*rows, strict=True)
    return observation.frame(
        {"patient": patient, "variable": variable, "text": text, "raw": ["x"] * len(rows)}
    )


def sort_plainly(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> None:
    """The order of the values."""
    np.argsort(values, kind="stable")


def find_plainly(values: np.ndarray[tuple[int], np.dtype[np.str_]]) -> None:
    """Which of the values have a text in them."""
    np.flatnonzero(np.char.find(values, "P-01") >= 0)


def read_patient(path: Path) -> None:
    """The rows of one patient."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT * FROM observation WHERE patient = 'P-0500'").fetchall()
    connection.close()
    assert len(rows) >= OBSERVATIONS // PATIENTS


def repaint_plainly() -> float:
    """The seconds of one repaint of a widget with nothing on it, as large as the window."""
    widget = QWidget()
    widget.resize(1280, 800)
    widget.show()
    QApplication.processEvents()  # until it is exposed, a repaint does nothing
    started = time.perf_counter()
    for _turn in range(REPAINTS):
        widget.repaint()
    seconds = (time.perf_counter() - started) / REPAINTS
    widget.close()
    widget.deleteLater()
    return seconds
