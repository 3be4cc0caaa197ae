"""Which visit each observation belongs to: the one its file names, that of its date, or the planned one near.

A file that names no visit is common (a laboratory knows days only). Its rows join the visit of the same
patient and date; else the planned visit in whose window the day falls, when no file names that one for the
patient; else they are unscheduled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from mirocals_desktop.protocol import codes
from mirocals_desktop.study.columns import NO_DAY, Flags, Floats, Ints, Texts, known_days
from mirocals_desktop.study.current import Current

_FILE: Final = "file"
_DATE: Final = "date"
_WINDOW: Final = "window"


@dataclass
class Assigned:
    """For each row its visit, date and day; and the visits themselves, as columns of equal length.

    Names of visits and dates are numbers of words. `day` counts from the patient's time origin (NaN where
    unknown); `day_planned` marks days that are only the visit's target.
    """

    code: Ints
    how: Texts
    date: Ints
    day: Floats
    day_planned: Flags
    visit_patient: Ints
    visit_code: Ints
    visit_record: Ints
    visit_date: Ints
    visit_day: Floats
    visit_status: Texts
    visit_how: Texts
    visit_observations: Ints


@dataclass
class _Groups:
    """Rows that belong together by patient, visit name and record, or by patient and date.

    `of_row` is the group of each row, `into` the group that each group became part of (itself by default).
    """

    of_row: Ints
    into: Ints
    patient: Ints
    code: Ints
    record: Ints
    date: Ints
    day: Ints
    how: Texts


def assign_visits(current: Current, origin: Floats) -> Assigned:
    """Find the visit of every row. `origin` is each patient's time origin as a day number, NaN if unknown."""
    rows = np.flatnonzero(current.variable_flags(current.protocol.of_scope("visit")))
    date = current.codes("date").copy()
    date[rows] = _dates_with_visit_dates(current, rows)
    days = current.columns.words["date"].days()
    groups = _group_rows(current, rows, date[rows], days)
    _join_repeats(groups)
    _join_by_date(groups)
    _join_by_window(groups, current, origin)
    return _assigned(current, rows, groups, date, days, origin)


def _dates_with_visit_dates(current: Current, rows: Ints) -> Ints:
    """The date of each row; of a visit's date without one, the date that it says."""
    date = current.codes("date")[rows]
    bare = np.flatnonzero(_says_visit_date(current, rows) & (date == 0))
    date[bare] = current.columns.words["date"].codes(current.text[rows[bare]], count=len(bare))
    return date


def _says_visit_date(current: Current, rows: Ints) -> Flags:
    return current.columns.words["variable"].flags([codes.VISIT_DATE])[current.codes("variable")[rows]]


def _group_rows(current: Current, rows: Ints, date: Ints, days: Ints) -> _Groups:
    patient, visit = current.codes("patient")[rows], current.codes("visit")[rows]
    named = visit > 0
    record = np.where(named, current.codes("record")[rows], 0)
    where = patient * len(current.columns.words["visit"]) + visit
    which = np.where(named, record, date)
    first, of_row = _distinct(where, which)

    # the date of a visit: what its file says it is, else its earliest full date, else a partial one
    says = _says_visit_date(current, rows)
    preference = np.where(date == 0, 3, np.where(days[date] == NO_DAY, 2, np.where(says, 0, 1)))
    ordered = np.lexsort((days[date], preference, of_row))
    best = ordered[np.searchsorted(of_row[ordered], np.arange(len(first)))]
    how = np.where(named[first], _FILE, "").astype(object)
    return _Groups(
        of_row=of_row,
        into=np.arange(len(first)),
        patient=patient[first],
        code=visit[first],
        record=record[first],
        date=date[best],
        day=days[date[best]],
        how=how,
    )


def _distinct(key: Ints, subkey: Ints) -> tuple[Ints, Ints]:
    """The position of one row of each distinct pair, in their order, and for each row its pair's number."""
    ordered = np.lexsort((subkey, key))
    new = np.ones(len(key), dtype=bool)
    new[1:] = (key[ordered][1:] != key[ordered][:-1]) | (subkey[ordered][1:] != subkey[ordered][:-1])
    numbers = np.empty(len(key), dtype=np.int64)
    numbers[ordered] = np.cumsum(new) - 1
    return ordered[new], numbers


def _join_repeats(groups: _Groups) -> None:
    """A second record of a visit is a visit of its own only where its date differs from the first one's."""
    repeated = np.zeros(len(groups.patient), dtype=bool)
    repeated[1:] = (groups.patient[1:] == groups.patient[:-1]) & (groups.code[1:] == groups.code[:-1])
    repeated &= groups.code > 0
    base = np.maximum.accumulate(np.where(repeated, 0, np.arange(len(repeated))))
    joins = repeated & ((groups.date == 0) | (groups.date == groups.date[base]))
    groups.into[joins] = base[joins]


