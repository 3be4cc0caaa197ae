"""The study at one moment, for whoever reads it: immutable frames, in the words of the field.

A snapshot of a blinded study does not hide arms and restricted values: it does not contain them. Views and
analysis read snapshots only; nobody changes one. Frames are documented column by column in `Snapshot`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study.queries import Reviews


@dataclass(frozen=True)
class Options:
    """What changes numbers, kept in the study through its ledger.

    `origin` is the code of the date variable at day 0, `horizon_days` where time is cut (None: nowhere),
    `endpoint` a code of the protocol's endpoints, `data_cut` the day the data speak of (None: today),
    `excluded` patients left out of analysis, with the reason given for each in the ledger.
    """

    origin: str
    horizon_days: int | None
    endpoint: str
    data_cut: date | None = None
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A study as of one audit entry.

    Everywhere: `patient` is the patient's id, text is "" when absent, dates are ISO text as precise as known
    ("2018-03"), `..._day` columns are whole days from the time origin as float (NaN where unknown). The
    values of the frames cannot be set; copy a frame to work on it.

    - `observations`: current observations, columns of `observation.STORED`, ordered by patient, variable,
      day, id. A sealed value has `sealed` True and no number, text, raw, unit or qualifier.
    - `patients`: one row per patient, index `patient` in natural order. One column per patient variable that
      has any value: float for numbers, text otherwise (choice code, ISO date). A sealed variable (the arm of
      a blinded study) has no column at all. For each date `x_date` there is `x_day` (full dates only).
    - `visits`: one row per visit that took place or was recorded (some observation of it says a value, be it
      only that it was missed): patient, visit (code; "" unscheduled), record (0 or 1, from 2 for a repeat on
      another day), date, day, target_day (NaN if none), label (text to show), status (choice code of the
      visit's status, "" where none is recorded), assigned, n (values in it). A row without visit name is
      joined to the visit of the same patient and date, else to the planned visit in whose window its day
      falls when no file names that one, else stays unscheduled; `assigned` says "file", "window" or "".
    - `measurements`: one row per observation of a numeric visit variable that says a value: id, patient,
      variable, visit (as assigned), record, date, day (by date; the visit's target day when there is no full
      date: day_planned True), number, qualifier, unit (as the file gave it; number is in the variable's own),
      assigned ("file", "date", "window" or ""), sealed. number is NaN where the value is sealed, and where
      it lies beyond a limit that nobody told (qualifier "<" or ">").
    - `measured`: the codes of the variables that have a measurement, sealed ones too.
    - `events`: patient, event (code of the protocol's events), date, day. A death known from the vital status
      alone has the date of the end of follow-up, or none.
    - `logs`: for each log code a frame: patient, record, one column per variable of the log with any value
      (floats or text).
    - `entries`: the audit entries up to this one: number, at_utc, person, role, version, kind (code: see
      `ledger.kind_label`), reason, summary (files, option or entry it is about), withdrawn_by (0 or number),
      observations (count), hash.
    - `reviews`: the queries and review marks, see `queries.Reviews`.
    """

    study_id: str
    title: str
    path: Path | None
    protocol: Protocol
    options: Options
    entry: int
    head: str
    synthetic: bool
    blinded: bool
    unblinded: bool
    observations: pd.DataFrame
    patients: pd.DataFrame
    visits: pd.DataFrame
    measurements: pd.DataFrame
    measured: frozenset[str]
    events: pd.DataFrame
    logs: Mapping[str, pd.DataFrame]
    entries: pd.DataFrame
    reviews: Reviews = field(default_factory=Reviews)

    @property
    def arms_visible(self) -> bool:
        """Whether this snapshot holds the patients' arms: not in a blinded study, nor before any came in."""
        return "arm" in self.patients.columns

    def today(self) -> date:
        """The day the data speak of: the data cut, else today."""
        return self.options.data_cut or date.today()
