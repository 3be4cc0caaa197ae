"""Queries and marks live in the ledger: numbered for good, as of any entry, withdrawn as anything is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mirocals_desktop.errors import AppError
from mirocals_desktop.study import ledger
from mirocals_desktop.study.queries import hide_numbers
from mirocals_desktop.study.study import Study
from tests.study.records import PASSPHRASE, create, create_blinded, frame, reopen, value

TREG = {"visit": "V4", "date": "2024-02-20", "file": "lab.xlsx", "sheet": "Treg", "cell": "F48"}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with create(tmp_path / "s.mirocals") as study:
        study.record(ledger.IMPORTED, observations=frame(value("P-1", "treg_percent", 82, **TREG)))
        yield study


def raise_one(study: Study, text: str = "Percent and count swapped?", **rest: object) -> int:
    step = {"patient": "P-1", "variable": "treg_percent", "visit": "V4", "observation": 1, "text": text}
    return study.review(ledger.QUERY_RAISED, [{**step, **rest}])


def test_that_a_query_keeps_the_value_and_the_cell_that_it_is_about(study: Study) -> None:
    raise_one(study, assigned="Site FR01", finding="swapped")
    (query,) = study.snapshot().reviews.queries
    assert (query.name, query.state, query.assigned, query.finding) == ("Q1", "open", "Site FR01", "swapped")
    assert (query.number, query.file, query.sheet, query.cell) == (82, "lab.xlsx", "Treg", "F48")
    assert (query.patient, query.visit, query.text) == ("P-1", "V4", "Percent and count swapped?")
    assert query.steps[0].person == "Ada Tester"
    assert not query.changed


def test_that_a_query_goes_from_open_over_answered_to_closed_and_back(study: Study) -> None:
    raise_one(study)
    states = []
    for kind, text in (
        (ledger.QUERY_ANSWERED, "Yes: 8.2"),
        (ledger.QUERY_CLOSED, "Corrected"),
        (ledger.QUERY_REOPENED, "The count is wrong too"),
        (ledger.QUERY_ASSIGNED, ""),
    ):
        study.review(kind, [{"query": 1, "text": text, "assigned": "B. Petit", "by": "C. Roux"}])
        states.append(study.snapshot().reviews.queries[0].state)
    assert states == ["answered", "closed", "open", "open"]
    query = study.snapshot().reviews.queries[0]
    assert query.answer is not None
    assert (query.answer.text, query.answer.by) == ("Yes: 8.2", "C. Roux")
    assert query.assigned == "B. Petit"
    entries = study.snapshot().entries
    assert entries["kind"].tolist()[2:] == [
        "query_raised",
        "query_answered",
        "query_closed",
        "query_reopened",
        "query_assigned",
    ]
    assert entries["summary"].iloc[-1] == "Q1 P-1 V4 treg_percent"
    assert entries["reason"].tolist()[4:6] == ["Corrected", "The count is wrong too"]


@pytest.mark.parametrize(
    ("kind", "step", "said"),
    [
        (ledger.QUERY_RAISED, {"patient": "P-1", "text": " "}, "needs a question"),
        (ledger.QUERY_ANSWERED, {"query": 1}, "An answer needs a text"),
        (ledger.QUERY_CLOSED, {"query": 1}, "needs a reason"),
        (ledger.QUERY_REOPENED, {"query": 1, "text": "again"}, "Q1 is not closed"),
        (ledger.QUERY_ASSIGNED, {"query": 1}, "to whom"),
        (ledger.QUERY_ANSWERED, {"query": 9, "text": "yes"}, "no query Q9"),
    ],
)
def test_that_an_act_that_cannot_be_is_refused_with_a_sentence(
    study: Study, kind: str, step: dict[str, object], said: str
) -> None:
    raise_one(study)
    before = study.head
    with pytest.raises(AppError, match=said):
        study.review(kind, [step])
    assert study.head == before, "nothing was written"


def test_that_a_closed_query_is_answered_by_nobody(study: Study) -> None:
    raise_one(study)
    study.review(ledger.QUERY_CLOSED, [{"query": 1, "text": "Fine as it is"}])
    with pytest.raises(AppError, match="Q1 is closed"):
        study.review(ledger.QUERY_ANSWERED, [{"query": 1, "text": "Late"}])


def test_that_a_correction_shows_that_the_value_of_a_query_has_changed(study: Study) -> None:
    raise_one(study)
    study.correct(1, reason="corrected by the laboratory", raw="8.2", number=8.2)
    study.correct(2, reason="once more", raw="8.4", number=8.4)
    query = study.snapshot().reviews.queries[0]
    assert query.changed
    assert (query.observation, query.current, query.number) == (1, 3, 82)
    assert study.snapshot().reviews.queries_on(patient="P-1", observation=3) == (query,)
    study.withdraw(2, "wrong file")
    assert study.snapshot().reviews.queries[0].current == 3, "what replaced it still stands"


def test_that_withdrawing_undoes_an_act_and_no_number_is_given_twice(study: Study) -> None:
    first = raise_one(study)
    closed = study.review(ledger.QUERY_CLOSED, [{"query": 1, "text": "No"}])
    study.withdraw(closed, "closed by mistake")
    assert study.snapshot().reviews.queries[0].state == "open"
    study.withdraw(first, "asked about the wrong patient")
    assert study.snapshot().reviews.queries == ()
    raise_one(study)
    assert [query.name for query in study.snapshot().reviews.queries] == ["Q2"]


def test_that_queries_are_seen_as_of_an_earlier_entry_and_survive_reopening(study: Study) -> None:
    raised = raise_one(study)
    study.review(ledger.QUERY_ANSWERED, [{"query": 1, "text": "Yes"}])
    assert study.snapshot(as_of=raised).reviews.queries[0].state == "open"
    assert study.snapshot(as_of=raised - 1).reviews.queries == ()
    before = study.snapshot().reviews.queries[0].steps
    study.close()
    with reopen(study.path) as again:
        assert again.snapshot().reviews.queries[0].steps == before
        assert again.verify().whole


def test_that_an_act_that_changes_no_value_leaves_the_frames_of_the_snapshot_alone(study: Study) -> None:
    before = study.snapshot()
    raise_one(study)
    after = study.snapshot()
    assert after.measurements is before.measurements
    assert (after.entry, len(after.entries), after.head) == (before.entry + 1, before.entry + 1, study.head)


def test_that_the_last_mark_of_a_value_a_visit_and_a_patient_counts(study: Study) -> None:
    places = ({"observation": 1, "variable": "treg_percent"}, {"visit": "V4"}, {})
    for place in places:
        for mark in ("to_check", "confirmed"):
            study.review(ledger.MARKED, [{"patient": "P-1", "mark": mark, **place}])
    reviews = study.snapshot().reviews
    assert len(reviews.marks) == 3
    for mark in (
        reviews.mark_on(patient="P-1", observation=1),
        reviews.mark_on(patient="P-1", visit="V4"),
        reviews.mark_on(patient="P-1"),
    ):
        assert mark is not None
        assert mark.mark == "confirmed"
    last = study.review(ledger.MARKED, [{"patient": "P-1", "mark": ""}])
    assert study.snapshot().reviews.mark_on(patient="P-1") is None
    study.withdraw(last, "still confirmed")
    assert study.snapshot().reviews.mark_on(patient="P-1") is not None
    study.correct(1, reason="corrected", raw="8.2", number=8.2)
    assert study.snapshot().reviews.mark_on(patient="P-1", observation=2) is None, "nobody saw the new value"


def test_that_many_queries_are_one_act(study: Study) -> None:
    steps = [{"patient": f"P-{number}", "text": "Please check"} for number in range(1, 9)]
    number = study.review(ledger.QUERY_RAISED, steps)
    snapshot = study.snapshot()
    assert [query.name for query in snapshot.reviews.queries] == [f"Q{n}" for n in range(1, 9)]
    assert snapshot.entries["summary"].iloc[number - 1].endswith("Q6 P-6 (+2)")


def test_that_a_query_of_a_blinded_study_holds_no_number_about_a_restricted_variable(tmp_path: Path) -> None:
    with create_blinded(tmp_path) as study:
        study.record(
            ledger.IMPORTED,
            observations=frame(
                value("P-1", "randomisation_date", "2024-01-10"),
                value("P-1", "treg_percent", 71.31, **TREG),
            ),
        )
        raise_one(study, "Is 71.31 % of 2024-02-20 at Cycle 2 (month 1) (V4) right for P-1?", observation=2)
        (query,) = study.snapshot().reviews.queries
        assert query.text == "Is (sealed) % of 2024-02-20 at Cycle 2 (month 1) (V4) right for P-1?"
        assert query.number != query.number
        study.review(ledger.QUERY_ANSWERED, [{"query": 1, "text": "It is 71,31", "by": "Site"}])
        study.review(ledger.QUERY_CLOSED, [{"query": 1, "text": "71.31 confirmed"}])
        study.unblind(tmp_path / "study.key", PASSPHRASE, "for the test")
        study.review(ledger.QUERY_RAISED, [{"patient": "P-1", "text": "Treg was 71.31"}])
        assert study.snapshot().reviews.queries[1].text == "Treg was (sealed)"
        raise_one(study, "Why so high?", observation=2)
        path = study.path
    content = path.read_bytes()  # no clock shows 71 seconds
    assert b"71.31" not in content
    assert b"71,31" not in content


def test_that_numbers_are_hidden_but_not_those_of_names_and_dates() -> None:
    said = hide_numbers("IL-6 at V2: <62,5 and 1 240 on 04/03/2024, see Q3", keep=["IL-6", "V2"])
    assert said == "IL-6 at V2: (sealed) and (sealed) on 04/03/2024, see Q3"
