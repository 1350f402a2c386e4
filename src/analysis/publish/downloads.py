"""What a page lets its reader take along: the data of every figure as CSV, every chart as SVG and PNG."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from analysis.errors import Problem
from analysis.publish.plan import Page
from analysis.report.carried import MARKER, MIME

LETTERS = 20  # how many of the letters that a font lacks are told
FOLDER = "downloads"  # beside the pages: uk/downloads, markets/downloads


def taken(outputs: Iterable[dict[str, Any]], page: Page) -> dict[Path, bytes]:
    """The files of a page's figures by their place in the site; each figure in `outputs` is given the links to its own.

    `outputs` are the data of the notebook's outputs by MIME type. A file is named after market, chapter and kind, and
    counted in the order of the page: uk-influences-chart-1.csv.
    """
    files: dict[Path, bytes] = {}
    numbers: Counter[str] = Counter()
    for data in outputs:
        html = "".join(data.get("text/html", ""))
        for one in data.pop(MIME, []):
            numbers[one["kind"]] += 1
            stem = f"{page.country}-{page.chapter}-{one['kind']}-{numbers[one['kind']]}"
            contents = {"csv": one["csv"].encode()}
            if one["svg"]:
                contents |= {"svg": one["svg"].encode()}
                contents |= {"png": base64.b64decode(one["png"])} if one["png"] else {}
            files |= {page.source.parent / FOLDER / f"{stem}.{kind}": made for kind, made in contents.items()}
            links = _links(stem, list(contents), one["title"]) + _sheet(one)
            html = html.replace(MARKER, f'<p class="jb-downloads">Download {links}</p>', 1)
        if "text/html" in data:
            data["text/html"] = html
    return files


def unlettered(outputs: Iterable[dict[str, Any]], page: Page) -> Iterator[Problem]:
    """Charts that have no PNG, because no declared font has some of their letters."""
    for one in (one for data in outputs for one in data.get(MIME, []) if one.get("unlettered")):
        letters = one["unlettered"][:LETTERS]
        what = "no declared font has these letters, so the chart has no PNG"
        fix = "name a font that has them under fonts in study.yaml"
        yield Problem(f"{page}, {one['title']}", what, letters, fix=fix)


def _links(stem: str, kinds: list[str], title: str) -> str:
    links = [
        f'<a href="{FOLDER}/{stem}.{kind}" download aria-label="{kind.upper()}: {escape(title, quote=True)}">'
        f"{kind.upper()}</a>"
        for kind in kinds
    ]
    return " &middot; ".join(links)


def _sheet(one: dict[str, Any]) -> str:
    """The link to the market's workbook, where the figure stands in it (see `workbooks.bound`)."""
    if not one.get("workbook"):
        return ""
    told = escape(f"Excel: {one['title']}, sheet {one['sheet']}", quote=True)
    link = f'<a href="{FOLDER}/{one["workbook"]}" download aria-label="{told}">Excel</a>'
    return f" &middot; {link} (sheet {escape(one['sheet'])})"
