"""How a market's file declares its weighting and its design: what is derived from it, and what is refused."""

import pytest
from pydantic import ValidationError

from analysis.errors import JourneybookError
from analysis.study.weighting import Cells, ReplicateWeights, SampleDesign, Trimming, Weighting

TARGETS = "  targets:\n    sex: {1: 49, 2: 51}\n    age_band: {18-34: 30, 35+: 70}\n"
CELLS = """\
  cells:
    questions: [sex, age_band]
    targets:
      1: {18-34: 16, 35+: 33}
      2: {18-34: 14, 35+: 37}
"""
OF_CENSUS = {"target_source": "Census", "target_year": 2020}


def cells(rows, questions=("sex", "age_band")):
    return Weighting(cells=Cells(questions=questions, targets=rows), **OF_CENSUS)


@pytest.fixture
def refusal(folder, uk):
    """The message by which the market's file is refused, with one text in it replaced."""

    def of(old, new):
        folder.edit("markets/uk.yaml", old, new)
        with pytest.raises(JourneybookError) as error:
            uk()
        assert error.value.kind == "config"
        assert "uk.yaml" in str(error.value)
        return str(error.value)

    return of


# ---- targets and cells


def test_the_margins_of_targets_are_the_targets(uk):
    assert uk().weighting.margins == {"sex": {1: 49, 2: 51}, "age_band": {"18-34": 30, "35+": 70}}


def test_the_margins_of_cells_are_their_sums(folder, uk):
    folder.edit("markets/uk.yaml", TARGETS, CELLS)
    weighting = uk().weighting
    assert weighting.cells.questions == ("sex", "age_band")
    assert weighting.margins == {"sex": {1: 49, 2: 51}, "age_band": {"18-34": 30, "35+": 70}}


def test_a_level_that_stands_in_some_rows_only_is_summed_over_those():
    rows = {1: {"18-34": 16, "35-54": 20, "55+": 13}, 2: {"18-34": 14, "55+": 37}}
    assert cells(rows).margins == {"sex": {1: 49, 2: 51}, "age_band": {"18-34": 30, "35-54": 20, "55+": 50}}


def test_a_given_weight_alone_has_no_margins():
    assert Weighting(column="w").margins == {}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("35+: 37", "35+: 36", "sum to 99.00, not to 100"),
        ("35+: 37", "35+: 38", "sum to 101.00, not to 100"),
        ("18-34: 14, 35+: 37", "18-34: 0, 35+: 51", "a target of '2 of sex' is not above 0"),
        ("18-34: 14, 35+: 37", "18-34: -14, 35+: 65", "a target of '2 of sex' is not above 0"),
        ("18-34: 14, 35+: 37", "18-34: .nan, 35+: 51", "found text, expected a number; got '.nan'"),
        ("  target_year: 2020\n", "", "raking targets need target_source and target_year"),
        ("questions: [sex, age_band]", "questions: [sex]", "weighting.cells.questions"),
        ("questions: [sex, age_band]", "questions: [sexx, age_band]", "weighting.cells: no such question"),
        ("18-34: 14", "18-35: 14", "weighting.cells: no such answer in the codebook; got '18-35'"),
        (
            "      2: {18-34",
            "      3: {18-34",
            "weighting.cells: no such answer in the codebook; got '3'; allowed: 1, 2",
        ),
        ("questions: [sex, age_band]", "question: [sex, age_band]", "did you mean questions?"),
    ],
)
def test_cells_that_make_no_sense_are_refused(folder, refusal, old, new, problem):
    folder.edit("markets/uk.yaml", TARGETS, CELLS)
    assert problem in refusal(old, new)


def test_cells_may_miss_100_by_rounding_over_all_of_them():
    """Four printed percents of one decimal: 25.3 + 24.3 + 25.2 + 25.2 = 100.0, or .05 more."""
    rows = {1: {"a": 25.3, "b": 24.3}, 2: {"a": 25.2, "b": 25.24}}
    assert sum(cells(rows).margins["sex"].values()) == pytest.approx(100.04)
    with pytest.raises(ValidationError, match=r"sum to 100\.10"):
        cells({1: {"a": 25.3, "b": 24.3}, 2: {"a": 25.2, "b": 25.3}})


def test_cells_and_targets_together_are_refused(refusal):
    message = refusal(TARGETS, TARGETS + CELLS)
    assert "weighting has targets and cells: give one of them" in message


@pytest.mark.parametrize("weighting", ["  targets:\n    sex: {}\n", CELLS.split("      1:")[0] + "      1: {}\n"])
def test_targets_without_a_level_are_refused_by_their_sum(refusal, weighting):
    assert "the targets of 'sex' sum to 0.00, not to 100" in refusal(TARGETS, weighting)


