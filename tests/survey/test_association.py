"""The test of a two-way table where R gives no answer: one answer only, nobody, empty cells, a census.

Golden numbers: svychisq in tests/survey/test_golden.py; Cramer's V in tests/golden/equivalence.R.
"""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from survey.datasets import dataset, read

from analysis.survey.association import cramers_v, rao_scott
from analysis.survey.design import SurveyDesign
from analysis.survey.replicates import jackknife

GOLDEN = read("equivalence.csv")
TABLES = GOLDEN[GOLDEN["quantity"] == "cramers_v"]


@pytest.fixture
def two_questions():
    rng = np.random.default_rng(20120217)
    rows = pd.Series(rng.choice(["a", "b", "c"], 300))
    return rows, pd.Series(np.where(rng.random(300) < rows.map({"a": 0.3, "b": 0.5, "c": 0.6}), "x", "y"))


def assert_nothing(test):
    assert np.isnan(astuple(test)).all()


def test_a_question_with_one_answer_has_no_test(two_questions):
    rows, _ = two_questions
    design = SurveyDesign(np.ones(300))
    assert_nothing(rao_scott(design, rows, pd.Series("x", rows.index)))
    assert_nothing(rao_scott(design, rows, rows, domain=(rows == "a").to_numpy()))


def test_nobody_has_no_test(two_questions):
    rows, columns = two_questions
    assert_nothing(rao_scott(SurveyDesign(np.ones(300)), rows, columns, domain=np.zeros(300, dtype=bool)))
    assert_nothing(rao_scott(SurveyDesign(np.ones(300)), rows, columns.where(columns == "never")))


def test_empty_cells_that_leave_a_contrast_untold_have_no_test(two_questions):
    """A question against itself: R's svychisq stops, "system is computationally singular"."""
    rows, _ = two_questions
    assert_nothing(rao_scott(SurveyDesign(np.ones(300)), rows, rows))


def test_one_empty_cell_is_no_hindrance(two_questions):
    rows, columns = two_questions
    columns = columns.where(~((rows == "a") & (columns == "x")), "y")
    assert rao_scott(SurveyDesign(np.ones(300)), rows, columns).p_value < 1e-6


def test_a_census_has_no_test(two_questions):
    assert_nothing(rao_scott(SurveyDesign(np.ones(300), fpc=np.ones(300)), *two_questions))


def test_without_weights_it_is_nearly_pearsons_test(two_questions):
    """Equal weights: X^2 is Pearson's, and the design effects are 1 but for n/(n - 1) and estimation."""
    rows, columns = two_questions
    pearson = chi2_contingency(pd.crosstab(rows, columns), correction=False)
    test = rao_scott(SurveyDesign(np.ones(300)), rows, columns)
    assert test.chi_square == pytest.approx(pearson.statistic, rel=1e-10)
    degrees = (rows.nunique() - 1) * (columns.nunique() - 1)
    assert test.chi_square / test.f_statistic == pytest.approx(degrees, rel=0.1)


def test_rows_and_columns_may_change_places(two_questions):
    there, back = (rao_scott(SurveyDesign(np.ones(300)), *pair) for pair in (two_questions, two_questions[::-1]))
    assert astuple(back) == pytest.approx(astuple(there), rel=1e-9)


def test_the_kind_of_the_categories_changes_nothing(two_questions):
    rows, columns = two_questions
    design = SurveyDesign(np.ones(300))
    numbers = rows.map({"a": 3, "b": 1, "c": 2})
    ordered = rows.astype(pd.CategoricalDtype(["c", "a", "b", "never said"], ordered=True))
    expected = rao_scott(design, rows, columns)
    for other in (numbers, ordered):
        assert astuple(rao_scott(design, other, columns)) == pytest.approx(astuple(expected), rel=1e-9)


def test_the_scale_of_the_weights_changes_nothing(units):
    tests = [
        rao_scott(
            SurveyDesign(units["w"] * scale, strata=pd.factorize(units["stratum"])[0]), units["channel"], units["sex"]
        )
        for scale in (1, 1000)
    ]
    assert astuple(tests[1]) == pytest.approx(astuple(tests[0]), rel=1e-9)


def test_replicates_give_nearly_the_linearised_test(two_questions):
    design = SurveyDesign(np.linspace(0.5, 2, 300))
    linearised = rao_scott(design, *two_questions)
    replicated = rao_scott(replace(design, replicates=jackknife(design)), *two_questions)
    assert replicated.f_statistic == pytest.approx(linearised.f_statistic, rel=0.05)


# ---- Cramer's V


def v_of(rows, columns, **options):
    return cramers_v(SurveyDesign(np.ones(len(rows))), rows, columns, seed=1, replicates=100, **options)


@pytest.mark.parametrize(("name", "item", "expected"), TABLES[["dataset", "item", "value"]].to_numpy().tolist())
def test_cramers_v_is_that_of_rs_weighted_table(name, item, expected):
    data = dataset("sim-estimates" if name.startswith("sim") else "designs", name)
    rows, columns = (data.frame[question] for question in item.split("|"))
    found = cramers_v(data.design, rows, columns, seed=1, replicates=2, domain=data.domain)
    assert found.estimate == pytest.approx(expected, rel=1e-9)


def test_without_weights_cramers_v_is_that_of_pearsons_x2(two_questions):
    rows, columns = two_questions
    pearson = chi2_contingency(pd.crosstab(rows, columns), correction=False).statistic
    assert v_of(rows, columns).estimate == pytest.approx(np.sqrt(pearson / 300), rel=1e-12)


def test_a_question_goes_wholly_with_itself(two_questions):
    rows, _ = two_questions
    found = v_of(rows, rows)
    assert (found.estimate, found.conf_low, found.conf_high) == pytest.approx((1, 1, 1), rel=1e-12)


def test_a_close_pair_of_questions_has_an_interval_around_v(two_questions):
    rows, _ = two_questions
    near = rows.where(np.arange(300) % 4 > 0, "a")
    narrow, wide = (v_of(rows, near, confidence_level=level) for level in (0.5, 0.95))
    assert wide.conf_low < narrow.conf_low < narrow.estimate < narrow.conf_high < wide.conf_high < 1


def test_the_interval_of_unrelated_questions_holds_0():
    """The plain percentiles hold 0 in none of these samples: a sample's V is above it, a replicate's more so."""
    rng = np.random.default_rng(20120217)
    held = []
    for _ in range(40):
        rows, columns = (pd.Series(rng.choice(list(answers), 200)) for answers in ("abc", "wxyz"))
        held.append(v_of(rows, columns).conf_low == 0)
    assert np.mean(held) >= 0.9


def test_cramers_v_has_one_interval_by_seed_and_leaves_out_missing_answers(two_questions):
    rows, columns = two_questions
    domain = np.arange(300) < 200
    first, again = (v_of(rows, columns.where(columns.index != 3), domain=domain) for _ in range(2))
    assert first == again
    assert first.unweighted_base == 199
    assert first.estimate == v_of(rows, columns, domain=domain & (np.arange(300) != 3)).estimate


def test_a_question_with_one_answer_has_no_v(two_questions):
    rows, columns = two_questions
    found = v_of(rows, columns.where(columns == "x"))
    assert np.isnan([found.estimate, found.conf_low, found.conf_high]).all()
    assert found.unweighted_base == (columns == "x").sum()
