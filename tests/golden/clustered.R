# A small clustered sample with finite populations and a stratum of one PSU: simulated, written to
# clustered.csv, and estimated in every way the design can be declared.
# Rscript tests/golden/clustered.R, from the repository root

source(file.path("tests", "golden", "header.R"))
RNGversion("4.0.0")
set.seed(20170703)

# Stratum E has one PSU. PSU numbers start at 1 in each stratum, so they are unique only within it.
plan <- data.frame(
  stratum = c("A", "B", "C", "D", "E"), sampled = c(5, 4, 6, 3, 1), in_population = c(20, 10, 24, 6, 4)
)
units <- do.call(rbind, lapply(seq_len(nrow(plan)), function(h) {
  do.call(rbind, lapply(seq_len(plan$sampled[h]), function(psu) {
    n <- sample(4:9, 1)
    level <- rnorm(1, sd = 0.8)
    data.frame(
      stratum = plan$stratum[h], psu = psu, rate = plan$sampled[h] / plan$in_population[h],
      w = round(plan$in_population[h] / plan$sampled[h] * exp(rnorm(n, sd = 0.5)), 4),
      age = sample(c("18-34", "35+"), n, replace = TRUE, prob = c(0.4, 0.6)),
      sex = sample(c("f", "m"), n, replace = TRUE),
      owns = rbinom(n, 1, plogis(level)), likes = rbinom(n, 1, plogis(level - 0.5))
    )
  }))
}))
units$likes[sample(nrow(units), 9)] <- NA
write.csv(units, golden_out("clustered.csv"), row.names = FALSE, quote = FALSE, na = "")
units <- read.csv(golden("clustered.csv"))

rows <- NULL
add <- function(design, dataset) {
  for (item in c("owns", "likes")) {
    rows <<- rbind(rows, share_rows(design, dataset, item))
    rows <<- rbind(rows, share_rows(subset(design, age == "18-34"), paste0(dataset, "_age1834"), item))
  }
  both <- svymean(~ owns + likes, answered_part(design, "likes"))
  gap <- svycontrast(both, c(owns = 1, likes = -1))
  rows <<- rbind(rows, row_of(dataset, "contrast_owns-likes", c("est", "se"), c(coef(gap), SE(gap))))
}
design_of <- function(data, fpc) {
  svydesign(ids = ~psu, strata = ~stratum, weights = ~w, fpc = fpc, data = data, nest = TRUE)
}

# Four strata of several PSUs: with replacement, then with the share of PSUs that was sampled.
several <- subset(units, stratum != "E")
add(design_of(several, NULL), "clustered")
add(design_of(several, ~rate), "clustered_fpc")

# PSUs without strata (numbered through), and strata without PSUs.
several$through <- paste(several$stratum, several$psu)
add(svydesign(ids = ~through, weights = ~w, data = several), "clustered_nostrat")
add(svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = several), "unclustered")

# Raked within the clusters.
size <- 1000
margins <- c(`(Intercept)` = size, `age35+` = 620, sexm = 480)
raked <- calibrate(design_of(several, ~rate), ~ age + sex, margins, calfun = "raking", epsilon = 1e-13, maxit = 200)
add(raked, "clustered_raked")

# With the stratum of one PSU: it adds nothing ("certainty"), or is centred at the mean of all PSUs.
for (rule in c("certainty", "adjust")) {
  options(survey.lonely.psu = rule)
  add(design_of(units, NULL), paste0("single_", rule))
  add(design_of(units, ~rate), paste0("single_", rule, "_fpc"))
}

write_golden(rows, "clustered-estimates.csv", "clustered.R",
             "Why: the reference for PSUs, finite populations, strata of one PSU and raking within PSUs")
