"""Differences of overlapping domains, of items and of separate samples, and averages of samples.

Golden numbers: tests/survey/test_golden.py; here, what follows from them, and formulas.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from survey.datasets import of_strata
from survey.referee import golden

from analysis.survey.compare import (
    Difference,
    adjusted,
    average,
    average_difference,
    contrasts,
    difference,
    difference_from_average,
    pairwise,
    separate_difference,
)
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares

RELATIVE = 1e-9
MARKETS = ["DE", "FR", "UK"]


@pytest.fixture(scope="module")
def by_market(sim):
    """`abandon` in each market, from a design of that market's respondents alone."""
    files = {code: sim[sim["market"] == code] for code in MARKETS}
    return pd.DataFrame({code: shares(of_strata(own), own[["abandon"]]).iloc[0] for code, own in files.items()}).T


def assert_close(found, expected):
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=RELATIVE)


def test_the_contrast_of_two_items_follows_from_rs_covariance_matrix(sim, sim_design):
    """Var(a - b) = Var a + Var b - 2 Cov(a, b), for every pair of the question's items."""
    covariance = golden("sim-estimates").sort_index()["sim", "mr:cov"]
    for pair in covariance.index:
        first, second = pair.split("|")
        found = difference(sim_design, sim[first], sim[second])
        variance = covariance[f"{first}|{first}"] + covariance[f"{second}|{second}"] - 2 * covariance[pair]
        np.testing.assert_allclose(found.std_error**2, variance, rtol=RELATIVE, atol=1e-18)


def test_two_markets_from_files_of_their_own_give_the_same_difference(sim, sim_design, by_market):
    together = difference(sim_design, *(sim["abandon"].where(sim["market"] == code) for code in ("FR", "UK")))
    apart = separate_difference(by_market.loc["FR"], by_market.loc["UK"])
    assert_close([apart.estimate, apart.std_error], [together.estimate, together.std_error])
    assert (apart.degrees_of_freedom, apart.unweighted_base) == (896 + 1096, 900)  # sim-estimates.csv, degf; sim.csv


def test_a_difference_has_the_degrees_of_freedom_of_the_design_or_of_a_domain_of_it(sim, sim_design):
    """3,000 respondents in 12 strata; FR has 900 in 4, UK 1100 in 4 (sim.csv)."""
    pair = [sim["abandon"].where(sim["market"] == code) for code in ("FR", "UK")]
    assert difference(sim_design, *pair).degrees_of_freedom == 3000 - 12
    both = sim["market"].isin(["FR", "UK"]).to_numpy()
    assert difference(sim_design, *pair, domain=both).degrees_of_freedom == 2000 - 8


def test_the_base_of_a_difference_is_the_smaller_one(sim, sim_design):
    found = difference(sim_design, sim["abandon"].where(sim["age"] == "18-34"), sim["abandon"])
    assert found.unweighted_base == (sim["age"] == "18-34").sum()


def test_a_share_does_not_differ_from_itself(sim, sim_design):
    found = difference(sim_design, sim["abandon"], sim["abandon"])
    assert (found.estimate, found.std_error, found.p_value) == (0, 0, 1)


def test_where_nobody_varies_there_is_no_error_in_any_order_of_the_rows():
    """0 % of one group against 100 % of another: sums may leave 1e-17, and the p-value is 0 with or without."""
    rng = np.random.default_rng(20120217)
    weights, group = rng.lognormal(0, 0.5, 60), np.arange(60) < 25
    for _ in range(5):
        order = rng.permutation(60)
        answers = pd.Series(group[order].astype(float))
        design = SurveyDesign(weights[order])
        found = difference(design, answers.where(group[order]), answers.where(~group[order]))
        assert (found.estimate, found.std_error, found.p_value) == (pytest.approx(1), 0, 0)


def test_a_difference_from_nobody_has_no_p_value(sim, sim_design):
    nobody = sim["abandon"].where(sim["market"] == "nowhere")
    for pair in ((sim["abandon"], nobody), (nobody, nobody)):
        found = difference(sim_design, *pair)
        assert np.isnan([found.estimate, found.p_value]).all()
        assert found.unweighted_base == 0


def test_swapping_the_two_turns_the_sign_alone(sim, sim_design):
    there = difference(sim_design, sim["sup_email"], sim["sup_phone"])
    back = difference(sim_design, sim["sup_phone"], sim["sup_email"])
    assert (back.estimate, back.std_error) == (-there.estimate, there.std_error)


def test_a_wider_confidence_level_gives_a_wider_interval():
    """0.1 +- qt(0.995, 60) * 0.04, with qt(0.995, 60) = 2.6602830 (any t table)."""
    low, high = Difference(0.1, 0.04, 60, 61).interval(0.99)
    assert (low, high) == pytest.approx((0.1 - 2.6602830 * 0.04, 0.1 + 2.6602830 * 0.04), abs=1e-8)


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


