"""Values that do not look like their patient: slips of unit, swapped columns and samples, outliers, batches.

Everything is judged on the log scale against what the patient's other values say: the median of the patient's
values of the variable plus what is usual at that visit (of that arm, where arms are visible). How far values
usually stray from that is one robust number per variable, 1.4826 x the median absolute deviation. A value is
suspected when it strays by `FOLD` and by `SPREADS` such numbers, and what would explain it is tried: another
unit that the protocol knows, the fraction of a percent, the neighbouring variable's value, another sample.
Nothing is changed; each suspect says its numbers. Sealed values are not in a snapshot and so never suspected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.dose_cycles import tell_phases
from mirocals_desktop.analysis.swapped_samples import FEWEST, expect_from_others, find_exchanged
from mirocals_desktop.i18n import titled
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Variable
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SuspectCode = Literal["fraction", "unit", "columns", "samples", "outlier", "batch"]
"""A percent as a fraction; another unit; two variables of a sample swapped; two samples swapped; a value
unlike the patient's others without an explanation; a whole batch that lies higher or lower."""

CODES: Final[tuple[SuspectCode, ...]] = ("fraction", "unit", "columns", "samples", "outlier", "batch")

FOLD: Final = 3.0
SPREADS: Final = 6.0
_COLUMN_FOLD: Final = 2.0
_NEARLY_ALL, _NEARLY_ALL_IN_SPREADS = 0.95, 1.96  # of a normal variable; few exchanges leave it as it is
_FEWEST_OWN: Final = 3  # values of a patient that make a profile
_FEWEST_AT_VISIT: Final = 5  # patients who make a visit's usual change
_NEAR: Final = 3.0  # spreads within which an explanation fits
_LEAST_ROOM: Final = 0.12  # of an explanation, in log10: a third
_RESTLESS_FEWEST = 300  # values of a variable that tell how restless it is
_RESTLESS_PART, _RESTLESS_FOLD = 0.99, 1.5  # an outlier strays so much farther than 99 % of the values do
_BATCH_FEWEST: Final = 8
_BATCH_FOLD: Final = 1.25
_BATCH_SPREADS: Final = 6.0
_BATCH_WORDS: Final = re.compile(r"plate|batch|lot\b|laborator|platform|assay", re.IGNORECASE)
_ROW: Final = re.compile(r"\d+")


@dataclass(frozen=True)
class Suspect:
    """One suspicion with its numbers.

    `observations` are ids, the suspected one first. `value` is as stored, `expected` what the patient's
    `count` values say, `fold` the first over the second; `usual_fold` is how far 95 % of values stray.
    `fixed` is the value under the explanation (NaN: none), in which `unit` names the unit taken. Where two
    values or samples seem swapped the partner's place, value and expectation follow; `misfit` and
    `misfit_swapped` are the sums of squared spreads of both samples as they are and exchanged. A batch has
    its name in `batch`, and `fold` is its shift against the others.
    """

    code: SuspectCode
    patient: str
    variable: str
    visit: str
    record: int
    observations: tuple[int, ...]
    value: float
    expected: float
    count: int
    fold: float
    usual_fold: float
    fixed: float = float("nan")
    unit: str = ""
    partner_patient: str = ""
    partner_variable: str = ""
    partner_visit: str = ""
    partner_value: float = float("nan")
    partner_expected: float = float("nan")
    misfit: float = float("nan")
    misfit_swapped: float = float("nan")
    batch: str = ""


