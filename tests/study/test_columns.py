"""Which observations stand, compared with a plain telling of the rule; and dates as they are known."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirocals_desktop.study.columns import NO_DAY, Columns, Words, current_rows, day_number, in_columns
from mirocals_desktop.study.dates import span_of
from mirocals_desktop.study.ledger import Row


def row(number: int, entry: int, replaces: int) -> Row:
    where = ("P-1", "weight", "V2", 0, "", 1.0, "", "", "", "", "", "b.xlsx", "S", "B2")
    return (number, entry, *where, replaces, None)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Row], set[int], int]:
    """Observations of some entries, each replacing at most one not replaced yet, and what is withdrawn."""
    rows: list[Row] = []
    replaced: set[int] = set()
    entries = draw(st.integers(1, 6))
    for entry in range(1, entries + 1):
        for _one in range(draw(st.integers(0, 3))):
            free = [0, *(old[0] for old in rows if old[0] not in replaced and old[1] < entry)]
            earlier = draw(st.sampled_from(free))
            replaced |= {earlier} - {0}
            rows.append(row(len(rows) + 1, entry, earlier))
    withdrawn = draw(st.sets(st.integers(1, entries)))
    return rows, withdrawn, draw(st.integers(1, entries))


def standing(rows: list[Row], withdrawn: set[int], entry: int) -> list[int]:
    """The rule, told plainly: brought by an entry that stands, and replaced by nothing that stands."""
    seen = [one for one in rows if one[1] <= entry]

    def is_superseded(number: int) -> bool:
        return any(one[16] == number and (one[1] not in withdrawn or is_superseded(one[0])) for one in seen)

    return [one[0] for one in seen if one[1] not in withdrawn and not is_superseded(one[0])]


@given(histories())
def test_that_what_stands_is_what_no_standing_observation_replaced(
    history: tuple[list[Row], set[int], int],
) -> None:
    rows, withdrawn, entry = history
    columns = Columns()
    columns.add(in_columns(rows))
    columns.settle()

    found = columns.codes["id"][current_rows(columns, entry=entry, withdrawn=withdrawn)]

    assert found.tolist() == standing(rows, withdrawn, entry)


@given(st.lists(st.lists(st.text(max_size=3), max_size=5), max_size=4))
def test_that_words_keep_their_numbers(parts: list[list[str]]) -> None:
    words = Words()
    numbers = [words.codes(part, count=len(part)).tolist() for part in parts]

    assert [words.array()[part].tolist() for part in numbers] == parts
    assert words[""] == 0


def test_that_a_copy_of_columns_can_be_added_to_alone() -> None:
    columns = Columns()
    columns.add(in_columns([row(1, 1, 0)]))
    columns.settle()
    other = columns.copy()
    other.add(in_columns([(2, 2, "P-2", *row(2, 2, 0)[3:])]))
    other.settle()
    columns.add(in_columns([(2, 3, "P-3", *row(2, 2, 0)[3:])]))
    columns.settle()

    assert columns.text_of("patient", slice(None)).tolist() == ["P-1", "P-3"]
    assert other.text_of("patient", slice(None)).tolist() == ["P-1", "P-2"]
    assert columns.codes["entry"].tolist() == [1, 3]


@given(st.dates())
def test_that_a_full_date_has_a_day_number(day: date) -> None:
    assert day_number(day.isoformat()) == (day - date(1970, 1, 1)).days


@pytest.mark.parametrize("text", ["", "2024", "2024-03"])
def test_that_anything_less_has_none(text: str) -> None:
    assert day_number(text) == NO_DAY


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2024", (date(2024, 1, 1), date(2024, 12, 31))),
        ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2023-02", (date(2023, 2, 1), date(2023, 2, 28))),
        ("2024-02-29", (date(2024, 2, 29), date(2024, 2, 29))),
        ("2023-02-29", None),
        ("2023-13", None),
        ("2023-00", None),
        ("2023-05-00", None),
        ("２０２３", None),
        ("0000", None),
        ("24", None),
        ("2024-2", None),
        ("2024-02-03T10:00", None),
        ("", None),
    ],
)
def test_that_a_date_spans_the_days_that_it_may_mean(text: str, span: tuple[date, date] | None) -> None:
    assert span_of(text) == span
