"""What can be done with what is selected, for the right button of every table and plot."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

CODES: Final = ("raise_query", "mark_seen", "mark_confirmed", "mark_to_check", "clear_mark", "correct_value")
"""Actions of the action table that act on the selection, in the order in which they are offered."""


def add_selected_actions(menu: QMenu, widget: QWidget) -> None:
    """Add the actions of the widget's window that act on the selection, where they can be used now."""
    offered = {action.objectName(): action for action in widget.window().actions()}
    usable = [
        action
        for code in CODES
        if isinstance(action := offered.get(f"action.{code}"), QAction) and action.isEnabled()
    ]
    if usable:
        menu.addSeparator()
        menu.addActions(usable)
