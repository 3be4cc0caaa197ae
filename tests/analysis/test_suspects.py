"""Slips are found with their numbers, and ordinary variation is left alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from log_study import log_study

from mirocals_desktop.analysis.suspects import Suspect, find_suspects
from mirocals_desktop.study import ledger
from mirocals_desktop.study.snapshot import Snapshot
from tests.study.records import create, create_blinded, frame, value

VISITS = ("V2", "V4", "V5", "V6", "V7", "V8", "V9", "V11")
VARIABLES = {"treg_percent": (8.0, 0.3), "treg_count": (60.0, 0.35), "cd4_count": (800.0, 0.35)}
Slip = Callable[[dict[tuple[int, int, str], float]], None]


def study_of(
    folder: Path, slip: Slip = lambda _table: None, *, sheets: Callable[[int], str] | None = None
) -> Snapshot:
    """Twelve patients who differ from each other, each measured at eight visits with 12 % variation."""
    draw = np.random.Generator(np.random.PCG64(7))
    table: dict[tuple[int, int, str], float] = {}
    for variable, (middle, between) in VARIABLES.items():
        levels = middle * np.exp(between * draw.standard_normal(12))
        for patient in range(12):
            for visit in range(len(VISITS)):
                table[patient, visit, variable] = float(
                    levels[patient] * np.exp(0.12 * draw.standard_normal())
                )
    slip(table)
    rows = []
    for (patient, visit, variable), number in table.items():
        row = 2 + visit * 12 + patient
        place = {"visit": VISITS[visit], "sheet": sheets(visit) if sheets else "Flow"}
        column = "DEF"[list(VARIABLES).index(variable)]
        rows.append(value(f"P-{patient:02}", variable, round(number, 4), cell=f"{column}{row}", **place))
    with create(folder / "s.mirocals") as study:
        study.record(ledger.IMPORTED, observations=frame(*rows))
        return study.snapshot()


def found(folder: Path, slip: Slip, code: str) -> Suspect:
    suspects = find_suspects(study_of(folder, slip))
    assert [suspect.code for suspect in suspects] == [code], suspects
    return suspects[0]


def test_that_ordinary_variation_is_not_suspected(tmp_path: Path) -> None:
    assert find_suspects(study_of(tmp_path)) == []


def test_that_a_percent_as_a_fraction_is_found_with_what_it_would_be(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        table[3, 2, "treg_percent"] = 0.081

    suspect = found(tmp_path, slip, "fraction")
    assert (suspect.patient, suspect.visit, suspect.variable) == ("P-03", "V5", "treg_percent")
    assert suspect.value == 0.081
    assert suspect.fixed == pytest.approx(8.1)
    assert suspect.count == 8
    assert suspect.fold == pytest.approx(0.081 / suspect.expected)


def test_that_a_count_in_another_unit_is_found_with_the_unit(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        table[5, 1, "cd4_count"] /= 1000

    suspect = found(tmp_path, slip, "unit")
    assert (suspect.patient, suspect.visit, suspect.unit) == ("P-05", "V4", "10⁹/L")
    assert suspect.fixed == pytest.approx(1000 * suspect.value)


def test_that_a_swap_of_percent_and_count_is_one_suspect_of_two_values(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        one, other = (1, 4, "treg_percent"), (1, 4, "treg_count")
        table[one], table[other] = table[other], table[one]

    suspect = found(tmp_path, slip, "columns")
    assert {suspect.variable, suspect.partner_variable} == {"treg_percent", "treg_count"}
    assert len(suspect.observations) == 2
    assert suspect.fixed == suspect.partner_value


def test_that_two_samples_that_changed_places_are_found_and_both_named(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        for variable in VARIABLES:
            one, other = (6, 3, variable), (7, 3, variable)
            table[one], table[other] = table[other], table[one]

    suspect = found(tmp_path, slip, "samples")
    assert {suspect.patient, suspect.partner_patient} == {"P-06", "P-07"}
    assert suspect.visit == suspect.partner_visit == "V6"
    assert len(suspect.observations) == 6
    assert suspect.misfit_swapped < suspect.misfit / 4


def after_a_dose(table: dict[tuple[int, int, str], float]) -> None:
    """At two visits everybody's values rise, some people's more than others'."""
    for (patient, visit, variable), number in table.items():
        if visit in (1, 5):
            table[patient, visit, variable] = number * (1.6 + 0.1 * patient)


def test_that_two_visits_of_a_patient_that_changed_places_are_found_where_values_rise(
    tmp_path: Path,
) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        after_a_dose(table)
        for variable in VARIABLES:
            one, other = (4, 5, variable), (4, 6, variable)
            table[one], table[other] = table[other], table[one]

    suspect = found(tmp_path, slip, "samples")
    assert (suspect.patient, suspect.partner_patient) == ("P-04", "P-04")
    assert {suspect.visit, suspect.partner_visit} == {"V8", "V9"}
    assert len(suspect.observations) == 6
    assert suspect.misfit_swapped < suspect.misfit / 4


def test_that_patients_who_rise_more_or_less_than_is_usual_are_not_suspected(tmp_path: Path) -> None:
    assert find_suspects(study_of(tmp_path, after_a_dose)) == []


