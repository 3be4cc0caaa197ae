"""What all pages share: the open study's snapshot, what is selected in it, and the filter.

Signals say facts; pages do not know each other. Everything done with the study runs as a job, so that the
window never waits for a file; after a change the snapshot is made anew and `study_changed` says so.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, part
from mirocals_desktop.settings import Settings, with_recent, write_settings
from mirocals_desktop.ui.formats import Formats, set_formats
from mirocals_desktop.ui.jobs import Jobs

if TYPE_CHECKING:  # numpy and pandas come with these: not before the first paint
    from mirocals_desktop.study.ledger import Verification
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.facts import Facts

T = TypeVar("T")


@dataclass(frozen=True)
class Selection:
    """What the user points at; "" and 0 where the selection does not go that far.

    `observation` is the id of one stored value, from which all the rest follows.
    """

    patient: str = ""
    variable: str = ""
    visit: str = ""
    record: int = 0
    observation: int = 0


@dataclass(frozen=True)
class Filters:
    """Which patients the pages show. An empty set lets everyone through.

    `sites` and `arms` hold codes of the protocol, `statuses` codes of a patient's status, `classes` indices
    into the protocol's first classes, `text` is looked for in patients' ids. `listed` are the patients behind
    a number that the user followed, `list_name` says which number it was; without a name it is not on.
    """

    sites: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    arms: frozenset[str] = frozenset()
    classes: frozenset[int] = frozenset()
    text: str = ""
    listed: frozenset[str] = frozenset()
    list_name: str = ""

    def __bool__(self) -> bool:
        return self != Filters()


class Session(QObject):
    """The open study and what the user looks at in it.

    `study_changed`: another study, another snapshot of it, or none. `selection_changed`, `filters_changed`:
    read the new value from the property. `settings_changed`: person, language, theme or recent files.
    `verified`: the study's file was checked, and `problem` says what is wrong with it.
    """

    study_changed = Signal()
    verified = Signal()
    selection_changed = Signal()
    filters_changed = Signal()
    settings_changed = Signal()

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        settings_path: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.jobs = Jobs(self)
        self._settings = settings or Settings()
        set_formats(Formats(self._settings.number_format, self._settings.date_format))
        self._settings_path = settings_path
        self._study: Study | None = None
        self._snapshot: Snapshot | None = None
        self._facts: Facts | None = None
        self._selection = Selection()
        self._filters = Filters()
        self._as_of: int | None = None
        self._problem = ""
        self._shown: tuple[object, Filters, list[str]] | None = None

    # What everybody reads

    @property
    def study(self) -> Study | None:
        """The open study. Call it only from a job (`change`, `look_up`): its file belongs to the worker."""
        return self._study

    @property
    def snapshot(self) -> Snapshot | None:
        """The study as the pages show it; None when none is open."""
        return self._snapshot

    @property
    def facts(self) -> Facts | None:
        """Status and class of every patient of the snapshot."""
        return self._facts

    @property
    def selection(self) -> Selection:
        """What the user points at."""
        return self._selection

    @property
    def filters(self) -> Filters:
        """Which patients the pages show."""
        return self._filters

    @property
    def as_of(self) -> int | None:
        """The earlier audit entry that the pages show the study at; None for now."""
        return self._as_of

    @property
    def problem(self) -> str:
        """What verifying found wrong with the study's file, as a sentence; "" while nothing is known."""
        return self._problem

    @property
    def settings(self) -> Settings:
        """The user's settings."""
        return self._settings

    @property
    def person(self) -> str:
        """Who signs audit entries: the name in the settings, else the one the system knows."""
        if self._settings.person:
            return self._settings.person
        import getpass

        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):  # a system without user names
            return ""

    def patients_shown(self) -> list[str]:
        """The ids of the patients that the filter lets through, in the snapshot's order."""
        snapshot, facts = self._snapshot, self._facts
        if snapshot is None or facts is None:
            return []
        if self._shown is None or self._shown[0] is not snapshot or self._shown[1] != self._filters:
            from mirocals_desktop.ui.facts import filter_patients

            self._shown = (snapshot, self._filters, filter_patients(snapshot, facts, self._filters))
        return self._shown[2]

    # What the user points at

    def select(
        self, *, patient: str = "", variable: str = "", visit: str = "", record: int = 0, observation: int = 0
    ) -> None:
        """Point at a patient, a variable of it, or one stored value: every page and the inspector follow."""
        selection = Selection(patient, variable, visit, int(record), int(observation))  # numpy's may come too
        if selection != self._selection:
            self._selection = selection
            self.selection_changed.emit()

    def select_observation(self, observation: int) -> None:
        """Point at one stored value by its id; nothing happens where the snapshot does not have it."""
        if self._snapshot is None:
            return
        told = self._snapshot.observations
        found = (told["id"].to_numpy() == observation).nonzero()[0]
        if len(found):
            row = told.iloc[int(found[0])]
            self.select(
                patient=str(row["patient"]),
                variable=str(row["variable"]),
                visit=str(row["visit"]),
                record=row["record"],
                observation=observation,
            )

    def set_filters(self, filters: Filters) -> None:
        """Show only the patients that `filters` lets through, on every page."""
        if filters != self._filters:
            self._filters = filters
            self.filters_changed.emit()

    def folder_for(self, purpose: str, *, otherwise: Path | None = None) -> Path:
        """Where files for a purpose ("study", "import", "export" ...) were last, if that is still there.

        Else the user's default folder, else `otherwise`, else the user's home.
        """
        for name in (self._settings.folders.get(purpose, ""), self._settings.folder):
            if name and Path(name).is_dir():
                return Path(name)
        return otherwise or Path.home()

    def remember_folder(self, purpose: str, file: Path) -> None:
        """Begin in the folder of `file` the next time a file is asked for this purpose."""
        self.update_settings(folders={**self._settings.folders, purpose: str(file.parent)})

    def update_settings(self, **changes: Any) -> None:
        """Change settings by name and write them."""
        settings = dataclasses.replace(self._settings, **changes)
        if settings == self._settings:
            return
        self._settings = settings
        set_formats(Formats(settings.number_format, settings.date_format))
        if self._settings_path is not None:
            with contextlib.suppress(OSError):  # habits that cannot be kept are no reason to stop work
                write_settings(settings, self._settings_path)
        self.settings_changed.emit()

    # What happens to the study

    def open(
        self,
        path: Path,
        *,
        passphrase: str | None = None,
        done: Callable[[], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Open a study file in place of the one that is open; it is there when `study_changed` comes.

        `failed` gets `PassphraseNeeded` when the file is encrypted and `passphrase` does not open it.
        """
        title = _("Opening {name}").format(name=path.name)
        person, role = self.person, self._settings.role

        def work(report: Report) -> tuple[Study, Snapshot]:
            from mirocals_desktop.study.study import Study

            report(0.0, title)
            study = Study.open(path, person=person, role=role, passphrase=passphrase)
            return _with_snapshot(study, report)

        self.take(title, work, done=done, failed=failed)

    def take(
        self,
        title: str,
        make: Callable[[Report], tuple[Study, Snapshot]],
        *,
        done: Callable[[], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Make or open a study as a job and take it in place of the one that is open."""

        def work(report: Report) -> tuple[Study, Snapshot, Facts]:
            study, snapshot = make(report)
            try:
                return study, snapshot, _facts(snapshot)
            except BaseException:
                study.close()
                raise

        def made(result: tuple[Study, Snapshot, Facts]) -> None:
            study, snapshot, facts = result
            self._leave()
            self._study = study
            self._show(snapshot, facts)
            if snapshot.path is not None:
                settings = with_recent(self._settings, snapshot.path)
                self.update_settings(recent=settings.recent)
                self.remember_folder("study", snapshot.path)
            if done is not None:
                done()

        def unwanted(result: tuple[Study, Snapshot, Facts]) -> None:
            study = result[0]
            self.jobs.start(_("Closing the study"), lambda _report: study.close(), quiet=True)

        self.jobs.start(title, work, done=made, failed=failed, dropped=unwanted)

    def close(self) -> None:
        """Close the study; every page is empty afterwards."""
        self._leave()
        self.study_changed.emit()
        self.selection_changed.emit()

    def shut_down(self) -> None:
        """Stop all work, close the study's file and end the worker. The session is of no use afterwards."""
        for timer in self.findChildren(QTimer):  # what is done in idle time has nothing left to do it for
            timer.stop()
        study, self._study, self._snapshot = self._study, None, None
        self.jobs.close(last=study.close if study is not None else None)

    def change(
        self,
        title: str,
        act: Callable[[Study, Report], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> None:
        """Do something to the study as a job; show the new snapshot; then `done(result)`.

        A study that is shown as of an earlier entry goes on being shown so.
        """
        study, as_of = self._study, self._as_of
        if study is None:
            return

        def work(report: Report) -> tuple[T, Snapshot, Facts]:
            result = act(study, part(report, 0.0, 0.8))
            snapshot = study.snapshot(as_of=as_of, report=part(report, 0.8, 1.0))
            return result, snapshot, _facts(snapshot)

        def acted(outcome: tuple[T, Snapshot, Facts]) -> None:
            result, snapshot, facts = outcome
            if self._study is study:
                self._show(snapshot, facts)
            if done is not None:
                done(result)

        def stopped() -> None:
            self.refresh()  # the act may have been done before the user stopped it
            if cancelled is not None:
                cancelled()

        self.jobs.start(title, work, done=acted, failed=failed, cancelled=stopped)

    def verify(
        self,
        *,
        done: Callable[[Verification], None],
        failed: Callable[[BaseException], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        owner: QObject | None = None,
        in_idle_time: bool = False,
    ) -> None:
        """Check every hash of the study's file as a job; `verified` comes before `done(outcome)`.

        `in_idle_time` it is not shown, and any other work stops it.
        """
        study = self._study
        if study is None:
            return

        def checked(outcome: Verification) -> None:
            if self._study is study:
                self._problem = outcome.problem
                self.verified.emit()
                done(outcome)

        self.jobs.start(
            _("Verifying the study file"),
            study.verify,
            done=checked,
            failed=failed,
            cancelled=cancelled,
            owner=owner,
            quiet=in_idle_time,
            gives_way=in_idle_time,
        )

    def look_up(
        self,
        title: str,
        question: Callable[[Study], T],
        *,
        done: Callable[[T], None],
        owner: QObject | None = None,
        key: str = "",
    ) -> None:
        """Ask the study something that changes nothing, quietly, and call `done` with the answer."""
        study = self._study
        if study is not None:
            self.jobs.start(
                title, lambda _report: question(study), done=done, owner=owner, key=key, quiet=True
            )

    def refresh(self) -> None:
        """Make the snapshot anew."""
        self.show_as_of(self._as_of)

    def show_as_of(self, entry: int | None) -> None:
        """Show every page as of an earlier audit entry, or as of now."""
        study = self._study
        if study is None:
            return

        def work(report: Report) -> tuple[Snapshot, Facts]:
            snapshot = study.snapshot(as_of=entry, report=report)
            return snapshot, _facts(snapshot)

        def shown(outcome: tuple[Snapshot, Facts]) -> None:
            if self._study is study:
                self._as_of = entry
                self._show(*outcome)

        self.jobs.start(
            _("Reading the study"),
            work,
            done=shown,
            key="session.snapshot",
        )

    def _show(self, snapshot: Snapshot, facts: Facts) -> None:
        other = self._snapshot is None or self._snapshot.study_id != snapshot.study_id
        self._snapshot, self._facts = snapshot, facts
        if other:
            self._selection, self._filters, self._as_of = Selection(), Filters(), None
        self.study_changed.emit()
        if other:
            self.selection_changed.emit()
            self.filters_changed.emit()

    def _leave(self) -> None:
        """Forget the open study and close its file on the worker, after whatever still runs."""
        study, self._study, self._snapshot, self._facts = self._study, None, None, None
        self._problem = ""
        self._selection, self._filters, self._as_of, self._shown = Selection(), Filters(), None, None
        if study is not None:
            self.jobs.start(_("Closing the study"), lambda _report: study.close(), quiet=True)


def _with_snapshot(study: Study, report: Report) -> tuple[Study, Snapshot]:
    """The study with its snapshot; closed again when there is none to be had."""
    try:
        return study, study.snapshot(report=report)
    except BaseException:
        study.close()
        raise


def _facts(snapshot: Snapshot) -> Facts:
    from mirocals_desktop.ui.facts import derive_facts

    return derive_facts(snapshot)
