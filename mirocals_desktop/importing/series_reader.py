"""The series of all tables read into typed values; the order of dates is decided last, or asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.date_order import KnownDates, is_mixed, weigh_readings, weigh_years
from mirocals_desktop.importing.date_parts import read_parts
from mirocals_desktop.importing.day_counts import DayCount, ask_day_count, is_counted
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.number_readings import NumberReadings
from mirocals_desktop.importing.plan import TablePlan, Use, question_id
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.seen import SURE, Context
from mirocals_desktop.importing.series import Declined, Series, rows_of_cells, with_limits, with_signs
from mirocals_desktop.importing.values import (
    Count,
    NumberReading,
    type_choices,
    type_dates,
    type_numbers,
    type_texts,
)
from mirocals_desktop.importing.wanted import Wanted, WantedSeries
from mirocals_desktop.importing.words import plain_name

_BESIDE: Final[tuple[Use, ...]] = ("qualifier", "low", "high")


class SeriesReader:
    """Reads every series of an import. Dates that no cell proves are read after the others, against them."""

    def __init__(self, tables: Sequence[TablePlan], context: Context, codings: Codings) -> None:
        self._tables = [table for table in tables if table.used]
        self._context = context
        self._codings = codings
        self._found = WantedSeries(context)
        self._numbers = NumberReadings(self._tables, context)
        self._orders = _proved_orders(self._tables)
        self._counts: dict[str, DayCount | None] = {}

    @property
    def declined(self) -> list[Declined]:
        """What nobody wants of the series that were found."""
        return self._found.declined

    def read(self) -> list[Series]:
        """Every series of every table."""
        wanted = [item for table in self._tables for item in self._found.of(table)]
        self._codings.prepare(
            (w.variable, w.table, w.column, w.at) for w in wanted if w.variable.kind == "choice"
        )
        series: dict[int, Series] = {}
        later: list[int] = []
        for number, item in enumerate(wanted):
            self._context.go_on(1.0)
            if item.variable.kind == "date" and not self._order_is_clear(item):
                later.append(number)
            else:
                series[number] = self._read(item)
        known = KnownDates(list(series.values()))
        for number in later:
            series[number] = self._read_unproved_dates(wanted[number], known)
        return [series[number] for number in sorted(series)]

    def _read(self, item: Wanted, *, order: str | None = None, swapped: bool = False) -> Series:
        data = item.table.table.sheet.columns[item.column.place.column]
        rows = rows_of_cells(item.table, item.column, item.variable, item.at)
        formats = item.table.table.sheet.formats
        kind = item.variable.kind
        if kind in ("number", "integer"):
            typed = type_numbers(data, rows, reading=self._numbers.reading(item), formats=formats)
        elif kind == "date" and item.column.parts:
            typed = read_parts(item.table, item.column, item.at, this_year=self._context.this_year)
        elif kind == "date":
            order = self._order(item) if order is None else order
            typed = type_dates(
                data,
                rows,
                order=order,
                this_year=self._context.this_year,
                formats=formats,
                swapped=swapped,
                count=self._day_count(item),
                digits=item.column.profile.digits,
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

    def _day_count(self, item: Wanted) -> Count | None:
        """How the dates of a column count days, where they are no numbers of a spreadsheet."""
        if item.table.key not in self._counts:
            count = ask_day_count(item.table, self._context.asker, this_year=self._context.this_year)
            self._counts[item.table.key] = count
        found = self._counts[item.table.key]
        return found.days if found is not None and is_counted(item.column) else None

    def _with_beside(self, item: Wanted, series: Series) -> Series:
        """The series with what columns beside it say: the sign < or >, and the limits of quantification."""
        name = plain_name(item.column.header.name)
        uses = item.table.by_use
        for column in (c for use in _BESIDE for c in uses.get(use, ())):
            if column.visit != item.visit:
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

    def _order_is_clear(self, item: Wanted) -> bool:
        if item.column.parts:
            return True
        if self._half_converted(item.column.profile, item):
            return False
        orders = item.column.profile.orders
        if orders.ambiguous and self._written_both_ways(item):
            return False
        return bool(orders.proved) or not (orders.ambiguous or orders.contradicted)

    def _written_both_ways(self, item: Wanted) -> bool:
        """Whether another column of the table holds dates of both orders: rows of two hands, then."""
        return any(
            is_mixed(column.profile.orders.proofs)
            for column in item.table.columns
            if column.key != item.column.key
        )

    def _order(self, item: Wanted) -> str:
        return item.column.profile.orders.proved or "dmy"

    def _half_converted(self, profile: Profile, item: Wanted) -> bool:
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

    def _read_unproved_dates(self, item: Wanted, known: KnownDates) -> Series:
        profile = item.column.profile
        if self._half_converted(profile, item):
            return self._ask_swapped(item, known)
        orders = ("dmy", "mdy", "ymd") if profile.digits == 6 else ("dmy", "mdy")
        readings = {order: self._read(item, order=order) for order in orders}
        breaks = {order: known.breaks(series, self._context.this_year) for order, series in readings.items()}
        elsewhere = self._orders.get(item.table.file, Counter())
        if profile.digits == 6:
            suggested, confidence, evidence = weigh_years(readings, breaks)
        else:
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
                options=tuple(
                    option
                    for option in (
                        Option("dmy", _("The day: 03/04 is 3 April"), _broken(breaks["dmy"])),
                        Option("mdy", _("The month: 03/04 is 4 March"), _broken(breaks["mdy"])),
                        Option("ymd", _("The year: 140304 is 4 March 2014"), _broken(breaks.get("ymd", 0))),
                        Option("neither", _("Leave out the dates that could be either")),
                    )
                    if option.code in (*orders, "neither")
                ),
                suggested=suggested,
                confidence=confidence,
                evidence=(
                    *evidence,
                    ngettext(
                        "{count} date could be either",
                        "{count} dates could be either",
                        profile.orders.ambiguous,
                    ).format(count=amount(profile.orders.ambiguous)),
                ),
                file=item.table.file,
                sheet=item.table.sheet,
                cells=_ambiguous_cells(item),
                asked=confidence < SURE,
            ),
            like=question_id("date-order", item.table.key) if profile.digits == 6 else "",
        )
        return readings[answer] if answer in readings else self._read(item, order="")

    def _ask_swapped(self, item: Wanted, known: KnownDates) -> Series:
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


def _proved_orders(tables: Iterable[TablePlan]) -> dict[str, Counter[str]]:
    """How many cells of each file prove each order of day and month."""
    orders: dict[str, Counter[str]] = {}
    for table in tables:
        found = orders.setdefault(table.file, Counter())
        for column in table.columns:
            for order, count in column.profile.orders.proofs.items():
                found[order] += count
    return orders


def _broken(count: int) -> str:
    return ngettext("{count} date out of order", "{count} dates out of order", count).format(
        count=amount(count)
    )


def _ambiguous_cells(item: Wanted) -> tuple[str, ...]:
    data = item.table.table.sheet.columns[item.column.place.column]
    rows = item.table.table.rows[item.at]
    texts = rows[data.kinds[rows] == CellKind.TEXT][:5]
    return tuple(cell_name(int(row), item.column.place.column) for row in texts)
