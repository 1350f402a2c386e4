"""journeybook: raw survey files of many markets in, one published Jupyter Book out."""

from analysis.market import Market, open_market
from analysis.markets import Markets, open_markets
from analysis.study.params import read_study as open_study

__all__ = ["Market", "Markets", "open_market", "open_markets", "open_study"]
