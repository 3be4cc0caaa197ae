"""An R script with its data that prints the same digits: anybody can check a result without this program.

The script uses base R and the package survival only. It prints each number by the name that
`proof.list_numbers` gives it, and last how far our numbers are from R's. The data hold no patient's id.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from mirocals_desktop.analysis.design import variables_of
from mirocals_desktop.analysis.proof import list_numbers
from mirocals_desktop.analysis.proof_functions import R_FUNCTIONS
from mirocals_desktop.analysis.second_engine import ProofPart
from mirocals_desktop.analysis.survival import SurvivalResult, model_terms
from mirocals_desktop.analysis.times import Covariate, Factor, SurvivalTimes
from mirocals_desktop.i18n import _


def build_proof(result: SurvivalResult, name: str, *, parts: Sequence[ProofPart] = ()) -> dict[str, str]:
    """The texts of the script `name`.R, of its data and of our numbers, by the names of their files.

    `parts` are further analyses that it proves as well, each with data of its own. The files belong into one
    folder; `Rscript` runs the script from anywhere.
    """
    script, data, numbers = f"{name}.R", f"{name}_data.csv", f"{name}_numbers.csv"
    of_parts = {part.code: f"{name}_{part.code}.csv" for part in parts}
    lines = [*_head(result), _FUNCTIONS, *write_analysis(result, data=data)]
    if parts:
        lines.append(R_FUNCTIONS)
    for part in parts:
        lines += ["", *_comment([part.title, *part.remarks]), f'prefix <- "{part.code}."']
        lines += [line.replace("@FILE@", of_parts[part.code]) for line in part.script]
    lines.append(_LAST.replace("@NUMBERS@", numbers))
    known = [*list_numbers(result), *(row.number for part in parts for row in part.rows)]
    return {
        data: write_data(result),
        **{of_parts[part.code]: part.data for part in parts},
        numbers: write_csv(
            ["name", "value"], [(n.name, f"{n.value:.17g}") for n in known if n.value is not None]
        ),
        script: "\n".join(lines) + "\n",
    }


def write_analysis(result: SurvivalResult, *, data: str) -> list[str]:
    """The lines that read the file `data` and print every number of one analysis."""
    columns = _variables(result)
    options = result.options
    late = result.times.entry is not None
    surv = "Surv(entry, time, event)" if late else "Surv(time, event)"
    filled = {
        "DATA": data,
        "SURV": surv,
        "FOLLOWED": surv.replace("event)", "1 - event)"),
        "ENTRY": "data$entry" if late else "-Inf",
        "INTERVAL": options.interval,
        "LEVEL": f"{options.level:.17g}",
        "DAYS": ", ".join(f"{row.day:.15g}" for row in result.overall.at),
        "TAU": f"{result.overall.restricted_mean.tau:.17g}",
        "TIES": options.ties,
        "TERMS": _terms(result, {column.name: name for name, column in columns.items() if name != "stratum"}),
    }
    lines = [_fill(_CURVE, filled), *write_factors(columns), 'whole <- curve("curve0", d)']
    lines += [
        f'curve{i} <- curve("curve{i}", d[which(d$group == "L{i}"), ])'
        for i in range(1, len(result.groups) + 1)
    ]
    if len(result.groups) > 1:
        lines += _comparisons(result)
    if result.cox is not None:
        lines.append(_fill(_MODEL, filled))
    return lines


def write_factors(columns: Mapping[str, Covariate]) -> list[str]:
    """The lines that make factors of the columns that are, their levels in our order."""
    lines = []
    for name, column in columns.items():
        if isinstance(column, Factor):
            codes = ", ".join(f'"L{i + 1}"' for i in range(len(column.levels)))
            lines.append(f"d${name} <- factor(d${name}, levels = c({codes}))")
    return lines


def describe_columns(columns: Mapping[str, Covariate]) -> list[str]:
    """What each column is, and which labels its levels stand for."""
    return [
        f"  {name} = {column.name}" + (f": {'; '.join(column.levels)}" if isinstance(column, Factor) else "")
        for name, column in columns.items()
    ]


def describe_data(result: SurvivalResult) -> list[str]:
    """What each column of an analysis' data is."""
    return describe_columns(_variables(result))


