# Differences against a bound: two one-sided tests, tests of lying beyond it, and the smallest bound that is
# vouched for, found by bisection of the tests; and Cramer's V of weighted tables. Base R and survey.
# Rscript tests/golden/equivalence.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
rows <- NULL
add <- function(...) rows <<- rbind(rows, row_of(...))
gaps <- data.frame(
  estimate = c(0.004, -0.021, 0.035, -0.13, 0.16, 0.05, 0.09),
  std_error = c(0.012, 0.015, 0.012, 0.020, 0.060, 0.001, 0.014),
  df = c(400, 35, 800, 12, 5, 90, 210)
)
one_sided <- function(gap, bound) {
  above <- pt((gap$estimate + bound) / gap$std_error, gap$df, lower.tail = FALSE)
  below <- pt((gap$estimate - bound) / gap$std_error, gap$df)
  pmax(above, below)
}
# Two-sided, of "the difference lies between the bounds", from the bound that is nearer.
beyond <- function(gap, bound) {
  nearest <- sign(gap$estimate) * bound
  away <- (gap$estimate - nearest) / gap$std_error * sign(gap$estimate)
  pmin(2 * pt(away, gap$df, lower.tail = FALSE), 1)
}
for (column in names(gaps)) add("gaps", paste0("input:", column), seq_len(nrow(gaps)), gaps[[column]])
for (bound in c(0.03, 0.05, 0.1)) for (level in c(0.95, 0.9)) {
  of <- function(what) paste(what, bound, level)
  add("gaps", of("p_within"), seq_len(nrow(gaps)), one_sided(gaps, bound))
  add("gaps", of("p_outside"), seq_len(nrow(gaps)), p.adjust(beyond(gaps, bound), "holm"))
  reach <- qt(level, gaps$df) * gaps$std_error
  add("gaps", of("conf_low"), seq_len(nrow(gaps)), gaps$estimate - reach)
  add("gaps", of("conf_high"), seq_len(nrow(gaps)), gaps$estimate + reach)
  smallest <- sapply(seq_len(nrow(gaps)), function(n) {
    uniroot(function(bound) one_sided(gaps[n, ], bound) - (1 - level), c(0, 2), tol = 1e-15)$root
  })
  add("gaps", of("smallest_bound"), seq_len(nrow(gaps)), smallest)
}

cramer <- function(design, dataset, formula) {
  shares <- prop.table(svytable(formula, design))
  expected <- outer(rowSums(shares), colSums(shares))
  phi <- sum((shares - expected)^2 / expected)
  add(dataset, "cramers_v", paste(all.vars(formula), collapse = "|"), sqrt(phi / (min(dim(shares)) - 1)))
}
sim <- read.csv(golden("sim.csv"))
strata <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = sim)
for (formula in c(~ age + market, ~ abandon + sex, ~ edu + age)) cramer(strata, "sim", formula)
cramer(subset(strata, market == "FR"), "sim_FR", ~ region + trust)
units <- declare(read_units())$clustered_fpc
for (formula in c(~ channel + age, ~ likes + sex)) cramer(units, "clustered_fpc", formula)
cramer(subset(units, age == "18-34"), "clustered_fpc_age1834", ~ channel + owns)

write_golden(rows, "equivalence.csv", "equivalence.R", "Why: the reference for tests against a bound, and for Cramer's V")
