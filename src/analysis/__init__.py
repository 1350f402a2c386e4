"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.chapters.article import article_claims, published_figures
    from analysis.chapters.associating import association, association_table
    from analysis.chapters.benchmarking import other_surveys
    from analysis.chapters.borrowing import pool
    from analysis.chapters.choosing import best_worst
    from analysis.chapters.combining import beside, combined, together
    from analysis.chapters.comparing import compare
    from analysis.chapters.curving import age_curve, parabola
    from analysis.chapters.differing import differ
    from analysis.chapters.driving import drivers
    from analysis.chapters.effects import penalty_reward, slopes, uneven
    from analysis.chapters.equating import alike
    from analysis.chapters.framing import claimed, key_cards
    from analysis.chapters.generations import age_curves
    from analysis.chapters.journeys import journey
    from analysis.chapters.listening import hearing
    from analysis.chapters.overview import headlines
    from analysis.chapters.prioritising import priorities
    from analysis.chapters.reissuing import citation, since_last
    from analysis.chapters.scaling import reliability, steady
    from analysis.chapters.scorecard import Scorecard
    from analysis.chapters.tabulating import tab_book
    from analysis.chapters.toplines import toplines
    from analysis.chapters.valuing import value_at_stake
    from analysis.chapters.waves import change
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.report.findings import against, apart, apart_count, explained, finding, half, overlap, parted
    from analysis.report.plane import plane
    from analysis.study.params import read_study as open_study

__all__ = [
    "Market",
    "Markets",
    "Scorecard",
    "against",
    "age_curve",
    "age_curves",
    "alike",
    "apart",
    "apart_count",
    "article_claims",
    "association",
    "association_table",
    "beside",
    "best_worst",
    "change",
    "citation",
    "claimed",
    "combined",
    "compare",
    "differ",
    "drivers",
    "explained",
    "finding",
    "half",
    "headlines",
    "hearing",
    "journey",
    "key_cards",
    "open_market",
    "open_markets",
    "open_study",
    "other_surveys",
    "overlap",
    "parabola",
    "parted",
    "penalty_reward",
    "plane",
    "pool",
    "priorities",
    "published_figures",
    "reliability",
    "since_last",
    "slopes",
    "steady",
    "tab_book",
    "together",
    "toplines",
    "uneven",
    "value_at_stake",
]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "Scorecard": ("analysis.chapters.scorecard", "Scorecard"),
    "against": ("analysis.report.findings", "against"),
    "age_curve": ("analysis.chapters.curving", "age_curve"),
    "age_curves": ("analysis.chapters.generations", "age_curves"),
    "alike": ("analysis.chapters.equating", "alike"),
    "apart": ("analysis.report.findings", "apart"),
    "apart_count": ("analysis.report.findings", "apart_count"),
    "article_claims": ("analysis.chapters.article", "article_claims"),
    "association": ("analysis.chapters.associating", "association"),
    "association_table": ("analysis.chapters.associating", "association_table"),
    "beside": ("analysis.chapters.combining", "beside"),
    "other_surveys": ("analysis.chapters.benchmarking", "other_surveys"),
    "best_worst": ("analysis.chapters.choosing", "best_worst"),
    "change": ("analysis.chapters.waves", "change"),
    "citation": ("analysis.chapters.reissuing", "citation"),
    "claimed": ("analysis.chapters.framing", "claimed"),
    "combined": ("analysis.chapters.combining", "combined"),
    "compare": ("analysis.chapters.comparing", "compare"),
    "differ": ("analysis.chapters.differing", "differ"),
    "drivers": ("analysis.chapters.driving", "drivers"),
    "explained": ("analysis.report.findings", "explained"),
    "finding": ("analysis.report.findings", "finding"),
    "half": ("analysis.report.findings", "half"),
    "headlines": ("analysis.chapters.overview", "headlines"),
    "hearing": ("analysis.chapters.listening", "hearing"),
    "journey": ("analysis.chapters.journeys", "journey"),
    "key_cards": ("analysis.chapters.framing", "key_cards"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "open_study": ("analysis.study.params", "read_study"),
    "overlap": ("analysis.report.findings", "overlap"),
    "parabola": ("analysis.chapters.curving", "parabola"),
    "parted": ("analysis.report.findings", "parted"),
    "penalty_reward": ("analysis.chapters.effects", "penalty_reward"),
    "plane": ("analysis.report.plane", "plane"),
    "pool": ("analysis.chapters.borrowing", "pool"),
    "priorities": ("analysis.chapters.prioritising", "priorities"),
    "published_figures": ("analysis.chapters.article", "published_figures"),
    "reliability": ("analysis.chapters.scaling", "reliability"),
    "since_last": ("analysis.chapters.reissuing", "since_last"),
    "slopes": ("analysis.chapters.effects", "slopes"),
    "steady": ("analysis.chapters.scaling", "steady"),
    "tab_book": ("analysis.chapters.tabulating", "tab_book"),
    "together": ("analysis.chapters.combining", "together"),
    "toplines": ("analysis.chapters.toplines", "toplines"),
    "uneven": ("analysis.chapters.effects", "uneven"),
    "value_at_stake": ("analysis.chapters.valuing", "value_at_stake"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
