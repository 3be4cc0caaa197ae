"""What an import would do to the endpoint: who is concerned, the numbers before and after, the old curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.consequences import Consequences
    from mirocals_desktop.importing.dated_visits import DatedVisits
    from mirocals_desktop.ui.plots.survival_ghost import GhostPlot

_NAMED: Final = 3  # patients whose change is told in a sentence of its own


class ConsequencesLine(QWidget):
    """The consequences in a few sentences.

    `asked` when a large import's are wanted, `stopped` when no longer; `curve_asked` for the picture.
    """

    asked = Signal()
    stopped = Signal()
    curve_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("review.line")
        self.text = QLabel(self)
        self.text.setObjectName("review.consequences")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.stop = QPushButton(_("Stop"), self)
        self.stop.setObjectName("review.consequences.stop")
        self.stop.clicked.connect(self.stopped)
        self.work = QPushButton(_("Work it out"), self)
        self.work.setObjectName("review.consequences.work")
        self.work.clicked.connect(self.asked)
        self.see = QPushButton(_("See the curve"), self)
        self.see.setObjectName("review.consequences.see")
        self.see.clicked.connect(self.curve_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text, 1)
        for button in (self.work, self.stop, self.see):
            button.setAutoDefault(False)
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.show_nothing()

    def show_nothing(self) -> None:
        """There is nothing to say yet."""
        self.hide()

    def show_work(self) -> None:
        """It is being worked out."""
        self._say(_("Working out what this does to the endpoint …"), theme.faint_colour(), see=False)
        self.stop.show()

    def show_offer(self) -> None:
        """It was stopped, or would take long: it is worked out when somebody wants it."""
        self._say(_("What this does to the endpoint is not worked out."), theme.faint_colour(), see=False)
        self.work.show()

    def show_consequences(self, told: Consequences, visits: DatedVisits) -> None:
        """Say what changes, and at which visits the values are of which no file says it."""
        sentences = consequence_sentences(told)
        changed = any(change.known for change in told.changes)
        colour = theme.warning_colour() if changed or visits.undated else theme.faint_colour()
        if not sentences and told.before is not None:
            sentences = [_("No patient’s time stops otherwise.")]
        lines = [" ".join(sentences[:-1]), *sentences[-1:], " ".join(visit_sentences(visits))]
        self._say("\n".join(filter(None, lines)), colour, see=told.after is not None)

    def _say(self, text: str, colour: str, *, see: bool) -> None:
        self.text.setText(text)
        self.text.setStyleSheet(f"color: {colour};")
        self.stop.hide()
        self.work.hide()
        self.see.setVisible(see)
        self.setVisible(bool(text))


class EndpointView(QWidget):
    """Whose time stops otherwise, beside the curve with the old one as a ghost behind it.

    `patient_asked(id)` when a patient is opened.
    """

    patient_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("review.endpoint")
        self.setAccessibleName(_("Endpoint"))
        self.table = TableView("review.endpoint.patients", _("Whose time stops otherwise"), self)
        self.table.grows = True
        self.table.activated.connect(lambda patient: self.patient_asked.emit(str(patient)))
        self.plot: GhostPlot | None = None
        self.caption = QLabel(self)
        self.caption.setObjectName("review.endpoint.caption")
        self.caption.setWordWrap(True)
        self.caption.setStyleSheet(f"color: {theme.faint_colour()};")
        self._place = QWidget(self)
        self._column = QVBoxLayout(self._place)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.caption)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(self.table)
        split.addWidget(self._place)
        split.setSizes([500, 500])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Nothing is known."""
        self.table.show_columns([], [], empty=_("This is worked out when every question is answered."))
        self.caption.setText("")
        if self.plot is not None:
            self.plot.hide()

    def show_consequences(self, told: Consequences) -> None:
        """List the patients and draw the curves."""
        changes = told.changes
        self.table.show_columns(
            [
                Column("patient", _("Patient"), [change.patient for change in changes]),
                Column(
                    "after",
                    _("After"),
                    [change.after for change in changes],
                    colours=[theme.warning_colour() if c.known and c.changed_event else "" for c in changes],
                    tips=[change.after for change in changes],
                ),
                Column(
                    "before",
                    _("Before"),
                    [change.before for change in changes],
                    tips=[change.before for change in changes],
                    stretch=True,
                ),
            ],
            [change.patient for change in changes],
            empty=_("No patient’s time stops otherwise."),
        )
        if told.after is None:
            self.caption.setText(_("No patient can be analysed."))
            return
        if self.plot is None:
            from mirocals_desktop.ui.plots.survival_ghost import GhostPlot

            self.plot = GhostPlot("review.endpoint.plot")
            self._column.insertWidget(0, self.plot, 1)
        self.plot.show()
        self.plot.show_change(told.before, told.after)
        self.caption.setText(
            _("Solid or dashed: after the import. Dotted: as the study is now.")
            if told.before is not None
            else _("After the import; the study has no curve yet.")
        )


