"""From a study to survival times: when each patient's time starts and stops, whether by the event, and why.

Vital status that is not known is never "alive": a patient not known to have the event and without contact on
or after the horizon is *unknown*, counted beside the curve and censored at the last contact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.calendar_days import (
    CalendarDays,
    as_day,
    as_text,
    day_numbers,
    read_days,
    read_first_days,
    read_last_days,
)
from mirocals_desktop.analysis.patient_status import derive_statuses
from mirocals_desktop.analysis.times import Flags, Floats
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import N_, _, ngettext
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

Outcome = Literal["event", "alive", "censored", "unknown", "in_follow_up"]

OUTCOMES: Final[dict[Outcome, str]] = {
    "event": N_("Event"),
    "alive": N_("Known without it at the horizon"),
    "censored": N_("Censored early"),
    "unknown": N_("Unknown"),
    "in_follow_up": N_("In follow-up"),
}
"""How a patient's time stops, in the order of the ledger, with English names."""

STUDY_HORIZON: Final = "study"
"""Asks for the horizon that the study's options name."""

Horizon = int | Literal["study"] | None

_LOST: Final = "lost"
_USUAL: Final = ("", codes.ALIVE, codes.DEAD, _LOST)


@dataclass(frozen=True, eq=False)
class EndpointTable:
    """One item per patient whose time can be told, in the study's order.

    `stop` is the day on which time stops, cut at the horizon; `event` whether the endpoint stopped it;
    `entry` the day from which a patient could be seen to have it, where the origin lies before randomisation
    (else None). `cause` is the code of the event that stopped time, "" for none; `why` a translated sentence;
    `last_contact` the day last known alive, not cut; `undated` marks the dead without a date of death.
    `left_out` are patients without usable time, and why.
    """

    endpoint: str
    endpoint_label: str
    origin: str
    origin_label: str
    horizon: int | None
    patients: tuple[str, ...]
    stop: Floats
    event: Flags
    entry: Floats | None
    outcome: tuple[Outcome, ...]
    why: tuple[str, ...]
    cause: tuple[str, ...]
    last_contact: Floats
    undated: Flags
    start_date: tuple[str, ...]
    stop_date: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def count(self, outcome: Outcome) -> int:
        """How many patients' time stops this way."""
        return sum(found == outcome for found in self.outcome)

    @property
    def unknown_deaths(self) -> int:
        """How many of unknown status are known to have died, on a day that nobody recorded."""
        pairs = zip(self.outcome, self.undated.tolist(), strict=True)
        return sum(found == "unknown" and undated for found, undated in pairs)


def outcome_name(outcome: Outcome) -> str:
    """The translated name of a way in which time stops."""
    return _(OUTCOMES[outcome])


