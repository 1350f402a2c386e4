"""Raking from unequal design weights, what weighting costs, and the errors of raked shares.

Golden numbers: tests/golden/sim-estimates.R, section "Raking one market" (R survey on sim.csv).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.survey.design import SurveyDesign, margin_matrix
from analysis.survey.estimates import shares
from analysis.survey.weights import given_weights, rake_survey

RELATIVE = 1e-8
TARGETS = {  # sim-estimates.R, `targets`, in percent
    "age": {"18-34": 27, "35-54": 33, "55+": 40},
    "sex": {"f": 51, "m": 49},
    "edu": {0: 30, 1: 45, 2: 25},
}


@pytest.fixture(scope="module")
def germany(sim):
    return sim[sim["market"] == "DE"].reset_index(drop=True)


@pytest.fixture(scope="module")
def raked(germany):
    return rake_survey(germany[list(TARGETS)], TARGETS, base_weights=germany["w"].to_numpy())


@pytest.fixture
def people():
    """Twelve people in every cell of two margins, of unequal weights inside each cell."""
    return pd.DataFrame(
        {
            "sex": ["f", "m"] * 6,
            "age": ["young", "young", "old", "old"] * 3,
            "w": [1, 2, 3, 4, 2, 1, 4, 3, 0.5, 5, 1.5, 2.5],
        }
    )


def reached(margin, weights):
    return pd.Series(weights).groupby(margin.to_numpy()).sum() / np.sum(weights)


def test_raked_weights_agree_with_rs_rake(germany, raked, raked_by_r):
    expected = raked_by_r[germany["id"]].to_numpy()  # they sum to 1000, one a respondent: mean 1 too
    np.testing.assert_allclose(raked.weights, expected, rtol=RELATIVE)


def test_weighted_margins_hit_their_targets(germany, raked):
    for name, target in TARGETS.items():
        np.testing.assert_allclose(reached(germany[name], raked.weights)[list(target)] * 100, list(target.values()))


def test_raked_weights_have_mean_one(raked):
    assert raked.weights.mean() == pytest.approx(1, rel=1e-14)


def test_raking_keeps_the_proportions_of_design_weights_inside_a_cell(germany, raked):
    """Every margin multiplies all of a cell alike (Deming and Stephan 1940, p. 439)."""
    factor = pd.Series(raked.weights / germany["w"])
    by_cell = factor.groupby([germany[name] for name in TARGETS])
    assert germany["w"].groupby([germany[name] for name in TARGETS]).nunique().min() > 1
    np.testing.assert_allclose(by_cell.max(), by_cell.min(), rtol=1e-12)


def test_equal_design_weights_are_the_default(people):
    targets = {"sex": {"f": 0.6, "m": 0.4}}
    by_default, alike = (
        rake_survey(people[["sex"]], targets, **given) for given in ({}, {"base_weights": np.full(12, 7.0)})
    )
    np.testing.assert_allclose(by_default.weights, alike.weights, rtol=1e-14)


def test_raking_one_margin_is_post_stratification(people):
    """w * target / weighted share of the level (Lumley 2010, 7.2)."""
    weights = rake_survey(people[["sex"]], {"sex": {"f": 60, "m": 40}}, base_weights=people["w"].to_numpy()).weights
    target = people["sex"].map({"f": 0.6, "m": 0.4}) / people["sex"].map(reached(people["sex"], people["w"]))
    np.testing.assert_allclose(weights, people["w"] * target / (people["w"] * target).mean(), rtol=1e-12)


def test_the_cost_of_weighting_is_kishs(raked, in_sim):
    expected = in_sim("sim_DE_rake", "rake:kish")
    np.testing.assert_allclose([raked.design_effect, raked.effective_base], expected[["deff", "n_eff"]], rtol=RELATIVE)


def test_efficiency_is_the_effective_base_over_the_base():
    """(1 + 2 + 3)^2 / (1 + 4 + 9) / 3, Kish 1965, 11.7."""
    weighting = given_weights(np.array([1.0, 2.0, 3.0]))
    assert weighting.efficiency == pytest.approx(36 / 14 / 3, rel=1e-14)
    assert (weighting.smallest, weighting.largest) == (0.5, 1.5)


def test_given_weights_are_scaled_to_mean_one():
    assert given_weights(np.array([10.0, 20.0, 30.0])).weights.tolist() == [0.5, 1, 1.5]


@pytest.mark.parametrize("item", ["abandon", "social", "sup_email"])
@pytest.mark.parametrize("domain", ["", "_age1834"])
@pytest.mark.parametrize("dataset", ["sim_DE_rake", "sim_DE_rake_strat"])
def test_errors_of_raked_shares_agree_with_rs_calibrate(germany, raked, in_sim, dataset, domain, item):
    """calibrate(calfun = "raking"): residuals from the margins, weighted by the design weights."""
    design = SurveyDesign(
        raked.weights,
        strata=pd.factorize(germany["stratum"])[0] if dataset.endswith("strat") else None,
        margins=margin_matrix(germany[list(TARGETS)]),
        base_weights=germany["w"],
    )
    mask = (germany["age"] == "18-34").to_numpy() if domain else None
    row = shares(design, germany[[item]], domain=mask).loc[item]
    expected = in_sim.share(f"{dataset}_calibrated{domain}", item)
    np.testing.assert_allclose(row[expected.index].to_numpy(float), expected, rtol=RELATIVE)


def test_an_empty_level_names_its_margin(people):
    targets = {"sex": {"f": 50, "m": 50}, "age": {"young": 40, "old": 40, "very old": 20}}
    with pytest.raises(JourneybookError, match="raking margin age: nobody has the level 'very old'") as caught:
        rake_survey(people[["sex", "age"]], targets)
    assert "sex" not in str(caught.value)


def test_a_level_whose_members_weigh_nothing_is_empty(people):
    weights = people["w"].where(people["sex"] == "f", 0).to_numpy()
    with pytest.raises(JourneybookError, match="raking margin sex: nobody has the level 'm'"):
        rake_survey(people[["sex"]], {"sex": {"f": 50, "m": 50}}, base_weights=weights)


def test_a_level_without_a_target_names_its_margin(people):
    with pytest.raises(JourneybookError, match="raking margin age: the level 'young' has no target"):
        rake_survey(people[["age"]], {"age": {"old": 100}})


def test_respondents_without_a_level_are_counted_and_their_margin_named(people):
    margins = people[["sex"]].where(people["w"] < 4)
    with pytest.raises(JourneybookError, match="raking margin sex: 3 respondents have no level"):
        rake_survey(margins, {"sex": {"f": 50, "m": 50}})


@pytest.mark.parametrize("target", [0, -10])
def test_a_target_must_be_above_zero(people, target):
    with pytest.raises(JourneybookError, match=rf"raking margin sex: the target of level 'm' is {target}\b"):
        rake_survey(people[["sex"]], {"sex": {"f": 100, "m": target}})


def test_targets_that_contradict_each_other_do_not_converge_and_name_a_margin():
    """All women are young here, so 60 % women and 50 % young cannot both be."""
    people = pd.DataFrame({"sex": ["f", "f", "m", "m"], "age": ["young", "young", "young", "old"]})
    targets = {"sex": {"f": 60, "m": 40}, "age": {"young": 50, "old": 50}}
    with pytest.raises(JourneybookError, match=r"raking margin (sex|age): raking did not converge") as caught:
        rake_survey(people, targets, base_weights=np.array([1.0, 2.0, 3.0, 4.0]))
    assert "contradict" in str(caught.value)


def test_every_problem_of_every_margin_comes_in_one_pass(people):
    targets = {"sex": {"f": 100}, "age": {"young": 40, "old": 40, "very old": 20}}
    with pytest.raises(JourneybookError) as caught:
        rake_survey(people[["sex", "age"]], targets)
    assert [problem.where for problem in caught.value.problems] == ["raking margin sex", "raking margin age"]
    assert caught.value.kind == "data"


@pytest.mark.parametrize("bad", [np.nan, -1.0])
def test_a_design_weight_that_is_missing_or_negative_is_refused_before_raking(people, bad):
    weights = people["w"].to_numpy(copy=True)
    weights[3] = bad
    with pytest.raises(JourneybookError, match="weight"):
        rake_survey(people[["sex"]], {"sex": {"f": 50, "m": 50}}, base_weights=weights)


def test_raking_leaves_margins_targets_and_design_weights_unchanged(people):
    margins, weights = people[["sex", "age"]].copy(), people["w"].to_numpy(copy=True)
    targets = {"sex": {"f": 51, "m": 49}, "age": {"young": 30, "old": 70}}
    rake_survey(margins, targets, base_weights=weights)
    pd.testing.assert_frame_equal(margins, people[["sex", "age"]])
    assert weights.tolist() == people["w"].tolist()
    assert targets == {"sex": {"f": 51, "m": 49}, "age": {"young": 30, "old": 70}}
