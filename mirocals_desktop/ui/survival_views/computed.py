"""A view with numbers of its own: computed when looked at, with progress and cancel, or a sentence why not.

A subclass builds its widgets in `build`, says in `refusal` why there can be nothing, computes in `work` on
the worker, and shows what came of it in `show_found`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_views.frame import Answer, Pile, SurvivalView

if TYPE_CHECKING:
    from mirocals_desktop.progress import Report
    from mirocals_desktop.ui.jobs import Job

F = TypeVar("F")


class ComputedView(SurvivalView, Generic[F]):
    """A view over numbers of type `F` that take a while."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.found: F | None = None
        self._job: Job | None = None
        name = f"survival.{self.code}"
        self.message = QLabel(self)
        self.message.setObjectName(f"{name}.message")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.again = QPushButton(_("Compute"), self)
        self.again.setObjectName(f"{name}.again")
        self.again.clicked.connect(lambda _checked=False: self.start())
        empty = QWidget(self)
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(self.message)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self._empty = empty
        self._body = QWidget(self)
        self._pages = Pile(self)
        self._pages.addWidget(empty)
        self._pages.addWidget(self._body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        self.build(self._body)
        self._say("")

    def build(self, body: QWidget) -> None:
        """Make the widgets inside `body`, which has no layout yet."""
        raise NotImplementedError

    def title(self) -> str:
        """What the status bar says while it is computed."""
        return _("Computing survival")

    def refusal(self, answer: Answer) -> str:  # noqa: ARG002 (for subclasses)
        """Why this view has nothing to show of an answer, as a sentence; "" when it has."""
        return ""

    def work(self, answer: Answer) -> Callable[[Report], F]:
        """What to do on the worker. It may not touch a widget; an `AppError` of it is shown as the reason."""
        raise NotImplementedError

    def show_found(self, answer: Answer, found: F) -> None:
        """Show the numbers."""
        raise NotImplementedError

    def clear(self) -> None:
        """Take every number off the widgets."""

    @override
    def show_answer(self, answer: Answer) -> None:
        if self.found is not None:
            self.found = None
            self.clear()
        self.start()

    @override
    def show_nothing(self, why: str) -> None:
        self.found = None
        self.clear()
        self._say(why)

    def start(self) -> None:
        """Compute, or say why not."""
        answer = self.answer
        if answer is None or answer.analysis is None:
            return
        why = self.refusal(answer)
        if why:
            self._say(why)
            return
        self._say(_("Computing…"))

        def take(found: F) -> None:
            if self.answer is answer:
                self.found = found
                self._pages.setCurrentWidget(self._body)
                self.show_found(answer, found)
                self.show_selection(self.session.selection)

        def fail(error: BaseException) -> None:
            if self.answer is not answer:
                return
            if isinstance(error, AppError):
                self._say(f"{error.message} {error.hint}".strip())
            else:
                self._say(_("The numbers could not be computed."))
                self.session.jobs.failed.emit(error)

        def stopped() -> None:
            if self.answer is answer and self._job is job:
                self._say(_("Stopped. Nothing was computed."), again=True)

        job = self._job = self.session.jobs.start(
            self.title(),
            self.work(answer),
            done=take,
            failed=fail,
            cancelled=stopped,
            owner=self,
            key=f"survival.{self.code}",
        )

    def _say(self, text: str, *, again: bool = False) -> None:
        self.message.setText(text)
        self.again.setVisible(again)
        self._pages.setCurrentWidget(self._empty)
