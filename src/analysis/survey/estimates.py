"""Weighted shares, means and ratios with linearised standard errors and intervals -> tidy rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.survey.design import BLOCK, SurveyDesign
from analysis.survey.intervals import IntervalMethod, mean_interval, share_interval

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
    rows = _rows(design, Ratios.of_means(design, indicators, domain), indicators.columns)
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
    rows = _rows(design, Ratios.of_means(design, values, domain), values.columns)
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
    rows = _rows(design, terms, numerators.columns)
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
            ratio, z = np.nan_to_num(estimates), np.empty(self.y.shape, order="C")
            for start in range(0, len(z), BLOCK):
                part = slice(start, start + BLOCK)
                z[part] = design.weights[part, None] * (self.y[part] - ratio * self.x[part]) / below
            return z

        return linearise


def _base(design: SurveyDesign, answered: np.ndarray, domain: np.ndarray | None) -> np.ndarray:
    """Who counts in each column's base; one column where all bases are the same."""
    inside = answered & (design.weights > 0)[:, None]
    if domain is not None:
        inside &= np.asarray(domain, dtype=bool)[:, None]
    alike = inside.shape[1] > 0 and bool((inside == inside[:, :1]).all())
    return inside[:, :1] if alike else inside


def _rows(design: SurveyDesign, terms: Ratios, names: pd.Index) -> pd.DataFrame:
    """The columns of a tidy row but for the interval."""
    estimates, covariance = design.estimate(terms.statistic, terms.linearised(design))
    held = terms.inside.astype(float)
    weights, squares = design.weights @ held, design.weights**2 @ held
    bases = {
        "degrees_of_freedom": [design.degrees_of_freedom(mask) for mask in terms.inside.T],
        "unweighted_base": held.sum(axis=0).astype(int),
        "weighted_base": weights,
        "effective_base": np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0),
    }
    rows = pd.DataFrame(index=names, columns=COLUMNS, dtype=float)
    rows["estimate"] = estimates
    rows["std_error"] = np.where(np.isnan(estimates), np.nan, np.sqrt(np.diag(covariance)))
    for name, values in bases.items():
        rows[name] = np.broadcast_to(values, len(rows))
    rows["design_effect"] = _design_effect(design, terms, rows)
    return rows


def _design_effect(design: SurveyDesign, terms: Ratios, rows: pd.DataFrame) -> pd.Series:
    """The variance over s^2 / (n xbar^2), s^2 the weighted variance of y - r x in the base."""
    ratio, squares = np.nan_to_num(rows["estimate"].to_numpy()), np.zeros(len(rows))
    for start in range(0, len(terms.y), BLOCK):
        part = slice(start, start + BLOCK)
        squares += design.weights[part] @ (terms.y[part] - ratio * terms.x[part]) ** 2
    n, weights = rows["unweighted_base"], rows["weighted_base"]
    scale = (design.weights @ terms.x) / weights
    simple = squares / weights / (n - 1) / scale**2
    return (rows["std_error"] ** 2 / simple).where((simple > 0) & (n > 1))
