"""Which group each patient belongs to: arm, class of a marker, outcome, site, or any choice of the protocol.

One grouping serves plots, tables and tests alike, so that a group has the same order, name and colour
everywhere. A blinded study's snapshot holds no arm, so no grouping by arm is offered for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.endpoint import OUTCOMES, derive_endpoint, outcome_name
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirocals_desktop.protocol.model import Classes, Variable
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Nature = Literal["pooled", "arm", "class", "outcome", "choice"]
"""What kind of groups they are: decides their colours, and nothing else."""

POOLED: Final = ""
OUTCOME: Final = "outcome:"
_CLASS: Final = "class:"
_MOST_LEVELS: Final = 12


@dataclass(frozen=True, eq=False)
class Grouping:
    """Patients in groups. `group[i]` is the index in `levels` of the group of `patients[i]`, -1 for none.

    `levels` are codes, `labels` their translated names, in the protocol's order. `reference` is the index of
    the reference arm, -1 where there is none.
    """

    code: str
    label: str
    nature: Nature
    levels: tuple[str, ...]
    labels: tuple[str, ...]
    patients: tuple[str, ...]
    group: Ints
    reference: int = -1
    notes: tuple[str, ...] = ()

    def counts(self) -> Ints:
        """How many patients each group has."""
        return np.bincount(self.group[self.group >= 0], minlength=len(self.levels)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class ClassAssignment:
    """The class of each patient by a marker's fixed cuts, with the measurement that decides it.

    Arrays have one item per patient: `index` of the class (-1: none), `value` in the variable's unit (NaN:
    none), `qualifier` "<", ">" or "", `observation` id (0: none), `visit` code of the visit it was taken at.
    """

    variable: str
    labels: tuple[str, ...]
    cuts: tuple[float, ...]
    patients: tuple[str, ...]
    index: Ints
    value: Floats
    qualifier: tuple[str, ...]
    observation: Ints
    visit: tuple[str, ...]
    notes: tuple[str, ...]


def grouping_choices(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Code and translated label of every grouping that this snapshot allows, pooled first.

    A blinded study offers all together, or classes of a marker over both arms: nothing else is asked of it,
    since a variable that somebody added may well tell the arm.
    """
    choices = [(POOLED, _("All patients together"))]
    protocol, patients = snapshot.protocol, snapshot.patients
    if snapshot.arms_visible:
        arm = protocol.variable(codes.ARM)
        choices.append((codes.ARM, str(arm.label) if arm else _("Arm")))
    for classes in protocol.classes:
        marker = protocol.variable(classes.variable)
        if marker is not None and classes.variable in snapshot.measured:
            choices.append((_CLASS + classes.variable, _("{marker} class").format(marker=marker.label)))
    if snapshot.blinded and not snapshot.unblinded:
        return choices
    origin = protocol.variable(snapshot.options.origin)
    if protocol.endpoint(snapshot.options.endpoint) is not None and origin is not None:
        choices.append((OUTCOME, _outcome_label(snapshot)))
    choices.extend(
        (variable.code, str(variable.label))
        for variable in protocol.of_scope("patient")
        if variable.code != codes.ARM and variable.code in patients.columns and _can_group(snapshot, variable)
    )
    return choices


def derive_groups(
    snapshot: Snapshot, code: str = POOLED, *, patients: Sequence[str] | None = None
) -> Grouping:
    """The groups of one grouping choice over `patients` (default: all but those excluded from analysis).

    Raises ValueError for a code that `grouping_choices` does not offer for the snapshot.
    """
    ids = _patients(snapshot, patients)
    if code == POOLED:
        label = _("All patients")
        return Grouping(code, label, "pooled", ("",), (label,), ids, np.zeros(len(ids), dtype=np.int64))
    if code.startswith(_CLASS):
        classes = snapshot.protocol.classes_of(code.removeprefix(_CLASS))
        marker = snapshot.protocol.variable(code.removeprefix(_CLASS))
        if classes is None or marker is None:
            raise ValueError(f"no classes for {code!r}")
        found = derive_classes(snapshot, classes.variable, patients=ids)
        levels = tuple(str(index) for index in range(len(classes.labels)))
        title = _("{marker} class").format(marker=marker.label)
        return Grouping(code, title, "class", levels, found.labels, ids, found.index, notes=found.notes)
    if snapshot.blinded and not snapshot.unblinded:
        raise ValueError(f"not a grouping of a blinded study: {code!r}")
    if code == OUTCOME:
        return _outcome(snapshot, ids)
    variable = snapshot.protocol.variable(code)
    if variable is None or variable.scope != "patient" or code not in snapshot.patients.columns:
        raise ValueError(f"not a grouping of this snapshot: {code!r}")
    return _by_variable(snapshot, variable, ids)


