"""The overview of the open study, derived once per snapshot and shared by the pages that show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from mirocals_desktop.i18n import _, language
from mirocals_desktop.progress import Report
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.study.snapshot import Snapshot

T = TypeVar("T")


class Digest(QObject):
    """Keeps the overview of one snapshot of a session, and forgets it with the snapshot."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._wanted = ("", "")
        self._kept: tuple[Snapshot, str, Overview] | None = None
        self._narrowed: tuple[Overview, list[str], Overview] | None = None
        session.study_changed.connect(self._forget)

    @classmethod
    def of(cls, session: Session) -> Digest:
        """The session's digest."""
        return session.findChild(cls) or cls(session)

    def want(self, page: str, name: str) -> None:
        """A number was followed: when the page is next shown it brings this list of its own to the front."""
        self._wanted = (page, name)

    def take_wanted(self, page: str) -> str:
        """The list that a followed number asks of this page, told once: "overdue", "samples" ... or ""."""
        if self._wanted[0] != page:
            return ""
        name, self._wanted = self._wanted[1], ("", "")
        return name

    def ask(self, page: Page, done: Callable[[Overview], None]) -> None:
        """Call `done` with the overview of the patients that the session's filter lets through.

        At once when it is known, else when the worker has derived it; not at all when the study or the filter
        has changed meanwhile, because the page is then asked to show the new one.
        """
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        spoken = language()  # findings are sentences
        filters, shown = self._session.filters, self._session.patients_shown()
        known = self._known(snapshot, spoken, shown)
        if known is not None:
            done(known)
            return

        def work(report: Report) -> tuple[Overview, Overview]:
            from mirocals_desktop.analysis.overview import restrict_overview, summarise_study

            whole = self._of(snapshot, spoken)  # another page may have asked before
            found = whole if whole is not None else summarise_study(snapshot, report=report)
            narrowed = restrict_overview(found, shown) if filters else found
            narrowed.to_check  # noqa: B018 (worked out here once, because it goes through every finding)
            return found, narrowed

        def derived(overviews: tuple[Overview, Overview]) -> None:
            if self._session.snapshot is snapshot:
                found, narrowed = overviews
                self._kept = (snapshot, spoken, found)
                self._narrowed = (found, shown, narrowed)
                if self._session.filters == filters:
                    done(narrowed)

        page.compute(_("Summarising the study"), work, derived, key="digest")

    def ask_prepared(self, page: Page, prepare: Callable[[Overview], T], done: Callable[[T], None]) -> None:
        """Call `done` with what `prepare` made of the overview on the worker; otherwise as `ask`.

        For what takes the time of a page: columns of a thousand patients, texts of many findings.
        """

        def prepared(overview: Overview) -> None:
            page.compute(
                _("Summarising the study"), lambda _report: prepare(overview), done, key="digest.prepared"
            )

        self.ask(page, prepared)

    def _of(self, snapshot: Snapshot, spoken: str) -> Overview | None:
        kept = self._kept
        return kept[2] if kept is not None and kept[0] is snapshot and kept[1] == spoken else None

    def _known(self, snapshot: Snapshot, spoken: str, shown: list[str]) -> Overview | None:
        """The overview of the patients shown, where it is known."""
        whole, narrowed = self._of(snapshot, spoken), self._narrowed
        if whole is None or not self._session.filters:
            return whole
        return narrowed[2] if narrowed and narrowed[0] is whole and narrowed[1] is shown else None

    def _forget(self) -> None:
        if self._kept is not None and self._kept[0] is not self._session.snapshot:
            self._kept = self._narrowed = None
