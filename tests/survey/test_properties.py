"""What must hold for any sample: properties of every estimate, of letters and of raking, on drawn samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.survey.compare import difference, pairwise
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import means, ratios, shares
from analysis.survey.letters import letter_tests, letters
from analysis.survey.quantiles import quantiles
from analysis.survey.weights import rake_survey

pytestmark = pytest.mark.slow

drawn = settings(max_examples=20, deadline=None, derandomize=True)
WEIGHT = st.floats(0.05, 20, allow_nan=False)
NUMBER = st.one_of(st.just(np.nan), st.integers(1, 9).map(float), st.floats(1, 1000))
METHODS = ["logit", "korn_graubard", "wilson"]
SCALE_FREE = ["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "effective_base", "design_effect"]


@dataclass(frozen=True)
class Sample:
    """A drawn sample, with or without strata and PSUs: two items (1, 0 or missing), two numbers, a group each."""

    weights: np.ndarray
    strata: np.ndarray | None
    psus: np.ndarray | None
    answers: pd.DataFrame
    numbers: pd.DataFrame
    groups: np.ndarray
    domain: np.ndarray

    def design(self, weights=None):
        weights = self.weights if weights is None else weights
        return SurveyDesign(weights, strata=self.strata, psus=self.psus, single_psu="centre")

    def reordered(self, order):
        def pick(part):
            return None if part is None else part[order]

        answers, numbers = self.answers.iloc[order], self.numbers.iloc[order]
        codes = pick(self.strata), pick(self.psus)
        return Sample(self.weights[order], *codes, answers, numbers, self.groups[order], self.domain[order])


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
        pd.DataFrame({name: draw(arrays(np.float64, n, elements=NUMBER)) for name in ("spend", "visits")}),
        draw(arrays(np.int64, n, elements=st.integers(0, 2))),
        draw(arrays(np.bool_, n)),
    )


def assert_same(found, expected):
    np.testing.assert_allclose(
        np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=1e-9, atol=1e-9, equal_nan=True
    )


def everything(sample, design, domain=None):
    """Shares, means, a ratio and quantiles of a sample, one row each."""
    numbers = sample.numbers
    rows = [
        shares(design, sample.answers, domain=domain),
        means(design, numbers, domain=domain),
        ratios(design, numbers[["spend"]], numbers[["visits"]], domain=domain),
        quantiles(design, numbers["spend"], [0.01, 0.25, 0.5, 0.9], domain=domain),
    ]
    return pd.concat(rows, ignore_index=True)


@drawn
@given(samples(), st.floats(1e-3, 1e3))
def test_weights_times_a_constant_change_nothing_but_the_weighted_base(sample, constant):
    one = everything(sample, sample.design())
    other = everything(sample, sample.design(sample.weights * constant))
    assert_same(other[SCALE_FREE], one[SCALE_FREE])
    assert_same(other["weighted_base"] / constant, one["weighted_base"])


@drawn
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_respondents_changes_nothing(sample, random):
    order = list(range(len(sample.weights)))
    random.shuffle(order)
    moved = sample.reordered(order)
    assert_same(
        everything(moved, moved.design(), moved.domain),
        everything(sample, sample.design(), sample.domain),
    )


@drawn
@given(samples())
def test_a_domain_is_the_full_design_with_weights_of_zero_outside(sample):
    assume(sample.domain.any())  # a design without any weight is refused
    outside = np.where(sample.domain, sample.weights, 0)
    by_mask = everything(sample, sample.design(), sample.domain)
    by_weight = everything(sample, sample.design(outside))
    assert_same(by_mask, by_weight)


def letters_between(sample):
    """The letters of the items between three groups, in names instead of letters."""
    names = dict(enumerate("xyz"))
    pairs = {
        item: pairwise(
            sample.design(),
            pd.DataFrame({names[g]: sample.answers[item].where(sample.groups == g) for g in np.unique(sample.groups)}),
        )
        for item in sample.answers
    }
    return letter_tests(pairs, minimum_base=2, confidence_level=0.6)


@drawn
@given(samples(), st.randoms(use_true_random=False))
def test_letters_do_not_depend_on_the_order_of_respondents(sample, random):
    assume(len(np.unique(sample.groups)) > 1)
    order = list(range(len(sample.weights)))
    random.shuffle(order)
    there, back = letters_between(sample), letters_between(sample.reordered(order))
    assert_same(back[["estimate", "std_error", "p_adjusted"]], there[["estimate", "std_error", "p_adjusted"]])
    assert letters(back).equals(letters(there))


@drawn
@given(samples(), st.sampled_from(METHODS))
def test_an_interval_contains_its_estimate_and_stays_between_0_and_1(sample, method):
    rows = shares(sample.design(), sample.answers, domain=sample.domain, interval=method).dropna(subset=["estimate"])
    assert (rows["conf_low"] >= 0).all()
    assert (rows["conf_high"] <= 1).all()
    assert (rows["conf_low"] <= rows["estimate"] + 1e-12).all()
    assert (rows["conf_high"] >= rows["estimate"] - 1e-12).all()


@drawn
@given(samples())
def test_a_quantile_lies_within_its_interval_and_grows_with_its_probability(sample):
    rows = quantiles(sample.design(), sample.numbers["spend"], [0.1, 0.5, 0.9], domain=sample.domain).dropna(
        subset=["estimate"]
    )
    assert (rows["conf_low"] <= rows["estimate"]).all()
    assert (rows["estimate"] <= rows["conf_high"]).all()
    assert rows["estimate"].is_monotonic_increasing


@drawn
@given(samples(), st.sampled_from([0.0, 1.0]), st.sampled_from(METHODS))
def test_0_and_100_percent_are_met_exactly_and_keep_an_interval(sample, share, method):
    answers = sample.answers.where(sample.answers.isna(), share)
    rows = shares(sample.design(), answers, domain=sample.domain, interval=method).dropna(subset=["estimate"])
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
    parts = {name: {level: data.draw(part) for level in levels} for name, levels in (("sex", "fm"), ("age", "abc"))}
    targets = {
        name: {level: size / sum(sizes.values()) for level, size in sizes.items()} for name, sizes in parts.items()
    }
    raked = rake_survey(people, targets, base_weights=weights).weights
    for name, target in targets.items():
        found = pd.Series(raked).groupby(people[name]).sum() / raked.sum()
        assert_same(found[list(target)], list(target.values()))
    factors = pd.DataFrame({"cell": people["sex"] + people["age"], "factor": raked / weights})
    spread = factors.groupby("cell")["factor"].agg(lambda one: one.max() / one.min())
    assert_same(spread, np.ones(6))
