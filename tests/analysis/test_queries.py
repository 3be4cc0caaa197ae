"""Open queries by age: what the overview counts and the list shows."""

from __future__ import annotations

from datetime import date, timedelta

from made_up_study import made_up_study

from mirocals_desktop.analysis.queries import AGES, age_in_days, count_open_queries
from mirocals_desktop.study import ledger

FACTS = {"randomisation_date": "2024-01-01"}


def test_that_open_queries_are_counted_by_age_and_closed_ones_are_not() -> None:
    with made_up_study(dict.fromkeys(("001", "002", "003"), FACTS)) as study:
        study.review(ledger.QUERY_RAISED, [{"patient": name, "text": "?"} for name in ("001", "002", "003")])
        study.review(ledger.QUERY_ANSWERED, [{"query": 2, "text": "yes"}])
        study.review(ledger.QUERY_CLOSED, [{"query": 3, "text": "settled"}])
        snapshot = study.snapshot()
        today = date.fromisoformat(study.entries()[-1].at_utc[:10])
    for days, place in ((0, 0), (7, 0), (8, 1), (30, 1), (31, 2), (400, 2)):
        found = count_open_queries(snapshot, on=today + timedelta(days=days))
        assert found.count == 2
        assert (found.unanswered, found.answered) == ((1,), (2,))
        assert [len(ids) for ids in found.by_age] == [2 * (index == place) for index in range(len(AGES))]
        assert found.oldest_days == days
    assert count_open_queries(snapshot, patients=["002"]).unanswered == ()
    later = today + timedelta(days=90)
    assert age_in_days(snapshot.reviews.queries[2], on=later) == 0, "a closed query grows no older"
