# The smallest bases at which a published figure can be told, found by going up one respondent at a
# time, and the sample size of the warning in the methods: UK 30 % against France 25 %.
# Rscript tests/golden/verdicts.R, from the repository root

source(file.path("tests", "golden", "header.R"))

# A simple random sample of `start` whose estimate and design stay while its base grows to n.
smallest <- function(tells, from = 2) {
  n <- from
  while (!tells(n)) n <- n + 1
  n
}
logit_ends <- function(p, n, start, level) {
  se <- sqrt(p * (1 - p) / (start - 1)) * sqrt(start / n)
  df <- (start - 1) * n / start
  plogis(qlogis(p) + c(-1, 1) * qt((1 + level) / 2, df) * se / (p * (1 - p)))
}

# Published 30, found .30, from 100: the 90 % interval must lie within [.295, .305] widened by .05.
reproduced <- smallest(function(n) {
  ends <- logit_ends(0.30, n, 100, 0.90)
  ends[1] >= 0.245 && ends[2] <= 0.355
})
# Published 40, found .30, from 40: the 95 % interval must leave out [.395, .405].
differs <- smallest(function(n) logit_ends(0.30, n, 40, 0.95)[2] < 0.395)
# "Most", found .55, from 100: the 95 % interval must lie above one half.
majority <- smallest(function(n) logit_ends(0.55, n, 100, 0.95)[1] > 0.5)
# Published 0, found 0: Clopper-Pearson at 90 % reaches 1 - .05^(1/n), which must be at most .055.
nobody <- smallest(function(n) 1 - 0.05^(1 / n) <= 0.055)

# UK .30 against France .25, n respondents each from 430: the 95 % interval must lie above 0.
se_430 <- sqrt((0.30 * 0.70 + 0.25 * 0.75) / 429)
direction <- smallest(function(n) 0.05 > qt(0.975, 2 * 429 * n / 430) * se_430 * sqrt(430 / n))
# The same contrast, when four samples in five are to tell it: power 80 % at 5 % two-sided.
power <- power.prop.test(p1 = 0.30, p2 = 0.25, sig.level = 0.05, power = 0.80)$n
# A gap of .03 (se .02) on 8 degrees of freedom, from 400: degrees of freedom grow with the base.
few_psus <- smallest(function(n) 0.03 > qt(0.975, 8 * n / 400) * 0.02 * sqrt(400 / n), from = 400)
# First of four causes, the nearest .04 (se .02) behind, from 400: 3 comparisons share the 5 %.
first <- smallest(function(n) 0.04 > qt(1 - 0.05 / 3 / 2, 399 * n / 400) * 0.02 * sqrt(400 / n))

rows <- rbind(
  row_of("verdicts", "smallest_base",
         c("reproduced", "differs", "majority", "nobody", "direction", "few_psus", "first"),
         c(reproduced, differs, majority, nobody, direction, few_psus, first)),
  row_of("verdicts", "uk30_france25", c("z_430", "base_80_percent_power"), c(0.05 / se_430, power))
)
write_golden(rows, "verdicts.csv", "verdicts.R",
             "Why: smallest base by each rule of a verdict; power.prop.test for the base that tells in 4 of 5 samples")
