"""The survival page over small studies, for the tests of the page and of its views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from mirocals_desktop.protocol.reader import protocol_text as shipped_protocol
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.theme import light_palette
from tests.made_up_study import made_up_study

START = date(2022, 1, 3)
# day of death, or day of the last contact without it (the horizon is 300; 300 itself counts as alive then)
ACTIVE = [(90, 1), (120, 0), (150, 1), (240, 1), (280, 0), *[(400, 0)] * 7]
PLACEBO = [(30, 1), (60, 1), (60, 1), (100, 0), (150, 1), (200, 1), (250, 1), *[(400, 0)] * 5]
CANARY = "Zanzibarine"


def facts_of(arm: str, day: int, died: int, *, pnfh: bool) -> dict[str, float | str]:
    stop = (START + timedelta(day)).isoformat()
    facts: dict[str, float | str] = {
        "randomisation_date": START.isoformat(),
        "consent_date": (START - timedelta(40)).isoformat(),
        "arm": arm,
        ("death_date" if died else "last_contact_date"): stop,
    }
    if died:
        facts["vital_status"] = "dead"
    return facts | ({"sex": "female" if day % 4 else "male"} if pnfh else {})


def patients_of(active: str, *, pnfh: bool = False) -> dict[str, dict[str, float | str]]:
    arms = [(f"A{n:02}", active, *row) for n, row in enumerate(ACTIVE, 1)]
    arms += [(f"P{n:02}", "placebo", *row) for n, row in enumerate(PLACEBO, 1)]
    return {name: facts_of(arm, day, died, pnfh=pnfh) for name, arm, day, died in arms}


def page_opener(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    """A function that makes a study and opens the page over it."""

    def make(**how: Any) -> SurvivalPage:
        how.setdefault("patients", patients_of("active"))
        with made_up_study(how.pop("patients"), folder=tmp_path, **how):
            pass
        page = SurvivalPage(session)
        page.setPalette(light_palette())
        qtbot.addWidget(page)
        page.resize(1000, 820)
        with qtbot.waitSignal(session.study_changed, timeout=20_000):
            session.open(tmp_path / "made_up.mirocals")
        page.show()
        settle(qtbot, page)
        return page

    return make


def blinded(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    """A blinded study by the shipped protocol, with pNFH values on both sides of its cuts."""
    patients = patients_of("il2", pnfh=True)
    marker = [500.0, 1500.0, 2500.0, 5000.0]
    visits = [(name, "V2", START.isoformat(), {"csf_pnfh": marker[n % 4]}) for n, name in enumerate(patients)]
    text = shipped_protocol("mirocals").replace('"IL-2"', f'"{CANARY}"').replace('"Placebo"', f'"{CANARY}2"')
    return open_page(patients=patients, visits=visits, protocol=text, blinded=True, horizon=640)


def settle(qtbot: QtBot, page: SurvivalPage) -> None:
    qtbot.waitUntil(lambda: not page.session.jobs.busy, timeout=60_000)


def cut_study(
    *, arms: tuple[str, str] = ("il2", "placebo"), n: int = 60, part: float = 1.0
) -> dict[str, Any]:
    """What `page_opener`'s function takes to make a study whose arms differ at low pNFH only.

    Nobody's value is the same as another's; `part` makes all of them smaller.
    """
    patients: dict[str, dict[str, float | str]] = {}
    visits = []
    for number in range(n):
        name, arm = f"M{number:02}", arms[number % 2]
        marker = 300.0 + 87.0 * ((number * 37) % n)
        fast = 1.0 if marker > 2500 else 1.7 if arm == arms[0] else 0.8
        day = int(60 + fast * ((number * 53) % 400))
        patients[name] = facts_of(arm, min(day, 700), int(day < 640 and number % 7 != 0), pnfh=False)
        visits.append((name, "V2", START.isoformat(), {"csf_pnfh": part * marker}))
    return {
        "patients": patients,
        "visits": visits,
        "protocol": shipped_protocol("mirocals"),
        "horizon": 640,
    }
