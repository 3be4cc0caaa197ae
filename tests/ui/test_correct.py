from __future__ import annotations

import pytest

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import set_language
from mirocals_desktop.protocol.model import Label, Limits, Unit, Variable
from mirocals_desktop.ui.dialogs.correct import Typed, read_typed

PNFH = Variable(
    "csf_pnfh",
    Label("CSF pNFH", "pNFH du LCR"),
    "number",
    "visit",
    unit="pg/mL",
    units=(Unit("pg/mL"), Unit("ng/mL", 1000.0)),
    impossible=Limits(0, 100_000),
)
ITEM = Variable("item", Label("Item", "Item"), "integer", "visit", impossible=Limits(0, 4))
DAY = Variable("death_date", Label("Death", "Décès"), "date", "patient")
NOTE = Variable("note", Label("Note", "Note"), "text", "patient")


@pytest.mark.parametrize(
    ("raw", "language", "expected"),
    [
        ("1240", "en", Typed(number=1240.0, unit="pg/mL")),
        ("1,240.5", "en", Typed(number=1240.5, unit="pg/mL")),
        ("1 240,5", "fr", Typed(number=1240.5, unit="pg/mL")),
        ("<62.5", "en", Typed(number=62.5, qualifier="<", unit="pg/mL")),
        ("> 10000", "fr", Typed(number=10000.0, qualifier=">", unit="pg/mL")),
    ],
)
def test_that_a_number_is_read_as_its_writer_means_it(raw: str, language: str, expected: Typed) -> None:
    set_language(language)
    assert read_typed(PNFH, raw, PNFH.units[0]) == expected


def test_that_another_unit_is_turned_into_the_variable_s_own() -> None:
    assert read_typed(PNFH, "1.24", PNFH.units[1]) == Typed(number=1240.0, unit="ng/mL")


@pytest.mark.parametrize("raw", ["", "12 or so", "abc", "1_000", "-5", "200000"])
def test_that_what_is_no_possible_number_is_refused(raw: str) -> None:
    with pytest.raises(AppError):
        read_typed(PNFH, raw, PNFH.units[0])


def test_that_an_item_takes_whole_numbers_only() -> None:
    assert read_typed(ITEM, "3", None) == Typed(number=3.0)
    with pytest.raises(AppError, match="whole"):
        read_typed(ITEM, "2.5", None)


@pytest.mark.parametrize(
    ("raw", "text"),
    [("04/03/2018", "2018-03-04"), ("2018-03-04", "2018-03-04"), ("03/2018", "2018-03"), ("2018", "2018")],
)
def test_that_a_date_is_as_precise_as_it_was_typed(raw: str, text: str) -> None:
    assert read_typed(DAY, raw, None) == Typed(text=text)


@pytest.mark.parametrize("raw", ["31/02/2018", "soon"])
def test_that_a_day_that_does_not_exist_is_refused(raw: str) -> None:
    with pytest.raises(AppError, match="calendar"):
        read_typed(DAY, raw, None)


def test_that_text_is_kept_as_it_is() -> None:
    assert read_typed(NOTE, "=1+1", None) == Typed(text="=1+1")
