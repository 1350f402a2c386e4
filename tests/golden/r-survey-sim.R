# The referee of r-survey-sim.csv: estimates the same values with the survey package that is installed
# and prints where they differ. GOLDEN_OUT=/some/folder keeps them there, as r-survey-sim-local.csv.
# Rscript tests/golden/r-survey-sim.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
sim <- read.csv(golden("sim.csv"))
sim$edu <- factor(sim$edu)
methods <- c("logit", "likelihood", "asin", "beta", "mean", "xlogit", "wilson")
support <- c("sup_email", "sup_phone", "sup_chat", "sup_social", "sup_faq", "sup_rare", "sup_none")
rows <- NULL
add <- function(...) rows <<- rbind(rows, ...)
# The reference counts the degrees of freedom before it leaves out those who did not answer; its
# intervals count them after.
share <- function(design, dataset, name) {
  add(mean_rows(design, dataset, name, deff_wor = TRUE, df = degf(design)),
      proportion_rows(design, dataset, name, methods))
}

# Shares of the whole file, of each market and of 18-34.
stratified <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = sim)
designs <- list(sim = stratified, sim_nostrat = svydesign(ids = ~1, weights = ~w, data = sim))
young <- subset(stratified, age == "18-34")
for (name in c("abandon", "social", "sup_email", "sup_rare")) {
  for (dataset in names(designs)) share(designs[[dataset]], dataset, name)
}
for (code in c("DE", "FR", "UK")) {
  for (name in c("abandon", "social")) share(subset(stratified, market == code), paste0("sim_", code), name)
  share(subset(young, market == code), paste0("sim_", code, "_age1834"), "social")
}
for (name in c("social", "abandon")) share(young, "sim_age1834", name)
cells <- svyby(~abandon, ~ market + age, stratified, svymean)
add(row_of("sim", "svyby:abandon~market+age:est", paste(cells$market, cells$age), coef(cells)),
    row_of("sim", "svyby:abandon~market+age:se", paste(cells$market, cells$age), SE(cells)))

# Multiple response: of all, of those with any answer, and of all answers given.
several <- svymean(reformulate(support), stratified)
contrast <- svycontrast(several, c(sup_email = 1, sup_phone = -1))
any_answer <- svymean(reformulate(support), subset(stratified, sup_none == 0))
answers <- reformulate(paste0("I(", paste(setdiff(support, "sup_none"), collapse = " + "), ")"))
of_answers <- svyratio(~sup_email, answers, stratified)
pairs <- expand.grid(second = support, first = support)
add(row_of("sim", "mr:est", support, coef(several)), row_of("sim", "mr:se", support, SE(several)),
    row_of("sim", "mr:cov", paste(pairs$first, pairs$second, sep = "|"), vcov(several)),
    row_of("sim", "mr:contrast_email-phone", c("est", "se"), c(coef(contrast), SE(contrast))),
    row_of("sim", "mr_base_any:est", support, coef(any_answer)),
    row_of("sim", "mr_base_any:se", support, SE(any_answer)),
    row_of("sim", "mr_pct_of_responses:email", c("est", "se"), c(coef(of_answers), SE(of_answers))))

# Comparisons: markets in pairs (t on the design's degrees of freedom), 18-34 against the rest, tables.
markets <- svyby(~abandon, ~market, stratified, svymean, covmat = TRUE)
gaps <- list("DE-FR" = c(DE = 1, FR = -1), "DE-UK" = c(DE = 1, UK = -1), "FR-UK" = c(FR = 1, UK = -1))
p <- vapply(names(gaps), function(pair) {
  gap <- svycontrast(markets, gaps[[pair]])
  t <- coef(gap) / SE(gap)
  p <- 2 * pt(-abs(t), degf(stratified))
  add(row_of("sim", paste0("pair_abandon:", pair), c("diff", "se", "t", "p_tdf"), c(coef(gap), SE(gap), t, p)))
  unname(p)
}, numeric(1))
for (rule in c("holm", "BH")) add(row_of("sim", paste0("pair_abandon:", rule), 1:3, p.adjust(p, rule)))
ages <- svyttest(abandon ~ I(age == "18-34"), stratified)
add(row_of("sim", "svyttest:abandon~age1834", c("t", "df", "p", "est"),
           c(ages$statistic, ages$parameter, ages$p.value, ages$estimate)))
for (table in list(~ market + abandon, ~ age + social, ~ region + sup_email, ~ edu + trust)) {
  add(table_rows(stratified, "sim", table, deparse(table), c("F", "Chisq", "Wald", "adjWald", "lincom")))
}

# Models and effects, with glm taken to machine precision.
model <- function(design, dataset, formula, tests, family = quasibinomial()) {
  fit <- fit_model(design, formula, family)
  add(model_rows(fit, dataset, deparse(formula), tests, likelihood = TRUE))
  invisible(fit)
}
for (dataset in names(designs)) {
  fit <- model(designs[[dataset]], dataset, social ~ age + sex + edu + market, c("age", "edu", "market"))
  model(designs[[dataset]], dataset, sat ~ trust + price + age, "age", gaussian())
  if (dataset != "sim") next
  effect <- function(...) add(effect_rows(fit, stratified, "sim", "social", ...))
  for (level in c("35-54", "55+")) effect("age", level, "18-34")
  for (level in c("FR", "UK")) effect("market", level, "DE")
  effect("sex", "m", "f")
}
model(young, "sim_age1834", social ~ sex + edu + market, "market")

