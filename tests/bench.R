# The R side of tests/bench.py: svymean of the items, and rake, on the same respondents.
# Rscript tests/bench.R FOLDER ROWS ITEMS, from the repository root; FOLDER holds what bench.py wrote.

suppressPackageStartupMessages(library(survey))
given <- commandArgs(trailingOnly = TRUE)
rows <- as.integer(given[2])
items <- paste0("y", seq_len(as.integer(given[3])))
read_column <- function(name, what) readBin(file.path(given[1], name), what, rows, endian = "little")
write_column <- function(values, name) writeBin(as.double(values), file.path(given[1], name), endian = "little")
seconds <- function(expression) system.time(expression, gcFirst = TRUE)[["elapsed"]]

data <- data.frame(w = read_column("w", "double"), stratum = read_column("stratum", "integer"))
for (name in c(items, "a", "b", "c")) data[[name]] <- read_column(name, if (name %in% items) "double" else "integer")

# Shares: the design is built first and timed apart.
timed <- c(shares_design = seconds(design <- svydesign(ids = ~1, strata = ~stratum, weights = ~w, data = data)))
formula <- reformulate(items)
timed["shares"] <- min(replicate(5, seconds(estimates <<- svymean(formula, design))))
write_column(c(coef(estimates), SE(estimates)), "r-shares")

# Raking, to the counts of each level that bench.py wrote: 3, 2 and 5 of them.
rm(design)
counts <- readBin(file.path(given[1], "targets"), "double", 10, endian = "little")
margins <- list(data.frame(a = 0:2, Freq = counts[1:3]), data.frame(b = 0:1, Freq = counts[4:5]),
                data.frame(c = 0:4, Freq = counts[6:10]))
timed["rake_design"] <- seconds(plain <- svydesign(ids = ~1, weights = ~w, data = data[c("w", "a", "b", "c")]))
# epsilon is a share of the total weight: with this one every margin ends within 1e-10 of its target.
tight <- list(maxit = 100, epsilon = 1e-12, verbose = FALSE)
timed["rake"] <- min(replicate(2, seconds(raked <<- rake(plain, list(~a, ~b, ~c), margins, control = tight))))
write_column(weights(raked), "r-weights")

writeLines(c(paste(names(timed), timed), paste("R", getRversion()), paste("survey", packageVersion("survey"))),
           file.path(given[1], "r-report"))
