"""Two-way tables: is the answer to one question independent of that to another, and how closely do they go?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from analysis.survey.design import SurveyDesign, column_sums
from analysis.survey.estimates import share_covariance
from analysis.survey.replicates import bootstrap


@dataclass(frozen=True)
class RaoScott:
    """Pearson's X^2 of a weighted two-way table, and its second-order Rao-Scott correction.

    `f_statistic` is X^2 / tr(D), on `numerator_df` = tr(D)^2 / tr(D^2) and `denominator_df` = that
    times the design's degrees of freedom; `p_value` is from that F. `chi_square_p_value` is the
    first-order correction, X^2 over the mean of D's eigenvalues.
    """

    chi_square: float
    f_statistic: float
    numerator_df: float
    denominator_df: float
    p_value: float
    chi_square_p_value: float


@dataclass(frozen=True)
class CramersV:
    """Cramer's V, 0 (independent) to 1, and its interval; NaN where a question has fewer than two answers."""

    estimate: float
    conf_low: float
    conf_high: float
    unweighted_base: int


def rao_scott(
    design: SurveyDesign, rows: pd.Series, columns: pd.Series, *, domain: np.ndarray | None = None
) -> RaoScott:
    """The test of independence of two questions (a category a respondent; NaN leaves the base).

    D is the matrix of generalised design effects of the interaction contrasts (Rao and Scott 1984,
    Annals of Statistics 12, p. 46; Thomas and Rao 1987; R survey's `svychisq`, statistic "F" and
    "Chisq"). Degrees of freedom count the domain. NaN where a question has fewer than two answers,
    where empty cells leave a contrast that nobody tells, or where nothing varies (a census).
    """
    inside = np.ones(len(rows), dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
    codes, r, c = _cells(design, rows, columns, inside)
    if r < 2 or c < 2:
        return RaoScott(*[np.nan] * 6)
    cells = np.where(codes[:, None] >= 0, np.eye(r * c)[codes], np.nan)
    shares, covariance = share_covariance(design, pd.DataFrame(cells), domain=domain)
    count = int(inside.sum())
    chi_square = float(count * _phi_squared(shares.to_numpy().reshape(1, r, c))[0])
    deltas = _design_effects(shares.to_numpy(), covariance.to_numpy(), r, c) * count
    trace = float(np.trace(deltas))
    if not trace > 0:
        return RaoScott(*[np.nan] * 6)
    numerator = trace**2 / float(np.trace(deltas @ deltas))
    df = design.degrees_of_freedom(domain)
    f = chi_square / trace
    return RaoScott(
        chi_square,
        f,
        numerator,
        numerator * df,
        float(fdtrc(numerator, numerator * df, f)),
        float(chdtrc(len(deltas), chi_square / (trace / len(deltas)))),
    )


def cramers_v(
    design: SurveyDesign,
    rows: pd.Series,
    columns: pd.Series,
    *,
    seed: int,
    replicates: int = 500,
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
) -> CramersV:
    """How closely two questions (a category a respondent; NaN leaves the base) go together, 0 to 1.

    V^2 = sum (p - e)^2 / e over the smaller of rows less one and columns less one, with weighted shares p
    and e expected of independence (Cramer 1946, Mathematical Methods of Statistics, 21.9). The interval:
    percentiles of V^2 over `replicates` Rao-Wu bootstrap samples of the design, drawn from `seed`. As V^2
    cannot be below 0, sampling leans it upwards, once in the sample and once more in each replicate: both
    are taken off by twice the replicates' mean excess (Efron and Tibshirani 1993, An Introduction to the
    Bootstrap, 10.3). `rao_scott` is the test of V = 0.
    """
    inside = np.ones(len(rows), dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
    codes, r, c = _cells(design, rows, columns, inside)
    base = int((codes >= 0).sum())
    if r < 2 or c < 2:
        return CramersV(np.nan, np.nan, np.nan, base)

    def squares(weights: np.ndarray) -> np.ndarray:
        held = column_sums(codes[codes >= 0], weights[codes >= 0], r * c).T
        tables = (held / held.sum(axis=1, keepdims=True)).reshape(-1, r, c)
        return _phi_squared(tables) / min(r - 1, c - 1)

    estimate = float(squares(design.weights[:, None])[0])
    drawn = squares(bootstrap(design, replicates=replicates, seed=seed).weights)
    tail = (1 - confidence_level) / 2
    ends = np.quantile(drawn, [tail, 1 - tail]) - 2 * (drawn.mean() - estimate)
    low, high = np.sqrt(np.clip(ends, 0.0, 1.0)).tolist()
    return CramersV(float(np.sqrt(estimate)), low, high, base)


def _cells(
    design: SurveyDesign, rows: pd.Series, columns: pd.Series, inside: np.ndarray
) -> tuple[np.ndarray, int, int]:
    """The cell of each respondent, row by row, -1 without one; how many rows and how many columns there are."""
    answered = (rows.notna() & columns.notna()).to_numpy() & inside & (design.weights > 0)
    row_codes, column_codes = (pd.factorize(series.where(answered), sort=True)[0] for series in (rows, columns))
    r, c = int(row_codes.max()) + 1, int(column_codes.max()) + 1
    return np.where(answered, row_codes * c + column_codes, -1), r, c


def _phi_squared(p: np.ndarray) -> np.ndarray:
    """Pearson's X^2 a respondent of each table of shares (tables x rows x columns); an empty row adds nothing."""
    expected = p.sum(axis=2, keepdims=True) * p.sum(axis=1, keepdims=True)
    terms = np.divide((p - expected) ** 2, expected, out=np.zeros_like(p), where=expected > 0)
    return np.asarray(terms.sum(axis=(1, 2)))


def _design_effects(p: np.ndarray, covariance: np.ndarray, r: int, c: int) -> np.ndarray:
    """D per respondent: (C' diag(1/p) C)^-1 C' diag(1/p) V diag(1/p) C, C the interaction contrasts."""
    main = np.column_stack([np.kron(np.eye(r), np.ones((c, 1))), np.kron(np.ones((r, 1)), np.eye(c))])
    both = np.kron(np.eye(r)[:, 1:], np.eye(c)[:, 1:])
    contrast = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
    inverse = np.divide(1.0, p, out=np.zeros_like(p), where=p > 0)
    scaled = contrast * inverse[:, None]
    information = contrast.T @ scaled
    if np.linalg.matrix_rank(information) < len(information):
        return np.full_like(information, np.nan)
    return np.asarray(np.linalg.solve(information, scaled.T @ covariance @ scaled))
