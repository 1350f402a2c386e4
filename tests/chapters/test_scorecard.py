"""The scorecard: every verdict in every market, and what became of every statement."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from analysis import Markets, Scorecard
from analysis.errors import JourneybookError
from analysis.report.claims import WORDS
from analysis.report.lines import AVERAGE


@pytest.fixture(scope="module")
def card(markets: Markets) -> Scorecard:
    return Scorecard(markets)


def test_it_holds_every_verdict_once(card: Scorecard, markets: Markets) -> None:
    held = set(zip(card.rows["market"], card.rows["id"], strict=True))
    own = {(market.code, name) for market in markets.markets for name in market.claims.rows["id"]}
    assert held == own | {(AVERAGE, name) for name in markets.claims.rows["id"]}
    assert len(held) == len(card.rows)


def test_the_average_decides_and_else_the_market_of_the_claim(card: Scorecard) -> None:
    deciding = card.deciding.set_index("id")["market"]
    assert list(deciding[["S0-03", "S0-06", "S0-08a", "X-04"]]) == [AVERAGE, "uk", "fr", "uk"]
    assert set(deciding.index) == {claim.id for claim in card.study.claims.expanded}


def test_readings_and_figures_of_other_people_are_left_out_of_the_count(card: Scorecard) -> None:
    claims = {claim.id for claim in card.study.claims.expanded if claim.counts}
    assert set(card.counted["id"]) == claims


def test_the_headline_and_the_cards_count_the_same(card: Scorecard) -> None:
    counts = [int((card.counted["verdict"] == word).sum()) for word in WORDS]
    total = len(card.counted)
    assert sum(counts) == total
    assert card.headline == f"{counts[0]} of {total} published claims are reproduced"
    assert (
        card.tally == f"{counts[0]} of {total} published claims reproduced, {counts[1]} differ, {counts[2]} cannot tell"
    )
    assert card.summary.startswith(f"Of the other {total - counts[0]}, {counts[1]} differ and {counts[2]} stand on")
    assert re.findall(r"<b>(\d+) of (\d+)</b>", card.cards().html) == [(str(n), str(total)) for n in counts]


def test_the_board_has_one_row_a_claim_that_counts(card: Scorecard) -> None:
    html = card.board().html
    assert html.count('scope="row"') == len(card.counted)
    for word in WORDS:
        assert html.count(f">{word}</span>") == (card.counted["verdict"] == word).sum()
    parts = {label["en"] for label in card.study.register.parts.values()}
    assert set(card.counted["part"]) == parts


def test_the_matrix_says_each_verdict_by_sign_and_by_word(card: Scorecard) -> None:
    html = card.matrix().html
    rows = card.rows[card.rows["id"].isin(card.counted["id"])]
    assert html.count('scope="row"') == len(card.counted)
    for word, sign in (("reproduced", "✓"), ("differs", "✕"), ("cannot tell", "?")):
        assert html.count(f'aria-label="{word}">{sign}</span>') == (rows["verdict"] == word).sum()
    heads = re.findall(r'<th[^>]*scope="col"[^>]*>([^<]+)</th>', html)[-8:]
    assert heads == ["All", "UK", "FR", "DE", "IT", "ES", "NL", "SE"]


def test_the_analysts_tables_hold_every_verdict_and_every_source(card: Scorecard) -> None:
    html = card.verdicts().html
    assert html.count('scope="row"') == len(card.rows)
    assert html.count("<details") == len(card.study.register.parts)
    assert all(f"({claim.id})" in html for claim in card.study.claims.expanded)


def test_the_register_shows_every_statement_with_its_verdicts_or_its_reason(card: Scorecard) -> None:
    html, entries = card.register().html, card.study.register.entries
    assert html.count('scope="row"') == len(entries) == 137
    places = re.findall(r'href="verdicts\.html#([^"]+)"', html)
    assert len(places) == sum(entry.status == "tested" for entry in entries)
    assert set(places) <= set(re.findall(r'<span id="(verdict-[^"]+)">', card.verdicts().html))
    linked = dict(re.findall(r'href="\.\./uk/(\w+)\.html">([^<]+)<', html))
    titles = card.study.settings.chapters.market
    assert {unescape(name) for name in linked.values()} == {f"{titles[c]['en']} (United Kingdom)" for c in linked}
    assert set(linked) == {entry.chapter for entry in entries if entry.chapter}
    assert [int(n) for n in re.findall(r"<b>(\d+) of 137</b>", card.statuses().html)] == [73, 29, 35]


def test_a_chapter_that_is_gone_is_named_when_the_register_is_shown(card: Scorecard) -> None:
    other = Scorecard(card.markets)
    chapters = card.study.settings.chapters.model_copy(update={"market": {"headlines": {"en": "Headlines"}}})
    other.study = replace(card.study, settings=card.study.settings.model_copy(update={"chapters": chapters}))
    with pytest.raises(JourneybookError, match=r"register\.yaml, S0-01: no such chapter; got 'sample'"):
        other.register()


def test_the_translations_set_text_and_original_beside_each_other(card: Scorecard) -> None:
    html = card.translations(title="Text and original").html
    assert html.count('scope="row"') == card.mistaken
    shifted = next(entry for entry in card.study.register.entries if entry.id == "S0-07b").translation
    assert shifted and shifted.says in html and shifted.original in html and shifted.changes in html


def test_the_scorecard_of_one_market_is_that_market_alone(markets: Markets) -> None:
    alone = Scorecard(Markets(markets.study, ("uk",)))
    assert set(alone.rows["market"]) == {"uk"}
    assert alone.matrix().html.count('scope="row"') == len(alone.counted)
