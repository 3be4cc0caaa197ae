"""Finding what does not fit: texts of a window that are cut where they stand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QToolButton,
    QWidget,
)

from mirocals_desktop.ui.dialogs.cut_label import CutLabel

_SLACK = 1  # a pixel that rounding of letters' widths may take


def cut_texts(root: QWidget) -> list[str]:
    """What cannot be read whole among the shown labels, buttons, fields and lists: name and text of each."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.width() <= 1:
            continue
        text = _text(widget)
        if text and not _fits(widget, text):
            found.append(f"{widget.objectName() or type(widget).__name__}: {text!r}")
    return found


def _text(widget: QWidget) -> str:
    if isinstance(widget, QLabel):
        return "" if widget.textFormat() == Qt.TextFormat.RichText else widget.text()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QLineEdit):
        return "" if widget.text() or widget.parent().inherits("QComboBox") else widget.placeholderText()
    if isinstance(widget, QPushButton | QToolButton | QCheckBox | QRadioButton):
        return widget.text()
    return ""


def _fits(widget: QWidget, text: str) -> bool:
    metrics = widget.fontMetrics()
    if isinstance(widget, QLabel):
        if "<" in text and ">" in text:  # markup: Qt knows how wide
            return widget.wordWrap() or widget.sizeHint().width() <= widget.width() + _SLACK
        if ("…" in text and widget.toolTip()) or isinstance(widget, CutLabel):
            return True  # cut on purpose, whole in the tip
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) <= widget.height() + _SLACK
        room = widget.contentsRect().width() - 2 * widget.margin()
        return max(metrics.horizontalAdvance(line) for line in text.split("\n")) <= room + _SLACK
    if isinstance(widget, QComboBox | QLineEdit):
        beside = 28 if isinstance(widget, QComboBox) else 12
        return metrics.horizontalAdvance(text) <= widget.width() - beside + _SLACK
    if isinstance(widget, QToolButton) and (
        widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
    ):
        return True
    assert isinstance(widget, QAbstractButton)
    if isinstance(widget, QCheckBox | QRadioButton):
        return metrics.horizontalAdvance(text) + 22 <= widget.width() + _SLACK
    return widget.sizeHint().width() <= widget.width() + _SLACK
