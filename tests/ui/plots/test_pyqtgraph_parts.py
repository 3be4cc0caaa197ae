from __future__ import annotations

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
