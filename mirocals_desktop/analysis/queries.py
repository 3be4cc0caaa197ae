"""The open queries of a study by their age."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from mirocals_desktop.study.ledger import QUERY_CLOSED
from mirocals_desktop.study.queries import Query
from mirocals_desktop.study.snapshot import Snapshot

AGES: Final = ((0, 7), (8, 30), (31, None))
"""Ages in days that open queries are counted by, the last without an end."""


@dataclass(frozen=True)
class OpenQueries:
    """The queries that are not closed: in each class of `AGES` the ids, and the age of the oldest in days."""

    by_age: tuple[tuple[int, ...], ...]
    unanswered: tuple[int, ...]
    answered: tuple[int, ...]
    oldest_days: int

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.unanswered) + len(self.answered)


def count_open_queries(
    snapshot: Snapshot, *, patients: Collection[str] | None = None, on: date | None = None
) -> OpenQueries:
    """The queries of these patients (all) that are not closed, by their age `on` a day (today).

    Age counts from the day that a query was raised, in UTC.
    """
    wanted = None if patients is None else frozenset(patients)
    open_ = [
        query
        for query in snapshot.reviews.queries
        if query.state != "closed" and (wanted is None or query.patient in wanted)
    ]
    ages = {query.id: age_in_days(query, on=on) for query in open_}
    by_age = tuple(
        tuple(id_ for id_, age in ages.items() if age >= low and (high is None or age <= high))
        for low, high in AGES
    )
    return OpenQueries(
        by_age,
        tuple(query.id for query in open_ if query.state == "open"),
        tuple(query.id for query in open_ if query.state == "answered"),
        max(ages.values(), default=0),
    )


def age_in_days(query: Query, *, on: date | None = None) -> int:
    """Days since a query was raised, up to the day that it was closed, else to `on` (today, UTC)."""
    end = on or datetime.now(UTC).date()
    if query.state == "closed":
        closed = [step.at_utc for step in query.steps if step.kind == QUERY_CLOSED]
        end = date.fromisoformat(closed[-1][:10])
    return max((end - date.fromisoformat(query.steps[0].at_utc[:10])).days, 0)
