"""Markets held against each other: letters by pairs, how much of the spread is real, ranks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2, t
from test_comparing import unasked  # noqa: F401

from analysis import Markets, differ
from analysis.chapters.differing import Differing
from analysis.survey.pooling import heterogeneity
from analysis.survey.ranks import separate_ranks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def differing(markets: Markets) -> Differing:
    return differ(markets)


def test_letters_are_pairs_of_separate_samples_with_holm_within_a_figure(differing: Differing) -> None:
    tests = differing.letters.tests
    assert tests is not None
    place = differing.names.index("reviews")
    own = differing.rows[differing.rows["item"] == "reviews"].set_index("market")
    p = {}
    for a, b in combinations(own.index, 2):
        error = np.hypot(own.loc[a, "std_error"], own.loc[b, "std_error"])
        df = min(
            own.loc[[a, b], "degrees_of_freedom"].sum(), own.loc[[a, b], "unweighted_base"].min() - 1
        )  # no more than the smaller market has
        p[a, b] = 2 * t.sf(abs(own.loc[a, "estimate"] - own.loc[b, "estimate"]) / error, df)
    ranked = sorted(p, key=lambda pair: p[pair])
    holm = np.minimum(np.maximum.accumulate([p[pair] * (len(p) - n) for n, pair in enumerate(ranked)]), 1)
    for pair, expected in zip(ranked, holm, strict=True):
        assert tests.loc[(0, place, *pair), "p_adjusted"] == pytest.approx(expected)
    above = {(a, b) if own.loc[a, "estimate"] > own.loc[b, "estimate"] else (b, a) for a, b in ranked if p[a, b] > 0}
    sure = {pair for pair in above if tests.loc[(0, place, *sorted(pair, key=list(own.index).index)), "significant"]}
    rows = differing.letters.rows
    marks = rows[rows["item"] == "reviews"].set_index("market")
    letter = marks["letter"]
    assert {(a, b) for a in own.index for b in own.index if letter[b] and letter[b] in marks.loc[a, "above"]} == sure
    assert sure


def test_the_letters_table_has_markets_as_columns(differing: Differing) -> None:
    html = differing.letters.table(title="Letters").html
    assert all(f"{name} ({letter})" in html for name, letter in (("United Kingdom", "A"), ("Sweden", "G")))


def test_the_spread_is_that_of_random_effects_over_the_markets(differing: Differing) -> None:
    rows = differing.rows[differing.rows["item"] == "social"]
    found, expected = differing.spreads["social"], heterogeneity(rows["estimate"], rows["std_error"])
    assert found == expected
    w = 1 / rows["std_error"] ** 2
    q = (w * (rows["estimate"] - (w * rows["estimate"]).sum() / w.sum()) ** 2).sum()  # Cochran 1954
    assert found.p_value == pytest.approx(chi2.sf(q, len(rows) - 1))
    real = differing.real.rows.set_index("item")
    assert real.loc["social", "estimate"] == pytest.approx(found.share_real, rel=1e-11)
    assert real.loc["social", "unweighted_base"] == rows["unweighted_base"].sum()
    assert real["estimate"].is_monotonic_decreasing
    # Holm over the key figures: the smallest of all p times their number
    least = min(differing.spreads[name].p_value for name in differing.names)
    assert real["p_adjusted"].min() == pytest.approx(min(1, least * len(differing.names)))


def test_the_reading_in_words_follows_the_test(differing: Differing) -> None:
    html = differing.spread_table(title="Spread").html
    apart = int((differing.real.rows["p_adjusted"] < 0.05).sum())
    assert html.count("They differ, typically by") == apart > 0
    assert html.count("May be chance") == len(differing.names) - apart > 0


def test_ranks_are_those_of_separate_samples(differing: Differing) -> None:
    rows = differing.rows[differing.rows["item"] == "reviews"]
    expected = separate_ranks(rows)
    found = differing.ranks[differing.ranks["item"] == "reviews"]
    assert (found[["rank", "rank_low", "rank_high"]].to_numpy() == expected.to_numpy()).all()
    html = differing.rank_table(title="Ranks").html
    low, high = (int(found[found["market"] == "uk"].iloc[0][end]) for end in ("rank_low", "rank_high"))
    assert f"1<br><span class='jb-ci'>{low}\u2013{high}</span>" in html


def test_who_did_not_ask_is_left_out_and_named(unasked: Markets) -> None:  # noqa: F811
    differing = differ(unasked)
    assert differing.spreads["social"].samples == 6
    assert differing.spreads["no_premium"].not_estimable
    assert "Not asked in France, and compared without: swayed by social media;" in differing.left_out
    assert "value service but expect no premium (nothing is left to compare)" in differing.left_out
    assert "no_premium" not in set(differing.real.rows["item"]) | set(differing.ranks["item"])
    assert "Fewer than two markets: nothing to compare." in differing.spread_table(title="Spread").html
    ranks = differing.ranks[differing.ranks["item"] == "social"]
    assert ranks["rank_high"].max() <= 6 and "fr" not in set(ranks["market"])
    assert "not asked" in differing.rank_table(title="Ranks").html
    rows = differing.letters.rows
    assert (rows[(rows["item"] == "social") & (rows["market"] == "fr")]["above"] == "").all()
    assert not rows[rows["item"] == "social"]["above"].str.contains("B").any()  # France's letter
