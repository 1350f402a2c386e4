"""Weighted shares, means and ratios with linearised standard errors and intervals -> tidy rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.survey.design import BLOCK, SurveyDesign
from analysis.survey.intervals import IntervalMethod, mean_interval, share_interval

PATTERN = 8  # items whose answers are summed together
COLUMNS = [
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "degrees_of_freedom",
    "unweighted_base",
    "weighted_base",
    "effective_base",
    "design_effect",
]


def shares(
    design: SurveyDesign,
    indicators: pd.DataFrame,
    *,
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
    interval: IntervalMethod = "logit",
) -> pd.DataFrame:
    """One row an indicator: its weighted share in the domain, with error, interval and bases.

    `indicators` holds 1, 0 and NaN (no answer), one row a respondent of the full design; `domain` is
    a mask over them. Index: the indicators' names. Columns: `estimate`,
    `conf_low` and `conf_high` are shares 0-1, `std_error` is on that scale, `design_effect` is the
    variance over that of a simple random sample of the same base, drawn with replacement.
    Degrees of freedom count those in the base. An empty base gives NaN.
    """
    terms = Ratios.of_means(design, indicators, domain)
    rows = _rows(design, terms, indicators.columns, _share_errors(design, terms))
    rows["design_effect"] = _design_effect(rows, rows["estimate"] * (1 - rows["estimate"]))
    # Sums of the same weights taken in another order leave a 100 % short of 1 by the last digits.
    certain = (rows["estimate"] - rows["estimate"].round()).abs() < 1e-12
    rows.loc[certain, "estimate"] = rows["estimate"].round()
    rows.loc[certain | (rows["std_error"] < 1e-12), ["std_error", "design_effect"]] = 0.0, np.nan
    low, high = share_interval(rows, confidence_level, interval)
    return rows.assign(conf_low=low, conf_high=high)


def means(
    design: SurveyDesign, values: pd.DataFrame, *, domain: np.ndarray | None = None, confidence_level: float = 0.95
) -> pd.DataFrame:
    """One row a column: its weighted mean in the domain, in the column's own unit; else as `shares`."""
    terms = Ratios.of_means(design, values, domain)
    rows = _rows(design, terms, values.columns, _errors(design, terms))
    rows["design_effect"] = _design_effect(rows, terms.variances(design, rows))
    alike = rows["std_error"] <= 1e-12 * rows["estimate"].abs()  # rounding of sums, where everybody said the same
    rows.loc[alike, ["std_error", "design_effect"]] = 0.0, np.nan
    low, high = mean_interval(rows, confidence_level)
    return rows.assign(conf_low=low, conf_high=high)


