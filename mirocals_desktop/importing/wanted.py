"""Which series the tables hold: one for each column, or one for each name in a table of measurements."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.headers import split_unit
from mirocals_desktop.importing.lab_columns import of_other_cells
from mirocals_desktop.importing.model import Question
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.seen import SURE, Context
from mirocals_desktop.importing.series import Declined
from mirocals_desktop.importing.specimens import can_hold, rows_by_specimen, specimen_of, tells_specimens
from mirocals_desktop.importing.units import UnitReader
from mirocals_desktop.importing.values import Rows
from mirocals_desktop.protocol.model import Unit, Variable
from mirocals_desktop.protocol.specimens import specimen_name
from mirocals_desktop.protocol.words import plain_unit

_OF_SCORE: Final = re.compile(r"^ALSFRS-?R\d?\s*[-:]\s*(?=\D)", re.IGNORECASE)
"""The name of the score that CDISC writes before the name of each item."""


@dataclass(frozen=True, eq=False)
class Wanted:
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
        """What tells the questions about this series from those about others."""
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


class WantedSeries:
    """Finds what there is to read; `declined` has what nobody wants."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._units = UnitReader(context)
        self.declined: list[Declined] = []

    def of(self, table: TablePlan) -> Iterable[Wanted]:
        """Every series of a table, in the order of its columns."""
        for column in table.columns:
            if column.use == "variable" and column.variable is not None:
                for at, unit, text in self._units.by_row(table, column, column.variable):
                    yield from self._by_specimen(
                        Wanted(table, column, column.variable, at, unit, text, column.visit)
                    )
        if table.layout == "parameters":
            yield from self._parameters(table)

    def _by_specimen(self, item: Wanted) -> Iterable[Wanted]:
        """A column of values in parts: what was measured in another specimen is another variable."""
        title = item.column.title
        if not item.variable.specimen or not tells_specimens(item.table):
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

    def _parameters(self, table: TablePlan) -> Iterable[Wanted]:
        """One series for each name, unit and specimen in a table with one measurement a row."""
        names = table.of_use("parameter")
        if names is None:
            return
        for values in table.columns:
            if values.use == "value":
                yield from self._values_by_name(table, names, values)

    def _values_by_name(self, table: TablePlan, names: ColumnPlan, values: ColumnPlan) -> Iterable[Wanted]:
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
                    yield Wanted(table, values, variable, rows, unit, said, values.visit, measure.key)

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
                evidence=(ngettext("{count} row", "{count} rows", len(at)).format(count=amount(len(at))),),
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
