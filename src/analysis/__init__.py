"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.article import published_figures
    from analysis.associating import association, association_table
    from analysis.benchmarking import other_surveys
    from analysis.borrowing import pool
    from analysis.choosing import best_worst
    from analysis.combining import beside, combined, together
    from analysis.comparing import compare
    from analysis.curving import age_curve, parabola
    from analysis.differing import differ
    from analysis.driving import drivers
    from analysis.effects import penalty_reward, slopes, uneven
    from analysis.equating import alike
    from analysis.generations import age_curves
    from analysis.journeys import journey
    from analysis.listening import hearing
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.prioritising import priorities
    from analysis.report.findings import against, apart, apart_count, explained, finding, half, overlap
    from analysis.report.plane import plane
    from analysis.scaling import reliability, steady
    from analysis.scorecard import Scorecard
    from analysis.study.params import read_study as open_study
    from analysis.valuing import value_at_stake
    from analysis.waves import change

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
    "association",
    "association_table",
    "beside",
    "best_worst",
    "change",
    "combined",
    "compare",
    "differ",
    "drivers",
    "explained",
    "finding",
    "half",
    "hearing",
    "journey",
    "open_market",
    "open_markets",
    "open_study",
    "other_surveys",
    "overlap",
    "parabola",
    "penalty_reward",
    "plane",
    "pool",
    "priorities",
    "published_figures",
    "reliability",
    "slopes",
    "steady",
    "together",
    "uneven",
    "value_at_stake",
]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "Scorecard": ("analysis.scorecard", "Scorecard"),
    "against": ("analysis.report.findings", "against"),
    "age_curve": ("analysis.curving", "age_curve"),
    "age_curves": ("analysis.generations", "age_curves"),
    "alike": ("analysis.equating", "alike"),
    "apart": ("analysis.report.findings", "apart"),
    "apart_count": ("analysis.report.findings", "apart_count"),
    "association": ("analysis.associating", "association"),
    "association_table": ("analysis.associating", "association_table"),
    "beside": ("analysis.combining", "beside"),
    "other_surveys": ("analysis.benchmarking", "other_surveys"),
    "best_worst": ("analysis.choosing", "best_worst"),
    "change": ("analysis.waves", "change"),
    "combined": ("analysis.combining", "combined"),
    "compare": ("analysis.comparing", "compare"),
    "differ": ("analysis.differing", "differ"),
    "drivers": ("analysis.driving", "drivers"),
    "explained": ("analysis.report.findings", "explained"),
    "finding": ("analysis.report.findings", "finding"),
    "half": ("analysis.report.findings", "half"),
    "hearing": ("analysis.listening", "hearing"),
    "journey": ("analysis.journeys", "journey"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "open_study": ("analysis.study.params", "read_study"),
    "overlap": ("analysis.report.findings", "overlap"),
    "parabola": ("analysis.curving", "parabola"),
    "penalty_reward": ("analysis.effects", "penalty_reward"),
    "plane": ("analysis.report.plane", "plane"),
    "pool": ("analysis.borrowing", "pool"),
    "priorities": ("analysis.prioritising", "priorities"),
    "published_figures": ("analysis.article", "published_figures"),
    "reliability": ("analysis.scaling", "reliability"),
    "slopes": ("analysis.effects", "slopes"),
    "steady": ("analysis.scaling", "steady"),
    "together": ("analysis.combining", "together"),
    "uneven": ("analysis.effects", "uneven"),
    "value_at_stake": ("analysis.valuing", "value_at_stake"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
