"""Downloads: every figure of a page has its files, and the links to them."""

from __future__ import annotations

import base64
from pathlib import Path

from analysis.publish.downloads import taken
from analysis.publish.plan import Page
from analysis.report.carried import MARKER, MIME

PAGE = Page(Path("notebooks/market/young.ipynb"), "uk", "young", "By age")


def figure(kind: str, title: str, svg: str = "") -> dict[str, object]:
    png = base64.b64encode(b"PNG").decode() if svg else ""
    return {"kind": kind, "title": title, "csv": f"{title}\n", "svg": svg, "png": png}


def output(*figures: dict[str, object]) -> dict[str, object]:
    return {"text/html": "".join(f"<figure>{MARKER}</figure>" for _ in figures), MIME: list(figures)}


def test_files_are_named_after_market_chapter_and_kind_in_the_order_of_the_page() -> None:
    outputs = [output(figure("chart", "A", "<svg/>"), figure("table", "B")), output(figure("table", "C"))]
    files = taken(outputs, PAGE)
    assert {str(path): content for path, content in files.items()} == {
        "uk/downloads/uk-young-chart-1.csv": b"A\n",
        "uk/downloads/uk-young-chart-1.svg": b"<svg/>",
        "uk/downloads/uk-young-chart-1.png": b"PNG",
        "uk/downloads/uk-young-table-1.csv": b"B\n",
        "uk/downloads/uk-young-table-2.csv": b"C\n",
    }


def test_each_figure_links_its_own_files_and_the_data_leave_the_notebook() -> None:
    made = output(figure("chart", 'A "quoted" <b>', "<svg/>"), figure("table", "B"))
    taken([made], PAGE)
    first, second = str(made["text/html"]).split("</figure>")[:2]
    assert all(f'href="downloads/uk-young-chart-1.{kind}"' in first for kind in ("csv", "svg", "png"))
    assert 'href="downloads/uk-young-table-1.csv"' in second and "svg" not in second
    assert "A &quot;quoted&quot; &lt;b&gt;" in first
    assert MIME not in made and MARKER not in str(made["text/html"])


def test_an_output_without_figures_stays_as_it_is() -> None:
    made: dict[str, object] = {"text/html": "<p>words</p>"}
    assert taken([made], PAGE) == {} and made == {"text/html": "<p>words</p>"}
