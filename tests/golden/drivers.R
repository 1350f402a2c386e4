# How R^2 is shared out among related predictors: by the gain of each over all orders in which they may
# enter (Lindeman, Merenda and Gold), and by Johnson's relative weights, on sim.csv with weights `w`.
# Base R alone. Rscript tests/golden/drivers.R, from the repository root

source(file.path("tests", "golden", "header.R"))
sim <- read.csv(golden("sim.csv"))
outcome <- "sat"
predictors <- c("trust", "price", "sup_email", "sup_phone")

# All orders of the names.
orders_of <- function(names) {
  if (length(names) < 2) return(list(names))
  unlist(lapply(names, function(first) lapply(orders_of(setdiff(names, first)), function(rest) c(first, rest))),
         recursive = FALSE)
}
# R^2 of lm() with the sampling weights.
r_squared <- function(data, names) {
  if (length(names) == 0) return(0)
  summary(lm(reformulate(names, outcome), data, weights = w))$r.squared
}
lmg <- function(data) {
  orders <- orders_of(predictors)
  gains <- vapply(orders, function(order) {
    steps <- vapply(0:length(order), function(n) r_squared(data, head(order, n)), numeric(1))
    diff(steps)[match(predictors, order)]
  }, numeric(length(predictors)))
  rowMeans(gains)
}
# The square root of the correlation matrix leads to the nearest orthogonal predictors and back.
johnson <- function(correlations) {
  between <- eigen(correlations[predictors, predictors], symmetric = TRUE)
  root <- between$vectors %*% diag(sqrt(between$values)) %*% t(between$vectors)
  drop(root^2 %*% solve(root, correlations[predictors, outcome])^2)
}

rows <- NULL
for (dataset in c("sim", "sim_age1834", "sim_FR")) {
  data <- switch(dataset, sim = sim, sim_age1834 = subset(sim, age == "18-34"), sim_FR = subset(sim, market == "FR"))
  correlations <- cov.wt(data[c(predictors, outcome)], data$w, cor = TRUE)$cor
  whole <- r_squared(data, predictors)
  rows <- rbind(
    rows,
    row_of(dataset, "drivers:r_squared", outcome, whole),
    row_of(dataset, "drivers:correlation", predictors, correlations[predictors, outcome]),
    row_of(dataset, "drivers:lmg", predictors, lmg(data) / whole),
    row_of(dataset, "drivers:johnson", predictors, johnson(correlations) / whole)
  )
}
write_golden(rows, "drivers.csv", "drivers.R", "Why: the reference for the parts of R^2, as shares of it")
