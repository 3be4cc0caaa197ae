"""A small study and the pages over it, for the tests of overview, patients, follow-up and history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from made_up_study import Values, VisitRow, made_up_study
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import TableView

AnyPage = TypeVar("AnyPage", bound=Page)
Opener = Callable[..., None]

# The data speak of 5 May 2024. 001 is fine, 002 died, 003 is overdue for month 3 and 004 due, 005 was
# randomised long ago and never seen again, 006 is being screened.
PATIENTS: dict[str, Values] = {
    "001": {"site": "FR01", "randomisation_date": "2024-01-20", "arm": "active", "onset_date": "2023-01-20"},
    "002": {"site": "UK01", "randomisation_date": "2023-01-01", "arm": "placebo", "death_date": "2023-03-02"},
    "003": {"site": "FR01", "randomisation_date": "2024-01-10", "arm": "placebo"},
    "004": {
        "site": "UK01",
        "randomisation_date": "2024-02-10",
        "arm": "active",
        "last_contact_date": "2024-05-01",
    },
    "005": {"site": "FR01", "randomisation_date": "2023-03-01", "arm": "active"},
    "006": {"site": "UK01", "consent_date": "2024-04-01"},
}
VISITS: list[VisitRow] = [
    ("001", "BL", "2024-01-20", {"alsfrs_r_total": 42, "svc_percent": 90, "treg_percent": 6}),
    ("001", "M3", "2024-04-25", {"alsfrs_r_total": 40}),
    ("002", "BL", "2023-01-01", {"alsfrs_r_total": 30, "svc_percent": 12}),
    ("003", "BL", "2024-01-10", {"alsfrs_r_total": 41, "svc_percent": 80, "treg_percent": 7}),
    ("004", "BL", "2024-03-10", {"alsfrs_r_total": 41, "svc_percent": 85, "treg_percent": 7}),
    ("005", "BL", "2023-03-01", {"alsfrs_r_total": 41, "svc_percent": 85, "treg_percent": 7}),
    ("005", "M3", "", {"visit_status": "missed", "missed_reason": "travel"}),
]


def study_opener(qtbot: QtBot, session: Session, folder: Path) -> Opener:
    """What opens a made-up study in the session; without arguments the one above."""

    def opened(patients: dict[str, Values] | None = None, **rest: Any) -> None:
        rest = {"visits": VISITS if patients is None else [], "data_cut": date(2024, 5, 5)} | rest
        with made_up_study(PATIENTS if patients is None else patients, folder=folder, **rest) as study:
            path = study.path
        session.open(path)
        qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy, timeout=60_000)

    return opened


def show(qtbot: QtBot, session: Session, kind: type[AnyPage]) -> AnyPage:
    page = kind(session)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    settle(qtbot, session)
    return page


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.jobs.busy, timeout=60_000)  # a slow machine loads its libraries first


def listed(session: Session) -> set[str]:
    return set(session.filters.listed)


def cells(table: TableView, code: str) -> dict[Any, str]:
    """The shown text of a column by the rows' keys."""
    model = table.model
    column = [c.code for c in model.columns].index(code)
    return {model.key(row): model.cell_text(row, column) for row in range(model.rowCount())}
