"""Drivers: parts of R^2 that sum to 1, orthogonal predictors, intervals by seed, and what has no figures.

Golden numbers: tests/golden/drivers.R, in tests/survey/test_golden.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.survey.design import SurveyDesign
from analysis.survey.drivers import MOST, drivers

METHODS = ["johnson", "lmg"]
PREDICTORS = ["trust", "price", "sup_email"]


@pytest.fixture(scope="module")
def france(sim):
    return sim[sim["market"] == "FR"].reset_index(drop=True)


@pytest.fixture(scope="module")
def design(france):
    return SurveyDesign(france["w"].to_numpy(), strata=pd.factorize(france["stratum"])[0])


def found(design, frame, method="johnson", predictors=PREDICTORS, *, seed=1, replicates=50, **options):
    return drivers(
        design, frame["sat"], frame[list(predictors)], method=method, seed=seed, replicates=replicates, **options
    )


@pytest.fixture
def factorial():
    """Every combination of three factors twice: the predictors do not correlate."""
    levels = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)] * 2, dtype=float)
    frame = pd.DataFrame(levels, columns=["a", "b", "c"])
    noise = np.array([1, -1, 2, 0, -2, 1, 0, -1, 2, 1, -1, 0, 1, -2, 0, -1], dtype=float)
    return frame.assign(sat=3 * frame["a"] - 2 * frame["b"] + 0.5 * frame["c"] + noise)


@pytest.mark.parametrize("method", METHODS)
def test_the_parts_sum_to_1_and_none_is_negative(design, france, method):
    rows = found(design, france, method).rows
    assert rows["estimate"].sum() == pytest.approx(1, rel=1e-12)
    assert (rows["estimate"] >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_of_predictors_that_do_not_correlate_each_carries_its_squared_correlation(factorial, method):
    """R^2 is then the sum of the squared correlations (Lindeman, Merenda and Gold 1980, p. 119)."""
    result = found(SurveyDesign(np.ones(16)), factorial, method, ["a", "b", "c"])
    squares = factorial[["a", "b", "c"]].corrwith(factorial["sat"]) ** 2
    assert result.r_squared == pytest.approx(squares.sum(), rel=1e-12)
    np.testing.assert_allclose(result.rows["estimate"], squares / squares.sum(), rtol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_one_predictor_carries_all(design, france, method):
    result = found(design, france, method, ["trust"])
    assert result.rows.loc["trust", ["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([1, 1, 1])
    assert result.r_squared == pytest.approx(result.rows.at["trust", "correlation"] ** 2, rel=1e-12)


def test_the_order_of_the_predictors_changes_no_part(design, france):
    for method in METHODS:
        there = found(design, france, method).rows
        back = found(design, france, method, PREDICTORS[::-1]).rows.loc[PREDICTORS]
        pd.testing.assert_frame_equal(back, there, rtol=1e-8)


def test_one_seed_gives_one_interval_and_another_seed_another(design, france):
    first, again, other = (found(design, france, seed=seed).rows for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first, again)
    assert (first["estimate"] == other["estimate"]).all()
    assert (first["conf_low"] != other["conf_low"]).all()


@pytest.mark.parametrize("method", METHODS)
def test_intervals_enclose_what_is_estimated_and_grow_with_the_level(design, france, method):
    narrow, wide = (found(design, france, method, replicates=200, confidence_level=level).rows for level in (0.5, 0.99))
    strong = ["trust", "price"]  # the part of the third is near 0, where percentiles lean upwards
    assert (wide.loc[strong, "conf_low"] < wide.loc[strong, "estimate"]).all()
    assert (wide.loc[strong, "estimate"] < wide.loc[strong, "conf_high"]).all()
    assert (wide["conf_high"] - wide["conf_low"] > narrow["conf_high"] - narrow["conf_low"]).all()


def test_missing_values_leave_the_base_and_a_domain_is_kept(design, france):
    holes = france.assign(trust=france["trust"].where(france.index >= 30).astype(float))
    young = (france["age"] == "18-34").to_numpy()
    by_hole = found(design, holes, domain=young)
    by_mask = found(design, france, domain=young & (france.index >= 30))
    assert by_hole.unweighted_base == (young & (france.index >= 30)).sum()
    pd.testing.assert_frame_equal(by_hole.rows, by_mask.rows)


@pytest.mark.parametrize("method", METHODS)
def test_a_predictor_that_does_not_vary_has_no_figures(design, france, method):
    result = found(design, france.assign(price=3.0), method)
    assert "does not vary" in result.not_estimable
    assert result.rows.isna().all(axis=None)
    assert np.isnan(result.r_squared)


@pytest.mark.parametrize("method", METHODS)
def test_a_predictor_that_others_make_up_has_no_figures(design, france, method):
    both = france.assign(sup_email=france["trust"] - 2 * france["price"])
    assert "a combination of the others" in found(design, both, method).not_estimable


def test_fewer_respondents_than_predictors_have_no_figures(design, france):
    assert "no more respondents" in found(design, france, domain=np.arange(len(france)) < 4).not_estimable


def test_more_orders_than_can_be_averaged_have_no_figures(design, france):
    rng = np.random.default_rng(1)
    many = france[["sat"]].assign(**{f"x{n}": rng.normal(size=len(france)) for n in range(MOST + 1)})
    names = [f"x{n}" for n in range(MOST + 1)]
    assert f"more than {MOST} predictors" in found(design, many, "lmg", names).not_estimable
    assert found(design, many, "johnson", names).not_estimable == ""


def test_drivers_leave_their_inputs_unchanged(design, france):
    before = france.copy()
    found(design, france)
    pd.testing.assert_frame_equal(france, before)
