"""Follow-up written as a time and a status, one row a patient or a patient and endpoint (CDISC ADTTE)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.seen import Seen, header_cell
from mirocals_desktop.importing.tables import Reason, Table
from mirocals_desktop.importing.timepoints import MONTH_DAYS, YEAR_DAYS
from mirocals_desktop.importing.worded_times import days_of_words
from mirocals_desktop.importing.words import DURATION_HEADERS, plain_name
from mirocals_desktop.protocol import codes

_SURVIVAL: Final = re.compile(r"\bos\b|overall survival|survie globale|death|deces")
_DAYS_OF_UNIT: Final = {"days": 1.0, "weeks": 7.0, "months": MONTH_DAYS, "years": YEAR_DAYS}
_UNIT_WORDS: Final = {
    "day": "days", "days": "days", "jour": "days", "jours": "days",
    "dy": "days", "dys": "days", "wk": "weeks", "wks": "weeks",
    "week": "weeks", "weeks": "weeks", "semaine": "weeks", "semaines": "weeks",
    "month": "months", "months": "months", "mois": "months", "mo": "months", "mths": "months",
    "mth": "months", "mos": "months", "monate": "months",
    "yr": "years", "yrs": "years", "year": "years", "years": "years",
    "an": "years", "ans": "years", "annees": "years",
}  # fmt: skip
_LETTERS: Final = {"d": "days", "j": "days", "w": "weeks", "m": "months", "y": "years"}
"""Units of one letter; as a word of a header each of them may be something else."""
IN_WORDS: Final = "words"
"""The answer that each cell of a column of times says its units in words."""
_DATES: Final = {"startdt": codes.RANDOMISATION_DATE, "adt": codes.END_OF_FOLLOW_UP_DATE}
_NAMES_ONLY: Final = ("paramcd", "param", "paramn", "evntdesc", "cnsdtdsc")


def is_time_to_event(seen: Sequence[Seen]) -> bool:
    """Whether a table is one of times to events: it has CNSR, 1 where the event did not come."""
    return any(plain_name(column.header.text) == "cnsr" for column in seen)


def roles_of_endpoints(seen: Sequence[Seen]) -> dict[str, tuple[str, float]]:
    """The columns of a table of times to events as CDISC names them: start, end, names of the endpoint."""
    roles = {}
    for column in seen:
        header = plain_name(column.header.text)
        if header in _NAMES_ONLY:
            roles[column.key] = ("left_out/endpoint", 0.9)
        elif header in _DATES and column.profile.said:
            roles[column.key] = (f"var:{_DATES[header]}", 0.9)
    return roles


def choose_endpoint_rows(key: str, file: str, table: Table, seen: Sequence[Seen], asker: Asker) -> Table:
    """The table with the rows of one endpoint only, where a column names several."""
    names = [column for column in seen if plain_name(column.header.text) in ("paramcd", "param")]
    if not names or not is_time_to_event(seen):
        return table
    texts = [text.strip() for text in table.texts(names[0].place)]
    counts = Counter(text for text in texts if text)
    if len(counts) < 2:
        return table
    survival = next((text for text in counts if _SURVIVAL.search(plain_name(text))), "")
    answer = asker.ask(
        Question(
            id=question_id("endpoint", key),
            kind="column",
            text=_("{sheet} holds several endpoints. Which one is the survival?").format(
                sheet=table.sheet.name
            ),
            options=tuple(
                Option(text, text, _("{count} rows").format(count=count)) for text, count in counts.items()
            ),
            suggested=survival or next(iter(counts)),
            confidence=0.9 if survival else 0.4,
            file=file,
            sheet=table.sheet.name,
            asked=not survival,
        )
    )
    chosen = np.array([text == answer for text in texts], dtype=bool)
    others: dict[int, Reason] = dict.fromkeys(table.rows[~chosen].tolist(), "other endpoint")
    return replace(table, rows=table.rows[chosen], ignored={**table.ignored, **others})


def choose_durations(
    key: str,
    file: str,
    table: Table,
    seen: Sequence[Seen],
    chosen: Mapping[str, str],
    asker: Asker,
) -> list[str]:
    """The keys of the columns that hold the time to the end of follow-up: one, none, or two that part it.

    Only where a status stands beside it, and no date ends the follow-up. Two are the time to death of those
    who died, and the time to the last contact of the others (days_to_death and days_to_last_followup).
    """
    said = set(chosen.values())
    ends = {
        f"var:{code}" for code in (codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE, codes.DEATH_DATE)
    }
    if f"var:{codes.VITAL_STATUS}" not in said or said & ends:
        return []
    times = [
        column
        for column in seen
        if any(_says_duration(name) for name in column.names)
        and max(column.profile.numeric, column.profile.share(_worded(column))) >= 0.8
    ]
    to_death = [one for one in times if is_to_death(one.header.text) and one.profile.said < len(table.rows)]
    to_contact = [one for one in times if _is_to_contact(one.header.text)]
    if to_death and to_contact:
        pair = (
            (to_death[0], _("Is “{header}” the time to death of those who died?")),
            (to_contact[0], _("Is “{header}” the time to the last contact?")),
        )
        return [one.key for one, text in pair if _is_duration(key, file, table, one, seen, text, asker)]
    text = _("Is “{header}” the time to the end of follow-up?")
    found = (one.key for one in times if _is_duration(key, file, table, one, seen, text, asker))
    return list(islice(found, 1))


def _worded(column: Seen) -> int:
    """How many cells are a length of time in words: "2 ans 4 mois"."""
    return sum(n for text, n in column.profile.texts.items() if math.isfinite(days_of_words(text)))


def _is_duration(
    key: str, file: str, table: Table, column: Seen, seen: Sequence[Seen], text: str, asker: Asker
) -> bool:
    unit, named = _guess_unit(column, seen)
    options = [
        Option("days", _("Yes, in days")),
        Option("weeks", _("Yes, in weeks")),
        Option("months", _("Yes, in months of 30.4375 days")),
        Option("years", _("Yes, in years of 365.25 days")),
    ]
    if column.profile.share(_worded(column)) >= 0.8:
        words = _("Yes, as its words say: a year has 365.25 days, a month 30.4375")
        unit, named, options = IN_WORDS, True, [Option(IN_WORDS, words)]
    rest = _rest_of(column, seen)
    answer = asker.ask(
        Question(
            id=question_id("duration", key, column.key),
            kind="unit",
            text=text.format(header=column.header.text),
            options=(*options, Option("no", _("No"))),
            suggested="no" if rest else unit,
            confidence=0.5 if rest else 0.9 if named else 0.7,
            evidence=(_("“{header}” seems to hold the rest of it").format(header=rest),) if rest else (),
            file=file,
            sheet=table.sheet.name,
            cells=(header_cell(table, column.place),),
        )
    )
    return answer != "no"


def _rest_of(column: Seen, seen: Sequence[Seen]) -> str:
    """The header of the months beside whole years: "FU years" and "FU months" are one time."""
    own = set(plain_name(column.header.text).split())
    for other in seen:
        words = set(plain_name(other.header.text).split())
        units = (own - words, words - own)
        numbers = other.profile.numbers
        if other is column or not all(len(unit) == 1 and unit <= _UNIT_WORDS.keys() for unit in units):
            continue
        if numbers.size and other.profile.whole and column.profile.whole and numbers.max() <= 31:
            return other.header.text
    return ""


_TIME_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        os overall survival survie globale global follow up followup fu fup suivi time times temps duree
        duration delai delay length surv followed suivis futime ostime stime survtime tps dur
        """,
    )
)
_AROUND_TIME: Final = frozenset(
    re.findall(
        r"\w+",
        """
        of de du la le les des en in to the total au aux d l until jusqu a depuis since from of last
        contact death deces known alive dernieres derniere dernier nouvelles news dn ou or event evenement
        censoring censure point inclusion randomisation randomization rando diagnosis diagnostic baseline
        entry day days jour jours j week weeks semaine semaines month months mois m mo year years yr yrs an
        ans annees wk wks mth mths mos dy dys nb nombre number period periode
        """,
    )
)


