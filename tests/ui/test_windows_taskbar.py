"""The bar in the taskbar of Windows, against a table of functions as Windows has it."""

from __future__ import annotations

import ctypes
import sys

import pytest

from mirocals_desktop.ui.windows_taskbar import TaskbarButton, find_taskbar

HANDLE = 4711


def test_that_the_button_of_the_window_shows_how_far_work_is_and_then_no_bar() -> None:
    told: list[tuple[object, ...]] = []

    def set_value(_self: int, window: int, done: int, whole: int) -> int:
        told.append(("value", window, done, whole))
        return 0

    def set_state(_self: int, window: int, state: int) -> int:
        told.append(("state", window, state))
        return 0

    function = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    pointer, number = ctypes.c_void_p, ctypes.c_uint64
    of_value = function(ctypes.c_long, pointer, pointer, number, number)(set_value)
    of_state = function(ctypes.c_long, pointer, pointer, ctypes.c_int)(set_state)
    functions = (ctypes.c_void_p * 21)()  # as many as ITaskbarList3 has
    functions[9] = ctypes.cast(of_value, ctypes.c_void_p).value
    functions[10] = ctypes.cast(of_state, ctypes.c_void_p).value
    taskbar = ctypes.pointer(ctypes.cast(functions, ctypes.c_void_p))

    button = TaskbarButton(ctypes.addressof(taskbar.contents), HANDLE)
    button.show(0.25)
    button.show(2.0)
    button.show(None)

    assert told == [
        ("value", HANDLE, 250, 1000),
        ("state", HANDLE, 2),
        ("value", HANDLE, 1000, 1000),
        ("state", HANDLE, 2),
        ("state", HANDLE, 0),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has one")
def test_that_there_is_no_such_taskbar_elsewhere() -> None:
    assert find_taskbar() == 0
