"""Weighted quantiles with Woodruff's intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import COLUMNS, shares
from analysis.survey.intervals import share_interval


def quantiles(
    design: SurveyDesign,
    values: pd.Series,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    *,
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """One row a probability (the index): the weighted quantile, in the unit of `values`.

    The interval inverts the logit interval of the share at or below the quantile; the standard error
    is its length over twice t (Woodruff 1952, JASA 47, p. 635; R survey's `svyquantile` with
    `interval.type = "xlogit"`). The estimate is the smallest value whose cumulated weight exceeds
    the probability, or reaches it exactly (`qrule = "math"`). Degrees of freedom count those who
    answered. An empty base gives NaN.
    """
    answered = values.notna().to_numpy() & (design.weights > 0)
    if domain is not None:
        answered &= np.asarray(domain, dtype=bool)
    numbers, weights = values.to_numpy(float)[answered], design.weights[answered]
    if not answered.any():
        return pd.DataFrame(np.nan, index=list(probabilities), columns=COLUMNS)
    found = np.array([_quantile(numbers, weights, p) for p in probabilities])
    below = pd.DataFrame(
        {p: values.to_numpy(float) <= q for p, q in zip(probabilities, found, strict=True)}, dtype=float
    )
    rows = shares(design, below, domain=answered, confidence_level=confidence_level)
    low, high = share_interval(rows, confidence_level)
    rows["estimate"], rows["design_effect"] = found, np.nan
    rows["conf_low"] = [_quantile(numbers, weights, p) for p in low]
    rows["conf_high"] = [_quantile(numbers, weights, p) for p in high]
    reach = stdtrit(np.maximum(rows["degrees_of_freedom"], 1), (1 + confidence_level) / 2)
    rows["std_error"] = (rows["conf_high"] - rows["conf_low"]) / (2 * reach)
    return rows


def _quantile(values: np.ndarray, weights: np.ndarray, probability: float) -> float:
    """R survey's `qrule = "math"`: the value that reaches the probability exactly, or the next one.

    Sums of the same weights in another scale differ by the last digits, so what reaches it to 1e-12
    has reached it.
    """
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    reaching = int(np.searchsorted(cumulated, probability * cumulated[-1] * (1 - 1e-12)))
    return float(values[order][min(reaching, len(values) - 1)])
