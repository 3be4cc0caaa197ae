"""What must hold between the parts of a protocol: codes exist where they are named, names mean one thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final
from typing import Protocol as Shape

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Choice, Label, Protocol, Variable
from mirocals_desktop.protocol.tables import Mistakes
from mirocals_desktop.protocol.toml_lines import TomlPath
from mirocals_desktop.protocol.words import plain_name, plain_unit

_NUMERIC: Final = ("number", "integer")


class _Named(Shape):
    """Anything that files call by its code, its label or a synonym."""

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> Label: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...


def check_protocol(protocol: Protocol, mistakes: Mistakes) -> None:
    """Add to `mistakes` whatever does not fit together in a protocol whose tables were read one by one."""
    _check_codes(protocol, mistakes)
    _check_head(protocol, mistakes)
    _check_events(protocol, mistakes)
    _check_classes(protocol, mistakes)
    _check_visits(protocol, mistakes)
    for position, variable in enumerate(protocol.variables):
        _check_variable(protocol, variable, ("variables", position), mistakes)
    _check_headers(protocol.variables, mistakes)
    _check_names(protocol.arms, "arms", mistakes)


def _check_codes(protocol: Protocol, mistakes: Mistakes) -> None:
    lists: dict[str, Sequence[str]] = {
        "variables": [item.code for item in protocol.variables],
        "visits": [item.code for item in protocol.visits],
        "arms": [item.code for item in protocol.arms],
        "sites": [item.code for item in protocol.sites],
        "events": [item.code for item in protocol.events],
        "endpoints": [item.code for item in protocol.endpoints],
        "logs": [item.code for item in protocol.logs],
        "groups": [item.code for item in protocol.groups],
        "units": [item.unit for item in protocol.unit_families],
    }
    for name, found in lists.items():
        seen: set[str] = set()
        for position, code in enumerate(found):
            if code in seen:
                key = "unit" if name == "units" else "code"
                mistakes.add((name, position, key), _("the code “{code}” stands twice").format(code=code))
            seen.add(code)


def _check_head(protocol: Protocol, mistakes: Mistakes) -> None:
    origin = protocol.variable(protocol.origin)
    if origin is None or origin.kind != "date" or origin.scope != "patient":
        mistakes.add(
            ("protocol", "origin"),
            _("“origin” must be the code of a date variable of the patient, and “{code}” is none").format(
                code=protocol.origin
            ),
        )
    if protocol.horizon_days is not None and protocol.horizon_days <= 0:
        mistakes.add(("protocol", "horizon_days"), _("“horizon_days” must be above 0"))
    if protocol.reference_arm and protocol.arm(protocol.reference_arm) is None:
        mistakes.add(
            ("protocol", "reference_arm"),
            _unknown(_("arm"), protocol.reference_arm, [arm.code for arm in protocol.arms]),
        )
    for position, code in enumerate(protocol.strata):
        variable = protocol.variable(code)
        if variable is None or variable.scope != "patient":
            mistakes.add(
                ("protocol", "strata", position),
                _("“{code}” is no variable of the patient").format(code=code),
            )


def _check_events(protocol: Protocol, mistakes: Mistakes) -> None:
    for position, event in enumerate(protocol.events):
        variable = protocol.variable(event.variable)
        if variable is None or variable.kind != "date" or variable.scope != "patient":
            mistakes.add(
                ("events", position, "variable"),
                _("“{code}” is no date variable of the patient").format(code=event.variable),
            )
    events = [event.code for event in protocol.events]
    for position, endpoint in enumerate(protocol.endpoints):
        for place, code in enumerate(endpoint.events):
            if code not in events:
                mistakes.add(("endpoints", position, "events", place), _unknown(_("event"), code, events))


def _check_classes(protocol: Protocol, mistakes: Mistakes) -> None:
    for position, classes in enumerate(protocol.classes):
        path: TomlPath = ("classes", position)
        variable = protocol.variable(classes.variable)
        if variable is None or variable.kind not in _NUMERIC:
            mistakes.add(
                (*path, "variable"), _("“{code}” is no numeric variable").format(code=classes.variable)
            )
        if protocol.visit(classes.visit) is None:
            visits = [visit.code for visit in protocol.visits]
            mistakes.add((*path, "visit"), _unknown(_("visit"), classes.visit, visits))
        if not classes.cuts or list(classes.cuts) != sorted(set(classes.cuts)):
            mistakes.add((*path, "cuts"), _("“cuts” must hold numbers that rise"))
        if len(classes.labels) != len(classes.cuts) + 1:
            mistakes.add((*path, "labels"), _("“labels” must hold one label more than there are cuts"))


def _check_visits(protocol: Protocol, mistakes: Mistakes) -> None:
    for position, visit in enumerate(protocol.visits):
        for place, code in enumerate(visit.due):
            variable = protocol.variable(code)
            if variable is None or variable.scope != "visit":
                mistakes.add(
                    ("visits", position, "due", place),
                    _("“{code}” is no variable of a visit, so it cannot be due at “{visit}”").format(
                        code=code, visit=visit.code
                    ),
                )
    _check_names(protocol.visits, "visits", mistakes)


def _check_variable(protocol: Protocol, variable: Variable, path: TomlPath, mistakes: Mistakes) -> None:
    def say(key: str, message: str) -> None:
        mistakes.add((*path, key), _("variable “{code}”: {what}").format(code=variable.code, what=message))

    logs = [log.code for log in protocol.logs]
    if (variable.scope == "log") != bool(variable.log):
        say("log", _("“log” names the log of a variable whose scope is “log”, and of no other"))
    elif variable.log and variable.log not in logs:
        say("log", _unknown(_("log"), variable.log, logs))
    groups = [group.code for group in protocol.groups]
    if variable.group and variable.group not in groups:
        say("group", _unknown(_("group"), variable.group, groups))
    if variable.unit and variable.kind not in _NUMERIC:
        say("unit", _("only a number has a unit"))
    if (variable.impossible or variable.suspicious or variable.assay) and variable.kind not in _NUMERIC:
        say("kind", _("only a number has limits"))
    if not 0 <= variable.decimals <= 9:
        say("decimals", _("“decimals” must be between 0 and 9"))
    if any(
        end is not None and end not in variable.impossible
        for end in (variable.suspicious.low, variable.suspicious.high)
    ):
        say("suspicious", _("a suspicious limit lies outside the impossible ones, where it says nothing"))
    if variable.choices and variable.kind != "choice":
        say("choices", _("only a choice has choices"))
    if variable.kind == "choice" and not variable.choices and variable.code != codes.ARM:
        say("kind", _("a choice needs “choices”"))
    _check_units(variable, say=lambda message: say("accepts", message))
    _check_choices(variable.choices, say=lambda message: say("choices", message))
    _check_known_code(variable, say=say)


class _Say(Shape):
    def __call__(self, key: str, message: str) -> None: ...


class _SayOne(Shape):
    def __call__(self, message: str) -> None: ...


def _check_units(variable: Variable, *, say: _SayOne) -> None:
    names = [plain_unit(name) for unit in variable.units for name in (unit.name, *unit.synonyms)]
    factors: dict[str, set[float]] = {}
    for unit in variable.units:
        for name in (unit.name, *unit.synonyms):
            factors.setdefault(plain_unit(name), set()).add(unit.factor)
    for name in dict.fromkeys(names):
        if len(factors[name]) > 1:
            say(_("the unit “{unit}” has two factors").format(unit=name))


def _check_choices(choices: tuple[Choice, ...], *, say: _SayOne) -> None:
    for name, owners in _owners(choices).items():
        if len(owners) > 1:
            say(
                _("“{name}” means both “{first}” and “{second}”").format(
                    name=name, first=owners[0], second=owners[1]
                )
            )
    for code, count in Counter(choice.code for choice in choices).items():
        if count > 1:
            say(_("the choice “{code}” stands twice").format(code=code))


def _check_known_code(variable: Variable, *, say: _Say) -> None:
    """The program gives some codes a meaning; a variable that takes one must be what it means."""
    code = variable.code
    form = (variable.kind, variable.scope)
    if code == codes.ARM and (form != ("choice", "patient") or variable.seal != "always"):
        say("code", _('must be a choice of the patient with seal = "always"'))
    if code == codes.VITAL_STATUS:
        missing = {codes.ALIVE, codes.DEAD} - {choice.code for choice in variable.choices}
        if missing:
            say("choices", _("must offer “alive” and “dead”"))
    if code in PATIENT_DATES and form != ("date", "patient"):
        say("kind", _("must be a date of the patient"))
    if code == codes.VISIT_DATE and form != ("date", "visit"):
        say("kind", _("must be a date of the visit"))
    if code in codes.ALSFRS_R_ITEMS and form != ("integer", "visit"):
        say("kind", _("must be a whole number of the visit"))


PATIENT_DATES: Final = (
    codes.ONSET_DATE, codes.DIAGNOSIS_DATE, codes.CONSENT_DATE, codes.RILUZOLE_START_DATE,
    codes.RANDOMISATION_DATE, codes.FIRST_DOSE_DATE, codes.COMPLETION_DATE, codes.WITHDRAWAL_DATE,
    codes.LAST_CONTACT_DATE, codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.TRACHEOSTOMY_DATE,
    codes.NIV_START_DATE, codes.PAV_START_DATE, codes.GASTROSTOMY_DATE,
)  # fmt: skip
"""Codes that the program reads as a date of the patient."""


def _check_headers(variables: tuple[Variable, ...], mistakes: Mistakes) -> None:
    """A header may mean two variables only where their units tell them apart (Treg in % and in cells/µL)."""
    claims: dict[tuple[str, str, str], list[tuple[int, Variable]]] = {}
    for position, variable in enumerate(variables):
        for name in _names(variable):
            claims.setdefault((variable.scope, variable.log, name), []).append((position, variable))
    for (_scope, _log, name), claimants in claims.items():
        for index, (position, variable) in enumerate(claimants):
            for _other_position, other in claimants[:index]:
                if not _units_tell_apart(variable, other):
                    mistakes.add(
                        ("variables", position, "synonyms"),
                        _("the header “{name}” means both “{first}” and “{second}”").format(
                            name=name, first=other.code, second=variable.code
                        ),
                    )


def _units_tell_apart(first: Variable, second: Variable) -> bool:
    ours, theirs = (
        {plain_unit(name) for unit in variable.units for name in (unit.name, *unit.synonyms)}
        for variable in (first, second)
    )
    return bool(ours) and bool(theirs) and not ours & theirs


def _check_names(items: Sequence[_Named], where: str, mistakes: Mistakes) -> None:
    positions = {item.code: position for position, item in enumerate(items)}
    for name, owners in _owners(items).items():
        if len(owners) > 1:
            mistakes.add(
                (where, positions[owners[1]], "synonyms"),
                _("“{name}” means both “{first}” and “{second}”").format(
                    name=name, first=owners[0], second=owners[1]
                ),
            )


def _owners(items: Iterable[_Named]) -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for item in items:
        for name in _names(item):
            owners.setdefault(name, []).append(item.code)
    return owners


def _names(item: _Named) -> list[str]:
    """Everything that the item is called, reduced for comparison, each name once."""
    spelled = (item.code, item.label.en, item.label.fr, *item.synonyms)
    return [name for name in dict.fromkeys(plain_name(text) for text in spelled) if name]


def _unknown(what: str, code: str, known: Sequence[str]) -> str:
    return _("there is no {what} “{code}”; there are {known}").format(
        what=what, code=code, known=", ".join(known) or _("none")
    )
