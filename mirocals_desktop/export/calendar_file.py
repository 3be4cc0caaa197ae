"""Visits to hold as a calendar file (iCalendar, RFC 5545): study numbers, nothing else of a person."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from mirocals_desktop.export.table import marks
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _
from mirocals_desktop.study.snapshot import Snapshot

_LINE: Final = 75  # octets that a line may have


def write_calendar(
    snapshot: Snapshot, due: pd.DataFrame, path: Path, *, written: datetime | None = None
) -> None:
    """Write the visits of `follow_up.list_due` as all-day entries to an .ics file, whole or not at all.

    A visit stands on its target day; one that is overdue on the day the data speak of, so that it is seen.
    The same visit has the same identifier in every file: a calendar that takes a newer file moves it. What is
    written of a patient is the study number, site and visit. Raises `AppError` where the file cannot be
    written.
    """
    stamp = (written or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MIROCALS Desktop//Follow-up//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(snapshot.title)}",
    ]
    words = " ".join(f"[{word}]" for word in marks(snapshot))
    for row in due.to_dict("records"):
        lines += _event(snapshot, row, stamp, words)
    lines.append("END:VCALENDAR")
    text = "".join(f"{part}\r\n" for line in lines for part in _folded(line))
    with write_whole(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def _event(snapshot: Snapshot, row: dict[object, object], stamp: str, words: str) -> list[str]:
    patient, visit, state = str(row["patient"]), str(row["visit"]), str(row["state"])
    first, target, last = (_date(row[name]) for name in ("first", "target", "last"))
    day = snapshot.today() if state == "overdue" else target
    told = f"{snapshot.study_id}/{patient}/{visit}".encode()
    title = _("{patient}: {visit}").format(patient=patient, visit=row["label"])
    if state == "overdue":
        title = _("Overdue: {title}").format(title=title)
    about = _("Planned {target}, window {first} to {last}.").format(target=target, first=first, last=last)
    return [
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(told).hexdigest()[:32]}@mirocals",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(' '.join(part for part in (words, title) if part))}",
        f"DESCRIPTION:{_escaped(about)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _date(day: object) -> date:
    return date.fromisoformat(str(np.datetime64(day, "D")))  # type: ignore[call-overload]


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """A line cut into parts of the octets allowed; every part but the first begins with a space."""
    parts, part = [], ""
    for character in line:
        if len(f"{part}{character}".encode()) > _LINE:
            parts.append(part)
            part = " "
        part += character
    return [*parts, part]
