# Tables, models, average marginal effects and differences of age groups on designs-input.csv, under
# each way to declare the design, and corrections of p-values for several comparisons.
# Rscript tests/golden/designs-models.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
units <- read_units()
rows <- NULL
add <- function(...) rows <<- rbind(rows, ...)
table_of <- function(design, dataset, formula) {
  add(table_rows(design, dataset, formula, deparse(formula), c("F", "Chisq")))
}
model <- function(design, dataset, formula, tests, family = quasibinomial()) {
  fit <- fit_model(design, formula, family)
  add(model_rows(fit, dataset, deparse(formula), tests))
  fit
}

# Means of three groups, their differences over the design's covariance, and each against the mean of
# all, of which it is a part: both are ratios of totals, hence svytotal of both at once.
group_rows <- function(design, dataset, name) {
  answered <- answered_part(design, name)
  means <- svyby(reformulate(name), ~age, answered, svymean, covmat = TRUE)
  cells <- as.vector(outer(means$age, means$age, paste, sep = "|"))
  add(row_of(dataset, paste0("svyby:", name, "~age:est"), means$age, coef(means)),
      row_of(dataset, paste0("svyby:", name, "~age:cov"), cells, vcov(means)))
  for (pair in combn(means$age, 2, simplify = FALSE)) {
    gap <- svycontrast(means, setNames(c(1, -1), pair))
    quantity <- paste0("pair:", name, ":", paste(pair, collapse = " - "))
    add(row_of(dataset, quantity, c("est", "se"), c(coef(gap), SE(gap))))
  }
  for (one in means$age) {
    inside <- answered$variables$age == one
    totals <- svytotal(~ hit + base + all_hit + all, update(
      answered, hit = inside * answered$variables[[name]], base = as.numeric(inside),
      all_hit = answered$variables[[name]], all = 1
    ))
    gap <- svycontrast(totals, quote(hit / base - all_hit / all))
    add(row_of(dataset, paste0("overlap:", name, ":", one, " - all"), c("est", "se"), c(coef(gap), SE(gap))))
  }
}

effects <- function(design, dataset) {
  fit <- fit_model(design, likes ~ age + sex, quasibinomial())
  for (level in c("35-54", "55+")) add(effect_rows(fit, design, dataset, "likes", "age", level, "18-34"))
  add(effect_rows(fit, design, dataset, "likes", "sex", "m", "f"))
}
designs <- declare(units)
for (declared in names(designs)) {
  cuts <- domains_of(designs[[declared]], declared)
  for (dataset in names(cuts)) {
    design <- cuts[[dataset]]
    young <- grepl("age1834", dataset)
    table_of(design, dataset, ~ likes + sex)
    table_of(design, dataset, if (grepl("web", dataset)) ~ age + rating else ~ channel + sex)
    model(design, dataset, if (young) likes ~ sex + rating else likes ~ age + sex + rating, if (young) "sex" else "age")
    model(design, dataset, if (young) rating ~ spend else rating ~ spend + age, "spend", gaussian())
    if (young) next
    effects(design, dataset)
    for (name in c("likes", "rating")) group_rows(design, dataset, name)
  }
  table_of(designs[[declared]], declared, ~ channel + age)
}

# Corrections within one question, with ties and values that reach 1.
p <- c(0.001, 0.008, 0.012, 0.012, 0.039, 0.041, 0.2, 0.2, 0.74, 0.95)
add(row_of("p.adjust", "input", seq_along(p), p))
for (rule in c("holm", "BH")) add(row_of("p.adjust", rule, seq_along(p), p.adjust(p, rule)))

write_golden(rows, "designs-models.csv", "designs-models.R",
             "Why: the reference for tables, models, effects, differences of groups and corrected p-values")
