"""The user's settings: each is applied as soon as it is chosen, so there is nothing to confirm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import LANGUAGES, _, language
from mirocals_desktop.settings import LOCK_MINUTES, TEXT_SIZES
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.actions import theme_names
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import date_text, number_text


class SettingsDialog(QDialog):
    """Looks, formats and folders. `run(code)` runs "language:fr" and "text_size:130", which build anew."""

    def __init__(self, session: Session, run: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self.setWindowTitle(_("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._body = QWidget(self)
        self._form = QFormLayout(self._body)
        self._form.setContentsMargins(0, 0, 12, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        settings = session.settings

        self._add_heading(_("Looks"))
        self._add_choice(
            "language", _("Language"), LANGUAGES, language(), lambda code: run(f"language:{code}")
        )
        self._add_choice(
            "theme", _("Theme"), theme_names(), settings.theme, lambda code: run(f"theme:{code}")
        )
        sizes = {size: _("{percent} %").format(percent=size) for size in TEXT_SIZES}
        self._add_choice(
            "text_size", _("Text size"), sizes, settings.text_size, lambda size: run(f"text_size:{size}")
        )
        motions = {"system": _("As the system"), "less": _("As little as possible")}
        self._add_choice(
            "motion",
            _("Movement"),
            motions,
            settings.motion,
            lambda choice: session.update_settings(motion=choice),
        )
        self._add_heading(_("Numbers and dates on the screen"))
        self._add_choice(
            "number_format",
            _("Numbers"),
            {"": _("As the language does"), "point": "1,234.5", "comma": "1 234,5"},
            settings.number_format,
            lambda code: run(f"number_format:{code}"),
        )
        self._add_choice(
            "date_format",
            _("Dates"),
            {"": _("As the language does"), "dmy": _("day/month/year"), "iso": _("year-month-day")},
            settings.date_format,
            lambda code: run(f"date_format:{code}"),
        )
        self.example = QLabel(self)
        self.example.setObjectName("settings.example")
        self._form.addRow("", self.example)
        self._add_heading(_("Windows"))
        self._add_choice(
            "second_start",
            _("Starting the program again"),
            {"same window": _("comes to this window"), "new window": _("opens another window")},
            settings.second_start,
            lambda choice: session.update_settings(second_start=choice),
        )
        self._add_heading(_("Studies protected by a passphrase"))
        self._add_choice(
            "lock_minutes",
            _("Lock when idle"),
            {
                minutes: _("After {count} minutes").format(count=minutes) if minutes else _("Never")
                for minutes in LOCK_MINUTES
            },
            settings.lock_minutes,
            lambda minutes: session.update_settings(lock_minutes=minutes),
        )
        self._add_heading(_("Folders"))
        self._add_folder("folder", _("Your files"), settings.folder, _("Where you were last"))
        self._add_folder("backup_folder", _("Backups"), settings.backup_folder, _("Asked each time"))
        self._add_heading(_("Messages"))
        notify = QCheckBox(_("Tell me when long work ends while I use another program"), self)
        notify.setObjectName("settings.notify")
        notify.setChecked(settings.notify)
        notify.toggled.connect(lambda on: session.update_settings(notify=on))
        self._form.addRow(notify)

        area = QScrollArea(self)
        area.setObjectName("settings.area")
        area.setAccessibleName(self.windowTitle())
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._body)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(_("Close"))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 12, 16)
        layout.setSpacing(12)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self._show_example()
        wanted, room = self._body.sizeHint(), parent.window().size()
        self.resize(
            min(max(wanted.width() + 64, 560), room.width() - 16),
            min(wanted.height() + 100, room.height() - 16),
        )

    def _add_heading(self, text: str) -> None:
        if self._form.rowCount():
            self._form.addRow(QLabel(self))
        number = self._form.rowCount()
        self._form.addRow(theme.heading_label(text, f"settings.heading.{number}", self))

    def _add_choice(
        self, name: str, label: str, choices: Mapping[Any, str], now: Any, choose: Callable[[Any], None]
    ) -> None:
        """A setting with a few values; `choose` is called when the user took another."""
        field = QComboBox(self)
        field.setObjectName(f"settings.{name}")
        field.setAccessibleName(label)
        for value, text in choices.items():
            field.addItem(text, value)
        field.setCurrentIndex(max(field.findData(now), 0))

        def chosen(_index: int) -> None:
            choose(field.currentData())
            self._show_example()

        field.activated.connect(chosen)
        self._form.addRow(label, field)

    def _add_folder(self, name: str, label: str, now: str, nothing: str) -> None:
        field = QLineEdit(now, self)
        field.setObjectName(f"settings.{name}")
        field.setAccessibleName(label)
        field.setPlaceholderText(nothing)
        field.setReadOnly(True)
        clear = QPushButton(_("Clear"), self)
        clear.setObjectName(f"settings.{name}.clear")
        clear.setAccessibleName(_("Clear: {folder}").format(folder=label))
        clear.setAutoDefault(False)
        clear.setEnabled(bool(now))
        pick = QPushButton(_("Choose…"), self)
        pick.setObjectName(f"settings.{name}.choose")
        pick.setAccessibleName(_("Choose: {folder}").format(folder=label))
        pick.setAutoDefault(False)

        def take(folder: Path | None) -> None:
            field.setText("" if folder is None else str(folder))
            clear.setEnabled(folder is not None)
            self._session.update_settings(**{name: field.text()})

        pick.clicked.connect(lambda: ask.folder(self, take, title=label, folder=field.text()))
        clear.clicked.connect(lambda: take(None))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(field, 1)
        line.addWidget(pick)
        line.addWidget(clear)
        self._form.addRow(label, line)

    def _show_example(self) -> None:
        self.example.setText(
            _("For example {number} on {date}").format(
                number=number_text(1234.5, 1), date=date_text("2024-03-09")
            )
        )