def find_suspects(snapshot: Snapshot, *, report: Report = ignore) -> list[Suspect]:
    """All suspects of a snapshot, in the order of the patients; each value is in one of them."""
    variables = [
        variable
        for variable in snapshot.protocol.of_scope("visit")
        if variable.kind == "number" and variable.code != codes.ALSFRS_R_TOTAL
    ]
    kept = []
    phase = tell_phases(snapshot, snapshot.measurements)
    for place, variable in enumerate(variables):
        report(0.5 * place / len(variables), "")
        profile = _profile(snapshot, variable, phase)
        if len(profile):
            kept.append(profile)
    report(0.5, "")
    if not kept:
        return []
    told = pd.concat(kept, ignore_index=True)
    rows = told[told["count"] >= _FEWEST_OWN]
    found: list[Suspect] = []
    taken: set[int] = set()

    def take(suspects: Iterator[Suspect]) -> None:
        for suspect in suspects:
            if not taken.intersection(suspect.observations):
                taken.update(suspect.observations)
                found.append(suspect)

    strays = _strays(rows, FOLD)
    by_code = {variable.code: variable for variable in variables}
    take(_columns(_strays(rows, _COLUMN_FOLD), by_code))  # two values at once say more than one
    take(_units(strays, by_code))
    take(_samples(told[~told["id"].isin(taken)], by_code))
    report(0.8, "")
    rest = rows[~rows["id"].isin(taken)]
    take(_outliers(strays, rest))
    found.extend(_batches(snapshot, rows[~rows["id"].isin(taken)]))
    order = {patient: place for place, patient in enumerate(snapshot.patients.index)}
    return sorted(found, key=lambda suspect: (order.get(suspect.patient, -1), CODES.index(suspect.code)))


def _profile(snapshot: Snapshot, variable: Variable, phase: Ints) -> pd.DataFrame:
    """The positive values of a variable with what is expected of each; of patients with at least two.

    `phase` is that of the dose cycle, of each measurement of the snapshot.

    Adds to the measurements: `log`, `own` (the patient's median), `expected` (with the visit's usual change;
    all log10), `raw_stray`, `stray`, `spread`, `count` of the patient's values, `others` (what is expected
    without the value itself), `others_spread`, file, sheet, row of the cell.
    """
    rows = snapshot.measurements
    number = rows["number"].to_numpy(dtype=np.float64)
    wanted = (
        (rows["variable"] == variable.code).to_numpy() & (number > 0) & (rows["qualifier"] == "").to_numpy()
    )
    rows = rows.loc[wanted, ["id", "patient", "variable", "visit", "record", "day", "number"]].copy()
    rows["log"] = np.log10(number[wanted])
    rows["phase"] = phase[wanted]
    own = rows.groupby("patient", sort=False)["log"]
    rows["count"] = own.transform("size")
    rows["own"] = own.transform("median")
    rows = rows[rows["count"] >= FEWEST].copy()
    if not len(rows):
        return rows
    rows["raw_stray"] = rows["log"] - rows["own"]
    arm = snapshot.patients[codes.ARM] if snapshot.arms_visible else None
    rows["arm"] = rows["patient"].map(arm).fillna("") if arm is not None else ""
    usual = _usual_change(rows)
    rows["expected"] = rows["own"] + usual
    rows["stray"] = rows["log"] - rows["expected"]
    profiled = rows["count"] >= _FEWEST_OWN
    rows["spread"] = _spread(rows["stray"][profiled])
    told = expect_from_others(rows, usual)
    rows["others"] = told.pop("expected")
    rows = rows.join(told)
    strays = (rows["log"] - rows["others"]).abs()
    reach = float(strays.quantile(_NEARLY_ALL)) if len(strays) >= _RESTLESS_FEWEST else 0.0
    rows["others_spread"] = max(_spread(strays), reach / _NEARLY_ALL_IN_SPREADS)
    cells = snapshot.observations[["id", "file", "sheet", "cell"]]
    rows = rows.merge(cells[cells["id"].isin(rows["id"])], on="id", how="left")
    rows["row"] = [_row_of(cell) for cell in rows["cell"]]
    return rows


def _usual_change(rows: pd.DataFrame) -> pd.Series[float]:
    """How much higher than their own medians people's values usually are at a visit, in their arm.

    Whoever stopped the doses has neither peak nor trough: a visit counts those in the same phase of the dose
    cycle, where they are too few the phase at all visits, then the visit; else nothing is usual.
    """
    usual = pd.Series(np.nan, index=rows.index)
    for keys in (["visit", "arm", "phase"], ["arm", "phase"], ["visit", "arm"]):
        alike = rows.groupby(keys, sort=False)["raw_stray"]
        told = alike.transform("median").where(alike.transform("size") >= _FEWEST_AT_VISIT)
        if keys == ["arm", "phase"]:
            told = told.where(rows["phase"] >= 0)
        usual = usual.fillna(told)
    return usual.fillna(0.0)


