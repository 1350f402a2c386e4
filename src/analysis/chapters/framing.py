"""What every chapter opens and closes with: its key figures as cards, and the verdicts on what was claimed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.chapters.article import article_claims
from analysis.chapters.overview import headlines
from analysis.replication import judge
from analysis.report import page, words
from analysis.report.page import Html
from analysis.report.rows import Reading
from analysis.report.verdicts import Verdicts

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
    question or this one is on a low base, and that of `claims` where none counts.
    """
    entries: list[Card | None] = [_card(what, reading) for what, reading in readings.items()]
    entries += [headlines(market, average).gap(average)] if average else []
    entries += [claims.card] if claims else []
    return page.cards([entry for entry in entries if entry])


def _card(what: str, reading: Reading) -> Card:
    if reading.suppressed:
        return words.WITHHELD, what, reading.full
    return reading.marked, what, reading.how
