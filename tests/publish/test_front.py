"""What only the whole book knows: the findings of a market's chapters, and which tab books there are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import JourneybookError
from analysis.publish.crumbs import crumbs
from analysis.publish.front import books, chapters, fill_marks
from analysis.publish.plan import Page, Report, plan_report
from analysis.publish.store import Result
from analysis.study.params import Study


@pytest.fixture
def report(study: Study, root: Path, tmp_path: Path) -> Report:
    """The whole report, its notebooks replaced by one that has a finding alone."""
    cell = {"cell_type": "markdown", "source": ["# The finding of {{ place }}\n", "\n", "A lead."]}
    pages = []
    for page in plan_report(study, "all", root).pages:
        notebook = tmp_path / page.notebook.parent.name / page.notebook.name
        notebook.parent.mkdir(exist_ok=True)
        notebook.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
        pages.append(replace(page, notebook=notebook))
    return Report(study, "all", tuple(pages))


@pytest.fixture
def results(report: Report, tmp_path: Path) -> dict[Page, Result]:
    return {page: Result(str(page), {}, {}, {"place": str(page)}, 1.2, 150, tmp_path) for page in report.pages}


def page_at(report: Report, source: str) -> Page:
    return next(page for page in report.pages if page.source.as_posix() == source)


def marked(text: str) -> dict[str, list[dict[str, str]]]:
    return {"cells": [{"cell_type": "markdown", "source": text}, {"cell_type": "code", "source": text}]}


def test_a_market_lists_its_own_chapters_with_their_findings(
    report: Report, results: dict[Page, Result], study: Study
) -> None:
    lines = chapters(page_at(report, "fr/headlines"), report, results).splitlines()
    others = [name for name in study.settings.chapters.market if name != "headlines"]
    assert len(lines) == len(others)
    assert lines[0] == "- [Who answered](sample.ipynb): The finding of fr/sample"
    assert [line.partition("](")[2].partition(".ipynb)")[0] for line in lines] == others


def test_marks_of_a_text_are_filled_and_code_is_left(report: Report, results: dict[Page, Result]) -> None:
    notebook = marked("Before\n\n<!-- journeybook:chapters -->")
    fill_marks(notebook, page_at(report, "fr/headlines"), report, results, [])
    text, code = (cell["source"] for cell in notebook["cells"])
    assert text.startswith("Before\n\n- [Who answered]") and "journeybook" not in text
    assert code == "Before\n\n<!-- journeybook:chapters -->"


def test_a_mark_that_nobody_knows_is_refused(report: Report, results: dict[Page, Result]) -> None:
    with pytest.raises(JourneybookError, match="no such mark"):
        fill_marks(marked("<!-- journeybook:chapter -->"), page_at(report, "index"), report, results, [])


def test_tab_books_are_listed_where_there_are_any(report: Report) -> None:
    files = [Path("uk/downloads/tables.xlsx"), Path("fr/downloads/fr-sample-chart-1.csv"), Path("se/downloads/t.xlsx")]
    found = books(report, files).splitlines()
    assert ['href="uk/downloads/tables.xlsx"' in found[0], 'href="se/downloads/t.xlsx"' in found[1]] == [True, True]
    assert len(found) == 2 and books(report, files[1:2]) == ""


# ---- the way between markets


def test_markets_before_and_after_go_round(report: Report) -> None:
    way = crumbs(page_at(report, "uk/speed"), report)
    assert '<a rel="prev" href="../se/speed.html" aria-label="Previous market: Sweden">' in way
    assert '<a rel="next" href="../fr/speed.html" aria-label="Next market: France">' in way
    last = crumbs(page_at(report, "se/speed"), report)
    assert 'rel="prev" href="../nl/speed.html"' in last and 'rel="next" href="../uk/speed.html"' in last


def test_two_markets_need_no_before_and_after(report: Report) -> None:
    two = replace(report, pages=tuple(p for p in report.pages if p.country in ("uk", "fr")))
    way = crumbs(page_at(two, "uk/speed"), two)
    assert "rel=" not in way and 'This page for <a href="../fr/speed.html">France</a>' in way