def _variables(result: SurvivalResult) -> dict[str, Covariate]:
    """What the data's columns beside time and event are, by the names they have there."""
    times = result.times
    columns: dict[str, Covariate] = {}
    if times.group is not None:
        columns["group"] = times.group
    if times.strata is not None:
        columns["stratum"] = times.strata
    return columns | {f"x{i}": covariate for i, covariate in enumerate(times.covariates, start=1)}


def _head(result: SurvivalResult) -> list[str]:
    return _comment(
        [
            _("Written by MIROCALS Desktop. Needs R with the package survival, and the files beside it."),
            _("Columns of the data; L1, L2, ... are the labels in this order, L1 is the reference."),
            *describe_data(result),
            *(f"{topic}: {sentence}" for topic, sentence in result.conventions.items()),
        ]
    )


def _comment(sentences: Sequence[str]) -> list[str]:
    return ["# " + " ".join(sentence.split()) for sentence in sentences]


def _comparisons(result: SurvivalResult) -> list[str]:
    """The tests between groups: by survdiff where it has them, else by their definition."""
    late, stratified = result.times.entry is not None, result.times.strata is not None
    lines = []
    by_group = "Surv(time, event) ~ group"
    if late:
        lines += ['say_test("logrank", weighted(d))', 'say_test("peto_peto", weighted(d, peto))']
    else:
        lines += [
            f'say_test("logrank", survdiff({by_group}, d))',
            f'say_test("peto_peto", survdiff({by_group}, d, rho = 1))',
        ]
    if stratified:
        test = "weighted(d, strata = TRUE)" if late else f"survdiff({by_group} + strata(stratum), d)"
        lines.append(f'say_test("stratified_logrank", {test})')
    lines += [
        'say_test("gehan_wilcoxon", weighted(d, function(n, s) n))',
        'say_test("tarone_ware", weighted(d, function(n, s) sqrt(n)))',
    ]
    count = len(result.groups)
    lines += [f"compare_curves({i}, curve1, curve{i}, {_horizon(result)})" for i in range(2, count + 1)]
    if count > 2:
        lines.append(_MANY)
    return lines


def _horizon(result: SurvivalResult) -> str:
    horizon = result.options.horizon
    return "NA" if horizon is None else f"{horizon:.17g}"


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


