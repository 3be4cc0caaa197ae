"""The proof of what stands over a marker: the classes that its cuts make, and the ratio as a curve."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from mirocals_desktop.analysis.cut_point import CutScan
from mirocals_desktop.analysis.distributions import chi_square_p, normal_p
from mirocals_desktop.analysis.live_cut import CutFrame, classify
from mirocals_desktop.analysis.marker_effect import EffectAt, MarkerEffect, Transform, estimate_marker_effect
from mirocals_desktop.analysis.proof_script import describe_columns, write_columns, write_factors
from mirocals_desktop.analysis.proof_search import prove_search
from mirocals_desktop.analysis.second_engine import EngineComparison, ProofPart
from mirocals_desktop.analysis.second_fits import (
    Proven,
    beside_primary,
    fit_arms,
    interaction_of,
    log_rank_of,
    ratio_of,
    size_of,
    survival_of,
)
from mirocals_desktop.analysis.study_cut import StudyCut, build_study_cut, settle
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.times import Covariate, Factor, Floats, Numeric, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study.snapshot import Snapshot


def prove_cut(
    snapshot: Snapshot,
    analysis: StudySurvival,
    chosen: Sequence[float] | None,
    searched: CutScan | None = None,
) -> list[ProofPart]:
    """What the live cut shows at the chosen cuts (None: where they first stand), once they have settled.

    With it what a search for the best cut has found.
    """
    last = analysis.result.overall.at[-1].day
    cut = build_study_cut(
        snapshot, analysis.endpoint, ticks=(last,), interval=analysis.result.options.interval
    )
    asked = tuple(chosen or ())
    cuts = asked if asked and all(cut.holds(one) for one in asked) else cut.start()
    frame = settle(cut, cuts)
    known = ~np.isnan(cut.values)
    if cut.times.group is not None:
        known &= cut.times.group.codes >= 0
    times, values = replace(cut.times.rows(known), strata=None), cut.values[known]
    bounds = [f"{one:g}" for one in cuts]
    levels = [f"≤ {bounds[0]}", *(f"> {low}, ≤ {high}" for low, high in pairwise(bounds)), f"> {bounds[-1]}"]
    classes = Factor(cut.marker, classify(values, cuts), tuple(levels), cut.label)
    columns: dict[str, Covariate] = {"group": times.group} if times.group is not None else {}
    columns["class"] = classes
    number = f"{last:.15g}"
    script = ['d <- read_part("@FILE@")', *write_factors(columns)]
    script.append(
        "by_class <- d; by_class$group <- d$class; test <- logrank(by_class); "
        'say("classes.chisq", test$chisq); say("classes.p", p_of_test(test))'
    )
    for place in range(1, len(levels) + 1):
        one = f'd[d$class == "L{place}", ]'
        script += [
            f'say("class{place}.n", nrow({one}))',
            f'say("class{place}.events", sum({one}$event))',
        ]
        if times.group is not None:
            script.append(f'subgroup("class{place}", {one})')
        for arm in range(1, len(times.levels) + 1) if times.group is not None else (0,):
            mine = f'd[d$class == "L{place}" & d$group == "L{arm}", ]' if arm else one
            name = f"class{place}.{f'arm{arm}.' if arm else ''}S.{number}"
            script.append(f'if (nrow({mine})) say("{name}", survival_on({mine}, {number}))')
    if times.group is not None:
        script.append('interaction("interaction", d, d$class)')
    title = _("{marker} cut at {cuts}").format(marker=cut.label, cuts=", ".join(bounds))
    method = _(
        "Each class by itself: Cox with Efron ties and Wald limits, Kaplan-Meier; above a cut is high."
    )
    if not cut.is_pinned(cuts):
        method += " " + _("Exploratory: the protocol has other cuts.")
    method = beside_primary(method, cut.primary)
    proven = Proven("cut", title, method)
    rows = tuple(_cut_rows(proven, frame, times, classes, last))
    data = write_columns(times, columns)
    part = ProofPart("cut", title, rows, data, tuple(script), (method, *describe_columns(columns)))
    return [part, *(prove_search(cut, searched, cuts) if searched is not None else ())]


def _cut_rows(
    proven: Proven, frame: CutFrame, times: SurvivalTimes, classes: Factor, day: float
) -> Iterator[EngineComparison]:
    everybody = size_of(times)
    late = _("lifelines has no log-rank test with late entry") if times.entry is not None else ""
    chisq, p = log_rank_of(times, classes.codes)
    test = _("log-rank test of the classes")
    yield proven.row(
        "classes.chisq", f"{test}, χ²", frame.class_chisq, chisq, size=everybody, none=late, tolerance=1e-8
    )
    yield proven.row("classes.p", f"{test}, p", frame.class_p, p, size=everybody, none=late, tolerance=1e-8)
    effects = {effect.marker_class: effect for effect in frame.effects}
    counted = _("a count; lifelines is not asked")
    fits = []
    for place, level in enumerate(classes.levels):
        mine = classes.codes == place
        own, name = times.rows(mine), f"class{place + 1}"
        size = size_of(own)
        n, events = (
            frame.sizes[place],
            sum(shown.curve.total_events for shown in frame.curves if shown.marker_class == place),
        )
        yield proven.row(f"{name}.n", _("Patients"), n, none=counted, of=level, size=size)
        yield proven.row(f"{name}.events", _("Events"), events, none=counted, of=level, size=size)
        effect = effects.get(place)
        if effect is not None:
            fit = fit_arms(times, mine) if effect.hr is not None else None
            fits.append(fit)
            for code, what, ours, theirs in zip(
                ("hr", "lower", "upper", "p"),
                (
                    _("hazard ratio"),
                    _("{what}, lower limit").format(what=_("hazard ratio")),
                    _("{what}, upper limit").format(what=_("hazard ratio")),
                    _("hazard ratio, p"),
                ),
                (effect.hr, effect.lower, effect.upper, effect.p),
                ratio_of(fit),
                strict=True,
            ):
                yield proven.row(
                    f"{name}.{code}", what, ours, theirs, of=level, size=size, reason=effect.reason
                )
        for shown in frame.curves:
            if shown.marker_class != place:
                continue
            arm = times.levels.index(shown.arm) + 1 if shown.arm else 0
            part = own.rows(own.group.codes == arm - 1) if arm and own.group is not None else own
            row = shown.rows[-1]
            yield proven.row(
                f"{name}.{f'arm{arm}.' if arm else ''}S.{day:.15g}",
                _("Survival on day {day}").format(day=f"{day:g}"),
                row.survival,
                survival_of(part, day) if row.survival is not None else None,
                of=", ".join(filter(None, (level, shown.arm))),
                size=size_of(part),
                reason=_("follow-up ends on day {last}").format(last=f"{shown.curve.last_day:g}"),
            )
    if frame.effects:
        chisq, p = interaction_of(times, classes.codes, fits)
        for code, what, ours, theirs in (
            ("chisq", _("Interaction, χ²"), frame.interaction_chisq, chisq),
            ("p", _("Interaction, p"), frame.interaction_p, p),
        ):
            yield proven.row(f"interaction.{code}", what, ours, theirs, size=everybody)


def prove_effect(snapshot: Snapshot, analysis: StudySurvival, transform: Transform) -> list[ProofPart]:
    """The arms' ratio over the marker at its median and the protocol's cuts, and the test of its slope."""
    if not snapshot.arms_visible:
        raise AppError(_("This study is blinded: nothing is compared by arm before it is unblinded."))
    cut = build_study_cut(snapshot, analysis.endpoint, ticks=(0.0,))
    times = replace(cut.times, covariates=(Numeric(cut.marker, cut.values),))
    effect = estimate_marker_effect(times, cut.marker, transform=transform)
    places = {"median": effect.at_median} | {f"at.{one:.15g}": effect.at(one) for one in cut.pinned}
    columns: dict[str, Covariate] = {"x": times.covariates[0]}
    if times.group is not None:
        columns = {"group": times.group, **columns}
    stratum = ""
    if times.strata is not None:
        columns["stratum"], stratum = times.strata, " + strata(stratum)"
    script = [
        'd <- read_part("@FILE@")',
        *write_factors(columns),
        f"d$z <- {'log(d$x)' if transform == 'log' else 'd$x'}",
        f"fit <- coxph(outcome(d) ~ group + z + group:z{stratum}, d, control = control)",
        f"plain <- coxph(outcome(d) ~ group + z{stratum}, d, control = control)",
        'say("interaction.coef", coef(fit)[[3]])',
        'say("interaction.se", sqrt(vcov(fit)[3, 3]))',
        'say("interaction.p", 2 * pnorm(-abs(coef(fit)[[3]] / sqrt(vcov(fit)[3, 3]))))',
        'say_chisq("interaction.lr", max(0, 2 * (fit$loglik[2] - plain$loglik[2])), 1)',
        f'say("crossing", {"exp" if transform == "log" else ""}(-coef(fit)[[1]] / coef(fit)[[3]]))',
        "ratio_at <- function(name, x) {",
        "  part <- c(1, 3)",
        f"  z <- c(1, {'log(x)' if transform == 'log' else 'x'})",
        "  say_ratio(name, sum(z * coef(fit)[part]), sqrt(drop(z %*% vcov(fit)[part, part] %*% z)))",
        "}",
        *(f'ratio_at("{name}", {place.value:.17g})' for name, place in places.items()),
    ]
    title = _("Hazard ratio over {marker}").format(marker=cut.label)
    said = _("Cox with the arm, the marker and their product; Efron ties, Wald limits.")
    method = beside_primary(f"{said} {effect.notes[0]}", cut.primary)
    proven = Proven("effect", title, method)
    rows = tuple(_effect_rows(proven, effect, places, times, cut))
    data = write_columns(times, columns)
    return [ProofPart("effect", title, rows, data, tuple(script), (method, *describe_columns(columns)))]


def _effect_rows(
    proven: Proven,
    effect: MarkerEffect,
    places: dict[str, EffectAt],
    times: SurvivalTimes,
    cut: StudyCut,
) -> Iterator[EngineComparison]:
    assert times.group is not None
    z: Floats = (
        cut.values if effect.transform == "none" else np.log(np.where(cut.values > 0, cut.values, np.nan))
    )
    strata = None if times.strata is None else times.strata.codes
    middle = float(np.nanmean(z))  # centred, for its way to the maximum: the slope is the same
    also = {"z": z - middle, "both": (z - middle) * times.group.codes}
    fit = fit_arms(times, strata=strata, also=also)
    plain = fit_arms(times, strata=strata, also={"z": z - middle})
    size = effect.model.n, effect.model.events
    term = effect.interaction
    coef = se = chisq = p = None
    if fit is not None:
        coef, se = float(fit.params_["both"]), float(fit.standard_errors_["both"])
    if fit is not None and plain is not None:
        chisq = 2 * (float(fit.log_likelihood_) - float(plain.log_likelihood_))
        p = chi_square_p(max(0.0, chisq), 1)
    slope = _("interaction")
    for name, what, ours, theirs in (
        ("interaction.coef", _("{what}, Cox coefficient"), term.coef, coef),
        ("interaction.se", _("{what}, standard error"), term.se, se),
        ("interaction.p", _("{what}, Wald p"), term.p, None if not coef or not se else normal_p(coef / se)),
        ("interaction.lr.chisq", _("{what}, likelihood ratio χ²"), effect.lr_chisq, chisq),
        ("interaction.lr.p", _("{what}, likelihood ratio p"), effect.lr_p, p),
    ):
        yield proven.row(name, what.format(what=slope), ours, theirs, size=size)
    root = None
    if fit is not None and coef and effect.crossing is not None:
        root = middle - float(fit.params_["arm"]) / coef
        root = math.exp(root) if effect.transform == "log" else root
    yield proven.row(
        "crossing",
        _("where the ratio is 1"),
        effect.crossing,
        root,
        of=cut.unit,
        size=size,
        reason=_("not among the values seen"),
    )
    for name, place in places.items():
        at = math.log(place.value) if effect.transform == "log" else place.value
        theirs_at: tuple[float | None, ...] = (None, None, None, None)
        if fit is not None:
            weights = np.array([1.0, at - middle])
            covariance = fit.variance_matrix_.loc[["arm", "both"], ["arm", "both"]].to_numpy()
            line = float(weights @ fit.params_[["arm", "both"]].to_numpy())
            error = math.sqrt(float(weights @ covariance @ weights))
            width = 1.959963984540054 * error
            theirs_at = (
                math.exp(line),
                math.exp(line - width),
                math.exp(line + width),
                normal_p(line / error),
            )
        ratio = _("hazard ratio")
        for code, what, ours, theirs in zip(
            ("hr", "lower", "upper", "p"),
            (
                ratio,
                _("{what}, lower limit").format(what=ratio),
                _("{what}, upper limit").format(what=ratio),
                _("hazard ratio, p"),
            ),
            (place.hr, place.lower, place.upper, place.p),
            theirs_at,
            strict=True,
        ):
            of = f"{place.value:g} {cut.unit}".strip()
            yield proven.row(f"{name}.{code}", what, ours, theirs, of=of, size=size)
