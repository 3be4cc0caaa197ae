"""What every view of the survival page is, and the row of names that brings one to the front.

To add a view:

1. write a subclass of `SurvivalView` in a module of this folder: set `code`, build the widgets in
   `__init__(session, parent)` (call `super().__init__` first), and fill them in `show_answer(answer)`.
   What may take more than 50 ms goes through `self.compute(title, work, done)`: `work(report)` runs on the
   worker and touches no widget, `done(result)` comes back here, and only while its answer is still wanted;
2. empty the widgets in `show_nothing(why)`: it is also how arms leave the screen when a study is blinded;
3. add a row to `VIEWS` in `survival_views/__init__.py`: code, name in the row, module, class.

The frame calls `show_answer` only for the view in front: when it comes to the front, when the page has a new
answer (study, filter or a choice changed), and when the colours have changed. After a change of language
everything is built anew. A view reads what the page is asked from `answer.design`, and what was found from
`answer.analysis`; a view that compares arms first asks `answer.design.arms_visible` and else says
`blinded_text()`. It selects patients by `self.session.select(...)`, goes to a page by `page_asked` and to
another view by `view_asked`. Object names begin with `survival.<code>`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.further_choices import FurtherChoices
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.session import Selection, Session

if TYPE_CHECKING:
    from mirocals_desktop.analysis.kaplan_meier import Interval
    from mirocals_desktop.analysis.study_survival import StudySurvival
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.ui.theme import DataStyle

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Design:
    """What the page is asked: the study with its options, and how the page looks at it.

    `by` and `strata` are codes as `analyse_study` takes them, `patients` those that the filter lets through
    (None: everybody), and `subset` the sentence that says so ("" for everybody).
    """

    snapshot: Snapshot
    by: str
    strata: tuple[str, ...]
    strata_name: str
    interval: Interval
    patients: tuple[str, ...] | None
    subset: str

    @property
    def arms_visible(self) -> bool:
        """Whether anything may be told by arm."""
        return self.snapshot.arms_visible


@dataclass(frozen=True, eq=False)
class Answer:
    """The design with the page's own analysis of it; None with the reason `why` there is none."""

    design: Design
    analysis: StudySurvival | None
    why: str = ""
    styles: tuple[DataStyle, ...] = ()


@dataclass(frozen=True)
class ViewPlace:
    """One name in the row: code, name (marked for translation), and where its class is."""

    code: str
    title: str
    module: str
    name: str


class SurvivalView(QWidget):
    """One way to look at survival. `page_asked(page)` and `view_asked(view)` go elsewhere.

    `answer` is what the view shows; None while it shows nothing.
    """

    code: ClassVar[str] = ""

    page_asked = Signal(str)
    view_asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.answer: Answer | None = None
        self.setObjectName(f"survival.{self.code}")

    def show_answer(self, answer: Answer) -> None:
        """Show an answer that has an analysis."""
        raise NotImplementedError

    def show_nothing(self, why: str) -> None:
        """Empty everything and say why there is nothing ("" while it is not known)."""
        raise NotImplementedError

    def show_selection(self, selection: Selection) -> None:
        """Mark what is selected."""

    def open_patient(self, patient: str) -> None:
        """Select a patient everywhere and go to the patient's page."""
        self.session.select(patient=patient)
        self.page_asked.emit("patient")

    def chosen(self) -> dict[str, Any]:
        """What is set in this view that the proof follows: fields of `FurtherChoices`."""
        return {}

    def take_choices(self, choices: FurtherChoices) -> bool:  # noqa: ARG002 (for the proof)
        """Be told what is set in all views; True where that changes what is shown here."""
        return False

    def show_detail(self, detail: str) -> None:
        """Show the part that was asked for: what stands after the colon of `view_asked("code:detail")`."""

    def compute(
        self, title: str, work: Callable[[Report], T], done: Callable[[T], None], *, key: str = ""
    ) -> None:
        """Do long work on the worker, then `done(result)` here, unless the page has another answer by then.

        A newer call with the same key replaces the older one.
        """
        answer = self.answer

        def take(result: T) -> None:
            if self.answer is answer:
                done(result)

        self.session.jobs.start(
            title, work, done=take, owner=self, key=f"survival.{self.code}.{key}", quiet=True
        )


class Pile(QStackedWidget):
    """One view in front. Qt would take the height that a view wraps to at its best for the least it needs."""

    @override
    def hasHeightForWidth(self) -> bool:
        return False

    @override
    def minimumSizeHint(self) -> QSize:
        least, view = super().minimumSizeHint(), self.currentWidget()
        layout = view.layout() if view is not None else None
        if layout is not None and layout.hasHeightForWidth():
            least.setHeight(max(least.height(), layout.minimumHeightForWidth(self.width())))
        return least


