"""When each row was: its visit, its date and which repeat of the visit it is; and rows that stand twice."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.batch import Ints, Words, group_rows
from mirocals_desktop.importing.dated_headers import is_day
from mirocals_desktop.importing.grid import EPOCH, Floats, cell_name
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan
from mirocals_desktop.importing.series import Series, header_word
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.values import NumberReading, State, type_numbers
from mirocals_desktop.importing.visit_names import VisitLabels, VisitNames
from mirocals_desktop.importing.whose import RowState, TableRows
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes


@dataclass(frozen=True, eq=False)
class RowTimes:
    """For each data row of a table the number of its visit and date (0 for none), and its record number."""

    visit: Ints
    date: Ints
    record: Ints


def mark_duplicate_rows(rows: TableRows, patients: NDArray[np.object_], issues: IssueList) -> None:
    """Find rows that say exactly what an earlier row of the same patient says, and take them once.

    `patients` are the ids as the study writes them, by their numbers.
    """
    table = rows.table
    taken = np.flatnonzero(rows.taken)
    if len(taken) < 2:
        return
    patient = table.of_use("patient")
    marks = [rows.patient[taken]]
    for place in table.table.columns:
        if patient is not None and place.column == patient.place.column and table.names is None:
            continue  # spelled otherwise it is the same patient; of a sample's name every sign counts
        data = table.table.sheet.columns[place.column]
        at = table.table.rows[taken]
        marks.append(data.kinds[at].astype(np.int64))
        marks.append(data.codes[at].astype(np.int64))
        marks.append(_bits(data.numbers[at]))
    hashes = _hash(marks)
    order, starts = group_rows(hashes.reshape(-1, 1) if len(hashes) else np.zeros((0, 1), dtype=np.int64))
    ends = np.append(starts[1:], len(order))
    for start, end in zip(starts[ends - starts > 1].tolist(), ends[ends - starts > 1].tolist(), strict=True):
        first = order[start]
        for other in order[start + 1 : end].tolist():
            if all(mark[first] == mark[other] for mark in marks):
                _say_duplicate(rows, int(taken[first]), int(taken[other]), patients, issues)


def _bits(numbers: Floats) -> Ints:
    return np.where(np.isnan(numbers), 0.0, numbers + 0.0).view(np.int64)


def _hash(marks: Sequence[Ints]) -> Ints:
    """One number for each row; equal rows have equal numbers, and others nearly never (they are compared)."""
    total = np.zeros(len(marks[0]), dtype=np.uint64)
    for mark in marks:
        mixed = mark.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(31)
        total = (total ^ mixed) * np.uint64(0xBF58476D1CE4E5B9)
        total ^= total >> np.uint64(29)
    # Halved so that the span of the numbers fits where they are packed.
    return (total >> np.uint64(2)).astype(np.int64)


def _say_duplicate(
    rows: TableRows, first: int, other: int, patients: NDArray[np.object_], issues: IssueList
) -> None:
    table = rows.table
    column = table.of_use("patient")
    rows.state[other] = RowState.DUPLICATE
    where = column.place.column if column else table.table.columns[0].column
    top, row = int(table.table.rows[first]), int(table.table.rows[other])
    issues.add(
        "warning",
        "duplicate-row",
        _("Row {row} repeats row {first} exactly and is counted once.").format(row=row + 1, first=top + 1),
        table=table,
        row=row,
        column=where,
        cells=(cell_name(row, where), cell_name(top, where)),
        patient=str(patients[rows.patient[other]]),
    )


# --- visits and dates -------------------------------------------------------------------------------------


def visit_labels_of(table: TablePlan) -> tuple[Ints, list[str]] | None:
    """The different visit labels of a table, and for each data row the place of its own.

    None when no column names visits.
    """
    if table not in _LABELS:
        _LABELS[table] = _read_labels(table)
    return _LABELS[table]


_LABELS: weakref.WeakKeyDictionary[TablePlan, tuple[Ints, list[str]] | None] = weakref.WeakKeyDictionary()
"""Labels by table: they are asked for by name, by day and by header."""


def _read_labels(table: TablePlan) -> tuple[Ints, list[str]] | None:
    column = table.of_use("visit")
    if column is None and table.names is not None:
        places, texts = table.table.sheet.distinct_texts(table.names.column, table.table.rows)
        return places, [table.names.parts.get(text, ("", ""))[1] for text in texts]
    if column is None:
        return _labels_of_headings(table)
    places, texts = table.table.sheet.distinct_texts(column.place.column, table.table.rows)
    word = header_word(column)
    day = table.column(column.parts[0]) if column.parts else None
    if day is not None and day.use == "part":
        return _days_of_cycles(table, column, day)
    texts = [f"{word} {text.strip()}" if _is_number(text.strip()) else text.strip() for text in texts]
    if table.table.sheet.merged:
        places = _merged_down(table, column, places, texts)
    return places, texts


def _days_of_cycles(table: TablePlan, cycle: ColumnPlan, day: ColumnPlan) -> tuple[Ints, list[str]]:
    """The labels of rows whose visit a cycle and the day in it tell (C2D8), or its doses (C2 post-dose)."""
    pairs = zip(table.table.texts(cycle.place), table.table.texts(day.place), strict=True)
    labels: dict[str, int] = {}
    places = []
    for which, of_it in pairs:
        number = re.search(r"\d+", which)
        said = which.strip()
        if number and of_it.strip():
            said = f"C{number[0]}{'D' if of_it.strip().isdigit() else ' '}{of_it.strip()}"
        places.append(labels.setdefault(said, len(labels)))
    return np.array(places, dtype=np.int64), list(labels)


def headings_are_visits(table: TablePlan) -> bool:
    """Whether the headings between the rows all name visits, so that each speaks of the rows below it."""
    texts = list(table.table.sections.values())
    untold = table.of_use("visit") is None and table.names is None
    return bool(texts) and untold and all(is_timepoint(text) for text in texts)


def _labels_of_headings(table: TablePlan) -> tuple[Ints, list[str]] | None:
    if not headings_are_visits(table):
        return None
    rows = np.array(sorted(table.table.sections), dtype=np.int64)
    texts = ["", *(table.table.sections[row].strip() for row in rows.tolist())]
    return np.searchsorted(rows, table.table.rows), texts


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()


def _merged_down(table: TablePlan, column: ColumnPlan, places: Ints, texts: Sequence[str]) -> Ints:
    """The places with a merged cell's label given to every row that it covers."""
    at_row = {int(row): at for at, row in enumerate(table.table.rows.tolist())}
    filled = places.copy()
    for area in table.table.sheet.merged:
        if area.left <= column.place.column <= area.right and area.bottom > area.top and area.top in at_row:
            for row in range(area.top + 1, area.bottom + 1):
                if row in at_row and not texts[int(places[at_row[row]])]:
                    filled[at_row[row]] = places[at_row[area.top]]
    return filled


