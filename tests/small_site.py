"""A finished site of three pages, made by hand: what the gate looks at, without a run of minutes."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from analysis.errors import EXIT_CODES, JourneybookError
from analysis.publish.gate import check
from analysis.study.params import Study

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>{title}</title><link rel="stylesheet" href="{up}_static/look.css"></head><body>
<a href="{up}index.html">Overview</a><article><h1 id="finding">{title}</h1><p>39 % (34 to 44 %, base 430).</p>
{inside}</article><script src="{up}_static/look.js"></script></body></html>
"""
CHART = """<figure class="jb-figure jb-chart"><svg role="img" aria-label="FAQ: 39 % (34 to 44 %)"><path d="M 1"/></svg>
<table><thead><tr><th>Share</th><th>Base</th></tr></thead><tr><td>39 %</td><td>430</td></tr></table>
<a href="downloads/uk-influences-chart-1.csv" download>CSV</a> <a href="downloads/uk-tables.xlsx" download>Excel</a>
<a href="https://example.org/" rel="external">an outgoing link</a> <a href="#finding">up</a></figure>
<p class="jb-provenance">UK adults. Raw file sha256 {sha}.</p>"""
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "finding", "metadata": {}, "source": "# A finding"},
        {
            "cell_type": "code",
            "id": "table",
            "metadata": {"tags": ["remove-input"]},
            "execution_count": 1,
            "source": "influence.table()",
            "outputs": [
                {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/html": "39"}}
            ],
        },
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@dataclass(frozen=True)
class SmallSite:
    """The site, the book that it was built from, and what its provenance tells."""

    folder: Path
    study: Study
    told: dict[str, Any]

    def path(self, name: str) -> Path:
        return self.folder / name

    def put(self, text: str, name: str = "site/uk/influences.html") -> None:
        """Puts a text into a page, at the end of its article, or into another file, at its end."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        head, article, rest = before.rpartition("</article>")
        path.write_text(f"{head}{text}{article}{rest}" if article else before + text, encoding="utf-8")

    def edit(self, old: str, new: str, name: str = "site/uk/influences.html") -> None:
        path = self.path(name)
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new), encoding="utf-8")

    def output(self, *outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> None:
        """Gives the notebook's cell other outputs and tags, as the book's source has them."""
        notebook = json.loads(json.dumps(NOTEBOOK))
        notebook["cells"][1] |= {"outputs": list(outputs), "metadata": {"tags": [*tags]}}
        self.path("book/uk/influences.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    def check(self) -> None:
        check(self.path("site"), self.path("book"), self.study, self.told, self.folder)

    def refuses(self, *said: str, page: str = "uk/influences.html") -> str:
        """What is told when the gate refuses the site: exit 5, a line that names the page and says all of `said`."""
        with pytest.raises(JourneybookError) as refused:
            self.check()
        assert refused.value.exit_code == EXIT_CODES["report"] == 5
        lines = [line for line in str(refused.value).splitlines() if line.startswith(page)]
        assert any(all(words in line for words in said) for line in lines), str(refused.value)
        return str(refused.value)


def make_site(folder: Path, study: Study) -> SmallSite:
    """A site that passes, of the UK alone."""
    sha = study.settings_of("uk").raw.sha256[:12]
    pages = {
        "index": PAGE.format(title="Overview", up="", inside='<a href="uk/influences.html#finding">Influences</a>'),
        "uk/influences": PAGE.format(title="Influences", up="../", inside=CHART.format(sha=sha)),
        "methods": PAGE.format(title="Methods", up="", inside="How it was done."),
        "search": PAGE.format(title="Search", up="", inside=""),
        "genindex": PAGE.format(title="Index", up="", inside=""),
    }
    made = SmallSite(
        folder, study, {"markets": {"uk": {}}, "pages": {n: {"country": "uk"} for n in ("index", "uk/influences")}}
    )
    for name, html in pages.items():
        made.put(html, f"site/{name}.html")
    made.put("body { background: url(look.svg) }", "site/_static/look.css")
    made.put("document.title", "site/_static/look.js")
    made.put('<svg xmlns="http://www.w3.org/2000/svg"/>', "site/_static/look.svg")
    made.put("market,question,estimate\nuk,influence,0.39\n", "site/uk/downloads/uk-influences-chart-1.csv")
    made.put('Search.setIndex({"terms":{"websit":[0,1]}})', "site/searchindex.js")
    made.put(json.dumps(made.told), "site/provenance.json")
    made.path("site/uk/downloads/uk-tables.xlsx").write_bytes(workbook("Who answered"))
    made.put("# Methods", "book/methods.md")
    made.put(json.dumps(NOTEBOOK), "book/uk/influences.ipynb")
    return made


def workbook(*texts: str) -> bytes:
    """A workbook with these texts in its first column, which Excel keeps as shared strings."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, text in enumerate(texts):
            sheet.write_string(row, 0, text)
    return content.getvalue()
