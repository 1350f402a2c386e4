"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.associating import association, association_table
    from analysis.combining import beside, combined, together
    from analysis.crossing import dependence
    from analysis.driving import drivers
    from analysis.equating import alike
    from analysis.listening import hearing
    from analysis.market import Market, open_market
    from analysis.markets import Markets, open_markets
    from analysis.prioritising import priorities
    from analysis.report.findings import against, apart, apart_count, explained, finding, half, overlap
    from analysis.report.plane import plane
    from analysis.scorecard import Scorecard
    from analysis.study.params import read_study as open_study
    from analysis.waves import change

__all__ = [
    "Market",
    "Markets",
    "Scorecard",
    "against",
    "alike",
    "apart",
    "apart_count",
    "association",
    "association_table",
    "beside",
    "change",
    "combined",
    "dependence",
    "drivers",
    "explained",
    "finding",
    "half",
    "hearing",
    "open_market",
    "open_markets",
    "open_study",
    "overlap",
    "plane",
    "priorities",
    "together",
]

# Loaded when first asked for: a command that only reads parameters need not wait for the charts.
PLACES = {
    "Market": ("analysis.market", "Market"),
    "Markets": ("analysis.markets", "Markets"),
    "Scorecard": ("analysis.scorecard", "Scorecard"),
    "against": ("analysis.report.findings", "against"),
    "alike": ("analysis.equating", "alike"),
    "apart": ("analysis.report.findings", "apart"),
    "apart_count": ("analysis.report.findings", "apart_count"),
    "association": ("analysis.associating", "association"),
    "association_table": ("analysis.associating", "association_table"),
    "beside": ("analysis.combining", "beside"),
    "change": ("analysis.waves", "change"),
    "combined": ("analysis.combining", "combined"),
    "dependence": ("analysis.crossing", "dependence"),
    "drivers": ("analysis.driving", "drivers"),
    "explained": ("analysis.report.findings", "explained"),
    "finding": ("analysis.report.findings", "finding"),
    "half": ("analysis.report.findings", "half"),
    "hearing": ("analysis.listening", "hearing"),
    "open_market": ("analysis.market", "open_market"),
    "open_markets": ("analysis.markets", "open_markets"),
    "open_study": ("analysis.study.params", "read_study"),
    "overlap": ("analysis.report.findings", "overlap"),
    "plane": ("analysis.report.plane", "plane"),
    "priorities": ("analysis.prioritising", "priorities"),
    "together": ("analysis.combining", "together"),
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = PLACES[name]
    return getattr(import_module(module), attribute)
