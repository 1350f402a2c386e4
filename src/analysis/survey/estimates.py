"""Weighted shares with linearised standard errors and intervals -> tidy rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv, stdtrit

from analysis.survey.design import SurveyDesign

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
) -> pd.DataFrame:
    """One row an indicator: its weighted share in the domain, with error, interval and bases.

    `indicators` holds 1, 0 and NaN (outside the base), one row a respondent of the full design;
    `domain` is a mask over them. Index: the indicators' names. Columns: `estimate`, `conf_low` and
    `conf_high` are shares 0-1, `std_error` is on that scale, `design_effect` is the variance over
    that of a simple random sample of the same base, drawn with replacement. An empty base gives NaN.
    Linearisation: z = w (y - p) / sum w (Lumley 2010, ch. 2).
    """
    values, inside = _in_domain(design, indicators, domain)
    estimate, z = linearise(design, values, inside)
    variance = np.diag(design.covariance(z)).copy()
    rows = pd.DataFrame(index=indicators.columns, columns=COLUMNS, dtype=float)
    rows["estimate"] = estimate
    rows["std_error"] = np.sqrt(variance)
    rows["unweighted_base"] = inside.sum(axis=0)
    rows["weighted_base"] = inside.T.astype(float) @ design.weights
    masks = inside.T
    rows["effective_base"] = [design.effective_base(mask) for mask in masks]
    rows["degrees_of_freedom"] = [design.degrees_of_freedom(mask) for mask in masks]
    rows["design_effect"] = _design_effect(rows)
    low, high = logit_interval(rows, confidence_level)
    rows["conf_low"], rows["conf_high"] = low, high
    return rows


def linearise(design: SurveyDesign, values: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means of the columns, and their linearised values (respondents x columns)."""
    weights = design.weights[:, None] * inside
    total = weights.sum(axis=0)
    total = np.where(total > 0, total, np.nan)
    filled = np.where(inside, values, 0.0)
    estimate = (weights * filled).sum(axis=0) / total
    z = weights * (filled - np.nan_to_num(estimate)) / np.nan_to_num(total, nan=1.0)
    return estimate, z


def logit_interval(rows: pd.DataFrame, confidence_level: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends: t on the logit scale, as R survey's `svyciprop(method = "logit")`.

    A share of 0 or 1 has no logit: it gets Clopper-Pearson on the effective base, so that no
    interval has zero width (Korn and Graubard 1998, p. 197).
    """
    p, se = rows["estimate"].to_numpy(float), rows["std_error"].to_numpy(float)
    df = np.maximum(rows["degrees_of_freedom"].to_numpy(float), 1)
    base = np.maximum(rows["effective_base"].to_numpy(float), 1)
    tail = (1 - confidence_level) / 2
    edge = (p <= 0) | (p >= 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.log(p / (1 - p))
        reach = stdtrit(df, 1 - tail) * se / (p * (1 - p))
        low = 1 / (1 + np.exp(-(centre - reach)))
        high = 1 / (1 + np.exp(-(centre + reach)))
    hits = p * base
    exact_low = np.where(p <= 0, 0.0, betaincinv(np.maximum(hits, 1e-9), base - hits + 1, tail))
    exact_high = np.where(p >= 1, 1.0, betaincinv(hits + 1, np.maximum(base - hits, 1e-9), 1 - tail))
    low, high = np.where(edge, exact_low, low), np.where(edge, exact_high, high)
    return np.where(np.isnan(p), np.nan, low), np.where(np.isnan(p), np.nan, high)


def _in_domain(
    design: SurveyDesign, indicators: pd.DataFrame, domain: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    values = indicators.to_numpy(float)
    inside = ~np.isnan(values) & (design.weights > 0)[:, None]
    if domain is not None:
        inside &= np.asarray(domain, dtype=bool)[:, None]
    return values, inside


def _design_effect(rows: pd.DataFrame) -> pd.Series:
    n, p = rows["unweighted_base"], rows["estimate"]
    simple = p * (1 - p) / (n - 1)
    return (rows["std_error"] ** 2 / simple).where((simple > 0) & (n > 1))
