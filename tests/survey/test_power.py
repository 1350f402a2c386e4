"""Power: the base that tells a share or a difference in 4 samples of 5, and what a base can tell.

Golden numbers: tests/golden/power.R (base R) unless a test cites a formula. Whether the formulas hold for
the samples that are judged is asked of the samples themselves, drawn or counted through.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm
from survey.datasets import read

from analysis.report.claims import judge_difference, judge_majority, judge_share
from analysis.survey.compare import Difference, separate_difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import shares
from analysis.survey.power import (
    base_for_difference,
    base_for_share,
    difference_power,
    share_power,
    smallest_difference,
)

pytestmark = pytest.mark.slow

LEVELS = {"0.95": 0.95, "0.90": 0.90, "0.95/3": 1 - 0.05 / 3}  # as in power.R
UK_FRANCE = Difference(0.05, ((0.30 * 0.70 + 0.25 * 0.75) / 430) ** 0.5, 858, 430)
GOLDEN = read("power.csv").set_index("quantity")[["item", "value"]]
REACH = 0.055  # a printed percent and a delta of .05, either way


def in_r(quantity):
    """R's values of a quantity: the parts of its name, the item (a number) and the value."""
    found = GOLDEN[GOLDEN.index.str.startswith(f"{quantity}:")]
    return [(*name.split(":")[1:], float(item), value) for name, item, value in found.itertuples()]


def samples(hits, base):
    """The rows of simple random samples of that base, one for each number of hits."""
    answers = pd.DataFrame((np.arange(base)[:, None] < np.asarray(hits)).astype(float))
    return shares(SurveyDesign(np.ones(base)), answers)


def chance_of_reproduced(share, base, judge):
    """The chance that a simple random sample is judged so: summed over all samples but 1 in 100,000."""
    low, high = binom.ppf([5e-6, 1 - 5e-6], base, share).astype(int)
    hits = np.arange(low, high + 1)
    words = [judge(row).word for _, row in samples(hits, base).iterrows()]
    return binom.pmf(hits, base, share)[np.array(words) == "reproduced"].sum()


# ---- against R


@pytest.mark.parametrize(("level", "df", "expected"), in_r("smallest_difference"))
def test_the_smallest_difference_is_that_of_rs_power_t_test(level, df, expected):
    assert smallest_difference(0.02, df, confidence_level=LEVELS[level]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("level", "df", "size", "expected"), in_r("base_for_difference"))
def test_the_base_of_a_difference_is_the_first_at_which_rs_noncentral_t_reaches_the_power(level, df, size, expected):
    gap = Difference(0.01, 0.02, float(df), 400)
    assert base_for_difference(gap, size, confidence_level=LEVELS[level]) == expected


@pytest.mark.parametrize(("share", "effect", "base", "expected"), in_r("share_power"))
def test_the_power_of_a_share_is_that_of_two_one_sided_tests(share, effect, base, expected):
    p = float(share)
    found = share_power(p, p - REACH, p + REACH, base=base, design_effect=float(effect), confidence_level=0.90)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("share", "effect", "reach", "expected"), in_r("base_for_share"))
def test_the_base_of_a_share_is_the_first_that_reaches_the_power(share, effect, reach, expected):
    p = float(share)
    assert base_for_share(p, p - reach, p + reach, design_effect=float(effect), confidence_level=0.90) == expected


def test_uk_30_against_france_25_needs_about_1250_a_market():
    """The error as it is and t give 1,249, as R's power.t.test does (1,248.93). power.prop.test gives 1,251:
    it tests with the pooled error of "no difference", which is larger by the square of the gap."""
    r = GOLDEN.loc["uk30_france25"].set_index("item")["value"]
    needed = base_for_difference(UK_FRANCE, 0.05)
    assert needed == r["from_430"] == np.ceil(r["power.t.test"]) == 1249
    assert np.ceil(r["power.prop.test"]) == 1251
    assert needed == pytest.approx(1250, abs=1)


