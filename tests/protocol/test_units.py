from __future__ import annotations

from mirocals_desktop.i18n import set_language
from mirocals_desktop.protocol.units import quantity_text, unit_text, unit_texts


def test_that_units_which_are_words_are_translated_and_symbols_stay() -> None:
    assert (unit_text("years"), unit_text("pg/mL"), unit_text("")) == ("years", "pg/mL", "")
    set_language("fr")
    assert (unit_text("years"), unit_text("pg/mL"), unit_text("")) == ("ans", "pg/mL", "")
    assert (unit_texts("years"), unit_texts("pg/mL")) == (("years", "ans"), ("pg/mL",))


def test_that_a_value_is_told_with_the_decimal_sign_of_the_language() -> None:
    assert (quantity_text(58.6, "years"), quantity_text(3.0, "")) == ("58.6 years", "3")
    set_language("fr")
    assert quantity_text(58.6, "years") == "58,6 ans"
