"""A long day at the window: studies, pages, dialogs, languages and themes come and go, and nothing is left.

`STRESS_ROUNDS=200` makes it the whole day; the suite walks a short one.
"""

from __future__ import annotations

import gc
import logging
import os
from pathlib import Path

import psutil
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot
from window_driver import idle, until

from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.window import PAGES, Window

ROUNDS = int(os.environ.get("STRESS_ROUNDS", "2"))
WARM = max(ROUNDS // 4, 2)  # rounds after which everything has been loaded and cached
DIALOGS = ("set_person", "show_settings", "show_shortcuts", "show_about", "undo_last")


def make_study(path: Path) -> Path:
    with Study.create(path, protocol_text("mirocals"), title="Day", person="A", role="monitor") as study:
        visits = [visit.code for visit in study.protocol.visits[:4]]
        places = [(f"P{number:02}", visit) for number in range(20) for visit in visits]
        study.record(
            ledger.IMPORTED,
            observations=observation.frame(
                {
                    "patient": [patient for patient, _visit in places],
                    "variable": ["csf_pnfh"] * len(places),
                    "visit": [visit for _patient, visit in places],
                    "number": [500.0 + 37 * number for number in range(len(places))],
                }
            ),
        )
    return path


def walk(qtbot: QtBot, window: Window, study: Path, number: int) -> None:
    """Open, look at everything, change looks and language, and close."""
    window.commands.open_path(study)
    until(qtbot, lambda: window.session.snapshot is not None)
    window.commands.run(f"theme:{'dark' if number % 2 else 'light'}")
    window.commands.run(f"language:{'fr' if number % 2 else 'en'}")
    idle(qtbot, window)
    window.session.select(patient="P03")
    for place in PAGES:
        window.show_page(place.code)
        idle(qtbot, window)
    for code in DIALOGS:
        window.commands.run(code)
        (box,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
        box.close()
    window.commands.run("close_study")
    idle(qtbot, window)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def test_that_a_long_day_leaves_no_widgets_and_no_memory_behind(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    study = make_study(tmp_path / "day.mirocals")
    process = psutil.Process()
    widgets, memory = [], []
    for number in range(WARM + ROUNDS):
        walk(qtbot, window, study, number)
        widgets.append(len(QApplication.allWidgets()))
        memory.append(process.memory_info().rss / 2**20)
    even, odd = widgets[WARM::2], widgets[WARM + 1 :: 2]
    assert max(even) == min(even), widgets
    assert max(odd) == min(odd), widgets
    told = f"MB after each round: {[round(megabytes) for megabytes in memory]}"
    logging.getLogger("long_day").info(told)
    assert memory[-1] <= memory[WARM - 1] * 1.05, told
