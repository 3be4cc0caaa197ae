"""What a trial is, as data: arms, visits, variables, endpoint, classes. Read from a TOML file, not computed.

The program knows some variables by their code (`codes.py`); everything else it treats by kind and scope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mirocals_desktop.i18n import language

Kind = Literal["number", "integer", "date", "choice", "text"]
"""How a value is written: a measured number, whole number, calendar date, one of the choices, free text."""

Scope = Literal["patient", "visit", "log"]
"""What a value belongs to: once to a patient, once to a visit, or to one record of a repeating log."""

Seal = Literal["never", "after_first_dose", "always"]
"""When a blinded study seals the value as it comes in."""


@dataclass(frozen=True)
class Label:
    """A name in both languages of the program; `str()` gives the user's."""

    en: str
    fr: str

    def __str__(self) -> str:
        return self.fr if language() == "fr" else self.en


@dataclass(frozen=True)
class Limits:
    """A range with open ends where None; both ends belong to it."""

    low: float | None = None
    high: float | None = None

    def __contains__(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None


@dataclass(frozen=True)
class Unit:
    """A unit that files may give a variable in: value in the variable's own unit = value * factor."""

    name: str
    factor: float = 1.0
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnitFamily:
    """The units that every variable measured in `unit` accepts; `units` begins with that unit itself."""

    unit: str
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class Group:
    """A heading that variables are shown under, in lists and choosers."""

    code: str
    label: Label


@dataclass(frozen=True)
class Choice:
    """One value of a choice variable: stored by its code, shown by its label."""

    code: str
    label: Label
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    """One thing that is recorded: its type, unit, limits, and the headers that files give it.

    `units` lists every accepted unit, the canonical one (`unit`, factor 1) first. `impossible` holds the
    range outside which a value cannot be true, `suspicious` the range outside which it is looked at,
    `assay` the range that the assay can quantify. `seal` says when a blinded study seals it.
    """

    code: str
    label: Label
    kind: Kind
    scope: Scope
    log: str = ""
    group: str = ""
    unit: str = ""
    units: tuple[Unit, ...] = ()
    specimen: str = ""
    decimals: int = 0
    impossible: Limits = Limits()
    suspicious: Limits = Limits()
    assay: Limits = Limits()
    log_axis: bool = False
    seal: Seal = "never"
    choices: tuple[Choice, ...] = ()
    synonyms: tuple[str, ...] = ()

    def choice(self, code: str) -> Choice | None:
        """The choice with this code, if the variable has it."""
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True)
class Arm:
    """A treatment arm. Its colour and line style are those of the data everywhere."""

    code: str
    label: Label
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """A centre of the trial."""

    code: str
    label: Label
    country: str


@dataclass(frozen=True)
class Visit:
    """A planned visit: its target day from the anchor date, its window, and the variables due at it.

    `day` is None for a visit that files name and the protocol does not plan; nothing is due at it.
    """

    code: str
    label: Label
    day: int | None
    before: int = 0
    after: int = 0
    due: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Log:
    """A repeating log (adverse events, doses, samples ...): its variables have scope "log" and name it."""

    code: str
    label: Label


@dataclass(frozen=True)
class Endpoint:
    """A named rule: the first of these events ends a patient's time. `events` are event codes."""

    code: str
    label: Label
    events: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """Something that happens to a patient once, and the date variable that tells when."""

    code: str
    label: Label
    variable: str


@dataclass(frozen=True)
class Classes:
    """Classes of a variable at one visit by fixed cuts: value < cuts[0], < cuts[1] ..., the rest.

    A value equal to a cut belongs to the upper class unless it is the last cut, which belongs to the
    middle one ("between 750 and 3,700", "above 3,700").
    """

    variable: str
    visit: str
    cuts: tuple[float, ...]
    labels: tuple[Label, ...]

    def class_of(self, value: float) -> int:
        """The index of the class that the value falls in."""
        last = self.cuts[-1]
        if value > last:
            return len(self.cuts)
        return sum(value >= cut for cut in self.cuts[:-1])


@dataclass(frozen=True)
class Protocol:
    """A trial. Lookups by code return None where the protocol does not have it.

    `origin` is the code of the patients' date at day 0. The variable `arm` is a choice whose choices are the
    protocol's arms. `code` names the protocol itself.
    """

    code: str
    title: Label
    registry: str
    notes: tuple[Label, ...]
    origin: str
    horizon_days: int | None
    arms: tuple[Arm, ...]
    reference_arm: str
    sites: tuple[Site, ...]
    strata: tuple[str, ...]
    events: tuple[Event, ...]
    endpoints: tuple[Endpoint, ...]
    classes: tuple[Classes, ...]
    visits: tuple[Visit, ...]
    logs: tuple[Log, ...]
    variables: tuple[Variable, ...]
    groups: tuple[Group, ...] = ()
    unit_families: tuple[UnitFamily, ...] = ()
    _by_code: dict[str, Variable] = field(init=False, repr=False, compare=False, default_factory=dict)
    _visits: dict[str, Visit] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_code.update({variable.code: variable for variable in self.variables})
        self._visits.update({visit.code: visit for visit in self.visits})

    def variable(self, code: str) -> Variable | None:
        """The variable with this code."""
        return self._by_code.get(code)

    def visit(self, code: str) -> Visit | None:
        """The visit with this code."""
        return self._visits.get(code)

    def arm(self, code: str) -> Arm | None:
        """The arm with this code."""
        return next((arm for arm in self.arms if arm.code == code), None)

    def endpoint(self, code: str) -> Endpoint | None:
        """The endpoint rule with this code."""
        return next((endpoint for endpoint in self.endpoints if endpoint.code == code), None)

    def event(self, code: str) -> Event | None:
        """The event with this code."""
        return next((event for event in self.events if event.code == code), None)

    def group(self, code: str) -> Group | None:
        """The group with this code."""
        return next((group for group in self.groups if group.code == code), None)

    def units_of(self, unit: str) -> tuple[Unit, ...]:
        """The units that a variable measured in `unit` accepts, that unit first."""
        family = next((family for family in self.unit_families if family.unit == unit), None)
        return family.units if family else (Unit(unit),) if unit else ()

    def of_scope(self, scope: Scope, *, log: str = "") -> tuple[Variable, ...]:
        """The variables of one scope, those of one log when it is named, in the protocol's order."""
        return tuple(v for v in self.variables if v.scope == scope and (not log or v.log == log))

    def classes_of(self, variable: str) -> Classes | None:
        """The classes that the protocol makes of a variable."""
        return next((classes for classes in self.classes if classes.variable == variable), None)
