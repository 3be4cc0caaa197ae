from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from window_driver import find, idle, nameless, press, text_of

from mirocals_desktop.ui.tour import STEPS
from mirocals_desktop.ui.window import PAGES, Window


def keep_as_sample(study: Path) -> None:
    """Put a small study where the program keeps its sample."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(study, folder / "sample.mirocals")


def is_shown(window: Window) -> bool:
    return not find(window, QWidget, "tour").isHidden()


def test_that_the_tour_has_five_steps_on_pages_that_there_are() -> None:
    assert len(STEPS) == 5
    assert {page for page, _text in STEPS} <= {place.code for place in PAGES}


def test_that_the_sample_begins_with_the_tour_once(qtbot: QtBot, window: Window, study: Path) -> None:
    keep_as_sample(study)
    window.commands.run("open_sample")
    idle(qtbot, window)
    assert is_shown(window)
    for number, (page, _text) in enumerate(STEPS, start=1):
        assert window.page_code == page
        assert text_of(window, "tour.count") == f"{number} of 5"
        assert nameless(window.tour) == []
        press(window, "tour.next")
    assert not is_shown(window)
    window.commands.run("close_study")
    window.commands.run("open_sample")
    idle(qtbot, window)
    assert not is_shown(window)
    window.commands.run("show_tour")
    assert window.page_code == STEPS[0][0]
    assert is_shown(window)
    press(window, "tour.skip")


def test_that_the_tour_goes_on_in_another_language_and_can_be_left(
    qtbot: QtBot, window: Window, study: Path
) -> None:
    keep_as_sample(study)
    window.commands.run("show_tour")
    idle(qtbot, window)
    press(window, "tour.next")
    window.commands.run("language:fr")
    idle(qtbot, window)
    assert window.tour.step == 1
    assert not window.tour.isHidden()
    window.commands.run("language:en")
    idle(qtbot, window)
    press(window.tour, "tour.back")
    assert window.page_code == STEPS[0][0]
    press(window.tour, "tour.skip")
    assert window.tour.isHidden()
    assert window.session.settings.toured


def test_that_a_study_of_one_s_own_has_no_tour(opened: Window) -> None:
    assert not is_shown(opened)
