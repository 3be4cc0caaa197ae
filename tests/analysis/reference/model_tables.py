"""The synthetic tables that make_models.R answers about.

python -m tests.analysis.reference.model_tables FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd


def tables() -> dict[str, pd.DataFrame]:
    """Each file's name and table, the same at every call."""
    rng = np.random.default_rng(20250514)
    n = 90
    days = rng.integers(1, 45, n)
    causes = pd.DataFrame(
        {
            "days": days,
            "cause": rng.choice(["", "death", "tracheostomy"], n, p=[0.4, 0.4, 0.2]),
            "entry": np.floor(days * rng.random(n) * 0.5),
        }
    )
    n = 160
    marker = np.round(np.exp(rng.normal(7.617, 0.743, n)))
    marker[:2] = 750, 3700
    arm = rng.integers(0, 2, n)
    raw = np.ceil((rng.exponential(1, n) / np.where(arm == 1, 0.6, 1)) ** 0.7 * 700)
    lost = np.where(rng.random(n) < 0.2, np.ceil(640 * rng.random(n)), 640)
    trial = pd.DataFrame(
        {
            "days": np.minimum(raw, lost),
            "event": (raw <= lost).astype(int),
            "arm": np.where(arm == 1, "IL-2", "placebo"),
            "age": rng.normal(60, 9, n).round(1),
            "site": rng.choice(["bulbar", "limb"], n),
            "pnfh": marker,
        }
    )
    n = 2400
    days = rng.permutation(np.arange(1, n + 1))
    late = pd.DataFrame(
        {
            "entry": np.floor(days * rng.random(n) * 0.8),
            "days": days,
            "event": (rng.random(n) < 0.5).astype(int),
            "x": rng.normal(size=n).round(3),
            "group": rng.choice(["a", "b", "c"], n),
        }
    )
    scores = pd.DataFrame(
        {
            "score": rng.integers(-20, 21, 70),
            "arm": rng.integers(0, 2, 70),
            "baseline": rng.integers(20, 49, 70),
        }
    )
    return {"causes.csv": causes, "trial.csv": trial, "late.csv": late, "scores.csv": scores}


if __name__ == "__main__":
    for name, table in tables().items():
        table.to_csv(Path(sys.argv[1]) / name, index=False)
