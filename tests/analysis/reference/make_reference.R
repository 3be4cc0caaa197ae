# R's answers to the questions in cases.csv, as JSON: the reference of tests/analysis/test_against_r.py.
#
#   python -m tests.analysis.reference.tables FOLDER
#   Rscript tests/analysis/reference/make_reference.R FOLDER tests/analysis/reference/reference.json
#
# Only base R and the package survival are used; what survival does not have (weights other than rho, trend)
# is written out here from its textbook formula. Restricted means: survfit's own (print.rmean), whose estimate
# and Greenwood variance are those of survRM2::rmst1.
suppressMessages(library(survival))
options(warn = -1)
args <- commandArgs(trailingOnly = TRUE)
folder <- args[1]

# --- JSON ---------------------------------------------------------------------------------------------------
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    if (is.null(names(x))) return(paste0("[", paste(vapply(x, json, ""), collapse = ","), "]"))
    return(paste0("{", paste0('"', names(x), '":', vapply(x, json, ""), collapse = ","), "}"))
  }
  one <- function(v) if (is.na(v) || is.infinite(v)) "null" else
    if (is.character(v)) paste0('"', gsub('"', '\\\\"', v), '"') else sprintf("%.15g", v)
  if (inherits(x, "AsIs") || length(x) != 1) return(paste0("[", paste(vapply(x, one, ""), collapse = ","), "]"))
  one(x)
}
many <- function(x) I(unname(x))

# --- blocks -------------------------------------------------------------------------------------------------
surv <- function(d, entry) if (entry) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)

block <- function(d, entry, interval, tau, at) {
  y <- surv(d, entry)
  fit <- survfit(y ~ 1, conf.type = interval)
  q <- quantile(fit)
  flipped <- if (entry) Surv(y[, 1], y[, 2], 1 - y[, 3]) else Surv(y[, 1], 1 - y[, 2])
  reverse <- quantile(survfit(flipped ~ 1, conf.type = interval))
  last <- max(fit$time)
  mean <- if (tau <= last || tail(fit$surv, 1) == 0) summary(fit, rmean = tau)$table else c(rmean = NA, `se(rmean)` = NA)
  inside <- fit$surv > 0 & fit$surv < 1
  exit <- y[, ncol(y) - 1]; event <- y[, ncol(y)]
  start <- if (entry) y[, 1] else rep(-1, nrow(d))
  days <- lapply(at, function(t) {
    k <- findInterval(t, fit$time)
    s <- if (t > last) NA else if (k == 0) 1 else fit$surv[k]
    limits <- if (k > 0 && !is.na(s) && s > 0 && s < 1) c(fit$lower[k], fit$upper[k]) else c(NA, NA)
    list(day = t, survival = s, lower = limits[1], upper = limits[2],
         at_risk = sum(exit >= t & start < t), events = sum(exit < t & event == 1), censored = sum(exit < t & event == 0))
  })
  list(n = nrow(d), events = sum(event),
       quartiles = list(estimate = many(q$quantile), lower = many(q$lower), upper = many(q$upper)),
       follow_up = list(estimate = reverse$quantile[[2]], lower = reverse$lower[[2]], upper = reverse$upper[[2]]),
       rmst = list(tau = tau, estimate = mean[["rmean"]], se = mean[["se(rmean)"]]),
       at = days,
       curve = list(time = many(fit$time), survival = many(fit$surv), lower = many(ifelse(inside, fit$lower, NA)),
                    upper = many(ifelse(inside, fit$upper, NA)), at_risk = many(fit$n.risk),
                    events = many(fit$n.event), censored = many(fit$n.censor)))
}

# --- tests --------------------------------------------------------------------------------------------------
chisq <- function(fit) {
  df <- sum(rowSums(as.matrix(fit$exp)) > 0) - 1
  if (df < 1) return(NULL)  # R then gives a chi-square of 0
  list(chisq = fit$chisq, df = df, p = pchisq(fit$chisq, df, lower.tail = FALSE))
}
quietly <- function(x) tryCatch(x, error = function(e) NULL)

