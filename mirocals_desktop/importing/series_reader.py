"""Columns read into series: decimal signs, units, missing numbers and orders of dates decided or asked.

A wide table gives one series per column, a table with the measurement's name in a column one per name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, language
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.date_order import KnownDates, is_mixed, weigh_readings
from mirocals_desktop.importing.date_parts import read_parts
from mirocals_desktop.importing.grid import Floats, cell_name
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.headers import split_unit
from mirocals_desktop.importing.lab_columns import of_other_cells
from mirocals_desktop.importing.missing import MISSING_NUMBERS
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.numbers import decimal_proof, read_number
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.seen import SURE, Context
from mirocals_desktop.importing.series import Declined, Series, rows_of_cells, with_limits, with_signs
from mirocals_desktop.importing.specimens import can_hold, rows_by_specimen, specimen_of
from mirocals_desktop.importing.units import UnitReader
from mirocals_desktop.importing.values import (
    NumberReading,
    Rows,
    type_choices,
    type_dates,
    type_numbers,
    type_texts,
)
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Unit, Variable
from mirocals_desktop.protocol.specimens import specimen_name
from mirocals_desktop.protocol.words import plain_unit

_OF_SCORE: Final = re.compile(r"^ALSFRS-?R\d?\s*[-:]\s*(?=\D)", re.IGNORECASE)
"""The name of the score that CDISC writes before the name of each item."""


@dataclass(frozen=True, eq=False)
class _Wanted:
    """A series before it is read."""

    table: TablePlan
    column: ColumnPlan
    variable: Variable
    at: Rows
    unit: Unit | None
    unit_text: str
    visit: str
    name: str = ""

    @property
    def id_parts(self) -> tuple[str, ...]:
        parts = (self.table.key, self.column.key)
        return (*parts, self.name) if self.name else parts


@dataclass(frozen=True)
class _Measure:
    """What some rows of a table measure: its name and unit as the file has them, and in which specimen."""

    name: str
    unit: str
    specimen: str

    @property
    def apart(self) -> tuple[str, ...]:
        """The code of the specimen, where the name does not tell it."""
        return (self.specimen,) if self.specimen and specimen_of(self.name) != self.specimen else ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The name, and the specimen as the user's language calls it where the name does not tell it."""
        return (self.name, *(specimen_name(code).lower() for code in self.apart))

    @property
    def key(self) -> str:
        """What tells these rows from the others of their column, in every language."""
        return " ".join((self.name, *self.apart))


