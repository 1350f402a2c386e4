"""Ranks of the items of a question, or of separate samples, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis.survey.compare import Difference, adjusted, pairwise, separate_difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import share_covariance


def rank_intervals(
    design: SurveyDesign,
    indicators: pd.DataFrame,
    *,
    domain: np.ndarray | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """One row an indicator: `rank` (1 the largest share) and the ranks it may have, all at once.

    `rank_low` and `rank_high` hold jointly for all items with at least the confidence: an item
    cannot rank above those that lie significantly over it, nor below those it lies over. The order
    of two items is told by their paired difference from the full covariance, one-sided, with Holm's
    steps over all ordered pairs (Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic
    Studies 91, p. 476). Index: the indicators' names.
    """
    gaps = pairwise(design, indicators, domain=domain)
    estimates, _ = share_covariance(design, indicators, domain=domain)
    return _ranked(estimates, gaps, confidence_level)


def separate_ranks(rows: pd.DataFrame, *, confidence_level: float = 0.95) -> pd.DataFrame:
    """The same of samples that were drawn independently, as markets are: `rows` of `shares` or `means`, one a sample.

    The order of two samples is told by `separate_difference`; a row without an estimate has no rank.
    Index: that of `rows`.
    """
    places = range(len(rows))
    gaps = {(a, b): separate_difference(rows.iloc[a], rows.iloc[b]) for a, b in combinations(places, 2)}
    estimates = pd.Series(rows["estimate"].to_numpy(float))
    return _ranked(estimates, gaps, confidence_level).set_axis(rows.index)


def _ranked(estimates: pd.Series, gaps: Mapping[tuple[Any, Any], Difference], confidence_level: float) -> pd.DataFrame:
    """The ranks of the estimates, from the difference of every two of them, keyed by their names."""
    names = list(estimates.index)
    ordered = {**gaps, **{(b, a): gap.reversed for (a, b), gap in gaps.items()}}
    one_sided = np.array([gap.p_value / 2 if gap.estimate > 0 else 1 - gap.p_value / 2 for gap in ordered.values()])
    told = adjusted(one_sided, "holm") < 1 - confidence_level
    above = pd.DataFrame(0, index=names, columns=names)
    for (first, second), sure in zip(ordered, told, strict=True):
        above.loc[first, second] = int(sure)
    rows = pd.DataFrame(index=estimates.index)
    rows["rank"] = estimates.rank(ascending=False, method="min")
    rows["rank_low"] = 1 + above.sum(axis=0)
    rows["rank_high"] = len(names) - above.sum(axis=1)
    if estimates.notna().all():
        return rows.astype(int)
    rows = rows.astype(float)
    rows.loc[estimates.isna()] = np.nan
    return rows
