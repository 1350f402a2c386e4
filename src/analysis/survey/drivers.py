"""Driver analysis: how much of an outcome's variance each of several related predictors carries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
import pandas as pd

from analysis.survey.correlations import complete, weighted_correlations, weighted_covariances
from analysis.survey.design import SurveyDesign
from analysis.survey.replicates import bootstrap

Importance = Literal["johnson", "lmg"]
MOST = 12  # predictors of an LMG: 2^12 regressions for every replicate


@dataclass(frozen=True)
class Drivers:
    """How R^2 is shared out among the predictors.

    `rows`: a row a predictor with `estimate`, its part of R^2 as a share 0-1 (the parts sum to 1),
    `conf_low` and `conf_high` (percentiles of the bootstrap), and `correlation` with the outcome.
    `r_squared` is the whole (0-1). `not_estimable` is empty or says why there are no figures.
    """

    rows: pd.DataFrame
    r_squared: float
    unweighted_base: int
    not_estimable: str = ""


def drivers(
    design: SurveyDesign,
    outcome: pd.Series,
    predictors: pd.DataFrame,
    *,
    method: Importance = "johnson",
    seed: int,
    replicates: int = 500,
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
) -> Drivers:
    """Relative importance of `predictors` (numbers) for `outcome`, from the weighted correlations.

    "johnson": relative weights by way of the nearest orthogonal predictors (Johnson 2000,
    Multivariate Behavioral Research 35, p. 1). "lmg": the gain in R^2 averaged over all orders in
    which the predictors may enter (Lindeman, Merenda and Gold 1980, p. 119). Intervals: percentiles
    over `replicates` Rao-Wu bootstrap samples of the design, drawn from `seed`. Respondents with a
    missing value leave the base.
    """
    answers = pd.concat([predictors, outcome], axis=1)
    inside = complete(design, answers, domain)
    names, values = predictors.columns, answers.to_numpy(float)[inside]
    reason = _not_estimable(values, predictors.shape[1], method)
    if reason:
        blank = pd.DataFrame(np.nan, names, ["estimate", "conf_low", "conf_high", "correlation"])
        return Drivers(blank, np.nan, int(inside.sum()), reason)
    share_out = _johnson if method == "johnson" else _lmg
    correlations = weighted_correlations(weighted_covariances(values, design.weights[inside, None]))
    parts = share_out(correlations)[0]
    drawn = bootstrap(design, replicates=replicates, seed=seed).weights[inside]
    samples = share_out(weighted_correlations(weighted_covariances(values, drawn)))
    samples = samples / samples.sum(axis=1, keepdims=True)
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    rows = pd.DataFrame({"estimate": parts / parts.sum(), "conf_low": low, "conf_high": high}, index=names)
    rows["correlation"] = correlations[0, :-1, -1]
    return Drivers(rows, float(parts.sum()), int(inside.sum()))


def _johnson(correlations: np.ndarray) -> np.ndarray:
    """Parts of R^2 by Johnson's relative weights (matrices x predictors)."""
    between, outcome = correlations[:, :-1, :-1], correlations[:, :-1, -1:]
    sizes, vectors = np.linalg.eigh(between)
    root = vectors * np.sqrt(sizes)[:, None, :] @ vectors.transpose(0, 2, 1)
    betas = np.linalg.solve(root, outcome)
    return np.asarray((root**2 @ betas**2)[:, :, 0])


def _lmg(correlations: np.ndarray) -> np.ndarray:
    """Parts of R^2 averaged over all orders of entry (matrices x predictors)."""
    count = correlations.shape[1] - 1
    subsets = [subset for size in range(count + 1) for subset in combinations(range(count), size)]
    explained = {subset: _r_squared(correlations, list(subset)) for subset in subsets}
    parts = np.zeros((len(correlations), count))
    for one in range(count):
        for subset in subsets:
            if one not in subset:
                joined = tuple(sorted((*subset, one)))
                chance = 1 / (count * comb(count - 1, len(subset)))
                parts[:, one] += chance * (explained[joined] - explained[subset])
    return parts


def _r_squared(correlations: np.ndarray, subset: list[int]) -> np.ndarray:
    outcome = correlations[:, subset, -1:]
    betas = np.linalg.solve(correlations[:, subset][:, :, subset], outcome)
    return np.asarray((outcome * betas).sum(axis=(1, 2)))


def _not_estimable(values: np.ndarray, count: int, method: Importance) -> str:
    """Why there are no figures, or nothing."""
    if len(values) <= count + 1:
        return "there are no more respondents than predictors"
    if (np.ptp(values, axis=0) == 0).any():
        return "the outcome or a predictor does not vary"
    if np.linalg.eigvalsh(np.corrcoef(values[:, :-1], rowvar=False).reshape(count, count))[0] < 1e-10:
        return "a predictor is a combination of the others"
    if method == "lmg" and count > MOST:
        return f"there are more than {MOST} predictors, too many orders to average over"
    return ""