def collect_labels(
    labels: VisitLabels,
    table: TablePlan,
    rows: TableRows,
    series: Sequence[Series],
    origin: Mapping[int, float],
) -> None:
    """Add the visit labels of a table, with the days on which they took place where dates are known."""
    labelled = visit_labels_of(table) or _labels_of_days(table, rows, series, origin)
    start = _starts(rows, origin)
    where = table.file, table.sheet
    if labelled is not None:
        column = table.of_use("visit") or table.of_use("day")
        places, texts = labelled
        days = _days_of(table, series, "")
        taken = rows.taken
        labels.add(
            places[taken],
            texts,
            (days - start)[taken] if days is not None else None,
            where=(*where, table.cell(column) if column else ""),
        )
    elif table.visit and _holds_visits(table):
        labels.add(np.zeros(1, dtype=np.int64), [table.visit], None, where=(*where, ""))
    for column in table.columns:
        if column.visit and column.use in ("variable", "value") and not is_day(column.visit):
            days = _days_of(table, series, column.visit)
            known = days - start if days is not None else np.full(1, np.nan)
            labels.add(
                np.zeros(len(known), dtype=np.int64),
                [column.visit],
                known,
                where=(*where, table.cell(column)),
            )


def _holds_visits(table: TablePlan) -> bool:
    """Whether anything of a table is said of a visit: else "Follow-up" is the name of a list of patients."""
    told = (column.variable is not None and column.variable.scope == "visit" for column in table.columns)
    return any(told) or any(column.use in ("parameter", "value") for column in table.columns)


def _days_of(table: TablePlan, series: Sequence[Series], visit: str) -> Floats | None:
    for one in series:
        if one.table is table and one.variable.code == codes.VISIT_DATE and one.visit == visit:
            days = np.full(len(table.table.rows), np.nan)
            days[one.at] = one.typed.days
            return days
    return None


def time_rows(
    table: TablePlan,
    rows: TableRows,
    series: Sequence[Series],
    names: VisitNames,
    visits: Words,
    dates: Words,
    origin: Mapping[int, float],
) -> dict[str, RowTimes]:
    """For each visit that a header names ("" for the table itself), the times of the table's rows."""
    count = len(table.table.rows)
    labelled = visit_labels_of(table) or _labels_of_days(table, rows, series, origin)
    places, texts = labelled or (np.zeros(count, dtype=np.int64), [table.visit])
    own = visits.codes(names.code(text) for text in texts)[places]
    times = {"": _times(table, rows, series, "", own, dates, origin)}
    for label in dict.fromkeys(column.visit for column in table.columns if column.visit):
        if is_day(label):
            none = np.zeros(count, dtype=np.int64)
            times[label] = RowTimes(none, np.full(count, dates[label], dtype=np.int64), none)
            continue
        fixed = np.full(count, visits[names.code(label)], dtype=np.int64)
        times[label] = _times(table, rows, series, label, fixed, dates, origin)
    return times


