"""Claims put to a market: each kind of claim is held against its own kind of estimate."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import Market, Markets
from analysis.replication import judge_claims
from analysis.report import words
from analysis.report.words import THIN
from analysis.study.codebook import Figure
from analysis.study.params import Study
from analysis.study.register import Claims
from analysis.survey.power import base_for_difference, base_for_share

WORDS = {"reproduced", "differs", "cannot tell"}


@pytest.fixture(scope="module")
def claim(uk: Market) -> Callable[[str], pd.Series]:
    return lambda name: uk.claims.rows.set_index("id").loc[name]


def concerns(name: str, code: str, market: Market) -> bool:
    return next(claim for claim in market.study.claims.expanded if claim.id == name).concerns(code)


def base_of(name: str, market: Market) -> int:
    return int(market.claims.rows.set_index("id").loc[name, "base_needed"])


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
    assert reach == pytest.approx(1.966 * np.hypot(here["std_error"], there["std_error"]), rel=1e-3)  # qt(0.975, 426)


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


def test_the_base_needed_stands_beside_every_verdict(uk: Market) -> None:
    """None of these claims is one that no base would reproduce."""
    rows = uk.claims.rows
    assert set(rows["verdict"]) == WORDS
    assert (rows["base_needed"].astype(float) > 0).all()


def test_a_difference_needs_the_base_that_tells_the_published_points(uk: Market) -> None:
    """UK 30 % against France 25 % needs about 1,250 respondents a market (tests/golden/power.R), here times
    the design effect of weighting."""
    effect = np.mean(
        [m.shares("reasons", item="reviews")["reviews"].row["design_effect"] for m in (uk, uk.sibling("fr"))]
    )
    assert base_of("S0-09", uk) == pytest.approx(1250 * effect, rel=0.05)


def test_a_difference_without_published_points_is_taken_as_the_studys_delta(uk: Market) -> None:
    sized = next(claim for claim in uk.study.claims.expanded if claim.id == "S0-05")
    unsized = sized.model_copy(update={"published": None})
    market = copy(uk)
    market.study = replace(uk.study, claims=Claims(claims=(unsized,)))
    gap = uk.difference(sized.figure, sized.figure.model_copy(update={"domain": sized.against}))
    assert list(judge_claims(market).rows["base_needed"]) == [base_for_difference(gap, 0.05)]
    assert base_of("S0-05", uk) == base_for_difference(gap, 0.07)


def test_a_majority_needs_the_base_that_tells_a_delta_more_than_half(uk: Market) -> None:
    row = uk.rows([next(c.figure for c in uk.study.claims.expanded if c.id == "S0-18")], {"all": {}}).iloc[0]
    assert base_of("S0-18", uk) == pytest.approx(790 * row["design_effect"], rel=0.01)  # 790: tests/golden/verdicts.R


def test_a_base_needed_is_printed_roughly_and_the_foot_says_what_it_is(uk: Market) -> None:
    html = uk.claims.table(title="Claims").html
    rows = uk.claims.rows
    needs = re.findall(r"<small>needs ([\d,]+)(?: a market)?</small>", html)
    assert len(needs) == len(rows)
    assert set(needs) == {words.about(base) for base in rows["base_needed"]}
    assert "how many of the same people as in the base, for 4 surveys in 5 to reproduce the claim" in html
    assert html.count(" a market</small>") == 1  # against France
    assert "is taken as 5 points" in html


def test_the_average_needs_its_base_in_each_market(markets: Markets, study: Study) -> None:
    """Its error falls with the bases of all markets: that of 3,000 respondents in seven markets is told by a
    seventh of the whole base in each of them."""
    row = markets.claims.rows.set_index("id").loc["S0-03"]
    claim = next(c for c in study.claims.expanded if c.id == "S0-03")
    average = markets.average(pd.concat([m.rows([claim.figure], {"all": {}}) for m in markets.markets]))
    p = claim.published / 100
    whole = base_for_share(
        p, p - 0.055, p + 0.055, design_effect=float(average["design_effect"]), confidence_level=0.90
    )
    assert row["base_needed"] == np.ceil(whole / 7)
    html = markets.claims.table(title="Claims").html
    assert html.count(" a market</small>") == len(markets.claims.rows)


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


def test_the_summary_says_how_many_a_true_study_would_reproduce(uk: Market) -> None:
    """The sum of the powers of the claims that count: what 430 respondents can be asked to show."""
    counted = uk.claims.rows[uk.claims.rows["reading_of"] == ""]
    assert uk.claims.expected == round(counted["power"].sum())
    assert f"Were every claim true, about {uk.claims.expected} would be reproduced on these bases." in uk.claims.summary
