"""The covariance of a design where R has no answer: rules, refusals, and arrays that nobody can write to.

Golden numbers: tests/golden/clustered.R and designs.R, in tests/survey/test_golden.py.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from survey.datasets import declare

from analysis.errors import JourneybookError
from analysis.survey.design import ARRAYS, SurveyDesign, level_codes
from analysis.survey.estimates import means, shares
from analysis.survey.replicates import jackknife
from analysis.survey.weights import post_stratify, rake_survey

RELATIVE = 1e-9
ITEMS = ["owns", "likes"]
MARGINS = {"age": {"18-34": 38, "35+": 62}, "sex": {"f": 52, "m": 48}}


@pytest.fixture
def several(clustered):
    """Strata of several PSUs: all but E."""
    return clustered[clustered["stratum"] != "E"].reset_index(drop=True)


def share_of(design, frame, item="owns"):
    return shares(design, frame[[item]]).loc[item]


def rake_within(frame):
    margins = frame[list(MARGINS)]
    weighting = rake_survey(margins, MARGINS, base_weights=frame["w"].to_numpy())
    return SurveyDesign(
        weighting.weights,
        strata=pd.factorize(frame["stratum"])[0],
        psus=frame["psu"],
        fpc=frame["rate"],
        margins=level_codes(margins),
        base_weights=frame["w"],
    )


def test_a_stratum_of_one_psu_is_an_error_unless_the_rule_is_named(clustered):
    with pytest.raises(JourneybookError, match=r"1 strata hold one PSU.*certainty or centre") as caught:
        share_of(declare(clustered, "clustered"), clustered)
    assert caught.value.kind == "data"


def test_a_certainty_stratum_adds_nothing_and_a_centred_one_adds_its_total_squared(clustered):
    """Centred at the mean of all PSU totals, which is 0 for a share: it adds (1 - f) z^2, z its total."""
    frame = clustered
    y, w = frame["owns"], frame["w"]
    z = w * (y - (w * y).sum() / w.sum()) / w.sum()
    alone = frame["stratum"] == "E"
    errors = {
        rule: share_of(declare(frame, "clustered_fpc", single_psu=rule), frame)["std_error"]
        for rule in ("certainty", "centre")
    }
    added = (1 - frame.loc[alone, "rate"].iloc[0]) * z[alone].sum() ** 2
    np.testing.assert_allclose(errors["centre"] ** 2 - errors["certainty"] ** 2, added, rtol=RELATIVE)


def test_a_stratum_of_one_psu_that_is_all_of_it_adds_nothing_and_is_no_error(clustered):
    frame = clustered.assign(rate=clustered["rate"].where(clustered["stratum"] != "E", 1.0))
    found = share_of(declare(frame, "clustered_fpc"), frame)
    for rule in ("certainty", "centre"):
        named = share_of(declare(frame, "clustered_fpc", single_psu=rule), frame)
        assert named["std_error"] == pytest.approx(found["std_error"], rel=1e-12)


def test_a_census_of_psus_leaves_no_sampling_error(several):
    assert share_of(declare(several.assign(rate=1.0), "clustered_fpc"), several)["std_error"] == 0


@pytest.mark.parametrize("rates", [[0.5, 0.5, 1.2, 1.2], [0.5, 0.6, 0.2, 0.2]])
def test_a_sampling_rate_above_1_or_one_that_varies_in_a_stratum_is_refused(rates):
    with pytest.raises(JourneybookError, match="fpc must be a share of PSUs, 0 to 1, and the same within a stratum"):
        SurveyDesign(np.ones(4), strata=np.array([0, 0, 1, 1]), fpc=np.array(rates))


def test_one_sampling_rate_holds_for_a_design_without_strata():
    with pytest.raises(JourneybookError, match="the same within a stratum"):
        SurveyDesign(np.ones(4), fpc=np.array([0.5, 0.5, 0.2, 0.2]))
    assert SurveyDesign(np.ones(4), fpc=np.full(4, 0.5)).degrees_of_freedom() == 3


def test_psu_numbers_may_repeat_from_stratum_to_stratum(several):
    through = several.assign(psu=pd.factorize(several["stratum"] + several["psu"].astype(str))[0])
    repeated, unique = (shares(declare(one, "clustered"), several[ITEMS]) for one in (several, through))
    pd.testing.assert_frame_equal(repeated, unique, rtol=1e-12)


def test_strata_and_psus_may_be_named(several):
    numbered = declare(several, "clustered")
    named = SurveyDesign(several["w"], strata=several["stratum"], psus=several["psu"].map("house {}".format))
    pd.testing.assert_frame_equal(shares(named, several[ITEMS]), shares(numbered, several[ITEMS]), rtol=1e-12)


def test_degrees_of_freedom_are_psus_less_strata_that_have_rows_in_the_domain(several):
    """18 PSUs in 4 strata; strata A and B alone have 5 + 4 (clustered.R, `plan`)."""
    design = declare(several, "clustered")
    assert design.degrees_of_freedom() == 18 - 4
    assert design.degrees_of_freedom(several["stratum"].isin(["A", "B"]).to_numpy()) == 9 - 2
    assert design.degrees_of_freedom(np.zeros(len(several), dtype=bool)) == 0


def test_without_psus_and_strata_each_respondent_is_a_psu():
    assert SurveyDesign(np.ones(12)).degrees_of_freedom() == 12 - 1


def test_the_effective_base_is_kishs():
    """(1 + 2 + 3)^2 / (1 + 4 + 9), Kish 1965, 11.7."""
    design = SurveyDesign(np.array([1.0, 2.0, 3.0, 9.0]))
    assert design.effective_base(np.array([True, True, True, False])) == pytest.approx(36 / 14, rel=1e-15)


def test_the_effective_base_of_nobody_is_zero():
    assert SurveyDesign(np.ones(3)).effective_base(np.zeros(3, dtype=bool)) == 0


@pytest.mark.parametrize("form", ["calibrate", "rake"])
def test_nobody_varies_along_a_raked_margin(several, form):
    """A share that was raked to its target has no error: its residual from the margins is 0."""
    young = pd.DataFrame({"young": (several["age"] == "18-34").astype(float)})
    row = shares(replace(rake_within(several), calibration=form), young).loc["young"]
    assert row["estimate"] == pytest.approx(0.38, abs=1e-9)
    assert row["std_error"] < 1e-12


def test_weights_as_given_take_no_notice_of_their_margins(several):
    raked = rake_within(several)
    given, plain = replace(raked, calibration="as_given"), replace(raked, margins=None, base_weights=None)
    pd.testing.assert_frame_equal(shares(given, several[ITEMS]), shares(plain, several[ITEMS]))


def test_nobody_varies_over_post_stratified_cells(several):
    cells = several[["age", "sex"]]
    targets = {("18-34", "f"): 20, ("18-34", "m"): 15, ("35+", "f"): 35, ("35+", "m"): 30}
    weights = post_stratify(cells, targets, base_weights=several["w"].to_numpy()).weights
    codes = level_codes((several["age"] + several["sex"]).to_frame())
    design = SurveyDesign(weights, margins=codes, base_weights=several["w"])
    inside = pd.DataFrame({"young women": ((several["age"] == "18-34") & (several["sex"] == "f")).astype(float)})
    row = shares(design, inside).iloc[0]
    assert row["estimate"] == pytest.approx(0.20, abs=1e-12)
    assert row["std_error"] < 1e-12


@pytest.mark.parametrize("name", ["strata", "psus", "fpc", "margins", "base_weights"])
def test_every_part_of_a_design_has_an_entry_a_respondent(name):
    with pytest.raises(JourneybookError, match=f"{name} has 2 entries, the weights 3"):
        SurveyDesign(np.ones(3), **{name: np.ones(2)})


@pytest.mark.parametrize(
    ("weights", "problem"),
    [([1, np.nan], "finite"), ([1, np.inf], "finite"), ([1, -1], "not negative"), ([0, 0], "sum to nothing")],
)
def test_weights_are_finite_not_negative_and_not_all_zero(weights, problem):
    with pytest.raises(JourneybookError, match=problem):
        SurveyDesign(np.array(weights, dtype=float))


@pytest.mark.parametrize("name", ["fpc", "margins", "base_weights"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_what_goes_with_the_weights_is_finite_and_not_negative_too(name, bad):
    with pytest.raises(JourneybookError, match=f"{name} must be finite and not negative"):
        SurveyDesign(np.ones(3), **{name: np.array([1.0, 1.0, bad])})


@pytest.mark.parametrize("name", ARRAYS)
def test_no_array_of_a_design_can_be_written_to_or_is_the_callers(name):
    given = {"weights": np.ones(3), "strata": np.zeros(3, dtype=int), "psus": np.arange(3), "fpc": np.full(3, 0.5)}
    given |= {"margins": np.zeros((3, 1)), "base_weights": np.ones(3)}
    design = SurveyDesign(**given)
    held = getattr(design, name).copy()
    given[name][0] = 99
    np.testing.assert_array_equal(getattr(design, name), held)
    with pytest.raises(ValueError, match="read-only"):
        getattr(design, name)[0] = 99
    with pytest.raises(AttributeError):
        setattr(design, name, held)


def test_a_design_with_other_weights_keeps_the_rest_and_leaves_the_first():
    design = SurveyDesign(np.ones(3), strata=np.array([0, 0, 1]), single_psu="centre")
    other = replace(design, weights=np.array([1.0, 2.0, 3.0]))
    assert (design.weights.tolist(), other.weights.tolist()) == ([1, 1, 1], [1, 2, 3])
    assert (other.strata is not None, other.single_psu) == (True, "centre")


def test_one_estimate_may_be_a_number_of_its_own(several):
    """`estimate` takes a statistic of any weights and gives a vector and a matrix."""
    design = declare(several, "clustered")
    total = several["owns"].to_numpy() * design.weights
    estimates, covariance = design.estimate(lambda w: w @ several["owns"].to_numpy(), lambda _: total)
    assert (estimates.shape, covariance.shape) == ((1,), (1, 1))
    replicated = replace(design, replicates=jackknife(design))
    _, jackknifed = replicated.estimate(lambda w: w @ several["owns"].to_numpy(), lambda _: total)
    assert jackknifed.item() == pytest.approx(covariance.item(), rel=1e-10)  # a total is linear in its weights


def test_a_mean_that_everybody_shares_has_no_error_and_no_design_effect():
    row = means(SurveyDesign(np.linspace(0.3, 2, 50)), pd.DataFrame({"y": np.full(50, 3.7)})).loc["y"]
    assert row["std_error"] == 0
    assert row["conf_low"] == row["estimate"] == row["conf_high"] == pytest.approx(3.7)
    assert np.isnan(row["design_effect"])


def test_level_codes_count_from_0_one_column_a_margin():
    margins = pd.DataFrame({"sex": ["f", "m", "f"], "age": ["old", "old", "young"]})
    assert level_codes(margins).tolist() == [[0, 0], [1, 0], [0, 1]]
