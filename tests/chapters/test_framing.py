"""A chapter opens with its key figures and closes with the verdicts on what was claimed of its questions."""

from __future__ import annotations

import re

import pytest

from analysis import Markets, claimed, headlines, key_cards
from analysis.market import Market
from analysis.report.words import THIN
from analysis.study.chapters import Article
from analysis.study.params import Study


@pytest.fixture(scope="module")
def uk(markets: Markets) -> Market:
    return next(market for market in markets.markets if market.code == "uk")


def numbers(html: str) -> list[str]:
    return re.findall(r"<b>([^<]*)</b>", html)


def without_article(study: Study) -> Market:
    settings = study.settings.model_copy(update={"article": Article()})
    return Market(Study(study.folder, settings, study.codebook, study.claims), "uk")


def test_a_chapter_has_the_verdicts_of_all_claims(uk: Market) -> None:
    own = claimed(uk, "giving_up").rows.set_index("id")
    same = uk.claims.rows.set_index("id").loc[own.index]
    assert {"S0-06", "S0-07", "X-03a"} <= set(own.index)
    assert list(own["verdict"]) == list(same["verdict"])
    assert list(own["estimate"]) == pytest.approx(list(same["estimate"]))


def test_the_closing_table_has_a_row_a_claim_with_base_and_verdict(uk: Market) -> None:
    verdicts = claimed(uk, "giving_up")
    html = verdicts.closing().html
    assert html.count('scope="row"') == len(verdicts.rows)
    assert html.count("jb-chip") == len(verdicts.rows)
    assert re.findall(r'<th scope="col">([^<]+)<', html) == ["Published", "Here", "Base", "Verdict"]
    assert "Synthetic respondents" in html


def test_the_year_is_the_study_s_and_stands_where_all_claims_are_of_its_article(uk: Market) -> None:
    original = uk.study.claims.original
    assert original and original.wave
    assert f"What was claimed in {original.wave}, and what" in claimed(uk, "sectors").closing().html
    assert "S4-26" in set(claimed(uk, "influences").rows["id"])  # of another document
    assert "What was claimed, and what" in claimed(uk, "influences").closing().html


def test_the_card_counts_what_the_table_holds(uk: Market) -> None:
    verdicts = claimed(uk, "influences")
    count = verdicts.counted["verdict"].value_counts()
    number, what, rest = verdicts.card or ("", "", "")
    assert number == f"{count['reproduced']} of {count.sum()}" and what == "claims reproduced"
    assert rest.split() == [str(count["cannot tell"]), "cannot", "tell", str(count["differs"]), "differ"]


def test_a_study_without_an_article_shows_no_verdicts_and_no_error(study: Study) -> None:
    bare = without_article(study)
    verdicts = claimed(bare, "influences")
    assert verdicts.closing().html == "" and verdicts.told == "" and verdicts.card is None
    social = bare.shares("influence", item="social", net="top_2_box")["social"]
    assert numbers(key_cards(bare, {"swayed": social}, claims=verdicts).html) == [str(social)]


def test_a_card_beside_the_average_says_what_the_front_page_says(uk: Market) -> None:
    html, front = key_cards(uk, {}, average="social").html, headlines(uk).cards().html
    points = re.search(r"(\d+) points? above the average", front)
    assert points and numbers(html) == [f"+{points[1]}{THIN}pts"]
    assert ("may be chance" in html) == ("may be chance" in front.split("</li>")[0])
    assert "base 4" in html


def test_a_low_base_is_said_on_the_card_and_in_the_sentence(uk: Market) -> None:
    few = uk.shares("influence", item="social", net="top_2_box", domain={"age_six": "18-24"})["social"]
    assert few.row["flag"] == "low base"
    html = key_cards(uk, {"swayed": few}).html
    assert numbers(html) == [f"{few}*"] and "low base" in html
    assert "low base" in few.full


def test_a_card_of_too_few_respondents_has_a_dash_and_why(uk: Market) -> None:
    domain = {"age_six": "18-24", "sector": 1, "sex": 1}
    none = uk.shares("influence", item="social", net="top_2_box", domain=domain)["social"]
    assert none.suppressed
    html = key_cards(uk, {"swayed": none}).html
    assert numbers(html) == ["[c]"] and "withheld (base" in html
