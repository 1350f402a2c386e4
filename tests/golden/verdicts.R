# What a verdict is held to: the ends of the intervals that decide it, and the smallest base with which
# 4 samples in 5 reproduce the claim if it is true, found by going up one respondent at a time.
# Rscript tests/golden/verdicts.R, from the repository root

source(file.path("tests", "golden", "header.R"))
rows <- NULL
add <- function(...) rows <<- rbind(rows, row_of("verdicts", ...))
ends <- c("low", "high")

# Shares of simple random samples: logit intervals by t on n - 1 degrees of freedom.
logit_ends <- function(p, n, level) {
  se <- sqrt(p * (1 - p) / (n - 1))
  plogis(qlogis(p) + c(-1, 1) * qt((1 + level) / 2, n - 1) * se / (p * (1 - p)))
}
for (n in c(100, 230, 2000)) for (level in c(0.90, 0.95)) {
  add(paste("interval .30 of", n, "at", level), ends, logit_ends(0.30, n, level))
}
# Nobody among n: Clopper-Pearson.
for (n in c(30, 300)) for (level in c(0.90, 0.95)) {
  add(paste("interval 0 of", n, "at", level), ends, c(0, 1 - ((1 - level) / 2)^(1 / n)))
}

smallest <- function(power) {
  n <- 2
  while (power(n) < 0.8) n <- n + 1
  n
}
# A true share p whose interval must lie within bounds: two one-sided tests on the logit scale.
within <- function(n, p, low, high, effect, level) {
  error <- sqrt(effect / (n * p * (1 - p)))
  reach <- qt((1 + level) / 2, n - 1)
  pnorm((qlogis(p) - qlogis(max(low, 0))) / error - reach) +
    pnorm((qlogis(min(high, 1)) - qlogis(p)) / error - reach) - 1
}
# A published percent stands for half a point either way, widened by delta. A printed 0 or 100 is taken as
# a quarter of a point from the end.
share_base <- function(percent, delta, effect = 1) {
  p <- min(max(percent / 100, 0.0025), 0.9975)
  reach <- 0.005 + delta
  smallest(function(n) within(n, p, percent / 100 - reach, percent / 100 + reach, effect, 0.90))
}
add("base_needed", c("30", "30 delta .03", "30 effect 1.4", "5", "0", "100"),
    c(share_base(30, 0.05), share_base(30, 0.03), share_base(30, 0.05, 1.4), share_base(5, 0.05),
      share_base(0, 0.05), share_base(100, 0.05)))
# "Most", if the share is one half and delta more.
add("base_needed", c("majority", "majority delta .1"),
    c(smallest(function(n) within(n, 0.55, 0.5, 1, 1, 0.95)), smallest(function(n) within(n, 0.6, 0.5, 1, 1, 0.95))))

# A difference of `size` above 0, whose error is `se` on `df` degrees of freedom from so many respondents.
above <- function(size, se, df, from, level = 0.95) {
  smallest(function(n) {
    df <- max(df * n / from, 1)
    pt(qt((1 + level) / 2, df), df, ncp = size / (se * sqrt(from / n)), lower.tail = FALSE)
  })
}
# UK .30 against France .25 from 430 respondents each; 8 degrees of freedom; the first of four, whose least
# precise lead has an error of .03.
variances <- c(0.30 * 0.70, 0.25 * 0.75)
se <- sqrt(sum(variances) / 429)
add("base_needed", c("direction", "few psus", "first of four"),
    c(above(0.05, se, 858, 430), above(0.03, 0.02, 8, 400), above(0.05, 0.03, 399, 400, 1 - 0.05 / 3)))
add("uk30_france25", "z_430", 0.05 / se)

# Likeness: both ends of the interval of a true difference of 0 within +-reach. A mean of a scale from 1 to 5,
# sd 1.1, near its published value by .05 of the range and half of its last digit; a difference of shares
# whose error is .04 from 120 respondents, within 10 points.
near <- function(n, reach, se, df, from, level = 0.90) {
  df <- max(df * n / from, 1)
  max(2 * pnorm(reach / (se * sqrt(from / n)) - qt((1 + level) / 2, df)) - 1, 0)
}
add("near power", c("mean 400", "difference 120"),
    c(near(400, 0.25, 1.1 / sqrt(400), 399, 400), near(120, 0.1, 0.04, 119, 120)))
add("near base", c("mean", "difference"),
    c(smallest(function(n) near(n, 0.25, 1.1 / sqrt(400), 399, 400)), smallest(function(n) near(n, 0.1, 0.04, 119, 120))))
add("interval of a mean", ends, 3.5 + c(-1, 1) * qt(0.95, 399) * 1.1 / sqrt(400))

# An interaction: how much farther the shares of two groups lie apart in one domain than in another.
sim <- read.csv(golden("sim.csv"))
design <- svydesign(~1, strata = ~stratum, weights = ~w, data = sim)
cells <- svyby(~sup_email, ~buyer + sex, design, svymean, covmat = TRUE)
step <- svycontrast(cells, c(1, -1, -1, 1)[match(names(coef(cells)), c("1.m", "0.m", "1.f", "0.f"))])
add("interaction", c("estimate", "std_error"), c(coef(step), SE(step)))

write_golden(rows, "verdicts.csv", "verdicts.R",
             "Why: the intervals that decide a verdict; the base of 4 samples in 5 by two one-sided tests or noncentral t; likeness; an interaction")
