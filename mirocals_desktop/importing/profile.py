"""What the cells of a column look like, before anything is decided about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.importing.dates import OrderEvidence, digits_of_dates, read_date, weigh_orders
from mirocals_desktop.importing.grid import Column, Floats, Kind
from mirocals_desktop.importing.missing import beyond_limit, missing_reason, no_date_reason
from mirocals_desktop.importing.numbers import guess_decimal, read_number
from mirocals_desktop.importing.values import Rows
from mirocals_desktop.importing.words import shape


@dataclass(frozen=True, eq=False)
class Profile:
    """Counts of the filled cells of a column by what they look like; texts counted by distinct spelling.

    `numbers` are the values of number cells and of texts that read as numbers under `decimal`; where they
    are dates in digits alone ("12032014"), `digits` says how many these have.
    """

    filled: int
    number_cells: int
    date_cells: int
    number_texts: int
    date_texts: int
    missing: int
    other_texts: int
    booleans: int
    texts: Counter[str]
    decimal: str
    decimal_proofs: dict[str, int]
    orders: OrderEvidence
    numbers: Floats
    distinct: int
    percent_cells: int
    digits: int

    @property
    def said(self) -> int:
        """Cells that say a value: filled, and no missing word."""
        return self.filled - self.missing

    def share(self, count: int) -> float:
        """A count as a share of the cells that say a value."""
        return count / self.said if self.said else 0.0

    @property
    def numeric(self) -> float:
        """Share of numbers."""
        return self.share(self.number_cells + self.number_texts)

    @property
    def dates(self) -> float:
        """Share of dates."""
        return self.share(self.date_cells + self.date_texts)

    @property
    def whole(self) -> bool:
        """Whether every number is whole."""
        return bool(self.numbers.size) and bool(np.all(self.numbers == np.round(self.numbers)))

    @property
    def looks_coded(self) -> bool:
        """Whether a few values come again and again, as choices do."""
        return 0 < self.distinct <= 15 and self.said >= 2 * self.distinct

    def shapes(self) -> Counter[str]:
        """The shapes of the texts, weighted by how often they stand in the column."""
        counts: Counter[str] = Counter()
        for text, count in self.texts.items():
            counts[shape(text)] += count
        return counts


def make_profile(column: Column, rows: Rows, *, this_year: int, formats: tuple[str, ...] = ("",)) -> Profile:
    """The profile of a column over the data rows."""
    kinds = column.kinds[rows]
    counts = np.bincount(kinds, minlength=len(Kind))
    codes = column.codes[rows]
    places, often = np.unique(codes[kinds == Kind.TEXT], return_counts=True)
    texts = Counter(
        {column.texts[place]: int(n) for place, n in zip(places.tolist(), often.tolist(), strict=True)}
    )
    decimal, proofs = guess_decimal(texts)
    number_texts = date_texts = missing = other = 0
    read: list[float] = []
    times: list[int] = []
    for text, count in texts.items():
        if missing_reason(text):
            missing += count
            continue
        number = read_number(text, decimal or ".")
        if number is not None or beyond_limit(text):
            number_texts += count
            if number is not None and not number.qualifier:
                read.append(number.value)
                times.append(count)
        elif read_date(text, this_year).is_date:
            date_texts += count
        else:
            other += count
    if other and (date_texts or counts[Kind.DATE]):
        never = sum(n for text, n in texts.items() if no_date_reason(text) and not missing_reason(text))
        if never == other:  # "alive" among dates of death says that there is no date
            missing, other = missing + never, 0
    cells = column.numbers[rows][kinds == Kind.NUMBER]
    numbers = np.concatenate([cells, np.repeat(np.array(read, dtype=np.float64), times)])
    digits = digits_of_dates(numbers, texts)
    distinct = len(np.unique(column.numbers[rows][(kinds != Kind.TEXT) & (kinds != Kind.EMPTY)])) + len(
        {text.strip().casefold() for text in texts if not missing_reason(text)}
    )
    percents = 0
    if column.formats is not None:
        places_of_percent = [n for n, code in enumerate(formats) if "%" in code]
        percents = int(np.isin(column.formats[rows], places_of_percent).sum())
    return Profile(
        filled=int((kinds != Kind.EMPTY).sum()),
        number_cells=int(counts[Kind.NUMBER]),
        date_cells=int(counts[Kind.DATE]),
        number_texts=number_texts,
        date_texts=date_texts,
        missing=missing,
        other_texts=other,
        booleans=int(counts[Kind.BOOLEAN]),
        texts=texts,
        decimal=decimal,
        decimal_proofs=proofs,
        orders=_orders(texts, numbers, digits, this_year),
        numbers=numbers,
        distinct=distinct,
        percent_cells=percents,
        digits=digits,
    )


def _orders(texts: Counter[str], numbers: Floats, digits: int, this_year: int) -> OrderEvidence:
    if not digits:
        return weigh_orders(texts.items(), this_year=this_year)
    found, often = np.unique(numbers.astype(np.int64), return_counts=True)
    written = ((str(number), count) for number, count in zip(found.tolist(), often.tolist(), strict=True))
    return weigh_orders(written, this_year=this_year, digits=digits)
