"""The dialogs of queries: raising one on what is selected; answering, closing, reopening, assigning it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from mirocals_desktop.i18n import N_, _, ngettext
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.query_words import cell_text, place_text, step_line, value_line
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.values import date_text, value_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.queries import Query
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study


class _ReviewDialog(FormDialog):
    """Writes one act on queries. `said(sentence)` after it was written."""

    said = Signal(str)

    def __init__(self, session: Session, name: str, title: str, verb: str, parent: QWidget) -> None:
        super().__init__(name, title, verb, parent)
        self._session = session

    def people_field(self) -> QComboBox:
        """Whom a query can be for: everybody who has signed or was assigned anything, or a name to write."""
        field = QComboBox(self)
        field.setEditable(True)
        snapshot = self._session.snapshot
        assert snapshot is not None  # the actions are off without a study
        field.addItems(_people(snapshot))
        field.setCurrentIndex(-1)
        line = field.lineEdit()
        assert line is not None  # it is editable
        line.setPlaceholderText(_("Nobody in particular"))
        return field

    def text_field(self, lines: int = 4) -> QPlainTextEdit:
        """A field for a few sentences; Tab leaves it."""
        field = QPlainTextEdit(self)
        field.setTabChangesFocus(True)
        field.setFixedHeight(field.fontMetrics().lineSpacing() * lines + 16)
        return field

    def write(self, kind: str, steps: Sequence[Mapping[str, Any]], title: str, said: str) -> None:
        """Write the act as a job and close."""

        def work(study: Study, _report: object) -> int:
            return study.review(kind, steps)

        def done(_entry: int) -> None:
            snapshot = self._session.snapshot
            last = snapshot.reviews.queries[-1].name if snapshot and snapshot.reviews.queries else ""
            self.said.emit(said.format(query=last))
            self.done_well()

        self.wait()
        self._session.change(title, work, done=done, failed=self.fail, cancelled=self.stopped)

    def add_blinding_note(self, variable: str) -> None:
        """Say that numbers are not kept, where that is so."""
        snapshot = self._session.snapshot
        assert snapshot is not None
        known = snapshot.protocol.variable(variable)
        if snapshot.blinded and known is not None and known.seal != "never":
            self.add_text(
                _("The study is blinded: numbers written about this variable are not kept."), "blinded"
            )


class RaiseQueryDialog(_ReviewDialog):
    """Asks the question about a value, a visit or a patient; what it is about stands in it already."""

    def __init__(
        self, session: Session, about: Selection, parent: QWidget, *, question: str = "", finding: str = ""
    ) -> None:
        super().__init__(session, "query", _("Raise a query"), _("Raise query"), parent)
        snapshot = session.snapshot
        assert snapshot is not None
        self._about, self._finding = about, finding
        row = _observation(snapshot, about.observation)
        variable = variable_text(snapshot.protocol, about.variable) if about.variable else ""
        visit = visit_text(snapshot.protocol, about.visit or (str(row["visit"]) if row else ""))
        where = [_("Patient {patient}").format(patient=about.patient), variable, visit]
        if row is not None:
            where.append(value_text(snapshot.protocol.variable(about.variable), row))
        lines = ["  ·  ".join(part for part in where if part)]
        if row is not None:
            came = [str(row[name]) for name in ("file", "sheet", "cell") if row[name]]
            lines.append(", ".join([*came, date_text(str(row["date"]))]).strip(", "))
        self.add_text("\n".join(line for line in lines if line), "about")
        self.add_blinding_note(about.variable)
        self.question = self.text_field()
        self.question.setPlainText(question or _proposed(variable, visit))
        self.question.selectAll()
        self.add_field(_("Question"), self.question, "question")
        self.assigned = self.people_field()
        self.add_field(_("For"), self.assigned, "assigned")
        self.question.setFocus()

    def submit(self) -> None:
        """Raise the query."""
        about = self._about
        step = {
            "patient": about.patient,
            "variable": about.variable,
            "visit": about.visit,
            "record": about.record,
            "observation": about.observation,
            "text": self.question.toPlainText(),
            "assigned": self.assigned.currentText().strip(),
            "finding": self._finding,
        }
        self.write(ledger.QUERY_RAISED, [step], _("Raising a query"), _("Query {query} was raised."))


class RaiseQueriesDialog(_ReviewDialog):
    """Raises several queries as one act, each with its own question; only whom they are for is asked."""

    def __init__(self, session: Session, steps: Sequence[Mapping[str, Any]], parent: QWidget) -> None:
        super().__init__(session, "queries_many", _("Raise queries"), _("Raise queries"), parent)
        self._steps = tuple(steps)
        count = len(steps)
        self.add_text(
            ngettext(
                "{count} query, each with the numbers of its value.",
                "{count} queries, each with the numbers of its value.",
                count,
            ).format(count=count),
            "about",
        )
        shown = self.text_field(8)
        shown.setReadOnly(True)
        shown.setPlainText("\n\n".join(f"{step['patient']}: {step['text']}" for step in steps))
        self.add_field(_("Questions"), shown, "questions")
        self.assigned = self.people_field()
        self.add_field(_("For"), self.assigned, "assigned")
        self.assigned.setFocus()

    def submit(self) -> None:
        """Raise them."""
        person = self.assigned.currentText().strip()
        steps = [{**step, "assigned": person} for step in self._steps]
        said = ngettext("{count} query was raised.", "{count} queries were raised.", len(steps)).format(
            count=len(steps)
        )
        self.write(ledger.QUERY_RAISED, steps, _("Raising queries"), said)


_FORMS: Final[dict[str, tuple[str, str, str]]] = {
    ledger.QUERY_ANSWERED: (N_("Answer a query"), N_("Answer"), N_("Answer")),
    ledger.QUERY_CLOSED: (N_("Close a query"), N_("Close query"), N_("Reason")),
    ledger.QUERY_REOPENED: (N_("Reopen a query"), N_("Reopen"), N_("Reason")),
    ledger.QUERY_ASSIGNED: (N_("Assign a query"), N_("Assign"), N_("Note")),
}
"""Title, button and name of the text field of each act."""


class QueryStepDialog(_ReviewDialog):
    """Answers, closes, reopens or assigns queries; several at once get the same text."""

    def __init__(self, session: Session, kind: str, queries: Sequence[Query], parent: QWidget) -> None:
        title, verb, name = (_(text) for text in _FORMS[kind])
        super().__init__(session, "query_step", title, verb, parent)
        snapshot = session.snapshot
        assert snapshot is not None
        self._kind, self._queries = kind, tuple(queries)
        if len(queries) == 1:
            query = queries[0]
            lines = [
                f"{query.name}  ·  "
                + _("Patient {patient}").format(patient=query.patient)
                + f"  ·  {place_text(snapshot, query)}  ·  {value_line(snapshot, query)}",
                cell_text(query),
                *(step_line(step) for step in query.steps[-3:]),
            ]
            self.add_text("\n".join(line for line in lines if line), "about")
            self.add_blinding_note(query.variable)
        else:
            self.add_text(", ".join(query.name for query in queries), "about")
        self.text = self.text_field(3)
        self.add_field(name, self.text, "text")
        self.by: QLineEdit | None = None
        self.assigned: QComboBox | None = None
        if kind == ledger.QUERY_ANSWERED:
            self.by = QLineEdit(self)
            self.by.setPlaceholderText(session.person)
            self.add_field(_("Answered by"), self.by, "by")
        if kind == ledger.QUERY_ASSIGNED:
            self.assigned = self.people_field()
            self.add_field(_("For"), self.assigned, "assigned")
            self.assigned.setFocus()
        else:
            self.text.setFocus()

    def submit(self) -> None:
        """Write the act."""
        said = {
            ledger.QUERY_ANSWERED: _("Query {name} was answered."),
            ledger.QUERY_CLOSED: _("Query {name} was closed."),
            ledger.QUERY_REOPENED: _("Query {name} was reopened."),
            ledger.QUERY_ASSIGNED: _("Query {name} was assigned."),
        }[self._kind].format(name=", ".join(query.name for query in self._queries))
        steps = [
            {
                "query": query.id,
                "text": self.text.toPlainText(),
                "by": self.by.text().strip() if self.by is not None else "",
                "assigned": self.assigned.currentText().strip() if self.assigned is not None else "",
            }
            for query in self._queries
        ]
        self.write(self._kind, steps, _("Writing to a query"), said)


def _proposed(variable: str, visit: str) -> str:
    """A question to begin with."""
    if variable and visit:
        return _("Please check {variable} at {visit} against the source.").format(
            variable=variable, visit=visit
        )
    if variable or visit:
        return _("Please check {what} against the source.").format(what=variable or visit)
    return ""


def _observation(snapshot: Snapshot, observation: int) -> dict[str, Any] | None:
    rows = snapshot.observations
    found = rows[rows["id"].to_numpy() == observation]
    return {str(name): value for name, value in found.iloc[0].items()} if len(found) else None


def _people(snapshot: Snapshot) -> list[str]:
    assigned = [step.assigned for query in snapshot.reviews.queries for step in query.steps]
    signed = snapshot.entries["person"].tolist()
    sites = [str(site.label) for site in snapshot.protocol.sites]
    return list(dict.fromkeys(name for name in (*assigned[::-1], *signed[::-1], *sites) if name))
