"""What stands around the steps of an import: their names, the buttons, and the page shown while it works."""

from __future__ import annotations

import itertools
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.import_columns import ColumnsStep
from mirocals_desktop.ui.dialogs.import_files import FilesStep
from mirocals_desktop.ui.dialogs.import_recipe import RecipeLine
from mirocals_desktop.ui.dialogs.import_review import ReviewStep
from mirocals_desktop.ui.jobs import Job
from mirocals_desktop.ui.session import Session

FILES: Final = 0
COLUMNS: Final = 1
REVIEW: Final = 2
BUSY: Final = 3


class ImportFrame(QWidget):
    """The three steps, one of them shown, or the page that says what is being done.

    `step_asked(step)` by a step's name or Alt and its number; `problem_step_asked(by)` by F8 and Shift+F8.
    """

    step_asked = Signal(int)
    problem_step_asked = Signal(int)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import.frame")
        self.step = BUSY
        self._buttons = QButtonGroup(self)
        self._stack = QStackedWidget(self)
        self.files = FilesStep(self._stack)
        self.columns: ColumnsStep | None = None
        self.review: ReviewStep | None = None
        self._busy = self._make_busy()
        self._stack.addWidget(self.files)
        self._stack.addWidget(self._busy)
        self.read_again = self._button("read_again", _("Read again"))
        self.read_again.hide()
        self.recipe = RecipeLine(session, self)
        self.recipe.told.connect(self.tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(self._make_head())
        layout.addWidget(self.recipe)
        layout.addWidget(self.read_again)
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._make_foot())
        for keys, by in (("F8", 1), ("Shift+F8", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda by=by: self.problem_step_asked.emit(by))
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(self.next.click)

    def make_columns(self) -> ColumnsStep:
        """Make the second step: in a turn of its own, since the window answers nothing meanwhile."""
        self.columns = ColumnsStep(self._stack)
        self._stack.addWidget(self.columns)
        return self.columns

    def make_review(self) -> ReviewStep:
        """Make the third step."""
        self.review = ReviewStep(self._stack)
        self._stack.addWidget(self.review)
        self._order_keys()
        return self.review

    def _order_keys(self) -> None:
        """Let Tab go from the steps' names through the step to the buttons below it."""
        order: list[QWidget] = [*self._buttons.buttons(), self.recipe.menu, self.files.tree, self.files.more]
        for before, after in itertools.pairwise(order):
            QWidget.setTabOrder(before, after)
        last = self.window().previousInFocusChain()
        while last is not None and last.focusPolicy() == Qt.FocusPolicy.NoFocus:
            last = last.previousInFocusChain()
        for button in (self.cancel, self.back, self.next):
            if last is not None and last is not button:
                QWidget.setTabOrder(last, button)
            last = button

    def _make_head(self) -> QHBoxLayout:
        steps = QHBoxLayout()
        steps.setSpacing(4)
        for number, text in ((FILES, _("1  Files")), (COLUMNS, _("2  Columns")), (REVIEW, _("3  Review"))):
            button = QToolButton(self)
            button.setObjectName(f"import.step.{number + 1}")
            button.setText(text)
            button.setAccessibleName(text)
            button.setShortcut(QKeySequence(f"Alt+{number + 1}"))
            button.setToolTip(f"Alt+{number + 1}")
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._buttons.addButton(button, number)
            steps.addWidget(button)
        self._buttons.idClicked.connect(self.step_asked)
        self.state = QLabel(self)
        self.state.setObjectName("import.state")
        self.state.setStyleSheet(f"color: {theme.faint_colour()};")
        steps.addSpacing(12)
        steps.addWidget(self.state, 1)
        steps.addWidget(self.recipe.menu)
        return steps

    def _make_busy(self) -> QWidget:
        busy = QWidget(self._stack)
        self.progress = QProgressBar(busy)
        self.progress.setObjectName("import.progress")
        self.progress.setAccessibleName(_("Progress"))
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(420)
        self.working = QLabel(busy)
        self.working.setObjectName("import.working")
        waiting = QVBoxLayout(busy)
        waiting.addStretch(1)
        waiting.addWidget(self.working, 0, Qt.AlignmentFlag.AlignHCenter)
        waiting.addWidget(self.progress)
        waiting.setAlignment(self.progress, Qt.AlignmentFlag.AlignHCenter)
        waiting.addStretch(1)
        return busy

    def _make_foot(self) -> QHBoxLayout:
        self.problem = QLabel(self)
        self.problem.setObjectName("import.problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.cancel = self._button("cancel", _("Cancel"))
        self.back = self._button("back", _("Back"))
        self.back.clicked.connect(lambda: self.step_asked.emit(self.step - 1))
        self.next = self._button("next", _("Next"))
        self.next.setAutoDefault(True)
        self.next.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.problem, 1)
        foot.addStretch(0)
        for button in (self.cancel, self.back, self.next):
            foot.addWidget(button)
        return foot

    def _button(self, name: str, text: str = "") -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"import.{name}")
        button.setAutoDefault(False)
        return button

    def show_step(self, step: int) -> None:
        """Show a step, its main list ready for keys."""
        if self.columns is None or self.review is None:
            return
        self.step = step
        self._stack.setCurrentWidget((self.files, self.columns, self.review)[step])
        (self.files.tree, self.columns.sheet, self.review.tabs)[step].setFocus()

    def show_busy(self, text: str) -> None:
        """Show that something is done, of which nothing can be seen yet."""
        self.step = BUSY
        self.working.setText(text)
        self.progress.setRange(0, 0)
        self._stack.setCurrentWidget(self._busy)

    def show_progress(self, job: Job) -> None:
        """Show how far a job has come."""
        self.working.setText(job.message or job.title)
        self.progress.setRange(0, 1000 if job.fraction > 0 else 0)
        self.progress.setValue(round(job.fraction * 1000))

    def allow_steps(self, *, ready: bool) -> None:
        """Let the user go from step to step, or not while something is done."""
        for number in (FILES, COLUMNS, REVIEW):
            button = self._buttons.button(number)
            button.setEnabled(ready)
            button.setChecked(number == self.step)
        self.back.setEnabled(ready and self.step in (COLUMNS, REVIEW))

    def say(self, error: AppError) -> None:
        """Say beside the buttons what is wrong."""
        self.tell(str(error))
        self.problem.setStyleSheet(f"color: {theme.error_colour()};")

    def tell(self, text: str) -> None:
        """Say something beside the buttons."""
        self.problem.setText(text)
        self.problem.setStyleSheet("")
        self.problem.show()
