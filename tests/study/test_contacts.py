"""A call is recorded: what it tells counts at once, what it replaced stays, and who said so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from made_up_study import Values, made_up_study

from mirocals_desktop.analysis.endpoint import derive_endpoint
from mirocals_desktop.errors import AppError
from mirocals_desktop.study import ledger
from mirocals_desktop.study.contacts import Contact, read_contacts, record_contact
from mirocals_desktop.study.study import Study

PATIENTS: dict[str, Values] = {
    "001": {
        "randomisation_date": "2024-01-01",
        "last_contact_date": "2024-02-20",
        "vital_status": "lost",
    },
    "002": {"randomisation_date": "2024-01-01"},
    "003": {"randomisation_date": "2024-01-01", "death_date": "2024-03-01"},
    "004": {"randomisation_date": "2024-01-01", "vital_status": "dead"},
}


@pytest.fixture
def study() -> Iterator[Study]:
    with made_up_study(PATIENTS) as opened:
        yield opened


def outcome(study: Study, patient: str) -> tuple[str, float]:
    """How the patient's time stops, and when."""
    table = derive_endpoint(study.snapshot())
    place = table.patients.index(patient)
    return table.outcome[place], float(table.stop[place])


def test_that_a_call_with_a_living_patient_moves_the_last_contact(study: Study) -> None:
    assert outcome(study, "001") == ("unknown", 50)
    entry = record_contact(study, Contact("001", "alive", "2024-12-20", "call with the patient"))
    assert outcome(study, "001") == ("alive", 300)
    facts = study.snapshot().patients.loc["001"]
    assert facts["last_contact_date"] == "2024-12-20"
    assert facts["vital_status"] == "alive"
    written = study.entries()[-1]
    assert (written.number, written.kind, written.reason) == (entry, ledger.ENTERED, "call with the patient")
    history = study.history("001", "last_contact_date")
    assert history["text"].tolist() == ["2024-02-20", "2024-12-20"]
    assert history["replaces"].tolist()[1] == history["id"].tolist()[0]


def test_that_a_death_told_by_phone_becomes_an_event_and_can_be_taken_back(study: Study) -> None:
    entry = record_contact(study, Contact("002", "died", "2024-05-15", "call with the family"))
    assert outcome(study, "002") == ("event", 135)
    assert study.snapshot().patients.loc["002", "vital_status"] == "dead"
    study.withdraw(entry, "wrong patient")
    assert outcome(study, "002")[0] == "unknown"
    assert read_contacts(study) == []


def test_that_the_date_of_a_known_death_can_be_told_later_and_only_once(study: Study) -> None:
    record_contact(study, Contact("004", "died", "2024-06", "registry"))
    assert study.snapshot().patients.loc["004", "death_date"] == "2024-06"
    with pytest.raises(AppError, match="recorded as dead already"):
        record_contact(study, Contact("004", "died", "2024-06-12", "registry"))


def test_that_a_note_changes_no_value_and_is_read_back_with_its_writer(study: Study) -> None:
    before = study.snapshot().observations
    record_contact(study, Contact("002", "note", "2024-12-01", "call", "no answer, number no longer valid"))
    record_contact(study, Contact("001", "alive", "2024-12-20", "call with the patient"))
    assert len(study.snapshot().observations) == len(before)  # two values replace two
    found = read_contacts(study)
    assert [recorded.contact.patient for recorded in found] == ["001", "002"]
    assert found[1].contact.note.startswith("no answer")
    assert found[1].person == "Ada Tester"
    assert [r.contact.patient for r in read_contacts(study, as_of=found[1].entry)] == ["002"]


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        (Contact("009", "alive", "2024-12-20", "call"), "no patient 009"),
        (Contact("002", "alive", "2024-12-20", " "), "who or what told it"),
        (Contact("002", "alive", "2024-12", "call"), "no date of the calendar"),
        (Contact("002", "died", "2024-13-01", "call"), "no date of the calendar"),
        (Contact("002", "died", "2150-01-01", "call"), "in the future"),
        (Contact("002", "note", "2024-12-01", "call"), "note is empty"),
        (Contact("003", "alive", "2024-12-20", "call"), "recorded as dead"),
        (Contact("003", "died", "2024-12-20", "call"), "recorded as dead"),
        (Contact("001", "alive", "2024-02-20", "call"), "is recorded on 2024-02-20 already"),
    ],
)
def test_that_what_contradicts_or_tells_nothing_new_is_refused(
    study: Study, contact: Contact, words: str
) -> None:
    entries = len(study.entries())
    with pytest.raises(AppError, match=words):
        record_contact(study, contact)
    assert len(study.entries()) == entries
