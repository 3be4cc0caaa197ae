"""Which visit a file's name for one means: the protocol's where name and day agree, else the file's own.

"Visite 1" is a visit of the protocol by name, and another one by its day when the file counts visits from
randomisation and the protocol from screening: then the file's names are kept, all of them, as visits of the
study's own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.batch import Ints
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import code_of
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.seen import SURE
from mirocals_desktop.importing.timepoints import read_timepoint, timepoint_key
from mirocals_desktop.protocol.model import Label, Protocol, Visit

_SLACK_DAYS: Final = 21
_AGREEING: Final = 0.75
_SAME_DAYS: Final = 3
_ENOUGH_DAYS: Final = 3
_NEARLY_ALL: Final = 0.9


@dataclass(eq=False)
class _Label:
    """One spelling of a visit over all tables: how often, where first, and on which days it took place."""

    text: str
    count: int = 0
    where: tuple[str, str, str] = ("", "", "")
    days: list[Floats] = field(default_factory=list)

    @property
    def middle_day(self) -> float | None:
        """The median of its days from the time origin, None when none is known."""
        known = np.concatenate(self.days) if self.days else np.zeros(0)
        return float(np.median(known)) if known.size else None

    def held_by(self, protocol: Protocol) -> Visit | None:
        """The one planned visit in whose window nearly all of its days are, where there are a few."""
        known = np.concatenate(self.days) if self.days else np.zeros(0)
        inside = {
            visit.code: float(
                ((known >= visit.day - visit.before) & (known <= visit.day + visit.after)).mean()
            )
            for visit in protocol.visits
            if visit.day is not None and known.size >= _ENOUGH_DAYS
        }
        holding = [visit for visit in protocol.visits if inside.get(visit.code, 0.0) >= _NEARLY_ALL]
        return holding[0] if len(holding) == 1 else None


@dataclass(frozen=True)
class VisitNames:
    """Visit label (plain) -> code of the visit, and the visits that the import adds."""

    codes: Mapping[str, str]
    added: tuple[Visit, ...]
    kept_own: bool

    def code(self, label: str) -> str:
        """The code of the visit that a label names; "" for an empty one."""
        return self.codes.get(visit_key(label), "")


def visit_key(label: str) -> str:
    """How a visit's label is looked up."""
    return timepoint_key(label)