# weighted log-rank statistic with any weights, and the trend test, from the counts at each event time
weighted <- function(d, weight, scores = NULL) {
  times <- sort(unique(d$time[d$event == 1])); g <- levels(d$group); k <- length(g)
  u <- rep(0, k); v <- matrix(0, k, k); s <- 1
  for (t in times) {
    n <- sapply(g, function(l) sum(d$group == l & d$time >= t)); e <- sapply(g, function(l) sum(d$group == l & d$time == t & d$event == 1))
    N <- sum(n); D <- sum(e); w <- weight(N, s); p <- n / N
    u <- u + w * (e - D * p)
    if (N > 1) v <- v + w^2 * D * (N - D) / (N - 1) * (diag(p, k) - outer(p, p))
    s <- s * (N - D) / N
  }
  if (!is.null(scores)) return(sum(scores * u)^2 / drop(t(scores) %*% v %*% scores))
  drop(u[-1] %*% solve(v[-1, -1], u[-1]))
}

cox <- function(formula, d, ties) {
  fit <- quietly(coxph(formula, d, ties = ties))
  if (is.null(fit) || fit$nevent == 0) return(list(cox = NULL, zph = NULL))
  infinite <- !is.na(coef(fit)) & (sqrt(diag(fit$var)) * apply(model.matrix(fit), 2, sd) > 50)
  # an infinite coefficient makes the information singular when iterated further, and R then drops it
  if (!any(infinite)) fit <- coxph(formula, d, ties = ties, control = coxph.control(eps = 1e-13, iter.max = 50))
  s <- summary(fit)
  unknown <- is.na(coef(fit)) | infinite
  b <- ifelse(unknown, NA, coef(fit)); se <- ifelse(unknown, NA, sqrt(diag(fit$var)))
  df <- sum(!is.na(coef(fit)))
  z <- quietly(cox.zph(fit)$table)
  any_inf <- any(infinite)
  list(
    cox = list(n = fit$n, events = fit$nevent, coef = many(b), se = many(se), infinite = any_inf,
      lr = list(chisq = s$logtest[[1]], df = df, p = s$logtest[[3]]),
      wald = list(chisq = if (any_inf) NA else drop(fit$wald.test), df = df,
                  p = if (any_inf) NA else pchisq(drop(fit$wald.test), df, lower.tail = FALSE)),
      score = list(chisq = s$sctest[[1]], df = df, p = s$sctest[[3]]),
      concordance = fit$concordance[["concordance"]], loglik = many(fit$loglik),
      martingale = if (any_inf || fit$n > 250) NULL else many(residuals(fit, "martingale")),
      dfbeta = if (any_inf || any(is.na(coef(fit))) || fit$n > 250) NULL else many(as.vector(residuals(fit, "dfbeta")))),
    zph = if (any_inf || is.null(z)) NULL else
      list(chisq = many(z[, 1]), df = many(z[, 2]), p = many(z[, 3])))
}

