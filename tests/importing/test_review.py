"""What an import does to a study that has something already: new, changed, same, kept; recipes; blinding."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from books import sheet
from reviews import codes, frame, new_study

from mirocals_desktop.errors import AppError
from mirocals_desktop.importing.commit import accept_suggestions, commit, gather_facts, review_import
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.recipe import Recipe, from_json, read_recipe, to_json, write_recipe
from mirocals_desktop.importing.review import Status
from mirocals_desktop.importing.summary import summarise_import
from mirocals_desktop.progress import Cancelled
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study

PATIENTS = [["Patient", "Arm", "Sex", "Randomised"]] + [
    [f"P-{n}", ("IL-2", "Placebo")[n % 2], "F", date(2019, 1, n)] for n in range(1, 7)
]
HEADER = ["Patient", "Visit", "Date", "Treg (%)", "Bilirubine (mg/dL)"]
LAB = [[f"P-{n}", "V2", date(2019, 1, n), 5 + n / 10, 1.5 * n] for n in range(1, 7)]


def book(*rows: list[list[object]], name: str = "lab.xlsx") -> Workbook:
    sheets = tuple(sheet(part, name=f"S{number}") for number, part in enumerate(rows, start=1))
    return Workbook(name, str(abs(hash(name)))[:64], "xlsx", sheets)


@pytest.fixture
def study(tmp_path):
    with new_study(tmp_path) as made:
        commit(made, accept_suggestions(made, [book(PATIENTS, [HEADER, *LAB])]))
        yield made


def test_that_a_changed_cell_replaces_the_stored_value_with_a_reason(study):
    rows = [list(row) for row in LAB]
    rows[2][3] = 9.9
    changed = review_import(study, [book([HEADER, *rows], name="new.xlsx")])
    assert (changed.counts.new, changed.counts.changed) == (0, 1)
    shown = changed.changes(study.snapshot())
    assert shown[["patient", "variable", "before", "raw", "cell"]].to_numpy().tolist() == [
        ["P-3", "treg_percent", "5.3", "9.9", "D4"]
    ]
    with pytest.raises(AppError, match="reason"):
        commit(study, changed)
    entry = commit(study, changed, reason="corrected by the laboratory")
    history = study.history("P-3", "treg_percent", visit="V2")
    assert history["number"].tolist() == [5.3, 9.9]
    assert history["entry"].tolist()[-1] == entry


def test_that_a_blank_or_a_missing_word_never_takes_the_place_of_a_value(study):
    rows = [list(row) for row in LAB]
    rows[0][3], rows[1][3], rows[3][3] = None, "ND", "NF"
    again = review_import(study, [book([HEADER, *rows], name="new.xlsx")])
    assert (again.counts.new, again.counts.changed) == (0, 0)
    assert (again.status == Status.KEPT).sum() == 2
    assert again.counts.missing == 1


def test_that_a_value_takes_the_place_of_a_missing_word(tmp_path):
    with new_study(tmp_path) as study:
        rows = [list(row) for row in LAB]
        rows[0][3] = "en attente"
        commit(study, accept_suggestions(study, [book(PATIENTS, [HEADER, *rows])]))
        later = review_import(study, [book([HEADER, *LAB], name="later.xlsx")])
        assert later.counts.changed == 1


def test_that_new_rows_of_a_grown_file_are_new_and_the_rest_the_same(study):
    grown = [*LAB, *([f"P-{n}", "V4", date(2019, 2, n), 6 + n / 10, 2.0] for n in range(1, 7))]
    more = review_import(study, [book([HEADER, *grown], name="grown.xlsx")])
    assert not more.open_questions
    assert more.counts.new == 18
    assert more.counts.same == 18
    assert more.counts.missing == 0


def test_that_a_log_that_was_sorted_otherwise_comes_back_as_the_same_records(study):
    header = ["Patient", "Event", "Start date", "Severity"]
    events = [[f"P-{n % 3 + 1}", f"Event {n}", date(2019, 3, n), "mild"] for n in range(1, 9)]
    commit(study, accept_suggestions(study, [book([header, *events], name="AE.xlsx")]))
    again = review_import(
        study, [book([header, ["P-1", "New one", date(2019, 4, 1), "severe"], *events[::-1]], name="AE.xlsx")]
    )
    assert again.counts.changed == 0
    assert again.counts.new == 3
    new = frame(again)[again.status == Status.NEW]
    assert set(new["record"]) == {3}


def test_that_a_review_of_a_study_that_has_moved_on_is_not_committed(study):
    old = review_import(study, [book([HEADER, ["P-1", "V4", date(2019, 2, 1), 6.0, 1.0]], name="a.xlsx")])
    study.set_option("horizon_days", 500, reason="test")
    with pytest.raises(AppError, match="changed"):
        commit(study, old)


def test_that_an_open_question_keeps_an_import_from_being_committed(tmp_path):
    with new_study(tmp_path) as study:
        waiting = review_import(study, [book(PATIENTS, [HEADER, *LAB])])
        assert waiting.open_questions
        with pytest.raises(AppError, match="answered"):
            commit(study, waiting)


def test_that_the_entry_holds_files_recipe_and_what_was_left_out(study):
    entry = study.entries()[-1]
    assert entry.details["files"][0]["name"] == "lab.xlsx"
    assert entry.details["recipe"]["answers"]
    assert from_json(entry.details["recipe"]).tables
    assert gather_facts(study).recipes


def test_that_every_observation_leads_back_to_its_cell(study):
    row = study.snapshot().observations.query("patient == 'P-2' and variable == 'treg_percent'").iloc[0]
    assert (row["file"], row["sheet"], row["cell"], row["raw"]) == ("lab.xlsx", "S2", "D3", "5.2")


# --- recipes ----------------------------------------------------------------------------------------------


def test_that_a_recipe_answers_every_question_of_the_next_file_of_the_same_shape(tmp_path):
    with new_study(tmp_path) as first:
        made = accept_suggestions(first, [book(PATIENTS, [HEADER, *LAB])])
        write_recipe(made.recipe("lab"), tmp_path / "recipe.json")
    other = tmp_path / "other"
    other.mkdir()
    with new_study(other) as second:
        recipe = read_recipe(tmp_path / "recipe.json")
        ready = review_import(second, [book(PATIENTS, [HEADER, *LAB], name="next.xlsx")], recipe=recipe)
        assert not ready.open_questions
        assert not [issue for issue in ready.issues if issue.code.startswith("drift")]


def test_that_what_drifted_since_the_last_file_is_said(study):
    header = ["Visit", "Patient", "Date of visit", "Treg (%)", "Bilirubin (µmol/L)", "Ferritin"]
    rows = [["V4", f"P-{n}", date(2019, 2, n), 5.5, 20 + n, 100 + n] for n in range(1, 7)]
    made = review_import(study, [book([header, *rows], name="new shape.xlsx")])
    found = {code for code, _cell in codes(made) if code.startswith("drift")}
    assert "drift-new" in found
    assert "drift-moved" in found
    assert found & {"drift-renamed", "drift-missing"}


def test_that_a_broken_recipe_gets_a_sentence(tmp_path):
    for text in (
        "{",
        "[]",
        '{"answers": 3}',
        '{"answers": {}, "version": 99}',
        '{"answers": {}, "tables": [{}]}',
    ):
        (tmp_path / "r.json").write_text(text, encoding="utf-8")
        with pytest.raises(AppError):
            read_recipe(tmp_path / "r.json")
    with pytest.raises(AppError):
        read_recipe(tmp_path / "gone.json")


def test_that_a_recipe_is_plain_data_both_ways():
    recipe = Recipe("x", (), {"column|a|b": "left_out"})
    assert from_json(json.loads(json.dumps(to_json(recipe)))) == recipe


def test_that_an_answer_nobody_offers_counts_as_none(tmp_path):
    with new_study(tmp_path) as study:
        odd = {"column|s2|bilirubine mg dl": "var:nonsense"}
        made = review_import(study, [book(PATIENTS, [HEADER, *LAB])], answers=odd)
        assert any(q.id == "column|s2|bilirubine mg dl" and q.open for q in made.questions)


# --- horizon, summary -------------------------------------------------------------------------------------


def test_that_deaths_far_beyond_the_horizon_raise_a_question(tmp_path):
    rows = [["Patient", "Sex", "Randomised", "Vital status", "Date of death"]]
    rows += [[f"P-{n}", "F", date(2010, 1, 1), "Dead", date(2010 + n, 1, 1)] for n in range(1, 9)]
    with new_study(tmp_path) as study:
        asked = review_import(study, [book(rows)])
        question = next(q for q in asked.questions if q.kind == "horizon")
        assert question.suggested == "all"
        made = accept_suggestions(study, [book(rows)])
        commit(study, made)
        assert study.snapshot().options.horizon_days is None


def test_that_the_summary_counts_the_study_after_the_import(study):
    made = accept_suggestions(
        study, [book([HEADER, ["P-1", "V4", date(2019, 2, 1), "<LLOQ", 2.0]], name="a.xlsx")]
    )
    commit(study, made)
    said = summarise_import(made, study.snapshot())
    assert said["patients"] == 6
    assert said["visits"] == 7
    assert said["measurements"] == {"bilirubine": 7, "treg_percent": 6}
    assert said["below_limit"] == {"treg_percent": 1}
    assert {"severity", "code", "file", "sheet", "cell", "message"} <= set(said["issues"][0])
    assert json.loads(json.dumps(said)) == said


# --- blinding ---------------------------------------------------------------------------------------------

CANARY = 13.37


def test_that_a_blinded_study_shows_no_arm_and_no_restricted_value_anywhere(tmp_path: Path):
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
        patients = [["Patient", "Sex", "Randomised", "Arm"]]
        patients += [[f"P-{n}", "F", date(2019, 1, n), ("IL-2", "Placebo")[n % 2]] for n in range(1, 7)]
        header = ["Patient", "Visit", "Date", "Treg (%)", "Odd marker"]
        lab = [[f"P-{n}", "V4", date(2019, 2, n), CANARY * n, CANARY * n] for n in range(1, 7)]
        lab += [
            ["P-1", "V4", date(2019, 2, 1), CANARY * 7, 1],
            ["P-2", "V6", date(2019, 3, 1), f"{CANARY} (odd)", 1],
        ]
        made = accept_suggestions(study, [book(patients, [header, *lab])])
        texts = [issue.message for issue in made.issues]
        texts += [str(dataclasses.asdict(question)) for question in made.questions]
        canaries = [f"{CANARY * n:.6g}" for n in range(1, 8)]
        assert not [text for text in texts for canary in canaries if canary in text]
        arm = made.plan.tables[0].with_variable("arm")
        assert arm is not None
        assert arm.sealed
        commit(study, made)
        snapshot = study.snapshot()
        assert "arm" not in snapshot.patients.columns
        said = json.dumps(summarise_import(made, snapshot))
        assert not [canary for canary in canaries if canary in said]
        again = review_import(study, [book(patients, [header, *lab])])
        assert again.counts.changed == 0
        other = review_import(study, [book(patients, [header, *lab], name="other.xlsx")])
        assert (other.status == Status.SEALED).any()
        assert other.counts.changed == 0


def test_that_a_commit_stopped_while_its_values_are_prepared_leaves_the_study_as_it_was(tmp_path: Path):
    rows = [["Patient", "Visit", "Treg (%)"], *([f"P-{n}", "V2", 5.0 + n / 10] for n in range(1, 9))]
    book = Workbook("f.xlsx", "1" * 64, "xlsx", (sheet(rows),))

    def stop(_fraction: float, _message: str) -> None:
        raise Cancelled

    with new_study(tmp_path) as study:
        made = accept_suggestions(study, [book])
        head = study.head
        with pytest.raises(Cancelled):
            made.to_write().frame(report=stop)
        with pytest.raises(Cancelled):
            commit(study, made, report=stop)
        assert study.head == head
        assert commit(study, made) > 0