def _times(
    table: TablePlan,
    rows: TableRows,
    series: Sequence[Series],
    label: str,
    visit: Ints,
    dates: Words,
    origin: Mapping[int, float],
) -> RowTimes:
    date = np.zeros(len(visit), dtype=np.int64)
    for one in series:
        if one.table is table and one.variable.code == codes.VISIT_DATE and one.visit == label:
            codes_of_text = dates.codes(one.typed.texts)
            said = one.typed.state == State.VALUE
            date[one.at[said]] = codes_of_text[one.typed.text[said]]
    if not date.any() and not label:
        date = _dates_from_days(table, rows, dates, origin)
    if table.log:
        return RowTimes(visit, np.zeros_like(date), np.zeros_like(date))
    return RowTimes(visit, date, _records(rows, visit, date))


def _dates_from_days(table: TablePlan, rows: TableRows, dates: Words, origin: Mapping[int, float]) -> Ints:
    """Dates from a column of study days, for patients whose time origin is known."""
    found = np.zeros(len(rows.patient), dtype=np.int64)
    column = table.of_use("day")
    if column is None:
        return found
    numbers = _study_days(table, column)
    start = _starts(rows, origin)
    for at in np.flatnonzero(np.isfinite(numbers + start)).tolist():
        # Where the origin is day 1 there is no day 0: the day before is -1.
        shift = column.first_day if numbers[at] > 0 else 0
        day = np.datetime64(EPOCH) + np.timedelta64(int(start[at] + round(numbers[at]) - shift), "D")
        found[at] = dates[str(day)]
    return found


def _starts(rows: TableRows, origin: Mapping[int, float]) -> Floats:
    """The day of each row's time origin, NaN where nobody knows it."""
    return np.array([origin.get(code, np.nan) for code in rows.patient.tolist()])


def _study_days(table: TablePlan, column: ColumnPlan) -> Floats:
    """The study day of each row, NaN where none is said; a text file writes its numbers as texts."""
    data = table.table.sheet.columns[column.place.column]
    return type_numbers(data, table.table.rows, reading=NumberReading(decimal=column.profile.decimal)).number


def tell_undated_days(
    table: TablePlan,
    rows: TableRows,
    series: Sequence[Series],
    origin: Mapping[int, float],
    issues: IssueList,
) -> None:
    """Rows whose study day makes no date, because their patient has no date of the time origin."""
    column = table.of_use("day")
    if column is None or _days_of(table, series, "") is not None:
        return
    days = _study_days(table, column)
    dated = np.isfinite(_starts(rows, origin))
    undated = table.table.rows[rows.taken & np.isfinite(days) & ~dated].tolist()
    if undated and len(undated) < np.count_nonzero(rows.taken & np.isfinite(days)):
        issues.add_rows(
            "warning",
            "day-without-origin",
            ngettext(
                "{count} study day of {sheet} gives no date: its patient has no time origin.",
                "{count} study days of {sheet} give no dates: their patients have no time origin.",
                len(undated),
            ).format(count=amount(len(undated)), sheet=table.sheet),
            table=table,
            column=column.place.column,
            rows=undated,
        )


def tell_repeats(table: TablePlan, rows: TableRows, times: RowTimes, issues: IssueList) -> None:
    """Rows of one visit on several days: none is lost, each later day is a repeat of the visit."""
    again = table.table.rows[rows.taken & (times.record > 0)].tolist()
    patient = table.of_use("patient")
    if not again or patient is None or table.log:
        return
    issues.add_rows(
        "note",
        "repeat-visit",
        ngettext(
            "{count} row of {sheet} repeats a visit on another day: it is kept as a repeat.",
            "{count} rows of {sheet} repeat a visit on another day: they are kept as repeats.",
            len(again),
        ).format(count=amount(len(again)), sheet=table.sheet),
        table=table,
        column=patient.place.column,
        rows=again,
    )


def _labels_of_days(
    table: TablePlan, rows: TableRows, series: Sequence[Series], origin: Mapping[int, float]
) -> tuple[Ints, list[str]] | None:
    """Study days as names of visits ("D28", "J28"), where nobody knows from which dates they count.

    None where the table has no study days, names its visits otherwise, or can date a row.
    """
    column = table.of_use("day")
    if column is None or table.visit or table.log or _days_of(table, series, "") is not None:
        return None
    days = _study_days(table, column)
    start = _starts(rows, origin)
    if np.isfinite(days + start).any():
        return None
    letter = "J" if plain_name(column.header.text).startswith("j") else "D"
    distinct, places = np.unique(days, return_inverse=True)
    return places, [f"{letter}{day:g}" if np.isfinite(day) else "" for day in distinct.tolist()]


def _records(rows: TableRows, visit: Ints, date: Ints) -> Ints:
    """Repeats of one visit on another day are records 2, 3 ...; everything else is record 0."""
    record = np.zeros(len(visit), dtype=np.int64)
    named = np.flatnonzero(rows.taken & (visit > 0))
    if not len(named):
        return record
    keys: NDArray[np.int64] = np.stack([rows.patient[named], visit[named]], axis=1)
    order, starts = group_rows(keys)
    ends = np.append(starts[1:], len(order))
    for start, end in zip(starts[ends - starts > 1].tolist(), ends[ends - starts > 1].tolist(), strict=True):
        members = named[order[start:end]]
        days = [day for day in dict.fromkeys(date[members].tolist()) if day]
        for number, day in enumerate(days[1:], start=2):
            record[members[date[members] == day]] = number
    return record
