"""Every page and dialog can be read: nothing is cut, and nothing is left in another language."""

from __future__ import annotations

import gettext
from collections.abc import Iterator

import pytest
from cut_text import cut_texts
from PySide6.QtWidgets import QApplication, QDialog, QScrollArea, QWidget
from pytestqt.qtbot import QtBot
from window_driver import everything_said, idle, nameless

from mirocals_desktop.resources import resource_path
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.window import PAGES, Window

DIALOGS = (
    "new_study",
    "undo_last",
    "correct_value",
    "raise_query",
    "set_person",
    "show_about",
    "show_shortcuts",
    "show_settings",
    "show_help",
)
SCREENS = [
    pytest.param("en", 100, (1024, 640), id="English, smallest"),
    pytest.param("fr", 100, (1024, 640), id="French, smallest"),
    pytest.param("fr", 200, (1024, 640), id="French, smallest, letters twice as large"),
]
SHORTENED = {
    "biomarkers.notes",  # three lines of it, all in its tip
    "biomarkers.variable",  # lists that take the room they get
    "biomarkers.grouping",
    "survival.grouping",
    "survival.footnote",
    "survival.origin",
    "patient.course",
}


def settle(qtbot: QtBot, window: Window) -> None:
    idle(qtbot, window)
    for _round in range(5):
        QApplication.processEvents()
    idle(qtbot, window)


def all_parts(qtbot: QtBot, window: Window) -> Iterator[tuple[str, QWidget]]:
    """Every page with what is around it, then every dialog, each as it is shown."""
    snapshot = window.session.snapshot
    assert snapshot is not None
    rows = snapshot.observations
    value = rows[rows["variable"] == "csf_pnfh"].iloc[0]
    window.session.select(patient=str(value["patient"]))
    for place in PAGES:
        window.show_page(place.code)
        settle(qtbot, window)
        yield place.code, window
    window.session.select(
        patient=str(value["patient"]),
        variable="csf_pnfh",
        visit=str(value["visit"]),
        observation=int(value["id"]),
    )
    settle(qtbot, window)
    yield "inspector", window.inspector
    for code in DIALOGS:
        window.commands.run(code)
        settle(qtbot, window)
        (box,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
        yield code, box
        box.close()


@pytest.mark.parametrize(("language", "percent", "size"), SCREENS)
def test_that_nothing_is_cut(
    qtbot: QtBot, opened: Window, language: str, percent: int, size: tuple[int, int]
) -> None:
    opened.commands.run(f"language:{language}")
    opened.commands.run(f"text_size:{percent}")
    opened.resize(*size)
    settle(qtbot, opened)
    cut = [
        f"{part}: {text}"
        for part, widget in all_parts(qtbot, opened)
        for text in cut_texts(widget)
        if text.partition(":")[0] not in SHORTENED
    ]
    opened.commands.run("text_size:100")
    assert not cut, "\n".join(cut)
    assert (opened.width(), opened.height()) == size


def test_that_nothing_stays_in_english_when_the_program_speaks_french(qtbot: QtBot, opened: Window) -> None:
    catalogue = gettext.translation("mirocals", str(resource_path("locale")), languages=["fr"])
    told = vars(catalogue)["_catalog"]
    translated = {
        text.replace("&", "")
        for text, french in told.items()
        if isinstance(text, str) and text and french and french != text
    }
    opened.commands.run("language:fr")
    settle(qtbot, opened)
    left = {
        f"{part}: {line}"
        for part, widget in all_parts(qtbot, opened)
        if part != "show_help"  # the manual is in English
        for line in everything_said(widget).splitlines()
        if line.strip().replace("&", "") in translated
    }
    assert left == set()


def test_that_everything_one_can_act_on_has_a_name_on_every_page(qtbot: QtBot, opened: Window) -> None:
    """Also what keys reach to scroll; and a plot says how it is read where it has no sentence of its own."""
    for part, widget in all_parts(qtbot, opened):
        assert nameless(widget) == [], part
        for area in widget.findChildren(QScrollArea):
            assert area.accessibleName() or not area.isVisible(), area.objectName()
        for plot in widget.findChildren(Canvas):
            assert plot.accessibleName(), plot.objectName()
            assert plot.accessibleDescription(), plot.objectName()
