"""Enrolment against a plan that the study keeps."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from made_up_study import made_up_study
from pytestqt.qtbot import QtBot
from window_driver import dialog, nameless, press, text_of, write

from mirocals_desktop.errors import AppError
from mirocals_desktop.study.enrolment_plan import EnrolmentPlan, read_plan, record_plan
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.session import Session


def test_that_the_plan_is_a_straight_line_between_its_days() -> None:
    plan = EnrolmentPlan(100, "2024-01-01", "2024-04-09")  # a hundred days, one patient a day
    assert plan.planned_by(date(2023, 12, 31)) == 0
    assert plan.planned_by(date(2024, 1, 1)) == pytest.approx(1)
    assert plan.planned_by(date(2024, 2, 19)) == pytest.approx(50)
    assert plan.planned_by(date(2025, 1, 1)) == 100


def test_that_a_later_plan_takes_the_place_of_an_earlier_one_and_can_be_taken_back() -> None:
    with made_up_study({"001": {"randomisation_date": "2024-01-01"}}) as study:
        assert read_plan(study) is None
        first = EnrolmentPlan(10, "2024-01-01", "2024-12-31")
        record_plan(study, first)
        entry = record_plan(study, EnrolmentPlan(20, "2024-01-01", "2024-12-31"))
        assert read_plan(study) == EnrolmentPlan(20, "2024-01-01", "2024-12-31")
        study.withdraw(entry, "wrong number")
        assert read_plan(study) == first
        assert study.entries()[-2].summary.startswith("enrolment_plan = 20")
        for wrong in (
            EnrolmentPlan(0, "2024-01-01", "2024-12-31"),
            EnrolmentPlan(5, "2024-01-01", "2024-01-01"),
        ):
            with pytest.raises(AppError):
                record_plan(study, wrong)


def test_that_a_plan_is_set_on_the_overview_and_enrolment_read_against_it(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    patients = {f"{n:03}": {"randomisation_date": f"2024-0{n}-01"} for n in range(1, 4)}
    with made_up_study(patients, folder=tmp_path) as study:
        path = study.path
    with qtbot.waitSignal(session.study_changed, timeout=30_000):
        session.open(path)
    page = OverviewPage(session)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    qtbot.waitUntil(lambda: not session.jobs.busy and page._overview is not None, timeout=30_000)
    assert page.plan.text() == "Set a plan of enrolment"
    press(page, "overview.plan")
    box = dialog("enrolment_plan")
    assert nameless(box) == []
    box.patients.setValue(10)  # type: ignore[attr-defined]
    write(box, "enrolment_plan.first", "01/01/2024")
    write(box, "enrolment_plan.last", "31/12/2023")
    press(box, "enrolment_plan.act")
    assert "must end after it begins" in text_of(box, "enrolment_plan.problem")
    write(box, "enrolment_plan.last", "31/12/2024")
    press(box, "enrolment_plan.act")
    qtbot.waitUntil(lambda: not session.jobs.busy and "planned" in page.plan.text(), timeout=30_000)
    assert page.plan.text() == "3 randomised of 10 planned by 1 Jan 2025"
    # By 1 March, day 61 of 366: 10 x 61/366.
    assert page.enrolment.sentence_at(2) == "By 1 Mar 2024: 3 randomised, 3 screened, 2 planned"
