"""Intervals of shares, at the edges that R does not answer: 0 and 100 %, tiny bases, nothing that varies.

Golden numbers of all other shares: tests/survey/test_golden.py.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.estimates import shares
from analysis.survey.intervals import IntervalMethod, mean_interval, share_interval
from analysis.survey.weights import rake_survey

METHODS = get_args(IntervalMethod)


def row_of(p, se, df=40, base=90, effective=80.0):
    """One row as `shares` makes it, as far as intervals read it."""
    row = {"estimate": [p], "std_error": [se], "degrees_of_freedom": [df], "unweighted_base": [base]}
    return pd.DataFrame(row | {"effective_base": [effective]})


def interval_of(row, method, level=0.95):
    (low,), (high,) = share_interval(row, level, method)
    return low, high


def small_group(values, base, method="logit"):
    """A base within 200 respondents of unequal weights, and the row of its share."""
    weights = np.linspace(0.5, 2, 200)
    answers = pd.DataFrame({"item": values})
    return shares(SurveyDesign(weights), answers, domain=np.arange(200) < base, interval=method).loc["item"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("base", [1, 2, 30, 200])
def test_a_share_of_0_or_100_percent_never_has_an_interval_of_zero_width(share, base, method):
    row = small_group(np.full(200, share), base, method)
    assert row["estimate"] == share
    assert 0 <= row["conf_low"] <= share <= row["conf_high"] <= 1
    assert row["conf_high"] - row["conf_low"] > 0.01


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("base", [1, 30, 200])
def test_the_interval_of_0_percent_is_clopper_pearsons_on_the_effective_base(base, method):
    """Upper end 1 - (alpha / 2)^(1 / n), n Kish's effective base; Clopper and Pearson 1934 with 0 hits."""
    weights = np.linspace(0.5, 2, 200)[:base]
    row = small_group(np.zeros(200), base, method)
    expected = 1 - 0.025 ** (1 / (weights.sum() ** 2 / (weights**2).sum()))
    assert row["conf_high"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_interval_of_100_percent_mirrors_that_of_0_percent(method):
    nobody, all_of_them = (small_group(np.full(200, share), 30, method) for share in (0.0, 1.0))
    assert all_of_them["conf_low"] == pytest.approx(1 - nobody["conf_high"], rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("p", [1e-9, 0.001, 0.5, 0.999, 1 - 1e-9])
@pytest.mark.parametrize("se", [1e-6, 0.05, 0.5])
@pytest.mark.parametrize("df", [1, 3, 1000])
def test_ends_enclose_the_share_and_stay_between_0_and_1(method, p, se, df):
    low, high = interval_of(row_of(p, se, df), method)
    assert 0 <= low <= p <= high <= 1


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_base_has_no_interval(method):
    row = small_group(np.ones(200), 0, method)
    assert row[["estimate", "conf_low", "conf_high", "design_effect"]].isna().all()
    assert (row[["unweighted_base", "weighted_base", "effective_base"]] == 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_share_without_an_error_has_an_interval_of_no_width(method):
    """A census: everybody is in, so nothing is left to sampling (as R's svyciprop has it)."""
    answers = pd.DataFrame({"item": [1.0, 0.0] * 20})
    row = shares(SurveyDesign(np.ones(40), fpc=np.ones(40)), answers, interval=method).loc["item"]
    assert row["std_error"] == 0
    assert row["conf_low"] == row["conf_high"] == 0.5


@pytest.mark.parametrize("method", METHODS)
def test_a_share_that_the_weights_are_raked_to_has_an_interval_of_no_width(method):
    people = pd.DataFrame({"sex": ["f", "m"] * 15 + ["f"] * 10})
    weights = rake_survey(people, {"sex": {"f": 51, "m": 49}}).weights
    design = SurveyDesign(weights, margins=level_codes(people), base_weights=np.ones(40))
    row = shares(design, pd.DataFrame({"female": (people["sex"] == "f").astype(float)}), interval=method).loc["female"]
    assert row["conf_low"] == row["conf_high"] == pytest.approx(0.51)


@pytest.mark.parametrize("method", METHODS)
def test_a_higher_level_gives_a_wider_interval(method):
    narrow, wide = (interval_of(row_of(0.2, 0.03), method, level) for level in (0.90, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_logit_interval_is_symmetric_on_the_logit_scale():
    """logit(p) +- t se / (p (1 - p)), R survey's svyciprop(method = "xlogit")."""
    low, high = interval_of(row_of(0.2, 0.03), "logit")
    middle = (np.log(low / (1 - low)) + np.log(high / (1 - high))) / 2
    assert middle == pytest.approx(np.log(0.2 / 0.8), rel=1e-12)


def test_korn_graubard_of_a_simple_random_sample_is_clopper_pearsons():
    """With p (1 - p) / n for a variance and n - 1 degrees of freedom, n_eff is n: 18 of 60."""
    p, n = 18 / 60, 60
    found = interval_of(row_of(p, np.sqrt(p * (1 - p) / n), n - 1, n), "korn_graubard")
    exact = binomtest(18, 60).proportion_ci(0.95, method="exact")
    assert found == pytest.approx((exact.low, exact.high), rel=1e-10)


def test_wilson_of_a_simple_random_sample_is_wilsons():
    """Degrees of freedom beyond counting make t the z of Wilson 1927: 18 of 60."""
    p, n = 18 / 60, 60
    found = interval_of(row_of(p, np.sqrt(p * (1 - p) / n), 10**9, n), "wilson")
    exact = binomtest(18, 60).proportion_ci(0.95, method="wilson")
    assert found == pytest.approx((exact.low, exact.high), rel=1e-7)


def test_the_interval_of_a_mean_may_leave_0_and_1():
    (low,), (high,) = mean_interval(row_of(0.01, 0.1, df=60), 0.95)
    assert (low, high) == pytest.approx((0.01 - 2.0002978 * 0.1, 0.01 + 2.0002978 * 0.1), abs=1e-7)  # qt(.975, 60)


def test_rows_are_left_unchanged():
    row = row_of(0.2, 0.03)
    share_interval(row, 0.95, "wilson")
    pd.testing.assert_frame_equal(row, row_of(0.2, 0.03))