# ---- against the samples that are judged


@pytest.mark.parametrize("delta", [0.03, 0.05])
@pytest.mark.parametrize("percent", [10, 20, 30, 40, 50, 80])
def test_at_the_base_named_a_true_share_is_reproduced_in_4_simple_random_samples_of_5(percent, delta):
    """No chance but that of the samples is in this number. What is left is the approximation: counts are
    whole, and the error is taken at the true share and not at that of each sample."""
    p = percent / 100
    base = base_for_share(p, p - 0.005 - delta, p + 0.005 + delta, design_effect=1, confidence_level=0.90)
    chance = chance_of_reproduced(p, base, lambda row: judge_share(row, percent, delta=delta))
    assert chance == pytest.approx(0.80, abs=0.05)


@pytest.mark.parametrize("percent", [1, 3, 5, 95])
def test_a_rare_share_is_reproduced_more_often_at_the_base_named_and_never_less(percent):
    """Few hits are skew on the logit scale too: the base named is larger than need be."""
    p = percent / 100
    base = base_for_share(p, p - REACH, p + REACH, design_effect=1, confidence_level=0.90)
    assert chance_of_reproduced(p, base, lambda row: judge_share(row, percent, delta=0.05)) > 0.80


def test_at_the_base_named_a_true_majority_is_reproduced_in_4_simple_random_samples_of_5():
    base = base_for_share(0.55, 0.5, 1.0, design_effect=1, confidence_level=0.95)
    chance = chance_of_reproduced(0.55, base, lambda row: judge_majority(row, delta=0.05))
    assert chance == pytest.approx(0.80, abs=0.02)


