"""Every dialog: it can be named, walked with Tab in the order one reads, and left with Escape."""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_driver import dialog, find, idle, is_open, nameless, until, write

from mirocals_desktop.errors import AppError
from mirocals_desktop.importing.query_answers import Answers
from mirocals_desktop.study import ledger
from mirocals_desktop.ui import dialogs
from mirocals_desktop.ui.dialogs.correct import CorrectDialog
from mirocals_desktop.ui.dialogs.enrolment_plan import EnrolmentPlanDialog
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.dialogs.import_values import ReasonDialog
from mirocals_desktop.ui.dialogs.option import OptionDialog
from mirocals_desktop.ui.dialogs.passphrase import PassphraseDialog, PasswordDialog
from mirocals_desktop.ui.dialogs.query import QueryStepDialog, RaiseQueriesDialog
from mirocals_desktop.ui.dialogs.query_answers import QueryAnswersDialog
from mirocals_desktop.ui.dialogs.safety_report import SafetyReportDialog
from mirocals_desktop.ui.dialogs.unblind import UnblindDialog
from mirocals_desktop.ui.window import Window


def _an_option(window: Window) -> OptionDialog:
    text, reasons = "The horizon becomes day 700 in place of day 640.", ["Asked by the committee"]
    return OptionDialog(window.session, "horizon", 700, text=text, reasons=reasons, parent=window)


def _a_question(window: Window) -> dict[str, object]:
    selection = window.session.selection
    return {"patient": selection.patient, "observation": selection.observation, "text": "Is this so?"}


OPENED: dict[str, Callable[[Window], object]] = {
    "new_study": lambda window: window.commands.new_study(),
    "withdraw": lambda window: window.commands.undo_last(),
    "correct": lambda window: window.commands.correct_value(),
    "query": lambda window: window.commands.raise_query(),
    "contact": lambda window: window.commands.record_contact(),
    "person": lambda window: window.commands.set_person(),
    "settings": lambda window: window.commands.show_settings(),
    "help": lambda window: window.commands.show_help(),
    "shortcuts": lambda window: window.commands.show_shortcuts(),
    "about": lambda window: window.commands.show_about(),
    "passphrase": lambda window: PassphraseDialog(window.session, Path("kept.mirocals"), window).open(),
    "password": lambda window: PasswordDialog(AppError("The file is locked."), window).open(),
    "unblind": lambda window: UnblindDialog(window.session, window).open(),
    "enrolment_plan": lambda window: EnrolmentPlanDialog(window.session, None, window).open(),
    "safety_report": lambda window: SafetyReportDialog(window.session, "P-001", 1, window).open(),
    "option": lambda window: _an_option(window).open(),
    "import_reason": lambda window: ReasonDialog(2, window).open(),
    "queries_many": lambda window: RaiseQueriesDialog(window.session, [_a_question(window)], window).open(),
    "query_step": lambda window: QueryStepDialog(window.session, ledger.QUERY_CLOSED, [], window).open(),
    "query_answers": lambda window: QueryAnswersDialog(
        window.session, Answers("answers.xlsx", "", ()), window
    ).open(),
}
"""What opens each dialog, by the dialog's name."""

READ_ALONE = {"settings", "help", "shortcuts", "about"}
"""The dialogs that do nothing at their end: in all others Enter does the act, or says what is missing."""

MISSING = {
    "passphrase": "The passphrase is missing.",
    "password": "The password is missing.",
    "unblind": "The key file is missing.",
}
"""What Enter in an empty dialog says, and nothing is done."""


@pytest.fixture
def ready(qtbot: QtBot, opened: Window) -> Window:
    """A study with a value selected."""
    snapshot = opened.session.snapshot
    assert snapshot is not None
    values = snapshot.observations[snapshot.observations["variable"] == "csf_pnfh"]
    row = values.iloc[0]
    opened.session.select(
        patient=str(row["patient"]),
        variable="csf_pnfh",
        visit=str(row["visit"]),
        observation=int(row["id"]),
    )
    opened.show()
    opened.activateWindow()
    idle(qtbot, opened)
    return opened


