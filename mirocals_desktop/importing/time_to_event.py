"""Follow-up written as a time and a status, one row a patient or a patient and endpoint (CDISC ADTTE)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext, quoted
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
_DISPOSITION: Final = "disposition event"
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
    """The table with the rows of one endpoint only, where a column names several.

    Of CDISC's disposition (DS) only the rows that end the study are taken, and no milestones.
    """
    categories = [column for column in seen if plain_name(column.header.text) == "dscat"]
    if categories:
        ended = [plain_name(text) == _DISPOSITION for text in table.texts(categories[0].place)]
        return _only(table, ended) if any(ended) else table
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
                Option(text, text, ngettext("{count} row", "{count} rows", count).format(count=amount(count)))
                for text, count in counts.items()
            ),
            suggested=survival or next(iter(counts)),
            confidence=0.9 if survival else 0.4,
            file=file,
            sheet=table.sheet.name,
            asked=not survival,
        )
    )
    return _only(table, [text == answer for text in texts])


def _only(table: Table, taken: Sequence[bool]) -> Table:
    """The table with some of its rows."""
    chosen = np.array(taken, dtype=bool)
    others: dict[int, Reason] = dict.fromkeys(table.rows[~chosen].tolist(), "other endpoint")
    return replace(table, rows=table.rows[chosen], ignored={**table.ignored, **others})


def choose_durations(
    key: str,
    file: str,
    table: Table,
    seen: Sequence[Seen],
    chosen: Mapping[str, str],
    asker: Asker,
) -> dict[str, tuple[str, ...]]:
    """The columns that hold the time to the end of follow-up, each with those that hold the rest of it.

    Only where no date ends the follow-up. Two are the time to death of those who died, and the time to the
    last contact of the others (days_to_death and days_to_last_followup); one needs a status beside it.
    """
    said = set(chosen.values())
    ends = {
        f"var:{code}" for code in (codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE, codes.DEATH_DATE)
    }
    if said & ends:
        return {}
    times = [
        column
        for column in seen
        if any(_says_duration(name) for name in column.names)
        and max(column.profile.numeric, column.profile.share(_worded(column))) >= 0.8
    ]
    to_death = [one for one in times if is_to_death(one.header.text) and one.profile.said < len(table.rows)]
    to_contact = [one for one in times if _is_to_contact(one.header.text)]
    ask = _TimeAsker(key, file, table, seen, asker)
    if to_death and to_contact:
        pair = (
            (to_death[0], _("Is “{header}” the time to death of those who died?")),
            (to_contact[0], _("Is “{header}” the time to the last contact?")),
        )
        return {one.key: () for one, text in pair if ask.is_one(one, text)}
    if f"var:{codes.VITAL_STATUS}" not in said:
        return {}
    for column in times:
        rest = _rest_of(column, times)
        if rest and ask.is_sum((column, *rest)):
            return {column.key: tuple(one.key for one in rest)}
    text = _("Is “{header}” the time to the end of follow-up?")
    times.sort(key=lambda one: _is_history(one.header.text))
    return {one.key: () for one in islice((one for one in times if ask.is_one(one, text)), 1)}


def _worded(column: Seen) -> int:
    """How many cells are a length of time in words: "2 ans 4 mois"."""
    return sum(n for text, n in column.profile.texts.items() if math.isfinite(days_of_words(text)))


@dataclass(frozen=True)
class _TimeAsker:
    """Asks whether columns of one table are times to the end of follow-up."""

    key: str
    file: str
    table: Table
    seen: Sequence[Seen]
    asker: Asker

    def is_one(self, column: Seen, text: str) -> bool:
        """Whether a column is such a time by itself."""
        unit, named = _guess_unit(column, self.seen)
        options: tuple[Option, ...] = (
            Option("days", _("Yes, in days")),
            Option("weeks", _("Yes, in weeks")),
            Option("months", _("Yes, in months of 30.4375 days")),
            Option("years", _("Yes, in years of 365.25 days")),
        )
        if column.profile.share(_worded(column)) >= 0.8:
            words = _("Yes, as its words say: a year has 365.25 days, a month 30.4375")
            unit, named, options = IN_WORDS, True, (Option(IN_WORDS, words),)
        if _is_history(column.header.text):
            said = _("it seems to be a time before the study")
            return self._ask(column, text, options, "no", 0.5, (said,))
        return self._ask(column, text, options, unit, 0.9 if named else 0.7)

    def is_sum(self, columns: Sequence[Seen]) -> bool:
        """Whether columns of years, months and days are such a time together."""
        text = _("Do the columns {headers} together make the time to the end of follow-up?")
        headers = ", ".join(quoted(column.header.text) for column in columns)
        unit = unit_of_time(columns[0].header.text)
        yes = Option(unit, _("Yes: a year has 365.25 days, a month 30.4375"))
        return self._ask(columns[0], text.format(headers=headers), (yes,), unit, 0.7, part="sum")

    def _ask(
        self,
        column: Seen,
        text: str,
        options: tuple[Option, ...],
        suggested: str,
        confidence: float,
        evidence: tuple[str, ...] = (),
        *,
        part: str = "",
    ) -> bool:
        answer = self.asker.ask(
            Question(
                id=question_id("duration", self.key, column.key, *([part] if part else [])),
                kind="unit",
                text=text.format(header=column.header.text),
                options=(*options, Option("no", _("No"))),
                suggested=suggested,
                confidence=confidence,
                evidence=evidence,
                file=self.file,
                sheet=self.table.sheet.name,
                cells=(header_cell(self.table, column.place),),
            )
        )
        return answer != "no"


def unit_of_time(header: str) -> str:
    """The unit of time that a header names, "" for none."""
    return next((_UNIT_WORDS[word] for word in plain_name(header).split() if word in _UNIT_WORDS), "")


def _rest_of(column: Seen, times: Sequence[Seen]) -> list[Seen]:
    """The columns of months and days beside whole years: "FU years" and "FU months" are one time."""
    words = set(plain_name(column.header.text).split())
    length = _DAYS_OF_UNIT.get(unit_of_time(column.header.text), 0.0)
    rest: list[Seen] = []
    for other in times:
        others = set(plain_name(other.header.text).split())
        own = _DAYS_OF_UNIT.get(unit_of_time(other.header.text), 0.0)
        alike = all(
            len(unit) == 1 and unit <= _UNIT_WORDS.keys() for unit in (words - others, others - words)
        )
        numbers = other.profile.numbers
        if not (alike and 0 < own < length and numbers.size and column.profile.whole):
            continue
        # Two years and 29 months are twice the same time; two years and 5 months are one.
        if float(numbers.max()) <= length / own + 1:
            rest.append(other)
            length = own
    return rest


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
_STUDY_DAY: Final = re.compile(
    r"dthdy|lst(?:alv|con|vst)?dy|(?:(?:study|etude) )?(?:day|jour)(?: (?:study|etude))?(?: (?:of|de|du|d))?"
    r" (?:death|deces|last.*|derni.*)|(?:death|last .*|derni.*) (?:study )?(?:day|jour)"
    r"|(?:dernier|last) (?:study )?(?:day|jour) (?:known )?.*(?:alive|vivant|contact|nouvelles)"
)
"""Headers of days of a study, of which CDISC's begin with day 1: DTHDY, "Study day of death"."""
_CDISC_CONTACT: Final = re.compile(r"\blst(?:alv|con|vst)?dy\b")
_OF_CDISC: Final = re.compile(r"dthdy|lst(?:alv|con|vst)?dy")
_HISTORY: Final = re.compile(
    r"(?=.*\b(?:since|depuis|diag\w*|onset|sympt\w*|debut)\b)"
    r"(?!.*\b(?:surv\w*|survie|os|death|deces|last|derni\w*|follow|followup|fu|suivi|event|evenement|cens\w*)\b)"
)


