"""What drives an outcome: how much of its variance each of several answers carries, in one market."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.asking import Asked, Given, given_figure
from analysis.report import words
from analysis.report.disclosure import NOT_ASKED, flag_low_bases
from analysis.report.rows import TOTAL, Estimates
from analysis.survey.drivers import Importance
from analysis.survey.drivers import drivers as share_out

SEED = 1


def drivers(
    market: Asked,
    outcome: Given,
    predictors: Mapping[str, Given],
    *,
    method: Importance = "johnson",
    replicates: int = 500,
) -> Estimates:
    """One row a predictor, keyed by its label: its part of the variance that all of them explain, 0 to 1.

    Johnson's relative weights, or LMG (see `survey.drivers.drivers`), with bootstrap intervals.
    Predictors are figures or their keys, means or shares; `measure` names the whole that is explained,
    and the column `r_squared` of every row holds it (0 to 1).
    """
    y = given_figure(outcome)
    figures = [given_figure(one) for one in predictors.values()]
    values = market.values([y, *figures])
    found = share_out(
        market.design,
        values.iloc[:, 0],
        values.iloc[:, 1:],
        method=method,
        seed=SEED,
        replicates=replicates,
        confidence_level=market.level,
    )
    rows = market.rows(figures, {TOTAL: {}})
    rows["unweighted_base"] = found.unweighted_base
    inside = values.notna().all(axis=1).to_numpy()
    rows["weighted_base"] = float(market.design.weights[inside].sum())
    rows["effective_base"] = market.design.effective_base(inside)
    columns = ["estimate", "conf_low", "conf_high"]
    rows[columns] = found.rows[columns].to_numpy()
    low = market.study.settings.low_base
    left_out = rows["flag"] == NOT_ASKED
    rows["flag"] = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
    rows.loc[rows["estimate"].isna(), "flag"] = "suppressed"
    rows.loc[left_out | (not market.was_asked(y)), "flag"] = NOT_ASKED
    rows = rows.assign(label=list(predictors), unit="share", std_error=np.nan, design_effect=np.nan)
    rows["r_squared"] = found.r_squared
    whole = words.percent(found.r_squared, market.language) if pd.notna(found.r_squared) else "nothing"
    measure = f"Part of what is explained of \u201c{market.labels.figure(y)}\u201d ({whole} of its variance)"
    how = {"johnson": "Johnson's relative weights", "lmg": "averaged over all orders (LMG)"}[method]
    measure += f", {how}, weighted, {market.labels.intervals} from {replicates} bootstrap samples"
    if NOT_ASKED not in set(rows["flag"]):
        measure = words.unless_estimable(measure, [found.not_estimable])
    return Estimates(
        rows, measure, f"{market.people} who answered all of these questions", market.source, market.language
    )
