"""The unit that a column is in: by its header, a column beside it, or its numbers; asked where none is sure.

Units are converted by the protocol's factors only.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.earlier_values import UnitByHistory, unit_by_history
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.recipe import is_jump, middle_of
from mirocals_desktop.importing.seen import Context
from mirocals_desktop.importing.values import NumberReading, Rows, State, type_numbers
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Unit, Variable
from mirocals_desktop.protocol.words import plain_unit

_SMALL_SHARE: Final = 1e-4


class UnitReader:
    """Finds the units of columns, asking through the context."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def by_row(
        self, table: TablePlan, column: ColumnPlan, variable: Variable
    ) -> list[tuple[Rows, Unit | None, str]]:
        """The units of a column as (data rows, unit, its text): a column beside it may tell several."""
        every = np.arange(len(table.table.rows))
        beside = self._unit_column(table, column)
        if beside is None or not variable.units:
            return [(every, *self.unit(table, column, variable))]
        places, texts = table.table.sheet.distinct_texts(beside.place.column, table.table.rows)
        found = []
        for number, text in enumerate(texts):
            rows = np.flatnonzero(places == number)
            if not rows.size:
                continue
            if not text.strip():
                found.append((rows, *self.unit(table, column, variable)))
                continue
            unit = self._context.vocabulary.unit(variable.code, text)
            if unit is None:
                unit = self._foreign_unit(table, column, variable, text.strip(), own=True)
            found.append((rows, unit, text.strip()))
        return found

    def _unit_column(self, table: TablePlan, column: ColumnPlan) -> ColumnPlan | None:
        own = plain_name(column.header.name)
        return next(
            (c for c in table.by_use.get("unit", ()) if c.visit == column.visit and c.of in ("", own)),
            None,
        )

    def unit(self, table: TablePlan, column: ColumnPlan, variable: Variable) -> tuple[Unit | None, str]:
        """The unit that a column is in, and how the file writes it; asked when it writes none and two fit."""
        text = column.header.unit
        every = np.arange(len(table.table.rows))
        percent = variable.unit == "%" and (column.unit is None or column.unit.factor == 1.0)
        fraction = percent and not column.profile.percent_cells
        if fraction and _looks_like_fraction(column.profile.numbers, variable):
            return self._fraction(table, column, variable), text
        jumped = self._jumped(table, column, variable, every)
        if jumped is not None:
            return jumped, text
        if column.unit is not None or variable.kind not in ("number", "integer") or not variable.units:
            return column.unit, text
        if text:
            return self._foreign_unit(table, column, variable, text), text
        return self._by_numbers(table, column, variable, every), ""

    def of_measure(
        self, table: TablePlan, column: ColumnPlan, variable: Variable, at: Rows, name: str, text: str
    ) -> tuple[Unit | None, str]:
        """The unit of some rows of a column, which are values of the measure of this name, and its text."""
        if variable.kind not in ("number", "integer") or not variable.units:
            return None, text
        if text:
            unit = self._context.vocabulary.unit(variable.code, text)
            return unit or self._foreign_unit(table, column, variable, text, own=True), text
        return self._by_numbers(table, column, variable, at, name), ""

    def _by_numbers(
        self, table: TablePlan, column: ColumnPlan, variable: Variable, at: Rows, *of: str
    ) -> Unit:
        """The unit in which the numbers are usual and like the patients’ earlier ones; asked if two are."""
        every = _numbers_at(table, column, at)
        numbers = every[np.isfinite(every)]
        if not numbers.size:
            return variable.units[0]
        told = self._by_history(table, column, variable, at, variable.units)
        fits = [(_usual_share(numbers * unit.factor, variable), unit) for unit in variable.units]
        canonical = fits[0][0]
        best_share, best = max(fits[1:], key=lambda item: item[0], default=(0.0, None))
        clear = best is None or canonical >= 0.6 or best_share < 0.6
        both = best is not None and canonical >= 0.6 and best_share >= canonical and best.factor != 1.0
        if clear and not both and (told is None or told.unit.factor == 1.0):
            return variable.units[0]
        suggested = best if best is not None and canonical < 0.6 else variable.units[0]
        if told is not None:
            suggested = told.unit
        assert suggested is not None
        # A conversion is always asked about. That the numbers stay as they are need not be, where they are
        # usual ones and the patients' earlier values say so.
        asked = told is None or suggested.factor != 1.0 or canonical < 0.6
        answer = self._ask_unit(
            table, column, variable, suggested.name, asked=asked, more=of, numbers=numbers, told=told
        )
        return next((unit for unit in variable.units if unit.name == answer), variable.units[0])

    def _by_history(
        self, table: TablePlan, column: ColumnPlan, variable: Variable, at: Rows, units: tuple[Unit, ...]
    ) -> UnitByHistory | None:
        """The unit that the patients' stored values tell of some rows of a column; nothing of sealed ones."""
        if column.sealed or len(units) < 2:
            return None
        earlier = self._context.earlier.of(variable.code)
        return unit_by_history(self._by_patient(table, column, at), units, earlier) if earlier else None

    def _by_patient(self, table: TablePlan, column: ColumnPlan, at: Rows) -> dict[str, Floats]:
        """The numbers of some rows of a column by the patient of the study whose they are."""
        find = self._context.patients.find
        texts = table.patient_texts()
        rows: dict[str, list[int]] = {}
        for place, row in enumerate(at.tolist()):
            rows.setdefault(texts[row], []).append(place)
        numbers = _numbers_at(table, column, at)
        return {patient: numbers[places] for text, places in rows.items() if (patient := find(text))}

    def _jumped(self, table: TablePlan, column: ColumnPlan, variable: Variable, at: Rows) -> Unit | None:
        """Another unit for a column whose numbers are far from earlier ones, when somebody says so."""
        before = self._context.middles.get((table.key, column.key))
        now = middle_of(column)
        if before is None or now is None or not is_jump(before, now):
            return self._unlike(table, column, variable, at)
        raw = now / (column.unit.factor if column.unit else 1.0)
        best = min(variable.units, key=lambda unit: abs(np.log(raw * unit.factor / before)), default=None)
        nearer = best is not None and not is_jump(before, raw * best.factor)
        answer = self._context.asker.ask(
            Question(
                id=question_id("unit-jump", table.key, column.key),
                kind="unit",
                text=_(
                    "The middle of “{header}” was {before} in earlier files and is {now} now. What is it in?"
                ).format(header=column.title, before=amount(before), now=amount(now)),
                options=(
                    Option("as-is", _("The values are right as they stand")),
                    *(
                        Option(f"unit:{unit.name}", unit.name, _consequence(raw, unit, variable))
                        for unit in variable.units
                    ),
                ),
                suggested=f"unit:{best.name}" if best is not None and nearer else "as-is",
                confidence=0.6,
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column),),
            )
        )
        return next((unit for unit in variable.units if answer == f"unit:{unit.name}"), None)

    def _unlike(self, table: TablePlan, column: ColumnPlan, variable: Variable, at: Rows) -> Unit | None:
        """Another unit than the header's for values that would be far from the patients' own, if so said."""
        told = self._by_history(table, column, variable, at, variable.units) if column.unit else None
        if told is None or column.unit is None or told.unit.factor == column.unit.factor:
            return None
        ratio = told.ratio * column.unit.factor / told.unit.factor
        numbers = column.profile.numbers
        answer = self._context.asker.ask(
            Question(
                id=question_id("unit-history", table.key, column.key),
                kind="unit",
                text=_(
                    "In {unit} the values of “{header}” are {ratio} times those that the study holds of the"
                    " same patients. What are they in?"
                ).format(unit=column.unit.name, header=column.title, ratio=amount(ratio, 3)),
                options=_unit_options(numbers, variable),
                suggested=told.unit.name,
                confidence=0.6,
                evidence=(_like_earlier(told),),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column),),
            )
        )
        return next((unit for unit in variable.units if unit.name == answer), None)

    def _foreign_unit(
        self, table: TablePlan, column: ColumnPlan, variable: Variable, text: str, *, own: bool = False
    ) -> Unit | None:
        """The header names a unit that the protocol does not accept for this variable: it is asked."""
        more = (plain_unit(text),) if own else ()
        answer = self._ask_unit(table, column, variable, variable.unit, asked=True, text=text, more=more)
        return next((unit for unit in variable.units if unit.name == answer), None)

    def _ask_unit(
        self,
        table: TablePlan,
        column: ColumnPlan,
        variable: Variable,
        suggested: str,
        *,
        asked: bool,
        text: str = "",
        more: tuple[str, ...] = (),
        numbers: Floats | None = None,
        told: UnitByHistory | None = None,
    ) -> str:
        numbers = column.profile.numbers if numbers is None else numbers
        middle = float(np.median(numbers)) if numbers.size and not column.sealed else None
        evidence = (
            [_("the middle value is {value}").format(value=amount(middle))] if middle is not None else []
        )
        evidence += [_like_earlier(told)] if told is not None else []
        said = (
            _("The column says “{unit}”, which the protocol does not know for {variable}. What is it in?")
            if text
            else _("The column “{header}” names no unit. What is {variable} in here?")
        )
        return self._context.asker.ask(
            Question(
                id=question_id("unit", table.key, column.key, *more),
                kind="unit",
                text=said.format(unit=text, variable=variable.label, header=column.title),
                options=_unit_options(numbers, variable, sealed=column.sealed),
                suggested=suggested,
                confidence=0.6 if asked else 0.9,
                evidence=tuple(evidence),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column),),
                asked=asked,
            )
        )

    def _fraction(self, table: TablePlan, column: ColumnPlan, variable: Variable) -> Unit:
        units = (variable.units[0], Unit(_("fraction"), 100.0))
        told = self._by_history(table, column, variable, np.arange(len(table.table.rows)), units)
        answer = self._context.asker.ask(
            Question(
                id=question_id("fraction", table.key, column.key),
                kind="unit",
                text=_(
                    "The values of “{header}” are about 1 or less. Is {variable} written as a fraction?"
                ).format(header=column.title, variable=variable.label),
                options=(
                    Option("fraction", _("Fractions: 0.08 is 8 %"), "x 100"),
                    Option("percent", _("Percent: 0.08 is 0.08 %")),
                ),
                suggested="percent" if told is not None and told.unit.factor == 1.0 else "fraction",
                confidence=0.7,
                evidence=(_like_earlier(told),) if told is not None else (),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column),),
            )
        )
        return units[1] if answer == "fraction" else units[0]


