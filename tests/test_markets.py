"""Markets side by side: the average is the mean of the markets, each alike."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import Markets, open_markets
from analysis.errors import JourneybookError
from analysis.report.words import THIN
from analysis.study.params import Study

KEYS = ["social", "young", "direct"]


@pytest.fixture(scope="module")
def one(root: Path) -> Markets:
    return open_markets("uk", root / "params")


@pytest.fixture(scope="module")
def side_by_side(markets: Markets) -> dict[str, pd.DataFrame]:
    """Each key figure's rows, by market."""
    return {key: markets.key_figure(key).rows.set_index("market") for key in KEYS}


@pytest.mark.parametrize("key", KEYS)
def test_the_average_is_the_mean_of_the_markets(side_by_side: dict[str, pd.DataFrame], key: str) -> None:
    rows = side_by_side[key]
    average, own = rows.loc["average"], rows.drop("average")
    assert len(own) == 7
    assert average["estimate"] == pytest.approx(own["estimate"].mean(), abs=1e-12)
    # independent samples: the variance of a mean of k is the sum of the variances over k squared
    assert average["std_error"] == pytest.approx(np.sqrt((own["std_error"] ** 2).sum()) / 7, abs=1e-12)
    assert average["unweighted_base"] == own["unweighted_base"].sum()
    assert average["conf_low"] < average["estimate"] < average["conf_high"]


def test_a_markets_row_is_the_one_on_its_own_page(markets: Markets, side_by_side: dict[str, pd.DataFrame]) -> None:
    rows = side_by_side["young"]
    for market in markets.markets:
        own = market.key_figures("young").rows.iloc[0]
        columns = ["estimate", "std_error", "conf_low", "conf_high", "unweighted_base", "flag"]
        assert list(rows.loc[market.code, columns]) == list(own[columns])


@pytest.mark.parametrize("key", KEYS)
def test_markets_are_ranked_with_the_average_in_its_place(side_by_side: dict[str, pd.DataFrame], key: str) -> None:
    rows = side_by_side[key]
    assert rows["estimate"].is_monotonic_decreasing
    assert list(rows.index).count("average") == 1
    assert rows.loc["average", "label"] == "All seven markets"


def test_the_measure_says_how_the_average_counts(markets: Markets, one: Markets) -> None:
    assert "the average counts each market alike" in markets.key_figure("social").measure
    assert "average" not in one.key_figure("social").measure


def test_the_base_names_people_question_and_domain(markets: Markets) -> None:
    assert markets.key_figure("young").base == "Adults in seven markets, all respondents, 18\u201334"


def test_the_finding_spans_the_markets_without_the_average(
    markets: Markets, side_by_side: dict[str, pd.DataFrame]
) -> None:
    rows = side_by_side["social"].drop("average")
    low, high = round(100 * rows["estimate"].min()), round(100 * rows["estimate"].max())
    text = markets.finding("social")
    assert text.startswith("Swayed by social media: from ")
    assert f"{low}{THIN}%" in text and f"{high}{THIN}%" in text
    assert "seven" not in text


def test_the_headline_table_has_a_row_a_market_and_the_published_figures(markets: Markets) -> None:
    html = markets.headline_table(title="Headlines").html
    heads = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', html)
    assert heads == [market.name for market in markets.markets] + ["Published"]
    published = html.split(">Published</th>")[1]
    assert all(f">{figure}{THIN}%<" in published for figure in (22, 29, 20, 40))
    assert f"United Kingdom 30{THIN}%" in published and f"France 25{THIN}%" in published
    assert "Synthetic respondents" in html


def test_the_headline_table_prints_each_markets_figure_interval_and_base(markets: Markets) -> None:
    html = markets.headline_table(title="Headlines").html
    spain = html.split(">Spain</th>")[1].split("</tr>")[0]
    row = next(m for m in markets.markets if m.code == "es").key_figures("social").rows.iloc[0]
    low, high = round(100 * row["conf_low"]), round(100 * row["conf_high"])
    assert f"{round(100 * row['estimate'])}{THIN}%<br>" in spain
    assert f"{low} to {high}{THIN}%<br>base {row['unweighted_base']:.0f}" in spain


def test_a_lead_keeps_the_names_of_the_markets(markets: Markets) -> None:
    for key in KEYS:
        estimates = markets.key_figure(key)
        ranked = [code for code in estimates.rows["market"] if code != "average"]
        first, second = (next(m.place for m in markets.markets if m.code == code) for code in ranked[:2])
        assert markets.lead(estimates).startswith(first)
        assert f" {second}:" in markets.lead(estimates) or f" {second}." in markets.lead(estimates)


def test_one_market_leads_nobody(one: Markets) -> None:
    assert one.lead(one.key_figure("social")) == ""


def test_synthetic_respondents_are_called_so_beside_the_verdicts(markets: Markets) -> None:
    assert markets.trust.startswith("Not as a finding")
    assert "assumed" in markets.assumed


def test_the_headline_chart_of_all_shows_every_market_and_the_average(markets: Markets) -> None:
    text = repr(markets.headline_chart())
    assert all(f"{name}: " in text for name in [*(m.name for m in markets.markets), "All seven markets"])


def test_the_headline_chart_of_one_shows_its_key_figures(one: Markets) -> None:
    text = repr(one.headline_chart())
    assert all(f"{label}: " in text for label in one.markets[0].key_figures().rows["label"])


def test_one_market_has_no_average(one: Markets) -> None:
    assert list(one.key_figure("social").rows["market"]) == ["uk"]
    assert one.code == "uk" and one.people == "UK adults"
    assert one.headline_table(title="Headlines").html.count('scope="row"') == 2


def test_respondents_and_names_are_those_of_the_markets(markets: Markets) -> None:
    used = sum(market.respondents.sample.used for market in markets.markets)
    assert markets.respondents == f"{used:,}" == "3,000"
    assert markets.names.endswith("the Netherlands and Sweden")
    assert markets.names.startswith("the United Kingdom, France")


def test_links_lead_to_the_first_chapter_of_every_market(study: Study) -> None:
    two = Markets(study, ("fr", "se"))
    links = re.findall(r"^- \[(.+?)\]\((\w+)/(\w+)\.ipynb\): ", two.links(), flags=re.M)
    assert links == [("France", "fr", "headlines"), ("Sweden", "se", "headlines")]


def test_claims_of_all_markets_are_held_against_the_average(
    markets: Markets, side_by_side: dict[str, pd.DataFrame]
) -> None:
    rows = markets.claims.rows.set_index("id")
    common = {c.id for c in markets.study.claims.expanded if not c.markets and c.kind != "first"}
    assert set(rows.index) == common
    assert set(rows["scope"]) == {"all markets"}
    social = side_by_side["social"].loc["average", "estimate"]
    assert rows.loc["S0-03", "estimate"] == pytest.approx(social, abs=1e-12)


def test_claims_of_one_market_are_its_own(one: Markets) -> None:
    assert list(one.claims.rows["id"]) == list(one.markets[0].claims.rows["id"])


def test_an_unknown_market_is_refused_with_the_list(root: Path) -> None:
    with pytest.raises(JourneybookError) as refusal:
        open_markets("gb", root / "params")
    assert "uk, fr, de, it, es, nl, se" in str(refusal.value)
