"""The verdict on a published figure: reproduced, differs or cannot tell, and the base that would reproduce it.

Golden numbers: tests/golden/verdicts.R. That 4 samples in 5 are reproduced at the base named is asked of
samples in tests/survey/test_power.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.report.claims import judge_difference, judge_first, judge_majority, judge_near, judge_share
from analysis.survey.compare import Difference, separate_difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares
from analysis.survey.intervals import share_interval
from analysis.survey.power import base_for_near, difference_power, near_power

GOLDEN = Path(__file__).parents[1] / "golden" / "verdicts.csv"
# UK 30 % against France 25 %, 430 respondents each, as in verdicts.R.
UK_FRANCE = Difference(0.05, ((0.30 * 0.70 + 0.25 * 0.75) / 429) ** 0.5, 858, 430)


@pytest.fixture(scope="module")
def in_r():
    return pd.read_csv(GOLDEN, comment="#").set_index(["quantity", "item"])["value"]


def found(share, base):
    """The row of a share of so many, in a simple random sample."""
    hits = round(share * base)
    answers = pd.DataFrame({"item": np.repeat([1.0, 0.0], [hits, base - hits])})
    return shares(SurveyDesign(np.ones(base)), answers).loc["item"]


def grown(row, base):
    """The same row from a larger base: estimate and design stay."""
    times = base / row["unweighted_base"]
    larger = row.copy()
    larger[["unweighted_base", "weighted_base", "effective_base", "degrees_of_freedom"]] *= times
    larger["std_error"] /= times**0.5
    return larger


# ---- shares


@pytest.mark.parametrize(("share", "base"), [(0.30, 100), (0.30, 230), (0.30, 2000), (0, 30), (0, 300)])
@pytest.mark.parametrize("level", [0.90, 0.95])
def test_the_intervals_that_decide_a_verdict_are_rs(in_r, share, base, level):
    """The numbers that the tests below cite."""
    ends = [end[0] for end in share_interval(found(share, base).to_frame().T, level)]
    name = f"interval {'.30' if share else '0'} of {base} at {level:g}"
    assert ends == pytest.approx(list(in_r[name][["low", "high"]]), rel=1e-9)


def test_an_estimate_surely_near_the_published_percent_is_reproduced():
    """p .30, n 2000: the 90 % interval .283-.317 lies in [.295, .305] widened by .05."""
    assert judge_share(found(0.30, 2000), 30, delta=0.05).word == "reproduced"


def test_an_estimate_surely_elsewhere_differs():
    """p .30, n 2000: the 95 % interval .280-.320 excludes [.495, .505]."""
    assert judge_share(found(0.30, 2000), 50, delta=0.05).word == "differs"


def test_a_small_base_cannot_tell_even_where_the_percent_is_met():
    """p .30, n 100: the 90 % interval .229-.381 leaves [.245, .355], the 95 % one holds the figure."""
    assert judge_share(found(0.30, 100), 30, delta=0.05).word == "cannot tell"


@pytest.mark.parametrize(("share", "word"), [(0.354, "reproduced"), (0.356, "differs"), (0.246, "reproduced")])
def test_the_range_is_half_a_percent_either_way_and_then_delta(share, word):
    """At a base without error to speak of, 30 % with delta .05 reaches from .245 to .355."""
    assert judge_share(grown(found(share, 1000), 1e9), 30, delta=0.05).word == word


@pytest.mark.parametrize(("share", "word"), [(0.304, "reproduced"), (0.306, "differs"), (0.294, "differs")])
def test_without_delta_only_the_rounding_of_the_print_is_allowed(share, word):
    assert judge_share(grown(found(share, 1000), 1e9), 30, delta=0).word == word


def test_reproduced_is_judged_at_its_own_level():
    """p .30, n 230: the 90 % interval .253-.352 lies within [.245, .355], the 95 % one .244-.363 does not."""
    row = found(0.30, 230)
    assert judge_share(row, 30, delta=0.05).word == "reproduced"
    assert judge_share(row, 30, delta=0.05, verdict_level=0.95).word == "cannot tell"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_0_or_100_percent_gets_a_verdict_from_its_exact_interval(share):
    """Clopper-Pearson at 95 % and n 30 reaches .116 from the end, at n 300 .012 (1 - .025^(1/n))."""
    published = 100 * share
    assert judge_share(found(share, 30), published, delta=0.05).word == "cannot tell"
    assert judge_share(found(share, 300), published, delta=0.05).word == "reproduced"
    assert judge_share(found(share, 30), 50, delta=0.05).word == "differs"


@pytest.mark.parametrize("base", [0, 1, 29])
def test_a_base_under_the_threshold_cannot_tell(base):
    row = found(0.9, 100)
    row["unweighted_base"] = base
    assert judge_share(row, 1, delta=0.05).word == "cannot tell"
    assert judge_majority(row, delta=0.05).word == "cannot tell"


def test_the_threshold_is_the_studys():
    row = found(0.30, 2000)
    assert judge_share(row, 50, delta=0.05, suppress_below=2001).word == "cannot tell"
    assert judge_share(row, 50, delta=0.05, suppress_below=2000).word == "differs"


def test_a_difference_of_a_base_under_the_threshold_cannot_tell():
    assert judge_difference(Difference(0.5, 0.05, 20, 29), size=0.5).word == "cannot tell"
    assert judge_difference(Difference(0.5, 0.05, 20, 30), size=0.5).word == "reproduced"


def test_a_rank_of_a_base_under_the_threshold_cannot_tell():
    many, few = Difference(0.5, 0.05, 20, 30), Difference(0.5, 0.05, 20, 29)
    assert judge_first([many, many], size=0.05).word == "reproduced"
    assert judge_first([many, few], size=0.05).word == "cannot tell"


def test_an_empty_base_cannot_tell():
    row = shares(SurveyDesign(np.ones(3)), pd.DataFrame({"item": [np.nan] * 3})).loc["item"]
    assert judge_share(row, 30, delta=0.05).word == "cannot tell"
    assert judge_majority(row, delta=0.05).word == "cannot tell"


# ---- directions, majorities and ranks


def test_uk_30_against_france_25_cannot_be_told_from_430_each(in_r):
    assert UK_FRANCE.estimate / UK_FRANCE.std_error == pytest.approx(in_r["uk30_france25"]["z_430"], rel=1e-9)
    assert judge_difference(UK_FRANCE, size=0.05).word == "cannot tell"


def test_the_same_contrast_from_the_rows_of_two_markets_cannot_be_told_either():
    """129 and 108 of 430 respondents, each market with 429 degrees of freedom."""
    gap = separate_difference(found(129 / 430, 430), found(108 / 430, 430))
    assert (gap.degrees_of_freedom, gap.unweighted_base) == (858, 430)
    assert judge_difference(gap, size=0.05).word == "cannot tell"


@pytest.mark.parametrize(("estimate", "word"), [(0.05, "reproduced"), (0.01, "cannot tell"), (-0.05, "differs")])
def test_a_direction_needs_the_whole_interval_on_one_side_of_zero(estimate, word):
    """Reach qt(.975, 400) * .02 = .0393."""
    assert judge_difference(Difference(estimate, 0.02, 400, 401), size=0.05).word == word


@pytest.mark.parametrize(("share", "word"), [(0.60, "reproduced"), (0.52, "cannot tell"), (0.40, "differs")])
def test_a_majority_needs_the_whole_interval_on_one_side_of_one_half(share, word):
    """n 400: the logit interval reaches about .049 either way."""
    assert judge_majority(found(share, 400), delta=0.05).word == word


def test_a_rank_claim_is_judged_at_joint_confidence():
    """t 2.1 is told alone (qt(.975, 399) = 1.97) and not as one of three (qt(1 - .05/6, 399) = 2.40)."""
    near, far = Difference(0.042, 0.02, 399, 400), Difference(0.3, 0.02, 399, 400)
    assert judge_first([near], size=0.05).word == "reproduced"
    assert judge_first([near, far, far], size=0.05).word == "cannot tell"


def test_a_rank_claim_differs_where_any_rival_is_surely_ahead():
    ahead, behind = Difference(-0.1, 0.02, 399, 400), Difference(0.3, 0.02, 399, 400)
    assert judge_first([behind, ahead, behind], size=0.05).word == "differs"


def test_a_rank_claim_is_reproduced_where_every_rival_is_surely_behind():
    assert judge_first([Difference(0.1, 0.02, 399, 400)] * 3, size=0.05).word == "reproduced"


# ---- the base that would reproduce a true claim

BASES = {  # as in verdicts.R; what was found is another figure than the one claimed
    "30": lambda: judge_share(found(0.42, 400), 30, delta=0.05),
    "30 delta .03": lambda: judge_share(found(0.42, 400), 30, delta=0.03),
    "30 effect 1.4": lambda: judge_share(
        found(0.42, 400).where(lambda r: r.index != "design_effect", 1.4), 30, delta=0.05
    ),
    "5": lambda: judge_share(found(0.42, 400), 5, delta=0.05),
    "0": lambda: judge_share(found(0.42, 400), 0, delta=0.05),
    "100": lambda: judge_share(found(0.42, 400), 100, delta=0.05),
    "majority": lambda: judge_majority(found(0.42, 400), delta=0.05),
    "majority delta .1": lambda: judge_majority(found(0.42, 400), delta=0.1),
    "direction": lambda: judge_difference(replace(UK_FRANCE, estimate=-0.02), size=0.05),
    "few psus": lambda: judge_difference(Difference(0.1, 0.02, 8, 400), size=0.03),
    "first of four": lambda: judge_first([Difference(0.3, se, 399, 400) for se in (0.02, 0.03, 0.025)], size=0.05),
}


@pytest.mark.parametrize("claim", BASES)
def test_the_base_needed_is_the_smallest_that_reproduces_a_true_claim_in_4_samples_of_5(in_r, claim):
    assert BASES[claim]().base_needed == in_r["base_needed"][claim]


@pytest.mark.parametrize(("share", "base", "word"), [(0.30, 2000, "reproduced"), (0.45, 2000, "differs")])
def test_every_verdict_names_the_same_base_for_the_same_claim(in_r, share, base, word):
    """It is a matter of the claim and the design, and not of what was found: 592 for 30 % with delta .05."""
    few, many = judge_share(found(share, 40), 30, delta=0.05), judge_share(found(share, base), 30, delta=0.05)
    assert (few.word, many.word) == ("cannot tell", word)
    assert few.base_needed == many.base_needed == in_r["base_needed"]["30"]


def test_a_base_under_the_threshold_names_the_base_as_well(in_r):
    row = found(0.42, 400)
    row["unweighted_base"] = 29
    assert judge_share(row, 30, delta=0.05).base_needed == in_r["base_needed"]["30"]
    assert judge_majority(row, delta=0.05).base_needed == in_r["base_needed"]["majority"]
    gap = replace(UK_FRANCE, unweighted_base=29, std_error=UK_FRANCE.std_error * (430 / 29) ** 0.5)
    gap = replace(gap, degrees_of_freedom=858 * 29 / 430)
    assert judge_difference(gap, size=0.05).base_needed == in_r["base_needed"]["direction"]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_that_shows_no_design_effect_borrows_that_of_the_weights(share):
    """Every second respondent weighs 3: Kish's (sum w)^2 / sum w^2 is n / 1.25."""
    weights = np.tile([1.0, 3.0], 200)
    rows = shares(
        SurveyDesign(weights), pd.DataFrame({"none": np.full(400, share), "some": np.tile([1, 1, 0, 0], 100)})
    )
    assert np.isnan(rows.loc["none", "design_effect"])
    other = rows.loc["some"].copy()
    other["design_effect"] = 1.25
    expected = judge_share(other, 30, delta=0.05).base_needed
    assert judge_share(rows.loc["none"], 30, delta=0.05).base_needed == expected


