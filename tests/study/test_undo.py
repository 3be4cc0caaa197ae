from __future__ import annotations

import random
from pathlib import Path

from mirocals_desktop.study import ledger
from mirocals_desktop.study.study import Study
from mirocals_desktop.study.undo import Step, find_redo, find_undo
from tests.study.records import create, frame, value


def undo(study: Study) -> Step:
    step = find_undo(study.snapshot().entries)
    assert step is not None
    study.withdraw(step.entry, "undo")
    return step


def redo(study: Study) -> Step:
    step = find_redo(study.snapshot().entries)
    assert step is not None
    study.withdraw(step.entry, "redo")
    return step


def said(study: Study) -> list[float]:
    return list(study.snapshot().measurements["number"])


def with_two_corrections(folder: Path) -> Study:
    study = create(folder / "a.mirocals")
    study.record(ledger.IMPORTED, observations=frame(value("P1", "csf_pnfh", 100.0, visit="V1")))
    study.correct(1, reason="first", raw="200", number=200.0)
    study.correct(2, reason="second", raw="300", number=300.0)
    return study


def test_that_acts_are_undone_from_the_last_and_done_again_in_their_order(tmp_path: Path) -> None:
    with with_two_corrections(tmp_path) as study:
        assert find_redo(study.snapshot().entries) is None
        assert undo(study).act["reason"] == "second"
        assert said(study) == [200.0]
        assert undo(study).act["reason"] == "first"
        assert said(study) == [100.0]
        assert undo(study).act["kind"] == ledger.IMPORTED
        assert said(study) == []
        assert find_undo(study.snapshot().entries) is None
        assert redo(study).act["kind"] == ledger.IMPORTED
        assert redo(study).act["reason"] == "first"
        assert redo(study).act["reason"] == "second"
        assert said(study) == [300.0]
        assert find_redo(study.snapshot().entries) is None


def test_that_a_new_act_ends_what_could_be_done_again(tmp_path: Path) -> None:
    with with_two_corrections(tmp_path) as study:
        undo(study)
        study.set_option("data_cut", "2020-01-01")
        assert find_redo(study.snapshot().entries) is None
        assert undo(study).act["kind"] == ledger.OPTION
        assert undo(study).act["reason"] == "first"


def test_that_what_says_only_what_happened_is_passed_over(tmp_path: Path) -> None:
    with with_two_corrections(tmp_path) as study:
        study.record(ledger.EXPORTED, details={"file": "a.xlsx"})
        assert undo(study).act["reason"] == "second"
        study.record(ledger.EXPORTED, details={"file": "b.xlsx"})
        assert redo(study).act["reason"] == "second"


def test_that_a_withdrawal_by_hand_is_undone_like_any_other(tmp_path: Path) -> None:
    with with_two_corrections(tmp_path) as study:
        study.withdraw(4, "wrong")
        assert redo(study).act["number"] == 4
        assert said(study) == [300.0]


def test_that_any_walk_of_undo_and_redo_ends_where_a_stack_would(tmp_path: Path) -> None:
    with with_two_corrections(tmp_path) as study:
        values, place, chance = [[], [100.0], [200.0], [300.0]], 3, random.Random(5)
        for _step in range(25):
            back = place > 0 and (place == 3 or chance.random() < 0.5)
            (undo if back else redo)(study)
            place += -1 if back else 1
            assert said(study) == values[place]
            entries = study.snapshot().entries
            assert (find_undo(entries) is None) == (place == 0)
            assert (find_redo(entries) is None) == (place == 3)
        assert study.verify().whole
