"""Withdrawing an entry: what it brought is no longer counted; the entry stays, and so does the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.study.ledger import IMPORTED
from mirocals_desktop.ui.dialogs.form import FormDialog, ReasonField
from mirocals_desktop.ui.entry_words import entry_text
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import number_text, time_text


class WithdrawDialog(FormDialog):
    """Asks why, and withdraws. `entry` is what is withdrawn.

    `undo` or `redo` is the act that is taken back or comes back by it, a row of `Snapshot.entries`; without
    either the entry was chosen from the history.
    """

    def __init__(
        self,
        session: Session,
        entry: int,
        parent: QWidget,
        *,
        undo: Mapping[str, Any] | None = None,
        redo: Mapping[str, Any] | None = None,
    ) -> None:
        title, verb = _("Withdraw an entry"), _("Withdraw")
        if undo is not None:
            title, verb = _("Undo"), _("Undo this act")
        elif redo is not None:
            title, verb = _("Redo"), _("Redo this act")
        super().__init__("withdraw", title, verb, parent)
        self._session = session
        self._entry = entry
        snapshot = session.snapshot
        assert snapshot is not None  # the action is off without a study
        entries = snapshot.entries
        row = redo if redo is not None else undo
        if row is None:
            row = {str(name): value for name, value in entries[entries["number"] == entry].iloc[0].items()}
        count = int(row["observations"])
        if redo is not None:
            what = _("What this entry brought counts again, and what it replaced no longer does.")
        elif count:
            what = ngettext(
                "{count} value is withdrawn, and what it replaced counts again. Nothing is deleted.",
                "{count} values are withdrawn, and what they replaced counts again. Nothing is deleted.",
                count,
            ).format(count=number_text(count, 0))
        else:
            what = _("What this entry said no longer counts. Nothing is deleted.")
        lines = [
            _("Entry {entry}").format(entry=entry_text(snapshot, row)),
            f"{row['person']} · {time_text(str(row['at_utc']))}",
            what,
        ]
        self.add_text("\n".join(lines), "text")
        reasons = [_("Made in error")]
        if row["kind"] == IMPORTED:
            reasons = [_("Wrong file"), _("Columns were understood wrongly"), _("Imported twice"), *reasons]
        self.reason = ReasonField([_("Undone in error")] if redo is not None else reasons, self)
        self.add_field(_("Reason"), self.reason, "reason")

    def submit(self) -> None:
        """Withdraw, or say why it cannot be."""
        reason = self.reason.reason()
        entry = self._entry
        self.wait()
        self._session.change(
            _("Withdrawing entry {number}").format(number=entry),
            lambda study, _report: study.withdraw(entry, reason),
            done=lambda _nothing: self.done_well(),
            failed=self.fail,
            cancelled=self.stopped,
        )