def test_that_who_stopped_the_doses_is_not_expected_to_rise_after_them(tmp_path: Path) -> None:
    """Half of the patients stop before the second rise: the exchange of one who went on stands out alone."""
    draw = np.random.Generator(np.random.PCG64(23))
    visits, doses = [], []
    for patient in range(14):
        name = f"P-{patient:02}"
        cycles = 8 if patient < 7 else 4
        doses += [(name, {"dose_date": str(date(2024, 1, 1) + timedelta(28 * k))}) for k in range(cycles)]
        for visit, code in enumerate(VISITS):
            told = {5: 6, 6: 5}.get(visit, visit) if patient == 3 else visit
            rise = 2.2 if told in (1, 5) and told < cycles else 1.0
            day = date(2024, 1, 1) + timedelta(28 * visit + (7 if visit in (1, 5) else 0))
            percent = round(float(8 * rise * np.exp(0.08 * draw.standard_normal())), 4)
            visits.append((name, code, str(day), {"treg_percent": percent}))
    facts = {f"P-{patient:02}": {"randomisation_date": "2024-01-01"} for patient in range(14)}
    with log_study(facts, doses, visits=visits, folder=tmp_path) as study:
        suspects = find_suspects(study.snapshot())
    assert [(one.code, one.patient, one.partner_patient) for one in suspects] == [("samples", "P-03", "P-03")]
    assert {suspects[0].visit, suspects[0].partner_visit} == {"V8", "V9"}


def test_that_samples_of_patients_with_two_values_each_are_found_too(tmp_path: Path) -> None:
    draw = np.random.Generator(np.random.PCG64(11))
    levels = {code: 1800 * np.exp(0.7 * draw.standard_normal(20)) for code in ("csf_pnfh", "ccl2_csf")}
    rows = []
    for code, level in levels.items():
        for visit, name in enumerate(("V2", "V6")):
            for patient in range(20):
                told = {8: 9, 9: 8}.get(patient, patient) if visit else patient  # two tubes changed places
                number = round(float(level[told] * np.exp(0.1 * draw.standard_normal())), 2)
                cell = f"{'CD'[code == 'ccl2_csf']}{2 + visit * 20 + patient}"
                rows.append(value(f"P-{patient:02}", code, number, visit=name, cell=cell))
    with create(tmp_path / "s.mirocals") as study:
        study.record(ledger.IMPORTED, observations=frame(*rows))
        (suspect,) = find_suspects(study.snapshot())
    assert suspect.code == "samples"
    assert {suspect.patient, suspect.partner_patient} == {"P-08", "P-09"}
    assert suspect.count == 2
    assert suspect.misfit_swapped < suspect.misfit / 4


def test_that_a_value_without_an_explanation_is_an_outlier_with_its_fold(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        table[2, 6, "cd4_count"] *= 4.5

    suspect = found(tmp_path, slip, "outlier")
    assert suspect.fold == pytest.approx(4.5, rel=0.3)
    assert suspect.fixed != suspect.fixed, "nothing explains it"
    assert 1.1 < suspect.usual_fold < 1.5


def test_that_a_restless_variable_has_no_more_outliers_than_its_values_stray_anyway(tmp_path: Path) -> None:
    draw = np.random.Generator(np.random.PCG64(3))
    rows = []
    for patient in range(40):
        for visit in range(len(VISITS)):
            wild = draw.random() < 0.05  # one value in twenty is five times too high or too low
            fold = 5.0 ** (draw.choice([-1, 1]) if wild else 0) * np.exp(0.1 * draw.standard_normal())
            place = {"visit": VISITS[visit], "cell": f"D{2 + visit * 40 + patient}"}
            rows.append(value(f"P-{patient:02}", "treg_count", round(float(60 * fold), 4), **place))
    rows[100] = {**rows[100], "number": 60 * 50.0}
    with create(tmp_path / "s.mirocals") as study:
        study.record(ledger.IMPORTED, observations=frame(*rows))
        suspects = find_suspects(study.snapshot())
    assert [(one.code, round(one.value)) for one in suspects] == [("outlier", 3000)]


def test_that_a_shift_that_cannot_be_told_from_that_of_a_visit_is_not_called_a_batch(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        for patient in range(12):
            for visit in (5, 6):
                table[patient, visit, "cd4_count"] *= 1.6

    snapshot = study_of(tmp_path, slip, sheets=lambda visit: "Plate 2" if visit in (5, 6) else "Plate 1")
    suspects = find_suspects(snapshot)
    # the shift of a visit is the usual change of that visit, unless the sheet is not of one visit
    assert [(suspect.code, suspect.batch) for suspect in suspects if suspect.code == "batch"] == []


def test_that_a_batch_across_visits_is_found(tmp_path: Path) -> None:
    def slip(table: dict[tuple[int, int, str], float]) -> None:
        for patient in range(12):
            table[patient, patient % 8, "cd4_count"] *= 1.6
            table[patient, (patient + 3) % 8, "cd4_count"] *= 1.6

    rows = study_of(tmp_path, slip)
    observations = rows.observations.copy()
    visits = {code: place for place, code in enumerate(VISITS)}
    number = observations["patient"].str.removeprefix("P-").astype(int)
    place = observations["visit"].map(visits)
    second = (place == number % 8) | (place == (number + 3) % 8)
    observations["sheet"] = np.where(second, "Plate 2", "Plate 1")
    suspects = find_suspects(dataclasses.replace(rows, observations=observations))
    (batch,) = [suspect for suspect in suspects if suspect.code == "batch"]
    assert batch.batch == "book.xlsx, Plate 2"
    assert batch.variable == "cd4_count"
    assert batch.fold == pytest.approx(1.6, rel=0.1)
    assert batch.count == 24


def test_that_sealed_values_are_never_suspected(tmp_path: Path) -> None:
    rows = [
        value(f"P-{patient}", "treg_percent", 0.07 if (patient, visit) == (1, "V5") else 7, visit=visit)
        for patient in range(6)
        for visit in VISITS[1:]
    ]
    with create_blinded(tmp_path) as study:
        study.record(ledger.IMPORTED, observations=frame(*rows))
        assert study.snapshot().measurements["sealed"].all()
        assert find_suspects(study.snapshot()) == []
