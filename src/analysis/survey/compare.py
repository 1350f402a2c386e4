"""Differences between shares: of domains that overlap, of items, of separate samples, and of many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import Ratios

Adjustment = Literal["holm", "benjamini_hochberg", "none"]


@dataclass(frozen=True)
class Difference:
    """A difference of two shares (0-1 scale), with its standard error and degrees of freedom."""

    estimate: float
    std_error: float
    degrees_of_freedom: float
    unweighted_base: int

    @property
    def p_value(self) -> float:
        """Two-sided, by t on the design's degrees of freedom; where nothing varies, 0 for any difference.

        NaN where a base is empty.
        """
        if np.isnan(self.estimate):
            return float("nan")
        if not self.std_error > 0:
            return float(abs(self.estimate) < 1e-12)
        return float(2 * stdtr(self.degrees_of_freedom, -abs(self.estimate / self.std_error)))

    @property
    def reversed(self) -> Difference:
        """The second less the first."""
        return replace(self, estimate=-self.estimate)

    def interval(self, confidence_level: float = 0.95) -> tuple[float, float]:
        """Lower and upper end, t on the design's degrees of freedom."""
        reach = stdtrit(self.degrees_of_freedom, (1 + confidence_level) / 2) * self.std_error
        return float(self.estimate - reach), float(self.estimate + reach)


def difference(
    design: SurveyDesign, first: pd.Series, second: pd.Series, *, domain: np.ndarray | None = None
) -> Difference:
    """`first` less `second`, two indicators (1, 0, NaN outside their base) of one sample.

    Both may overlap, as 18-34 and all do, or be two items of one question: the covariance comes
    from one call, z = z_A - z_B. Degrees of freedom are those of `domain` (a mask; the whole design
    if not given), as in R survey's `svycontrast` and `svyttest`.
    """
    return contrasts(design, pd.concat([first, second], axis=1), np.array([[1.0, -1.0]]), domain=domain)[0]


def contrasts(
    design: SurveyDesign,
    indicators: pd.DataFrame,
    matrix: np.ndarray,
    *,
    over: pd.DataFrame | None = None,
    domain: np.ndarray | None = None,
) -> list[Difference]:
    """One difference a row of `matrix`, whose entries weigh the shares of the columns of `indicators`.

    With `over`, the denominators, they weigh ratios instead (see `estimates.ratios`). The base of a
    difference is the smallest of the columns it weighs.
    """
    if over is None:
        terms = Ratios.of_means(design, indicators, domain)
    else:
        terms = Ratios.of_totals(design, indicators, over, domain)
    weighing = np.asarray(matrix, dtype=float)
    linearise = terms.linearised(design)
    estimates, covariance = design.estimate(
        lambda weights: weighing @ terms.statistic(weights),
        lambda _: linearise(terms.statistic(design.weights)) @ weighing.T,
    )
    errors = np.sqrt(np.diag(covariance))
    errors = np.where(errors < 1e-12, 0.0, errors)  # rounding of sums, where nothing varies
    df = design.degrees_of_freedom(domain)
    counts = np.broadcast_to(design.bases(terms.inside)[0], indicators.shape[1])
    bases = [int(counts[row != 0].min()) for row in weighing]
    return [Difference(float(e), float(s), df, n) for e, s, n in zip(estimates, errors, bases, strict=True)]


def pairwise(
    design: SurveyDesign, indicators: pd.DataFrame, *, domain: np.ndarray | None = None
) -> dict[tuple[str, str], Difference]:
    """The difference of every two columns, the first less the second, keyed by their names.

    The columns are items of one question, or one item in several groups (NaN outside the group); the
    groups may overlap.
    """
    pairs, matrix = list(combinations(indicators.columns, 2)), pair_matrix(indicators.shape[1])
    found = contrasts(design, indicators, matrix, domain=domain) if pairs else []
    return dict(zip(pairs, found, strict=True))


def pair_matrix(count: int) -> np.ndarray:
    """One row a pair of columns, as `itertools.combinations` has them: 1 for the first, -1 for the second."""
    pairs = list(combinations(range(count), 2))
    matrix = np.zeros((len(pairs), count))
    for row, (first, second) in enumerate(pairs):
        matrix[row, [first, second]] = 1, -1
    return matrix


