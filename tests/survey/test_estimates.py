"""Weighted shares, their errors, bases and intervals.

Golden numbers: tests/golden/sim-estimates.R (R survey on sim.csv) unless a test cites a formula.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import COLUMNS, logit_interval, shares

RELATIVE = 1e-9
ITEMS = ["abandon", "social", "sup_email"]
SUPPORT = ["sup_email", "sup_phone", "sup_chat", "sup_social", "sup_faq", "sup_rare", "sup_none"]
MARKETS = ["DE", "FR", "UK"]
DOMAINS = ["", *(f"_{code}" for code in MARKETS), "_age1834", *(f"_{code}_age1834" for code in MARKETS)]


def domain_of(sim, name):
    """The mask that sim-estimates.R calls `sim` + name: one market, 18-34, both or neither."""
    mask = np.ones(len(sim), dtype=bool)
    if name.endswith("_age1834"):
        mask &= (sim["age"] == "18-34").to_numpy()
    code = name.removesuffix("_age1834").removeprefix("_")
    return mask & (sim["market"] == code).to_numpy() if code else mask


def assert_agrees(row, expected):
    np.testing.assert_allclose(row[expected.index].to_numpy(float), expected, rtol=RELATIVE)


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("name", DOMAINS)
def test_shares_agree_with_r_in_total_by_market_and_in_age_domains(sim, sim_design, in_sim, name, item):
    row = shares(sim_design, sim[[item]], domain=domain_of(sim, name)).loc[item]
    assert_agrees(row, in_sim.share(f"sim{name}", item))


@pytest.mark.parametrize("item", [*ITEMS, "sup_rare"])
def test_shares_agree_with_r_without_strata(sim, in_sim, item):
    assert_agrees(shares(SurveyDesign(sim["w"]), sim[[item]]).loc[item], in_sim.share("sim_nostrat", item))


def test_a_rare_share_agrees_with_r(sim, sim_design, in_sim):
    assert_agrees(shares(sim_design, sim[["sup_rare"]]).loc["sup_rare"], in_sim.share("sim", "sup_rare"))


def test_another_confidence_level_agrees_with_r(sim, sim_design, in_sim):
    row = shares(sim_design, sim[["abandon"]], confidence_level=0.90).loc["abandon"]
    assert_agrees(row, in_sim.share("sim_level90", "abandon"))


def test_every_market_by_age_agrees_with_r(sim, sim_design, in_sim):
    expected = in_sim("sim", "svyby:abandon~market+age:est"), in_sim("sim", "svyby:abandon~market+age:se")
    for cell in expected[0].index:
        code, age = cell.split(" ")
        mask = ((sim["market"] == code) & (sim["age"] == age)).to_numpy()
        row = shares(sim_design, sim[["abandon"]], domain=mask).loc["abandon"]
        np.testing.assert_allclose(row[["estimate", "std_error"]], [one[cell] for one in expected], rtol=RELATIVE)


def test_multiple_response_items_agree_with_r_on_everyone_asked(sim, sim_design, in_sim):
    rows = shares(sim_design, sim[SUPPORT])
    np.testing.assert_allclose(rows["estimate"], in_sim("sim", "mr:est")[SUPPORT], rtol=RELATIVE)
    np.testing.assert_allclose(rows["std_error"], in_sim("sim", "mr:se")[SUPPORT], rtol=RELATIVE)


def test_multiple_response_items_agree_with_r_on_those_with_any_answer(sim, sim_design, in_sim):
    rows = shares(sim_design, sim[SUPPORT], domain=(sim["sup_none"] == 0).to_numpy())
    np.testing.assert_allclose(rows["estimate"], in_sim("sim", "mr_base_any:est")[SUPPORT], rtol=RELATIVE)
    np.testing.assert_allclose(rows["std_error"], in_sim("sim", "mr_base_any:se")[SUPPORT], rtol=RELATIVE)


def test_missing_answers_are_outside_the_base(sim, sim_design):
    """`social` was asked of the 2,611 buyers; the base is theirs, as is the weight (sim.csv)."""
    row = shares(sim_design, sim[["social"]]).loc["social"]
    assert row["unweighted_base"] == 2611
    assert row["weighted_base"] == pytest.approx(sim.loc[sim["social"].notna(), "w"].sum(), rel=1e-12)


def test_the_effective_base_of_the_file_agrees_with_r(sim, sim_design, in_sim):
    row = shares(sim_design, sim[["abandon"]]).loc["abandon"]
    expected = in_sim("sim", "weights")
    np.testing.assert_allclose(row[["weighted_base", "effective_base"]], expected[["sum", "kish_n_eff"]], rtol=RELATIVE)


def test_a_simple_random_sample_has_the_textbook_error_and_a_design_effect_of_one():
    """se^2 = p (1 - p) / (n - 1), Cochran 1977, eq. 3.12, without finite population."""
    answers = pd.DataFrame({"yes": [1.0] * 30 + [0.0] * 70})
    row = shares(SurveyDesign(np.ones(100)), answers).loc["yes"]
    assert row["std_error"] == pytest.approx((0.3 * 0.7 / 99) ** 0.5, rel=1e-12)
    assert row["design_effect"] == pytest.approx(1, rel=1e-12)


def small_group(values, base):
    """A base within 200 respondents of unequal weights, and the row of its share."""
    weights = np.linspace(0.5, 2, 200)
    return shares(SurveyDesign(weights), pd.DataFrame({"item": values}), domain=np.arange(200) < base).loc["item"]


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("base", [1, 2, 30, 200])
def test_a_share_of_0_or_100_percent_never_has_an_interval_of_zero_width(share, base):
    row = small_group(np.full(200, share), base)
    assert row["estimate"] == share
    assert 0 <= row["conf_low"] <= share <= row["conf_high"] <= 1
    assert row["conf_high"] - row["conf_low"] > 0.01


@pytest.mark.parametrize("base", [1, 30, 200])
def test_the_interval_of_0_percent_is_clopper_pearsons_on_the_effective_base(base):
    """Upper end 1 - (alpha / 2)^(1 / n), n Kish's effective base; Clopper and Pearson 1934 with 0 hits."""
    weights = np.linspace(0.5, 2, 200)[:base]
    row = small_group(np.zeros(200), base)
    expected = 1 - 0.025 ** (1 / (weights.sum() ** 2 / (weights**2).sum()))
    assert row["conf_high"] == pytest.approx(expected, rel=1e-9)


