"""From files to a review: every step of an import in order, under the answers given so far.

A review is made anew whenever an answer changes; tables and profiles of columns are kept with their workbook.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.additions import find_additions, has_foreign_arms
from mirocals_desktop.importing.assemble import Assembler, Assembly
from mirocals_desktop.importing.batch import Words
from mirocals_desktop.importing.bounds import (
    BOUNDS,
    bounds_of,
    bounds_question,
    carried_bounds,
    shown_table,
)
from mirocals_desktop.importing.checks import Checked, run_checks
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.coloured_rows import with_coloured_rows
from mirocals_desktop.importing.dated_outcomes import part_outcomes
from mirocals_desktop.importing.dates import day_number
from mirocals_desktop.importing.deaths import date_deaths
from mirocals_desktop.importing.dictionary import read_dictionary
from mirocals_desktop.importing.durations import KnownDays, read_durations
from mirocals_desktop.importing.earlier_values import EarlierValues
from mirocals_desktop.importing.expected import tell_missing
from mirocals_desktop.importing.fatal_events import deaths_of_events
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.horizon import ask_horizon, ask_origin
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.logs import number_records
from mirocals_desktop.importing.marked_arms import with_marked_arms
from mirocals_desktop.importing.model import LeftOut, Question
from mirocals_desktop.importing.new_variables import NewVariables
from mirocals_desktop.importing.own_export import (
    is_own_export,
    tell_own_export,
    time_own_rows,
)
from mirocals_desktop.importing.own_visits import time_own_visits
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.pivots import without_pivot_words
from mirocals_desktop.importing.plan import Asker, Plan, Source, TablePlan, question_id
from mirocals_desktop.importing.planning import Place, plan_tables, tables_with_keys
from mirocals_desktop.importing.recipe import (
    OF_ONE_FILE,
    Match,
    Recipe,
    match_recipe,
    middles_of,
    tell_drift,
)
from mirocals_desktop.importing.redcap import part_instruments
from mirocals_desktop.importing.remarked_deaths import with_remarked_deaths
from mirocals_desktop.importing.remarks import tell_remarks
from mirocals_desktop.importing.review import (
    BLANKS,
    Review,
    ask_about_blanks,
    compare,
    count_statuses,
)
from mirocals_desktop.importing.sample_lists import with_sample_lists
from mirocals_desktop.importing.section_arms import with_section_arms
from mirocals_desktop.importing.seen import Context, column_keys
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.series_reader import SeriesReader
from mirocals_desktop.importing.sheet_arms import with_arms
from mirocals_desktop.importing.sheet_sites import with_sites
from mirocals_desktop.importing.status_days import contacts_of_the_living
from mirocals_desktop.importing.status_visits import settle_statuses
from mirocals_desktop.importing.table_facts import series_of_tables
from mirocals_desktop.importing.tables import Table, find_tables
from mirocals_desktop.importing.unread import find_left_out, tell_unaccounted, tell_unread
from mirocals_desktop.importing.visit_names import VisitLabels, VisitNames
from mirocals_desktop.importing.vocabulary import Vocabulary
from mirocals_desktop.importing.when import (
    RowTimes,
    collect_labels,
    mark_duplicate_rows,
    tell_repeats,
    tell_undated_days,
    time_rows,
)
from mirocals_desktop.importing.whose import Whose, find_whose
from mirocals_desktop.importing.withhold import withhold
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study.snapshot import Snapshot


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


_VOCABULARIES: dict[int, Vocabulary] = {}


def _vocabulary_of(protocol: Protocol) -> Vocabulary:
    """The names of a protocol, with what was looked up already while its reviews follow one another."""
    found = _VOCABULARIES.get(id(protocol))
    if found is None or found.protocol is not protocol:
        _VOCABULARIES.clear()
        found = _VOCABULARIES[id(protocol)] = Vocabulary(protocol)
    return found


def make_review(
    workbooks: Sequence[Workbook],
    facts: Facts,
    *,
    answers: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    report: Report = ignore,
) -> Review:
    """What an import of these files would do, under the answers given so far.

    Without a `recipe`, the study's own latest one that fits these tables is taken. An answer "bounds|TABLE"
    says where a person has shown a table on its sheet.
    """
    vocabulary = _vocabulary_of(facts.snapshot.protocol)
    sources: list[Source] = []
    for number, workbook in enumerate(workbooks):
        report(0.3 * number / len(workbooks), _("Looking for tables in {file}").format(file=workbook.name))
        source = _find_source(workbook, vocabulary)
        sources.append(_named_apart(source, sources))
    maker = _Maker(tuple(sources), facts, recipe, dict(answers or {}), vocabulary, part(report, 0.3, 1.0))
    return maker.review()


def _find_source(workbook: Workbook, vocabulary: Vocabulary) -> Source:
    known = _TABLES.get(workbook)
    if known is not None and known[0] is vocabulary.protocol:
        return known[1]
    found = (
        without_pivot_words(table)
        for sheet in workbook.sheets
        for table in find_tables(sheet, known=vocabulary.knows)
    )
    tables = tuple(part for table in found for part in part_instruments(table))
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
        self._bounds: list[Question] = []
        self._middles: Mapping[tuple[str, str], float] = {}
        self._own = {s.workbook.name for s in sources if is_own_export(s.workbook, facts.snapshot)}

    def review(self) -> Review:
        """The review."""
        for source in self._sources:
            tell_remarks(source, self._issues)
        for name in sorted(self._own):
            tell_own_export(name, self._issues)
        places = [self._as_shown(*place) for place in tables_with_keys(self._sources)]
        self._fit_recipe(places)
        answers = {**(self._match.answers if self._match else {}), **self._given}
        asker = Asker(answers)
        snapshot = self._facts.snapshot
        known = Patients(
            {normal_form(str(p)): str(p) for p in snapshot.patients.index}, dict(self._facts.spellings)
        )
        earlier = EarlierValues(snapshot.measurements, snapshot.patients)
        context = Context(
            self._protocol,
            self._vocabulary,
            asker,
            NewVariables(self._protocol),
            self._this_year,
            blinded=snapshot.blinded and not snapshot.unblinded,
            taught=_taught_columns(self._facts.recipes),
            middles=self._middles,
            patients=known,
            earlier=earlier,
            report=part(self._report, 0.1, 0.3),
            fields=read_dictionary(
                {id(table.sheet): table.sheet for _key, _source, table in places}.values()
            ),
        )
        codings = Codings(self._protocol, asker, known, earlier)
        tables = plan_tables(places, context, self._own, self._issues)
        tables = with_sample_lists(tables, known, snapshot, asker)
        tables = with_arms(tables, self._protocol, asker, codings, blinded=context.blinded)
        tables = with_section_arms(tables, self._protocol, asker, codings, blinded=context.blinded)
        tables = with_marked_arms(tables, self._protocol, codings)
        told = _knows_status(snapshot)
        tables = with_remarked_deaths(
            tables,
            self._protocol,
            asker,
            status_known=told,
            this_year=self._this_year,
            blinded=context.blinded,
        )
        tables = with_coloured_rows(tables, self._protocol, asker, status_known=told)
        tables = with_sites(tables, self._protocol, asker)
        self._report(0.3, _("Reading cells"))
        reader = SeriesReader(tables, context, codings)
        series = reader.read()
        self._report(0.55, _("Matching patients and visits"))
        whose = find_whose(tables, known, asker, self._issues, snapshot=snapshot)
        for table in tables:
            if table.used:
                mark_duplicate_rows(whose.rows[table.key], whose.words.array(), self._issues)
        series, others = part_outcomes(series, protocol=self._protocol, asker=asker)
        declined = [*reader.declined, *others]
        known_days = KnownDays(series, whose, snapshot)
        series += list(series_of_tables(tables, whose, codings, self._protocol, self._this_year))
        series += deaths_of_events(series, protocol=self._protocol, status_known=told, asker=asker)
        origin = snapshot.options.origin
        series = date_deaths(series, known_days, whose, protocol=self._protocol, origin=origin, asker=asker)
        series += list(
            contacts_of_the_living(
                series,
                known_days,
                whose,
                protocol=self._protocol,
                origin=origin,
                this_year=self._this_year,
                asker=asker,
            )
        )
        series, others = settle_statuses(series, whose, self._protocol)
        declined += others
        series += read_durations(
            tables,
            KnownDays(series, whose, snapshot),
            whose,
            protocol=self._protocol,
            origin=origin,
            asker=asker,
            new=context.new,
        )
        visits, dates, names, times = self._times(tables, series, whose, asker, codings)
        series = self._own_words(tables, series, whose, times, visits, dates)
        records = self._records(tables, series, whose)
        assembly = Assembler(
            self._sources,
            tables,
            series,
            whose,
            visits=visits,
            visit_labels={v.code: str(v.label) for v in (*self._protocol.visits, *names.added)},
            dates=dates,
            times=times,
            log_records=records,
            declined=declined,
            asker=asker,
            issues=self._issues,
        ).assemble()
        self._report(0.75, _("Checking values"))
        stored = _stored_dates(snapshot)
        checked = Checked(
            assembly,
            tuple(series),
            self._issues,
            snapshot.today(),
            codings,
            stored,
            self._protocol,
            earlier,
        )
        run_checks(checked)
        tell_unread(tables, assembly, self._issues, blinded=context.blinded)
        options = {
            **ask_origin(assembly.batch, snapshot, asker),
            **ask_horizon(assembly.batch, snapshot, asker),
        }
        additions = find_additions(series, codings, names, snapshot)
        if self._recipe is not None and self._match is not None:
            tell_drift(self._recipe, self._match, [t for t in tables if t.used], self._issues)
        left_out = tuple(find_left_out(tables, declined))
        review = self._review(tables, asker, whose, assembly, additions, options, left_out)
        self._report(1.0, _("Review"))
        return review

    # --- tables ------------------------------------------------------------------------------------------

    def _as_shown(self, key: str, source: Source, table: Table) -> Place:
        """The table where a person has shown it on the sheet, if anybody has."""
        question = question_id(BOUNDS, key)
        code = self._given.get(question, "") or self._bounds_before(table)
        if not code:
            return key, source, table
        snapshot = self._facts.snapshot
        shown = shown_table(table, code, blinded=snapshot.blinded and not snapshot.unblinded)
        if shown is not table:
            said = bounds_of(shown).code
            self._bounds.append(
                replace(bounds_question(question, table, said, file=source.workbook.name), answer=said)
            )
        return key, source, shown

    def _bounds_before(self, found: Table) -> str:
        """Where a person has shown the table of this shape in an earlier file, if its headers stand there."""
        for recipe in [self._recipe] if self._recipe else reversed(self._facts.recipes):
            for shape in recipe.tables:
                code = carried_bounds(recipe.answers.get(question_id(BOUNDS, shape.key), ""), found)
                if not code:
                    continue
                keys = {column.key for column in shape.columns}
                shown = shown_table(found, code, blinded=False)
                if set(column_keys(shown)) == keys != set(column_keys(found)):
                    return code
        return ""

    def _fit_recipe(self, places: Sequence[Place]) -> None:
        """Take the recipe that was given, else the latest of the study's own that knows every table."""
        headers = {
            key: column_keys(table)
            for key, source, table in places
            if len(table.rows) and source.workbook.name not in self._own
        }
        if self._recipe is not None:
            self._match = match_recipe(self._recipe, headers)
            self._middles = middles_of(self._recipe, self._match, headers)
            return
        for recipe in reversed(self._facts.recipes):
            match = match_recipe(recipe, headers)
            if match.keys:
                general = {q: a for q, a in match.answers.items() if q.split("|")[0] not in OF_ONE_FILE}
                self._recipe, self._match = recipe, replace(match, answers=general)
                self._middles = middles_of(recipe, match, headers)
                return

    # --- visits, records ---------------------------------------------------------------------------------

    def _times(
        self,
        tables: Sequence[TablePlan],
        series: Sequence[Series],
        whose: Whose,
        asker: Asker,
        codings: Codings,
    ) -> tuple[Words, Words, VisitNames, dict[str, dict[str, RowTimes]]]:
        snapshot = self._facts.snapshot
        origin = KnownDays(series, whose, snapshot).of(snapshot.options.origin, stored_first=True)
        labels = VisitLabels()
        for table in tables:
            if table.used and not table.log and table.file not in self._own:
                collect_labels(labels, table, whose.rows[table.key], series, origin)
                tell_undated_days(table, whose.rows[table.key], series, origin, self._issues)
        names = labels.decide(self._protocol, asker, foreign=has_foreign_arms(self._protocol, codings))
        visits, dates = Words(), Words()
        times = {
            table.key: time_rows(table, whose.rows[table.key], series, names, visits, dates, origin)
            for table in tables
            if table.used
        }
        for table in tables:
            if table.used and table.layout != "parameters" and table.file not in self._own:
                tell_repeats(table, whose.rows[table.key], times[table.key][""], self._issues)
            if table.used and table.file in self._own and table.layout == "parameters":
                rows = whose.rows[table.key]
                times[table.key][""] = time_own_rows(table, rows, snapshot, visits, dates, self._issues)
        return visits, dates, names, times

    def _own_words(
        self,
        tables: Sequence[TablePlan],
        series: list[Series],
        whose: Whose,
        times: dict[str, dict[str, RowTimes]],
        visits: Words,
        dates: Words,
    ) -> list[Series]:
        """The series, with what an own export says of visits in words at the places that the study has."""
        for table in tables:
            if table.used and table.file in self._own and table.layout == "visits":
                rows, snapshot = whose.rows[table.key], self._facts.snapshot
                own, series = time_own_visits(table, rows, series, snapshot, visits, dates, self._issues)
                times[table.key].update(own)
        return series

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

    # --- the end -----------------------------------------------------------------------------------------

    def _review(
        self,
        tables: Sequence[TablePlan],
        asker: Asker,
        whose: Whose,
        assembly: Assembly,
        additions: Mapping[str, Any],
        options: Mapping[str, Any],
        left_out: tuple[LeftOut, ...],
    ) -> Review:
        snapshot = self._facts.snapshot
        hashes = {source.workbook.sha256 for source in self._sources}
        same = frozenset(number for number, files in self._facts.files.items() if files & hashes)
        replace_sealed = asker.answered("sealed") == "replace"
        comparison = compare(
            assembly.batch,
            snapshot,
            same_file=same,
            replace_sealed=replace_sealed,
            named=whose.named(),
            blanks=assembly.blanks,
            blanks_count=asker.answered(BLANKS) == "replace",
        )
        if comparison.blank:
            ask_about_blanks(asker, comparison.blank)
        tell_missing(comparison.stored, comparison.expected, self._issues)
        accounts = assembly.fates.accounts()
        tell_unaccounted(accounts, self._issues)
        questions = (*asker.questions.values(), *self._bounds)
        issues = self._issues.issues()
        if snapshot.blinded and not snapshot.unblinded:
            issues = withhold(issues, tables)
        known = self._recipe.name if self._recipe and self._match and self._match.keys else ""
        plan = Plan(self._sources, tuple(tables), questions, left_out, additions, options, known)
        return Review(
            plan=plan,
            protocol=self._protocol,
            assembly=assembly,
            batch=comparison.batch,
            status=comparison.status,
            before=comparison.before,
            issues=issues,
            questions=questions,
            left_out=left_out,
            accounts=accounts,
            counts=count_statuses(comparison, accounts),
            missing=comparison.missing,
            named=whose.named(),
            new_patients=tuple(whose.new),
            additions=additions,
            options=options,
            spellings=whose.spellings,
            head=snapshot.head,
            blinded=snapshot.blinded,
        )


def _knows_status(snapshot: Snapshot) -> bool:
    """Whether the study says of any patient whether he died."""
    told = (code for code in (codes.VITAL_STATUS, codes.DEATH_DATE) if code in snapshot.patients.columns)
    return any(bool((snapshot.patients[code].astype(str) != "").any()) for code in told)


def _taught_columns(recipes: Sequence[Recipe]) -> dict[str, str]:
    """What earlier imports read columns as, by the columns' keys, whatever table they stood in."""
    taught: dict[str, str] = {}
    for recipe in recipes:
        for question, answer in recipe.answers.items():
            kind, *where = question.split("|")
            if kind == "column" and len(where) > 1:
                taught[where[1]] = answer
    return taught


def _stored_dates(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for variable in snapshot.protocol.of_scope("patient"):
        if variable.kind == "date" and variable.code in snapshot.patients.columns:
            days = {str(p): day_number(str(text)) for p, text in snapshot.patients[variable.code].items()}
            found[variable.code] = {patient: day for patient, day in days.items() if np.isfinite(day)}
    return found


def _highest_records(stored: Any) -> dict[str, int]:
    if stored is None or not len(stored):
        return {}
    return {
        str(patient): int(record) for patient, record in stored.groupby("patient")["record"].max().items()
    }
