"""The flow of patients through the trial, from screening on: the numbers of a CONSORT diagram.

Every patient is in exactly one box of each level, so that the boxes of a level add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pandas as pd

from mirocals_desktop.analysis.patient_status import (
    COMPLETED,
    DIED,
    NOT_ELIGIBLE,
    ON_TREATMENT,
    RANDOMISED,
    UNKNOWN,
    WITHDRAWN,
)
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

SCREENING_FAILURE_REASON: Final = "screening_failure_reason"
_MOST_REASONS: Final = 5

BOXES: Final[dict[str, str]] = {
    "screened": N_("Screened"),
    "not_eligible": N_("Not eligible"),
    "left": N_("Left before randomisation"),
    "waiting": N_("Not randomised yet"),
    "randomised": N_("Randomised"),
    "treated": N_("Started treatment"),
    "not_treated": N_("No treatment recorded"),
    "on_study": N_("In follow-up"),
    "completed": N_("Completed"),
    "withdrawn": N_("Withdrawn"),
    "unknown": N_("Unknown"),
    "died": N_("Died"),
}
"""The boxes, with English names."""


@dataclass(frozen=True)
class Box:
    """One box: its code, who is in it, and for each of them the reason given (no item where none is kept)."""

    code: str
    patients: tuple[str, ...]
    told: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many patients."""
        return len(self.patients)

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """How many patients for each reason, the most frequent first; rare ones together."""
        counts = Counter(text or _("no reason recorded") for text in self.told)
        pairs = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        rest = sum(count for _text, count in pairs[_MOST_REASONS:])
        return (*pairs[:_MOST_REASONS], *([(_("other"), rest)] if rest else []))

    def narrowed(self, patients: Collection[str]) -> Box:
        """The box with some of the patients."""
        kept = [place for place, patient in enumerate(self.patients) if patient in patients]
        told = tuple(self.told[place] for place in kept) if self.told else ()
        return Box(self.code, tuple(self.patients[place] for place in kept), told)


@dataclass(frozen=True)
class Group:
    """The boxes from randomisation on, of one arm, or of all patients where `name` is ""."""

    name: str
    randomised: Box
    treated: Box
    not_treated: Box
    ends: tuple[Box, ...]


@dataclass(frozen=True)
class Flow:
    """The whole diagram; one group without arms, else one for each arm that the snapshot shows."""

    screened: Box
    not_eligible: Box
    left: Box
    waiting: Box
    randomised: Box
    groups: tuple[Group, ...]


def box_name(code: str) -> str:
    """The translated name of a box."""
    return _(BOXES[code])


def derive_flow(snapshot: Snapshot, statuses: pd.DataFrame) -> Flow:
    """Who is where, from `derive_statuses`. A blinded snapshot has no arms, and so has its flow."""
    status = statuses["status"]
    randomised = statuses["randomised"].to_numpy(dtype=bool)
    refused = (status == NOT_ELIGIBLE).to_numpy(dtype=bool)
    gone = status.isin([WITHDRAWN, DIED]).to_numpy(dtype=bool)
    everyone = statuses.index
    groups = []
    arms = _column(snapshot, codes.ARM, everyone) if snapshot.arms_visible else None
    if arms is None:
        groups.append(_group(snapshot, "", everyone[randomised], statuses))
    else:
        for arm in snapshot.protocol.arms:
            members = everyone[randomised & (arms == arm.code).to_numpy(dtype=bool)]
            groups.append(_group(snapshot, str(arm.label), members, statuses))
        known = arms.isin([arm.code for arm in snapshot.protocol.arms]).to_numpy(dtype=bool)
        if (randomised & ~known).any():
            groups.append(_group(snapshot, _("No arm recorded"), everyone[randomised & ~known], statuses))
    return Flow(
        screened=_box("screened", everyone),
        not_eligible=_box(
            "not_eligible", everyone[refused], _column(snapshot, SCREENING_FAILURE_REASON, everyone)
        ),
        left=_box(
            "left",
            everyone[~randomised & ~refused & gone],
            _column(snapshot, codes.WITHDRAWAL_REASON, everyone),
        ),
        waiting=_box("waiting", everyone[~randomised & ~refused & ~gone]),
        randomised=_box("randomised", everyone[randomised]),
        groups=tuple(groups),
    )


def narrow_flow(flow: Flow, patients: Collection[str]) -> Flow:
    """The flow of some of the patients."""
    kept = frozenset(str(patient) for patient in patients)
    return Flow(
        flow.screened.narrowed(kept),
        flow.not_eligible.narrowed(kept),
        flow.left.narrowed(kept),
        flow.waiting.narrowed(kept),
        flow.randomised.narrowed(kept),
        tuple(
            Group(
                group.name,
                group.randomised.narrowed(kept),
                group.treated.narrowed(kept),
                group.not_treated.narrowed(kept),
                tuple(box.narrowed(kept) for box in group.ends),
            )
            for group in flow.groups
        ),
    )


def _group(snapshot: Snapshot, name: str, members: pd.Index[str], statuses: pd.DataFrame) -> Group:
    status = statuses["status"].reindex(members)
    treated = statuses["treated"].reindex(members).to_numpy(dtype=bool)
    reasons = _column(snapshot, codes.WITHDRAWAL_REASON, members)

    def of(code: str, *wanted: str) -> Box:
        own = members[status.isin(wanted).to_numpy(dtype=bool)]
        return _box(code, own, reasons if code == "withdrawn" else None)

    return Group(
        name,
        _box("randomised", members),
        _box("treated", members[treated]),
        _box("not_treated", members[~treated]),
        (
            of("on_study", RANDOMISED, ON_TREATMENT),
            of("completed", COMPLETED),
            of("withdrawn", WITHDRAWN),
            of("unknown", UNKNOWN),
            of("died", DIED),
        ),
    )


def _box(code: str, members: pd.Index[str], reasons: pd.Series[str] | None = None) -> Box:
    told = () if reasons is None else tuple(str(text) for text in reasons.reindex(members).fillna(""))
    return Box(code, tuple(str(patient) for patient in members), told)


def _column(snapshot: Snapshot, variable: str, patients: pd.Index[str]) -> pd.Series[str] | None:
    if variable not in snapshot.patients.columns:
        return None
    return snapshot.patients[variable].reindex(patients).fillna("")
