"""The commands that act on what is selected by asking or ticking off, and those that send queries out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from mirocals_desktop.i18n import _
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.query_words import mark_name
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.study.queries import MarkCode
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.window import Window


def make_query_dialog(session: Session, window: Window) -> QDialog:
    """The dialog that raises a query on the selection."""
    from mirocals_desktop.ui.dialogs.query import RaiseQueryDialog

    question, finding = window.page.question() if window.page is not None else ("", "")
    dialog = RaiseQueryDialog(session, session.selection, window, question=question, finding=finding)
    dialog.said.connect(window.say)
    return dialog


def mark_selection(session: Session, window: Window, mark: MarkCode) -> None:
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
    said = _("{patient}, {what}: {mark}.").format(patient=about.patient, what=what, mark=mark_name(mark))

    def work(study: Study, _report: object) -> int:
        return study.review(ledger.MARKED, [step])

    session.change(_("Marking"), work, done=lambda _entry: window.say(said))
