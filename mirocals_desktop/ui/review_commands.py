"""The commands that act on what is selected by asking or ticking off, and those that send queries out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.study import ledger
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.query_words import mark_name
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.importing.query_answers import Answers
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.queries import MarkCode, Query
    from mirocals_desktop.study.study import Study


def make_query_dialog(
    session: Session, parent: QWidget, question: tuple[str, str], said: Callable[[str], None]
) -> QDialog:
    """The dialog that raises a query on the selection; it begins with a question and the code of a check."""
    from mirocals_desktop.ui.dialogs.query import RaiseQueryDialog

    dialog = RaiseQueryDialog(session, session.selection, parent, question=question[0], finding=question[1])
    dialog.said.connect(said)
    return dialog


def mark_selection(session: Session, mark: MarkCode, said: Callable[[str], None]) -> None:
    """Put a mark on the selected value, else on the visit, else on the patient."""
    about = session.selection
    step = {
        "patient": about.patient,
        "visit": about.visit,
        "variable": about.variable if about.observation else "",
        "observation": about.observation,
        "mark": mark,
    }
    what = _("the value") if about.observation else _("the visit") if about.visit else _("the patient")
    sentence = _("{patient}, {what}: {mark}.").format(patient=about.patient, what=what, mark=mark_name(mark))

    def work(study: Study, _report: object) -> int:
        return study.review(ledger.MARKED, [step])

    session.change(_("Marking"), work, done=lambda _entry: said(sentence))


def export_queries(
    session: Session, parent: QWidget, queries: Sequence[Query], said: Callable[[str], None]
) -> None:
    """Ask where, and write queries to a workbook with room for their answers."""
    snapshot = session.snapshot
    if snapshot is None:
        return

    def write(path: Path) -> None:
        def work(study: Study, report: Report) -> None:
            from mirocals_desktop.export.queries import write_queries

            write_queries(snapshot, queries, path, report=report)
            study.record(ledger.EXPORTED, details={"file": path.name})

        sentence = ngettext(
            "{count} query was written to {name}.", "{count} queries were written to {name}.", len(queries)
        ).format(count=len(queries), name=path.name)
        session.change(
            _("Exporting to {name}").format(name=path.name),
            work,
            done=lambda _nothing: said(sentence),
            failed=lambda error: show_error(parent, error),
        )

    ask.file_to_save(
        parent,
        write,
        title=_("Export queries"),
        kinds=[_("Excel workbooks (*.xlsx)")],
        proposal=Path(session.settings.folder or Path.home()) / f"{_('Queries')}.xlsx",
    )


def take_answers(session: Session, parent: QWidget, said: Callable[[str], None]) -> None:
    """Ask for a workbook that came back, read it, and show its answers before any is taken in."""

    def read(path: Path) -> None:
        snapshot = session.snapshot
        if snapshot is None:
            return

        session.remember_folder("import", path)

        def work(report: Report) -> Answers:
            from mirocals_desktop.importing.query_answers import read_answers

            return read_answers(path, snapshot.reviews, study_id=snapshot.study_id, report=report)

        session.jobs.start(
            _("Reading {name}").format(name=path.name),
            work,
            done=lambda answers: show_answers(session, answers, parent, said),
            failed=lambda error: show_error(parent, error),
            owner=parent,
        )

    ask.files_to_open(
        parent,
        lambda paths: read(paths[0]),
        title=_("Take in answers"),
        kinds=[_("Spreadsheets (*.xlsx *.xlsm *.xls *.ods)"), _("All files (*)")],
        folder=str(session.folder_for("import")),
    )


def show_answers(session: Session, answers: Answers, parent: QWidget, said: Callable[[str], None]) -> None:
    """Show the answers of a workbook, to be taken in or not."""
    from mirocals_desktop.ui.dialogs.query_answers import QueryAnswersDialog

    dialog = QueryAnswersDialog(session, answers, parent)
    dialog.said.connect(said)
    dialog.open()
