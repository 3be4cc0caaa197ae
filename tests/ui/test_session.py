from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.settings import read_settings
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import PassphraseNeeded, Study
from mirocals_desktop.ui.session import Filters, Selection, Session


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "study.mirocals", **how: Any) -> Path:
        path = tmp_path / name
        with Study.create(
            path, protocol_text("mirocals"), title="Try", person="A. Martin", role="data manager", **how
        ) as study:
            site = study.protocol.sites[0].code
            visit = study.protocol.visits[0].code
            study.record(
                ledger.IMPORTED,
                details={"files": [{"name": "lab.xlsx"}]},
                observations=observation.frame(
                    {
                        "patient": ["P01", "P02", "P01", "P02"],
                        "variable": ["site", "site", "csf_pnfh", "csf_pnfh"],
                        "visit": ["", "", visit, visit],
                        "text": [site, site, "", ""],
                        "number": [float("nan"), float("nan"), 1240.0, 4000.0],
                        "raw": [site, site, "1 240,0", "4000"],
                        "file": ["lab.xlsx"] * 4,
                        "sheet": ["CSF"] * 4,
                        "cell": ["A2", "A3", "F2", "F3"],
                    }
                ),
            )
        return path

    return make


def opened(qtbot: QtBot, session: Session, path: Path) -> Session:
    with qtbot.waitSignal(session.study_changed):
        session.open(path)
    qtbot.waitUntil(lambda: not session.jobs.busy)
    return session


def test_that_opening_gives_the_snapshot_and_remembers_the_file(
    qtbot: QtBot, make_study: Callable[..., Path], tmp_path: Path
) -> None:
    session = Session(settings_path=tmp_path / "settings.json")
    path = make_study()
    opened(qtbot, session, path)
    assert session.snapshot is not None
    assert list(session.snapshot.patients.index) == ["P01", "P02"]
    assert session.patients_shown() == ["P01", "P02"]
    assert read_settings(tmp_path / "settings.json").recent == (str(path),)
    session.shut_down()


def test_that_a_change_is_shown_before_its_result_is_handed_back(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path]
) -> None:
    opened(qtbot, session, make_study())
    assert session.snapshot is not None
    number = int(session.snapshot.observations.query("variable == 'csf_pnfh'")["id"].iloc[0])
    seen: list[tuple[int, float]] = []

    def done(entry: int) -> None:
        assert session.snapshot is not None
        values = session.snapshot.measurements.set_index("patient")["number"]
        seen.append((entry, float(values["P01"])))

    session.change(
        "Correcting",
        lambda study, _report: study.correct(number, reason="typing error", raw="1250", number=1250.0),
        done=done,
    )
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(3, 1250.0)]


def test_that_an_earlier_entry_can_be_shown_and_left_again(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path]
) -> None:
    opened(qtbot, session, make_study())
    with qtbot.waitSignal(session.study_changed):
        session.show_as_of(1)
    assert session.as_of == 1
    assert session.snapshot is not None
    assert len(session.snapshot.patients) == 0
    with qtbot.waitSignal(session.study_changed):
        session.show_as_of(None)
    assert session.as_of is None
    assert len(session.snapshot.patients) == 2


def test_that_the_filter_lets_through_whom_it_names(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path]
) -> None:
    opened(qtbot, session, make_study())
    with qtbot.waitSignal(session.filters_changed):
        session.set_filters(Filters(classes=frozenset({1})))
    assert session.patients_shown() == ["P01"]
    session.set_filters(Filters(text="02"))
    assert session.patients_shown() == ["P02"]
    with qtbot.assertNotEmitted(session.filters_changed):
        session.set_filters(Filters(text="02"))


def test_that_another_study_begins_without_selection_and_filter(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path]
) -> None:
    opened(qtbot, session, make_study())
    session.select(patient="P01", variable="csf_pnfh")
    session.set_filters(Filters(text="1"))
    opened(qtbot, session, make_study("other.mirocals"))
    assert session.selection == Selection()
    assert session.filters == Filters()


def test_that_an_encrypted_study_asks_for_its_passphrase(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path]
) -> None:
    path = make_study(passphrase="correct horse battery")
    errors: list[BaseException] = []
    session.open(path, failed=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], PassphraseNeeded)
    assert session.snapshot is None
    session.open(path, passphrase="correct horse battery")
    qtbot.waitUntil(lambda: session.snapshot is not None)


def test_that_a_study_that_cannot_be_opened_leaves_the_open_one_alone(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path], tmp_path: Path
) -> None:
    opened(qtbot, session, make_study())
    errors: list[BaseException] = []
    session.open(tmp_path / "nowhere.mirocals", failed=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert session.snapshot is not None
    assert session.snapshot.title == "Try"


def test_that_closing_frees_the_file_for_the_next_one(
    qtbot: QtBot, session: Session, make_study: Callable[..., Path]
) -> None:
    path = make_study()
    opened(qtbot, session, path)
    session.close()
    assert session.snapshot is None
    assert session.patients_shown() == []
    opened(qtbot, session, path)
    assert session.snapshot is not None