class ViewStack(QWidget):
    """The views of a page, made when they are first shown, and their row of names in `bar`.

    `bar` is a widget of its own, for the page to put where it likes. `page_asked` as from the views;
    `shown(code)` after another view came to the front.
    """

    page_asked = Signal(str)
    shown = Signal(str)

    def __init__(self, session: Session, places: Sequence[ViewPlace], bar: ViewBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._places = {place.code: place for place in places}
        self._views: dict[str, SurvivalView] = {}
        self._answer: Answer | None = None
        self._why = ""
        self._current = places[0].code
        self.bar = bar
        bar.chosen.connect(self.show_view)
        self._stack = Pile(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.show_view(self._current)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all views, in order."""
        return tuple(self._places)

    @property
    def current(self) -> str:
        """The code of the view in front."""
        return self._current

    def view(self, code: str) -> SurvivalView:
        """A view, made now if it was not there."""
        if code not in self._views:
            place = self._places[code]
            view: SurvivalView = getattr(importlib.import_module(place.module), place.name)(
                self._session, self._stack
            )
            view.page_asked.connect(self.page_asked)
            view.view_asked.connect(self.show_view)
            view.show_nothing(self._why)
            self._views[code] = view
            self._stack.addWidget(view)
        return self._views[code]

    def show_view(self, code: str) -> None:
        """Bring a view to the front and let it show what is known; "code:detail" shows a part of it."""
        code, _colon, detail = code.partition(":")
        view = self.view(code)
        self._current = code
        self.bar.check(code)
        self._stack.setCurrentWidget(view)
        self._fill(view)
        if detail:
            view.show_detail(detail)
        self.shown.emit(code)

    def show_answer(self, answer: Answer) -> None:
        """Show this answer from now on: in the view in front now, in others when they come to the front."""
        if answer.analysis is None:
            self.show_nothing(answer.why)
            return
        self._answer, self._why = answer, ""
        self._fill(self._views[self._current])

    def show_nothing(self, why: str) -> None:
        """Empty every view that was made: nothing of an earlier answer stays anywhere."""
        self._answer, self._why = None, why
        for view in self._views.values():
            view.answer = None
            view.show_nothing(why)

    def show_selection(self, selection: Selection) -> None:
        """Mark what is selected in the view in front."""
        view = self._views[self._current]
        if view.answer is not None:
            view.show_selection(selection)

    def _fill(self, view: SurvivalView) -> None:
        answer = self._answer
        if answer is None:
            return
        chosen = {name: value for one in self._views.values() for name, value in one.chosen().items()}
        changed = view.take_choices(FurtherChoices(**chosen))
        if view.answer is not answer or changed:
            view.answer = answer
            view.show_answer(answer)
        view.show_selection(self._session.selection)


_SWITCH = """
QToolButton { border: none; border-bottom: 2px solid transparent; padding: 3px 7px; }
QToolButton:hover { background: palette(midlight); }
QToolButton:focus { border: 1px solid palette(highlight); padding: 2px 6px 3px 6px; }
QToolButton:checked { border-bottom: 2px solid palette(highlight); background: palette(midlight); }
QToolButton::menu-indicator { image: none; }
"""
_GAP = 2


class ViewBar(QWidget):
    """The names of the views in one row; those for which it has no room stand in the menu at its end."""

    chosen = Signal(str)

    def __init__(self, name: str, places: Sequence[ViewPlace], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(_("Views"))
        self.setStyleSheet(_SWITCH)
        self._buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for place in places:
            button = self._button(f"survival.view.{place.code}", _(place.title))
            button.clicked.connect(lambda _checked=False, code=place.code: self.chosen.emit(code))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[place.code] = button
        self.more = self._button(f"{name}.more", "")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        row.addWidget(self.more)
        row.addStretch(1)

    def check(self, code: str) -> None:
        """Show which view is in front."""
        self._buttons[code].setChecked(True)
        self._arrange()

    @override
    def minimumSizeHint(self) -> QSize:
        return self.more.sizeHint()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _arrange(self) -> None:
        """Show the names that fit; the menu has the others, and tells which of them is in front."""
        self.more.setText(_("More") + " \u25be")
        widths = [button.sizeHint().width() + _GAP for button in self._buttons.values()]
        longest = max(widths) + self.fontMetrics().horizontalAdvance(" \u25be")
        fits = len(widths)
        if sum(widths) > self.width():
            fits, left = 0, self.width() - longest
            while left >= widths[fits]:
                left -= widths[fits]
                fits += 1
        hidden = list(self._buttons.items())[fits:]
        menu = self.more.menu()
        menu.clear()
        for number, button in enumerate(self._buttons.values()):
            button.setVisible(number < fits)
        for code, button in hidden:
            action = menu.addAction(button.text())
            action.setCheckable(True)
            action.setChecked(button.isChecked())
            action.triggered.connect(lambda _checked=False, code=code: self.chosen.emit(code))
        front = next((button.text() for _code, button in hidden if button.isChecked()), "")
        if front:
            self.more.setText(f"{front} \u25be")
        self.more.setChecked(bool(front))
        self.more.setAccessibleName(_("More views"))
        self.more.setVisible(bool(hidden))


def blinded_text() -> str:
    """What a view that compares arms says in a blinded study."""
    return _("This study is blinded: nothing is compared by arm before it is unblinded.")