class VisitLabels:
    """Collects the visit labels of an import with the days on which they took place."""

    def __init__(self) -> None:
        self._labels: dict[str, _Label] = {}

    def add(
        self, places: Ints, texts: Sequence[str], days: Floats | None, *, where: tuple[str, str, str]
    ) -> None:
        """Rows with the places of their labels among `texts`, and their days from the time origin (or NaN).

        `where` is file, sheet and cell.
        """
        order = np.argsort(places, kind="stable")
        used, starts = np.unique(places[order], return_index=True)
        ends = np.append(starts[1:], len(order))
        first_seen = np.argsort(order[starts], kind="stable")
        for number in first_seen.tolist():
            text = texts[int(used[number])]
            key = visit_key(text)
            if not key:
                continue
            rows = order[starts[number] : ends[number]]
            label = self._labels.setdefault(key, _Label(" ".join(text.split()), where=where))
            label.count += len(rows)
            if days is not None:
                label.days.append(days[rows][np.isfinite(days[rows])])

    def decide(self, protocol: Protocol, asker: Asker, *, foreign: bool) -> VisitNames:
        """The visit of each label. `foreign` tells that the file's arms are not those of the protocol."""
        if not self._labels:
            return VisitNames({}, (), kept_own=False)
        named = visits_by_name(protocol)
        matches = {key: named[key] for key in self._labels if key in named}
        near = self._near(protocol, matches)
        matches.update(near)
        disagreeing = [key for key, visit in matches.items() if not self._agrees(key, visit, foreign=foreign)]
        unknown = [key for key in self._labels if key not in matches]
        base = {key for key, visit in matches.items() if visit.day == 0 and key not in disagreeing}
        own = bool(disagreeing) or len(matches) < _AGREEING * len(self._labels)
        choice = "own" if own else "protocol"
        if protocol.visits and self._labels:
            choice = self._ask(protocol, asker, choice, matches, disagreeing, unknown, list(near))
        chosen: dict[str, str] = {}
        added: dict[str, Visit] = {}
        for key, label in self._ordered():
            keep = key in matches and (choice == "protocol" or key in base)
            suggested = matches[key].code if keep else "own"
            answer = self._ask_one(protocol, asker, key, label, suggested)
            known = _made_before(label.text, protocol, matches.get(key)) if answer == "own" else None
            if known is not None:
                chosen[key] = known.code
            elif answer == "own":
                visit = _own_visit(label.text, protocol, added)
                added[visit.code] = visit
                chosen[key] = visit.code
            else:
                chosen[key] = "" if answer == "none" else answer
        return VisitNames(chosen, tuple(added.values()), kept_own=choice == "own")

    def _near(self, protocol: Protocol, matches: Mapping[str, Visit]) -> dict[str, Visit]:
        """The planned visits that labels mean by their day alone: "wk 24" is V9, planned on day 169.

        A label that says nothing of itself ("E2") means the visit in whose window nearly all of its rows are.
        """
        taken = {visit.code for visit in matches.values()}
        found: dict[str, Visit] = {}
        for key, label in self._labels.items():
            point = read_timepoint(label.text)
            if key in matches:
                continue
            if point is None and (held := label.held_by(protocol)) is not None and held.code not in taken:
                found[key] = held
            if point is None or point.day is None:
                continue
            day = point.day
            close = [v for v in protocol.visits if v.day is not None and abs(v.day - day) <= _SAME_DAYS]
            nearest = min(close, key=lambda visit: abs((visit.day or 0) - day), default=None)
            if nearest is not None and nearest.code not in taken:
                found[key] = nearest
        often = Counter(visit.code for visit in found.values())
        return {key: visit for key, visit in found.items() if often[visit.code] == 1}

    def _ordered(self) -> list[tuple[str, _Label]]:
        """The labels in the order of the days that they mean or took place on, else as they come."""

        def day(item: tuple[int, tuple[str, _Label]]) -> tuple[float, int]:
            number, (_key, label) = item
            point = read_timepoint(label.text)
            if point is not None and point.day is not None:
                return float(point.day), number
            middle = label.middle_day
            return (middle, number) if middle is not None else (np.inf, number)

        return [item for _, item in sorted(enumerate(self._labels.items()), key=day)]

    def _agrees(self, key: str, visit: Visit, *, foreign: bool) -> bool:
        """Whether the days on which a label took place fit the protocol's visit of that name."""
        if visit.day is None:
            return True
        middle = self._labels[key].middle_day
        if middle is None:
            return not foreign or visit.day == 0
        slack = max(_SLACK_DAYS, visit.before, visit.after)
        return visit.day - slack <= middle <= visit.day + slack

    def _ask(
        self,
        protocol: Protocol,
        asker: Asker,
        suggested: str,
        matches: Mapping[str, Visit],
        disagreeing: Sequence[str],
        unknown: Sequence[str],
        near: Sequence[str],
    ) -> str:
        evidence = []
        for key in near[:5]:
            said = _("“{label}” means {visit}, planned on day {planned}, by its day alone")
            visit = matches[key]
            evidence.append(said.format(label=self._labels[key].text, visit=visit.code, planned=visit.day))
        for key in disagreeing[:5]:
            middle = self._labels[key].middle_day
            visit = matches[key]
            if middle is not None:
                evidence.append(
                    _("“{label}” took place on day {day}, {visit} is planned on day {planned}").format(
                        label=self._labels[key].text, day=round(middle), visit=visit.code, planned=visit.day
                    )
                )
        names = ", ".join(self._labels[key].text for key in unknown[:8])
        if unknown:
            evidence.append(_("not in the protocol: {labels}").format(labels=names))
        first = next(iter(self._labels.values()))
        confidence = 0.97 if not (disagreeing or unknown or near) else 0.6
        return asker.ask(
            Question(
                id=question_id("visits"),
                kind="visits",
                text=_("Are the visits of the file those of the protocol {protocol}?").format(
                    protocol=protocol.title
                ),
                options=(
                    Option("protocol", _("Yes, by their names"), _listed(self._labels, matches)),
                    Option("own", _("No: keep the file’s names as visits of this study")),
                ),
                suggested=suggested,
                confidence=confidence,
                evidence=tuple(evidence),
                file=first.where[0],
                sheet=first.where[1],
                cells=(first.where[2],) if first.where[2] else (),
                asked=confidence < SURE,
            )
        )

    def _ask_one(self, protocol: Protocol, asker: Asker, key: str, label: _Label, suggested: str) -> str:
        return asker.ask(
            Question(
                id=question_id("visit", key),
                kind="visit",
                text=_("Which visit is “{label}”?").format(label=label.text),
                options=(
                    *(Option(visit.code, f"{visit.code} {visit.label}") for visit in protocol.visits),
                    Option("own", _("A visit of its own")),
                    Option("none", _("No visit: only the date counts")),
                ),
                suggested=suggested,
                confidence=0.9,
                evidence=(
                    ngettext("{count} row", "{count} rows", label.count).format(count=amount(label.count)),
                ),
                file=label.where[0],
                sheet=label.where[1],
                cells=(label.where[2],) if label.where[2] else (),
                asked=False,
            )
        )


