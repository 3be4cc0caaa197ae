"""The input of every survival estimate: one row per patient, checked once, never changed.

`SurvivalTimes` holds arrays; what is wrong with a row is said here, with the row named, so that no
estimate has to ask again. Times that differ only by floating-point noise are made equal as R does
(`survival::aeqSurv`), because a tie made or lost by dividing changes every number after it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TIME_TOLERANCE = math.sqrt(np.finfo(np.float64).eps)
"""Two times nearer than this, absolutely or relative to the mean time, are one time (R's timefix)."""


@dataclass(frozen=True)
class Factor:
    """A categorical variable: `codes[i]` is the place of patient i's label in `levels`, -1 where missing.

    The first level is the reference. `name` is what models call it, `label` what people read ("": the name).
    """

    name: str
    codes: Counts
    levels: tuple[str, ...]
    label: str = ""

    @property
    def title(self) -> str:
        """What people read."""
        return self.label or self.name

    def with_reference(self, label: str) -> Factor:
        """The same variable with `label` as its first level. Raises `AppError` if no patient has it."""
        if label not in self.levels:
            raise AppError(
                _("{variable} has no value “{label}”.").format(variable=self.title, label=label),
                hint=_("Its values are: {values}.").format(values=", ".join(self.levels)),
            )
        order = [self.levels.index(label)] + [i for i, known in enumerate(self.levels) if known != label]
        place = np.empty(len(order) + 1, np.int64)
        place[order] = np.arange(len(order))
        place[-1] = -1
        levels = tuple(self.levels[i] for i in order)
        return replace(self, codes=place[self.codes], levels=levels)

    def rows(self, keep: Flags | Counts) -> Factor:
        """The variable of some patients only; levels that none of them has are dropped."""
        codes = self.codes[keep]
        used = [i for i in range(len(self.levels)) if bool(np.any(codes == i))]
        place = np.full(len(self.levels) + 1, -1, np.int64)
        place[used] = np.arange(len(used))
        return replace(self, codes=place[codes], levels=tuple(self.levels[i] for i in used))


@dataclass(frozen=True)
class Numeric:
    """A continuous variable, NaN where missing."""

    name: str
    values: Floats

    def rows(self, keep: Flags | Counts) -> Numeric:
        """The variable of some patients only."""
        return Numeric(self.name, self.values[keep])


Covariate = Factor | Numeric


def build_factor(
    name: str, labels: Sequence[str | None], *, levels: Sequence[str] = (), reference: str = ""
) -> Factor:
    """A categorical variable from one label per patient (None or "" = missing).

    Levels come in the order of `levels`, then in order of appearance; `reference` is put first.
    """
    order = {label: i for i, label in enumerate(levels)}
    codes = np.array([-1 if not label else order.setdefault(label, len(order)) for label in labels], np.int64)
    factor = Factor(name, codes, tuple(order)).rows(np.ones(len(codes), bool))
    return factor.with_reference(reference) if reference else factor


@dataclass(frozen=True)
class LeftOut:
    """Rows that are in no estimate, and why."""

    rows: int = 0
    why: str = ""


@dataclass(frozen=True)
class SurvivalTimes:
    """One row per patient: time of exit in days, whether the event happened then, and what groups them.

    Make it with `build_times`. A patient is at risk in (entry, exit]; `entry` None means from the origin.
    """

    days: Floats
    event: Flags
    entry: Floats | None = None
    group: Factor | None = None
    strata: Factor | None = None
    covariates: tuple[Covariate, ...] = ()
    patients: tuple[str, ...] = ()
    left_out: LeftOut = LeftOut()

    @property
    def n(self) -> int:
        """How many patients."""
        return len(self.days)

    @cached_property
    def events(self) -> int:
        """How many of them had the event."""
        return int(np.count_nonzero(self.event))

    @property
    def levels(self) -> tuple[str, ...]:
        """The groups, reference first; none without a grouping."""
        return self.group.levels if self.group else ()

    def rows(self, keep: Flags | Counts) -> SurvivalTimes:
        """The same for some of the patients, chosen by a mask or by row numbers."""
        chosen = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        return replace(
            self,
            days=self.days[chosen],
            event=self.event[chosen],
            entry=None if self.entry is None else self.entry[chosen],
            group=self.group.rows(chosen) if self.group else None,
            strata=self.strata.rows(chosen) if self.strata else None,
            covariates=tuple(covariate.rows(chosen) for covariate in self.covariates),
            patients=tuple(self.patients[i] for i in chosen) if self.patients else (),
        )

    def of_group(self, label: str) -> SurvivalTimes:
        """The patients of one group."""
        assert self.group is not None
        return self.rows(self.group.codes == self.group.levels.index(label))

    def covariate(self, name: str) -> Covariate:
        """The variable called `name` among group and covariates. Raises `AppError` when there is none."""
        for candidate in (*self.covariates, *([self.group] if self.group else [])):
            if candidate.name == name:
                return candidate
        raise AppError(_("There is no variable “{name}” among the covariates.").format(name=name))

    def censored_at(self, horizon: float) -> SurvivalTimes:
        """Follow-up ended at the horizon: an event on that day counts, later ones are censored there.

        Patients who enter on or after the horizon are never at risk before it and are left out.
        """
        late = self.days > horizon
        cut = replace(self, days=np.minimum(self.days, horizon), event=self.event & ~late)
        if self.entry is None or not np.any(self.entry >= horizon):
            return cut
        kept = cut.rows(self.entry < horizon)
        lost = cut.n - kept.n
        why = _("{count} entered after the horizon").format(count=lost)
        before = self.left_out
        return replace(
            kept,
            left_out=LeftOut(before.rows + lost, "; ".join(filter(None, (before.why, why)))),
        )

    def after_landmark(self, day: float) -> SurvivalTimes:
        """Those still followed after the landmark day, their time counted from it.

        Who had the event or was censored by then, or has not entered yet, is left out and counted.
        """
        kept = self.days > day
        if self.entry is not None:
            kept &= self.entry <= day
        lost = self.n - int(np.count_nonzero(kept))
        why = _("{count} not followed beyond day {day}").format(count=lost, day=f"{day:g}") if lost else ""
        chosen = self.rows(kept)
        reasons = "; ".join(filter(None, (self.left_out.why, why)))
        return replace(
            chosen,
            days=chosen.days - day,
            entry=None,
            left_out=LeftOut(self.left_out.rows + lost, reasons),
        )


def build_times(
    days: Sequence[float] | Floats,
    event: Sequence[float] | Floats | Flags,
    *,
    entry: Sequence[float] | Floats | None = None,
    group: Factor | None = None,
    strata: Factor | None = None,
    covariates: Sequence[Covariate] = (),
    patients: Sequence[str] = (),
    row_names: Sequence[str] = (),
) -> SurvivalTimes:
    """Check the rows and make the input of the estimates.

    `days` and `event` (0 or 1, NaN where missing) have one value per row. Rows without a time, an
    event or an asked entry are left out and counted. Raises `AppError` naming the row (by `row_names`,
    else by patient, else by number) for a negative or infinite time, an event other than 0 or 1, and an
    entry that is not before the exit.
    """
    exit_days = np.asarray(days, np.float64)
    status = np.asarray(event, np.float64)
    start = None if entry is None else np.asarray(entry, np.float64)
    names = tuple(row_names) or tuple(
        _("patient {patient}").format(patient=p) if p else _("row {number}").format(number=i + 1)
        for i, p in enumerate(patients or [""] * len(exit_days))
    )

    def refuse(bad: Flags, message: str, hint: str, values: Floats) -> None:
        for i in np.flatnonzero(bad)[:1]:
            raise AppError(message.format(row=names[i], value=f"{values[i]:g}"), hint=hint)

    refuse(
        exit_days < 0,
        _("The time in {row} is negative ({value})."),
        _("Correct the time, or leave it empty to leave the row out."),
        exit_days,
    )
    refuse(
        np.isinf(exit_days),
        _("The time in {row} is not a number of days ({value})."),
        _("Correct the time, or leave it empty to leave the row out."),
        exit_days,
    )
    refuse(
        ~np.isnan(status) & (status != 0) & (status != 1),
        _("The event in {row} is {value}; only 1 (event) and 0 (censored) are understood."),
        _("State which value means the event, or recode the column."),
        status,
    )
    known = ~np.isnan(exit_days) & ~np.isnan(status)
    reasons = [
        (int(np.count_nonzero(np.isnan(exit_days))), _("{count} without a time")),
        (
            int(np.count_nonzero(np.isnan(status) & ~np.isnan(exit_days))),
            _("{count} without an event status"),
        ),
    ]
    if start is not None:
        refuse(np.isinf(start), _("The entry in {row} is not a number of days ({value})."), "", start)
        reasons.append((int(np.count_nonzero(known & np.isnan(start))), _("{count} without an entry time")))
        known &= ~np.isnan(start)
    exit_days, start = join_near_times(exit_days, start, among=known)
    if start is not None:
        bad = known & (start >= exit_days)
        for i in np.flatnonzero(bad)[:1]:
            raise AppError(
                _("In {row} the entry ({entry}) is not before the exit ({exit}).").format(
                    row=names[i], entry=f"{start[i]:g}", exit=f"{exit_days[i]:g}"
                ),
                hint=_("A patient is at risk from the entry to the exit; correct one of them."),
            )
    left_out = LeftOut(
        int(np.count_nonzero(~known)),
        "; ".join(text.format(count=count) for count, text in reasons if count),
    )
    whole = SurvivalTimes(
        days=exit_days,
        event=status == 1,
        entry=start,
        group=group,
        strata=strata,
        covariates=tuple(covariates),
        patients=tuple(patients),
        left_out=left_out,
    )
    return whole.rows(known)


def join_near_times(
    days: Floats, entry: Floats | None = None, *, among: Flags | None = None
) -> tuple[Floats, Floats | None]:
    """Make times equal that differ by floating-point noise only, as R's `aeqSurv`.

    Whole days pass untouched. `among` chooses the rows that are looked at.
    """
    chosen = np.isfinite(days) if among is None else among
    parts = [days[chosen]] + ([] if entry is None else [entry[chosen]])
    distinct = np.unique(np.concatenate(parts))
    if len(distinct) < 2 or bool(np.all(distinct == np.floor(distinct))):
        return days, entry
    gaps = np.diff(distinct)
    near = (gaps <= TIME_TOLERANCE) | (gaps / float(np.mean(np.abs(distinct))) <= TIME_TOLERANCE)
    if not near.any():
        return days, entry
    cuts = distinct[np.concatenate(([True], ~near))]

    def snap(values: Floats) -> Floats:
        snapped = values.copy()
        snapped[chosen] = cuts[np.searchsorted(cuts, values[chosen], side="right") - 1]
        return snapped

    return snap(days), None if entry is None else snap(entry)