def test_an_empty_base_needs_what_a_simple_random_sample_does(in_r):
    row = shares(SurveyDesign(np.ones(3)), pd.DataFrame({"item": [np.nan] * 3})).loc["item"]
    assert judge_share(row, 30, delta=0.05).base_needed == in_r["base_needed"]["30"]


def test_a_costlier_design_needs_a_larger_base():
    """Half the precision, twice the respondents."""
    row = found(0.42, 400)
    costly = row.copy()
    costly["design_effect"] = 2 * row["design_effect"]
    bases = [judge_share(each, 30, delta=0.05).base_needed for each in (row, costly)]
    assert bases[1] / bases[0] == pytest.approx(2, rel=0.01)


def test_few_psus_need_a_larger_base(in_r):
    """9 degrees of freedom of 400 respondents: t reaches farther than at 399 (1.83 against 1.65 at 90 %)."""
    row = found(0.42, 400)
    row["degrees_of_freedom"] = 9
    assert judge_share(row, 30, delta=0.05).base_needed > 1.02 * in_r["base_needed"]["30"]


@pytest.mark.parametrize("suppress_below", [30, 50])
def test_no_base_is_named_that_may_not_be_judged(suppress_below):
    """A lead of 40 points is told by fewer than 30, of whom nothing is told."""
    gap = Difference(0.40, 0.03, 798, 400)
    assert judge_difference(gap, size=0.40, suppress_below=2).base_needed < 30
    assert judge_difference(gap, size=0.40, suppress_below=suppress_below).base_needed == suppress_below
    wide = judge_share(found(0.42, 400), 30, delta=0.40, suppress_below=suppress_below)
    assert wide.base_needed == suppress_below


