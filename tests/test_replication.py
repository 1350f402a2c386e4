"""Claims put to a market: each kind of claim is held against its own kind of estimate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis import Market, Markets
from analysis.report.words import THIN
from analysis.study.codebook import Figure

WORDS = {"reproduced", "differs", "cannot tell"}


@pytest.fixture(scope="module")
def claim(uk: Market) -> Callable[[str], pd.Series]:
    return lambda name: uk.claims.rows.set_index("id").loc[name]


def concerns(name: str, code: str, market: Market) -> bool:
    return next(claim for claim in market.study.claims.expanded if claim.id == name).concerns(code)


def test_every_claim_has_a_verdict_of_the_three(uk: Market) -> None:
    rows = uk.claims.rows
    assert set(rows["verdict"]) <= WORDS
    assert rows["id"].is_unique
    assert rows[["text", "source", "scope", "estimate", "conf_low", "conf_high"]].notna().all().all()


def test_a_share_is_held_against_the_markets_own_share(uk: Market, claim: Callable[[str], pd.Series]) -> None:
    own = uk.shares("influence", item="social", net="top_2_box")["social"].row
    columns = ["estimate", "conf_low", "conf_high", "unweighted_base"]
    assert list(claim("S0-03")[columns]) == pytest.approx(list(own[columns]))
    assert claim("S0-03")["published"] == 22


def test_a_difference_of_domains_is_held_against_the_difference(uk: Market, claim: Callable[[str], pd.Series]) -> None:
    everybody = Figure(question="influence", item="social", net="top_2_box")
    gap = uk.difference(everybody.model_copy(update={"domain": {"age_band": "18-34"}}), everybody)
    row = claim("S0-05")
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx((gap.estimate, *gap.interval(0.95)))


def test_a_difference_of_markets_adds_their_variances(uk: Market, claim: Callable[[str], pd.Series]) -> None:
    here, there = (m.shares("reasons", item="reviews")["reviews"].row for m in (uk, uk.sibling("fr")))
    row = claim("S0-09")
    assert row["estimate"] == pytest.approx(here["estimate"] - there["estimate"])
    reach = (row["conf_high"] - row["conf_low"]) / 2
    assert reach == pytest.approx(1.963 * np.hypot(here["std_error"], there["std_error"]), rel=1e-3)


def test_a_majority_is_held_against_one_half(uk: Market, claim: Callable[[str], pd.Series]) -> None:
    row = claim("S0-18")
    expected = "reproduced" if row["conf_low"] > 0.5 else "differs" if row["conf_high"] < 0.5 else "cannot tell"
    assert np.isnan(row["published"])
    assert row["verdict"] == expected


def test_the_most_common_is_held_against_its_closest_rival(uk: Market, claim: Callable[[str], pd.Series]) -> None:
    rivals = next(c.rivals for c in uk.study.claims.expanded if c.id == "S0-07")
    shares = uk.shares("reasons", item=["reviews", *rivals]).rows.set_index("item")["estimate"]
    assert claim("S0-07")["estimate"] == pytest.approx(shares["reviews"] - shares.drop("reviews").max())


def test_a_claim_about_another_market_is_not_put_to_this_one(uk: Market) -> None:
    assert "S0-06" in set(uk.claims.rows["id"])
    assert "S0-08a" not in set(uk.claims.rows["id"])
    assert concerns("S0-08a", "fr", uk) and not concerns("S0-06", "fr", uk)


def test_a_base_that_would_tell_stands_only_where_these_data_cannot(uk: Market) -> None:
    rows = uk.claims.rows
    told = rows[rows["verdict"] != "cannot tell"]
    needed = rows.loc[rows["verdict"] == "cannot tell", ["base_needed", "unweighted_base"]].dropna().astype(float)
    assert told["base_needed"].isna().all()
    assert (needed["base_needed"] >= needed["unweighted_base"]).all()


def test_the_scope_says_for_whom_a_claim_was_published(uk: Market, claim: Callable[[str], pd.Series]) -> None:
    assert claim("S0-03")["scope"] == "all markets"
    assert claim("S0-06")["scope"] == "United Kingdom"


def test_the_summary_counts_the_verdicts_and_warns_of_scope(uk: Market) -> None:
    claims = uk.claims
    assert claims.summary.startswith(f"Of {claims.total} published claims, {claims['reproduced']} are reproduced")
    assert "Most published figures cover all markets together" in claims.summary
    assert claims.headline == f"{claims['reproduced']} of {claims.total} published claims are reproduced"


def test_the_table_shows_every_claim_with_its_word(uk: Market) -> None:
    html = uk.claims.table(title="Claims").html
    rows = uk.claims.rows
    assert html.count('scope="row"') == len(rows)
    assert all(html.count(f">{word}</span>") == (rows["verdict"] == word).sum() for word in WORDS)
    assert f">22{THIN}%</td>" in html


def test_the_notes_give_every_claim_its_source(uk: Market) -> None:
    html = uk.claims.notes().html
    assert html.count("<li>") == len(uk.claims.rows)
    assert all(f"({name})" in html for name in uk.claims.rows["id"])


def test_the_same_claim_differs_between_a_market_and_the_average(markets: Markets, uk: Market) -> None:
    together = markets.claims.rows.set_index("id")
    assert together.loc["S0-03", "unweighted_base"] > uk.claims.rows.set_index("id").loc["S0-03", "unweighted_base"]
    assert "Most published figures cover" not in markets.claims.summary


def test_another_reading_of_a_figure_is_shown_and_not_counted(uk: Market) -> None:
    readings = uk.claims.rows.query("reading_of != ''")
    assert set(readings["id"]) == {"S0-20m", "S0-21m", "S0-22m"}
    assert uk.claims.total == len(uk.claims.rows) - 3
    assert uk.claims.table(title="Claims").html.count("(other reading)</th>") == 3


def test_a_figure_of_its_own_takes_the_place_of_the_common_one(uk: Market) -> None:
    assert "X-03c" not in set(uk.claims.rows["id"])
    assert {code for code in ("uk", "fr", "de") if concerns("X-03c", code, uk)} == {"de"}
