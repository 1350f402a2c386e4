"""Correlations: their errors and intervals, columns that do not vary, and lines of each other.

Golden numbers: tests/golden/scales.R (svycontrast of means of squares and products).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey.datasets import dataset, read

from analysis.survey.correlations import correlations
from analysis.survey.design import SurveyDesign
from analysis.survey.replicates import jackknife

GOLDEN = read("scales.csv").set_index(["dataset", "quantity", "item"])["value"].sort_index()
FIGURES = ["estimate", "std_error", "conf_low", "conf_high"]
DATASETS = list(dict.fromkeys(GOLDEN.index.get_level_values("dataset")))


def pairs_of(name):
    """The correlations of a dataset in R: a row a pair, a column a figure."""
    found = GOLDEN.loc[name].unstack()
    found = found[found.index.str.startswith("correlation:")][FIGURES]
    return found.set_axis(pd.MultiIndex.from_tuples(key.removeprefix("correlation:").split("|") for key in found.index))


@pytest.fixture
def people():
    rng = np.random.default_rng(20120217)
    frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["a", "b", "c"])
    return frame.assign(b=frame["a"] + frame["b"], w=rng.lognormal(0, 0.4, 80))


def of(people, columns="abc", **options):
    return correlations(SurveyDesign(people["w"].to_numpy()), people[list(columns)], **options)


@pytest.mark.parametrize("name", DATASETS)
def test_correlations_their_errors_and_intervals_are_rs(name):
    data, expected = dataset("sim-estimates" if name.startswith("sim") else "designs", name), pairs_of(name)
    columns = list(dict.fromkeys([*expected.index.get_level_values(0), *expected.index.get_level_values(1)]))
    found = correlations(data.design, data.frame[columns], domain=data.domain)
    assert len(found) == len(expected) > 2
    for (first, second), row in expected.iterrows():
        own = found.loc[(first, second) if (first, second) in found.index else (second, first), FIGURES]
        assert own.tolist() == pytest.approx(row.to_list(), rel=1e-9)


def test_without_weights_the_estimate_is_pearsons(people):
    found = of(people.assign(w=1.0))
    for (first, second), row in found.iterrows():
        assert row["estimate"] == pytest.approx(people[first].corr(people[second]), rel=1e-12)
    assert found["unweighted_base"].tolist() == [80] * 3


def test_of_normal_answers_the_error_is_nearly_fishers():
    """1 / sqrt(n - 3) on the scale of atanh (Fisher 1921), whose derivation has normal variables."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 4000), columns=["a", "b"])
    row = of(frame.assign(w=1.0), "ab").iloc[0]
    assert row["std_error"] / (1 - row["estimate"] ** 2) == pytest.approx(1 / np.sqrt(3997), rel=0.05)


def test_a_column_that_does_not_vary_has_no_correlation_and_the_others_have(people):
    found = of(people.assign(c=4.0))
    assert found.loc[[("a", "c"), ("b", "c")], FIGURES].isna().all(axis=None)
    pd.testing.assert_series_equal(found.loc[("a", "b")], of(people).loc[("a", "b")])


def test_nobody_has_no_correlation(people):
    found = of(people, domain=np.zeros(80, dtype=bool))
    assert found[FIGURES].isna().all(axis=None)
    assert found["unweighted_base"].tolist() == [0] * 3


@pytest.mark.parametrize("factor", [2.0, -3.0])
def test_a_line_of_another_correlates_wholly_and_without_error(people, factor):
    row = of(people.assign(b=factor * people["a"] + 1), "ab").iloc[0]
    assert row["estimate"] == pytest.approx(np.sign(factor), abs=1e-12)
    assert row[["std_error", "conf_low", "conf_high"]].tolist() == pytest.approx([0, *[np.sign(factor)] * 2], abs=1e-12)


def test_replicates_give_nearly_the_linearised_errors(people):
    design = SurveyDesign(people["w"].to_numpy())
    replicated = correlations(replace(design, replicates=jackknife(design)), people[["a", "b", "c"]])
    np.testing.assert_allclose(replicated["std_error"], of(people)["std_error"], rtol=0.15)


def test_missing_values_leave_the_base_of_every_pair_and_a_domain_is_kept(people):
    holes, early = people.assign(c=people["c"].where(people.index >= 10)), (people.index < 60)
    by_hole, by_mask = of(holes, domain=early), of(people, domain=early & (people.index >= 10))
    pd.testing.assert_frame_equal(by_hole, by_mask)
    assert by_hole["unweighted_base"].tolist() == [50] * 3


def test_correlations_leave_their_inputs_unchanged(people):
    before = people.copy()
    of(people)
    pd.testing.assert_frame_equal(people, before)
