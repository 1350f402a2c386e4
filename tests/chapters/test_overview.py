"""The headline figures beside the average: how far each market is from it, and whether that may be chance."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import Market, Markets, headlines, open_markets
from analysis.chapters.overview import Headlines
from analysis.publish.plan import plan_report
from analysis.report.words import THIN
from analysis.study.params import Study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def every(markets: Markets) -> Headlines:
    return headlines(markets)


@pytest.fixture(scope="module")
def own(uk: Market) -> Headlines:
    return headlines(uk)


def side(row: dict[str, float]) -> str:
    """Told apart with all markets allowed for, only if taken alone, or not."""
    word = "above" if row["gap"] > 0 else "below"
    alone = row["gap_low"] > 0 or row["gap_high"] < 0
    return word if row["p_adjusted"] < 0.05 else f"perhaps {word}" if alone else "level"


def cells(html: str, market: str) -> list[str]:
    """The cells of a market's row, without markup."""
    row = re.search(rf'<th scope="row"[^>]*>(?:<a[^>]*>)?{market}<.*?</tr>', html, flags=re.S)
    assert row
    return [re.sub(r"<[^>]*>", "|", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[0], flags=re.S)]


def test_the_table_says_of_every_market_whether_it_is_more_than_elsewhere(every: Headlines, markets: Markets) -> None:
    html = every.table().html
    seen = set()
    for market in markets.markets:
        rows = every.rows[every.rows["market"] == market.code].to_dict("records")
        for cell, row in zip(cells(html, market.name), rows, strict=True):
            assert cell.startswith(f"{round(100 * row['estimate'])}{THIN}%")
            assert f"{round(100 * row['conf_low'])}\u2013{round(100 * row['conf_high'])}" in cell
            assert f"base\u00a0{row['unweighted_base']:.0f}" in cell
            if row["unweighted_base"] < 100:
                assert not re.search("above|below|level", cell)
            else:
                assert re.search(rf"\|(\S )?{side(row)}\|", cell), (market.code, row["item"])
                seen.add(side(row))
    assert {"above", "level", "perhaps above", "perhaps below"} <= seen  # or the test says less than it seems to


def test_every_market_is_linked_to_the_first_of_its_pages(every: Headlines, root: Path, study: Study) -> None:
    links = re.findall(r'<th scope="row"[^>]*><a href="([^"]+)">', every.table().html)
    assert links == [f"{code}/headlines.html" for code in study.settings.markets]
    pages = {f"{page.source.as_posix()}.html" for page in plan_report(study, "all", root).pages}
    assert set(links) <= pages


def test_the_table_has_what_was_published(every: Headlines) -> None:
    published = cells(every.table().html, "Published")
    assert [cell.partition("|")[0] for cell in published] == [f"{n}{THIN}%" for n in (22, 29, 20, 40)]
    assert f"United Kingdom 30{THIN}%" in published[2] and f"France 25{THIN}%" in published[2]


def test_the_title_of_all_is_the_range_and_the_average(every: Headlines, markets: Markets) -> None:
    average = every.rows[(every.rows["item"] == "social") & (every.rows["market"] == "average")].iloc[0]
    assert every.title == f"{markets.finding('social')}, {round(100 * average['estimate'])}{THIN}% on average"
    assert every.title in every.chart().html
    assert set(every.rows["market"]) == {*markets.study.settings.markets, "average"}  # counted one way alone


def test_a_cards_distance_is_that_of_the_rows(own: Headlines) -> None:
    found = re.findall(r"<li><b>(.*?)</b><span>(.*?)</span><small>(.*?)</small>", own.cards().html, flags=re.S)
    rows = own.rows[own.rows["market"] == "uk"].to_dict("records")
    assert len(found) == len(rows) == 4
    for (number, _, how), row in zip(found, rows, strict=True):
        assert number == f"{round(100 * row['estimate'])}{THIN}%"
        assert f"base {row['unweighted_base']:.0f}" in how
        told = side(row)
        assert ("which may be chance" in how) == told.startswith("perhaps")
        points = f"{round(100 * abs(row['gap']))} points {told.removeprefix('perhaps ')} the average"
        assert (points if told != "level" else "level with the average") in how


@pytest.mark.parametrize(("average", "part"), [("alike", 1 / 2), ("population", 50_772_999 / (50_772_999 + 7_580_944))])
def test_a_market_is_held_beside_the_average_that_the_study_names(study: Study, average: str, part: float) -> None:
    """Two markets, 50.8 and 7.6 million adults: Sweden's distance from their mean is half of the gap between
    them, and by population 50.8 / 58.4 of it."""
    settings = study.settings.model_copy(update={"markets": ("uk", "se"), "average": average})
    rows = headlines(Market(replace(study, settings=settings), "se")).rows
    social = rows[rows["item"] == "social"].set_index("market")
    apart = social.loc["se", "estimate"] - social.loc["uk", "estimate"]
    assert social.loc["se", "gap"] == pytest.approx(part * apart)


def test_a_market_alone_in_its_study_has_no_average(study: Study) -> None:
    settings = study.settings.model_copy(update={"markets": ("uk",)})
    alone = headlines(Market(replace(study, settings=settings), "uk"))
    assert "average" not in alone.title + alone.held + alone.cards().text + alone.chart().text
    assert "Average" not in alone.table().text and alone.finding == ""


def test_a_report_of_one_market_has_its_row_beside_the_average(root: Path, own: Headlines) -> None:
    landing = headlines(open_markets("uk", root / "params"))
    assert landing.title == own.title and landing.finding == "" and landing.further == ""
    heads = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', landing.table().html)
    assert heads == ['<a href="uk/headlines.html">United Kingdom</a>', "Average", "Published"]
    assert "UK adults: " in landing.chart().text and "the average of seven markets: " in landing.chart().text


def test_too_few_respondents_are_not_held_beside_anything(study: Study) -> None:
    low = study.settings.low_base.model_copy(update={"suppress_below": 1000, "caution_below": 1000})
    few = headlines(Market(replace(study, settings=study.settings.model_copy(update={"low_base": low})), "uk"))
    assert few.title == "Swayed by social media: withheld"
    assert "average" not in few.cards().text


@pytest.mark.parametrize("country", ["all", "uk"])
def test_links_of_the_landing_page_lead_to_pages_of_the_report(root: Path, study: Study, country: str) -> None:
    opened = headlines(open_markets(country, root / "params"))
    text = f"{opened.leads_to('verdicts', 'verdicts')} {opened.further}"
    links = re.findall(r"\]\((.+?)\.ipynb\)", text)
    pages = {page.source.as_posix() for page in plan_report(study, country, root).pages}
    assert links and set(links) <= pages


def test_links_of_a_markets_page_stay_in_its_folder(own: Headlines) -> None:
    assert own.leads_to("verdicts", "all") == "[all](replication.ipynb)"
    assert own.leads_to("sample", "who") == "[who](sample.ipynb)"


def test_a_chapter_that_there_is_not_is_not_linked(study: Study) -> None:
    chapters = study.settings.chapters.model_copy(update={"market": {"headlines": {"en": "Headlines"}}})
    settings = study.settings.model_copy(update={"chapters": chapters})
    assert headlines(Market(replace(study, settings=settings), "uk")).leads_to("sample", "who") == "who"
