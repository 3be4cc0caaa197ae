"""Deaths that only the colour of rows tells: seen in the file, asked, and never alive without a word."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl
import pytest
from books import day, sheet
from openpyxl.styles import Font, PatternFill
from reviews import of_patient, review

from mirocals_desktop.importing.grid import Sheet
from mirocals_desktop.importing.reader.ooxml import read_ooxml
from mirocals_desktop.importing.reader.raw import Limits

_RED = "FF0000"


def _patients(looks: dict[int, str], *notes: str, status: str = "") -> Sheet:
    rows: list[list[object]] = [
        ["Patient", "Randomised", "Last contact", *(["Vital status"] if status else [])]
    ]
    said = [status] if status else []
    rows += [[n, day("2010-01-01"), day("2011-02-03"), *said] for n in range(1, 11)]
    rows += [[], *([note] for note in notes)]
    return replace(sheet(rows), row_looks=looks)


def test_that_the_reader_sees_rows_that_are_filled_lettered_or_struck_out():
    book = openpyxl.Workbook()
    for row in ("ABC", "def", "ghi", "jkl", "mno"):
        book.active.append(list(row))
    for cell in book.active[2]:
        cell.fill = PatternFill("solid", fgColor="FFFF0000")
    for cell in book.active[3]:
        cell.font = Font(color="FF00B050")
    for cell in book.active[4]:
        cell.font = Font(strike=True)
    for cell in book.active[5]:
        cell.fill = PatternFill("solid", fgColor="FFFFFFFF")
    stream = io.BytesIO()
    book.save(stream)
    (read,) = read_ooxml(stream.getvalue(), Limits()).sheets
    assert read.row_looks == {1: _RED, 2: "00B050", 3: "strike"}


@pytest.mark.parametrize(
    ("note", "suggested"), [("", "no"), ("Rouge = décédé", _RED), ("En rouge : urgent", "no")]
)
def test_that_coloured_rows_are_asked_to_be_deaths_where_no_column_tells_them(note: str, suggested: str):
    made = review(_patients({2: _RED, 5: _RED, 6: _RED}, note), accept=False)
    question = next(one for one in made.open_questions if one.id.startswith("coloured-rows"))
    assert question.text == (
        "No column says who died, and 3 of 10 rows of Sheet1 look different (red: 3). Did these patients die?"
    )
    assert (question.suggested, question.cells) == (suggested, ("A3",))
    made = review(_patients({2: _RED, 5: _RED, 6: _RED}, note), answers={question.id: _RED})
    died = {"2", "5", "6"}
    assert of_patient(made, "vital_status") == {
        str(n): "dead" if str(n) in died else "alive" for n in range(1, 11)
    }
    assert of_patient(made, "end_of_follow_up_date")["2"] == "2011-02-03"
    made = review(_patients({2: _RED, 5: _RED, 6: _RED}, note), answers={question.id: "no"})
    assert of_patient(made, "vital_status") == {}


@pytest.mark.parametrize(
    "rows",
    [
        _patients({2: _RED, 5: _RED}, status="alive"),
        _patients(dict.fromkeys(range(1, 11), _RED)),
        _patients(dict.fromkeys(range(2, 11, 2), "DDDDDD")),
    ],
    ids=["a status stands there", "all rows alike", "every second row"],
)
def test_that_colours_which_tell_nothing_are_not_asked(rows: Sheet):
    assert not [one for one in review(rows).plan.questions if one.id.startswith("coloured-rows")]


def test_that_deaths_which_only_remarks_tell_are_asked_and_dated_by_them():
    rows = [["N°", "Inclus le", "Dernière consultation", "Remarques"]]
    told = ["Décédé le 13/03/2011 (DRA)", "RAS", "perdu de poids", "décédée à domicile"]
    rows += [[n, day("2010-01-01"), day("2011-02-03"), told[n % 4]] for n in range(8)]
    made = review(sheet(rows), accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("remarked-deaths"))
    assert question.text == (
        "No column says who died, and 4 of 8 rows speak of a death in “Remarques”. Did these patients die?"
    )
    assert question.evidence == ("2 name the day: “Décédé le 13/03/2011 (DRA)” is 2011-03-13",)
    made = review(sheet(rows))
    assert [p for p, status in of_patient(made, "vital_status").items() if status == "dead"] == [
        "0",
        "3",
        "4",
        "7",
    ]
    assert of_patient(made, "death_date") == dict.fromkeys(("0", "4"), "2011-03-13")
    assert all(account.balanced for account in made.accounts)
    assert of_patient(review(sheet(rows), answers={question.id: "no"}), "vital_status") == {}


def test_that_a_death_in_the_middle_of_a_remark_is_no_suggestion():
    rows = [["N°", "Inclus le", "Dernière consultation", "Remarques"]]
    rows += [[n, day("2010-01-01"), day("2011-02-03"), "père décédé jeune"] for n in range(8)]
    made = review(sheet(rows), accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("remarked-deaths"))
    assert question.suggested == "no"


def test_that_a_cause_of_death_tells_who_died_if_confirmed():
    rows = [["N°", "Inclus le", "Date de fin de suivi", "Cause de décès"]]
    rows += [[n, day("2010-01-01"), day("2011-02-03"), "infection" if n % 2 else None] for n in range(8)]
    made = review(sheet(rows))
    assert [p for p, status in of_patient(made, "vital_status").items() if status == "dead"] == [*"1357"]
    assert [one.kind for one in made.plan.questions if one.id.startswith("remarked-deaths")] == ["coding"]


def test_that_an_event_beside_its_date_is_asked_about_once():
    rows = [["N°", "Inclus le", "Dernières nouvelles", "Issue"]]
    rows += [[n, day("2010-01-01"), day("2011-02-03"), ["Décès", "Sortie"][n % 2]] for n in range(8)]
    ids = [one.id.split("|")[0] for one in review(sheet(rows), accept=False).open_questions]
    assert "remarked-deaths" not in ids
