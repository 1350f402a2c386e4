"""Tables in a browser: the head of a long one stays in sight, and a phone shows every column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.report import tables

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><html lang="en" data-theme="light"><title>t</title><style>
:root {{ --pst-color-background: #fff }} body {{ margin: 16px; font: 16px sans-serif }} {css}</style>
<main class="bd-article">{table}</main>"""
SCROLLED = """() => {
  const body = document.querySelector(".jb-body"), head = body.querySelector("thead th:last-child");
  const row = body.querySelector("tbody tr");
  const before = [head.getBoundingClientRect().top, row.firstChild.getBoundingClientRect().top];
  body.scrollTop = 200;
  return {before, after: [head.getBoundingClientRect().top, row.firstChild.getBoundingClientRect().top]};
}"""
WIDTHS_OF = """() => {
  const body = document.querySelector(".jb-body");
  const seen = [...body.querySelectorAll("tr:nth-child(1) td")].filter(e => e.checkVisibility() && e.textContent);
  return {scroll: body.scrollWidth, room: body.clientWidth, seen: seen.map(e => e.textContent)};
}"""


def opened(browser: Any, root: Path, folder: Path, table: pd.DataFrame, width: int) -> Any:
    css = (root / "book" / "_static" / "journeybook.css").read_text(encoding="utf-8")
    html = tables.plain_table(table, title="A table", measure="percent", foot="Base: all.").html
    path = folder / "table.html"
    path.write_text(PAGE.format(css=css, table=html), encoding="utf-8")
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto(path.as_uri())
    return tab


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("columns", [2, 5])
def test_the_head_of_a_long_table_stays_while_its_rows_scroll(
    browser: Any,
    root: Path,
    tmp_path: Path,
    width: int,
    columns: int,
) -> None:
    rows = {"label": [f"Answer {n}" for n in range(60)], **{f"n{k}": ["22"] * 60 for k in range(columns)}}
    tab = opened(browser, root, tmp_path, pd.DataFrame(rows), width)
    moved = tab.evaluate(SCROLLED)
    tab.close()
    assert moved["after"][1] == pytest.approx(moved["before"][1] - 200, abs=1)
    assert moved["after"][0] == pytest.approx(moved["before"][0], abs=1)


def test_a_phone_shows_all_bases_without_scrolling_sideways(
    browser: Any,
    root: Path,
    tmp_path: Path,
) -> None:
    cells = {"Share": "39 %", "Interval": "34\u201344", "Rank": "1\u20132", "Unweighted base": "1,427"}
    cells |= {"Weighted base": "1,426", "Effective base": "1,411", "Design effect": "1.02"}
    table = pd.DataFrame({"label": ["Recommendations on social networks"], **{k: [v] for k, v in cells.items()}})
    tab = opened(browser, root, tmp_path, table, 390)
    found = tab.evaluate(WIDTHS_OF)
    tab.close()
    assert len(found["seen"]) == len(cells)
    assert found["scroll"] <= found["room"]
