"""One patient: strips on one axis of study days, and every observation in a table below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.patient import build_records, has_scores, series_choices
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.paper import PagesSheet
from mirocals_desktop.ui.patient_table import observation_columns
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.passport import day_title, export_as_job, footnote, record_export
from mirocals_desktop.ui.plots.patient import (
    ADVERSE,
    COURSE,
    DOMAINS,
    MEDICATION,
    SCORES,
    STAGES,
    Mark,
    PatientPlot,
)
from mirocals_desktop.ui.plots.patient_scales import strip_title
from mirocals_desktop.ui.plots.patient_words import course_sentences, day_sentence, mark_sentence
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.taking_out import print_shown
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.patient import PatientRecord, Records
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot

_PREFERRED: Final = (
    codes.SVC_PERCENT,
    codes.WEIGHT,
    codes.TREG_PERCENT,
    codes.TREG_COUNT,
    codes.CSF_PNFH,
    codes.CCL2_PLASMA,
    codes.CCL2_CSF,
)
_FEW: Final = 5  # strips of a study that measures nothing of the above
_STRIP_LINES: Final = 5  # a strip is as high as so many lines of text: four names stand at its end
_FACTS: Final = (codes.ARM, codes.SITE, codes.SEX, codes.AGE, codes.ONSET_SITE)


class PatientPage(Page):
    """Everything about the selected patient; the others are one key away."""

    code: ClassVar[str] = "patient"
    icon: ClassVar[str] = "patient"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._records: Records | None = None
        self._record: PatientRecord | None = None
        self._strips: list[str] = []
        self._hidden: set[str] = set()
        self._chosen = False

        self.heading = theme.title_label("", "patient.heading")
        self.facts = QLabel(self)
        self.facts.setObjectName("patient.facts")
        self.facts.setStyleSheet("color: palette(placeholder-text);")
        self.facts.setWordWrap(True)
        self.course = QLabel(self)
        self.course.setObjectName("patient.course")
        self.course.setWordWrap(True)
        self.course.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.back = self._button("previous", _("Previous patient"), "back", "Alt+Left", -1)
        self.next = self._button("next", _("Next patient"), "next", "Alt+Right", 1)
        self.place = QLabel(self)
        self.place.setObjectName("patient.place")
        self.strips = QToolButton(self)
        self.strips.setObjectName("patient.strips")
        self.strips.setText(_("Strips"))
        self.strips.setIcon(icon("columns"))
        self.strips.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.strips.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.strips.setAccessibleName(_("Choose strips"))
        self.strip_menu = QMenu(self.strips)
        self.strip_menu.setObjectName("patient.strips.menu")
        self.strips.setMenu(self.strip_menu)
        self.onset = QToolButton(self)
        self.onset.setObjectName("patient.onset")
        self.onset.setText(_("From onset"))
        self.onset.setToolTip(_("Begin the axis on the day of onset"))
        self.onset.setCheckable(True)
        self.onset.setChecked(True)
        self.onset.toggled.connect(self._on_onset_toggled)
        self.pdf = QToolButton(self)
        self.pdf.setObjectName("patient.pdf")
        self.pdf.setText(_("PDF…"))
        self.pdf.setToolTip(_("Write this page to a PDF"))
        self.pdf.clicked.connect(lambda _checked=False: self._ask_pdf())
        self.print = QToolButton(self)
        self.print.setObjectName("patient.print")
        self.print.setIcon(icon("print"))
        self.print.setAccessibleName(_("Print this page"))
        self.print.setToolTip(_("Print this page"))
        self.print.clicked.connect(lambda _checked=False: print_shown(self))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.heading, 1)
        controls = QHBoxLayout()
        controls.setSpacing(8)
        for widget in (self.onset, self.strips, self.pdf, self.print, self.place, self.back, self.next):
            controls.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addLayout(controls)
        head.setAlignment(controls, Qt.AlignmentFlag.AlignTop)

        self.plot = PatientPlot("patient.plot")
        self.plot.pointed.connect(self._on_pointed)
        self.plot.clicked.connect(self._on_clicked)
        self.plot.saved.connect(lambda path: record_export(self.session, path))
        area = self._area = QScrollArea(self)
        area.setObjectName("patient.area")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.plot)
        self.table = TableView("patient.table", _("Observations of the patient"), self)
        self.table.selected.connect(lambda key: self.session.select_observation(int(key)))
        self.plot.table_asked.connect(self.table.view.setFocus)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("patient.split")
        split.setChildrenCollapsible(False)
        split.setHandleWidth(5)
        upper = QWidget(split)
        stack = QVBoxLayout(upper)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(2)
        stack.addWidget(area, 1)
        stack.addWidget(self.plot.sentence)  # stays in view while the strips are scrolled
        split.addWidget(upper)
        split.addWidget(self.table)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 2)
        split.setSizes([520, 190])
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addWidget(self.course)
        column.addWidget(split, 1)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Patient")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        def work(report: Report) -> Records:
            return build_records(snapshot, report=report)

        if self._records is not None and self._records.snapshot is snapshot:
            self._show_patient()  # only the filter is another
        else:
            self._records = self._record = None
            self.compute(_("Reading the patients"), work, self._take)

    @override
    def show_selection(self, selection: Selection) -> None:
        if self._records is None:
            return
        if self._record is None or (selection.patient and selection.patient != self._record.patient):
            self._show_patient()
        self._mark(selection)

    # The patient

    def _button(self, code: str, text: str, icon_name: str, key: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"patient.{code}")
        button.setAccessibleName(text)
        button.setToolTip(f"{text} ({key})")
        button.setIcon(icon(icon_name))
        button.setAutoRaise(True)
        button.clicked.connect(lambda _checked=False: self.go(step))
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self.go(step))
        return button

    def _take(self, records: Records) -> None:
        if records.snapshot is not self.session.snapshot:
            return
        self._records = records
        self._offer_strips(records.snapshot)
        self._show_patient()

    def go(self, step: int) -> None:
        """To the next patient of those shown, or to an earlier one with -1."""
        patients = self.session.patients_shown()
        if self._record is None or not patients:
            return
        present = self._record.patient
        place = patients.index(present) + step if present in patients else 0
        if 0 <= place < len(patients):
            self.session.select(patient=patients[place])

    def _show_patient(self) -> None:
        records = self._records
        if records is None:
            return
        patients = self.session.patients_shown()
        patient = self.session.selection.patient
        if not patient or patient not in records.snapshot.patients.index:
            patient = self._record.patient if self._record is not None else ""
            patient = patient if patient in patients else patients[0] if patients else ""
        if not patient:
            self._record = None
            self.plot.show_nothing(_("No patient is shown. Import patients, or show all of them."))
            self.table.show_columns([], empty="")
            self.heading.setText(self.title())
            self.facts.setText("")
            self.course.setText("")
            return
        record = records.of(patient)
        self._record = record
        snapshot = records.snapshot
        self.heading.setText(_("Patient {patient}").format(patient=patient))
        self.facts.setText(self._facts(record))
        self.course.setText("\n".join(course_sentences(record)))
        place = patients.index(patient) if patient in patients else -1
        self.place.setText(
            _("{place} of {count}").format(
                place=number_text(place + 1, 0), count=number_text(len(patients), 0)
            )
            if place >= 0
            else ""
        )
        self.back.setEnabled(place > 0)
        self.next.setEnabled(0 <= place < len(patients) - 1)
        self.plot.caption = self.heading.text()
        self.plot.footnote = footnote(snapshot, [])
        self.plot.folder = str(self.session.folder_for("figure"))
        self.plot.file_name = f"patient_{patient}"
        self.plot.show_patient(record, x_title=day_title(snapshot))
        self._show_table(record)
        self._mark(self.session.selection)

    def _facts(self, record: PatientRecord) -> str:
        """Arm, site, sex, age ... as far as they are known, then status and class."""
        study, parts = record.study, []
        for code in _FACTS:
            variable = study.protocol.variable(code)
            if variable is None or code not in study.patients.columns:
                continue
            value = study.patients[code].iloc[0]
            if isinstance(value, str):
                choice = variable.choice(value)
                arm = study.protocol.arm(value) if code == codes.ARM else None
                text = str(arm.label if arm else choice.label if choice else value)
            else:
                text = f"{number_text(value, 0)} {unit_text(variable.unit)}".strip() if value == value else ""
            if text:
                parts.append(text)
        facts = self.session.facts
        if facts is not None:
            parts.append(facts.status_of(record.patient))
            index = facts.class_index.get(record.patient, -1)
            marker = study.protocol.variable(facts.class_variable)
            if index >= 0 and marker is not None:
                parts.append(f"{marker.label} {facts.class_labels[index]}")
        return " · ".join(part for part in parts if part)

    def _show_table(self, record: PatientRecord) -> None:
        ids = record.study.observations["id"].to_numpy()
        empty = _("Nothing is stored of this patient.")
        self.table.show_columns(observation_columns(record.study), ids, empty=empty)

    def _mark(self, selection: Selection) -> None:
        own = self._record is not None and selection.patient == self._record.patient
        observation = selection.observation if own else 0
        self.plot.mark_observation(observation)
        if observation and self.table.current_key() != observation:
            self.table.select(observation)
        top, bottom = self.plot.strip_place(observation)
        if bottom:
            self._area.ensureVisible(0, top, 0, 40)
            self._area.ensureVisible(0, bottom, 0, 24)

    # Strips

    def _offer_strips(self, snapshot: Snapshot) -> None:
        """Offer what the study measures; what was hidden or shown stays so."""
        variables = series_choices(snapshot)
        present = [variable.code for variable in variables]
        names = {COURSE: _("Visits and doses")}
        if has_scores(snapshot):
            names |= {SCORES: _("ALSFRS-R total"), DOMAINS: _("ALSFRS-R domains"), STAGES: _("Stages")}
        preferred = [code for code in _PREFERRED if code in present]
        names |= {variable.code: strip_title(variable) for variable in variables}
        for log, name, text in (
            (codes.LOG_ADVERSE_EVENT, ADVERSE, _("Adverse events")),
            (codes.LOG_MEDICATION, MEDICATION, _("Medication")),
        ):
            if log in snapshot.logs and len(snapshot.logs[log]):
                names[name] = text
        if not self._chosen:
            wanted = {COURSE, SCORES, DOMAINS, STAGES, ADVERSE, MEDICATION, *(preferred or present[:_FEW])}
            self._hidden = set(names) - wanted
        rest = (code for code in present if code not in preferred)
        order = [COURSE, SCORES, DOMAINS, STAGES, *preferred, *rest, ADVERSE, MEDICATION]
        self._strips = [name for name in order if name in names]
        self.strip_menu.clear()
        for name in self._strips:
            action = QAction(names[name], self.strip_menu)
            action.setObjectName(f"patient.strips.{name}")
            action.setCheckable(True)
            action.setChecked(name not in self._hidden)
            action.toggled.connect(lambda on, name=name: self._toggle(name, shown=on))
            self.strip_menu.addAction(action)
        self._arrange()

    def _on_onset_toggled(self, on: bool) -> None:  # noqa: FBT001 (Qt's signal)
        """Begin the axis on the day of onset, or with the first visit."""
        self.plot.from_onset = on
        if self._record is not None:
            self.plot.show_patient(self._record, x_title=day_title(self._record.study))

    def on_paper(self) -> PagesSheet:
        """What the page says of the patient, on pages of paper."""
        from mirocals_desktop.ui.patient_sheet import patient_sheet, record_strips

        record = self._record
        if record is None:
            return PagesSheet(self.title(), lambda _painter, _device: 0)
        lines = [self.facts.text(), *self.course.text().split("\n")]
        return patient_sheet(record.study, self.heading.text(), lines, record_strips(self.plot))

    def _ask_pdf(self) -> None:
        """Ask where, and write what the page says of the patient."""
        record = self._record
        if record is None:
            return

        def write(path: Path) -> None:
            from mirocals_desktop.ui.patient_sheet import write_patient_sheet

            sheet = self.on_paper()
            export_as_job(
                self.session,
                path,
                lambda: write_patient_sheet(sheet, path),
                failed=lambda error: show_error(self, error),
            )

        ask.file_to_save(
            self,
            write,
            title=_("Write this page to a PDF"),
            kinds=[_("PDF (*.pdf)")],
            proposal=self.session.folder_for("export") / f"patient_{record.patient}.pdf",
        )

    def _toggle(self, name: str, *, shown: bool) -> None:
        self._chosen = True
        self._hidden = self._hidden - {name} if shown else self._hidden | {name}
        self._arrange()

    def _arrange(self) -> None:
        shown = [name for name in self._strips if name not in self._hidden]
        self.plot.setMinimumHeight(_STRIP_LINES * self.fontMetrics().height() * (len(shown) + 1))
        self.plot.show_strips(shown)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Larger letters need higher strips."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and getattr(self, "_strips", None):
            self._arrange()

    # Pointing

    def _on_pointed(self, pointer: Pointer | None) -> None:
        self.plot.say(self.sentence(pointer))

    def sentence(self, pointer: Pointer | None) -> str:
        """What the pointer is on; between things, what was last known on its day."""
        record = self._record
        if record is None or pointer is None:
            return ""
        mark = self.plot.mark(pointer)
        if mark is None:
            return day_sentence(record, pointer.x, [s for s in self._strips if s not in self._hidden])
        return mark_sentence(record, mark)

    def _on_clicked(self, pointer: Pointer) -> None:
        mark: Mark | None = self.plot.mark(pointer)
        if mark is not None and mark.observation:
            self.session.select_observation(mark.observation)
