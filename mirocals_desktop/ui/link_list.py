"""Lists of numbers that lead somewhere, and the headed sections that an overview is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from mirocals_desktop.ui import theme
from mirocals_desktop.ui.links import LinkLine


@dataclass(frozen=True)
class Line:
    """One link line: its code, text and number, and the bar for its share."""

    code: str
    text: str
    number: str
    share: float = -1.0
    bar_colour: str = ""


class LinkList(QWidget):
    """Link lines one below the other, or a sentence when there is none. `followed(code)` on a click."""

    followed = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._empty = faint_note(f"{name}.empty", self)
        self._layout.addWidget(self._empty)
        self.lines: dict[str, LinkLine] = {}

    def fill(self, lines: Sequence[Line], *, empty: str) -> None:
        """Show these lines."""
        for old in self.lines.values():
            self._layout.removeWidget(old)
            old.deleteLater()
        self.lines = {}
        for spec in lines:
            line = LinkLine(f"overview.{spec.code}", self)
            line.show_line(spec.text, spec.number, share=spec.share, bar_colour=spec.bar_colour)
            line.clicked.connect(lambda _checked=False, code=spec.code: self.followed.emit(code))
            self._layout.addWidget(line)
            self.lines[spec.code] = line
        self._empty.setText(empty)
        self._empty.setVisible(not lines)


class Section(QFrame):
    """A heading over a hairline, and what belongs under it."""

    def __init__(self, title: str, *widgets: QWidget) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        heading = theme.heading_label(title, "", self)
        line = QFrame(self)
        line.setFixedHeight(1)
        line.setStyleSheet("background: palette(mid);")
        layout.addWidget(heading)
        layout.addWidget(line)
        for widget in widgets:
            layout.addWidget(widget)
        layout.addStretch(0)


def faint_note(name: str, parent: QWidget) -> QLabel:
    """A sentence in the colour of notes."""
    label = QLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label
