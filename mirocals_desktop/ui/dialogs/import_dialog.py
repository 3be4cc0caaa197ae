"""Importing spreadsheets: files and tables, what the columns mean, what it would do, and one button.

The dialog keeps the files and the answers; everything else is made anew from them on the worker whenever an
answer changes, so that what is shown is always what would be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.bounds import AS_FOUND, BOUNDS, Bounds
from mirocals_desktop.importing.review import BLANKS
from mirocals_desktop.progress import Report
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.dialogs.import_columns import ColumnsStep
from mirocals_desktop.ui.dialogs.import_frame import BUSY, COLUMNS, REVIEW, ImportFrame
from mirocals_desktop.ui.dialogs.import_reading import FileReader
from mirocals_desktop.ui.dialogs.import_review import ReviewStep
from mirocals_desktop.ui.dialogs.import_sending import send_back
from mirocals_desktop.ui.dialogs.import_work import (
    Made,
    find_returned_answers,
    make_review,
    work_out_consequences,
)
from mirocals_desktop.ui.dialogs.sheet_marks import place_of
from mirocals_desktop.ui.dropped import dropped_paths, open_folders
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.analysis.consequences import Consequences
    from mirocals_desktop.importing.differences import Difference
    from mirocals_desktop.importing.model import Issue
    from mirocals_desktop.importing.query_answers import Answers
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.protocol.model import Protocol
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.dialogs.import_values import Key

_LARGE: Final = 300_000  # so many values are previewed only when somebody asks: it takes minutes
_ANSWER_DELAY_MS: Final = 60  # "take all suggestions" gives many answers at once


class ImportDialog(QDialog):
    """Reviews an import of `paths` into the open study, and does it. More files can be dropped on it.

    `answers_found(Answers)` when the file is a workbook of queries that came back: the dialog closes then.
    """

    answers_found = Signal(object)

    def __init__(self, session: Session, paths: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import")
        self.setWindowTitle(_("Import spreadsheets"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._session = session
        self._reader = FileReader(session.jobs, paths, self)
        self._reader.begun.connect(self._show_busy)
        self._reader.read.connect(self._make_review)
        self._reader.refused.connect(lambda error: show_error(self, error))
        self._reader.failed.connect(self._give_up)
        self._reader.left.connect(self._leave)
        self._answers: dict[str, str] = {}
        self._reasons: dict[Key, str] = {}
        self._review: Review | None = None
        self._protocol: Protocol | None = None
        self._consequences: Consequences | None = None
        self._pending = False
        self._reviews = 0
        self._committing = False
        self.columns: ColumnsStep
        self.review: ReviewStep

        frame = self._frame = ImportFrame(self)
        self.files, self.next = frame.files, frame.next
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        frame.step_asked.connect(self.show_step)
        frame.problem_step_asked.connect(self._step_problem)
        frame.read_again.clicked.connect(self._read_again)
        frame.cancel.clicked.connect(self.reject)
        frame.next.clicked.connect(self._on_next)
        self.files.answered.connect(self.answer)
        room, screen = parent.size(), parent.screen().availableGeometry()
        width, height = max(room.width() - 64, 720), max(room.height() - 48, 480)
        self.resize(min(width, 1500, screen.width()), min(height, 1000, screen.height()))

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_ANSWER_DELAY_MS)
        self._timer.timeout.connect(self._make_review)
        session.jobs.changed.connect(self._on_jobs_changed)
        self._show_buttons()
        session.jobs.postpone(self._make_columns, owner=self)

    # The second and third step are made while the program says that it begins: all at once would keep the
    # window from answering for a tenth of a second.

    def _make_columns(self) -> None:
        columns = self.columns = self._frame.make_columns()
        columns.answered.connect(self.answer)
        columns.bounds_asked.connect(self._on_bounds_asked)
        self._session.jobs.postpone(self._make_review_step, owner=self)

    def _make_review_step(self) -> None:
        review = self.review = self._frame.make_review()
        review.problem_asked.connect(self._on_problem_asked)
        review.export_asked.connect(self._on_export_asked)
        review.blanks_ticked.connect(self._on_blanks_ticked)
        review.line.asked.connect(lambda: self._work_out_consequences(asked=True))
        review.line.stopped.connect(self._on_consequences_stopped)
        review.values.asked.connect(self._list_cells)
        review.values.cell_asked.connect(self._on_cell_asked)
        review.values.reason_given.connect(self._on_reason_given)
        self._reader.start()

    @property
    def review_made(self) -> Review | None:
        """What the import would do under the answers so far; None while it is not known yet."""
        return self._review

    @property
    def settled(self) -> bool:
        """Whether what is shown follows from every answer that was given."""
        return self._review is not None and not self._pending and not self._timer.isActive()

    # Reading and reviewing

    def answer(self, question_id: str, code: str) -> None:
        """Answer a question; the review is made anew."""
        self._answers[question_id] = code
        self._look_again()

    def _look_again(self) -> None:
        """What is shown follows no longer from what was said: make it anew, a moment later."""
        self._consequences = None
        self._session.jobs.start("", lambda _report: None, key="import.consequences", quiet=True)
        self.review.show_consequences(None)
        self._timer.start()
        self._show_buttons()

    def _read_again(self) -> None:
        """A file was changed on disk: read it as it is now; answers stay, the bounds of tables go."""
        self._review = None
        self._reviews += 1  # what is being worked out speaks of the file as it was
        self._answers = {name: code for name, code in self._answers.items() if not _is_bounds(name)}
        self._frame.read_again.hide()
        self._reader.start()

    def add_files(self, paths: Sequence[Path]) -> None:
        """Take these files into the same import; what was answered stays."""
        if self._committing:
            return
        try:
            added = self._reader.add(open_folders(paths))
        except AppError as error:
            self._frame.say(error)
            return
        if added:
            self._review = None
            self._reviews += 1

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event) and not self._committing:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_files(dropped_paths(event))

    def _notice_changes(self) -> None:
        """Say when a file is another one than was read, as when it was saved in a spreadsheet program."""
        names = self._reader.changed_files() if self._review is not None and not self._committing else []
        self._frame.read_again.setText(
            _("{name} was changed since it was read: read it again").format(name=", ".join(names))
        )
        self._frame.read_again.setVisible(bool(names))

    def _give_up(self, error: BaseException) -> None:
        window = self.parentWidget()
        self._leave()
        show_error(window, error)

    def _make_review(self) -> None:
        """Make plan and review anew from the files, the tables and the answers, on the worker."""
        study, snapshot = self._session.study, self._session.snapshot
        if study is None or snapshot is None:
            self._leave()
            return
        workbooks, answers = self._reader.workbooks, dict(self._answers)

        def work(report: Report) -> Made | Answers:
            returned = find_returned_answers(snapshot.study_id, snapshot.reviews, workbooks)
            return returned or make_review(study, snapshot, workbooks, answers, report=report)

        if self._review is None:
            self._show_busy(_("Looking at the tables"))
        self._pending = True
        self._show_buttons()
        number = self._reviews = self._reviews + 1
        self._session.jobs.start(
            _("Looking at the tables"),
            work,
            done=lambda made: self._on_reviewed(made, number),
            failed=self._give_up,
            cancelled=lambda: self._on_review_stopped(number),
            owner=self,
            key="import.review",
        )

    def _on_review_stopped(self, number: int) -> None:
        """The user stopped the look at the tables; one that a newer look replaced is none of the user's."""
        if number != self._reviews or self._timer.isActive():
            return
        if self._review is None:
            self._leave()
        else:
            self._pending = False
            self._show_buttons()

    def _on_reviewed(self, made: Made | Answers, number: int) -> None:
        """Show a review: a part in each turn of the event loop, so that the window answers in between."""
        if not isinstance(made, Made):
            self._leave()
            self.answers_found.emit(made)
            return
        review, problems = made.review, made.problems
        moved = frozenset(name.partition("|")[2] for name in self._answers if _is_bounds(name))
        blanks_count = self._answers.get(BLANKS) == "replace"

        def show_columns() -> None:
            self.files.show_plan(review.plan)
            self.columns.show_plan(
                review.plan, review.questions, problems, blinded=self._blinded(), moved=moved
            )

        def show_review() -> None:
            self.review.show_counts(review.counts, blanks_count=blanks_count)
            self.review.show_issues(problems.issues, problems.groups)
            self.review.show_left_out(review.left_out)
            self.review.show_accounts(review.accounts)

        def show_values() -> None:
            self.review.show_patients(made.patients)
            self.review.values.take(made.kind)
            self.review.values.show_cells(made.cells, made.protocol, self._reasons)

        def end() -> None:
            first = self._review is None
            self._review, self._protocol = review, made.protocol
            self._pending = self._timer.isActive()
            if first:
                self.show_step(COLUMNS if review.open_questions else REVIEW)
            else:
                self._show_buttons()
            self._work_out_consequences()

        self._show_parts([show_columns, show_review, show_values, end], number)

    def _show_parts(self, parts: Sequence[Callable[[], None]], number: int) -> None:
        """Do these one in each turn, until a newer review is on its way."""
        if number != self._reviews:
            return
        parts[0]()
        if parts[1:]:
            self._session.jobs.postpone(lambda: self._show_parts(parts[1:], number), owner=self)

    def _list_cells(self, kind: Difference, patient: str) -> None:
        """List the cells of a kind, of a patient or of all."""
        review, protocol, snapshot = self._review, self._protocol, self._session.snapshot
        if review is None or protocol is None or snapshot is None:
            return

        def work(_report: Report) -> pd.DataFrame:
            from mirocals_desktop.importing.differences import list_cells

            return list_cells(review, snapshot, kind, patient=patient)

        self._session.jobs.start(
            _("Listing values"),
            work,
            done=lambda cells: self.review.values.show_cells(cells, protocol, self._reasons),
            owner=self,
            key="import.cells",
            quiet=True,
        )

    # What it would do to the endpoint

    def _work_out_consequences(self, *, asked: bool = False) -> None:
        """Say whose endpoint changes and what becomes of the result, when nothing is open any more."""
        review, study, snapshot = self._review, self._session.study, self._session.snapshot
        if review is None or study is None or snapshot is None or self._pending:
            return
        if review.open_questions or not review.changes_study:
            self.review.show_consequences(None)
            return
        if review.counts.new + review.counts.changed > _LARGE and not asked:
            self.review.line.show_offer()
            return

        def work(report: Report) -> Consequences:
            return work_out_consequences(study, snapshot, review, report=report)

        def done(told: Consequences) -> None:
            if self._review is review:
                self._consequences = told
                self.review.show_consequences(told)

        self.review.line.show_work()
        self._session.jobs.start(
            _("Working out what this does to the endpoint"),
            work,
            done=done,
            failed=self._on_no_consequences,
            cancelled=lambda: None,
            owner=self,
            key="import.consequences",
            quiet=True,
        )

    def _on_no_consequences(self, error: BaseException) -> None:
        """It cannot be worked out: the import will say why when it is asked for."""
        self.review.show_consequences(None)
        if isinstance(error, AppError):
            self._frame.say(error)
        else:
            show_error(self, error)

    def _on_consequences_stopped(self) -> None:
        self._session.jobs.start("", lambda _report: None, key="import.consequences", quiet=True)
        self.review.line.show_offer()

    # Steps and buttons

    def show_step(self, step: int) -> None:
        """Go to a step."""
        if self._review is None:
            return
        self._frame.show_step(step)
        self._show_buttons()

    def _show_busy(self, text: str) -> None:
        self._frame.show_busy(text)
        self._show_buttons()

    def _show_buttons(self) -> None:
        review = self._review
        ready = review is not None and not self._committing
        self._frame.allow_steps(ready=ready)
        waiting = len(review.open_questions) if review is not None else 0
        self._frame.state.setText(
            ngettext("{count} question is open", "{count} questions are open", waiting).format(count=waiting)
            if waiting
            else _("Looking again …")
            if self._pending
            else ""
        )
        if self._frame.step != REVIEW:
            self.next.setText(_("Next"))
            self.next.setEnabled(ready)
            return
        values = review.counts.new + review.counts.changed if review is not None else 0
        self.next.setText(
            ngettext("Import {count} value", "Import {count} values", values).format(
                count=number_text(values)
            )
        )
        self.next.setEnabled(
            ready and not self._pending and not waiting and review is not None and review.changes_study
        )

    def _on_next(self) -> None:
        if self._frame.step == REVIEW:
            self._commit()
        else:
            self.show_step(self._frame.step + 1)

    def _on_problem_asked(self, issue: Issue) -> None:
        self.show_step(COLUMNS)
        self.columns.show_problem(issue)

    def _on_cell_asked(self, file: str, sheet: str, cell: str) -> None:
        row, column = place_of(cell)
        if row >= 0:
            self.show_step(COLUMNS)
            self.columns.go_to(file, sheet, row, column)

    def _step_problem(self, by: int) -> None:
        """Go to the next problem on the sheet, or to the one before."""
        if self._review is not None and self._frame.step != BUSY:
            self.show_step(COLUMNS)
            self.columns.panels.setCurrentWidget(self.columns.problems)
            self.columns.problems.step(by)

    def _on_bounds_asked(self, key: str, bounds: Bounds | None) -> None:
        """A person has shown where a table stands, or wants it as it was found."""
        question = f"{BOUNDS}|{key}"
        if bounds is None:
            self.answer(question, AS_FOUND)
        else:
            self.answer(question, bounds.code)

    def _on_blanks_ticked(self, ticked: bool) -> None:  # noqa: FBT001 (a slot)
        self.answer(BLANKS, "replace" if ticked else "keep")

    def _on_reason_given(self, keys: Sequence[Key], reason: str) -> None:
        self._reasons.update(dict.fromkeys(keys, reason))
        self.review.values.ask("changed", self.review.values.patient)

    def _on_export_asked(self) -> None:
        if self._review is not None:
            send_back(self._session, self._review, self._frame, blinded=self._blinded())

    def _on_jobs_changed(self) -> None:
        job = self._session.jobs.current
        if self._frame.step == BUSY and job is not None:
            self._frame.show_progress(job)

    def _blinded(self) -> bool:
        snapshot = self._session.snapshot
        return snapshot is not None and snapshot.blinded and not snapshot.unblinded

    # Doing it

    def _commit(self) -> None:
        """Import: one entry, one transaction."""
        review = self._review
        if review is None:
            return
        if self._committing or not self.settled:
            return
        self._notice_changes()
        if not self._frame.read_again.isHidden():
            self._frame.say(
                AppError(
                    _("A file was changed since it was read."),
                    hint=_("Read it again, so that what you have looked at is what is imported."),
                )
            )
            return
        reason, reasons = "", dict(self._reasons)
        if review.counts.changed and review.counts.changed > self._with_own_reason(review):
            try:
                reason = self.review.reason.reason()
            except AppError as error:
                self._frame.say(error)
                self.review.reason.setFocus()
                return

        def work(study: Study, report: Report) -> int:
            from mirocals_desktop.importing.commit import commit

            return commit(study, review, reason=reason, reasons=reasons, report=report)

        self._committing = True
        self._frame.problem.hide()
        self._show_busy(_("Importing"))
        self._session.change(
            _("Importing"),
            work,
            done=self._on_committed,
            failed=self._on_not_committed,
            cancelled=self._again,
        )

    def _with_own_reason(self, review: Review) -> int:
        """How many changes have a reason of their own."""
        if not self._reasons:
            return 0
        from mirocals_desktop.importing.differences import count_with_reason

        return count_with_reason(review, self._reasons)

    def _on_committed(self, _entry: int) -> None:
        self.accept()

    def _on_not_committed(self, error: BaseException) -> None:
        self._again()
        if isinstance(error, AppError):
            self._frame.say(error)
            snapshot = self._session.snapshot
            if self._review is not None and snapshot is not None and snapshot.head != self._review.head:
                self._look_again()  # the study went on meanwhile: what is shown speaks of an earlier one
        else:
            show_error(self, error)

    def _again(self) -> None:
        self._committing = False
        self.show_step(REVIEW)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Back from another program: the file may have been saved there meanwhile."""
        super().changeEvent(event)
        if (
            event.type() == QEvent.Type.ActivationChange
            and self.isActiveWindow()
            and self._review is not None
        ):
            self._notice_changes()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus and no other: nobody imports by it from a filter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QAbstractButton):
                focused.click()
            return
        super().keyPressEvent(event)

    @override
    def reject(self) -> None:
        """Cancel: stop the reading; an import that is being written stops as a whole."""
        if self._committing:
            self._session.jobs.cancel()
        elif self._answers:
            ask.confirm(
                self,
                self._leave,
                title=_("Leave this import?"),
                text=ngettext(
                    "{count} answer that you gave is lost.",
                    "{count} answers that you gave are lost.",
                    len(self._answers),
                ).format(count=len(self._answers)),
                yes=_("Leave"),
            )
        else:
            self._leave()

    def _leave(self) -> None:
        """Close without importing."""
        self._session.jobs.cancel()
        super().reject()


def _is_bounds(question_id: str) -> bool:
    """Whether an answer says where a table stands."""
    return question_id.startswith(f"{BOUNDS}|")
