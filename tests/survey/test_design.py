"""The covariance of a design: strata, PSUs, finite populations, strata of one PSU, raked margins.

Golden numbers: tests/golden/clustered.R (R survey on clustered.csv) unless a test cites a formula.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import JourneybookError
from analysis.survey.compare import difference
from analysis.survey.design import SurveyDesign, margin_matrix
from analysis.survey.estimates import shares
from analysis.survey.weights import rake_survey

RELATIVE = 1e-9
ITEMS = ["owns", "likes"]
MARGINS = {"age": {"18-34": 38, "35+": 62}, "sex": {"f": 52, "m": 48}}  # clustered.R, `margins`


def declare(frame, *, strata=True, psus=True, fpc=False, single_psu="error"):
    return SurveyDesign(
        frame["w"].to_numpy(),
        strata=pd.factorize(frame["stratum"])[0] if strata else None,
        psus=(frame["psu"] if strata else pd.factorize(frame["stratum"] + frame["psu"].astype(str))[0])
        if psus
        else None,
        fpc=frame["rate"].to_numpy() if fpc else None,
        single_psu=single_psu,
    )


def rake_within(frame):
    margins = frame[list(MARGINS)]
    weighting = rake_survey(margins, MARGINS, base_weights=frame["w"].to_numpy())
    return SurveyDesign(
        weighting.weights,
        strata=pd.factorize(frame["stratum"])[0],
        psus=frame["psu"],
        fpc=frame["rate"],
        margins=margin_matrix(margins),
        base_weights=frame["w"],
    )


DESIGNS = {
    "clustered": lambda frame: declare(frame),
    "clustered_fpc": lambda frame: declare(frame, fpc=True),
    "clustered_nostrat": lambda frame: declare(frame, strata=False),
    "unclustered": lambda frame: declare(frame, psus=False),
    "clustered_raked": rake_within,
    "single_certainty": lambda frame: declare(frame, single_psu="certainty"),
    "single_certainty_fpc": lambda frame: declare(frame, fpc=True, single_psu="certainty"),
    "single_adjust": lambda frame: declare(frame, single_psu="centre"),
    "single_adjust_fpc": lambda frame: declare(frame, fpc=True, single_psu="centre"),
}


def sample_of(clustered, dataset):
    """Stratum E, of one PSU, is only in the designs that say how to treat it."""
    return clustered if dataset.startswith("single") else clustered[clustered["stratum"] != "E"].reset_index(drop=True)


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("dataset", DESIGNS)
def test_shares_and_errors_agree_with_r_in_every_design(clustered, in_clustered, dataset, item):
    frame = sample_of(clustered, dataset)
    row = shares(DESIGNS[dataset](frame), frame[[item]]).loc[item]
    expected = in_clustered.share(dataset, item)
    np.testing.assert_allclose(row[expected.index].to_numpy(float), expected, rtol=RELATIVE)


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("dataset", DESIGNS)
def test_a_domain_keeps_the_psu_counts_of_the_full_design(clustered, in_clustered, dataset, item):
    frame = sample_of(clustered, dataset)
    row = shares(DESIGNS[dataset](frame), frame[[item]], domain=frame["age"] == "18-34").loc[item]
    expected = in_clustered.share(f"{dataset}_age1834", item)
    np.testing.assert_allclose(row[expected.index].to_numpy(float), expected, rtol=RELATIVE)


@pytest.mark.parametrize("dataset", DESIGNS)
def test_contrasts_agree_with_r_in_every_design(clustered, in_clustered, dataset):
    frame = sample_of(clustered, dataset)
    found = difference(DESIGNS[dataset](frame), frame["owns"].where(frame["likes"].notna()), frame["likes"])
    expected = in_clustered(dataset, "contrast_owns-likes")
    np.testing.assert_allclose([found.estimate, found.std_error], expected[["est", "se"]], rtol=RELATIVE)


def test_a_stratum_of_one_psu_is_an_error_unless_the_rule_is_named(clustered):
    with pytest.raises(JourneybookError, match=r"1 strata hold one PSU.*certainty or centre") as caught:
        shares(declare(clustered), clustered[["owns"]])
    assert caught.value.kind == "data"


def test_a_certainty_stratum_adds_nothing_and_a_centred_one_adds_its_total_squared(clustered):
    """Centred at the mean of all PSU totals, which is 0 for a share: it adds (1 - f) z^2, z its total."""
    frame = clustered
    y, w = frame["owns"], frame["w"]
    z = w * (y - (w * y).sum() / w.sum()) / w.sum()
    alone = frame["stratum"] == "E"
    errors = {
        rule: shares(declare(frame, fpc=True, single_psu=rule), frame[["owns"]]).at["owns", "std_error"]
        for rule in ("certainty", "centre")
    }
    added = (1 - frame.loc[alone, "rate"].iloc[0]) * z[alone].sum() ** 2
    np.testing.assert_allclose(errors["centre"] ** 2 - errors["certainty"] ** 2, added, rtol=RELATIVE)


def test_a_census_of_psus_leaves_no_sampling_error(clustered):
    frame = sample_of(clustered, "clustered").assign(rate=1.0)
    assert shares(declare(frame, fpc=True), frame[["owns"]]).at["owns", "std_error"] == 0


def test_psu_numbers_may_repeat_from_stratum_to_stratum(clustered):
    frame = sample_of(clustered, "clustered")
    through = frame.assign(psu=pd.factorize(frame["stratum"] + frame["psu"].astype(str))[0])
    repeated, unique = (shares(declare(one), frame[ITEMS]) for one in (frame, through))
    pd.testing.assert_frame_equal(repeated, unique, rtol=1e-12)


def test_degrees_of_freedom_are_psus_less_strata_that_have_rows_in_the_domain(clustered):
    """18 PSUs in 4 strata; strata A and B alone have 5 + 4 (clustered.R, `plan`)."""
    frame = sample_of(clustered, "clustered")
    design = declare(frame)
    assert design.degrees_of_freedom() == 18 - 4
    assert design.degrees_of_freedom(frame["stratum"].isin(["A", "B"]).to_numpy()) == 9 - 2


def test_without_psus_and_strata_each_respondent_is_a_psu():
    assert SurveyDesign(np.ones(12)).degrees_of_freedom() == 12 - 1


def test_the_effective_base_is_kishs():
    """(1 + 2 + 3)^2 / (1 + 4 + 9), Kish 1965, 11.7."""
    design = SurveyDesign(np.array([1.0, 2.0, 3.0, 9.0]))
    assert design.effective_base(np.array([True, True, True, False])) == pytest.approx(36 / 14, rel=1e-15)


def test_the_effective_base_of_nobody_is_zero():
    assert SurveyDesign(np.ones(3)).effective_base(np.zeros(3, dtype=bool)) == 0


def test_nobody_varies_along_a_raked_margin(clustered):
    """A share that was raked to its target has no error: its residual from the margins is 0."""
    frame = sample_of(clustered, "clustered")
    young = pd.DataFrame({"young": (frame["age"] == "18-34").astype(float)})
    row = shares(rake_within(frame), young).loc["young"]
    assert row["estimate"] == pytest.approx(0.38, abs=1e-9)
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


def test_a_design_does_not_share_its_arrays_with_the_caller():
    weights = np.array([1.0, 2.0, 3.0])
    design = SurveyDesign(weights)
    weights[0] = 99
    assert design.weights.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        design.weights[0] = 99


def test_margin_dummies_stand_side_by_side_one_column_a_level():
    margins = pd.DataFrame({"sex": ["f", "m", "f"], "age": ["old", "old", "young"]})
    assert margin_matrix(margins).tolist() == [[1, 0, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1]]
