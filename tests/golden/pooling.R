# Samples of several markets, an estimate and a standard error each: how much they really differ, and each
# drawn towards the others. Random effects by restricted maximum likelihood, with the package metafor.
# Rscript tests/golden/pooling.R, from the repository root

source(file.path("tests", "golden", "header.R"))
suppressPackageStartupMessages(library(metafor))
pools <- list(
  spread = list(y = c(.30, .25, .38, .41, .28, .33, .36), se = c(.020, .030, .025, .020, .018, .022, .040)),
  alike = list(y = c(.30, .32, .29, .31, .33, .28), se = c(.021, .019, .024, .030, .022, .020)),
  too_alike = list(y = c(.300, .301, .302, .300, .301, .299), se = c(.02, .02, .03, .02, .03, .02)),
  two = list(y = c(.20, .35), se = c(.03, .02)),
  three = list(y = c(.42, .47, .55), se = c(.020, .035, .015)),
  outlier = list(y = c(.10, .11, .12, .10, .60), se = c(.010, .020, .015, .012, .050)),
  logits = list(y = qlogis(c(.02, .05, .01, .09, .04)), se = c(.31, .22, .45, .15, .25)),
  scores = list(y = c(61.2, 70.5, 66.0, 58.8, 73.1, 64.4, 69.9, 62.0), se = c(1.9, 2.5, 1.1, 3.4, 2.2, 1.6, 2.8, 0.9))
)
# Fisher scoring and root finding to machine precision.
tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-15, tau2.max = 1e4)

rows <- NULL
for (dataset in names(pools)) for (level in c(95, 80)) {
  pool <- pools[[dataset]]
  add <- function(quantity, item, value) {
    rows <<- rbind(rows, row_of(dataset, paste0(quantity, ":", level), item, value))
  }
  fit <- rma(pool$y, sei = pool$se, method = "REML", level = level, control = tight)
  around <- confint(fit, control = tight)$random
  one_more <- predict(fit, pi.type = "riley")
  add("input", paste0("estimate", seq_along(pool$y)), pool$y)
  add("input", paste0("std_error", seq_along(pool$y)), pool$se)
  add("heterogeneity", c("q", "degrees_of_freedom", "p_value"), c(fit$QE, fit$k - 1, fit$QEp))
  add("heterogeneity", c("tau_squared", "share_real", "mean", "mean_std_error"),
      c(fit$tau2, fit$I2 / 100, coef(fit), fit$se))
  add("heterogeneity", c("tau", "tau_low", "tau_high"), around["tau", ])
  add("heterogeneity", c("conf_low", "conf_high"), around["I^2(%)", 2:3] / 100)
  if (fit$k < 3) next
  add("heterogeneity", c("prediction_low", "prediction_high"), c(one_more$pi.lb, one_more$pi.ub))
  # The predictor's error takes tau^2 as known; Datta and Lahiri's adds twice what estimating it costs. It is
  # held to that of the sample alone, which nobody need exceed.
  drawn <- blup(fit)
  spread <- fit$tau2 + fit$vi
  error <- pmin(sqrt(drawn$se^2 + 2 * fit$vi^2 / spread^3 * 2 / sum(spread^-2)), pool$se)
  reach <- qnorm(1 - (1 - level / 100) / 2) * error
  add("blup:estimate", seq_along(pool$y), drawn$pred)
  add("blup:std_error", seq_along(pool$y), error)
  add("blup:conf_low", seq_along(pool$y), drawn$pred - reach)
  add("blup:conf_high", seq_along(pool$y), drawn$pred + reach)
  add("weight", seq_along(pool$y), fit$tau2 / (fit$tau2 + fit$vi))
}
write_golden(rows, "pooling.csv", "pooling.R",
             paste0("Why: metafor ", packageVersion("metafor"), ": rma by REML, confint by the Q-profile, predict and blup"))
