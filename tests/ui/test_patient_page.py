"""The page of one patient over a real study: strips, table, and the way from one to the other."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from log_study import log_study
from made_up_study import Values, made_up_study
from marker_study import PNFH, TREG, marker_study
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_driver import Answers

from mirocals_desktop.protocol import codes
from mirocals_desktop.ui.pages.patient import PatientPage
from mirocals_desktop.ui.paper import Origin, lay_sideways, print_sheet
from mirocals_desktop.ui.patient_sheet import sheet_html
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.patient import ADVERSE, COURSE, DOMAINS, MEDICATION, SCORES, STAGES, Mark
from mirocals_desktop.ui.plots.patient_words import mark_sentence
from mirocals_desktop.ui.session import Filters, Session


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path) -> PatientPage:
    return shown(qtbot, session, marker_study(tmp_path))


def shown(qtbot: QtBot, session: Session, path: Path) -> PatientPage:
    session.open(path)
    qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy, timeout=60_000)
    page = PatientPage(session)
    qtbot.addWidget(page)
    page.resize(900, 1200)
    page.show()
    qtbot.waitUntil(lambda: not session.jobs.busy, timeout=60_000)
    return page


def layers(page: PatientPage, strip: str):
    return page.plot._strips[strip]._layers


def place(page: PatientPage, strip: str, x: float, y: float) -> QPoint:
    axes = page.plot._strips[strip]
    return QPoint(round(frame.across(axes.rect, page.plot.x_axis.range, x)), round(axes.down(axes.height(y))))


def point_at(page: PatientPage, strip: str, x: float, y: float) -> str:
    QTest.mouseMove(page.plot.view.viewport(), place(page, strip, x, y))
    return page.plot.sentence.sentence


def column(page: PatientPage, code: str) -> dict[int, str]:
    model = page.table.model
    number = [c.code for c in model.columns].index(code)
    return {model.key(row): model.cell_text(row, number) for row in range(model.rowCount())}


def test_that_the_first_patient_is_shown_when_nobody_is_selected(page: PatientPage) -> None:
    assert page.heading.text() == "Patient 001"
    assert page.facts.text() == "Active · FR01 · Completed · CSF pNFH low"
    assert page.place.text() == "1 of 3"
    assert not page.back.isEnabled()


def test_that_strips_show_what_was_measured_on_one_axis_of_days(page: PatientPage) -> None:
    assert layers(page, TREG)["value"].x.tolist() == [0, 92]
    assert layers(page, TREG)["value"].y.tolist() == [6, 12]
    assert layers(page, SCORES)["value"].y.tolist() == [42, 42]
    assert layers(page, DOMAINS)["value.bulbar"].y.tolist() == [12, 12]
    assert layers(page, DOMAINS)["value.respiratory"].y.tolist() == [12, 12]
    assert layers(page, COURSE)["dose"].x.tolist() == [1, 29]
    rects = [page.plot._strips[name].rect for name in page.plot._shown]
    assert len({rect.left() for rect in rects}) == 1
    assert all(above.bottom() <= below.top() for above, below in pairwise(rects))


def test_that_percent_and_count_never_share_an_axis(page: PatientPage) -> None:
    assert page.plot._strips[TREG] is not page.plot._strips["svc_percent"]
    assert page.plot._strips[TREG].title.startswith("treg percent")


def test_that_pnfh_is_logarithmic_with_its_class_limits_in_view(page: PatientPage) -> None:
    axes = page.plot._strips[PNFH]
    assert axes.log
    assert [guide.at for guide in axes.horizontal] == [750, 3700]
    assert axes.home[0] < axes.height(500)
    assert axes.home[1] > axes.height(3700)


def test_that_strips_are_as_high_as_their_letters_need(page: PatientPage) -> None:
    before = page.plot.minimumHeight()
    larger = page.font()
    larger.setPointSizeF(larger.pointSizeF() * 2)
    page.setFont(larger)
    assert page.plot.minimumHeight() > 1.8 * before


def test_that_the_horizon_and_death_run_through_all_strips(page: PatientPage) -> None:
    page.session.select(patient="003")
    first, *others = (page.plot._strips[name] for name in page.plot._shown)
    assert {(guide.key, guide.at, guide.text) for guide in first.vertical} == {
        ("origin", 0.0, ""),
        ("horizon", 300.0, "horizon 300"),
        ("event.death", 200.0, "Death 200"),
    }
    assert all({guide.at for guide in axes.vertical} == {0.0, 300.0, 200.0} for axes in others)


def test_that_adverse_events_are_bars_that_do_not_cover_each_other(page: PatientPage) -> None:
    events = page._record.adverse_events
    assert events.text == ("Fever", "Fall")
    assert events.lane.tolist() == [0, 1]
    assert events.serious.tolist() == [False, True]
    said = point_at(page, ADVERSE, 4, 2)
    assert said == "Fever · Mild · days 3 to 5"
    fall = "Fall · Severe · serious · from day 4, not over"
    assert [point_at(page, ADVERSE, day, 1) for day in (4, 60, 180)] == [fall] * 3


def test_that_the_pointer_says_what_it_is_on(page: PatientPage) -> None:
    assert point_at(page, TREG, 92, 12) == "treg percent · Month 3 · day 92 · 12.0 % · lab.xlsx, CSF, F8"
    assert point_at(page, COURSE, 29, 0) == "Dose · day 29"
    assert point_at(page, COURSE, 92, 1).startswith("Month 3 · Done in window · day 92 · planned 90")
    assert point_at(page, SCORES, 92, 42) == "Month 3 · day 92 · ALSFRS-R total 42"
    assert point_at(page, DOMAINS, 92, 9) == "day 92 · ALSFRS-R fine motor 9 of 12"


def test_that_between_values_the_pointer_says_what_was_last_known(page: PatientPage) -> None:
    said = point_at(page, TREG, 50, 11)
    assert said == "day 50 · ALSFRS-R total 42 · svc percent 90 % · treg percent 6.0 % · CSF pNFH 500 pg/mL"


def test_that_a_click_on_a_point_selects_its_observation_and_its_row(qtbot: QtBot, page: PatientPage) -> None:
    qtbot.mouseClick(page.plot.view.viewport(), Qt.MouseButton.LeftButton, pos=place(page, TREG, 92, 12))
    observation = page.session.selection.observation
    assert column(page, "cell")[observation] == "F8"
    assert page.table.current_key() == observation
    assert layers(page, TREG)["selected"].x.tolist() == [92]


def test_that_a_row_of_the_table_fills_the_selection_and_rings_its_point(page: PatientPage) -> None:
    key = next(key for key, cell in column(page, "cell").items() if cell == "F7")
    page.table.view.setCurrentIndex(page.table.model.index(page.table.model.row_of(key), 0))
    assert page.session.selection.observation == key
    assert (page.session.selection.variable, page.session.selection.visit) == (TREG, "BL")
    assert layers(page, TREG)["selected"].y.tolist() == [6]


def test_that_every_observation_of_the_patient_is_in_the_table(page: PatientPage) -> None:
    own = page.session.snapshot.observations
    own = own[own["patient"] == "001"]
    assert set(column(page, "cell")) == set(own["id"])
    page.session.select(patient="002")
    assert "<62.5 pg/mL" in column(page, "value").values()


def test_that_keys_go_to_the_next_patient_and_back(qtbot: QtBot, page: PatientPage) -> None:
    page.activateWindow()
    page.table.view.setFocus()
    qtbot.waitUntil(page.isActiveWindow)
    QTest.keyClick(page.table.view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert page.heading.text() == "Patient 002"
    QTest.keyClick(page.table.view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert page.heading.text() == "Patient 001"


def test_that_next_keeps_to_the_patients_that_the_filter_shows(page: PatientPage) -> None:
    page.session.set_filters(Filters(sites=frozenset({"UK01"})))
    page.session.select(patient="002")
    assert page.place.text() == "1 of 2"
    page.go(1)
    assert page.heading.text() == "Patient 003"
    assert not page.next.isEnabled()


def test_that_a_hidden_strip_stays_hidden_for_the_next_patient(page: PatientPage) -> None:
    action = next(a for a in page.strip_menu.actions() if a.objectName() == f"patient.strips.{SCORES}")
    action.setChecked(False)
    page.session.select(patient="002")
    assert SCORES not in page.plot._shown
    assert not page.plot._strips[SCORES].box.isVisible()
    assert TREG in page.plot._shown


def test_that_sealed_values_are_shown_as_received_and_nothing_more(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    page = shown(qtbot, session, marker_study(tmp_path, blinded=True))
    assert page.facts.text() == "FR01 · Completed · CSF pNFH low"
    treg = layers(page, TREG)
    assert treg["value"].y.tolist() == [6]
    assert treg["sealed"].x.tolist() == [92]
    level = float(treg["sealed"].y[0])
    assert level < 6, "the mark of a sealed value stands below what is known, whatever it is"
    said = point_at(page, TREG, 92, level)
    assert "received, sealed" in said
    assert "12" not in said.replace("F12", "")
    assert all("12" not in text for text in column(page, "value").values())
    session.select(patient="002")
    other = layers(page, TREG)
    assert other["sealed"].x.tolist() == [90]


def test_that_a_study_without_patients_shown_says_so(page: PatientPage) -> None:
    page.session.set_filters(Filters(text="nobody"))
    page._record = None
    page._show_patient()
    assert page.plot.empty_text.startswith("No patient is shown.")


COURSE_PATIENTS: dict[str, Values] = {
    "001": {
        "randomisation_date": "2024-01-01",
        "onset_date": "2023-01-01",
        "gastrostomy_date": "2024-12-01",
    }
}


def test_that_the_course_is_told_and_drawn_from_onset_to_now(
    qtbot: QtBot, session: Session, tmp_path: Path, answers: Answers
) -> None:
    with made_up_study(
        COURSE_PATIENTS,
        visits=[
            ("001", "BL", "2024-01-01", {"alsfrs_r_total": 42}),
            ("001", "M3", "2024-04-01", {"alsfrs_r_total": 38}),
            ("001", "M6", "2024-07-01", {"alsfrs_r_total": 37}),
        ],
        folder=tmp_path,
    ) as study:
        path = study.path
    page = shown(qtbot, session, path)
    # R: d <- c(0, 91, 182) / 30.4375; m <- lm(c(42, 38, 37) ~ d); coef(m); confint(m)
    slope = "−0.84 a month (−4.52 to 2.84)"
    said = page.course.text()
    assert f"ALSFRS-R slope {slope}; from day 0 on {slope}" in said
    assert "Progression rate 0.50 a month (intermediate) on day 0" in said
    low = page.plot.x_axis.range[0]
    assert low < -365
    page.onset.setChecked(False)
    assert page.plot.x_axis.range[0] > -100
    line = layers(page, SCORES)["slope.after"]
    assert line.y.tolist() == pytest.approx([41.5, 36.5])
    windows = layers(page, COURSE)["windows"]
    assert windows.drawn
    answers.target = tmp_path / "patient.pdf"
    page.pdf.click()
    qtbot.waitUntil(answers.target.exists, timeout=60_000)
    qtbot.waitUntil(lambda: not session.jobs.busy, timeout=60_000)
    written = answers.target.read_bytes()
    assert written.startswith(b"%PDF")
    assert b"/Subtype /Image" not in written  # strips and their dots are strokes, at any size
    assert b"/FontFile2" in written
    assert written.count(b"/Type /Page\n") == 1
    assert session.snapshot is not None
    paper = QTextDocument()
    paper.setHtml(sheet_html(session.snapshot, "Patient 001", [said]))
    assert "SYNTHETIC" in paper.toPlainText()
    ink = paper.firstBlock().begin().fragment().charFormat().foreground()
    assert ink.color().name() == "#1f2933", "dark letters, in a dark window too"
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    sheet = page.on_paper()
    lay_sideways(sheet, printer)
    assert sheet.title == "Patient 001"
    assert print_sheet(sheet, printer, Origin()) >= 1
    assert (tmp_path / "printed.pdf").read_bytes().startswith(b"%PDF")


def test_that_stages_and_medication_are_drawn_and_told(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    items = {code: 4.0 for code in codes.ALSFRS_R_ITEMS if code != "alsfrs_r_5b"}
    later = {**items, "alsfrs_r_8": 1.0}
    with log_study(
        {"001": {"randomisation_date": "2024-01-01", "death_date": "2024-09-01"}},
        [
            ("001", {"medication_name": "Riluzole", "medication_start_date": "2023-10-01"}),
            (
                "001",
                {
                    "medication_name": "Baclofen",
                    "medication_start_date": "2024-02-01",
                    "medication_end_date": "2024-03-02",
                },
            ),
        ],
        visits=[("001", "V2", "2024-01-01", items), ("001", "V6", "2024-03-26", later)],
        folder=tmp_path,
    ) as study:
        path = study.path  # fmt: skip
    page = shown(qtbot, session, path)
    assert "King’s 1 by day 85; death on day 244" in page.course.text()
    kings = layers(page, STAGES)["kings"]
    assert kings.x.tolist() == [0, 85]
    assert layers(page, STAGES)["line.kings"].y.max() > 5
    # What began before the axis does is found at its beginning.
    assert page.plot.x_axis.limits is not None
    begins = page.plot.x_axis.limits[0]
    assert layers(page, MEDICATION)["medication"].x.tolist() == pytest.approx([begins, 31])
    record = page._record
    assert record is not None
    assert mark_sentence(record, Mark(MEDICATION, "medication", 1, 0)) == "Baclofen · days 31 to 61"
    assert mark_sentence(record, Mark(MEDICATION, "medication", 0, 0)) == "Riluzole · from day −92, not over"
    assert mark_sentence(record, Mark(STAGES, "kings", 1, 0)) == "day 85 · King’s stage 1"
    assert mark_sentence(record, Mark(STAGES, "mitos", 1, 0)) == "day 85 · MiToS stage 1"
