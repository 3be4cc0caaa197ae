"""Importing spreadsheets: files and tables, what the columns mean, what it would do, and one button."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.review import BLANKS
from mirocals_desktop.progress import Report
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.dialogs.import_columns import ColumnsStep
from mirocals_desktop.ui.dialogs.import_draft import ImportDraft
from mirocals_desktop.ui.dialogs.import_frame import BUSY, COLUMNS, REVIEW, ImportFrame
from mirocals_desktop.ui.dialogs.import_review import ReviewStep
from mirocals_desktop.ui.dialogs.import_sending import send_back
from mirocals_desktop.ui.dialogs.import_work import list_values
from mirocals_desktop.ui.dialogs.sheet_marks import place_of
from mirocals_desktop.ui.dropped import dropped_paths, spreadsheet_kinds
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.importing.differences import Difference
    from mirocals_desktop.importing.model import Issue
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.dialogs.import_values import Key
    from mirocals_desktop.ui.dialogs.import_work import Made


class ImportDialog(QDialog):
    """Reviews an import of `paths` into the open study, and does it. More files can be dropped on it.

    `answers_found(Answers)` when the file is a workbook of queries that came back: the dialog closes then.
    `told(text)` what is to be known after the dialog has closed.
    """

    answers_found = Signal(object)
    told = Signal(str)

    def __init__(self, session: Session, paths: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import")
        self.setWindowTitle(_("Import spreadsheets"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._session = session
        self._reasons: dict[Key, str] = {}
        self._committing = False
        self.columns: ColumnsStep
        self.review: ReviewStep

        draft = self.draft = ImportDraft(session, paths, self)
        draft.parts = (self._show_columns, self._show_review, self._show_patients, self._show_values)
        draft.begun.connect(self._show_busy)
        draft.changed.connect(self._show_buttons)
        draft.renewed.connect(self._on_renewed)
        draft.answers_found.connect(self.answers_found)
        draft.refused.connect(lambda error: show_error(self, error))
        draft.consequences_failed.connect(self._say)
        draft.failed.connect(self._give_up)
        draft.left.connect(self._leave)

        frame = self._frame = ImportFrame(session, self)
        self.files, self.recipe, self.next = frame.files, frame.recipe, frame.next
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        frame.step_asked.connect(self.show_step)
        frame.problem_step_asked.connect(self._step_problem)
        frame.read_again.clicked.connect(self._read_again)
        frame.cancel.clicked.connect(self.reject)
        frame.next.clicked.connect(self._on_next)
        self.recipe.chosen.connect(draft.read_like)
        self.recipe.refused.connect(self._say)
        self.files.answered.connect(draft.answer)
        self.files.more_asked.connect(self._ask_for_files)
        room, screen = parent.size(), parent.screen().availableGeometry()
        width, height = max(room.width() - 64, 720), max(room.height() - 48, 480)
        self.resize(min(width, 1500, screen.width()), min(height, 1000, screen.height()))
        session.jobs.changed.connect(self._on_jobs_changed)
        self._show_buttons()
        session.jobs.postpone(self._make_columns, owner=self)

    # The second and third step are made while the program says that it begins: all at once would keep the
    # window from answering for a tenth of a second.

    def _make_columns(self) -> None:
        columns = self.columns = self._frame.make_columns()
        columns.answered.connect(self.draft.answer)
        columns.bounds_asked.connect(self.draft.show_bounds)
        columns.finished.connect(self.next.setFocus)
        self._session.jobs.postpone(self._make_review_step, owner=self)

    def _make_review_step(self) -> None:
        review, draft = self._frame.make_review(), self.draft
        self.review = review
        review.problem_asked.connect(self._on_problem_asked)
        review.export_asked.connect(self._on_export_asked)
        review.blanks_ticked.connect(self._on_blanks_ticked)
        review.reason.editTextChanged.connect(self._frame.problem.hide)
        review.line.asked.connect(lambda: draft.work_out_consequences(asked=True))
        review.line.stopped.connect(draft.leave_consequences)
        draft.consequences_begun.connect(review.line.show_work)
        draft.consequences_offered.connect(review.line.show_offer)
        draft.consequences_told.connect(review.show_consequences)
        review.values.asked.connect(self._list_cells)
        review.values.cell_asked.connect(self._on_cell_asked)
        review.values.reason_given.connect(self._on_reason_given)
        self._session.jobs.postpone(draft.start, owner=self)

    @property
    def review_made(self) -> Review | None:
        """What the import would do under the answers so far; None while it is not known yet."""
        return self.draft.review

    @property
    def settled(self) -> bool:
        """Whether what is shown follows from every answer that was given."""
        return self.draft.settled

    # Showing a review, a part in each turn of the event loop

    def _show_columns(self, made: Made) -> None:
        plan, draft = made.review.plan, self.draft
        self.recipe.show_made(made)
        self.files.show_plan(plan)
        self.columns.show_plan(
            plan, made.review.questions, made.problems, blinded=draft.blinded, moved=draft.moved_tables
        )

    def _show_review(self, made: Made) -> None:
        review, problems = made.review, made.problems
        self.review.show_counts(review.counts, blanks_count=self.draft.answers.get(BLANKS) == "replace")
        self.review.show_issues(problems.issues, problems.groups)
        self.review.show_left_out(review.left_out)
        self.review.show_accounts(review.accounts)

    def _show_patients(self, made: Made) -> None:
        self.review.show_patients(made.patients)

    def _show_values(self, made: Made) -> None:
        self.review.values.take(made.kind)
        self.review.values.show_cells(made.cells, made.protocol, self._reasons)

    def _on_renewed(self, first: bool) -> None:  # noqa: FBT001 (a slot)
        review = self.draft.review
        if first and review is not None:
            self.review.open_telling(review.counts, problems=bool(review.issues))
            self.show_step(COLUMNS if review.open_questions else REVIEW)
        else:
            self._show_buttons()

    def _list_cells(self, kind: Difference, patient: str) -> None:
        """List the cells of a kind, of a patient or of all."""
        made, snapshot = self.draft.made, self._session.snapshot
        if made is None or snapshot is None:
            return

        def work(_report: Report) -> pd.DataFrame:
            return list_values(made.review, snapshot, made.protocol, kind, patient=patient)

        self._session.jobs.start(
            _("Listing values"),
            work,
            done=lambda cells: self.review.values.show_cells(cells, made.protocol, self._reasons),
            owner=self,
            key="import.cells",
            quiet=True,
        )

    # Files

    def add_files(self, paths: Sequence[Path]) -> None:
        """Take these files into the same import; what was answered stays."""
        if self._committing:
            return
        try:
            self.draft.add_files(paths)
        except AppError as error:
            self._frame.say(error)

    def _ask_for_files(self) -> None:
        ask.files_to_open(
            self,
            self.add_files,
            title=_("Add files"),
            kinds=spreadsheet_kinds(),
            folder=str(self._session.folder_for("import")),
            many=True,
        )

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event) and not self._committing:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.add_files(dropped_paths(event))

    def _read_again(self) -> None:
        self._frame.read_again.hide()
        self.draft.read_again()

    def _notice_changes(self) -> None:
        """Say when a file is another one than was read, as when it was saved in a spreadsheet program."""
        looked_at = self.draft.review is not None and not self._committing
        names = self.draft.changed_files() if looked_at else []
        self._frame.read_again.setText(
            _("{name} was changed since it was read: read it again").format(name=", ".join(names))
        )
        self._frame.read_again.setVisible(bool(names))

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Back from another program: the file may have been saved there meanwhile."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.draft.made:
            self._notice_changes()

    def _say(self, error: BaseException) -> None:
        """Say beside the buttons what could not be done; the import goes on."""
        if isinstance(error, AppError):
            self._frame.say(error)
        else:
            show_error(self, error)

    def _give_up(self, error: BaseException) -> None:
        window = self.parentWidget()
        self._leave()
        show_error(window, error)

    # Steps and buttons

    def show_step(self, step: int) -> None:
        """Go to a step."""
        if self.draft.review is None:
            return
        self._frame.show_step(step)
        self._show_buttons()

    def _show_busy(self, text: str) -> None:
        self._frame.show_busy(text)
        self._show_buttons()

    def _show_buttons(self) -> None:
        review, pending = self.draft.review, self.draft.pending
        ready = review is not None and not self._committing
        self._frame.allow_steps(ready=ready)
        waiting = len(review.open_questions) if review is not None else 0
        self._frame.state.setText(
            ngettext("{count} question is open", "{count} questions are open", waiting).format(
                count=number_text(waiting)
            )
            if waiting
            else _("Looking again …")
            if pending
            else _("There is nothing to import: no value is new or changed")
            if review is not None and not review.changes_study
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
            ready and not pending and not waiting and review is not None and review.changes_study
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
        if self.draft.review is not None and self._frame.step != BUSY:
            self.show_step(COLUMNS)
            self.columns.panels.setCurrentWidget(self.columns.problems)
            self.columns.problems.step(by)

    def _on_blanks_ticked(self, ticked: bool) -> None:  # noqa: FBT001 (a slot)
        self.draft.answer(BLANKS, "replace" if ticked else "keep")

    def _on_reason_given(self, keys: Sequence[Key], reason: str) -> None:
        self._reasons.update(dict.fromkeys(keys, reason))
        self.review.values.ask("changed", self.review.values.patient)

    def _on_export_asked(self) -> None:
        review = self.draft.review
        if review is not None:
            send_back(self._session, review, self._frame, blinded=self.draft.blinded)

    def _on_jobs_changed(self) -> None:
        job = self._session.jobs.current
        if self._frame.step == BUSY and job is not None:
            self._frame.show_progress(job)

    # Doing it

    def _commit(self) -> None:
        """Import: one entry, one transaction."""
        review = self.draft.review
        if review is None or self._committing or not self.settled:
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
        if review.counts.changed > self._with_own_reason(review):
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
            done=lambda _entry: self.accept(),
            failed=self._on_not_committed,
            cancelled=self._on_stopped,
        )

    def _with_own_reason(self, review: Review) -> int:
        """How many changes have a reason of their own."""
        if not self._reasons:
            return 0
        from mirocals_desktop.importing.differences import count_with_reason

        return count_with_reason(review, self._reasons)

    def _on_not_committed(self, error: BaseException) -> None:
        self._again()
        self._say(error)
        snapshot, review = self._session.snapshot, self.draft.review
        if review is not None and snapshot is not None and snapshot.head != review.head:
            self.draft.look_again()  # the study went on meanwhile: what is shown speaks of an earlier one

    def _on_stopped(self) -> None:
        """The user stopped the import: it was too late for that when the study has its entry already."""
        study, review = self._session.study, self.draft.review
        if study is None or review is None or study.head == review.head:
            self._again()
            return
        self.told.emit(_("The import was done before it could be stopped. Import history can withdraw it."))
        self.accept()

    def _again(self) -> None:
        self._committing = False
        self.show_step(REVIEW)

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
        given = len(self.draft.answers)
        if self._committing:
            self._session.jobs.cancel()
        elif given:
            ask.confirm(
                self,
                self._leave,
                title=_("Leave this import?"),
                text=ngettext(
                    "{count} answer that you gave is lost.",
                    "{count} answers that you gave are lost.",
                    given,
                ).format(count=number_text(given)),
                yes=_("Leave"),
            )
        else:
            self._leave()

    def _leave(self) -> None:
        """Close without importing."""
        self._session.jobs.cancel()
        super().reject()
