"""From files to a review: every step of an import in order, under the answers given so far.

A review is made anew whenever an answer changes; tables and profiles of columns are kept with their workbook.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.assemble import Assembler, Assembly, Fate
from mirocals_desktop.importing.batch import Batch, Words
from mirocals_desktop.importing.checks import Checked, run_checks
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.grid import EPOCH, Kind, Sheet, Workbook, cell_name
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.logs import number_records
from mirocals_desktop.importing.model import LeftOut, Option, Question
from mirocals_desktop.importing.new_variables import NewVariables
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.plan import Asker, Plan, Source, TablePlan, question_id
from mirocals_desktop.importing.recipe import Match, Recipe, match_recipe, tell_drift
from mirocals_desktop.importing.remarks import tell_remarks
from mirocals_desktop.importing.review import Review, compare, count_statuses
from mirocals_desktop.importing.seen import Context, column_keys
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.series_reader import SeriesReader
from mirocals_desktop.importing.suggest import suggest_table
from mirocals_desktop.importing.tables import Table, TableColumn, find_tables
from mirocals_desktop.importing.time_to_event import read_durations
from mirocals_desktop.importing.values import State, Typed
from mirocals_desktop.importing.visit_names import VisitLabels, VisitNames
from mirocals_desktop.importing.vocabulary import Vocabulary
from mirocals_desktop.importing.when import (
    RowTimes,
    collect_labels,
    headings_are_visits,
    mark_duplicate_rows,
    time_rows,
)
from mirocals_desktop.importing.whose import Whose, find_whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.protocol.reader import to_table
from mirocals_desktop.study.snapshot import Snapshot

_FAR_DAYS: Final = 31
_FAR_SHARE: Final = 0.1
_OF_ONE_FILE: Final = frozenset({"conflict", "patient-id", "date-swap"})
"""Kinds of questions whose answers in one file say nothing about the next."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What an import must know of the study: its snapshot, and what earlier imports left in their entries.

    `spellings` maps normal forms of ids to patients, `files` numbers of entries to hashes of their files.
    """

    snapshot: Snapshot
    spellings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[int, frozenset[str]] = field(default_factory=dict)
    recipes: tuple[Recipe, ...] = ()


_TABLES: weakref.WeakKeyDictionary[Workbook, tuple[Protocol, Source]] = weakref.WeakKeyDictionary()
"""Tables that were found already: reviews of the same workbooks follow one another."""


def make_review(
    workbooks: Sequence[Workbook],
    facts: Facts,
    *,
    answers: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    tables: Mapping[str, Sequence[Table]] | None = None,
    report: Report = ignore,
) -> Review:
    """What an import of these files would do, under the answers given so far.

    Without a `recipe`, the study's own latest one that fits these tables is taken. `tables` are the tables of
    some files, by name, as a person has shown them on the sheets.
    """
    vocabulary = Vocabulary(facts.snapshot.protocol)
    sources: list[Source] = []
    for number, workbook in enumerate(workbooks):
        report(0.3 * number / len(workbooks), _("Looking for tables in {file}").format(file=workbook.name))
        source = _find_source(workbook, vocabulary)
        if tables and workbook.name in tables:
            source = replace(source, tables=tuple(tables[workbook.name]))
        sources.append(_named_apart(source, sources))
    maker = _Maker(tuple(sources), facts, recipe, dict(answers or {}), vocabulary, part(report, 0.3, 1.0))
    return maker.review()


def _find_source(workbook: Workbook, vocabulary: Vocabulary) -> Source:
    known = _TABLES.get(workbook)
    if known is not None and known[0] is vocabulary.protocol:
        return known[1]
    tables = tuple(t for sheet in workbook.sheets for t in find_tables(sheet, known=vocabulary.knows))
    source = Source(workbook, tables)
    _TABLES[workbook] = (vocabulary.protocol, source)
    return source


def _named_apart(source: Source, others: Sequence[Source]) -> Source:
    """The source under a name that no other file of the import has."""
    taken = {other.workbook.name for other in others}
    name, number = source.workbook.name, 2
    while name in taken:
        name, number = f"{source.workbook.name} ({number})", number + 1
    return (
        source
        if name == source.workbook.name
        else replace(source, workbook=replace(source.workbook, name=name))
    )


class _Maker:
    """Goes once from sources and answers to a review."""

    def __init__(
        self,
        sources: tuple[Source, ...],
        facts: Facts,
        recipe: Recipe | None,
        answers: Mapping[str, str],
        vocabulary: Vocabulary,
        report: Report,
    ) -> None:
        self._sources = sources
        self._facts = facts
        self._given = answers
        self._vocabulary = vocabulary
        self._report = report
        self._issues = IssueList()
        self._protocol = facts.snapshot.protocol
        self._this_year = date.today().year
        self._recipe = recipe
        self._match: Match | None = None

    def review(self) -> Review:
        """The review."""
        for source in self._sources:
            tell_remarks(source, self._issues)
        places = list(self._used_tables_keys())
        self._fit_recipe(places)
        answers = {**(self._match.answers if self._match else {}), **self._given}
        asker = Asker(answers)
        snapshot = self._facts.snapshot
        context = Context(
            self._protocol,
            self._vocabulary,
            asker,
            NewVariables(self._protocol),
            self._this_year,
            blinded=snapshot.blinded and not snapshot.unblinded,
            taught=_taught_columns(self._facts.recipes),
        )
        tables = self._plan_tables(places, context)
        self._report(0.3, _("Reading cells"))
        codings = Codings(self._protocol, asker)
        series = SeriesReader(tables, context, codings).read()
        self._report(0.55, _("Matching patients and visits"))
        known = Patients(
            {normal_form(str(p)): str(p) for p in snapshot.patients.index}, dict(self._facts.spellings)
        )
        whose = find_whose(tables, known, asker, self._issues)
        for table in tables:
            if table.used:
                mark_duplicate_rows(whose.rows[table.key], self._issues)
        arm = self._protocol.variable(codes.ARM)
        if arm is not None:
            series += [_series_of_arm(t, whose, codings.finished(arm)) for t in tables if t.used and t.arm]
        series += self._durations(tables, series, whose, asker)
        visits, dates, names, times = self._times(tables, series, whose, asker, codings)
        records = self._records(tables, series, whose)
        assembly = Assembler(
            self._sources,
            tables,
            series,
            whose,
            visits=visits,
            dates=dates,
            times=times,
            log_records=records,
            asker=asker,
            issues=self._issues,
        ).assemble()
        self._report(0.75, _("Checking values"))
        stored = _stored_dates(snapshot)
        run_checks(Checked(assembly, tuple(series), self._issues, snapshot.today(), codings, stored))
        self._tell_ignored(tables)
        self._tell_errors_elsewhere(assembly)
        options = self._horizon(assembly.batch, asker)
        additions = self._additions(series, codings, names)
        if self._recipe is not None and self._match is not None:
            tell_drift(self._recipe, self._match, [t for t in tables if t.used], self._issues)
        review = self._review(tables, asker, whose, assembly, additions, options)
        self._report(1.0, _("Review"))
        return review

    # --- tables ------------------------------------------------------------------------------------------

    def _used_tables_keys(self) -> Iterable[tuple[str, Source, Table]]:
        taken: set[str] = set()
        for source in self._sources:
            for table in source.tables:
                base = plain_name(table.sheet.name) or "sheet"
                key, number = base, 2
                while key in taken:
                    key, number = f"{base} #{number}", number + 1
                taken.add(key)
                yield key, source, table

    def _fit_recipe(self, places: Sequence[tuple[str, Source, Table]]) -> None:
        """Take the recipe that was given, else the latest of the study's own that knows every table."""
        headers = {key: column_keys(table) for key, _source, table in places if len(table.rows)}
        if self._recipe is not None:
            self._match = match_recipe(self._recipe, headers)
            return
        for recipe in reversed(self._facts.recipes):
            match = match_recipe(recipe, headers)
            if match.keys:
                general = {q: a for q, a in match.answers.items() if q.split("|")[0] not in _OF_ONE_FILE}
                self._recipe, self._match = recipe, replace(match, answers=general)
                return

    def _plan_tables(self, places: Sequence[tuple[str, Source, Table]], context: Context) -> list[TablePlan]:
        plans = []
        hidden: dict[tuple[str, str], bool] = {}
        for key, source, table in places:
            sheet = table.sheet
            at = (source.workbook.name, sheet.name)
            if at not in hidden:
                hidden[at] = sheet.visible != "visible" and not self._ask_hidden(source, sheet, context.asker)
            if hidden[at]:
                plans.append(
                    TablePlan(key, source.workbook.name, table, "patients", (), used=False, reason="hidden")
                )
                continue
            if not len(table.rows):
                plans.append(
                    TablePlan(key, source.workbook.name, table, "patients", (), used=False, reason="empty")
                )
                continue
            plan = suggest_table(key, source.workbook.name, table, context)
            plans.append(self._with_arm(plan, context))
        return plans

    def _ask_hidden(self, source: Source, sheet: Sheet, asker: Asker) -> bool:
        answer = asker.ask(
            Question(
                id=question_id("hidden-sheet", plain_name(sheet.name)),
                kind="sheet",
                text=_("The sheet {sheet} is hidden. Read it as well?").format(sheet=sheet.name),
                options=(Option("no", _("No: leave it out")), Option("yes", _("Yes"))),
                suggested="no",
                confidence=0.8,
                evidence=(_("{count} rows").format(count=sheet.n_rows),),
                file=source.workbook.name,
                sheet=sheet.name,
                asked=False,
            )
        )
        if answer == "no":
            self._issues.add(
                "note",
                "hidden-sheet",
                _("The sheet {sheet} is hidden and left out.").format(sheet=sheet.name),
                file=source.workbook.name,
                sheet=sheet.name,
            )
        return answer == "yes"

    def _with_arm(self, plan: TablePlan, context: Context) -> TablePlan:
        """The plan with the arm that only the sheet's name or a title tells, when somebody confirms it."""
        if (
            not plan.used
            or plan.with_variable(codes.ARM) is not None
            or self._protocol.variable(codes.ARM) is None
        ):
            return plan
        texts = [plan.table.sheet.name, *plan.table.titles[:3]]
        named = {
            plain_name(name): arm
            for arm in self._protocol.arms
            for name in (arm.code, arm.label.en, arm.label.fr, *arm.synonyms)
        }
        arm = next((named[plain_name(text)] for text in texts if plain_name(text) in named), None)
        if arm is None:
            return plan
        answer = context.asker.ask(
            Question(
                id=question_id("sheet-arm", plan.key),
                kind="arm",
                text=_("Do all patients of {sheet} belong to the arm {arm}?").format(
                    sheet=plan.sheet, arm=arm.label
                ),
                options=(Option(f"arm:{arm.code}", _("Yes")), Option("no", _("No"))),
                suggested=f"arm:{arm.code}",
                confidence=0.7,
                evidence=(_("the name of the sheet"),),
                file=plan.file,
                sheet=plan.sheet,
            )
        )
        return replace(plan, arm=answer.removeprefix("arm:")) if answer != "no" else plan

    # --- visits, records ---------------------------------------------------------------------------------

    def _times(
        self,
        tables: Sequence[TablePlan],
        series: Sequence[Series],
        whose: Whose,
        asker: Asker,
        codings: Codings,
    ) -> tuple[Words, Words, VisitNames, dict[str, dict[str, RowTimes]]]:
        origin = self._origins(series, whose)
        labels = VisitLabels()
        for table in tables:
            if table.used and not table.log:
                collect_labels(labels, table, whose.rows[table.key], series, origin)
        names = labels.decide(self._protocol, asker, foreign=_foreign_arms(self._protocol, codings))
        visits, dates = Words(), Words()
        times = {
            table.key: time_rows(table, whose.rows[table.key], series, names, visits, dates, origin)
            for table in tables
            if table.used
        }
        return visits, dates, names, times

    def _origins(self, series: Sequence[Series], whose: Whose) -> dict[int, float]:
        """The day of the time origin of each patient, by number: as the study has it, or as the files say."""
        code = self._facts.snapshot.options.origin
        origin: dict[int, float] = {}
        patients = self._facts.snapshot.patients
        if code in patients.columns:
            for patient, text in patients[code].items():
                days = _day_number(str(text))
                if np.isfinite(days) and str(patient) in whose.words:
                    origin[whose.words[str(patient)]] = days
        for one in series:
            if one.variable.code == code:
                rows = whose.rows[one.table.key].patient[one.at]
                for patient_code, day in zip(rows.tolist(), one.typed.days.tolist(), strict=True):
                    if patient_code and np.isfinite(day):
                        origin.setdefault(patient_code, day)
        return origin

    def _durations(
        self, tables: Sequence[TablePlan], series: Sequence[Series], whose: Whose, asker: Asker
    ) -> list[Series]:
        """The ends of follow-up that tables write as a time from the origin."""
        variable = self._protocol.variable(codes.END_OF_FOLLOW_UP_DATE)
        timed = [table for table in tables if table.used and table.of_use("duration")]
        if variable is None or not timed:
            return []
        origin = self._origins(series, whose)
        found = []
        for table in timed:
            patients = whose.rows[table.key].patient.tolist()
            starts = np.array([origin.get(code, np.nan) for code in patients])
            found.append(read_durations(table, starts, asker, variable))
        return [one for one in found if one is not None]

    def _records(self, tables: Sequence[TablePlan], series: Sequence[Series], whose: Whose) -> dict[str, Any]:
        highest: dict[str, dict[str, int]] = {}
        records = {}
        for table in tables:
            if not table.used or not table.log:
                continue
            stored = self._facts.snapshot.logs.get(table.log)
            taken = highest.setdefault(table.log, _highest_records(stored))
            rows = whose.rows[table.key]
            numbers = number_records(table, rows, series, whose, stored, self._protocol, taken)
            names = whose.words.array()
            for code, number in zip(rows.patient.tolist(), numbers.tolist(), strict=True):
                patient = str(names[code])
                taken[patient] = max(taken.get(patient, 0), number)
            records[table.key] = numbers
        return records

    # --- what else is said -------------------------------------------------------------------------------

    def _tell_ignored(self, tables: Sequence[TablePlan]) -> None:
        """Say which rows are no data, and which tables are not read."""
        for table in tables:
            if not table.used:
                self._tell_unused(table)
                continue
            sheet = table.table.sheet
            for row, reason in sorted(table.table.ignored.items()):
                if reason not in ("total", "note", "section", "repeated header"):
                    continue
                column = next((c.place.column for c in table.columns if sheet.cell(row, c.place.column)), 0)
                text = sheet.text(row, column)[:60]
                if reason == "section" and headings_are_visits(table):
                    continue  # it is read: as the visit of the rows below it
                sentences = {
                    "total": _("Row {row} (“{text}”) sums up other rows and is no patient."),
                    "note": _("Row {row} (“{text}”) is a note and is not read."),
                    "section": _("Row {row} (“{text}”) is a heading between rows and is not read."),
                    "repeated header": _("Row {row} (“{text}”) repeats the header and is not read."),
                }
                self._issues.add(
                    "note",
                    f"{reason.replace(' ', '-')}-row",
                    sentences[reason].format(row=row + 1, text=text),
                    table=table,
                    row=row,
                    column=column,
                )

    def _tell_errors_elsewhere(self, assembly: Assembly) -> None:
        """Errors and formulas never calculated outside what is read: a note for each column."""
        for (file, name), (sheet, fates) in assembly.fates.sheets.items():
            for number, column in enumerate(sheet.columns):
                odd = (column.kinds == Kind.ERROR) | (column.kinds == Kind.FORMULA)
                rows = np.flatnonzero(odd & np.isin(fates[:, number], (Fate.LEFT_OUT, Fate.IGNORED))).tolist()
                if rows:
                    cells = [cell_name(row, number) for row in rows[:1000]]
                    message = _(
                        "Cells with an error, or a formula without a result, that are not read: {cells}."
                    )
                    self._issues.add(
                        "note",
                        "error-not-read",
                        message.format(cells=", ".join(cells[:5]) + (" …" if len(cells) > 5 else "")),
                        file=file,
                        sheet=name,
                        row=rows[0],
                        column=number,
                        cells=cells,
                    )

    def _tell_unused(self, table: TablePlan) -> None:
        if table.reason == "hidden" or (table.reason == "empty" and not table.table.header_rows):
            return
        sentence = (
            _("A table of {sheet} says whose rows they are in no column and is not read.")
            if table.reason == "no-patient"
            else _("A table of {sheet} has no rows.")
        )
        self._issues.add(
            "warning" if table.reason == "no-patient" and len(table.table.rows) > 1 else "note",
            "table-not-read",
            sentence.format(sheet=table.sheet),
            table=table,
            row=table.table.header_rows[0] if table.table.header_rows else 0,
            column=table.table.columns[0].column if table.table.columns else 0,
        )

    def _horizon(self, batch: Batch, asker: Asker) -> dict[str, Any]:
        """Ask whether to keep the horizon where deaths lie far beyond it."""
        horizon = self._facts.snapshot.options.horizon_days
        if horizon is None:
            return {}
        deaths, beyond = count_late_deaths(batch, self._facts.snapshot.options.origin, horizon + _FAR_DAYS)
        if not beyond:
            return {}
        share = beyond / deaths
        answer = asker.ask(
            Question(
                id=question_id("horizon"),
                kind="horizon",
                text=_(
                    "{beyond} of {deaths} deaths are after day {horizon}, the protocol’s end. Count them?"
                ).format(beyond=beyond, deaths=deaths, horizon=horizon),
                options=(
                    Option("all", _("Use all follow-up: no horizon")),
                    Option("keep", _("Keep the horizon of {days} days").format(days=horizon)),
                ),
                suggested="all" if share > _FAR_SHARE else "keep",
                confidence=0.7,
                evidence=(_("{share} % of the deaths").format(share=round(100 * share)),),
            )
        )
        return {"horizon_days": None} if answer == "all" else {}

    def _additions(self, series: Sequence[Series], codings: Codings, names: VisitNames) -> dict[str, Any]:
        """What the study's protocol gains, in the form that `protocol.reader.extend` takes."""
        known = {variable.code for variable in self._protocol.variables}
        variables: dict[str, Variable] = {}
        for one in series:
            if one.variable.code in known or not _says_anything(one):
                continue
            variables.setdefault(one.variable.code, codings.finished(one.variable))
        arms = [to_table(choice) for choice in codings.added.get(codes.ARM, ())]
        choices = [
            {**to_table(choice), "variable": code}
            for code, added in codings.added.items()
            if code in known and code != codes.ARM
            for choice in added
        ]
        additions = {
            "variables": [to_table(variable) for variable in variables.values()],
            "arms": arms,
            "arm_order": self._arm_order(series) if arms else [],
            "visits": [to_table(visit) for visit in names.added],
            "choices": choices,
        }
        return {key: value for key, value in additions.items() if value}

    def _arm_order(self, series: Sequence[Series]) -> list[str]:
        """The arms as the files first name them, where the study has none of its own yet.

        Nothing in a blinded study: who comes first would tell an arm.
        """
        snapshot = self._facts.snapshot
        if snapshot.blinded or snapshot.arms_visible:
            return []
        found: dict[str, None] = {}
        for one in series:
            if one.variable.code == codes.ARM:
                _places, first = np.unique(one.typed.text[one.typed.text >= 0], return_index=True)
                in_order = one.typed.text[one.typed.text >= 0][np.sort(first)]
                found.update(dict.fromkeys(one.typed.texts[place] for place in in_order.tolist()))
        return list(found)

    # --- the end -----------------------------------------------------------------------------------------

    def _review(
        self,
        tables: Sequence[TablePlan],
        asker: Asker,
        whose: Whose,
        assembly: Assembly,
        additions: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> Review:
        snapshot = self._facts.snapshot
        hashes = {source.workbook.sha256 for source in self._sources}
        same = frozenset(number for number, files in self._facts.files.items() if files & hashes)
        replace_sealed = asker.answered("sealed") == "replace"
        comparison = compare(assembly.batch, snapshot, same_file=same, replace_sealed=replace_sealed)
        left_out = tuple(_left_out(tables))
        accounts = assembly.fates.accounts()
        questions = tuple(asker.questions.values())
        plan = Plan(self._sources, tuple(tables), questions, left_out, additions, options)
        return Review(
            plan=plan,
            protocol=self._protocol,
            assembly=assembly,
            batch=comparison.batch,
            status=comparison.status,
            before=comparison.before,
            issues=self._issues.issues(),
            questions=questions,
            left_out=left_out,
            accounts=accounts,
            counts=count_statuses(comparison, accounts),
            missing=comparison.missing,
            new_patients=tuple(whose.new),
            additions=additions,
            options=options,
            spellings=whose.spellings,
            head=snapshot.head,
        )


def _taught_columns(recipes: Sequence[Recipe]) -> dict[str, str]:
    """What earlier imports read columns as, by the columns' keys, whatever table they stood in."""
    taught: dict[str, str] = {}
    for recipe in recipes:
        for question, answer in recipe.answers.items():
            kind, *where = question.split("|")
            if kind == "column" and len(where) > 1:
                taught[where[1]] = answer
    return taught


def count_late_deaths(batch: Batch, origin: str, limit: float) -> tuple[int, int]:
    """(deaths with a known time, those after day `limit`), of the patients of an import."""
    days = {
        code: _days_by_patient(batch, code)
        for code in (origin, codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE)
    }
    dead = _patients_saying(batch, codes.VITAL_STATUS, codes.DEAD)
    known = beyond = 0
    for patient, start in days[origin].items():
        end = days[codes.DEATH_DATE].get(patient)
        if end is None and patient in dead:
            end = days[codes.END_OF_FOLLOW_UP_DATE].get(patient)
        if end is not None:
            known += 1
            beyond += end - start > limit
    return known, beyond


def _days_by_patient(batch: Batch, code: str) -> dict[int, float]:
    number = next((n for n, variable in enumerate(batch.variables) if variable.code == code), -1)
    texts = batch.texts.array()
    rows = np.flatnonzero((batch.variable == number) & (batch.missing == 0))
    found = {}
    for at in rows.tolist():
        day = _day_number(str(texts[batch.text[at]]))
        if np.isfinite(day):
            found[int(batch.patient[at])] = day
    return found


def _patients_saying(batch: Batch, code: str, text: str) -> set[int]:
    number = next((n for n, variable in enumerate(batch.variables) if variable.code == code), -1)
    word = batch.texts.get(text, -1)
    rows = (batch.variable == number) & (batch.missing == 0) & (batch.text == word)
    return {int(patient) for patient in batch.patient[rows].tolist()}


def _left_out(tables: Sequence[TablePlan]) -> Iterable[LeftOut]:
    reasons = {
        "empty": _("the column is empty"),
        "personal": _("it would tell who the patient is"),
        "unnamed": _("the column has no header"),
        "duplicate": _("another column says the same"),
        "chosen": _("left out by choice"),
    }
    for table in tables:
        for column in table.columns:
            if column.use == "left_out" and column.profile.filled:
                yield LeftOut(
                    table.file,
                    table.sheet,
                    table.cell(column),
                    column.header.text,
                    column.profile.filled,
                    reasons.get(column.reason, reasons["chosen"]),
                )


def _says_anything(series: Series) -> bool:
    """Whether any element is a value, or a word for none."""
    return bool(((series.typed.state == State.VALUE) | (series.typed.state == State.MISSING)).any())


def _series_of_arm(table: TablePlan, whose: Whose, arm: Variable) -> Series:
    """The arm that the sheet's name tells, once for each of its patients; no cell holds it."""
    rows = whose.rows[table.key]
    taken = np.flatnonzero(rows.taken)
    _patients, first = np.unique(rows.patient[taken], return_index=True)
    at = taken[first]
    count = len(at)
    typed = Typed(
        state=np.full(count, State.VALUE, dtype=np.uint8),
        number=np.full(count, np.nan),
        text=np.zeros(count, dtype=np.int32),
        texts=(table.arm,),
        qualifier=np.zeros(count, dtype=np.uint8),
        missing=np.zeros(count, dtype=np.uint8),
        finding=np.zeros(count, dtype=np.uint8),
        days=np.full(count, np.nan),
    )
    patient = table.of_use("patient")
    assert patient is not None  # a table without one is not used
    column = replace(
        patient, key="sheet", place=TableColumn(-1, (table.sheet,)), use="variable", variable=arm
    )
    return Series(table, column, arm, at, typed)


def _day_number(text: str) -> float:
    try:
        return float((date.fromisoformat(text) - EPOCH).days) if len(text) == 10 else np.nan
    except ValueError:
        return np.nan


def _stored_dates(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for variable in snapshot.protocol.of_scope("patient"):
        if variable.kind == "date" and variable.code in snapshot.patients.columns:
            days = {str(p): _day_number(str(text)) for p, text in snapshot.patients[variable.code].items()}
            found[variable.code] = {patient: day for patient, day in days.items() if np.isfinite(day)}
    return found


def _highest_records(stored: Any) -> dict[str, int]:
    if stored is None or not len(stored):
        return {}
    return {
        str(patient): int(record) for patient, record in stored.groupby("patient")["record"].max().items()
    }


def _foreign_arms(protocol: Protocol, codings: Codings) -> bool:
    """Whether the arms of the files are those of another trial: at most one is the protocol's."""
    used = set(codings.coding(codes.ARM).values())
    added = {choice.code for choice in codings.added.get(codes.ARM, ())}
    own = {arm.code for arm in protocol.arms} & used
    return bool(added) and len(own) <= 1
