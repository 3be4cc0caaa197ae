"""How many exchanged samples are found: trials with known truth, samples exchanged, what is suspected.

    python packaging/exchanges.py [TRIALS]     prints a table; each takes half a minute

Each trial is drawn as the sample study is, from a seed of its own, without planted defects. It is judged
clean, for false alarms, then with a few exchanges at a time: of neighbours in a sheet, and of two visits of a
patient. `docs/statistics.md` quotes the figures.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import sample_course
import sample_logs
from sample_trial import DATA_CUT, make_population

from mirocals_desktop.analysis.suspects import find_suspects
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study

SHEETS = {
    "cytometry": (codes.TREG_PERCENT, codes.TREG_COUNT, codes.CD4_COUNT, codes.EOSINOPHILS),
    "proteins": (codes.SERUM_NFL, codes.CCL2_PLASMA),
    "CSF": (codes.CSF_PNFH, codes.CCL2_CSF),
}
PEAKS = ("V3", "V10", "V17")
BEFORE = ("V1", "V2")
AT_A_TIME = 3
ROUNDS = 10
Sample = tuple[str, str, str]  # sheet, patient, visit


def draw_trial(seed: int, empty: Snapshot) -> Snapshot:
    """A trial as a snapshot: the values of its laboratory sheets, its arms and its doses."""
    for module in (sample_course, sample_logs):
        vars(module)["SEED"] = seed  # of the streams that are made inside
    population = make_population(seed)
    course = sample_course.make_course(population, empty.protocol)
    names = [f"P-{number:03}" for number in range(len(course))]
    sheet_of = {code: sheet for sheet, own in SHEETS.items() for code in own}
    lines: Counter[str] = Counter()
    rows = []
    for patient in course:
        for visit in patient.visits:
            date = population.randomised[patient.number] + timedelta(days=visit.day)
            own = {code: value for code, value in visit.values.items() if code in sheet_of}
            lines.update({sheet_of[code] for code in own})
            for code, value in own.items():
                sheet = sheet_of[code]
                place = (names[patient.number], code, visit.visit.code, 0, date.isoformat(), float(visit.day))
                rows.append((*place, value, "", sheet, f"A{lines[sheet] + 1}"))
    columns = [
        "patient",
        "variable",
        "visit",
        "record",
        "date",
        "day",
        "number",
        "qualifier",
        "sheet",
        "cell",
    ]
    values = pd.DataFrame(rows, columns=columns)
    values.insert(0, "id", np.arange(1, len(values) + 1))
    doses = pd.DataFrame(sample_logs.make_doses(population, course))
    log = pd.DataFrame(
        {
            "patient": [names[int(number)] for number in doses["Patient"]],
            "dose_date": [day.isoformat() for day in doses["First day"]],
            "dose_taken": doses["Given"].astype(float),
        }
    )
    arms = ["il2" if active else "placebo" for active in population.active]
    return dataclasses.replace(
        empty,
        measurements=values,
        observations=values.assign(file="trial", text=""),
        patients=pd.DataFrame({codes.ARM: arms}, index=names),
        logs={codes.LOG_DOSE: log},
        options=dataclasses.replace(empty.options, data_cut=DATA_CUT),
    )


def find_pairs(snapshot: Snapshot) -> dict[str, list[tuple[Sample, Sample]]]:
    """Every pair that could change places, by its kind."""
    rows = snapshot.measurements
    samples = rows.drop_duplicates(["sheet", "patient", "visit"])
    arm = snapshot.patients[codes.ARM]
    pairs: dict[str, list[tuple[Sample, Sample]]] = {}
    for sheet, own in samples.groupby("sheet"):
        listed: list[Sample] = [
            (str(sheet), *each) for each in zip(own["patient"], own["visit"], strict=True)
        ]
        pairs[f"neighbours, {sheet}"] = [
            (one, other) for one, other in itertools.pairwise(listed) if one[1] != other[1]
        ]
        if sheet != "cytometry":
            continue
        for places in own.groupby("patient").indices.values():
            visits = [listed[place] for place in places]
            for number, one in enumerate(visits):
                for other in visits[number + 1 :]:
                    kind = kind_of({one[2], other[2]}, active=arm[one[1]] == "il2")
                    pairs.setdefault(f"visits, {kind}", []).append((one, other))
    return pairs


def kind_of(visits: set[str], *, active: bool) -> str:
    """What tells two visits of a patient apart."""
    peaks, before = visits & set(PEAKS), visits & set(BEFORE)
    if not active or len(peaks) == 2 or len(before) == 2 or not (peaks or before):
        return "alike or placebo"
    return "peak and before" if peaks and before else "peak and trough" if peaks else "before and trough"


def exchange(snapshot: Snapshot, pairs: list[tuple[Sample, Sample]]) -> tuple[Snapshot, list[set[int]]]:
    """The trial with the values of each pair exchanged, and the ids of what was."""
    rows = snapshot.measurements
    place: Any = rows.set_index(["sheet", "patient", "visit", "variable"]).sort_index()[["id", "number"]]
    number = rows.set_index("id")["number"].copy()
    ids = []
    for one, other in pairs:
        a, b = place.loc[one], place.loc[other]
        shared = a.index.intersection(b.index)
        number.loc[a.loc[shared, "id"]] = b.loc[shared, "number"].to_numpy()
        number.loc[b.loc[shared, "id"]] = a.loc[shared, "number"].to_numpy()
        ids.append({*a.loc[shared, "id"], *b.loc[shared, "id"]})
    return dataclasses.replace(snapshot, measurements=rows.assign(number=number.to_numpy())), ids


def suspected(snapshot: Snapshot) -> list[set[int]]:
    """The ids of each two samples that seem exchanged."""
    return [set(one.observations) for one in find_suspects(snapshot) if one.code == "samples"]


def try_trial(seed: int, empty: Snapshot) -> Iterator[tuple[str, int, int]]:
    """Kind, how many were planted, how many found; "false alarms" with the samples there are."""
    trial = draw_trial(seed, empty)
    rng = np.random.Generator(np.random.PCG64([seed, 5]))
    clean = suspected(trial)
    yield "false alarms", len(trial.measurements.drop_duplicates(["sheet", "patient", "visit"])), len(clean)
    pairs = find_pairs(trial)
    planted = {kind: rng.permutation(len(own)).tolist() for kind, own in sorted(pairs.items())}
    for turn in range(ROUNDS):
        chosen: list[tuple[str, tuple[Sample, Sample]]] = []
        touched: set[str] = set()
        for kind, order in planted.items():
            for number in order[turn * 50 : turn * 50 + 50]:
                people = {sample[1] for sample in pairs[kind][number]}
                if not people & touched:
                    touched |= people
                    chosen.append((kind, pairs[kind][number]))
                    if sum(one == kind for one, _pair in chosen) == AT_A_TIME:
                        break
        changed, ids = exchange(trial, [pair for _kind, pair in chosen])
        told = suspected(changed)
        for (kind, _pair), own in zip(chosen, ids, strict=True):
            yield kind, 1, int(any(own & one and one <= own for one in told))


def main(trials: int) -> None:
    """Print what was found of each kind."""
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.mirocals"
        with Study.create(path, protocol_text("mirocals"), title="", person="rig", role="rig") as study:
            empty = study.snapshot()
        for seed in range(101, 101 + trials):
            for kind, number, hits in try_trial(seed, empty):
                planted[kind] += number
                found[kind] += hits
    for kind, number in sorted(planted.items()):
        per = (
            f"{1000 * found[kind] / number:.2f} per 1,000"
            if kind == "false alarms"
            else f"{found[kind] / number:.0%}"
        )
        print(f"{kind:<28} {found[kind]:>5} of {number:>6}   {per}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