def walked(qtbot: QtBot, box: QDialog) -> list[QWidget]:
    """Where Tab leads, from the first field until it comes round."""
    seen: list[QWidget] = []
    while (at := box.focusWidget()) is not None and at not in seen:
        seen.append(at)
        qtbot.keyClick(at, Qt.Key.Key_Tab)
        assert len(seen) < 100
    return seen


def reachable(box: QDialog) -> set[QWidget]:
    """What takes keys by Tab and is shown."""
    return {
        widget
        for widget in box.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget, QScrollArea)
        and not (isinstance(widget.parentWidget(), QAbstractScrollArea) and not widget.objectName())
    }


def test_that_every_dialog_is_named_walked_and_left_by_keys(qtbot: QtBot, ready: Window) -> None:
    for name, open_it in OPENED.items():
        open_it(ready)
        idle(qtbot, ready)
        box = dialog(name)
        box.activateWindow()
        qtbot.waitUntil(box.isActiveWindow)
        assert nameless(box) == []
        assert box.windowTitle(), name
        seen = walked(qtbot, box)
        assert {w.objectName() for w in reachable(box) - set(seen)} == set(), name
        buttons = box.findChild(QDialogButtonBox)
        assert buttons is not None, name
        places = [(one, one.mapTo(box, QPoint(0, 0))) for one in seen]
        upwards = [
            (one.objectName(), other.objectName())
            for (one, a), (other, b) in itertools.pairwise(places)
            if not buttons.isAncestorOf(one) and b.y() < a.y() - 40 and b.x() <= a.x()
        ]
        assert upwards == [], f"{name}: Tab goes up"
        defaults = [button for button in box.findChildren(QPushButton) if button.isDefault()]
        assert len(defaults) <= 1, name
        assert defaults or name in READ_ALONE, f"{name}: Enter does nothing"
        if name in MISSING:
            field = box.findChildren(QLineEdit)[0]
            field.setFocus()
            qtbot.keyClick(field, Qt.Key.Key_Return)
            assert find(box, QLabel, f"{name}.problem").text().startswith(MISSING[name])
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        assert not is_open(name)


def test_that_every_form_of_the_program_is_among_those_that_are_walked() -> None:
    for module in pkgutil.iter_modules(dialogs.__path__, f"{dialogs.__name__}."):
        importlib.import_module(module.name)
    forms, named = [FormDialog], set()
    for form in forms:
        forms += form.__subclasses__()
        if form.__module__.startswith(dialogs.__name__) and not form.__subclasses__():
            named |= set(re.findall(r'super\(\).__init__\((?:\w+, )*"(\w+)"', inspect.getsource(form)))
    assert named == OPENED.keys() - READ_ALONE


def test_that_keys_go_to_the_first_field_of_a_dialog_and_not_to_its_button(qtbot: QtBot) -> None:
    box = PasswordDialog(AppError("locked"), None)  # type: ignore[arg-type]
    qtbot.addWidget(box)
    box.open()
    assert box.focusWidget() is box.password


def test_that_enter_in_a_field_of_a_dialog_does_its_act(qtbot: QtBot, ready: Window) -> None:
    ready.commands.set_person()
    box = dialog("person")
    write(box, "person.name", "B. Durand")
    qtbot.keyClick(find(box, QLineEdit, "person.name"), Qt.Key.Key_Return)
    until(qtbot, lambda: not is_open("person"))
    assert ready.session.person == "B. Durand"


def test_that_a_dialog_makes_room_for_what_went_wrong(qtbot: QtBot, ready: Window) -> None:
    ready.commands.correct_value()
    box = dialog("correct")
    assert isinstance(box, CorrectDialog)
    heights = {field: field.height() for field in box.findChildren(QComboBox) if field.isVisible()}
    box.fail(AppError("The drive is full, and nothing was written. " * 8))
    QApplication.processEvents()
    assert {field: field.height() for field in heights} == heights
    said = find(box, QLabel, "correct.problem")
    assert said.height() >= said.heightForWidth(said.width())
    box.close()
