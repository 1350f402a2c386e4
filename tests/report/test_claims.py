"""The verdict on a published figure: reproduced, differs or cannot tell, and the base that would tell.

Golden numbers: tests/golden/verdicts.R, which goes up one respondent at a time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.report.claims import judge_difference, judge_first, judge_majority, judge_share
from analysis.survey.compare import Difference, separate_difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares

GOLDEN = Path(__file__).parents[1] / "golden" / "verdicts.csv"
# The base is sought in steps of 2.4 % and rounded up to two figures, of which the first step is 1 in 10.
ROUNDING = 1.024 * 1.1
# UK 30 % against France 25 %, 430 respondents each, as in verdicts.R.
UK_FRANCE = Difference(0.05, ((0.30 * 0.70 + 0.25 * 0.75) / 429) ** 0.5, 858, 430)


@pytest.fixture(scope="module")
def smallest_base():
    return pd.read_csv(GOLDEN, comment="#").set_index(["quantity", "item"])["value"]["smallest_base"]


@pytest.fixture(scope="module")
def warning():
    return pd.read_csv(GOLDEN, comment="#").set_index(["quantity", "item"])["value"]["uk30_france25"]


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


def grown_gap(gap, base):
    times = base / gap.unweighted_base
    df = gap.degrees_of_freedom * times
    return replace(gap, std_error=gap.std_error / times**0.5, degrees_of_freedom=df, unweighted_base=int(base))


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
def test_a_base_under_the_threshold_cannot_tell_and_names_no_base(base):
    row = found(0.9, 100)
    row["unweighted_base"] = base
    for verdict in (judge_share(row, 1, delta=0.05), judge_majority(row)):
        assert (verdict.word, verdict.base_needed) == ("cannot tell", None)


def test_the_threshold_is_the_studys():
    row = found(0.30, 2000)
    assert judge_share(row, 50, delta=0.05, suppress_below=2001).word == "cannot tell"
    assert judge_share(row, 50, delta=0.05, suppress_below=2000).word == "differs"


def test_a_difference_of_a_base_under_the_threshold_cannot_tell():
    assert judge_difference(Difference(0.5, 0.05, 20, 29)).word == "cannot tell"
    assert judge_difference(Difference(0.5, 0.05, 20, 30)).word == "reproduced"


def test_a_rank_of_a_base_under_the_threshold_cannot_tell():
    assert judge_first([Difference(0.5, 0.05, 20, 29)]).word == "cannot tell"


def test_an_empty_base_cannot_tell():
    row = shares(SurveyDesign(np.ones(3)), pd.DataFrame({"item": [np.nan] * 3})).loc["item"]
    assert judge_share(row, 30, delta=0.05).word == "cannot tell"
    assert judge_majority(row).word == "cannot tell"


WORKED = {  # what cannot be told now, as in verdicts.R
    "reproduced": lambda: judge_share(found(0.30, 100), 30, delta=0.05),
    "differs": lambda: judge_share(found(0.30, 40), 40, delta=0.05),
    "nobody": lambda: judge_share(found(0.0, 30), 0, delta=0.05),
    "majority": lambda: judge_majority(found(0.55, 100)),
    "direction": lambda: judge_difference(UK_FRANCE),
    "few_psus": lambda: judge_difference(Difference(0.03, 0.02, 8, 400)),
    "first": lambda: judge_first([Difference(0.04, 0.02, 399, 400), *[Difference(0.2, 0.02, 399, 400)] * 2]),
}


@pytest.mark.parametrize("example", WORKED)
def test_the_base_needed_is_the_smallest_that_tells_rounded_up(smallest_base, example):
    verdict = WORKED[example]()
    assert verdict.word == "cannot tell"
    assert smallest_base[example] <= verdict.base_needed <= smallest_base[example] * ROUNDING


@pytest.mark.parametrize("published", [20, 25, 30, 35, 36, 40, 50])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.5, 1.0])
def test_a_share_can_be_told_from_the_base_needed_and_not_from_much_less(share, published):
    row = found(share, 40)
    verdict = judge_share(row, published, delta=0.05)
    if verdict.base_needed is None:
        assert verdict.word != "cannot tell"
        return
    assert judge_share(grown(row, verdict.base_needed), published, delta=0.05).word != "cannot tell"
    fewer = max(verdict.base_needed / (ROUNDING * 1.01), 40)
    assert judge_share(grown(row, fewer), published, delta=0.05).word == "cannot tell"


@pytest.mark.parametrize("share", [0.4, 0.45, 0.55, 0.6])
def test_a_majority_can_be_told_from_the_base_needed(share):
    row = found(share, 40)
    needed = judge_majority(row).base_needed
    assert judge_majority(grown(row, needed)).word == ("reproduced" if share > 0.5 else "differs")


@pytest.mark.parametrize("estimate", [-0.03, 0.01, 0.03])
def test_a_direction_can_be_told_from_the_base_needed(estimate):
    gap = Difference(estimate, 0.02, 399, 400)
    needed = judge_difference(gap).base_needed
    assert judge_difference(grown_gap(gap, needed)).word == ("reproduced" if estimate > 0 else "differs")


def test_a_rank_can_be_told_from_the_base_needed():
    gaps = [Difference(0.04, 0.02, 399, 400), Difference(0.1, 0.02, 399, 400)]
    needed = judge_first(gaps).base_needed
    assert judge_first([grown_gap(gap, needed) for gap in gaps]).word == "reproduced"


def test_where_no_base_would_tell_none_is_named():
    """Two equal shares, and a share of exactly one half, stay so at any base."""
    assert judge_difference(Difference(0.0, 0.02, 400, 400)).base_needed is None
    assert judge_majority(found(0.5, 400)).base_needed is None


def test_a_verdict_that_is_told_names_no_base():
    assert judge_share(found(0.30, 2000), 30, delta=0.05).base_needed is None


def test_uk_30_against_france_25_cannot_be_told_from_430_each(warning):
    assert UK_FRANCE.estimate / UK_FRANCE.std_error == pytest.approx(warning["z_430"], rel=1e-9)
    assert judge_difference(UK_FRANCE).word == "cannot tell"


def test_the_same_contrast_from_the_rows_of_two_markets_cannot_be_told_either():
    """129 and 108 of 430 respondents, each market with 429 degrees of freedom."""
    gap = separate_difference(found(129 / 430, 430), found(108 / 430, 430))
    assert (gap.degrees_of_freedom, gap.unweighted_base) == (858, 430)
    assert judge_difference(gap).word == "cannot tell"


def test_the_base_needed_would_tell_this_very_estimate_and_1250_tells_four_samples_in_five(warning, smallest_base):
    """Two questions, two answers. From 614 a market a gap of exactly 5 points is outside the error, but
    a new sample draws its own gap and half of them fall short; 1,251 a market give 80 % power
    (power.prop.test). Binomial draws with a fixed seed; the share of 2,000 draws is known to 2 points."""
    random = np.random.default_rng(20170703)

    def told(base):
        uk, france = (random.binomial(base, share, 2000) / base for share in (0.30, 0.25))
        error = np.sqrt((uk * (1 - uk) + france * (1 - france)) / (base - 1))
        words = [
            judge_difference(Difference(gap, se, 2 * base - 2, base)).word
            for gap, se in zip(uk - france, error, strict=True)
        ]
        return words.count("reproduced") / len(words)

    assert round(warning["base_80_percent_power"]) == 1251
    assert told(1251) == pytest.approx(0.80, abs=0.03)
    assert told(int(smallest_base["direction"])) == pytest.approx(0.50, abs=0.04)


@pytest.mark.parametrize(("estimate", "word"), [(0.05, "reproduced"), (0.01, "cannot tell"), (-0.05, "differs")])
def test_a_direction_needs_the_whole_interval_on_one_side_of_zero(estimate, word):
    """Reach qt(.975, 400) * .02 = .0393."""
    assert judge_difference(Difference(estimate, 0.02, 400, 401)).word == word


@pytest.mark.parametrize(("share", "word"), [(0.60, "reproduced"), (0.52, "cannot tell"), (0.40, "differs")])
def test_a_majority_needs_the_whole_interval_on_one_side_of_one_half(share, word):
    """n 400: the logit interval reaches about .049 either way."""
    assert judge_majority(found(share, 400)).word == word


def test_a_rank_claim_is_judged_at_joint_confidence():
    """t 2.1 is told alone (qt(.975, 399) = 1.97) and not as one of three (qt(1 - .05/6, 399) = 2.40)."""
    near, far = Difference(0.042, 0.02, 399, 400), Difference(0.3, 0.02, 399, 400)
    assert judge_first([near]).word == "reproduced"
    assert judge_first([near, far, far]).word == "cannot tell"


def test_a_rank_claim_differs_where_any_rival_is_surely_ahead():
    ahead, behind = Difference(-0.1, 0.02, 399, 400), Difference(0.3, 0.02, 399, 400)
    assert judge_first([behind, ahead, behind]).word == "differs"


def test_a_rank_claim_is_reproduced_where_every_rival_is_surely_behind():
    assert judge_first([Difference(0.1, 0.02, 399, 400)] * 3).word == "reproduced"


def test_a_majority_of_everybody_names_the_base_that_would_tell_where_weights_leave_few():
    """32 respondents of an effective base near 4: the exact interval of 100 % starts at .025^(1/n), which
    passes one half at n = log .025 / log .5 = 5.3219. So about a third more respondents are needed."""
    weights = np.r_[np.full(4, 1000.0), np.full(28, 1.0)]
    row = shares(SurveyDesign(weights), pd.DataFrame({"item": np.ones(32)})).loc["item"]
    verdict = judge_majority(row)
    assert verdict.word == "cannot tell"
    needed = 32 * np.log(0.025) / np.log(0.5) / row["effective_base"]
    assert needed <= verdict.base_needed <= needed * ROUNDING


def test_judging_leaves_the_row_unchanged():
    row = found(0.30, 100)
    before = row.copy()
    judge_share(row, 30, delta=0.05)
    judge_majority(row)
    pd.testing.assert_series_equal(row, before)
