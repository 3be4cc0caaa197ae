"""How far work is, on the button of a window in the taskbar of Windows: the system's `ITaskbarList3`.

Qt 6 has no words for it. An object of Windows is the address of a table of functions; those that are called
here are the fourth, tenth and eleventh of the interface (shobjidl_core.h of the Windows SDK).
"""

from __future__ import annotations

import ctypes
import sys
import uuid
from typing import Any, Final

_CLASS: Final = uuid.UUID("56fdf344-fd6d-11d0-958a-006097c9a090")
_INTERFACE: Final = uuid.UUID("ea1afb91-9e28-4b86-90e9-5e9f8a5eefaf")
_IN_THIS_PROCESS: Final = 1
_HR_INIT, _SET_PROGRESS_VALUE, _SET_PROGRESS_STATE = 3, 9, 10
_NO_BAR, _BAR = 0, 2
_WHOLE: Final = 1000
# Functions of Windows are called as those of C wherever both exist in 64 bits.
_FUNCTION: Final = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)


class TaskbarButton:
    """The button of one window.

    `taskbar` is the address of an `ITaskbarList3`, `window` the handle that Windows knows the window by.
    """

    def __init__(self, taskbar: int, window: int) -> None:
        self._taskbar = taskbar
        self._window = ctypes.c_void_p(window)

    def show(self, fraction: float | None) -> None:
        """Show a part of 1 as a bar, or no bar. What Windows answers is of no account: it is only a bar."""
        if fraction is not None:
            done = ctypes.c_uint64(round(max(0.0, min(fraction, 1.0)) * _WHOLE))
            _call(self._taskbar, _SET_PROGRESS_VALUE, self._window, done, ctypes.c_uint64(_WHOLE))
        _call(
            self._taskbar,
            _SET_PROGRESS_STATE,
            self._window,
            ctypes.c_int(_NO_BAR if fraction is None else _BAR),
        )


def find_taskbar() -> int:
    """The address of a new `ITaskbarList3`; 0 where there is none, as everywhere but in Windows."""
    if sys.platform != "win32":
        return 0
    found = ctypes.c_void_p()
    make = ctypes.windll.ole32.CoCreateInstance
    error = make(_CLASS.bytes_le, None, _IN_THIS_PROCESS, _INTERFACE.bytes_le, ctypes.byref(found))
    if error or not found.value:
        return 0
    return 0 if _call(found.value, _HR_INIT) else found.value


def _call(address: int, place: int, *values: Any) -> int:
    """Call the function at a place of an object's table, with the object itself first."""
    table = ctypes.cast(address, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    function = _FUNCTION(ctypes.c_long, ctypes.c_void_p, *map(type, values))(table[place])
    return int(function(address, *values))