def test_a_rank_needs_what_its_least_precise_lead_needs():
    leads = [Difference(0.05, error, 399, 400) for error in (0.01, 0.02, 0.03)]
    together = judge_first(leads, size=0.05)
    assert together == judge_first([leads[2]] * 3, size=0.05)
    assert together.base_needed > judge_first([leads[1]] * 3, size=0.05).base_needed


def test_where_no_base_would_reproduce_a_claim_none_is_named():
    """A majority of one half, a difference of nothing, and differences that do not vary."""
    assert judge_majority(found(0.6, 400), delta=0).base_needed is None
    assert judge_difference(UK_FRANCE, size=0).base_needed is None
    assert judge_difference(Difference(1.0, 0.0, 400, 400), size=0.05).base_needed is None
    assert judge_first([UK_FRANCE, Difference(1.0, 0.0, 400, 400)], size=0.05).base_needed is None


def test_judging_leaves_the_row_unchanged():
    row = found(0.30, 100)
    before = row.copy()
    judge_share(row, 30, delta=0.05)
    judge_majority(row, delta=0.05)
    pd.testing.assert_series_equal(row, before)


@pytest.mark.parametrize("published", [5, 30, 50])
def test_at_the_base_needed_a_claim_has_a_power_of_80_percent(published):
    """The design effect of this simple random sample is 1 before and after, so the power is that planned for."""
    needed = judge_share(found(published / 100, 400), published, delta=0.05).base_needed
    power = judge_share(grown(found(published / 100, 400), needed), published, delta=0.05).power
    assert power == pytest.approx(0.8, abs=0.005)


