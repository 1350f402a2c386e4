"""Pooling: how much separate samples really differ, each drawn towards the others, and when neither can be said.

Golden numbers: tests/golden/pooling.R (metafor).
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from survey.datasets import read

from analysis.survey.pooling import Heterogeneity, heterogeneity, partial_pooling

pytestmark = pytest.mark.slow

GOLDEN = read("pooling.csv").set_index(["dataset", "quantity", "item"])["value"].sort_index()
POOLS = list(dict.fromkeys(GOLDEN.index.get_level_values("dataset")))
LEVELS = (95, 80)  # as in pooling.R
FIGURES = ["estimate", "std_error", "conf_low", "conf_high"]


def pool(name):
    """The estimates and standard errors of a pool of pooling.R."""
    given = GOLDEN.loc[name, "input:95"]
    parts = (given[given.index.str.startswith(what)] for what in ("estimate", "std_error"))
    return tuple(part.reset_index(drop=True) for part in parts)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", POOLS)
def test_heterogeneity_is_metafors(name, level):
    expected = GOLDEN.loc[name, f"heterogeneity:{level}"]
    found = asdict(heterogeneity(*pool(name), confidence_level=level / 100))
    # tau^2 is a root near the top of a likelihood: the tau it gives at 0 is exact, else to 1e-9.
    assert [found[item] for item in expected.index] == pytest.approx(expected.to_list(), rel=1e-9, abs=1e-13)
    assert found["samples"] == expected["degrees_of_freedom"] + 1
    assert found["not_estimable"] == ""


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [name for name in POOLS if name != "two"])
def test_pooled_estimates_are_metafors_blup(name, level):
    found = partial_pooling(*pool(name), confidence_level=level / 100)
    for column in FIGURES:
        np.testing.assert_allclose(found[column], GOLDEN.loc[name, f"blup:{column}:{level}"], rtol=1e-9)
    np.testing.assert_allclose(found["weight_direct"], GOLDEN.loc[name, f"weight:{level}"], rtol=1e-9, atol=1e-13)


def test_two_samples_have_no_prediction_interval_and_keep_their_own_estimates():
    estimates, errors = pool("two")
    found = heterogeneity(estimates, errors)
    assert np.isnan([found.prediction_low, found.prediction_high]).all()
    rows = partial_pooling(estimates, errors)
    assert rows["estimate"].tolist() == estimates.to_list()
    assert rows["std_error"].to_list() == pytest.approx(errors.to_list(), rel=1e-15)
    assert rows["weight_direct"].tolist() == [1, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_samples_say_why_there_are_no_figures(count):
    estimates, errors = (values[:count] for values in pool("spread"))
    found = heterogeneity(estimates, errors)
    assert "fewer than two samples" in found.not_estimable
    assert found.samples == count
    figures = {name: value for name, value in asdict(found).items() if isinstance(value, float)}
    assert len(figures) == len(Heterogeneity.__annotations__) - 3
    assert np.isnan(list(figures.values())).all()
    assert partial_pooling(estimates, errors)["weight_direct"].tolist() == [1] * count


def test_where_all_truths_look_alike_every_sample_has_the_mean():
    estimates, errors = pool("too_alike")
    found, rows = heterogeneity(estimates, errors), partial_pooling(estimates, errors)
    assert (found.tau, found.share_real, found.tau_high) == (0, 0, 0)
    np.testing.assert_allclose(rows["estimate"], found.mean, rtol=1e-15)
    assert (rows["std_error"] > found.mean_std_error).all()  # that they are alike is itself an estimate
    assert (rows["std_error"] <= errors).all()
    assert rows["weight_direct"].tolist() == [0] * len(rows)


def test_a_sample_without_an_error_or_an_estimate_leaves_the_pool_and_keeps_its_own():
    estimates, errors = pool("spread")
    more = pd.concat([estimates, pd.Series([0.0, np.nan])], ignore_index=True)
    wide = pd.concat([errors, pd.Series([0.0, np.nan])], ignore_index=True)
    assert heterogeneity(more, wide) == heterogeneity(estimates, errors)
    rows = partial_pooling(more, wide)
    pd.testing.assert_frame_equal(rows[:7], partial_pooling(estimates, errors))
    assert rows.loc[7, ["estimate", "std_error", "conf_low", "conf_high", "weight_direct"]].tolist() == [0, 0, 0, 0, 1]
    assert rows.loc[8].isna().all()


def test_pooled_estimates_lie_between_their_own_and_the_mean_and_keep_their_names():
    estimates, errors = (values.set_axis(list("abcdefg")) for values in pool("spread"))
    rows, mean = partial_pooling(estimates, errors), heterogeneity(estimates, errors).mean
    assert rows.index.tolist() == list("abcdefg")
    assert ((rows["estimate"] - mean) / (estimates - mean)).between(0, 1).all()
    assert (rows["std_error"] < errors).all()


def test_the_unit_of_the_estimates_changes_no_share():
    estimates, errors = pool("spread")
    as_share, as_percent = heterogeneity(estimates, errors), heterogeneity(100 * estimates, 100 * errors)
    unitless = ["q", "p_value", "share_real", "conf_low", "conf_high"]
    assert [getattr(as_percent, name) for name in unitless] == pytest.approx(
        [getattr(as_share, name) for name in unitless], rel=1e-9
    )
    assert as_percent.tau == pytest.approx(100 * as_share.tau, rel=1e-9)


def test_two_clusters_of_samples_take_the_highest_peak():
    """REML against a search over a fine grid, of very unequal errors."""
    estimates = pd.Series([0.0, 0.01, 1.0, -1.0, 0.02, 3.0])
    errors = pd.Series([0.01, 0.01, 0.5, 0.6, 0.02, 1.0])
    found = heterogeneity(estimates, errors).tau_squared
    grid = np.linspace(0, 5, 500_001)[:, None]
    w = 1 / (errors.to_numpy() ** 2 + grid)
    mean = (w * estimates.to_numpy()).sum(axis=1, keepdims=True) / w.sum(axis=1, keepdims=True)
    q = (w * (estimates.to_numpy() - mean) ** 2).sum(axis=1)
    likelihood = 0.5 * (np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - q)
    assert found == pytest.approx(grid[likelihood.argmax(), 0], abs=1e-5)


@pytest.mark.parametrize("tau", [0.0, 0.02, 0.05])
def test_the_interval_of_a_pooled_estimate_holds_the_truth_as_often_as_it_says(tau):
    """Seven markets with errors of 1.2 to 3 points; one interval in 20 may miss, and a little more by chance."""
    rng, held, nearer = np.random.default_rng(20120217), [], []
    for _ in range(150):
        errors = pd.Series(rng.uniform(0.012, 0.03, 7))
        truths = 0.3 + tau * rng.normal(size=7)
        rows = partial_pooling(truths + errors * rng.normal(size=7), errors)
        held.append(((rows["conf_low"] <= truths) & (truths <= rows["conf_high"])).mean())
        nearer.append(((rows[["estimate", "direct"]].sub(truths, axis=0)) ** 2).mean())
    assert np.mean(held) > 0.93
    distances = pd.DataFrame(nearer).mean()
    assert distances["estimate"] < distances["direct"]


def test_pooling_leaves_its_inputs_unchanged():
    estimates, errors = pool("spread")
    before = estimates.copy(), errors.copy()
    partial_pooling(estimates, errors)
    heterogeneity(estimates, errors)
    pd.testing.assert_series_equal(estimates, before[0])
    pd.testing.assert_series_equal(errors, before[1])