def _numbers_at(table: TablePlan, column: ColumnPlan, at: Rows) -> Floats:
    """The numbers of some rows of a column as the file writes them, NaN where there is none."""
    data = table.table.sheet.columns[column.place.column]
    reading = NumberReading(decimal=column.profile.decimal)
    typed = type_numbers(data, table.table.rows[at], reading=reading)
    return np.where(typed.state == State.VALUE, typed.number, np.nan)


def _like_earlier(told: UnitByHistory) -> str:
    """What the study's own values say, in words."""
    return ngettext(
        "in {unit} the values of {count} patient are {ratio} times the earlier ones",
        "in {unit} the values of {count} patients are {ratio} times their earlier ones",
        told.patients,
    ).format(unit=told.unit.name, count=amount(told.patients), ratio=amount(round(told.ratio, 2)))


def _unit_options(numbers: Floats, variable: Variable, *, sealed: bool = False) -> tuple[Option, ...]:
    """Every unit of a variable, with what it makes of the middle value."""
    middle = float(np.median(numbers)) if numbers.size and not sealed else None
    return tuple(
        Option(unit.name, unit.name, _consequence(middle, unit, variable)) for unit in variable.units
    )


def _consequence(middle: float | None, unit: Unit, variable: Variable) -> str:
    """What the middle value of a column becomes where it is in this unit; its factor where it is sealed."""
    if middle is None:
        return "" if unit.factor == 1 else f"× {amount(unit.factor)}"
    return f"{amount(middle)} → {amount(middle * unit.factor, 3)} {variable.unit}"


def _usual_share(numbers: Floats, variable: Variable) -> float:
    usual = variable.suspicious or variable.impossible
    if not numbers.size or not usual:
        return 1.0
    high = np.inf if usual.high is None else usual.high
    low = usual.low
    if low is None:  # nothing is too small, but cells by the thousandth of a cell are of another unit
        low = high * _SMALL_SHARE if np.isfinite(high) else -np.inf
    return float((((numbers >= low) | (numbers == 0)) & (numbers <= high)).mean())


def _looks_like_fraction(numbers: Floats, variable: Variable) -> bool:
    """Whether a percentage seems to be written as a fraction of 1; one of a predicted value may exceed 1."""
    if numbers.size < 3 or float(numbers.max()) <= 0:
        return False
    if _usual_share(numbers, variable) < 0.1 and _usual_share(numbers * 100, variable) >= 0.9:
        return True
    if float(numbers.max()) > 1.0:
        return False
    low = variable.suspicious.low or 0.0
    return float(np.median(numbers)) < max(low, 0.9) and _usual_share(numbers * 100, variable) >= 0.5