def test_a_base_too_small_to_be_judged_has_no_power():
    assert judge_share(found(0.30, 20), 30, delta=0.05).power == 0.0


def test_a_first_place_has_the_power_of_its_least_precise_lead():
    gaps = [Difference(0.1, 0.02, 400, 400), Difference(0.1, 0.03, 400, 400)]
    joint = 1 - 0.05 / 2
    assert judge_first(gaps, size=0.05).power == difference_power(gaps[1], 0.05, confidence_level=joint)


# ---- likeness: a mean near its published value, many figures near each other

# 400 ratings with an sd of 1.1, and a difference of 120 respondents with an error of .04, as in verdicts.R.
MEAN = Difference(0.0, 1.1 / 400**0.5, 399, 400)
ALIKE = Difference(0.0, 0.04, 119, 120)


@pytest.mark.parametrize(("gap", "within", "name"), [(MEAN, 0.25, "mean 400"), (ALIKE, 0.1, "difference 120")])
def test_the_power_of_likeness_is_rs(in_r, gap, within, name):
    assert near_power(gap, within) == pytest.approx(in_r["near power"][name], rel=1e-9)
    assert base_for_near(gap, within) == in_r["near base"][name.split()[0]]
    verdict = judge_near([gap], within=within, beyond=0.05)
    assert (verdict.power, verdict.base_needed) == (near_power(gap, within), in_r["near base"][name.split()[0]])