def derive_endpoint(
    snapshot: Snapshot,
    *,
    endpoint: str = "",
    origin: str = "",
    horizon: Horizon = STUDY_HORIZON,
    patients: Sequence[str] | None = None,
) -> EndpointTable:
    """When each randomised patient's time stops, by an endpoint rule, from an origin, up to a horizon.

    Empty `endpoint` and `origin` are those of the study's options. `patients` narrows the set, as does
    the list of those excluded from analysis. Raises `AppError` for a rule or date the protocol lacks.
    """
    rule = snapshot.protocol.endpoint(endpoint or snapshot.options.endpoint)
    if rule is None:
        raise AppError(
            _("The protocol has no endpoint “{code}”.").format(code=endpoint or snapshot.options.endpoint),
            hint=_("Its endpoints are: {codes}.").format(
                codes=", ".join(e.code for e in snapshot.protocol.endpoints)
            ),
        )
    start_code = origin or snapshot.options.origin
    start_variable = snapshot.protocol.variable(start_code)
    if start_variable is None or start_variable.kind != "date":
        raise AppError(_("The time origin “{code}” is not a date of the protocol.").format(code=start_code))
    limit = snapshot.options.horizon_days if horizon == STUDY_HORIZON else horizon
    options = replace(snapshot.options, origin=start_code, horizon_days=limit)
    # The very same snapshot where it says so already: of that the statuses are known.
    status = derive_statuses(snapshot if options == snapshot.options else replace(snapshot, options=options))
    excluded = frozenset(snapshot.options.excluded)
    wanted = status["randomised"].to_numpy(dtype=bool) & ~status.index.isin(excluded)
    if patients is not None:
        wanted &= status.index.isin(list(patients))
    status = status[wanted]
    ids = tuple(str(patient) for patient in status.index)
    today = as_day(snapshot.today())

    start_text = _texts(snapshot, start_code, ids)
    start = read_days(start_text)
    contact = status["last_contact"].to_numpy(dtype="datetime64[D]")
    recorded = status["recorded_contact"].to_numpy(dtype="datetime64[D]")
    recorded = np.where(np.isnat(recorded), contact, recorded)
    end = np.full(len(ids), np.datetime64("NaT"), dtype="datetime64[D]")
    cause = np.full(len(ids), "", dtype=object)
    rough = np.zeros(len(ids), dtype=bool)
    undated = np.zeros(len(ids), dtype=bool)
    for code in dict.fromkeys((*rule.events, "death")):  # death ends the time also of a rule that lacks it
        days, imprecise = _event_days(snapshot, code, ids, contact)
        if code == "death":
            undated = _dead(snapshot, ids) & np.isnat(days)
        sooner = (days <= today) & (np.isnat(end) | (days < end))
        end[sooner], cause[sooner], rough[sooner] = days[sooner], code, imprecise[sooner]

    stop_day, contact_day = day_numbers(end, start), day_numbers(contact, start)
    recorded_day = day_numbers(recorded, start)
    today_day = day_numbers(np.full(len(ids), today, dtype="datetime64[D]"), start)
    vital = _texts(snapshot, codes.VITAL_STATUS, ids)
    withdrew = ~np.isnat(status["withdrawal"].to_numpy(dtype="datetime64[D]"))
    variable = snapshot.protocol.variable(codes.VITAL_STATUS)
    statuses = {choice.code: str(choice.label) for choice in variable.choices} if variable else {}

    kept: list[int] = []
    left_out: list[tuple[str, str]] = []
    stops: list[tuple[float, Outcome, str]] = []
    for i, patient in enumerate(ids):
        if np.isnat(start[i]):
            reason = _("no date of {origin}") if not start_text[i] else _("{origin} lacks its day")
            left_out.append((patient, reason.format(origin=start_variable.label)))
        elif stop_day[i] < 0:
            left_out.append((patient, _("the event was before {origin}").format(origin=start_variable.label)))
        else:
            facts = _Facts(
                event_day=float(stop_day[i]),
                event=_event_name(snapshot, cause[i]),
                counts=cause[i] in rule.events,
                seen=float(contact_day[i]),
                last_contact=float(recorded_day[i]),
                today=float(today_day[i]),
                dead_undated=bool(undated[i]),
                withdrew=bool(withdrew[i]),
                lost=vital[i] == _LOST,
                other_status="" if vital[i] in _USUAL else statuses.get(vital[i], vital[i]),
            )
            kept.append(i)
            stops.append(_stop(facts, limit))

    rows = np.array(kept, dtype=np.int64)
    entry = _entries(snapshot, start_code, ids, start)
    if entry is not None:
        on_time = [float(entry[i]) < stop for i, (stop, _o, _w) in zip(kept, stops, strict=True)]
        left_out += [
            (ids[i], _("time stopped before randomisation"))
            for i, keep in zip(kept, on_time, strict=True)
            if not keep
        ]
        stops = [found for found, keep in zip(stops, on_time, strict=True) if keep]
        rows = rows[np.array(on_time, dtype=np.bool_)]
        entry = entry[rows] if bool(np.any(entry[rows] > 0)) else None
    stop = np.array([day for day, _o, _w in stops], dtype=np.float64)
    outcome = tuple(found for _day, found, _why in stops)
    event = np.array([found == "event" for found in outcome], dtype=np.bool_)
    stopped = event | (stop_day[rows] == stop)
    outlived = ~event & (stop < contact_day[rows]) & (stop == np.fmax(recorded_day[rows], 0.0))
    table = EndpointTable(
        endpoint=rule.code,
        endpoint_label=str(rule.label),
        origin=start_code,
        origin_label=str(start_variable.label),
        horizon=limit,
        patients=tuple(ids[i] for i in rows),
        stop=stop,
        event=event,
        entry=entry,
        outcome=outcome,
        why=tuple(why for _day, _outcome, why in stops),
        cause=tuple(str(cause[i]) if keep else "" for i, keep in zip(rows, stopped, strict=True)),
        last_contact=contact_day[rows],
        undated=undated[rows] & ~event,
        start_date=tuple(as_text(start[rows])),
        stop_date=tuple(as_text(start[rows] + stop.astype("timedelta64[D]"))),
        left_out=tuple(left_out),
        notes=(),
    )
    rough_events = int((rough[rows] & stopped).sum())
    return replace(table, notes=_notes(table, rough=rough_events, outlived=int(outlived.sum())))


