"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.combining import beside, combined, together
    from analysis.crossing import dependence
    from analysis.driving import drivers
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.report.findings import against, apart, apart_count, explained, finding, half, overlap
    from analysis.report.plane import plane
    from analysis.study.params import read_study as open_study

__all__ = [
    "Market",
    "Markets",
    "against",
    "apart",
    "apart_count",
    "beside",
    "combined",
    "dependence",
    "drivers",
    "explained",
    "finding",
    "half",
    "open_market",
    "open_markets",
    "open_study",
    "overlap",
    "plane",
    "together",
]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "against": ("analysis.report.findings", "against"),
    "apart": ("analysis.report.findings", "apart"),
    "apart_count": ("analysis.report.findings", "apart_count"),
    "beside": ("analysis.combining", "beside"),
    "combined": ("analysis.combining", "combined"),
    "dependence": ("analysis.crossing", "dependence"),
    "drivers": ("analysis.driving", "drivers"),
    "explained": ("analysis.report.findings", "explained"),
    "finding": ("analysis.report.findings", "finding"),
    "half": ("analysis.report.findings", "half"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "open_study": ("analysis.study.params", "read_study"),
    "overlap": ("analysis.report.findings", "overlap"),
    "plane": ("analysis.report.plane", "plane"),
    "together": ("analysis.combining", "together"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
