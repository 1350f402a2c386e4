# Shared by the scripts that estimate more than shares: golden rows of intervals, tables, models and
# effects. Keys are quantity "<call>:<of what>" and one item a number; source header.R first.

full_precision <- glm.control(epsilon = 1e-15, maxit = 100)

# Mean, standard error, design effects and degrees of freedom: of the domain that answered, unless told.
mean_rows <- function(design, dataset, name, deff_wor = FALSE, df = degf(answered)) {
  formula <- reformulate(name)
  answered <- answered_part(design, name)
  mean <- svymean(formula, answered, deff = "replace")
  rows <- row_of(dataset, paste0("svymean:", name), c("est", "se", "deff_wr", "degf"),
                 c(coef(mean), SE(mean), deff(mean), df))
  if (!deff_wor) return(rows)
  rbind(rows, row_of(dataset, paste0("svymean:", name), "deff_wor", deff(svymean(formula, answered, deff = TRUE))))
}

# The share's interval by each method. Wilson's is not in survey 4.1: score interval at the effective
# base p (1 - p) / v, with t at the design's degrees of freedom in the place of z.
proportion_rows <- function(design, dataset, name, methods, level = 0.95) {
  answered <- answered_part(design, name)
  wilson <- function() {
    mean <- svymean(reformulate(name), answered)
    p <- coef(mean)
    n <- p * (1 - p) / as.numeric(vcov(mean))
    t2 <- qt((1 + level) / 2, degf(answered))^2
    (p + t2 / (2 * n) + c(-1, 1) * sqrt(t2 * (p * (1 - p) / n + t2 / (4 * n^2)))) / (1 + t2 / n)
  }
  do.call(rbind, lapply(methods, function(method) {
    ends <- if (method == "wilson") wilson() else {
      as.numeric(confint(svyciprop(reformulate(name), answered, method = method, level = level)))
    }
    row_of(dataset, paste0("svyciprop:", name, ":", method), c("lo", "hi"), ends)
  }))
}

# Two-way table. F and lincom refer Pearson's X^2 to its design effects, Wald tests all cells at once.
# Without the package CompQuadForm the p-value of lincom is the saddlepoint's.
table_rows <- function(design, dataset, formula, quantity, statistics) {
  do.call(rbind, lapply(statistics, function(statistic) {
    # R warns of small expected counts, of which Pearson's X^2 is no test here, and of the saddlepoint.
    test <- suppressWarnings(eval(bquote(svychisq(.(formula), design, statistic = .(statistic)))))
    values <- c(stat = unname(test$statistic), test$parameter, p = unname(test$p.value))
    row_of(dataset, paste0("svychisq:", quantity, ":", statistic), names(values), values)
  }))
}

# The design is put into the call itself: the likelihood-ratio test evaluates that call again.
fit_model <- function(design, formula, family) {
  eval(bquote(svyglm(.(formula), .(design), family = .(family), control = full_precision)))
}

# Coefficients, errors, p-values, intervals and, for each term of `tests`, Wald's F and, where asked,
# the likelihood-ratio test of Rao and Scott with the two design effects of its linear combination.
model_rows <- function(fit, dataset, quantity, tests = NULL, likelihood = FALSE) {
  table <- summary(fit)$coefficients
  ends <- confint(fit)
  of <- function(what) paste0("svyglm:", quantity, ":", what)
  rows <- rbind(
    row_of(dataset, of("coef"), rownames(table), table[, 1]), row_of(dataset, of("se"), rownames(table), table[, 2]),
    row_of(dataset, of("p"), rownames(table), table[, 4]), row_of(dataset, of("dfres"), "df", fit$df.residual),
    row_of(dataset, of("ci_lo"), rownames(table), ends[, 1]), row_of(dataset, of("ci_hi"), rownames(table), ends[, 2])
  )
  for (term in tests) {
    wald <- regTermTest(fit, term, method = "Wald")
    rows <- rbind(rows, row_of(dataset, of(paste0("Wald:", term)), c("F", "df", "ddf", "p"),
                               c(wald$Ftest, wald$df, wald$ddf, wald$p)))
    if (!likelihood) next
    ratio <- regTermTest(fit, term, method = "LRT")
    rows <- rbind(rows, row_of(dataset, of(paste0("LRT:", term)), c("chisq", "p", "lambda1", "lambda2"),
                               c(ratio$chisq, ratio$p, ratio$lambda)))
  }
  rows
}

# Average marginal effect of one level against another: the weighted mean of the differences d of two
# predictions. se_cond takes the respondents as given (delta method); se_uncond, the linearised
# value w (d - mean) / W + U A G of one total over `design`, counts their sampling as well.
effect_rows <- function(fit, design, dataset, item, variable, level, reference) {
  answered <- fit$survey.design
  w <- weights(answered, "sampling")
  at <- function(value) {
    frame <- answered$variables
    frame[[variable]][] <- value
    x <- model.matrix(delete.response(terms(fit)), frame, xlev = fit$xlevels)
    list(x = x, p = plogis(drop(x %*% coef(fit))))
  }
  one <- at(level)
  zero <- at(reference)
  mean <- sum(w * (one$p - zero$p)) / sum(w)
  slope <- colSums(w * (one$p * (1 - one$p) * one$x - zero$p * (1 - zero$p) * zero$x)) / sum(w)
  x <- model.matrix(fit)
  p <- fitted(fit)
  scores <- w * (fit$y - p) * x
  value <- w * (one$p - zero$p - mean) / sum(w) + drop(scores %*% solve(crossprod(x * sqrt(w * p * (1 - p))), slope))
  whole <- numeric(nrow(design))
  whole[match(rownames(answered$variables), rownames(design$variables))] <- value
  total <- svytotal(~value, update(design, value = whole / weights(design, "sampling")))
  row_of(dataset, paste0("AME:", item, ":", variable, " ", level, " vs ", reference),
         c("ame", "se_cond", "se_uncond"), c(mean, sqrt(drop(slope %*% vcov(fit) %*% slope)), SE(total)))
}

# designs-input.csv and the ways to declare its design.
read_units <- function() {
  read.csv(golden("designs-input.csv"), na.strings = "", colClasses = c(stratum = "character", channel = "character"))
}
declare <- function(units) {
  units$through <- paste(units$stratum, units$psu)
  list(
    clustered_fpc = svydesign(ids = ~psu, strata = ~stratum, weights = ~w, fpc = ~rate, data = units, nest = TRUE),
    clustered = svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = units, nest = TRUE),
    clustered_nostrat = svydesign(ids = ~through, weights = ~w, data = units),
    unclustered = svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = units)
  )
}
# The whole, an age group and the buyers through one channel, under the name each adds to a dataset.
domains_of <- function(design, dataset) {
  setNames(
    list(design, subset(design, age == "18-34"), subset(design, channel == "web")),
    paste0(dataset, c("", "_age1834", "_web"))
  )
}
