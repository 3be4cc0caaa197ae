"""What the study holds already of each patient, as evidence: the middle of earlier values, and choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.protocol.model import Unit

_ENOUGH: Final = 3
_MOST: Final = 0.8


class EarlierValues:
    """What is stored of patients, asked for one variable at a time.

    `measurements` and `patients` are the frames of a snapshot. Sealed values and those beyond a limit tell
    nothing.
    """

    def __init__(self, measurements: Any = None, patients: Any = None) -> None:
        self._measurements = measurements
        self._patients = patients
        self._found: dict[str, Mapping[str, float]] = {}

    def of(self, variable: str) -> Mapping[str, float]:
        """The middle of each patient's values above 0, in the variable's own unit."""
        if variable not in self._found:
            self._found[variable] = self._middles(variable)
        return self._found[variable]

    def choices(self, variable: str) -> Mapping[str, str]:
        """The code of the choice of each patient who has one, of a variable of patients."""
        if self._patients is None or variable not in self._patients.columns:
            return {}
        held = self._patients[variable]
        return {str(patient): str(code) for patient, code in held.items() if code}

    def holds(self, variable: str, patients: Iterable[str], numbers: Iterable[float]) -> list[bool]:
        """Whether the study has this very number of each of these patients: it is then no news of them."""
        own = self._own(variable)
        known = set(zip(own["patient"].astype(str), own["number"], strict=True)) if own is not None else set()
        return [pair in known for pair in zip(patients, numbers, strict=True)]

    def _own(self, variable: str) -> Any:
        """The rows of a variable with a number above 0; None where there are no measurements."""
        frame = self._measurements
        if frame is None or not len(frame):
            return None
        own = frame[(frame["variable"] == variable).to_numpy()]
        return own[((own["number"] > 0) & (own["qualifier"] == "")).to_numpy()]

    def _middles(self, variable: str) -> Mapping[str, float]:
        own = self._own(variable)
        if own is None:
            return {}
        middles = own.groupby("patient", observed=True)["number"].median()
        return {str(patient): float(middle) for patient, middle in middles.items()}


@dataclass(frozen=True)
class UnitByHistory:
    """The unit in which most patients' values are nearest to those that the study holds of them.

    `patients` were compared; in this unit their values are `ratio` times their earlier ones, in the middle.
    """

    unit: Unit
    patients: int
    ratio: float


def unit_by_history(
    values: Mapping[str, Floats], units: tuple[Unit, ...], earlier: Mapping[str, float]
) -> UnitByHistory | None:
    """The unit that the patients' own earlier values tell, None where too few do or they do not agree.

    `values` are each patient's numbers as the file writes them.
    """
    by_size = {unit.factor: unit for unit in reversed(units)}  # of units of one size the first
    sizes = [by_size[factor] for factor in sorted(by_size)]
    factors = np.log([unit.factor for unit in sizes])
    known = [patient for patient in values if patient in earlier and (values[patient] > 0).any()]
    if len(known) < _ENOUGH or len(sizes) < 2:
        return None
    logs = np.array([np.log(np.median(values[p][values[p] > 0]) / earlier[p]) for p in known])
    away = np.abs(logs[:, None] + factors[None, :])
    votes = np.bincount(away.argmin(axis=1), minlength=len(factors))
    best = int(votes.argmax())
    half_way = float(np.diff(factors).min()) / 2
    near = votes[best] >= _MOST * len(known) and float(np.median(away[:, best])) < half_way
    if not near:
        return None
    ratio = float(np.exp(np.median(logs + factors[best])))
    return UnitByHistory(sizes[best], len(known), ratio)
