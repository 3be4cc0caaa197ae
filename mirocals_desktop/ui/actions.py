"""Every command of the program in one table; menus, toolbar, command palette and shortcut list come from it.

A new command is one row here and one method of `commands.Commands` with the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from mirocals_desktop.i18n import LANGUAGES, N_, _, language
from mirocals_desktop.settings import TEXT_SIZES
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.menus import MENUS, MenuCode
from mirocals_desktop.ui.session import Session

When = Callable[[Session], bool]


def always(_session: Session) -> bool:
    """Whatever is open."""
    return True


def with_study(session: Session) -> bool:
    """A study is open."""
    return session.snapshot is not None


def now(session: Session) -> bool:
    """A study is open and shown as of now: an earlier state can be looked at, not changed."""
    return session.snapshot is not None and session.as_of is None


def sealed(session: Session) -> bool:
    """The open study is blinded, and nobody has unblinded it since it was opened."""
    snapshot = session.snapshot
    return snapshot is not None and snapshot.blinded and not snapshot.unblinded


def can_undo(session: Session) -> bool:
    """The study holds an act that can be taken back, and is shown as of now."""
    return now(session) and session.facts is not None and session.facts.undo is not None


def can_redo(session: Session) -> bool:
    """The last thing that was done to the study was to undo, and it is shown as of now."""
    return now(session) and session.facts is not None and session.facts.redo is not None


def earlier(session: Session) -> bool:
    """The study is shown as of an earlier entry."""
    return session.as_of is not None


def with_selection(session: Session) -> bool:
    """A stored value is selected, and the study is shown as of now."""
    return now(session) and session.selection.observation > 0


def with_patient(session: Session) -> bool:
    """A patient, or something of one, is selected, and the study is shown as of now."""
    return now(session) and bool(session.selection.patient)


def with_mark(session: Session) -> bool:
    """What is selected has a review mark, and the study is shown as of now."""
    snapshot, about = session.snapshot, session.selection
    return (
        snapshot is not None
        and with_patient(session)
        and snapshot.reviews.mark_on(patient=about.patient, visit=about.visit, observation=about.observation)
        is not None
    )


def with_filter(session: Session) -> bool:
    """A filter is on."""
    return with_study(session) and bool(session.filters)


@dataclass(frozen=True)
class Action:
    """One command: its method's name, where it stands, its text, icon and key, and when it can be used."""

    code: str
    menu: MenuCode
    text: str
    icon: str = ""
    shortcut: str = ""
    when: When = always
    tool: bool = False
    tip: str = ""
    group: int = 0  # a line in the menu stands between groups


