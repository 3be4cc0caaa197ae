"""How the numbers of a series are read: their decimal sign, and those that stand for none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, language, ngettext
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.missing import MISSING_NUMBERS
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.numbers import decimal_proof, read_number
from mirocals_desktop.importing.plan import ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.seen import Context
from mirocals_desktop.importing.values import NumberReading, type_numbers
from mirocals_desktop.importing.wanted import Wanted
from mirocals_desktop.protocol.model import Variable
from mirocals_desktop.protocol.words import plain_unit

_LIMIT_SAID: Final = re.compile(
    r"\b(?:(?P<low>LLOQ|LOQ|LQ|LIQ|lower limit of quantification"
    r"|limite (?:basse |inf[ée]rieure )?de quantification)"
    r"|ULOQ|ULQ|LSQ|upper limit of quantification|limite (?:haute|sup[ée]rieure) de quantification)"
    r"\s*(?:\([^()\d]*\)\s*)?(?:[:=≈]|is|of|est|de)?\s*(?:de\s*)?[<>]?\s*(?P<number>\d[\d.,]*\d|\d)\s*"
    r"(?P<unit>[^\s\d;,()]{0,12})",
    re.IGNORECASE,
)


class NumberReadings:
    """Decides how numbers are written; what other columns of a file prove speaks for a column too."""

    def __init__(self, tables: Sequence[TablePlan], context: Context) -> None:
        self._context = context
        self._decimals: dict[str, Counter[str]] = {}
        for table in tables:
            for column in table.columns:
                if column.profile.decimal:
                    self._decimals.setdefault(table.file, Counter())[column.profile.decimal] += 1

    def reading(self, item: Wanted) -> NumberReading:
        """How to read the numbers of a series."""
        variable, factor = item.variable, item.unit.factor if item.unit else 1.0
        limits = {"low": variable.assay.low, "high": variable.assay.high, **self._limits_said(item)}
        low, high = limits["low"], limits["high"]
        return NumberReading(
            decimal=self._decimal(item),
            factor=factor,
            percent=variable.unit == "%" and factor == 1.0,
            whole=variable.kind == "integer",
            missing=self._missing_numbers(item),
            low=None if low is None else low / factor,
            high=None if high is None else high / factor,
            units=_factors(variable),
        )

    def _limits_said(self, item: Wanted) -> dict[str, float]:
        """The limits of quantification that titles or notes tell, in the variable's own unit, where the table
        measures one thing alone: "LLOQ = 62.5 pg/mL"."""
        table, variable = item.table, item.variable
        measured = [c for c in table.columns if c.use == "value" or (c.use == "variable" and _is_measure(c))]
        names = table.of_use("parameter")
        if len({c.variable for c in measured}) != 1 or (names is not None and names.profile.distinct > 1):
            return {}
        sheet = table.table.sheet
        notes = [row for row, reason in table.table.ignored.items() if reason == "note"]
        texts = [sheet.text(row, column) for row in notes for column in range(min(sheet.n_columns, 20))]
        found: dict[str, float] = {}
        for match in (m for text in (*table.table.titles, *texts) for m in _LIMIT_SAID.finditer(text)):
            number = read_number(match["number"], item.column.profile.decimal or ".")
            unit = self._context.vocabulary.unit(variable.code, match["unit"].strip(" .;,)"))
            if number is not None and (unit is not None or not match["unit"].strip()):
                factor = unit.factor if unit else item.unit.factor if item.unit else 1.0
                found["low" if match["low"] else "high"] = number.value * factor
        return found

    def _decimal(self, item: Wanted) -> str:
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

    def _usual_decimal(self, item: Wanted) -> tuple[str, tuple[str, ...]]:
        """The decimal sign under which most numbers are usual and under the other hardly any, and why."""
        limits = item.variable.suspicious or item.variable.impossible
        texts = [text for text in item.column.profile.texts if decimal_proof(text) == "?"]
        if not limits or not texts:
            return "", ()
        factor = item.unit.factor if item.unit else 1.0
        own = dict(_factors(item.variable))
        counts: dict[str, int] = {}
        for sign in (",", "."):
            numbers = (read_number(text, sign) for text in texts)
            counts[sign] = sum(
                n is not None and n.value * own.get(plain_unit(n.unit), factor) in limits for n in numbers
            )
        fewer, more = sorted(counts, key=lambda sign: counts[sign])
        if counts[more] < 0.8 * len(texts) or counts[fewer] > 0.2 * len(texts):
            return "", ()
        said = _("read so, {count} numbers are in the usual range; the other way {other}")
        return more, (said.format(count=amount(counts[more]), other=amount(counts[fewer])),)

    def _numbers(self, item: Wanted) -> Floats:
        """The numbers of a series as the file has them: of a column of several measures only its own."""
        profile = item.column.profile
        if len(item.at) == len(item.table.table.rows):
            return profile.numbers
        data = item.table.table.sheet.columns[item.column.place.column]
        reading = NumberReading(decimal=profile.decimal)
        numbers = type_numbers(data, item.table.table.rows[item.at], reading=reading).number
        return numbers[np.isfinite(numbers)]

    def _missing_numbers(self, item: Wanted) -> frozenset[float]:
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
                    evidence=(ngettext("{count} cell", "{count} cells", count).format(count=amount(count)),),
                    file=item.table.file,
                    sheet=item.table.sheet,
                    cells=(item.table.cell(item.column),),
                )
            )
            if answer == "missing":
                found.add(value)
        return frozenset(found)


def _is_measure(column: ColumnPlan) -> bool:
    return (
        column.variable is not None and column.variable.kind == "number" and column.variable.scope == "visit"
    )


def _factors(variable: Variable) -> tuple[tuple[str, float], ...]:
    """The factors of the units of a variable, by `plain_unit`."""
    return tuple(
        (plain_unit(name), unit.factor) for unit in variable.units for name in (unit.name, *unit.synonyms)
    )
