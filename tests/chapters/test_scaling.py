"""Scales and choices: alpha by its formula, best less worst by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import Market, best_worst, reliability, steady


def test_alpha_is_cronbachs_with_reversed_items_turned(uk: Market) -> None:
    """k / (k - 1) (1 - sum of variances / variance of the sum), weighted; "choice" has one item turned round."""
    given = uk.respondents.answers[["themes.cho1", "themes.cho2", "themes.cho3"]].astype(float).to_numpy()
    inside = ~np.isnan(given).any(axis=1)
    items = given[inside]
    items[:, 2] = 8 - items[:, 2]
    own = np.cov(items.T, aweights=uk.design.weights[inside], ddof=0)
    expected = 3 / 2 * (1 - np.trace(own) / own.sum())
    row = reliability(uk, "themes")["choice"].row
    assert row["estimate"] == pytest.approx(expected)
    assert row["unweighted_base"] == len(items)
    weights = uk.design.weights[inside]
    assert row["weighted_base"] == pytest.approx(weights.sum())
    assert row["effective_base"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())  # Kish 1965, 11.7
    assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_how_many_hold_is_counted(uk: Market) -> None:
    scales = reliability(uk, "themes")
    scales.rows["estimate"] = [0.69, *[0.8] * 9]
    assert steady(scales).startswith("Of ten scales nine reach an alpha of 0.70")
    scales.rows["flag"] = "not asked"
    assert "cannot be said" in steady(scales)


def test_a_score_is_the_share_of_most_less_that_of_least(uk: Market) -> None:
    row = best_worst(uk, "theme_choice").estimates["1"].row
    shares = []
    for item in ("most", "least"):
        known = uk.respondents.status[f"theme_choice.{item}"].isin(["answered", "dont_know"]).to_numpy()
        chosen = (uk.respondents.answers[f"theme_choice.{item}"].astype(float) == 1)[known]
        shares.append(np.average(chosen, weights=uk.design.weights[known]))
    assert row["estimate"] == pytest.approx(shares[0] - shares[1])
    assert row["unit"] == "points"


def test_the_lead_is_the_first_score_less_the_second(uk: Market) -> None:
    found = best_worst(uk, "theme_choice")
    scores = sorted(found.estimates.rows["estimate"], reverse=True)
    assert found.lead.estimate == pytest.approx(scores[0] - scores[1])
    assert found.level == pytest.approx(1 - 0.05 / 9)
    clear = found.lead.interval(found.level)[0] > 0
    assert (found.margin == "by a clear margin") is clear
