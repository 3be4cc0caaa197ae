"""What stands below the pictures of the views: the study, its subset, the view's conventions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from mirocals_desktop.export.table import marks
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.survival_tables import figure_title, file_name, passport
from mirocals_desktop.ui.survival_views.frame import Answer


def caption(name: str, parent: QWidget) -> QLabel:
    """A small paragraph below a picture, which can be copied."""
    label = QLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label


def dress(plot: Canvas, answer: Answer, code: str, note: str) -> None:
    """Give a picture its title, its file's name, and below it the study, the subset and the conventions."""
    analysis, design = answer.analysis, answer.design
    assert analysis is not None
    plot.caption = f"{figure_title(analysis)} – {plot.accessibleName()}"
    plot.file_name = f"{file_name(analysis)}_{code}"
    origin = " · ".join((*marks(design.snapshot), passport(design.snapshot)))
    plot.footnote = "\n".join(filter(None, (origin, design.subset, note)))
