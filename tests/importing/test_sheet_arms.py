"""Arms that only the name of a sheet or file, or a title, tells: asked, and never assumed."""

from __future__ import annotations

from pathlib import Path

import pytest
from books import day, sheet
from reviews import new_study, of_patient, review

from mirocals_desktop.errors import AppError
from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.grid import Sheet, Workbook
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study


def patients(first: int, *, name: str = "Sheet1", title: str = "", arm: str = "") -> Sheet:
    """Three patients, under a title, with or without a column of arms."""
    head = [[title], []] if title else []
    rows = [["Patient", "Sex", "Randomised", *(["Arm"] if arm else [])]]
    rows += [
        [f"P-{n:03d}", "F", day(f"2019-01-{n:02d}"), *([arm] if arm else [])] for n in range(first, first + 3)
    ]
    return sheet([*head, *rows], name=name)


def arm_questions(*sheets: Sheet, name: str = "file.xlsx") -> dict[str, str]:
    """Sheet -> suggestion of every question about an arm."""
    made = review(*sheets, accept=False, name=name)
    return {q.sheet: q.suggested for q in made.open_questions if q.kind == "arm"}


@pytest.mark.parametrize(
    ("first", "second", "arms"),
    [
        ("IL-2 arm", "Placebo arm", ["il2", "placebo"]),
        ("Bras A", "Bras B", ["bras_a", "bras_b"]),
        ("Group 1", "Group 2", ["group_1", "group_2"]),
        ("Groupe traité", "Groupe contrôle", ["groupe_traite", "placebo"]),
        ("Patients placebo", "Patients IL-2", ["placebo", "il2"]),
        ("High dose", "Low dose", ["high_dose", "low_dose"]),
    ],
)
def test_that_a_sheet_named_after_an_arm_is_asked_about_and_gives_the_arm(first, second, arms):
    sheets = patients(1, name=first), patients(4, name=second)
    assert set(arm_questions(*sheets)) == {first, second}
    made = review(*sheets)
    assert of_patient(made, "arm") == {f"P-{n:03d}": arms[n > 3] for n in range(1, 7)}


def test_that_nothing_is_committed_while_the_arm_of_a_sheet_is_open(tmp_path: Path):
    book = Workbook("f.xlsx", "1" * 64, "xlsx", (patients(1, name="Bras A"), patients(4, name="Bras B")))
    with new_study(tmp_path) as study:
        with pytest.raises(AppError, match="must be answered"):
            commit(study, review_import(study, [book]))
        commit(study, accept_suggestions(study, [book]))
        snapshot = study.snapshot()
        assert sorted(snapshot.patients["arm"].unique()) == ["bras_a", "bras_b"]
        assert {"Bras A", "Bras B"} <= {str(arm.label) for arm in snapshot.protocol.arms}
        again = review_import(study, [book])
        assert not again.open_questions
        assert not again.changes_study


def test_that_a_title_or_the_name_of_the_only_sheets_file_is_asked_about():
    titled = patients(1, name="A", title="Placebo group"), patients(4, name="B", title="Active group (IL-2)")
    assert arm_questions(*titled) == {"A": "arm:placebo", "B": "arm:il2"}
    assert arm_questions(patients(1), name="placebo.xlsx") == {"Sheet1": "arm:placebo"}
    assert arm_questions(patients(1), patients(4, name="B"), name="placebo.xlsx") == {}


def test_that_names_that_tell_no_arm_raise_no_question():
    assert arm_questions(patients(1, title="IL-2 against placebo: baseline")) == {}
    assert arm_questions(patients(1, name="Treatment"), patients(4, name="Baseline")) == {}
    assert (
        arm_questions(patients(1, name="Group 1", arm="IL-2"), patients(4, name="Group 2", arm="IL-2")) == {}
    )


def test_that_an_answer_may_name_another_arm_or_none():
    sheets = patients(1, name="Bras A"), patients(4, name="Bras B")
    answers = {"sheet-arm|bras a": "arm:placebo", "sheet-arm|bras b": "no"}
    assert of_patient(review(*sheets, answers=answers), "arm") == dict.fromkeys(
        ["P-001", "P-002", "P-003"], "placebo"
    )


@pytest.mark.parametrize("where", [{"name": "IL-2 arm"}, {"title": "Placebo group"}, {"name": "Kits IL-2"}])
def test_that_a_blinded_study_refuses_a_table_of_one_arm_before_anything_shows_it(tmp_path: Path, where):
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
    with study, pytest.raises(AppError, match="tells an arm, and this study is blinded"):
        review_import(study, [Workbook("f.xlsx", "1" * 64, "xlsx", (patients(1, **where),))])


def test_that_a_sheet_of_two_tables_is_asked_about_once_and_gives_both_the_arm():
    rows = [["Patient", "Weight (kg)", None, "Patient", "Age"]]
    rows += [[f"P-{n:03d}", 70 + n, None, f"P-{n:03d}", 50 + n] for n in range(1, 5)]
    made = review(sheet(rows, name="Placebo"), accept=False)
    assert len(made.plan.tables) == 2
    (question,) = (q for q in made.open_questions if q.kind == "arm")
    assert question.evidence == ("8 rows",)
    arms = of_patient(review(sheet(rows, name="Placebo")), "arm")
    assert arms == {f"P-{n:03d}": "placebo" for n in range(1, 5)}
