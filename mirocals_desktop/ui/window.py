"""The main window. It only assembles: navigation, pages, inspector, bars; what they do is theirs.

At start it is painted with its start page and the titles of its menus alone; the rest is imported while the
user reads and put in by `complete`. So this module imports nothing but what that first paint needs.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QByteArray, QEvent, Signal
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QStatusBar, QVBoxLayout, QWidget

from mirocals_desktop.i18n import N_, _
from mirocals_desktop.marks import override
from mirocals_desktop.ui import looks
from mirocals_desktop.ui.menus import make_menu_bar
from mirocals_desktop.ui.pages.start import StartPage
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent

    from mirocals_desktop.ui.commands import Commands
    from mirocals_desktop.ui.page_area import PageArea
    from mirocals_desktop.ui.pages.page import Page


class PagePlace(NamedTuple):
    """Where a page is: module and class in `ui.pages`, imported when the page is first shown."""

    code: str
    title: str
    icon: str
    module: str
    name: str
    navigation: bool = True

    @property
    def path(self) -> str:
        """The module's full name."""
        return f"mirocals_desktop.ui.pages.{self.module}"

    @property
    def is_imported(self) -> bool:
        """Whether the page can be made without waiting: all that its class stands on is there."""
        return hasattr(sys.modules.get(self.path), self.name)


PAGES: Final[tuple[PagePlace, ...]] = (
    PagePlace("overview", N_("Overview"), "overview", "overview", "OverviewPage"),
    PagePlace("patients", N_("Patients"), "patients", "patients", "PatientsPage"),
    PagePlace("patient", N_("Patient"), "patient", "patient", "PatientPage", navigation=False),
    PagePlace("follow_up", N_("Follow-up"), "follow_up", "follow_up", "FollowUpPage"),
    PagePlace("ledger", N_("Ledger"), "check", "ledger", "LedgerPage"),
    PagePlace("logs", N_("Logs"), "table", "logs", "LogsPage"),
    PagePlace("biomarkers", N_("Biomarkers"), "biomarkers", "biomarkers", "BiomarkersPage"),
    PagePlace("survival", N_("Survival"), "survival", "survival", "SurvivalPage"),
    PagePlace("queries", N_("Queries"), "queries", "queries", "QueriesPage"),
    PagePlace("history", N_("Import history"), "history", "history", "HistoryPage"),
)

NARROW: Final = 1100  # below this width the navigation shows icons only
INSPECTOR_WIDTH: Final = 280


