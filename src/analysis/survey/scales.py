"""Scales: whether several items measure one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.survey.correlations import complete, weighted_covariances
from analysis.survey.design import SurveyDesign


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha of a scale.

    `estimate` is at most 1 and below 0 where items run against each other, with `std_error`, `conf_low` and
    `conf_high`. `items`: a row an item with `correlation`, its correlation with the sum of the others, and
    `estimate`, `std_error`, `conf_low` and `conf_high` of the alpha of the scale without it (NaN of a scale
    of two). `not_estimable` is empty, or says why all figures are NaN.
    """

    items: pd.DataFrame
    degrees_of_freedom: int
    unweighted_base: int
    estimate: float = np.nan
    std_error: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    not_estimable: str = ""


def reliability(
    design: SurveyDesign, items: pd.DataFrame, *, domain: np.ndarray | None = None, confidence_level: float = 0.95
) -> Reliability:
    """Whether the items (numbers, all turned one way) measure one thing, by their weighted covariances.

    alpha = k / (k - 1) (1 - sum of the items' variances / variance of their sum) (Cronbach 1951,
    Psychometrika 16, p. 299; R survey's `svycralpha`). Its error is linearised, z = w k / (k - 1)
    (A b / B^2 - a / B) / sum w, with a respondent's squared gaps a of the items and b of their sum, A and B
    their means; the interval is made on the scale of log(1 - alpha) (Bonett 2002, Journal of Educational
    and Behavioral Statistics 27, p. 335), by t on the design's degrees of freedom. Respondents without an
    answer to every item leave the base.
    """
    inside = complete(design, items, domain)
    held = items.to_numpy(float)[inside]
    df, everything = design.degrees_of_freedom(inside), range(items.shape[1])
    blank = pd.DataFrame(np.nan, items.columns, ["correlation", "estimate", "std_error", "conf_low", "conf_high"])
    reason = _not_estimable(held, df)
    if reason:
        return Reliability(blank, df, len(held), not_estimable=reason)
    scales = [list(everything)]
    if items.shape[1] > 2:
        scales += [[item for item in everything if item != left] for left in everything]
    estimates, covariance = design.estimate(
        lambda weights: _alphas(held, weights[inside], scales), lambda _: _linearised(design, held, inside, scales)
    )
    short = 1 - estimates
    certain = short < 1e-12  # the items are one item: nothing is left to sampling
    errors = np.where(certain, 0.0, np.sqrt(np.diag(covariance)))
    reach = stdtrit(df, (1 + confidence_level) / 2) * errors / np.where(certain, 1.0, short)
    rows = np.column_stack([estimates, errors, 1 - short * np.exp(reach), 1 - short * np.exp(-reach)])
    if items.shape[1] > 2:
        blank.iloc[:, 1:] = rows[1:]
    own = weighted_covariances(held, design.weights[inside, None])[0]
    rest = own.sum() - 2 * own.sum(axis=0) + np.diag(own)
    with np.errstate(divide="ignore", invalid="ignore"):
        blank["correlation"] = (own.sum(axis=0) - np.diag(own)) / np.sqrt(np.diag(own) * rest)
    alpha, error, low, high = rows[0].tolist()
    return Reliability(blank, df, len(held), alpha, error, low, high)


def _alphas(held: np.ndarray, weights: np.ndarray, scales: Sequence[list[int]]) -> np.ndarray:
    covariances = weighted_covariances(held, weights[:, None])[0]
    parts = [covariances[np.ix_(scale, scale)] for scale in scales]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([len(part) / (len(part) - 1) * (1 - np.trace(part) / part.sum()) for part in parts])


def _linearised(design: SurveyDesign, held: np.ndarray, inside: np.ndarray, scales: Sequence[list[int]]) -> np.ndarray:
    parts = design.weights[inside] / design.weights[inside].sum()
    gaps = held - parts @ held
    z = np.zeros((len(inside), len(scales)))
    for place, scale in enumerate(scales):
        own, joint = (gaps[:, scale] ** 2).sum(axis=1), gaps[:, scale].sum(axis=1) ** 2
        below, factor = parts @ joint, len(scale) / (len(scale) - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            z[inside, place] = parts * factor * (parts @ own * joint / below**2 - own / below)
    return z


def _not_estimable(held: np.ndarray, df: int) -> str:
    """Why there are no figures, or nothing."""
    if held.shape[1] < 2:
        return "a scale has two items or more"
    if len(held) < 3 or df < 1:
        return "there are too few respondents"
    if (np.ptp(held, axis=0) == 0).any():
        return "an item does not vary"
    if np.ptp(held.sum(axis=1)) < 1e-12 * np.ptp(held, axis=0).max():
        return "the sum of the items does not vary"
    return ""
