"""No difference larger than a bound: what samples can vouch for, and not merely fail to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.errors import JourneybookError, Problem
from analysis.survey.compare import Adjustment, Difference, adjusted


@dataclass(frozen=True)
class Equivalence:
    """Differences against a bound (0-1 scale), a row each, in `rows`.

    Columns: `estimate`, `std_error`, `conf_low` and `conf_high` (the interval of both one-sided tests, so of
    90 % at a confidence of 95 %), `p_within`, `p_outside` (adjusted over all rows), `smallest_bound` (the
    bound within which the data vouch for this difference), and `verdict`: "within", "outside" or "cannot
    tell". `all_within` says whether every row is within, `p_all_within` how surely, and `smallest_bound` is the
    bound within which the data vouch for all of them at once. NaN where a difference has no estimate.
    """

    rows: pd.DataFrame
    bound: float
    all_within: bool
    p_all_within: float
    smallest_bound: float


def equivalence(
    gaps: Mapping[Any, Difference],
    bound: float,
    *,
    confidence_level: float = 0.95,
    adjustment: Adjustment = "holm",
) -> Equivalence:
    """Whether the differences (of `pairwise`, or by any other name) are no larger than `bound`, 0-1, either way.

    "within": two one-sided tests, each at 1 - `confidence_level`, tell the difference from both bounds, which is
    that its interval of twice that error lies inside them (Schuirmann 1987, Journal of Pharmacokinetics and
    Biopharmaceutics 15, p. 657). "outside": its interval lies wholly beyond a bound, with p-values
    adjusted over all differences. By t on the difference's degrees of freedom. That all are within is an
    intersection-union test and needs no adjustment (Berger 1982, Technometrics 24, p. 295); a choice of
    single rows as within has no such warrant. The bound is to be set before the data are seen. Index: the
    names; of pairs, first and second.
    """
    if not bound > 0:
        raise JourneybookError("data", Problem("equivalence", "a bound is a share above 0", got=str(bound)))
    names = list(gaps)
    paired = bool(names) and all(isinstance(name, tuple) and len(name) == 2 for name in names)
    index = pd.MultiIndex.from_tuples(names, names=["first", "second"]) if paired else pd.Index(names)
    estimates, errors, df = (
        np.array([getattr(gap, name) for gap in gaps.values()], dtype=float)
        for name in ("estimate", "std_error", "degrees_of_freedom")
    )
    reach = stdtrit(df, confidence_level) * errors
    within = _beyond(bound - np.abs(estimates), errors, df)
    outside = adjusted(np.minimum(2 * _beyond(np.abs(estimates) - bound, errors, df), 1), adjustment)
    error = 1 - confidence_level
    columns = {
        "estimate": estimates,
        "std_error": errors,
        "conf_low": estimates - reach,
        "conf_high": estimates + reach,
        "p_within": within,
        "p_outside": outside,
        "smallest_bound": np.abs(estimates) + reach,
        "verdict": np.select([within < error, outside < error], ["within", "outside"], "cannot tell"),
    }
    rows = pd.DataFrame(columns, index)
    told = len(rows) > 0 and bool(rows["smallest_bound"].notna().all())
    p_all, smallest = (float(rows[name].max()) if told else np.nan for name in ("p_within", "smallest_bound"))
    return Equivalence(rows, bound, p_all < error, p_all, smallest)


def _beyond(distances: np.ndarray, errors: np.ndarray, df: np.ndarray) -> np.ndarray:
    """One-sided p-values of distances above 0; 0 or 1 where nothing varies."""
    sure = errors <= 0
    p_values = stdtr(df, -distances / np.where(sure, 1.0, errors))
    return np.asarray(np.where(sure & ~np.isnan(distances), distances <= 0, p_values), dtype=float)
