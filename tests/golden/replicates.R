# Replicate weights of designs-input.csv: jackknives JK1 and JKn and the Rao-Wu bootstrap, whose weights
# go to bootstrap-weights.csv. Rscript tests/golden/replicates.R, from the repository root

source(file.path("tests", "golden", "header.R"))
source(file.path("tests", "golden", "quantities.R"))
units <- read_units()
designs <- declare(units)
rows <- NULL
add <- function(...) rows <<- rbind(rows, ...)

# Errors of means, of a ratio and of the median, which is the replicates' own (not Woodruff's).
estimate <- function(design, dataset) {
  cuts <- domains_of(design, dataset)
  for (dataset in names(cuts)) {
    answering <- function(name) eval(bquote(subset(cuts[[dataset]], !is.na(.(as.name(name))))))
    for (name in c("likes", "owns", "bought", "rating", "spend")) {
      mean <- svymean(reformulate(name), answering(name))
      add(row_of(dataset, paste0("svymean:", name), c("est", "se"), c(coef(mean), SE(mean))))
    }
    ratio <- svyratio(~spend, ~rating, answering("spend"))
    add(row_of(dataset, "svyratio:spend/rating", c("est", "se"), c(coef(ratio), SE(ratio))))
    # R warns that replicates may err for quantiles: so they do, and these values show how it is done.
    median <- suppressMessages(suppressWarnings(
      svyquantile(~spend, answering("spend"), 0.5, interval.type = "quantile")
    ))$spend
    add(row_of(dataset, "svyquantile:spend:0.5", c("est", "se"), median[1, c(1, 4)]))
  }
}

# Centred at the mean of the replicates (mse = FALSE, R's default) or at the estimate (mse = TRUE).
replicated <- function(name, type, mse, ...) {
  as.svrepdesign(designs[[name]], type = type, mse = mse, compress = FALSE, ...)
}
size <- 5000
margins <- list(data.frame(age = c("18-34", "35-54", "55+"), Freq = size * c(0.30, 0.34, 0.36)),
                data.frame(sex = c("f", "m"), Freq = size * c(0.51, 0.49)))
for (mse in c(FALSE, TRUE)) {
  of <- function(name) paste0(name, if (mse) "_mse" else "")
  jackknives <- list(JK1 = replicated("clustered_nostrat", "JK1", mse), JKn = replicated("clustered", "JKn", mse),
                     JKn_fpc = replicated("clustered_fpc", "JKn", mse))
  # Every replicate is raked by itself, from its own weights.
  jackknives$JKn_fpc_raked <- rake(jackknives$JKn_fpc, list(~age, ~sex), margins,
                                   control = list(maxit = 1000, epsilon = 1e-12))
  for (name in names(jackknives)) {
    estimate(jackknives[[name]], of(name))
    if (!mse) add(row_of(name, "replicates", c("number", "scale", "rscales_sum"), c(
      ncol(weights(jackknives[[name]], "analysis")), jackknives[[name]]$scale, sum(jackknives[[name]]$rscales)
    )))
  }
}

# Rao-Wu: n_h - 1 PSUs drawn with replacement in each stratum, weights times n_h / (n_h - 1) times the
# draws. The file holds analysis weights, the sampling weight included, one row for each respondent.
RNGversion("4.0.0")
set.seed(20171105)
drawn <- replicated("clustered", "subbootstrap", FALSE, replicates = 60)
analysis <- weights(drawn, "analysis")
shortest <- function(w) {
  short <- sprintf("%.15g", w)
  ifelse(as.numeric(short) == w, short, sprintf("%.17g", w))
}
text <- apply(analysis, 2, shortest)
colnames(text) <- paste0("r", seq_len(ncol(text)))
file <- golden_out("bootstrap-weights.csv")
write.csv(data.frame(id = units$id, text), file, row.names = FALSE, quote = FALSE)

# Estimated from the file, as those who read it will.
analysis <- as.matrix(read.csv(golden("bootstrap-weights.csv"))[, -1])
for (mse in c(FALSE, TRUE)) {
  bootstrap <- svrepdesign(data = units, weights = ~w, repweights = analysis, type = "other", combined.weights = TRUE,
                           scale = drawn$scale, rscales = drawn$rscales, mse = mse)
  estimate(bootstrap, if (mse) "bootstrap_mse" else "bootstrap")
}
add(row_of("bootstrap", "replicates", c("number", "scale", "rscales_sum"),
           c(ncol(analysis), drawn$scale, sum(drawn$rscales))))

write_golden(rows, "replicates.csv", "replicates.R",
             "Why: the reference for errors by replicate weights, to check the linearised ones and raked replicates")
