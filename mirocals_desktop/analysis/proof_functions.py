"""The R functions that the scripts of the further proofs share; each takes rows with time and event."""

from __future__ import annotations

from typing import Final

R_FUNCTIONS: Final = r"""
outcome <- function(d) if (is.null(d$entry)) Surv(d$time, d$event) else Surv(d$entry, d$time, d$event)
control <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)
read_part <- function(name) read.csv(file.path(here, name), na.strings = "")
grouped <- function(d) d[!is.na(d$group), ]
logrank <- function(d) {
  d <- droplevels(grouped(d))
  if (is.null(d$entry)) survdiff(Surv(time, event) ~ group, d) else weighted(d)
}
p_of_test <- function(test) p_of(test$chisq, sum(rowSums(cbind(test$exp)) > 0) - 1)
logrank_p <- function(d) tryCatch(p_of_test(logrank(d)), error = function(e) NA)
survival_on <- function(d, day) {
  fit <- survfit(outcome(d) ~ 1)
  k <- findInterval(day, fit$time)
  if (day > max(fit$time)) NA else if (k == 0) 1 else fit$surv[k]
}
say_ratio <- function(name, estimate, se) {
  say(paste0(name, ".hr"), exp(estimate))
  say_limits(name, estimate, se, exp)
  say(paste0(name, ".p"), 2 * pnorm(-abs(estimate / se)))
}
subgroup <- function(name, data) {
  for (arm in 1:2) {
    mine <- data$group == paste0("L", arm)
    say(paste0(name, ".n", arm), sum(mine))
    say(paste0(name, ".events", arm), sum(data$event[mine]))
  }
  if (length(unique(data$group)) < 2 || sum(data$event) == 0) return(invisible())
  fit <- coxph(outcome(data) ~ group, data, control = control)
  say_ratio(name, coef(fit)[[1]], sqrt(vcov(fit)[1, 1]))
}
interaction <- function(name, d, level) {
  alone <- 0
  used <- character()
  for (one in levels(level)) {
    data <- d[which(level == one), ]
    if (length(unique(data$group)) < 2 || sum(data$event) == 0) next
    fit <- coxph(outcome(data) ~ group, data, control = control)
    if (is.na(coef(fit)[[1]])) next
    alone <- alone + fit$loglik[2]
    used <- c(used, one)
  }
  if (length(used) < 2) return(invisible())
  data <- d[which(level %in% used), ]
  data$level <- level[which(level %in% used)]
  joint <- coxph(outcome(data) ~ group + strata(level), data, control = control)
  say_chisq(name, max(0, 2 * (alone - joint$loglik[2])), length(used) - 1)
}
"""
