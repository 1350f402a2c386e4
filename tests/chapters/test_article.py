"""The overview leads a reader of the article to each of its figures: the page is planned and shows the question."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from analysis import Markets, published_figures
from analysis.chapters.article import article_claims, printed
from analysis.publish.plan import plan_report
from analysis.report.words import THIN
from analysis.study.chapters import EVERY, Article, Chapters
from analysis.study.codebook import Code, Figure
from analysis.study.params import Study
from analysis.study.register import Claim

pytestmark = pytest.mark.slow


def pages_of(study: Study, root: Path, country: str = "all") -> set[str]:
    return {f"{page.source.as_posix()}.html" for page in plan_report(study, country, root).pages}


def test_every_published_claim_of_the_article_leads_to_a_page_that_shows_its_question(study: Study, root: Path) -> None:
    claims = article_claims(study)
    assert {"S0-03", "S0-12", "S0-20", "X-02a", "X-03c", "X-06a", "X-07b"} <= {claim.id for claim in claims}
    planned, article = pages_of(study, root), study.settings.linked
    for claim in claims:
        chapter = article.chapter_of(claim)
        assert f"uk/{chapter}.html" in planned, claim.id
        path = root / "notebooks" / "market" / f"{chapter}.ipynb"
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if EVERY in article.shows[str(chapter)]:
            assert "toplines(market)" in code
        else:
            shown = set(claim.stands_on) & set(article.shows[str(chapter)])
            assert any(re.search(rf"""["']{question}["'.]""", code) for question in shown), (claim.id, chapter)


def test_a_chapter_of_every_question_has_those_of_the_claims(study: Study, markets: Markets) -> None:
    assert {claim.figure.question for claim in article_claims(study)} <= set(markets.markets[0].questions)


def test_every_link_of_the_page_is_a_page_of_the_report(markets: Markets, root: Path) -> None:
    html = published_figures(markets, title="Figures").html
    links = {os.path.normpath(Path("markets") / link) for link in re.findall(r'href="([^"#]+)', html)}
    assert links and links <= pages_of(markets.study, root)
    assert html.count('scope="row"') == len(article_claims(markets.study))


def test_a_figure_of_one_market_leads_to_that_market(markets: Markets) -> None:
    html = published_figures(markets, title="Figures").html
    row = html.split("made people in France give up")[1].split("</tr>")[0]
    assert f"25{THIN}%" in row and 'href="../fr/giving_up.html"' in row and "all markets" not in row
    row = html.split("Social media influential or very influential in the decision to buy")[1].split("</tr>")[0]
    assert 'href="../uk/influences.html"' in row and 'href="key_figures.html"' in row
    assert 'href="verdicts.html#verdict-s0-03"' in row


def test_what_was_printed_has_its_unit(study: Study) -> None:
    by_id = {claim.id: claim for claim in study.claims.claims}
    ids = ("S0-03", "S0-05", "S0-12", "S0-07", "S0-15", "S0-17")
    assert [printed(by_id[name]) for name in ids] == [f"22{THIN}%", f"+7{THIN}pts", "most", "the most", "more", "alike"]


def test_a_study_without_an_article_has_no_such_table(markets: Markets, study: Study) -> None:
    settings = study.settings.model_copy(update={"article": Article()})
    bare = Markets(Study(study.folder, settings, study.codebook, study.claims), ("uk",))
    assert published_figures(bare, title="Figures").html == ""


def test_chapters_that_there_are_not_are_passed_over() -> None:
    article = Article(claims=("*",), shows={"gone": ("q",), "all": (EVERY,)}, across="missing")
    within = article.within(Chapters.model_validate({"market": {"all": "Everything"}}))
    assert within.chapter_of(about("q")) == "all" and within.across is None
    assert Article(shows={"one": ("other",)}).chapter_of(about("q")) is None


def about(question: str, item: str | None = None, **domain: Code) -> Claim:
    figure = Figure(question=question, item=item, answer=1, domain=domain)
    return Claim(id=f"{question} {item} {domain}", figure=figure, published=1, source="")


def test_a_claim_stands_in_the_chapter_of_its_question_then_in_that_of_its_groups() -> None:
    article = Article(shows={"speed": ("promise",), "one": ("q",), "alone": ("q.a",), "all": (EVERY,)})
    claims = [about("q", "a"), about("q", "b", promise=1), about("satisfaction", promise=1), about("satisfaction")]
    assert [article.chapter_of(claim) for claim in claims] == ["one", "one", "speed", "all"]
    assert article.claims_of("alone", claims) == claims[:1]
    assert article.claims_of("one", claims) == claims[:2]
    assert article.claims_of("elsewhere", claims) == []


def test_each_claim_belongs_to_one_chapter_beside_those_of_single_items(study: Study) -> None:
    article, claims = study.settings.linked, study.claims.expanded
    whole = [chapter for chapter, shown in article.shows.items() if not all("." in name for name in shown)]
    assert sorted(claim.id for chapter in whole for claim in article.claims_of(chapter, claims)) == sorted(
        claim.id for claim in claims
    )
    assert {claim.figure.item for claim in article.claims_of("young", claims)} == {"social"}
