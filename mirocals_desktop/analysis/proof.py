"""Every number of a survival result by name: what it is, by which convention, of whom, or why there is none.

The names are those that the R script prints and that the second engine answers by, so that all three can be
laid side by side, number by number. `read_printed` reads what the script prints.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mirocals_desktop.analysis.cox import CoxModel, ModelTest
from mirocals_desktop.analysis.kaplan_meier import Estimate
from mirocals_desktop.analysis.log_rank import LogRankTest
from mirocals_desktop.analysis.survival import GroupResult, SurvivalResult
from mirocals_desktop.analysis.zph import ZphTest
from mirocals_desktop.i18n import _, titled


@dataclass(frozen=True)
class ProofNumber:
    """One number of a result. `value` is None, with the reason, where it is not estimable.

    `name` is what the R script prints it as. `topic` is the convention that it follows, a key of the
    result's `conventions`. `n` and `events` are those of the patients that it rests on.
    """

    name: str
    topic: str
    what: str
    group: str
    n: int
    events: int
    value: float | None
    reason: str = ""


def list_numbers(result: SurvivalResult) -> list[ProofNumber]:
    """Every number that the script prints, as we have it: by group, then comparisons, then the model."""
    numbers: list[ProofNumber] = []
    for place, group in enumerate((result.overall, *result.groups)):
        numbers += _of_group(group, place)
    numbers += _of_tests(result)
    numbers += _of_differences(result)
    if result.cox is not None:
        numbers += _of_model(result.cox, result.zph)
    return numbers


def read_printed(text: str) -> dict[str, float]:
    """The numbers that the script printed, by name; one that R has not is not among them."""
    found = re.findall(r"^(\S+) (-?[\d.eE+-]+)$", text, flags=re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_name(code: str) -> str:
    """The name of a test between groups, by its name in the script."""
    return {
        "logrank": _("Log-rank"),
        "stratified_logrank": _("Log-rank, stratified"),
        "gehan_wilcoxon": "Gehan-Wilcoxon",
        "tarone_ware": "Tarone-Ware",
        "peto_peto": "Peto-Peto",
        "trend": _("Log-rank, trend"),
    }[code]


def _lower(what: str) -> str:
    return _("{what}, lower limit").format(what=what)


def _upper(what: str) -> str:
    return _("{what}, upper limit").format(what=what)


def _error(what: str) -> str:
    return _("{what}, standard error").format(what=what)


@dataclass(frozen=True)
class _Of:
    """Who some numbers are of, and by which convention."""

    prefix: str
    topic: str
    group: str
    n: int
    events: int

    def number(self, name: str, what: str, value: float | None, reason: str = "") -> ProofNumber:
        known = value is not None and math.isfinite(value)
        return ProofNumber(
            f"{self.prefix}.{name}" if name else self.prefix,
            self.topic,
            what,
            self.group,
            self.n,
            self.events,
            float(value) if known and value is not None else None,
            "" if known else reason or _("there is none"),
        )

    def limits(
        self, what: str, lower: float | None, upper: float | None, why: str, *, at: str = ""
    ) -> Iterator[ProofNumber]:
        yield self.number(f"lower{at}", _lower(what), lower, why)
        yield self.number(f"upper{at}", _upper(what), upper, why)


def _of_group(group: GroupResult, place: int) -> Iterator[ProofNumber]:
    name = f"curve{place}"

    def of(prefix: str, topic: str) -> _Of:
        return _Of(prefix, topic, group.label, group.n, group.events)

    yield of(name, "time").number("n", _("Patients"), group.n)
    yield of(name, "time").number("events", _("Events"), group.events)
    reached, bounded = _("not reached"), _("the limit is not reached")
    for code, what, topic, median in (
        ("median", _("Median"), "median", group.median),
        ("follow_up", _("Median follow-up"), "follow_up", group.follow_up_median),
    ):
        yield from _of_estimate(of(f"{name}.{code}", topic), what, median, reached, bounded)
    mean = group.restricted_mean
    what = _("Restricted mean to day {day}").format(day=f"{mean.tau:g}")
    rmst = of(f"{name}.rmst", "rmst")
    yield rmst.number("estimate", what, mean.estimate, mean.reason)
    yield rmst.number("se", _error(what), mean.se, mean.reason)
    yield from rmst.limits(what, mean.lower, mean.upper, mean.reason)
    for row in group.at:
        day = f"{row.day:.15g}"
        what = _("Survival on day {day}").format(day=f"{row.day:g}")
        curve = of(name, "interval")
        ended = _("follow-up ends on day {last}").format(last=f"{group.curve.last_day:g}")
        yield curve.number(f"S.{day}", what, row.survival, ended)
        certain = ended if row.survival is None else _("no interval where the survival is 0 or 1")
        yield from curve.limits(what, row.lower, row.upper, certain, at=f".{day}")
        rows = of(name, "rows")
        yield rows.number(f"at_risk.{day}", _("At risk on day {day}").format(day=f"{row.day:g}"), row.at_risk)
        yield rows.number(
            f"events.{day}", _("Events before day {day}").format(day=f"{row.day:g}"), row.events
        )
        yield rows.number(
            f"censored.{day}", _("Censored before day {day}").format(day=f"{row.day:g}"), row.censored
        )


def _of_estimate(of: _Of, what: str, estimate: Estimate, why: str, why_limit: str) -> Iterator[ProofNumber]:
    yield of.number("estimate", what, estimate.estimate, why)
    yield from of.limits(what, estimate.lower, estimate.upper, why_limit)


def _of_tests(result: SurvivalResult) -> Iterator[ProofNumber]:
    tests: dict[str, LogRankTest | None] = {
        "logrank": result.logrank,
        "stratified_logrank": result.stratified_logrank,
        **result.weighted,
    }
    n, events = _compared(result)
    for code, test in tests.items():
        if test is None:
            continue
        topic = "weighted" if code in result.weighted else "log_rank"
        yield from _of_test(_Of(code, topic, "", n, events), test_name(code), test.chisq, test.p, test.reason)
    if result.trend is not None:
        trend = result.trend
        of = _Of("trend", "log_rank", "", n, events)
        yield from _of_test(of, test_name("trend"), trend.chisq, trend.p, trend.reason)
    members = {group.label: group for group in result.groups}
    places = {label: place for place, label in enumerate(members, start=1)}
    for pair in result.pairs:
        both = members[pair.first], members[pair.second]
        of = _Of(
            f"pair.{places[pair.first]}.{places[pair.second]}",
            "log_rank",
            f"{pair.first} : {pair.second}",
            sum(group.n for group in both),
            sum(group.events for group in both),
        )
        what = _("Log-rank, pair")
        yield from _of_test(of, what, pair.test.chisq, pair.test.p, pair.test.reason)
        yield of.number("p_holm", _("{test}, p by Holm").format(test=what), pair.p_holm, pair.test.reason)


def _of_test(of: _Of, what: str, chisq: float | None, p: float | None, why: str) -> Iterator[ProofNumber]:
    yield of.number("chisq", _("{test}, χ²").format(test=what), chisq, why)
    yield of.number("p", _("{test}, p").format(test=what), p, why)


def _compared(result: SurvivalResult) -> tuple[int, int]:
    """Patients and events of all groups together; who is in none is compared with nobody."""
    return sum(group.n for group in result.groups), sum(group.events for group in result.groups)


def _of_differences(result: SurvivalResult) -> Iterator[ProofNumber]:
    n, events = _compared(result)
    for place, d in enumerate(result.horizon_differences, start=2):
        what = _("Difference of survival on day {day}").format(day=f"{d.day:g}")
        of = _Of(f"difference{place}", "interval", f"{d.group} − {d.reference}", n, events)
        yield of.number("estimate", what, d.estimate, d.reason)
        yield of.number("se", _error(what), d.se, d.reason)
        yield from of.limits(what, d.lower, d.upper, d.reason)
        yield from _of_test(of, what, d.chisq, d.p, d.reason)
    for place, m in enumerate(result.restricted_mean_differences, start=2):
        of = _Of(f"rmst_difference{place}", "rmst", f"{m.group} − {m.reference}", n, events)
        what = _("Difference of restricted mean to day {day}").format(day=f"{m.tau:g}")
        yield of.number("estimate", what, m.estimate, m.reason)
        yield of.number("se", _error(what), m.se, m.reason)
        yield from of.limits(what, m.lower, m.upper, m.reason)
        yield of.number("p", _("{test}, p").format(test=what), m.p, m.reason)
        ratio = _Of(f"rmst_ratio{place}", "rmst", f"{m.group} : {m.reference}", n, events)
        what = _("Ratio of restricted mean to day {day}").format(day=f"{m.tau:g}")
        yield from _of_estimate(ratio, what, m.ratio, m.reason, m.reason)
        yield ratio.number("p", _("{test}, p").format(test=what), m.ratio_p, m.reason)


def _of_model(model: CoxModel, zph: ZphTest | None) -> Iterator[ProofNumber]:
    def of(prefix: str, topic: str, group: str = "") -> _Of:
        return _Of(prefix, topic, group, model.n, model.events)

    for place, term in enumerate(model.terms, start=1):
        level = term.level.strip(":")
        one = of(f"cox{place}", "cox", titled(term.term, level) if level else term.term)
        ratio = _("Hazard ratio")
        yield one.number("hr", ratio, term.hr, term.reason)
        yield from one.limits(ratio, term.lower, term.upper, term.reason)
        yield one.number("coef", _("Cox coefficient"), term.coef, term.reason)
        yield one.number("se", _error(_("Cox coefficient")), term.se, term.reason)
        yield one.number("z", "z", term.z, term.reason)
        yield one.number("p", _("Wald p"), term.p, term.reason)
    none = model.notes[0] if model.notes else ""
    tests: tuple[tuple[str, str, ModelTest], ...] = (
        ("cox.lr", _("Likelihood-ratio test"), model.lr),
        ("cox.wald", _("Wald test"), model.wald),
        ("cox.score", _("Score test"), model.score),
    )
    for name, what, test in tests:
        yield from _of_test(of(name, "cox"), what, test.chisq, test.p, none)
    model_of = of("cox", "cox")
    yield model_of.number("log_likelihood", _("Log partial likelihood"), model.log_likelihood)
    yield model_of.number("concordance", _("Concordance"), model.concordance, none)
    if zph is not None:
        for place, check in enumerate((*zph.terms, zph.overall), start=1):
            name = _("all terms") if check is zph.overall else check.name
            what = _("Proportional hazards")
            yield from _of_test(of(f"zph{place}", "zph", name), what, check.chisq, check.p, check.reason)