def ratios(
    design: SurveyDesign,
    numerators: pd.DataFrame,
    denominators: pd.DataFrame,
    *,
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """One row a numerator: the ratio of its weighted total to that of its denominator.

    Columns of both frames pair by position; one denominator serves all. A percent of responses is an
    item over the number of items named. A respondent without either value leaves the base.
    """
    terms = Ratios.of_totals(design, numerators, denominators, domain)
    rows = _rows(design, terms, numerators.columns, _errors(design, terms))
    rows["design_effect"] = _design_effect(rows, terms.variances(design, rows))
    low, high = mean_interval(rows, confidence_level)
    return rows.assign(conf_low=low, conf_high=high)


def share_covariance(
    design: SurveyDesign, indicators: pd.DataFrame, *, domain: np.ndarray | None = None
) -> tuple[pd.Series, pd.DataFrame]:
    """The shares (0-1) and their full covariance matrix: every contrast between items comes from it."""
    terms = Ratios.of_means(design, indicators, domain)
    estimates, covariance = design.estimate(terms.statistic, terms.linearised(design))
    names = indicators.columns
    return pd.Series(estimates, names), pd.DataFrame(covariance, names, names)


@dataclass(frozen=True, eq=False)
class Ratios:
    """Ratios of weighted totals: sum w y / sum w x, a column each. A mean has x = 1 in its base.

    `y`, `x` and `inside` (the base) are respondents x columns; `x` and `inside` have one column where
    all ratios share it.
    """

    y: np.ndarray
    x: np.ndarray
    inside: np.ndarray

    @classmethod
    def of_means(cls, design: SurveyDesign, values: pd.DataFrame, domain: np.ndarray | None) -> Ratios:
        """Means of the columns; NaN is outside the base."""
        array = values.to_numpy(float)
        inside = _base(design, ~np.isnan(array), domain)
        y = array if inside.all() else np.where(inside, array, 0.0)
        return cls(y, inside.astype(float), inside)

    @classmethod
    def of_totals(
        cls, design: SurveyDesign, numerators: pd.DataFrame, denominators: pd.DataFrame, domain: np.ndarray | None
    ) -> Ratios:
        """Totals of the numerators over those of the denominators."""
        y, x = numerators.to_numpy(float), denominators.to_numpy(float)
        inside = _base(design, ~(np.isnan(y) | np.isnan(x)), domain)
        return cls(np.where(inside, y, 0.0), np.where(inside, x, 0.0), inside)

    def statistic(self, weights: np.ndarray) -> np.ndarray:
        """The ratios by these weights; NaN where the denominator is nothing."""
        below = weights @ self.x
        return np.asarray(np.divide(weights @ self.y, below, out=np.full(self.y.shape[1], np.nan), where=below != 0))

    def linearised(self, design: SurveyDesign) -> Callable[[np.ndarray], np.ndarray]:
        """From the ratios r to z = w (y - r x) / sum w x (Lumley 2010, ch. 2)."""
        below = design.weights @ self.x
        below = np.where(below != 0, below, 1.0)

        def linearise(estimates: np.ndarray) -> np.ndarray:
            z = np.empty(self.y.shape[::-1])  # a column a run of memory, as a frame keeps them
            for part, residuals in self.blocks(estimates):
                z[:, part] = design.weights[part] * residuals / below[:, None]
            return z.T

        return linearise

    def blocks(self, estimates: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Some rows at a time: which, and their y - r x (columns x rows)."""
        ratio, y, x = np.nan_to_num(estimates)[:, None], self.y.T, self.x.T
        for start in range(0, y.shape[1], BLOCK):
            part = slice(start, start + BLOCK)
            yield part, y[:, part] - ratio * x[:, part]

    @property
    def of_yes_and_no(self) -> bool:
        """Whether every value is 1 or 0."""
        rows = range(0, len(self.y), BLOCK)
        return all((part == part.astype(bool)).all() for part in (self.y[n : n + BLOCK] for n in rows))

    def variances(self, design: SurveyDesign, rows: pd.DataFrame) -> pd.Series:
        """The weighted variance of y - r x in the base, over the square of the mean of x."""
        squares, weights = np.zeros(len(rows)), rows["weighted_base"]
        for part, residuals in self.blocks(rows["estimate"].to_numpy()):
            squares += residuals**2 @ design.weights[part]
        return squares / weights / ((design.weights @ self.x) / weights) ** 2


def _base(design: SurveyDesign, answered: np.ndarray, domain: np.ndarray | None) -> np.ndarray:
    """Who counts in each column's base; one column where all bases are the same."""
    inside = answered & (design.weights > 0)[:, None]
    if domain is not None:
        inside &= np.asarray(domain, dtype=bool)[:, None]
    alike = inside.shape[1] > 0 and bool((inside == inside[:, :1]).all())
    return inside[:, :1] if alike else inside


def _errors(design: SurveyDesign, terms: Ratios) -> tuple[np.ndarray, np.ndarray]:
    """The ratios and their standard errors."""
    estimates, covariance = design.estimate(terms.statistic, terms.linearised(design))
    return estimates, np.sqrt(np.diag(covariance))


def _share_errors(design: SurveyDesign, terms: Ratios) -> tuple[np.ndarray, np.ndarray]:
    """The same for 0/1 items: where respondents are the PSUs and items share a base, from sums by stratum alone.

    V = sum_h (1 - f_h) n_h/(n_h - 1) [S - M^2/n_h] / W^2 with M = sum w y - p sum w and
    S = sum w^2 y - 2p sum w^2 y + p^2 sum w^2, which is `covariance` multiplied out.
    """
    if not design.independent or terms.inside.shape[1] != 1:
        return _errors(design, terms)
    _, strata, rates = design.units
    counts = np.bincount(strata)[:, None]
    if counts.min() < 2 or not terms.of_yes_and_no:
        return _errors(design, terms)
    p = terms.statistic(design.weights)
    w, wy, ww, wwy = _stratum_sums(strata, design.weights * terms.inside[:, 0], terms.y, len(counts))
    squares = wwy * (1 - 2 * p) + p**2 * ww
    scale = (1 - rates[:, None]) * counts / (counts - 1)
    variances = (scale * (squares - (wy - p * w) ** 2 / counts)).sum(axis=0)
    # Where little is left of the difference, or nobody is in the base, the full computation decides.
    if not (variances > 1e-4 * (scale * squares).sum(axis=0)).all():
        return _errors(design, terms)
    return p, np.sqrt(variances) / w.sum()


def _stratum_sums(strata: np.ndarray, w: np.ndarray, y: np.ndarray, count: int) -> tuple[np.ndarray, ...]:
    """Sum w, sum w y, sum w^2 and sum w^2 y by stratum (strata x 1, or x items), of 0/1 items.

    Some items at a time make a pattern of answers: weights are summed by stratum and pattern, and an
    item's sum is that of the patterns that hold it.
    """
    found = []
    for start in range(0, y.shape[1], PATTERN):
        answers = y[:, start : start + PATTERN]
        places = 2 ** np.arange(answers.shape[1])
        cells = (strata << len(places)) + (answers @ places.astype(float)).astype(np.int64)
        sums = [np.bincount(cells, v, count << len(places)).reshape(count, -1) for v in (w, w * w)]
        found.append(np.stack(sums) @ ((np.arange(2 ** len(places))[:, None] & places) > 0))
    (wy, wwy), (w_sum, ww_sum) = np.concatenate(found, axis=2), np.stack(sums).sum(axis=2)
    return w_sum[:, None], wy, ww_sum[:, None], wwy


def _rows(design: SurveyDesign, terms: Ratios, names: pd.Index, found: tuple[np.ndarray, np.ndarray]) -> pd.DataFrame:
    """The columns of a tidy row but for the interval and the design effect; `found`: estimates and errors."""
    respondents, weights, squares = design.bases(terms.inside)
    bases = {
        "estimate": found[0],
        "std_error": np.where(np.isnan(found[0]), np.nan, found[1]),
        "degrees_of_freedom": [design.degrees_of_freedom(mask) for mask in terms.inside.T],
        "unweighted_base": respondents.astype(int),
        "weighted_base": weights,
        "effective_base": np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0),
    }
    empty = np.full(len(names), np.nan)
    return pd.DataFrame(
        {name: np.broadcast_to(np.asarray(bases.get(name, empty)), len(names)) for name in COLUMNS}, index=names
    )


def _design_effect(rows: pd.DataFrame, variances: pd.Series) -> pd.Series:
    """The variance over that of a simple random sample, s^2 / n; s^2 from the weighted variance in the base."""
    n = rows["unweighted_base"]
    simple = variances / (n - 1)
    return (rows["std_error"] ** 2 / simple).where((simple > 0) & (n > 1))
