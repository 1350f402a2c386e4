"""Quantiles at the edges: one respondent, ties, an empty base, probabilities near 0 and 1.

Golden numbers: tests/golden/designs.R (svyquantile), in tests/survey/test_golden.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.survey.design import SurveyDesign
from analysis.survey.quantiles import quantiles


def quantile(values, probability=0.5, weights=None, **options):
    values = pd.Series(values, dtype=float)
    design = SurveyDesign(np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float))
    return quantiles(design, values, [probability], **options).loc[probability]


def test_one_respondent_is_every_quantile():
    for probability in (1e-9, 0.5, 1 - 1e-9):
        row = quantile([np.nan, 7, np.nan], probability)
        assert (row[["estimate", "conf_low", "conf_high"]] == 7).all()
        assert row["unweighted_base"] == 1


def test_answers_that_are_all_alike_are_every_quantile():
    row = quantile([3] * 40, 0.25)
    assert (row[["estimate", "conf_low", "conf_high"]] == 3).all()
    assert row["std_error"] == 0


@pytest.mark.parametrize(("probability", "expected"), [(0.1, 1), (0.5, 1), (0.51, 2), (0.9, 2), (0.91, 9)])
def test_ties_count_together(probability, expected):
    """1 is said by half, 2 by four tenths, 9 by one tenth."""
    assert quantile([1, 2, 1, 2, 9, 1, 2, 1, 2, 1], probability)["estimate"] == expected


@pytest.mark.parametrize(("probability", "expected"), [(1e-12, 10), (0.1, 10), (0.11, 20), (1.0, 40)])
def test_a_weight_counts_like_so_many_respondents(probability, expected):
    assert quantile([20, 40, 10, 30], probability, weights=[2, 5, 1, 2])["estimate"] == expected


@pytest.mark.parametrize("scale", [1, 0.1, 1 / 3, 0.7, 1e5 / 7])
@pytest.mark.parametrize("count", [2, 6, 10, 20, 50])
def test_the_scale_of_equal_weights_changes_no_quantile(count, scale):
    """The probability is reached exactly at its count: of 20 answers, the tenth is the median."""
    values = np.arange(1, count + 1)
    for probability in (0.1, 0.25, 0.5, 0.75, 0.9):
        expected = np.ceil(probability * count - 1e-9)
        assert quantile(values, probability, weights=np.full(count, scale))["estimate"] == expected


def test_an_empty_base_has_no_quantile():
    assert quantile([np.nan, np.nan]).isna().all()
    assert quantile([1, 2], domain=np.array([False, False])).isna().all()


def test_respondents_without_an_answer_or_of_weight_0_do_not_count():
    row = quantile([1, 2, 3, np.nan, 99, 99], weights=[1, 1, 1, 5, 0, 0])
    assert (row["estimate"], row["unweighted_base"], row["weighted_base"]) == (2, 3, 3)


def test_a_domain_is_the_same_as_weights_of_0_outside(units):
    inside = (units["age"] == "18-34").to_numpy()
    design = SurveyDesign(units["w"].to_numpy())
    by_mask = quantiles(design, units["spend"], domain=inside)
    by_weight = quantiles(replace(design, weights=np.where(inside, units["w"], 0)), units["spend"])
    pd.testing.assert_frame_equal(by_mask, by_weight, rtol=1e-12)


def test_an_interval_encloses_its_quantile_and_grows_with_the_level(units):
    design = SurveyDesign(units["w"].to_numpy())
    narrow, wide = (quantiles(design, units["spend"], confidence_level=level) for level in (0.5, 0.99))
    for rows in (narrow, wide):
        assert (rows["conf_low"] <= rows["estimate"]).all()
        assert (rows["estimate"] <= rows["conf_high"]).all()
    assert (wide["conf_high"] - wide["conf_low"] >= narrow["conf_high"] - narrow["conf_low"]).all()


def test_answers_are_left_unchanged(units):
    before = units["spend"].copy()
    quantiles(SurveyDesign(units["w"].to_numpy()), units["spend"])
    pd.testing.assert_series_equal(units["spend"], before)
