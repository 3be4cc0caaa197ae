"""The proof of the forest: every ratio and interaction test of the subgroups that are chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mirocals_desktop.analysis.proof_script import describe_columns, write_columns, write_factors
from mirocals_desktop.analysis.second_engine import EngineComparison, ProofPart
from mirocals_desktop.analysis.second_fits import Proven, beside_primary, fit_arms, interaction_of, ratio_of
from mirocals_desktop.analysis.study_subgroups import StudySubgroups, analyse_subgroups, subgroup_choices
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.study.snapshot import Snapshot


def prove_subgroups(
    snapshot: Snapshot, chosen: Sequence[str] | None, patients: Sequence[str] | None
) -> list[ProofPart]:
    """Every number of the forest of the chosen variables (None: the usual ones)."""
    if not snapshot.arms_visible:
        raise AppError(_("This study is blinded: nothing is compared by arm before it is unblinded."))
    choices = subgroup_choices(snapshot)
    if not choices:
        raise AppError(_("The study has no variable that makes subgroups."))
    usual = [choice.code for choice in choices if choice.usual] or [choices[0].code]
    found = analyse_subgroups(snapshot, usual if chosen is None else chosen, patients=patients)
    columns = {"group": found.times.group} if found.times.group is not None else {}
    columns |= {f"x{place}": factor for place, factor in enumerate(found.factors, start=1)}
    script = ['d <- grouped(read_part("@FILE@"))', *write_factors(columns), 'subgroup("row0", d)']
    place = 0
    for number, factor in enumerate(found.factors, start=1):
        for level in range(1, len(factor.levels) + 1):
            place += 1
            script.append(f'subgroup("row{place}", d[which(d$x{number} == "L{level}"), ])')
        script.append(f'interaction("interaction{number}", d, d$x{number})')
    return [
        ProofPart(
            "subgroups",
            _("Subgroups"),
            tuple(_rows(found)),
            write_columns(found.times, columns),
            tuple(script),
            (_method(found), *describe_columns(columns)),
        )
    ]


def _method(found: StudySubgroups) -> str:
    return beside_primary(found.table.notes[0], found.primary)


def _rows(found: StudySubgroups) -> Iterator[EngineComparison]:
    table, times = found.table, found.times
    assert times.group is not None
    proven = Proven("subgroups", _("Subgroups"), _method(found))
    arms = (table.reference, table.arm)
    members = [np.ones(times.n, np.bool_)]
    members += [factor.codes == code for factor in found.factors for code in range(len(factor.levels))]
    fits = []
    for place, (row, keep) in enumerate(zip(table.rows, members, strict=True)):
        of = titled(row.factor, row.level) if row.factor else _("All patients")
        about = proven.about(of, (sum(row.n), sum(row.events)))
        for arm, label in enumerate(arms):
            counted = _("a count; lifelines is not asked")
            said = _("patients, {group}").format(group=label)
            yield about.row(f"row{place}.n{arm + 1}", said, row.n[arm], none=counted)
            said = _("events, {group}").format(group=label)
            yield about.row(f"row{place}.events{arm + 1}", said, row.events[arm], none=counted)
        fit = fit_arms(times, keep) if row.hr is not None else None
        fits.append(fit)
        ratio = _("hazard ratio")
        for name, what, ours, theirs in zip(
            ("hr", "lower", "upper"),
            (ratio, _("{what}, lower limit").format(what=ratio), _("{what}, upper limit").format(what=ratio)),
            (row.hr, row.lower, row.upper),
            ratio_of(fit),
            strict=False,
        ):
            yield about.row(f"row{place}.{name}", what, ours, theirs, reason=row.reason)
    place = 1
    for number, (test, factor) in enumerate(zip(table.interactions, found.factors, strict=True), start=1):
        own = fits[place : place + len(factor.levels)]
        place += len(factor.levels)
        known = factor.codes >= 0
        size = int(np.count_nonzero(known)), int(np.count_nonzero(known & times.event))
        method = _("Likelihood ratio of one hazard ratio for all levels against one for each.")
        chisq, p = interaction_of(times, factor.codes, own)
        for name, what, ours, theirs in (
            ("chisq", _("Interaction, χ²"), test.chisq, chisq),
            ("p", _("Interaction, p"), test.p, p),
        ):
            yield proven.row(
                f"interaction{number}.{name}",
                what,
                ours,
                theirs,
                of=factor.title,
                size=size,
                reason=test.reason,
                convention=f"{_method(found)} {method}",
            )