@pytest.mark.parametrize("percent", [15, 30, 50])
def test_the_base_named_allows_for_a_design_effect(percent):
    """Every second respondent weighs 3: Kish's effect 1 + cv^2 = 1.25. The share of 800 samples is known to
    .014 (binomial error); allowed are 3 of them and .02 for the approximation."""
    p, draws = percent / 100, 800
    base = base_for_share(p, p - REACH, p + REACH, design_effect=1.25, confidence_level=0.90)
    base += base % 2
    random = np.random.default_rng(20120217)
    answers = pd.DataFrame((random.random((base, draws)) < p).astype(float))
    rows = shares(SurveyDesign(np.tile([1.0, 3.0], base // 2)), answers)
    words = [judge_share(row, percent, delta=0.05).word for _, row in rows.iterrows()]
    assert words.count("reproduced") / draws == pytest.approx(0.80, abs=3 * 0.0141 + 0.02)


@pytest.mark.parametrize("psus", [10, 30])
def test_the_base_named_allows_for_few_psus(psus):
    """PSUs whose own shares vary (beta) so that the design effect is 3. The share of 500 samples is known to
    .018 (binomial error); allowed are 3 of them and .02 for the approximation."""
    effect, draws, each = 3.0, 500, 1 / 120
    options = {"design_effect": effect, "confidence_level": 0.90}
    for _ in range(20):  # the base for so many PSUs of a size that follows from it
        base = base_for_share(0.30, 0.30 - REACH, 0.30 + REACH, df_each=each, **options)
        each = psus / base
    size = base // psus
    alike = (size - 1) / (effect - 1) - 1  # of beta-binomial counts with effect 1 + (size - 1) rho
    random = np.random.default_rng(20120217)
    hits = random.binomial(size, random.beta(0.30 * alike, 0.70 * alike, (psus, draws)))
    answers = (np.arange(size)[:, None] < hits[:, None, :]).astype(float).reshape(psus * size, draws)
    rows = shares(SurveyDesign(np.ones(psus * size), psus=np.repeat(np.arange(psus), size)), pd.DataFrame(answers))
    words = [judge_share(row, 30, delta=0.05).word for _, row in rows.iterrows()]
    assert words.count("reproduced") / draws == pytest.approx(0.80, abs=3 * 0.0179 + 0.02)


@pytest.mark.parametrize(("first", "second"), [(0.30, 0.25), (0.60, 0.50), (0.15, 0.08), (0.80, 0.55)])
def test_at_the_base_named_a_true_difference_is_reproduced_in_4_pairs_of_samples_of_5(first, second):
    """The share of 2,000 pairs is known to .009 (binomial error); allowed are 3 of them and .02 for the
    approximation, which takes counts for normal."""
    size, draws = first - second, 2000
    spread = first * (1 - first) + second * (1 - second)
    base = base_for_difference(Difference(size, (spread / 400) ** 0.5, 798, 400), size)
    random = np.random.default_rng(20120217)
    one, two = (random.binomial(base, share, draws) for share in (first, second))
    counted = np.unique(np.r_[one, two])
    rows = {hits: row for hits, (_, row) in zip(counted, samples(counted, base).iterrows(), strict=True)}
    gaps = [separate_difference(rows[a], rows[b]) for a, b in zip(one, two, strict=True)]
    words = [judge_difference(gap, size=size).word for gap in gaps]
    assert words.count("reproduced") / draws == pytest.approx(0.80, abs=3 * 0.0089 + 0.02)


@pytest.mark.parametrize("df", [3, 8, 30])
def test_the_smallest_difference_is_told_in_4_samples_of_5_however_few_the_degrees_of_freedom(df):
    """A normal estimate and an error from chi-squared of its own: 4,000 draws know the power to .0063, of
    which 3 are allowed. The normal distribution would call (z.975 + z.8) = 2.8 errors enough."""
    random, draws = np.random.default_rng(20120217), 4000
    size = smallest_difference(1.0, df)
    pairs = zip(random.normal(size, 1.0, draws), np.sqrt(random.chisquare(df, draws) / df), strict=True)
    words = [judge_difference(Difference(gap, error, df, 400), size=size).word for gap, error in pairs]
    assert words.count("reproduced") / draws == pytest.approx(0.80, abs=3 * 0.0063)
    assert size > norm.ppf(0.975) + norm.ppf(0.80)


# ---- how power moves


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("level", [0.90, 0.95])
def test_a_larger_base_has_more_power(share, level):
    bounds = max(share - REACH, 0.0), min(share + REACH, 1.0)
    powers = [
        share_power(share, *bounds, base=n, design_effect=1.3, confidence_level=level) for n in range(50, 3000, 50)
    ]
    steps = np.diff(powers)
    assert (steps >= 0).all() and (steps[np.array(powers[:-1]) > 0] > 0).any()
    assert powers[0] < 0.8 < powers[-1]


def test_a_larger_design_effect_or_level_has_less_power_and_needs_a_larger_base():
    options = [(1.0, 0.90), (1.5, 0.90), (1.5, 0.95), (2.0, 0.99)]
    bounds = {"low": 0.3 - REACH, "high": 0.3 + REACH}
    powers = [share_power(0.3, **bounds, base=900, design_effect=d, confidence_level=c) for d, c in options]
    bases = [base_for_share(0.3, **bounds, design_effect=d, confidence_level=c) for d, c in options]
    assert (np.diff(powers) < 0).all()
    assert (np.diff(bases) > 0).all()


def test_more_power_needs_a_larger_base():
    wanted = [0.5, 0.7, 0.8, 0.9, 0.95]
    options = {"design_effect": 1.2, "confidence_level": 0.90}
    share = [base_for_share(0.3, 0.3 - REACH, 0.3 + REACH, power=power, **options) for power in wanted]
    gap = [base_for_difference(UK_FRANCE, 0.05, power=power) for power in wanted]
    for bases in (share, gap):
        assert (np.diff(bases) > 0).all()


def test_the_smallest_difference_falls_with_the_base():
    """Four times the base halves the error, and a little more is gained by the degrees of freedom."""
    sizes = [smallest_difference(0.4 / base**0.5, base / 10) for base in (50, 200, 800, 3200)]
    assert (np.divide(sizes[:-1], sizes[1:]) > 2).all()
    assert smallest_difference(0.4 / 3200**0.5, 320) == pytest.approx(2.8016 * 0.4 / 3200**0.5, rel=0.01)


def test_a_smaller_difference_needs_a_larger_base():
    """In proportion to 1 over its square, where degrees of freedom are many."""
    bases = [base_for_difference(UK_FRANCE, size) for size in (0.02, 0.04, 0.08)]
    assert bases[0] / bases[1] == pytest.approx(4, rel=0.01)
    assert bases[1] / bases[2] == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize("size", [0.02, 0.05, 0.2])
def test_the_base_named_for_a_difference_is_one_at_which_it_is_the_smallest_told(size):
    base = base_for_difference(UK_FRANCE, size)
    reachable = [
        smallest_difference(UK_FRANCE.std_error * (430 / n) ** 0.5, UK_FRANCE.degrees_of_freedom * n / 430)
        for n in (base, base - 1)
    ]
    assert reachable[0] <= size < reachable[1]


def test_the_direction_and_the_estimate_of_a_difference_do_not_matter_to_the_base_it_needs():
    other = Difference(-0.40, UK_FRANCE.std_error, UK_FRANCE.degrees_of_freedom, UK_FRANCE.unweighted_base)
    assert base_for_difference(other, -0.05) == base_for_difference(UK_FRANCE, 0.05)


# ---- where no base is enough


@pytest.mark.parametrize(("low", "high"), [(0.31, 0.40), (0.20, 0.29), (0.30, 0.40), (0.20, 0.30)])
def test_a_share_at_or_beyond_its_bounds_is_told_by_no_base(low, high):
    assert base_for_share(0.30, low, high, design_effect=1, confidence_level=0.90) is None
    assert share_power(0.30, low, high, base=10**6, design_effect=1, confidence_level=0.90) < 0.06


def test_bounds_beyond_nought_and_one_bound_nothing():
    options = {"design_effect": 1, "confidence_level": 0.90}
    assert share_power(0.30, -0.05, 1.2, base=30, **options) == 1
    assert share_power(0.03, -0.02, 0.08, base=300, **options) == share_power(0.03, 0.0, 0.08, base=300, **options)
    assert base_for_share(0.30, -0.05, 1.2, **options) == 2


def test_what_a_billion_respondents_cannot_tell_no_base_tells():
    """The error of 1e9 respondents is .014 of a thousandth."""
    assert base_for_share(0.3, 0.3 - 1e-5, 0.3 + 1e-5, design_effect=1, confidence_level=0.95) is None
    assert base_for_difference(UK_FRANCE, 1e-5) is None


def test_nothing_to_tell_and_nothing_that_varies_need_no_base():
    assert base_for_difference(UK_FRANCE, 0.0) is None
    assert base_for_difference(Difference(0.0, 0.0, 400, 400), 0.05) is None
    assert base_for_difference(Difference(np.nan, np.nan, 0, 0), 0.05) is None


@pytest.mark.parametrize("df", [3, 30, 429])
def test_the_smallest_difference_has_the_power_it_is_named_for(df):
    """`power.t.test(delta = smallest)` the other way round: 80 % at the difference, 97.5 % one-sided at none."""
    gap = Difference(0.0, 0.03, df, 430)
    smallest = smallest_difference(gap.std_error, df)
    assert difference_power(gap, smallest) == pytest.approx(0.8, abs=1e-7)
    assert difference_power(gap, -smallest) == difference_power(gap, smallest)
    assert difference_power(gap, 0.0) == pytest.approx(0.025, abs=1e-9)
    assert difference_power(Difference(0.0, 0.0, df, 430), 0.01) == 1.0
