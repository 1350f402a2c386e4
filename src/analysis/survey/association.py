"""Two-way tables: is the answer to one question independent of the answer to another?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import share_covariance


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
    answered = (rows.notna() & columns.notna()).to_numpy() & inside & (design.weights > 0)
    row_codes, column_codes = (pd.factorize(series.where(answered), sort=True)[0] for series in (rows, columns))
    r, c = row_codes.max() + 1, column_codes.max() + 1
    if r < 2 or c < 2:
        return RaoScott(*[np.nan] * 6)
    cells = np.where(answered[:, None], np.eye(r * c)[np.where(answered, row_codes * c + column_codes, 0)], np.nan)
    shares, covariance = share_covariance(design, pd.DataFrame(cells), domain=domain)
    p = shares.to_numpy().reshape(r, c)
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    count = int(inside.sum())
    chi_square = float(count * ((p - expected) ** 2 / expected).sum())
    deltas = _design_effects(p.reshape(-1), covariance.to_numpy(), r, c) * count
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
