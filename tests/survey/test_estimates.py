"""Weighted shares, means and ratios where R has no answer, their bases, and what is left untouched.

Golden numbers: tests/survey/test_golden.py. Intervals of shares: tests/survey/test_intervals.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey.referee import golden

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import COLUMNS, means, ratios, share_covariance, shares

ITEMS = ["abandon", "social", "sup_email"]


def test_missing_answers_are_outside_the_base(sim, sim_design):
    """`social` was asked of the 2,611 buyers; the base is theirs, as is the weight (sim.csv)."""
    row = shares(sim_design, sim[["social"]]).loc["social"]
    assert row["unweighted_base"] == 2611
    assert row["weighted_base"] == pytest.approx(sim.loc[sim["social"].notna(), "w"].sum(), rel=1e-12)


def test_the_bases_of_the_file_agree_with_r(sim, sim_design):
    row = shares(sim_design, sim[["abandon"]]).loc["abandon"]
    expected = golden("sim-estimates").sort_index()["sim", "weights"]
    np.testing.assert_allclose(row[["weighted_base", "effective_base"]], expected[["sum", "kish_n_eff"]], rtol=1e-12)


def test_items_of_several_bases_are_each_estimated_on_their_own(sim, sim_design):
    together = shares(sim_design, sim[ITEMS])
    apart = pd.concat([shares(sim_design, sim[[item]]) for item in ITEMS])
    pd.testing.assert_frame_equal(together, apart, rtol=1e-12)
    assert together["unweighted_base"].tolist() == [3000, 2611, 3000]


def test_a_simple_random_sample_has_the_textbook_error_and_a_design_effect_of_one():
    """se^2 = p (1 - p) / (n - 1), Cochran 1977, eq. 3.12, without finite population."""
    answers = pd.DataFrame({"yes": [1.0] * 30 + [0.0] * 70})
    row = shares(SurveyDesign(np.ones(100)), answers).loc["yes"]
    assert row["std_error"] == pytest.approx((0.3 * 0.7 / 99) ** 0.5, rel=1e-12)
    assert row["design_effect"] == pytest.approx(1, rel=1e-12)


def test_the_mean_of_a_simple_random_sample_has_the_textbook_error():
    """s / sqrt(n), Cochran 1977, eq. 2.20."""
    values = pd.DataFrame({"y": [3.0, 1, 4, 1, 5, 9, 2, 6]})
    row = means(SurveyDesign(np.ones(8)), values).loc["y"]
    assert row["std_error"] == pytest.approx(values["y"].std() / 8**0.5, rel=1e-12)
    assert row["design_effect"] == pytest.approx(1, rel=1e-12)


def test_a_mean_of_1_and_0_is_a_share_but_for_its_interval(sim, sim_design):
    columns = [name for name in COLUMNS if name not in ("conf_low", "conf_high")]
    found, expected = (estimate(sim_design, sim[ITEMS])[columns] for estimate in (means, shares))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


def test_a_ratio_to_one_is_a_mean(sim, sim_design):
    of_one = ratios(sim_design, sim[["sat"]], sim[["sat"]] * 0 + 1)
    pd.testing.assert_frame_equal(of_one, means(sim_design, sim[["sat"]]), rtol=1e-9)


def test_one_denominator_serves_all_numerators(sim, sim_design):
    items = ["sup_email", "sup_phone"]
    below = sim[items].sum(axis=1).to_frame("named")
    together = ratios(sim_design, sim[items], below)
    apart = pd.concat([ratios(sim_design, sim[[item]], below) for item in items])
    pd.testing.assert_frame_equal(together, apart, rtol=1e-12)
    assert together["estimate"].sum() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("empty", [np.zeros(40), np.full(40, np.nan)])
def test_a_ratio_to_nothing_has_no_estimate(empty):
    above, below = pd.DataFrame({"y": np.ones(40)}), pd.DataFrame({"x": empty})
    row = ratios(SurveyDesign(np.ones(40)), above, below).loc["y"]
    assert row[["estimate", "conf_low", "conf_high", "design_effect"]].isna().all()


def test_an_empty_base_has_no_mean():
    row = means(SurveyDesign(np.ones(3)), pd.DataFrame({"y": [np.nan] * 3})).loc["y"]
    assert row[["estimate", "conf_low", "conf_high", "design_effect"]].isna().all()
    assert row["unweighted_base"] == 0


def test_the_covariance_has_the_errors_of_the_shares_on_its_diagonal(sim, sim_design):
    young = (sim["age"] == "18-34").to_numpy()
    estimates, covariance = share_covariance(sim_design, sim[ITEMS], domain=young)
    rows = shares(sim_design, sim[ITEMS], domain=young)
    np.testing.assert_allclose(estimates, rows["estimate"], rtol=1e-12)
    np.testing.assert_allclose(np.diag(covariance), rows["std_error"] ** 2, rtol=1e-12)


def test_columns_come_in_the_order_every_reader_expects(sim, sim_design):
    rows = shares(sim_design, sim[ITEMS])
    assert (list(rows.columns), list(rows.index)) == (COLUMNS, ITEMS)


@pytest.mark.parametrize("estimate", [shares, means, lambda *given, **named: ratios(*given, given[1], **named)])
def test_estimates_leave_answers_weights_and_domain_unchanged(sim, estimate):
    answers, weights, mask = sim[ITEMS].copy(), sim["w"].to_numpy(copy=True), (sim["age"] == "18-34").to_numpy()
    before = answers.copy(), weights.copy(), mask.copy()
    estimate(SurveyDesign(weights), answers, domain=mask)
    pd.testing.assert_frame_equal(answers, before[0])
    assert (weights == before[1]).all()
    assert (mask == before[2]).all()


def test_shares_from_sums_by_stratum_are_those_of_the_covariance(sim, sim_design):
    """The same design with PSUs declared one a respondent takes the full computation."""
    items = ["abandon", "sup_email", "sup_phone", "sup_rare"]
    full = replace(sim_design, psus=np.arange(len(sim)))
    pd.testing.assert_frame_equal(shares(sim_design, sim[items]), shares(full, sim[items]), rtol=1e-9)
    young = (sim["age"] == "18-34").to_numpy()
    found, expected = (shares(design, sim[items], domain=young) for design in (sim_design, full))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)


def test_values_that_are_no_yes_or_no_do_not_go_by_patterns_of_answers(sim, sim_design):
    part = pd.DataFrame({"part": sim["sup_email"] * 0.5, "other": sim["sup_phone"]})
    row = shares(sim_design, part).loc["part"]
    whole = shares(sim_design, sim[["sup_email"]]).loc["sup_email"]
    assert row["estimate"] == pytest.approx(whole["estimate"] / 2, rel=1e-12)
    assert row["std_error"] == pytest.approx(whole["std_error"] / 2, rel=1e-9)
