# Scales of several items: Cronbach's alpha, without each item too, and correlations of the items with each
# other and with the rest of the scale, on sim.csv and designs-input.csv. Errors by the delta method from the
# covariance matrix of means of squares and products; intervals by t on the design's degrees of freedom, where
# alpha is log(1 - alpha) (Bonett 2002) and a correlation atanh(r) (Fisher).
# Rscript tests/golden/scales.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
rows <- NULL
add <- function(...) rows <<- rbind(rows, row_of(...))

# A function of means of new variables; `how` is text in their names.
of_means <- function(design, variables, how) {
  for (name in names(variables)) design$variables[[name]] <- variables[[name]]
  means <- svymean(reformulate(names(variables)), design)
  found <- svycontrast(means, parse(text = how)[[1]])
  c(coef(found), SE(found))
}
ends <- function(estimate, error, design, to, from, slope) {
  sort(from(to(estimate) + c(-1, 1) * qt(0.975, degf(design)) * error * abs(slope)))
}
alpha <- function(design, items) {
  frame <- design$variables[items]
  squares <- setNames(lapply(items, function(item) frame[[item]]^2), paste0("square_", items))
  variables <- c(as.list(frame), squares, list(total = rowSums(frame), square = rowSums(frame)^2))
  spread <- paste(sprintf("square_%s - %s^2", items, items), collapse = " + ")
  how <- sprintf("%d / %d * (1 - (%s) / (square - total^2))", length(items), length(items) - 1, spread)
  of_means(design, variables, how)
}
correlation <- function(design, x, y) {
  variables <- list(x = x, y = y, xx = x^2, yy = y^2, xy = x * y)
  of_means(design, variables, "(xy - x * y) / sqrt((xx - x^2) * (yy - y^2))")
}

scale_of <- function(design, dataset, items) {
  complete <- eval(bquote(subset(design, .(parse(text = paste0("!is.na(", items, ")", collapse = " & "))[[1]]))))
  frame <- complete$variables
  # Alpha by svycralpha, which gives no error; its error by the delta method, whose alpha is the same.
  whole <- alpha(complete, items)
  stopifnot(all.equal(unname(whole[1]), unname(svycralpha(reformulate(items), complete)), tolerance = 1e-12))
  add(dataset, "alpha", c("estimate", "std_error"), c(svycralpha(reformulate(items), complete), whole[2]))
  add(dataset, "alpha", c("conf_low", "conf_high"),
      ends(whole[1], whole[2], complete, function(a) log(1 - a), function(l) 1 - exp(l), 1 / (1 - whole[1])))
  for (item in items) {
    rest <- setdiff(items, item)
    left <- alpha(complete, rest)
    add(dataset, "alpha without", paste(item, c("estimate", "std_error")), left)
    add(dataset, "item against rest", item, correlation(complete, frame[[item]], rowSums(frame[rest]))[1])
  }
  for (pair in combn(items, 2, simplify = FALSE)) {
    r <- correlation(complete, frame[[pair[1]]], frame[[pair[2]]])
    quantity <- paste0("correlation:", paste(pair, collapse = "|"))
    add(dataset, quantity, c("estimate", "std_error"), r)
    add(dataset, quantity, c("conf_low", "conf_high"), ends(r[1], r[2], complete, atanh, tanh, 1 / (1 - r[1]^2)))
  }
}

sim <- read.csv(golden("sim.csv"))
strata <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = sim)
scale_of(strata, "sim", c("trust", "price", "sat"))
scale_of(subset(strata, market == "FR"), "sim_FR", c("trust", "sat", "sup_email", "sup_phone"))
units <- declare(read_units())
for (declared in names(units)) scale_of(units[[declared]], declared, c("likes", "owns", "bought", "rating"))
scale_of(subset(units$clustered_fpc, channel == "web"), "clustered_fpc_web", c("likes", "owns", "bought", "rating"))

write_golden(rows, "scales.csv", "scales.R", "Why: svycralpha, and the reference for errors of alpha and of correlations")