def _fill(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def write_data(result: SurvivalResult) -> str:
    """The rows of the analysis: names that R takes as they are, values with every digit, no patient's id."""
    return write_columns(result.times, _variables(result))


def write_columns(times: SurvivalTimes, variables: Mapping[str, Covariate]) -> str:
    """Time and event with the variables beside them, as a CSV table."""
    columns = {
        "time": [f"{day:.17g}" for day in times.days],
        "event": [str(int(event)) for event in times.event],
    }
    if times.entry is not None:
        columns["entry"] = [f"{day:.17g}" for day in times.entry]
    for name, variable in variables.items():
        if isinstance(variable, Factor):
            columns[name] = ["" if code < 0 else f"L{code + 1}" for code in variable.codes]
        else:
            columns[name] = ["" if np.isnan(v) else f"{v:.17g}" for v in variable.values]
    return write_csv(list(columns), list(zip(*columns.values(), strict=True)))


def write_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A CSV table's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


_FUNCTIONS: Final = r"""
suppressMessages(library(survival))
here <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
here <- if (length(here)) dirname(here[1]) else "."
said <- list()
prefix <- ""  # of the names of the numbers of a further analysis
say <- function(name, value) {
  name <- paste0(prefix, name)
  said[[name]] <<- value
  cat(name, sprintf("%.15g", value), sep = " ", fill = 200)
}
say_limits <- function(name, value, se, back = identity) {
  say(paste0(name, ".lower"), back(value - z_level * se))
  say(paste0(name, ".upper"), back(value + z_level * se))
}
p_of <- function(chisq, df) pchisq(chisq, df, lower.tail = FALSE)
say_chisq <- function(name, chisq, df) {
  say(paste0(name, ".chisq"), chisq)
  say(paste0(name, ".p"), p_of(chisq, df))
}
say_median <- function(name, fit) {
  q <- quantile(fit, c(0.25, 0.5, 0.75))
  say(paste0(name, ".estimate"), q$quantile[[2]])
  say(paste0(name, ".lower"), q$lower[[2]])
  say(paste0(name, ".upper"), q$upper[[2]])
}
say_test <- function(name, test) {
  df <- sum(rowSums(cbind(test$exp)) > 0) - 1
  say_chisq(name, test$chisq, df)
}
peto <- function(n, s) s
weighted <- function(d, weight = function(n, s) 1, strata = FALSE) {
  d <- d[!is.na(d$group), ]
  d$group <- factor(d$group)
  k <- nlevels(d$group)
  observed <- expected <- numeric(k)
  variance <- matrix(0, k, k)
  for (part in if (strata) split(d, d$stratum) else list(d)) {
    entry <- if (is.null(part$entry)) rep(-Inf, nrow(part)) else part$entry
    s <- 1
    for (t in sort(unique(part$time[part$event == 1]))) {
      n <- tabulate(part$group[part$time >= t & entry < t], k)
      dead <- tabulate(part$group[part$time == t & part$event == 1], k)
      w <- weight(sum(n), s)
      share <- n / sum(n)
      observed <- observed + w * dead
      expected <- expected + w * sum(dead) * share
      if (sum(n) > 1) {
        spread <- w^2 * sum(dead) * (sum(n) - sum(dead)) / (sum(n) - 1)
        variance <- variance + spread * (diag(share, k) - outer(share, share))
      }
      s <- s * (1 - sum(dead) / sum(n))
    }
  }
  used <- which(expected > 0)[-1]
  difference <- (observed - expected)[used]
  chisq <- tryCatch(sum(difference * solve(variance[used, used], difference)), error = function(e) NA)
  list(obs = observed, exp = expected, var = variance, chisq = chisq)
}
compare_curves <- function(place, reference, other, horizon) {
  if (!is.na(horizon)) {
    at <- function(fit) {
      k <- findInterval(horizon, fit$time)
      if (horizon > max(fit$time)) c(NA, NA) else if (k == 0) c(1, 0) else c(fit$surv[k], fit$std.err[k]^2)
    }
    a <- at(reference$fit)
    b <- at(other$fit)
    name <- paste0("difference", place)
    se <- sqrt(a[2] * a[1]^2 + b[2] * b[1]^2)
    say(paste0(name, ".estimate"), b[1] - a[1])
    say(paste0(name, ".se"), se)
    say_limits(name, b[1] - a[1], se)
    log_log <- log(-log(b[1])) - log(-log(a[1]))
    say_chisq(name, log_log^2 / (a[2] / log(a[1])^2 + b[2] / log(b[1])^2), 1)
  }
  name <- paste0("rmst_difference", place)
  difference <- other$mean - reference$mean
  se <- sqrt(other$se^2 + reference$se^2)
  say(paste0(name, ".estimate"), difference)
  say(paste0(name, ".se"), se)
  say_limits(name, difference, se)
  say(paste0(name, ".p"), 2 * pnorm(-abs(difference / se)))
  name <- paste0("rmst_ratio", place)
  ratio <- log(other$mean / reference$mean)
  se <- sqrt((other$se / other$mean)^2 + (reference$se / reference$mean)^2)
  say(paste0(name, ".estimate"), exp(ratio))
  say_limits(name, ratio, se, exp)
  say(paste0(name, ".p"), 2 * pnorm(-abs(ratio / se)))
}
"""

_CURVE: Final = r"""
d <- read.csv(file.path(here, "@DATA@"), na.strings = "")
z_level <- qnorm(1 - (1 - @LEVEL@) / 2)
curve <- function(name, data, tau = @TAU@) {
  fit <- survfit(@SURV@ ~ 1, data, conf.type = "@INTERVAL@", conf.int = @LEVEL@)
  say(paste0(name, ".n"), fit$n)
  say(paste0(name, ".events"), sum(fit$n.event))
  say_median(paste0(name, ".median"), fit)
  reverse <- survfit(@FOLLOWED@ ~ 1, data, conf.type = "@INTERVAL@", conf.int = @LEVEL@)
  say_median(paste0(name, ".follow_up"), reverse)
  m <- summary(fit, rmean = tau)$table
  say(paste0(name, ".rmst.estimate"), m[["rmean"]])
  say(paste0(name, ".rmst.se"), m[["se(rmean)"]])
  say_limits(paste0(name, ".rmst"), m[["rmean"]], m[["se(rmean)"]])
  for (t in c(@DAYS@)) {
    day <- sprintf("%.15g", t)
    gone <- data$time < t
    say(paste0(name, ".at_risk.", day), sum(!gone & @ENTRY@ < t))
    say(paste0(name, ".events.", day), sum(data$event[gone]))
    say(paste0(name, ".censored.", day), sum(1 - data$event[gone]))
    k <- findInterval(t, fit$time)
    if (t > max(fit$time)) next
    say(paste0(name, ".S.", day), if (k == 0) 1 else fit$surv[k])
    if (k == 0) next
    say(paste0(name, ".lower.", day), fit$lower[k])
    say(paste0(name, ".upper.", day), fit$upper[k])
  }
  list(fit = fit, mean = m[["rmean"]], se = m[["se(rmean)"]])
}
"""

_MANY: Final = r"""
plain <- weighted(d)
score <- seq_along(plain$obs) - 1
trend <- sum(score * (plain$obs - plain$exp))^2 / drop(score %*% plain$var %*% score)
say_chisq("trend", trend, 1)
pairs <- combn(nlevels(d$group), 2)
pair_p <- apply(pairs, 2, function(pair) {
  two <- d[which(as.integer(d$group) %in% pair), ]
  test <- weighted(two)
  say_test(paste("pair", pair[1], pair[2], sep = "."), test)
  p_of(test$chisq, sum(test$exp > 0) - 1)
})
holm <- p.adjust(pair_p, "holm")
for (i in seq_along(holm)) say(paste("pair", pairs[1, i], pairs[2, i], "p_holm", sep = "."), holm[i])
"""

_MODEL: Final = r"""
fit <- coxph(@SURV@ ~ @TERMS@, d, ties = "@TIES@",
             control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
s <- summary(fit)
print(s)
coefficient <- coef(fit)
error <- sqrt(diag(vcov(fit)))[seq_along(coefficient)]
for (i in seq_along(coefficient)) {
  name <- paste0("cox", i)
  say(paste0(name, ".hr"), exp(coefficient[[i]]))
  say_limits(name, coefficient[[i]], error[i], exp)
  say(paste0(name, ".coef"), coefficient[[i]])
  say(paste0(name, ".se"), error[i])
  say(paste0(name, ".z"), coefficient[[i]] / error[i])
  say(paste0(name, ".p"), 2 * pnorm(-abs(coefficient[[i]] / error[i])))
}
say_chisq("cox.lr", s$logtest[[1]], s$logtest[[2]])
say_chisq("cox.wald", drop(fit$wald.test), s$waldtest[[2]])
say_chisq("cox.score", s$sctest[[1]], s$sctest[[2]])
say("cox.log_likelihood", fit$loglik[length(fit$loglik)])
say("cox.concordance", fit$concordance[["concordance"]])
zph <- tryCatch(cox.zph(fit)$table, error = function(e) NULL)
if (!is.null(zph)) {
  terms <- grep("^strata[(]", attr(terms(fit), "term.labels"), value = TRUE, invert = TRUE)
  place <- match(rownames(zph), c(terms, "GLOBAL"))
  for (i in seq_along(place)) say_chisq(paste0("zph", place[i]), zph[i, "chisq"], zph[i, "df"])
}
"""

_LAST: Final = r"""
ours <- read.csv(file.path(here, "@NUMBERS@"))
theirs <- vapply(ours$name, function(name) {
  value <- said[[name]]
  if (is.null(value)) NA_real_ else as.numeric(value)
}, 0)
away <- abs(theirs - ours$value) / pmax(1, abs(ours$value))
cat("\nNumbers compared:", sum(!is.na(away)), "of", nrow(ours), "\n")
cat("Largest relative difference from the program:", format(max(away, 0, na.rm = TRUE), digits = 3), "\n")
for (i in which(is.na(away) | away > 1e-6)) {
  cat("DIFFERS:", ours$name[i], "program", format(ours$value[i], digits = 15), "R",
      format(theirs[i], digits = 15), "\n")
}
"""
