"""Picture the steps of an import for the guides to it: a synthetic file with what coordinators meet.

English ones go to docs/images, those of another language into a folder of its name in there.

`screenshots.py --docs` runs it; `python packaging/import_pictures.py [STUDY]` makes only these pictures.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import openpyxl
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from mirocals_desktop.app import make_application, make_window
from mirocals_desktop.i18n import LANGUAGES
from mirocals_desktop.settings import Settings
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.ui.dialogs.import_dialog import ImportDialog
from mirocals_desktop.ui.dialogs.import_frame import COLUMNS, FILES, REVIEW
from mirocals_desktop.ui.session import Session

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = (1280, 800)
SAMPLED = 24  # patients of the synthetic laboratory list
DIED = 6  # of them, by the newer list of vital status
POLL_MS, SETTLED_POLLS, LONGEST_POLLS = 30, 8, 4_000


def picture_import(app: QApplication, study: Path) -> None:
    """Open the study, import the synthetic file step by step, and picture each step. Nothing is imported."""
    for language in LANGUAGES:
        folder = IMAGES if language == "en" else IMAGES / language
        folder.mkdir(parents=True, exist_ok=True)
        picture_in(language, app, study, folder)


def picture_in(language: str, app: QApplication, study: Path, target: Path) -> None:
    """Picture the import in one language."""
    session, window = make_window(app, Settings(language=language, theme="light", person="A. Coordinator"))
    window.resize(*SIZE)
    window.show()
    session.open(study)
    settle(session)
    assert session.snapshot is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clinic list, SYNTHETIC.xlsx"
        write_list(session.snapshot, path)
        window.commands.take_files([path])
        settle(session)
        picture_steps(app, session, target)
    session.shut_down()
    window.hide()
    window.deleteLater()
    app.processEvents()


def picture_steps(app: QApplication, session: Session, target: Path) -> None:
    """The three steps of the open dialog."""
    box = next(w for w in app.topLevelWidgets() if isinstance(w, ImportDialog))
    box.resize(SIZE[0] - 64, SIZE[1] - 48)
    box.show_step(FILES)
    picture(box, target, "import_files")
    box.show_step(COLUMNS)
    settle(session)
    picture(box, target, "import_questions")
    for _round in range(5):
        if box.columns.questions.accept.isHidden():
            break
        box.columns.questions.accept.click()
        settle(session)
    box.columns.panels.setCurrentWidget(box.columns.problems)
    box.columns.bounds_shown.setChecked(True)
    box.columns.problems.step(1)
    settle(session)
    picture(box, target, "import_problems")
    box.show_step(REVIEW)
    box.review.show_kind("changed")
    settle(session)
    picture(box, target, "import_values")
    box.review.tabs.setCurrentWidget(box.review.endpoint)
    settle(session)
    picture(box, target, "import_endpoint")


def write_list(snapshot: Snapshot, path: Path) -> None:
    """A laboratory list and a list of vital status as clinics keep them, with planted defects."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Laboratory"
    measured = snapshot.measurements
    count = measured[(measured["variable"] == "treg_percent") & (measured["visit"] == "V2")]
    sheet.append(["SYNTHETIC data: none of these patients exists"])
    sheet.append([])
    sheet.append(["Patient ID", "Visit", "Sample date", "Tregs (% of CD4+)", "Freezer box", "Comment"])
    for number, row in enumerate(count.head(SAMPLED).to_dict("records")):
        sheet.append(
            [
                row["patient"],
                "V2",
                date.fromisoformat(row["date"]),
                float(row["number"]),
                f"B{number:03}",
                None,
            ]
        )
    sheet["C6"] = "31/02/2023"
    sheet["D8"] = round(float(sheet["D8"].value) / 100, 4)
    sheet["D10"] = float(sheet["D10"].value) + 1.4
    sheet["D12"] = "haemolysed"
    sheet["A14"] = "FR99-001"
    sheet["D16"] = None
    sheet.append([])
    sheet.append(["Total", None, None, SAMPLED])
    status: Any = book.create_sheet("Vital status")
    status.append(["Patient ID", "Vital status", "Date of last contact", "Date of death"])
    patients = snapshot.patients
    alive = patients[(patients["vital_status"] == "alive") & (patients["randomisation_date"] != "")]
    for number, (patient, facts) in enumerate(alive.head(SAMPLED).iterrows()):
        day = date.fromisoformat(str(facts["randomisation_date"])) + timedelta(days=120 + 60 * number)
        died = number < DIED
        contact = day.isoformat() if died else str(facts["last_contact_date"])
        status.append([patient, "dead" if died else "alive", contact, day.isoformat() if died else None])
    book.create_sheet("Archive 2019").sheet_state = "hidden"
    book["Archive 2019"].append(["Patient ID", "Tregs (% of CD4+)"])
    book["Archive 2019"].append(["FR01-002", 7.1])
    book.save(path)


def settle(session: Session) -> None:
    """Let the window work until it has had nothing to do for a while."""
    loop, timer = QEventLoop(), QTimer()
    polls = {"idle": 0, "all": 0}

    def look() -> None:
        polls["all"] += 1
        polls["idle"] = 0 if session.jobs.busy else polls["idle"] + 1
        if polls["idle"] >= SETTLED_POLLS or polls["all"] > LONGEST_POLLS:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
    loop.exec()
    timer.stop()


def picture(widget: QWidget, target: Path, name: str) -> None:
    """Write what the widget shows."""
    if not widget.grab().save(str(target / f"{name}.png")):
        sys.exit(f"{name}.png could not be written")


def main() -> int:
    """Make the pictures from a study, or from the sample study."""
    app = make_application()
    if len(sys.argv) > 1:
        picture_import(app, Path(sys.argv[1]))
        return 0
    from mirocals_desktop.sample import make_sample

    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "sample.mirocals"
        make_sample(study).close()
        picture_import(app, study)
    return 0


if __name__ == "__main__":
    sys.exit(main())