ACTIONS: Final[tuple[Action, ...]] = (
    Action("new_study", "file", N_("&New study…"), "new", "Ctrl+N"),
    Action("open_study", "file", N_("&Open study…"), "open", "Ctrl+O"),
    Action("open_sample", "file", N_("Open the &sample study"), "sample"),
    Action("close_study", "file", N_("&Close study"), "", "Ctrl+W", with_study),
    Action(
        "import_files",
        "file",
        N_("&Import spreadsheets…"),
        "import",
        "Ctrl+I",
        now,
        tool=True,
        tip=N_("Take in spreadsheets: .xlsx, .xls, .ods, .csv"),
        group=1,
    ),
    Action(
        "export_workbook",
        "file",
        N_("&Export to Excel…"),
        "export",
        "Ctrl+E",
        with_study,
        tool=True,
        tip=N_("Write everything that is shown to an Excel workbook"),
        group=1,
    ),
    Action(
        "print_shown",
        "file",
        N_("&Print…"),
        "print",
        "Ctrl+P",
        with_study,
        tip=N_("Print the table or plot that has the keys, else the largest one"),
        group=1,
    ),
    Action("quit", "file", N_("&Quit"), "exit", "Ctrl+Q", group=2),
    Action(
        "undo_last",
        "edit",
        N_("&Undo"),
        "undo",
        "Ctrl+Z",
        can_undo,
        tip=N_("Take back the last act, with a reason; the study keeps both"),
    ),
    Action(
        "redo_last",
        "edit",
        N_("&Redo"),
        "redo",
        "Ctrl+Shift+Z",
        can_redo,
        tip=N_("Bring back what was undone last, with a reason"),
    ),
    Action("correct_value", "edit", N_("&Correct selected value…"), "correct", "F2", with_selection),
    Action("raise_query", "edit", N_("Raise a &query…"), "question", "Q", with_patient, group=1),
    Action("mark_seen", "edit", N_("Mark as &seen"), "search", "S", with_patient, group=1),
    Action("mark_confirmed", "edit", N_("Mark as con&firmed"), "check", "C", with_patient, group=1),
    Action("mark_to_check", "edit", N_("Mark to be chec&ked"), "warning", "T", with_patient, group=1),
    Action("clear_mark", "edit", N_("Take the &mark off"), "cancel", "", with_mark, group=1),
    Action(
        "copy_picture",
        "edit",
        N_("Copy as a &picture"),
        "copy",
        "Ctrl+Shift+P",
        with_study,
        tip=N_("Copy the table or plot that has the keys, else the largest one"),
        group=2,
    ),
    Action("find", "edit", N_("&Search patients, pages, commands…"), "search", "Ctrl+K", group=2),
    Action("clear_filter", "edit", N_("Show &all patients"), "filter", "Ctrl+Shift+A", with_filter, group=2),
    Action("show_settings", "edit", N_("Se&ttings…"), "settings", "Ctrl+,", group=3),
    Action("unblind", "study", N_("&Unblind…"), "unblind", "", sealed),
    Action(
        "back_up",
        "study",
        N_("&Back up the study…"),
        "lock",
        "",
        with_study,
        tip=N_("Write a verified copy of the study file"),
    ),
    Action("verify", "study", N_("&Verify study file"), "verify", "", with_study),
    Action("record_contact", "study", N_("Record a &contact…"), "patient", "Ctrl+Shift+C", with_patient),
    Action("set_person", "study", N_("&Who works here…"), "patient", group=1),
    Action("back_to_now", "study", N_("Show the study as of &now"), "history", "", earlier, group=1),
    Action("toggle_inspector", "view", N_("Show or hide the &inspector"), "inspector", "F9", with_study),
    Action("show_help", "help", N_("&Help on this page"), "help", "F1"),
    Action("show_first_steps", "help", N_("&First steps"), "help"),
    Action("show_tour", "help", N_("&Tour of the sample study"), "next"),
    Action("show_news", "help", N_("What is &new"), "refresh"),
    Action("show_shortcuts", "help", N_("&Keyboard shortcuts"), "keyboard", "Ctrl+F1"),
    Action("show_about", "help", N_("&About MIROCALS Desktop"), "about"),
)


_LONGEST_ACT: Final = 60  # letters of an act in the menu


def theme_names() -> dict[str, str]:
    """The themes, by their codes in the settings."""
    return {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}


def setting_choices() -> list[tuple[str, str]]:
    """Values of settings as commands: code ("theme:dark") and text ("Theme: Dark"), for the palette."""
    sizes = {str(size): _("{percent} %").format(percent=size) for size in TEXT_SIZES}
    offered = (
        ("language", _("Language"), LANGUAGES),
        ("theme", _("Theme"), theme_names()),
        ("text_size", _("Text size"), sizes),
    )
    return [
        (f"{code}:{value}", _("{setting}: {value}").format(setting=title, value=text))
        for code, title, choices in offered
        for value, text in choices.items()
    ]


