"""Queries: what was asked about the data and is not settled, what looks wrong, and what was ticked off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.suspects import Suspect, find_suspects
from mirocals_desktop.i18n import _
from mirocals_desktop.study.queries import Query
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.query import QueryStepDialog, RaiseQueriesDialog
from mirocals_desktop.ui.mark_list import MarkList
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.query_list import QueryList
from mirocals_desktop.ui.review_commands import export_queries, take_answers
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.suspect_list import SuspectList
from mirocals_desktop.ui.triage import add_triage_keys
from mirocals_desktop.ui.view_switch import ViewSwitch

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot


class QueriesPage(Page):
    """Queries, suspected values and review marks; J and K move, Enter does what comes next."""

    code: ClassVar[str] = "queries"
    icon: ClassVar[str] = "queries"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._judged: tuple[object, Sequence[Suspect]] | None = None
        self.queries = QueryList(session, self)
        self.queries.act_asked.connect(self._ask)
        self.queries.export_asked.connect(self._export)
        self.queries.answers_asked.connect(lambda: take_answers(session, self, self._say))
        self.suspects = SuspectList(session, self)
        self.suspects.query_asked.connect(lambda: self.action_asked.emit("raise_query"))
        self.suspects.many_asked.connect(self._raise_many)
        self.marks = MarkList(session, self)
        self._stack = QStackedWidget(self)
        self._lists: dict[str, QueryList | SuspectList | MarkList] = {
            "queries": self.queries,
            "suspects": self.suspects,
            "marks": self.marks,
        }
        names = (_("Queries"), _("Suspected"), _("Marks"))
        self.switch = ViewSwitch("queries.view", list(zip(self._lists, names, strict=True)), self)
        self.switch.chosen.connect(self._on_view)
        for one in self._lists.values():
            self._stack.addWidget(one)
            add_triage_keys(one, one.table)
        head = QHBoxLayout()
        head.addWidget(theme.title_label(self.title(), "queries.title"))
        head.addStretch(1)
        head.addWidget(self.switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._stack, 1)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Queries")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.queries.show_snapshot(snapshot)
        self.marks.show_snapshot(snapshot)
        if self.switch.view == "suspects":
            self._judge(snapshot)

    @override
    def show_selection(self, selection: Selection) -> None:
        self.queries.point_at(selection.patient, selection.observation)

    @override
    def question(self) -> tuple[str, str]:
        return self.suspects.question() if self.switch.view == "suspects" else ("", "")

    def _on_view(self, code: str) -> None:
        self._stack.setCurrentWidget(self._lists[code])
        snapshot = self.session.snapshot
        if code == "suspects" and snapshot is not None:
            self._judge(snapshot)

    def _judge(self, snapshot: Snapshot) -> None:
        """Show the suspects; they are found again only where values have changed."""
        if self._judged is not None and self._judged[0] is snapshot.measurements:
            self.suspects.show_suspects(snapshot, self._judged[1])
            return

        def take(suspects: list[Suspect]) -> None:
            now = self.session.snapshot
            if now is not None and now.measurements is snapshot.measurements:
                self._judged = (snapshot.measurements, suspects)
                self.suspects.show_suspects(now, suspects)

        self.compute(
            _("Looking for slips"),
            lambda report: find_suspects(snapshot, report=report),
            take,
            key="suspects",
        )

    def _ask(self, kind: str, queries: Sequence[Query]) -> None:
        dialog = QueryStepDialog(self.session, kind, queries, self)
        dialog.said.connect(self._say)
        dialog.open()

    def _raise_many(self, steps: Sequence[Mapping[str, Any]]) -> None:
        dialog = RaiseQueriesDialog(self.session, steps, self)
        dialog.said.connect(self._say)
        dialog.open()

    def _export(self, queries: Sequence[Query]) -> None:
        export_queries(self.session, self, queries, self._say)

    def _say(self, text: str) -> None:
        say = getattr(self.window(), "say", None)
        if callable(say):
            say(text)
