"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.article import published_figures
    from analysis.benchmarking import beside
    from analysis.borrowing import pool
    from analysis.comparing import compare
    from analysis.differing import differ
    from analysis.driving import drivers
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.study.params import read_study as open_study
    from analysis.waves import change

__all__ = [
    "Market",
    "Markets",
    "beside",
    "change",
    "compare",
    "differ",
    "drivers",
    "open_market",
    "open_markets",
    "open_study",
    "pool",
    "published_figures",
]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "beside": ("analysis.benchmarking", "beside"),
    "change": ("analysis.waves", "change"),
    "compare": ("analysis.comparing", "compare"),
    "differ": ("analysis.differing", "differ"),
    "drivers": ("analysis.driving", "drivers"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "pool": ("analysis.borrowing", "pool"),
    "published_figures": ("analysis.article", "published_figures"),
    "open_study": ("analysis.study.params", "read_study"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
