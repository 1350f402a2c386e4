"""Scales: Cronbach's alpha with its error, without each item, and what has no figures.

Golden numbers: tests/golden/scales.R (svycralpha, svycontrast).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey.datasets import dataset, read

from analysis.survey.design import SurveyDesign
from analysis.survey.replicates import bootstrap
from analysis.survey.scales import reliability

GOLDEN = read("scales.csv").set_index(["dataset", "quantity", "item"])["value"].sort_index()
UNITS = ["clustered_fpc", "clustered", "clustered_nostrat", "unclustered", "clustered_fpc_web"]
FIGURES = ["estimate", "std_error", "conf_low", "conf_high"]
ITEMS = {  # as in scales.R
    "sim": ["trust", "price", "sat"],
    "sim_FR": ["trust", "sat", "sup_email", "sup_phone"],
    **{name: ["likes", "owns", "bought", "rating"] for name in UNITS},
}


def dataset_of(name):
    return dataset("sim-estimates" if name.startswith("sim") else "designs", name)


def scale_of(name, **options):
    data = dataset_of(name)
    return reliability(data.design, data.frame[ITEMS[name]], domain=data.domain, **options)


@pytest.fixture
def answers():
    """Four items that share what they measure, and the weights of 150 respondents."""
    rng = np.random.default_rng(20120217)
    truth = rng.normal(size=150)
    items = {name: np.round(truth + rng.normal(size=150)) for name in "abcd"}
    return pd.DataFrame(items).assign(w=rng.lognormal(0, 0.4, 150))


def of(answers, items="abcd", **options):
    return reliability(SurveyDesign(answers["w"].to_numpy()), answers[list(items)], **options)


@pytest.mark.parametrize("name", ITEMS)
def test_alpha_its_error_and_its_interval_are_rs(name):
    found, expected = scale_of(name), GOLDEN.loc[name, "alpha"]
    assert [getattr(found, item) for item in FIGURES] == pytest.approx(expected[FIGURES].to_list(), rel=1e-9)
    assert found.not_estimable == ""


@pytest.mark.parametrize("name", ITEMS)
def test_alpha_without_each_item_and_its_correlation_with_the_rest_are_rs(name):
    rows, without, against = (
        scale_of(name).items,
        GOLDEN.loc[name, "alpha without"],
        GOLDEN.loc[name, "item against rest"],
    )
    assert rows.index.tolist() == ITEMS[name]
    for item, row in rows.iterrows():
        assert row["estimate"] == pytest.approx(without[f"{item} estimate"], rel=1e-9)
        assert row["std_error"] == pytest.approx(without[f"{item} std_error"], rel=1e-9)
        assert row["correlation"] == pytest.approx(against[item], rel=1e-9)


def test_alpha_without_an_item_is_that_of_the_scale_without_it(answers):
    rows = of(answers).items
    for item in "abcd":
        left = of(answers, [other for other in "abcd" if other != item])
        assert rows.loc[item, FIGURES].tolist() == pytest.approx([getattr(left, name) for name in FIGURES], rel=1e-9)


def test_of_two_items_it_is_spearman_and_browns_formula(answers):
    """Of equal variances, alpha = 2 r / (1 + r); without an item nothing is left."""
    both = answers.assign(b=-answers["a"].iloc[::-1].to_numpy(), w=1.0)
    found = of(both, "ab")
    r = both["a"].corr(both["b"])
    assert found.estimate == pytest.approx(2 * r / (1 + r), rel=1e-9)
    assert found.items["correlation"].tolist() == pytest.approx([r, r], rel=1e-9)
    assert found.items[FIGURES].isna().all(axis=None)


def test_items_that_are_one_item_are_wholly_reliable(answers):
    found = of(answers.assign(b=answers["a"], c=answers["a"]), "abc")
    assert (found.estimate, found.std_error) == pytest.approx((1, 0), abs=1e-12)
    assert (found.conf_low, found.conf_high) == pytest.approx((1, 1), abs=1e-12)


def test_an_item_that_runs_the_other_way_is_seen(answers):
    turned = of(answers.assign(d=-answers["d"]))
    assert turned.items["correlation"].idxmin() == "d"
    assert turned.items["correlation"]["d"] < 0 < turned.items["correlation"].drop("d").min()
    assert turned.items.at["d", "estimate"] > turned.estimate


def test_the_bootstrap_gives_nearly_the_linearised_error():
    data = dataset_of("sim_FR")
    items = data.frame[ITEMS["sim_FR"]]
    drawn = replace(data.design, replicates=bootstrap(data.design, replicates=300, seed=1))
    found = reliability(drawn, items, domain=data.domain)
    assert found.estimate == scale_of("sim_FR").estimate
    assert found.std_error == pytest.approx(scale_of("sim_FR").std_error, rel=0.12)


def test_intervals_follow_the_level_and_end_below_1(answers):
    narrow, wide = (of(answers, confidence_level=level) for level in (0.5, 0.9999))
    assert wide.conf_low < narrow.conf_low < narrow.estimate < narrow.conf_high < wide.conf_high < 1


def test_unit_and_weights_scale_change_nothing(answers):
    there = of(answers)
    back = of(answers * 10)
    assert [getattr(back, name) for name in FIGURES] == pytest.approx([getattr(there, name) for name in FIGURES])


def test_missing_answers_leave_the_base_and_a_domain_is_kept(answers):
    holes, early = answers.assign(b=answers["b"].where(answers.index >= 20)), (answers.index < 100)
    by_hole, by_mask = of(holes, domain=early), of(answers, domain=early & (answers.index >= 20))
    assert by_hole.unweighted_base == 80
    pd.testing.assert_frame_equal(by_hole.items, by_mask.items)
    assert by_hole.std_error == by_mask.std_error


@pytest.mark.parametrize(
    ("change", "items", "reason"),
    [
        ({}, "a", "two items or more"),
        ({"b": 3.0}, "abc", "an item does not vary"),
        ({"b": np.nan}, "abc", "too few respondents"),
    ],
)
def test_what_has_no_figures_says_why(answers, change, items, reason):
    found = of(answers.assign(**change), items)
    assert reason in found.not_estimable
    assert np.isnan([getattr(found, name) for name in FIGURES]).all()
    assert found.items.isna().all(axis=None)


def test_items_that_cancel_have_no_alpha(answers):
    assert "the sum of the items does not vary" in of(answers.assign(b=-answers["a"]), "ab").not_estimable


def test_a_scale_leaves_its_inputs_unchanged(answers):
    before = answers.copy()
    of(answers)
    pd.testing.assert_frame_equal(answers, before)
