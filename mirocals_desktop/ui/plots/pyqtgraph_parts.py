"""The parts of pyqtgraph that plots are made of, loaded without the others and without its copy of Qt."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from PySide6 import QtCore, QtGui, QtWidgets

from mirocals_desktop.marks import override

__all__ = ["GraphicsView", "PlotCurveItem", "ViewBox", "arrayToQPath"]


_LARGE: Final = ("colormap", "graphicsItems.", "imageview", "widgets.")
_NEEDED: Final = (
    "graphicsItems.GraphicsItem",
    "graphicsItems.GraphicsObject",
    "graphicsItems.GraphicsWidget",
    "graphicsItems.ItemGroup",
    "graphicsItems.PlotCurveItem",
    "graphicsItems.ViewBox",
    "widgets.GraphicsView",
)
"""What plots are made of, and what that needs, of the large parts of pyqtgraph."""


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


class _NothingElse(MetaPathFinder, Loader):
    """Gives pyqtgraph, which loads all of its 145 modules at once, empty ones for those that nobody needs."""

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _dot, part = fullname.partition(".")
        if package != "pyqtgraph" or not part.startswith(_LARGE) or part.startswith(_NEEDED):
            return None
        return ModuleSpec(fullname, self)

    @override
    def exec_module(self, module: ModuleType) -> None:
        setattr(module, module.__name__.rpartition(".")[2], None)


@contextlib.contextmanager
def _nothing_else() -> Iterator[None]:
    finder = _NothingElse()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name, module in [*sys.modules.items()]:
            if getattr(module, "__loader__", None) is finder:  # whoever asks for it from now on gets it
                del sys.modules[name]


with contextlib.ExitStack() as _stack:
    if "pyqtgraph" not in sys.modules:
        _stack.enter_context(_nothing_copied())
        _stack.enter_context(_nothing_else())
    from pyqtgraph import GraphicsView, PlotCurveItem, ViewBox, arrayToQPath