def derive_classes(
    snapshot: Snapshot, variable: str, *, patients: Sequence[str] | None = None
) -> ClassAssignment:
    """The class of each patient by the protocol's cuts of `variable`.

    The deciding measurement is the one at the classes' visit (the first, where it was repeated); for a
    patient without it, the last one up to the first dose, or up to day 0 where no first dose is known. A
    value beyond the assay's limit decides only when every value that it can mean lies in one class.
    """
    ids = _patients(snapshot, patients)
    classes = snapshot.protocol.classes_of(variable)
    if classes is None:
        raise ValueError(f"the protocol makes no classes of {variable!r}")
    rows = snapshot.measurements
    rows = rows[(rows["variable"] == variable) & ~rows["sealed"] & rows["number"].notna()]
    position = {patient: index for index, patient in enumerate(ids)}
    patient = np.array([position.get(name, -1) for name in rows["patient"]], dtype=np.int64)
    day, record = rows["day"].to_numpy(dtype=np.float64), rows["record"].to_numpy(dtype=np.int64)
    at_visit = (rows["visit"] == classes.visit).to_numpy(dtype=bool)
    before = is_baseline(snapshot, ids, patient, day)
    usable = np.flatnonzero((patient >= 0) & (at_visit | before))
    # Best last: at the visit before elsewhere, then late before early, then first record before repeats.
    late = np.where(at_visit, 0.0, day)[usable]
    order = usable[np.lexsort((-record[usable], late, at_visit[usable], patient[usable]))]
    chosen = np.full(len(ids), -1, dtype=np.int64)
    chosen[patient[order]] = order

    number, qualifiers = rows["number"].to_numpy(dtype=np.float64), rows["qualifier"].to_numpy(dtype=object)
    found = chosen >= 0
    value = np.where(found, number[chosen], np.nan) if len(rows) else np.full(len(ids), np.nan)
    qualifier = tuple(str(qualifiers[row]) if row >= 0 else "" for row in chosen)
    index = np.array(
        [class_of_value(classes, x, sign) for x, sign in zip(value, qualifier, strict=True)], dtype=np.int64
    )
    observation = rows["id"].to_numpy(dtype=np.int64)
    visits = rows["visit"].to_numpy(dtype=object)
    notes = _class_notes(snapshot, classes, index, found, at_visit[chosen] if len(rows) else found)
    return ClassAssignment(
        variable,
        tuple(str(label) for label in classes.labels),
        classes.cuts,
        ids,
        index,
        value,
        qualifier,
        np.where(found, observation[chosen], 0) if len(rows) else np.zeros(len(ids), dtype=np.int64),
        tuple(str(visits[row]) if row >= 0 else "" for row in chosen),
        notes,
    )


def is_baseline(snapshot: Snapshot, ids: Sequence[str], patient: Ints, day: Floats) -> npt.NDArray[np.bool_]:
    """Whether each row lies at or before baseline: up to the first dose, or up to day 0 where none is known.

    `patient` is the index in `ids` of each row's patient (-1: none), `day` its day from the time origin. A
    measurement on the day of the first dose counts as taken before it.
    """
    limit = np.zeros(len(ids) + 1)
    column = codes.FIRST_DOSE_DATE.removesuffix("_date") + "_day"
    if column in snapshot.patients.columns:
        dose = snapshot.patients[column].reindex(list(ids)).to_numpy(dtype=np.float64)
        limit[:-1] = np.where(np.isnan(dose), 0.0, dose)
    before: npt.NDArray[np.bool_] = (day <= limit[patient]) & (patient >= 0)
    return before


def _patients(snapshot: Snapshot, patients: Sequence[str] | None) -> tuple[str, ...]:
    excluded = frozenset(snapshot.options.excluded)
    names: Iterable[str] = snapshot.patients.index if patients is None else patients
    return tuple(str(name) for name in names if name not in excluded)


def _can_group(snapshot: Snapshot, variable: Variable) -> bool:
    """Choices always; free text and whole numbers only when they evidently repeat a few values."""
    if variable.kind not in ("choice", "text", "integer"):
        return False
    values = snapshot.patients[variable.code]
    known = values[values.notna() & (values != "")]
    count = int(known.nunique())
    if variable.kind == "choice" or variable.code == codes.SITE:
        return 2 <= count <= max(_MOST_LEVELS, len(variable.choices), len(snapshot.protocol.sites))
    return 2 <= count <= _MOST_LEVELS and count * 4 <= len(known)


