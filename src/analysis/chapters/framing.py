"""What every chapter opens and closes with: its key figures as cards, and the verdicts on what was claimed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.chapters.article import article_claims
from analysis.replication import judge
from analysis.report import page, words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Reading
from analysis.report.verdicts import Verdicts
from analysis.survey.compare import difference_from_average

if TYPE_CHECKING:
    from analysis.market import Market

Card = tuple[str, str, str]  # the number, what it counts, its interval and base


def claimed(market: Market, chapter: str) -> Verdicts:
    """The claims that concern the market and stand on the questions of a chapter, each with its verdict.

    Which these are is said by `article` in the study file; none where the study has no article. They bear the
    wave of the published study where all of them are of its article.
    """
    study = market.study
    concern = [claim for claim in study.claims.expanded if claim.concerns(market.code)]
    own = study.settings.linked.claims_of(chapter, concern)
    of_article = {claim.id for claim in article_claims(study)}
    other = [claim for claim in own if not claim.reading_of and claim.id not in of_article]
    wave = study.claims.original.wave if study.claims.original and not other else None
    return replace(judge(market, own), wave=wave or "")


def key_cards(
    market: Market, readings: Mapping[str, Reading], *, average: str | None = None, claims: Verdicts | None = None
) -> Html:
    """Key figures as cards: readings by what they count, one beside the average of all markets, and the verdicts.

    `average` names a key figure of the study file; its card is left out where fewer than two markets asked the
    question or this one has too few respondents, and that of `claims` where none counts.
    """
    entries: list[Card | None] = [_card(what, reading) for what, reading in readings.items()]
    entries += [_beside_average(market, average)] if average else []
    entries += [claims.card] if claims else []
    return page.cards([entry for entry in entries if entry])


def _card(what: str, reading: Reading) -> Card:
    if reading.suppressed:
        return words.DASH, what, reading.full
    return reading.marked, what, reading.how


def _beside_average(market: Market, name: str) -> Card | None:
    """A key figure less the average of all markets, itself among them, counted as the study says."""
    figure, codes = market.study.settings.key_figures[name], market.study.settings.markets
    every = {c: (market if c == market.code else market.sibling(c)).rows([figure], {TOTAL: {}}).iloc[0] for c in codes}
    rows = {code: row for code, row in every.items() if row["flag"] != NOT_ASKED}
    if len(rows) < 2 or market.code not in rows or rows[market.code]["flag"] in HIDDEN:
        return None
    gap = difference_from_average(list(rows.values()), list(rows).index(market.code), market.study.populations(rows))
    low, high = gap.interval(market.level)
    low_base = rows[market.code]["flag"] == "low base"
    base = f"{'low base' if low_base else 'base'} {words.count(rows[market.code]['unweighted_base'], market.language)}"
    what = f"{words.lower_first(market.key_label(name))}, against the average of {words.number(len(rows))} markets"
    clear = "more than chance would give" if low > 0 or high < 0 else "could be chance"
    number = words.amount(gap.estimate, "points") + ("*" if low_base else "")
    return number, what, f"{words.span(low, high, 'points')}, {base}\n{clear}"
