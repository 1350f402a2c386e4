"""What only the whole book knows of itself, put into a page's text where a mark asks for it.

A mark is an HTML comment in a Markdown cell, `<!-- journeybook:chapters -->`, which JupyterLab does not show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from analysis.errors import JourneybookError, Problem
from analysis.publish.placeholders import fill
from analysis.publish.plan import Page, Report
from analysis.publish.store import Result

MARK = re.compile(r"<!-- journeybook:(\w+) -->")
TABLES = "{code}/downloads/tables.xlsx"
FIGURES = "downloads/key_figures.csv"


def filled(
    text: str, page: Page, report: Report, results: Mapping[Page, Result], downloads: Collection[str] = ()
) -> str:
    """The text with every mark replaced: `chapters` of the page's market, or `downloads` of the book.

    `downloads` are the files that the site will have, by their place in it. Raises a report error for
    a mark that nobody knows.
    """

    def made(found: re.Match[str]) -> str:
        if found[1] == "chapters":
            return chapters(page, report, results)
        if found[1] == "downloads":
            return offered(report, downloads)
        problem = Problem(page.notebook.name, "no such mark", found[0], "journeybook:chapters, journeybook:downloads")
        raise JourneybookError("report", problem)

    return MARK.sub(made, text)


def chapters(page: Page, report: Report, results: Mapping[Page, Result]) -> str:
    """The other pages of the page's market as a Markdown list: title, link, and the finding that heads each."""
    others = [
        p for p in report.pages if p.country == page.country and p.source.parent == page.source.parent and p != page
    ]
    return "\n".join(f"- [{p.title}]({p.source.name}.ipynb): {heading(p, results[p])}" for p in others)


def heading(page: Page, result: Result) -> str:
    """The finding that heads a page: the first line of its notebook, filled."""
    opening = "".join(json.loads(page.notebook.read_bytes())["cells"][0]["source"])
    return fill(opening.partition("\n")[0], result.values).removeprefix("# ").strip()


def offered(report: Report, downloads: Collection[str]) -> str:
    """The downloads of the whole book as a Markdown list; "" where the site has none of them."""
    names = {
        TABLES.format(code=code): f"{report.study.market_name(code)}: every table, as an Excel tab book"
        for code in report.markets
    }
    names = {FIGURES: "The key figures of every market, as CSV", **names}
    return "\n".join(f'- <a href="{path}">{text}</a>' for path, text in names.items() if path in downloads)
