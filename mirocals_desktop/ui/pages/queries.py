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
from mirocals_desktop.ui.column_memory import watch_columns
from mirocals_desktop.ui.dialogs.query import QueryStepDialog, RaiseQueriesDialog
from mirocals_desktop.ui.mark_list import MarkList
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.query_list import QueryList
from mirocals_desktop.ui.review_commands import export_queries, take_answers
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.suspect_list import SuspectList
from mirocals_desktop.ui.triage import add_triage_keys
from mirocals_desktop.ui.view_switch import ViewSwitch
from mirocals_desktop.ui.when_seen import WhenSeen

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
        self._stack = QStackedWidget(self)
        add_triage_keys(self.queries, self.queries.table)
        watch_columns(self.queries, session)
        self._suspects = WhenSeen(self._make_suspects, session, self)
        self._marks = WhenSeen(self._make_marks, session, self)
        for view in (self.queries, self._suspects, self._marks):
            self._stack.addWidget(view)
        names = [("queries", _("Queries")), ("suspects", _("Suspected")), ("marks", _("Marks"))]
        self.switch = ViewSwitch("queries.view", names, self)
        self.switch.chosen.connect(lambda _view: self._show_view())
        head = QHBoxLayout()
        head.addWidget(theme.title_label(self.title(), "queries.title"))
        head.addStretch(1)
        head.addWidget(self.switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._stack, 1)

    # The other lists are made when they are first looked at: all at once the window would not answer.

    @property
    def suspects(self) -> SuspectList:
        """What looks wrong."""
        return self._suspects.content

    @property
    def marks(self) -> MarkList:
        """What was ticked off."""
        return self._marks.content

    def _make_suspects(self, parent: QWidget) -> SuspectList:
        view = SuspectList(self.session, parent)
        view.query_asked.connect(lambda: self.action_asked.emit("raise_query"))
        view.many_asked.connect(self._raise_many)
        add_triage_keys(view, view.table)
        return view

    def _make_marks(self, parent: QWidget) -> MarkList:
        view = MarkList(self.session, parent)
        add_triage_keys(view, view.table)
        return view

    @classmethod
    @override
    def title(cls) -> str:
        return _("Queries")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._show_view()

    @override
    def show_selection(self, selection: Selection) -> None:
        if self.switch.view == "queries":
            self.queries.point_at(selection.patient, selection.observation)

    @override
    def question(self) -> tuple[str, str]:
        return self.suspects.question() if self.switch.view == "suspects" else ("", "")

    def _show_view(self) -> None:
        """Fill the list in front: a hidden one catches up when it is chosen."""
        snapshot, view = self.session.snapshot, self.switch.view
        if view == "suspects":
            self._stack.setCurrentWidget(self._suspects)
            if snapshot is not None:
                self._judge(snapshot)
            return
        self._stack.setCurrentWidget(self.queries if view == "queries" else self._marks)
        shown = self.queries if view == "queries" else self.marks
        if snapshot is not None:
            shown.show_snapshot(snapshot)

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
