"""A dialog that asks for a few things, does one act with them, and says in place what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.errors import show_error


class FormDialog(QDialog):
    """Subclasses add fields and do the act in `submit`; `fail` shows what came back and asks again."""

    def __init__(self, name: str, title: str, verb: str, parent: QWidget | None) -> None:
        """`name` becomes the object name, `verb` the text of the button that acts."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(8)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.body.addLayout(self.form)
        self.problem = QLabel(self)
        self.problem.setObjectName(f"{name}.problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.buttons = QDialogButtonBox(self)
        self.act = QPushButton(verb, self)
        self.act.setObjectName(f"{name}.act")
        self.act.setDefault(True)
        self.buttons.addButton(self.act, QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.setText(_("Cancel"))
        cancel.setObjectName(f"{name}.cancel")
        self.act.clicked.connect(self._on_act)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(self.body)
        layout.addStretch(1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        fit_to_text(self, width=540)
        if not event.spontaneous():
            self._begin_at_fields()
        super().showEvent(event)

    def _begin_at_fields(self) -> None:
        """Let keys go to the first field, and not to the buttons, which were made before it."""
        if self.focusWidget() not in (None, self.act):
            return
        at, buttons = self.nextInFocusChain(), self.buttons.buttons()
        while at is not None and at is not self:
            if at.focusPolicy() & Qt.FocusPolicy.TabFocus and at not in buttons:
                at.setFocus()
                return
            at = at.nextInFocusChain()

    def submit(self) -> None:
        """Do the act. Raise AppError for what the user can mend; call `done` when it is done."""
        raise NotImplementedError

    def add_field(self, label: str, widget: QWidget, name: str) -> None:
        """One line of the form."""
        widget.setObjectName(f"{self.objectName()}.{name}")
        widget.setAccessibleName(label)
        self.form.addRow(label, widget)

    def add_text(self, text: str, name: str) -> QLabel:
        """A sentence above the form."""
        label = QLabel(text, self)
        label.setObjectName(f"{self.objectName()}.{name}")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        self.body.insertWidget(self.body.count() - 1, label)
        return label

    def wait(self) -> None:
        """The act runs: it cannot be asked for twice."""
        self.problem.hide()
        self.act.setEnabled(False)

    def done_well(self) -> None:
        """The act was done: close."""
        self.act.setEnabled(True)
        self.accept()

    def stopped(self) -> None:
        """The user stopped the act: ask again."""
        self.act.setEnabled(True)

    def fail(self, error: BaseException) -> None:
        """Say what went wrong, and ask again."""
        self.act.setEnabled(True)
        if isinstance(error, AppError):
            self.problem.setText(str(error))
            self.problem.setStyleSheet(f"color: {theme.error_colour()};")
            self.problem.show()
            fit_to_text(self, width=self.width())
        else:
            show_error(self, error)

    def _on_act(self) -> None:
        try:
            self.submit()
        except AppError as error:
            self.fail(error)


def fit_to_text(dialog: QDialog, *, width: int) -> None:
    """Make a dialog as wide as `width` and its widest line ask for, and as high as its sentences then are."""
    layout = dialog.layout()
    assert layout is not None  # every dialog has one
    layout.activate()
    dialog.setMinimumWidth(max(width, layout.minimumSize().width()))
    wide = max(dialog.width(), dialog.minimumWidth())
    high = layout.totalHeightForWidth(wide) if layout.hasHeightForWidth() else layout.sizeHint().height()
    dialog.resize(wide, max(dialog.height(), high))


class ReasonField(QComboBox):
    """Why something is changed: a usual reason or one's own words."""

    def __init__(self, reasons: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.addItems(list(reasons))
        self.setCurrentIndex(-1)
        line = self.lineEdit()
        assert line is not None  # it is editable
        line.setPlaceholderText(_("Why"))
        line.setClearButtonEnabled(True)

    def reason(self) -> str:
        """The reason. AppError when there is none."""
        text = self.currentText().strip()
        if not text:
            raise AppError(_("A change needs a reason."), hint=_("Write in a few words why it is made."))
        return text
