"""The panel at the right: explains what is selected, down to the cell it came from and what it replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.entry_words import entry_text
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.query_words import mark_name, state_name
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.values import date_text, time_text, value_text, variable_text, visit_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.study.snapshot import Snapshot

_MOST_QUERIES: Final = 5  # of what is selected, the latest; the page of queries has all


class Inspector(QWidget):
    """Follows the session's selection. `run(code)` runs an action of the table."""

    def __init__(self, session: Session, run: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName(_("Inspector"))
        larger = max(session.settings.text_size, 100) / 100
        self.setMinimumWidth(round(220 * larger))
        self.setMaximumWidth(round(420 * larger))
        self._session = session
        self._run = run
        heading = QLabel(_("Inspector"), self)
        heading.setObjectName("inspector.heading")
        heading.setStyleSheet("color: palette(placeholder-text); font-weight: 600;")
        close = QToolButton(self)
        close.setObjectName("inspector.close")
        close.setAccessibleName(_("Hide the inspector"))
        close.setToolTip(_("Hide the inspector (F9)"))
        close.setIcon(icon("close"))
        close.setAutoRaise(True)
        close.clicked.connect(lambda: run("toggle_inspector"))
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(close)
        self._area = QScrollArea(self)
        self._area.setObjectName("inspector.area")
        self._area.setAccessibleName(_("Inspector"))
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._area, 1)
        self._history: QVBoxLayout | None = None
        self._brief: tuple[QLabel, QLabel, _Origin] | None = None  # when nothing but a patient is explained
        self._brief_editable = False
        session.study_changed.connect(self.refresh)
        session.selection_changed.connect(self.refresh)
        session.jobs.postpone(self.refresh, owner=self)

    def refresh(self) -> None:
        """Explain the selection of now."""
        snapshot = self._session.snapshot
        selection = self._session.selection
        if snapshot is not None and self._name_next(snapshot):
            return
        self._history = None
        self._brief, self._brief_editable = None, self._session.as_of is None
        body = QWidget()
        body.setObjectName("inspector.body")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 4, 4, 4)
        layout.setSpacing(8)
        if snapshot is None or not selection.patient:
            layout.addWidget(_text(_("Select a patient, a row or a point: it is explained here."), "nothing"))
        else:
            row = _observation(snapshot, selection.observation)
            named = self._add_patient(layout, snapshot, has_value=row is not None)
            if selection == Selection(patient=selection.patient) and not _has_reviews(
                snapshot, selection.patient
            ):
                self._brief = named
            if row is not None:
                self._add_value(layout, snapshot, row)
            elif selection.variable:
                layout.addWidget(
                    _text(
                        _("No value of {variable} is stored here.").format(
                            variable=variable_text(snapshot.protocol, selection.variable)
                        ),
                        "no_value",
                    )
                )
            self._add_reviews(layout, snapshot, has_value=row is not None)
            self._add_buttons(layout, has_value=row is not None)
        layout.addStretch(1)
        before = self._area.takeWidget()
        if before is not None:
            before.deleteLater()  # later: one of its buttons may be what led here
        self._area.setWidget(body)

    def _name_next(self, snapshot: Snapshot) -> bool:
        """Name another patient where nothing else was said or is to be: new widgets would cost far more."""
        selection = self._session.selection
        patient = selection.patient
        if self._brief is None or not patient or selection != Selection(patient=patient):
            return False
        editable = self._session.as_of is None
        if editable != self._brief_editable or _has_reviews(snapshot, patient):
            return False
        title, status, origin = self._brief
        self._name_patient(title, status, patient)
        self._show_origin(origin, snapshot)
        return True

    def _add_patient(
        self, layout: QVBoxLayout, snapshot: Snapshot, *, has_value: bool
    ) -> tuple[QLabel, QLabel, _Origin]:
        title = theme.title_label("", "inspector.patient")
        title.setWordWrap(True)
        status = _text("", "status", faint=True)
        origin = _Origin(self._session.select_observation)
        for widget in (title, status, origin):
            layout.addWidget(widget)
        self._name_patient(title, status, self._session.selection.patient)
        if has_value:
            origin.hide()
        else:
            self._show_origin(origin, snapshot)
        return title, status, origin

    def _show_origin(self, origin: _Origin, snapshot: Snapshot) -> None:
        """What the patient's status rests on, or from which day a visit without values is planned."""
        from mirocals_desktop.analysis.origins import find_plan_origin

        selection, facts = self._session.selection, self._session.facts
        if selection.visit:
            number = find_plan_origin(snapshot, selection.patient)
            heading = _("{visit} is planned from").format(
                visit=visit_text(snapshot.protocol, selection.visit)
            )
        else:
            number = facts.status_origin.get(selection.patient, 0) if facts is not None else 0
            heading = _("Known from")
        origin.show_value(heading, snapshot, _observation(snapshot, number))

    def _name_patient(self, title: QLabel, status: QLabel, patient: str) -> None:
        title.setText(_("Patient {patient}").format(patient=patient))
        facts = self._session.facts
        line = facts.status_of(patient) if facts is not None else ""
        status.setText(line)
        status.setVisible(bool(line))

    def _add_value(self, layout: QVBoxLayout, snapshot: Snapshot, row: dict[str, Any]) -> None:
        protocol = snapshot.protocol
        variable = protocol.variable(row["variable"])
        layout.addWidget(_text(variable_text(protocol, row["variable"]), "variable", faint=True))
        value = theme.title_label(value_text(variable, row), "inspector.value")
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(value)
        form = _form()
        _add(form, _("Visit"), visit_text(protocol, row["visit"]), "visit")
        _add(form, _("Date"), date_text(row["date"]), "date")
        if row["record"] > 0:
            _add(form, _("Record"), str(row["record"]), "record")
        given = row["unit"] if variable is not None and row["unit"] != variable.unit else ""
        _add(form, _("Unit in file"), given, "unit")
        layout.addLayout(form)
        layout.addWidget(theme.heading_label(_("Where it came from"), "inspector.source_heading"))
        source = _form()
        _add(source, _("File"), row["file"], "file")
        _add(source, _("Sheet"), row["sheet"], "sheet")
        _add(source, _("Cell"), row["cell"], "cell")
        if not row["sealed"]:
            _add(source, _("As written"), f"“{row['raw']}”" if row["raw"] else "", "raw")
        entry = _entry(snapshot, row["entry"])
        if entry is not None:
            _add(source, _("Entry"), entry_text(snapshot, entry), "entry")
            _add(
                source,
                _("By"),
                " · ".join(t for t in (entry["person"], _(str(entry["role"]))) if t),
                "person",
            )
            _add(source, _("When"), time_text(str(entry["at_utc"])), "when")
            _add(source, _("Reason"), entry["reason"], "reason")
        layout.addLayout(source)
        self._history = QVBoxLayout()
        self._history.setSpacing(4)
        layout.addLayout(self._history)
        observation, record = int(row["id"]), int(row["record"])
        patient, variable_code, visit = str(row["patient"]), str(row["variable"]), str(row["visit"])
        if row["replaces"]:
            self._session.look_up(
                _("Reading the history of a value"),
                lambda study: study.history(patient, variable_code, visit=visit, record=record),
                done=lambda history: self._show_history(observation, history),
                owner=self,
                key="inspector.history",
            )

    def _show_history(self, observation: int, history: pd.DataFrame) -> None:
        """Add what the value replaced, the latest first."""
        snapshot = self._session.snapshot
        if self._history is None or snapshot is None or self._session.selection.observation != observation:
            return
        earlier = [row for row in history.to_dict("records") if int(row["id"]) < observation]
        if not earlier:
            return
        self._history.addWidget(theme.heading_label(_("It replaced"), "inspector.history_heading"))
        for row in reversed(earlier):
            variable = snapshot.protocol.variable(str(row["variable"]))
            place = ", ".join(str(row[name]) for name in ("file", "sheet", "cell") if row[name])
            lines = [value_text(variable, {str(name): value for name, value in row.items()}), place]
            lines.append(f"{time_text(str(row['at_utc']))} · {row['person']}")
            if row["withdrawn_by"]:
                lines.append(_("withdrawn by entry {number}").format(number=int(row["withdrawn_by"])))
            self._history.addWidget(
                _text("\n".join(line for line in lines if line), f"history.{int(row['id'])}", faint=True)
            )

    def _add_reviews(self, layout: QVBoxLayout, snapshot: Snapshot, *, has_value: bool) -> None:
        """The mark and the queries of what is selected; of a patient alone those that are not closed."""
        selection, reviews = self._session.selection, snapshot.reviews
        mark = reviews.mark_on(
            patient=selection.patient, visit=selection.visit, observation=selection.observation
        )
        if mark is not None:
            said = _("Marked {mark} by {person}, {time}").format(
                mark=mark_name(mark.mark), person=mark.person, time=time_text(mark.at_utc)
            )
            layout.addWidget(_text(f"{said}\n{mark.text}" if mark.text else said, "mark"))
        found = reviews.queries_on(patient=selection.patient, observation=selection.observation)
        shown = [query for query in found if has_value or query.state != "closed"][-_MOST_QUERIES:]
        if shown:
            layout.addWidget(theme.heading_label(_("Queries"), "inspector.queries_heading"))
        for query in shown:
            line = titled(f"{query.name}, {state_name(query.state)}", query.text)
            layout.addWidget(_text(line, f"query.{query.id}"))
        if shown:
            there = QPushButton(icon("queries"), _("Show in Queries"))
            there.setObjectName("inspector.show_queries")
            there.clicked.connect(lambda: self._run("page:queries"))
            layout.addWidget(there)

    def _add_buttons(self, layout: QVBoxLayout, *, has_value: bool) -> None:
        open_patient = QPushButton(icon("patient"), _("Open patient"))
        open_patient.setObjectName("inspector.open_patient")
        open_patient.clicked.connect(lambda: self._run("page:patient"))
        layout.addSpacing(4)
        layout.addWidget(open_patient)
        if has_value and self._session.as_of is None:
            correct = QPushButton(icon("correct"), _("Correct with reason…"))
            correct.setObjectName("inspector.correct")
            correct.clicked.connect(lambda: self._run("correct_value"))
            layout.addWidget(correct)
        if self._session.as_of is None:
            ask = QPushButton(icon("question"), _("Raise a query…"))
            ask.setObjectName("inspector.raise_query")
            ask.setToolTip(_("Raise a query (Q)"))
            ask.clicked.connect(lambda: self._run("raise_query"))
            layout.addWidget(ask)
            marks = QHBoxLayout()
            marks.setSpacing(4)
            for code, text, key in (
                ("mark_seen", _("Seen"), "S"),
                ("mark_confirmed", _("Confirmed"), "C"),
                ("mark_to_check", _("To check"), "T"),
            ):
                button = QPushButton(text)
                button.setObjectName(f"inspector.{code}")
                button.setToolTip(f"{text} ({key})")
                button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                button.setStyleSheet("padding-left: 2px; padding-right: 2px;")
                button.clicked.connect(lambda _checked=False, code=code: self._run(code))
                marks.addWidget(button)
            layout.addLayout(marks)
        if has_value:
            copy = QPushButton(icon("copy"), _("Copy this explanation"))
            copy.setObjectName("inspector.copy")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
            layout.addWidget(copy)

    def text(self) -> str:
        """Everything that the inspector says, as lines."""
        body = self._area.widget()
        labels = body.findChildren(QLabel) if body is not None else []
        return "\n".join(label.text() for label in labels if label.text())


