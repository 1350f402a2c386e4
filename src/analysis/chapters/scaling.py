"""Whether the statements behind a scale measure one thing, in one market."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.asking import Asked
from analysis.report import words
from analysis.report.disclosure import HIDDEN, NOT_ASKED, flag_low_bases
from analysis.report.rows import TOTAL, Estimates
from analysis.study.codebook import Figure
from analysis.survey.scales import reliability as alpha

ENOUGH = 0.7  # Nunnally 1978, Psychometric Theory, 2nd ed., p. 245: enough for early research


def reliability(market: Asked, question: str) -> Estimates:
    """One row a composite of a grid: Cronbach's alpha of its items, 1 where they are one, 0 where they share nothing.

    Weighted, over those who answered all its items; reversed items are turned round first. Its error is
    linearised (see `survey.scales.reliability`).
    """
    composites = market.study.codebook.questions[question].composites
    figures = [Figure(question=question, item=name, mean=True) for name in composites]
    values = [_items(market, question, name) for name in composites]
    found = [alpha(market.design, one, confidence_level=market.level) for one in values]
    rows = market.rows(figures, {TOTAL: {}})
    _, weights, squares = market.design.bases(np.column_stack([one.notna().all(axis=1) for one in values]))
    rows["weighted_base"] = weights
    rows["effective_base"] = np.divide(weights**2, squares, out=np.zeros_like(weights), where=squares > 0)
    for column in ("estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "unweighted_base"):
        rows[column] = [getattr(one, column) for one in found]
    rows = rows.assign(unit="coefficient", design_effect=np.nan)
    low, left_out = market.study.settings.low_base, rows["flag"] == NOT_ASKED
    rows["flag"] = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
    rows.loc[rows["estimate"].isna(), "flag"] = "suppressed"
    rows.loc[left_out, "flag"] = NOT_ASKED
    measure = f"Cronbach\u2019s alpha of each scale\u2019s statements, weighted, {market.labels.intervals}"
    base = f"{market.labels.base(question)}, with an answer to every statement of the scale"
    return Estimates(rows, measure, base, market.source, market.language)


def steady(scales: Estimates) -> str:
    """How many of the scales hold together (alpha from 0.7 on), in a sentence."""
    shown = scales.rows[~scales.rows["flag"].isin(HIDDEN)]
    if shown.empty:
        return "Whether the scales hold together cannot be said in this market."
    held = int((shown["estimate"] >= ENOUGH).sum())
    language = scales.language
    lowest, highest = (words.amount(shown["estimate"].agg(end), "coefficient", language) for end in ("min", "max"))
    many = words.number(len(shown), language)
    many_held = "all" if held == len(shown) else words.number(held, language)
    return (
        f"Of {many} scales {many_held} reach an alpha of {words.amount(ENOUGH, 'coefficient', language)}, which is "
        f"usually asked for; they run from {lowest} to {highest}."
    )


def _items(market: Asked, question: str, name: str) -> pd.DataFrame:
    """The answers to a composite's items, all turned one way."""
    composite = market.study.codebook.questions[question].composites[name]
    low, high = market.study.codebook.scale_range(question) or (0.0, 0.0)
    values = market.values([Figure(question=question, item=item, mean=True) for item in composite.items])
    values = values.set_axis(list(composite.items), axis=1)
    turned = list(composite.reversed)
    values[turned] = low + high - values[turned]
    return values.astype(float)
