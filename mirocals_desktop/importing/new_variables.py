"""Variables that a file has and the protocol has not: code, type, unit and scope, proposed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Kind, Label, Protocol, Scope, Seal, Unit, Variable
from mirocals_desktop.protocol.words import plain_unit

_MAX_CODE: Final = 40
_MAX_LABEL: Final = 80
_MAX_DECIMALS: Final = 6
_SAME: Final = 1e-9
_MAX_CHOICES: Final = 12


def code_of(name: str) -> str:
    """A code from a header: small letters, digits, underscores, no accents; "" when nothing is left."""
    words = plain_name(name.replace("%", " percent ")).split()
    return "_".join(words)[:_MAX_CODE].strip("_")


def guess_kind(profile: Profile) -> Kind:
    """What kind of variable a column is, by its cells."""
    if profile.said == 0:
        return "text"
    if profile.digits == 8 or (profile.dates >= 0.8 and profile.dates > profile.numeric):
        return "date"
    if profile.numeric >= 0.8:
        return "number"
    words = profile.texts
    if profile.booleans or (
        0 < profile.distinct <= _MAX_CHOICES
        and profile.said >= 3 * profile.distinct
        and all(len(text) <= 40 for text in words)
    ):
        return "choice"
    return "text"


def decimals_of(profile: Profile) -> int:
    """How many decimals the numbers of a column are written with, at most six."""
    sample = profile.numbers[np.isfinite(profile.numbers)][:2000]
    for decimals in range(_MAX_DECIMALS):
        if not sample.size or float(np.abs(sample - np.round(sample, decimals)).max()) <= _SAME:
            return decimals
    return _MAX_DECIMALS


def _label(name: str) -> str:
    return " ".join(name.split())[:_MAX_LABEL]


def _names_of(variable: Variable) -> set[str]:
    texts = (variable.code, variable.label.en, variable.label.fr, *variable.synonyms)
    return {plain_name(text) for text in texts}


class NewVariables:
    """The variables that an import adds. A header that comes again in another table is the same variable."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._made: dict[tuple[str, str, str, str], Variable] = {}
        self._sealed: set[tuple[str, str, str, str]] = set()
        self._codes = {variable.code for variable in protocol.variables}
        self._own_names: set[str] = set()
        self._names: dict[tuple[Scope, str], set[str]] = {}
        self._added = [variable for variable in protocol.variables if not variable.group]

    def propose(
        self, name: str, *, kind: Kind, scope: Scope, log: str = "", unit: str = "", profile: Profile
    ) -> Variable:
        """A new variable of this name; the one made before for the same name, scope and unit."""
        base = code_of(name) or "column"
        units = self._units(unit) if kind in ("number", "integer") else ()
        key = (base, scope, log, plain_unit(units[0].name) if units else kind)
        if key in self._made:
            return self._made[key]
        stored = self._stored(base, name, kind, scope, log, units)
        if stored is not None:
            return stored  # an earlier import of the same column added it
        code = base
        number = 2
        while code in self._codes or self._is_taken(code, scope, log):
            code = f"{base}_{number}"
            number += 1
        self._codes.add(code)
        label = self._free_label(_label(name) or code, scope, log)
        variable = Variable(
            code=code,
            label=Label(label, label),
            kind=kind,
            scope=scope,
            log=log,
            unit=units[0].name if units else "",
            units=units,
            decimals=decimals_of(profile) if kind == "number" else 0,
        )
        self._made[key] = variable
        self._own_names |= _names_of(variable)
        return variable

    def sealed(self, variable: Variable, seal: Seal) -> Variable:
        """The variable as a blinded study seals it; the first answer counts for every table it stands in."""
        key = next(key for key, made in self._made.items() if made.code == variable.code)
        if key not in self._sealed:
            self._sealed.add(key)
            self._made[key] = replace(variable, seal=seal)
        return self._made[key]

    def _stored(
        self, base: str, name: str, kind: Kind, scope: Scope, log: str, units: Sequence[Unit]
    ) -> Variable | None:
        """The study's variable that an earlier import made of a column of this name, or would have made.

        Its code and label have a number behind them where something else was called so already.
        """
        # Of the protocol's own none: somebody has said that the column is something else.
        label = re.compile(rf"{re.escape(_label(name) or base)}( \(\d+\))?") if self._added else None
        for variable in self._added:
            numbered = re.fullmatch(rf"{re.escape(base)}_\d+", variable.code) is not None
            if variable.code != base and not (numbered and label and label.fullmatch(variable.label.en)):
                continue
            same_unit = not units or plain_unit(variable.unit) == plain_unit(units[0].name)
            if same_unit and (variable.kind, variable.scope, variable.log) == (kind, scope, log):
                return variable
        return None

    def _is_taken(self, name: str, scope: Scope, log: str) -> bool:
        """Whether a variable of this scope, or a new one, is called so: no header may mean two of them."""
        if (scope, log) not in self._names:
            stored = (_names_of(variable) for variable in self._protocol.of_scope(scope, log=log))
            self._names[scope, log] = set().union(*stored)
        plain = plain_name(name)
        return plain in self._own_names or plain in self._names[scope, log]

    def _free_label(self, name: str, scope: Scope, log: str) -> str:
        """The name, with a number where another variable of this scope is called so."""
        label, number = name, 2
        while self._is_taken(label, scope, log):
            label = f"{name} ({number})"
            number += 1
        return label

    def _units(self, unit: str) -> tuple[Unit, ...]:
        bare = re.sub(r"\s+", " ", unit).strip()
        if not bare:
            return ()
        for family in self._protocol.unit_families:
            if plain_unit(bare) in {plain_unit(name) for name in (family.unit, *family.units[0].synonyms)}:
                return family.units
        return (Unit(bare),)
