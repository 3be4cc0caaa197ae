"""How files are read, once every question has an answer or a suggestion: tables, columns, and what is asked.

A plan is made anew from the files, the study and the answers whenever an answer changes; nothing in it is
edited. Its questions carry the answers that a recipe keeps.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from mirocals_desktop.i18n import amount, ngettext
from mirocals_desktop.importing.grid import Workbook, cell_name
from mirocals_desktop.importing.headers import Header
from mirocals_desktop.importing.model import LeftOut, Option, Question
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.tables import Table, TableColumn
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Unit, Variable

Use = Literal[
    "patient",
    "visit",
    "day",
    "duration",
    "parameter",
    "value",
    "unit",
    "specimen",
    "variable",
    "qualifier",
    "low",
    "high",
    "part",
    "left_out",
]
"""What a column is read as. "variable" holds values of a variable; "specimen" says in what they were measured
in each row; "unit", "qualifier", "low" and "high"
belong to another column; "part" is the day or month of a date whose year stands in another."""

Layout = Literal["patients", "visits", "parameters", "log"]
"""One row a patient, several rows a patient, one row a measurement with its name in a column, or a log."""


@dataclass(frozen=True, eq=False)
class ColumnPlan:
    """What one column is read as, and how. `of` is the key of the column that this one belongs to.

    `visit` is the visit that the header names. `sealed` tells that the study is blinded and the column may
    hold what must not be shown: a preview masks it. `parts` are the keys of the columns of days and
    months of a column of years, `choices` the words of codes as a data dictionary has them, `first_day` the
    number of the day of origin in a column of study days.
    """

    key: str
    place: TableColumn
    header: Header
    profile: Profile
    use: Use
    variable: Variable | None = None
    unit: Unit | None = None
    visit: str = ""
    of: str = ""
    reason: str = ""
    confidence: float = 1.0
    sealed: bool = False
    parts: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    first_day: int = 0

    @property
    def title(self) -> str:
        """The header as the file has it, or the letter of the column."""
        return self.header.text or cell_name(0, self.place.column)[:-1]


@dataclass(frozen=True, eq=False)
class SampleNames:
    """What names of samples say: name -> (patient, visit).

    `column` is the column of the sheet; `tells_patient` where no other column says whose row it is.
    """

    column: int
    parts: Mapping[str, tuple[str, str]]
    tells_patient: bool


@dataclass(frozen=True, eq=False)
class TablePlan:
    """What one table is read as. `patient`, `visit`, `arm` and `site` are told by the sheet's name or a title
    alone, `section_patients` and `section_arms` by headings between the rows (their row -> patient or arm),
    `arm_marks` by marks in one of several columns (their keys -> arm). `dead_look` is the look of the rows of
    those who died, `dead_remarks` the key of the column of remarks that tells them. `names` hold patients and
    visits where no column of their own does.
    """

    key: str
    file: str
    table: Table
    layout: Layout
    columns: tuple[ColumnPlan, ...]
    log: str = ""
    patient: str = ""
    visit: str = ""
    arm: str = ""
    section_patients: Mapping[int, str] = field(default_factory=dict)
    section_arms: Mapping[int, str] = field(default_factory=dict)
    arm_marks: Mapping[str, str] = field(default_factory=dict)
    dead_look: str = ""
    dead_remarks: str = ""
    site: str = ""
    names: SampleNames | None = None
    used: bool = True
    reason: str = ""

    @property
    def sheet(self) -> str:
        """The name of the sheet."""
        return self.table.sheet.name

    def told_patients(self) -> list[str]:
        """The id of each data row where no column has it: that of the heading above, or the table's."""
        if not self.section_patients:
            return [self.patient] * len(self.table.rows)
        rows = sorted(self.section_patients)
        above = ["", *(self.section_patients[row] for row in rows)]
        return [above[bisect(rows, row)] for row in self.table.rows.tolist()]

    def patient_texts(self) -> list[str]:
        """The id of each data row as the file writes it: in its column, else in what stands above."""
        column = self.of_use("patient")
        return self.told_patients() if column is None else self.table.texts(column.place)

    @cached_property
    def by_use(self) -> Mapping[Use, tuple[ColumnPlan, ...]]:
        """The columns of each use that there is, in their order."""
        found: dict[Use, tuple[ColumnPlan, ...]] = {}
        for use in {column.use for column in self.columns}:
            found[use] = tuple(column for column in self.columns if column.use == use)
        return found

    def of_use(self, use: Use) -> ColumnPlan | None:
        """The first column of a use."""
        return next(iter(self.by_use.get(use, ())), None)

    def column(self, key: str) -> ColumnPlan | None:
        """The column with this key."""
        return next((column for column in self.columns if column.key == key), None)

    @property
    def tells_arm(self) -> bool:
        """Whether columns hold the arm: one by its words, or several by their marks."""
        return bool(self.arm_marks) or self.with_variable(codes.ARM) is not None

    def with_variable(self, code: str) -> ColumnPlan | None:
        """The first column that is read as a variable."""
        return next((c for c in self.columns if c.variable is not None and c.variable.code == code), None)

    def cell(self, column: ColumnPlan, row: int = -1) -> str:
        """The name of a cell of a column: its header, or the data row of this number."""
        header = self.table.header_rows[-1] if self.table.header_rows else 0
        return cell_name(int(self.table.rows[row]) if row >= 0 else header, column.place.column)


