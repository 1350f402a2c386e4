"""What must hold for any sample: properties of shares, differences and raking, on drawn samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.survey.compare import difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares
from analysis.survey.weights import rake_survey

drawn = settings(max_examples=30, deadline=None, derandomize=True)
WEIGHT = st.floats(0.05, 20, allow_nan=False)
SCALE_FREE = ["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "effective_base", "design_effect"]


@dataclass(frozen=True)
class Sample:
    """A drawn sample, with or without strata and PSUs; `answers` has two items, 1, 0 or missing."""

    weights: np.ndarray
    strata: np.ndarray | None
    psus: np.ndarray | None
    answers: pd.DataFrame
    domain: np.ndarray

    def design(self, weights=None):
        weights = self.weights if weights is None else weights
        return SurveyDesign(weights, strata=self.strata, psus=self.psus, single_psu="centre")

    def reordered(self, order):
        def pick(part):
            return None if part is None else part[order]

        answers = self.answers.iloc[order]
        return Sample(self.weights[order], pick(self.strata), pick(self.psus), answers, self.domain[order])


@st.composite
def samples(draw):
    n = draw(st.integers(4, 40))
    codes = arrays(np.int64, n, elements=st.integers(0, 3))
    answers = {
        name: draw(arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0, np.nan]))) for name in ("first", "second")
    }
    strata, psus = draw(st.none() | codes), draw(st.none() | codes)
    return Sample(
        draw(arrays(np.float64, n, elements=WEIGHT)),
        strata,
        psus,
        pd.DataFrame(answers),
        draw(arrays(np.bool_, n)),
    )


def assert_same(found, expected):
    np.testing.assert_allclose(
        np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=1e-9, atol=1e-9, equal_nan=True
    )


@drawn
@given(samples(), st.floats(1e-3, 1e3))
def test_weights_times_a_constant_change_nothing_but_the_weighted_base(sample, constant):
    one = shares(sample.design(), sample.answers)
    other = shares(sample.design(sample.weights * constant), sample.answers)
    assert_same(other[SCALE_FREE], one[SCALE_FREE])
    assert_same(other["weighted_base"] / constant, one["weighted_base"])


@drawn
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_respondents_changes_nothing(sample, random):
    order = list(range(len(sample.weights)))
    random.shuffle(order)
    moved = sample.reordered(order)
    assert_same(
        shares(moved.design(), moved.answers, domain=moved.domain),
        shares(sample.design(), sample.answers, domain=sample.domain),
    )


@drawn
@given(samples())
def test_a_domain_is_the_full_design_with_weights_of_zero_outside(sample):
    assume(sample.domain.any())  # a design without any weight is refused
    outside = np.where(sample.domain, sample.weights, 0)
    by_mask = shares(sample.design(), sample.answers, domain=sample.domain)
    by_weight = shares(sample.design(outside), sample.answers)
    assert_same(by_mask, by_weight)


@drawn
@given(samples())
def test_an_interval_contains_its_estimate_and_stays_between_0_and_1(sample):
    rows = shares(sample.design(), sample.answers, domain=sample.domain).dropna(subset=["estimate"])
    assert (rows["conf_low"] >= 0).all()
    assert (rows["conf_high"] <= 1).all()
    assert (rows["conf_low"] <= rows["estimate"] + 1e-12).all()
    assert (rows["conf_high"] >= rows["estimate"] - 1e-12).all()


@drawn
@given(samples(), st.sampled_from([0.0, 1.0]))
def test_0_and_100_percent_are_met_exactly_and_keep_an_interval(sample, share):
    answers = sample.answers.where(sample.answers.isna(), share)
    rows = shares(sample.design(), answers, domain=sample.domain).dropna(subset=["estimate"])
    assert (rows["estimate"] == share).all()
    assert (rows["conf_high"] - rows["conf_low"] > 0.01).all()


@drawn
@given(samples(), st.data())
def test_the_shares_of_a_single_choice_sum_to_1(sample, data):
    n = len(sample.weights)
    chosen = pd.Categorical(data.draw(arrays(np.int64, n, elements=st.integers(0, 3))), categories=range(4))
    rows = shares(sample.design(), pd.get_dummies(chosen, dtype=float))
    assert abs(rows["estimate"].sum() - 1) < 1e-12


@drawn
@given(samples())
def test_a_share_and_its_complement_have_one_error_and_mirrored_intervals(sample):
    rows = shares(sample.design(), sample.answers)
    others = shares(sample.design(), 1 - sample.answers)
    assert_same(
        others[["estimate", "std_error"]], rows.assign(estimate=1 - rows["estimate"])[["estimate", "std_error"]]
    )
    assert_same(others["conf_low"], 1 - rows["conf_high"])


@drawn
@given(samples())
def test_a_difference_is_the_difference_of_the_shares_and_turns_with_its_order(sample):
    first, second = sample.answers["first"], sample.answers["second"]
    there, back = difference(sample.design(), first, second), difference(sample.design(), second, first)
    estimate = shares(sample.design(), sample.answers)["estimate"]
    assert_same(there.estimate, estimate["first"] - estimate["second"])
    assert_same([back.estimate, back.std_error], [-there.estimate, there.std_error])


@drawn
@given(st.data())
def test_raked_margins_hit_their_targets_from_any_design_weights(data):
    """Every cell of the two margins is held by somebody, so the targets cannot contradict each other."""
    extra = data.draw(st.lists(st.tuples(st.sampled_from("fm"), st.sampled_from("abc")), max_size=40))
    people = pd.DataFrame([(sex, age) for sex in "fm" for age in "abc"] + extra, columns=["sex", "age"])
    weights = data.draw(arrays(np.float64, len(people), elements=WEIGHT))
    part = st.floats(0.05, 1)
    targets = {name: {level: data.draw(part) for level in levels} for name, levels in (("sex", "fm"), ("age", "abc"))}
    raked = rake_survey(people, targets, base_weights=weights).weights
    for name, target in targets.items():
        found = pd.Series(raked).groupby(people[name]).sum() / raked.sum()
        assert_same(found[list(target)], np.array(list(target.values())) / sum(target.values()))
    factors = pd.DataFrame({"cell": people["sex"] + people["age"], "factor": raked / weights})
    spread = factors.groupby("cell")["factor"].agg(lambda one: one.max() / one.min())
    assert_same(spread, np.ones(6))
