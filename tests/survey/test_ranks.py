"""Ranks and how sure they are: clear orders, ties, and all ranks held at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t

from analysis.survey.compare import Difference, adjusted, difference, separate_difference
from analysis.survey.design import SurveyDesign
from analysis.survey.estimates import means, shares
from analysis.survey.ranks import rank_intervals, separate_ranks

CHANNELS = ["sup_email", "sup_phone", "sup_chat", "sup_social", "sup_faq", "sup_rare"]


def answers(*shares, n=400):
    """Items said by the first `share` of n respondents each, so that larger items hold the smaller ones."""
    return pd.DataFrame({f"item {k}": (np.arange(n) < share * n).astype(float) for k, share in enumerate(shares)})


def ranks(items, **options):
    return rank_intervals(SurveyDesign(np.ones(len(items))), items, **options)


def test_a_clear_order_is_told_without_doubt():
    rows = ranks(answers(0.2, 0.9, 0.5))
    assert rows["rank"].tolist() == [3, 1, 2]
    assert rows["rank_low"].tolist() == rows["rank_high"].tolist() == [3, 1, 2]


def test_items_that_are_alike_share_a_rank_and_may_have_any_of_theirs():
    rows = ranks(answers(0.5, 0.5, 0.1))
    assert rows["rank"].tolist() == [1, 1, 3]
    assert rows["rank_low"].tolist() == [1, 1, 3]
    assert rows["rank_high"].tolist() == [2, 2, 3]


def test_a_close_pair_may_swap_while_the_others_stay():
    """Two of 400 differ between the first two: nobody can tell 50 from 50.5 %."""
    rows = ranks(answers(0.505, 0.5, 0.2, 0.8))
    assert rows["rank"].tolist() == [2, 3, 4, 1]
    assert rows["rank_low"].tolist() == [2, 2, 4, 1]
    assert rows["rank_high"].tolist() == [3, 3, 4, 1]


def test_one_item_alone_is_first():
    assert ranks(answers(0.3)).iloc[0].tolist() == [1, 1, 1]


def test_an_empty_base_has_no_rank():
    assert ranks(answers(0.3, 0.5), domain=np.zeros(400, dtype=bool)).isna().all(axis=None)


def test_an_item_nobody_was_asked_has_no_rank_and_the_others_have():
    rows = ranks(answers(0.2, 0.9).assign(unasked=np.nan))
    assert rows.loc["unasked"].isna().all()
    assert rows["rank"].tolist()[:2] == [2, 1]


def test_a_rank_lies_within_its_interval(sim, sim_design):
    rows = rank_intervals(sim_design, sim[CHANNELS])
    assert (rows["rank_low"] <= rows["rank"]).all()
    assert (rows["rank"] <= rows["rank_high"]).all()


def test_ranks_are_sure_jointly_by_holm_over_all_ordered_pairs(sim, sim_design):
    """Each item is as high as the number of others that lie over it by a one-sided test, Holm-adjusted."""
    pairs = [(a, b) for a in CHANNELS for b in CHANNELS if a != b]
    gaps = [difference(sim_design, sim[a], sim[b]) for a, b in pairs]
    one_sided = [gap.p_value / 2 if gap.estimate > 0 else 1 - gap.p_value / 2 for gap in gaps]
    sure = pd.Series(adjusted(np.array(one_sided)) < 0.05, pd.MultiIndex.from_tuples(pairs))
    rows = rank_intervals(sim_design, sim[CHANNELS])
    assert rows["rank_low"].tolist() == (1 + sure.groupby(level=1).sum())[CHANNELS].tolist()
    assert rows["rank_high"].tolist() == (len(CHANNELS) - sure.groupby(level=0).sum())[CHANNELS].tolist()


def test_a_higher_level_gives_wider_ranks(sim, sim_design):
    domain = (sim["region"] == "N").to_numpy() & (sim["age"] == "18-34").to_numpy()
    narrow, wide = (
        rank_intervals(sim_design, sim[CHANNELS], domain=domain, confidence_level=level) for level in (0.5, 0.9999)
    )
    assert (wide["rank_low"] <= narrow["rank_low"]).all()
    assert (wide["rank_high"] >= narrow["rank_high"]).all()
    assert (wide["rank_high"] - wide["rank_low"]).sum() > (narrow["rank_high"] - narrow["rank_low"]).sum()


def test_the_order_of_the_items_changes_no_rank(sim, sim_design):
    there = rank_intervals(sim_design, sim[CHANNELS])
    back = rank_intervals(sim_design, sim[CHANNELS[::-1]])
    pd.testing.assert_frame_equal(back.loc[CHANNELS], there)


@pytest.mark.parametrize("estimate", [0.1, -0.1])
def test_a_reversed_difference_is_tested_alike(estimate):
    gap = Difference(estimate, 0.04, 60, 61)
    assert (gap.reversed.estimate, gap.reversed.p_value) == (-estimate, gap.p_value)


# ---- separate samples


def samples(*hits, n=400):
    """Rows of `shares` of so many samples of n respondents each, of whom the first `hits` said yes."""
    found = [shares(SurveyDesign(np.ones(n)), (pd.Series(range(n)) < hit).astype(float).to_frame()) for hit in hits]
    return pd.concat(found).set_axis([f"market {place}" for place in range(len(hits))])


@pytest.fixture(scope="module")
def by_age(sim):
    """Each age group of each market as a sample of its own: some of nine are told apart, most are not."""
    own = {}
    for name, frame in sim.groupby(["market", "age"]):
        own[name] = shares(SurveyDesign(frame["w"].to_numpy()), frame[["social"]]).iloc[0]
    return pd.DataFrame(own).T.astype(float)


def test_a_clear_order_of_samples_is_told_without_doubt_and_a_close_pair_may_swap():
    rows = separate_ranks(samples(80, 360, 202, 200))
    assert rows["rank"].tolist() == [4, 1, 2, 3]
    assert rows["rank_low"].tolist() == [4, 1, 2, 2]
    assert rows["rank_high"].tolist() == [4, 1, 3, 3]
    assert rows.index.tolist() == [f"market {place}" for place in range(4)]


def test_ranks_of_two_samples_are_told_by_a_one_sided_test():
    """Of one pair Holm takes the smaller of two p-values twice, which is the two-sided test."""
    for hits in (226, 227, 228, 229, 230):
        rows = samples(200, hits)
        told = separate_difference(rows.iloc[1], rows.iloc[0]).p_value < 0.05
        assert (separate_ranks(rows)["rank_low"].tolist() == [2, 1]) == told


def test_ranks_of_samples_are_sure_jointly_by_holm_over_all_ordered_pairs(by_age):
    """By the formula: z = (p_a - p_b) / sqrt(se_a^2 + se_b^2), t on the sum of both degrees of freedom."""
    p, se, df = (by_age[name].to_numpy() for name in ("estimate", "std_error", "degrees_of_freedom"))
    first, second = np.nonzero(~np.eye(len(p), dtype=bool))
    z = (p[first] - p[second]) / np.hypot(se[first], se[second])
    sure = adjusted(student_t.sf(z, df[first] + df[second])) < 0.05
    rows = separate_ranks(by_age)
    assert rows["rank_low"].tolist() == (1 + np.bincount(second[sure], minlength=len(p))).tolist()
    assert rows["rank_high"].tolist() == (len(p) - np.bincount(first[sure], minlength=len(p))).tolist()
    assert 0 < sure.sum() < len(sure) / 2
    assert rows["rank"].between(rows["rank_low"], rows["rank_high"]).all()


def test_the_order_of_the_samples_changes_no_rank(by_age):
    there = separate_ranks(by_age)
    pd.testing.assert_frame_equal(separate_ranks(by_age[::-1]).loc[there.index], there)


def test_a_sample_without_an_estimate_has_no_rank_and_the_others_have():
    rows = samples(80, 360)
    rows.loc["market 2"] = rows.loc["market 0"] * np.nan
    found = separate_ranks(rows)
    assert found.loc["market 2"].isna().all()
    assert found["rank"].tolist()[:2] == [2, 1]


def test_one_sample_alone_is_first():
    assert separate_ranks(samples(80)).iloc[0].tolist() == [1, 1, 1]


def test_means_of_samples_have_ranks_too(sim):
    own = [means(SurveyDesign(part["w"].to_numpy()), part[["sat"]]) for _, part in sim.groupby("market")]
    rows = pd.concat(own)
    assert separate_ranks(rows)["rank"].tolist() == rows["estimate"].rank(ascending=False).tolist()


def test_samples_and_one_design_agree_where_the_sample_is_both(sim, sim_design):
    """Markets are strata of their own in sim.csv: a market's share has the same error in either."""
    codes = sorted(sim["market"].unique())
    whole = pd.DataFrame({code: sim["abandon"].where(sim["market"] == code) for code in codes})
    as_samples = separate_ranks(shares(sim_design, whole))
    pd.testing.assert_frame_equal(as_samples, rank_intervals(sim_design, whole))
