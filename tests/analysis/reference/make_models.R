# R's answers for what make_reference.R leaves out: cumulative incidence, baseline hazard and adjusted curves,
# the hazard ratio over a marker, interaction tests by class, CAFS' tests. Reference of test_models_against_r.py.
#
#   python -m tests.analysis.reference.model_tables FOLDER
#   Rscript tests/analysis/reference/make_models.R FOLDER tests/analysis/reference/models.json
suppressMessages(library(survival))
args <- commandArgs(trailingOnly = TRUE)
read <- function(name) read.csv(file.path(args[1], name), na.strings = c("", "NA"), stringsAsFactors = FALSE)

json <- function(x) {
  if (is.list(x)) return(paste0("{", paste0('"', names(x), '":', vapply(x, json, ""), collapse = ","), "}"))
  one <- function(v) if (is.na(v)) "null" else sprintf("%.15g", v)
  if (length(x) == 1) one(x) else paste0("[", paste(vapply(unname(x), one, ""), collapse = ","), "]")
}

# --- cumulative incidence: survfit with a factor as status ---
d <- read("causes.csv")
d$cause <- factor(ifelse(is.na(d$cause), "censored", d$cause), levels = c("censored", "death", "tracheostomy"))
incidence <- list()
for (interval in c("log-log", "log", "plain")) for (late in c(FALSE, TRUE)) {
  d$id <- seq_len(nrow(d))
  fit <- if (late) survfit(Surv(entry, days, cause) ~ 1, d, id = id, conf.type = interval)
         else survfit(Surv(days, cause) ~ 1, d, conf.type = interval)
  for (k in 2:3) incidence[[paste(interval, if (late) "late" else "plain", levels(d$cause)[k], sep = "/")]] <-
    list(time = fit$time, p = fit$pstate[, k], se = fit$std.err[, k],
         lower = fit$lower[, k], upper = fit$upper[, k])
}

# --- baseline hazard and adjusted curves ---
g <- read("trial.csv")
g$arm <- factor(g$arm, levels = c("placebo", "IL-2")); g$site <- factor(g$site, levels = unique(g$site))
curves <- list()
for (ties in c("efron", "breslow")) {
  fit <- coxph(Surv(days, event) ~ arm + age + site, g, ties = ties, control = coxph.control(eps = 1e-13))
  base <- basehaz(fit, centered = FALSE)
  step <- base[!duplicated(base$hazard) & base$hazard > 0, ]
  average <- lapply(levels(g$arm), function(a) {
    moved <- g; moved$arm <- factor(a, levels = levels(g$arm))
    s <- survfit(fit, newdata = moved); rowMeans(s$surv)[s$n.event > 0]
  })
  curves[[ties]] <- list(time = step$time, hazard = step$hazard, placebo = average[[1]], il2 = average[[2]])
}
strata <- coxph(Surv(days, event) ~ arm + age + strata(site), g, control = coxph.control(eps = 1e-13))
base <- basehaz(strata, centered = FALSE)
curves$strata <- lapply(split(base, base$strata), function(b) { b <- b[!duplicated(b$hazard) & b$hazard > 0, ]; list(time = b$time, hazard = b$hazard) })
names(curves$strata) <- sub("site=", "", names(curves$strata))

# --- the hazard ratio over a marker, and interactions by class ---
fit <- coxph(Surv(days, event) ~ arm * log(pnfh), g, control = coxph.control(eps = 1e-13))
at <- c(300, 750, 2000, 3700, 8000)
contrast <- cbind(1, 0, log(at)); estimate <- drop(contrast %*% coef(fit))
se <- sqrt(rowSums((contrast %*% vcov(fit)) * contrast))
lr <- anova(coxph(Surv(days, event) ~ arm + log(pnfh), g), fit)
marker <- list(at = at, hr = exp(estimate), lower = exp(estimate - qnorm(.975) * se), upper = exp(estimate + qnorm(.975) * se),
               p = 2 * pnorm(-abs(estimate / se)), lr_chisq = lr$Chisq[2], lr_p = lr[["Pr(>|Chi|)"]][2])
g$class <- cut(g$pnfh, c(-Inf, 750, 3700, Inf), right = FALSE)  # 750 belongs above, 3700 below
g$class[g$pnfh == 3700] <- levels(g$class)[2]
joint <- coxph(Surv(days, event) ~ arm + strata(class), g)
apart <- coxph(Surv(days, event) ~ arm:class + strata(class), g)
classes <- list(hr = sapply(levels(g$class), function(l) exp(coef(coxph(Surv(days, event) ~ arm, g[g$class == l, ])))),
                chisq = 2 * (apart$loglik[2] - joint$loglik[2]))

# --- late entry with many patients: the large table ---
l <- read("late.csv")
fit <- coxph(Surv(entry, days, event) ~ x + group, l, control = coxph.control(eps = 1e-13))
late <- list(coef = coef(fit), se = sqrt(diag(vcov(fit))), zph = cox.zph(fit)$table[, 1])

# --- difference of survival at a day, with the complementary log-log test ---
s <- summary(survfit(Surv(days, event) ~ arm, g), times = 500)
v <- (s$std.err / s$surv)^2; log_s <- log(s$surv)
difference <- list(estimate = diff(s$surv), se = sqrt(sum(s$std.err^2)),
                   chisq = diff(log(-log_s))^2 / sum(v / log_s^2))

# --- CAFS: the tests on given scores ---
cafs <- read("scores.csv")
w <- wilcox.test(score ~ arm, cafs, exact = FALSE, correct = FALSE)
m <- summary(lm(rank(score) ~ arm + baseline, cafs))$coefficients
ranks <- list(p = w$p.value, effect = m["arm", 1], se = m["arm", 2], ancova_p = m["arm", 4], rank = rank(cafs$score))

# --- the smooth of the scaled Schoenfeld residuals, as plot.cox.zph draws it ---
z <- cox.zph(coxph(Surv(days, event) ~ arm + age, g, control = coxph.control(eps = 1e-13)))
at <- seq(min(z$x), max(z$x), length = 40)
basis <- splines::ns(c(at, z$x), df = 4, intercept = TRUE)
drawn <- basis[1:40, ]; fitted <- basis[-(1:40), ]
spread <- sqrt(rowSums((drawn %*% solve(crossprod(fitted))) * drawn))
smooth <- lapply(c(arm = 1, age = 2), function(i) {
  line <- drop(drawn %*% qr.coef(qr(fitted), z$y[, i]))
  list(x = at, y = line, upper = line + 2 * sqrt(z$var[i, i]) * spread)
})

all <- list(smooth = smooth, incidence = incidence, curves = curves, marker = marker, classes = classes, late = late,
            difference = difference, ranks = ranks)
writeLines(c("{", paste(paste0('"', names(all), '":', vapply(all, json, "")), collapse = ",\n"), "}"), args[2])
