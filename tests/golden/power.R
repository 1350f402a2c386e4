# Power: the smallest difference that is told from 0, and the smallest bases that tell a difference or a
# share in 4 samples of 5, found by going up one respondent at a time. Base R alone.
# Rscript tests/golden/power.R, from the repository root

source(file.path("tests", "golden", "header.R"))
rows <- NULL
add <- function(...) rows <<- rbind(rows, row_of("power", ...))
smallest <- function(power) {
  n <- 2
  while (power(n) < 0.8) n <- n + 1
  n
}

# A difference with standard error .02: power.t.test of one sample, whose error is sd / sqrt(n) on n - 1
# degrees of freedom. Levels: 95 %, 90 % and 95 % shared by three comparisons.
levels <- c("0.95" = 0.95, "0.90" = 0.90, "0.95/3" = 1 - 0.05 / 3)
for (level in names(levels)) for (df in c(2, 3, 8, 29, 399)) {
  told <- power.t.test(n = df + 1, sd = 0.02 * sqrt(df + 1), sig.level = 1 - levels[[level]], power = 0.8,
                       type = "one.sample", tol = 1e-13)
  add(paste0("smallest_difference:", level), df, told$delta)
}

# A true difference whose error, .02 from 400 respondents, falls with the root of the base while its
# degrees of freedom grow with it: the noncentral t at both.
told <- function(n, size, se, df, from, level = 0.95) {
  df <- max(df * n / from, 1)
  pt(qt((1 + level) / 2, df), df, ncp = size / (se * sqrt(from / n)), lower.tail = FALSE)
}
for (level in names(levels)) for (df in c(4, 8, 20, 399)) for (size in c(0.03, 0.07)) {
  add(paste0("base_for_difference:", level, ":", df), size,
      smallest(function(n) told(n, size, 0.02, df, 400, levels[[level]])))
}

# UK 30 % against France 25 %, n respondents each: two proportions with the pooled error under "no
# difference", two means with the error as it is, and the smallest whole n of the latter from 430 each.
add("uk30_france25", "power.prop.test", power.prop.test(p1 = 0.30, p2 = 0.25, power = 0.8, tol = 1e-13)$n)
variances <- c(0.30 * 0.70, 0.25 * 0.75)
add("uk30_france25", "power.t.test",
    power.t.test(delta = 0.05, sd = sqrt(mean(variances)), power = 0.8, tol = 1e-13)$n)
add("uk30_france25", "from_430", smallest(function(n) told(n, 0.05, sqrt(sum(variances) / 430), 858, 430)))

# A share whose logit interval must lie within bounds: two one-sided tests, both of which must hold.
within <- function(n, p, low, high, effect, level) {
  error <- sqrt(effect / (n * p * (1 - p)))
  reach <- qt((1 + level) / 2, n - 1)
  above <- pnorm((qlogis(p) - qlogis(max(low, 0))) / error - reach)
  below <- pnorm((qlogis(min(high, 1)) - qlogis(p)) / error - reach)
  max(above + below - 1, 0)
}
for (p in c(0.05, 0.2, 0.5, 0.9)) for (effect in c(1, 1.4)) {
  for (n in c(100, 500, 2500)) {
    add(paste0("share_power:", p, ":", effect), n, within(n, p, p - 0.055, p + 0.055, effect, 0.90))
  }
  for (reach in c(0.055, 0.035)) {
    add(paste0("base_for_share:", p, ":", effect), reach,
        smallest(function(n) within(n, p, p - reach, p + reach, effect, 0.90)))
  }
}

write_golden(rows, "power.csv", "power.R",
             "Why: power.t.test, power.prop.test, the noncentral t and two one-sided tests, for power and bases")