def _spread(strays: pd.Series[float]) -> float:
    """How far half of the values stray, as the standard deviation of a normal variable."""
    return max(1.4826 * float(strays.abs().median()), 1e-3) if len(strays) else 1e-3


def _row_of(cell: object) -> float:
    found = _ROW.search(str(cell))
    return float(found.group()) if found else float("nan")


def _strays(rows: pd.DataFrame, fold: float) -> pd.DataFrame:
    """The values that stray far, both from the patient's own and from what is usual at the visit."""
    stray, raw = rows["stray"].abs().to_numpy(), rows["raw_stray"].abs().to_numpy()
    far = np.maximum(SPREADS * rows["spread"].to_numpy(), np.log10(fold))
    found: pd.DataFrame = rows[(stray > far) & (raw > np.log10(fold))]
    return found


def _room(spread: float) -> float:
    """How near, in log10, an explained value must come to what is expected."""
    return max(_NEAR * spread, _LEAST_ROOM)


def _units(strays: pd.DataFrame, variables: Mapping[str, Variable]) -> Iterator[Suspect]:
    """Values that fit when they are read in another unit of the protocol, or as the fraction of a percent."""
    for row in _records(strays):
        variable = variables[row["variable"]]
        factors: list[tuple[SuspectCode, str, float]] = []
        if variable.unit.startswith("%"):
            factors.append(("fraction", "", 100.0))
        for unit in variable.units:
            if unit.factor != 1.0:
                factors += [("unit", unit.name, unit.factor), ("unit", unit.name, 1 / unit.factor)]
        fitting = [
            (abs(row["stray"] + np.log10(factor)), code, name, factor)
            for code, name, factor in factors
            if abs(row["stray"] + np.log10(factor)) <= 2 * _room(row["spread"])
        ]
        if fitting:
            _left, code, name, factor = min(fitting, key=lambda one: one[0])
            yield _suspect(code, row, fixed=row["number"] * factor, unit=name)


def _reach(rows: pd.DataFrame) -> pd.Series[float]:
    """How far nearly all values of each variable stray, in log10; 0 where too few tell.

    Some variables are restless: many of their values stray by more than their middle half lets expect.
    """
    by_variable = rows["stray"].abs().groupby(rows["variable"], sort=False)
    reach: pd.Series[float] = by_variable.quantile(_RESTLESS_PART)
    return reach.where(by_variable.size() >= _RESTLESS_FEWEST, 0.0)


def _of_samples(variables: Mapping[str, Variable]) -> list[str]:
    return [code for code, variable in variables.items() if variable.specimen]


def _columns(strays: pd.DataFrame, variables: Mapping[str, Variable]) -> Iterator[Suspect]:
    """Two variables of one sample whose values fit when they are exchanged."""
    by_sample = strays[strays["variable"].isin(_of_samples(variables))]
    for _key, sample in by_sample.groupby(["patient", "visit", "record", "day"], sort=False, dropna=False):
        rows = list(_records(sample))
        for place, one in enumerate(rows):
            for other in rows[place + 1 :]:
                room = 2 * max(_room(one["spread"]), _room(other["spread"]))
                if (
                    abs(one["log"] - other["expected"]) <= room
                    and abs(other["log"] - one["expected"]) <= room
                ):
                    yield _suspect(
                        "columns",
                        one,
                        fixed=other["number"],
                        observations=(int(one["id"]), int(other["id"])),
                        partner=other,
                    )


def _outliers(strays: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Suspect]:
    """What nothing explains: farther than the values of a restless variable go anyway."""
    far = _RESTLESS_FOLD * strays["variable"].map(_reach(rows)).fillna(0.0)
    for row in _records(strays[strays["stray"].abs() > far]):
        yield _suspect("outlier", row)


def _samples(rows: pd.DataFrame, variables: Mapping[str, Variable]) -> Iterator[Suspect]:
    """Two samples that fit when they are exchanged; each value is judged by the patient's others alone."""
    rows = rows[rows["variable"].isin(_of_samples(variables)) & rows["row"].notna()]
    rows = rows.assign(
        expected=rows["others"], stray=rows["log"] - rows["others"], spread=rows["others_spread"]
    )
    for pair in find_exchanged(rows):  # the most telling first: each sample is taken once
        one, other = rows.loc[pair.one], rows.loc[pair.other]
        yield _suspect(
            "samples",
            _record(one),
            fixed=float(other["number"].iloc[0]),
            observations=[int(number) for number in (*one["id"], *other["id"])],
            partner=_record(other),
            misfit=(pair.misfit, pair.swapped),
        )


