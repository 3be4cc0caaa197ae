"""Classes of a marker: who is in which, how near to a cut, and whether repeated samples agree."""

from __future__ import annotations

import math

import pytest
from markers import PNFH, TREG, markers

from mirocals_desktop.analysis.marker_classes import ClassTable, derive_class_table

ROWS = [
    ("001", "BL", 0, "735"),  # 2 % below the cut of 750
    ("001", "M3", 90, "800"),
    ("002", "BL", 0, "2000"),
    ("002", "M3", 90, "2200"),
    ("003", "BL", 0, "<62.5"),
    ("004", "BL", 0, "4000"),
    ("004", "M3", 90, "5000"),
]


def table(**rest: float) -> ClassTable:
    return derive_class_table(markers(ROWS), PNFH, **rest)


def test_that_patients_come_nearest_to_a_cut_first() -> None:
    found = table()
    assert found.patients == ("001", "004", "002", "003")
    assert found.counts.tolist() == [2, 1, 1]
    assert [found.labels[index] for index in found.index] == ["low", "high", "middle", "low"]
    assert found.cut.tolist() == pytest.approx([750, 3700, 3700, 750])
    assert found.fold.tolist() == pytest.approx([735 / 750, 4000 / 3700, 2000 / 3700, 62.5 / 750])


def test_that_the_chance_of_the_other_side_follows_from_the_stated_error() -> None:
    # R: s <- sqrt(log(1 + 0.1^2)); pnorm(-abs(log(735 / 750)) / s) is 0.419750940; of 4000 / 3700 0.217236954
    found = table()
    assert found.chance[:2].tolist() == pytest.approx([0.419750940, 0.217236954], abs=1e-9)
    assert found.near.tolist() == [True, True, False, False]
    sharp = table(cv=0.01)
    assert sharp.near.tolist() == [False, False, False, False]
    assert sharp.chance[0] == pytest.approx(0.0216750387, abs=1e-9)
    assert "a coefficient of variation of 1 %" in sharp.notes[0]


def test_that_repeated_samples_tell_who_stays_in_a_class() -> None:
    found = table()
    assert found.samples.tolist() == [2, 2, 2, 1]
    assert found.same.tolist() == [1, 2, 2, 1]
    assert (found.repeated, found.stable) == (3, 2)
    squares = [math.log(800 / 735) ** 2, math.log(2200 / 2000) ** 2, math.log(5000 / 4000) ** 2]
    assert found.repeat_cv == pytest.approx(math.sqrt(math.exp(sum(squares) / 6) - 1))
    assert found.notes[-1] == "Of 3 patients with repeated samples 2 are in one class in all of them."


def test_that_a_variable_without_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="makes no classes"):
        derive_class_table(markers(ROWS), TREG)


def test_that_nobody_with_a_value_gives_an_empty_table() -> None:
    found = derive_class_table(markers(ROWS), PNFH, patients=[])
    assert found.patients == ()
    assert math.isnan(found.repeat_cv)
