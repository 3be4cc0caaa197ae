"""An R script with its data that prints the same digits: anybody can check a result without this program.

The script uses base R and the package survival only. `read_printed` reads what it prints, so that the
agreement can be shown, and is tested, number by number.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mirocals_desktop.analysis.design import variables_of
from mirocals_desktop.analysis.survival import SurvivalResult, model_terms
from mirocals_desktop.analysis.times import Covariate, Factor
from mirocals_desktop.i18n import _

DATA_FILE = "survival_data.csv"
SCRIPT_FILE = "survival.R"


@dataclass(frozen=True)
class ProofLine:
    """One number that the script prints: its name there, and ours."""

    name: str
    value: float


def write_proof(result: SurvivalResult, folder: Path) -> tuple[Path, Path]:
    """Write script and data into the folder; run `Rscript survival.R` there. Gives both paths."""
    script, data = folder / SCRIPT_FILE, folder / DATA_FILE
    data.write_text(_data(result), encoding="utf-8", newline="")
    script.write_text(_script(result), encoding="utf-8")
    return script, data


def list_proof(result: SurvivalResult) -> list[ProofLine]:
    """The numbers that the script prints, as we have them, where both have them."""
    lines: list[ProofLine] = []

    def add(name: str, value: float | None) -> None:
        if value is not None and np.isfinite(value):
            lines.append(ProofLine(name, float(value)))

    for number, group in enumerate((result.overall, *result.groups)):
        add(f"curve{number}.n", group.n)
        add(f"curve{number}.events", group.events)
        for side, value in (
            ("estimate", group.median.estimate),
            ("lower", group.median.lower),
            ("upper", group.median.upper),
        ):
            add(f"curve{number}.median.{side}", value)
        add(f"curve{number}.rmst.estimate", group.restricted_mean.estimate)
        add(f"curve{number}.rmst.se", group.restricted_mean.se)
        for row in group.at:
            if row.survival is not None and 0 < row.survival < 1:
                add(f"curve{number}.S.{row.day:.15g}", row.survival)
                add(f"curve{number}.lower.{row.day:.15g}", row.lower)
                add(f"curve{number}.upper.{row.day:.15g}", row.upper)
    if result.times.entry is None:
        if result.logrank:
            add("logrank.chisq", result.logrank.chisq)
        if result.weighted:
            add("peto_peto.chisq", result.weighted["peto_peto"].chisq)
        if result.stratified_logrank:
            add("stratified_logrank.chisq", result.stratified_logrank.chisq)
    if result.cox and not any(term.reason for term in result.cox.terms):
        for i, term in enumerate(result.cox.terms, start=1):
            add(f"cox.coef.{i}", term.coef)
            add(f"cox.se.{i}", term.se)
        add("cox.lr", result.cox.lr.chisq)
        add("cox.score", result.cox.score.chisq)
        add("cox.wald", result.cox.wald.chisq)
        add("cox.concordance", result.cox.concordance)
        if result.zph is not None:
            for i, check in enumerate((*result.zph.terms, result.zph.overall), start=1):
                add(f"zph.{i}", check.chisq)
    return lines


def read_printed(text: str) -> dict[str, float]:
    """The numbers that the script printed, by name."""
    found = re.findall(r"^(\S+) (-?[\d.eE+-]+)$", text, flags=re.MULTILINE)
    return {name: float(value) for name, value in found}


def _columns(result: SurvivalResult) -> dict[str, list[str]]:
    """The data by column: names that R takes as they are, values with every digit."""
    times = result.times
    columns = {
        "time": [f"{day:.17g}" for day in times.days],
        "event": [str(int(event)) for event in times.event],
    }
    if times.entry is not None:
        columns["entry"] = [f"{day:.17g}" for day in times.entry]
    for name, factor in (("group", times.group), ("stratum", times.strata)):
        if factor is not None:
            columns[name] = _labels(factor)
    for i, covariate in enumerate(times.covariates, start=1):
        if isinstance(covariate, Factor):
            columns[f"x{i}"] = _labels(covariate)
        else:
            columns[f"x{i}"] = ["" if np.isnan(v) else f"{v:.17g}" for v in covariate.values]
    return columns


def _labels(factor: Factor) -> list[str]:
    return ["" if code < 0 else f"L{code + 1}" for code in factor.codes]


def _data(result: SurvivalResult) -> str:
    columns = _columns(result)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


_FUNCTIONS = r"""
suppressMessages(library(survival))
here <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
d <- read.csv(file.path(if (length(here)) dirname(here[1]) else ".", "@DATA@"), na.strings = "")
say <- function(name, value) cat(name, sprintf("%.15g", value), sep = " ", fill = 200)
say_each <- function(name, value) for (i in seq_along(value)) say(paste0(name, ".", i), value[i])
curve <- function(name, data, tau) {
  fit <- survfit(@SURV@ ~ 1, data, conf.type = "@INTERVAL@", conf.int = @LEVEL@)
  say(paste0(name, ".n"), fit$n)
  say(paste0(name, ".events"), sum(fit$n.event))
  q <- quantile(fit)
  say(paste0(name, ".median.estimate"), q$quantile[[2]])
  say(paste0(name, ".median.lower"), q$lower[[2]])
  say(paste0(name, ".median.upper"), q$upper[[2]])
  m <- summary(fit, rmean = tau)$table
  say(paste0(name, ".rmst.estimate"), m[["rmean"]])
  say(paste0(name, ".rmst.se"), m[["se(rmean)"]])
  for (t in c(@DAYS@)) {
    k <- findInterval(t, fit$time)
    if (k == 0 || t > max(fit$time)) next
    say(paste0(name, ".S.", sprintf("%.15g", t)), fit$surv[k])
    say(paste0(name, ".lower.", sprintf("%.15g", t)), fit$lower[k])
    say(paste0(name, ".upper.", sprintf("%.15g", t)), fit$upper[k])
  }
}
"""

_MODEL = r"""
fit <- coxph(@SURV@ ~ @TERMS@, d, ties = "@TIES@",
             control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
s <- summary(fit)
print(s)
say_each("cox.coef", coef(fit))
say_each("cox.se", sqrt(diag(fit$var)))
say("cox.lr", s$logtest[[1]])
say("cox.score", s$sctest[[1]])
say("cox.wald", drop(fit$wald.test))
say("cox.concordance", fit$concordance[["concordance"]])
say_each("zph", cox.zph(fit)$table[, "chisq"])
"""


def _script(result: SurvivalResult) -> str:
    times, options = result.times, result.options
    surv = "Surv(time, event)" if times.entry is None else "Surv(entry, time, event)"
    columns: dict[str, Covariate] = {}
    if times.group is not None:
        columns["group"] = times.group
    if times.strata is not None:
        columns["stratum"] = times.strata
    columns |= {f"x{i}": covariate for i, covariate in enumerate(times.covariates, start=1)}

    head = [
        _("Written by MIROCALS Desktop. Needs R with the package survival."),
        _("Columns of the data; L1, L2, ... are the labels in this order, L1 is the reference."),
    ]
    for name, column in columns.items():
        levels = f": {'; '.join(column.levels)}" if isinstance(column, Factor) else ""
        head.append(f"  {name} = {column.name}{levels}")
    head += [f"{topic}: {sentence}" for topic, sentence in result.conventions.items()]
    lines = ["# " + " ".join(line.split()) for line in head]

    filled = {
        "DATA": DATA_FILE,
        "SURV": surv,
        "INTERVAL": options.interval,
        "LEVEL": f"{options.level:.17g}",
        "DAYS": ", ".join(f"{row.day:.15g}" for row in result.overall.at),
        "TIES": options.ties,
        "TERMS": _terms(result, {column.name: name for name, column in columns.items() if name != "stratum"}),
    }
    lines.append(_fill(_FUNCTIONS, filled))
    for name, column in columns.items():
        if isinstance(column, Factor):
            codes = ", ".join(f'"L{i + 1}"' for i in range(len(column.levels)))
            lines.append(f"d${name} <- factor(d${name}, levels = c({codes}))")
    lines.append(f'curve("curve0", d, {result.overall.restricted_mean.tau:.17g})')
    lines += [
        f'curve("curve{i}", d[which(d$group == "L{i}"), ], {group.restricted_mean.tau:.17g})'
        for i, group in enumerate(result.groups, start=1)
    ]
    if len(result.groups) > 1 and times.entry is None:
        lines += [
            'say("logrank.chisq", survdiff(Surv(time, event) ~ group, d)$chisq)',
            'say("peto_peto.chisq", survdiff(Surv(time, event) ~ group, d, rho = 1)$chisq)',
        ]
        if times.strata is not None:
            stratified = "survdiff(Surv(time, event) ~ group + strata(stratum), d)$chisq"
            lines.append(f'say("stratified_logrank.chisq", {stratified})')
    if result.cox is not None:
        lines.append(_fill(_MODEL, filled))
    return "\n".join(lines) + "\n"


def _fill(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def _terms(result: SurvivalResult, written: dict[str, str]) -> str:
    """The right side of the model's formula, in the column names of the data."""
    names = list(written)

    def write(part: str) -> str:
        (variable,) = variables_of(part, names)
        return written[variable] if part == variable else f"{part.split('(', 1)[0]}({written[variable]})"

    terms = [
        ":".join(write(part) for part in ([term] if term in names else term.split(":")))
        for term in model_terms(result.times, result.options)
    ]
    return " + ".join([*terms, *(["strata(stratum)"] if result.times.strata is not None else [])])
