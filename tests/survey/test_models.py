"""Models: what cannot be estimated, which level is the reference, and that nothing else is touched.

Golden numbers: svyglm and marginal effects in tests/survey/test_golden.py, predictions in test_splines.py.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares
from analysis.survey.models import INTERCEPT, NUMERIC, regression
from analysis.survey.replicates import bootstrap, jackknife

N = 120


@pytest.fixture
def people():
    rng = np.random.default_rng(20120217)
    frame = pd.DataFrame(
        {
            "age": rng.choice(["18-34", "35-54", "55+"], N),
            "sex": rng.choice(["f", "m"], N),
            "visits": rng.poisson(3, N).astype(float),
            "w": rng.lognormal(0, 0.4, N),
        }
    )
    chance = 1 / (1 + np.exp(0.5 - 0.3 * frame["visits"] + 0.4 * (frame["sex"] == "m")))
    return frame.assign(likes=(rng.random(N) < chance).astype(float))


@pytest.fixture
def design(people):
    return SurveyDesign(people["w"].to_numpy())


def assert_not_estimable(model, reason):
    assert reason in model.not_estimable
    assert model.coefficients.isna().all(axis=None)
    assert model.covariance.isna().all(axis=None)
    assert np.isnan([model.wald("sex").f_statistic, model.wald("sex").p_value]).all()
    assert model.marginal_effects("sex").isna().all(axis=None)
    assert model.predicted(pd.DataFrame({"sex": ["f", "never"]}, index=[5, 9])).isna().all(axis=None)


def test_a_predictor_that_others_make_up_is_named(people, design):
    predictors = people[["sex", "visits"]].assign(twice=2 * people["visits"] + 1)
    assert_not_estimable(regression(design, people["likes"], predictors), "twice is a combination of the predictors")


def test_a_category_that_tells_the_same_as_another_is_named(people, design):
    predictors = people[["sex"]].assign(title=people["sex"].map({"f": "Ms", "m": "Mr"}))
    assert_not_estimable(regression(design, people["likes"], predictors), "title Ms is a combination of the predictors")


@pytest.mark.parametrize("family", ["logit", "linear"])
def test_a_predictor_that_does_not_vary_is_named(people, design, family):
    model = regression(design, people["likes"], people[["sex"]].assign(wave=7.0), family=family)
    assert_not_estimable(model, "wave is a combination of the predictors")


@pytest.mark.parametrize("family", ["logit", "linear"])
def test_an_outcome_that_does_not_vary_has_no_model(people, design, family):
    model = regression(design, people["likes"] * 0 + 1, people[["sex"]], family=family)
    assert_not_estimable(model, "the outcome does not vary")


def test_an_empty_base_has_no_model(people, design):
    nobody = np.zeros(N, dtype=bool)
    model = regression(design, people["likes"], people[["sex"]], domain=nobody)
    assert "the outcome does not vary" in model.not_estimable
    assert model.unweighted_base == 0


def test_a_category_whose_members_all_answered_alike_is_named(people, design):
    """Quasi-complete separation: every man likes it, women are split."""
    outcome = people["likes"].where(people["sex"] == "f", 1.0)
    assert_not_estimable(regression(design, outcome, people[["sex", "age"]]), "sex m tells the outcome apart")


def test_a_number_that_divides_the_outcomes_is_named(people, design):
    outcome = (people["visits"] > 2).astype(float)
    assert_not_estimable(regression(design, outcome, people[["visits", "sex"]]), "visits tells the outcome apart")


def test_a_linear_model_is_not_troubled_by_separation(people, design):
    outcome = people["likes"].where(people["sex"] == "f", 1.0)
    assert regression(design, outcome, people[["sex"]], family="linear").not_estimable == ""


def test_a_design_of_few_psus_has_no_degrees_of_freedom_for_many_predictors(people):
    clusters = SurveyDesign(people["w"].to_numpy(), psus=np.arange(N) % 4)
    model = regression(clusters, people["likes"], people[["sex", "age", "visits"]])
    assert_not_estimable(model, "too few degrees of freedom")
    assert model.degrees_of_freedom == 3 + 1 - 5


def test_text_has_its_first_level_in_sorted_order_as_reference(people, design):
    model = regression(design, people["likes"], people[["age", "visits"]])
    assert list(model.coefficients.index) == [INTERCEPT, ("age", "35-54"), ("age", "55+"), ("visits", NUMERIC)]


def test_ordered_categories_have_their_own_first_level_as_reference(people, design):
    order = pd.CategoricalDtype(["55+", "35-54", "18-34"], ordered=True)
    predictors = people[["age"]].astype({"age": order})
    model = regression(design, people["likes"], predictors)
    assert list(model.coefficients.index) == [INTERCEPT, ("age", "35-54"), ("age", "18-34")]
    text = regression(design, people["likes"], people[["age"]])
    assert model.coefficients.at[("age", "18-34"), "estimate"] == pytest.approx(
        -text.coefficients.at[("age", "55+"), "estimate"], rel=1e-9
    )
    assert model.wald("age").f_statistic == pytest.approx(text.wald("age").f_statistic, rel=1e-9)


def test_a_level_that_nobody_of_the_base_has_is_left_out(people, design):
    order = pd.CategoricalDtype(["under 18", "18-34", "35-54", "55+"], ordered=True)
    predictors = people[["age"]].astype({"age": order})
    model = regression(design, people["likes"], predictors, domain=(people["age"] != "35-54").to_numpy())
    assert list(model.coefficients.index) == [INTERCEPT, ("age", "55+")]


def test_a_yes_or_no_predictor_is_the_same_as_1_and_0(people, design):
    as_truth = regression(design, people["likes"], pd.DataFrame({"man": people["sex"] == "m"}))
    as_number = regression(design, people["likes"], pd.DataFrame({"man": (people["sex"] == "m").astype(float)}))
    assert list(as_truth.coefficients.index) == [INTERCEPT, ("man", "True")]
    np.testing.assert_allclose(as_truth.coefficients, as_number.coefficients, rtol=1e-9)
    effects = as_truth.marginal_effects("man"), as_number.marginal_effects("man")
    np.testing.assert_allclose(*effects, rtol=1e-9)


def test_a_missing_value_anywhere_leaves_the_base(people, design):
    outcome, predictors = people["likes"].copy(), people[["sex", "visits"]].copy()
    outcome[:5], predictors.loc[5:9, "sex"], predictors.loc[8:11, "visits"] = np.nan, None, np.nan
    model = regression(design, outcome, predictors)
    assert model.unweighted_base == N - 12
    domain = regression(design, people["likes"], people[["sex", "visits"]], domain=np.arange(N) >= 12)
    pd.testing.assert_frame_equal(model.coefficients, domain.coefficients, rtol=1e-9)


def test_respondents_of_weight_0_are_outside(people):
    weights = people["w"].where(people.index >= 12, 0.0).to_numpy()
    by_weight = regression(SurveyDesign(weights), people["likes"], people[["sex", "visits"]])
    by_mask = regression(
        SurveyDesign(people["w"].to_numpy()), people["likes"], people[["sex", "visits"]], domain=people.index >= 12
    )
    pd.testing.assert_frame_equal(by_weight.coefficients, by_mask.coefficients, rtol=1e-9)


@pytest.mark.parametrize("family", ["logit", "linear"])
def test_the_scale_of_the_weights_changes_nothing(people, family):
    models = [
        regression(
            SurveyDesign(people["w"].to_numpy() * scale), people["likes"], people[["sex", "visits"]], family=family
        )
        for scale in (1, 1e4)
    ]
    pd.testing.assert_frame_equal(models[0].coefficients, models[1].coefficients, rtol=1e-8)


def test_the_effect_in_a_linear_model_is_its_coefficient(people, design):
    model = regression(design, people["likes"], people[["sex", "visits"]], family="linear")
    for predictor, level in (("sex", "m"), ("visits", NUMERIC)):
        effect = model.marginal_effects(predictor, given_x=True).loc[level]
        expected = model.coefficients.loc[(predictor, level)]
        assert effect[["estimate", "std_error"]].tolist() == pytest.approx(
            expected[["estimate", "std_error"]].tolist(), rel=1e-9
        )


def test_the_effect_of_a_number_is_the_mean_slope_of_the_predictions(people, design):
    """The weighted mean of b p (1 - p), by a small step of the predictor."""
    model = regression(design, people["likes"], people[["visits", "sex"]])
    b = model.coefficients["estimate"]
    step, w = 1e-6, people["w"]

    def predicted(visits):
        linear = b[INTERCEPT] + b[("visits", NUMERIC)] * visits + b[("sex", "m")] * (people["sex"] == "m")
        return 1 / (1 + np.exp(-linear))

    slope = (predicted(people["visits"] + step) - predicted(people["visits"] - step)) / (2 * step)
    found = model.marginal_effects("visits").at[NUMERIC, "estimate"]
    assert found == pytest.approx((w * slope).sum() / w.sum(), rel=1e-6)


def test_intervals_follow_the_level_and_p_values_do_not(people, design):
    models = [regression(design, people["likes"], people[["sex"]], confidence_level=one) for one in (0.8, 0.99)]
    narrow, wide = (model.coefficients.loc[("sex", "m")] for model in models)
    assert wide["conf_low"] < narrow["conf_low"] < narrow["conf_high"] < wide["conf_high"]
    assert wide["p_value"] == narrow["p_value"]


@pytest.mark.parametrize("family", ["logit", "linear"])
def test_large_numbers_and_rare_outcomes_bring_no_warning(people, design, family):
    predictors = people[["sex"]].assign(born=np.linspace(1940, 2000, N), income=np.linspace(1e6, 2e6, N)[::-1] ** 1.1)
    rare = pd.Series(np.isin(np.arange(N), (3, 60, 110)).astype(float))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for outcome in (people["likes"], rare):
            model = regression(design, outcome, predictors, family=family)
            assert model.not_estimable == ""
            model.marginal_effects("sex")


def test_what_cannot_be_estimated_brings_no_warning_either(people, design):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = people["likes"].where(people["sex"] == "f", 1.0)
        model = regression(design, outcome, people[["sex"]])
        assert model.not_estimable
        assert np.isnan(model.wald("sex").f_statistic)
        assert model.marginal_effects("sex").isna().all(axis=None)


def test_replicates_give_nearly_the_linearised_errors(people, design):
    linearised = regression(design, people["likes"], people[["sex", "visits"]])
    replicated = regression(replace(design, replicates=jackknife(design)), people["likes"], people[["sex", "visits"]])
    np.testing.assert_allclose(replicated.coefficients["estimate"], linearised.coefficients["estimate"], rtol=1e-9)
    np.testing.assert_allclose(replicated.coefficients["std_error"], linearised.coefficients["std_error"], rtol=0.1)


def test_replicates_that_leave_out_the_only_other_answer_make_a_model_not_estimable():
    """Five of the six in the group said yes: a bootstrap sample often holds none but them."""
    group = pd.DataFrame({"group": np.repeat([0.0, 1.0], [34, 6])})
    said = pd.Series([*[0.0, 1.0] * 17, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    design = SurveyDesign(np.ones(40))
    assert regression(design, said, group).not_estimable == ""
    model = regression(replace(design, replicates=bootstrap(design, replicates=60, seed=1)), said, group)
    assert "without error in" in model.not_estimable and "of the replicates" in model.not_estimable
    assert model.coefficients.isna().all(axis=None)


# ---- predictions


@pytest.mark.parametrize("family", ["logit", "linear"])
def test_predictions_of_the_respondents_themselves_average_to_the_outcome(people, design, family):
    """The score of the intercept is 0 at the estimates, for both canonical links."""
    predictors = people[["age", "sex", "visits"]]
    found = regression(design, people["likes"], predictors, family=family).predicted(predictors)
    assert np.average(found["estimate"], weights=people["w"]) == pytest.approx(
        np.average(people["likes"], weights=people["w"]), rel=1e-9
    )


def test_of_categories_alone_a_prediction_is_the_share_of_the_group(people, design):
    """One predictor, one coefficient a level: the model says what `shares` says, on the same degrees of freedom."""
    model = regression(design, people["likes"], people[["sex"]])
    found = model.predicted(pd.DataFrame({"sex": ["f", "m"]}))
    groups = pd.DataFrame({level: people["likes"].where(people["sex"] == level) for level in ("f", "m")})
    expected = shares(design, groups)
    np.testing.assert_allclose(found[["estimate", "std_error"]], expected[["estimate", "std_error"]], rtol=1e-9)
    assert model.degrees_of_freedom == N - 2  # of the coefficients; predictions have those of the design


def test_predictions_keep_their_rows_and_a_missing_value_has_none(people, design):
    model = regression(design, people["likes"], people[["age", "visits"]])
    x = pd.DataFrame({"age": ["18-34", None, "55+"], "visits": [1.0, 2.0, np.nan]}, index=list("xyz"))
    found = model.predicted(x)
    assert found.index.tolist() == list("xyz")
    assert found.isna().all(axis=1).tolist() == [False, True, True]


def test_a_prediction_depends_on_its_own_row_alone(people, design):
    model = regression(design, people["likes"], people[["age", "visits", "sex"]])
    x = people[["visits", "sex", "age"]][:6].assign(other=1)
    together = model.predicted(x)
    for place in x.index:
        pd.testing.assert_frame_equal(model.predicted(x.loc[[place]]), together.loc[[place]])
    ordered = x.astype({"age": pd.CategoricalDtype(["55+", "18-34", "35-54"], ordered=True)})
    pd.testing.assert_frame_equal(model.predicted(ordered), together)


def test_a_prediction_at_a_level_nobody_has_or_without_a_predictor_is_refused(people, design):
    model = regression(design, people["likes"], people[["age", "visits"]])
    with pytest.raises(JourneybookError, match=r"nobody in it has that age; got '65\+'; allowed: 18-34, 35-54, 55\+"):
        model.predicted(pd.DataFrame({"age": ["65+"], "visits": [1.0]}))
    with pytest.raises(JourneybookError, match="visits is not among the columns"):
        model.predicted(pd.DataFrame({"age": ["55+"]}))


def test_intervals_of_predicted_shares_stay_within_0_and_1_and_follow_the_level(people, design):
    model = regression(design, people["likes"], people[["visits"]])
    x = pd.DataFrame({"visits": [-30.0, 0.0, 30.0]})
    narrow, wide = (model.predicted(x, confidence_level=level) for level in (0.8, 0.99))
    assert ((wide >= 0) & (wide <= 1)).all(axis=None)
    assert (wide["conf_low"] < narrow["conf_low"]).all() and (narrow["conf_high"] < wide["conf_high"]).all()


def test_yes_or_no_predictors_are_predicted_as_they_were_fitted(people, design):
    truth = pd.DataFrame({"man": people["sex"] == "m"})
    as_truth = regression(design, people["likes"], truth).predicted(pd.DataFrame({"man": [False, True]}))
    as_text = regression(design, people["likes"], people[["sex"]]).predicted(pd.DataFrame({"sex": ["f", "m"]}))
    pd.testing.assert_frame_equal(as_truth, as_text, rtol=1e-9)


def test_replicates_give_nearly_the_linearised_predictions(people, design):
    x = people[["sex", "visits"]]
    linearised = regression(design, people["likes"], x).predicted(x)
    replicated = regression(replace(design, replicates=jackknife(design)), people["likes"], x).predicted(x)
    np.testing.assert_allclose(replicated["std_error"], linearised["std_error"], rtol=0.1)


def test_a_model_leaves_its_inputs_unchanged(people, design):
    before = people.copy()
    model = regression(design, people["likes"], people[["age", "visits"]], domain=(people["sex"] == "f").to_numpy())
    model.marginal_effects("age")
    model.wald("age")
    model.predicted(people)
    pd.testing.assert_frame_equal(people, before)
