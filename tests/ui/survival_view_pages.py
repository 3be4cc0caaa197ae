"""Views of the survival page over a study whose patients have sites: opened, brought to the front, read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtWidgets import QLabel, QPushButton, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from mirocals_desktop.protocol.reader import protocol_text as shipped_protocol
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.table import TableView

from .survival_pages import CANARY, START, page_opener, settle

# arm, day of death or of the last contact without it (the horizon is 300), 1 dead 0 not
ACTIVE = [(90, 1), (120, 0), (150, 1), (240, 1), (280, 0), *[(700, 0)] * 7]
PLACEBO = [(30, 1), (60, 1), (60, 1), (100, 0), (150, 1), (200, 1), (250, 1), *[(700, 0)] * 5]
W = TypeVar("W", bound=QWidget)


def facts_of(arm: str, day: int, died: int, number: int) -> dict[str, float | str]:
    facts: dict[str, float | str] = {
        "randomisation_date": START.isoformat(),
        "consent_date": (START - timedelta(40)).isoformat(),
        "arm": arm,
        "site": "FR01" if number % 2 else "UK01",
        ("death_date" if died else "last_contact_date"): (START + timedelta(day)).isoformat(),
    }
    return facts | ({"vital_status": "dead"} if died else {})


def patients_of(active: str) -> dict[str, dict[str, float | str]]:
    arms = [(f"A{n:02}", active, *row, n) for n, row in enumerate(ACTIVE, 1)]
    arms += [(f"P{n:02}", "placebo", *row, n) for n, row in enumerate(PLACEBO, 1)]
    return {name: facts_of(arm, day, died, n) for name, arm, day, died, n in arms}


def blinded(open_page: Callable[..., SurvivalPage], *, sealed: bool = True) -> SurvivalPage:
    """A blinded study by the shipped protocol, whose arms have names that occur nowhere else."""
    patients = patients_of("il2")
    marker = [500.0, 1500.0, 2500.0, 5000.0]
    visits = [(name, "V2", START.isoformat(), {"csf_pnfh": marker[n % 4]}) for n, name in enumerate(patients)]
    text = shipped_protocol("mirocals").replace('"IL-2"', f'"{CANARY}"').replace('"Placebo"', f'"{CANARY}2"')
    return open_page(patients=patients, visits=visits, protocol=text, blinded=sealed)


def shown(qtbot: QtBot, page: SurvivalPage, code: str) -> Any:
    """A view brought to the front by its name in the row, when it has computed."""
    find(page, QWidget, f"survival.view.{code}").click()  # type: ignore[attr-defined]
    settle(qtbot, page)
    view = page.view(code)
    assert isinstance(view, ComputedView)
    return view


def find(root: QWidget, kind: type[W], name: str) -> W:
    found = root.findChild(kind, name)
    assert found is not None, name
    return found


def message(page: SurvivalPage, code: str) -> str:
    return find(page, QLabel, f"survival.{code}.message").text()


def texts(table: TableView, column: str) -> list[str]:
    number = next(i for i, c in enumerate(table.model.columns) if c.code == column)
    return [table.model.cell_text(row, number) for row in range(table.model.rowCount())]


def everything_said(root: QWidget) -> str:
    """Every text, tip and accessible name of the widgets, and every cell of the tables."""
    parts: list[str] = []
    for widget in (root, *root.findChildren(QWidget)):
        parts += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QPushButton)):
            parts.append(widget.text())
        if isinstance(widget, QTextBrowser):
            parts.append(widget.toPlainText())
        if isinstance(widget, Canvas):
            parts += [widget.caption, widget.footnote, widget.sentence.sentence]
            for axes in widget._axes:
                parts += [axes.title, *(label.text for label in axes.labels)]
        if isinstance(widget, TableView):
            for column in widget.model.columns:
                parts += [column.header, *map(str, column.values), *(column.tips or ())]
    return "\n".join(parts)


def layer(plot: Any, key: str) -> tuple[Any, Any]:
    found = plot.axes._layers[key]
    return found.x, found.y


def last_day(facts: dict[str, float | str]) -> int:
    stop = facts.get("death_date") or facts["last_contact_date"]
    return (date.fromisoformat(str(stop)) - START).days


def view_page_opener(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    """A function that makes a study, by default of the patients above, and opens the page over it."""
    open_page = page_opener(qtbot, session, tmp_path)

    def make(**how: Any) -> SurvivalPage:
        how.setdefault("patients", patients_of("active"))
        return open_page(**how)

    return make
