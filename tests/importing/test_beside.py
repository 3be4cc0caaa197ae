"""Columns that belong to another: signs, limits and units beside the values, by name or by place."""

from __future__ import annotations

from books import sheet
from reviews import codes, frame, review, values

N = None


def table(*columns: str, rows: list[list[object]]):
    head = ["Patient", "Visit", *columns]
    return sheet([head, *[[f"{n:03d}", "V2", *row] for n, row in enumerate(rows, start=1)]], name="Lab")


def pnfh(made) -> dict[str, tuple[str, float]]:
    """patient -> sign and number."""
    rows = frame(made).query("variable == 'csf_pnfh'")
    return {p: (q, n) for p, q, n in zip(rows["patient"], rows["qualifier"], rows["number"], strict=True)}


def test_that_sign_and_limit_beside_a_value_belong_to_it_and_are_never_its_values():
    columns = ("pNFH CSF qualifier", "pNFH CSF pg/mL", "pNFH CSF LLOQ")
    rows = [["<", 62.5, 62.5], [N, 900, 62.5], [N, "<LLOQ", 50], [">", 10000, 62.5]]
    made = review(table(*columns, rows=rows), accept=False)
    assert not made.open_questions
    assert pnfh(made) == {"001": ("<", 62.5), "002": ("", 900), "003": ("<", 50), "004": (">", 10000)}


def test_that_a_flag_column_says_which_values_are_beyond_the_limit():
    for flags, header in (
        (["Y", N, "N"], "ULQ flag"),
        ([1, 0, 0], "ULOQ flag"),
        (["ULQ", N, "-"], "pNFH flag"),
    ):
        rows = [[10000, flags[0]], [900, flags[1]], [800, flags[2]]]
        made = review(table("pNFH CSF (pg/mL)", header, rows=rows), accept=False)
        assert not made.open_questions
        assert pnfh(made) == {"001": (">", 10000), "002": ("", 900), "003": ("", 800)}


def test_that_a_flag_column_with_other_words_is_kept_as_text():
    rows = [[62.5, "BLQ"], [900, "haemolysed"], [800, N]]
    made = review(table("pNFH CSF (pg/mL)", "pNFH flag", rows=rows), accept=False)
    assert [(q.id, q.suggested) for q in made.open_questions] == [("column|lab|pnfh flag", "new:text")]
    made = review(table("pNFH CSF (pg/mL)", "pNFH flag", rows=rows))
    assert "haemolysed" in frame(made)["text"].tolist()


def test_that_a_column_of_units_converts_row_by_row():
    rows = [[1200, "pg/mL"], [1.3, "ng/mL"], [900, "pg/mL"], [850, "ng/L"], [700, N]]
    made = review(table("CSF pNFH", "Unit", rows=rows), accept=False)
    assert not made.open_questions
    assert pnfh(made) == {f"{n:03d}": ("", x) for n, x in enumerate((1200, 1300, 900, 850, 700), start=1)}


def test_that_a_unit_that_the_protocol_does_not_know_is_asked_about_once():
    rows = [[1200, "pg/mL"], [1.3, "mol/L"], [1.4, "mol/L"]]
    made = review(table("CSF pNFH", "Unit", rows=rows), accept=False)
    assert [q.id.split("|")[0] for q in made.open_questions] == ["unit"]
    assert "mol/L" in made.open_questions[0].text


def test_that_units_of_two_measures_stand_each_beside_its_own():
    rows = [[1.2, "ng/mL", 55, "cells/µL"], [900, "pg/mL", 0.06, "10^9/L"]]
    made = review(table("CSF pNFH", "Unit", "Treg count", "Unit", rows=rows), accept=False)
    assert pnfh(made) == {"001": ("", 1200), "002": ("", 900)}
    assert values(made, "treg_count") == {("001", "V2"): 55, ("002", "V2"): 60}
    assert "conflict" not in dict(codes(made))
