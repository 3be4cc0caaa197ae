"""Writing the problems of an import as a workbook, to be sent back to whoever made the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.errors import show_error

if TYPE_CHECKING:
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.ui.dialogs.import_frame import ImportFrame
    from mirocals_desktop.ui.session import Session


def send_back(session: Session, review: Review, frame: ImportFrame, *, blinded: bool) -> None:
    """Ask where to write the problems of a review, and write them; `frame` says what came of it."""

    def say(error: BaseException) -> None:
        if isinstance(error, AppError):
            frame.say(error)
        else:
            show_error(frame.window(), error)

    def export(path: Path) -> None:
        def work(report: Report) -> Path:
            from mirocals_desktop.export.issues_workbook import write_issues

            return write_issues(review, path, blinded=blinded, report=report)

        session.jobs.start(
            _("Writing {name}").format(name=path.name),
            work,
            done=lambda written: frame.tell(_("{name} was written.").format(name=written.name)),
            failed=say,
            owner=frame,
        )

    name = Path(review.plan.sources[0].workbook.name).stem
    ask.file_to_save(
        frame.window(),
        export,
        title=_("Problems as a workbook"),
        kinds=[_("Excel workbooks (*.xlsx)")],
        proposal=session.folder_for("import") / f"{name} - {_('problems')}.xlsx",
    )
