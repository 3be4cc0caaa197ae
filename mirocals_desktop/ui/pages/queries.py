"""Queries: what was asked about the data and is not settled, and what somebody ticked off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.study.queries import Query
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.query import QueryStepDialog
from mirocals_desktop.ui.mark_list import MarkList
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.query_list import QueryList
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.triage import add_triage_keys
from mirocals_desktop.ui.view_switch import ViewSwitch

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot


class QueriesPage(Page):
    """Queries and review marks; J and K move, Enter does what comes next."""

    code: ClassVar[str] = "queries"
    icon: ClassVar[str] = "queries"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.queries = QueryList(session, self)
        self.queries.act_asked.connect(self._ask)
        self.marks = MarkList(session, self)
        self._stack = QStackedWidget(self)
        self._lists: dict[str, QueryList | MarkList] = {"queries": self.queries, "marks": self.marks}
        names = (_("Queries"), _("Marks"))
        self.switch = ViewSwitch("queries.view", list(zip(self._lists, names, strict=True)), self)
        self.switch.chosen.connect(lambda code: self._stack.setCurrentWidget(self._lists[code]))
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
        for one in self._lists.values():
            one.show_snapshot(snapshot)

    def _ask(self, kind: str, queries: Sequence[Query]) -> None:
        dialog = QueryStepDialog(self.session, kind, queries, self)
        dialog.said.connect(self._say)
        dialog.open()

    def _say(self, text: str) -> None:
        say = getattr(self.window(), "say", None)
        if callable(say):
            say(text)