def planned_visit(label: str, protocol: Protocol) -> Visit | None:
    """The visit of the protocol that a label names word for word."""
    return visits_by_name(protocol).get(visit_key(label))


def _listed(labels: Mapping[str, _Label], matches: Mapping[str, Visit]) -> str:
    return ", ".join(f"{labels[key].text} = {visit.code}" for key, visit in list(matches.items())[:6])


def visits_by_name(protocol: Protocol) -> dict[str, Visit]:
    """Visit by each of its names. Those that came from files come first: M2 is theirs if Month 2 is."""
    named: dict[str, Visit] = {}
    for visit in sorted(protocol.visits, key=lambda one: not _is_own(one)):
        for text in (visit.code, visit.label.en, visit.label.fr, *visit.synonyms):
            named.setdefault(visit_key(text), visit)
    return named


def _is_own(visit: Visit) -> bool:
    """Whether a visit came from a file and not from a plan: it has no window and nothing is due at it."""
    return not visit.due and not visit.before and not visit.after


def _made_before(text: str, protocol: Protocol, match: Visit | None) -> Visit | None:
    """The visit that an earlier import made of this name: the same name is the same visit again.

    It bears the name itself, or, where a planned visit of that name took place on other days, its number
    behind the code and a word behind the label (`_own_visit`).
    """
    if match is not None and _is_own(match):
        return match
    code, name = re.compile(rf"{re.escape(code_of(text) or 'visit')}(?:_\d+)?"), text.casefold()
    return next(
        (
            visit
            for visit in protocol.visits
            if _is_own(visit)
            and code.fullmatch(visit.code)
            and visit.label.en.casefold().startswith(f"{name} (")
        ),
        None,
    )


def _own_visit(text: str, protocol: Protocol, added: Mapping[str, Visit]) -> Visit:
    """A visit of the study's own; its day is the one that its name gives."""
    taken: Counter[str] = Counter(
        [visit.code.casefold() for visit in protocol.visits] + [c.casefold() for c in added]
    )
    base = code_of(text) or "visit"
    code, number = base, 2
    while taken[code.casefold()]:
        code, number = f"{base}_{number}", number + 1
    names = defaultdict(
        bool, {visit_key(n): True for v in protocol.visits for n in (v.code, v.label.en, v.label.fr)}
    )
    label = text if not names[visit_key(text)] else _("{label} (file)").format(label=text)
    point = read_timepoint(text)
    return Visit(code=code, label=Label(label, label), day=point.day if point else None)
