"""Measure the program against plain baselines: `python packaging/bench/run.py [WORD ...]`.

Words choose the cases whose names have one of them. A table goes to the screen, the figures to
`build/bench.json`, with those of the last package that was kept (`docs/bench-history.jsonl`: its size, its
start). Ends with 1 when a case is over its limit.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from frame import Case, Outcome, measure

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "build" / "bench.json"
HISTORY = HERE.parent.parent / "docs" / "bench-history.jsonl"
COLUMNS = "{:<52} {:>10}   {:<40} {:>10} {:>7}  {}"


def main(words: list[str]) -> int:
    """Run the chosen cases; 0 when all keep their limits."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(COLUMNS.format("case", "median", "baseline", "median", "ratio", "limit"), flush=True)
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for case in find_cases(Path(folder), words):
            outcomes.append(measure(case))
            print(line(outcomes[-1]), flush=True)
    kept = last_package()
    print(f"Package of {kept['date']}: {kept['package']['megabytes']} MB unpacked")
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(record(outcomes), indent=1) + "\n", encoding="utf-8")
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def last_package() -> dict[str, Any]:
    """The day and the figures of the last package that was built to be kept."""
    lines = HISTORY.read_text(encoding="utf-8").splitlines()
    kept: dict[str, Any] = json.loads(lines[-1])
    return kept


def find_cases(folder: Path, words: list[str]) -> Iterator[Case]:
    """The cases of all modules here, or those that one of the words names."""
    for path in sorted(HERE.glob("bench_*.py")):
        own = folder / path.stem
        own.mkdir()
        for case in importlib.import_module(path.stem).cases(own):
            if not words or any(word in f"{path.stem} {case.name}" for word in words):
                yield case


def line(outcome: Outcome) -> str:
    """One row of the table."""
    limits = []
    if outcome.limit is not None:
        limits.append(f"{outcome.limit:g} x")
    if outcome.most_seconds is not None:
        limits.append(milliseconds(outcome.most_seconds))
    said = ", ".join(limits) + ("" if outcome.is_good else "  OVER")
    return COLUMNS.format(
        outcome.name,
        shown(outcome.seconds, outcome.unit),
        outcome.baseline,
        shown(outcome.baseline_seconds, outcome.unit),
        f"{outcome.ratio:.2f}",
        said,
    ).rstrip()


def shown(figure: float, unit: str) -> str:
    """A time or a size for reading."""
    return milliseconds(figure) if unit == "s" else f"{figure:.0f} {unit}"


def milliseconds(seconds: float) -> str:
    """A time for reading."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def record(outcomes: list[Outcome]) -> dict[str, object]:
    """The figures with what one needs to know about the machine."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "package": last_package(),
        "cases": [{**dataclasses.asdict(outcome), "good": outcome.is_good} for outcome in outcomes],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