# --- one case -----------------------------------------------------------------------------------------------
answer <- function(case) {
  d <- read.csv(file.path(folder, paste0(case$name, ".csv")), check.names = FALSE, na.strings = c("", "NA"))
  given <- function(x) !is.na(x) && x != ""
  entry <- given(case$entry)
  d$time <- d[[case$time]]; d$event <- d[[case$event]]
  if (entry) d$entry <- d[[case$entry]]
  d <- d[!is.na(d$time) & !is.na(d$event), ]
  y <- aeqSurv(surv(d, entry))  # R's own timefix, so that the counts below see the same ties
  d$time <- y[, ncol(y) - 1]; if (entry) d$entry <- y[, 1]
  if (given(case$group)) {
    d$group <- factor(d[[case$group]], levels = unique(na.omit(as.character(d[[case$group]]))))
    if (given(case$reference)) d$group <- relevel(d$group, case$reference)
  }
  if (given(case$strata)) d$strata_ <- d[[case$strata]]
  for (v in setdiff(names(d)[sapply(d, is.character)], "group")) d[[v]] <- factor(d[[v]], levels = unique(na.omit(d[[v]])))
  at <- if (given(case$at)) as.numeric(strsplit(as.character(case$at), ",")[[1]]) else numeric()

  whole <- list(d)
  groups <- if (given(case$group)) lapply(levels(d$group), function(l) d[which(d$group == l), ]) else list()
  open_end <- function(x) { m <- max(x$time); if (tail(survfit(surv(x, entry) ~ 1)$surv, 1) > 0) m else Inf }
  parts <- if (length(groups)) groups else whole
  tau <- if (given(case$tau)) as.numeric(case$tau) else { o <- min(sapply(parts, open_end)); if (is.finite(o)) o else max(sapply(parts, function(x) max(x$time))) }

  result <- list(overall = block(d, entry, case$interval, tau, at),
                 groups = lapply(groups, function(x) c(list(group = as.character(x$group[1])), block(x, entry, case$interval, tau, at))))
  if (length(groups) > 1 && !entry) {
    result$logrank <- quietly(chisq(survdiff(Surv(time, event) ~ group, d)))
    g <- droplevels(d[!is.na(d$group), ])
    result$peto_peto <- quietly(chisq(survdiff(Surv(time, event) ~ group, d, rho = 1)))
    result$gehan_wilcoxon <- quietly(weighted(g, function(n, s) n))
    result$tarone_ware <- quietly(weighted(g, function(n, s) sqrt(n)))
    result$late_difference <- quietly(weighted(g, function(n, s) 1 - s))
    if (given(case$strata)) result$stratified_logrank <- quietly(chisq(survdiff(Surv(time, event) ~ group + strata(strata_), d)))
    if (length(groups) > 2) {
      result$trend <- quietly(weighted(g, function(n, s) 1, seq_along(levels(g$group)) - 1))
      pairs <- combn(levels(g$group), 2, simplify = FALSE)
      p <- sapply(pairs, function(l) { r <- quietly(chisq(survdiff(Surv(time, event) ~ group, g[g$group %in% l, ]))); if (is.null(r)) NA else r$p })
      result$pairwise <- list(p = many(p), p_holm = many(p.adjust(p, "holm")))
    }
  }
  right <- c(if (length(groups)) "group", if (given(case$model)) case$model, if (given(case$strata)) "strata(strata_)")
  if (length(setdiff(right, "strata(strata_)")) && (length(groups) != 1 || given(case$model))) {
    left <- if (entry) "Surv(entry, time, event)" else "Surv(time, event)"
    result <- c(result, cox(as.formula(paste(left, "~", paste(right, collapse = "+"))), d, case$ties))
  }
  if (length(groups) == 2) {
    m <- lapply(result$groups, function(x) x$rmst)
    est <- m[[2]]$estimate - m[[1]]$estimate; se <- sqrt(m[[1]]$se^2 + m[[2]]$se^2)
    ratio <- m[[2]]$estimate / m[[1]]$estimate; lse <- sqrt((m[[1]]$se / m[[1]]$estimate)^2 + (m[[2]]$se / m[[2]]$estimate)^2)
    result$rmst_difference <- list(tau = tau, estimate = est, se = se, lower = est - qnorm(.975) * se, upper = est + qnorm(.975) * se,
                                   p = 2 * pnorm(-abs(est) / se), ratio = ratio, ratio_lower = ratio * exp(-qnorm(.975) * lse),
                                   ratio_upper = ratio * exp(qnorm(.975) * lse))
  }
  result
}

cases <- read.csv(file.path(folder, "cases.csv"), colClasses = "character")
answers <- lapply(seq_len(nrow(cases)), function(i) answer(as.list(cases[i, ])))
names(answers) <- cases$name
answers[["R"]] <- list(R = R.version.string, survival = as.character(packageVersion("survival")))
lines <- paste0('"', names(answers), '":', vapply(answers, json, ""))
writeLines(c("{", paste(lines, collapse = ",\n"), "}"), args[2])