@dataclass(frozen=True)
class _Facts:
    """What is known of one patient's time; days from the origin, NaN where there is none."""

    event_day: float
    event: str
    counts: bool  # as the endpoint; if not, it ends the time without it
    last_contact: float  # as recorded; as seen where nobody recorded it
    seen: float  # the last day of any visit, dose, sample or record
    today: float
    dead_undated: bool
    withdrew: bool
    lost: bool
    other_status: str  # a status that ends follow-up, such as transplanted


def _stop(facts: _Facts, horizon: int | None) -> tuple[float, Outcome, str]:
    """The day a patient's time stops, how, and the sentence that says why."""
    cap = math.inf if horizon is None else float(horizon)
    if facts.event_day <= cap:
        if facts.counts:
            sentence = _("{event} on day {day}")
        else:
            sentence = _("{event} on day {day}, which is not the endpoint")
        outcome: Outcome = "event" if facts.counts else "censored"
        return facts.event_day, outcome, sentence.format(event=facts.event, day=f"{facts.event_day:g}")
    # Whoever was seen at the horizon is alive there, however old the recorded contact is; a status that ends
    # follow-up ends it also before a later visit.
    seen = facts.last_contact if facts.other_status else facts.seen
    later = [day for day in (seen, facts.event_day) if not math.isnan(day)]
    if later and max(later) >= cap:
        return cap, "alive", _("known without the event on day {day}").format(day=f"{max(later):g}")
    known = max(
        (day for day in (facts.last_contact, facts.event_day) if not math.isnan(day)), default=math.nan
    )
    last = 0.0 if math.isnan(known) else max(0.0, known)
    if facts.dead_undated:
        return last, "unknown", _("dead, but the date of death is not known")
    if facts.other_status:
        sentence = _("{status}, last seen on day {day}").format(status=facts.other_status, day=f"{last:g}")
        return last, "censored", sentence
    if facts.today >= cap:
        if facts.withdrew:
            sentence = _("withdrew, last seen on day {day}")
        elif facts.lost:
            sentence = _("lost to follow-up, last seen on day {day}")
        else:
            sentence = _("no contact after day {day}")
        return last, "unknown", sentence.format(day=f"{last:g}")
    return last, "in_follow_up", _("without the event when last seen on day {day}").format(day=f"{last:g}")


def _texts(snapshot: Snapshot, variable: str, ids: tuple[str, ...]) -> list[str]:
    if variable not in snapshot.patients.columns:
        return [""] * len(ids)
    return [str(text) for text in snapshot.patients[variable].reindex(list(ids)).fillna("")]