def consequence_sentences(told: Consequences) -> list[str]:
    """The consequences in words: patients by name, then survival and the log-rank test before and after."""
    known = [change for change in told.changes if change.known]
    new = len(told.changes) - len(known)
    events = [change for change in known if change.changed_event]
    sentences = [
        _("Patient {patient}: {after} (before: {before}).").format(
            patient=change.patient, after=change.after, before=change.before
        )
        for change in events[:_NAMED]
    ]
    if len(events) > _NAMED:
        sentences.append(
            _("The endpoint changes as well for: {patients}.").format(
                patients=_some([change.patient for change in events[_NAMED:]])
            )
        )
    others = [change.patient for change in known if not change.changed_event]
    if others:
        sentences.append(
            ngettext(
                "The time or the outcome of {count} patient changes: {patients}.",
                "The times or the outcomes of {count} patients change: {patients}.",
                len(others),
            ).format(count=number_text(len(others)), patients=_some(others))
        )
    if new:
        sentences.append(
            ngettext(
                "{count} patient comes into the analysis.", "{count} patients come into the analysis.", new
            ).format(count=number_text(new))
        )
    if told.changes:
        sentences.append(_numbers(told))
    return [sentence for sentence in sentences if sentence]


def visit_sentences(visits: DatedVisits) -> list[str]:
    """Which visits the days get that no file gives one, in words."""
    sentences = []
    if visits.visits:
        parts = [
            (visits.same_day, _("on the day of a visit {count}")),
            (visits.window, _("in the window of a planned visit {count}")),
            (visits.unscheduled, _("unscheduled {count}")),
        ]
        said = ", ".join(text.format(count=number_text(count)) for count, text in parts if count)
        sentences.append(
            ngettext(
                "For {count} day the files name no visit: {what}.",
                "For {count} days the files name no visit: {what}.",
                len(visits.visits),
            ).format(count=number_text(len(visits.visits)), what=said)
        )
    if visits.undated:
        sentences.append(
            ngettext(
                "{count} value has neither visit nor date.",
                "{count} values have neither visit nor date.",
                visits.undated,
            ).format(count=number_text(visits.undated))
        )
    return sentences


def _numbers(told: Consequences) -> str:
    from mirocals_desktop.ui.plots.survival_words import p_text

    before, after = told.survival
    parts = []
    if after is not None and told.day is not None:
        day, new = number_text(told.day, 0, grouped=False), number_text(after, 3)
        parts.append(
            _("S({day}) {old} → {new}").format(day=day, old=number_text(before, 3), new=new)
            if before is not None
            else _("S({day}) = {new}").format(day=day, new=new)
        )
    old_p, new_p = told.p
    if new_p is not None:
        parts.append(
            _("log-rank {old} → {new}").format(old=p_text(old_p), new=p_text(new_p))
            if old_p is not None
            else _("log-rank {p}").format(p=p_text(new_p))
        )
    return _("{first}; {second}").format(first=parts[0], second=parts[1]) if parts[1:] else "".join(parts)


def _some(patients: list[str]) -> str:
    return ", ".join(patients[:8]) + (" …" if len(patients) > 8 else "")