def separate_difference(first: pd.Series, second: pd.Series) -> Difference:
    """`first` less `second`, two rows of `shares` from samples that were drawn independently."""
    base = min(first["unweighted_base"], second["unweighted_base"])
    return _combine([first, second], np.array([1.0, -1.0]), base)


def average_difference(gaps: Sequence[Difference], populations: Sequence[float] | None = None) -> Difference:
    """The mean of one difference over samples that were drawn independently.

    Each sample counts alike, or by its population.
    """
    weights = _parts(len(gaps), populations)
    return Difference(
        float(weights @ [gap.estimate for gap in gaps]),
        float(np.linalg.norm(weights * [gap.std_error for gap in gaps])),
        float(sum(gap.degrees_of_freedom for gap in gaps)),
        sum(gap.unweighted_base for gap in gaps),
    )


def difference_from_average(
    rows: Sequence[pd.Series], which: int, populations: Sequence[float] | None = None
) -> Difference:
    """One sample's share less the average of all, its own included: each alike, or by population.

    `rows` are rows of `shares` from samples drawn independently. p_k - mean = p_k (1 - a_k) less the
    others' a_j p_j, so the overlap of the sample with the average is in the error.
    """
    factors = -_parts(len(rows), populations)
    factors[which] += 1
    return _combine(rows, factors, rows[which]["unweighted_base"])


def average(rows: pd.DataFrame, populations: Sequence[float] | None = None) -> pd.Series:
    """The average of separate samples: one row with the columns of `shares`.

    Each sample counts alike, or by the population it stands for. Variances add over samples that
    were drawn independently; the effective base is that of the pooled respondents when every sample
    carries its share of the total weight.
    """
    weights = _parts(len(rows), populations)
    result = pd.Series(dtype=float)
    result["estimate"] = weights @ rows["estimate"]
    result["std_error"] = np.linalg.norm(weights * rows["std_error"])
    for total in ("degrees_of_freedom", "unweighted_base", "weighted_base"):
        result[total] = rows[total].sum()
    result["effective_base"] = 1 / (weights**2 / rows["effective_base"]).sum()
    simple = result["estimate"] * (1 - result["estimate"]) / (result["unweighted_base"] - 1)
    result["design_effect"] = result["std_error"] ** 2 / simple if simple > 0 else np.nan
    return result


def adjusted(p_values: np.ndarray, method: Adjustment = "holm") -> np.ndarray:
    """P-values of a family of tests, adjusted (R's `p.adjust`); NaN, a test not made, stays and does not count.

    "holm" holds the chance of any false difference (Holm 1979), "benjamini_hochberg" the share of
    false ones among those found (1995).
    """
    p = np.asarray(p_values, dtype=float)
    made = ~np.isnan(p)
    values, count = p[made], int(made.sum())
    if method == "none" or count == 0:
        return p.copy()
    order = np.argsort(values, kind="stable")
    ranks = np.arange(1, count + 1)
    if method == "holm":
        steps = np.maximum.accumulate(values[order] * (count - ranks + 1))
    else:
        steps = np.minimum.accumulate((values[order] * count / ranks)[::-1])[::-1]
    result = np.full_like(p, np.nan)
    result[np.flatnonzero(made)[order]] = np.minimum(steps, 1)
    return result


def _combine(rows: Sequence[pd.Series], factors: np.ndarray, base: int) -> Difference:
    """Sum of factor times share over rows of `shares` from samples drawn independently."""
    estimates = np.array([row["estimate"] for row in rows], dtype=float)
    errors = np.array([row["std_error"] for row in rows], dtype=float)
    df = float(sum(row["degrees_of_freedom"] for row in rows))
    return Difference(float(factors @ estimates), float(np.linalg.norm(factors * errors)), df, int(base))


def _parts(count: int, populations: Sequence[float] | None) -> np.ndarray:
    """The part of each sample in an average: alike, or by population."""
    sizes = np.ones(count) if populations is None else np.asarray(populations, dtype=float)
    return np.asarray(sizes / sizes.sum())
