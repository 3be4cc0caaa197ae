from __future__ import annotations

from mirocals_desktop.i18n import amount, set_language, set_number_signs
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


def test_that_numbers_in_sentences_are_written_as_the_language_or_the_settings_say() -> None:
    told = (120_000, 2.05, 1_234_567.89, 0.0123456789, 2050.0)
    assert [amount(value) for value in told] == ["120,000", "2.05", "1,234,568", "0.0123457", "2,050"]
    assert (amount(2051.2, 3), amount(0.000051), amount(float("nan"))) == ("2,051", "5.1e-05", "nan")
    set_language("fr")
    assert [amount(value) for value in told[:2]] == ["120\u202f000", "2,05"]
    set_number_signs("point")
    assert [amount(value) for value in told[:2]] == ["120,000", "2.05"]
    set_number_signs("")
