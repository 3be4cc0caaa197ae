"""Picture every page and view of the real window, light and dark, English and French: `build/screenshots/`.

Shows the synthetic sample study, or with `--study FILE` another one; `--size 1024x640` is the window's size;
`--language fr`, `--theme dark` and `--text-size 200` make those alone, QT_SCALE_FACTOR takes a denser screen.
`--docs` makes the pictures of the documentation anew. Ends with 1 when anything raised meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from import_pictures import picture_import
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from mirocals_desktop.app import make_application, make_window
from mirocals_desktop.i18n import LANGUAGES
from mirocals_desktop.settings import Settings
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_views.frame import ViewStack
from mirocals_desktop.ui.view_switch import ViewSwitch
from mirocals_desktop.ui.window import PAGES, Window

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
DOCUMENTATION = ("overview", "follow_up", "survival")  # the pages that docs/ shows: English, light, 1280x800
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SETTLED_POLLS = 6  # so many looks in a row without work, 30 ms apart, and the page is taken as finished
POLL_MS = 30
LONGEST_SECONDS = 120

faults: list[str] = []


def main() -> int:
    """Make all pictures; 1 when something raised."""
    sys.excepthook = note_fault
    wanted = read_arguments()
    app = make_application()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        study = wanted.study or make_sample_study(Path(folder))
        for language in wanted.language:
            for theme in wanted.theme:
                picture_all(app, study, language, theme, wanted)
        if wanted.docs:
            picture_import(app, study)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}")
    return 1 if faults else 0


def read_arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--study", type=Path, help="a study file to show in place of the sample study")
    parser.add_argument("--size", default="1280x800", help="size of the window, for example 1024x640")
    parser.add_argument("--language", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--theme", nargs="+", choices=THEMES, default=list(THEMES))
    parser.add_argument("--text-size", type=int, default=100, help="in percent of the system's")
    parser.add_argument("--docs", action="store_true", help="also make the pictures of the documentation")
    return parser.parse_args()


def make_sample_study(folder: Path) -> Path:
    """The synthetic study, made from its spreadsheets as the program does."""
    from mirocals_desktop.sample import make_sample

    path = folder / "sample.mirocals"
    make_sample(path).close()
    return path


def picture_all(
    app: QApplication, study: Path, language: str, theme: Literal["light", "dark"], wanted: argparse.Namespace
) -> None:
    """The start page, then every page with the study open."""
    settings = Settings(language=language, theme=theme, person="A. Coordinator", text_size=wanted.text_size)
    session, window = make_window(app, settings)
    width, height = (int(number) for number in wanted.size.split("x"))
    window.resize(width, height)
    window.show()
    settle(session)
    usual = {wanted.size: "1280x800", f"text{wanted.text_size}": "text100", f"x{scale()}": "x1"}
    name = "-".join([language, theme, *(now for now, then in usual.items() if now != then)])
    picture(window, FOLDER / f"start-{name}.png")
    session.open(study)
    settle(session)
    select_a_patient(session)
    for place in PAGES:
        window.show_page(place.code)
        settle(session)
        picture(window, FOLDER / f"{place.code}-{name}.png")
        if wanted.docs and place.code in DOCUMENTATION and name == "en-light":
            IMAGES.mkdir(parents=True, exist_ok=True)
            picture(window, IMAGES / f"{place.code}.png")
        for view, show in views_of(window):
            show()
            settle(session)
            picture(window, FOLDER / f"{place.code}.{view}-{name}.png")
    close(session, window)


def views_of(window: Window) -> list[tuple[str, Callable[[], None]]]:
    """The further views of the page in front, and what brings each there."""
    page = window.page
    if page is None:
        return []
    views: list[tuple[str, Callable[[], None]]] = []
    for stack in page.findChildren(ViewStack):
        views += [(code, partial(stack.show_view, code)) for code in stack.codes if code != stack.current]
    for switch in page.findChildren(ViewSwitch):
        views += [(code, partial(switch.choose, code)) for code in switch.offered if code != switch.view]
    for tabs in page.findChildren(QTabWidget):
        views += [
            (f"{tabs.objectName()}.{number}", partial(tabs.setCurrentIndex, number))
            for number in range(tabs.count())
            if number != tabs.currentIndex()
        ]
    return views


def select_a_patient(session: Session) -> None:
    """Select the patient in the middle of the list, so that every page has a subject."""
    snapshot = session.snapshot
    if snapshot is None:
        faults.append("the study did not open")
        return
    patients = session.patients_shown()
    if patients:
        session.select(patient=patients[len(patients) // 2])


def settle(session: Session) -> None:
    """Let the window work until it has had nothing to do for a while."""
    loop = QEventLoop()
    timer = QTimer()
    polls = {"idle": 0, "all": 0}

    def look() -> None:
        polls["all"] += 1
        polls["idle"] = 0 if session.jobs.busy else polls["idle"] + 1
        if polls["all"] * POLL_MS > LONGEST_SECONDS * 1000:
            faults.append("a page was still at work after two minutes")
            loop.quit()
        elif polls["idle"] >= SETTLED_POLLS:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
    loop.exec()
    timer.stop()


def scale() -> str:
    """How many pixels the screen has for one of the program's."""
    return f"{QApplication.primaryScreen().devicePixelRatio():g}"


def picture(widget: QWidget, path: Path) -> None:
    """Write what the widget shows."""
    if not widget.grab().save(str(path)):
        faults.append(f"{path} could not be written")


def close(session: Session, window: Window) -> None:
    """End a window and its worker, so that the next one starts from nothing."""
    session.shut_down()
    window.hide()
    window.deleteLater()
    QApplication.processEvents()


def note_fault(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Keep an exception that a slot raised; Qt would print it and go on."""
    faults.append("".join(traceback.format_exception(kind, error, where)))


if __name__ == "__main__":
    sys.exit(main())
