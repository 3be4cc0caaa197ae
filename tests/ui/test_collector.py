from __future__ import annotations

import gc
import weakref
from pathlib import Path

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.collector import Collector
from mirocals_desktop.ui.session import Session


class Ring:
    def __init__(self) -> None:
        self.self = self


def test_that_what_a_closed_study_leaves_is_freed_and_nothing_is_searched_while_it_is_open(
    qtbot: QtBot, tmp_path: Path, session: Session
) -> None:
    thresholds = gc.get_threshold()
    path = tmp_path / "a.mirocals"
    Study.create(path, protocol_text("follow_up"), title="A", person="A", role="data manager").close()
    try:
        Collector(session)
        session.open(path)
        qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy)
        searched = gc.get_stats()[2]["collections"]
        [[] for _turn in range(200_000)]
        assert gc.get_stats()[2]["collections"] == searched
        ring = Ring()
        gone = weakref.ref(ring)
        gc.collect(1)
        gc.collect(1)
        del ring
        assert gone() is not None
        session.close()
        qtbot.waitUntil(lambda: gone() is None)
    finally:
        gc.set_threshold(*thresholds)


def test_that_nothing_is_searched_for_a_session_that_is_shut_down(session: Session) -> None:
    thresholds = gc.get_threshold()
    try:
        collector = Collector(session)
        [timer] = collector.findChildren(QTimer)
        assert timer.isActive()
        session.shut_down()
        assert not timer.isActive()
    finally:
        gc.set_threshold(*thresholds)
