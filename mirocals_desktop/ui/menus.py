"""The menus of the window, in order: their titles are painted before the actions in them are made."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtWidgets import QMenuBar, QWidget

from mirocals_desktop.i18n import N_, _

MenuCode = Literal["file", "edit", "study", "view", "help"]

MENUS: Final[dict[MenuCode, str]] = {
    "file": N_("&File"),
    "edit": N_("&Edit"),
    "study": N_("&Study"),
    "view": N_("&View"),
    "help": N_("&Help"),
}


def make_menu_bar(parent: QWidget) -> QMenuBar:
    """A menu bar with empty menus, named "menu.<code>"."""
    bar = QMenuBar(parent)
    bar.setObjectName("menu_bar")
    for code, title in MENUS.items():
        bar.addMenu(_(title)).setObjectName(f"menu.{code}")
    return bar
