"""What an import into a blinded study says: counts of what is found in sealed columns, and nothing quoted."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from books import sheet
from reviews import review

from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.grid import Sheet, Workbook
from mirocals_desktop.importing.review import Review
from mirocals_desktop.importing.summary import summarise_import
from mirocals_desktop.importing.withhold import OF_THE_VALUE
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study

ODD = "P-3"
CANARIES = ("TITLECANARY", "NOTECANARY", "SECTIONCANARY", "91.37", "0.0137", "3.37")


def sheets() -> tuple[Sheet, ...]:
    """Patients, and a laboratory's table whose odd values are all of one patient."""
    patients = [["Patient", "Sex", "Randomised", "Arm"]]
    patients += [[f"P-{n}", "F", date(2019, 1, n), ("IL-2", "Placebo")[n % 2]] for n in range(1, 9)]
    lab = [["TITLECANARY"], [], ["Patient", "Visit", "Date", "Treg (%)", "CCL2 plasma (pg/mL)"]]
    for n in range(1, 9):
        for month, visit in enumerate(("V2", "V4", "V5", "V6"), start=2):
            odd = f"P-{n}" == ODD and visit == "V5"
            treg = 91.37 if odd else 7 + n / 10
            lab.append([f"P-{n}", visit, date(2019, month, n), treg, "<3.37" if odd else 150.0 + n])
        if n == 4:
            lab.append(["SECTIONCANARY"])
    lab += [[ODD, "V7", date(2019, 7, 3), 0.0137, 160.0], ["Note: NOTECANARY"]]
    return sheet(patients, name="Patients"), sheet(lab, name="Lab")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Study, Review]]:
    study = Study.create(
        tmp_path / "b.mirocals",
        protocol_text("mirocals"),
        title="Blinded",
        person="A",
        role="coordinator",
        blinded=True,
        key_file=tmp_path / "b.key",
        key_passphrase="a long passphrase",
    )
    with study:
        yield study, accept_suggestions(study, [Workbook("f.xlsx", "1" * 64, "xlsx", sheets())])


def test_that_an_open_study_is_told_which_values_are_odd():
    told = {(issue.code, issue.patient) for issue in review(*sheets()).issues}
    assert {("unusual-value", ODD), ("below-limit", "")} <= told


def test_that_a_blinded_study_is_told_how_many_values_of_a_column_are_odd_and_not_whose(made):
    _study, found = made
    of_values = [issue for issue in found.issues if issue.code in OF_THE_VALUE]
    assert {"unusual-value", "below-limit"} <= {issue.code for issue in of_values}
    assert all(not issue.patient and not issue.cell and not issue.cells for issue in of_values)
    assert not [issue.message for issue in of_values if ODD in issue.message]
    below = next(issue for issue in of_values if issue.code == "below-limit")
    assert below.message.startswith("“CCL2 plasma (pg/mL)”: 1 value")


def test_that_nothing_of_the_rows_that_are_not_read_and_no_value_is_quoted(made):
    study, found = made
    said = [str(dataclasses.asdict(issue)) for issue in found.issues]
    said += [str(dataclasses.asdict(question)) for question in found.questions]
    said.append(json.dumps(summarise_import(found, study.snapshot())))
    assert not [canary for canary in CANARIES for text in said if canary in text]
    rows = next(issue for issue in found.issues if issue.code == "rows-not-read")
    assert rows.message.startswith("2 rows of Lab")


def columns_of(
    study: Study, rows: list[list[object]], answers: dict[str, str]
) -> dict[str, tuple[str, bool]]:
    """Header -> (what its column is taken for, whether it is covered), once somebody has said `answers`."""
    book = Workbook("f.xlsx", "1" * 64, "xlsx", (sheet(rows, name="Patients"),))
    found = review_import(study, [book], answers=answers)
    return {
        column.title: (column.variable.code if column.variable else column.use, column.sealed)
        for column in found.plan.tables[0].columns
    }


