"""Differences of overlapping domains, of items and of separate samples, and averages of samples.

Golden numbers: tests/golden/sim-estimates.R (R survey on sim.csv) unless a test cites a formula.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.survey.compare import Difference, average, average_difference, difference, separate_difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares

RELATIVE = 1e-9
MARKETS = ["DE", "FR", "UK"]


@pytest.fixture(scope="module")
def by_market(sim):
    """`abandon` in each market, from a design of that market's respondents alone."""
    rows = []
    for code in MARKETS:
        own = sim[sim["market"] == code]
        design = SurveyDesign(own["w"], strata=pd.factorize(own["stratum"])[0])
        rows.append(shares(design, own[["abandon"]]).iloc[0].rename(code))
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def young_less_older(sim, sim_design):
    young = sim["age"] == "18-34"
    return difference(sim_design, sim["abandon"].where(young), sim["abandon"].where(~young))


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=RELATIVE)


def test_a_contrast_of_two_items_of_one_question_uses_their_covariance(sim, sim_design, in_sim):
    found = difference(sim_design, sim["sup_email"], sim["sup_phone"])
    assert_close([found.estimate, found.std_error], in_sim("sim", "mr:contrast_email-phone")[["est", "se"]])


def test_the_contrast_of_two_items_follows_from_rs_covariance_matrix(sim, sim_design, in_sim):
    """Var(a - b) = Var a + Var b - 2 Cov(a, b), for every pair of the question's items."""
    covariance = in_sim("sim", "mr:cov")
    for pair in covariance.index:
        first, second = pair.split("|")
        found = difference(sim_design, sim[first], sim[second])
        variance = covariance[f"{first}|{first}"] + covariance[f"{second}|{second}"] - 2 * covariance[pair]
        np.testing.assert_allclose(found.std_error**2, variance, rtol=RELATIVE, atol=1e-18)


def test_18_to_34_against_the_rest_agrees_with_svyttest(young_less_older, in_sim):
    expected = in_sim("sim", "svyttest:abandon~age1834")
    assert_close(young_less_older.estimate, expected["est"])
    assert_close(young_less_older.estimate / young_less_older.std_error, expected["t"])


def test_p_value_and_interval_are_t_on_the_designs_degrees_of_freedom(young_less_older, in_sim):
    expected = in_sim("sim", "degf:abandon~age1834")
    assert_close(young_less_older.p_value, expected["p"])
    assert_close(young_less_older.interval(), expected[["lo", "hi"]])


def test_18_to_34_against_everybody_allows_for_the_overlap(sim, sim_design, in_sim):
    found = difference(sim_design, sim["abandon"].where(sim["age"] == "18-34"), sim["abandon"])
    assert_close([found.estimate, found.std_error], in_sim("sim", "overlap_abandon:age1834-all")[["est", "se"]])


def test_two_markets_of_one_file_agree_with_r(sim, sim_design, in_sim):
    found = difference(sim_design, *(sim["abandon"].where(sim["market"] == code) for code in ("FR", "UK")))
    assert_close([found.estimate, found.std_error], in_sim("sim", "pair_abandon:FR-UK")[["diff", "se"]])


def test_two_markets_from_files_of_their_own_give_the_same_difference(sim, sim_design, by_market):
    together = difference(sim_design, *(sim["abandon"].where(sim["market"] == code) for code in ("FR", "UK")))
    apart = separate_difference(by_market.loc["FR"], by_market.loc["UK"])
    assert_close([apart.estimate, apart.std_error], [together.estimate, together.std_error])
    assert (apart.degrees_of_freedom, apart.unweighted_base) == (896 + 1096, 900)  # sim-estimates.csv, degf; sim.csv


def test_a_difference_of_one_design_has_the_degrees_of_freedom_of_both_domains(sim, sim_design):
    """FR has 900 respondents in 4 strata, UK 1100 in 4 (sim.csv)."""
    found = difference(sim_design, *(sim["abandon"].where(sim["market"] == code) for code in ("FR", "UK")))
    assert found.degrees_of_freedom == 2000 - 8


def test_the_base_of_a_difference_is_the_smaller_one(sim, sim_design):
    found = difference(sim_design, sim["abandon"].where(sim["age"] == "18-34"), sim["abandon"])
    assert found.unweighted_base == (sim["age"] == "18-34").sum()


def test_a_share_does_not_differ_from_itself(sim, sim_design):
    found = difference(sim_design, sim["abandon"], sim["abandon"])
    assert (found.estimate, found.std_error, found.p_value) == (0, 0, 1)


def test_swapping_the_two_turns_the_sign_alone(sim, sim_design):
    there = difference(sim_design, sim["sup_email"], sim["sup_phone"])
    back = difference(sim_design, sim["sup_phone"], sim["sup_email"])
    assert (back.estimate, back.std_error) == (-there.estimate, there.std_error)


def test_a_wider_confidence_level_gives_a_wider_interval():
    """0.1 +- qt(0.995, 60) * 0.04, with qt(0.995, 60) = 2.6602830 (any t table)."""
    low, high = Difference(0.1, 0.04, 60, 61).interval(0.99)
    assert (low, high) == pytest.approx((0.1 - 2.6602830 * 0.04, 0.1 + 2.6602830 * 0.04), abs=1e-8)


def test_the_average_counts_each_market_alike_and_agrees_with_svycontrast(by_market, in_sim):
    found = average(by_market)
    assert_close(found[["estimate", "std_error"]].to_numpy(float), in_sim("sim", "average_abandon")[["est", "se"]])


def test_the_average_adds_up_bases_and_degrees_of_freedom(by_market):
    """3,000 respondents, 12 strata (sim.csv)."""
    found = average(by_market)
    assert (found["unweighted_base"], found["degrees_of_freedom"]) == (3000, 3000 - 12)


def test_the_average_of_markets_has_the_effective_base_of_their_pooled_respondents(sim, by_market):
    """Kish's formula on all weights, after each market's were scaled to the same total."""
    scaled = sim["w"] / sim.groupby("market")["w"].transform("sum")
    assert_close(average(by_market)["effective_base"], scaled.sum() ** 2 / (scaled**2).sum())


def test_an_average_difference_is_the_mean_over_independent_samples():
    """(0.1 + 0.3) / 2, and sqrt(0.03^2 + 0.04^2) / 2: variances of independent samples add."""
    found = average_difference([Difference(0.1, 0.03, 40, 50), Difference(0.3, 0.04, 60, 70)])
    assert_close([found.estimate, found.std_error, found.degrees_of_freedom], [0.2, 0.025, 100])


def test_a_difference_leaves_its_inputs_unchanged(sim, sim_design):
    first, second = sim["abandon"].where(sim["age"] == "18-34"), sim["abandon"].copy()
    before = first.copy(), second.copy()
    difference(sim_design, first, second)
    pd.testing.assert_series_equal(first, before[0])
    pd.testing.assert_series_equal(second, before[1])
