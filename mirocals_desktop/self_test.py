"""The program proves itself without a screen: sample in, pages drawn, survival computed, workbook read back.

For a fresh installation and a packaged build: `mirocals-desktop --self-test`; exit code 0 when all is well.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

MOST_SECONDS: Final = 120.0  # how long one page may work before it counts as stuck


class _Failed(Exception):
    """A step of the self-test did not give what it must."""


def self_test() -> int:
    """Run every step and say how each went; gives the exit code, 1 when any failed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps: tuple[tuple[str, Callable[[Path], str]], ...] = (
            ("sample study", _make_sample),
            ("pages", _draw_pages),
            ("survival", _compute_survival),
            ("workbook", _write_and_read),
        )
        for title, step in steps:
            started = time.monotonic()
            try:
                found = step(folder)
            except Exception as error:  # noqa: BLE001 (whatever went wrong is what the test is for)
                _say(f"{title}: failed: {type(error).__name__}: {error}")
                return 1
            _say(f"{title}: {found} ({time.monotonic() - started:.1f} s)")
    _say("all is well")
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def _must(holds: bool, what: str) -> None:  # noqa: FBT001 (reads as a sentence)
    if not holds:
        raise _Failed(what)


def _make_sample(folder: Path) -> str:
    from mirocals_desktop.sample import make_sample

    study = make_sample(folder / "sample.mirocals")
    with study:
        verification = study.verify()
        _must(verification.whole, "the chain of hashes is broken")
        snapshot = study.snapshot()
    _must(len(snapshot.patients) > 0, "the sample study has no patients")
    return f"{len(snapshot.patients)} patients, {len(snapshot.observations)} observations"


def _draw_pages(folder: Path) -> str:
    from mirocals_desktop.app import make_application, make_window
    from mirocals_desktop.settings import Settings
    from mirocals_desktop.ui.window import PAGES

    app = make_application()
    session, window = make_window(app, Settings(language="en", person="Self-test"))
    problems: list[object] = []
    session.jobs.failed.connect(problems.append)

    def settle() -> None:
        stop = time.monotonic() + MOST_SECONDS
        app.processEvents()
        while session.jobs.busy:
            _must(time.monotonic() < stop, "a page never came to rest")
            app.processEvents()
        app.processEvents()

    window.resize(1280, 800)
    window.show()
    session.open(folder / "sample.mirocals")
    settle()
    snapshot = session.snapshot
    if snapshot is None:
        raise _Failed(f"the sample study did not open: {problems}")
    session.select(patient=str(snapshot.patients.index[0]))
    for place in PAGES:
        window.show_page(place.code)
        settle()
        picture = window.grab().toImage()
        colours = {
            picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)
        }
        _must(len(colours) > 3, f"the page {place.code} is empty")
    _must(not problems, f"a page failed: {problems}")
    window.close()
    session.shut_down()
    return f"{len(PAGES)} drawn"


def _compute_survival(folder: Path) -> str:
    from mirocals_desktop.analysis.study_survival import analyse_study, study_json
    from mirocals_desktop.study.study import Study

    with Study.open(folder / "sample.mirocals", person="Self-test", role="data manager") as study:
        found = study_json(analyse_study(study.snapshot(), by="arm"))
    overall, test = found["overall"], found["logrank"]
    _must(overall["n"] == sum(group["n"] for group in found["groups"]), "the groups do not add up")
    _must(0.0 <= test["p"] <= 1.0, "the log-rank test has no p")
    return f"{overall['n']} patients, {overall['events']} events, log-rank p {test['p']:.3f}"


def _write_and_read(folder: Path) -> str:
    from mirocals_desktop.export.workbook import write_workbook
    from mirocals_desktop.importing.reader.guard import read_workbook
    from mirocals_desktop.study.study import Study

    path = folder / "export.xlsx"
    with Study.open(folder / "sample.mirocals", person="Self-test", role="data manager") as study:
        snapshot = study.snapshot()
    write_workbook(snapshot, path)
    back = read_workbook(path)
    ids = {cell for sheet in back.sheets for column in sheet.columns[:1] for cell in column.texts}
    missing = set(snapshot.patients.index) - ids
    _must(not missing, f"{len(missing)} patients are not in the workbook")
    return f"{len(back.sheets)} sheets read back"
