"""Curves: natural splines, and what models predict along them.

Golden numbers: tests/golden/curves.R (survey, splines).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from survey.datasets import Dataset, dataset, read

from analysis.errors import JourneybookError
from analysis.survey.models import regression
from analysis.survey.splines import natural_spline

GOLDEN = read("curves.csv").set_index(["dataset", "quantity", "item"])["value"]
GOLDEN = GOLDEN.sort_index(level=[0, 1], sort_remaining=False, kind="stable")
COLUMNS = ["estimate", "std_error", "conf_low", "conf_high"]
TEST = ["f_statistic", "numerator_df", "denominator_df", "p_value"]
SAT = {"knots": (3.5, 4.5), "boundary": (2.5, 6)}  # as in curves.R, and the grids below
SPEND = {"knots": (60,), "boundary": (20, 150)}


def grid(**values):
    """All combinations, the first running fastest, as R's expand.grid."""
    names = list(values)
    return pd.MultiIndex.from_product([values[name] for name in names[::-1]], names=names[::-1]).to_frame(index=False)


def assert_as_in_r(found, name, model):
    expected = pd.DataFrame({column: GOLDEN.loc[name, f"{model}:{column}"].to_numpy() for column in COLUMNS})
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)


def assert_same_test(found, name, quantity):
    expected = GOLDEN.loc[name, quantity]
    assert [getattr(found, item) for item in TEST] == pytest.approx(expected[TEST].to_list(), rel=1e-9)


@pytest.fixture(scope="module")
def by_satisfaction():
    data = dataset("sim-estimates", "sim")
    x = natural_spline(data.frame["sat"], **SAT).assign(sex=data.frame["sex"])
    return regression(data.design, data.frame["abandon"], x)


def by_spend(name):
    data: Dataset = dataset("designs", name)
    x = natural_spline(data.frame["spend"], **SPEND).assign(age=data.frame["age"])
    return regression(data.design, data.frame["rating"], x, family="linear", domain=data.domain)


def test_a_curve_is_rs_within_its_ends_and_beyond(by_satisfaction):
    at = grid(sat=[1, 2.5, 3.75, 4.1, 5, 6.2, 8], sex=["f", "m"])
    found = by_satisfaction.predicted(natural_spline(at["sat"], **SAT).assign(sex=at["sex"]))
    assert_as_in_r(found, "sim", "curve")


def test_the_test_of_a_curve_and_of_its_bend_alone_are_rs(by_satisfaction):
    columns = ["sat", "sat at 3.5", "sat at 4.5"]
    assert_same_test(by_satisfaction.wald(*columns), "sim", "curve:wald")
    assert_same_test(by_satisfaction.wald(*columns[1:]), "sim", "curve:bend")


@pytest.mark.parametrize("name", ["clustered_fpc", "clustered_fpc_web"])
def test_a_curve_of_a_clustered_domain_with_missing_answers_is_rs(name):
    model, at = by_spend(name), grid(spend=[0, 20, 75, 130, 400], age=["18-34", "55+"])
    found = model.predicted(natural_spline(at["spend"], **SPEND).assign(age=at["age"]))
    assert_as_in_r(found, name, "curve")
    assert_same_test(model.wald("spend", "spend at 60"), name, "curve:wald")


def test_predictions_from_a_number_and_a_category_are_rs():
    data = dataset("sim-estimates", "sim_FR")
    model = regression(data.design, data.frame["abandon"], data.frame[["trust", "age"]], domain=data.domain)
    found = model.predicted(grid(trust=[1, 3.5, 5], age=["18-34", "35-54", "55+"]))
    assert_as_in_r(found, "sim_FR", "plain")


def test_the_columns_span_rs_curves():
    """The curve through 0, 2, 1 and 5 at the knots 0, 1, 3 and 6, read between and beyond them."""
    expected = GOLDEN.loc["basis", "curve through 0 2 1 5"]
    x = pd.Series(expected.index.astype(float), name="x")
    basis = natural_spline(x, (1, 3), (0, 6))
    # The line from (0, 0) to (6, 5), and how far 2 and 1 lie from it.
    curve = basis.to_numpy() @ [5 / 6, 2 - 5 / 6, 1 - 15 / 6]
    np.testing.assert_allclose(curve, expected, rtol=1e-9, atol=1e-12)


def test_a_column_is_1_at_its_own_knot_and_0_at_the_others():
    basis = natural_spline(pd.Series([18.0, 30, 45, 60, 75], name="age"), [30, 45, 60], (18, 75))
    assert basis.columns.tolist() == ["age", "age at 30", "age at 45", "age at 60"]
    np.testing.assert_allclose(basis.iloc[:, 1:], np.eye(5)[:, 1:4], atol=1e-14)


def test_without_inner_knots_there_is_a_line():
    x = pd.Series([1.0, 20, 90], name="age")
    pd.testing.assert_frame_equal(natural_spline(x, [], (18, 75)), x.to_frame())


def test_missing_values_stay_missing_and_rows_keep_their_names():
    x = pd.Series([20.0, np.nan], index=["a", "b"], name="age")
    basis = natural_spline(x, [40], (18, 75))
    assert basis.index.tolist() == ["a", "b"]
    assert basis.isna().all(axis=1).tolist() == [False, True]


@pytest.mark.parametrize(
    ("knots", "boundary"), [([40, 30], (18, 75)), ([18], (18, 75)), ([80], (18, 75)), ([], (5, 5))]
)
def test_knots_out_of_order_are_refused(knots, boundary):
    with pytest.raises(JourneybookError, match="are not in order within"):
        natural_spline(pd.Series([20.0], name="age"), knots, boundary)
