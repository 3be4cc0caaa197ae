"""Whether things on the screen may move: what the user chose, else what the system says.

The program moves little: the bar of work whose end is not known, the effects of menus, the caret's blinking.
"""

from __future__ import annotations

import sys
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from mirocals_desktop.settings import Motion

_EFFECTS: Final = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)


class _State:
    """What holds now, and what Qt began with."""

    reduced = False
    caret: int | None = None
    effects: frozenset[Qt.UIEffect] = frozenset()


def is_reduced() -> bool:
    """Whether nothing should move that need not."""
    return _State.reduced


def apply_motion(choice: Motion, *, system_reduces: bool) -> None:
    """Follow the user's choice, or the system's where the user has none."""
    if _State.caret is None:
        _State.caret = QApplication.cursorFlashTime()
        _State.effects = frozenset(one for one in _EFFECTS if QApplication.isEffectEnabled(one))
    _State.reduced = choice == "less" or system_reduces
    QApplication.setCursorFlashTime(0 if _State.reduced else _State.caret)
    for effect in _EFFECTS:
        QApplication.setEffectEnabled(effect, not _State.reduced and effect in _State.effects)


def windows_reduces() -> bool:
    """Whether Windows was told to show no animations; False elsewhere."""
    if sys.platform != "win32":
        return False
    import ctypes

    animates = ctypes.c_int(1)
    get_client_area_animation = 0x1042
    ctypes.windll.user32.SystemParametersInfoW(get_client_area_animation, 0, ctypes.byref(animates), 0)
    return not animates.value
