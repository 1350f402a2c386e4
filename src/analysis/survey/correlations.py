"""Weighted correlations, each with its error under the design."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.survey.design import SurveyDesign

COLUMNS = ["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "unweighted_base"]


def correlations(
    design: SurveyDesign, values: pd.DataFrame, *, domain: np.ndarray | None = None, confidence_level: float = 0.95
) -> pd.DataFrame:
    """One row a pair of columns of `values` (numbers): Pearson's correlation (-1 to 1) in the domain.

    The error is linearised, z = w (xy - r (x^2 + y^2) / 2) / sum w of standardised x and y; the interval is
    made on Fisher's scale atanh r, by t on the degrees of freedom (Fisher 1921, Metron 1, p. 3). Respondents
    without one of the values leave the base of all. NaN where a column does not vary. Index: first, second.
    Columns: estimate, std_error, conf_low, conf_high, degrees_of_freedom, unweighted_base.
    """
    inside = complete(design, values, domain)
    held = values.to_numpy(float)[inside]
    first, second = np.triu_indices(held.shape[1], 1)
    names = pd.MultiIndex.from_arrays([values.columns[first], values.columns[second]], names=["first", "second"])
    df, base = design.degrees_of_freedom(inside), int(inside.sum())
    rows = pd.DataFrame(np.nan, names, COLUMNS).assign(degrees_of_freedom=df, unweighted_base=base)
    varies = np.ptp(held, axis=0) > 0 if base else np.zeros(held.shape[1], dtype=bool)
    shown = varies[first] & varies[second]
    if df < 1 or not shown.any():
        return rows
    first, second = first[shown], second[shown]

    def statistic(weights: np.ndarray) -> np.ndarray:
        matrix = weighted_correlations(weighted_covariances(held, weights[inside, None]))[0]
        return np.asarray(matrix[first, second])

    def linearised(estimates: np.ndarray) -> np.ndarray:
        parts = design.weights[inside] / design.weights[inside].sum()
        gaps = held - parts @ held
        x = gaps / np.sqrt(np.where(varies, parts @ gaps**2, 1.0))
        z = np.zeros((len(inside), len(first)))
        squares = x[:, first] ** 2 + x[:, second] ** 2
        z[inside] = parts[:, None] * (x[:, first] * x[:, second] - estimates * squares / 2)
        return z

    estimates, covariance = design.estimate(statistic, linearised)
    errors = np.sqrt(np.diag(covariance))
    certain = np.abs(estimates) > 1 - 1e-12  # one column is a line of the other: nothing is left to sampling
    errors = np.where(certain, 0.0, errors)
    centre = np.arctanh(np.where(certain, 0.0, estimates))
    reach = stdtrit(df, (1 + confidence_level) / 2) * errors / np.where(certain, 1.0, 1 - estimates**2)
    low, high = (np.where(certain, estimates, np.tanh(end)) for end in (centre - reach, centre + reach))
    rows.loc[shown, COLUMNS[:4]] = np.column_stack([estimates, errors, low, high])
    return rows


def complete(design: SurveyDesign, values: pd.DataFrame, domain: np.ndarray | None) -> np.ndarray:
    """A mask of the respondents of the domain who have every value, and a weight."""
    inside = values.notna().all(axis=1).to_numpy(bool) & (design.weights > 0)
    return np.asarray(inside if domain is None else inside & np.asarray(domain, dtype=bool))


def weighted_covariances(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted covariance matrix by each column of weights (columns x variables x variables)."""
    return np.stack([np.cov(values, rowvar=False, aweights=column) for column in weights.T])


def weighted_correlations(covariances: np.ndarray) -> np.ndarray:
    """The correlation matrices of covariance matrices (matrices x variables x variables)."""
    spread = np.sqrt(np.einsum("rii->ri", covariances))
    sizes = spread[:, :, None] * spread[:, None, :]
    return np.asarray(np.divide(covariances, sizes, out=np.full_like(covariances, np.nan), where=sizes > 0))
