"""Replicate weights: made here or delivered, used by every estimate, and refused where they mean nothing.

Golden numbers: tests/golden/replicates.R, in tests/survey/test_golden.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.survey.compare import difference
from analysis.survey.design import SurveyDesign, level_codes
from analysis.survey.estimates import means, ratios, shares
from analysis.survey.models import regression
from analysis.survey.replicates import Replicates, bootstrap, jackknife
from analysis.survey.weights import rake_survey

pytestmark = pytest.mark.slow

TARGETS = {"age": {"18-34": 27, "35-54": 33, "55+": 40}, "sex": {"f": 51, "m": 49}}


@pytest.fixture(scope="module")
def small(sim):
    """180 respondents of the simulated survey, in its twelve strata."""
    return sim.groupby("stratum").head(15).reset_index(drop=True)


@pytest.fixture(scope="module")
def design(small):
    return SurveyDesign(small["w"].to_numpy(), strata=pd.factorize(small["stratum"])[0])


@pytest.fixture(scope="module")
def clusters(units):
    return SurveyDesign(units["w"].to_numpy(), strata=pd.factorize(units["stratum"])[0], psus=units["psu"].to_numpy())


def estimates(design, frame):
    """One figure of every kind, with its error: a share, a mean, a ratio, a difference, a coefficient."""
    young = frame["age"] == "18-34"
    gap = difference(design, frame["abandon"].where(young), frame["abandon"])
    model = regression(design, frame["abandon"], frame[["sex"]])
    rows = {
        "share": shares(design, frame[["social"]]).iloc[0],
        "mean": means(design, frame[["sat"]]).iloc[0],
        "ratio": ratios(design, frame[["sat"]], frame[["trust"]]).iloc[0],
        "difference": pd.Series({"estimate": gap.estimate, "std_error": gap.std_error}),
        "coefficient": model.coefficients.loc[("sex", "m")],
    }
    return pd.DataFrame({name: row[["estimate", "std_error"]].astype(float) for name, row in rows.items()}).T


def test_the_jackknife_is_close_to_the_linearised_errors(small, design):
    linearised = estimates(design, small)
    jackknifed = estimates(replace(design, replicates=jackknife(design)), small)
    np.testing.assert_allclose(jackknifed["estimate"], linearised["estimate"], rtol=1e-9)
    np.testing.assert_allclose(jackknifed["std_error"], linearised["std_error"], rtol=0.03)


def test_the_jackknife_of_an_unweighted_mean_is_the_textbook_error():
    """Leaving one out of a mean gives its textbook error exactly (Wolter 2007, 4.2)."""
    values = pd.DataFrame({"y": [3.0, 1, 4, 1, 5, 9, 2, 6]})
    plain = SurveyDesign(np.ones(8))
    row = means(replace(plain, replicates=jackknife(plain)), values).loc["y"]
    assert row["std_error"] == pytest.approx(values["y"].std() / np.sqrt(8), rel=1e-12)


def test_the_bootstrap_converges_to_the_linearised_errors(units, clusters):
    """2,000 replicates: an error is known to 1 / sqrt(2 x 2000), 1.6 %; four times that is allowed."""
    values = units[["likes", "owns", "rating"]]
    linearised = means(clusters, values)["std_error"]
    drawn = means(replace(clusters, replicates=bootstrap(clusters, replicates=2000, seed=3)), values)["std_error"]
    np.testing.assert_allclose(drawn, linearised, rtol=0.064)


def test_the_bootstrap_draws_one_psu_fewer_than_the_stratum_has(units, clusters):
    """A PSU drawn m times carries m n/(n - 1), so the factors of a stratum sum to n."""
    found = bootstrap(clusters, replicates=20, seed=5)
    factors = pd.DataFrame(found.weights / units["w"].to_numpy()[:, None])
    by_psu = factors.groupby([units["stratum"], units["psu"]]).agg(["min", "max"])
    np.testing.assert_allclose(by_psu.xs("min", axis=1, level=1), by_psu.xs("max", axis=1, level=1), rtol=1e-12)
    per_stratum = by_psu.xs("min", axis=1, level=1).groupby("stratum").sum()
    np.testing.assert_allclose(per_stratum, np.broadcast_to([[8], [6], [5], [4], [7], [6]], (6, 20)), rtol=1e-12)


def test_one_seed_gives_one_bootstrap_and_another_seed_another(design):
    first, again, other = (bootstrap(design, replicates=5, seed=seed).weights for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_delivered_weights_serve_every_estimate(small, design):
    """The agency's file has weights alone: the strata are in the replicates."""
    made = jackknife(design)
    delivered = SurveyDesign(small["w"].to_numpy(), replicates=Replicates(made.weights, made.scale, made.rscales))
    expected = estimates(replace(design, replicates=made), small)
    pd.testing.assert_frame_equal(estimates(delivered, small), expected, rtol=1e-12)


