"""Raking, post-stratification, trimming, what weighting costs, and every way it can fail.

Golden numbers: tests/golden/sim-estimates.R, r-survey-sim.R and designs-weights.R, in tests/survey/test_golden.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from survey.datasets import BY_EDUCATION as TARGETS

from analysis.errors import JourneybookError
from analysis.survey.weights import given_weights, joint_margin, post_stratify, rake_survey, trim_weights


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


def test_efficiency_is_the_effective_base_over_the_base():
    """(1 + 2 + 3)^2 / (1 + 4 + 9) / 3, Kish 1965, 11.7."""
    weighting = given_weights(np.array([1.0, 2.0, 3.0]))
    assert weighting.efficiency == pytest.approx(36 / 14 / 3, rel=1e-14)
    assert (weighting.smallest, weighting.largest) == (0.5, 1.5)


def test_given_weights_are_scaled_to_mean_one():
    assert given_weights(np.array([10.0, 20.0, 30.0])).weights.tolist() == [0.5, 1, 1.5]


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


def test_targets_that_contradict_each_other_are_told_so_and_name_a_margin():
    """All women are young here, so 60 % women and 50 % young cannot both be."""
    people = pd.DataFrame({"sex": ["f", "f", "m", "m"], "age": ["young", "young", "young", "old"]})
    targets = {"sex": {"f": 60, "m": 40}, "age": {"young": 50, "old": 50}}
    with pytest.raises(JourneybookError, match=r"raking margin (sex|age): .*; the targets contradict each other"):
        rake_survey(people, targets, base_weights=np.array([1.0, 2.0, 3.0, 4.0]))


@pytest.mark.parametrize("shares", [(50, 49), (0.5, 0.49), (50, 51), (5, 5)])
def test_targets_that_do_not_sum_to_1_or_100_are_refused(people, shares):
    with pytest.raises(
        JourneybookError, match=r"raking margin sex: the targets sum to [\d.]+, not to 1 or 100; fix: give"
    ):
        rake_survey(people[["sex"]], {"sex": dict(zip("fm", shares, strict=True))})


def test_shares_as_printed_may_miss_100_by_their_rounding(people):
    weights = rake_survey(people[["sex"]], {"sex": {"f": 51.4, "m": 48.63}}).weights
    assert reached(people["sex"], weights)["f"] == pytest.approx(51.4 / 100.03, rel=1e-12)


def test_targets_that_only_just_agree_end_without_convergence():
    """The young men must nearly vanish: sweeps creep towards it, so that a thousand do not get there."""
    people = pd.DataFrame({"sex": ["f", "f", "m"], "age": ["young", "old", "young"]})
    targets = {"sex": {"f": 0.6, "m": 0.4}, "age": {"young": 0.4001, "old": 0.5999}}
    with pytest.raises(JourneybookError, match=r"raking margin \w+: raking did not converge in 1000 sweeps") as caught:
        rake_survey(people, targets)
    assert "fix: merge thin levels" in str(caught.value)


def test_every_failure_has_words_of_its_own(people):
    """One text for each: nobody at a level, no target, no level, a wrong sum, contradiction, target of 0."""
    margins = people[["sex"]]
    failures = {
        "empty": (margins, {"sex": {"f": 50, "m": 30, "x": 20}}),
        "unknown": (margins, {"sex": {"f": 100}}),
        "missing": (margins.where(people["w"] < 4), {"sex": {"f": 50, "m": 50}}),
        "sum": (margins, {"sex": {"f": 50, "m": 40}}),
        "zero": (margins, {"sex": {"f": 100, "m": 0}}),
    }
    texts = []
    for given in failures.values():
        with pytest.raises(JourneybookError) as caught:
            rake_survey(*given)
        assert caught.value.kind == "data"
        texts.append(str(caught.value))
        assert "fix:" in texts[-1]
    assert len(set(texts)) == len(failures)


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


def test_post_stratified_cells_hit_their_targets(people):
    cells = {("f", "young"): 10, ("f", "old"): 40, ("m", "young"): 30, ("m", "old"): 20}
    weights = post_stratify(people[["sex", "age"]], cells, base_weights=people["w"].to_numpy()).weights
    found = pd.Series(weights).groupby([people["sex"], people["age"]]).sum() / weights.sum()
    np.testing.assert_allclose([found[cell] * 100 for cell in cells], list(cells.values()), rtol=1e-12)
    by_cell = pd.Series(weights / people["w"]).groupby([people["sex"], people["age"]])
    np.testing.assert_allclose(by_cell.max(), by_cell.min(), rtol=1e-12)


def test_a_cell_of_nobody_names_the_joint_margin(people):
    cells = {("f", "young"): 50, ("m", "young"): 30, ("m", "old"): 10, ("f", "old"): 5, ("f", "very old"): 5}
    with pytest.raises(JourneybookError, match=r"raking margin sex x age: nobody has the level \('f', 'very old'\)"):
        post_stratify(people[["sex", "age"]], cells)


def test_a_joint_margin_is_missing_where_any_part_is():
    found = joint_margin(pd.DataFrame({"sex": ["f", None, "m"], "age": ["old", "old", None]}))
    assert found.tolist() == [("f", "old"), None, None]


def test_trimmed_weights_keep_their_bounds_and_their_mean():
    weights = np.random.default_rng(20120217).lognormal(0, 1, 300)
    trimmed = trim_weights(weights, lower=0.3, upper=3)
    assert trimmed.weights.mean() == pytest.approx(1, rel=1e-12)
    assert trimmed.smallest >= 0.3 - 1e-12
    assert trimmed.largest <= 3 + 1e-12
    assert trimmed.design_effect < given_weights(weights).design_effect


def test_what_is_cut_off_is_spread_evenly_over_the_others():
    """The mean is 2. Above 1.5 times it lies 5, cut to 3; its 2 go to the three others, two thirds each."""
    trimmed = trim_weights(np.array([1.0, 1, 1, 5]), upper=1.5)
    assert trimmed.weights.tolist() == pytest.approx([2.5 / 3, 2.5 / 3, 2.5 / 3, 1.5])


def test_weights_within_the_bounds_are_left_as_they_are():
    trimmed = trim_weights(np.array([0.5, 1.0, 1.5]), lower=0.2, upper=3)
    assert (trimmed.weights.tolist(), trimmed.sweeps) == ([0.5, 1, 1.5], 0)


@pytest.mark.parametrize(("lower", "upper"), [(0.0, 1.0), (1.0, 2.0), (-0.1, 2.0), (0.5, 0.9), (2.0, 1.5)])
def test_bounds_of_trimming_enclose_the_mean(lower, upper):
    with pytest.raises(JourneybookError, match="must enclose 1"):
        trim_weights(np.array([0.5, 1.0, 1.5]), lower=lower, upper=upper)


def test_bounds_that_no_weights_can_keep_are_refused():
    """Two weights of mean 1, both outside: 0.1 and 1.9 within .9 and 1.2 sum to 2.1."""
    with pytest.raises(JourneybookError, match="no weights can keep the bounds; fix: widen them"):
        trim_weights(np.array([0.1, 1.9]), lower=0.9, upper=1.2)


def test_trimming_leaves_the_weights_unchanged():
    weights = np.array([1.0, 1, 1, 5])
    trim_weights(weights, upper=1.5)
    assert weights.tolist() == [1, 1, 1, 5]
