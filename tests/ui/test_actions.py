from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from mirocals_desktop.resources import resource_path
from mirocals_desktop.ui.actions import ACTIONS
from mirocals_desktop.ui.commands import Commands
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.window import PAGES


def test_that_every_row_of_the_table_has_its_method() -> None:
    missing = [row.code for row in ACTIONS if not callable(getattr(Commands, row.code, None))]
    assert missing == []


def test_that_no_key_is_given_twice(qapp: QApplication) -> None:
    keys = [QKeySequence(row.shortcut).toString() for row in ACTIONS if row.shortcut]
    keys += [f"Ctrl+{number}" for number in range(1, 1 + sum(place.navigation for place in PAGES))]
    assert all(keys)
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_that_every_icon_is_drawn_and_takes_the_palette_s_colour(qapp: QApplication) -> None:
    for path in sorted(resource_path("icons").glob("*.svg")):
        text = path.read_text(encoding="utf-8")
        assert "currentColor" in text, path.name
        image = icon(path.stem).pixmap(24, 24).toImage()
        inked = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert inked, path.name
        ink = qapp.palette().windowText().color()
        assert all(abs(colour.lightness() - ink.lightness()) < 12 for colour in inked), path.name


def test_that_every_icon_that_is_asked_for_exists() -> None:
    drawn = {path.stem for path in resource_path("icons").glob("*.svg")}
    asked = {row.icon for row in ACTIONS if row.icon} | {place.icon for place in PAGES}
    assert asked - drawn == set()