def is_study_day(header: str) -> bool:
    """Whether a header says that its numbers are days of the study: the first may be day 0 or day 1."""
    return bool(_STUDY_DAY.fullmatch(plain_name(header)))


def first_study_day(header: str) -> int:
    """The number of the first day where a header tells it: CDISC's study days have no day 0."""
    return 1 if _OF_CDISC.fullmatch(plain_name(header)) else 0


def _is_history(header: str) -> bool:
    """Whether a time may as well be one before the study: "Time since diagnosis (months)"."""
    return bool(_HISTORY.match(plain_name(header)))


def _says_duration(name: str) -> bool:
    """Whether a header is the time from the origin to the end of follow-up: "Overall Survival (Months)"."""
    plain = plain_name(name)
    words = set(plain.split())
    until = bool(words & _UNTIL) and bool(words & _UNIT_WORDS.keys()) and bool(words & (_DEATH | _CONTACT))
    telling = until or bool(words & _TIME_WORDS)
    if plain in DURATION_HEADERS or is_study_day(name):
        return True
    return telling and words <= _TIME_WORDS | _AROUND_TIME


def is_to_death(header: str) -> bool:
    """Whether a time is said to end with death and with nothing else: days_to_death."""
    words = set(plain_name(header).replace("dthdy", "death").split())
    return bool(words & _DEATH) and not words & _CONTACT


def _is_to_contact(header: str) -> bool:
    words = _CDISC_CONTACT.sub("contact", plain_name(header)).replace("follow up", "followup").split()
    return bool(set(words) & _CONTACT) and not set(words) & _DEATH


def _guess_unit(column: Seen, seen: Sequence[Seen]) -> tuple[str, bool]:
    """The unit of the times, and whether it is said: by header, AVALU or endpoint, else by size."""
    beside = [one for one in seen if plain_name(one.header.text) in ("avalu", "param")]
    texts = [f"{column.header.text} {column.header.unit}"]
    if column.header.unit in _LETTERS:
        return _LETTERS[column.header.unit], True
    texts += [text for one in beside for text, _count in one.profile.texts.most_common(3)]
    for text in texts:
        if unit := unit_of_time(text):
            return unit, True
    if is_study_day(column.header.text):
        return "days", True
    numbers = column.profile.numbers
    longest = float(numbers.max()) if numbers.size else 0.0
    if longest > 300 or (longest > 60 and column.profile.whole):
        return "days", False
    return ("months" if longest > 20 else "years"), False
