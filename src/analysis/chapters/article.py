"""Where the figures of the study's article are: each beside the page that shows it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from html import escape

import pandas as pd

from analysis.markets import Markets
from analysis.report import tables, words
from analysis.report.page import Html
from analysis.report.verdict_cells import anchor
from analysis.study.params import Study
from analysis.study.register import Claim
from analysis.study.settings import say

NOT_PRINTED = {"majority": "most", "first": "the most", "equivalence": "alike"}


def published_figures(markets: Markets, *, title: str) -> Html:
    """One row a claim of the article: what was published, and links to its pages; empty if the study names none.

    A claim about one market leads to that market's chapter, one about all markets to the first market's and to
    the chapter across markets; of several markets each leads to its verdict, too.
    """
    claims = article_claims(markets.study)
    links = {claim.id: _links(claim, markets) for claim in claims}
    shown = [claim for claim in claims if links[claim.id]]
    if not shown:
        return Html("")
    language = markets.language
    table = pd.DataFrame({"label": [_text(claim, markets) for claim in shown]})
    table["Published"] = [printed(claim) for claim in shown]
    table["Where it is"] = [
        ", ".join(f'<a href="{page}">{escape(name)}</a>' for page, name in links[claim.id].items()) for claim in shown
    ]
    across = (
        " A claim about all markets leads to the first market and, if it is a key figure, to all of them."
        if len(markets.markets) > 1
        else ""
    )
    foot = f"{words.count(len(shown), language)} claims.{across} Their sources stand below their verdicts."
    measure = "What was published, and the pages that show these data's answer, with interval and base"
    return tables.plain_table(table, title=title, measure=measure, foot=foot, text=("Where it is",))


def article_claims(study: Study) -> list[Claim]:
    """The claims of the article by the study's patterns of ids, without other readings of the same figure."""
    patterns = study.settings.article.claims
    return [
        claim
        for claim in study.claims.claims
        if not claim.reading_of and any(fnmatchcase(claim.id, pattern) for pattern in patterns)
    ]


def printed(claim: Claim) -> str:
    """What was published, with its unit; a word where no number was."""
    if claim.published is None:
        return NOT_PRINTED.get(claim.kind, "more")
    if claim.figure.mean:
        return words.amount(claim.published, "mean")
    if claim.kind == "difference":
        return f"{claim.published:+g}{words.THIN}pts"
    return f"{claim.published:g}{words.THIN}%"


def _links(claim: Claim, markets: Markets) -> dict[str, str]:
    """Page, from a page across markets, to the words of its link."""
    study, article = markets.study, markets.study.settings.linked
    chapter = article.chapter_of(claim)
    concerned = [market for market in markets.markets if claim.concerns(market.code)]
    if chapter is None or not concerned:
        return {}
    first = concerned[0]
    links = {f"../{first.code}/{chapter}.html": first.name}
    keys = [figure.claims for figure in study.settings.key_figures.values()]
    several = len(markets.markets) > 1
    if several and article.across and not claim.markets and any(claim.id in ids for ids in keys):
        links[f"{article.across}.html"] = "all markets"
    if several and article.verdicts:
        links[f"{article.verdicts}.html#{anchor(claim.id)}"] = "verdict"
    return links


def _text(claim: Claim, markets: Markets) -> str:
    first = markets.markets[0]
    return say(claim.text, markets.language) if claim.text else first.labels.cell(claim.figure)