@dataclass(frozen=True, eq=False)
class Source:
    """A file that was read, and the tables found in it."""

    workbook: Workbook
    tables: tuple[Table, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """Every table with its columns, every question, and what is left out.

    `recipe` is the name of the recipe that the files are read by, "" where none knows their shape.
    """

    sources: tuple[Source, ...]
    tables: tuple[TablePlan, ...]
    questions: tuple[Question, ...]
    left_out: tuple[LeftOut, ...] = ()
    additions: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    recipe: str = ""

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions that the import waits for."""
        return tuple(question for question in self.questions if question.open)


class Asker:
    """Collects the questions while a plan is made, and gives each the answer it has, or its suggestion."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self._first: dict[tuple[str, str], tuple[Question, int]] = {}
        self.questions: dict[str, Question] = {}

    def ask(self, question: Question, *, like: str = "") -> str:
        """The code of the chosen option. An answer that the question does not offer counts as none.

        Questions that are `like` one another, as of one measure at several visits, are asked once: those
        after the first that would suggest the same take its answer, until they have one of their own.
        """
        answer = self._answers.get(question.id, "")
        codes = {option.code for option in question.options}
        if answer and answer not in codes:
            answer = ""
        if like and question.asked:
            family = (like, question.suggested)
            first, others = self._first.get(family, (question, -1))
            taken = first.suggested if others < 0 else self.questions[first.id].chosen
            if others >= 0 and taken in codes:
                question = replace(question, suggested=taken, asked=False)
                said = ngettext(
                    "{count} column like it is read alike",
                    "{count} columns like it are read alike",
                    others + 1,
                )
                evidence = (*first.evidence, said.format(count=amount(others + 1)))
                self.questions[first.id] = replace(self.questions[first.id], evidence=evidence)
                others += 1
            elif others < 0:
                others = 0
            self._first[family] = (first, others)
        self.questions[question.id] = replace(question, answer=answer)
        return answer or question.suggested

    def answered(self, question_id: str) -> str:
        """The answer that was given to a question, "" when there is none."""
        return self._answers.get(question_id, "")


def question_id(kind: str, *parts: str) -> str:
    """The id of a question, the same for every file of the same shape."""
    return "|".join((kind, *parts))


def option(code: str, label: str, detail: str = "") -> Option:
    """An answer that a question allows."""
    return Option(code, label, detail)
