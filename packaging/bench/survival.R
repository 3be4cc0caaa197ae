# The survival page's numbers by R's survival package, timed inside R: median processor seconds of one page.
# Arguments: table (time, event, arm), days of the rows (comma-separated), horizon, repetitions.
suppressPackageStartupMessages(library(survival))
given <- commandArgs(trailingOnly = TRUE)
d <- read.csv(given[1])
d$arm <- factor(d$arm, levels = unique(d$arm))
at <- as.numeric(strsplit(given[2], ",")[[1]])
tau <- as.numeric(given[3])
page <- function() {
  parts <- list(Surv(time, event) ~ arm, Surv(time, event) ~ 1)
  for (f in parts) {
    fit <- survfit(f, data = d, conf.type = "log-log")
    summary(fit, times = at, extend = TRUE)
    quantile(fit, 0.5)
    summary(fit, rmean = tau)$table
    reverse <- survfit(update(f, Surv(time, 1 - event) ~ .), data = d, conf.type = "log-log")
    quantile(reverse, 0.5)
  }
  survdiff(Surv(time, event) ~ arm, data = d)
  survdiff(Surv(time, event) ~ arm, data = d, rho = 1)
  model <- coxph(Surv(time, event) ~ arm, data = d, ties = "efron")
  summary(model)
  cox.zph(model)
  invisible(model)
}
page()
seconds <- replicate(as.integer(given[4]), {
  start <- sum(proc.time()[c("user.self", "sys.self")])
  for (turn in 1:5) page()
  (sum(proc.time()[c("user.self", "sys.self")]) - start) / 5
})
cat(median(seconds), "\n")