def test_the_interval_of_100_percent_mirrors_that_of_0_percent():
    nobody, all_of_them = small_group(np.zeros(200), 30), small_group(np.ones(200), 30)
    assert all_of_them["conf_low"] == pytest.approx(1 - nobody["conf_high"], rel=1e-12)


def test_an_empty_base_has_no_estimate_no_interval_and_a_base_of_0():
    row = small_group(np.ones(200), 0)
    assert row[["estimate", "conf_low", "conf_high", "design_effect"]].isna().all()
    assert (row[["unweighted_base", "weighted_base", "effective_base"]] == 0).all()


def test_the_logit_interval_is_symmetric_on_the_logit_scale():
    """logit(p) +- t se / (p (1 - p)), R survey's svyciprop(method = "xlogit")."""
    row = {"estimate": [0.2], "std_error": [0.03], "degrees_of_freedom": [40], "effective_base": [100]}
    (low,), (high,) = logit_interval(pd.DataFrame(row), 0.95)
    middle = (np.log(low / (1 - low)) + np.log(high / (1 - high))) / 2
    assert middle == pytest.approx(np.log(0.2 / 0.8), rel=1e-12)


def test_columns_come_in_the_order_every_reader_expects(sim, sim_design):
    rows = shares(sim_design, sim[ITEMS])
    assert (list(rows.columns), list(rows.index)) == (COLUMNS, ITEMS)


def test_shares_leave_answers_weights_and_domain_unchanged(sim):
    answers, weights, mask = sim[ITEMS].copy(), sim["w"].to_numpy(copy=True), (sim["age"] == "18-34").to_numpy()
    before = answers.copy(), weights.copy(), mask.copy()
    shares(SurveyDesign(weights), answers, domain=mask)
    pd.testing.assert_frame_equal(answers, before[0])
    assert (weights == before[1]).all()
    assert (mask == before[2]).all()
