"""An import that is being prepared: its files, what was answered, and the review that follows from both.

Whenever something of it changes, the review is made anew on the worker, so that what is shown is always what
would be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.bounds import AS_FOUND, BOUNDS, Bounds
from mirocals_desktop.progress import Report
from mirocals_desktop.ui.dialogs.import_reading import FileReader
from mirocals_desktop.ui.dialogs.import_work import (
    Foreseen,
    Made,
    find_returned_answers,
    foresee,
    make_review,
)
from mirocals_desktop.ui.dropped import open_folders
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.importing.query_answers import Answers
    from mirocals_desktop.importing.recipe import Recipe
    from mirocals_desktop.importing.review import Review

_LARGE: Final = 300_000  # so many values are previewed only when somebody asks: it takes minutes
_ANSWER_DELAY_MS: Final = 60  # "take all suggestions" gives many answers at once


class ImportDraft(QObject):
    """Files and answers, and the review that follows from them.

    `begun(text)` when nothing can be shown for a while; `changed` when a review is on its way or has come;
    `renewed(first)` when one has been shown by `parts`. `answers_found(Answers)` when the file is a workbook
    of queries that came back; `refused(error)` when one of several files cannot be read; `failed(error)` when
    nothing can; `left` when the user stopped what cannot be done without. Then the consequences:
    `consequences_begun`, `consequences_told(Foreseen)`, None for none, `consequences_offered` where they
    are worked out only when somebody asks, `consequences_failed(error)`.
    """

    begun = Signal(str)
    changed = Signal()
    renewed = Signal(bool)
    answers_found = Signal(object)
    refused = Signal(object)
    failed = Signal(object)
    left = Signal()
    consequences_begun = Signal()
    consequences_told = Signal(object)
    consequences_offered = Signal()
    consequences_failed = Signal(object)

    def __init__(self, session: Session, paths: Sequence[Path], window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._reader = FileReader(session.jobs, paths, window)
        self._reader.begun.connect(self.begun)
        self._reader.read.connect(self._make_review)
        self._reader.refused.connect(self.refused)
        self._reader.failed.connect(self.failed)
        self._reader.left.connect(self.left)
        self.parts: Sequence[Callable[[Made], None]] = ()
        self.answers: dict[str, str] = {}
        self.made: Made | None = None
        self.pending = False
        self._recipe: Recipe | None = None
        self._reviews = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_ANSWER_DELAY_MS)
        self._timer.timeout.connect(self._make_review)

    @property
    def review(self) -> Review | None:
        """What the import would do under the answers so far; None while it is not known yet."""
        return self.made.review if self.made is not None else None

    @property
    def settled(self) -> bool:
        """Whether what is shown follows from everything that was said."""
        return self.made is not None and not self.pending and not self._timer.isActive()

    @property
    def blinded(self) -> bool:
        """Whether the study is blinded for whom it is open."""
        snapshot = self._session.snapshot
        return snapshot is not None and snapshot.blinded and not snapshot.unblinded

    @property
    def moved_tables(self) -> frozenset[str]:
        """The keys of the tables whose bounds a person has shown."""
        return frozenset(name.partition("|")[2] for name in self.answers if _is_bounds(name))

    def start(self) -> None:
        """Read the files, from the first one on."""
        self._reader.start()

    def changed_files(self) -> list[str]:
        """The names of the files that are other files on disk than those that were read."""
        return self._reader.changed_files()

    def read_again(self) -> None:
        """Read the files as they are on disk now; answers stay, the bounds of tables go."""
        self._forget()
        self.answers = {name: code for name, code in self.answers.items() if not _is_bounds(name)}
        self._reader.start()

    def add_files(self, paths: Sequence[Path]) -> None:
        """Take more files in; what was answered stays. AppError when there is no spreadsheet among them."""
        if self._reader.add(open_folders(paths)):
            self._forget()

    def answer(self, question_id: str, code: str) -> None:
        """Answer a question; the review is made anew."""
        self.answers[question_id] = code
        self.look_again()

    def show_bounds(self, table: str, bounds: Bounds | None) -> None:
        """A person has shown where a table stands, or wants it as it was found."""
        self.answer(f"{BOUNDS}|{table}", AS_FOUND if bounds is None else bounds.code)

    def read_like(self, recipe: Recipe) -> None:
        """Read the files as a recipe says; what was answered before gives way to it."""
        self._recipe = recipe
        self.answers.clear()
        self.look_again()

    def look_again(self) -> None:
        """What is shown follows no longer from what was said: make it anew, a moment later."""
        self._stop_consequences()
        self.consequences_told.emit(None)
        self._timer.start()
        self.changed.emit()

    def _forget(self) -> None:
        """What was worked out, or is being so, speaks of other files."""
        self.made = None
        self._reviews += 1

    def _make_review(self) -> None:
        """Make plan and review anew from the files, the tables and the answers, on the worker."""
        study, snapshot = self._session.study, self._session.snapshot
        if study is None or snapshot is None:
            self.left.emit()
            return
        workbooks, answers, recipe = self._reader.workbooks, dict(self.answers), self._recipe

        def work(report: Report) -> Made | Answers:
            returned = find_returned_answers(snapshot.study_id, snapshot.reviews, workbooks)
            return returned or make_review(study, snapshot, workbooks, answers, recipe=recipe, report=report)

        if self.made is None:
            self.begun.emit(_("Looking at the tables"))
        self.pending = True
        self.changed.emit()
        number = self._reviews = self._reviews + 1
        self._session.jobs.start(
            _("Looking at the tables"),
            work,
            done=lambda made: self._on_made(made, number),
            failed=self.failed.emit,
            cancelled=lambda: self._on_stopped(number),
            owner=self,
            key="import.review",
        )

    def _on_stopped(self, number: int) -> None:
        """The user stopped the look at the tables; one that a newer look replaced is none of the user's."""
        if number != self._reviews or self._timer.isActive():
            return
        if self.made is None:
            self.left.emit()
        else:
            self.pending = False
            self.changed.emit()

    def _on_made(self, made: Made | Answers, number: int) -> None:
        if isinstance(made, Made):
            self._show(made, [*self.parts, self._take], number)
        else:
            self.left.emit()
            self.answers_found.emit(made)

    def _show(self, made: Made, parts: Sequence[Callable[[Made], None]], number: int) -> None:
        """Do these one in each turn of the event loop, until a newer review is on its way."""
        if number != self._reviews:
            return
        parts[0](made)
        if parts[1:]:
            self._session.jobs.postpone(lambda: self._show(made, parts[1:], number), owner=self)

    def _take(self, made: Made) -> None:
        """All of it is shown."""
        first = self.made is None
        self.made = made
        self.pending = self._timer.isActive()
        self.renewed.emit(first)
        self.work_out_consequences()

    # What it would do to the endpoint

    def work_out_consequences(self, *, asked: bool = False) -> None:
        """Tell whose endpoint changes and what becomes of the result, when nothing is open any more."""
        review, study, snapshot = self.review, self._session.study, self._session.snapshot
        if review is None or study is None or snapshot is None or self.pending:
            return
        if review.open_questions or not review.changes_study:
            self.consequences_told.emit(None)
            return
        if review.counts.new + review.counts.changed > _LARGE and not asked:
            self.consequences_offered.emit()
            return

        def work(report: Report) -> Foreseen:
            return foresee(study, snapshot, review, report=report)

        def done(told: Foreseen) -> None:
            if self.review is review:
                self.consequences_told.emit(told)

        def failed(error: BaseException) -> None:  # the import will say why when it is asked for
            self.consequences_told.emit(None)
            self.consequences_failed.emit(error)

        self.consequences_begun.emit()
        self._session.jobs.start(
            _("Working out what this does to the endpoint"),
            work,
            done=done,
            failed=failed,
            cancelled=lambda: None,
            owner=self,
            key="import.consequences",
            quiet=True,
        )

    def leave_consequences(self) -> None:
        """The user does not want to wait for them."""
        self._stop_consequences()
        self.consequences_offered.emit()

    def _stop_consequences(self) -> None:
        self._session.jobs.start("", lambda _report: None, key="import.consequences", quiet=True)


def _is_bounds(question_id: str) -> bool:
    """Whether an answer says where a table stands."""
    return question_id.startswith(f"{BOUNDS}|")
