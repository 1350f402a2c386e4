# Shares, standard errors, design effects, degrees of freedom, logit intervals, differences and raking
# on sim.csv, a simulated survey of three markets (strata `stratum`, weights `w`, no PSUs).
# Rscript tests/golden/sim-estimates.R, from the repository root

source(file.path("tests", "golden", "header.R"))
sim <- read.csv(golden("sim.csv"))
items <- c("abandon", "social", "sup_email")
support <- c("sup_email", "sup_phone", "sup_chat", "sup_social", "sup_faq", "sup_rare", "sup_none")

# One design of the whole file; every market and age group is a domain of it.
stratified <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = sim)
unstratified <- svydesign(ids = ~1, weights = ~w, data = sim)
young <- function(design) subset(design, age == "18-34")

domains <- list(sim = stratified, sim_age1834 = young(stratified), sim_nostrat = unstratified)
for (code in c("DE", "FR", "UK")) {
  own <- subset(stratified, market == code)
  domains[[paste0("sim_", code)]] <- own
  domains[[paste0("sim_", code, "_age1834")]] <- young(own)
}
rows <- NULL
for (dataset in names(domains)) {
  wanted <- if (dataset %in% c("sim", "sim_nostrat")) c(items, "sup_rare") else items
  for (item in wanted) rows <- rbind(rows, share_rows(domains[[dataset]], dataset, item))
}
rows <- rbind(
  rows,
  share_rows(stratified, "sim_level90", "abandon", level = 0.90),
  row_of("sim", "weights", c("sum", "kish_n_eff"), c(sum(sim$w), sum(sim$w)^2 / sum(sim$w^2)))
)

# Every market by age group.
cells <- svyby(~abandon, ~ market + age, stratified, svymean)
rows <- rbind(
  rows,
  row_of("sim", "svyby:abandon~market+age:est", paste(cells$market, cells$age), coef(cells)),
  row_of("sim", "svyby:abandon~market+age:se", paste(cells$market, cells$age), SE(cells))
)

# Multiple response: all items at once, then one contrast; then on the base with any answer.
several <- svymean(reformulate(support), stratified)
pairs <- expand.grid(second = support, first = support, stringsAsFactors = FALSE)
contrast <- svycontrast(several, c(sup_email = 1, sup_phone = -1))
any_answer <- svymean(reformulate(support), subset(stratified, sup_none == 0))
rows <- rbind(
  rows,
  row_of("sim", "mr:est", support, coef(several)),
  row_of("sim", "mr:se", support, SE(several)),
  row_of("sim", "mr:cov", paste(pairs$first, pairs$second, sep = "|"), as.vector(vcov(several))),
  row_of("sim", "mr:contrast_email-phone", c("est", "se"), c(coef(contrast), SE(contrast))),
  row_of("sim", "mr_base_any:est", support, coef(any_answer)),
  row_of("sim", "mr_base_any:se", support, SE(any_answer))
)

# Differences of shares: of two markets, of 18-34 and the rest, and of 18-34 and everybody (domains
# that overlap: the indicator of the domain is part of the design, so svyby's covariance is of no use;
# the two shares are ratios over one design instead).
markets <- svyby(~abandon, ~market, stratified, svymean, covmat = TRUE)
gap <- svycontrast(markets, c(FR = 1, UK = -1))
average <- svycontrast(markets, c(DE = 1, FR = 1, UK = 1) / 3)
age_test <- svyttest(abandon ~ I(age == "18-34"), stratified)
overlap <- update(stratified, all = 1, inside = as.numeric(age == "18-34"), hit = abandon * (age == "18-34"))
# svyttest takes its p-value from degf - 1, as a regression does; the page's is from the design's degf.
t_degf <- degf(stratified)
age_reach <- qt(0.975, t_degf) * age_test$estimate / age_test$statistic
totals <- svytotal(~ hit + inside + abandon + all, overlap)
against_all <- svycontrast(totals, quote(hit / inside - abandon / all))
rows <- rbind(
  rows,
  row_of("sim", "pair_abandon:FR-UK", c("diff", "se"), c(coef(gap), SE(gap))),
  row_of("sim", "average_abandon", c("est", "se"), c(coef(average), SE(average))),
  row_of("sim", "svyttest:abandon~age1834", c("est", "t"), c(age_test$estimate, age_test$statistic)),
  row_of("sim", "degf:abandon~age1834", c("p", "lo", "hi"), c(
    2 * pt(-abs(age_test$statistic), t_degf), age_test$estimate - age_reach, age_test$estimate + age_reach
  )),
  row_of("sim", "overlap_abandon:age1834-all", c("est", "se"), c(coef(against_all), SE(against_all)))
)

# Raking one market, from its unequal design weights. rake() gives the weights; calibrate(calfun =
# "raking") gives the same weights and the standard errors that take the margins into account.
germany <- subset(sim, market == "DE")
germany$edu <- factor(germany$edu)
size <- 1000
targets <- list(
  age = data.frame(age = c("18-34", "35-54", "55+"), Freq = size * c(0.27, 0.33, 0.40)),
  sex = data.frame(sex = c("f", "m"), Freq = size * c(0.51, 0.49)),
  edu = data.frame(edu = c("0", "1", "2"), Freq = size * c(0.30, 0.45, 0.25))
)
population <- c(`(Intercept)` = size, `age35-54` = 330, `age55+` = 400, sexm = 490, edu1 = 450, edu2 = 250)
for (dataset in c("sim_DE_rake", "sim_DE_rake_strat")) {
  strata <- if (dataset == "sim_DE_rake") NULL else ~stratum
  design <- svydesign(ids = ~1, strata = strata, weights = ~w, data = germany)
  raked <- rake(design, list(~age, ~sex, ~edu), unname(targets), control = list(maxit = 1000, epsilon = 1e-11))
  calibrated <- calibrate(design, ~ age + sex + edu, population, calfun = "raking", epsilon = 1e-13, maxit = 200)
  stopifnot(max(abs(weights(raked) / weights(calibrated) - 1)) < 1e-9)
  for (item in items) {
    rows <- rbind(
      rows,
      share_rows(calibrated, paste0(dataset, "_calibrated"), item),
      share_rows(young(calibrated), paste0(dataset, "_calibrated_age1834"), item)
    )
  }
}
rows <- rbind(rows, row_of("sim_DE_rake", "rake:kish", c("deff", "n_eff"), {
  w <- weights(raked)
  c(length(w) * sum(w^2) / sum(w)^2, sum(w)^2 / sum(w^2))
}))

write_golden(rows, "sim-estimates.csv", "sim-estimates.R",
             "Why: the reference for shares, errors, intervals, differences and raked errors on sim.csv")
write_golden(data.frame(id = germany$id, value = as.numeric(weights(raked))), "sim-raked-weights.csv",
             "sim-estimates.R",
             "Why: rake() of market DE from weights w to age 27/33/40, sex f 51 m 49, edu 30/45/25 percent, total 1000")
