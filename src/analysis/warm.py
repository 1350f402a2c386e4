"""The process that kernels are forked from: imports what notebooks need, and reads the markets once.

    python -m analysis.warm DESCRIPTOR PARENT STUDY [MARKET ...]

It tells the other side of the channel what is wrong with the markets' files, and which are too large to be
read here, and then forks kernels. It ends with the process PARENT.
"""

from __future__ import annotations

import importlib
import sys

from analysis.errors import JourneybookError
from analysis.market import Market
from analysis.opening import OPENED
from analysis.publish.forks import serve
from analysis.publish.leash import end_with
from analysis.study.params import USES, read_study
from analysis.study.raw import is_large

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


def main(descriptor: str, parent: str, study: str, *codes: str) -> None:
    end_with(int(parent))
    for name in WANTED:
        importlib.import_module(name)
    refused = {}
    opened = read_study(study)
    large, cautions = [], list[str]()
    for code in codes:
        try:
            if is_large(opened.market(code).raw, opened.folder, opened.settings.large):
                large.append(code)  # an engine's threads would not survive the fork
            else:
                OPENED[opened.folder, code] = Market(opened, code)
                cautions += OPENED[opened.folder, code].warnings
        except JourneybookError as error:
            refused[code] = error.packed()
    for market in list(OPENED.values())[:1]:
        _rehearse(market)
    USES.clear()
    serve(int(descriptor), {"refused": refused, "large": large, "cautions": cautions})


def _rehearse(market: Market) -> None:
    """Draws a chart and a table, so that fonts and styles are loaded before the fork."""
    figures = market.key_figures()
    figures.chart(title="", published={})._repr_html_()
    figures.table(title="")._repr_html_()


if __name__ == "__main__":
    main(*sys.argv[1:])
