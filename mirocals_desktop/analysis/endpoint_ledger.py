"""The ledger of the endpoint: how each patient's time stops, on what evidence, and what an answer could move.

What could be asked today is: was the patient free of the endpoint up to today, or did it happen right after
the last contact? The two answers give two survivals at the horizon; their distance is the patient's leverage.
Each is the Kaplan-Meier estimate of all patients with this one time changed, found without estimating anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.endpoint import EndpointTable, derive_endpoint
from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve, estimate_curve
from mirocals_desktop.analysis.times import Flags, Floats, build_times
from mirocals_desktop.errors import AppError
from mirocals_desktop.study.snapshot import Snapshot

_RANK: Final = {"unknown": 0, "censored": 1, "in_follow_up": 2, "alive": 3, "event": 4}
"""The order of the ledger: who is to be called, who may be, then who is answered."""

COLUMNS: Final = (
    "outcome",
    "why",
    "stop",
    "contact",
    "contact_from",
    "contact_visit",
    "if_event",
    "if_free",
    "leverage",
)


@dataclass(frozen=True, eq=False)
class EndpointLedger:
    """Every patient whose time can be told, those first whose answer could move the result most.

    `rows` has one row per patient (index) with the columns: `outcome` (a code of `endpoint.OUTCOMES`), `why`
    (a sentence), `stop` (days), `contact` (the day last known alive, datetime64), `contact_from` and
    `contact_visit` (its evidence, as in `derive_statuses`), `if_event` and `if_free` (the survival of all at
    the horizon, had the patient had the endpoint right after the last contact, or none up to today) and
    `leverage` (their distance): NaN for who is answered, and without a horizon.

    `survival` is that of all patients at the horizon now, `lowest` and `highest` what it would be with every
    unknown patient one way or the other; None where it cannot be told. `curve` is the curve of all, `table`
    what it is made from; both None where the study's endpoint or origin cannot be used.
    """

    rows: pd.DataFrame
    table: EndpointTable | None
    curve: SurvivalCurve | None
    survival: float | None
    lowest: float | None
    highest: float | None
    why_not: str = ""

    def narrowed(self, patients: pd.Index[str]) -> EndpointLedger:
        """The rows of some of the patients; what all patients give stays."""
        return EndpointLedger(
            self.rows[self.rows.index.isin(patients)],
            self.table,
            self.curve,
            self.survival,
            self.lowest,
            self.highest,
            self.why_not,
        )

    def settled(self, patient: str, day: float, *, event: bool) -> float | None:
        """The survival of all at the horizon if this patient's time stopped on `day`, by the event or not.

        The day is cut at the horizon. None where it cannot be told, such as for a patient without a time.
        """
        table = self.table
        if table is None or table.horizon is None or patient not in table.patients or day < 0:
            return None
        place = table.patients.index(patient)
        days, events = table.stop.copy(), table.event.copy()
        days[place] = min(day, float(table.horizon))
        events[place] = event and day <= table.horizon
        return _survival(table, days, events)


def derive_endpoint_ledger(snapshot: Snapshot, statuses: pd.DataFrame) -> EndpointLedger:
    """The ledger of a study by its own endpoint, origin and horizon, from `derive_statuses`."""
    try:
        table = derive_endpoint(snapshot)
    except AppError as error:
        nothing = pd.DataFrame({name: [] for name in COLUMNS}, index=pd.Index([], dtype=object))
        return EndpointLedger(nothing, None, None, None, None, None, str(error))
    own = statuses.reindex(list(table.patients))
    today = own["today_day"].to_numpy(dtype=np.float64)
    rule = snapshot.protocol.endpoint(table.endpoint)
    if_event, if_free = _answers(table, today, death_counts=rule is not None and "death" in rule.events)
    rows = pd.DataFrame(
        {
            "outcome": list(table.outcome),
            "why": list(table.why),
            "stop": table.stop,
            "contact": own["last_contact"].to_numpy(dtype="datetime64[D]"),
            "contact_from": own["last_contact_from"].to_numpy(dtype=object),
            "contact_visit": own["last_contact_visit"].to_numpy(dtype=object),
            "if_event": if_event,
            "if_free": if_free,
            "leverage": np.abs(if_free - if_event),
        },
        index=pd.Index(table.patients, dtype=object),
    )
    rank = rows["outcome"].map(_RANK).to_numpy(dtype=np.int64)
    order = np.lexsort((np.arange(len(rows)), -np.nan_to_num(rows["leverage"].to_numpy(), nan=-1.0), rank))
    unknown = np.array([outcome == "unknown" for outcome in table.outcome], dtype=np.bool_)
    survival = lowest = highest = None
    if table.horizon is not None and len(table.patients):
        survival = _survival(table, table.stop, table.event)
        lowest = _survival(table, table.stop, table.event | unknown)
        days = np.where(unknown, float(table.horizon), table.stop)
        highest = _survival(table, days, table.event | (unknown & table.undated))
    curve = None
    if len(table.patients):
        curve = estimate_curve(build_times(table.stop, table.event, entry=table.entry))
    return EndpointLedger(rows.iloc[order], table, curve, survival, lowest, highest)


def _survival(table: EndpointTable, days: Floats, events: Flags) -> float | None:
    assert table.horizon is not None
    return estimate_curve(build_times(days, events, entry=table.entry)).survival_at(float(table.horizon))[0]


def _answers(table: EndpointTable, today: Floats, *, death_counts: bool) -> tuple[Floats, Floats]:
    """For each patient the survival at the horizon after either answer; NaN where nothing is to be asked.

    With d events among n at risk on each day, S is the product of 1 - d/n. An event of patient i on the day
    t the time stopped makes the factor of t 1 - (d + 1)/n. Time free of it up to a > t makes every factor in
    (t, a] 1 - d/(n + 1). Products from the start and from the end give both at once.
    """
    nothing = np.full(len(table.patients), np.nan)
    if table.horizon is None or not len(table.patients):
        return nothing, nothing
    horizon = float(table.horizon)
    open_ones = np.array(
        [
            outcome in ("unknown", "in_follow_up") or (outcome == "censored" and not cause)
            for outcome, cause in zip(table.outcome, table.cause, strict=True)
        ],
        dtype=np.bool_,
    )
    curve = estimate_curve(build_times(table.stop, table.event, entry=table.entry))
    if curve.survival_at(horizon)[0] is None and not bool((today[open_ones] >= horizon).any()):
        return nothing, nothing  # nobody was followed so far, and no answer can reach it
    days, at_risk = curve.days, curve.at_risk.astype(np.float64)
    events = curve.events.astype(np.float64)
    now, longer = 1 - events / at_risk, 1 - events / (at_risk + 1)
    until = np.concatenate(([1.0], np.cumprod(now)))  # product over the first k days
    until_longer = np.concatenate(([1.0], np.cumprod(longer)))
    after = np.concatenate((np.cumprod(now[::-1])[::-1], [1.0]))  # product over the days from k on
    place = np.searchsorted(days, table.stop)
    reached = np.fmin(np.fmax(today, table.stop), horizon)
    upto = np.searchsorted(days, reached, side="right")
    own = 1 - (events[place] + 1) / at_risk[place]
    if_event = until[place] * (own if death_counts else now[place]) * after[place + 1]
    if_free = until[place + 1] * until_longer[upto] / until_longer[place + 1] * after[upto]
    for row in np.flatnonzero(open_ones & table.undated):  # known dead: at best on the horizon itself
        settled, died = table.stop.copy(), table.event.copy()
        settled[row], died[row] = horizon, True
        found = _survival(table, settled, died)
        if_free[row] = np.nan if found is None else found
    return np.where(open_ones, if_event, np.nan), np.where(open_ones, if_free, np.nan)
