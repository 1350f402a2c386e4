"""The process that kernels are forked from: imports what notebooks need, and reads the markets once.

    python -m analysis.warm DESCRIPTOR STUDY [MARKET ...]

It tells the other side of the channel what is wrong with the markets' files, and then forks kernels.
"""

from __future__ import annotations

import importlib
import sys

from analysis.errors import JourneybookError, Problem
from analysis.market import OPENED, Market
from analysis.publish.forks import serve
from analysis.study.params import USES, read_study

# What notebooks and their kernels import as they start, some of it late and slowly: once for all, here.
WANTED = (
    "analysis.markets",
    "analysis.survey.models",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "encodings.idna",
)


def main(descriptor: str, study: str, *codes: str) -> None:
    for name in WANTED:
        importlib.import_module(name)
    problems: list[Problem] = []
    kind = None
    opened = read_study(study)
    for code in codes:
        try:
            OPENED[opened.folder, code] = Market(opened, code)
        except JourneybookError as error:
            problems += error.problems
            kind = kind or error.kind
    for market in list(OPENED.values())[:1]:
        _rehearse(market)
    USES.clear()
    serve(int(descriptor), {"kind": kind, "problems": [vars(problem) for problem in problems]})


def _rehearse(market: Market) -> None:
    """Draws a chart and a table, so that fonts and styles are loaded before the fork."""
    figures = market.key_figures()
    figures.chart(title="", published={})._repr_html_()
    figures.table(title="")._repr_html_()


if __name__ == "__main__":
    main(*sys.argv[1:])