def test_the_interval_that_decides_on_a_mean_is_rs(in_r):
    ends = [3.5 + end for end in MEAN.interval(0.90)]
    assert ends == pytest.approx(list(in_r["interval of a mean"][["low", "high"]]), rel=1e-9)


@pytest.mark.parametrize(
    ("off", "word"),
    [(0.0, "reproduced"), (0.159, "reproduced"), (0.16, "differs"), (-0.16, "differs"), (0.3, "differs")],
)
def test_a_mean_is_reproduced_where_its_90_percent_interval_lies_within_the_margin(off, word):
    """The 90 % interval reaches .0907 either way (verdicts.R): .159 + .0907 < .25 < .16 + .0907. The 95 % one reaches
    qt(.975, 399) * .055 = .108, so at .16 it already leaves the printed +-.05 out."""
    assert judge_near([replace(MEAN, estimate=off)], within=0.25, beyond=0.05).word == word


def test_a_mean_between_the_margins_cannot_be_told():
    """From 100 respondents: 90 % reach .183, 95 % reach .218; .15 +- .183 leaves .25, .15 - .218 is under .05."""
    gap = Difference(0.15, 0.11, 99, 100)
    assert judge_near([gap], within=0.25, beyond=0.05).word == "cannot tell"


def test_likeness_needs_every_difference_within():
    """90 % reach qt(.95, 119) * .04 = .066: .03 lies within 10 points, .04 does not."""
    near, far = replace(ALIKE, estimate=0.03), replace(ALIKE, estimate=0.04)
    assert judge_near([near, near], within=0.1, beyond=0.1).word == "reproduced"
    assert judge_near([near, far], within=0.1, beyond=0.1).word == "cannot tell"


def test_likeness_differs_where_one_difference_is_surely_outside_by_holm():
    """(.20 - .10) / .04 = 2.5, p = .0138 on 119 degrees of freedom: told alone, not as the first of four."""
    outside, inside = replace(ALIKE, estimate=-0.20), ALIKE
    assert judge_near([outside], within=0.1, beyond=0.1).word == "differs"
    assert judge_near([outside, inside, inside], within=0.1, beyond=0.1).word == "differs"  # 3 * .0138 < .05
    assert judge_near([outside, inside, inside, inside], within=0.1, beyond=0.1).word == "cannot tell"


def test_a_difference_on_a_low_base_neither_shows_likeness_nor_denies_it():
    few = Difference(0.5, 0.01, 28, 29)
    assert judge_near([few, ALIKE], within=0.1, beyond=0.1).word == "reproduced"
    assert judge_near([few], within=0.1, beyond=0.1).word == "cannot tell"
    assert judge_near([Difference(np.nan, np.nan, 400, 0)], within=0.1, beyond=0.1).word == "cannot tell"


# ---- what the published study could tell


def test_the_published_studys_power_is_that_of_its_base(in_r):
    """At 592 respondents a true 30 % is reproduced in 4 samples of 5 (verdicts.R)."""
    times = in_r["base_needed"]["30"] / 400
    verdict = judge_share(found(0.30, 400), 30, delta=0.05, times=times)
    assert verdict.original_power == pytest.approx(0.8, abs=0.005)
    assert verdict.power < 0.8


def test_the_published_studys_power_to_tell_a_direction_is_that_of_its_base(in_r):
    times = in_r["base_needed"]["direction"] / 430
    assert judge_difference(UK_FRANCE, size=0.05, times=times).original_power == pytest.approx(0.8, abs=0.001)
    assert judge_near([MEAN], within=0.25, beyond=0.05, times=167 / 400).original_power == pytest.approx(0.8, abs=0.005)


def test_where_its_base_is_not_known_the_published_study_has_no_power():
    assert judge_share(found(0.30, 400), 30, delta=0.05).original_power is None
    assert judge_difference(UK_FRANCE, size=0.05).original_power is None
    assert judge_difference(Difference(np.nan, np.nan, 400, 0), size=0.05, times=2).original_power is None
