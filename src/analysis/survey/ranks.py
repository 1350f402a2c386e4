"""Ranks of the items of a question, and how sure they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.survey.compare import adjusted, pairwise
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
    names = list(indicators.columns)
    gaps = pairwise(design, indicators, domain=domain)
    ordered = {**gaps, **{(b, a): gap.reversed for (a, b), gap in gaps.items()}}
    one_sided = np.array([gap.p_value / 2 if gap.estimate > 0 else 1 - gap.p_value / 2 for gap in ordered.values()])
    told = adjusted(one_sided, "holm") < 1 - confidence_level
    above = pd.DataFrame(0, index=names, columns=names)
    for (first, second), sure in zip(ordered, told, strict=True):
        above.loc[first, second] = int(sure)
    estimates, _ = share_covariance(design, indicators, domain=domain)
    rows = pd.DataFrame(index=indicators.columns)
    rows["rank"] = estimates.rank(ascending=False, method="min")
    rows["rank_low"] = 1 + above.sum(axis=0)
    rows["rank_high"] = len(names) - above.sum(axis=1)
    if estimates.notna().all():
        return rows.astype(int)
    rows = rows.astype(float)
    rows.loc[estimates.isna()] = np.nan
    return rows
