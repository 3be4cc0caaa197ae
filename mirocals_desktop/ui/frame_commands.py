"""The actions that change no study: the window, its language, the manual, and what the program is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from mirocals_desktop import __version__
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, set_language
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.session import Filters, Session

if TYPE_CHECKING:
    from mirocals_desktop.ui.dialogs.help import HelpDialog
    from mirocals_desktop.ui.window import Window


class FrameCommands:
    """The commands of one window. `run(code)` does what the menu, the palette and the buttons ask for."""

    def __init__(self, window: Window, session: Session) -> None:
        self._window = window
        self._session = session

    def run(self, code: str) -> None:
        """Run an action by its code; "page:<code>", "language:<code>" and "theme:<code>" too."""
        kind, _colon, value = code.partition(":")
        if kind == "page":
            self._window.show_page(value)
        elif kind == "language":
            self.set_language(value)
        elif kind == "theme":
            self._session.update_settings(theme=value)
        elif kind == "text_size":
            self.set_text_size(int(value))
        elif kind in ("number_format", "date_format"):
            self._session.update_settings(**{kind: value})
            self._window.show_again()
        else:
            try:
                getattr(self, code)()
            except AppError as error:
                show_error(self._window, error)

    def show_patient(self, patient: str) -> None:
        """Select a patient and go to its page."""
        self._session.select(patient=patient)
        self._window.show_page("patient")

    def clear_filter(self) -> None:
        """Show all patients."""
        self._session.set_filters(Filters())

    def back_to_now(self) -> None:
        """Show the study as it is now."""
        self._session.show_as_of(None)

    def toggle_inspector(self) -> None:
        """Show or hide the inspector."""
        self._window.toggle_inspector()

    def set_language(self, code: str) -> None:
        """Change the language of everything, now."""
        set_language(code)
        self._session.update_settings(language=code)
        if self._session.filters.list_name:  # which number they were followed from was said in the old one
            self._session.set_filters(replace(self._session.filters, list_name=_("Chosen patients")))
        self._build_again()
        self._session.refresh()  # a snapshot's labels are in the language that it was made in

    def set_text_size(self, percent: int) -> None:
        """Write everything larger or smaller, now."""
        self._session.update_settings(text_size=percent)
        self._build_again()

    def _build_again(self) -> None:
        """Build the window anew; the settings, when they are open, come back in front of it."""
        shown = [box for box in self._window.findChildren(QDialog, "settings") if box.isVisible()]
        for box in shown:
            box.close()
        self._window.assemble()
        if shown:
            self.show_settings()

    def show_settings(self) -> None:
        """Show what the user can choose for every study."""
        from mirocals_desktop.ui.dialogs.settings import SettingsDialog

        self._show(SettingsDialog(self._session, self.run, self._window))

    def show_help(self) -> None:
        """Open the manual where it speaks of the page in front; the work goes on beside it."""
        self._help().show_page(self._window.page_code)

    def show_first_steps(self) -> None:
        """Open the manual at its first steps."""
        self._help().show_text("guide")

    def show_news(self) -> None:
        """Open the manual at what the versions brought, newest first."""
        self._help().show_text("changelog")

    def tell_news(self) -> None:
        """After an update show what is new, once; somebody who never had another version is left alone."""
        seen = self._session.settings.seen_version
        if seen != __version__:
            self._session.update_settings(seen_version=__version__)
            if seen:
                self.show_news()

    def _help(self) -> HelpDialog:
        from mirocals_desktop.ui.dialogs.help import HelpDialog

        shown = [box for box in self._window.findChildren(HelpDialog) if box.isVisible()]
        box = shown[0] if shown else HelpDialog(self._window)
        box.show()
        box.raise_()
        box.activateWindow()
        return box

    def show_shortcuts(self) -> None:
        """Show the list of keys."""
        from mirocals_desktop.ui.dialogs.shortcuts import ShortcutsDialog

        self._show(ShortcutsDialog(len(self._window.navigation_places()), self._window))

    def show_about(self) -> None:
        """Show version, licences and what the program is not."""
        from mirocals_desktop.ui.dialogs.about import AboutDialog

        self._show(AboutDialog(self._window))

    def _show(self, dialog: QDialog) -> None:
        dialog.open()
