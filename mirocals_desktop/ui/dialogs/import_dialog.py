"""Importing spreadsheets: files and tables, what the columns mean, what it would do, and one button.

The dialog keeps the files and the answers; everything else is made anew from them on the worker whenever an
answer changes, so that what is shown is always what would be imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import Report, part
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.dialogs.import_columns import ColumnsStep, place_of
from mirocals_desktop.ui.dialogs.import_files import FilesStep
from mirocals_desktop.ui.dialogs.import_review import ReviewStep
from mirocals_desktop.ui.dialogs.sheet_bounds import Bounds, table_in
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.analysis.consequences import Consequences
    from mirocals_desktop.importing.differences import Difference
    from mirocals_desktop.importing.grid import Workbook
    from mirocals_desktop.importing.model import Issue
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.importing.tables import Table
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.dialogs.import_values import Key

FILES, COLUMNS, REVIEW, BUSY = 0, 1, 2, 3
BLANKS: Final = "blanks"  # `importing.review.BLANKS`, which numpy comes with
_ANSWER_DELAY_MS: Final = 60  # "take all suggestions" gives many answers at once


@dataclass(frozen=True, eq=False)
class _Made:
    """A review with the lists that are shown of it, all made on the worker."""

    review: Review
    patients: pd.DataFrame
    kind: Difference
    cells: pd.DataFrame


class ImportDialog(QDialog):
    """Reviews an import of `paths` into the open study, and does it."""

    def __init__(self, session: Session, paths: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import")
        self.setWindowTitle(_("Import spreadsheets"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._paths = list(paths)
        self._password: str | None = None
        self._workbooks: list[Workbook] = []
        self._answers: dict[str, str] = {}
        self._found: dict[str, Table] = {}  # by table key: as the program found it
        self._shown_tables: dict[str, Table] = {}  # by table key: as a person has shown it
        self._reasons: dict[Key, str] = {}
        self._review: Review | None = None
        self._consequences: Consequences | None = None
        self._step = BUSY
        self._pending = False
        self._reviews = 0
        self._committing = False

        self._buttons = QButtonGroup(self)
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
        self._buttons.idClicked.connect(self.show_step)
        self.state = QLabel(self)
        self.state.setObjectName("import.state")
        self.state.setStyleSheet(f"color: {theme.faint_colour()};")
        steps.addSpacing(12)
        steps.addWidget(self.state, 1)

        self.files = FilesStep(self)
        self.columns = ColumnsStep(self)
        self.review = ReviewStep(self)
        self._busy = QWidget(self)
        self.progress = QProgressBar(self._busy)
        self.progress.setObjectName("import.progress")
        self.progress.setAccessibleName(_("Progress"))
        self.progress.setTextVisible(False)
        self.progress.setMaximumWidth(420)
        self.working = QLabel(self._busy)
        self.working.setObjectName("import.working")
        waiting = QVBoxLayout(self._busy)
        waiting.addStretch(1)
        waiting.addWidget(self.working, 0, Qt.AlignmentFlag.AlignHCenter)
        waiting.addWidget(self.progress)
        waiting.setAlignment(self.progress, Qt.AlignmentFlag.AlignHCenter)
        waiting.addStretch(1)
        self._stack = QStackedWidget(self)
        for step in (self.files, self.columns, self.review, self._busy):
            self._stack.addWidget(step)
        self.files.answered.connect(self.answer)
        self.columns.answered.connect(self.answer)
        self.columns.bounds_asked.connect(self._on_bounds_asked)
        self.review.problem_asked.connect(self._on_problem_asked)
        self.review.export_asked.connect(self._on_export_asked)
        self.review.blanks_ticked.connect(self._on_blanks_ticked)
        self.review.line.stopped.connect(self._on_consequences_stopped)
        self.review.values.asked.connect(self._list_cells)
        self.review.values.cell_asked.connect(self._on_cell_asked)
        self.review.values.reason_given.connect(self._on_reason_given)
        for keys, act in (
            ("Ctrl+Return", self._press_next),
            ("F8", lambda: self._step_problem(1)),
            ("Shift+F8", lambda: self._step_problem(-1)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

        self.problem = QLabel(self)
        self.problem.setObjectName("import.problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.cancel = QPushButton(_("Cancel"), self)
        self.cancel.setObjectName("import.cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.back = QPushButton(_("Back"), self)
        self.back.setObjectName("import.back")
        self.back.setAutoDefault(False)
        self.back.clicked.connect(lambda: self.show_step(self._step - 1))
        self.next = QPushButton(self)
        self.next.setObjectName("import.next")
        self.next.clicked.connect(self._on_next)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.problem, 1)
        foot.addStretch(0)
        foot.addWidget(self.cancel)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(steps)
        layout.addWidget(self._stack, 1)
        layout.addLayout(foot)
        room, screen = parent.size(), parent.screen().availableGeometry()
        width, height = max(room.width() - 64, 720), max(room.height() - 48, 480)
        self.resize(min(width, 1500, screen.width()), min(height, 1000, screen.height()))

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_ANSWER_DELAY_MS)
        self._timer.timeout.connect(self._make_review)
        session.jobs.changed.connect(self._on_jobs_changed)
        self._show_buttons()
        self._read()

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

    def _read(self) -> None:
        """Read the next file in its guarded child process; review when all are read."""
        if len(self._workbooks) == len(self._paths):
            self._make_review()
            return
        number = len(self._workbooks)
        path, password = self._paths[number], self._password
        share = 1 / len(self._paths)

        def work(report: Report) -> Workbook:
            from mirocals_desktop.importing.reader.guard import read_workbook

            whole = part(report, number * share, (number + 1) * share)
            return read_workbook(path, password=password, report=whole)

        self._show_busy(_("Reading {name}").format(name=path.name))
        self._session.jobs.start(
            _("Reading {name}").format(name=path.name),
            work,
            done=self._on_read,
            failed=self._on_not_read,
            cancelled=self._leave,
            owner=self,
        )

    def _on_read(self, workbook: Workbook) -> None:
        self._workbooks.append(workbook)
        self._password = None
        self._read()

    def _on_not_read(self, error: BaseException) -> None:
        from mirocals_desktop.importing.reader.guard import PasswordNeeded

        if isinstance(error, PasswordNeeded):
            from mirocals_desktop.ui.dialogs.passphrase import PasswordDialog

            dialog = PasswordDialog(error, self)
            dialog.given.connect(self._on_password)
            dialog.rejected.connect(self._leave)
            dialog.open()
            return
        self._give_up(error)

    def _on_password(self, password: str) -> None:
        self._password = password
        self._read()

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
        workbooks, answers, tables = tuple(self._workbooks), dict(self._answers), self._tables()

        def work(report: Report) -> _Made:
            from mirocals_desktop.importing.commit import review_import
            from mirocals_desktop.importing.differences import list_cells, list_patients

            review = review_import(study, workbooks, answers=answers, tables=tables, report=report)
            kind: Difference = "changed" if review.counts.changed else "new"
            report(1.0, _("Review"))
            cells = list_cells(review, snapshot, kind)
            return _Made(review, list_patients(review, snapshot), kind, cells)

        if self._review is None:
            self._show_busy(_("Looking at the tables"))
        self._pending = True
        self._show_buttons()
        number = self._reviews = self._reviews + 1
        self._session.jobs.start(
            _("Looking at the tables"),
            work,
            done=self._on_reviewed,
            failed=self._give_up,
            cancelled=lambda: self._on_review_stopped(number),
            owner=self,
            key="import.review",
        )

    def _tables(self) -> Mapping[str, Sequence[Table]]:
        """The tables of the files in which a person has shown one, by the file's name."""
        review = self._review
        if review is None or not self._shown_tables:
            return {}
        shown = {**self._found, **self._shown_tables}
        by_file: dict[str, list[Table]] = {}
        for table in review.plan.tables:
            by_file.setdefault(table.file, []).append(shown.get(table.key, table.table))
        return by_file

    def _on_review_stopped(self, number: int) -> None:
        """The user stopped the look at the tables; one that a newer look replaced is none of the user's."""
        if number != self._reviews or self._timer.isActive():
            return
        if self._review is None:
            self._leave()
        else:
            self._pending = False
            self._show_buttons()

    def _on_reviewed(self, made: _Made) -> None:
        first = self._review is None
        review = self._review = made.review
        self._pending = self._timer.isActive()
        if first:
            self._found = {table.key: table.table for table in review.plan.tables}
        self.files.show_plan(review.plan)
        self.columns.show_plan(
            review.plan,
            review.questions,
            review.issues,
            blinded=self._blinded(),
            moved=frozenset(self._shown_tables),
        )
        self.review.show_counts(review.counts, blanks_count=self._answers.get(BLANKS) == "replace")
        self.review.show_issues(review.issues)
        self.review.show_left_out(review.left_out)
        self.review.show_accounts(review.accounts)
        self.review.show_patients(made.patients)
        self.review.values.take(made.kind)
        self.review.values.show_cells(made.cells, review.protocol, self._reasons)
        if first:
            self.show_step(COLUMNS if review.open_questions else REVIEW)
        else:
            self._show_buttons()
        self._work_out_consequences()

    def _list_cells(self, kind: Difference, patient: str) -> None:
        """List the cells of a kind, of a patient or of all."""
        review, snapshot = self._review, self._session.snapshot
        if review is None or snapshot is None:
            return

        def work(_report: Report) -> pd.DataFrame:
            from mirocals_desktop.importing.differences import list_cells

            return list_cells(review, snapshot, kind, patient=patient)

        self._session.jobs.start(
            _("Listing values"),
            work,
            done=lambda cells: self.review.values.show_cells(cells, review.protocol, self._reasons),
            owner=self,
            key="import.cells",
            quiet=True,
        )

    # What it would do to the endpoint

    def _work_out_consequences(self) -> None:
        """Say whose endpoint changes and what becomes of the result, when nothing is open any more."""
        review, study, snapshot = self._review, self._session.study, self._session.snapshot
        if review is None or study is None or snapshot is None or self._pending:
            return
        if review.open_questions or not review.changes_study:
            self.review.show_consequences(None)
            return

        def work(report: Report) -> Consequences:
            from mirocals_desktop.analysis.consequences import compare_endpoint
            from mirocals_desktop.importing.commit import preview

            after = preview(study, review, report=part(report, 0.0, 0.6))
            return compare_endpoint(snapshot, after, report=part(report, 0.6, 1.0))

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
            self._say(error)
        else:
            show_error(self, error)

    def _on_consequences_stopped(self) -> None:
        self._session.jobs.start("", lambda _report: None, key="import.consequences", quiet=True)
        self.review.line.show_stopped()

    # Steps and buttons

    def show_step(self, step: int) -> None:
        """Go to a step."""
        if self._review is None:
            return
        self._step = step
        self._stack.setCurrentIndex(step)
        self._show_buttons()
        (self.files.tree, self.columns.sheet, self.review.tabs)[step].setFocus()

    def _show_busy(self, text: str) -> None:
        self._step = BUSY
        self.working.setText(text)
        self.progress.setRange(0, 0)
        self._stack.setCurrentIndex(BUSY)
        self._show_buttons()

    def _show_buttons(self) -> None:
        review = self._review
        ready = review is not None and not self._committing
        for number in (FILES, COLUMNS, REVIEW):
            button = self._buttons.button(number)
            button.setEnabled(ready)
            button.setChecked(number == self._step)
        self.back.setEnabled(ready and self._step in (COLUMNS, REVIEW))
        waiting = len(review.open_questions) if review is not None else 0
        self.state.setText(
            ngettext("{count} question is open", "{count} questions are open", waiting).format(count=waiting)
            if waiting
            else _("Looking again …")
            if self._pending
            else ""
        )
        if self._step != REVIEW:
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

    def _press_next(self) -> None:
        self.next.click()

    def _on_next(self) -> None:
        if self._step == REVIEW:
            self._commit()
        else:
            self.show_step(self._step + 1)

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
        if self._review is not None and self._step != BUSY:
            self.show_step(COLUMNS)
            self.columns.panels.setCurrentWidget(self.columns.problems)
            self.columns.problems.step(by)

    def _on_bounds_asked(self, key: str, bounds: Bounds | None) -> None:
        """A person has shown where a table stands, or wants it as it was found."""
        if key not in self._found:
            return
        if bounds is None:
            self._shown_tables.pop(key, None)
        else:
            self._shown_tables[key] = table_in(self._found[key], bounds)
        self._look_again()

    def _on_blanks_ticked(self, ticked: bool) -> None:  # noqa: FBT001 (a slot)
        self.answer(BLANKS, "replace" if ticked else "keep")

    def _on_reason_given(self, keys: Sequence[Key], reason: str) -> None:
        self._reasons.update(dict.fromkeys(keys, reason))
        self.review.values.ask("changed", self.review.values.patient)

    def _on_export_asked(self) -> None:
        """Write the problems as a workbook, to be sent back to whoever made the file."""
        review = self._review
        if review is None:
            return
        name = Path(review.plan.sources[0].workbook.name).stem
        ask.file_to_save(
            self,
            self._export,
            title=_("Problems as a workbook"),
            kinds=[_("Excel workbooks (*.xlsx)")],
            proposal=Path(self._session.settings.folder) / f"{name} - {_('problems')}.xlsx",
        )

    def _export(self, path: Path) -> None:
        review, blinded = self._review, self._blinded()
        if review is None:
            return

        def work(report: Report) -> Path:
            from mirocals_desktop.export.issues_workbook import write_issues

            return write_issues(review, path, blinded=blinded, report=report)

        self._session.jobs.start(
            _("Writing {name}").format(name=path.name),
            work,
            done=lambda written: self._tell(_("{name} was written.").format(name=written.name)),
            failed=self._on_not_exported,
            owner=self,
        )

    def _on_not_exported(self, error: BaseException) -> None:
        if isinstance(error, AppError):
            self._say(error)
        else:
            show_error(self, error)

    def _on_jobs_changed(self) -> None:
        job = self._session.jobs.current
        if self._step == BUSY and job is not None:
            self.working.setText(job.message or job.title)
            self.progress.setRange(0, 1000 if job.fraction > 0 else 0)
            self.progress.setValue(round(job.fraction * 1000))

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
        reason, reasons = "", dict(self._reasons)
        if review.counts.changed and review.counts.changed > self._with_own_reason(review):
            try:
                reason = self.review.reason.reason()
            except AppError as error:
                self._say(error)
                self.review.reason.setFocus()
                return

        def work(study: Study, report: Report) -> int:
            from mirocals_desktop.importing.commit import commit

            return commit(study, review, reason=reason, reasons=reasons, report=report)

        self._committing = True
        self.problem.hide()
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
            self._say(error)
        else:
            show_error(self, error)

    def _again(self) -> None:
        self._committing = False
        self.show_step(REVIEW)

    def _say(self, error: AppError) -> None:
        self._tell(str(error))
        self.problem.setStyleSheet(f"color: {theme.error_colour()};")

    def _tell(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setStyleSheet("")
        self.problem.show()

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