class ActionSet(QObject):
    """The table as Qt's actions on a window: enabled as the session allows, each run by its code.

    `run(code)` is called with the code of the action; pages are run as "page:<code>".
    """

    def __init__(self, window: QMainWindow, session: Session, run: Callable[[str], None]) -> None:
        super().__init__(window)
        self._session = session
        self._run = run
        self._made: dict[str, QAction] = {}
        self._named: object = None
        for row in ACTIONS:
            action = QAction(_(row.text), self)
            action.setObjectName(f"action.{row.code}")
            if row.icon:
                action.setIcon(icon(row.icon))
            if row.shortcut:
                action.setShortcut(QKeySequence(row.shortcut))
            action.setIconText(_(row.text).replace("&", "").rstrip("…"))  # what stands on a button
            tip = _(row.tip) or action.iconText()
            action.setToolTip(f"{tip} ({row.shortcut})" if row.shortcut else tip)
            action.setStatusTip("")
            self._connect(action, row.code)
            window.addAction(action)
            self._made[row.code] = action
        for signal in (session.study_changed, session.selection_changed, session.filters_changed):
            signal.connect(self.refresh)
        self.refresh()

    def __getitem__(self, code: str) -> QAction:
        return self._made[code]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._made.values())

    def add_page(self, code: str, title: str, icon_name: str, number: int) -> QAction:
        """An action that goes to a page, with Ctrl+number."""
        action = QAction(icon(icon_name), title, self)
        action.setObjectName(f"action.page.{code}")
        action.setShortcut(QKeySequence(f"Ctrl+{number}"))
        action.setToolTip(f"{title} (Ctrl+{number})")
        action.setCheckable(True)
        self._connect(action, f"page:{code}")
        self._made[f"page:{code}"] = action
        return action

    def refresh(self) -> None:
        """Enable what can be used now."""
        for row in ACTIONS:
            self._made[row.code].setEnabled(row.when(self._session))
        for code, action in self._made.items():
            if code.startswith("page:"):
                action.setEnabled(with_study(self._session))
        if self._named is not self._session.snapshot:
            self._named = self._session.snapshot
            self._name_undo()

    def _name_undo(self) -> None:
        """Say what would be undone and done again: "Undo correction of CSF pNFH, patient 047…"."""
        facts, snapshot = self._session.facts, self._session.snapshot
        undo, redo = (None, None) if facts is None else (facts.undo, facts.redo)
        for code, step, bare, named in (
            ("undo_last", undo, _("&Undo"), _("&Undo {act}…")),
            ("redo_last", redo, _("&Redo"), _("&Redo {act}…")),
        ):
            text = bare
            if step is not None and snapshot is not None and self._session.as_of is None:
                from mirocals_desktop.ui.entry_words import act_text

                act = act_text(snapshot, step.act)
                act = act if len(act) <= _LONGEST_ACT else f"{act[:_LONGEST_ACT]}…"
                text = named.format(act=act.replace("&", "&&")).replace("……", "…")
            self._made[code].setText(text)

    def tools(self) -> list[QAction]:
        """The actions of the toolbar."""
        return [self._made[row.code] for row in ACTIONS if row.tool]

    def fill(self, bar: QMenuBar, pages: QActionGroup) -> None:
        """Fill the menus; the pages come first in View, language and theme last."""
        for menu_code in MENUS:
            menu = bar.findChild(QMenu, f"menu.{menu_code}")
            assert isinstance(menu, QMenu)
            menu.setToolTipsVisible(True)
            if menu_code == "view":
                menu.addActions(pages.actions())
                menu.addSeparator()
            group = 0
            for row in ACTIONS:
                if row.menu == menu_code:
                    if row.group != group:
                        menu.addSeparator()
                        group = row.group
                    menu.addAction(self._made[row.code])
            if menu_code == "view":
                menu.addSeparator()
                self._add_choices(menu, _("&Language"), "language", LANGUAGES, language())
                theme = self._session.settings.theme
                self._themes = self._add_choices(menu, _("&Theme"), "theme", theme_names(), theme)
                self._session.settings_changed.connect(self._mark_theme)

    def _mark_theme(self) -> None:
        for action in self._themes.actions():
            action.setChecked(action.objectName() == f"action.theme.{self._session.settings.theme}")

    def _add_choices(
        self, menu: QMenu, title: str, code: str, choices: dict[str, str], current: str
    ) -> QActionGroup:
        sub = menu.addMenu(title)
        sub.setObjectName(f"menu.{code}")
        group = QActionGroup(sub)
        for value, text in choices.items():
            action = QAction(text, sub)
            action.setObjectName(f"action.{code}.{value}")
            action.setCheckable(True)
            action.setChecked(value == current)
            self._connect(action, f"{code}:{value}")
            group.addAction(action)
            sub.addAction(action)
        return group

    def _connect(self, action: QAction, code: str) -> None:
        # `triggered` hands "checked" to whatever takes an argument: take it here and drop it
        action.triggered.connect(lambda _checked=False: self._run(code))
