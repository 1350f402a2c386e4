# The clustered sample of designs-input.csv raked, post-stratified and trimmed, and what its estimates
# then are. Rscript tests/golden/designs-weights.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
units <- read_units()
design <- declare(units)$clustered_fpc
rows <- NULL
add <- function(...) rows <<- rbind(rows, ...)

size <- 5000
ages <- data.frame(age = c("18-34", "35-54", "55+"), Freq = size * c(0.30, 0.34, 0.36))
sexes <- data.frame(sex = c("f", "m"), Freq = size * c(0.51, 0.49))
rake_it <- function(design) {
  rake(design, list(~age, ~sex), list(ages, sexes), control = list(maxit = 1000, epsilon = 1e-12))
}
totals <- c(size, ages$Freq[-1], sexes$Freq[-1])
names(totals) <- colnames(model.matrix(~ age + sex, units))

# Three forms of the same raked weights. "rake" and "calibrate" differ in the residuals of their
# errors; "given" takes the weights as if they had been drawn so.
raked <- rake_it(design)
forms <- list(
  raked_calibrated = calibrate(design, ~ age + sex, totals, calfun = "raking", epsilon = 1e-13, maxit = 200),
  raked_rake = raked,
  raked_given = declare(transform(units, w = weights(raked)))$clustered_fpc
)
stopifnot(max(abs(weights(raked) / weights(forms$raked_calibrated) - 1)) < 1e-9)

# Post-stratified on six cells, some of them far from what was sampled.
cells <- expand.grid(sex = c("f", "m"), age = ages$age)
cells$Freq <- c(600, 900, 1100, 600, 1000, 800)
forms$poststratified <- postStratify(design, ~ age + sex, cells)

# Differences through totals: svyby(covmat = TRUE) of this version does not take calibrated designs.
gap_rows <- function(design, dataset, name, label, first, second) {
  answered <- answered_part(design, name)
  y <- answered$variables[[name]]
  a <- first(answered$variables)
  b <- second(answered$variables)
  sums <- svytotal(~ ya + a + yb + b, update(answered, ya = y * a, a = as.numeric(a), yb = y * b, b = as.numeric(b)))
  gap <- svycontrast(sums, quote(ya / a - yb / b))
  add(row_of(dataset, paste0(label, name), c("est", "se"), c(coef(gap), SE(gap))))
}
young <- function(data) data$age == "18-34"
for (form in names(forms)) {
  cuts <- domains_of(forms[[form]], form)
  for (dataset in names(cuts)) {
    for (name in c("likes", "owns", "rare", "bought")) add(share_rows(cuts[[dataset]], dataset, name))
    for (name in c("rating", "spend")) add(mean_rows(cuts[[dataset]], dataset, name))
  }
  # All of the sample: an age group against the others and against all, a table and two models.
  for (name in c("likes", "rating")) {
    gap_rows(forms[[form]], form, name, "gap:18-34 - rest:", young, function(data) !young(data))
    gap_rows(forms[[form]], form, name, "gap:18-34 - all:", young, function(data) rep(TRUE, nrow(data)))
  }
  add(table_rows(forms[[form]], form, ~ bought + age, "bought+age", c("F", "Chisq")))
  for (formula in list(owns ~ age + rating, bought ~ sex + rating)) {
    add(model_rows(fit_model(forms[[form]], formula, quasibinomial()), form, deparse(formula), "rating"))
  }
}
add(row_of("poststratified", "weights", paste(cells$age, cells$sex), vapply(seq_len(nrow(cells)), function(i) {
  sum(weights(forms$poststratified)[units$age == cells$age[i] & units$sex == cells$sex[i]])
}, numeric(1))))

# Trimmed between bounds, the excess shared out equally over the weights inside them, until none is
# outside; then raked once more. Bounds are multiples of the mean raked weight.
weight_rows <- function(design, dataset) {
  w <- weights(design)
  add(row_of(dataset, "weights", c("sum", "min", "max", "n_eff"), c(sum(w), min(w), max(w), sum(w)^2 / sum(w^2))))
  for (name in c("likes", "owns", "rare", "bought", "rating", "spend")) {
    add(row_of(dataset, paste0("svymean:", name), "est", coef(svymean(reformulate(name), answered_part(design, name)))))
  }
}
weight_rows(raked, "raked")
for (bounds in list(c(0.3, 3), c(0.5, 1.8))) {
  dataset <- paste("trimmed", bounds[1], bounds[2])
  mean <- mean(weights(raked))
  trimmed <- trimWeights(raked, lower = bounds[1] * mean, upper = bounds[2] * mean, strict = TRUE)
  weight_rows(trimmed, dataset)
  weight_rows(rake_it(trimmed), paste(dataset, "raked again"))
}

write_golden(rows, "designs-weights.csv", "designs-weights.R",
             "Why: the reference for raked and post-stratified errors in clusters and for trimmed weights")
