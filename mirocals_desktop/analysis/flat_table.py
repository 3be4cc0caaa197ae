"""Survival from a flat table, one row per patient, without a study: from cells of text to a result.

The table is read as text and each column typed by what is asked of it. A cell that cannot be what it should
be is refused with its row named; only empty times and events leave a row out.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mirocals_desktop.analysis.design import hint_columns, split_terms, variables_of
from mirocals_desktop.analysis.kaplan_meier import Interval
from mirocals_desktop.analysis.risk_sets import Ties
from mirocals_desktop.analysis.survival import SurvivalOptions, SurvivalResult, analyse
from mirocals_desktop.analysis.survival_json import to_json
from mirocals_desktop.analysis.times import (
    Covariate,
    Factor,
    Floats,
    Numeric,
    SurvivalTimes,
    build_factor,
    build_times,
)
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "#n/a"})
_MISSING_NUMBER = _MISSING | {".", "-", "none", "missing", "nd", "nf", "?"}
_BLANKS = re.compile("[\\s\u00a0\u202f\u2009]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_EUROPEAN_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")
_MOST_LEVELS = 50


@dataclass(frozen=True)
class FlatTable:
    """Text cells under their headers. `row_numbers` are those of the file, for messages: the header is row 1.

    `comma` says what a lone comma in a number is: "decimal", or "ask" where it could also part thousands.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]
    comma: str = "ask"


@dataclass(frozen=True)
class FlatOptions:
    """The options of `survival TABLE`, as they are written there. Empty: not given.

    `event_code` is the value of the event column that means the event, every other value then being
    censored; without it the column has 1 and 0.
    """

    time: str
    event: str
    group: str = ""
    entry: str = ""
    strata: str = ""
    covariates: str = ""
    reference: str = ""
    ties: Ties = "efron"
    interval: Interval = "log-log"
    tau: str = ""
    at: str = ""
    event_code: str = ""


def run_flat_survival(table: FlatTable, options: FlatOptions) -> dict[str, Any]:
    """Analyse a table. The result is what `survival --json` prints. Raises `AppError`."""
    return to_json(analyse_flat(table, options))


def analyse_flat(table: FlatTable, options: FlatOptions) -> SurvivalResult:
    """Analyse the table. Raises `AppError` naming the row or the option that is wrong."""
    times, terms = build_flat_times(table, options)
    at = tuple(_read_option(text, "--at") for text in options.at.split(",") if text.strip())
    result = analyse(
        times,
        SurvivalOptions(
            interval=options.interval,
            ties=options.ties,
            terms=terms,
            at=at,
            tau=_read_option(options.tau, "--tau") if options.tau else None,
            horizon=at[-1] if len(at) == 1 else None,
        ),
    )
    return replace(result, conventions={**result.conventions, "event": _describe_events(table, options)})


def _describe_events(table: FlatTable, options: FlatOptions) -> str:
    """Which value is the event, and which others were then taken as censored."""
    name = _column(table, options.event, "--event")
    if not options.event_code:
        return _("Column {name}: 1 is the event, 0 is censored.").format(name=name)
    events = _read_events(table, options)
    others = dict.fromkeys(
        cell for cell, event in zip(_cells(table, name), events, strict=True) if event == 0
    )
    return _("Column {name}: {code} is the event; censored are {others}.").format(
        name=name, code=options.event_code, others=", ".join(others) or "–"
    )


