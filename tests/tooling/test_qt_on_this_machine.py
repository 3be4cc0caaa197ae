"""Qt as it is installed here: it paints letters, and it does not lose references."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QPushButton


def paint(letter: str, qapp: QApplication) -> QImage:
    """A letter, black on white, in the font of the program."""
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setFont(qapp.font())
    painter.drawText(image.rect(), letter)
    painter.end()
    return image


def test_that_two_letters_paint_differently(qapp: QApplication) -> None:
    # Without a font Qt paints the same box for each, and nothing else fails.
    h, k = paint("H", qapp), paint("K", qapp)
    assert h != paint(" ", qapp)
    assert h != k


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal from Python 3.12 on")
def test_that_qt_calls_lose_no_reference_to_none_or_true(qapp: QApplication) -> None:
    # PySide6 6.12.0 loses one at each call and ends the process after some thousand; hence the pin.
    label, button = QLabel(), QPushButton()
    button.setCheckable(True)
    none_before, true_before = sys.getrefcount(None), sys.getrefcount(True)
    for number in range(2_000):
        label.setText(str(number))
        button.setChecked(True)
        button.isChecked()
    assert sys.getrefcount(None) > none_before - 200
    assert sys.getrefcount(True) > true_before - 200