def test_an_average_by_population_counts_each_sample_by_its_part():
    """(3 x .2 + 1 x .4) / 4, and the errors in the same parts."""
    rows = pd.DataFrame({"estimate": [0.2, 0.4], "std_error": [0.03, 0.04], "unweighted_base": [100, 100]})
    rows = rows.assign(degrees_of_freedom=99, weighted_base=100.0, effective_base=[90.0, 80.0])
    found = average(rows, [3, 1])
    assert_close(found["estimate"], 0.25)
    assert_close(found["std_error"], np.hypot(0.75 * 0.03, 0.25 * 0.04))
    assert_close(found["effective_base"], 1 / (0.75**2 / 90 + 0.25**2 / 80))
    gaps = [Difference(0.2, 0.03, 99, 100), Difference(0.4, 0.04, 99, 100)]
    pooled = average_difference(gaps, [3, 1])
    assert_close([pooled.estimate, pooled.std_error], found[["estimate", "std_error"]])


@pytest.mark.parametrize("populations", [None, [82, 65, 64]])
def test_a_market_against_the_average_of_all_is_the_contrast_of_one_file(sim, sim_design, by_market, populations):
    """In one design: p_k less the sum of a_j p_j, its own part included."""
    parts = np.full(3, 1 / 3) if populations is None else np.array(populations) / sum(populations)
    groups = pd.DataFrame({code: sim["abandon"].where(sim["market"] == code) for code in MARKETS})
    rows = [by_market.loc[code] for code in MARKETS]
    for place, expected in enumerate(contrasts(sim_design, groups, np.eye(3) - parts)):
        found = difference_from_average(rows, place, populations)
        assert_close([found.estimate, found.std_error], [expected.estimate, expected.std_error])
        assert found.degrees_of_freedom == expected.degrees_of_freedom
        assert found.unweighted_base == rows[place]["unweighted_base"]


def test_pairwise_is_every_difference_of_two_columns(sim, sim_design):
    """Groups that overlap too: 18-34 is a part of all."""
    young = sim["age"] == "18-34"
    groups = pd.DataFrame({"young": sim["abandon"].where(young), "older": sim["abandon"].where(~young)})
    groups["all"] = sim["abandon"]
    found = pairwise(sim_design, groups)
    assert list(found) == [("young", "older"), ("young", "all"), ("older", "all")]
    for (first, second), gap in found.items():
        alone = difference(sim_design, groups[first], groups[second])
        assert_close([gap.estimate, gap.std_error], [alone.estimate, alone.std_error])
        assert gap.unweighted_base == alone.unweighted_base


def test_one_column_has_no_pairs(sim, sim_design):
    assert pairwise(sim_design, sim[["abandon"]]) == {}


@pytest.mark.parametrize("method", ["holm", "benjamini_hochberg"])
def test_a_test_that_was_not_made_stays_so_and_does_not_count(method):
    p = np.array([0.04, np.nan, 0.01, np.nan, 0.02])
    found = adjusted(p, method)
    assert np.isnan(found).tolist() == [False, True, False, True, False]
    np.testing.assert_array_equal(found[~np.isnan(p)], adjusted(p[~np.isnan(p)], method))


def test_adjusted_p_values_never_sink_below_the_given_nor_rise_above_1():
    p = np.random.default_rng(1).random(40) ** 2
    for method in ("holm", "benjamini_hochberg"):
        assert (adjusted(p, method) >= p).all()
        assert adjusted(np.full(5, 0.9), method).max() <= 1


def test_no_adjustment_keeps_the_p_values_in_an_array_of_their_own():
    p = np.array([0.2, np.nan, 0.01])
    found = adjusted(p, "none")
    np.testing.assert_array_equal(found, p)
    found[0] = 9
    assert p[0] == 0.2


@pytest.mark.parametrize("p", [np.array([]), np.array([np.nan, np.nan])])
def test_no_tests_have_nothing_to_adjust(p):
    np.testing.assert_array_equal(adjusted(p), p)


def test_a_difference_leaves_its_inputs_unchanged(sim, sim_design):
    first, second = sim["abandon"].where(sim["age"] == "18-34"), sim["abandon"].copy()
    before = first.copy(), second.copy()
    difference(sim_design, first, second)
    pd.testing.assert_series_equal(first, before[0])
    pd.testing.assert_series_equal(second, before[1])


def test_an_interaction_is_the_contrast_of_four_domains_as_in_r(sim, sim_design):
    """How much farther apart buyers and others are among men than among women (tests/golden/verdicts.R)."""
    cells = [(1, "m"), (0, "m"), (1, "f"), (0, "f")]
    masks = [(sim["buyer"] == buyer) & (sim["sex"] == sex) for buyer, sex in cells]
    columns = pd.concat([sim["sup_email"].where(mask) for mask in masks], axis=1)
    found = contrasts(sim_design, columns, np.array([[1.0, -1.0, -1.0, 1.0]]))[0]
    expected = golden("verdicts").sort_index()["verdicts", "interaction"]
    assert_close([found.estimate, found.std_error], expected[["estimate", "std_error"]])