def read_flat_table(path: Path) -> FlatTable:
    """The cells of a CSV or TSV file as text: separator and encoding found out, blank lines passed over.

    Raises `AppError` when the file is not such a table, or a quote in it is never closed.
    """
    try:
        text = _decode(path.read_bytes(), path)
    except OSError as error:
        raise AppError(
            _("{file} cannot be read: {why}.").format(file=path.name, why=error.strerror or str(error))
        ) from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    delimiter = max("\t;,|", key=unquoted.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise AppError(
                _("{file} cannot be read from line {line} on: {why}.").format(
                    file=path.name, line=start, why=error
                ),
                hint=_("Often a quotation mark in that line is not closed."),
            ) from error
        if cells is None:
            break
        rows.append((len(rows) + 1, tuple(cells)))
    return build_flat_table(path.name, rows, comma="ask" if delimiter == "," else "decimal")


def build_flat_table(
    name: str, numbered: Sequence[tuple[int, Sequence[str]]], *, comma: str = "ask"
) -> FlatTable:
    """The table of a file's rows, each with its number there: the first that is not blank is the header.

    Raises `AppError` when there is none, or a row is longer than the header.
    """
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    header: tuple[str, ...] = ()
    for number, cells in numbered:
        stripped = tuple(_BLANKS.sub(" ", cell).strip() for cell in cells)
        if not any(stripped):
            continue
        if not header:
            header = stripped
            while header and not header[-1]:
                header = header[:-1]
            continue
        if any(stripped[len(header) :]):
            raise AppError(
                _("Row {row} of {file} has {count} cells, the header {columns}.").format(
                    row=number, file=name, count=len(stripped), columns=len(header)
                ),
                hint=_("Often a decimal comma or a text with a comma lacks its quotation marks."),
            )
        rows.append((stripped + ("",) * len(header))[: len(header)])
        numbers.append(number)
    if not header or not rows:
        raise AppError(_("{file} has no table: a header and rows below it.").format(file=name))
    return FlatTable(header, tuple(rows), tuple(numbers), comma)


def _decode(data: bytes, path: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\x00" in data[:4096]:
        raise AppError(
            _("{file} is not a text table.").format(file=path.name),
            hint=_("Save it as CSV, or as a spreadsheet of Excel or LibreOffice."),
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def build_flat_times(table: FlatTable, options: FlatOptions) -> tuple[SurvivalTimes, tuple[str, ...]]:
    """The checked survival times of the table and the terms of the Cox model beside the group.

    Raises `AppError` for an unknown column and for a bad cell, naming its row.
    """
    terms = split_terms(options.covariates, table.header) if options.covariates else ()
    _check_uses(table, options, terms)
    time = _numbers(table, _column(table, options.time, "--time"))
    event = _read_events(table, options)
    entry = _numbers(table, _column(table, options.entry, "--entry")) if options.entry else None
    group = None
    if options.group:
        name = _column(table, options.group, "--group")
        labels = _labels(table, name)
        group = build_factor(name, labels)
        if len(group.levels) > _MOST_LEVELS:
            raise AppError(
                _("The column {name} has {count} different values, too many for groups.").format(
                    name=name, count=len(group.levels)
                ),
                hint=_("Give a column with a few values, or use it as a covariate."),
            )
    elif options.reference:
        raise AppError(_("--reference names a group, but there is no --group."))
    strata = None
    if options.strata:
        names = [
            _column(table, name, "--strata")
            for name in ([options.strata] if options.strata in table.header else options.strata.split(","))
        ]
        columns = [_labels(table, name) for name in names]
        crossed = [", ".join(cells) if all(cells) else "" for cells in zip(*columns, strict=True)]
        strata = build_factor(", ".join(names), crossed)
    covariates = [
        _covariate(table, name)
        for name in dict.fromkeys(v for term in terms for v in variables_of(term, table.header))
        if group is None or name != group.name
    ]
    times = build_times(
        time,
        event,
        entry=entry,
        group=group,
        strata=strata,
        covariates=covariates,
        row_names=[_("row {row}").format(row=number) for number in table.row_numbers],
    )
    if options.reference and times.group is not None:
        times = _with_reference(times, options.reference)
    return times, terms


def _check_uses(table: FlatTable, options: FlatOptions, terms: Sequence[str]) -> None:
    """Raise `AppError` where one column is named for two things that cannot be the same."""
    used: dict[str, str] = {}
    for option, name in (
        ("--time", options.time),
        ("--event", options.event),
        ("--entry", options.entry),
        ("--group", options.group),
    ):
        if not name:
            continue
        column = _column(table, name, option)
        if column in used:
            raise AppError(
                _("The column {name} is named for {first} and for {second}.").format(
                    name=column, first=used[column], second=option
                )
            )
        used[column] = option
    outcome = {column: option for column, option in used.items() if option in ("--time", "--event")}
    for term in terms:
        for variable in variables_of(term, table.header):
            if variable in outcome:
                raise AppError(
                    _("The column {name} is named for {first} and for {second}.").format(
                        name=variable, first=outcome[variable], second="--covariates"
                    ),
                    hint=_("The outcome cannot be a covariate of itself."),
                )


def _with_reference(times: SurvivalTimes, label: str) -> SurvivalTimes:
    assert times.group is not None
    return replace(times, group=times.group.with_reference(label))


def _column(table: FlatTable, name: str, option: str) -> str:
    """The header that the user means: exactly, else without regard to case and blanks."""
    matches = [h for h in table.header if h == name] or [
        h for h in table.header if h.casefold() == " ".join(name.split()).casefold()
    ]
    if len(matches) == 1:
        return matches[0]
    message = (
        _("The table has no column “{name}” ({option}).")
        if not matches
        else _("The table has more than one column “{name}” ({option}).")
    )
    raise AppError(message.format(name=name, option=option), hint=hint_columns(name, table.header))


def _cells(table: FlatTable, name: str) -> list[str]:
    place = table.header.index(name)
    return [row[place] for row in table.rows]


def _labels(table: FlatTable, name: str) -> list[str]:
    return ["" if cell.casefold() in _MISSING else cell for cell in _cells(table, name)]


def _comma(table: FlatTable, name: str) -> str:
    """What a lone comma is in a column: "decimal" also where a cell of it can be read in no other way."""
    sure = [_read_number(cell, "ask") for cell in _cells(table, name) if "," in cell]
    decimal = any(value is not None and not value.is_integer() for value in sure)
    return "decimal" if decimal and "." not in "".join(_cells(table, name)) else table.comma


def _numbers(table: FlatTable, name: str) -> Floats:
    values = []
    comma = _comma(table, name)
    for row, cell in zip(table.row_numbers, _cells(table, name), strict=True):
        value = _read_number(cell, comma)
        if value is None:
            raise AppError(
                _("Row {row}, column {name}: “{cell}” is not a number that can be read for certain.").format(
                    row=row, name=name, cell=cell
                ),
                hint=_("Correct the cell, or empty it if the value is missing."),
            )
        values.append(value)
    return np.array(values, np.float64)


def _read_number(cell: str, comma: str) -> float | None:
    """The number in a cell; NaN for a missing one, None when it is not a number or could be two."""
    if cell.casefold() in _MISSING_NUMBER:
        return math.nan
    text = _BLANKS.sub("", cell).replace("−", "-")
    if _EUROPEAN_THOUSANDS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif "," in text:
        thousands = _THOUSANDS.fullmatch(text)
        if thousands and (text.count(",") > 1 or "." in text):
            text = text.replace(",", "")
        elif text.count(",") == 1 and "." not in text and (comma == "decimal" or not thousands):
            text = text.replace(",", ".")
        else:
            return None
    return float(text) if _NUMBER.fullmatch(text) else None


def _read_events(table: FlatTable, options: FlatOptions) -> Floats:
    name = _column(table, options.event, "--event")
    if options.event_code:
        labels = _labels(table, name)
        wanted = _read_number(options.event_code, "decimal")
        hits = [
            math.nan
            if not label
            else float(
                label == options.event_code
                or (wanted is not None and _read_number(label, table.comma) == wanted)
            )
            for label in labels
        ]
        if 1.0 not in hits:
            raise AppError(
                _("No row of the column {name} is “{code}”.").format(name=name, code=options.event_code),
                hint=_("Its values are: {values}.").format(values=", ".join(dict.fromkeys(labels))),
            )
        return np.array(hits)
    if name.casefold() == "cnsr":
        raise AppError(
            _("The column {name} by its name says who is censored, not who had the event.").format(name=name),
            hint=_("State the value that means the event, for example --event-code 0."),
        )
    known = {"true": 1.0, "false": 0.0}
    values = []
    for row, cell in zip(table.row_numbers, _cells(table, name), strict=True):
        value = known.get(cell.casefold(), _read_number(cell, table.comma))
        if value is None or (not math.isnan(value) and value not in (0, 1)):
            raise AppError(
                _(
                    "Row {row}, column {name}: the event is “{cell}”; 1 (event) and 0 (censored) are read."
                ).format(row=row, name=name, cell=cell),
                hint=_("State the value that means the event with --event-code, or correct the cell."),
            )
        values.append(value)
    return np.array(values, np.float64)


def _covariate(table: FlatTable, name: str) -> Covariate:
    """A number where every cell that is not missing is one, else categories."""
    exact = _column(table, name, "--covariates")
    comma = _comma(table, exact)
    numbers = [_read_number(cell, comma) for cell in _cells(table, exact)]
    if all(number is not None for number in numbers):
        return Numeric(exact, np.array(numbers, np.float64))
    factor: Factor = build_factor(exact, _labels(table, exact))
    if len(factor.levels) > _MOST_LEVELS:
        row = next(
            (n, c)
            for n, c, v in zip(table.row_numbers, _cells(table, exact), numbers, strict=True)
            if v is None
        )
        raise AppError(
            _("The covariate {name} is not a number: row {row} has “{cell}”.").format(
                name=exact, row=row[0], cell=row[1]
            ),
            hint=_("It has {count} different values, too many for categories.").format(
                count=len(factor.levels)
            ),
        )
    return factor


def _read_option(text: str, option: str) -> float:
    value = _read_number(text.strip(), "decimal")
    if value is None or math.isnan(value) or value < 0:
        raise AppError(_("{option}: “{text}” is not a number of days.").format(option=option, text=text))
    return value
