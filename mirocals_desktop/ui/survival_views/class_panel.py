"""The curves of one class of a marker under its name, for the live cut, where nothing is laid out anew."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import titled
from mirocals_desktop.ui.plots.survival import ShownCurves, SurvivalPlot
from mirocals_desktop.ui.plots.survival_words import reading_sentence

if TYPE_CHECKING:
    from mirocals_desktop.ui.plots.canvas import Pointer

WIDE: Final = 330  # pixels from which a class's curves are named at their ends too


class Line(QLineEdit):
    """A line of words that can be copied. Unlike a label, new words never make the window lay itself out."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setReadOnly(True)
        self.setFrame(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setTextMargins(-2, 0, 0, 0)
        self.setStyleSheet("QLineEdit { background: transparent; border: none; padding: 0; }")

    def show_text(self, text: str) -> None:
        """Show a text from its beginning; what does not fit is in the tooltip."""
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
            self.setToolTip(text)


class Lines(QPlainTextEdit):
    """A sentence that can be copied and takes as many lines as it needs: it grows while its words change, and
    takes its measure anew with its width. Otherwise new words never make the window lay itself out."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setTabChangesFocus(True)
        for turn_off in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            turn_off(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setStyleSheet("QPlainTextEdit { background: transparent; border: none; padding: 0; }")
        self._lines = 0
        self._fit(1)

    def text(self) -> str:
        """What is shown."""
        return self.toPlainText()

    def show_text(self, text: str) -> None:
        """Show a text from its beginning."""
        if text != self.toPlainText():
            self.setPlainText(text)
            self._fit(self._lines)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit(1)

    def _fit(self, least: int) -> None:
        lines = max(least, round(self.document().documentLayout().documentSize().height()))
        if lines != self._lines:
            self._lines = lines
            self.setFixedHeight(math.ceil(lines * QFontMetricsF(self.font()).lineSpacing()) + 1)


class ClassPanel(QWidget):
    """The curves of one class, with its name, its size and its hazard ratio above them."""

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = Line(f"survival.cut.name.{number}", self)
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.size_text = Line(f"survival.cut.size.{number}", self)
        self.effect = Line(f"survival.cut.effect.{number}", self)
        self.plot = SurvivalPlot(f"survival.cut.plot.{number}")
        self.plot.pointed.connect(self._on_pointed)
        self._shown: ShownCurves | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in (self.name, self.size_text, self.effect):
            column.addWidget(label)
        column.addWidget(self.plot, 1)

    def show_class(self, name: str, size: str, effect: str) -> None:
        """Say which class this is."""
        self.show()
        self.name.show_text(name)
        self.size_text.show_text(size)
        self.effect.show_text(effect)
        self.plot.caption = f"{titled(name, size)}. {effect}".strip()
        self.plot.setAccessibleName(name)

    def show_curves(self, shown: ShownCurves) -> None:
        """Draw its curves."""
        self._shown = shown
        self.plot.names_at_ends = self.width() >= WIDE or not shown.rows
        self.plot.update_curves(shown)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = None
        for label in (self.name, self.size_text, self.effect):
            label.show_text("")
        self.plot.show_nothing("")

    def _on_pointed(self, pointer: Pointer | None) -> None:
        reading, shown = self.plot.reading(pointer), self._shown
        told = (
            ""
            if reading is None or shown is None
            else (reading_sentence(shown.curves, reading.day, reading.group, names=shown.labels))
        )
        self.plot.say(told)