def _event_days(
    snapshot: Snapshot, event: str, ids: tuple[str, ...], contact: CalendarDays
) -> tuple[CalendarDays, Flags]:
    """The day of an event for each patient, and whether its date lacks the day.

    Such an event is put on the first day that the date can mean, yet not before the patient was last seen
    within it. A date that many files keep for both, "last seen or died", is that of death for the dead.
    """
    found = snapshot.events[snapshot.events["event"] == event]
    dates = pd.Series(found["date"].to_numpy(dtype=object), index=found["patient"].to_numpy(dtype=object))
    dates = dates[~dates.index.duplicated()]
    texts = [str(text) for text in dates.reindex(list(ids)).fillna("")]
    if event == "death":
        ends = _texts(snapshot, codes.END_OF_FOLLOW_UP_DATE, ids)
        dead = _dead(snapshot, ids)
        texts = [
            text or (end if is_dead else "") for text, end, is_dead in zip(texts, ends, dead, strict=True)
        ]
    first, last, exact = read_first_days(texts), read_last_days(texts), read_days(texts)
    imprecise = np.isnat(exact) & ~np.isnat(first)
    later = imprecise & (contact > first)
    days = np.where(later, np.minimum(contact, last), first)
    return days.astype("datetime64[D]"), imprecise


def _dead(snapshot: Snapshot, ids: tuple[str, ...]) -> Flags:
    told = [status == codes.DEAD for status in _texts(snapshot, codes.VITAL_STATUS, ids)]
    deaths = set(snapshot.events.loc[snapshot.events["event"] == "death", "patient"])
    return np.array(
        [dead or patient in deaths for dead, patient in zip(told, ids, strict=True)], dtype=np.bool_
    )


def _event_name(snapshot: Snapshot, code: str) -> str:
    event = snapshot.protocol.event(code)
    return str(event.label) if event else code


def _entries(snapshot: Snapshot, origin: str, ids: tuple[str, ...], start: CalendarDays) -> Floats | None:
    """Days from the origin to randomisation: before it a patient of the trial could not have the event."""
    if origin == codes.RANDOMISATION_DATE or codes.RANDOMISATION_DATE not in snapshot.patients.columns:
        return None
    randomised = read_days(_texts(snapshot, codes.RANDOMISATION_DATE, ids))
    return np.nan_to_num(np.maximum(day_numbers(randomised, start), 0.0), nan=0.0)


def _notes(table: EndpointTable, *, rough: int, outlived: int) -> tuple[str, ...]:
    notes = []
    if outlived:
        notes.append(
            ngettext(
                "{count} patient was seen after the recorded last contact, where the time stops.",
                "{count} patients were seen after their recorded last contact, where their time stops.",
                outlived,
            ).format(count=outlived)
        )
    dead = table.unknown_deaths
    if dead:
        notes.append(
            ngettext(
                "{count} patient is dead without a date of death and is censored at the last contact.",
                "{count} patients are dead without a date of death and are censored at their last contact.",
                dead,
            ).format(count=dead)
        )
    unknown = table.count("unknown") - dead
    if unknown:
        notes.append(
            ngettext(
                "{count} patient of unknown status on day {day} is censored at the last contact.",
                "{count} patients of unknown status on day {day} are censored at their last contact.",
                unknown,
            ).format(count=unknown, day=table.horizon)
        )
    if rough:
        notes.append(
            ngettext(
                "{count} event without its day is put on the first day that its date can mean.",
                "{count} events without their day are put on the first day that their date can mean.",
                rough,
            ).format(count=rough)
        )
    if table.left_out:
        reasons = "; ".join(
            _("{patient}: {why}").format(patient=patient, why=reason) for patient, reason in table.left_out
        )
        notes.append(
            ngettext(
                "{count} patient has no usable time ({reasons}).",
                "{count} patients have no usable time ({reasons}).",
                len(table.left_out),
            ).format(count=len(table.left_out), reasons=reasons)
        )
    return tuple(notes)
