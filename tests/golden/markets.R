# The bundled markets, raked to their targets and estimated: what `make verify` compares with the pages.
# Rscript tests/golden/markets.R <folder>, from the repository root, where tests/verify.py has written
# <market>.csv (base weight, margins, domain and figures 1, 0 or empty), targets.csv and markets.csv.

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name, ...) read.csv(file.path(folder, paste0(name, ".csv")), na.strings = "", ...)
targets <- read("targets", colClasses = c(level = "character"))
markets <- read("markets")
rows <- NULL
add <- function(...) rows <<- rbind(rows, ...)

# Shares and, where they are neither 0 nor 1, their intervals.
estimate <- function(design, dataset, figures) {
  for (name in figures) {
    mean <- mean_rows(design, dataset, name)
    add(mean)
    if (mean$value[1] > 1e-9 && mean$value[1] < 1 - 1e-9) add(proportion_rows(design, dataset, name, "xlogit"))
  }
}
# The domain against everybody, of whom it is a part: two ratios of totals over one design.
overlap <- function(design, dataset, name) {
  answered <- answered_part(design, name)
  inside <- answered$variables$domain == 1
  y <- answered$variables[[name]]
  totals <- svytotal(~ hit + base + all_hit + all, update(
    answered, hit = inside * y, base = as.numeric(inside), all_hit = y, all = 1
  ))
  gap <- svycontrast(totals, quote(hit / base - all_hit / all))
  add(row_of(dataset, paste0("overlap:", name), c("est", "se"), c(coef(gap), SE(gap))))
}

for (code in markets$market) {
  own <- targets[targets$market == code, ]
  margins <- unique(own$margin)
  data <- read(code, colClasses = setNames(rep("character", length(margins)), margins))
  size <- nrow(data)
  share <- lapply(setNames(margins, margins), function(margin) {
    of <- own[own$margin == margin, ]
    setNames(of$share / sum(of$share), of$level)
  })
  for (margin in margins) data[[margin]] <- factor(data[[margin]], levels = names(share[[margin]]))
  figures <- setdiff(names(data), c("id", "base", "domain", margins))
  design <- svydesign(ids = ~1, weights = ~base, data = data)
  by_margin <- lapply(margins, reformulate)
  totals <- c(size, unlist(lapply(share, function(of) size * of[-1])))
  names(totals) <- colnames(model.matrix(reformulate(margins), data))
  forms <- list(
    calibrate(design, reformulate(margins), totals, calfun = "raking", epsilon = 1e-13, maxit = 200),
    rake(design, by_margin, lapply(margins, function(margin) {
      setNames(data.frame(names(share[[margin]]), size * share[[margin]]), c(margin, "Freq"))
    }), control = list(maxit = 1000, epsilon = 1e-12))
  )
  names(forms) <- paste0(code, c("", "_rake"))
  w <- weights(forms[[1]])
  add(row_of(code, "weights", data$id, w / mean(w)),
      row_of(code, "weighting", c("deff", "n_eff"), c(size * sum(w^2) / sum(w)^2, sum(w)^2 / sum(w^2))))
  for (dataset in names(forms)) {
    estimate(forms[[dataset]], dataset, figures)
    estimate(subset(forms[[dataset]], domain == 1), paste0(dataset, "_domain"), figures)
    for (name in figures) overlap(forms[[dataset]], dataset, name)
  }
}

# The average of the markets, each alike and by population: they are samples of their own.
for (name in figures) {
  of <- rows[rows$quantity == paste0("svymean:", name) & rows$dataset %in% markets$market, ]
  est <- of$value[of$item == "est"]
  se <- of$value[of$item == "se"]
  parts <- list(alike = rep(1, length(est)), population = markets$population[match(unique(of$dataset), markets$market)])
  for (how in names(parts)) {
    part <- parts[[how]] / sum(parts[[how]])
    add(row_of("average", paste0(how, ":", name), c("est", "se"), c(sum(part * est), sqrt(sum((part * se)^2)))))
  }
}

write_golden(rows, "markets.csv", "markets.R", "Why: what the pages of the bundled markets print")