def test_every_replicate_is_raked_anew(small, design):
    """A margin that was raked has no error, and the rest about that of the linearised residuals."""
    margins, start = small[list(TARGETS)], small["w"].to_numpy()

    def rake(weights):
        return rake_survey(margins, TARGETS, base_weights=weights).weights

    raked = replace(design, weights=rake(start), margins=level_codes(margins), base_weights=start)
    replicated = replace(raked, replicates=jackknife(design).calibrated(rake))
    answers = small[["abandon"]].assign(young=(small["age"] == "18-34").astype(float))
    errors, linearised = shares(replicated, answers)["std_error"], shares(raked, answers)["std_error"]
    assert errors["young"] < 1e-9
    assert errors["abandon"] == pytest.approx(linearised["abandon"], rel=0.03)


def test_degrees_of_freedom_are_those_of_the_design_that_was_jackknifed(units, clusters):
    """36 PSUs in 6 strata; A and B alone have 8 + 6 (designs.R, `plan`). R's degf is the rank less one."""
    made = replace(clusters, replicates=jackknife(clusters))
    assert made.degrees_of_freedom() == 36 - 6
    assert made.degrees_of_freedom(units["stratum"].isin(["A", "B"]).to_numpy()) == 14 - 2


def test_about_the_estimate_a_variance_is_larger_than_about_the_mean_of_the_replicates(small, design):
    errors = [
        means(replace(design, replicates=jackknife(design, mse=mse)), small[["sat"]])["std_error"].item()
        for mse in (False, True)
    ]
    assert errors[0] < errors[1] == pytest.approx(errors[0], rel=1e-3)


@pytest.mark.parametrize("make", [jackknife, lambda design: bootstrap(design, replicates=10, seed=1)])
def test_a_stratum_of_one_psu_is_refused(clustered, make):
    design = SurveyDesign(
        clustered["w"].to_numpy(), strata=clustered["stratum"], psus=clustered["psu"], single_psu="centre"
    )
    with pytest.raises(
        JourneybookError, match=r"a stratum of one PSU has no (jackknife|bootstrap); fix: merge"
    ) as told:
        make(design)
    assert told.value.kind == "data"


def test_a_bootstrap_of_one_replicate_is_refused(design):
    with pytest.raises(JourneybookError, match="a bootstrap of 1 replicates has no variance"):
        bootstrap(design, replicates=1, seed=1)


@pytest.mark.parametrize(
    ("weights", "scale", "rscales", "problem"),
    [
        (np.ones((4, 3)), 1.0, np.ones(2), "replicate weights are 4 x 3, for 2 scales"),
        (np.ones(4), 1.0, np.ones(4), "replicate weights are 4, for 4 scales"),
        (np.full((4, 3), np.nan), 1.0, np.ones(3), "must be finite"),
        (np.ones((4, 3)), 0.0, np.ones(3), "scales not negative"),
        (np.ones((4, 3)), 1.0, -np.ones(3), "scales not negative"),
    ],
)
def test_replicates_that_do_not_fit_together_are_refused(weights, scale, rscales, problem):
    with pytest.raises(JourneybookError, match=problem):
        Replicates(weights, scale, rscales)


def test_replicates_of_other_respondents_are_refused():
    with pytest.raises(JourneybookError, match="replicates has 4 entries, the weights 5"):
        SurveyDesign(np.ones(5), replicates=Replicates(np.ones((4, 3)), 1.0, np.ones(3)))


def test_replicates_do_not_share_their_arrays_with_the_caller():
    weights, rscales = np.ones((4, 3)), np.ones(3)
    held = Replicates(weights, 1.0, rscales)
    weights[0, 0] = rscales[0] = 99
    assert held.weights[0, 0] == held.rscales[0] == 1
    for array in (held.weights, held.rscales):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 99
