"""Changing an option of the study that changes its numbers: said, asked why, and kept in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.dialogs.form import FormDialog, ReasonField
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence


class OptionDialog(FormDialog):
    """Asks why, and sets one of `snapshot.Options`. `text` says what changes, from what to what."""

    def __init__(
        self,
        session: Session,
        option: str,
        value: Any,
        *,
        text: str,
        reasons: Sequence[str],
        parent: QWidget,
    ) -> None:
        super().__init__("option", _("Change how the study is analysed"), _("Change"), parent)
        self._session = session
        self._option = option
        self._value = value
        self.add_text(text, "text")
        self.add_text(
            _(
                "This changes numbers for everybody who opens the study. The change and its reason "
                "are kept in the audit trail."
            ),
            "meaning",
        )
        self.reason = ReasonField(reasons, self)
        self.add_field(_("Reason"), self.reason, "reason")

    def submit(self) -> None:
        """Change it, or say why it cannot be."""
        reason = self.reason.reason()
        option, value = self._option, self._value
        self.wait()
        self._session.change(
            _("Changing how the study is analysed"),
            lambda study, _report: study.set_option(option, value, reason=reason),
            done=lambda _number: self.done_well(),
            failed=self.fail,
            cancelled=self.stopped,
        )
