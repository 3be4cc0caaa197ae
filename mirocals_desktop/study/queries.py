"""Queries and review marks: what people asked about the data, answered and ticked off. Folded from entries.

Each act is one audit entry whose details hold steps: `queries` (what was raised, assigned, answered, closed
or reopened, by the entry's kind) or `marks`. So queries are in the chain of hashes, can be looked at as of
any entry, and are undone by withdrawing one.

In a blinded study a step about a restricted variable keeps neither its value nor any number that was written
about it: see `hide_values`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study import ledger
from mirocals_desktop.study.blinding import HIDDEN, Blinding, hiding_of
from mirocals_desktop.study.columns import Columns, Ints
from mirocals_desktop.study.ledger import Entry

QueryState = Literal["open", "answered", "closed"]
"""Nobody has answered yet; somebody has, and it is to be judged; nothing is left to do."""

MarkCode = Literal["seen", "confirmed", "to_check", ""]
"""Somebody looked at it; it was compared with its source; it is to be looked at again; no mark (any more)."""

STATES: Final[tuple[QueryState, ...]] = ("open", "answered", "closed")
MARKS: Final[tuple[MarkCode, ...]] = ("seen", "confirmed", "to_check")

KEY_COLUMN: Final = "mirocals:key"
ANSWER_COLUMN: Final = "mirocals:answer"
BY_COLUMN: Final = "mirocals:by"
"""How a workbook of queries names, in a hidden row, the columns that are read back from it."""

_NUMBER: Final = re.compile(r"(?:[<>]\s?)?\d+(?:[ \u00a0\u202f']\d{3})*(?:[.,]\d+)?")
_DATES: Final = r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}"
_TEXTS: Final = ("text", "by", "assigned")  # what people write in a step


@dataclass(frozen=True)
class QueryStep:
    """One act on a query: who signed it when, of which `kind` (as in the ledger), and what was written.

    `by` is who gave the answer where that is somebody else, `assigned` who is to act from then on.
    """

    entry: int
    at_utc: str
    person: str
    role: str
    kind: str
    text: str
    by: str = ""
    assigned: str = ""


@dataclass(frozen=True)
class Query:
    """A question about one value, or about a visit or a patient where `variable` or `visit` is "".

    `observation` is the id of the value it was raised on (0: there was none), `current` of the one that
    stands in its place now (0: none does). `number`, `qualifier` and `value_text` are the value as it was
    then, NaN and "" for one that must not be kept. `finding` is the code of the check that it came from.
    """

    id: int
    patient: str
    variable: str
    visit: str
    record: int
    observation: int
    number: float
    qualifier: str
    value_text: str
    file: str
    sheet: str
    cell: str
    finding: str
    steps: tuple[QueryStep, ...]
    current: int = 0

    @property
    def name(self) -> str:
        """How it is called everywhere: Q12."""
        return f"Q{self.id}"

    @property
    def text(self) -> str:
        """The question."""
        return self.steps[0].text

    @property
    def state(self) -> QueryState:
        """Open, answered or closed, by the last step that says so."""
        for step in reversed(self.steps):
            if step.kind in _LEADS_TO:
                return _LEADS_TO[step.kind]
        return "open"

    @property
    def assigned(self) -> str:
        """Who is to act; "" for nobody in particular."""
        return next((step.assigned for step in reversed(self.steps) if step.assigned), "")

    @property
    def answer(self) -> QueryStep | None:
        """The last answer."""
        return next((step for step in reversed(self.steps) if step.kind == ledger.QUERY_ANSWERED), None)

    @property
    def changed(self) -> bool:
        """Whether another value, or none, stands now where the query was raised."""
        return self.observation > 0 and self.current != self.observation


@dataclass(frozen=True)
class Mark:
    """What somebody said of a value (`observation`), a visit (no `variable`) or a patient (no `visit`)."""

    patient: str
    visit: str
    variable: str
    observation: int
    mark: MarkCode
    text: str
    entry: int
    at_utc: str
    person: str


@dataclass(frozen=True)
class Reviews:
    """The queries in the order they were raised, and the marks that stand."""

    queries: tuple[Query, ...] = ()
    marks: tuple[Mark, ...] = ()

    def query(self, number: int) -> Query | None:
        """The query with this number."""
        return next((query for query in self.queries if query.id == number), None)

    def queries_on(self, *, patient: str, observation: int = 0) -> tuple[Query, ...]:
        """The queries about a patient, or about one value that stands now or stood."""
        return tuple(
            query
            for query in self.queries
            if query.patient == patient
            and (observation == 0 or observation in (query.observation, query.current))
        )

    def mark_on(self, *, patient: str, visit: str = "", observation: int = 0) -> Mark | None:
        """The mark of a value, else of a visit, else of a patient: exactly of what is asked for."""
        for mark in self.marks:
            if mark.patient != patient or mark.observation != observation:
                continue
            if observation or (mark.visit == visit):
                return mark
        return None


_LEADS_TO: Final[Mapping[str, QueryState]] = {
    ledger.QUERY_RAISED: "open",
    ledger.QUERY_ANSWERED: "answered",
    ledger.QUERY_CLOSED: "closed",
    ledger.QUERY_REOPENED: "open",
}


def fold_reviews(entries: Iterable[Entry], withdrawn: Mapping[int, int]) -> Reviews:
    """The queries and marks after these entries; what is withdrawn never was."""
    queries: dict[int, Query] = {}
    marks: dict[tuple[str, str, int], Mark] = {}
    for entry in entries:
        if entry.kind not in ledger.REVIEWS or entry.number in withdrawn:
            continue
        for told in entry.details.get("queries", ()):
            number = int(told["query"])
            step = QueryStep(
                entry.number,
                entry.at_utc,
                entry.person,
                entry.role,
                entry.kind,
                *(str(told.get(name, "")) for name in _TEXTS),
            )
            if entry.kind == ledger.QUERY_RAISED:
                queries[number] = _raised(number, told, step)
            elif number in queries:  # else the query itself was withdrawn
                query = queries[number]
                queries[number] = dataclasses.replace(query, steps=(*query.steps, step))
        for told in entry.details.get("marks", ()):
            mark = Mark(
                str(told["patient"]),
                str(told.get("visit", "")),
                str(told.get("variable", "")),
                int(told.get("observation", 0)),
                told["mark"],
                str(told.get("text", "")),
                entry.number,
                entry.at_utc,
                entry.person,
            )
            key = (mark.patient, "" if mark.observation else mark.visit, mark.observation)
            marks.pop(key, None)
            if mark.mark:
                marks[key] = mark
    return Reviews(tuple(queries[number] for number in sorted(queries)), tuple(marks.values()))


def _raised(number: int, told: Mapping[str, Any], step: QueryStep) -> Query:
    value = told.get("number")
    return Query(
        id=number,
        patient=str(told["patient"]),
        variable=str(told.get("variable", "")),
        visit=str(told.get("visit", "")),
        record=int(told.get("record", 0)),
        observation=int(told.get("observation", 0)),
        number=float("nan") if value is None else float(value),
        qualifier=str(told.get("qualifier", "")),
        value_text=str(told.get("value_text", "")),
        file=str(told.get("file", "")),
        sheet=str(told.get("sheet", "")),
        cell=str(told.get("cell", "")),
        finding=str(told.get("finding", "")),
        steps=(step,),
        current=int(told.get("observation", 0)),
    )


# Writing


def check_steps(
    kind: str, steps: Sequence[Mapping[str, Any]], *, reviews: Reviews, next_number: int
) -> list[dict[str, Any]]:
    """The steps as an entry holds them. AppError for what cannot be: an answer to a closed query, no reason.

    A query that is raised gets its number here, from `next_number` on.
    """
    checked = []
    for place, step in enumerate(steps):
        told = {name: value for name, value in step.items() if value not in ("", 0, None)}
        text = str(told.get("text", "")).strip()
        if kind == ledger.MARKED:
            if step["mark"] not in (*MARKS, ""):
                raise ValueError(f"there is no mark {step['mark']!r}")
            told["mark"] = step["mark"]
        elif kind == ledger.QUERY_RAISED:
            if not text:
                raise AppError(_("A query needs a question."), hint=_("Write what is to be looked at."))
            told["query"] = next_number + place
        else:
            _check_step(kind, told, text, reviews)
        if text:
            told["text"] = text
        checked.append(told)
    return checked


def _check_step(kind: str, told: Mapping[str, Any], text: str, reviews: Reviews) -> None:
    query = reviews.query(int(told["query"]))
    if query is None:
        raise AppError(_("There is no query Q{number}.").format(number=told["query"]))
    if kind == ledger.QUERY_REOPENED:
        if query.state != "closed":
            raise AppError(_("Query {query} is not closed.").format(query=query.name))
    elif query.state == "closed":
        raise AppError(
            _("Query {query} is closed.").format(query=query.name), hint=_("Reopen it first, with a reason.")
        )
    needed = {
        ledger.QUERY_ANSWERED: _("An answer needs a text."),
        ledger.QUERY_CLOSED: _("Closing a query needs a reason."),
        ledger.QUERY_REOPENED: _("Reopening a query needs a reason."),
    }
    if kind in needed and not text:
        raise AppError(needed[kind])
    if kind == ledger.QUERY_ASSIGNED and not told.get("assigned"):
        raise AppError(_("Say to whom the query is assigned."))


def answer_key(study_id: str, query: Query) -> str:
    """What stands hidden beside a query in a workbook, so that its answer finds back."""
    return f"{study_id}/{query.name}"


def read_answer_key(key: str) -> tuple[str, int]:
    """The study and the number of a query from its key; "" and 0 where it is none."""
    study_id, _slash, name = key.rpartition("/")
    return (study_id, int(name[1:])) if study_id and re.fullmatch(r"Q[0-9]{1,9}", name) else ("", 0)


def next_query(entries: Iterable[Entry]) -> int:
    """The number of the next query: a number is never given twice, also not after a withdrawal."""
    raised = (entry for entry in entries if entry.kind == ledger.QUERY_RAISED)
    return 1 + max((int(step["query"]) for entry in raised for step in entry.details["queries"]), default=0)


def hide_values(
    steps: Sequence[Mapping[str, Any]],
    *,
    blinding: Blinding,
    about: Callable[[Mapping[str, Any]], tuple[str, str]],
    opened: Callable[[str], Any],
) -> list[dict[str, Any]]:
    """Steps of a blinded study without what nobody may read in them.

    `about` gives the patient and the variable of a step. About a restricted variable no value is kept and no
    number but dates and the numbers in names of visits, variables and patients; `opened` gives the sealed
    observations of a patient that this session has opened: their values are kept in no text at all.
    """
    protocol = blinding.protocol
    restricted = blinding.restricted()
    names = [visit.code for visit in protocol.visits] + [variable.code for variable in protocol.variables]
    labels = [visit.label for visit in protocol.visits] + [variable.label for variable in protocol.variables]
    names += [name for label in labels for name in (label.en, label.fr)]
    hidden = []
    for step in steps:
        patient, variable = about(step)
        told = dict(step)
        sealed = opened(patient)
        hiding = hiding_of(sealed, protocol) if len(sealed) else None
        if variable in restricted:
            for name in ("number", "qualifier", "value_text"):
                told.pop(name, None)
        for name in _TEXTS:
            if told.get(name) and variable in restricted:
                told[name] = hide_numbers(str(told[name]), keep=[patient, *names])
            elif told.get(name) and hiding is not None:
                told[name] = hiding.text(str(told[name]))
        hidden.append(told)
    return hidden


def hide_numbers(text: str, *, keep: Sequence[str]) -> str:
    """The text with `blinding.HIDDEN` for every number, but those in dates and in the names in `keep`."""
    words = sorted({re.escape(name) for name in keep if name}, key=len, reverse=True)
    kept = re.compile(rf"(?<!\w)(?:{'|'.join([_DATES, r'Q[0-9]+', *words])})(?!\w)")
    parts, end = [], 0
    for found in kept.finditer(text):
        parts += [_NUMBER.sub(HIDDEN, text[end : found.start()]), found.group()]
        end = found.end()
    return "".join([*parts, _NUMBER.sub(HIDDEN, text[end:])])


def with_current(reviews: Reviews, columns: Columns, standing: Ints) -> Reviews:
    """The reviews with the observation that stands now in place of the one that each query was raised on."""
    if not any(query.observation for query in reviews.queries):
        return reviews
    stands = frozenset(columns.codes["id"][standing].tolist())
    replaces = columns.codes["replaces"]
    rows = np.flatnonzero(replaces)
    followers: dict[int, list[int]] = {}
    for earlier, later in zip(replaces[rows].tolist(), columns.codes["id"][rows].tolist(), strict=True):
        followers.setdefault(earlier, []).append(later)

    def current(observation: int) -> int:
        waiting = [observation]
        while waiting:
            number = waiting.pop()
            if number in stands:
                return number
            waiting += followers.get(number, [])
        return 0

    queries = (dataclasses.replace(query, current=current(query.observation)) for query in reviews.queries)
    return dataclasses.replace(reviews, queries=tuple(queries))
