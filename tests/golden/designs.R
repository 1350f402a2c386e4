# A clustered sample of a market with missing answers, simulated and written to designs-input.csv, then
# means, ratios, quantiles and shares of it under each way to declare the design.
# Rscript tests/golden/designs.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
RNGversion("4.0.0")
set.seed(20170912)

# PSU numbers start at 1 in each stratum. Nobody of 18-34 lives in stratum F or in PSU 2 of A, so that
# this domain has fewer strata and PSUs than the file.
plan <- data.frame(
  stratum = LETTERS[1:6], sampled = c(8, 6, 5, 4, 7, 6), in_population = c(40, 18, 40, 8, 35, 100)
)
ages <- c("18-34", "35-54", "55+")
units <- do.call(rbind, lapply(seq_len(nrow(plan)), function(h) {
  do.call(rbind, lapply(seq_len(plan$sampled[h]), function(psu) {
    n <- sample(9:25, 1)
    level <- rnorm(1, sd = 0.7)
    none_young <- plan$stratum[h] == "F" || (plan$stratum[h] == "A" && psu == 2)
    age <- sample(ages, n, replace = TRUE, prob = if (none_young) c(0, 0.5, 0.5) else c(0.34, 0.36, 0.30))
    sex <- sample(c("f", "m"), n, replace = TRUE, prob = c(0.55, 0.45))
    channel <- sample(c("phone", "shop", "social", "web"), n, replace = TRUE, prob = c(0.2, 0.3, 0.12, 0.38))
    rating <- pmin(5, pmax(1, round(3.2 + 0.6 * level + rnorm(n))))
    data.frame(
      stratum = plan$stratum[h], psu = psu, rate = plan$sampled[h] / plan$in_population[h],
      w = round(plan$in_population[h] / plan$sampled[h] * exp(rnorm(n, sd = 0.5)), 2), age = age, sex = sex,
      likes = rbinom(n, 1, plogis(level + 0.4 * (rating - 3) - 0.3 * (age == "55+"))),
      owns = rbinom(n, 1, plogis(0.3 - level)), rare = rbinom(n, 1, 0.02), bought = rbinom(n, 1, 0.6),
      rating = rating, channel = channel,
      spend = round(exp(3 + 0.3 * level + 0.15 * rating + rnorm(n, sd = 0.8)) / 0.5) * 0.5
    )
  }))
}))
units <- data.frame(id = seq_len(nrow(units)), units)
for (name in c("likes", "channel", "spend")) units[[name]][sample(nrow(units), 45)] <- NA
write.csv(units, golden_out("designs-input.csv"), row.names = FALSE, quote = FALSE, na = "")

units <- read_units()
items <- c("likes", "owns", "rare", "bought")
parts <- c("likes", "owns", "bought")
rows <- NULL
add <- function(...) rows <<- rbind(rows, ...)
estimate <- function(design, dataset) {
  for (name in items) {
    add(share_rows(design, dataset, name), proportion_rows(design, dataset, name, c("beta", "wilson")))
  }
  for (name in c("rating", "spend")) add(mean_rows(design, dataset, name))

  # Ratios: two numbers, and one item's part of all that were named; only complete answers count.
  spending <- svyratio(~spend, ~rating, answered_part(design, "spend"))
  named <- reformulate(paste0("I(", paste(parts, collapse = " + "), ")"))
  liking <- svyratio(~likes, named, answered_part(design, "likes"))
  add(row_of(dataset, "svyratio:spend/rating", c("est", "se"), c(coef(spending), SE(spending))),
      row_of(dataset, "svyratio:likes/(likes+owns+bought)", c("est", "se"), c(coef(liking), SE(liking))))

  # svyquantile() as packaged: qrule "math" (the least answer whose cumulated weight reaches the
  # share), Woodruff's interval on t, se its width over 2 t. The interval is inverted from that of the
  # share of answer <= quantile: the plain one (the default, "mean"), or the one on the logit scale.
  answered <- answered_part(design, "spend")
  for (type in c("mean", "xlogit")) {
    quantiles <- svyquantile(~spend, answered, c(0.25, 0.5, 0.75), interval.type = type)$spend
    for (p in rownames(quantiles)) {
      quantity <- paste0("svyquantile:spend:", p, if (type == "xlogit") ":xlogit")
      add(row_of(dataset, quantity, c("est", "lo", "hi", "se"), quantiles[p, ]))
    }
  }
}
designs <- declare(units)
for (declared in names(designs)) {
  cuts <- domains_of(designs[[declared]], declared)
  for (dataset in names(cuts)) estimate(cuts[[dataset]], dataset)
}
write_golden(rows, "designs.csv", "designs.R",
             "Why: the reference for means, ratios, quantiles and share intervals under every kind of design")
