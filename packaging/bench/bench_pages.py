"""The real window on 1,000 patients and 250,000 observations: how long work takes, and how long it is deaf.

Each piece of work has two cases: the time until the window has shown all of it, and the longest time in
which its event loop answered nothing (a timer that should beat every few milliseconds tells).
"""

from __future__ import annotations

import functools
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

import numpy as np
import pandas as pd
from bench_study import OBSERVATIONS, PATIENTS, make_study, read_plainly
from frame import Case
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mirocals_desktop.app import SWITCH_SECONDS, make_application, make_window, warm_up
from mirocals_desktop.settings import Settings
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.pages.patient import PatientPage
from mirocals_desktop.ui.table import Column, FrameModel

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
POINTED_AT = ("overview", "follow_up", "ledger", "biomarkers", "survival", "patient")
MOVES = 60  # of the mouse across a plot
HOVER_SECONDS = 0.016  # a frame
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
    yield from window_cases(functools.cache(lambda: make_pages_study(folder / "pages.mirocals")))


def make_pages_study(path: Path) -> Path:
    """The large study with an outcome for every patient."""
    make_study(path)
    with Study.open(path, person="Bench", role="bench") as study:
        study.record(ledger.IMPORTED, observations=make_outcomes())
    return path


@functools.cache
def make_columns() -> list[Column]:
    """A large table: numbers, texts that are all different, and texts of three kinds."""
    number = np.arange(ROWS)
    return [
        Column("value", "Value", (number * 7919 % 100_003) / 7.0, decimals=2),
        Column("patient", "Patient", np.char.mod("P-%06d", number * 7919 % ROWS).astype(object)),
        Column("unit", "Unit", np.array(["pg/mL", "%", "cells/µL"], dtype=object)[number % 3]),
    ]


@functools.cache
def plain_values(place: int) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """A column of the large table as numpy sorts it best."""
    values = np.asarray(make_columns()[place].values)
    return values.astype(str) if place else values


def table_cases() -> Iterator[Case]:
    """Sorting and filtering a large table: the time until its rows stand, and the longest missing answer."""

    def arrange(
        act: Callable[[FrameModel], None], before: Callable[[FrameModel], None] | None
    ) -> tuple[float, float]:
        model = FrameModel(make_columns())
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

    for place, name in enumerate(("numbers", "distinct texts", "few texts")):
        yield from both(
            f"sort 200,000 rows by {name}, first time",
            lambda model, place=place: model.sort(place),  # type: ignore[misc]
            lambda place=place: sort_plainly(plain_values(place)),  # type: ignore[misc]
        )
    yield from both(
        "sort 200,000 rows by distinct texts, again",
        lambda model: model.sort(1, Qt.SortOrder.DescendingOrder),
        lambda: sort_plainly(plain_values(1)),
        before=lambda model: model.sort(1),
    )
    yield from both(
        "filter 200,000 rows, first letters",
        lambda model: model.set_filter("p-01"),
        lambda: find_plainly(plain_values(1)),
    )
    yield from both(
        "filter 200,000 rows, next letter",
        lambda model: model.set_filter("p-012"),
        lambda: find_plainly(plain_values(1)),
        before=lambda model: model.set_filter("p-01"),
    )


def window_cases(study: Callable[[], Path]) -> Iterator[Case]:
    """Opening the study, going through the patients, and each page made and drawn anew."""
    shown = functools.cache(lambda: Shown(study()))
    try:
        yield from pair(
            shown,
            "open the study, until its overview is shown",
            lambda: shown().open(),
            before=lambda: shown().session.close(),
            baseline="sqlite3: read the same rows",
            plain=lambda: read_plainly(study()),
        )
        yield from pair(
            shown,
            "go to the next patient",
            lambda: shown().patient.go(1),
            baseline="sqlite3: read the patient's rows",
            plain=lambda: read_patient(study()),
        )
        for code in PAGES:
            yield from pair(
                shown,
                f"make and draw the page {code}",
                lambda code=code: shown().window.show_page(code),  # type: ignore[misc]
                before=lambda code=code: shown().forget(code),  # type: ignore[misc]
                baseline="QWidget: repaint a bare one of this size",
                plain=repaint_plainly,
            )
        for code in POINTED_AT:
            yield Case(
                f"window: move the mouse over {code}",
                lambda code=code: hover(shown().plot_of(code)),  # type: ignore[misc]
                "QWidget: repaint a bare one of this size",
                repaint_plainly,
                rounds=3,
                most_seconds=HOVER_SECONDS,
            )
    finally:
        if shown.cache_info().currsize:
            shown().close()


class Shown:
    """The window as the program makes it, everything loaded; a case that needs the study finds it open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)  # as the program does
        settings = Settings(language="en", person="Bench")
        self.session, self.window = make_window(make_application(), settings)
        self.window.show()
        warm_up(self.session, self.window)
        watch(nothing, self.busy)
        self._patient: PatientPage | None = None

    def busy(self) -> bool:
        """Whether something is worked at."""
        return self.session.jobs.busy

    def open(self) -> None:
        """Begin to open the study."""
        self.session.open(self._path)

    @property
    def patient(self) -> PatientPage:
        """The page of one patient, shown."""
        self._have_study()
        if self._patient is None:
            self.window.show_page("patient")
            watch(nothing, self.busy)
            self._patient = self.window.findChild(PatientPage)
        if self._patient is None:
            sys.exit("the page of the patient was not made")
        return self._patient

    def forget(self, code: str) -> None:
        """Show another page and throw this one away, so that it is made anew."""
        self._have_study()
        self.window.show_page("patient")
        if self.window._pages.pop(code, None) is not None:
            area = self.window._areas.pop(code)
            area.setParent(None)
            area.deleteLater()

    def plot_of(self, code: str) -> QWidget:
        """The largest widget of a page that follows the mouse."""
        self._have_study()
        watch(lambda: self.window.show_page(code), self.busy)
        page = self.window._pages[code]
        follow = [one for one in page.findChildren(QWidget) if one.isVisible() and one.hasMouseTracking()]
        return max(follow, key=lambda one: one.visibleRegion().boundingRect().height() * one.width())

    def _have_study(self) -> None:
        if self.session.snapshot is None:
            watch(self.open, self.busy)
        if self.session.snapshot is None:
            sys.exit("the study did not open")

    def close(self) -> None:
        """End it, and leave the process as it was."""
        self.session.shut_down()
        self.window.hide()
        self.window.deleteLater()
        sys.setswitchinterval(self._interval)


def pair(
    shown: Callable[[], Shown],
    name: str,
    act: Act,
    *,
    baseline: str,
    plain: Callable[[], float | None],
    before: Act | None = None,
) -> Iterator[Case]:
    """The case of the time until all is shown, and the case of the longest time without an answer."""

    def measured() -> tuple[float, float]:
        busy = shown().busy
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


def hover(widget: QWidget) -> float:
    """Seconds of the processor for one move of the mouse across a widget, with what is painted for it."""
    seen = widget.visibleRegion().boundingRect()
    began = time.process_time()
    for step in range(MOVES):
        across = seen.left() + seen.width() * (step + 1) // (MOVES + 2)
        down = seen.top() + seen.height() * (1 + step * 7 % MOVES) // (MOVES + 2)
        QTest.mouseMove(widget, QPoint(across, down))
        QApplication.processEvents()
    return (time.process_time() - began) / MOVES


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
