"""Confidence intervals of shares and means."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import betaincinv, expit, stdtrit

IntervalMethod = Literal["logit", "korn_graubard", "wilson"]


def share_interval(
    rows: pd.DataFrame, confidence_level: float, method: IntervalMethod = "logit"
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends (0-1) for rows of `shares`, t on their degrees of freedom.

    "logit": p on the logit scale (R survey's `svyciprop`, also for its "xlogit"). "korn_graubard":
    Clopper-Pearson on n_eff = p(1-p)/v (t_{n-1}/t_df)^2, for small bases (Korn and Graubard 1998,
    p. 197; "beta"). "wilson": the score interval on n_eff = p(1-p)/v. A share of 0 or 1 has no
    variance: it gets Clopper-Pearson on the effective base. Any other share without an error is one that
    the weights are calibrated to, or of a census: its interval has no width.
    """
    p, se = rows["estimate"].to_numpy(float), rows["std_error"].to_numpy(float)
    df = np.maximum(rows["degrees_of_freedom"].to_numpy(float), 1)
    tail = (1 - confidence_level) / 2
    reach = stdtrit(df, 1 - tail)
    certain, fixed = (p <= 0) | (p >= 1), (p > 0) & (p < 1) & ~(se > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(certain, rows["effective_base"].to_numpy(float), p * (1 - p) / se**2)
        low, high = _logit(p, reach * se) if method == "logit" else _wilson(p, base, reach)
    simple = stdtrit(np.maximum(rows["unweighted_base"].to_numpy(float) - 1, 1), 1 - tail)
    exact_base = np.where(certain, base, base * (simple / reach) ** 2)
    exact = certain | (method == "korn_graubard")
    exact_low, exact_high = _clopper_pearson(p, np.maximum(exact_base, 1e-9), tail)
    low, high = np.where(exact, exact_low, low), np.where(exact, exact_high, high)
    low, high = np.where(fixed, p, low), np.where(fixed, p, high)
    return np.where(np.isnan(p), np.nan, low), np.where(np.isnan(p), np.nan, high)


def mean_interval(rows: pd.DataFrame, confidence_level: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends, in the estimates' own unit: t on the degrees of freedom."""
    df = np.maximum(rows["degrees_of_freedom"].to_numpy(float), 1)
    reach = stdtrit(df, (1 + confidence_level) / 2) * rows["std_error"].to_numpy(float)
    estimates = rows["estimate"].to_numpy(float)
    return estimates - reach, estimates + reach


def _logit(p: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre, width = np.log(p / (1 - p)), reach / (p * (1 - p))
    return expit(centre - width), expit(centre + width)


def _wilson(p: np.ndarray, base: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    share = reach**2 / base
    centre = (p + share / 2) / (1 + share)
    width = reach / (1 + share) * np.sqrt(p * (1 - p) / base + share / (4 * base))
    return centre - width, centre + width


def _clopper_pearson(p: np.ndarray, base: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    hits, misses = np.nan_to_num(p) * base, (1 - np.nan_to_num(p)) * base
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-300), misses + 1, tail), 0.0)
    high = np.where(misses > 0, betaincinv(hits + 1, np.maximum(misses, 1e-300), 1 - tail), 1.0)
    return low, high
