# What weighted regressions predict at values nobody may have, with their errors: of numbers, of categories
# and along natural cubic splines, on sim.csv and designs-input.csv. A curve does not depend on the basis
# that it is fitted by, nor do the Wald tests of all of it and of its bend.
# Rscript tests/golden/curves.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
library(splines)
rows <- NULL
add <- function(...) rows <<- rbind(rows, row_of(...))

# Predictions on the scale of the linear predictor and of the outcome, one item a row of `new`; ends by t on
# the design's degrees of freedom, on the former scale.
predictions <- function(fit, dataset, model, new, link) {
  at <- seq_len(nrow(new))
  linear <- predict(fit, new, type = "link")
  outcome <- predict(fit, new, type = "response")
  reach <- qt(0.975, degf(fit$survey.design)) * SE(linear)
  add(dataset, paste0(model, ":estimate"), at, coef(outcome))
  add(dataset, paste0(model, ":std_error"), at, SE(outcome))
  add(dataset, paste0(model, ":conf_low"), at, link(coef(linear) - reach))
  add(dataset, paste0(model, ":conf_high"), at, link(coef(linear) + reach))
}
wald <- function(fit, dataset, model, terms) {
  test <- regTermTest(fit, terms, method = "Wald")
  add(dataset, model, c("f_statistic", "numerator_df", "denominator_df", "p_value"),
      c(test$Ftest, test$df, test$ddf, test$p))
}

sim <- read.csv(golden("sim.csv"))
strata <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = sim)
along <- expand.grid(sat = c(1, 2.5, 3.75, 4.1, 5, 6.2, 8), sex = c("f", "m"))
plain <- expand.grid(trust = c(1, 3.5, 5), age = c("18-34", "35-54", "55+"))
units <- declare(read_units())$clustered_fpc
spent <- expand.grid(spend = c(0, 20, 75, 130, 400), age = c("18-34", "55+"))

fit <- fit_model(strata, abandon ~ ns(sat, knots = c(3.5, 4.5), Boundary.knots = c(2.5, 6)) + sex, quasibinomial())
predictions(fit, "sim", "curve", along, plogis)
wald(fit, "sim", "curve:wald", ~ ns(sat, knots = c(3.5, 4.5), Boundary.knots = c(2.5, 6)))
# The same curve as a line and what bends away from it: the second is tested alone.
bent <- ns(sim$sat, knots = c(3.5, 4.5), Boundary.knots = c(2.5, 6))
ends <- predict(bent, c(2.5, 6))
line <- outer((sim$sat - 2.5) / 3.5, ends[2, ] - ends[1, ]) + rep(ends[1, ], each = nrow(sim))
away <- (bent - line) %*% svd(bent - line)$v[, 1:2]
strata <- update(strata, away1 = away[, 1], away2 = away[, 2])
fit <- fit_model(strata, abandon ~ sat + away1 + away2 + sex, quasibinomial())
wald(fit, "sim", "curve:bend", ~ away1 + away2)

fit <- fit_model(subset(strata, market == "FR"), abandon ~ trust + age, quasibinomial())
predictions(fit, "sim_FR", "plain", plain, plogis)

for (dataset in c("clustered_fpc", "clustered_fpc_web")) {
  design <- domains_of(units, "clustered_fpc")[[dataset]]
  fit <- fit_model(design, rating ~ ns(spend, knots = 60, Boundary.knots = c(20, 150)) + age, gaussian())
  predictions(fit, dataset, "curve", spent, identity)
  wald(fit, dataset, "curve:wald", ~ ns(spend, knots = 60, Boundary.knots = c(20, 150)))
}
# The basis itself spans what ours spans: values of a curve given at its knots, between and beyond them.
x <- c(-2, 0, 0.4, 1, 1.7, 3, 4.5, 6, 9)
basis <- cbind(1, ns(x, knots = c(1, 3), Boundary.knots = c(0, 6)))
at <- cbind(1, predict(ns(x, knots = c(1, 3), Boundary.knots = c(0, 6)), c(0, 1, 3, 6)))
add("basis", "curve through 0 2 1 5", x, basis %*% solve(at, c(0, 2, 1, 5)))

write_golden(rows, "curves.csv", "curves.R", "Why: the reference for predictions, their errors, and natural splines")