class Window(QMainWindow):
    """The program's window over one session. `page_shown(code)` after another page came to the front."""

    page_shown = Signal(str)

    def __init__(self, session: Session, *, whole: bool = True) -> None:
        super().__init__()
        self.setObjectName("window")
        self.session = session
        self.page_code = "start"
        self.is_whole = False
        self._commands: Commands | None = None
        self._pages: dict[str, Page] = {}
        self._areas: dict[str, PageArea] = {}
        self._closing = False
        self._answers_meanwhile = not whole
        self._wants_inspector = True
        self._dark = looks.is_dark()
        self.setAcceptDrops(True)
        self.setWindowTitle("MIROCALS Desktop")
        self.resize(1280, 800)
        self.setMinimumSize(800, 500)
        self.setCentralWidget(QWidget(self))
        self._lines = QVBoxLayout(self.centralWidget())
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._begin()
        self._restore()
        if whole:
            self.complete()

    @property
    def commands(self) -> Commands:
        """What the menu, the palette and the buttons ask for."""
        if self._commands is None:
            from mirocals_desktop.ui.commands import Commands

            self._commands = Commands(self, self.session)
        return self._commands

    def _begin(self) -> None:
        """The start page and the menus' titles: all that the first paint shows."""
        self.setMenuBar(make_menu_bar(self))
        self._front = QStackedWidget(self.centralWidget())
        self._front.setObjectName("front")
        self._start: StartPage | None = None
        if self.session.snapshot is None:
            self._front.setCurrentWidget(self.start)
        self._lines.addWidget(self._front, 1)
        self.setStatusBar(QStatusBar(self))  # keeps the place of the real one
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setFixedHeight(looks.status_height(self))

    @property
    def start(self) -> StartPage:
        """The page that stands where no study is open; made when it is first asked for."""
        if self._start is None:
            self._start = StartPage(self.session, self._run, self._front)
            self._start.study_asked.connect(self._open)
            self._front.addWidget(self._start)
        return self._start

    def _run(self, code: str) -> None:
        self.complete()  # a click may be faster than the imports
        self.commands.run(code)

    def _open(self, path: Path) -> None:
        self.complete()
        self.commands.open_path(path)

    def complete(self) -> None:
        """Put in what the first paint did without; nothing where that has been done."""
        if self.is_whole:
            return
        from mirocals_desktop.ui.collector import Collector
        from mirocals_desktop.ui.desktop import Desktop
        from mirocals_desktop.ui.errors import show_error
        from mirocals_desktop.ui.notice import Notice

        session = self.session
        Collector(session)
        notice = Notice(session, self)
        notice.told.connect(self.say)
        notice.told.connect(Desktop(session, self).notify)
        session.study_changed.connect(self._on_study_changed)
        session.selection_changed.connect(self._fit)
        session.jobs.failed.connect(lambda error: show_error(self, error))
        self._fill()
        self._on_study_changed()

    def assemble(self) -> None:
        """Build everything inside the window anew, in the language of now; the session stays."""
        self._keep_columns()
        step = self.tour.step
        whole: list[QWidget] = [self._front, self.state_bar, self.tour]
        for widget in whole:
            widget.hide()
            self._lines.removeWidget(widget)
        self._delete_in_turns([*self._take_pages(), *whole])
        self._begin()
        self._fill()
        page = self.page_code
        self.page_code = "start"
        self._on_study_changed()
        if self.session.snapshot is not None:
            self.show_page(page if page != "start" else "overview")
            if step >= 0:
                self.tour.show_step(step)

    def _take_pages(self) -> list[QWidget]:
        """All pages with their rooms, no longer the window's; one left before it was shown has none."""
        roomless = [page for code, page in self._pages.items() if code not in self._areas]
        taken: list[QWidget] = [*self._areas.values(), *roomless]
        self._pages, self._areas = {}, {}
        return taken

    def _delete_in_turns(self, widgets: list[QWidget]) -> None:
        """Delete them one by one, so that the window answers between: all the pages take a while."""
        if widgets:
            widgets[0].deleteLater()
            self.session.jobs.postpone(lambda: self._delete_in_turns(widgets[1:]), owner=self)

    def _fill(self) -> None:
        """Actions, navigation, pages, inspector and bars, around the start page."""
        from mirocals_desktop.ui.actions import ActionSet
        from mirocals_desktop.ui.coming_page import ComingPage
        from mirocals_desktop.ui.filter_bar import FilterBar
        from mirocals_desktop.ui.inspector import Inspector
        from mirocals_desktop.ui.navigation import Navigation, thin_line
        from mirocals_desktop.ui.state_bar import StateBar
        from mirocals_desktop.ui.status_bar import StatusBar
        from mirocals_desktop.ui.tour import TourBar

        session, run = self.session, self.commands.run
        for old in self.findChildren(ActionSet):
            for action in old:
                self.removeAction(action)
            old.deleteLater()
        self.actions_of = ActionSet(self, session, run)
        self._page_actions = QtGui.QActionGroup(self.actions_of)
        self._navigation = Navigation(self)
        for number, place in enumerate(self.navigation_places(), start=1):
            action = self.actions_of.add_page(place.code, _(place.title), place.icon, number)
            self._page_actions.addAction(action)
            self._navigation.add(action)
        self.actions_of.fill(self.menuBar(), self._page_actions)

        self._stack = QStackedWidget(self)
        self._stack.setObjectName("pages")
        self._coming = ComingPage(self._stack)
        self._stack.addWidget(self._coming)
        self.filter_bar = FilterBar(session, self)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter_bar)
        column.addWidget(self._stack, 1)
        self.inspector = Inspector(session, run, self)
        self._split = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal, self)
        self._split.setObjectName("split")
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(middle)
        self._split.addWidget(self.inspector)
        self._split.setStretchFactor(0, 1)
        self._split.setStretchFactor(1, 0)
        self._split.setSizes([1000, round(INSPECTOR_WIDTH * session.settings.text_size / 100)])
        self._work = work = QWidget(self)
        row = QtWidgets.QHBoxLayout(work)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._navigation)
        row.addWidget(thin_line(work))
        row.addWidget(self._split, 1)
        self._front.addWidget(work)
        self.state_bar = StateBar(session, self.actions_of.tools(), run, self)
        self.tour = TourBar(session, self.show_page, self)
        self._lines.insertWidget(0, self.state_bar)
        self._lines.insertWidget(1, self.tour)
        self.status = StatusBar(session, self)
        self.setStatusBar(self.status)
        self.is_whole = True
        self._fit()

    def show_page(self, code: str) -> None:
        """Bring a page to the front, made now if it was never shown.

        In a window that answers meanwhile, a page that is made stands as its title until it is there: it may
        even have to be imported first. Otherwise it is there when the call ends.
        """
        if self.session.snapshot is None:
            return
        place = next(place for place in PAGES if place.code == code)
        self.page_code = code
        for action in self._page_actions.actions():
            action.setChecked(
                action.objectName() == f"action.page.{'patients' if code == 'patient' else code}"
            )
        self._front.setCurrentWidget(self._work)
        if code in self._pages or not self._answers_meanwhile:
            self._bring(place)
            return
        self._coming.announce(_(place.title))
        self._stack.setCurrentWidget(self._coming)

        def unless_left(then: Callable[[PagePlace], None]) -> None:
            if self.page_code == code and self.session.snapshot is not None:
                then(place)

        def make(_module: object = None) -> None:
            unless_left(self._make)
            self.session.jobs.postpone(lambda: unless_left(self._bring), owner=self)

        if place.is_imported:
            self.session.jobs.postpone(make, owner=self)
        else:
            self.session.jobs.start(
                _("Getting ready"),
                lambda _report: importlib.import_module(place.path),
                done=make,
                owner=self,
                quiet=True,
            )

    def _make(self, place: PagePlace) -> None:
        if place.code in self._pages:
            return
        page = getattr(importlib.import_module(place.path), place.name)(self.session, self)
        page.page_asked.connect(self.show_page)
        page.action_asked.connect(self.commands.run)
        self._pages[place.code] = page

    def _bring(self, place: PagePlace) -> None:
        from mirocals_desktop.ui.column_memory import watch_columns
        from mirocals_desktop.ui.page_area import PageArea

        self._make(place)
        page = self._pages[place.code]
        if place.code not in self._areas:
            self._areas[place.code] = PageArea(page, self._stack)
            self._stack.addWidget(self._areas[place.code])
        watch_columns(page, self.session)
        looks.wear(self._areas[place.code])
        self._stack.setCurrentWidget(self._areas[place.code])
        self._fit()
        self.page_shown.emit(place.code)

    def navigation_places(self) -> list[PagePlace]:
        """The pages of the navigation, in order."""
        return [place for place in PAGES if place.navigation]

    @property
    def page_is_coming(self) -> bool:
        """Whether a page stands as its title, and is still imported or made."""
        return (
            self.is_whole
            and self.session.snapshot is not None
            and self._stack.currentWidget() is self._coming
        )

    @property
    def page(self) -> Page | None:
        """The page in front."""
        return self._pages.get(self.page_code)

    def say(self, text: str) -> None:
        """Tell in the status bar what was done."""
        self.statusBar().showMessage(text, 8000)

    def show_again(self) -> None:
        """Show everything anew: colours or the form of numbers and dates have changed."""
        if self.is_whole:
            self.state_bar.refresh()
            self.inspector.refresh()
            self.status.refresh()
            for page in self._pages.values():
                page.show_again()

    def toggle_inspector(self) -> None:
        """Show the inspector, or hide it."""
        self._wants_inspector = self.inspector.isHidden()
        self.inspector.setVisible(self._wants_inspector)

    def _on_study_changed(self) -> None:
        snapshot = self.session.snapshot
        if snapshot is None:
            self._keep_columns()
            self._front.setCurrentWidget(self.start)
            self.page_code = "start"
            self._delete_in_turns(self._take_pages())
            self.setWindowTitle("MIROCALS Desktop")
            return
        self.setWindowTitle(
            _("{study} (synthetic) – MIROCALS Desktop").format(study=snapshot.title)
            if snapshot.synthetic and "synthetic" not in snapshot.title  # the sample study says so itself
            else f"{snapshot.title} – MIROCALS Desktop"
        )
        if self.page_code == "start":
            self.session.jobs.postpone(self._show_first_page, owner=self)  # the bars have just changed

    def _show_first_page(self) -> None:
        if self.page_code == "start":
            self.show_page("overview")

    def _fit(self) -> None:
        """Give the page its room: in a narrow window icons at the left, the inspector for a value alone."""
        if not self.is_whole:
            return
        narrow = self.width() < NARROW * self.session.settings.text_size / 100
        self._navigation.set_narrow(narrow=narrow)
        selection = self.session.selection
        # Of a patient alone it tells the cell of the status, which their list lacks; elsewhere it costs a
        # narrow page a third.
        listed = self.page_code == "patients" and selection.patient
        beyond = selection.variable or selection.visit or selection.observation
        worth_it = not narrow or bool(listed or beyond)
        self.inspector.setVisible(self._wants_inspector and worth_it)

    def _restore(self) -> None:
        stored = self.session.settings.window
        if stored:
            self.restoreGeometry(QByteArray.fromBase64(stored.encode("ascii", "ignore")))

    @override
    def changeEvent(self, event: QEvent) -> None:
        """After a change between light and dark, what painted with colours of its own paints again."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._dark != looks.is_dark():
            self._dark = looks.is_dark()
            # later: Qt goes through all widgets now, and none of them may be taken away meanwhile
            self.session.jobs.postpone(self.show_again, owner=self)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from mirocals_desktop.ui.dropped import dropped_paths

        if dropped_paths(event):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        from mirocals_desktop.ui.dropped import dropped_paths

        paths = dropped_paths(event)
        if paths:
            event.acceptProposedAction()
            self.complete()
            self.commands.take_files(paths)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once when nothing runs; else ask, stop the work, and close when it has stopped."""
        jobs = self.session.jobs
        job = jobs.current
        if job is not None and not self._closing:
            from mirocals_desktop.ui import ask

            event.ignore()
            ask.confirm(
                self,
                self._stop_and_close,
                title=_("Work is still going on"),
                text=_("“{job}” has not ended. What was saved stays saved.").format(job=job.title),
                yes=_("Stop and quit"),
            )
            return
        self._keep_columns()
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.session.update_settings(window=geometry)
        self.hide()
        self.session.shut_down()
        super().closeEvent(event)

    def _keep_columns(self) -> None:
        if self._pages:
            from mirocals_desktop.ui.column_memory import keep_columns

            keep_columns(self, self.session)

    def _stop_and_close(self) -> None:
        self._closing = True
        self.session.jobs.cancel()
        self.close()
