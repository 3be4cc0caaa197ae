"""The parts of pyqtgraph that plots are made of, loaded without the copy of Qt that it makes of its own."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from mirocals_desktop.marks import override

__all__ = ["GraphicsView", "PlotCurveItem", "ViewBox", "arrayToQPath"]


class _Mirror(ModuleType):
    """A module of pyqtgraph's that stands for one of Qt's, and has each name when it is asked for it."""

    def __init__(self, name: str, of: ModuleType) -> None:
        super().__init__(name)
        self._of = of

    @override
    def __getattr__(self, name: str) -> Any:
        return getattr(self._of, name)


@contextlib.contextmanager
def _nothing_copied() -> Iterator[None]:
    """While it lasts, pyqtgraph that looks for all names of Qt finds none, and has mirrors instead.

    It copies them for older versions of Qt, whose names it changes. But PySide makes a class or an
    enumeration when somebody first asks for it, and to ask for all of them takes 0.2 s of each start.
    """
    modules = (QtCore, QtGui, QtWidgets)
    for module in modules:
        vars(module)["__dir__"] = list
        name = module.__name__.replace("PySide6", "pyqtgraph.Qt")
        sys.modules[name] = _Mirror(name, module)
    try:
        yield
    finally:
        for module in modules:
            del vars(module)["__dir__"]


with _nothing_copied() if "pyqtgraph" not in sys.modules else contextlib.nullcontext():
    from pyqtgraph import GraphicsView, PlotCurveItem, ViewBox, arrayToQPath