def _join_by_date(groups: _Groups) -> None:
    """Rows without a visit name belong to the visit that the patient had on that day."""
    dated = groups.day != NO_DAY
    named = np.flatnonzero((groups.code > 0) & dated & (groups.into == np.arange(len(groups.into))))
    bare = np.flatnonzero((groups.code == 0) & dated)
    if not len(named) or not len(bare):
        return
    earliest = int(groups.day[dated].min())
    span = int(groups.day[dated].max()) - earliest + 1
    key = groups.patient * span + np.where(dated, groups.day - earliest, 0)
    ordered = named[np.argsort(key[named], kind="stable")]
    place = np.minimum(np.searchsorted(key[ordered], key[bare]), len(ordered) - 1)
    found = key[ordered[place]] == key[bare]
    groups.into[bare[found]] = ordered[place[found]]
    groups.how[bare[found]] = _DATE


def _join_by_window(groups: _Groups, current: Current, origin: Floats) -> None:
    """Days without a visit name belong to the planned visit in whose window they fall, the nearest first."""
    day = known_days(groups.day) - origin[groups.patient]
    bare = np.flatnonzero((groups.code == 0) & (groups.into == np.arange(len(day))) & ~np.isnan(day))
    planned = [visit for visit in current.protocol.visits if visit.day is not None]
    if not len(bare) or not planned:
        return
    words = current.columns.words["visit"]
    numbers = [words[visit.code] for visit in planned]
    count = len(words)
    taken = np.unique((groups.patient * count + groups.code)[groups.code > 0])
    distance = np.full(len(bare), np.inf)
    nearest = np.zeros(len(bare), dtype=np.int64)
    for visit, number in zip(planned, numbers, strict=True):
        target = float(visit.day or 0)
        away = np.abs(day[bare] - target)
        inside = (day[bare] >= target - visit.before) & (day[bare] <= target + visit.after)
        better = inside & (away < distance) & ~np.isin(groups.patient[bare] * count + number, taken)
        distance[better], nearest[better] = away[better], number
    ordered = np.lexsort((day[bare], distance, nearest, groups.patient[bare]))
    key = (groups.patient[bare] * count + nearest)[ordered]
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    chosen = ordered[first & (nearest[ordered] > 0)]
    groups.code[bare[chosen]] = nearest[chosen]
    groups.how[bare[chosen]] = _WINDOW


def _assigned(
    current: Current, rows: Ints, groups: _Groups, date: Ints, days: Ints, origin: Floats
) -> Assigned:
    final = groups.into[groups.of_row]
    code = current.codes("visit").copy()
    code[rows] = groups.code[final]
    how = np.full(len(code), "", dtype=object)
    how[rows] = groups.how[groups.of_row]
    date[rows] = np.where(date[rows] == 0, groups.date[final], date[rows])
    day = known_days(days[date]) - origin[current.codes("patient")]
    target = visit_targets(current)[code]
    day_planned = np.zeros(len(code), dtype=bool)
    day_planned[rows] = np.isnan(known_days(days[date[rows]])) & ~np.isnan(target[rows])
    day[day_planned] = target[day_planned]

    valued = current.has_value[rows]
    count = np.bincount(final[valued], minlength=len(groups.into))
    visits = np.flatnonzero((count > 0) & ((groups.code > 0) | (groups.date > 0)))
    status = np.full(len(groups.into), "", dtype=object)
    is_status = current.columns.words["variable"].flags([codes.VISIT_STATUS])[current.codes("variable")[rows]]
    said = np.flatnonzero(is_status & valued)
    status[final[said]] = current.text[rows[said]]
    return Assigned(
        code=code,
        how=how,
        date=date,
        day=day,
        day_planned=day_planned,
        visit_patient=groups.patient[visits],
        visit_code=groups.code[visits],
        visit_record=groups.record[visits],
        visit_date=groups.date[visits],
        visit_day=known_days(groups.day[visits]) - origin[groups.patient[visits]],
        visit_status=status[visits],
        visit_how=groups.how[visits],
        visit_observations=count[visits].astype(np.int64),
    )


def visit_targets(current: Current) -> Floats:
    """The target day of each visit by the number of its word; NaN where none is planned."""
    planned = {visit.code: visit.day for visit in current.protocol.visits}
    days = [planned.get(word) for word in current.words("visit")]
    return np.array([np.nan if day is None else day for day in days], dtype=np.float64)
