"""Withdrawing an entry: what it brought is no longer counted; the entry stays, and so does the reason."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui.dialogs.form import FormDialog, ReasonField
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import entry_text, time_text


class WithdrawDialog(FormDialog):
    """Asks why, and withdraws."""

    def __init__(self, session: Session, entry: int, parent: QWidget) -> None:
        super().__init__("withdraw", _("Withdraw an entry"), _("Withdraw"), parent)
        self._session = session
        self._entry = entry
        snapshot = session.snapshot
        assert snapshot is not None  # the action is off without a study
        entries = snapshot.entries
        row = {str(name): value for name, value in entries[entries["number"] == entry].iloc[0].items()}
        count = int(row["observations"])
        lines = [
            _("Entry {entry}").format(entry=entry_text(row)),
            f"{row['person']} · {time_text(str(row['at_utc']))}",
            ngettext(
                "{count} value is withdrawn, and what it replaced counts again. Nothing is deleted.",
                "{count} values are withdrawn, and what they replaced counts again. Nothing is deleted.",
                count,
            ).format(count=count)
            if count
            else _("What this entry said no longer counts. Nothing is deleted."),
        ]
        self.add_text("\n".join(lines), "text")
        self.reason = ReasonField(
            [_("Wrong file"), _("Columns were understood wrongly"), _("Imported twice"), _("Made in error")],
            self,
        )
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