def test_cells_of_one_question_twice_are_refused():
    with pytest.raises(ValidationError, match="two different questions"):
        cells({1: {1: 49, 2: 1}, 2: {1: 1, 2: 49}}, questions=("sex", "sex"))


def test_every_wrong_cell_comes_in_one_pass():
    with pytest.raises(ValidationError) as error:
        cells({1: {"18-34": 0, "35+": 49}, 2: {"18-34": -1, "35+": 51}})
    for said in ("'sex' sum to 99.00", "'1 of sex' is not above 0", "'2 of sex' is not above 0"):
        assert said in str(error.value)


# ---- trimming and the form of the variance


@pytest.mark.parametrize("bounds", ["{upper: 1.01}", "{lower: 0, upper: 3}", "{lower: 0.99, upper: 1.5}"])
def test_trim_bounds_enclose_the_mean_weight(folder, uk, bounds):
    folder.edit("markets/uk.yaml", TARGETS, TARGETS + f"  trim: {bounds}\n")
    trim = uk().weighting.trim
    assert 0 <= trim.lower < 1 < trim.upper


@pytest.mark.parametrize(
    ("bounds", "key"),
    [
        ("{upper: 1}", "trim.upper"),
        ("{upper: 0.5}", "trim.upper"),
        ("{lower: 1, upper: 3}", "trim.lower"),
        ("{lower: -0.1, upper: 3}", "trim.lower"),
        ("{lower: 0.3}", "weighting.trim: the key 'upper' is missing"),
        ("{lower: 0.3, uper: 3}", "did you mean upper?"),
    ],
)
def test_trim_bounds_that_do_not_are_refused(refusal, bounds, key):
    assert key in refusal(TARGETS, TARGETS + f"  trim: {bounds}\n")


def test_without_a_lower_bound_only_large_weights_are_cut():
    assert Trimming(upper=3).lower == 0


def test_a_form_of_the_variance_is_one_of_three(folder, uk, refusal):
    assert uk().weighting.variance == "calibrate"
    message = refusal(TARGETS, TARGETS + "  variance: linear\n")
    assert "weighting.variance" in message
    assert all(form in message for form in ("'calibrate'", "'rake'", "'as_given'", "'linear'"))


# ---- the design


@pytest.mark.parametrize(
    ("method", "scale"),
    [("jackknife", 79 / 80), ("bootstrap", 1 / 79), ("brr", 1 / 80)],
)
def test_a_method_gives_the_scale_of_its_replicates(method, scale):
    """R survey's svrepdesign: JK1 (R - 1)/R, bootstrap 1/(R - 1), BRR 1/R."""
    assert ReplicateWeights(prefix="rw", method=method).scale_of(80) == pytest.approx(scale, rel=1e-15)


def test_a_given_scale_stands_whatever_their_number():
    weights = ReplicateWeights(prefix="rw", scale=0.05)
    assert weights.scale_of(80) == weights.scale_of(500) == 0.05


@pytest.mark.parametrize(
    ("replicates", "problem"),
    [
        ("{prefix: rw}", "replicate weights need a method or a scale, one of them"),
        ("{prefix: rw, method: brr, scale: 0.05}", "replicate weights need a method or a scale, one of them"),
        ("{prefix: rw, scale: 0}", "design.replicates.scale"),
        ("{prefix: rw, scale: -1}", "design.replicates.scale"),
        ("{prefix: rw, method: fay}", "design.replicates.method"),
        ("{prefix: '', method: brr}", "design.replicates.prefix"),
        ("{method: brr}", "design.replicates: the key 'prefix' is missing"),
    ],
)
def test_replicate_weights_that_say_too_little_are_refused(refusal, replicates, problem):
    assert problem in refusal("mode: online", f"mode: online\ndesign: {{replicates: {replicates}}}")


def test_by_default_each_respondent_is_drawn_alone_and_a_single_psu_is_an_error(uk):
    assert uk().design == SampleDesign(strata=None, psu=None, fpc=None, single_psu="error", replicates=None)


def test_a_rule_for_single_psus_is_one_of_three(refusal):
    message = refusal("mode: online", "mode: online\ndesign: {single_psu: average}")
    assert "design.single_psu" in message and "'certainty'" in message


def test_an_unknown_key_of_the_design_is_refused_with_the_nearest(refusal):
    assert "did you mean strata?" in refusal("mode: online", "mode: online\ndesign: {stratum: region}")
