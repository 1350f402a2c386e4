"""What only the whole book knows of itself, put into a page's text where a mark asks for it.

A mark is an HTML comment in a Markdown cell, `<!-- journeybook:chapters -->`, which JupyterLab does not show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from analysis.errors import JourneybookError, Problem
from analysis.publish.downloads import FOLDER
from analysis.publish.placeholders import fill
from analysis.publish.plan import Page, Report
from analysis.publish.store import Result
from analysis.report.markdown import literal

MARK = re.compile(r"<!-- journeybook:(\w+) -->")


def fill_marks(
    notebook: Any, page: Page, report: Report, results: Mapping[Page, Result], files: Collection[Path]
) -> None:
    """Replaces every mark in the notebook's text: `chapters` of the page's market, or Excel `books` of all markets.

    `files` are those that the site will have, by their place in it. Raises a report error for a mark that
    nobody knows.
    """

    def made(found: re.Match[str]) -> str:
        if found[1] == "chapters":
            return chapters(page, report, results)
        if found[1] == "books":
            return books(report, files)
        problem = Problem(page.notebook.name, "no such mark", found[0], "journeybook:chapters, journeybook:books")
        raise JourneybookError("report", problem)

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = MARK.sub(made, cell["source"])


def chapters(page: Page, report: Report, results: Mapping[Page, Result]) -> str:
    """The other pages of the page's market as a Markdown list: title, link, and the finding that heads each."""
    folder = page.source.parent
    others = [other for other in report.pages if other.source.parent == folder and other != page]
    return "\n".join(f"- [{literal(p.title)}]({p.source.name}.ipynb): {heading(p, results[p])}" for p in others)


def heading(page: Page, result: Result) -> str:
    """The finding that heads a page: the first line of its notebook, filled."""
    opening = "".join(json.loads(page.notebook.read_bytes())["cells"][0]["source"])
    return fill(opening.partition("\n")[0], result.values).removeprefix("# ").strip()


def books(report: Report, files: Collection[Path]) -> str:
    """The markets' Excel tab books among the files as a Markdown list, linked from the landing page."""
    held = {
        code: sorted(p for p in files if p.parent == Path(code, FOLDER) and p.suffix == ".xlsx")
        for code in report.markets
    }
    names = {path: report.study.market_name(code) for code, paths in held.items() for path in paths}
    return "\n".join(
        f'- <a href="{p.as_posix()}" download>{literal(name)}: every table (Excel)</a>' for p, name in names.items()
    )
