"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.driving import drivers
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.report.plane import plane
    from analysis.study.params import read_study as open_study

__all__ = ["Market", "Markets", "drivers", "open_market", "open_markets", "open_study", "plane"]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "drivers": ("analysis.driving", "drivers"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "open_study": ("analysis.study.params", "read_study"),
    "plane": ("analysis.report.plane", "plane"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
