"""Names and units as people write them, reduced so that they can be compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirocals_desktop.protocol.words import plain_name, plain_unit


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Date de décès", "DATE DE DECES"),
        ("Âge à l’inclusion", "age a l'inclusion"),
        ("N° patient", "n  patient "),
        ("Date de\nvisite", "Date de visite"),
        ("Numéro\u00a0de centre", "numero de centre"),
        ("Cœur", "coeur"),
        ("CD4+", "CD4"),
    ],
)
def test_that_spellings_of_one_name_are_the_same(first: str, second: str) -> None:
    assert plain_name(first) == plain_name(second)


@pytest.mark.parametrize(
    ("first", "second"), [("Treg", "Treg %"), ("ALSFRS-R 1", "ALSFRS-R 10"), ("a b", "ab")]
)
def test_that_different_names_stay_different(first: str, second: str) -> None:
    assert plain_name(first) != plain_name(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Cells / µL", "cells/uL"),
        ("cells/mm³", "cells/mm3"),
        ("10⁹/L", "10^9/L"),
        ("pg/mL", "PG/ML"),
        ("(pg/mL)", "pg/mL"),
        ("µg/mL", "μg/mL"),
    ],
)
def test_that_spellings_of_one_unit_are_the_same(first: str, second: str) -> None:
    assert plain_unit(first) == plain_unit(second)


@given(st.text())
def test_that_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain_name(plain_name(text)) == plain_name(text)
    assert plain_unit(plain_unit(text)) == plain_unit(text)
