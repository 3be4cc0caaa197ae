"""A program killed in the middle of an import loses nothing that was committed and leaves the file whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.study.records import create, reopen

KILLS = 50
ROWS = 60
LONGEST_SECONDS = 0.06

# One process loads the program once; for each line that it reads it forks a child, which imports in a loop
# and says what it has committed, until it is killed.
NURSERY = f"""
import os, sys
from pathlib import Path
import numpy as np
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import Study

path = Path(sys.argv[1])

def rows(number):
    patients = [f"K-{{number}}-{{row}}" for row in range({ROWS})]
    return observation.frame({{
        "patient": patients, "variable": ["weight"] * {ROWS}, "visit": ["V2"] * {ROWS},
        "number": np.arange({ROWS}) + 20.0, "raw": ["x" * 50] * {ROWS},
    }})

def work():
    with Study.open(path, person="Kim", role="data manager") as study:
        number = len(study.entries())
        while True:
            number = study.record(ledger.IMPORTED, observations=rows(number + 1))
            print("committed", number, flush=True)

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        work()
    print("born", pid, flush=True)
    os.waitpid(pid, 0)
    print("dead", pid, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked to be fast")
def test_that_killing_an_import_fifty_times_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "trial.mirocals"
    with create(path):
        pass
    chance = random.Random(640)
    committed, interrupted = 1, 0
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for _kill in range(KILLS):
            nursery.stdin.write("next\n")
            nursery.stdin.flush()
            pid, wanted = 0, chance.randint(0, 2)
            while not pid or wanted > 0:
                what, number = nursery.stdout.readline().split()
                if what == "born":
                    pid = int(number)
                else:
                    committed, wanted = int(number), wanted - 1
            deadline = time.perf_counter() + chance.random() * LONGEST_SECONDS
            while time.perf_counter() < deadline:
                pass
            os.kill(pid, signal.SIGKILL)
            while (said := nursery.stdout.readline().split())[0] != "dead":
                committed = int(said[1])
            interrupted += path.with_name(path.name + "-journal").exists()

            with reopen(path) as study:
                verification = study.verify()
                assert verification.whole, verification.sentence
                found = len(study.entries())
                assert found in (committed, committed + 1)  # committed, and not yet said
                assert verification.observations == (found - 1) * ROWS
                committed = found
        nursery.stdin.close()
    assert interrupted > KILLS / 4  # the kills did fall into transactions
    with reopen(path) as study:
        assert len(study.snapshot().patients) == (committed - 1) * ROWS