@pytest.mark.parametrize("role", ["var:site", "new:text", "visit", "var:weight", "value"])
def test_that_nobody_can_say_that_the_arm_is_something_open(made, role: str):
    study, _found = made
    rows = [["Patient", "Sex", "Age", "Arm", "Kit", "Groupe"]]
    rows += [
        [
            f"P-{n}",
            "F",
            50 + n,
            ("IL-2", "Placebo")[n % 2],
            ("KitX", "KitY")[n % 2],
            ("Placebo", "IL-2")[n // 4],
        ]
        for n in range(1, 8)
    ]
    keys = ("arm", "kit", "groupe")
    taken = columns_of(study, rows, {f"column|patients|{key}": role for key in keys})
    assert taken["Arm"] == ("arm", True)
    assert {taken["Kit"], taken["Groupe"]} <= {("left_out", True), ("arm", True)}
    assert taken["Age"] == ("age", False)


def test_that_nobody_can_say_that_the_arm_is_whose_row_it_is(made):
    study, _found = made
    rows = [["Arm", "Patient", "Age"], *([("IL-2", "Placebo")[n % 2], f"P-{n}", 50 + n] for n in range(1, 8))]
    assert columns_of(study, rows, {"patient|patients": "arm"})["Arm"] == ("arm", True)


def test_that_a_restricted_value_is_taken_for_nothing_open(made):
    study, _found = made
    rows = [["Patient", "Visit", "Treg (%)"], *([f"P-{n}", "V4", 7.5 + n] for n in range(1, 8))]
    assert columns_of(study, rows, {"column|patients|treg": "var:weight"})["Treg (%)"] == (
        "treg_percent",
        True,
    )


def test_that_words_new_to_a_blinded_study_are_sealed_unless_somebody_says_they_tell_no_arm(made):
    study, _found = made
    rows = [["Patient", "Visit", "Date", "Impression", "Fumeur"]]
    rows += [[f"P-{n}", "V4", date(2019, 3, n), ("ANSWERCANARY", "flat")[n % 2], "oui"] for n in range(1, 8)]
    book = Workbook("g.xlsx", "2" * 64, "xlsx", (sheet(rows, name="Avis"),))
    asked = review_import(study, [book])
    questions = [q for q in asked.open_questions if q.id.startswith("seal|")]
    assert [q.suggested for q in questions] == ["after_first_dose"] * 2
    taken = accept_suggestions(study, [book], answers={questions[1].id: "never"})
    commit(study, taken)
    snapshot = study.snapshot()
    new = [v for v in snapshot.protocol.variables if v.label.en in ("Impression", "Fumeur")]
    seals = {v.label.en: v.seal for v in new}
    assert seals == {"Impression": "after_first_dose", "Fumeur": "never"}
    assert "ANSWERCANARY" not in snapshot.observations.to_csv()
    assert (snapshot.observations["text"] == "oui").sum() == 7


@pytest.mark.parametrize("answer", ["arms", "no"])
def test_that_arms_told_by_marks_are_stored_as_arms_or_not_at_all(made: tuple[Study, Review], answer: str):
    rows = [
        ["Patient", "IL-2", "Placebo"],
        *([f"P-{n}", "X" if n % 2 else "", "" if n % 2 else "X"] for n in range(1, 9)),
    ]
    book = Workbook("m.xlsx", "2" * 64, "xlsx", (sheet(rows),))
    read = review_import(made[0], [book], answers={"marked-arms|sheet1|il 2": answer})
    question = next(one for one in read.plan.questions if one.id == "marked-arms|sheet1|il 2")
    assert question.evidence == ()
    said = read.batch.frame()
    assert set(said["variable"]) <= {"arm"}
    assert len(said) == (8 if answer == "arms" else 0)
    assert all(column.sealed for column in read.plan.tables[0].columns[1:])
