"""Ranks and how sure they are: clear orders, ties, and all ranks held at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.survey.compare import Difference, adjusted, difference
from analysis.survey.design import SurveyDesign
from analysis.survey.ranks import rank_intervals

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
