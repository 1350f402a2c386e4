"""The workbook of a market's pages: what it binds, and the links that lead to it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from analysis.publish.downloads import taken
from analysis.publish.plan import Page
from analysis.publish.workbooks import bound
from analysis.report.carried import MARKER as FIGURE
from analysis.report.carried import MIME as FIGURES
from analysis.report.tabulation import Column, Section, Tabulation

NOTEBOOKS = Path("notebooks/market")


def page(chapter: str, title: str) -> Page:
    return Page(NOTEBOOKS / f"{chapter}.ipynb", "tl", chapter, title)


def figure(title: str, kind: str = "table") -> dict[str, Any]:
    """The output of a figure, as its notebook holds it."""
    told = {
        "kind": kind,
        "title": title,
        "measure": "",
        "foot": "",
        "csv": "a,b\n1,2\n",
        "tidy": False,
        "svg": "",
        "png": "",
    }
    return {"text/html": f"<figure>{FIGURE}</figure>", FIGURES: [told]}


@pytest.fixture
def questions() -> dict[str, Any]:
    """The output of a tab book of one question."""
    row = {
        "line": 0, "question": "tea", "table": "", "kind": "answer", "label": "Yes", "domain": "total", "unit": "share",
        "estimate": 0.5, "conf_low": 0.4, "conf_high": 0.6, "unweighted_base": 90, "weighted_base": 90,
        "effective_base": 88, "flag": "", "letter": "", "above": "",
    }  # fmt: skip
    tables = Tabulation(
        study="Tea", market="Tealand", code="tl", wave="2020", people="Drinkers", fieldwork="2020", made="2020-01-10",
        source="Source.", synthetic=False, confidence="95 %", suppress_below=30, caution_below=50,
        bases={"unweighted_base": 90, "weighted_base": 90, "effective_base": 88},
        columns=(Column("total", "All", "", ""), Column("sex=1", "Male", "Sex", "A")),
        sections=(Section("tea", "Drinks tea", "", "", "all", "", False),), rows=pd.DataFrame([row]),
    )  # fmt: skip
    return tables._repr_mimebundle_()


def test_every_table_of_every_chapter_is_bound_and_linked(questions: dict[str, Any]) -> None:
    topline, young = page("topline", "Every question"), page("young", "By age")
    outputs = {young: [figure("Swayed"), figure("Line", "chart")], topline: [questions, figure("Drinks tea")]}
    found = bound(outputs)
    assert list(found) == [Path("tl/downloads/tl-tables.xlsx")]
    book = openpyxl.load_workbook(io.BytesIO(found[Path("tl/downloads/tl-tables.xlsx")]))
    assert book.sheetnames == ["Index", "1 tea", "Ch1 By age"]
    assert 'href="downloads/tl-tables.xlsx" download>All tables' in questions["text/html"]
    assert "every question by sex, and" in questions["text/html"] and set(questions) == {"text/html", "text/plain"}
    for one, own in outputs.items():
        taken(own, one)
    swayed, line = (data["text/html"] for data in outputs[young])
    assert 'href="downloads/tl-tables.xlsx"' in swayed and "(sheet Ch1 By age)" in swayed
    assert "xlsx" not in line
    assert "(sheet 1 tea)" in outputs[topline][1]["text/html"]


def test_without_a_tab_book_there_is_no_workbook_and_no_link() -> None:
    young = page("young", "By age")
    outputs = {young: [figure("Swayed")]}
    assert bound(outputs) == {}
    taken(outputs[young], young)
    assert "xlsx" not in outputs[young][0]["text/html"]


def test_a_page_that_stands_elsewhere_is_not_bound(questions: dict[str, Any]) -> None:
    overview = Page(Path("notebooks/markets/landing.ipynb"), "tl", "index", "Overview")
    outputs = {overview: [figure("All")], page("topline", "Every question"): [questions]}
    (content,) = bound(outputs).values()
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["Index", "1 tea"]
    assert "workbook" not in outputs[overview][0][FIGURES][0]
