"""Remembering what was derived from a snapshot, which never changes: several pages ask for the same."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import TypeVar
from weakref import WeakKeyDictionary

from mirocals_desktop.study.snapshot import Snapshot

T = TypeVar("T")


def once(derive: Callable[[Snapshot], T]) -> Callable[[Snapshot], T]:
    """`derive`, worked out when it is first asked of a snapshot, and anew when the day has changed meanwhile.

    Everybody gets the same result: it must not be changed.
    """
    known: WeakKeyDictionary[Snapshot, tuple[date, T]] = WeakKeyDictionary()

    @functools.wraps(derive)
    def derived(snapshot: Snapshot) -> T:
        today = snapshot.today()
        found = known.get(snapshot)
        if found is None or found[0] != today:
            found = known[snapshot] = (today, derive(snapshot))
        return found[1]

    return derived