class _Origin(QWidget):
    """The stored value that something derived rests on, with its cell; a button points at it."""

    def __init__(self, point_at: Callable[[int], None]) -> None:
        super().__init__()
        self._observation = 0
        self._heading = theme.heading_label("", "inspector.origin_heading")
        self._heading.setWordWrap(True)
        self._value = _text("", "origin")
        button = QPushButton(icon("sheet"), _("Show this value"))
        button.setObjectName("inspector.show_origin")
        button.clicked.connect(lambda: point_at(self._observation))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._heading, self._value, button):
            layout.addWidget(widget)

    def show_value(self, heading: str, snapshot: Snapshot, row: dict[str, Any] | None) -> None:
        """Say which value it is; nothing where there is none."""
        self.setVisible(row is not None)
        if row is None:
            return
        self._observation = int(row["id"])
        self._heading.setText(heading)
        variable = snapshot.protocol.variable(row["variable"])
        name = variable_text(snapshot.protocol, row["variable"])
        place = ", ".join(row[part] for part in ("file", "sheet", "cell") if row[part])
        lines = [
            titled(name, value_text(variable, row)),
            visit_text(snapshot.protocol, row["visit"]),
            place,
        ]
        self._value.setText("\n".join(line for line in lines if line))


def _has_reviews(snapshot: Snapshot, patient: str) -> bool:
    """Whether a patient has a mark, or a query of whatever state."""
    reviews = snapshot.reviews
    return reviews.mark_on(patient=patient) is not None or bool(reviews.queries_on(patient=patient))


def _observation(snapshot: Snapshot, observation: int) -> dict[str, Any] | None:
    """The stored observation with this id, as plain Python values."""
    if observation <= 0:
        return None
    rows = snapshot.observations
    found = rows[rows["id"].to_numpy() == observation]
    return {str(name): value for name, value in found.iloc[0].items()} if len(found) else None


def _entry(snapshot: Snapshot, number: int) -> dict[str, Any] | None:
    entries = snapshot.entries
    found = entries[entries["number"].to_numpy() == number]
    return {str(name): value for name, value in found.iloc[0].items()} if len(found) else None


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(8)
    form.setVerticalSpacing(2)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    return form


def _add(form: QFormLayout, name: str, text: str, code: str) -> None:
    if text:
        label = QLabel(name)
        label.setStyleSheet(f"color: {theme.faint_colour()};")
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        form.addRow(label, _text(text, code))


def _text(text: str, code: str, *, faint: bool = False) -> QLabel:
    label = QLabel(text)
    label.setObjectName(f"inspector.{code}")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    if faint:
        label.setStyleSheet(f"color: {theme.faint_colour()};")
    return label
