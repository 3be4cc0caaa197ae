"""From terms such as "group", "age", "log(csf_pnfh)" or "group:age" to the columns of a Cox model.

Categorical variables become indicator columns against their first level, as R's treatment contrasts, with
R's rule for an interaction whose main effect is not in the model (`terms.formula`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.times import Factor, Flags, Floats, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

_TRANSFORM = re.compile(r"(log|log2|log10|sqrt)\((.+)\)")


@dataclass(frozen=True)
class Column:
    """One column of the model: its name as R writes it, the term it belongs to, and the level it marks."""

    name: str
    term: str
    level: str = ""


@dataclass(frozen=True)
class Design:
    """The covariates of a model: a row per patient that has them all, a column per coefficient."""

    terms: tuple[str, ...]
    columns: tuple[Column, ...]
    matrix: Floats
    kept: Flags
    """Which patients of the times have every covariate (and their group and stratum)."""

    @property
    def left_out(self) -> int:
        """How many patients lack a covariate."""
        return int(np.count_nonzero(~self.kept))


@dataclass(frozen=True)
class _Part:
    """A variable of a term: NaN-free columns for each coding, by level for a categorical one."""

    name: str
    full: list[tuple[str, str, Floats]]  # column name, level, values
    categorical: bool

    def columns(self, *, contrasts: bool) -> list[tuple[str, str, Floats]]:
        if not (self.categorical and contrasts):
            return self.full
        # with one level only nothing is left to contrast: the constant column is kept, and is said to be one
        return self.full[1:] or self.full


def split_terms(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """The terms of "A,B,A:B"; a variable whose own name has a comma or colon is found whole.

    Raises `AppError` for a variable that is not among `names`.
    """
    terms: list[str] = []
    rest = text.strip()
    known = sorted(names, key=len, reverse=True)
    while rest:
        whole = next((n for n in known if rest == n or rest.startswith(n + ",")), None)
        term = whole if whole is not None else rest.split(",", 1)[0].strip()
        rest = rest[len(whole) :] if whole is not None else (rest.split(",", 1)[1:] or [""])[0]
        rest = rest.removeprefix(",").strip()
        if term and term not in terms:
            terms.append(term)
    for term in terms:
        for variable in variables_of(term, names):
            if variable not in names:
                raise AppError(
                    _("There is no column “{name}” for the covariate “{term}”.").format(
                        name=variable, term=term
                    ),
                    hint=hint_columns(variable, names),
                )
    return tuple(terms)


def hint_columns(name: str, names: Sequence[str]) -> str:
    """What to write instead of a column's name that there is none of: the near ones, then all."""
    folded = {known.casefold(): known for known in names if known}
    near = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=3)]
    meant = _("Did you mean {names}?").format(names=", ".join(f"“{one}”" for one in near)) if near else ""
    every = _("The columns are: {names}.").format(names=", ".join(filter(None, names)))
    return f"{meant} {every}".strip()


def variables_of(term: str, names: Sequence[str]) -> tuple[str, ...]:
    """The variables that a term is made of, without their transformation."""
    return tuple(_untransformed(part, names)[0] for part in parts_of(term, names))


def parts_of(term: str, names: Sequence[str]) -> list[str]:
    """What an interaction is made of, transformations and all; a plain term is its own part."""
    # as in R a variable crossed with itself is the variable
    return [term] if term in names else list(dict.fromkeys(part.strip() for part in term.split(":")))


def _untransformed(part: str, names: Sequence[str]) -> tuple[str, str]:
    found = _TRANSFORM.fullmatch(part)
    return (part, "") if part in names or not found else (found.group(2).strip(), found.group(1))


def build_design(times: SurvivalTimes, terms: Sequence[str]) -> Design:
    """The columns for the terms, in R's order: main effects first, then interactions.

    Patients without a covariate, a group or a stratum that the model needs are left out. Raises
    `AppError` for an unknown variable and for the logarithm or root of a value that has none.
    """
    covariates = {c.name: c for c in times.covariates}
    if times.group is not None:
        covariates.setdefault(times.group.name, times.group)
    names = list(covariates)
    ordered = _order_as_r(terms, names)
    if times.strata is not None:  # coxph writes its formula anew once it has taken the strata out
        ordered = _order_as_r(ordered, names)

    kept = np.ones(times.n, np.bool_)
    if times.strata is not None:
        kept &= times.strata.codes >= 0
    for term in ordered:
        for variable in variables_of(term, names):
            covariate = times.covariate(variable)
            kept &= covariate.codes >= 0 if isinstance(covariate, Factor) else ~np.isnan(covariate.values)

    columns: list[Column] = []
    arrays: list[Floats] = []
    for place, term in enumerate(ordered):
        parts = parts_of(term, names)
        before = [frozenset(parts_of(earlier, names)) for earlier in ordered[:place]]
        product: list[tuple[str, str, Floats]] = [("", "", np.ones(int(np.count_nonzero(kept))))]
        for part in parts:
            margin = frozenset(parts) - {part}
            coded = _build_part(times, part, names, kept)
            # R asks whether a term before this one holds all the other variables, be it by itself or not
            choices = coded.columns(contrasts=not margin or any(margin <= held for held in before))
            # R lets the first variable of an interaction run fastest
            product = [
                (
                    ":".join(filter(None, (name, more))),
                    ":".join(filter(None, (level, label))),
                    values * column,
                )
                for more, label, column in choices
                for name, level, values in product
            ]
        for name, level, values in product:
            columns.append(Column(name, term, level))
            arrays.append(values)
    matrix = np.column_stack(arrays) if arrays else np.zeros((int(np.count_nonzero(kept)), 0))
    return Design(tuple(ordered), tuple(columns), matrix, kept)


def _order_as_r(terms: Sequence[str], names: Sequence[str]) -> list[str]:
    """Main effects before interactions; inside an interaction the variables as they first appear."""
    appearance: dict[str, int] = {}
    for term in terms:
        for part in parts_of(term, names):
            appearance.setdefault(part, len(appearance))
    written = [":".join(sorted(parts_of(term, names), key=appearance.__getitem__)) for term in terms]
    return sorted(dict.fromkeys(written), key=lambda term: len(parts_of(term, names)))


def _build_part(times: SurvivalTimes, part: str, names: Sequence[str], kept: Flags) -> _Part:
    variable, transform = _untransformed(part, names)
    covariate = times.covariate(variable)
    if isinstance(covariate, Factor):
        if transform:
            raise AppError(
                _("{transform} of {variable} is not possible: it is not a number.").format(
                    transform=transform, variable=variable
                )
            )
        held = covariate.codes[kept]
        # R keeps a level that no patient in the model has, without a coefficient; the reference must have one
        first = min(held, default=0)
        levels = list(enumerate(covariate.levels))[first:]
        full = [(part + level, level, (held == i) * 1.0) for i, level in levels]
        return _Part(part, full, categorical=True)
    values = covariate.values[kept]
    if transform:
        bad = np.flatnonzero(values < 0 if transform == "sqrt" else values <= 0)
        if len(bad):
            raise AppError(
                _("{transform} of {variable} is not possible: {count} values are not positive.").format(
                    transform=transform, variable=variable, count=len(bad)
                ),
                hint=_("Use the variable without the transformation, or correct the values."),
            )
        function = {"log": np.log, "log2": np.log2, "log10": np.log10, "sqrt": np.sqrt}[transform]
        values = function(values)
    return _Part(part, [(part, "", values)], categorical=False)
