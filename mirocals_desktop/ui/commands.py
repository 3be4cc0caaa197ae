"""What each action of the table does, one method per row."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDateTime, QStandardPaths, QTimer
from PySide6.QtWidgets import QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, part
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.actions import ACTIONS, setting_choices
from mirocals_desktop.ui.dropped import SPREADSHEETS, open_folders, spreadsheet_kinds
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.frame_commands import FrameCommands

if TYPE_CHECKING:
    from mirocals_desktop.importing.query_answers import Answers
    from mirocals_desktop.study.ledger import Verification
    from mirocals_desktop.study.queries import MarkCode
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study

STUDY_SUFFIX: Final = ".mirocals"
_WAIT_MS: Final = 200  # between looks whether a study has been opened


class Commands(FrameCommands):
    """The commands of one window, one method for each action; `run(code)` calls them."""

    # Studies

    def new_study(self) -> None:
        """Ask what the new study is, and make it."""
        from mirocals_desktop.ui.dialogs.new_study import NewStudyDialog

        self._show(NewStudyDialog(self._session, self._window))

    def open_study(self) -> None:
        """Ask for a study file and open it."""
        ask.files_to_open(
            self._window,
            lambda paths: self.open_path(paths[0]),
            title=_("Open a study"),
            kinds=[_("Studies (*.mirocals)"), _("All files (*)")],
            folder=str(self._session.folder_for("study")),
        )

    def open_path(self, path: Path) -> None:
        """Open a study file; one that is encrypted asks for its passphrase."""
        snapshot = self._session.snapshot
        if snapshot is not None and snapshot.path is not None and snapshot.path == path:
            return
        self._session.open(path, failed=lambda error: self._on_not_opened(path, error))

    def _on_not_opened(self, path: Path, error: BaseException) -> None:
        from mirocals_desktop.study.study import PassphraseNeeded

        if isinstance(error, PassphraseNeeded):
            from mirocals_desktop.ui.dialogs.passphrase import PassphraseDialog

            self._show(PassphraseDialog(self._session, path, self._window))
        else:
            show_error(self._window, error)

    def show_tour(self) -> None:
        """Show the sample study in five steps; it is opened when another study is, or none."""
        snapshot = self._session.snapshot
        if snapshot is not None and snapshot.path == _sample_path():
            self._window.tour.show_step(0)
        else:
            self._session.update_settings(toured=False)
            self.open_sample()

    def _begin_tour(self) -> None:
        if not self._session.settings.toured:
            self._window.tour.show_step(0)

    def open_sample(self) -> None:
        """Open the sample study; it is made from its spreadsheets the first time, and the tour offered."""
        path = _sample_path()
        folder = path.parent
        if path.exists():
            self._session.open(
                path, done=self._begin_tour, failed=lambda error: self._on_not_opened(path, error)
            )
            return

        person, role = self._session.person, self._session.settings.role

        def make(report: Report) -> tuple[Study, Snapshot]:
            from mirocals_desktop.sample import make_sample
            from mirocals_desktop.study.study import Study

            folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".new")  # a sample that was interrupted is never opened
            unfinished.unlink(missing_ok=True)
            make_sample(unfinished, report=part(report, 0.0, 0.95)).close()
            unfinished.replace(path)
            study = Study.open(path, person=person, role=role)
            return study, study.snapshot(report=part(report, 0.95, 1.0))

        self._session.take(_("Making the sample study"), make, done=self._begin_tour)

    def close_study(self) -> None:
        """Close the study and go back to the start."""
        self._session.close()

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    # Files in and out

    def import_files(self) -> None:
        """Ask for spreadsheets and review what they would do."""
        ask.files_to_open(
            self._window,
            self.take_files,
            title=_("Import spreadsheets"),
            kinds=spreadsheet_kinds(),
            folder=str(self._session.folder_for("import")),
            many=True,
        )

    def choose_files(self) -> None:
        """Ask for a study or spreadsheets, as one would drop them on the window."""
        every = (f"*{STUDY_SUFFIX}", *(f"*{suffix}" for suffix in SPREADSHEETS))
        ask.files_to_open(
            self._window,
            self.take_files,
            title=_("Open a study or spreadsheets"),
            kinds=[_("Studies and spreadsheets ({kinds})").format(kinds=" ".join(every)), _("All files (*)")],
            folder=str(self._session.folder_for("import")),
            many=True,
        )

    def take_files(self, paths: list[Path]) -> None:
        """Open a dropped study, or import dropped spreadsheets, or those in a folder, into the open one."""
        try:
            paths = open_folders(paths)
        except AppError as error:
            show_error(self._window, error)
            return
        studies = [path for path in paths if path.suffix.lower() == STUDY_SUFFIX]
        if studies and len(paths) > 1:
            mixed = AppError(
                _("A study is opened alone, and here are {count} files.").format(count=len(paths)),
                hint=_("Drop the study first, then the spreadsheets on it."),
            )
            show_error(self._window, mixed)
            return
        if studies:
            self.open_path(studies[0])
            return
        if self._session.snapshot is None and self._session.jobs.current is not None:
            # a study is on its way, and the spreadsheets are meant for it; quiet jobs only get things ready
            QTimer.singleShot(_WAIT_MS, self._window, lambda: self.take_files(paths))
            return
        if self._session.snapshot is None:
            from mirocals_desktop.ui.dialogs.new_study import NewStudyDialog

            dialog = NewStudyDialog(self._session, self._window)
            dialog.made.connect(lambda: self.take_files(paths))
            self._show(dialog)
            return
        if self._session.as_of is not None:
            past = AppError(
                _("The study is shown as of an earlier entry, and nothing can be imported into the past."),
                hint=_("Choose Study > Show the study as of now, then import."),
            )
            show_error(self._window, past)
            return
        from mirocals_desktop.ui.dialogs.import_dialog import ImportDialog

        self._session.remember_folder("import", paths[0])
        box = ImportDialog(self._session, paths, self._window)
        box.answers_found.connect(self._show_answers)
        box.told.connect(self._window.say)
        self._show(box)

    def _show_answers(self, answers: Answers) -> None:
        from mirocals_desktop.ui.review_commands import show_answers

        show_answers(self._session, answers, self._window, self._window.say)

    def export_workbook(self) -> None:
        """Ask where, and write the snapshot to an Excel workbook."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        folder = self._session.folder_for("export")
        name = (snapshot.path.stem if snapshot.path is not None else snapshot.title) + ".xlsx"
        ask.file_to_save(
            self._window,
            lambda path: self._export(snapshot, path),
            title=_("Export to Excel"),
            kinds=[_("Excel workbooks (*.xlsx)")],
            proposal=folder / name,
        )

    def _export(self, snapshot: Snapshot, path: Path) -> None:
        self._session.remember_folder("export", path)

        def work(study: Study, report: Report) -> None:
            from mirocals_desktop.export.workbook import write_workbook
            from mirocals_desktop.study.ledger import EXPORTED

            write_workbook(snapshot, path, report=report)
            study.record(EXPORTED, details={"file": path.name})

        self._session.change(
            _("Exporting to {name}").format(name=path.name),
            work,
            done=lambda _nothing: self._window.say(_("{name} was written.").format(name=path.name)),
        )

    def print_shown(self) -> None:
        """Print the table or plot that one means."""
        from mirocals_desktop.ui.taking_out import print_shown

        print_shown(self._shown())

    def copy_picture(self) -> None:
        """Copy the table or plot that one means as a picture."""
        from mirocals_desktop.ui.taking_out import copy_picture

        copy_picture(self._shown())
        self._window.say(_("The picture is on the clipboard."))

    def _shown(self) -> QWidget:
        from mirocals_desktop.ui.taking_out import shown_in

        widget = shown_in(self._window)
        if widget is None:
            raise AppError(_("There is no table or plot here."), hint=_("Go to a page that has one."))
        return widget

    # Changes

    def undo_last(self) -> None:
        """Ask for the reason and take back the last act that counts."""
        from mirocals_desktop.ui.dialogs.withdraw import WithdrawDialog

        facts = self._session.facts
        step = facts.undo if facts is not None else None
        if step is None:
            raise AppError(_("There is nothing left that could be undone."))
        self._show(WithdrawDialog(self._session, step.entry, self._window, undo=step.act))

    def redo_last(self) -> None:
        """Ask for the reason and bring back what was undone last."""
        from mirocals_desktop.ui.dialogs.withdraw import WithdrawDialog

        facts = self._session.facts
        step = facts.redo if facts is not None else None
        if step is None:
            raise AppError(_("There is nothing that could be done again."))
        self._show(WithdrawDialog(self._session, step.entry, self._window, redo=step.act))

    def withdraw(self, entry: int) -> None:
        """Ask for the reason and withdraw what an entry brought."""
        from mirocals_desktop.ui.dialogs.withdraw import WithdrawDialog

        self._show(WithdrawDialog(self._session, entry, self._window))

    def correct_value(self) -> None:
        """Ask for the right value of the selected observation, and the reason."""
        from mirocals_desktop.ui.dialogs.correct import CorrectDialog

        self._show(CorrectDialog(self._session, self._session.selection.observation, self._window))

    def raise_query(self) -> None:
        """Ask a question about what is selected."""
        from mirocals_desktop.ui.review_commands import make_query_dialog

        page = self._window.page
        question = page.question() if page is not None else ("", "")
        self._show(make_query_dialog(self._session, self._window, question, self._window.say))

    def mark_seen(self) -> None:
        """Say that what is selected was seen."""
        self._mark("seen")

    def mark_confirmed(self) -> None:
        """Say that what is selected was compared with its source."""
        self._mark("confirmed")

    def mark_to_check(self) -> None:
        """Put what is selected aside to be checked."""
        self._mark("to_check")

    def clear_mark(self) -> None:
        """Take the mark off what is selected."""
        self._mark("")

    def _mark(self, mark: MarkCode) -> None:
        from mirocals_desktop.ui.review_commands import mark_selection

        mark_selection(self._session, mark, self._window.say)

    def unblind(self) -> None:
        """Ask for key file, passphrase and reason, and open the seals for this session."""
        from mirocals_desktop.ui.dialogs.unblind import UnblindDialog

        self._show(UnblindDialog(self._session, self._window))

    def record_contact(self) -> None:
        """Ask what a call about the selected patient told, and record it."""
        from mirocals_desktop.ui.dialogs.contact import ContactDialog

        self._show(ContactDialog(self._session, self._session.selection.patient, "alive", self._window))

    def set_person(self) -> None:
        """Ask for the name and role that sign entries."""
        from mirocals_desktop.ui.dialogs.person import PersonDialog

        self._show(PersonDialog(self._session, self._window))

    def back_up(self) -> None:
        """Write a verified copy of the study to the backup folder of the settings, else to where one says."""
        snapshot = self._session.snapshot
        if snapshot is None or snapshot.path is None:
            return
        at = QDateTime.currentDateTime().toString("yyyy-MM-dd HH-mm-ss")
        name = f"{snapshot.path.stem} {at}{STUDY_SUFFIX}"
        folder = self._session.settings.backup_folder
        if folder and Path(folder).is_dir():
            self._back_up(Path(folder) / name)
            return
        ask.file_to_save(
            self._window,
            self._back_up,
            title=_("Back up the study"),
            kinds=[_("Studies (*.mirocals)")],
            proposal=self._session.folder_for("backup") / name,
        )

    def _back_up(self, path: Path) -> None:
        self._session.remember_folder("backup", path)

        def written(entry: int) -> None:
            self._window.say(_("{name} was written and verified.").format(name=path.name))
            if not entry:  # the study's own file is lost: go on in the copy
                self.open_path(path)

        self._session.change(
            _("Backing up to {name}").format(name=path.name),
            lambda study, report: study.backup(path, report=report),
            done=written,
        )

    def verify(self) -> None:
        """Check every hash of the study file and say what came of it."""
        self._session.verify(done=self._on_verified)

    def _on_verified(self, outcome: Verification) -> None:
        if outcome.whole:
            self._window.say(outcome.sentence)
        else:
            self.tell_problem()

    def tell_problem(self) -> None:
        """Say what verifying found wrong with the study's file, and what to do."""
        study = self._session.study
        if study is not None and self._session.problem:
            sentence = _("{file} is not whole: {problem}").format(
                file=study.path.name, problem=self._session.problem
            )
            hint = _("Stop working in this file and go back to the last good backup.")
            show_error(self._window, AppError(sentence, hint=hint))

    # Looking around

    def find(self) -> None:
        """Open the palette over pages, commands and patients."""
        from mirocals_desktop.ui.palette import Entry, Palette

        entries = [
            Entry(_(place.title), _("Page"), place.icon, partial(self.run, f"page:{place.code}"))
            for place in self._window.navigation_places()
            if self._session.snapshot is not None
        ]
        entries += [
            Entry(
                self._window.actions_of[row.code].text().replace("&", "").rstrip("…"),
                row.shortcut or _("Command"),
                row.icon or "next",
                partial(self.run, row.code),
            )
            for row in ACTIONS
            if row.when(self._session) and row.code != "find"
        ]
        entries += [
            Entry(text, _("Setting"), "settings", partial(self.run, code)) for code, text in setting_choices()
        ]
        if self._session.snapshot is not None:
            entries += [
                Entry(str(patient), _("Patient"), "patient", partial(self.show_patient, str(patient)))
                for patient in self._session.snapshot.patients.index
            ]
        palette = Palette(entries, self._window)
        palette.show_over(self._window)


def _sample_path() -> Path:
    """Where the program keeps the sample study."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(folder) / f"sample{STUDY_SUFFIX}"