# Market DE raked to a total of 60000, with and without strata, in three forms.
germany <- subset(sim, market == "DE")
size <- 60000
percent <- list(age = c("18-34" = 27, "35-54" = 33, "55+" = 40), sex = c(f = 51, m = 49),
                region = c(E = 20, N = 30, S = 30, W = 20))
margins <- lapply(names(percent), function(name) {
  setNames(data.frame(names(percent[[name]]), size * percent[[name]] / 100), c(name, "Freq"))
})
by_margin <- list(~age, ~sex, ~region)
rake_it <- function(design) rake(design, by_margin, margins, control = list(maxit = 1000, epsilon = 1e-10))
totals <- c(size, unlist(lapply(percent, function(share) size * share[-1] / 100)))
names(totals) <- colnames(model.matrix(~ age + sex + region, germany))
kish <- function(w) sum(w)^2 / sum(w^2)
for (dataset in c("sim_DE_rake_strat", "sim_DE_rake")) {
  strata <- if (dataset == "sim_DE_rake_strat") ~stratum
  design <- svydesign(ids = ~1, strata = strata, weights = ~w, data = germany)
  raked <- rake_it(design)
  w <- weights(raked)
  add(row_of(dataset, "rake:weights", c("sum", "min", "max", "cv2", "kish_deff", "n_eff"),
             c(sum(w), min(w), max(w), length(w) / kish(w) - 1, length(w) / kish(w), kish(w))))
  given <- svydesign(ids = ~1, strata = strata, weights = w, data = germany)
  calibrated <- lapply(c(raking = "raking", linear = "linear"), function(distance) {
    calibrate(design, ~ age + sex + region, totals, calfun = distance, epsilon = 1e-10, maxit = 200)
  })
  for (name in c("abandon", "social", "sup_email")) {
    mean_of <- function(design) svymean(reformulate(name), answered_part(design, name))
    add(row_of(dataset, paste0("rake:svymean:", name), c("est", "se_rake_design", "se_weights_as_given"),
               c(coef(mean_of(raked)), SE(mean_of(raked)), SE(mean_of(given)))))
    for (distance in names(calibrated)) {
      mean <- mean_of(calibrated[[distance]])
      add(row_of(dataset, paste0("calibrate_", distance, ":svymean:", name), c("est", "se"), c(coef(mean), SE(mean))))
    }
  }
}

# What else was asked of the raked market (the unstratified one, the last of the loop).
share(raked, "sim_DE_rake", "abandon")
by_age <- svyby(~abandon, ~age, raked, svymean)
add(row_of("sim_DE_rake", "rake:svyby:abandon~age:est", by_age$age, coef(by_age)),
    row_of("sim_DE_rake", "rake:svyby:abandon~age:se", by_age$age, SE(by_age)),
    transform(table_rows(raked, "sim_DE_rake", ~ age + abandon, "age+abandon", "F"),
              quantity = paste0("rake:", quantity)))
model(raked, "sim_DE_rake", abandon ~ age + sex + edu, c("age", "edu"))
trimmed <- weights(trimWeights(raked, lower = 0.3 * mean(w), upper = 5 * mean(w), strict = TRUE))
add(row_of("sim_DE_rake", "trimWeights(.3,5 x mean,strict)", c("sum", "min", "max", "n_eff"),
           c(sum(trimmed), min(trimmed), max(trimmed), kish(trimmed))))
jackknife <- rake_it(as.svrepdesign(design, type = "JK1"))
cells <- expand.grid(sex = c("f", "m"), age = c("18-34", "35-54", "55+"))
cells$Freq <- size * c(13, 14, 17, 16, 21, 19) / 100
poststratified <- postStratify(design, ~ age + sex, cells)
for (name in c("abandon", "sup_email")) {
  replicated <- svymean(reformulate(name), jackknife)
  mean <- svymean(reformulate(name), poststratified)
  add(row_of("sim_DE_rake", paste0("rep:JK1_raked:", name), c("est", "se"), c(coef(replicated), SE(replicated))),
      row_of("sim_DE_ps", paste0("poststrat:svymean:", name), c("est", "se"), c(coef(mean), SE(mean))))
}
add(row_of("sim", "weights", c("n", "sum", "kish_n_eff", "kish_deff", "max_over_mean"),
           c(nrow(sim), sum(sim$w), kish(sim$w), nrow(sim) / kish(sim$w), max(sim$w) / mean(sim$w))))

# Every value must be found again, to 1e-9 of itself.
reference <- read.csv(golden("r-survey-sim.csv"), comment.char = "#", strip.white = TRUE)
both <- merge(reference, rows, by = c("dataset", "quantity", "item"), all = TRUE, suffixes = c("_reference", "_local"))
both$relative <- abs(both$value_local - both$value_reference) / pmax(abs(both$value_reference), 1e-300)
differing <- both[is.na(both$relative) | both$relative > 1e-9, ]
print(differing, digits = 9, right = FALSE)
cat(nrow(reference), "values; greatest relative difference", format(max(both$relative, na.rm = TRUE), digits = 2), "\n")
if (nzchar(Sys.getenv("GOLDEN_OUT"))) {
  write_golden(rows, "r-survey-sim-local.csv", "r-survey-sim.R", "Why: the referee of r-survey-sim.csv")
}
stopifnot(nrow(differing) == 0)