_DEATH: Final = frozenset(("death", "deces"))
_CONTACT: Final = frozenset(("contact", "followup", "fu", "news", "nouvelles", "dn", "alive"))
_UNTIL: Final = frozenset(("to", "until", "jusqu", "au", "aux"))


def _says_duration(name: str) -> bool:
    """Whether a header is the time from the origin to the end of follow-up: "Overall Survival (Months)"."""
    plain = plain_name(name)
    words = set(plain.split())
    until = bool(words & _UNTIL) and bool(words & _UNIT_WORDS.keys()) and bool(words & (_DEATH | _CONTACT))
    telling = until or bool(words & _TIME_WORDS)
    return plain in DURATION_HEADERS or (telling and words <= _TIME_WORDS | _AROUND_TIME)


def is_to_death(header: str) -> bool:
    """Whether a time is said to end with death and with nothing else: days_to_death."""
    words = set(plain_name(header).split())
    return bool(words & _DEATH) and not words & _CONTACT


def _is_to_contact(header: str) -> bool:
    words = plain_name(header).replace("follow up", "followup").split()
    return bool(set(words) & _CONTACT) and not set(words) & _DEATH


def _guess_unit(column: Seen, seen: Sequence[Seen]) -> tuple[str, bool]:
    """The unit of the times, and whether it is said: by header, AVALU or endpoint, else by size."""
    beside = [one for one in seen if plain_name(one.header.text) in ("avalu", "param")]
    texts = [f"{column.header.text} {column.header.unit}"]
    if column.header.unit in _LETTERS:
        return _LETTERS[column.header.unit], True
    texts += [text for one in beside for text, _count in one.profile.texts.most_common(3)]
    for text in texts:
        for word in plain_name(text).split():
            if word in _UNIT_WORDS:
                return _UNIT_WORDS[word], True
    numbers = column.profile.numbers
    longest = float(numbers.max()) if numbers.size else 0.0
    if longest > 300 or (longest > 60 and column.profile.whole):
        return "days", False
    return ("months" if longest > 20 else "years"), False
