"""The answers of a workbook that came back, looked at before they are taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.importing.query_answers import Answers
    from mirocals_desktop.study.study import Study

_WIDTHS: Final = (110, 90, 220, 260, 120)


class QueryAnswersDialog(FormDialog):
    """Shows what was found row by row, ticked where it can be taken in. `said(sentence)` when it was."""

    said = Signal(str)

    def __init__(self, session: Session, answers: Answers, parent: QWidget) -> None:
        super().__init__("query_answers", _("Take in answers"), "", parent)
        from mirocals_desktop.importing.query_answers import TAKEN

        self._session, self._answers = session, answers
        snapshot = session.snapshot
        assert snapshot is not None  # the button is off without a study
        taken = sum(row.fate in TAKEN for row in answers.rows)
        self.add_text(
            "\n".join(
                (
                    answers.file,
                    ngettext(
                        "{count} answer can be taken in.", "{count} answers can be taken in.", taken
                    ).format(count=taken),
                )
            ),
            "text",
        )
        self.rows = QTreeWidget(self)
        self.rows.setObjectName("query_answers.rows")
        self.rows.setAccessibleName(_("Answers found"))
        self.rows.setHeaderLabels(
            [_("Query"), _("Patient"), _("Question"), _("Answer"), _("Answered by"), ""]
        )
        self.rows.setRootIsDecorated(False)
        self.rows.setMinimumHeight(260)
        for row in answers.rows:
            query = snapshot.reviews.query(row.query)
            known = query is not None and row.fate != "other_study"
            texts = [
                f"Q{row.query}",
                query.patient if query is not None and known else "",
                query.text.replace("\n", " ") if query is not None and known else "",
                row.text.replace("\n", " "),
                row.by,
                fate_text(row.fate),
            ]
            item = QTreeWidgetItem(texts)
            item.setToolTip(3, row.text)
            item.setToolTip(2, texts[2])
            if row.fate in TAKEN:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(0, Qt.CheckState.Checked)
            else:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.rows.addTopLevelItem(item)
        for number, width in enumerate(_WIDTHS):
            self.rows.setColumnWidth(number, width)
        self.rows.header().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.rows.header().setStretchLastSection(False)
        self.rows.itemChanged.connect(lambda _item, _column: self._count())
        self.body.addWidget(self.rows)
        self.setMinimumWidth(900)
        self._count()

    def ticked(self) -> list[int]:
        """The places of the rows that are to be taken in."""
        items = (self.rows.topLevelItem(place) for place in range(self.rows.topLevelItemCount()))
        return [
            place
            for place, item in enumerate(items)
            if item is not None
            and item.flags() & Qt.ItemFlag.ItemIsUserCheckable
            and item.flags() & Qt.ItemFlag.ItemIsEnabled
            and item.checkState(0) == Qt.CheckState.Checked
        ]

    def submit(self) -> None:
        """Take the ticked answers in, as one entry."""
        chosen = [self._answers.rows[place] for place in self.ticked()]
        if not chosen:
            raise AppError(_("No answer is ticked."))
        steps = [{"query": row.query, "text": row.text, "by": row.by} for row in chosen]
        files = [{"name": self._answers.file, "sha256": self._answers.sha256}]
        said = ngettext("{count} answer was taken in.", "{count} answers were taken in.", len(chosen)).format(
            count=len(chosen)
        )

        def work(study: Study, _report: object) -> int:
            return study.review(ledger.QUERY_ANSWERED, steps, files=files)

        def done(_entry: int) -> None:
            self.said.emit(said)
            self.done_well()

        self.wait()
        self._session.change(
            _("Taking in answers"), work, done=done, failed=self.fail, cancelled=self.stopped
        )

    def _count(self) -> None:
        count = len(self.ticked())
        self.act.setText(
            ngettext("Take in {count} answer", "Take in {count} answers", count).format(count=count)
        )
        self.act.setEnabled(count > 0)


def fate_text(fate: str) -> str:
    """What an answer is."""
    return {
        "new": _("new"),
        "further": _("a further answer"),
        "same": _("known already"),
        "empty": _("no answer"),
        "closed": _("the query is closed"),
        "unknown": _("no such query"),
        "other_study": _("of another study"),
        "twice": _("two different answers"),
    }[fate]