class SeriesReader:
    """Reads every series of an import. Dates that no cell proves are read after the others, against them."""

    def __init__(self, tables: Sequence[TablePlan], context: Context, codings: Codings) -> None:
        self._tables = [table for table in tables if table.used]
        self._context = context
        self._codings = codings
        self._units = UnitReader(context)
        self._orders: dict[str, Counter[str]] = {}
        self._decimals: dict[str, Counter[str]] = {}
        self.declined: list[Declined] = []

    def read(self) -> list[Series]:
        """Every series of every table."""
        wanted = [item for table in self._tables for item in self._wanted(table)]
        self._collect_proofs()
        self._codings.prepare(
            (w.variable, w.table, w.column, w.at) for w in wanted if w.variable.kind == "choice"
        )
        series: dict[int, Series] = {}
        later: list[int] = []
        for number, item in enumerate(wanted):
            if item.variable.kind == "date" and not self._order_is_clear(item):
                later.append(number)
            else:
                series[number] = self._read(item)
        known = KnownDates(list(series.values()))
        for number in later:
            series[number] = self._read_unproved_dates(wanted[number], known)
        return [series[number] for number in sorted(series)]

    # --- what there is to read ---------------------------------------------------------------------------

    def _wanted(self, table: TablePlan) -> Iterable[_Wanted]:
        for column in table.columns:
            if column.use == "variable" and column.variable is not None:
                for at, unit, text in self._units.by_row(table, column, column.variable):
                    yield from self._by_specimen(
                        _Wanted(table, column, column.variable, at, unit, text, column.visit)
                    )
        if table.layout == "parameters":
            yield from self._parameters(table)

    def _by_specimen(self, item: _Wanted) -> Iterable[_Wanted]:
        """A column of values in parts: what was measured in another specimen is another variable."""
        title = item.column.title
        if item.table.of_use("specimen") is None or not item.variable.specimen:
            yield item
            return
        for at, specimen in rows_by_specimen(item.table, item.at, title):
            if can_hold(item.variable, specimen):
                yield replace(item, at=at)
                continue
            unit_text = item.unit_text or (item.unit.name if item.unit else "")
            measure = _Measure(item.column.header.name or title, unit_text, specimen)
            kinds = item.table.table.sheet.columns[item.column.place.column].kinds
            if not (kinds[item.table.table.rows[at]] != CellKind.EMPTY).any():
                continue
            variable = self._parameter_variable(item.table, item.column, measure, at)
            if variable is not None:
                unit = self._unit_named(variable, measure.unit)
                yield replace(item, variable=variable, at=at, unit=unit, name=specimen)

    def _parameters(self, table: TablePlan) -> Iterable[_Wanted]:
        """One series for each name, unit and specimen in a table with one measurement a row."""
        names = table.of_use("parameter")
        if names is None:
            return
        for values in table.columns:
            if values.use == "value":
                yield from self._values_by_name(table, names, values)

    def _values_by_name(self, table: TablePlan, names: ColumnPlan, values: ColumnPlan) -> Iterable[_Wanted]:
        """The series of one column of values: a table may have one for each visit."""
        units = table.of_use("unit")
        name_texts = table.table.texts(names.place)
        unit_texts = table.table.texts(units.place) if units else [""] * len(name_texts)
        groups: dict[tuple[str, str], list[int]] = {}
        for at, pair in enumerate(zip(name_texts, unit_texts, strict=True)):
            groups.setdefault((pair[0].strip(), pair[1].strip()), []).append(at)
        for (name, unit_text), places in groups.items():
            if not name:
                self.declined.append(Declined(table, values, np.array(places), name))
                continue
            for rows, specimen in rows_by_specimen(table, np.array(places), name):
                said = unit_text or split_unit(name)[1] or values.header.unit
                measure = _Measure(name, said, specimen)
                variable = self._parameter_variable(table, values, measure, rows)
                if variable is not None:
                    unit = self._unit_named(variable, said)
                    if unit is None:
                        unit, said = self._units.of_measure(table, values, variable, rows, measure.key, said)
                    yield _Wanted(table, values, variable, rows, unit, said, values.visit, measure.key)

    def _unit_named(self, variable: Variable, text: str) -> Unit | None:
        """The unit of a variable that a text names, also of a variable that is new."""
        if not text:
            return None
        known = self._context.vocabulary.unit(variable.code, text)
        plain = plain_unit(text)
        return known or next((unit for unit in variable.units if plain_unit(unit.name) == plain), None)

    def _parameter_variable(
        self, table: TablePlan, values: ColumnPlan, measure: _Measure, at: Rows
    ) -> Variable | None:
        """The variable that some rows of a column are values of, None where they are left out."""
        name, specimen = measure.name, measure.specimen
        bare, inner_unit, _notes = split_unit(_OF_SCORE.sub("", name))
        unit = measure.unit or inner_unit
        found = self._likely_variables(bare, unit, specimen) or self._likely_variables(name, unit, specimen)
        sure = bool(found) and found[0][0] >= SURE and (len(found) < 2 or found[0][0] - found[1][0] > 0.05)
        suggested = f"var:{found[0][1].code}" if found and found[0][0] > 0.5 else "new:number"
        answer = self._context.asker.ask(
            Question(
                id=question_id("parameter", table.key, name.casefold(), unit.casefold(), *measure.apart),
                kind="column",
                text=_("What is “{name}” in the column “{header}” of {sheet}?").format(
                    name=", ".join((*measure.parts, unit) if unit else measure.parts),
                    header=values.title,
                    sheet=table.sheet,
                ),
                options=self._context.options(),
                suggested=suggested,
                confidence=min(1.0, found[0][0]) if found else 0.6,
                evidence=(_("{count} rows").format(count=len(at)),),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(values),),
                asked=not sure,
            )
        )
        if answer.startswith("var:"):
            return self._context.protocol.variable(answer[4:])
        if answer.startswith("new:"):
            named = " ".join((bare or name, *(f"({part})" for part in measure.parts[1:])))
            return self._context.new.propose(
                named, kind="number", scope="visit", unit=unit, profile=values.profile
            )
        self.declined.append(Declined(table, values, at, ", ".join(measure.parts)))
        return None

    def _likely_variables(self, name: str, unit: str, specimen: str) -> list[tuple[float, Variable]]:
        """The variables that a name may mean, the likeliest first: unit and specimen must fit."""
        scores: dict[str, tuple[float, Variable]] = {}
        for text in (name, *(f"{name} {word}" for word in ([specimen] if specimen else []))):
            for candidate in self._context.vocabulary.candidates(text):
                variable = self._context.protocol.variable(candidate.code)
                if variable is None or variable.scope == "log" or variable.kind not in ("number", "integer"):
                    continue
                fits = 1.0 if can_hold(variable, specimen) and not of_other_cells(name, variable) else 0.2
                if unit and variable.units and not self._context.vocabulary.unit(variable.code, unit):
                    fits *= 0.2
                score = candidate.score * fits
                if score > scores.get(variable.code, (0.0, variable))[0]:
                    scores[variable.code] = (score, variable)
        return sorted(scores.values(), key=lambda item: -item[0])

    # --- reading -----------------------------------------------------------------------------------------

    def _read(self, item: _Wanted, *, order: str | None = None, swapped: bool = False) -> Series:
        data = item.table.table.sheet.columns[item.column.place.column]
        rows = rows_of_cells(item.table, item.column, item.variable, item.at)
        formats = item.table.table.sheet.formats
        kind = item.variable.kind
        if kind in ("number", "integer"):
            typed = type_numbers(data, rows, reading=self._number_reading(item), formats=formats)
        elif kind == "date" and item.column.parts:
            typed = read_parts(item.table, item.column, item.at, this_year=self._context.this_year)
        elif kind == "date":
            order = self._order(item) if order is None else order
            typed = type_dates(
                data, rows, order=order, this_year=self._context.this_year, formats=formats, swapped=swapped
            )
        elif kind == "choice":
            coding = self._codings.of_column(item.variable.code, item.column)
            typed = type_choices(data, rows, coding=coding, formats=formats)
        else:
            typed = type_texts(data, rows, formats=formats)
        unit = item.unit_text or (item.unit.name if item.unit else "")
        variable = self._codings.finished(item.variable)
        series = Series(item.table, item.column, variable, item.at, typed, unit=unit, visit=item.visit)
        return self._with_beside(item, series) if kind in ("number", "integer") else series

    def _with_beside(self, item: _Wanted, series: Series) -> Series:
        """The series with what columns beside it say: the sign < or >, and the limits of quantification."""
        name = plain_name(item.column.header.name)
        for column in item.table.columns:
            if column.use not in ("qualifier", "low", "high") or column.visit != item.visit:
                continue
            if column.of and column.of != name and item.table.layout != "parameters":
                continue
            data = item.table.table.sheet.columns[column.place.column]
            rows = item.table.table.rows[item.at]
            if column.use == "qualifier":
                signs = item.table.table.sheet.texts(column.place.column, rows)
                series = with_signs(series, signs, header=column.header.text)
            else:
                factor = item.unit.factor if item.unit else 1.0
                decimal = column.profile.decimal
                limits = type_numbers(
                    data, rows, reading=NumberReading(decimal=decimal, factor=factor)
                ).number
                low, high = (limits, None) if column.use == "low" else (None, limits)
                series = with_limits(series, low, high)
        return series

    def _number_reading(self, item: _Wanted) -> NumberReading:
        variable, factor = item.variable, item.unit.factor if item.unit else 1.0
        low, high = variable.assay.low, variable.assay.high
        return NumberReading(
            decimal=self._decimal(item),
            factor=factor,
            percent=variable.unit == "%" and factor == 1.0,
            whole=variable.kind == "integer",
            missing=self._missing_numbers(item),
            low=None if low is None else low / factor,
            high=None if high is None else high / factor,
            units=tuple(
                (plain_unit(name), unit.factor)
                for unit in variable.units
                for name in (unit.name, *unit.synonyms)
            ),
        )

    def _decimal(self, item: _Wanted) -> str:
        """The decimal sign of a column; asked where cells could be read in two ways and none proves one."""
        proofs = item.column.profile.decimal_proofs
        if item.column.profile.decimal and not (proofs[","] and proofs["."]):
            return item.column.profile.decimal
        if proofs[","] and proofs["."]:
            return ""  # each cell that proves its own sign is read by it, the others are told
        if not proofs["?"]:
            return ""
        elsewhere = self._decimals.get(item.table.file, Counter())
        best = elsewhere.most_common(1)
        usual, said = self._usual_decimal(item)
        suggested = usual or (best[0][0] if best else ("," if language() == "fr" else "."))
        evidence = (_("other columns of the file write it so"),) if best and best[0][0] == suggested else said
        return self._context.asker.ask(
            Question(
                id=question_id("decimal", *item.id_parts),
                kind="decimal",
                text=_("Is the comma or the point the decimal sign in “{header}” of {sheet}?").format(
                    header=item.column.title, sheet=item.table.sheet
                ),
                options=(Option(",", _("Comma: 1,250 is 1.25")), Option(".", _("Point: 1,250 is 1250"))),
                suggested=suggested,
                confidence=0.85 if best and best[0][0] == suggested else 0.5,
                evidence=evidence,
                file=item.table.file,
                sheet=item.table.sheet,
                cells=(item.table.cell(item.column),),
                asked=not best or best[0][0] != suggested,
            )
        )

    def _usual_decimal(self, item: _Wanted) -> tuple[str, tuple[str, ...]]:
        """The decimal sign under which most numbers are usual and under the other hardly any, and why."""
        limits = item.variable.suspicious or item.variable.impossible
        texts = [text for text in item.column.profile.texts if decimal_proof(text) == "?"]
        if not limits or not texts:
            return "", ()
        factor = item.unit.factor if item.unit else 1.0
        counts: dict[str, int] = {}
        for sign in (",", "."):
            numbers = (read_number(text, sign) for text in texts)
            counts[sign] = sum(n is not None and n.value * factor in limits for n in numbers)
        fewer, more = sorted(counts, key=lambda sign: counts[sign])
        if counts[more] < 0.8 * len(texts) or counts[fewer] > 0.2 * len(texts):
            return "", ()
        said = _("read so, {count} numbers are in the usual range; the other way {other}")
        return more, (said.format(count=counts[more], other=counts[fewer]),)

    def _numbers(self, item: _Wanted) -> Floats:
        """The numbers of a series as the file has them: of a column of several measures only its own."""
        profile = item.column.profile
        if len(item.at) == len(item.table.table.rows):
            return profile.numbers
        data = item.table.table.sheet.columns[item.column.place.column]
        reading = NumberReading(decimal=profile.decimal)
        numbers = type_numbers(data, item.table.table.rows[item.at], reading=reading).number
        return numbers[np.isfinite(numbers)]

    def _missing_numbers(self, item: _Wanted) -> frozenset[float]:
        """Numbers such as -99 that stand for "no value", as the user confirms."""
        numbers = self._numbers(item)
        limits = item.variable.impossible
        suspects = []
        odd = np.isin(numbers, MISSING_NUMBERS)
        others = numbers[~odd]
        for value in MISSING_NUMBERS if odd.any() and others.size else ():
            count = int((numbers == value).sum())
            if not count:
                continue
            factor = item.unit.factor if item.unit else 1.0
            outside = (bool(limits) and value * factor not in limits) or (value < 0 <= float(others.min()))
            if outside and (count > 1 or abs(value) >= 9):
                suspects.append((value, count))
        found = set()
        for value, count in suspects:
            answer = self._context.asker.ask(
                Question(
                    id=question_id("missing-number", *item.id_parts, f"{value:g}"),
                    kind="missing-number",
                    text=_("Does {value} in “{header}” of {sheet} mean that there is no value?").format(
                        value=f"{value:g}", header=item.column.title, sheet=item.table.sheet
                    ),
                    options=(Option("missing", _("Yes: no value")), Option("value", _("No: it is a value"))),
                    suggested="missing",
                    confidence=0.7,
                    evidence=(_("{count} cells").format(count=count),),
                    file=item.table.file,
                    sheet=item.table.sheet,
                    cells=(item.table.cell(item.column),),
                )
            )
            if answer == "missing":
                found.add(value)
        return frozenset(found)

    # --- order of dates ----------------------------------------------------------------------------------

    def _collect_proofs(self) -> None:
        for table in self._tables:
            for column in table.columns:
                orders = self._orders.setdefault(table.file, Counter())
                for order, count in column.profile.orders.proofs.items():
                    orders[order] += count
                if column.profile.decimal:
                    self._decimals.setdefault(table.file, Counter())[column.profile.decimal] += 1

    def _order_is_clear(self, item: _Wanted) -> bool:
        if item.column.parts:
            return True
        if self._half_converted(item.column.profile, item):
            return False
        orders = item.column.profile.orders
        if orders.ambiguous and self._written_both_ways(item):
            return False
        return bool(orders.proved) or not (orders.ambiguous or orders.contradicted)

    def _written_both_ways(self, item: _Wanted) -> bool:
        """Whether another column of the table holds dates of both orders: rows of two hands, then."""
        return any(
            is_mixed(column.profile.orders.proofs)
            for column in item.table.columns
            if column.key != item.column.key
        )

    def _order(self, item: _Wanted) -> str:
        return item.column.profile.orders.proved or "dmy"

    def _half_converted(self, profile: Profile, item: _Wanted) -> bool:
        """Whether a spreadsheet seems to have read the text dates it could, in the wrong order.

        Then no real date has a day after the 12th, and every text has one.
        """
        orders = profile.orders
        if not orders.proved or orders.ambiguous or profile.date_cells < 5 or profile.date_texts < 3:
            return False
        data = item.table.table.sheet.columns[item.column.place.column]
        rows = item.table.table.rows[item.at]
        real = data.numbers[rows][data.kinds[rows] == CellKind.DATE]
        days = (real.astype("datetime64[D]") - real.astype("datetime64[M]").astype("datetime64[D]")).astype(
            int
        ) + 1
        return bool((days <= 12).all())

    def _read_unproved_dates(self, item: _Wanted, known: KnownDates) -> Series:
        profile = item.column.profile
        if self._half_converted(profile, item):
            return self._ask_swapped(item, known)
        readings = {order: self._read(item, order=order) for order in ("dmy", "mdy")}
        breaks = {order: known.breaks(series, self._context.this_year) for order, series in readings.items()}
        elsewhere = self._orders.get(item.table.file, Counter())
        suggested, confidence, evidence = weigh_readings(profile.orders.proofs, breaks, elsewhere)
        if self._written_both_ways(item):
            suggested, confidence = "neither", min(confidence, 0.6)
            evidence = (*evidence, _("another column of the table is written in both ways"))
        answer = self._context.asker.ask(
            Question(
                id=question_id("date-order", *item.id_parts),
                kind="date-order",
                text=_("In “{header}” of {sheet}, does the day or the month come first?").format(
                    header=item.column.title, sheet=item.table.sheet
                ),
                options=(
                    Option("dmy", _("The day: 03/04 is 3 April"), _broken(breaks["dmy"])),
                    Option("mdy", _("The month: 03/04 is 4 March"), _broken(breaks["mdy"])),
                    Option("neither", _("Leave out the dates that could be either")),
                ),
                suggested=suggested,
                confidence=confidence,
                evidence=(
                    *evidence,
                    _("{count} dates could be either").format(count=profile.orders.ambiguous),
                ),
                file=item.table.file,
                sheet=item.table.sheet,
                cells=_ambiguous_cells(item),
                asked=confidence < SURE,
            )
        )
        return readings[answer] if answer in readings else self._read(item, order="")

    def _ask_swapped(self, item: _Wanted, known: KnownDates) -> Series:
        as_is = self._read(item, swapped=False)
        swapped = self._read(item, swapped=True)
        breaks = [known.breaks(series, self._context.this_year) for series in (as_is, swapped)]
        suggested = "swapped" if breaks[1] < breaks[0] else "as-is"
        if breaks[0] == breaks[1]:
            suggested = "swapped"
        answer = self._context.asker.ask(
            Question(
                id=question_id("date-swap", *item.id_parts),
                kind="date-swap",
                text=_(
                    "In “{header}” of {sheet} the texts all have days after the 12th and the real dates none:"
                    " a spreadsheet program seems to have exchanged day and month of the real ones."
                ).format(header=item.column.title, sheet=item.table.sheet),
                options=(
                    Option("swapped", _("Exchange day and month back"), _broken(breaks[1])),
                    Option("as-is", _("Take the real dates as they are"), _broken(breaks[0])),
                ),
                suggested=suggested,
                confidence=0.6,
                file=item.table.file,
                sheet=item.table.sheet,
                cells=(item.table.cell(item.column),),
            )
        )
        return swapped if answer == "swapped" else as_is


def _broken(count: int) -> str:
    return _("{count} dates out of order").format(count=count)


def _ambiguous_cells(item: _Wanted) -> tuple[str, ...]:
    data = item.table.table.sheet.columns[item.column.place.column]
    rows = item.table.table.rows[item.at]
    texts = rows[data.kinds[rows] == CellKind.TEXT][:5]
    return tuple(cell_name(int(row), item.column.place.column) for row in texts)
