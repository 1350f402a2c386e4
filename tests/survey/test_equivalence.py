"""Equivalence: what lies within a bound, what beyond it, what cannot be told, and all of them at once.

Golden numbers: tests/golden/equivalence.R.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from survey.datasets import read

from analysis.errors import JourneybookError
from analysis.survey.compare import Difference, pairwise
from analysis.survey.equivalence import equivalence

GOLDEN = read("equivalence.csv").set_index(["dataset", "quantity", "item"])["value"].sort_index().loc["gaps"]
BOUNDS, LEVELS = (0.03, 0.05, 0.1), (0.95, 0.9)  # as in equivalence.R
COLUMNS = ["p_within", "p_outside", "conf_low", "conf_high", "smallest_bound"]


@pytest.fixture(scope="module")
def gaps():
    columns = [GOLDEN[f"input:{name}"] for name in ("estimate", "std_error", "df")]
    rows = zip(columns[0].index, *columns, strict=True)
    return {item: Difference(estimate, error, df, 100) for item, estimate, error, df in rows}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("bound", BOUNDS)
def test_the_tests_and_the_smallest_bounds_are_rs(gaps, bound, level):
    rows = equivalence(gaps, bound, confidence_level=level).rows
    for column in COLUMNS:
        expected = GOLDEN[f"{column} {bound:g} {level:g}"]
        np.testing.assert_allclose(rows[column], expected.loc[rows.index], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("bound", BOUNDS)
def test_within_is_that_the_interval_lies_inside_the_bounds(gaps, bound, level):
    rows = equivalence(gaps, bound, confidence_level=level).rows
    inside = (rows["conf_low"] > -bound) & (rows["conf_high"] < bound)
    assert ((rows["verdict"] == "within") == inside).all()
    assert (inside == (rows["smallest_bound"] < bound)).all()


@pytest.mark.parametrize("bound", BOUNDS)
def test_outside_without_adjustment_is_that_the_interval_lies_wholly_beyond(gaps, bound):
    rows = equivalence({**gaps, "far": Difference(-0.4, 0.05, 60, 100)}, bound, adjustment="none").rows
    ends = [gap.interval() for gap in [*gaps.values(), Difference(-0.4, 0.05, 60, 100)]]
    beyond = [low > bound or high < -bound for low, high in ends]
    assert (rows["verdict"] == "outside").tolist() == beyond
    assert beyond[-1] and not all(beyond)


def test_all_three_verdicts_are_given_and_one_alone_spoils_the_whole(gaps):
    found = equivalence(gaps, 0.05)
    assert set(found.rows["verdict"]) == {"within", "outside", "cannot tell"}
    assert not found.all_within
    assert found.smallest_bound == found.rows["smallest_bound"].max()
    assert equivalence(gaps, found.smallest_bound * 1.001).all_within
    assert not equivalence(gaps, found.smallest_bound * 0.999).all_within


def test_all_within_needs_no_adjustment():
    """Berger 1982: of twenty, each tested at 5 %, the one that is least sure decides."""
    many = {n: Difference(0.0, 0.01 + n / 10_000, 300, 100) for n in range(20)}
    found = equivalence(many, 0.05)
    assert found.all_within
    assert found.p_all_within == found.rows["p_within"].iloc[-1]


def test_adjustment_touches_what_lies_outside_alone():
    many = {n: Difference(0.08, 0.014, 300, 100) for n in range(20)}
    holm, single = equivalence(many, 0.05), equivalence(many, 0.05, adjustment="none")
    assert set(single.rows["verdict"]) == {"outside"}
    assert set(holm.rows["verdict"]) == {"cannot tell"}
    assert (holm.rows["p_within"] == single.rows["p_within"]).all()


def test_the_sign_of_a_difference_changes_no_verdict(gaps):
    there = equivalence(gaps, 0.05).rows
    back = equivalence({name: gap.reversed for name, gap in gaps.items()}, 0.05).rows
    pd.testing.assert_frame_equal(
        back[["p_within", "p_outside", "verdict"]], there[["p_within", "p_outside", "verdict"]]
    )
    np.testing.assert_allclose(back["conf_low"], -there["conf_high"], rtol=1e-15)


@pytest.mark.parametrize(("estimate", "verdict"), [(0.04, "within"), (0.05, "cannot tell"), (-0.06, "outside")])
def test_where_nothing_varies_the_figure_itself_decides(estimate, verdict):
    found = equivalence({"census": Difference(estimate, 0.0, 100, 100)}, 0.05)
    assert found.rows["verdict"].tolist() == [verdict]
    assert found.smallest_bound == abs(estimate)


def test_an_empty_base_cannot_be_told_nor_can_all_with_it(gaps):
    found = equivalence({**gaps, "nobody": Difference(np.nan, np.nan, 0, 0)}, 5.0)
    assert found.rows.loc["nobody", "verdict"] == "cannot tell"
    assert found.rows["verdict"].tolist().count("within") == len(gaps)
    assert not found.all_within
    assert np.isnan([found.smallest_bound, found.p_all_within]).all()


def test_nothing_to_compare_is_not_all_within():
    assert not equivalence({}, 0.05).all_within


def test_pairs_of_groups_keep_their_two_names(sim, sim_design):
    groups = pd.DataFrame({age: sim["abandon"].where(sim["age"] == age) for age in sorted(sim["age"].unique())})
    rows = equivalence(pairwise(sim_design, groups), 0.1).rows
    assert rows.index.names == ["first", "second"]
    assert rows.index.tolist() == [("18-34", "35-54"), ("18-34", "55+"), ("35-54", "55+")]


@pytest.mark.parametrize("bound", [0.0, -0.05, np.nan])
def test_a_bound_that_is_none_is_refused(gaps, bound):
    with pytest.raises(JourneybookError, match="a bound is a share above 0"):
        equivalence(gaps, bound)
