"""The ledger of the endpoint against products written by hand, and against estimating anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_study import Values, made_up

from mirocals_desktop.analysis.endpoint_ledger import EndpointLedger, derive_endpoint_ledger
from mirocals_desktop.analysis.patient_status import derive_statuses

# The data speak of 2025-01-01, the horizon is 300 days. Day 0 of everybody is 2024-01-01 (day 366 is today)
# but of 006, who was randomised 92 days ago.
DAY_0 = {"randomisation_date": "2024-01-01"}
PATIENTS: dict[str, Values] = {
    "001": {**DAY_0, "death_date": "2024-04-10"},  # day 100
    "002": {**DAY_0, "last_contact_date": "2024-12-01"},  # seen after the horizon
    "003": {**DAY_0, "last_contact_date": "2024-02-20"},  # day 50, then nothing: unknown
    "004": {**DAY_0, "last_contact_date": "2024-07-19"},  # day 200, then nothing: unknown
    "005": {**DAY_0, "death_date": "2024-08-28"},  # day 240
    "006": {"randomisation_date": "2024-10-01", "last_contact_date": "2024-11-20"},  # day 50, in follow-up
}


def ledger_of(patients: dict[str, Values], **rest: object) -> EndpointLedger:
    study = made_up(patients, **rest)
    return derive_endpoint_ledger(study, derive_statuses(study))


def test_that_every_randomised_patient_is_classed_with_evidence() -> None:
    rows = ledger_of(PATIENTS).rows
    assert rows["outcome"].to_dict() == {
        "003": "unknown",
        "004": "unknown",
        "006": "in_follow_up",
        "002": "alive",
        "001": "event",
        "005": "event",
    }
    assert str(rows.loc["003", "contact"])[:10] == "2024-02-20"
    assert rows.loc["003", "contact_from"] == "last_contact_date"
    assert rows.loc["003", "why"] == "no contact after day 50"


def test_that_the_survivals_of_each_answer_are_those_computed_by_hand() -> None:
    ledger = ledger_of(PATIENTS)
    # At risk: 6 on day 50, then 4 (003 and 006 left) on day 100, 3 on day 200, 2 on day 240.
    assert ledger.survival == pytest.approx((3 / 4) * (1 / 2))
    # 003 dead on day 50: 5/6 first. Alive to day 300: one more at risk on days 100 and 240.
    assert ledger.rows.loc["003", "if_event"] == pytest.approx((5 / 6) * (3 / 4) * (1 / 2))
    assert ledger.rows.loc["003", "if_free"] == pytest.approx((4 / 5) * (2 / 3))
    # 004 dead on day 200: 2/3. Alive: one more at risk on day 240.
    assert ledger.rows.loc["004", "if_event"] == pytest.approx((3 / 4) * (2 / 3) * (1 / 2))
    assert ledger.rows.loc["004", "if_free"] == pytest.approx((3 / 4) * (2 / 3))
    # 006 can only be known free of it up to today, day 92: no day of an event is reached.
    assert ledger.rows.loc["006", "if_free"] == pytest.approx((3 / 4) * (1 / 2))
    assert ledger.rows.loc["004", "leverage"] == pytest.approx((3 / 4) * (2 / 3) * (1 / 2))
    # Both unknown dead; both alive at the horizon.
    assert ledger.lowest == pytest.approx((5 / 6) * (3 / 4) * (2 / 3) * (1 / 2))
    assert ledger.highest == pytest.approx((4 / 5) * (3 / 4))


def test_that_whoever_could_move_the_result_most_is_called_first() -> None:
    rows = ledger_of(PATIENTS).rows
    assert rows.index.tolist() == ["004", "003", "006", "002", "001", "005"]
    unknown = rows["leverage"].to_numpy()[:2]
    assert unknown[0] > unknown[1]
    assert np.isnan(rows.loc[["001", "002", "005"], "leverage"]).all()


def test_that_an_answer_gives_the_survival_that_the_ledger_promised() -> None:
    ledger = ledger_of(PATIENTS)
    for patient in ("003", "004"):
        stop = float(ledger.rows.loc[patient, "stop"])
        assert ledger.settled(patient, stop, event=True) == pytest.approx(
            ledger.rows.loc[patient, "if_event"]
        )
        assert ledger.settled(patient, 366, event=False) == pytest.approx(ledger.rows.loc[patient, "if_free"])
    assert ledger.settled("003", 301, event=True) == pytest.approx(ledger.rows.loc["003", "if_free"])
    assert ledger.settled("999", 10, event=True) is None
    dead = {**PATIENTS, "003": {**DAY_0, "death_date": "2024-03-01"}}
    assert ledger_of(dead).survival == pytest.approx(ledger.settled("003", 60, event=True))


def test_that_a_death_without_its_date_can_at_best_be_on_the_horizon() -> None:
    ledger = ledger_of({**PATIENTS, "003": {**PATIENTS["003"], "vital_status": "dead"}})
    # Dead on day 300 beside 002 and itself: 4/5 and 2/3, then one of two.
    assert ledger.rows.loc["003", "if_free"] == pytest.approx((4 / 5) * (2 / 3) * (1 / 2))


def test_that_without_horizon_or_patients_nothing_is_to_be_asked() -> None:
    without = ledger_of(PATIENTS, horizon=None)
    assert without.survival is None
    assert without.rows["leverage"].isna().all()
    nobody = ledger_of({"001": {"consent_date": "2024-01-01"}})
    assert len(nobody.rows) == 0
    assert nobody.curve is None


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 320), st.sampled_from(["dead", "lost", "alive"])), min_size=1, max_size=9
    )
)
def test_that_the_quick_products_equal_estimating_anew(patients: list[tuple[int, str]]) -> None:
    facts: dict[str, Values] = {}
    for number, (day, fate) in enumerate(patients):
        when = str(np.datetime64("2024-01-01") + np.timedelta64(day, "D"))
        known = {"death_date": when} if fate == "dead" else {"last_contact_date": when}
        facts[f"{number:03d}"] = {**DAY_0, **known}
    ledger = ledger_of(facts)
    for patient, row in ledger.rows[ledger.rows["outcome"] == "unknown"].iterrows():
        dead, alive = (
            ledger.settled(str(patient), row["stop"], event=True),
            ledger.settled(str(patient), 366, event=False),
        )
        assert alive == pytest.approx(row["if_free"])
        if dead is not None:  # else nobody is followed to the horizon any more
            assert dead == pytest.approx(row["if_event"])
