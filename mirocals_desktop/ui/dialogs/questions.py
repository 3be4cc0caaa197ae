"""What an import asks: one card for each question, with the likely answers, the evidence, and all others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.palette import Entry, Palette
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.importing.model import Option, Question

_BAR: Final = 3  # pixels of the bar at the question that has the focus
_TELLING: Final = ("coding", "unit")  # questions whose answers say what follows from them
_MOST_CARDS: Final = 80  # more cards at once would hold the window, and nobody reads them
MOST: Final = 4  # answers that are offered at once; the others are a click away


class QuestionPanel(QWidget):
    """The open questions first, then those that were answered or are sure. `answered(id, code)`; `shown(id)`
    when the user wants to see what a question is about; `finished` when the last open one was answered here.
    """

    answered = Signal(str, str)
    shown = Signal(str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("questions")
        self.setAccessibleName(_("Questions"))
        self._questions: tuple[Question, ...] = ()
        self.heading = theme.heading_label("", "questions.heading", self)
        self.heading.setWordWrap(True)
        self.accept = QPushButton(self)
        self.accept.setObjectName("questions.accept")
        self.accept.setAutoDefault(False)
        self.accept.clicked.connect(self._accept_all)
        self._area = QScrollArea(self)
        self._area.setObjectName("questions.area")
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        layout.addWidget(self.accept)
        layout.addWidget(self._area, 1)

    def show_questions(self, questions: Sequence[Question]) -> None:
        """Show these questions; the place in the list is kept. The focus goes from one that was answered
        to the next open one: a whole import is answered from keys without looking for the place.
        """
        open_ones = [question for question in questions if question.open]
        others = [question for question in questions if not question.open and question.asked]
        focused = self.focusWidget()
        asked = self._question_of(focused)
        name = focused.objectName() if focused is not None and focused.hasFocus() else ""
        earlier = [question.id for question in self._questions if question.open]
        self._questions = tuple(questions)
        self.heading.setText(
            ngettext("{count} question is open", "{count} questions are open", len(open_ones)).format(
                count=number_text(len(open_ones))
            )
            if open_ones
            else _("Nothing is left to answer")
        )
        self.accept.setText(
            ngettext("Take the suggestion", "Take all {count} suggestions", len(open_ones)).format(
                count=number_text(len(open_ones))
            )
        )
        self.accept.setVisible(bool(open_ones))
        place = self._area.verticalScrollBar().value()
        body = QWidget()
        body.setObjectName("questions.body")
        cards = QVBoxLayout(body)
        cards.setContentsMargins(0, 0, 8, 0)
        cards.setSpacing(12)
        shown = (*open_ones, *others)
        for question in shown[:_MOST_CARDS]:
            cards.addWidget(self._card(question, body))
        if len(shown) > _MOST_CARDS:
            cards.addWidget(self._rest_label(len(shown) - _MOST_CARDS, body))
        cards.addStretch(1)
        before = self._area.takeWidget()
        if before is not None:
            before.deleteLater()  # later: one of its buttons may be what led here
        self._area.setWidget(body)
        last: QWidget = self.accept  # else what was made last is reached after the dialog's own buttons
        for button in body.findChildren(QAbstractButton):
            QWidget.setTabOrder(last, button)
            last = button
        self._area.verticalScrollBar().setValue(place)
        if name:
            self._return_focus(name, asked, earlier, [question.id for question in open_ones])

    def _return_focus(self, name: str, asked: str, before: Sequence[str], now: Sequence[str]) -> None:
        """Give the focus to the button of this name again, or to what is to be answered next."""
        if (asked in before and asked not in now) or (name == self.accept.objectName() and not now):
            later = before[before.index(asked) + 1 :] if asked else ()
            following = next((question for question in (*later, *now) if question in now), "")
            if following:
                self.go_to(following)
            else:
                self.finished.emit()
            return
        again = self.findChild(QWidget, name)
        if again is not None:
            again.setFocus()

    def _question_of(self, widget: QWidget | None) -> str:
        """The question on whose card a button stands."""
        while widget is not None and widget is not self:
            if widget.property("question"):
                return str(widget.property("question"))
            widget = widget.parentWidget()
        return ""

    def go_to(self, question_id: str) -> None:
        """Bring a question into sight."""
        card = self.findChild(QFrame, f"question.{question_id}")
        if card is not None:
            self._area.ensureWidgetVisible(card)
            first = card.findChild(QRadioButton)
            if first is not None:
                first.setFocus(Qt.FocusReason.TabFocusReason)

    def choose(self, question: Question, parent: QWidget) -> None:
        """Ask a question over its whole list of answers, with a search field."""
        entries = [
            Entry(option.label, option.detail, "check" if option.code == question.chosen else "next",
                  partial(self.answered.emit, question.id, option.code))
            for option in question.options
        ]  # fmt: skip
        palette = Palette(entries, parent)
        palette.field.setPlaceholderText(question.text)
        palette.show_over(parent)

    def _rest_label(self, count: int, parent: QWidget) -> QLabel:
        """How many questions have no card yet."""
        text = ngettext(
            "{count} more question follows when these are answered.",
            "{count} more questions follow when these are answered.",
            count,
        )
        label = QLabel(text.format(count=number_text(count)), parent)
        label.setObjectName("questions.rest")
        label.setWordWrap(True)
        return label

    def _card(self, question: Question, parent: QWidget) -> QFrame:
        card = _Card(parent)
        card.setObjectName(f"question.{question.id}")
        card.setProperty("question", question.id)
        card.setAccessibleName(question.text)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(_BAR + 5, 0, 0, 4)
        layout.setSpacing(4)
        text = theme.heading_label(question.text, f"question.{question.id}.text", card)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(text)
        if question.evidence:
            evidence = QLabel("\n".join(question.evidence), card)
            evidence.setObjectName(f"question.{question.id}.evidence")
            evidence.setTextFormat(Qt.TextFormat.PlainText)
            evidence.setWordWrap(True)
            evidence.setStyleSheet(f"color: {theme.faint_colour()};")
            layout.addWidget(evidence)
        group = QButtonGroup(card)
        for option in self._likely(question):
            suggested = option.code == question.suggested and not question.answer
            # what follows from an answer (how many died, what 140 becomes) shows whether it can be right
            said = f"{option.label} · {option.detail}" if question.kind in _TELLING else option.label
            said = said.removesuffix(" · ")
            label = _("{answer} (suggested)").format(answer=said) if suggested else said
            button = QRadioButton(card)
            button.setObjectName(f"question.{question.id}.{option.code}")
            button.setAccessibleName(label)
            group.addButton(button)
            button.setChecked(option.code == question.answer)
            button.clicked.connect(partial(self._on_answer, question.id, option.code))
            line = QHBoxLayout()
            line.setSpacing(6)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(_ClickableLabel(label, option.detail, button, card), 1)
            layout.addLayout(line)
        below = QWidget(card)
        row = FlowLayout(below)
        if len(question.options) > MOST:
            other = QPushButton(_("Something else…"), card)
            other.setObjectName(f"question.{question.id}.other")
            other.setAutoDefault(False)
            other.clicked.connect(partial(self._on_other, question))
            row.addWidget(other)
        if question.cells:
            show = QPushButton(_("Show {cell}").format(cell=question.cells[0]), card)
            show.setObjectName(f"question.{question.id}.show")
            show.setAutoDefault(False)
            show.clicked.connect(partial(self._on_show, question.id))
            row.addWidget(show)
        layout.addWidget(below)
        return card

    def _likely(self, question: Question) -> list[Option]:
        """The answers to offer at once: the given one, the suggested one, leaving it out, then the first.

        The first answers of a long list are worth a place only when the suggestion is among them: else the
        list begins with what nothing speaks for. Whose row it is, the first columns are likely to say.
        """
        if len(question.options) <= MOST:
            return list(question.options)
        shown = {question.answer, question.suggested, "left_out", "none"}
        first = [option.code for option in question.options[:MOST]]
        if question.suggested in first or question.kind == "patient":
            shown.update(first[: MOST - 1])
        return [option for option in question.options if option.code in shown]

    def _on_answer(self, question_id: str, code: str, _checked: object = None) -> None:
        self.answered.emit(question_id, code)

    def _on_show(self, question_id: str, _checked: object = None) -> None:
        self.shown.emit(question_id)

    def _on_other(self, question: Question, _checked: object = None) -> None:
        self.choose(question, self.window())

    def _accept_all(self) -> None:
        for question in self._questions:
            if question.open:
                self.answered.emit(question.id, question.suggested)


class _Card(QFrame):
    """A question; a bar at its left tells that the keys speak to it."""

    @override
    def childEvent(self, event: QChildEvent) -> None:
        if event.added():
            event.child().installEventFilter(self)
        super().childEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        focused = self.focusWidget()
        if focused is not None and focused.hasFocus():
            painter = QPainter(self)
            painter.fillRect(0, 0, _BAR, self.height(), self.palette().color(QPalette.ColorRole.Accent))
            painter.end()


class _ClickableLabel(QLabel):
    """The words of an answer: unlike a radio button's own they wrap; a click on them is one on the button."""

    def __init__(self, text: str, tip: str, button: QRadioButton, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setObjectName(f"{button.objectName()}.text")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setToolTip(tip)
        self.setBuddy(button)
        self._button = button

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._button.click()
