"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.associating import association, association_table
    from analysis.driving import drivers
    from analysis.equating import alike
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.prioritising import priorities
    from analysis.report.beside import below, beside
    from analysis.report.plane import plane
    from analysis.study.params import read_study as open_study
    from analysis.telling import finding, majority, told_apart

__all__ = [
    "Market",
    "Markets",
    "alike",
    "association",
    "association_table",
    "below",
    "beside",
    "drivers",
    "finding",
    "majority",
    "open_market",
    "open_markets",
    "open_study",
    "plane",
    "priorities",
    "told_apart",
]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "alike": ("analysis.equating", "alike"),
    "association": ("analysis.associating", "association"),
    "association_table": ("analysis.associating", "association_table"),
    "below": ("analysis.report.beside", "below"),
    "beside": ("analysis.report.beside", "beside"),
    "drivers": ("analysis.driving", "drivers"),
    "finding": ("analysis.telling", "finding"),
    "majority": ("analysis.telling", "majority"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "open_study": ("analysis.study.params", "read_study"),
    "plane": ("analysis.report.plane", "plane"),
    "priorities": ("analysis.prioritising", "priorities"),
    "told_apart": ("analysis.telling", "told_apart"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
