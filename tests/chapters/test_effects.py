"""What goes with what: slopes and penalties are those of a regression fitted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import Market, penalty_reward, slopes, uneven
from analysis.survey.models import regression

SATISFACTION = {"question": "satisfaction", "mean": True}
KNOWLEDGE = {name: {"question": "themes", "item": name, "mean": True} for name in ("kno2", "kno3")}


def numbers(uk: Market, *variables: str) -> pd.DataFrame:
    return uk.respondents.answers[list(variables)].astype(float)


def least_squares(weights: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    root = np.sqrt(weights)
    return np.linalg.lstsq(root[:, None] * x, root * y, rcond=None)[0]


def test_the_slope_of_a_mean_is_weighted_least_squares(uk: Market) -> None:
    row = slopes(uk, {"Recommend": {"question": "recommend", "mean": True}}, SATISFACTION, of="one").rows.iloc[0]
    given = numbers(uk, "recommend", "satisfaction")
    inside = given.notna().all(axis=1).to_numpy()
    y, x = given[inside].to_numpy().T
    expected = least_squares(uk.design.weights[inside], y, np.column_stack([np.ones(len(x)), x]))[1]
    assert row["estimate"] == pytest.approx(expected)
    assert row["unit"] == "gap" and row["unweighted_base"] == inside.sum()


def test_the_slope_of_a_share_is_the_average_slope_of_the_logit(uk: Market) -> None:
    """Mean over respondents of b p (1 - p), with p and b of the fitted logit."""
    row = slopes(uk, {"Switched": {"question": "switched", "answer": 1}}, SATISFACTION, of="one").rows.iloc[0]
    x, known = numbers(uk, "satisfaction")["satisfaction"], uk.respondents.status["switched"]
    y = (numbers(uk, "switched")["switched"] == 1).astype(float).where(known.isin(["answered", "dont_know"]))
    model = regression(uk.design, y, pd.DataFrame({"x": x}))
    intercept, slope = model.coefficients["estimate"]
    inside = (x.notna() & y.notna()).to_numpy()
    p = 1 / (1 + np.exp(-(intercept + slope * x[inside])))
    assert row["estimate"] == pytest.approx(np.average(slope * p * (1 - p), weights=uk.design.weights[inside]))
    assert row["unit"] == "points"


def test_a_domain_limits_the_model(uk: Market) -> None:
    outcome = {"Recommend": {"question": "recommend", "mean": True}}
    everybody = slopes(uk, outcome, SATISFACTION, of="one").rows.iloc[0]
    women = slopes(uk, outcome, SATISFACTION, of="one", domain={"sex": 2}).rows.iloc[0]
    assert 0 < women["unweighted_base"] < everybody["unweighted_base"]


def test_penalty_and_reward_are_the_dummies_of_one_regression(uk: Market) -> None:
    found = penalty_reward(uk, SATISFACTION, KNOWLEDGE, low=(1, 2, 3), high=(6, 7)).rows
    given = numbers(uk, "satisfaction", "themes.kno2", "themes.kno3")
    inside = given.notna().all(axis=1).to_numpy()
    y, one, other = given[inside].to_numpy().T
    x = np.column_stack([np.ones(len(y)), one <= 3, one >= 6, other <= 3, other >= 6])
    expected = least_squares(uk.design.weights[inside], y, x.astype(float))[1:]
    assert found["estimate"].to_numpy() == pytest.approx(expected)
    assert list(found["domain"]) == ["penalty", "reward"] * 2
    assert list(found["unweighted_base"]) == [
        (one <= 3).sum(),
        (one >= 6).sum(),
        (other <= 3).sum(),
        (other >= 6).sum(),
    ]


def test_asymmetry_is_the_coefficient_of_their_sum(uk: Market) -> None:
    """b1 P + b2 R = (b1 + b2) P + b2 (R - P): the sum is a coefficient of its own."""
    found = penalty_reward(uk, SATISFACTION, {"kno2": KNOWLEDGE["kno2"]}, low=(1, 2, 3), high=(6, 7)).rows
    given = numbers(uk, "satisfaction", "themes.kno2")
    low, high = ((given["themes.kno2"] <= 3) * 1.0, (given["themes.kno2"] >= 6) * 1.0)
    turned = pd.DataFrame({"sum": low, "difference": high - low}).where(given.notna().all(axis=1))
    model = regression(uk.design, given["satisfaction"], turned, family="linear")
    expected = model.coefficients.loc[("sum", ""), "p_value"]
    assert found["p_asymmetry"].iloc[0] == pytest.approx(expected)


def test_a_title_claims_only_what_the_test_shows(uk: Market) -> None:
    found = penalty_reward(uk, SATISFACTION, KNOWLEDGE, low=(1, 2, 3), high=(6, 7))
    found.rows["p_asymmetry"] = [0.01, 0.01, 0.9, 0.9]
    found.rows["estimate"] = [-0.2, 0.9, -0.9, 0.1]
    assert uneven(found) == "kno2: a lack takes less than plenty gives"
    found.rows["p_asymmetry"] = 0.5
    assert uneven(found) == "A lack takes as much as plenty gives, as far as can be told"