def _batches(snapshot: Snapshot, rows: pd.DataFrame) -> Iterator[Suspect]:
    """Sheets, plates, laboratories and the like in which a variable lies higher or lower than in others."""
    by_sheet = rows["file"] + ", " + rows["sheet"]
    yield from _shifts(rows, by_sheet)
    for variable in snapshot.protocol.of_scope("visit"):
        if variable.kind not in ("text", "choice") or not _BATCH_WORDS.search(variable.code):
            continue
        told = snapshot.observations
        told = told[(told["variable"] == variable.code) & (told["text"] != "")]
        names = {str(choice.code): str(choice.label) for choice in variable.choices}
        of = {
            (patient, visit): names.get(text, text)
            for patient, visit, text in told[["patient", "visit", "text"]].itertuples(index=False)
        }
        batch = pd.Series(
            [of.get(place, "") for place in zip(rows["patient"], rows["visit"], strict=True)],
            index=rows.index,
            dtype=object,
        )
        yield from _shifts(rows, batch, prefix=str(variable.label))


def _shifts(rows: pd.DataFrame, batch: pd.Series[str], prefix: str = "") -> Iterator[Suspect]:
    for _code, own in rows.groupby("variable", sort=False):
        names = batch.loc[own.index]
        if names[names != ""].nunique() < 2:
            continue
        for name in sorted(set(names) - {""}):
            inside, outside = own[names == name], own[(names != name) & (names != "")]
            # a patient whose every value is of one batch says nothing about it
            both = set(inside["patient"]) & set(outside["patient"])
            inside, outside = inside[inside["patient"].isin(both)], outside[outside["patient"].isin(both)]
            if inside["patient"].nunique() < _BATCH_FEWEST or len(inside) > len(outside):
                continue
            shift = float(inside["stray"].median() - outside["stray"].median())
            error = 1.2533 * float(own["spread"].iloc[0]) * (1 / len(inside) + 1 / len(outside)) ** 0.5
            if abs(shift) < np.log10(_BATCH_FOLD) or abs(shift) < _BATCH_SPREADS * error:
                continue
            middle = inside.loc[[(inside["stray"] - inside["stray"].median()).abs().idxmin()]]
            row = _record(middle)
            yield Suspect(
                "batch",
                str(row["patient"]),
                str(row["variable"]),
                str(row["visit"]),
                int(row["record"]),
                (int(row["id"]), *(int(i) for i in inside["id"] if i != row["id"])),
                float(row["number"]),
                float(10 ** row["expected"]),
                len(inside),
                float(10**shift),
                float(10 ** (1.96 * row["spread"])),
                batch=titled(prefix, name) if prefix else name,
            )


def _suspect(
    code: SuspectCode,
    row: Mapping[str, Any],
    *,
    fixed: float = float("nan"),
    unit: str = "",
    observations: Sequence[int] = (),
    partner: Mapping[str, Any] | None = None,
    misfit: tuple[float, float] = (float("nan"), float("nan")),
) -> Suspect:
    other = partner or {}
    return Suspect(
        code,
        str(row["patient"]),
        str(row["variable"]),
        str(row["visit"]),
        int(row["record"]),
        tuple(observations) or (int(row["id"]),),
        float(row["number"]),
        float(10 ** row["expected"]),
        int(row["count"]),
        float(10 ** row["stray"]),
        float(10 ** (1.96 * row["spread"])),
        float(fixed),
        unit,
        str(other.get("patient", "")),
        str(other.get("variable", "")),
        str(other.get("visit", "")),
        float(other.get("number", np.nan)),
        float(10 ** other["expected"]) if other else float("nan"),
        *misfit,
    )


def _records(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in rows.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def _record(rows: pd.DataFrame) -> dict[str, Any]:
    """The first row."""
    return next(_records(rows.iloc[:1]))