def _by_variable(snapshot: Snapshot, variable: Variable, ids: tuple[str, ...]) -> Grouping:
    protocol = snapshot.protocol
    values = [_code(value) for value in snapshot.patients[variable.code].reindex(list(ids))]
    names = {choice.code: str(choice.label) for choice in variable.choices}
    if variable.code == codes.ARM:
        names |= {arm.code: str(arm.label) for arm in protocol.arms}
    elif variable.code == codes.SITE:
        names |= {site.code: str(site.label) for site in protocol.sites}
    present = set(values) - {""}
    levels = tuple(code for code in names if code in present)
    levels += tuple(sorted(present - set(levels), key=_natural))
    position = {code: index for index, code in enumerate(levels)}
    group = np.array([position.get(value, -1) for value in values], dtype=np.int64)
    is_arm = variable.code == codes.ARM
    return Grouping(
        variable.code,
        str(variable.label),
        "arm" if is_arm else "choice",
        levels,
        tuple(names.get(code, code) for code in levels),
        ids,
        group,
        reference=position.get(protocol.reference_arm, -1) if is_arm else -1,
        notes=_left_out(group, str(variable.label)),
    )


def _outcome(snapshot: Snapshot, ids: tuple[str, ...]) -> Grouping:
    """How each patient's time stops by the study's endpoint; whoever's cannot be told is in no group."""
    table = derive_endpoint(snapshot, patients=ids)
    present = frozenset(table.outcome)
    levels = tuple(outcome for outcome in OUTCOMES if outcome in present)
    of = dict(zip(table.patients, table.outcome, strict=True))
    group = np.array([levels.index(of[name]) if name in of else -1 for name in ids], dtype=np.int64)
    labels = tuple(outcome_name(level) for level in levels)
    title = _outcome_label(snapshot)
    return Grouping(OUTCOME, title, "outcome", levels, labels, ids, group, notes=_left_out(group, title))


def _outcome_label(snapshot: Snapshot) -> str:
    rule = snapshot.protocol.endpoint(snapshot.options.endpoint)
    return _("Outcome ({endpoint})").format(endpoint=rule.label if rule else "")


def class_of_value(classes: Classes, value: float, qualifier: str = "") -> int:
    """The class of a value, or -1 when it has none or could be in more than one."""
    if math.isnan(value):
        return -1
    low, high = value, value
    if qualifier == "<":
        low, high = -math.inf, math.nextafter(value, -math.inf)
    elif qualifier == ">":
        low, high = math.nextafter(value, math.inf), math.inf
    index = classes.class_of(low)
    return index if index == classes.class_of(high) else -1


def _class_notes(
    snapshot: Snapshot,
    classes: Classes,
    index: Ints,
    found: npt.NDArray[np.bool_],
    at_visit: npt.NDArray[np.bool_],
) -> tuple[str, ...]:
    visit = snapshot.protocol.visit(classes.visit)
    label = str(visit.label) if visit else classes.visit
    notes = []
    elsewhere = int((found & ~at_visit).sum())
    if elsewhere:
        notes.append(
            ngettext(
                "{count} patient without a value at {visit} is classed by the last up to the first dose.",
                "{count} patients without a value at {visit} are classed by the last up to the first dose.",
                elsewhere,
            ).format(count=elsewhere, visit=label)
        )
    undecided = int((found & (index < 0)).sum())
    if undecided:
        notes.append(
            ngettext(
                "{count} patient has a value beyond the assay's limit that leaves the class open.",
                "{count} patients have a value beyond the assay's limit that leaves the class open.",
                undecided,
            ).format(count=undecided)
        )
    missing = int((~found).sum())
    if missing:
        notes.append(
            ngettext(
                "{count} patient has no value up to the first dose and so no class.",
                "{count} patients have no value up to the first dose and so no class.",
                missing,
            ).format(count=missing)
        )
    return tuple(notes)


def _left_out(group: Ints, label: str) -> tuple[str, ...]:
    count = int((group < 0).sum())
    if not count:
        return ()
    text = ngettext(
        "{count} patient without {variable} is in no group.",
        "{count} patients without {variable} are in no group.",
        count,
    )
    return (text.format(count=count, variable=label),)


def _code(value: object) -> str:
    """A patient variable's value as a code: whole numbers without a decimal point, nothing as ""."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:g}"
    return "" if value is None else str(value)


def _natural(text: str) -> tuple[int, float, str]:
    try:
        return (0, float(text), text)
    except ValueError:
        return (1, 0.0, text)
