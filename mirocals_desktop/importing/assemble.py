"""Series and rows put together into observations; what stands twice or contradicts itself is told.

Every filled cell of a sheet gets its fate here, so that a count can prove that nothing vanished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.batch import Batch, Ints, Small, Words, group_rows, join_batches
from mirocals_desktop.importing.grid import Booleans, Sheet, cell_name
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.model import Account, Option, Question
from mirocals_desktop.importing.plan import Asker, ColumnPlan, Source, TablePlan, question_id
from mirocals_desktop.importing.series import Declined, Series
from mirocals_desktop.importing.values import MISSING_CODES, State
from mirocals_desktop.importing.when import RowTimes
from mirocals_desktop.importing.whose import RowState, Whose
from mirocals_desktop.protocol import codes

SEALED: Final = "●●●"
_ASKED_CONFLICTS: Final = 8
_SHOWN: Final = 3  # contradictions that a question shows with their values
_NOT_AVAILABLE: Final = MISSING_CODES.index("not_available")


class Fate(IntEnum):
    """What became of a filled cell."""

    UNKNOWN = 0
    HEADER = 1
    VALUE = 2
    MISSING = 3
    PROBLEM = 4
    DUPLICATE = 5
    APART = 6
    LEFT_OUT = 7
    IGNORED = 8


@dataclass(eq=False)
class Fates:
    """The fate of every cell of every sheet, as matrices of `Fate`."""

    sheets: dict[tuple[str, str], tuple[Sheet, Small]]

    def of(self, table: TablePlan) -> Small:
        """The matrix of the sheet that a table stands in."""
        return self.sheets[table.file, table.sheet][1]

    def accounts(self) -> tuple[Account, ...]:
        """For each sheet how many filled cells had which fate."""
        return tuple(_account(file, sheet, fates) for (file, _name), (sheet, fates) in self.sheets.items())


def _account(file: str, sheet: Sheet, fates: Small) -> Account:
    filled = sheet.filled()
    counts = (
        np.bincount(fates[filled].ravel(), minlength=len(Fate)) if filled.size else np.zeros(len(Fate), int)
    )
    return Account(
        file=file,
        sheet=sheet.name,
        filled=int(filled.sum()),
        header=int(counts[Fate.HEADER]),
        values=int(counts[Fate.VALUE]),
        missing=int(counts[Fate.MISSING]),
        problems=int(counts[Fate.PROBLEM]),
        duplicates=int(counts[Fate.DUPLICATE]),
        set_apart=int(counts[Fate.APART]),
        left_out=int(counts[Fate.LEFT_OUT]),
        ignored=int(counts[Fate.IGNORED]),
    )


def begin_fates(sources: Sequence[Source], tables: Sequence[TablePlan]) -> Fates:
    """Fates of everything but the values: headers, rows and columns that are left aside, sheets not used."""
    sheets = {
        (source.workbook.name, sheet.name): (
            sheet,
            np.full((sheet.n_rows, sheet.n_columns), Fate.IGNORED, dtype=np.uint8),
        )
        for source in sources
        for sheet in source.workbook.sheets
    }
    fates = Fates(sheets)
    for table in tables:
        if not table.used:
            continue
        matrix = fates.of(table)
        places = [column.place.column for column in table.columns]
        heads = [*table.table.header_rows, *([table.table.units_row] if table.table.units_row >= 0 else [])]
        if heads:
            matrix[np.ix_(heads, places)] = Fate.HEADER
        for column in table.columns:
            fate = Fate.LEFT_OUT if column.use == "left_out" else Fate.VALUE
            if column.use in ("variable", "value", "duration"):
                fate = Fate.UNKNOWN
            matrix[table.table.rows, column.place.column] = fate
    return fates


def set_row_fates(fates: Fates, table: TablePlan, whose: Whose) -> None:
    """Rows that are not read: their cells are duplicates, or set apart."""
    rows = whose.rows[table.key]
    matrix = fates.of(table)
    places = [column.place.column for column in table.columns]
    for state, fate in (
        (RowState.DUPLICATE, Fate.DUPLICATE),
        (RowState.UNKNOWN, Fate.APART),
        (RowState.NO_ID, Fate.APART),
    ):
        at = table.table.rows[rows.state == state]
        if at.size:
            matrix[np.ix_(at, places)] = fate


@dataclass(eq=False)
class Assembly:
    """The observations of an import, and the fate of every cell.

    `blanks` are the blank cells of columns that are read, as observations that say "not available": what they
    would be if a blank were to take the place of a stored value.
    """

    batch: Batch
    fates: Fates
    blanks: Batch


_OUTCOMES: Final = (codes.VITAL_STATUS, codes.LAST_CONTACT_DATE, codes.END_OF_FOLLOW_UP_DATE)
"""What is told of a patient at every visit, and of which the latest counts: a death stays."""


def _rank_of_outcome(text: str) -> tuple[int, str]:
    """How late an outcome is: an ISO date by itself, death after all others, alive first."""
    return {codes.ALIVE: 0, codes.LOST: 1, codes.DEAD: 2}.get(text, 1), text


class Assembler:
    """Makes the batch of an import from its series."""

    def __init__(
        self,
        sources: Sequence[Source],
        tables: Sequence[TablePlan],
        series: Sequence[Series],
        whose: Whose,
        *,
        visits: Words,
        visit_labels: Mapping[str, str],
        dates: Words,
        times: Mapping[str, Mapping[str, RowTimes]],
        log_records: Mapping[str, Ints],
        declined: Sequence[Declined],
        asker: Asker,
        issues: IssueList,
    ) -> None:
        self._tables = [table for table in tables if table.used]
        self._series = list(series)
        self._whose = whose
        self._visits = visits
        self._visit_labels = visit_labels
        self._dates = dates
        self._times = times
        self._log_records = log_records
        self._declined = declined
        self._asker = asker
        self._issues = issues
        self.fates = begin_fates(sources, tables)
        self._sheets = tuple((file, sheet) for (file, _name), (sheet, _fates) in self.fates.sheets.items())
        self._sheet_numbers = {(file, sheet.name): n for n, (file, sheet) in enumerate(self._sheets)}
        variables = {one.variable.code: one.variable for one in self._series}
        self._variables = tuple(variables.values())
        self._variable_numbers = {code: n for n, code in enumerate(variables)}
        self._texts = Words()
        self._units = Words()

    def assemble(self) -> Assembly:
        """The observations; rows and cells that are not taken have their issues by now."""
        parts = [self._part(number, one) for number, one in enumerate(self._series)]
        batch = join_batches(parts) or self._empty()
        batch = self._settle_rivals(batch)
        for one in self._declined:
            rows = one.table.table.rows[one.at]
            self.fates.of(one.table)[rows, one.column.place.column] = Fate.LEFT_OUT
        for table in self._tables:
            set_row_fates(self.fates, table, self._whose)
        blanks = [self._blanks(number, one) for number, one in enumerate(self._series)]
        return Assembly(batch, self.fates, join_batches(blanks) or self._empty())

    def _empty(self) -> Batch:
        ints = np.zeros(0, dtype=np.int64)
        small = np.zeros(0, dtype=np.uint8)
        return self._batch(
            patient=ints, variable=ints, visit=ints, record=ints, date=ints, number=np.zeros(0), text=ints,
            qualifier=small, missing=small, unit=ints, sheet=ints, row=ints, column=ints, series=ints,
            at=ints,
        )  # fmt: skip

    def _batch(self, **columns: Any) -> Batch:
        count = len(columns["patient"])
        return Batch(
            patients=self._whose.words,
            visits=self._visits,
            dates=self._dates,
            texts=self._texts,
            units=self._units,
            variables=self._variables,
            sheets=self._sheets,
            replaces=np.zeros(count, dtype=np.int64),
            **columns,
        )

    def _part(self, number: int, one: Series) -> Batch:
        rows = self._whose.rows[one.table.key]
        typed = one.typed
        matrix = self.fates.of(one.table)
        column = one.column.place.column
        if column >= 0:
            matrix[one.sheet_rows, column] = _FATE_OF_STATE[typed.state]
        said = (typed.state == State.VALUE) | (typed.state == State.MISSING)
        return self._observations(number, one, np.flatnonzero(said & rows.taken[one.at]))

    def _blanks(self, number: int, one: Series) -> Batch:
        """The blank cells of a series; a log has none, for a record is never told by what it does not say."""
        blank = one.typed.state == State.EMPTY
        if one.column.place.column < 0 or one.variable.scope == "log":
            blank = np.zeros_like(blank)
        taken = np.flatnonzero(blank & self._whose.rows[one.table.key].taken[one.at])
        batch = self._observations(number, one, taken)
        batch.missing[:] = _NOT_AVAILABLE
        return batch

    def _observations(self, number: int, one: Series, taken: Ints) -> Batch:
        """Some elements of a series as observations."""
        rows, typed, column = self._whose.rows[one.table.key], one.typed, one.column.place.column
        at = one.at[taken]
        times = self._times[one.table.key].get(one.visit, self._times[one.table.key][""])
        scope = one.variable.scope
        zeros = np.zeros(len(taken), dtype=np.int64)
        text_codes = self._texts.codes(typed.texts)
        places = typed.text[taken]
        text = np.where(places >= 0, text_codes[np.maximum(places, 0)] if len(text_codes) else 0, 0)
        date = times.date[at] if scope == "visit" else zeros
        if one.variable.code == codes.VISIT_DATE:
            own = self._dates.codes(typed.texts)
            date = np.where(places >= 0, own[np.maximum(places, 0)] if len(own) else 0, date)
        record = times.record[at] if scope == "visit" else zeros
        if scope == "log":
            record = self._log_records[one.table.key][at]
        return self._batch(
            patient=rows.patient[at],
            variable=np.full(len(taken), self._variable_numbers[one.variable.code], dtype=np.int64),
            visit=times.visit[at] if scope == "visit" else zeros,
            record=record,
            date=date,
            number=typed.number[taken],
            text=text,
            qualifier=typed.qualifier[taken],
            missing=typed.missing[taken],
            unit=np.full(len(taken), self._units[one.unit], dtype=np.int64),
            sheet=np.full(len(taken), self._sheet_numbers[one.table.file, one.table.sheet], dtype=np.int64),
            row=one.sheet_rows[taken],
            column=np.full(len(taken), column, dtype=np.int64),
            series=np.full(len(taken), number, dtype=np.int64),
            at=taken,
        )

    # --- one place, several values -----------------------------------------------------------------------

    def _settle_rivals(self, batch: Batch) -> Batch:
        """Keep one observation for each place: equal ones once, contradicting ones as they are decided."""
        order, starts = group_rows(batch.keys())
        if len(starts) == len(batch):
            return batch
        ends = np.append(starts[1:], len(order))
        several = np.flatnonzero(ends - starts > 1)
        keep = np.ones(len(batch), dtype=bool)
        equal = _equal_to_first(batch, order, starts, ends)
        first_of = np.repeat(order[starts], ends - starts)
        repeated = order[equal & (order != first_of)]
        conflicts: dict[int, list[list[int]]] = {}
        for group in several.tolist():
            members = order[starts[group] : ends[group]]
            if equal[starts[group] : ends[group]].all():
                continue
            values = members[batch.missing[members] == 0]
            if len(values) and len(values) < len(members):
                # A word for "no value" beside a value says less than it.
                keep[members[batch.missing[members] > 0]] = False
                self._mark(batch, members[batch.missing[members] > 0], Fate.DUPLICATE)
                first = values[0]
                same = np.array([_same(batch, int(first), int(m)) for m in values])
                keep[values[same][1:]] = False
                self._mark(batch, values[same][1:], Fate.DUPLICATE)
                if same.all():
                    continue
                members = np.concatenate([values[:1], values[~same]])
            conflicts.setdefault(int(batch.series[members[0]]), []).append(members.tolist())
        keep[repeated] = False
        self._mark(batch, repeated, Fate.DUPLICATE)
        for groups in conflicts.values():
            self._decide_conflicts(batch, groups, keep)
        return batch.take(keep)

    def _mark(self, batch: Batch, rows: Ints, fate: Fate) -> None:
        for number in np.unique(batch.sheet[rows]).tolist():
            at = rows[batch.sheet[rows] == number]
            file, sheet = self._sheets[number]
            self.fates.sheets[file, sheet.name][1][batch.row[at], batch.column[at]] = fate

    def _decide_conflicts(self, batch: Batch, groups: list[list[int]], keep: Booleans) -> None:
        """Contradicting values of one column: one question for all, an issue for each."""
        one = self._series[int(batch.series[groups[0][0]])]
        answer = self._ask_conflict(batch, one, groups)
        for group in groups:
            chosen = {"first": group[0], "last": group[-1]}.get(answer, -1)
            if answer == "latest":
                chosen = max(group, key=lambda row: _rank_of_outcome(self._text(batch, row)))
            losers = np.array([row for row in group if row != chosen], dtype=np.int64)
            if answer == "repeats":
                free = max(2, int(batch.record.max()) + 1)
                batch.record[group[1:]] = np.arange(free, free + len(group) - 1)
                losers = np.zeros(0, dtype=np.int64)
            keep[losers] = False
            self._mark(batch, losers, Fate.APART)
            self._say_conflict(batch, one, group, answer)

    def _ask_conflict(self, batch: Batch, one: Series, groups: Sequence[list[int]]) -> str:
        count = len(groups)
        options = [
            Option("first", _("Take the first one, set the others apart")),
            Option("last", _("Take the last one, set the others apart")),
            Option("apart", _("Set all of them apart")),
        ]
        if one.variable.code in _OUTCOMES:
            options.insert(0, Option("latest", _("Take the latest: the last date, and death before life")))
        if one.variable.scope == "visit":
            options.append(Option("repeats", _("Take them all, as repeats of the visit")))
        return self._asker.ask(
            Question(
                id=question_id("conflict", one.table.key, one.variable.code),
                kind="conflict",
                text=ngettext(
                    "{variable} has contradicting values in {count} place. Which one counts?",
                    "{variable} has contradicting values in {count} places. Which ones count?",
                    count,
                ).format(variable=one.variable.label, count=amount(count)),
                options=tuple(options),
                # Nobody is in the first of two arms rather than in the second.
                suggested="apart" if one.variable.code == codes.ARM else options[0].code,
                confidence=0.5,
                evidence=tuple(
                    _("{patient}, {about}: {values}").format(
                        patient=self._patient(batch, group[0]),
                        about=self._about(batch, one, group[0]),
                        values=self._rivals(batch, one, group),
                    )
                    for group in groups[:_SHOWN]
                ),
                file=one.table.file,
                sheet=one.table.sheet,
                cells=self._cells_of(batch, one, groups[0]) or (one.table.cell(one.column),),
            )
        )

    def _cells_of(self, batch: Batch, one: Series, group: list[int]) -> tuple[str, ...]:
        """The cells of some observations that stand on the sheet of a series."""
        found = batch.take(np.array(group))
        own = found.sheet == self._sheet_numbers[one.table.file, one.table.sheet]
        return tuple(name for name in found.take(own).cell_names() if name)

    def _text(self, batch: Batch, row: int) -> str:
        return str(batch.texts.array()[batch.text[row]])

    def _patient(self, batch: Batch, row: int) -> str:
        return str(batch.patients.array()[batch.patient[row]])

    def _about(self, batch: Batch, one: Series, row: int) -> str:
        visit = str(batch.visits.array()[batch.visit[row]])
        label = str(one.variable.label)
        called = self._visit_labels.get(visit, visit)
        return _("{variable} at {visit}").format(variable=label, visit=called) if visit else label

    def _rivals(self, batch: Batch, one: Series, group: Sequence[int]) -> str:
        """The cells that contradict one another, with what each says unless a blinded study seals it."""
        sealed = any(self._series[int(batch.series[row])].column.sealed for row in group)
        return ", ".join(
            _("{cell}: {value}").format(
                cell=self._place(batch, row, one.table), value=SEALED if sealed else self._raw(batch, row)
            )
            for row in group
        )

    def _say_conflict(self, batch: Batch, one: Series, group: list[int], answer: str) -> None:
        patient = self._patient(batch, group[0])
        places = [self._place(batch, row, one.table) for row in group]
        taken = {
            "first": _("the first one is taken"),
            "last": _("the last one is taken"),
            "latest": _("the latest is taken"),
            "apart": _("none is taken"),
            "repeats": _("all are taken, as repeats"),
        }[answer]
        last = group[-1]
        file, sheet = self._sheets[int(batch.sheet[last])]
        self._issues.add(
            "warning" if answer == "latest" else "error",
            "conflict",
            _("Patient {patient}, {about}: {values}; {taken}.").format(
                patient=patient,
                about=self._about(batch, one, group[0]),
                values=self._rivals(batch, one, group),
                taken=taken,
            ),
            file=file,
            sheet=sheet.name,
            row=int(batch.row[last]),
            column=int(batch.column[last]),
            cells=tuple(reversed(places)),
            patient=patient,
            variable=one.variable.code,
        )

    def _place(self, batch: Batch, row: int, table: TablePlan) -> str:
        name = cell_name(int(batch.row[row]), int(batch.column[row]))
        file, sheet = self._sheets[int(batch.sheet[row])]
        if sheet.name == table.sheet and file == table.file:
            return name
        return f"{sheet.name}!{name}"

    def _raw(self, batch: Batch, row: int) -> str:
        sheet = self._sheets[int(batch.sheet[row])][1]
        return sheet.text(int(batch.row[row]), int(batch.column[row])).strip()


_FATE_OF_STATE: Final = np.array([Fate.VALUE, Fate.VALUE, Fate.MISSING, Fate.PROBLEM], dtype=np.uint8)
"""By `State`; an empty cell's fate is never counted."""


def _equal_to_first(batch: Batch, order: Ints, starts: Ints, ends: Ints) -> Booleans:
    """For each row in order whether it says what the first of its group says."""
    first = np.repeat(order[starts], ends - starts)
    numbers, firsts = batch.number[order], batch.number[first]
    same_number = (numbers == firsts) | (np.isnan(numbers) & np.isnan(firsts))
    return np.asarray(
        same_number
        & (batch.text[order] == batch.text[first])
        & (batch.qualifier[order] == batch.qualifier[first])
        & (batch.missing[order] == batch.missing[first])
    )


def _same(batch: Batch, first: int, other: int) -> bool:
    numbers = batch.number[first], batch.number[other]
    if not (numbers[0] == numbers[1] or (np.isnan(numbers[0]) and np.isnan(numbers[1]))):
        return False
    return bool(batch.text[first] == batch.text[other] and batch.qualifier[first] == batch.qualifier[other])


def column_of(batch: Batch, series: Sequence[Series], row: int) -> ColumnPlan:
    """The column that an observation was read from."""
    return series[int(batch.series[row])].column
