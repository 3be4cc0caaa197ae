from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6 import QtCore, QtGui, QtWidgets

from mirocals_desktop.ui.plots import pyqtgraph_parts


def test_that_pyqtgraph_has_the_names_of_qt_without_a_copy_of_them() -> None:
    from pyqtgraph import Qt

    assert issubclass(pyqtgraph_parts.GraphicsView, QtWidgets.QGraphicsView)
    for mirror, module in ((Qt.QtCore, QtCore), (Qt.QtGui, QtGui), (Qt.QtWidgets, QtWidgets)):
        assert len(vars(mirror)) < 30
        with pytest.raises(AttributeError):
            _missing = mirror.QNothing
        assert dir(module) == sorted(vars(module))
    assert Qt.QtGui.QColor is QtGui.QColor


def test_that_pyqtgraph_is_loaded_without_its_other_parts_which_can_still_be_had() -> None:
    code = """
import sys
from mirocals_desktop.ui.plots import pyqtgraph_parts
print(sum(name.startswith("pyqtgraph") for name in sys.modules))
from pyqtgraph.widgets.PlotWidget import PlotWidget
print(issubclass(PlotWidget, pyqtgraph_parts.GraphicsView))
"""
    loaded, had = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert int(loaded) < 50  # of 145
    assert had == "True"
